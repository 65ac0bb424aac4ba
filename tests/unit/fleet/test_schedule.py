# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The schedule with probes that only take time: limits, order, breakers, retries; and its parts by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._fleet import schedule as schedule_module
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.breaker import Breakers
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.pace import Budget, Pace
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.schedule import Done, Job, Schedule, is_transient
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol, Security, Stage
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import Secret
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import (
    Fault,
    FaultKind,
    ProtocolEvidence,
    StageEvidence,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import (
    Credentials,
    SmtpPlan,
    Target,
    TlsPlan,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._run.probe import MailboxPlan


def job(name: str, host: str = "127.0.0.1", *, user: str | None = None, provider: str = "") -> Job:
    target = Target(Protocol.SMTP, host, 465, Security.TLS, TlsPlan(host))
    credentials = Credentials(user or name, Secret(b"x"))
    plan = SmtpPlan(target, "probe.test", (name,), name, name, credentials)
    return Job(name, MailboxPlan(plan, None, 5.0), provider)


def evidence(fault: Fault | None = None, stage: Stage = Stage.AUTH, *, submitted: bool = False) -> ProtocolEvidence:
    seen = ProtocolEvidence(Protocol.SMTP, "127.0.0.1", 465, Security.TLS, submitted=submitted)
    seen.stages.append(StageEvidence(stage, 0.0, fault=fault))
    return seen


class Probes:
    """Stands in for MailboxProbe: takes ``lasts`` seconds, remembers who ran beside whom."""

    def __init__(self) -> None:
        self.lasts: Callable[[str], float] = lambda name: 0.001
        self.ends: Callable[[str, int], ProtocolEvidence] = lambda name, attempt: evidence(submitted=True)
        self.silent: set[str] = set()
        self.started: list[str] = []
        self.open: set[str] = set()
        self.most_open = 0
        self.aborted: list[str] = []

    def __call__(self, engine: Any, plan: MailboxPlan, on_done: Callable[[Any], None]) -> Any:
        return Probe(self, engine, plan, on_done)


class Probe:
    def __init__(self, probes: Probes, engine: Any, plan: MailboxPlan, on_done: Callable[[Any], None]) -> None:
        assert plan.smtp is not None
        self.probes, self.engine, self.on_done = probes, engine, on_done
        self.name = plan.smtp.own_address
        self.evidence: dict[Protocol, ProtocolEvidence] = {}

    @property
    def heard_at(self) -> float:
        return 0.0 if self.name in self.probes.silent else float(self.engine.loop.clock())

    def start(self) -> None:
        probes = self.probes
        probes.started.append(self.name)
        probes.open.add(self.name)
        probes.most_open = max(probes.most_open, len(probes.open))
        self.engine.loop.call_at(self.engine.loop.clock() + probes.lasts(self.name), self.end)

    def end(self) -> None:
        self.probes.open.discard(self.name)
        self.evidence = {Protocol.SMTP: self.probes.ends(self.name, self.probes.started.count(self.name))}
        self.on_done(self)

    def abort(self) -> None:
        self.probes.aborted.append(self.name)


@pytest.fixture
def probes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Probes]:
    made = Probes()
    monkeypatch.setattr(schedule_module, "MailboxProbe", made)
    monkeypatch.setattr(schedule_module, "RETRY_AFTER", 0.001)
    monkeypatch.setattr(schedule_module, "TICK", 0.005)
    yield made


def ran(schedule: Schedule, jobs: list[Job], **judged: bool) -> list[Done]:
    done = []
    for entry in schedule.run(jobs):
        if entry is not None:
            done.append(entry)
            if entry.held is None:
                schedule.judged(entry.job, **{"refused": False, "unreachable": False, **judged})
    return done


def test_every_job_is_done_once(probes: Probes) -> None:
    done = ran(Schedule(Pace()), [job(f"m{number}") for number in range(50)])
    assert sorted(entry.job.id for entry in done) == sorted(f"m{number}" for number in range(50))


def test_no_more_than_the_concurrency_make_progress(probes: Probes) -> None:
    ran(Schedule(Pace(concurrency=4)), [job(f"m{number}") for number in range(30)])
    assert probes.most_open == 4


def test_no_more_than_its_share_go_to_one_address(probes: Probes) -> None:
    pace = Pace(concurrency=20, per_destination=3)
    ran(Schedule(pace), [job(f"m{number}") for number in range(20)])
    assert probes.most_open == 3


def test_two_names_of_one_address_are_one_destination(probes: Probes) -> None:
    schedule = Schedule(Pace(concurrency=20, per_destination=2))
    schedule._where = {"one.test": "127.0.0.9", "two.test": "127.0.0.9"}
    ran(schedule, [job(f"m{number}", ("one.test", "two.test")[number % 2]) for number in range(10)])
    assert probes.most_open == 2


def test_a_stalled_mailbox_gives_its_place_to_another_but_not_at_its_destination(probes: Probes) -> None:
    probes.silent = {"hung"}
    probes.lasts = lambda name: 0.2 if name == "hung" else 0.001
    jobs = [job("hung", "127.0.0.5"), job("same", "127.0.0.5"), *(job(f"m{number}") for number in range(5))]
    schedule = Schedule(Pace(concurrency=1, per_destination=1))
    done = [entry.job.id for entry in ran(schedule, jobs)]
    assert set(done[:5]) == {f"m{number}" for number in range(5)}
    assert done[5:] == ["hung", "same"]


def test_a_slow_destination_does_not_hold_up_the_others(probes: Probes) -> None:
    probes.lasts = lambda name: 0.05 if name.startswith("slow") else 0.001
    jobs = [*(job(f"slow{number}", "127.0.0.5") for number in range(4)), *(job(f"m{number}") for number in range(8))]
    done = [entry.job.id for entry in ran(Schedule(Pace(concurrency=2, per_destination=1)), jobs)]
    assert done.index("m7") < done.index("slow1")


def test_refused_logins_in_a_row_stop_new_ones(probes: Probes) -> None:
    jobs = [job(f"m{number}") for number in range(20)]
    done = ran(Schedule(Pace(concurrency=1)), jobs, refused=True)
    held = [entry for entry in done if entry.held]
    assert (len(probes.started), len(held)) == (5, 15)
    assert "refused 5 logins in a row" in str(held[0].held)


def test_a_dead_destination_is_left_alone_and_others_are_not(probes: Probes) -> None:
    jobs = [*(job(f"dead{number}", "127.0.0.5") for number in range(9)), *(job(f"m{number}") for number in range(9))]
    schedule = Schedule(Pace(concurrency=1, retries=0))
    done = []
    for entry in schedule.run(jobs):
        if entry is not None:
            done.append(entry)
            if entry.held is None:
                schedule.judged(entry.job, refused=False, unreachable=entry.job.id.startswith("dead"))
    assert sorted(entry.job.id for entry in done if entry.held) == ["dead5", "dead6", "dead7", "dead8"]


def test_section_5_1_one_account_is_logged_in_to_once_a_run(probes: Probes) -> None:
    done = ran(Schedule(Pace()), [job("first", user="shared"), job("second", user="shared")])
    assert {entry.job.id: entry.held for entry in done}["first"] is None
    assert "first logs in to the same account" in str({entry.job.id: entry.held for entry in done}["second"])


def test_section_5_1_what_is_transient_before_login_is_tried_again_once(probes: Probes) -> None:
    late = Fault(FaultKind.TIMEOUT, detail={"seconds": 1.0, "whole": False})
    probes.ends = lambda name, attempt: evidence(late, Stage.GREETING) if attempt == 1 else evidence(submitted=True)
    done = ran(Schedule(Pace()), [job("m1")])
    assert probes.started == ["m1", "m1"]
    assert done[0].evidence[Protocol.SMTP].stopped_at is None


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (evidence(Fault(FaultKind.CLOSED), Stage.GREETING), True),
        (evidence(Fault(FaultKind.REPLY, reply=b"421 4.7.0 busy"), Stage.GREETING), True),
        (evidence(Fault(FaultKind.REPLY, reply=b"554 5.7.1 no"), Stage.GREETING), False),
        (evidence(Fault(FaultKind.CLOSED), Stage.AUTH), False),
        (evidence(Fault(FaultKind.CLOSED), Stage.GREETING, submitted=True), False),
        (evidence(), False),
    ],
)
def test_section_5_1_only_what_came_before_the_secret_may_be_tried_again(
    seen: ProtocolEvidence, expected: bool
) -> None:
    assert is_transient({Protocol.SMTP: seen}) is expected


def test_leaving_the_run_closes_what_is_under_way(probes: Probes) -> None:
    probes.lasts = lambda name: 60.0
    schedule = Schedule(Pace(concurrency=2))
    run = schedule.run([job("m1"), job("m2"), job("m3")])
    next(run)
    run.close()
    assert sorted(probes.aborted) == ["m1", "m2"]
    schedule.stop()


def test_the_expected_duration_follows_from_the_limits(probes: Probes) -> None:
    schedule = Schedule(Pace(logins_per_minute={"gmail": 60}))
    schedule._where = {"smtp.gmail.test": "192.0.2.1"}
    jobs = [job(f"m{number}", "smtp.gmail.test", provider="gmail") for number in range(130)]
    assert schedule.expected_seconds(jobs) == 120.0
    assert Schedule(Pace()).expected_seconds([job(f"m{number}") for number in range(100)]) == 2.0


@pytest.mark.parametrize("rate", [1, 5, 6, 60, 120])
def test_no_minute_has_more_logins_than_the_rate(rate: int) -> None:
    budget, now, begun = Budget(rate), 0.0, []
    for _turn in range(5 * rate):
        now = budget.ready_at(now)
        budget.take(now)
        begun.append(now)
    for start in begun:
        assert sum(start <= at < start + 60 for at in begun) <= rate


def test_section_5_1_a_destination_is_tried_by_few_until_a_login_has_worked(probes: Probes) -> None:
    probes.lasts = lambda name: 0.02
    jobs = [job(f"m{number}") for number in range(40)]
    held = [
        entry for entry in ran(Schedule(Pace(concurrency=30, per_destination=20)), jobs, refused=True) if entry.held
    ]
    assert (probes.most_open, len(held)) == (5, 35)


def test_what_hung_for_long_is_not_tried_again(probes: Probes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule_module, "RETRY_WITHIN", 0.0)
    late = Fault(FaultKind.TIMEOUT, detail={"seconds": 1.0, "whole": False})
    probes.ends = lambda name, attempt: evidence(late, Stage.GREETING)
    ran(Schedule(Pace()), [job("m1")])
    assert probes.started == ["m1"]


@pytest.mark.parametrize(
    ("verdicts", "opened"),
    [
        ("rrrr", False),
        ("rrrrr", True),
        ("rrrr.r", False),
        ("r.r.r.r.r.", True),
        (".........r", False),
        ("ddddd", True),
        (".ddddd", False),
        ("dddd.d", False),
        ("r.r.r.r.rddddd", False),
    ],
)
def test_breakers(verdicts: str, opened: bool) -> None:
    breakers = Breakers(Pace())
    for verdict in verdicts:
        breakers.judged("mx.test", refused=verdict == "r", unreachable=verdict == "d")
    assert (breakers.why_open("mx.test") is not None) is opened
    assert breakers.why_open("other.test") is None
