# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The domain stage in runs: when a domain is looked at, how often, and what its findings do to a mailbox."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

import pytest
from fleet.test_fleet import Fleet, Script, declaration, refused

from ansible_collections.mailops.mailbox.plugins.module_utils._domain.finding import Section, Status
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.inspect import DomainRequest, Inspection
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.mx_rules import MX
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.rules import finding
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import FailOn, StageStatus
from ansible_collections.mailops.mailbox.plugins.module_utils._models.parse import parse_mailbox
from ansible_collections.mailops.mailbox.plugins.module_utils._models.problems import DeclarationError
from ansible_collections.mailops.mailbox.plugins.module_utils._run import domain_stage
from ansible_collections.mailops.mailbox.plugins.module_utils._run.domain_stage import DomainChecks, judge

NULL = finding(MX, "mx.null", domain="acme.example")
ALIAS = finding(MX, "mx.alias", exchange="mx.acme.example", target="a.example")
TWICE = finding(MX, "mx.duplicate", domain="acme.example", exchange="mx.acme.example")
FOUND = Inspection("acme.example", (Section("mx", Status.FAILED, {}, (NULL, ALIAS, TWICE)),))


class Checks(DomainChecks):
    """Inspections that end when the test says so; ``at_once`` are there from the beginning."""

    def __init__(self, *, at_once: bool = True, fault: Exception | None = None) -> None:
        super().__init__()
        self.asked: list[DomainRequest] = []
        self.futures: list[Future[Inspection]] = []
        self.at_once, self.fault = at_once, fault
        self.closed = False

    def _submit(self, request: DomainRequest) -> Future[Inspection]:
        self.asked.append(request)
        future: Future[Inspection] = Future()
        self.futures.append(future)
        if self.fault is not None:
            future.set_exception(self.fault)
        elif self.at_once:
            future.set_result(FOUND)
        return future

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def fleet(tmp_path: Any) -> Fleet:
    return Fleet(tmp_path)


@pytest.fixture(autouse=True)
def quick_fingerprints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashlib, "scrypt", lambda data, **_unused: hashlib.sha256(data).digest())


def asking(count: int, **domain: Any) -> list[dict[str, Any]]:
    return [declaration(number, domain=domain) for number in range(count)]


def results(outcome: Any) -> Mapping[str, Any]:
    told: Mapping[str, Any] = outcome.result["results"]
    return told


def stage(result: Mapping[str, Any]) -> Mapping[str, Any]:
    return next(one for one in result["stages"] if one["stage"] == "domain")


def test_a_domain_is_looked_at_once_for_all_of_its_mailboxes(fleet: Fleet) -> None:
    checks = Checks()
    told = results(fleet.run(asking(5), domains=checks, full=True))
    assert len(checks.asked) == 1
    assert {one["status"] for one in told.values()} == {"verified"}
    assert {one["domain"]["status"] for one in told.values()} == {"failed"}
    assert checks.closed


def test_nobody_is_asked_where_nobody_asks(fleet: Fleet) -> None:
    checks = Checks()
    fleet.run([declaration(0), declaration(1, domain={"check": False})], domains=checks)
    assert checks.asked == []


def test_a_domain_is_not_looked_at_where_nothing_works(fleet: Fleet) -> None:
    checks = Checks()
    told = results(fleet.run(asking(1), Script({"m0": refused}), domains=checks, full=True))
    assert checks.asked == []
    assert told["m0"]["domain"] is None
    assert (stage(told["m0"])["status"], stage(told["m0"])["facts"]["why"][:13]) == ("skipped", "nothing works")


def test_other_mailboxes_do_not_wait_for_a_domain(fleet: Fleet) -> None:
    """The domain ends only when the last mailbox was judged: a run that waited for it would never end."""
    checks = Checks(at_once=False)
    judged: list[str] = []

    class Ending(Script):
        def judged(self, done: Any, **options: Any) -> None:
            super().judged(done, **options)
            judged.append(done.job.id)
            if len(judged) == 3:
                checks.futures[0].set_result(FOUND)

    told = results(fleet.run(asking(3), Ending(), domains=checks))
    assert judged == ["m0", "m1", "m2"]
    assert list(told) == ["m0", "m1", "m2"]
    assert {one["status"] for one in told.values()} == {"verified"}
    assert fleet.registered() == ["m0", "m1", "m2"]


def test_a_run_that_is_stopped_does_not_wait(fleet: Fleet) -> None:
    checks = Checks(at_once=False)
    stopped: list[bool] = []

    class Stopping(Script):
        def judged(self, done: Any, **options: Any) -> None:
            super().judged(done, **options)
            stopped.append(True)

    outcome = fleet.run(asking(1), Stopping(), domains=checks, full=True, stopping=lambda: bool(stopped))
    told = results(outcome)["m0"]
    assert stage(told)["facts"]["why"] == "the run was stopped"
    assert told["status"] == "verified"


def test_a_fault_of_the_inspection_is_not_the_mailbox_s(fleet: Fleet) -> None:
    told = results(fleet.run(asking(1), domains=Checks(fault=RuntimeError("words")), full=True))["m0"]
    assert told["status"] == "verified"
    assert "RuntimeError" in stage(told)["facts"]["why"]
    assert "words" not in str(told)


def test_without_dnspython_the_stage_says_so(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domain_stage, "missing_dnspython", lambda: "dnspython is missing.")
    checks = Checks()
    told = results(fleet.run(asking(1), domains=checks, full=True))["m0"]
    assert (checks.asked, stage(told)["facts"]["why"]) == ([], "dnspython is missing.")
    assert told["status"] == "verified"


@pytest.mark.parametrize("fail_on", ["error", "warning"])
def test_without_dnspython_a_domain_that_has_to_be_in_order_fails(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, fail_on: str
) -> None:
    monkeypatch.setattr(domain_stage, "missing_dnspython", lambda: "dnspython is missing.")
    checks = Checks()
    told = results(fleet.run(asking(1, fail_on=fail_on), domains=checks, full=True))["m0"]
    assert (told["status"], stage(told)["status"], checks.asked) == ("failed", "failed", [])
    (failure,) = told["failures"]
    assert (failure["stage"], failure["password_at_fault"]) == ("domain", "no")
    assert "dnspython is missing." in failure["causes"][0]["cause"]
    assert "pip install dnspython" in failure["causes"][0]["remedy"]
    assert fleet.registered() == []
    told = results(fleet.run(asking(1, fail_on=fail_on), Script({"m0": refused}), domains=checks, full=True))["m0"]
    assert [one["stage"] for one in told["failures"]] == ["auth", "auth"]


@pytest.mark.parametrize(
    ("domain", "ignored", "verdict", "notices"),
    [
        ({}, [], "verified", ["mx.null", "mx.alias"]),
        ({}, ["mx.null"], "verified", ["mx.alias"]),
        ({"fail_on": "error"}, [], "failed", ["mx.alias"]),
        ({"fail_on": "error"}, ["mx.null"], "verified", ["mx.alias"]),
        ({"fail_on": "warning"}, [], "failed", []),
        ({"fail_on": "warning"}, ["mx.null"], "failed", []),
    ],
)
def test_what_findings_do(
    fleet: Fleet, domain: dict[str, Any], ignored: list[str], verdict: str, notices: list[str]
) -> None:
    declared = declaration(0, domain=domain, ignore_checks=ignored)
    outcome = fleet.run([declared], domains=Checks(), full=True)
    told = results(outcome)["m0"]
    assert told["status"] == verdict
    assert [one["id"] for one in told["notices"]] == notices
    assert fleet.registered() == (["m0"] if verdict == "verified" else [])
    assert {entry["id"] for entry in told["domain"]["findings"]} == {"mx.null", "mx.alias", "mx.duplicate"} - {*ignored}
    if verdict == "failed":
        (failure,) = told["failures"]
        assert (failure["category"], failure["stage"]) == ("deliverability.dns", "domain")
        assert failure["password_at_fault"] == "no"


def test_what_could_not_be_found_out_is_inconclusive_and_no_fault() -> None:
    sections = (Section("mx", Status.UNKNOWN), Section("dane", Status.SKIPPED))
    judged = judge(Inspection("acme.example", sections), FailOn.WARNING)
    assert (judged.status, judged.failure) == (StageStatus.INCONCLUSIVE, None)
    (notice,) = judged.notices
    assert notice.id == "domain.unanswered"
    assert "acme.example" in notice.text
    partly = judge(Inspection("acme.example", (*sections, Section("spf", Status.OK))), FailOn.WARNING)
    assert (partly.status, partly.notices) == (StageStatus.INCONCLUSIVE, ())
    assert judge(Inspection("acme.example", ()), FailOn.WARNING).status is StageStatus.OK


@pytest.mark.parametrize(
    ("smtp", "provider", "expected"),
    [("smtp.gmail.com", "", "gmail"), ("smtp.acme.example", "", ""), ("smtp.acme.example", "zoho-eu", "zoho-eu")],
)
def test_who_sends_is_the_provider_that_was_named_or_whose_server_it_is(
    smtp: str, provider: str, expected: str
) -> None:
    checks = Checks()
    declared = declaration(0, domain={"sending_ips": ["192.0.2.1"]})
    declared["smtp"]["host"] = smtp
    checks.begin(parse_mailbox(declared), provider)
    assert (checks.asked[0].provider, checks.asked[0].sending_ips) == (expected, ("192.0.2.1",))


@pytest.mark.parametrize(
    ("domain", "path"),
    [
        ({"sending_ips": ["192.0.2.0/24"]}, "domain.sending_ips"),
        ({"dkim_selectors": ["a._domainkey"]}, "domain.dkim_selectors"),
        ({"tracking_hosts": ["https://x.example"]}, "domain.tracking_hosts"),
        ({"blocklists": ["192.0.2.1"]}, "domain.blocklists"),
        ({"fail_on": "always"}, "domain.fail_on"),
        ({"selectors": ["a"]}, "domain.selectors"),
    ],
)
def test_what_can_be_wrong_with_the_section(domain: dict[str, Any], path: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        parse_mailbox(declaration(0, domain=domain))
    assert [problem.path for problem in caught.value.problems] == [path]


def test_lists_may_be_written_with_commas() -> None:
    parsed = parse_mailbox(declaration(0, domain={"sending_ips": "192.0.2.1, 2001:DB8::1"}))
    assert parsed.domain is not None
    assert parsed.domain.sending_ips == ("192.0.2.1", "2001:db8::1")


def test_closing_before_anything_was_asked() -> None:
    DomainChecks().close()
