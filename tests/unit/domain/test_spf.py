# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SPF: who is covered, what it costs, and what DNS does not answer."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from asked import Zones

from ansible_collections.mailops.mailbox.plugins.module_utils._dns.answer import Outcome
from ansible_collections.mailops.mailbox.plugins.module_utils._domain import spf, spf_macro, spf_record
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.finding import Section, Severity, Status
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.spf_evaluate import Result, check_host
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.spf_tree import grow

PROVIDER = "_spf.provider.test"
ZONES: dict[str, Any] = {
    PROVIDER: {"TXT": ["v=spf1 ip4:198.51.100.0/24 ip6:2001:db8:5::/48 -all"]},
    "wrapped.test": {"TXT": [f"v=spf1 include:{PROVIDER} ~all"]},
    "hosts.test": {"TXT": ["v=spf1 a:mail.hosts.test ip4:198.51.100.0/24 -all"]},
    "mail.hosts.test": {"A": ["203.0.113.1"]},
}


def judged(
    record: Any, includes: list[str] | None = None, sending_ips: list[str] | None = None, **more: Any
) -> Section:
    zones = Zones({**ZONES, "acme.test": {"TXT": record if isinstance(record, Outcome) else [record]}, **more})
    return spf.section("acme.test", zones, includes=includes or [], sending_ips=sending_ips or [])


def ids(section: Section) -> set[str]:
    return {finding.id.partition(".")[2] for finding in section.findings}


@pytest.mark.parametrize(
    ("record", "covered", "finds"),
    [
        (f"v=spf1 include:{PROVIDER} -all", "included", set()),
        (f"v=spf1 include:{PROVIDER.upper()}. -all", "included", set()),
        ("v=spf1 include:wrapped.test -all", "included", set()),
        (f"v=spf1 redirect={PROVIDER}", "included", set()),
        ("v=spf1 redirect=wrapped.test", "included", set()),
        (f"v=spf1 ?include:{PROVIDER} -all", "no", {"provider_not_covered"}),
        (f"v=spf1 -include:{PROVIDER} ~all", "no", {"provider_not_covered"}),
        (f"v=spf1 -all include:{PROVIDER}", "no", {"provider_not_covered", "after_all"}),
        ("v=spf1 ip4:198.51.100.0/24 ip6:2001:db8:5::/48 -all", "flattened", {"provider_flattened"}),
        ("v=spf1 ip4:198.51.0.0/16 ip6:2001:db8::/32 -all", "flattened", {"provider_flattened"}),
        ("v=spf1 ip4:198.51.100.0/24 -all", "no", {"provider_not_covered"}),
        ("v=spf1 ip4:198.51.100.0/25 ip6:2001:db8:5::/48 -all", "no", {"provider_not_covered"}),
        ("v=spf1 ip4:198.51.101.0/24 ip6:2001:db8:5::/48 -all", "no", {"provider_not_covered"}),
        ("v=spf1 ?ip4:198.51.100.0/24 ip6:2001:db8:5::/48 -all", "no", {"provider_not_covered"}),
        ("v=spf1 ip4:192.0.2.1 ~all", "no", {"provider_not_covered"}),
    ],
)
def test_the_provider_has_to_pass(record: str, covered: str, finds: set[str]) -> None:
    section = judged(record, [PROVIDER])
    assert section.facts["provider_covered"] == covered
    assert ids(section) == finds


def test_one_of_several_includes_is_enough() -> None:
    section = judged(f"v=spf1 include:{PROVIDER} -all", ["other.test", PROVIDER])
    assert section.facts["provider_covered"] == "included"
    assert section.status is Status.OK


def test_a_provider_that_names_hosts_is_not_covered_by_networks() -> None:
    section = judged("v=spf1 ip4:198.51.100.0/24 -all", ["hosts.test"])
    assert section.facts["provider_covered"] == "no"


@pytest.mark.parametrize(("end", "severity"), [("-", Severity.ERROR), ("~", Severity.WARNING), ("?", Severity.WARNING)])
def test_how_bad_a_missing_provider_is_depends_on_the_end(end: str, severity: Severity) -> None:
    section = judged(f"v=spf1 ip4:192.0.2.1 {end}all", [PROVIDER])
    assert [finding.severity for finding in section.findings if finding.id == "spf.provider_not_covered"] == [severity]


def test_nothing_is_said_about_the_provider_where_the_record_is_broken() -> None:
    assert ids(judged("v=spf1 ipx:1 -all", [PROVIDER])) == {"unknown_mechanism"}
    assert ids(judged("v=spf1 +all", [PROVIDER])) == {"allows_all"}


def test_without_includes_and_senders_nothing_is_said_of_them() -> None:
    section = judged("v=spf1 ip4:192.0.2.1 -all")
    assert (section.status, ids(section)) == (Status.OK, set())
    assert "provider_covered" not in section.facts
    assert "sending_ips" not in section.facts


@pytest.mark.parametrize(
    ("ip", "result", "term", "finds"),
    [
        ("198.51.100.9", "pass", "include:wrapped.test", set()),
        ("::ffff:198.51.100.9", "pass", "include:wrapped.test", set()),
        ("2001:db8:5::1", "pass", "include:wrapped.test", set()),
        ("192.0.2.1", "pass", "a:mail.acme.test", set()),
        ("203.0.113.9", "neutral", "?ip4:203.0.113.9", {"sender_neutral"}),
        ("203.0.113.10", "softfail", "~ip4:203.0.113.10", {"sender_softfails"}),
        ("203.0.113.11", "fail", "-all", {"sender_fails"}),
    ],
)
def test_declared_senders_decide(ip: str, result: str, term: str, finds: set[str]) -> None:
    record = "v=spf1 include:wrapped.test a:mail.acme.test ?ip4:203.0.113.9 ~ip4:203.0.113.10 -all"
    section = judged(record, ["never-asked.test"], [ip], **{"mail.acme.test": {"A": ["192.0.2.1"]}})
    assert section.facts["sending_ips"][ip] == {"result": result, "term": term, "domain": "acme.test", "detail": ""}
    assert ids(section) == finds


def test_a_sender_that_is_no_address() -> None:
    section = judged("v=spf1 ip4:192.0.2.1 -all", sending_ips=["mail.acme.test", "192.0.2.1"])
    assert ids(section) == {"bad_sender"}
    assert list(section.facts["sending_ips"]) == ["192.0.2.1"]


def test_a_sender_may_pass_though_the_record_needs_too_much() -> None:
    """Evaluation ends with the first match (RFC 7208 §4.6.2)."""
    includes = " ".join(f"include:i{number}.test" for number in range(11))
    zones = {f"i{number}.test": {"TXT": [f"v=spf1 ip4:192.0.2.{number} -all"]} for number in range(11)}
    section = judged(f"v=spf1 {includes} -all", sending_ips=["192.0.2.3", "192.0.2.10"], **zones)
    results = {ip: verdict["result"] for ip, verdict in section.facts["sending_ips"].items()}
    assert results == {"192.0.2.3": "pass", "192.0.2.10": "permerror"}
    assert ids(section) == {"too_many_lookups"}


def test_an_error_of_one_sender_only_is_said_of_the_sender() -> None:
    """Only the sender shows what the macro comes to: two voids for this address, and the third is one too many."""
    record = "v=spf1 exists:%{i}.a.acme.test exists:%{i}.b.acme.test exists:%{i}.c.acme.test -all"
    section = judged(record, sending_ips=["192.0.2.1"])
    assert ids(section) == {"sender_error"}


@pytest.mark.parametrize("outcome", [Outcome.SERVFAIL, Outcome.TIMEOUT, Outcome.REFUSED, Outcome.MALFORMED])
def test_no_definite_answer_is_no_verdict(outcome: Outcome) -> None:
    section = judged(outcome, [PROVIDER], ["192.0.2.1"])
    assert section.status is Status.UNKNOWN
    assert ids(section) == {"unanswered"}
    assert section.facts["sending_ips"]["192.0.2.1"]["result"] == "temperror"


@pytest.mark.parametrize("term", ["include:slow.test", "a:slow.test", "mx:slow.test", "exists:slow.test"])
def test_no_definite_answer_below(term: str) -> None:
    slow = {"slow.test": {"*": Outcome.TIMEOUT}}
    section = judged(f"v=spf1 {term} -all", [PROVIDER], **slow)
    assert section.status in (Status.UNKNOWN, Status.FAILED)
    assert "unanswered" in ids(section)
    assert "void_lookup" not in ids(section)
    if term.startswith("include"):
        assert section.facts["provider_covered"] == "unknown"


def test_a_domain_with_an_address_of_one_family_is_not_void() -> None:
    zones = {"four.test": {"A": ["192.0.2.1"]}, "six.test": {"AAAA": ["2001:db8::1"]}}
    section = judged("v=spf1 a:four.test a:six.test -all", **zones)
    assert section.facts["void_lookups"] == 0


@pytest.mark.parametrize(
    ("record", "lookups", "voids"),
    [
        ("v=spf1 include:gone.test -all", 1, 1),
        ("v=spf1 redirect=gone.test", 1, 1),
        ("v=spf1 redirect=gone.test -all", 0, 0),
        ("v=spf1 -all a:gone.test", 0, 0),
        ("v=spf1 ptr exists:%{i}.gone.test -all", 2, 0),
    ],
)
def test_what_a_record_costs(record: str, lookups: int, voids: int) -> None:
    facts = judged(record).facts
    assert (facts["lookups"], facts["void_lookups"]) == (lookups, voids)


@pytest.mark.parametrize("term", ["include:gone.test", "redirect=gone.test"])
def test_a_record_that_leads_nowhere_is_a_permanent_error(term: str) -> None:
    zones = Zones({"acme.test": {"TXT": [f"v=spf1 {term}"]}})
    verdict = check_host(ipaddress.ip_address("192.0.2.1"), "acme.test", zones)
    assert (verdict.result, verdict.term) == (Result.PERMERROR, term)


def test_an_address_has_no_zone_index() -> None:
    assert [fault.kind for fault in spf_record.parse(b"v=spf1 ip6:fe80::1%eth0 -all").faults] == ["network"]


def test_the_tree_is_told() -> None:
    tree = judged("v=spf1 include:wrapped.test -all").facts["tree"]
    assert (tree["lookups"], tree["includes"][0]["domain"]) == (2, "wrapped.test")
    assert tree["includes"][0]["includes"][0]["record"].startswith("v=spf1 ip4:198.51.100.0/24")


def test_a_hostile_tree_costs_a_known_number_of_questions() -> None:
    """Every record includes fifty others, without end."""

    class Endless(Zones):
        def __call__(self, name: str, kind: str) -> Any:
            terms = " ".join(f"include:{number}.{name} a:a{number}.{name} mx:m{number}.{name}" for number in range(17))
            self.records[name] = {"TXT": [f"v=spf1 {terms} -all"], "A": ["192.0.2.1"]}
            return super().__call__(name, kind)

    zones = Endless({})
    tree = grow("acme.test", zones)
    assert len(zones.asked) <= 61
    assert not tree.complete
    zones = Endless({})
    section = spf.section("acme.test", zones, includes=[PROVIDER])
    assert "too_many_lookups" in ids(section)
    assert "at least" in next(f.text for f in section.findings if f.id == "spf.too_many_lookups")
    zones = Endless({})
    verdict = check_host(ipaddress.ip_address("203.0.113.1"), "acme.test", zones)
    assert verdict.result is Result.PERMERROR
    assert len(zones.asked) <= 12


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("%{d}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{d999999999999}", "email.example.com"),
        ("%{l-}", "strong.bad"),
        ("%{lr-}", "bad.strong"),
        ("%{S}", "strong-bad%40email.example.com"),
        ("a%%b%_c%-d", "a%b c%20d"),
    ],
)
def test_macros(text: str, expanded: str) -> None:
    known = {"d": "email.example.com", "l": "strong-bad", "s": "strong-bad@email.example.com"}
    assert spf_macro.expand(text, known.__getitem__) == expanded


@pytest.mark.parametrize(
    "text", ["%", "%{", "%{}", "%{d", "%{d0}", "%{x}", "%{c}", "%{d2rr}", "%{d!}", "100%", "a b", "\xfc"]
)
def test_what_is_no_macro(text: str) -> None:
    assert spf_macro.parse(text) is None


@pytest.mark.parametrize("text", ["", "com", "a.b-", "a.-b", "a.1", "a..", ".", "a.b!"])
def test_what_is_no_domain(text: str) -> None:
    assert not spf_macro.is_domain_spec(text)


@pytest.mark.parametrize("text", ["a.b", "a.b.", "_a.b-c", "a.1b", "%{d}", "a.%{d}", "a%%", "a.%{d}.c"])
def test_what_is_a_domain(text: str) -> None:
    assert spf_macro.is_domain_spec(text)


def test_a_long_name_loses_labels_from_the_left() -> None:
    name = ".".join(["a" * 60] * 5)
    assert spf_macro.fitted(name) == ".".join(["a" * 60] * 4)


def test_a_record_of_sixty_thousand_octets_is_read_at_once() -> None:
    for filling in (b"a" * 60000, b"a/" * 30000, b"a:" + b"a" * 60000 + b"-", b"a " * 30000, b"%{d" * 20000):
        spf_record.parse(b"v=spf1 " + filling)
