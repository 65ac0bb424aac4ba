# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses and names in the form the wire wants."""

from __future__ import annotations

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._probe import addresses


@pytest.mark.parametrize(
    ("domain", "label"),
    [
        ("Acme.Example", "acme.example"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
        ("B\u00dcCHER.example", "xn--bcher-kva.example"),
        ("\u4f8b\u5b50.\u6d4b\u8bd5", "xn--fsqu00a.xn--0zwm56d"),
        ("under_score.example", "under_score.example"),
    ],
)
def test_section_5_8_domains_go_as_a_labels(domain, label):
    assert addresses.a_label(domain) == label


@pytest.mark.parametrize(
    "domain", ["stra\u00dfe.example", "\u03c3\u03c2.example", "a\u200db.example", "\u00fc..example"]
)
def test_a_domain_that_would_become_another_one_is_refused(domain):
    with pytest.raises(ValueError, match="A-label|not a valid"):
        addresses.a_label(domain)


def test_domain_of_an_address():
    assert addresses.domain_of("x@B\u00fccher.example") == "xn--bcher-kva.example"
    assert addresses.domain_of('"a@b"@acme.example') == "acme.example"
    assert addresses.domain_of("sales01") == ""


@pytest.mark.parametrize(
    ("address", "needed"), [("j\u00f6@a.example", True), ("jo@\u00fc.example", False), ("x", False)]
)
def test_section_5_8_smtputf8_is_needed_for_the_local_part_only(address, needed):
    assert addresses.needs_smtputf8(address) is needed


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("a@B.example", b"<a@b.example>"),
        ("A.b+c@b.example", b"<A.b+c@b.example>"),
        ('"a b>"@b.example', b'<"a b>"@b.example>'),
        ("j\u00f6@\u00fc.example", "<j\u00f6@xn--tda.example>".encode()),
    ],
)
def test_path(address, path):
    assert addresses.path(address) == path


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "@b",
        "a@",
        "a b@c",
        "a>@c",
        "a<@c",
        'a"@c',
        "a@b c",
        "a@b>",
        "a\r\nb@c",
        "a\0@c",
        "a\x7f@c",
        '"@c',
        "a@b\n",
    ],
)
def test_path_refuses_what_would_change_the_command(address):
    with pytest.raises(ValueError, match="mail address"):
        addresses.path(address)


@pytest.mark.parametrize(
    ("configured", "fqdn", "local", "name"),
    [
        ("probe.acme.example", "host.example", "192.0.2.1", "probe.acme.example"),
        ("Pr\u00f6be.example", None, None, "xn--prbe-6qa.example"),
        ("my_host", None, None, "my_host"),
        ("[192.0.2.9]", None, None, "[192.0.2.9]"),
        ("[IPv6:2001:db8::1]", None, None, "[IPv6:2001:db8::1]"),
        (None, "Host.Example.com", "192.0.2.1", "host.example.com"),
        (None, "localhost.localdomain", "192.0.2.1", "[192.0.2.1]"),
        (None, "mac.local", "192.0.2.1", "[192.0.2.1]"),
        (None, "localhost", "2001:db8:0::1", "[IPv6:2001:db8::1]"),
        (None, "host", "::ffff:192.0.2.1", "[192.0.2.1]"),
        (None, None, "fe80::1%eth0", "[IPv6:fe80::1]"),
        (None, None, None, "[127.0.0.1]"),
        ("", "", "", "[127.0.0.1]"),
    ],
)
def test_section_5_8_ehlo_name_configured_then_real_fqdn_then_literal(configured, fqdn, local, name):
    assert addresses.ehlo_name(configured, fqdn, local) == name


@pytest.mark.parametrize(
    "name", ["a b.example", "a\r\n.example", "-a.example", "a..b", "[nonsense]", "[192.0.2.1", "a" * 64]
)
def test_a_configured_ehlo_name_that_can_not_be_sent_is_refused(name):
    with pytest.raises(ValueError, match="EHLO name"):
        addresses.ehlo_name(name, None, None)


@pytest.mark.parametrize(
    ("name", "real"),
    [
        ("mx1.acme.example", True),
        ("localhost4.localdomain4", False),
        ("localhost.example", False),
        ("a_b.example", False),
        ("a-.example", False),
        ("host", False),
        ("192.0.2.1", False),
        ("x." * 127 + "example", False),
        ("stra\u00dfe.example", False),
        ("host.example.", False),
    ],
)
def test_what_counts_as_a_real_fqdn(name, real):
    assert addresses.is_real_fqdn(name) is real
