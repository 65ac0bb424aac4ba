# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A model of when credentials may be sent, and a server of any behaviour that a dialogue is held against it with.

The model knows nothing of the engine's own guard: it counts the bytes that arrived and the bytes that were read, sees
every action of a flow, and says :class:`Violation` where one must not be.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from typing import Any, Union

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import AddressResult, Protocol, Security
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import (
    Connect,
    Expect,
    Interruption,
    Mark,
    PeerClosed,
    Resolve,
    Secret,
    Send,
    StartTls,
    TlsFailed,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import (
    AddressAttempt,
    ProtocolEvidence,
    TlsFacts,
    TlsFault,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.imap_flow import ImapDialogue
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import Plan, SmtpPlan
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.smtp_flow import SmtpDialogue
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.trace import Trace

WRITES = 400
"""More writes than any dialogue can need."""
_PREAUTH = re.compile(rb"\* +PREAUTH(?: |\r?\n)", re.IGNORECASE)


class Violation(AssertionError):
    """The flow did what the model forbids."""


class Model:
    """What the outside of a flow shows. Each method is told of one thing that happened, in order."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.tls = False
        self.arrived = 0
        self.read = 0
        self.frames = 0
        self.submissions = 0
        self.writes = 0
        self.unanswered_secret = False
        self.fresh = True
        self.preauth = False
        self.last_frame = b""
        self.offer = b""
        self.wire: list[tuple[bool, bytes]] = []
        credentials = plan.credentials
        self._password = credentials.password.octets if credentials is not None else b""

    def fed(self, data: bytes) -> None:
        """Bytes came from the server."""
        self.arrived += len(data)
        self.fresh = False

    def heard(self, frame: Any) -> None:
        """The flow was given a frame."""
        self.read += len(frame.raw)
        if self.read > self.arrived:
            raise Violation("a frame holds more bytes than came")
        if not self.frames:
            self.preauth = self.plan.target.protocol is Protocol.IMAP and _PREAUTH.match(frame.raw) is not None
        self.frames += 1
        self.last_frame = frame.raw
        self.unanswered_secret = False
        if self.plan.target.protocol is Protocol.SMTP and self.wire and self.wire[-1][1][:4] == b"EHLO":
            self.offer = frame.raw

    def interrupted(self) -> None:
        """The flow was told that no answer comes."""
        self.unanswered_secret = False

    def handshake(self) -> None:
        """The flow asks for TLS: once, and not with bytes of the plain connection at hand."""
        security = self.plan.target.security
        if self.tls or security is Security.NONE:
            raise Violation("a handshake that nobody asked for")
        if self.read != self.arrived:
            raise Violation("a handshake with unread bytes from before it")
        if security is Security.STARTTLS:
            command = self.wire[-1][1] if self.wire else b""
            if not command.endswith(b"STARTTLS\r\n"):
                raise Violation("a handshake without STARTTLS")
        elif self.frames:
            raise Violation("implicit TLS after something was read")

    def secured(self) -> None:
        """The handshake was successful."""
        self.tls = self.fresh = True
        self.offer = b""

    def wrote(self, send: Send) -> None:
        """The flow writes."""
        self.writes += 1
        if self.writes > WRITES:
            raise Violation("no end of writes")
        target = self.plan.target
        if not self.frames:
            raise Violation("written before the server greeted")
        if self.unanswered_secret:
            raise Violation("written before the login was answered")
        octets = b"".join(part.octets if isinstance(part, Secret) else part for part in send.parts)
        marked = sum(isinstance(part, Secret) for part in send.parts)
        unmarked = b"\0".join(part for part in send.parts if not isinstance(part, Secret))
        if self._password and any(form in unmarked for form in _forms(self.plan)):
            raise Violation("a secret that is not marked as one")
        if marked:
            self._submitted(marked)
        if target.security is Security.STARTTLS and not self.tls and not _allowed_before_tls(octets):
            raise Violation("more than asking for TLS was said in the clear")
        self._harmless(octets)
        self.wire.append((self.tls, octets))

    def _submitted(self, marked: int) -> None:
        target = self.plan.target
        self.submissions += 1
        self.unanswered_secret = True
        if marked > 1 or self.submissions > 1:
            raise Violation("a second submission of the credential")
        if not self.tls and not (target.security is Security.NONE and target.allow_plaintext_auth):
            raise Violation("a credential in the clear")
        if self.preauth:
            raise Violation("a credential for a session that is logged in already")
        if target.protocol is Protocol.SMTP and b"AUTH" not in self.offer.upper():
            raise Violation("a login that the server did not offer here")

    def _harmless(self, octets: bytes) -> None:
        upper = octets.upper()
        if self.plan.target.protocol is Protocol.IMAP:
            if re.search(rb"(?m)^M\d+ (SELECT|STORE|EXPUNGE|CLOSE|DELETE|RENAME|APPEND|COPY|MOVE|CREATE)\b", upper):
                raise Violation("a command that changes the mailbox")
        else:
            if b"MAIL FROM:<>" in upper:
                raise Violation("an empty sender")
            if isinstance(self.plan, SmtpPlan) and b"DATA\r\n" in upper and self.plan.depth.value != "message":
                raise Violation("a message that nobody asked for")

    def ended(self, evidence: ProtocolEvidence) -> None:
        """The flow is over."""
        if evidence.submitted != bool(self.submissions):
            raise Violation("the evidence is wrong about whether the credential was sent")
        if evidence.authenticated and not self.submissions:
            raise Violation("a login without a credential")


def _allowed_before_tls(octets: bytes) -> bool:
    text = re.sub(rb"^M\d+ ", b"", octets).upper()
    return text.startswith((b"EHLO ", b"HELO ", b"STARTTLS\r\n", b"QUIT\r\n", b"CAPABILITY\r\n", b"LOGOUT\r\n"))


def _forms(plan: Plan) -> tuple[bytes, ...]:
    credentials = plan.credentials
    if credentials is None:
        return ()
    password = credentials.password.octets
    return (
        password,
        base64.b64encode(password),
        base64.b64encode(b"\0%s\0%s" % (credentials.username.encode(), password)),
    )


Answer = Callable[[bytes], Union[bytes, Interruption]]
"""Given what was written since the last read, says what comes."""


class Server:
    """A server of any behaviour: what it says is a list of reads, or of what comes instead of one, or an answer.

    ``%t`` in a read stands for the tag of the newest IMAP command. After the last entry the connection is closed.
    """

    def __init__(self, plan: Plan, script: Sequence[bytes | Interruption] | Answer, *, tls_fails: bool = False) -> None:
        self.model = Model(plan)
        self.dialogue = SmtpDialogue(plan) if isinstance(plan, SmtpPlan) else ImapDialogue(plan)
        self._plan = plan
        self._answer = script if callable(script) else None
        self._script = [] if callable(script) else list(reversed(script))
        self._answered = 0
        self._tls_fails = tls_fails
        self._clock = 0.0
        self._trace = self.dialogue.evidence.trace = Trace()

    def converse(self) -> ProtocolEvidence:
        """Hold the dialogue to its end. Raises :class:`Violation`, or whatever the engine lets out."""
        flow = self.dialogue.run()
        answer: Any = None
        error: Interruption | None = None
        while True:
            self._trace.answered(self._clock, answer, error)
            try:
                action = flow.throw(error) if error is not None else flow.send(answer)
            except StopIteration:
                self._trace.ended(self._clock, self.dialogue.framer.pending)
                break
            self._trace.asked(self._clock, action)
            answer, error = None, None
            try:
                answer = self._carry_out(action)
            except Interruption as problem:
                self.model.interrupted()
                error = problem
        self.model.ended(self.dialogue.evidence)
        return self.dialogue.evidence

    def _carry_out(self, action: Any) -> Any:
        self._clock += 0.001
        if isinstance(action, Mark):
            return self._clock
        if isinstance(action, Expect):
            return self._expect()
        if isinstance(action, Send):
            self.model.wrote(action)
            return None
        if isinstance(action, StartTls):
            self.model.handshake()
            if self._tls_fails:
                raise TlsFailed(TlsFault("certificate verify failed", verify_code=18))
            self.model.secured()
            return TlsFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384", self._plan.target.tls.verify)
        if isinstance(action, Resolve):
            return ("192.0.2.1",)
        if isinstance(action, Connect):
            return tuple(AddressAttempt(address, AddressResult.CONNECTED, 1.0) for address in action.addresses)
        raise Violation(f"unknown action {action!r}")

    def _expect(self) -> Any:
        framer = self.dialogue.framer
        while True:
            frame = framer.next_frame()
            if frame is not None:
                self.model.heard(frame)
                return frame
            if self._answer is not None:
                entry = self._answer(b"".join(octets for _tls, octets in self.model.wire[self._answered :]))
                self._answered = len(self.model.wire)
            elif self._script:
                entry = self._script.pop()
            else:
                raise PeerClosed(reset=False, leftover=framer.pending)
            if isinstance(entry, TlsFailed) and not (self.model.tls and self.model.fresh):
                # The driver tells of TLS only until something was read inside it; later the connection just ends.
                entry = PeerClosed(reset=True, leftover=framer.pending)
            if isinstance(entry, Interruption):
                raise entry
            if b"%t" in entry:
                entry = entry.replace(b"%t", self._newest_tag())
            self.model.fed(entry)
            framer.feed(entry)

    def _newest_tag(self) -> bytes:
        tags = re.findall(rb"(?m)^M\d{4,}(?= )", self.model.wire[-1][1]) if self.model.wire else []
        return tags[-1] if tags else b"M0001"
