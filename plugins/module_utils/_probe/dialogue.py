# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The part of a probe that SMTP and IMAP share: reach the endpoint, protect it, keep the stage clock."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from .._models.names import AddressResult, Protocol, Security, Stage
from . import guard
from .actions import (
    Action,
    Connect,
    ConnectFailed,
    Expect,
    Flow,
    Framer,
    Interruption,
    LimitExceeded,
    Mark,
    PeerClosed,
    Resolve,
    ResolveFailed,
    SecretInTheClear,
    StartTls,
    TimedOut,
    TlsFailed,
    Unparsable,
)
from .evidence import AddressAttempt, Fault, FaultKind, ProtocolEvidence, StageEvidence
from .plan import Target

_HANDSHAKES = (Stage.TLS, Stage.STARTTLS)


class Stop(Exception):
    """The flow itself ends the probe, with the evidence for it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.kind.value)
        self.fault = fault


class Dialogue:
    """One conversation with one endpoint. Subclasses say :meth:`converse` and own the framer's grammar."""

    def __init__(self, target: Target, framer: Framer) -> None:
        self.target = target
        self.framer = framer
        self.tls = False
        self.local_address: str | None = None
        """This end's address, set by who connects; EHLO may need it (RFC 5321 §4.1.3)."""
        self._running: StageEvidence | None = None
        self.evidence = ProtocolEvidence(target.protocol, target.host, target.port, target.security)

    def run(self) -> Flow:
        """Probe the endpoint. Whatever happens, the evidence tells; nothing but a programming fault escapes."""
        try:
            yield from self._reach()
            yield from self.converse()
        except Stop as stop:
            self.fail(stop.fault)
        except TlsFailed as failed:
            self._fail_tls(fault_of(failed))
        except Interruption as interruption:
            self.fail(fault_of(interruption))
        yield from self.close_stage()

    def converse(self) -> Flow:
        """Speak the protocol from the greeting on."""
        raise NotImplementedError

    def _reach(self) -> Flow:
        target = self.target
        yield from self.stage(Stage.DNS)
        addresses: tuple[str, ...] = yield Resolve(target.host, target.port)
        self.current.facts["addresses"] = list(addresses)
        self.evidence.addresses = tuple(AddressAttempt(a, AddressResult.NOT_TRIED) for a in addresses)
        yield from self.stage(Stage.CONNECT)
        self.evidence.addresses = yield Connect(addresses, target.port)
        if target.security is Security.TLS:
            yield from self.stage(Stage.TLS)
            yield from self.shake_hands()

    def shake_hands(self) -> Flow:
        """Start TLS and forget all that was heard in the clear."""
        if self.framer.pending:
            raise Stop(Fault(FaultKind.INJECTED, reply=self.framer.pending[:512]))
        self.evidence.tls = yield StartTls()
        self.tls = True

    def stage(self, stage: Stage) -> Flow:
        """Close the stage that runs and begin the next."""
        now: float = yield Mark(stage)
        self._close(now)
        self._running = StageEvidence(stage, now)
        self.evidence.stages.append(self._running)

    def close_stage(self) -> Flow:
        """Close the stage that runs."""
        if self._running is not None:
            now: float = yield Mark(self._running.stage)
            self._close(now)

    def _close(self, now: float) -> None:
        if self._running is not None:
            self._running.duration_ms = round((now - self._running.started) * 1000, 1)

    @property
    def current(self) -> StageEvidence:
        """The stage that runs."""
        if self._running is None:
            raise RuntimeError("no stage has begun")
        return self._running

    def skip(self, stage: Stage, why: str) -> None:
        """Record that a stage was not run, and why."""
        self.evidence.stages.append(StageEvidence(stage, self.current.started, skipped=why))

    def fail(self, fault: Fault) -> None:
        """Put the fault to the stage that runs; the first one stays."""
        if isinstance(fault.detail.get("attempts"), tuple):
            self.evidence.addresses = fault.detail["attempts"]
        if self.current.fault is None:
            self.current.fault = fault

    def _fail_tls(self, fault: Fault) -> None:
        """Put the fault to the stage that shook hands, as TLS 1.3 tells of a missing client certificate only later."""
        shook = any(entry.stage in _HANDSHAKES for entry in self.evidence.stages)
        while shook and self.current.stage not in _HANDSHAKES:
            self.evidence.stages.pop()
            self._running = self.evidence.stages[-1]
        self.fail(fault)

    def may_send_credentials(self) -> None:
        """Ask the guard; raise :class:`Stop` when it says no."""
        why = guard.why_not(self.target, tls=self.tls)
        if why is not None:
            raise Stop(Fault(FaultKind.WITHHELD, detail={"why": why}))

    def expect(self, within: float | None = None) -> Generator[Action, Any, Any]:
        """Read one frame."""
        return (yield Expect(within))

    @property
    def protocol(self) -> Protocol:
        """The protocol that is spoken."""
        return self.target.protocol


def fault_of(interruption: Interruption) -> Fault:
    """Turn what interrupted a flow into evidence."""
    if isinstance(interruption, ResolveFailed):
        return Fault(
            FaultKind.RESOLVE,
            detail={"kind": interruption.kind, "text": interruption.text},
        )
    if isinstance(interruption, ConnectFailed):
        return Fault(FaultKind.CONNECT, detail={"attempts": interruption.attempts})
    if isinstance(interruption, TlsFailed):
        return Fault(FaultKind.TLS, tls=interruption.fault)
    if isinstance(interruption, TimedOut):
        late = {"seconds": interruption.seconds, "whole": interruption.whole}
        return Fault(FaultKind.TIMEOUT, reply=interruption.leftover[:512], detail=late)
    if isinstance(interruption, PeerClosed):
        return Fault(
            FaultKind.CLOSED,
            reply=interruption.leftover[:512],
            detail={"reset": interruption.reset},
        )
    if isinstance(interruption, LimitExceeded):
        detail = {"limit": interruption.limit, "allowed": interruption.allowed}
        return Fault(FaultKind.LIMIT, reply=interruption.head[:512], detail=detail)
    if isinstance(interruption, Unparsable):
        return Fault(
            FaultKind.UNPARSABLE,
            reply=interruption.head[:512],
            detail={"text": interruption.text},
        )
    if isinstance(interruption, SecretInTheClear):
        return Fault(FaultKind.WITHHELD, detail={"why": str(interruption)})
    return Fault(FaultKind.CLOSED, detail={"reset": False})
