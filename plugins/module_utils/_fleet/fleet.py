# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The fleet run: many mailboxes in one task, each with a verdict of its own."""

from __future__ import annotations

import contextlib
import os
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from typing import Any
from typing import Protocol as Interface

from .._diagnosis.provider import provider_of_host
from .._models.address import domain_of
from .._models.endpoint import Endpoint
from .._models.failure import StageError
from .._models.mailbox import Mailbox
from .._models.names import Category, Protocol, StageStatus, State, Verdict
from .._registry.base import utc_text
from .._run.connection import MailboxRun, Outcome
from .._run.domain_stage import DomainChecks
from .._run.finder import Finder
from .._run.records import Request
from .._run.secrets import SecretReader
from .entries import Entry, fault_of, held_result, read_entries, same_account_result, with_message
from .history import Registries, last_known
from .jobs import Done, Job, is_silent
from .journal import begin_journal
from .outcome import Collected, conclude_fleet
from .progress import Meter
from .prune import prune, prune_plan
from .request import Declared, FleetOutcome, FleetRequest

READERS = 8
"""Threads that read secrets side by side."""

MARKERS = max(1, min(4, (os.cpu_count() or 2) - 1))
"""Threads that make the slow marks of inline secrets while the probes run; one core is left to these."""


class Scheduler(Interface):
    """What carries the probes out; :class:`.schedule.Schedule` outside of tests."""

    def prepare(self, jobs: Sequence[Job]) -> float: ...

    def earlier(self, refused: Mapping[str, int], working: Collection[str]) -> None: ...

    def run(self, jobs: Sequence[Job]) -> Iterator[Done | None]: ...

    def judged(self, done: Done, *, refused: Collection[Protocol], unreachable: Collection[Protocol]) -> None: ...

    def stop(self) -> None: ...


def run_fleet(
    request: FleetRequest,
    declared: Sequence[Declared],
    *,
    reader: SecretReader,
    scheduler: Scheduler,
    meter: Meter,
    finder: Finder | None = None,
    domains: DomainChecks | None = None,
) -> FleetOutcome:
    """Verify, and register, all that is declared. Raises :class:`FleetRefused` where the run itself is not possible."""
    return _FleetRun(request, reader, scheduler, meter, finder or Finder(), domains or DomainChecks()).run(declared)


class _FleetRun:
    def __init__(
        self,
        request: FleetRequest,
        reader: SecretReader,
        scheduler: Scheduler,
        meter: Meter,
        finder: Finder,
        domains: DomainChecks,
    ) -> None:
        self._request = request
        self._domains = domains
        self._inspecting: list[tuple[Entry, MailboxRun]] = []
        self._finder = finder
        self._reader = reader
        self._scheduler = scheduler
        self._meter = meter
        self._registries = Registries(request)
        self._runs: dict[str, tuple[Entry, MailboxRun]] = {}
        self._collected = Collected(request)
        self._refused: Counter[str] = Counter()
        self._refused_before: set[tuple[str, Protocol]] = set()

    def run(self, declared: Sequence[Declared]) -> FleetOutcome:
        request = self._request
        began, now = time.monotonic(), datetime.now(timezone.utc)
        entries = read_entries(declared)
        members = [entry.member for entry in entries]
        invalid = [entry for entry in entries if entry.mailbox is None]
        with self._registries as registries:
            doomed: tuple[str, ...] = ()
            if request.prune:
                ids = {entry.id for entry in entries}
                doomed = prune_plan(request, registries.reading(request.registry_path), ids, len(invalid))
            refused = bool(invalid or request.unread) and not request.isolate
            journal = begin_journal(request, utc_text(now), members, refused=refused)
            self._collected.journal = journal
            try:
                expected = 0.0
                for entry in invalid:
                    self._collected.add(entry.member, entry.invalid or {})
                if not refused:
                    expected = self._all(entries)
                pruned: list[str] = []
                if doomed and not request.stopping():
                    registry = registries.of(request.registry_path)
                    pruned = prune(registry, request.fleet or "", doomed, check_mode=request.check_mode)
                return conclude_fleet(
                    request,
                    self._collected,
                    members,
                    lambda member: last_known(registries, member, request, now),
                    started_at=utc_text(now),
                    duration_ms=round((time.monotonic() - began) * 1000, 1),
                    expected_s=expected,
                    interrupted=request.stopping(),
                    refused_all=refused,
                    pruned=pruned,
                    notices=[
                        *request.unread,
                        *(notice.text for notice in self._reader.notices),
                        *registries.warnings,
                        *journal.warnings,
                    ],
                )
            finally:
                journal.close()

    def _all(self, entries: Sequence[Entry]) -> float:
        self._look_up(entries)
        if self._request.stopping():
            return 0.0
        entries = [entry if entry.mailbox is None else self._check(entry, entry.mailbox) for entry in entries]
        self._read_secrets()
        jobs = []
        for mailbox in list(self._runs):
            if self._request.stopping():
                return 0.0
            job = self._prepare(*self._runs[mailbox])
            if job is not None:
                jobs.append(job)
        if self._refused:
            self._scheduler.earlier(self._refused, self._working(entries))
        if not jobs:
            return 0.0
        expected = self._scheduler.prepare(jobs)
        self._meter.begin(len(entries), len(jobs), expected)
        with self._marks_ahead(jobs):
            self._probe(jobs)
        return expected

    @contextlib.contextmanager
    def _marks_ahead(self, jobs: Sequence[Job]) -> Iterator[None]:
        """Have other threads make the marks of inline secrets, so that the loop of the probes seldom waits for one."""
        if self._request.state is not State.PRESENT or self._request.check_mode:
            yield
            return
        pool = ThreadPoolExecutor(MARKERS, "mailbox-mark")
        try:
            for job in jobs:
                pool.submit(self._runs[job.id][1].mark_ahead)
            yield
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _look_up(self, entries: Sequence[Entry]) -> None:
        """Find the servers that are not declared: limits are theirs, so all have to be known before the first probe."""
        wanted = [entry.mailbox for entry in entries if entry.mailbox is not None and entry.mailbox.without_server]
        if wanted:
            self._meter.looking_up(len(wanted), len({domain_of(mailbox.email) for mailbox in wanted}))
            self._side_by_side([lambda: self._finder.prepare(wanted)])

    def _check(self, entry: Entry, mailbox: Mailbox) -> Entry:
        """Settle and check a mailbox, and return its entry with all that was found."""
        request = self._request
        path, timeout = self._registries.place(entry.id, mailbox)
        run = MailboxRun(
            Request(
                mailbox=mailbox,
                state=request.state,
                registry_path=path,
                registry_timeout=timeout,
                allow_partial=request.allow_partial,
                retry_refused_after=request.retry_refused_after,
                force=request.force,
                check_mode=request.check_mode,
                trace=request.trace,
            ),
            self._finder,
            self._domains,
        )
        self._runs[entry.id] = entry, run
        with self._one(entry, run):
            run.check()
            entry = replace(entry, mailbox=run.mailbox)
            self._runs[entry.id] = entry, run
            # Opened before any packet: a login for a registration that can't be kept helps nobody.
            self._registries.of(path, timeout)
        return entry

    def _read_secrets(self) -> None:
        """Fetch what lies in Vault side by side; what goes wrong is told when the mailbox asks for it again."""
        wanted = [
            entry.mailbox
            for entry, _run in self._runs.values()
            if entry.mailbox is not None and any(_in_vault(endpoint) for _name, endpoint in entry.mailbox.endpoints)
        ]
        if not wanted:
            return
        self._meter.reading(len(wanted))
        self._side_by_side([partial(self._fetch, mailbox) for mailbox in wanted])

    def _side_by_side(self, work: Sequence[Callable[[], None]]) -> None:
        """Do work in other threads, and don't wait for it any longer when the run is to stop."""
        pool = ThreadPoolExecutor(READERS, "mailbox-reader")
        try:
            pending = {pool.submit(one) for one in work}
            while pending and not self._request.stopping():
                _done, pending = wait(pending, timeout=0.2)
        finally:
            pool.shutdown(wait=not self._request.stopping(), cancel_futures=True)

    def _fetch(self, mailbox: Mailbox) -> None:
        with contextlib.suppress(StageError):
            self._reader.read(mailbox)

    def _prepare(self, entry: Entry, run: MailboxRun) -> Job | None:
        registry = self._registries.of(self._registries.path_of(entry.id))
        with self._one(entry, run):
            plan = run.prepare(registry, self._reader)
            self._refused.update(_host(entry, protocol) for protocol in run.refused_before)
            self._refused_before.update((entry.id, protocol) for protocol in run.refused_before)
            if plan is None:
                self._take(entry, run.conclude(registry, {}))
                return None
            first = plan.smtp or plan.imap
            if first is None:
                return None
            return Job(entry.id, plan, provider_of_host(first.target.host), run.providers)
        return None

    def _working(self, entries: Sequence[Entry]) -> set[str]:
        """Return the hosts where a mailbox of the fleet worked when it was judged last."""
        good = (Verdict.VERIFIED.value, Verdict.PARTIAL.value)
        return {
            _host(entry, protocol)
            for entry in entries
            if self._registries.last_verdict(self._registries.path_of(entry.id), entry.member) in good
            for protocol in Protocol
            # Of a partial one, that is where it was not refused.
            if (entry.id, protocol) not in self._refused_before
        } - {""}

    def _probe(self, jobs: Sequence[Job]) -> None:
        try:
            for done in self._scheduler.run(jobs):
                if done is not None:
                    self._done(done)
                self._finish_those_looked_at()
                self._meter.tick()
                if self._request.stopping():
                    break
        finally:
            self._scheduler.stop()
        try:
            while self._inspecting:
                # A stopped run does not wait for domains.
                self._finish_those_looked_at(wait=not self._request.stopping())
                time.sleep(0.02)
        finally:
            self._domains.close()

    def _done(self, done: Done) -> None:
        entry, run = self._runs[done.job.id]
        if done.held is not None:
            self._collected.held.setdefault(done.held)
            self._take(entry, Outcome(held_result(entry.id, done.held, run.notices), failed=True), record=False)
        elif done.same_as is not None:
            told = same_account_result(entry.id, done.same_as, run.notices)
            self._take(entry, Outcome(told, failed=True), record=False)
        else:
            with self._one(entry, run):
                if done.fault is not None:
                    raise done.fault
                registry = self._registries.of(self._registries.path_of(entry.id))
                run.judge(registry, done.evidence)
                if run.waits:
                    # The loop of the probes must not wait for name servers.
                    self._inspecting.append((entry, run))
                else:
                    self._take(entry, run.finish(registry))
        parked = entry.id in self._runs
        failures = [failure.as_dict() for failure in run.failures] if parked else self._collected.last_failures
        self._meter.done(str(failures[0]["category"]) if failures else None)
        # A fault of this machine says nothing about the servers.
        own = done.fault is not None or any(one["category"] == Category.RUN_NETWORK.value for one in failures)
        if done.evidence and not own:
            self._scheduler.judged(
                done,
                refused=[name for one in failures for name in _protocols(one, done) if _refused(one, name, done)],
                unreachable=[name for name, seen in done.evidence.items() if is_silent(seen)],
            )

    def _finish_those_looked_at(self, *, wait: bool = True) -> None:
        """Conclude the mailboxes whose domains were looked at; without ``wait`` all of them as they are."""
        ready = [pair for pair in self._inspecting if not wait or not pair[1].waits]
        self._inspecting = [pair for pair in self._inspecting if pair not in ready]
        for entry, run in ready:
            with self._one(entry, run):
                registry = self._registries.of(self._registries.path_of(entry.id))
                self._take(entry, run.finish(registry, wait=wait))

    @contextlib.contextmanager
    def _one(self, entry: Entry, run: MailboxRun) -> Iterator[None]:
        """Make whatever goes wrong over one mailbox that mailbox's verdict, and never the end of the run."""
        try:
            yield
        except StageError as error:
            self._take(entry, run.stopped(error.failure), record=False)
        except Exception as error:
            outcome = run.stopped(fault_of(error))
            self._take(entry, Outcome({**outcome.result, "status": Verdict.INCONCLUSIVE.value}, True), record=False)

    def _take(self, entry: Entry, outcome: Outcome, *, record: bool = True) -> None:
        self._runs.pop(entry.id, None)
        told = outcome.result
        if record and told["reason"] is None and self._request.state is State.VERIFIED:
            self._registries.record(entry.member, self._registries.path_of(entry.id), told)
        changed = bool(told["changed"]) and outcome.before is not outcome.after
        diff = (outcome.before, outcome.after) if changed and self._request.diff else None
        self._collected.add(entry.member, with_message(told), diff)


def _host(entry: Entry, protocol: Protocol) -> str:
    endpoint = entry.mailbox.endpoint(protocol) if entry.mailbox is not None else None
    return endpoint.host or "" if endpoint is not None else ""


def _in_vault(endpoint: Endpoint) -> bool:
    return endpoint.secret is not None and endpoint.secret.vault is not None


def _protocols(failure: Mapping[str, Any], done: Done) -> list[Protocol]:
    """Return what a failure is about; one that both protocols share names none."""
    return [name for name in done.evidence if failure["protocol"] in (None, name.value)]


def _refused(failure: Mapping[str, Any], protocol: Protocol, done: Done) -> bool:
    """Tell whether a failure is a login that the server refused now."""
    refused = failure["stage"] == "auth" and failure["status"] == StageStatus.FAILED.value
    return refused and done.evidence[protocol].submitted
