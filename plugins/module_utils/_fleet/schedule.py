# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Which mailbox is probed when: the only place that knows of many mailboxes at once.

Theory of operation: jobs with the same destinations wait in one queue; queues are asked in turn, so that one slow
destination holds up nobody else. A job starts when a place of the run, a place at each of its destinations and a token
of each of its rates are free. One loop in the caller's thread carries all probes: a second thread was measured to cost
more than it saves. The caller's verdict on each mailbox feeds the breakers before the next one starts.
"""

from __future__ import annotations

import ipaddress
import random
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from .._models.names import Protocol, Stage
from .._probe.actions import ResolveFailed
from .._probe.evidence import FaultKind, ProtocolEvidence
from .._run.probe import Engine, MailboxPlan, MailboxProbe
from .breaker import Breakers
from .pace import LOOPBACK, Budget, Pace, burst_of

TICK = 0.2
"""Seconds between two looks at what is due; the caller draws its progress then."""

MOST_OPEN = 8
"""Times the concurrency that may be open in all, when stalled mailboxes have given their places back."""

RETRY_AFTER = 2.0
"""Seconds before what was transient is tried again, and as much again by chance."""

RETRY_WITHIN = 5.0
"""Seconds in which a probe must have failed to be tried again: what hung for long would hang again."""

_BEFORE_LOGIN = frozenset({Stage.DNS, Stage.CONNECT, Stage.TLS, Stage.GREETING, Stage.CAPABILITY, Stage.STARTTLS})
_TRANSIENT = frozenset({FaultKind.CONNECT, FaultKind.TIMEOUT, FaultKind.CLOSED})


@dataclass(frozen=True)
class Job:
    """One mailbox to probe. ``provider`` is empty where it is not known."""

    id: str
    plan: MailboxPlan
    provider: str


@dataclass(frozen=True)
class Done:
    """What became of a job. ``held`` is a sentence that says why it was not probed; ``evidence`` is empty then."""

    job: Job
    evidence: dict[Protocol, ProtocolEvidence]
    held: str | None = None


@dataclass
class _Queue:
    """Jobs that go to the same places."""

    keys: tuple[str, ...]
    provider: str
    rates: tuple[str, ...]
    jobs: deque[Job] = field(default_factory=deque)


class Schedule:
    """Probes many mailboxes within the limits of a :class:`Pace`."""

    def __init__(
        self, pace: Pace, *, engine: Engine | None = None, chance: Callable[[], float] = random.random
    ) -> None:
        self._pace = pace
        self._engine = engine or Engine()
        self._chance = chance
        self._breakers = Breakers(pace)
        self._queues: deque[_Queue] = deque()
        self._later: list[tuple[float, Job]] = []
        self._probing: dict[str, tuple[MailboxProbe, _Queue]] = {}
        self._at: Counter[str] = Counter()
        self._budgets: dict[str, Budget] = {}
        self._where: dict[str, str] = {}
        self._tries: Counter[str] = Counter()
        self._finished: deque[MailboxProbe] = deque()
        self._job_of: dict[int, tuple[Job, float]] = {}
        self._stopped = False

    @property
    def running(self) -> int:
        """Mailboxes that are being probed."""
        return len(self._probing)

    @property
    def waiting(self) -> int:
        """Mailboxes that have not begun."""
        return sum(len(queue.jobs) for queue in self._queues) + len(self._later)

    @property
    def stalled(self) -> int:
        """Mailboxes that are being probed and have been silent for too long."""
        silent_since = self._engine.loop.clock() - self._pace.stall_after
        return sum(probe.heard_at < silent_since for probe, _queue in self._probing.values())

    def expected_seconds(self, jobs: Sequence[Job]) -> float:
        """Return about how long the limits make the jobs last, with 20 ms for each where no limit counts."""
        self._locate(jobs)
        wanted: Counter[str] = Counter()
        for job in jobs:
            wanted.update(self._rates(job))
        paced = []
        for key, count in wanted.items():
            per_minute = self._per_minute(key)
            if per_minute:
                burst, window = burst_of(per_minute)
                paced.append((count - 1) // burst * window)
        return max(0.02 * len(jobs), *paced, 0.0)

    def run(self, jobs: Sequence[Job]) -> Iterator[Done | None]:
        """Probe all jobs and yield each as it is done; None is a tick. :meth:`judged` is to be called for each."""
        self._locate(jobs)
        yield from self._queue_up(jobs)
        try:
            while (self.waiting or self._probing) and not self._stopped:
                yield from self._hold()
                self._start_what_may()
                self._wait()
                yield None
                while self._finished:
                    done = self._take(self._finished.popleft())
                    if done is not None:
                        yield done
        finally:
            self.stop()

    def judged(self, job: Job, *, refused: bool, unreachable: bool) -> None:
        """Tell the breakers what the diagnosis made of a job."""
        for key in (*self._keys(job), *((job.provider,) if job.provider else ())):
            self._breakers.judged(key, refused=refused, unreachable=unreachable)

    def stop(self) -> None:
        """Close everything that is under way; a second call does nothing."""
        if self._stopped:
            return
        self._stopped = True
        for probe, _queue in self._probing.values():
            probe.abort()
        self._probing.clear()
        self._engine.loop.close()

    # Where jobs go

    def _locate(self, jobs: Sequence[Job]) -> None:
        """Find the address of every host: two hundred names may be one machine."""
        hosts = {plan.target.host for job in jobs for plan in (job.plan.smtp, job.plan.imap) if plan is not None}
        wanted = hosts - self._where.keys()
        loop, slowest = self._engine.loop, max((job.plan.timeout for job in jobs), default=0.0)

        def found(host: str, answer: tuple[str, ...] | ResolveFailed) -> None:
            self._where[host] = host if isinstance(answer, ResolveFailed) else min(answer)

        for host in wanted:
            answer = self._engine.resolver.resolve(loop, host, lambda answer, host=host: found(host, answer))  # type: ignore[misc]
            if answer is not None:
                found(host, answer)
        overdue: list[bool] = []
        timer = loop.call_at(loop.clock() + min(10.0, slowest), lambda: overdue.append(True))
        loop.run_until(lambda: bool(overdue) or wanted <= self._where.keys())
        timer.cancel()

    def _keys(self, job: Job) -> tuple[str, ...]:
        plans = (plan for plan in (job.plan.smtp, job.plan.imap) if plan is not None)
        hosts = (plan.target.host for plan in plans)
        return tuple(sorted({self._where.get(host, host) for host in hosts}))

    def _rates(self, job: Job) -> tuple[str, ...]:
        """Return whose budgets a login of this job is taken from: its provider's, else each of its destinations'."""
        keys = self._keys(job)
        return (job.provider,) if job.provider and not all(map(_is_loopback, keys)) else keys

    def _per_minute(self, key: str) -> int:
        return self._pace.rate(LOOPBACK if _is_loopback(key) else key)

    def _queue_up(self, jobs: Sequence[Job]) -> Iterator[Done]:
        queues: dict[tuple[tuple[str, ...], str], _Queue] = {}
        accounts: dict[tuple[str, ...], str] = {}
        for job in jobs:
            other = next((accounts[account] for account in _accounts(job) if account in accounts), None)
            if other is not None:
                text = f"It was not probed, because {other} logs in to the same account, and one login a run is enough."
                yield Done(job, {}, text)
                continue
            accounts.update(dict.fromkeys(_accounts(job), job.id))
            place = self._keys(job), job.provider
            if place not in queues:
                queues[place] = self._queue_for(job)
            queues[place].jobs.append(job)
        self._queues.extend(queues.values())

    def _queue_for(self, job: Job) -> _Queue:
        return _Queue(self._keys(job), job.provider, self._rates(job))

    # What may begin

    def _hold(self) -> Iterator[Done]:
        for queue in self._queues:
            names = (*queue.keys, queue.provider) if queue.provider else queue.keys
            why = next(filter(None, map(self._breakers.why_open, names)), None)
            while why is not None and queue.jobs:
                yield Done(queue.jobs.popleft(), {}, why)

    def _start_what_may(self) -> None:
        now = self._engine.loop.clock()
        for due, job in [entry for entry in self._later if entry[0] <= now]:
            self._later.remove((due, job))
            again = self._queue_for(job)
            again.jobs.append(job)
            self._queues.append(again)
        # Asks every probe, so it is asked once: what starts below is not silent yet.
        stalled = self.stalled
        progress = True
        while progress and self._has_place(stalled):
            progress = False
            for _turn in range(len(self._queues)):
                queue = self._queues[0]
                self._queues.rotate(-1)
                if queue.jobs and self._has_place(stalled) and self._may_start(queue, now):
                    self._start(queue, now)
                    progress = True
        self._queues = deque(queue for queue in self._queues if queue.jobs)

    def _has_place(self, stalled: int) -> bool:
        most = MOST_OPEN * self._pace.concurrency
        return self.running < most and self.running - stalled < self._pace.concurrency

    def _may_start(self, queue: _Queue, now: float) -> bool:
        pace = self._pace
        for key in queue.keys:
            # Until a login has worked here, no more go out than the breaker would let fail.
            unproven = not self._breakers.proven(key) and pace.refusals_in_row
            if self._at[key] >= (min(pace.per_destination, pace.refusals_in_row) if unproven else pace.per_destination):
                return False
        return all(budget.ready_at(now) <= now for budget in self._budgets_of(queue))

    def _budgets_of(self, queue: _Queue) -> list[Budget]:
        for key in queue.rates:
            per_minute = self._per_minute(key)
            if per_minute and key not in self._budgets:
                self._budgets[key] = Budget(per_minute)
        return [self._budgets[key] for key in queue.rates if key in self._budgets]

    def _start(self, queue: _Queue, now: float) -> None:
        job = queue.jobs.popleft()
        for budget in self._budgets_of(queue):
            budget.take(now)
        self._at.update(queue.keys)
        self._tries[job.id] += 1
        probe = MailboxProbe(self._engine, job.plan, self._finished.append)
        self._job_of[id(probe)] = job, now
        self._probing[job.id] = probe, queue
        probe.start()

    def _wait(self) -> None:
        loop = self._engine.loop
        woken: list[bool] = []
        timer = loop.call_at(loop.clock() + TICK, lambda: woken.append(True))
        loop.run_until(lambda: bool(self._finished or woken))
        timer.cancel()

    def _take(self, probe: MailboxProbe) -> Done | None:
        job, begun = self._job_of.pop(id(probe))
        _probe, queue = self._probing.pop(job.id)
        self._at.subtract(queue.keys)
        now = self._engine.loop.clock()
        if self._tries[job.id] <= self._pace.retries and now - begun < RETRY_WITHIN and is_transient(probe.evidence):
            due = now + RETRY_AFTER * (1 + self._chance())
            self._later.append((due, job))
            return None
        return Done(job, probe.evidence)


def is_transient(evidence: dict[Protocol, ProtocolEvidence]) -> bool:
    """Tell whether a probe may be tried again: no secret was sent anywhere, and only what may pass kept it from it.

    A refused connection is no such thing: the server has answered.
    """
    if any(seen.submitted for seen in evidence.values()):
        return False
    stops = [seen.stopped_at for seen in evidence.values()]
    return any(
        stop is not None
        and stop.fault is not None
        and stop.stage in _BEFORE_LOGIN
        and (stop.fault.kind in _TRANSIENT or stop.fault.reply[:1] == b"4")
        and not _refused(stop.fault.detail.get("attempts", ()))
        for stop in stops
    )


def _refused(attempts: Sequence[object]) -> bool:
    return bool(attempts) and all(getattr(attempt, "result", None) == "refused" for attempt in attempts)


def _accounts(job: Job) -> list[tuple[str, ...]]:
    """Return the accounts that a job logs in to."""
    return [
        (plan.target.protocol.value, plan.credentials.username, plan.target.host, str(plan.target.port))
        for plan in (job.plan.smtp, job.plan.imap)
        if plan is not None and plan.credentials is not None
    ]


def _is_loopback(key: str) -> bool:
    try:
        return ipaddress.ip_address(key).is_loopback
    except ValueError:
        return False
