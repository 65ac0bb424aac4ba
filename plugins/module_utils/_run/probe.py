# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The probe of one mailbox: SMTP and IMAP side by side under one deadline, and what is worth a second look."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from .._driver.connection import Connection
from .._driver.loop import Loop
from .._driver.resolver import Resolver
from .._driver.tls import TlsSettings
from .._models.names import Protocol, Security, Stage
from .._probe.dialogue import Dialogue
from .._probe.evidence import FaultKind, ProtocolEvidence
from .._probe.imap_flow import ImapDialogue
from .._probe.plan import ImapPlan, Plan, SmtpPlan
from .._probe.smtp_flow import SmtpDialogue
from .._probe.trace import Trace
from .siblings import LONGEST, SHARE, Look, Siblings, sibling_plans

SECOND_LOOK = 5.0
"""Seconds that a credential-free second connection may take, within the mailbox's deadline."""


@dataclass(frozen=True)
class MailboxPlan:
    """What to probe. ``timeout`` is the whole mailbox's time in seconds; ``serial`` logs in to SMTP before IMAP.

    ``trace`` has the dialogues noted in the evidence.
    """

    smtp: SmtpPlan | None
    imap: ImapPlan | None
    timeout: float
    serial: bool = False
    trace: bool = False


@dataclass
class Engine:
    """What probes of one run share: the loop, each host's addresses, each TLS setting's context, other ports."""

    loop: Loop = field(default_factory=Loop)
    resolver: Resolver = field(default_factory=Resolver)
    tls_settings: TlsSettings = field(default_factory=TlsSettings)
    siblings: Siblings = field(default_factory=Siblings)


class MailboxProbe:
    """Probes one mailbox. ``on_done(probe)`` is called once; ``evidence`` is complete then, or there is a ``fault``.

    A protocol has one connection at a time: a second look begins when the first one's socket is closed.
    """

    def __init__(self, engine: Engine, plan: MailboxPlan, on_done: Callable[[MailboxProbe], None]) -> None:
        self.plan = plan
        self.evidence: dict[Protocol, ProtocolEvidence] = {}
        self.fault: Exception | None = None
        self._engine = engine
        self._on_done = on_done
        self._deadline = 0.0
        self._running = 0
        self._connections: list[Connection] = []

    @property
    def heard_at(self) -> float:
        """The loop's clock when any of the mailbox's servers last gave a sign of life."""
        return max((connection.heard_at for connection in self._connections), default=0.0)

    def abort(self) -> None:
        """Close all connections at once; ``on_done`` is not called. To be called in the loop's thread."""
        for connection in self._connections:
            with contextlib.suppress(Exception):
                connection.abort()

    def start(self) -> None:
        """Begin; the mailbox's deadline counts from here."""
        self._deadline = self._engine.loop.clock() + self.plan.timeout
        plans: list[Plan] = [plan for plan in (self.plan.smtp, self.plan.imap) if plan is not None]
        if self.plan.serial:
            plans = plans[:1]
        self._running = len(plans)
        try:
            for plan in plans:
                self._probe(plan)
        except Exception as error:
            self._broke(error)

    def _broke(self, error: Exception) -> None:
        """End the probe over a programming fault: it says nothing about the mailbox, and must not reach the others."""
        if self.fault is not None or not self._running:
            return
        self.fault = error
        self._running = 0
        for connection in self._connections:
            with contextlib.suppress(Exception):
                connection.abort()
        self._on_done(self)

    def _probe(self, plan: Plan) -> None:
        dialogue = _dialogue(plan)
        self.evidence[dialogue.protocol] = dialogue.evidence
        self._connect(dialogue, self._deadline, lambda: self._probed(plan, dialogue.evidence))

    def _probed(self, plan: Plan, evidence: ProtocolEvidence) -> None:
        second = second_look(plan, evidence)
        now = self._engine.loop.clock()
        if second is not None and now < self._deadline:
            dialogue = _dialogue(second)
            deadline = min(self._deadline, now + SECOND_LOOK)
            self._connect(dialogue, deadline, lambda: self._looked_again(plan, evidence, dialogue.evidence))
        else:
            self._look_beside(plan, evidence)

    def _looked_again(self, plan: Plan, evidence: ProtocolEvidence, second: ProtocolEvidence) -> None:
        if second.tls is not None:
            if second.security is evidence.security:
                evidence.follow_up["certificate"] = second.tls.certificate
            else:
                evidence.follow_up["implicit_tls"] = True
                evidence.follow_up["banner"] = second.greeting
        if evidence.trace is not None and second.trace is not None:
            evidence.trace.followed_by(second.trace)
        self._look_beside(plan, evidence)

    def _look_beside(self, plan: Plan, evidence: ProtocolEvidence) -> None:
        """Look at the other usual ports, where one of them may be what was meant."""
        loop = self._engine.loop
        now = loop.clock()
        due = min(self._deadline, now + min(LONGEST, SHARE * self.plan.timeout))
        plans = sibling_plans(plan, evidence) if now < due and self.fault is None else ()
        if not plans:
            self._ended(plan, evidence)
            return

        def done(found: list[tuple[ProtocolEvidence, bool]]) -> None:
            evidence.follow_up["siblings"] = tuple(seen for seen, _own in found)
            if evidence.trace is not None:
                for seen, own in found:
                    evidence.trace.looked_beside(seen, own=own)
            self._ended(plan, evidence)

        Look(loop, self._engine.siblings, plans, due, self._open_beside, done).start()

    def _open_beside(self, plan: Plan, deadline: float, on_seen: Callable[[ProtocolEvidence], None]) -> None:
        dialogue = _dialogue(plan)
        self._connect(dialogue, deadline, lambda: on_seen(dialogue.evidence))

    def _ended(self, plan: Plan, evidence: ProtocolEvidence) -> None:
        imap = self.plan.imap
        if self.plan.serial and isinstance(plan, SmtpPlan) and imap is not None:
            self._probe(_after_refusal(imap, plan) if _refused(evidence) else imap)
            return
        if self.fault is None:
            self._running -= 1
            if not self._running:
                self._on_done(self)

    def _connect(self, dialogue: Dialogue, deadline: float, on_done: Callable[[], None]) -> None:
        if self.fault is not None:
            return
        if self.plan.trace:
            dialogue.evidence.trace = Trace()
        connection = Connection(
            self._engine.loop,
            dialogue,
            resolver=self._engine.resolver,
            tls_settings=self._engine.tls_settings,
            timeout=self.plan.timeout,
            deadline=deadline,
            on_done=on_done,
            on_fault=self._broke,
        )
        self._connections.append(connection)
        connection.start()


def probe_mailbox(plan: MailboxPlan) -> dict[Protocol, ProtocolEvidence]:
    """Probe one mailbox on a loop of its own and return the evidence of each protocol."""
    engine = Engine()
    finished: list[MailboxProbe] = []
    probe = MailboxProbe(engine, plan, finished.append)
    try:
        probe.start()
        engine.loop.run_until(lambda: bool(finished))
    finally:
        engine.loop.close()
    if probe.fault is not None:
        raise probe.fault
    return probe.evidence


def second_look(plan: Plan, evidence: ProtocolEvidence) -> Plan | None:
    """Return a plan without credentials that can explain what stopped the probe, or None.

    A certificate that failed verification can only be read on a connection that does not verify; silence where a
    greeting was due is what a server does that waits for TLS at once.
    """
    stopped = evidence.stopped_at
    if stopped is None or stopped.fault is None:
        return None
    fault = stopped.fault
    target = plan.target
    # A client certificate is a credential too, and this peer is not verified.
    unverified = replace(target.tls, verify=False, client_cert=None, client_key=None)
    if fault.tls is not None and fault.tls.verify_code:
        target = replace(target, tls=unverified)
    elif fault.kind is FaultKind.TIMEOUT and stopped.stage is Stage.GREETING and target.security is not Security.TLS:
        target = replace(target, tls=unverified, security=Security.TLS)
    else:
        return None
    return replace(
        plan, target=target, credentials=None, mechanisms=("PLAIN",), withheld="a second look logs in nowhere"
    )


def _dialogue(plan: Plan) -> Dialogue:
    return SmtpDialogue(plan) if isinstance(plan, SmtpPlan) else ImapDialogue(plan)


def _refused(evidence: ProtocolEvidence) -> bool:
    stage = evidence.stage(Stage.AUTH)
    return evidence.submitted and stage is not None and stage.fault is not None and stage.fault.kind is FaultKind.REPLY


def _after_refusal(imap: ImapPlan, smtp: SmtpPlan) -> ImapPlan:
    if imap.credentials is None or imap.credentials != smtp.credentials:
        return imap
    return replace(imap, credentials=None, withheld="SMTP has just refused the same user name and password")
