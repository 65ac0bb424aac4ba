# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Host names, EHLO names and addresses as a declaration may write them, and what each mistake is called."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._models.address import (
    domain_of,
    ehlo_name,
    host_name,
    mail_address,
)


@pytest.mark.parametrize(
    ("read", "text", "told"),
    [
        (host_name, " Mail.Acme.Example. ", "mail.acme.example"),
        (host_name, "[2001:DB8::1]", "2001:db8::1"),
        (host_name, "b\u00fccher.example", "xn--bcher-kva.example"),
        (ehlo_name, "probe.acme.example", "probe.acme.example"),
        (ehlo_name, "[192.0.2.1]", "[192.0.2.1]"),
        (ehlo_name, "[ipv6:2001:db8::1]", "[IPv6:2001:db8::1]"),
        (mail_address, " a.b+c@Acme.Example ", "a.b+c@acme.example"),
        (mail_address, "me@[192.0.2.1]", "me@[192.0.2.1]"),
        (mail_address, '"a b"@acme.example', '"a b"@acme.example'),
        (domain_of, "me@Acme.Example", "acme.example"),
        (domain_of, "me", ""),
    ],
)
def test_what_is_right_gets_one_form(read: Callable[[str], str], text: str, told: str) -> None:
    assert read(text) == told


@pytest.mark.parametrize(
    ("read", "text", "fault"),
    [
        (host_name, "  ", "empty"),
        (host_name, "https://mail.example", "host_url"),
        (host_name, "mail.example/inbox", "host_url"),
        (host_name, "me@mail.example", "host_address"),
        (host_name, "mail.example:993", "host_port"),
        (host_name, "mail..example", "host_name"),
        (host_name, "a" * 64 + ".example", "host_name"),
        (host_name, ".".join(["a" * 60] * 5), "host_name"),
        (host_name, "\u00fc" * 80 + ".example", "host_name"),
        (host_name, "stra\u00dfe.example", "idna_ambiguous"),
        (host_name, "192.0.2.999", "host_number"),
        (ehlo_name, "192.0.2.1", "ehlo"),
        (ehlo_name, "[probe.example]", "ehlo"),
        (ehlo_name, "[192.0.2.1", "ehlo"),
        (ehlo_name, "[2001:db8::1]", "ehlo"),
        (ehlo_name, "[IPv6:192.0.2.1]", "ehlo"),
        (mail_address, "", "empty"),
        (mail_address, "Me <me@acme.example>", "address_display"),
        (mail_address, "me", "address"),
        (mail_address, "me@", "address"),
        (mail_address, "a..b@acme.example", "address"),
        (mail_address, "me@[nonsense]", "address"),
        (mail_address, "me@acme..example", "address"),
        (mail_address, "\ud800@acme.example", "address"),
        (mail_address, "me@stra\u00dfe.example", "idna_ambiguous"),
        (mail_address, "a" * 65 + "@acme.example", "address_long"),
        (mail_address, "a" * 60 + "@" + ".".join(["b" * 60] * 3) + ".example.net", "address_long"),
    ],
)
def test_each_mistake_has_a_name(read: Callable[[str], str], text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=f"^{fault}$"):
        read(text)
