# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stage for schedules: a clock that jumps, names without DNS, and probes that only take time."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._driver.loop import Timer
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.jobs import Done, Job
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.pace import Pace
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.schedule import Schedule
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol, Security, Stage
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import ResolveFailed, Secret
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import (
    Fault,
    FaultKind,
    ProtocolEvidence,
    StageEvidence,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import (
    Credentials,
    ImapPlan,
    SmtpPlan,
    Target,
    TlsPlan,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._run import crew as crew_module
from ansible_collections.mailops.mailbox.plugins.module_utils._run.probe import Engine, MailboxPlan

SMTP, IMAP = Protocol.SMTP, Protocol.IMAP


class JumpingLoop:
    """A loop whose clock jumps to the next timer."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.timers: list[tuple[float, int, Timer]] = []
        self.order = count()
        self.closed = False

    def clock(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[[], None]) -> Timer:
        timer = Timer(when, callback)
        heapq.heappush(self.timers, (when, next(self.order), timer))
        return timer

    def run_until(self, done: Callable[[], bool]) -> None:
        while not done():
            assert self.timers, "nothing is going to happen any more"
            when, _order, timer = heapq.heappop(self.timers)
            if timer.callback is not None:
                self.now = max(self.now, when)
                timer.callback()

    def close(self) -> None:
        self.closed = True


class Names:
    """Stands in for the resolver: an address is itself; a name is what ``known`` says, after ``delays`` of seconds.

    Before those, it waits for its turn for the seconds in ``queued``.
    """

    def __init__(self) -> None:
        self.known: dict[str, tuple[str, ...]] = {}
        self.delays: dict[str, float] = {}
        self.queued: dict[str, float] = {}
        self.begun: dict[str, float] = {}
        self.given_up: list[str] = []

    def resolve(self, loop: JumpingLoop, host: str, callback: Callable[[Any], None]) -> Any:
        answer: Any = self.known.get(host, (host,))
        if host not in self.delays:
            return answer
        begin = loop.now + self.queued.get(host, 0.0)
        loop.call_at(begin, lambda: self.begun.update({host: begin}))
        loop.call_at(begin + self.delays[host], lambda: callback(answer))
        return None

    def begun_at(self, host: str) -> float | None:
        return self.begun.get(host)

    def settle(self, host: str, answer: ResolveFailed) -> None:
        self.given_up.append(host)


def seen(fault: Fault | None = None, stage: Stage = Stage.AUTH, protocol: Protocol = SMTP) -> ProtocolEvidence:
    """Evidence that ends with ``stage``; a secret was sent where that is a login."""
    made = ProtocolEvidence(protocol, "127.0.0.1", 465, Security.TLS, submitted=stage is Stage.AUTH)
    made.stages.append(StageEvidence(stage, 0.0, fault=fault))
    return made


REFUSAL = Fault(FaultKind.REPLY, reply=b"535 5.7.8 no")
SILENCE = Fault(FaultKind.TIMEOUT, detail={"seconds": 1.0, "whole": False})


class Probes:
    """Makes probes and watches them: who is open beside whom, and when each server saw a connection and a login."""

    def __init__(self, loop: JumpingLoop) -> None:
        self.loop = loop
        self.names = Names()
        self.lasts: Callable[[str], float] = lambda name: 0.001
        self.ends: Callable[[str, int], ProtocolEvidence] = lambda name, attempt: seen()
        self.breaks: set[str] = set()
        self.silent: set[str] = set()
        self.started: list[str] = []
        self.begun: dict[str, float] = {}
        self.ended: dict[str, float] = {}
        self.open: set[str] = set()
        self.most_open = 0
        self.at: Counter[str] = Counter()
        self.most_at: Counter[str] = Counter()
        self.logins: dict[str, list[float]] = {}
        self.aborted: list[str] = []
        self.when_started: Callable[[], None] = lambda: None

    def __call__(self, engine: Any, plan: MailboxPlan, on_done: Callable[[Any], None]) -> Probe:
        return Probe(self, plan, on_done)

    def addresses(self, plan: Any) -> tuple[str, ...]:
        host = plan.target.host
        return () if host in self.names.given_up else self.names.known.get(host, (host,))


class Probe:
    def __init__(self, probes: Probes, plan: MailboxPlan, on_done: Callable[[Any], None]) -> None:
        self.probes, self.on_done, self.plan = probes, on_done, plan
        plans = [one for one in (plan.smtp, plan.imap) if one is not None]
        self.name = plans[0].credentials.username if plans[0].credentials else plans[0].target.host
        self.plans = plans
        self.evidence: dict[Protocol, ProtocolEvidence] = {}
        self.fault: Exception | None = None

    @property
    def heard_at(self) -> float:
        return 0.0 if self.name in self.probes.silent else self.probes.loop.now

    def start(self) -> None:
        probes, now = self.probes, self.probes.loop.now
        probes.when_started()
        probes.started.append(self.name)
        probes.begun[self.name] = now
        probes.open.add(self.name)
        probes.most_open = max(probes.most_open, len(probes.open))
        lasts = probes.lasts(self.name)
        for plan in self.plans[:1] if self.plan.serial else self.plans:
            for address in probes.addresses(plan):
                probes.at[address] += 1
                probes.most_at[address] = max(probes.most_at[address], probes.at[address])
        for number, plan in enumerate(self.plans):
            # Somewhere on its way, so that a limit by the begin alone would be seen through.
            login = now + lasts * ((len(probes.started) * 7 + number * 3) % 11) / 10
            for address in probes.addresses(plan):
                probes.logins.setdefault(address, []).append(login)
        probes.loop.call_at(now + lasts, self.end)

    def end(self) -> None:
        self.close()
        probes = self.probes
        if self.name in probes.breaks:
            self.fault = RuntimeError("a fault of our own")
        for plan in self.plans:
            made = probes.ends(self.name, probes.started.count(self.name))
            self.evidence[plan.target.protocol] = made
        self.on_done(self)

    def close(self) -> None:
        probes = self.probes
        probes.open.discard(self.name)
        probes.ended[self.name] = probes.loop.now
        for plan in self.plans[:1] if self.plan.serial else self.plans:
            for address in probes.addresses(plan):
                probes.at[address] -= 1

    def abort(self) -> None:
        self.close()
        self.probes.aborted.append(self.name)


class Theatre:
    """A schedule on that stage, and what it did."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.loop = JumpingLoop()
        self.probes = Probes(self.loop)
        monkeypatch.setattr(crew_module, "MailboxProbe", self.probes)
        monkeypatch.setattr(crew_module, "helper_for", lambda engine, plans: None)

    def schedule(self, pace: Pace | None = None, chance: Callable[[], float] = lambda: 0.5) -> Schedule:
        engine = Engine(loop=self.loop, resolver=self.probes.names)  # type: ignore[arg-type]
        return Schedule(pace or Pace(), engine=engine, chance=chance)

    def run(self, jobs: list[Job], pace: Pace | None = None, **given: Any) -> list[Done]:
        return list(judged(self.schedule(pace, **given), jobs))


def judged(schedule: Schedule, jobs: list[Job]) -> Any:
    """Run, and tell the breakers what each evidence says, as a fleet does."""
    for done in schedule.run(jobs):
        if done is not None:
            yield done
            if done.held is None and done.fault is None:
                stops = {name: one.stopped_at for name, one in done.evidence.items()}
                faults = {name: stop.fault for name, stop in stops.items() if stop is not None}
                schedule.judged(
                    done,
                    refused=[name for name, fault in faults.items() if fault is REFUSAL],
                    unreachable=[name for name, fault in faults.items() if fault is SILENCE],
                )


def job(
    name: str,
    host: str = "127.0.0.1",
    *,
    imap: str | None = None,
    port: int = 465,
    user: str | None = None,
    password: bytes = b"x",
    provider: str = "",
    timeout: float = 30.0,
) -> Job:
    """A mailbox with SMTP at ``host``, and IMAP at ``imap`` where that is given."""
    credentials = Credentials(user or name, Secret(password))
    smtp = SmtpPlan(
        Target(SMTP, host, port, Security.TLS, TlsPlan(host)), "probe.test", (name,), name, name, credentials
    )
    other = ImapPlan(Target(IMAP, imap, 993, Security.TLS, TlsPlan(imap)), credentials) if imap else None
    return Job(name, MailboxPlan(smtp, other, timeout), provider)
