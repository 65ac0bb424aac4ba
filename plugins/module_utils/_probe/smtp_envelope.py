# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Commands of SMTP and the envelopes of a probe: who may send, to whom, and, only when asked for, one message.

Theory of operation: all commands of the envelopes are one list of :class:`_Ask`. It goes out in one write where the
server offers PIPELINING (RFC 2920), else one by one. Replies are matched by order. A server that loses what came in one
write is asked again one by one, on the same connection, from the first command without a reply on; so a reply that was
only late still meets the command it belongs to.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from .._models.names import Depth, Pipelining, Stage
from . import addresses
from .actions import Action, Expect, Flow, Interruption, Mark, Part, PeerClosed, Send, TimedOut
from .dialogue import Dialogue, Stop, fault_of
from .evidence import Fault, FaultKind, StageEvidence
from .plan import SmtpPlan
from .smtp_framing import SmtpFramer
from .smtp_parsing import Reply, enhanced_code

PARTING = 2.0
"""Seconds to wait for the reply to a command whose reply decides nothing."""
PATIENCE = 10.0
"""Seconds to wait for each reply to a group of commands before the server counts as one that loses groups."""

CLOSING = 421
"""The one code that may answer any command: the server ends the connection (RFC 5321 §3.8)."""
_BAD_SEQUENCE = 503


class _Verb(Enum):
    MAIL = "MAIL"
    RCPT = "RCPT"
    RSET = "RSET"
    QUIT = "QUIT"


@dataclass
class _Envelope:
    """One sender's envelope: its commands, and what the server made of them."""

    sender: str
    mail: bytes
    rcpt: bytes
    sender_taken: bool = False
    recipient_taken: bool = False


@dataclass(frozen=True)
class _Ask:
    verb: _Verb
    envelope: _Envelope | None = None

    @property
    def line(self) -> bytes:
        if self.envelope is not None and self.verb is _Verb.MAIL:
            return self.envelope.mail
        if self.envelope is not None and self.verb is _Verb.RCPT:
            return self.envelope.rcpt
        return self.verb.value.encode() + b"\r\n"

    @property
    def pointless(self) -> bool:
        """Whether the sender this command depends on was not taken."""
        return self.envelope is not None and self.verb is not _Verb.MAIL and not self.envelope.sender_taken


class Envelopes(Dialogue):
    """The part of an SMTP dialogue after login. ``keywords`` is what the server offers now."""

    def __init__(self, plan: SmtpPlan) -> None:
        super().__init__(plan.target, SmtpFramer())
        self.plan = plan
        self.keywords: Mapping[str, tuple[str, ...]] = {}
        self._asked: StageEvidence | None = None
        self._foreign = False
        self._senders = plan.senders or (plan.own_address,)
        if plan.depth is not Depth.AUTH:
            own = {addresses.domain_of(address) for address in (*self._senders, plan.own_address)}
            self._foreign = addresses.domain_of(plan.recipient) not in own
            for address in (*self._senders, plan.recipient):
                addresses.path(address)

    @property
    def pipelining(self) -> bool:
        """Whether commands may share a write now."""
        return self.plan.pipelining is Pipelining.AUTO and "PIPELINING" in self.keywords

    def fail(self, fault: Fault) -> None:
        """Put the fault to the stage whose command was being answered; the first one stays."""
        if self._asked is None:
            super().fail(fault)
        elif self._asked.fault is None:
            self._asked.fault = fault

    def command(self, *parts: Part) -> Generator[Action, Any, Reply]:
        """Write one command and read its reply."""
        yield Send(parts)
        return (yield from self.reply())

    def reply(self, within: float | None = None, **detail: Any) -> Generator[Action, Any, Reply]:
        """Read one reply. A 421 says that the server closes, whatever it was asked: it ends the probe.

        ``detail`` is for the evidence of that.
        """
        reply: Reply = yield Expect(within)
        if reply.code == CLOSING:
            raise Stop(refusal(reply, **detail))
        return reply

    def quit(self) -> Flow:
        """Say QUIT. Its reply, or none, changes nothing."""
        try:
            yield Send((b"QUIT\r\n",))
            yield Expect(PARTING)
        except Interruption:
            return

    def envelopes(self) -> Flow:
        """Ask for every sender whether the server takes mail from it; send nothing but what the depth asks for."""
        yield from self.stage(Stage.SENDER)
        envelopes = self._prepared()
        letter = None
        if self.plan.depth is Depth.MESSAGE and envelopes[0].sender == self._senders[0]:
            letter = envelopes[0]
            envelopes = [*envelopes[1:], letter]
        group = self._group(envelopes, letter)
        if self.pipelining:
            rest = yield from self._at_once(group, [_Ask(_Verb.RSET), *group])
            yield from self._one_by_one(rest, all_of_it=True)
        else:
            yield from self._one_by_one(group)
        self._asked = None
        self._settle_order()
        if self.plan.depth is not Depth.SENDER and self.evidence.stage(Stage.RECIPIENT) is None:
            self.skip(Stage.RECIPIENT, "the server took no sender address")
        if self.plan.depth is Depth.MESSAGE:
            if letter is not None and letter.recipient_taken:
                yield from self._send_message()
            else:
                self.skip(Stage.MESSAGE, "the server did not take sender and recipient")
            yield from self.quit()

    def _prepared(self) -> list[_Envelope]:
        """Return the envelopes that can be asked for; an address this server has no form for fails at once."""
        ready = []
        recipient = self.plan.recipient
        self.current.facts["addresses"] = []
        for sender in self._senders:
            utf8 = addresses.needs_smtputf8(sender) or (
                self.plan.depth is not Depth.SENDER and addresses.needs_smtputf8(recipient)
            )
            if utf8 and "SMTPUTF8" not in self.keywords:
                offered = list(self.evidence.capabilities)
                self.fail(Fault(FaultKind.MISSING, detail={"what": "smtputf8", "offered": offered, "address": sender}))
                self.current.facts["addresses"].append(_fact(sender, sender, None))
                continue
            mail = b"MAIL FROM:" + addresses.path(sender) + (b" SMTPUTF8\r\n" if utf8 else b"\r\n")
            ready.append(_Envelope(sender, mail, b"RCPT TO:" + addresses.path(recipient) + b"\r\n"))
        if not ready and self.current.fault is not None:
            raise Stop(self.current.fault)
        return ready

    def _group(self, envelopes: list[_Envelope], letter: _Envelope | None) -> list[_Ask]:
        """Return all commands in order. The letter's envelope stays open for DATA, which its replies decide on."""
        group = []
        for envelope in envelopes:
            group.append(_Ask(_Verb.MAIL, envelope))
            if self.plan.depth is not Depth.SENDER:
                group.append(_Ask(_Verb.RCPT, envelope))
            if envelope is not letter:
                group.append(_Ask(_Verb.RSET, envelope))
        if self.plan.depth is not Depth.MESSAGE:
            group.append(_Ask(_Verb.QUIT))
        return group

    def _at_once(self, group: list[_Ask], again: list[_Ask]) -> Generator[Action, Any, list[_Ask]]:
        """Write all commands, read all replies. Return what is to be asked one by one: nothing, where all went well."""
        yield Send((b"".join(ask.line for ask in group),))
        out_of_step: list[tuple[_Ask, Reply]] = []
        parted = False
        for index, ask in enumerate(group):
            decided = index >= len(group) - 2 and ask.verb in (_Verb.RSET, _Verb.QUIT)
            yield from self._enter(ask)
            try:
                reply: Reply = yield Expect(PARTING if decided else PATIENCE)
            except Interruption as problem:
                if decided:
                    parted = not isinstance(problem, TimedOut)
                    break
                if isinstance(problem, TimedOut) and not problem.whole:
                    # The stage begins anew for the runner's clock, or nothing would be left of its share of the time.
                    yield Mark(self.current.stage)
                    return group[index:]
                if isinstance(problem, PeerClosed):
                    raise Stop(_with(fault_of(problem), pipelined=True)) from None
                raise
            if ask.verb is _Verb.QUIT:
                parted = reply.positive or reply.code == CLOSING
            elif reply.code == CLOSING:
                raise Stop(refusal(reply, **self._about(ask)))
            elif _out_of_step(ask, reply):
                out_of_step.append((ask, reply))
            else:
                self._take(ask, reply)
        if out_of_step and not parted:
            self._forget(group)
            return again
        for ask, reply in out_of_step:
            self._take(ask, reply, pipelined=True)
        return []

    def _one_by_one(self, group: list[_Ask], *, all_of_it: bool = False) -> Flow:
        """Write each command when the one before it was answered.

        What a refused sender makes pointless is left out, except where late replies to the whole group may still come.
        """
        for index, ask in enumerate(group):
            if ask.verb is _Verb.QUIT:
                yield from self.quit()
                return
            if ask.pointless and not all_of_it:
                continue
            yield from self._enter(ask)
            yield Send((ask.line,))
            decided = ask.verb is _Verb.RSET and index == len(group) - 2
            try:
                reply = yield from self.reply(PARTING if decided else None, **self._about(ask))
            except Interruption:
                if decided:
                    return
                raise
            self._take(ask, reply)

    def _enter(self, ask: _Ask) -> Flow:
        """Begin the stage of a command where it has not begun; what happens next is that stage's."""
        if ask.verb is _Verb.RCPT and not ask.pointless:
            if self.evidence.stage(Stage.RECIPIENT) is None:
                yield from self.stage(Stage.RECIPIENT)
                self.current.facts["addresses"] = []
            self._asked = self.evidence.stage(Stage.RECIPIENT)
        elif ask.verb in (_Verb.RSET, _Verb.QUIT):
            self._asked = None
        else:
            self._asked = self.evidence.stage(Stage.SENDER)

    def _about(self, ask: _Ask) -> dict[str, Any]:
        """Return the command, and the address that the stage it belongs to is about."""
        if ask.envelope is None:
            return {"command": ask.verb.value}
        of_recipient = (self._asked or self.current).stage is Stage.RECIPIENT
        address = self.plan.recipient if of_recipient else ask.envelope.sender
        return {"command": ask.verb.value, "address": address, "sender": ask.envelope.sender}

    def _take(self, ask: _Ask, reply: Reply, **detail: Any) -> None:
        """Note what the server said to MAIL or RCPT."""
        envelope = ask.envelope
        if envelope is None or ask.verb is _Verb.RSET or ask.pointless:
            return
        address = envelope.sender if ask.verb is _Verb.MAIL else self.plan.recipient
        stage = self.evidence.stage(Stage.SENDER if ask.verb is _Verb.MAIL else Stage.RECIPIENT)
        if stage is not None:
            stage.facts["addresses"].append(_fact(address, envelope.sender, reply))
        self._asked = stage
        if not reply.positive:
            self.fail(refusal(reply, **self._about(ask), **detail))
        elif ask.verb is _Verb.MAIL:
            envelope.sender_taken = True
        else:
            envelope.recipient_taken = True
            self.evidence.relay_proven = self._foreign

    def _forget(self, group: list[_Ask]) -> None:
        """Drop what was noted of envelopes that are all asked for again."""
        for envelope in (ask.envelope for ask in group if ask.envelope is not None):
            envelope.sender_taken = envelope.recipient_taken = False
        self.evidence.relay_proven = False
        for facts in self._address_facts():
            facts[:] = [fact for fact in facts if fact["code"] is None]

    def _settle_order(self) -> None:
        """Bring the facts of each stage into the order of the declaration."""
        for facts in self._address_facts():
            facts.sort(key=lambda fact: self._senders.index(fact["sender"]))

    def _address_facts(self) -> list[list[dict[str, Any]]]:
        stages = (self.evidence.stage(Stage.SENDER), self.evidence.stage(Stage.RECIPIENT))
        return [stage.facts["addresses"] for stage in stages if stage is not None and "addresses" in stage.facts]

    def _send_message(self) -> Flow:
        """Send the message once. Where its last reply is lost nobody knows what became of it (RFC 5321 §4.2.5)."""
        yield from self.stage(Stage.MESSAGE)
        sender = self._senders[0]
        reply = yield from self.command(b"DATA\r\n")
        if reply.code != 354:
            raise Stop(refusal(reply, command="DATA", sender=sender))
        try:
            reply = yield from self.command(dot_stuffed(self.plan.message))
        except Interruption as problem:
            raise Stop(_with(fault_of(problem), after_final_dot=True)) from None
        self.current.facts["reply"] = reply.shown
        if not reply.positive:
            raise Stop(refusal(reply, command="message", sender=sender))


def refusal(reply: Reply, **detail: Any) -> Fault:
    """Return a reply that refuses as evidence. ``detail`` gets its code and, where there is one, the enhanced code."""
    return Fault(FaultKind.REPLY, reply.shown, {"code": reply.code, "enhanced": enhanced_code(reply), **detail})


def dot_stuffed(message: bytes) -> bytes:
    """Return a message with CRLF line ends in the form DATA wants, final dot included (RFC 5321 §4.5.2)."""
    whole = message if message.endswith(b"\r\n") or not message else message + b"\r\n"
    stuffed = whole.replace(b"\r\n.", b"\r\n..")
    return (b"." if stuffed.startswith(b".") else b"") + stuffed + b".\r\n"


def _fact(address: str, sender: str, reply: Reply | None) -> dict[str, Any]:
    code, raw = (None, b"") if reply is None else (reply.code, reply.shown)
    return {"address": address, "sender": sender, "code": code, "reply": raw}


def _with(fault: Fault, **detail: Any) -> Fault:
    return replace(fault, detail={**fault.detail, **detail})


def _out_of_step(ask: _Ask, reply: Reply) -> bool:
    """Tell whether a reply can mean that the server does not follow commands that come in one write."""
    return reply.code == _BAD_SEQUENCE and ask.verb in (_Verb.MAIL, _Verb.RCPT) and not ask.pointless
