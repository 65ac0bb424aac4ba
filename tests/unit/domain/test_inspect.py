# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole inspection: its order, its deadline, what is left out, and what people are told."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

import pytest
from domain.memory import DOMAIN, PUBLIC, Memory, page

from ansible_collections.mailops.mailbox.plugins.module_utils._dns.answer import Answer, Mx, Outcome
from ansible_collections.mailops.mailbox.plugins.module_utils._domain import inspect as inspection
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.finding import Status
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.inspect import ORDER, DomainRequest, Inspection
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.message import headline, render
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import FailOn
from ansible_collections.mailops.mailbox.plugins.module_utils._run import domain as run

GOOGLE = "aspmx.l.google.com"
AT_GOOGLE = {(DOMAIN, "MX"): [Mx(1, GOOGLE)], (GOOGLE, "A"): [PUBLIC]}
SOUND = {
    (DOMAIN, "TXT"): [b"v=spf1 ip4:203.0.114.0/24 -all"],
    ("_dmarc.acme.example", "TXT"): [b"v=DMARC1; p=reject; rua=mailto:d@acme.example"],
}


class Dns:
    """The client's part that an inspection uses, over memory."""

    validating = True

    def __init__(self, changes: Any = None) -> None:
        self.memory = Memory({**SOUND, **(changes or {})})
        self.stuck = threading.Event()
        self.slow = ""

    def ask(self, name: str, kind: str, deadline: float) -> Answer:
        if self.slow and name.startswith(self.slow):
            self.stuck.wait(20)
        return self.memory(name, kind)

    def ask_all(self, questions: Any, deadline: float) -> dict[tuple[str, str], Answer]:
        return {question: self.memory(*question) for question in questions}


class Web:
    def get(self, url: str, deadline: float) -> Any:
        return page()(url)


def inspected(changes: Any = None, dns: Dns | None = None, **options: Any) -> Inspection:
    request = DomainRequest(**{"domain": DOMAIN, "timeout": 5.0, **options})
    return inspection.inspect(request, dns or Dns(changes), Web())  # type: ignore[arg-type]


def ids(found: Inspection) -> set[str]:
    return {entry.id for entry in found.findings}


def test_all_sections_in_their_order() -> None:
    found = inspected()
    assert tuple(section.name for section in found.sections) == ORDER
    assert [section.status for section in found.sections if section.name in ("mx", "spf", "dmarc", "mta_sts")] == [
        Status.OK
    ] * 4
    assert found.as_dict()["sections"].keys() == set(ORDER)


def test_it_is_the_same_every_time() -> None:
    assert len({repr(inspected(AT_GOOGLE).as_dict()) for _unused in range(5)}) == 1


def test_a_provider_is_only_expected_where_it_is_named() -> None:
    unnamed, named = inspected(AT_GOOGLE), inspected(AT_GOOGLE, provider="google-workspace")
    assert "spf.provider_not_covered" in ids(named) - ids(unnamed)
    assert ids(inspected(AT_GOOGLE, provider="auto")) == ids(named)
    assert named.provider == unnamed.provider == "google-workspace"


def test_findings_are_sorted_by_severity() -> None:
    found = inspected({(DOMAIN, "MX"): [Mx(0, "")], ("_smtp._tls.acme.example", "TXT"): Outcome.NXDOMAIN})
    severities = [entry.severity.value for entry in found.findings]
    assert severities == sorted(severities, key=["error", "warning", "info"].index)
    assert found.status is Status.FAILED


def test_a_warning_counts_where_a_mechanism_is_absent() -> None:
    found = inspected({("_dmarc.acme.example", "TXT"): Outcome.NXDOMAIN, (DOMAIN, "MX"): [Mx(1, "mx1.acme.example")]})
    section = next(one for one in found.sections if one.name == "dmarc")
    assert (section.status, found.status) == (Status.ABSENT, Status.WARNING)
    assert "  ! DMARC" in render([found])
    assert found.without(frozenset({"dmarc.missing"})).status is Status.OK


def test_what_is_ignored_does_not_count() -> None:
    found = inspected({(DOMAIN, "MX"): [Mx(0, "")]})
    assert "mx.null" in ids(found)
    left = found.without(frozenset({"mx.null"}))
    assert "mx.null" not in ids(left)
    assert left.status is not Status.FAILED
    assert found.without(frozenset({"mx.alias"})) is found


def test_what_does_not_end_in_time_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "_GRACE", 0.0)
    dns = Dns()
    dns.slow = "_mta-sts."
    try:
        found = inspected(dns=dns, timeout=0.2)
    finally:
        dns.stuck.set()
    late = {section.name for section in found.sections if any(one.id == "domain.late" for one in section.findings)}
    assert "mta_sts" in late
    assert next(section.status for section in found.sections if section.name == "mta_sts") is Status.UNKNOWN


def test_a_fault_of_one_mechanism_hides_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **options: Any) -> Any:
        raise RuntimeError("secret words")

    monkeypatch.setattr(inspection.tls_rpt, "section", fail)
    found = inspected()
    assert [entry.id for entry in found.sections[ORDER.index("tls_rpt")].findings] == ["domain.fault"]
    assert "secret words" not in repr(found)
    assert found.sections[0].status is Status.OK


def test_several_domains_come_in_their_order() -> None:
    requests = [DomainRequest(f"d{number}.example") for number in range(9)]
    found = inspection.inspect_all(requests, Dns(), Web())  # type: ignore[arg-type]
    assert [one.domain for one in found] == [one.domain for one in requests]


def test_the_message() -> None:
    found = inspected({(DOMAIN, "MX"): [Mx(0, "")]})
    text = render([found])
    assert text.splitlines()[0] == headline(found)
    assert headline(found).startswith("acme.example has 1 error")
    assert "✗ mail exchangers" in text
    assert "docs/domain.md#mx.null" in text
    assert all(len(line) <= 110 for line in text.splitlines()[1:])
    several = render([found, inspected()])
    assert several.splitlines()[0] == "1 of 2 domains has faults: acme.example."


@pytest.mark.parametrize(
    ("request_", "ids"),
    [
        (DomainRequest(DOMAIN), set()),
        (DomainRequest(DOMAIN, spf_domain="bounce.acme.example", dkim_domains=(DOMAIN,)), set()),
        (DomainRequest(DOMAIN, spf_domain="tool.example"), {"dmarc.spf_not_aligned"}),
        (DomainRequest(DOMAIN, dkim_domains=("tool.example",)), {"dmarc.dkim_not_aligned"}),
    ],
)
def test_alignment_is_judged_where_it_is_known_who_sends_and_signs(request_: DomainRequest, ids: set[str]) -> None:
    record = b"v=DMARC1; p=reject; rua=mailto:d@acme.example"
    dns = Dns({(f"_dmarc.{DOMAIN}", "TXT"): [record]})
    found = {entry.id for entry in inspection.inspect(request_, dns, Web()).findings}  # type: ignore[arg-type]
    assert {one for one in found if "aligned" in one} == ids


def test_silence_is_no_praise() -> None:
    found = inspected()
    silent = replace(found, sections=tuple(replace(one, status=Status.UNKNOWN, findings=()) for one in found.sections))
    assert headline(silent).startswith("Nothing could be found out about acme.example (")
    assert render([silent, silent]).splitlines()[0] == (
        "None of 2 domains has a fault that was found; of 2 not all could be found out."
    )


def params(**given: Any) -> dict[str, Any]:
    none = dict.fromkeys(
        ("provider", "dkim_selectors", "envelope_domain", "dkim_domains", "sending_ips", "tracking_hosts", "blocklists",
         "nameservers", "ca")
    )  # fmt: skip
    others = {"dns_port": 53, "timeout": 1.0, "allow_private": False, "ignore_findings": None, "fail_on": "never"}
    return {"domains": [DOMAIN], **none, **others, **given}


WRONG = [
    ({"domains": []}, "domains: must not be empty"),
    ({"domains": ["localhost"]}, "domains[0]"),
    ({"domains": ["a.example", "b..example"]}, "domains[1]"),
    ({"provider": "gmial"}, "Did you mean gmail?"),
    ({"sending_ips": ["192.0.2.0/24"]}, "sending_ips[0]"),
    ({"dkim_selectors": ["s1._domainkey"]}, "dkim_selectors[0]"),
    ({"envelope_domain": "b..example"}, "envelope_domain: is not a domain"),
    ({"dkim_domains": ["acme.example", "b..example"]}, "dkim_domains[1]"),
    ({"tracking_hosts": ["https://x"]}, "tracking_hosts[0]"),
    ({"blocklists": ["no list"]}, "blocklists[0]"),
    ({"nameservers": ["dns.example"]}, "nameservers[0]"),
    ({"ignore_findings": ["mx.nul"]}, "Did you mean mx.null?"),
    ({"timeout": 0.0}, "timeout"),
    ({"timeout": float("nan")}, "timeout"),
    ({"dns_port": 0}, "dns_port"),
    ({"ca": "/nonexistent"}, "ca"),
]


@pytest.mark.parametrize(("given", "told"), WRONG)
def test_options_that_are_wrong(given: dict[str, Any], told: str) -> None:
    outcome = run.inspect_domains(params(**given))
    assert outcome.failed
    assert told in outcome.result["msg"]


def test_all_that_is_wrong_is_told_at_once() -> None:
    given: dict[str, Any] = {}
    for one, _told in WRONG:
        given.update(one)
    text = run.inspect_domains(params(**given)).result["msg"]
    assert text.splitlines()[0] == "The options can't be used; nothing was asked."
    assert len(text.splitlines()) >= 10


@pytest.mark.parametrize(("fail_on", "failed"), [(FailOn.NEVER, False), (FailOn.ERROR, False), (FailOn.WARNING, True)])
def test_when_the_task_fails(fail_on: FailOn, failed: bool) -> None:
    found = inspected({("mx1.acme.example", "CNAME"): ["other.example"]})
    assert {entry.severity.value for entry in found.findings} >= {"warning"}
    assert run.fails(found.without(frozenset({"dmarc.missing"})), fail_on) is failed


def test_a_tracking_host_belongs_to_the_domain_above_it() -> None:
    domains, hosts = ["a.example", "b.example"], ["t.a.example", "t.b.example", "other.example"]
    assert run.hosts_of("a.example", domains, hosts) == ("t.a.example", "other.example")


def test_it_never_takes_much_longer_than_it_may() -> None:
    dns = Dns()
    dns.slow = "_dmarc."
    began = time.monotonic()
    try:
        inspected(dns=dns, timeout=0.3)
    finally:
        dns.stuck.set()
    assert time.monotonic() - began < 10
