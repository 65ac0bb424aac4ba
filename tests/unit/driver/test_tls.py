# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS settings, and what is told of a certificate."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ansible_collections.mailops.mailbox.plugins.module_utils._driver.tls import TlsSettings
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import TlsPlan

TIMES = {"notBefore": "Jan  1 00:00:00 2026 GMT", "notAfter": "Jan  1 00:00:00 2027 GMT"}


def test_names_of_a_certificate_are_visible_as_a_whole() -> None:
    name = ((("commonName", "a\x9b2J"),),)
    parsed = {"subject": name, "issuer": name, "subjectAltName": (("DNS", "mail\u202e.example"),), **TIMES}

    def shown(binary_form: bool = False) -> Any:
        return b"der" if binary_form else parsed

    handshake = SimpleNamespace(cipher=lambda: None, version=lambda: "TLSv1.3", getpeercert=shown)
    facts = TlsSettings().facts(handshake, TlsPlan(server_name="mail.example"))  # type: ignore[arg-type]
    assert facts.certificate is not None
    assert (facts.certificate.subject, facts.certificate.issuer) == ("commonName=a\\x9b2J", "commonName=a\\x9b2J")
    assert facts.certificate.names == ("mail\\u202e.example",)
    assert facts.certificate.self_signed
