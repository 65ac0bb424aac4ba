# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SPF, DKIM and DMARC of faulty domains on real name servers: what we find, beside what others find."""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import faulty_dkim
import faulty_dmarc
import faulty_spf
import oracle
import pytest
import yaml
from dnslab import DnsLab
from faulty import Case

from ansible_collections.mailops.mailbox.plugins.module_utils._dns.answer import Answer, Mx, Outcome
from ansible_collections.mailops.mailbox.plugins.module_utils._dns.client import DnsClient
from ansible_collections.mailops.mailbox.plugins.module_utils._domain import dkim, dmarc, ids, spf
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.finding import Section, Severity
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.spf_evaluate import Result, check_host

pytestmark = pytest.mark.once

TABLES = {"spf": faulty_spf, "dmarc": faulty_dmarc}
JUDGED = [*faulty_spf.CASES, *faulty_dmarc.CASES]
CASES = [*JUDGED, *faulty_dkim.CASES]
EVALUATE: Mapping[str, Callable[..., Section]] = {
    "spf": spf.section,
    "dmarc": dmarc.section,
    "dkim": partial(dkim.section, selectors=[faulty_dkim.SELECTOR]),
}


@pytest.fixture(scope="module")
def sections(dns_servers: DnsLab) -> Iterator[dict[str, Section]]:
    """What we find, by domain."""
    dns_servers.load({**{case.domain: case.zone() for case in CASES}, **faulty_dmarc.REPORTS})
    client = DnsClient(nameservers=dns_servers.nameservers, port=dns_servers.port)
    end = time.monotonic() + 60

    def ask(name: str, kind: str) -> Answer:
        return client.ask(name, kind, end)

    yield {case.domain: EVALUATE[case.kind](case.domain, ask) for case in CASES}
    dns_servers.clear()


@pytest.fixture(scope="module")
def theirs(dns_servers: DnsLab, sections: Mapping[str, Section]) -> dict[str, Any]:
    """What checkdmarc finds, by domain, asking the same name servers."""
    address, port = dns_servers.nameservers[0], str(dns_servers.port)
    said: dict[str, Any] = oracle.ask("checkdmarc_says.py", {case.domain: case.kind for case in JUDGED}, address, port)
    return said


def level(section: Section) -> str:
    severities = {finding.severity for finding in section.findings}
    if Severity.ERROR in severities:
        return "error"
    return "warning" if Severity.WARNING in severities else "clean"


def their_level(said: Mapping[str, Any]) -> str:
    if not said["valid"]:
        return "error"
    return "warning" if said["warnings"] else "clean"


def says_the_same(case: Case, section: Section, said: Mapping[str, Any]) -> bool:
    """Whether checkdmarc is as strict, and says the same of everything that we warn of."""
    text = "\n".join([said["error"] or "", *(said["warnings"] or ())])
    words = TABLES[case.kind].WORDS
    worst = {finding.id.partition(".")[2] for finding in section.findings if finding.severity.value == level(section)}
    known = all(name in words and re.search(words[name], text) for name in worst) if level(section) != "clean" else True
    return level(section) == their_level(said) and known


def test_there_are_enough_faults() -> None:
    faulty = [case for case in CASES if case.finds]
    assert len(faulty) >= 100
    assert len({case.domain for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.domain)
def test_faults_are_found(case: Case, sections: Mapping[str, Section]) -> None:
    assert {finding.id for finding in sections[case.domain].findings} == case.finds


@pytest.mark.parametrize("case", JUDGED, ids=lambda case: case.domain)
def test_checkdmarc_agrees_or_the_difference_is_explained(
    case: Case, sections: Mapping[str, Section], theirs: Mapping[str, Any]
) -> None:
    section, said = sections[case.domain], theirs[case.domain]
    explained = case.name in TABLES[case.kind].DIFFERS
    assert says_the_same(case, section, said) is not explained, said


@pytest.mark.parametrize("case", faulty_spf.CASES, ids=lambda case: case.domain)
def test_checkdmarc_counts_the_same_lookups(
    case: Case, sections: Mapping[str, Section], theirs: Mapping[str, Any]
) -> None:
    facts, said = sections[case.domain].facts, theirs[case.domain]
    if said["dns_lookups"] is None or "lookups" not in facts:
        return
    same = (facts["lookups"], facts["void_lookups"]) == (said["dns_lookups"], said["voids"])
    assert same is (case.name not in faulty_spf.OTHER_COUNTS), said


def test_explanations_are_needed() -> None:
    """No explanation is left over, and every one names the section of a standard."""
    for kind, table in TABLES.items():
        names = {case.name for case in CASES if case.kind == kind}
        assert set(table.DIFFERS) | set(table.OTHER_COUNTS) <= names
        assert all(
            re.search(r"RFC \d+ §\d|As above", text) for text in (*table.DIFFERS.values(), *table.OTHER_COUNTS.values())
        )
        assert {f"{kind}.{name}" for name in table.WORDS} <= set(ids.RULES)


def test_dkimpy_reads_the_same_keys(sections: Mapping[str, Section]) -> None:
    """dkimpy is given what we read; it judges the form of the record, and the length of keys that it can read."""
    facts = {case.name: sections[case.domain].facts["selectors"][faulty_dkim.SELECTOR] for case in faulty_dkim.CASES}
    found = {case.name: case for case in faulty_dkim.CASES if "record" in facts[case.name]}
    records = {name: _text(case) for name, case in found.items()}
    said = oracle.ask("dkimpy_says.py", records)
    wrong = []
    for name, case in found.items():
        malformed = bool(case.finds & faulty_dkim.MALFORMED)
        same = malformed is bool(said[name]["error"]) and (malformed or said[name]["bits"] == facts[name]["bits"])
        if same is (name in faulty_dkim.DIFFERS):
            wrong.append((name, case.finds, said[name], facts[name]["bits"]))
    assert wrong == []


def _text(case: Case) -> str:
    """The first text of a case that is a key."""
    owners = [kinds["TXT"][0] for owner, kinds in case.records.items() if owner and "TXT" in kinds]
    return owners[0]


# --- the test suite of RFC 7208 --------------------------------------------------------------------------------------

UNSPECIFIED = {"v-macro-ip6": "Hexadecimal digits may be in lower case; names in DNS don't care (RFC 7208 §7.3)."}


def test_the_suite_of_rfc_7208() -> None:
    """The suite that SPF's authors wrote: results, and explanations where it names them."""
    count, wrong = 0, []
    for scenario in yaml.safe_load_all(oracle.suite()):
        ask = _zones(scenario["zonedata"])
        for name, test in scenario["tests"].items():
            sender = test.get("mailfrom") or f"postmaster@{test['helo']}"
            ip = ipaddress.ip_address(test["host"])
            verdict = check_host(ip, sender.rpartition("@")[2], ask, sender=sender, helo=test["helo"])
            wanted = test["result"] if isinstance(test["result"], list) else [test["result"]]
            explanation = {"DEFAULT": ""}.get(test.get("explanation"), test.get("explanation"))
            told = (
                verdict.explanation
                if name not in UNSPECIFIED
                else verdict.explanation.replace("e.b.a.b.e.f.a.c", "E.B.A.B.E.F.A.C")
            )
            same = verdict.result is not Result.FAIL or explanation is None or told == explanation
            count += 1
            if verdict.result.value not in wanted or not same:
                wrong.append((scenario["description"], name, wanted, explanation, verdict))
    assert count > 200
    assert wrong == []


def _zones(data: Mapping[str, Any]) -> Callable[[str, str], Answer]:
    """Answer from the suite's own notation."""
    names = {str(name).lower(): entries for name, entries in data.items()}

    def ask(name: str, kind: str, aliases: int = 0) -> Answer:
        name = name.lower().rstrip(".")
        if not all(0 < len(label) < 64 for label in name.split(".")):
            return Answer(name, kind, Outcome.BAD_NAME)
        if name not in names:
            return Answer(name, kind, Outcome.NXDOMAIN)
        pairs = [pair for entry in names[name] if isinstance(entry, dict) for pair in entry.items()]
        text = "TXT" if any(found == "TXT" for found, _unused in pairs) else "SPF"
        values = [value for found, value in pairs if found == (text if kind == "TXT" else kind) and value != "NONE"]
        alias = next((value for found, value in pairs if found == "CNAME"), None)
        if alias is not None:
            return ask(alias, kind, aliases + 1) if aliases < 8 else Answer(name, kind, Outcome.SERVFAIL)
        if "TIMEOUT" in values or (not values and "TIMEOUT" in names[name]):
            return Answer(name, kind, Outcome.TIMEOUT)
        records = tuple(_record(kind, value) for value in values)
        return Answer(name, kind, Outcome.FOUND if records else Outcome.NO_DATA, records)

    return ask


def _record(kind: str, value: Any) -> Any:
    if kind == "TXT":
        return "".join(value if isinstance(value, list) else [value]).encode("utf-8")
    return Mx(value[0], value[1].lower().rstrip(".")) if kind == "MX" else value
