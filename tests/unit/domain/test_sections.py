# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every finding beside SPF, DKIM and DMARC: what brings it up, and that a healthy domain has none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from domain.memory import DIGEST, DOMAIN, HEALTHY, POLICY, PUBLIC, Memory, page, trouble

from ansible_collections.mailops.mailbox.plugins.module_utils._dns.answer import Answer, Mx, Outcome, Tlsa
from ansible_collections.mailops.mailbox.plugins.module_utils._domain import (
    block_lists,
    dane,
    dnssec,
    mta_sts,
    mx,
    tls_rpt,
    tracking,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.dane_rules import BLOCK_LISTS, DANE
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.finding import Section, Severity, Status
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.mx_rules import DNSSEC, MX, TRACKING
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.tls_rules import MTA_STS, TLS_RPT
from ansible_collections.mailops.mailbox.plugins.module_utils._providers import gateways, table
from ansible_collections.mailops.mailbox.plugins.module_utils._web.https import FetchTrouble

Changes = Mapping[tuple[str, str], Any]
STS, RPT = ("_mta-sts.acme.example", "TXT"), ("_smtp._tls.acme.example", "TXT")
MX1, TLSA1, TLSA2 = "mx1.acme.example", "_25._tcp.mx1.acme.example", "_25._tcp.mx2.acme.example"
LISTED = ("1.114.0.203.list.example", "A")
IP = "203.0.114.1"
GOOGLE = "aspmx.l.google.com"


def of_mx(changes: Changes, **options: Any) -> Section:
    return mx.section(DOMAIN, Memory(changes), **options)


def of_sts(changes: Changes, fetch: Any = None) -> Section:
    return mta_sts.section(DOMAIN, Memory(changes), fetch or page())


def of_rpt(changes: Changes) -> Section:
    return tls_rpt.section(DOMAIN, Memory(changes))


def of_dane(changes: Changes, *, local: bool = True) -> Section:
    return dane.section(DOMAIN, Memory(changes), local=local)


def of_dnssec(changes: Changes, *, local: bool = True, authentic: bool = True) -> Section:
    return dnssec.section(DOMAIN, Memory(changes, authentic=authentic), local=local)


def of_lists(changes: Changes, *ips: str, zones: tuple[str, ...] = ("list.example",)) -> Section:
    return block_lists.section(Memory(changes), ips=ips or (IP,), zones=zones)


def of_tracking(changes: Changes, *hosts: str) -> Section:
    return tracking.section(DOMAIN, Memory(changes), hosts=hosts or ("link.acme.example",))


def policy(old: bytes = b"", new: bytes = b"") -> Any:
    assert old in POLICY
    return page(POLICY.replace(old, new))


Case = tuple[str, Callable[[], Section], set[str], Status]

MX_CASES: list[Case] = [
    ("domain", lambda: of_mx({(DOMAIN, "MX"): Outcome.NXDOMAIN}), {"mx.domain_missing"}, Status.FAILED),
    ("null", lambda: of_mx({(DOMAIN, "MX"): [Mx(0, "")]}), {"mx.null"}, Status.FAILED),
    ("both", lambda: of_mx({(DOMAIN, "MX"): [Mx(0, ""), Mx(10, MX1)]}), {"mx.null_and_others"}, Status.FAILED),
    (
        "implicit",
        lambda: of_mx({(DOMAIN, "MX"): Outcome.NO_DATA, (DOMAIN, "A"): [PUBLIC]}),
        {"mx.implicit"},
        Status.WARNING,
    ),
    ("nowhere", lambda: of_mx({(DOMAIN, "MX"): Outcome.NO_DATA}), {"mx.nowhere"}, Status.FAILED),
    (
        "half known",
        lambda: of_mx({(DOMAIN, "MX"): Outcome.NO_DATA, (DOMAIN, "AAAA"): Outcome.TIMEOUT}),
        {"mx.unanswered"},
        Status.UNKNOWN,
    ),
    (
        "address",
        lambda: of_mx({(DOMAIN, "MX"): [Mx(5, "203.0.114.9"), Mx(10, MX1)]}),
        {"mx.address_literal"},
        Status.FAILED,
    ),
    ("alias", lambda: of_mx({(MX1, "CNAME"): ["other.example"]}), {"mx.alias"}, Status.WARNING),
    (
        "dangling",
        lambda: of_mx({(MX1, "A"): Outcome.NXDOMAIN, (MX1, "AAAA"): Outcome.NXDOMAIN}),
        {"mx.dangling"},
        Status.WARNING,
    ),
    ("no address", lambda: of_mx({(MX1, "A"): Outcome.NO_DATA}), {"mx.no_address"}, Status.WARNING),
    (
        "nothing usable",
        lambda: of_mx({(DOMAIN, "MX"): [Mx(10, MX1)], (MX1, "A"): Outcome.NO_DATA}),
        {"mx.no_address", "mx.none_usable"},
        Status.FAILED,
    ),
    ("private", lambda: of_mx({(MX1, "A"): ["10.1.2.3"]}), {"mx.not_public"}, Status.WARNING),
    ("private is right", lambda: of_mx({(MX1, "A"): ["10.1.2.3"]}, allow_private=True), set(), Status.OK),
    (
        "twice",
        lambda: of_mx({(DOMAIN, "MX"): [Mx(10, MX1), Mx(20, MX1)]}),
        {"mx.duplicate"},
        Status.OK,
    ),
    ("silent", lambda: of_mx({(DOMAIN, "MX"): Outcome.TIMEOUT}), {"mx.unanswered"}, Status.UNKNOWN),
    ("silent host", lambda: of_mx({(MX1, "A"): Outcome.SERVFAIL}), {"mx.unanswered"}, Status.UNKNOWN),
]

STS_CASES: list[Case] = [
    ("absent", lambda: of_sts({STS: Outcome.NXDOMAIN}), {"mta_sts.absent"}, Status.ABSENT),
    ("other texts", lambda: of_sts({STS: [b"v=spf1 -all"]}), {"mta_sts.absent"}, Status.ABSENT),
    ("silent", lambda: of_sts({STS: Outcome.SERVFAIL}), {"mta_sts.unanswered"}, Status.UNKNOWN),
    ("two", lambda: of_sts({STS: [b"v=STSv1; id=1", b"v=STSv1; id=2"]}), {"mta_sts.several_records"}, Status.FAILED),
    ("version", lambda: of_sts({STS: [b"v=stsv1; id=1"]}), {"mta_sts.record_syntax"}, Status.FAILED),
    ("no semicolon", lambda: of_sts({STS: [b"v=STSv1 id=1"]}), {"mta_sts.record_syntax"}, Status.FAILED),
    ("field", lambda: of_sts({STS: [b"v=STSv1; id=1; nonsense"]}), {"mta_sts.record_syntax"}, Status.FAILED),
    ("no id", lambda: of_sts({STS: [b"v=STSv1;"]}), {"mta_sts.record_id"}, Status.FAILED),
    ("id", lambda: of_sts({STS: [b"v=STSv1; id=2026-01-31"]}), {"mta_sts.record_id"}, Status.FAILED),
    ("long id", lambda: of_sts({STS: [b"v=STSv1; id=" + b"1" * 33]}), {"mta_sts.record_id"}, Status.FAILED),
    (
        "no host",
        lambda: of_sts({("mta-sts.acme.example", "A"): Outcome.NXDOMAIN}),
        {"mta_sts.policy_host"},
        Status.FAILED,
    ),
    ("down", lambda: of_sts({}, trouble(FetchTrouble.CONNECT)), {"mta_sts.policy_unreachable"}, Status.UNKNOWN),
    ("slow", lambda: of_sts({}, trouble(FetchTrouble.TIMEOUT)), {"mta_sts.policy_unreachable"}, Status.UNKNOWN),
    ("broken", lambda: of_sts({}, trouble(FetchTrouble.STATUS, 503)), {"mta_sts.policy_unreachable"}, Status.UNKNOWN),
    ("tls", lambda: of_sts({}, trouble(FetchTrouble.TLS)), {"mta_sts.policy_certificate"}, Status.FAILED),
    (
        "redirect",
        lambda: of_sts({}, trouble(FetchTrouble.REDIRECT_REFUSED)),
        {"mta_sts.policy_redirect"},
        Status.FAILED,
    ),
    ("missing", lambda: of_sts({}, trouble(FetchTrouble.STATUS, 404)), {"mta_sts.policy_missing"}, Status.FAILED),
    ("no http", lambda: of_sts({}, trouble(FetchTrouble.MALFORMED)), {"mta_sts.policy_missing"}, Status.FAILED),
    ("large", lambda: of_sts({}, trouble(FetchTrouble.TOO_LARGE)), {"mta_sts.policy_too_large"}, Status.FAILED),
    ("private", lambda: of_sts({}, trouble(FetchTrouble.PRIVATE_ADDRESS)), {"mta_sts.policy_private"}, Status.FAILED),
    ("html", lambda: of_sts({}, page(content_type="text/html")), {"mta_sts.policy_media_type"}, Status.WARNING),
    ("untyped", lambda: of_sts({}, page(content_type="")), {"mta_sts.policy_media_type"}, Status.WARNING),
    ("line", lambda: of_sts({}, policy(b"mx: mx1", b"mx mx1")), {"mta_sts.policy_syntax"}, Status.FAILED),
    ("octets", lambda: of_sts({}, page(b"\xff\xfe")), {"mta_sts.policy_syntax"}, Status.FAILED),
    ("no version", lambda: of_sts({}, policy(b"version: STSv1\r\n")), {"mta_sts.policy_version"}, Status.FAILED),
    ("mode", lambda: of_sts({}, policy(b"enforce", b"report")), {"mta_sts.policy_mode"}, Status.FAILED),
    ("age", lambda: of_sts({}, policy(b"2419200", b"4w")), {"mta_sts.policy_max_age"}, Status.FAILED),
    ("too old", lambda: of_sts({}, policy(b"2419200", b"31557601")), {"mta_sts.policy_max_age"}, Status.FAILED),
    ("bad host", lambda: of_sts({}, policy(b"*.acme", b"*acme")), {"mta_sts.policy_mx"}, Status.FAILED),
    (
        "no host named",
        lambda: of_sts({}, policy(b"mx: mx1.acme.example\r\nmx: *.acme.example\r\n")),
        {"mta_sts.policy_mx"},
        Status.FAILED,
    ),
    (
        "mode twice",
        lambda: of_sts({}, policy(b"max_age", b"mode: none\nmax_age")),
        {"mta_sts.policy_repeated"},
        Status.WARNING,
    ),
    ("short", lambda: of_sts({}, policy(b"2419200", b"86399")), {"mta_sts.max_age_short"}, Status.WARNING),
    ("refused", lambda: of_sts({}, policy(b"mx: *.acme.example\r\n")), {"mta_sts.mx_refused"}, Status.FAILED),
    (
        "untested",
        lambda: of_sts({}, page(POLICY.replace(b"enforce", b"testing").replace(b"mx: *.acme.example\r\n", b""))),
        {"mta_sts.mx_untested", "mta_sts.testing"},
        Status.WARNING,
    ),
    ("unused", lambda: of_sts({}, policy(b"max_age", b"mx: old.example\nmax_age")), {"mta_sts.mx_unused"}, Status.OK),
    ("testing", lambda: of_sts({}, policy(b"enforce", b"testing")), {"mta_sts.testing"}, Status.OK),
    ("off", lambda: of_sts({}, policy(b"enforce", b"none")), {"mta_sts.switched_off"}, Status.OK),
    (
        "off without hosts",
        lambda: of_sts({}, page(b"version: STSv1\nmode: none\nmax_age: 86400\n")),
        {"mta_sts.switched_off"},
        Status.OK,
    ),
]

RPT_CASES: list[Case] = [
    ("absent", lambda: of_rpt({RPT: Outcome.NO_DATA}), {"tls_rpt.absent"}, Status.ABSENT),
    ("silent", lambda: of_rpt({RPT: Outcome.REFUSED}), {"tls_rpt.unanswered"}, Status.UNKNOWN),
    ("two", lambda: of_rpt({RPT: [b"v=TLSRPTv1; rua=mailto:a@b.c"] * 2}), {"tls_rpt.several_records"}, Status.FAILED),
    ("version", lambda: of_rpt({RPT: [b"v=TLSRPT1; rua=mailto:a@b.c"]}), {"tls_rpt.absent"}, Status.ABSENT),
    ("case", lambda: of_rpt({RPT: [b"v=tlsrptv1; rua=mailto:a@b.c"]}), {"tls_rpt.syntax"}, Status.FAILED),
    ("field", lambda: of_rpt({RPT: [b"v=TLSRPTv1; mailto:a@b.c"]}), {"tls_rpt.syntax"}, Status.FAILED),
    ("octets", lambda: of_rpt({RPT: [b"v=TLSRPTv1; rua=\xff"]}), {"tls_rpt.syntax"}, Status.FAILED),
    ("none", lambda: of_rpt({RPT: [b"v=TLSRPTv1;"]}), {"tls_rpt.no_address"}, Status.FAILED),
    ("scheme", lambda: of_rpt({RPT: [b"v=TLSRPTv1; rua=http://b.c/"]}), {"tls_rpt.bad_address"}, Status.FAILED),
    ("bare", lambda: of_rpt({RPT: [b"v=TLSRPTv1; rua=a@b.c"]}), {"tls_rpt.bad_address"}, Status.FAILED),
    ("address", lambda: of_rpt({RPT: [b"v=TLSRPTv1; rua=mailto:ab"]}), {"tls_rpt.bad_address"}, Status.FAILED),
    ("mark", lambda: of_rpt({RPT: [b"v=TLSRPTv1; rua=mailto:a@b.c!10m"]}), {"tls_rpt.bad_address"}, Status.FAILED),
    ("two fields", lambda: of_rpt({RPT: [b"v=TLSRPTv1;rua=mailto:a@b.c;rua=https://b.c/d"]}), set(), Status.OK),
]

DANE_CASES: list[Case] = [
    (
        "absent",
        lambda: of_dane({(TLSA1, "TLSA"): Outcome.NXDOMAIN, (TLSA2, "TLSA"): Outcome.NO_DATA}),
        {"dane.absent"},
        Status.ABSENT,
    ),
    ("no mail", lambda: of_dane({(DOMAIN, "MX"): [Mx(0, "")]}), set(), Status.SKIPPED),
    ("silent", lambda: of_dane({(DOMAIN, "MX"): Outcome.TIMEOUT}), {"dane.unanswered"}, Status.UNKNOWN),
    ("silent host", lambda: of_dane({(TLSA1, "TLSA"): Outcome.TIMEOUT}), {"dane.unanswered"}, Status.UNKNOWN),
    ("fails", lambda: of_dane({(TLSA1, "TLSA"): Outcome.SERVFAIL}), {"dane.lookup_fails"}, Status.FAILED),
    (
        "all fails",
        lambda: of_dane(
            {(TLSA1, "TLSA"): Outcome.SERVFAIL, (MX1, "A"): Outcome.SERVFAIL, (MX1, "AAAA"): Outcome.SERVFAIL}
        ),
        {"dane.unanswered"},
        Status.UNKNOWN,
    ),
    (
        "unsigned",
        lambda: of_dane({(TLSA1, "TLSA"): Answer(TLSA1, "TLSA", Outcome.FOUND, (Tlsa(3, 1, 1, DIGEST),))}),
        {"dane.unsigned"},
        Status.FAILED,
    ),
    (
        "unsigned domain",
        lambda: of_dane({(DOMAIN, "MX"): Answer(DOMAIN, "MX", Outcome.FOUND, tuple(HEALTHY[DOMAIN, "MX"]))}),
        {"dane.mx_unsigned"},
        Status.WARNING,
    ),
    ("far resolver", lambda: of_dane({}, local=False), {"dane.not_validated"}, Status.UNKNOWN),
    (
        "pkix",
        lambda: of_dane({(TLSA1, "TLSA"): [Tlsa(3, 1, 1, DIGEST), Tlsa(1, 1, 1, DIGEST)]}),
        {"dane.usage"},
        Status.WARNING,
    ),
    (
        "cut",
        lambda: of_dane({(TLSA1, "TLSA"): [Tlsa(3, 1, 1, DIGEST), Tlsa(3, 1, 1, "abcd")]}),
        {"dane.malformed"},
        Status.FAILED,
    ),
    (
        "only pkix",
        lambda: of_dane({(TLSA1, "TLSA"): [Tlsa(0, 1, 1, DIGEST)]}),
        {"dane.usage", "dane.none_usable"},
        Status.WARNING,
    ),
    ("some", lambda: of_dane({(TLSA2, "TLSA"): Outcome.NXDOMAIN}), {"dane.partial"}, Status.WARNING),
]

DNSSEC_CASES: list[Case] = [
    (
        "unsigned",
        lambda: of_dnssec({(DOMAIN, "DS"): Outcome.NO_DATA}, authentic=False),
        {"dnssec.unsigned"},
        Status.ABSENT,
    ),
    ("bogus", lambda: of_dnssec({(DOMAIN, "MX"): Outcome.SERVFAIL}), {"dnssec.bogus"}, Status.FAILED),
    (
        "broken",
        lambda: of_dnssec({(DOMAIN, "MX"): Outcome.SERVFAIL, (DOMAIN, "DS"): Outcome.NO_DATA}),
        {"dnssec.unanswered"},
        Status.UNKNOWN,
    ),
    (
        "resolver that does not validate",
        lambda: of_dnssec({(".", "NS"): ["a.root.example"]}, authentic=False),
        {"dnssec.not_validated"},
        Status.UNKNOWN,
    ),
    ("far resolver", lambda: of_dnssec({}, local=False), {"dnssec.not_validated"}, Status.UNKNOWN),
]

LIST_CASES: list[Case] = [
    ("listed", lambda: of_lists({LISTED: ["127.0.0.4"]}), {"block_lists.listed"}, Status.FAILED),
    (
        "refused",
        lambda: of_lists({("2.0.0.127.list.example", "A"): ["127.255.255.254"]}),
        {"block_lists.refused"},
        Status.WARNING,
    ),
    ("refused later", lambda: of_lists({LISTED: ["127.255.255.255"]}), {"block_lists.refused"}, Status.WARNING),
    (
        "dead",
        lambda: of_lists({("2.0.0.127.list.example", "A"): Outcome.NXDOMAIN}),
        {"block_lists.broken"},
        Status.WARNING,
    ),
    ("sold", lambda: of_lists({("2.0.0.127.list.example", "A"): [PUBLIC]}), {"block_lists.broken"}, Status.WARNING),
    ("all", lambda: of_lists({("1.0.0.127.list.example", "A"): ["127.0.0.2"]}), {"block_lists.broken"}, Status.WARNING),
    ("odd code", lambda: of_lists({LISTED: [PUBLIC]}), {"block_lists.broken"}, Status.WARNING),
    (
        "silent",
        lambda: of_lists({("2.0.0.127.list.example", "A"): Outcome.TIMEOUT}),
        {"block_lists.unanswered"},
        Status.UNKNOWN,
    ),
    ("silent later", lambda: of_lists({LISTED: Outcome.SERVFAIL}), {"block_lists.unanswered"}, Status.UNKNOWN),
    ("inner", lambda: of_lists({}, "10.0.0.1"), {"block_lists.not_public"}, Status.WARNING),
    ("nothing asked", lambda: of_lists({}, zones=()), set(), Status.SKIPPED),
]

GONE = Outcome.NXDOMAIN
TRACKING_CASES: list[Case] = [
    ("missing", lambda: of_tracking({}, "gone.acme.example"), {"tracking.missing"}, Status.FAILED),
    (
        "dangling",
        lambda: of_tracking({("link.acme.example", "A"): GONE, ("link.acme.example", "AAAA"): GONE}),
        {"tracking.dangling"},
        Status.FAILED,
    ),
    (
        "no address",
        lambda: of_tracking({("link.acme.example", "A"): Outcome.NO_DATA}),
        {"tracking.no_address"},
        Status.FAILED,
    ),
    ("inner", lambda: of_tracking({("link.acme.example", "A"): ["10.0.0.1"]}), {"tracking.not_public"}, Status.WARNING),
    ("own", lambda: of_tracking({("link.acme.example", "CNAME"): Outcome.NO_DATA}), {"tracking.no_alias"}, Status.OK),
    (
        "foreign",
        lambda: of_tracking(
            {("go.other.example", "A"): [PUBLIC], ("go.other.example", "CNAME"): ["x.example"]}, "go.other.example"
        ),
        {"tracking.foreign"},
        Status.OK,
    ),
    (
        "silent",
        lambda: of_tracking({("link.acme.example", "A"): Outcome.TIMEOUT}),
        {"tracking.unanswered"},
        Status.UNKNOWN,
    ),
]

ALL = [*MX_CASES, *STS_CASES, *RPT_CASES, *DANE_CASES, *DNSSEC_CASES, *LIST_CASES, *TRACKING_CASES]


@pytest.mark.parametrize(
    ("_name", "look", "ids", "status"), ALL, ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_is_found(_name: str, look: Callable[[], Section], ids: set[str], status: Status) -> None:
    section = look()
    assert {entry.id for entry in section.findings} == ids
    assert section.status is status


@pytest.mark.parametrize("look", [of_mx, of_sts, of_rpt, of_dane, of_dnssec, of_lists, of_tracking])
def test_a_healthy_domain_has_no_finding(look: Callable[[Changes], Section]) -> None:
    section = look({})
    assert (section.findings, section.status) == ((), Status.OK)


def test_providers_by_mx(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = {(DOMAIN, "MX"): [Mx(1, GOOGLE)], (GOOGLE, "A"): [PUBLIC]}
    section = of_mx(changes)
    assert mx.found_provider(section) == "google-workspace"
    assert section.findings == ()
    titles = {"google-workspace": "Google", "other": "Other"}
    monkeypatch.setattr(mx, "_title", lambda name: titles.get(name, ""))
    assert {entry.id for entry in of_mx(changes, provider="other").findings} == {"mx.other_provider"}
    assert of_mx(changes, provider="google-workspace").findings == ()


def test_mail_exchangers_of_two_providers(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = {(DOMAIN, "MX"): [Mx(1, GOOGLE), Mx(2, "mx2.acme.example")], (GOOGLE, "A"): [PUBLIC]}
    known = {GOOGLE: "a", "mx2.acme.example": "b"}

    def by_mx(name: str) -> Any:
        google = table.by_name("google-workspace")
        assert google is not None
        return table.Known(google.provider, google.variant.__class__(known[name], known[name], (), ()))

    monkeypatch.setattr(mx.table, "by_mx", by_mx)
    monkeypatch.setattr(mx, "_title", lambda name: name.upper())
    section = of_mx(changes)
    assert [entry.text for entry in section.findings] == ["The mail exchangers of acme.example belong to A and B."]
    assert mx.found_provider(section) == ""


def test_a_gateway_hides_the_provider() -> None:
    gateway = next(one for one in gateways.GATEWAYS if "roofpoint" in one.title)
    host = f"mx1{gateway.mx[0]}" if gateway.mx[0].startswith(".") else gateway.mx[0]
    section = of_mx({(DOMAIN, "MX"): [Mx(1, host)], (host, "A"): [PUBLIC]}, provider="gmail")
    assert {entry.id for entry in section.findings} == {"mx.gateway"}
    assert section.facts["gateway"] == gateway.title
    assert mx.found_provider(section) == ""


def test_every_address_for_reports_is_read() -> None:
    """RFC 8460 §3: several in a field, and several fields."""
    text = b"v=TLSRPTv1; rua=mailto:a@b.c , https://b.c/d; rua=mailto:e@f.g"
    assert of_rpt({RPT: [text]}).facts["addresses"] == ["mailto:a@b.c", "https://b.c/d", "mailto:e@f.g"]


def test_a_name_that_only_ends_alike_is_foreign() -> None:
    changes = {("notacme.example", "A"): [PUBLIC], ("notacme.example", "CNAME"): ["x.example"]}
    assert {entry.id for entry in of_tracking(changes, "notacme.example").findings} == {"tracking.foreign"}


ELSEWHERE = {"mx.other_provider", "mx.several_providers", "mx.gateway"}


def test_every_finding_has_a_case() -> None:
    told = set().union(*(ids for _name, _look, ids, _status in ALL)) | ELSEWHERE
    known = {*MX, *MTA_STS, *TLS_RPT, *DANE, *DNSSEC, *BLOCK_LISTS, *TRACKING}
    assert known - told == set()


def test_addresses_in_block_lists() -> None:
    """RFC 5782 §2.1 and §2.4."""
    names = [
        block_lists.question(block_lists.ipaddress.ip_address(ip), "l.example") for ip in ("192.0.2.99", "2001:db8::1")
    ]
    assert names[0] == "99.2.0.192.l.example"
    assert names[1] == "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.l.example"


def test_a_list_of_ipv6_alone() -> None:
    test, other = (block_lists.question(one, "six.example") for one in block_lists.TESTS[1])
    ip = "2a00:1450::1"
    changes = {
        (test, "A"): ["127.0.0.2"],
        (other, "A"): Outcome.NXDOMAIN,
        (block_lists.question(block_lists.ipaddress.ip_address(ip), "six.example"), "A"): ["127.0.0.2"],
    }
    section = of_lists(changes, ip, zones=("six.example",))
    assert [entry.evidence["ip"] for entry in section.findings] == [ip]


def test_the_reason_of_a_list_and_no_key_of_a_customer() -> None:
    zone = "abcdefghijklmnop.zen.dq.spamhaus.net"
    changes = {
        (f"2.0.0.127.{zone}", "A"): ["127.0.0.2"],
        (f"1.114.0.203.{zone}", "A"): ["127.0.0.4"],
        (f"1.114.0.203.{zone}", "TXT"): [b"see https://list.example/203.0.114.1"],
    }
    section = of_lists(changes, zones=(zone,))
    assert "https://list.example" in section.findings[0].cause
    assert "abcdefghijklmnop" not in repr(section)
    assert "(key).zen.dq.spamhaus.net" in section.findings[0].text


@pytest.mark.parametrize("severity", [Severity.ERROR, Severity.WARNING])
def test_every_fault_says_what_to_do(severity: Severity) -> None:
    for rule in (*MX.values(), *MTA_STS.values(), *TLS_RPT.values(), *DANE.values(), *BLOCK_LISTS.values()):
        assert rule.severity is not severity or (rule.cause and rule.remedy and rule.reference.startswith("RFC "))
