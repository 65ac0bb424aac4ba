# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Which mailbox is probed when: the only place that knows of many mailboxes at once.

Theory of operation: jobs with the same destinations wait in one queue; queues are asked in turn, so that one slow
destination holds up nobody else. A job starts when a place of the run, its connections at each address of its hosts
and its logins of each rate are free. The loop in the caller's thread carries the probes, and of many mailboxes a helper
process half of them: a second thread was measured to cost more than it saves. The caller's verdict on each mailbox
feeds the breakers before the next one starts.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .._diagnosis.provider import provider_of_host
from .._models.names import AddressResult, Protocol
from .._run.crew import Crew, Probe
from .._run.probe import Engine
from .breaker import Breakers
from .descriptors import Descriptors
from .jobs import Done, Job, accounts, is_transient, let_in
from .pace import LOOPBACK, Budget, Pace, seconds_for
from .places import LONGEST, Place, Where, connections

TICK = 0.2
"""Seconds between two looks at what is due; the caller draws its progress then."""

MOST_OPEN = 8
"""Times the concurrency that may be open in all, when stalled mailboxes have given their places back."""

SOCKETS = 4
"""Sockets of a mailbox that descriptors are asked for; hosts with many addresses may take more."""

RETRY_AFTER = 2.0
"""Seconds before what was transient is tried again, and as much again by chance."""

RETRY_WITHIN = 5.0
"""Seconds in which a probe must have failed to be tried again: what hung for long would hang again."""

_LOOK_UP = 2.0
"""Seconds that the estimate of a run waits for names."""

_NOT_ASKED = frozenset({AddressResult.CANCELLED, AddressResult.NOT_TRIED})


@dataclass
class _Queue:
    """Jobs that go to the same places. ``one_by_one`` logs in to SMTP before IMAP, for want of a second connection.

    ``asked`` may be dead; ``tried`` are the addresses and providers that may refuse its logins, and how many at once.
    """

    places: tuple[Place, ...]
    one_by_one: bool
    connections: Mapping[str, int]
    logins: Mapping[str, int]
    asked: tuple[str, ...]
    tried: Mapping[str, int]
    jobs: deque[Job] = field(default_factory=deque)


@dataclass(frozen=True)
class _Running:
    job: Job
    queue: _Queue
    probe: Probe
    begun: float


class Schedule:
    """Probes many mailboxes within the limits of a :class:`Pace`."""

    def __init__(
        self, pace: Pace, *, engine: Engine | None = None, chance: Callable[[], float] = random.random
    ) -> None:
        self._pace = pace
        self._engine = engine or Engine()
        self._crew = Crew(self._engine)
        self._chance = chance
        self._breakers = Breakers(pace)
        self._where = Where(self._engine)
        self._homeless: list[Job] = []
        self._queues: dict[object, _Queue] = {}
        self._turn: deque[_Queue] = deque()
        self._left = 0
        self._opened = False
        self._later: list[tuple[float, Job]] = []
        self._first: dict[str, Done] = {}
        self._running: dict[int, _Running] = {}
        self._trying: Counter[str] = Counter()
        self._asking: Counter[str] = Counter()
        self._sockets = 0
        self._budgets: dict[str, Budget] = {}
        self._accounts: dict[tuple[Hashable, ...], str] = {}
        self._tries: Counter[str] = Counter()
        self._earlier: tuple[dict[str, int], set[str]] = {}, set()
        self._finished: deque[Probe] = deque()
        self._descriptors: Descriptors | None = None
        self._stopped = False

    @property
    def running(self) -> int:
        """Mailboxes that are being probed."""
        return len(self._running)

    @property
    def waiting(self) -> int:
        """Mailboxes that have not begun."""
        return self._left + len(self._later) + len(self._homeless)

    @property
    def stalled(self) -> int:
        """Mailboxes that are being probed and have been silent for too long."""
        silent_since = self._engine.loop.clock() - self._pace.stall_after
        return sum(one.probe.heard_at < silent_since for one in self._running.values())

    def prepare(self, jobs: Sequence[Job]) -> float:
        """Get ready for the jobs that :meth:`run` will be given, and return about how many seconds these will take.

        That is what the limits make of them; each counts 20 ms where no limit does. To be called before other threads
        are started, see :class:`Crew`.
        """
        self._get_ready(jobs)
        self._where.wait(_LOOK_UP)
        wanted: Counter[str] = Counter()
        for job in jobs:
            for key, count in self._logins(self._places(job) or ()).items():
                wanted[key] += count
        paced = [seconds_for(count, self._budgets[key].per_minute) for key, count in wanted.items()]
        return max(0.02 * len(jobs), *paced, 0.0)

    def earlier(self, refused: Mapping[str, int], working: Collection[str]) -> None:
        """Tell what is known of earlier runs, by host: logins refused with the same secrets, and where one worked.

        A breaker that opened in an earlier run stays open that way; otherwise each run would try some more passwords.
        """
        self._earlier = dict(refused), set(working)

    def run(self, jobs: Sequence[Job]) -> Iterator[Done | None]:
        """Probe all jobs and yield each as it is done; None is a tick. :meth:`judged` is to be called for each."""
        self._get_ready(jobs)
        self._homeless = list(jobs)
        self._where.news = True
        try:
            while (self.waiting or self._running) and not self._stopped:
                yield from self._house()
                self._queue_again()
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

    def judged(self, done: Done, *, refused: Collection[Protocol], unreachable: Collection[Protocol]) -> None:
        """Tell the breakers what the diagnosis made of a job: which protocols' logins were refused, which hung."""
        places = self._places(done.job) or ()
        now = self._engine.loop.clock()
        logins: dict[str, list[int]] = {}
        for place in places:
            seen = done.evidence.get(place.protocol)
            if seen is None:
                continue
            asked = [one for one in seen.addresses if one.result not in _NOT_ASKED]
            taken = tuple(one.address for one in asked if one.result is AddressResult.CONNECTED)
            if place.protocol in unreachable:
                silent = replace(place, addresses=tuple(one.address for one in asked) or place.addresses)
                for end in {*silent.ends, place.whole}:
                    self._opened |= self._breakers.silent(end, done.begun)
                continue
            reached = replace(place, addresses=taken or place.addresses)
            for end in {*reached.ends, place.whole}:
                self._breakers.answered(end, now)
            for key in {*reached.addresses, *filter(None, (place.provider,))}:
                tally = logins.setdefault(key, [0, 0])
                tally[0] += place.protocol in refused
                tally[1] += place.protocol not in refused and let_in(seen)
        for key, (no, yes) in logins.items():
            self._opened |= self._breakers.logged_in(key, refused=no, worked=yes)

    def stop(self) -> None:
        """Close everything that is under way; a second call does nothing."""
        if self._stopped:
            return
        self._stopped = True
        for one in self._running.values():
            one.probe.abort()
        self._running.clear()
        self._crew.close()
        self._engine.loop.close()
        if self._descriptors is not None:
            self._descriptors.restore()

    def _get_ready(self, jobs: Sequence[Job]) -> None:
        if self._descriptors is not None:
            return
        self._descriptors = Descriptors(SOCKETS * MOST_OPEN * self._pace.concurrency)
        self._crew.enlist({job.id: job.plan for job in jobs})
        self._where.ask(job.plan for job in jobs)
        refused, working = self._earlier
        self._where.look_up(dict.fromkeys((*refused, *working), LONGEST))

    # Where jobs go

    def _places(self, job: Job) -> tuple[Place, ...] | None:
        """Return where a job goes, or None while a look-up is under way."""
        found = []
        first = job.provider
        for plan in (job.plan.smtp, job.plan.imap):
            if plan is not None:
                target = plan.target
                addresses = self._where.addresses(target.host)
                if addresses is None:
                    return None
                provider = provider_of_host(target.host) or job.providers.get(target.protocol, first)
                found.append(Place(target.protocol, target.port, tuple(sorted(addresses)), provider))
                first = ""
        return tuple(found)

    def _logins(self, places: Sequence[Place]) -> dict[str, int]:
        """Return whose budgets the logins of these places are taken from: the provider's, else each address'."""
        wanted: dict[str, int] = {}
        for place in places:
            keys = (place.provider,) if place.provider and not place.is_loopback else place.addresses
            for key in keys:
                rate = self._pace.rate(LOOPBACK if place.is_loopback else key)
                if rate:
                    wanted[key] = wanted.get(key, 0) + 1
                    if key not in self._budgets:
                        self._budgets[key] = Budget(rate, self._chance)
        return wanted

    def _house(self) -> Iterator[Done]:
        """Put jobs whose hosts have been found into the queue of their places."""
        if not self._where.news:
            return
        self._where.news = False
        self._remember()
        waiting, self._homeless = self._homeless, []
        for job in waiting:
            places = self._places(job)
            if places is None:
                self._homeless.append(job)
                continue
            logs_in_to = accounts(job, places)
            other = next((self._accounts[account] for account in logs_in_to if account in self._accounts), None)
            if other is not None:
                yield Done(job, {}, same_as=other)
                continue
            self._accounts.update(dict.fromkeys(logs_in_to, job.id))
            self._queue_for(job, places).jobs.append(job)
            self._left += 1
        # One breaker may have opened before this host was found.
        self._opened = True

    def _remember(self) -> None:
        refused, working = self._earlier
        known = {host: self._where.addresses(host) for host in (*refused, *working)}
        if not refused or None in known.values():
            return
        self._earlier = {}, set()
        good = {address for host in working for address in known[host] or ()}
        for host, logins in refused.items():
            for address in set(known[host] or ()) - good:
                self._breakers.logged_in(address, refused=logins, worked=0)

    def _queue_for(self, job: Job, places: tuple[Place, ...]) -> _Queue:
        key = places, job.plan.serial
        queue = self._queues.get(key)
        if queue is None:
            beside = connections(places, one_by_one=False)
            one_by_one = job.plan.serial or max(beside.values(), default=0) > self._pace.per_destination
            wanted = connections(places, one_by_one=one_by_one)
            asked = tuple({key for place in places for key in (*place.ends, place.whole)})
            providers = Counter(place.provider for place in places if place.provider)
            tried = {**wanted, **{name: 1 if one_by_one else count for name, count in providers.items()}}
            queue = self._queues[key] = _Queue(places, one_by_one, wanted, self._logins(places), asked, tried)
        if not queue.jobs:
            self._turn.append(queue)
        return queue

    # What may begin

    def _queue_again(self) -> None:
        now = self._engine.loop.clock()
        for due, job in [entry for entry in self._later if entry[0] <= now]:
            self._later.remove((due, job))
            queue = self._queue_for(job, self._places(job) or ())
            queue.jobs.append(job)
            self._left += 1
            # A breaker may have opened while it waited, when its queue had nothing to hold.
            self._opened = self._opened or self._why_held(queue) is not None

    def _hold(self) -> Iterator[Done]:
        """Give up what a breaker that has just opened keeps from beginning."""
        if not self._opened:
            return
        self._opened = False
        for queue in self._turn:
            why = self._why_held(queue)
            while why is not None and queue.jobs:
                self._left -= 1
                job = queue.jobs.popleft()
                # What was to be tried again has been probed once, and that counts.
                yield self._first.pop(job.id) if job.id in self._first else Done(job, {}, why)
        self._turn = deque(queue for queue in self._turn if queue.jobs)

    def _why_held(self, queue: _Queue) -> str | None:
        dead = (self._breakers.why_dead(place.whole, place.ends) for place in queue.places)
        return self._breakers.why_refused(tuple(queue.tried)) or next(filter(None, dead), None)

    def _start_what_may(self) -> None:
        now = self._engine.loop.clock()
        # Asks every probe, so it is asked once: what starts below is not silent yet.
        stalled = self.stalled
        idle = 0
        while idle < len(self._turn) and self._has_place(stalled):
            queue = self._turn[0]
            if self._may_start(queue, now):
                self._start(queue, queue.jobs.popleft(), now)
                self._left -= 1
                idle = 0
            else:
                idle += 1
            self._turn.rotate(-1)
            if not queue.jobs:
                self._turn.pop()

    def _has_place(self, stalled: int) -> bool:
        most = MOST_OPEN * self._pace.concurrency
        return self.running < most and self.running - stalled < self._pace.concurrency

    def _may_start(self, queue: _Queue, now: float) -> bool:
        for address, count in queue.connections.items():
            if self._trying[address] + count > self._pace.per_destination:
                return False
        most = self._descriptors.sockets if self._descriptors is not None else 0
        if self._running and self._sockets + sum(queue.connections.values()) > most:
            return False
        if not all(map(self._may_ask, queue.places)):
            return False
        if not all(self._is_calm(place, queue) for place in queue.places):
            return False
        return all(self._budgets[key].may_begin(now, count) for key, count in queue.logins.items())

    def _may_ask(self, place: Place) -> bool:
        """Tell whether another probe may begin here: one address that is known to answer is enough."""
        whole, *ends = (self._breakers.may_ask(key, self._asking[key]) for key in (place.whole, *place.ends))
        return whole and any(ends)

    def _is_calm(self, place: Place, queue: _Queue) -> bool:
        """Tell whether another login may go out: until one has worked, only as many as the breaker would let fail."""
        most = self._pace.refusals_in_row
        provider = (place.provider,) if place.provider else ()
        return not most or all(
            self._breakers.proven(names)
            or all(
                not self._trying[name] or self._trying[name] + queue.tried[name] + self._breakers.refusals(name) <= most
                for name in names
            )
            for names in (place.addresses, provider)
        )

    def _start(self, queue: _Queue, job: Job, now: float) -> None:
        for key, count in queue.logins.items():
            self._budgets[key].begin(now, count)
        self._trying.update(queue.tried)
        self._asking.update(queue.asked)
        self._sockets += sum(queue.connections.values())
        self._tries[job.id] += 1
        hosts = {plan.target.host for plan in (job.plan.smtp, job.plan.imap) if plan is not None}
        probe = self._crew.start(
            job.id,
            job.plan,
            self._finished.append,
            addresses={host: self._where.addresses(host) or () for host in hosts},
            running=self.running,
            serial=queue.one_by_one,
            # What fails at a server that nothing is known of yet, is looked into once a run: in one process.
            here=not all(self._breakers.proven(place.addresses) for place in queue.places),
        )
        self._running[id(probe)] = _Running(job, queue, probe, now)

    def _wait(self) -> None:
        loop = self._engine.loop
        woken: list[bool] = []
        timer = loop.call_at(loop.clock() + TICK, lambda: woken.append(True))
        loop.run_until(lambda: bool(self._finished or woken or self._where.news))
        timer.cancel()

    def _take(self, probe: Probe) -> Done | None:
        one = self._running.pop(id(probe))
        queue, now = one.queue, self._engine.loop.clock()
        self._trying.subtract(queue.tried)
        self._asking.subtract(queue.asked)
        self._sockets -= sum(queue.connections.values())
        for key, count in queue.logins.items():
            self._budgets[key].end(now, count)
        done = Done(one.job, probe.evidence, fault=probe.fault, begun=one.begun)
        again = self._tries[one.job.id] <= self._pace.retries and probe.fault is None
        if again and now - one.begun < min(RETRY_WITHIN, one.job.plan.timeout / 4) and is_transient(probe.evidence):
            self._first[one.job.id] = done
            self._later.append((now + RETRY_AFTER * (1 + self._chance()), one.job))
            return None
        self._first.pop(one.job.id, None)
        return done
