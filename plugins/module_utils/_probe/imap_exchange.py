# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Commands and their replies: tags, literals, untagged data, and several commands in one write (RFC 3501 §5.5).

Theory of operation: a :class:`Command` is written on its own or together with others. Replies are awaited in order; a
tagged reply is given to the command that owns the tag, untagged data is kept in ``heard`` for the readers of
``imap_data``. A server that loses or rejects what came behind the first command of a write is asked again, one command
at a time, on the same connection and never with a credential.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from .actions import Action, Interruption, LimitExceeded, Part, PeerClosed, Send, TimedOut
from .dialogue import Dialogue, Stop
from .evidence import Fault, FaultKind
from .imap_framing import ImapFramer
from .imap_parsing import Kind, Response, parse, text_of
from .plan import Target

UNTAGGED_LIMIT = 100_000
SILENCE = 8.0
"""Seconds after which commands that shared a write with an answered one are taken for lost."""
LAST_WORDS = 2.0
"""Seconds to wait for what follows a BYE, and for the reply to LOGOUT."""

_ALERTS = 20
_ALERT_TEXT = 1024

Segments = tuple[tuple[Part, ...], ...]
"""A command without its tag, cut where the server's go-ahead for a literal has to be waited for."""


@dataclass(eq=False)
class Command:
    """One command. ``fallback`` is the plainer form to try once when the server rejects it as BAD."""

    segments: Segments
    fallback: Segments | None = None
    essential: bool = False
    """Whether a BAD is worth a second question where the command stood behind another one."""
    followed: bool = False
    """Whether it stood behind another command in one write."""
    sent: bool = False
    final: Response | None = None


def simple(text: bytes, fallback: bytes | None = None, *, essential: bool = False) -> Command:
    """Return a command of one line without a secret."""
    plainer = None if fallback is None else ((fallback + b"\r\n",),)
    return Command(((text + b"\r\n",),), plainer, essential)


@dataclass
class Reply:
    """A final reply with the untagged responses heard while it was waited for."""

    final: Response
    untagged: list[Response] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the server did what was asked."""
        return self.final.kind is Kind.TAGGED and self.final.name == "OK"

    @property
    def raw(self) -> bytes:
        """The refusal as received: untagged NO, BAD and BYE lines, then the final one."""
        return joined([*self.untagged, self.final], self.final)


def joined(responses: Sequence[Response], last: Response) -> bytes:
    """Return the lines of a refusal, as received."""
    lines = [r.raw for r in responses if r is last or r.name in ("NO", "BAD", "BYE")]
    return b"\r\n".join(lines)


class ImapExchange(Dialogue):
    """Knows how to ask and to listen; what is asked is the business of the subclasses."""

    def __init__(self, target: Target) -> None:
        super().__init__(target, ImapFramer())
        self.heard: list[Response] = []
        self._count = 0
        self._owners: dict[bytes, Command] = {}
        self._untagged = 0

    def listen(self, within: float | None = None) -> Generator[Action, Any, Response]:
        """Read one response. ALERTs are kept if TLS protects them; untagged data goes to ``heard``."""
        frame = yield from self.expect(within)
        response = parse(frame)
        if response.kind is Kind.TAGGED:
            self._untagged = 0
        else:
            self._untagged += 1
            if self._untagged > UNTAGGED_LIMIT:
                raise LimitExceeded("untagged responses to one command", UNTAGGED_LIMIT, response.raw[:512])
        self.heard.append(response)
        if self.tls and response.code_name == "ALERT" and len(self.evidence.alerts) < _ALERTS:
            text = text_of(response.text[:_ALERT_TEXT])
            if text not in self.evidence.alerts:
                self.evidence.alerts += (text,)
        return response

    def write(self, *commands: Command) -> Generator[Action, Any, None]:
        """Send commands in one write. Only the last may have a literal that the server has to ask for."""
        parts: list[Part] = []
        for index, command in enumerate(commands):
            command.followed = index > 0
            command.sent = True
            parts += (self._tag(command), *command.segments[0])
        yield Send(tuple(parts))

    def _tag(self, command: Command) -> bytes:
        self._count += 1
        tag = b"M%04d" % self._count
        self._owners[tag] = command
        return tag + b" "

    def ask(self, command: Command) -> Generator[Action, Any, Reply]:
        """Send one command, its literals as the server asks for them, and return the reply."""
        heard = len(self.heard)
        yield from self.write(command)
        for segment in command.segments[1:]:
            response = yield from self.go_ahead(command, heard)
            if response is not None:
                return Reply(response, self._since(heard, response))
            yield Send(segment)
        return (yield from self.reply_to(command, heard))

    def go_ahead(self, command: Command, heard: int) -> Generator[Action, Any, Response | None]:
        """Wait for ``+``. Returns None for it, or the final reply that came instead."""
        while command.final is None:
            response = yield from self._next(heard)
            if response.kind is Kind.CONTINUATION:
                return None
        return command.final

    def reply_to(self, command: Command, heard: int, within: float | None = None) -> Generator[Action, Any, Reply]:
        """Wait for the final reply to a command. A go-ahead that nobody asked for is taken as the (wrong) reply."""
        while command.final is None:
            response = yield from self._next(heard, within)
            if response.kind is Kind.CONTINUATION:
                command.final = response
        return Reply(command.final, self._since(heard, command.final))

    def _since(self, heard: int, final: Response) -> list[Response]:
        return [
            response for response in self.heard[heard:] if response is not final and response.kind is not Kind.TAGGED
        ]

    def _next(self, heard: int, within: float | None = None) -> Generator[Action, Any, Response]:
        response = yield from self.listen(within)
        if response.kind is Kind.TAGGED:
            owner = self._owners.pop(response.tag, None)
            if owner is not None and owner.final is None:
                owner.final = response
        elif response.kind is Kind.UNTAGGED and response.name == "BYE":
            yield from self._farewell(heard)
        return response

    def _farewell(self, heard: int) -> Generator[Action, Any, None]:
        """The server ends the session: gather what it still says, and stop."""
        last = self.heard[-1]
        try:
            while last.kind is not Kind.TAGGED:
                last = yield from self.listen(LAST_WORDS)
        except Interruption:
            last = self.heard[-1]
        raise Stop(Fault(FaultKind.REPLY, reply=joined(self.heard[heard:], last)))

    def answer(self, command: Command) -> Generator[Action, Any, Reply]:
        """Return the reply to a command that may have been written with others; ask (again) where it was not heard."""
        if not command.sent:
            reply = yield from self.ask(command)
        else:
            reply = yield from self._answer_of_many(command)
        again = command.fallback or (command.segments if command.followed and command.essential else None)
        if reply.final.name != "BAD" or again is None:
            return reply
        try:
            return (yield from self.ask(Command(again)))
        except (PeerClosed, Stop):
            # It lives no longer (LOGOUT may have been in the same write): the first refusal is the answer.
            return reply

    def _answer_of_many(self, command: Command) -> Generator[Action, Any, Reply]:
        heard = len(self.heard)
        within = SILENCE if command.followed else None
        try:
            return (yield from self.reply_to(command, heard, within))
        except TimedOut as late:
            if not command.followed or late.whole:
                raise
        except PeerClosed as closed:
            detail = {"reset": closed.reset, "pipelined": command.followed}
            raise Stop(Fault(FaultKind.CLOSED, reply=closed.leftover[:512], detail=detail)) from closed
        for lost in set(self._owners.values()):
            lost.sent = lost.followed = False
        return (yield from self.ask(command))
