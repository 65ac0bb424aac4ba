# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Sibling ports: where a service could not be reached as declared, a look at its other usual ports, without login.

Each port of a host is looked at once a run, whoever wants to know. The connection belongs to the mailbox that asked
first and takes the place of its own one, so that no destination sees more connections than before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from .._diagnosis.context import USUAL_PORTS
from .._driver.loop import Loop, Timer
from .._models.names import AddressResult, Stage
from .._probe.evidence import AddressAttempt, FaultKind, ProtocolEvidence, StageEvidence
from .._probe.plan import Plan, Target

SHARE = 0.15
"""The part of a mailbox's time that its whole look at siblings may take."""

LONGEST = 4.0
"""Seconds that it may take at most."""

WITHHELD = "a look at another port logs in nowhere"

# What this machine itself lacks would be lacking for another port too.
_OWN_TROUBLE = frozenset({"EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EADDRNOTAVAIL", "ENETUNREACH", "ENETDOWN"})
_NOT_ASKED = frozenset({AddressResult.CANCELLED, AddressResult.NOT_TRIED})
_TLS_RECORDS = (b"\x14", b"\x15", b"\x16", b"\x17")


def sibling_plans(plan: Plan, evidence: ProtocolEvidence) -> tuple[Plan, ...]:
    """Return plans without credentials for the other usual ports, or none where these would explain nothing.

    After a connection that failed, the same port in the other mode would fail too.
    """
    stopped = evidence.stopped_at
    if stopped is None or not _may_be_the_port(evidence, stopped):
        return ()
    target = plan.target
    closed = stopped.stage is Stage.CONNECT
    # A client certificate is a credential too.
    tls = replace(target.tls, client_cert=None, client_key=None)
    return tuple(
        replace(
            plan,
            target=replace(target, port=port, security=security, tls=tls, allow_plaintext_auth=False),
            credentials=None,
            mechanisms=("PLAIN",),
            withheld=WITHHELD,
        )
        for security, port in USUAL_PORTS[target.protocol].items()
        if not (port == target.port and (closed or security is target.security))
    )


def _may_be_the_port(evidence: ProtocolEvidence, stopped: StageEvidence) -> bool:
    """Tell whether another port could be the remedy: nothing was sent, and the fault is no matter of the account."""
    fault = stopped.fault
    if fault is None or evidence.submitted or fault.detail.get("whole"):
        return False
    kind, stage = fault.kind, stopped.stage
    if stage is Stage.CONNECT:
        attempts = fault.detail.get("attempts") or ()
        return kind is FaultKind.TIMEOUT or any(_is_remote(attempt) for attempt in attempts)
    if stage is Stage.TLS:
        if fault.tls is None:
            return kind in (FaultKind.CLOSED, FaultKind.TIMEOUT)
        spoke_tls = fault.tls.alert or fault.tls.verify_code or fault.tls.peer_bytes[:1] in _TLS_RECORDS
        return not spoke_tls and (fault.tls.timed_out or bool(fault.tls.peer_bytes))
    if stage is Stage.GREETING:
        return kind in (FaultKind.TIMEOUT, FaultKind.UNPARSABLE, FaultKind.LIMIT)
    if stage is Stage.STARTTLS:
        return evidence.tls is None and kind in (FaultKind.MISSING, FaultKind.REPLY)
    return stage is Stage.AUTH and kind is FaultKind.MISSING and fault.detail.get("what") == "auth"


def _is_remote(attempt: AddressAttempt) -> bool:
    return attempt.result not in _NOT_ASKED and attempt.code not in _OWN_TROUBLE


@dataclass
class _Known:
    """What is known of a port: its evidence once it is there, and until then who waits for it."""

    seen: ProtocolEvidence | None = None
    waiting: list[Callable[[ProtocolEvidence], None]] = field(default_factory=list)


class Siblings:
    """What a run knows of other ports."""

    def __init__(self) -> None:
        self._known: dict[Target, _Known] = {}

    def wanted(self, target: Target, on_seen: Callable[[ProtocolEvidence], None]) -> bool:
        """Return whether the caller is the first and has to look; all others are told by ``on_seen``."""
        known = self._known.get(target)
        if known is None:
            self._known[target] = _Known()
            return True
        if known.seen is not None:
            on_seen(known.seen)
        else:
            known.waiting.append(on_seen)
        return False

    def found(self, target: Target, seen: ProtocolEvidence) -> None:
        """Tell what a look has seen."""
        known = self._known[target]
        known.seen = seen
        waiting, known.waiting = known.waiting, []
        for on_seen in waiting:
            on_seen(seen)


class Look:
    """One mailbox's look at the siblings of an endpoint, one after the other.

    ``open_at(plan, deadline, on_seen)`` makes a connection. ``on_done(found)`` is called once, with what is known when
    all have answered or the time is up; each entry tells whether it was this mailbox that looked.
    """

    def __init__(
        self,
        loop: Loop,
        shared: Siblings,
        plans: Sequence[Plan],
        due: float,
        open_at: Callable[[Plan, float, Callable[[ProtocolEvidence], None]], None],
        on_done: Callable[[list[tuple[ProtocolEvidence, bool]]], None],
    ) -> None:
        self._loop = loop
        self._shared = shared
        self._left = list(plans)
        self._due = due
        self._open_at = open_at
        self._on_done = on_done
        self._found: list[tuple[ProtocolEvidence, bool]] = []
        self._timer: Timer | None = None
        self._over = False

    def start(self) -> None:
        """Begin with the first."""
        self._next()

    def _next(self) -> None:
        now = self._loop.clock()
        if self._over or not self._left or now >= self._due:
            self._end()
            return
        plan = self._left.pop(0)
        deadline = now + (self._due - now) / (len(self._left) + 1)
        # A connection keeps its deadline by itself; how long another mailbox's takes is not known here.
        self._timer = self._loop.call_at(self._due, self._end)
        if self._shared.wanted(plan.target, lambda seen: self._take(seen, own=False)):
            self._timer.cancel()
            self._open_at(plan, deadline, lambda seen: self._looked(plan, seen))

    def _looked(self, plan: Plan, seen: ProtocolEvidence) -> None:
        self._shared.found(plan.target, seen)
        self._take(seen, own=True)

    def _take(self, seen: ProtocolEvidence, *, own: bool) -> None:
        if self._over:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._found.append((seen, own))
        self._next()

    def _end(self) -> None:
        if not self._over:
            self._over = True
            self._on_done(self._found)
