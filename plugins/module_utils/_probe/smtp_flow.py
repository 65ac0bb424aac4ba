# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""One SMTP submission probe (RFC 6409), from the greeting to QUIT. What happens to envelopes is in `smtp_envelope`."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from .._models.names import Depth, Security, Stage
from . import addresses, sasl
from .actions import Action, Expect, Flow, Interruption, Part, Send
from .dialogue import Stop
from .evidence import Fault, FaultKind, StageEvidence
from .plan import SmtpPlan
from .redaction import shown
from .smtp_envelope import CLOSING, PARTING, Envelopes, refusal
from .smtp_parsing import Reply, ehlo_keywords, keyword_lines

_NO_EHLO = (500, 502, 504)
_NO_MECHANISM = (500, 502, 504)
"""Codes that speak of the AUTH command and not of who logs in (RFC 4954 §4, RFC 5321 §4.2.4)."""


class SmtpDialogue(Envelopes):
    """Speaks SMTP as the plan says. Raises ValueError at once for an EHLO name, address or password no wire carries."""

    def __init__(self, plan: SmtpPlan) -> None:
        super().__init__(plan)
        if not plan.ehlo.isascii() or not plan.ehlo.isprintable() or " " in plan.ehlo:
            raise ValueError("the EHLO name has a character that can't be sent")
        if plan.credentials is not None and "PLAIN" in plan.mechanisms:
            sasl.plain_message(plan.credentials)

    def converse(self) -> Flow:
        """Speak until the plan's depth is reached or something keeps the probe from it; take leave where one can."""
        try:
            yield from self._greeting()
            yield from self._hello()
            if self.target.security is Security.STARTTLS:
                yield from self._start_tls()
            yield from self._authenticate()
            yield from self._use()
        except Stop as stop:
            self.fail(stop.fault)
            if stop.fault.kind in (FaultKind.REPLY, FaultKind.MISSING, FaultKind.WITHHELD) and not _closing(stop.fault):
                yield from self.quit()

    def _greeting(self) -> Flow:
        yield from self.stage(Stage.GREETING)
        greeting: Reply = yield Expect()
        self.evidence.greeting = greeting.shown
        if greeting.code != 220:
            raise Stop(refusal(greeting))
        self.evidence.identity["greeting"] = shown(b"\n".join(greeting.lines))

    def _hello(self) -> Flow:
        yield from self.stage(Stage.CAPABILITY)
        yield from self._ehlo(self.current)

    def _ehlo(self, capability: StageEvidence) -> Flow:
        """Ask what the server offers; what it offered before is forgotten."""
        self.keywords = {}
        self.evidence.capabilities = ()
        # A plan without a name leaves it to the connection, whose own end is known only now.
        name = (self.plan.ehlo or addresses.ehlo_name(None, None, self.local_address)).encode("ascii")
        reply = yield from self.command(b"EHLO " + name + b"\r\n")
        if reply.code in _NO_EHLO:
            # A server without EHLO has no STARTTLS and no AUTH either. HELO is for saying so, and for plain relays.
            helo = yield from self.command(b"HELO " + name + b"\r\n")
            capability.facts["helo"] = helo.code
            if helo.code != 250:
                raise Stop(refusal(reply, command="EHLO"))
        elif reply.code != 250:
            raise Stop(refusal(reply, command="EHLO"))
        else:
            self.keywords = ehlo_keywords(reply)
        self.evidence.capabilities = keyword_lines(self.keywords)
        capability.facts["keywords"] = {keyword: list(values) for keyword, values in self.keywords.items()}

    def _start_tls(self) -> Flow:
        capability = self.current
        yield from self.stage(Stage.STARTTLS)
        self.evidence.offered_before_tls = self.evidence.capabilities
        if "STARTTLS" not in self.keywords:
            raise Stop(_missing("starttls", self.evidence.capabilities))
        if self.framer.pending:
            raise Stop(Fault(FaultKind.INJECTED, reply=self.framer.pending[:512]))
        reply = yield from self.command(b"STARTTLS\r\n")
        if reply.code != 220:
            raise Stop(refusal(reply, command="STARTTLS"))
        self.keywords = {}
        self.evidence.capabilities = ()
        capability.facts.clear()
        yield from self.shake_hands()
        yield from self._ehlo(capability)

    def _authenticate(self) -> Flow:
        plan = self.plan
        if not plan.mechanisms:
            self.skip(Stage.AUTH, "the declaration says that this server takes mail without a login")
            return
        yield from self.stage(Stage.AUTH)
        self.may_send_credentials()
        if "AUTH" not in self.keywords:
            raise Stop(_missing("auth", self.evidence.capabilities))
        offered = self.keywords["AUTH"]
        self.current.facts["offered"] = list(offered)
        mechanisms = sasl.choose(plan.mechanisms, offered)
        if not mechanisms:
            raise Stop(_missing("mechanism", offered))
        if plan.credentials is None:
            raise Stop(Fault(FaultKind.WITHHELD, detail={"why": plan.withheld or "no credentials were given"}))
        refused: list[Fault] = []
        for mechanism in mechanisms:
            fault = yield from self._log_in(mechanism, sasl.smtp_steps(mechanism, plan.credentials))
            if fault is None:
                return
            refused.append(fault)
        raise Stop(refused[-1])

    def _log_in(self, mechanism: str, steps: tuple[tuple[Part, ...], ...]) -> Generator[Action, Any, Fault | None]:
        """Log in by one mechanism. Return why the mechanism, and not the login, was refused; None after success.

        Whatever is refused once the secret was on the wire ends the probe: one submission of a credential is all.
        """
        self.evidence.mechanism = mechanism
        self.current.facts["mechanism"] = mechanism
        reply = yield from self._step(steps[0])
        for parts in steps[1:]:
            if reply.code != 334:
                break
            reply = yield from self._step(parts)
        submitted = self.evidence.submitted
        if reply.code == 235 and submitted:
            self.evidence.authenticated = True
            return None
        detail: dict[str, Any] = {"command": "AUTH", "mechanism": mechanism, "submitted": submitted}
        if reply.code == 334:
            # One more challenge than the mechanism has: cancelled, because nothing is left to say (RFC 4954 §4).
            detail["unexpected"] = "challenge"
            detail["after_cancel"] = (yield from self.command(b"*\r\n")).code
        elif reply.code == 235:
            detail["unexpected"] = "success before the password was sent"
        fault = refusal(reply, **detail)
        if submitted or reply.code not in _NO_MECHANISM:
            raise Stop(fault)
        return fault

    def _step(self, parts: tuple[Part, ...]) -> Generator[Action, Any, Reply]:
        if sasl.carries_secret(parts):
            self.evidence.submitted = True
        return (yield from self.command(*parts))

    def _use(self) -> Flow:
        """Prove that the login is worth something: by envelopes, or by one harmless command."""
        if self.plan.depth is not Depth.AUTH:
            yield from self.envelopes()
            return
        # RSET and not NOOP, because NOOP may only end a group (RFC 2920 §3.1).
        if self.pipelining:
            yield Send((b"RSET\r\nQUIT\r\n",))
            yield from self._harmless()
            try:
                yield Expect(PARTING)
            except Interruption:
                return
        else:
            yield Send((b"RSET\r\n",))
            yield from self._harmless()
            yield from self.quit()

    def _harmless(self) -> Flow:
        reply = yield from self.reply()
        if not reply.positive:
            raise Stop(refusal(reply, command="RSET"))


def _missing(what: str, offered: tuple[str, ...]) -> Fault:
    return Fault(FaultKind.MISSING, detail={"what": what, "offered": list(offered)})


def _closing(fault: Fault) -> bool:
    return fault.detail.get("code") == CLOSING
