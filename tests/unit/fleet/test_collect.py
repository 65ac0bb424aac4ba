# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One fleet result out of shares: nothing vanishes, nothing is believed that is no result, losses are told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.collect import Share, collect, lacking, usable
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.journal import read_journal
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.options import declared_on
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.request import (
    Declared,
    FleetOutcome,
    FleetRefused,
    FleetRequest,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Reason, State, Verdict
from ansible_collections.mailops.mailbox.plugins.module_utils._registry.sqlite import SqliteRegistry
from ansible_collections.mailops.mailbox.plugins.module_utils._run.result import result

PROBES = ["p1", "p2", "p3"]
FAILURE = {
    "category": "auth.credentials", "protocol": "smtp", "stage": "auth", "status": "failed", "sentence": "Refused.",
    "reply": "535 no", "causes": [], "password_at_fault": "yes", "retryable": False, "retry_after": None,
    "evidence": {},
}  # fmt: skip
SECTION = {
    "status": "ok", "host": "mail.acme.example", "port": 465, "addresses": [{"address": "192.0.2.1"}],
    "stages": [{"stage": "auth", "status": "ok"}],
}  # fmt: skip


def address(number: int) -> str:
    return f"m{number}@acme.example"


def declared(count: int) -> list[Declared]:
    endpoint = {"host": "mail.acme.example", "security": "tls"}
    return [
        declared_on(
            f"h{number}",
            {
                "email": address(number),
                "secret": {"vault": {"path": f"mail/m{number}", "field": "app_password"}},
                "smtp": {**endpoint, "port": 465},
                "imap": {**endpoint, "port": 993},
            },
        )
        for number in range(count)
    ]


def told(number: int, verdict: Verdict = Verdict.VERIFIED, **changes: Any) -> dict[str, Any]:
    failures = [] if verdict is Verdict.VERIFIED else [FAILURE]
    return {**result(address(number), verdict), "failures": failures, "msg": "It was looked at.", **changes}


def share_of(probe: str, numbers: Iterable[int], verdict: Verdict = Verdict.VERIFIED, **more: Any) -> Share:
    found = list(numbers)
    results = {address(number): told(number, verdict) for number in found}
    return Share(
        probe,
        tuple(f"h{number}" for number in found),
        started_at="2026-01-01T00:00:00+00:00",
        **{"results": results, **more},
    )


def lost(probe: str, numbers: Iterable[int], why: str = "No route to host.") -> Share:
    return Share(probe, tuple(f"h{number}" for number in numbers), True, why)


def asked(folder: Path, **changes: Any) -> FleetRequest:
    return FleetRequest(**{"state": State.VERIFIED, "registry_path": str(folder / "registry.sqlite"), **changes})


def collected(folder: Path, count: int, shares: Sequence[Share], **changes: Any) -> FleetOutcome:
    return collect(asked(folder, **changes), declared(count), shares, PROBES)


def test_all_shares_make_one_whole_fleet(tmp_path: Path) -> None:
    shares = [share_of("p1", [0, 2]), share_of("p2", [1], Verdict.FAILED), share_of("p3", [])]
    outcome = collected(tmp_path, 3, shares)
    fleet = outcome.result
    assert list(fleet["results"]) == [address(0), address(1), address(2)]
    assert (fleet["counts"]["verified"], fleet["counts"]["failed"], fleet["counts"]["changed"]) == (2, 1, 0)
    assert outcome.failed
    assert fleet["run"]["probe_hosts"] == [
        {"host": name, "mailboxes": count, "lost": False, "why": None}
        for name, count in zip(PROBES, (2, 1, 0), strict=True)
    ]
    assert fleet["run"]["network"] == []
    head, journal = read_journal(fleet["run"]["journal"])
    assert (len(head["members"]), len(journal)) == (3, 3)
    journal.close()


def test_verdicts_are_remembered_here_and_what_was_not_probed_is_not(tmp_path: Path) -> None:
    skipped = told(1, Verdict.SKIPPED, reason=Reason.SECRET_REFUSED_BEFORE.value)
    shares = [share_of("p1", [0, 1], results={address(0): told(0), address(1): skipped}), lost("p2", [2])]
    collected(tmp_path, 3, shares)
    with SqliteRegistry(str(tmp_path / "registry.sqlite"), False) as registry:
        assert [len(registry.verdicts(address(number))) for number in range(3)] == [1, 0, 0]


def test_check_mode_writes_nothing(tmp_path: Path) -> None:
    fleet = collected(tmp_path, 1, [share_of("p1", [0])], check_mode=True).result
    assert fleet["counts"]["verified"] == 1
    assert [*tmp_path.iterdir()] == []


def test_what_a_lost_probe_host_left_is_inconclusive_and_says_why(tmp_path: Path) -> None:
    fleet = collected(tmp_path, 2, [share_of("p1", [0]), lost("p2", [1]), share_of("p3", [])]).result
    missing = fleet["results"][address(1)]
    assert missing["status"] == "inconclusive"
    assert missing["failures"][0]["category"] == "run.probe_lost"
    assert missing["failures"][0]["causes"][0]["cause"] == "The probe host p2 was lost: No route to host."
    assert "The probe host p2 was lost: No route to host. 1 mailbox of its share has no result." in fleet["msg"]
    assert fleet["policy"]["passed"] is False


def test_what_others_took_over_counts_and_the_loss_is_told_all_the_same(tmp_path: Path) -> None:
    outcome = collected(tmp_path, 2, [share_of("p1", [0]), lost("p2", [1]), share_of("p3", []), share_of("p3", [1])])
    assert outcome.result["policy"]["passed"] is True
    assert outcome.result["run"]["network"] == [
        "The probe host p2 was lost: No route to host. Its 1 mailbox went to other probe hosts."
    ]
    assert [one["lost"] for one in outcome.result["run"]["probe_hosts"]] == [False, True, False]


def test_nothing_is_known_without_any_probe_host(tmp_path: Path) -> None:
    fleet = collected(tmp_path, 3, [lost(name, [number]) for number, name in enumerate(PROBES)]).result
    assert fleet["counts"]["inconclusive"] == 3
    assert "None of 3 probe hosts gave a result, so nothing is known about the mailboxes." in fleet["msg"]


def test_a_probe_host_whose_task_left_nothing_counts_as_lost(tmp_path: Path) -> None:
    fleet = collected(tmp_path, 1, [share_of("p1", [0]), share_of("p2", [])]).result
    assert fleet["run"]["probe_hosts"][2] == {
        "host": "p3", "mailboxes": 0, "lost": True, "why": "its task gave no result.",
    }  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "verified",
        {"status": "verified"},
        told(0, status="fine"),
        told(0, id="other@acme.example"),
        told(0, msg=None),
        told(0, status=["verified"]),
        told(0, reason=[]),
        told(0, provider=["gmail"]),
        told(0, smtp="ok"),
        told(0, smtp={**SECTION, "host": None}),
        told(0, smtp={**SECTION, "addresses": ["192.0.2.1"]}),
        told(0, smtp={**SECTION, "stages": ["auth"]}),
        told(0, smtp={key: value for key, value in SECTION.items() if key != "addresses"}),
        told(0, stages={}),
        told(0, failures=["no"]),
        told(0, failures=[{"category": "auth.credentials"}]),
        told(0, failures=[{**FAILURE, "protocol": {}}]),
        told(0, failures=[{**FAILURE, "protocol": "timing"}]),
        told(0, failures=[{**FAILURE, "causes": [{"cause": "It is wrong."}]}]),
        told(0, notices={}),
        told(0, notices=[{"id": "tls.expires"}]),
    ],
)
def test_what_is_no_result_is_not_taken_for_one(tmp_path: Path, wrong: Any) -> None:
    shares = [share_of("p1", [0, 1], results={address(0): wrong, address(1): told(1, smtp=SECTION)})]
    fleet = collected(tmp_path, 2, shares).result
    assert fleet["results"][address(0)]["failures"][0]["category"] == "run.probe_lost"
    assert fleet["results"][address(1)]["status"] == "verified"
    assert fleet["run"]["probe_hosts"][0]["mailboxes"] == 1


def test_a_probe_host_speaks_for_its_own_share_only(tmp_path: Path) -> None:
    """p1 was asked about the first; the second is nobody's, the third is p2's and was refused there."""
    results = {address(number): told(number) for number in range(3)}
    shares = [share_of("p2", [2], Verdict.FAILED), share_of("p1", [0], results=results), share_of("p3", [])]
    fleet = collected(tmp_path, 3, shares).result
    assert [one["status"] for one in fleet["results"].values()] == ["verified", "inconclusive", "failed"]
    assert [one["mailboxes"] for one in fleet["run"]["probe_hosts"]] == [1, 1, 0]
    with SqliteRegistry(str(tmp_path / "registry.sqlite"), False) as registry:
        assert [len(registry.verdicts(address(number))) for number in range(3)] == [1, 0, 1]


def test_invalid_declarations_are_verdicts_or_stop_all(tmp_path: Path) -> None:
    wrong = [*declared(1), declared_on("bad", {"email": "x"})]
    isolated = collect(asked(tmp_path), wrong, [share_of("p1", [0])], PROBES).result
    assert [one["status"] for one in isolated["results"].values()] == ["verified", "failed"]
    stopped = collect(asked(tmp_path, isolate=False), wrong, [], PROBES).result
    assert stopped["run"]["refused"] is True
    assert "so nothing was sent to any server" in stopped["msg"]


def test_a_refused_share_and_no_share_at_all_are_no_fleet(tmp_path: Path) -> None:
    with pytest.raises(FleetRefused, match="The secret in h0"):
        collected(tmp_path, 1, [Share("p1", (), refused="The secret in h0 was not sent.")])
    with pytest.raises(FleetRefused, match="strategy: linear"):
        collected(tmp_path, 1, [])


def test_sentences_name_who_says_them(tmp_path: Path) -> None:
    run = {"auth_breaker": ["Five refusals at a."], "network": ["No server was reached."], "expected_s": 7.5}
    wrong = {"auth_breaker": "Five", "network": 5, "expected_s": "7"}
    shares = [share_of("p1", [0], run=run), share_of("p2", [], run=wrong), share_of("p3", [])]
    fleet = collected(tmp_path, 1, shares).result
    assert fleet["run"]["auth_breaker"] == ["p1: Five refusals at a."]
    assert fleet["run"]["network"] == ["p1: No server was reached."]
    assert fleet["run"]["expected_s"] == 7.5


def test_the_second_round_takes_what_is_lacking_to_those_that_answered() -> None:
    shares = [share_of("p1", [0, 1]), lost("p2", [2, 3]), share_of("p3", [])]
    assert lacking(["h0", "h1", "h2", "h3", "h4"], shares) == ["h2", "h3", "h4"]
    assert usable(PROBES, shares) == ["p1", "p3"]
