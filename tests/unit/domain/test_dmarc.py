# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DMARC: where the policy is, whether mail can pass, and where reports go."""

from __future__ import annotations

from typing import Any

import pytest
from asked import Zones

from ansible_collections.mailops.mailbox.plugins.module_utils._dns.answer import Outcome
from ansible_collections.mailops.mailbox.plugins.module_utils._domain import dmarc
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.dmarc_walk import MOST_LABELS, walk
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.finding import Section, Severity, Status

RUA = "rua=mailto:d@acme.test"
REJECT = f"v=DMARC1; p=reject; {RUA}"


def zones(**names: Any) -> Zones:
    """Policies by domain, in which ``__`` stands for a dot."""
    records: dict[str, Any] = {"acme.test": {"MX": [(10, "mail.acme.test")]}}
    for name, value in names.items():
        text = value if isinstance(value, Outcome) else [value]
        records[f"_dmarc.{name.replace('__', '.')}"] = {"TXT": text}
    return Zones(records)


def ids(section: Section) -> set[str]:
    return {finding.id.partition(".")[2] for finding in section.findings}


def test_the_own_record_counts_first() -> None:
    section = dmarc.section("news.acme.test", zones(news__acme__test=f"v=DMARC1; p=none; {RUA}", acme__test=REJECT))
    assert (section.facts["found_at"], section.facts["policy"]) == ("news.acme.test", "none")
    assert section.facts["organizational_domain"] == "acme.test"


@pytest.mark.parametrize(
    ("record", "policy"),
    [(REJECT, "reject"), (f"{REJECT}; sp=quarantine", "quarantine"), (f"{REJECT}; np=none", "reject")],
)
def test_the_domain_above_decides_about_subdomains(record: str, policy: str) -> None:
    section = dmarc.section("news.acme.test", zones(acme__test=record))
    assert section.facts["policy"] == policy
    assert "inherited" in ids(section)


def test_subdomain_policies_of_a_subdomain_have_no_effect() -> None:
    own = f"v=DMARC1; p=reject; sp=none; {RUA}"
    section = dmarc.section("news.acme.test", zones(news__acme__test=own, acme__test=REJECT))
    assert ids(section) == {"subdomain_policy_ignored"}


def test_the_walk_of_the_standard() -> None:
    """The example of RFC 9989 §4.10, with its eight questions."""
    asked = zones()
    walk("a.b.c.d.e.f.g.h.i.j.mail.example.com", asked)
    assert [name for name, _kind in asked.asked] == [
        "_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com",
        "_dmarc.g.h.i.j.mail.example.com",
        "_dmarc.h.i.j.mail.example.com",
        "_dmarc.i.j.mail.example.com",
        "_dmarc.j.mail.example.com",
        "_dmarc.mail.example.com",
        "_dmarc.example.com",
        "_dmarc.com",
    ]


@pytest.mark.parametrize("labels", [1, 2, 7, 8, 9, 50])
def test_the_walk_is_bounded(labels: int) -> None:
    asked = zones()
    walk(".".join("a" * labels), asked)
    assert len(asked.asked) == min(labels, MOST_LABELS)


@pytest.mark.parametrize(
    ("records", "start", "organizational"),
    [
        ({"mail__example__com": REJECT, "example__com": REJECT}, "a.mail.example.com", "example.com"),
        ({"mail__example__com": f"{REJECT}; psd=n"}, "a.mail.example.com", "mail.example.com"),
        ({"com": f"{REJECT}; psd=y"}, "a.mail.example.com", "example.com"),
        ({}, "a.mail.example.com", "a.mail.example.com"),
        ({"mail__example__com": REJECT, "example__com": f"{REJECT}; psd=y"}, "mail.example.com", "mail.example.com"),
    ],
)
def test_organizational_domains(records: dict[str, str], start: str, organizational: str) -> None:
    """The examples of RFC 9989 §4.10.2."""
    assert walk(start, zones(**records)).organizational == organizational


@pytest.mark.parametrize("psd", ["y", "n"])
def test_the_walk_ends_where_the_organization_is_told(psd: str) -> None:
    asked = zones(mail__example__com=f"{REJECT}; psd={psd}")
    walk("a.mail.example.com", asked)
    assert len(asked.asked) == 2


@pytest.mark.parametrize(
    ("more", "policies"),
    [
        ("", ("reject", "reject", "reject")),
        ("; sp=quarantine", ("reject", "quarantine", "quarantine")),
        ("; sp=none; np=quarantine", ("reject", "none", "quarantine")),
        ("; np=none", ("reject", "reject", "none")),
        ("; np=all", ("none", "none", "none")),
    ],
)
def test_policies(more: str, policies: tuple[str, str, str]) -> None:
    facts = dmarc.section("acme.test", zones(acme__test=REJECT + more)).facts
    assert (facts["policy"], facts["subdomain_policy"], facts["nonexistent_policy"]) == policies


@pytest.mark.parametrize("options", ["d:d", "0:1", "x", "1:", ":", "0:0"])
def test_failure_options_that_are_not_valid(options: str) -> None:
    section = dmarc.section("acme.test", zones(acme__test=f"{REJECT}; ruf=mailto:f@acme.test; fo={options}"))
    assert ids(section) == {"bad_value"}


def test_a_public_suffix_has_the_policy_of_last_resort() -> None:
    section = dmarc.section("acme.test", zones(test=f"v=DMARC1; p=quarantine; psd=y; {RUA}"))
    assert (section.facts["found_at"], section.facts["policy"]) == ("test", "quarantine")
    assert section.facts["organizational_domain"] == "acme.test"


def test_two_records_give_way_to_the_domain_above() -> None:
    asked = zones(acme__test=REJECT)
    asked.records["_dmarc.news.acme.test"] = {"TXT": [REJECT, REJECT]}
    section = dmarc.section("news.acme.test", asked)
    assert ids(section) == {"multiple_records", "inherited"}
    assert section.facts["found_at"] == "acme.test"


@pytest.mark.parametrize("outcome", [Outcome.SERVFAIL, Outcome.TIMEOUT, Outcome.REFUSED])
def test_no_definite_answer(outcome: Outcome) -> None:
    section = dmarc.section("acme.test", zones(acme__test=outcome, test=REJECT))
    assert (section.status, ids(section)) == (Status.UNKNOWN, {"unanswered"})


def test_no_definite_answer_above_does_not_matter_to_an_own_record() -> None:
    section = dmarc.section("acme.test", zones(acme__test=REJECT, test=Outcome.TIMEOUT))
    assert section.status is Status.OK


@pytest.mark.parametrize(
    ("modes", "envelope", "signers", "expected"),
    [
        ("", "acme.test", ["acme.test"], set()),
        ("", "bounce.acme.test", ["mail.acme.test"], set()),
        ("", "other.test", ["mail.acme.test"], {"spf_not_aligned"}),
        ("", "bounce.acme.test", ["other.test", "another.test"], {"dkim_not_aligned"}),
        ("", "bounce.acme.test", ["other.test", "acme.test"], set()),
        ("", "other.test", ["other.test"], {"spf_not_aligned", "dkim_not_aligned", "no_alignment"}),
        ("; aspf=s", "bounce.acme.test", ["acme.test"], {"spf_not_aligned"}),
        ("; adkim=s", "acme.test", ["mail.acme.test"], {"dkim_not_aligned"}),
        ("", "other.test", [], {"spf_not_aligned"}),
        ("", None, ["other.test"], {"dkim_not_aligned"}),
        ("", None, [], set()),
    ],
)
def test_alignment(modes: str, envelope: str | None, signers: list[str], expected: set[str]) -> None:
    asked = zones(acme__test=REJECT + modes)
    section = dmarc.section("acme.test", asked, spf_domain=envelope, dkim_domains=signers)
    assert ids(section) == expected


def test_unaligned_spf_only_informs_where_dkim_is_aligned() -> None:
    section = dmarc.section("acme.test", zones(acme__test=REJECT), spf_domain="o.test", dkim_domains=["acme.test"])
    assert (section.status, section.findings[0].severity) == (Status.OK, Severity.INFO)


def test_alignment_is_unknown_where_dns_does_not_answer() -> None:
    asked = zones(acme__test=REJECT, slow__test=Outcome.TIMEOUT)
    section = dmarc.section("acme.test", asked, spf_domain="slow.test", dkim_domains=["slow.test"])
    assert (section.facts["spf_aligned"], section.facts["dkim_aligned"]) == (None, None)
    assert ids(section) == set()


def test_reports_within_the_organization_need_no_leave() -> None:
    asked = zones(acme__test="v=DMARC1; p=reject; rua=mailto:d@reports.acme.test")
    asked.records["reports.acme.test"] = {"MX": [(10, "mail.acme.test")]}
    assert ids(dmarc.section("acme.test", asked)) == set()


def test_no_definite_answer_about_reports() -> None:
    asked = zones(acme__test="v=DMARC1; p=reject; rua=mailto:d@other.test")
    asked.records["other.test"] = {"A": ["192.0.2.1"]}
    asked.records["acme.test._report._dmarc.other.test"] = {"TXT": Outcome.SERVFAIL}
    assert ids(dmarc.section("acme.test", asked)) == {"report_unanswered"}


def test_reports_of_an_inherited_policy_are_asked_for_its_domain() -> None:
    asked = zones(acme__test="v=DMARC1; p=reject; rua=mailto:d@other.test")
    asked.records["other.test"] = {"MX": [(10, "mail.other.test")]}
    asked.records["acme.test._report._dmarc.other.test"] = {"TXT": ["v=DMARC1"]}
    assert ids(dmarc.section("news.acme.test", asked)) == {"inherited"}


def test_many_report_addresses_cost_a_known_number_of_questions() -> None:
    uris = ",".join(f"mailto:d@{number}.other.test" for number in range(500))
    asked = zones(acme__test=f"v=DMARC1; p=reject; rua={uris}")
    dmarc.section("acme.test", asked)
    assert len(asked.asked) <= MOST_LABELS + 1 + 10 * (3 + MOST_LABELS + 1)
