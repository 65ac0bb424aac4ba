# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""A second process that carries probes beside this one, because one interpreter uses one processor.

Theory of operation: the helper is a fork, so it knows the plans already, and no secret goes through the pipe. Out go a
mailbox's key and the addresses of its hosts; back come its evidence, and when its servers were last heard. The helper
decides nothing: who starts the probes counts connections and logins of both processes alike. It ends when its pipe
does, so it can't outlive this process, however that ends.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import select
import selectors
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from multiprocessing.connection import Connection

from .._driver.resolver import Answer
from .._models.failure import Cause, Failure, StageError
from .._models.names import Category, Confidence, Protocol, Stage, StageStatus
from .._probe.evidence import ProtocolEvidence
from .probe import Engine, MailboxPlan, MailboxProbe

WORTHWHILE = 100
"""Mailboxes from which on a helper saves more than it costs."""

TICK = 0.2
"""Seconds between two reports of when servers were last heard."""

_LAST_WORDS = 2.0
"""Seconds that a helper may take to end before it is killed."""


def helper_for(engine: Engine, plans: Mapping[str, MailboxPlan]) -> Helper | None:
    """Return a helper for these mailboxes, by their keys; None where it would not pay, or a fork would not be safe.

    A lock that another thread holds at a fork stays locked in the fork for ever; on macOS the system's own libraries
    have such threads. A daemonic process may not have children.
    """
    if len(plans) < WORTHWHILE or _processors() < 2:
        return None
    if sys.platform == "darwin" or threading.active_count() > 1 or multiprocessing.current_process().daemon:
        return None
    try:
        return Helper(engine, plans)
    except OSError:
        # No more processes or descriptors: slower, but nothing that anybody must know.
        return None


class HelperFault(Exception):
    """A programming fault in the helper. ``name`` is its class, ``where`` its file and line."""

    def __init__(self, name: str, where: str) -> None:
        super().__init__(f"{name} in {where}")
        self.name = name
        self.where = where


class HelpedProbe:
    """A mailbox that the helper probes; to its owner the same as a :class:`MailboxProbe`."""

    def __init__(self, heard_at: float, on_done: Callable[[HelpedProbe], None]) -> None:
        self.evidence: dict[Protocol, ProtocolEvidence] = {}
        self.fault: Exception | None = None
        self.heard_at = heard_at
        self.on_done = on_done

    def abort(self) -> None:
        """Do nothing: what the helper has open ends with it, see :meth:`Helper.close`."""


class Helper:
    """The second process, as this one sees it. All methods belong to the thread of the engine's loop."""

    def __init__(self, engine: Engine, plans: Mapping[str, MailboxPlan]) -> None:
        self._loop = engine.loop
        self._probes: dict[str, HelpedProbe] = {}
        self._pipe, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("fork")
        self._process = context.Process(target=_help, args=(theirs, self._pipe, plans), daemon=True)
        try:
            self._process.start()
        except OSError:
            self._pipe.close()
            raise
        finally:
            theirs.close()
        self._open = True
        # The helper waits until what it says is taken. If this process did so too, each could wait for the other.
        self._unsent: deque[tuple[str, dict[str, Answer], bool]] = deque()
        self._room = select.poll()
        self._room.register(self._pipe, select.POLLOUT)
        self._watched = selectors.EVENT_READ
        self._loop.watch(self._pipe, self._watched, self._ready)

    @property
    def pid(self) -> int | None:
        """The helper's process id."""
        return self._process.pid

    def has_less_to_do(self, running: int) -> bool:
        """Tell whether the helper should take the next of so many mailboxes that are being probed in all."""
        return self._open and 2 * len(self._probes) <= running

    def start(
        self, key: str, addresses: Mapping[str, Answer], on_done: Callable[[HelpedProbe], None], *, serial: bool
    ) -> HelpedProbe:
        """Have a mailbox probed; ``serial`` logs in to SMTP before IMAP, in place of what the plan says.

        ``addresses`` are those of its hosts: the helper looks none up. ``on_done(probe)`` is called once; there is a
        ``fault`` then where the evidence is not complete.
        """
        probe = self._probes[key] = HelpedProbe(self._loop.clock(), on_done)
        self._unsent.append((key, dict(addresses), serial))
        self._send()
        return probe

    def close(self) -> None:
        """End the helper and all that it has open, and tell nobody; a second call does nothing."""
        if self._open:
            self._open = False
            self._loop.unwatch(self._pipe)
            self._pipe.close()
            self._process.join(_LAST_WORDS)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()

    def _ready(self, events: int) -> None:
        if events & selectors.EVENT_READ:
            self._read()
        if self._open and self._unsent:
            self._send()

    def _send(self) -> None:
        # A pipe that is broken is also readable, and ends what is under way there.
        with contextlib.suppress(OSError):
            while self._unsent and self._room.poll(0):
                self._pipe.send(self._unsent.popleft())
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._unsent else 0)
        if wanted != self._watched:
            self._watched = wanted
            self._loop.rewatch(self._pipe, wanted, self._ready)

    def _read(self) -> None:
        try:
            while self._pipe.poll():
                self._take(*self._pipe.recv())
        except (EOFError, OSError):
            self.close()
            left, self._probes = self._probes, {}
            for probe in left.values():
                probe.fault = StageError(_ended(self._process.exitcode))
                probe.on_done(probe)

    def _take(
        self,
        heard: Mapping[str, float],
        key: str = "",
        evidence: dict[Protocol, ProtocolEvidence] | None = None,
        fault: tuple[str, str] | None = None,
    ) -> None:
        for name, heard_at in heard.items():
            if name in self._probes:
                self._probes[name].heard_at = heard_at
        if evidence is not None:
            probe = self._probes.pop(key)
            probe.evidence = evidence
            probe.fault = HelperFault(*fault) if fault is not None else None
            probe.on_done(probe)


def fault_place(error: BaseException) -> tuple[str, str]:
    """Return the class of a programming fault, and the file and line where it happened, in whichever process."""
    if isinstance(error, HelperFault):
        return error.name, error.where
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = "an unknown place"
    if trace is not None:
        where = f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
    return type(error).__name__, where


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _ended(code: int | None) -> Failure:
    how = f"It was ended by signal {-code}" if code is not None and code < 0 else f"It ended by itself, with {code}"
    return Failure(
        category=Category.RUN_PROBE_LOST,
        stage=Stage.CONFIG,
        status=StageStatus.INCONCLUSIVE,
        sentence="The process that probed this mailbox ended before the probe did.",
        causes=(
            Cause(
                f"{how}; most often the machine had no memory left.",
                "Look into the system's log for a process that was killed, and run again.",
                Confidence.MEDIUM,
            ),
        ),
        retryable=True,
    )


class _Work:
    """The helper's side: probes what it is asked to until the pipe ends."""

    def __init__(self, pipe: Connection, plans: Mapping[str, MailboxPlan]) -> None:
        self._pipe = pipe
        self._plans = plans
        self._engine = Engine()
        self._running: dict[str, MailboxProbe] = {}
        self._over = False

    def run(self) -> None:
        loop = self._engine.loop
        loop.watch(self._pipe, selectors.EVENT_READ, self._readable)
        loop.call_at(loop.clock() + TICK, self._tick)
        try:
            loop.run_until(lambda: self._over)
        except Exception as error:
            for key in self._running:
                self._say({}, key, {}, fault_place(error))

    def _readable(self, _events: int) -> None:
        try:
            while self._pipe.poll():
                self._start(*self._pipe.recv())
        except (EOFError, OSError):
            self._over = True

    def _start(self, key: str, addresses: Mapping[str, Answer], serial: bool) -> None:
        for host, answer in addresses.items():
            self._engine.resolver.settle(host, answer)
        plan = replace(self._plans[key], serial=serial)
        probe = self._running[key] = MailboxProbe(self._engine, plan, lambda probe: self._done(key, probe))
        probe.start()

    def _done(self, key: str, probe: MailboxProbe) -> None:
        del self._running[key]
        fault = fault_place(probe.fault) if probe.fault is not None else None
        try:
            self._say({}, key, probe.evidence, fault)
        except Exception as error:
            # Evidence that can't travel. Without an answer the other process would wait for this mailbox for ever.
            self._say({}, key, {}, fault_place(error))

    def _tick(self) -> None:
        if self._running:
            self._say({key: probe.heard_at for key, probe in self._running.items()})
        self._engine.loop.call_at(self._engine.loop.clock() + TICK, self._tick)

    def _say(self, *words: object) -> None:
        try:
            self._pipe.send(words)
        except OSError:
            self._over = True


def _help(pipe: Connection, other: Connection, plans: Mapping[str, MailboxPlan]) -> None:
    other.close()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # What is sent to the whole group is for the first process to answer; its end ends the pipe.
        signal.signal(number, signal.SIG_IGN)
    # A collection would write to every object that the processes still share, and so copy all of them.
    gc.freeze()
    _Work(pipe, plans).run()
