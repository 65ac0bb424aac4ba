# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What was said in a dialogue, for people who look for the reason of a failure; without its secrets.

A :class:`~.actions.Secret` is forgotten as it is noted: a trace can't tell what it never held. What the server said is
kept as it came; when it is shown, it goes through the redaction of results, which knows the forms of the secret.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .._models.names import Protocol, Stage
from .actions import (
    ConnectFailed,
    Interruption,
    LimitExceeded,
    Mark,
    PeerClosed,
    ResolveFailed,
    Secret,
    SecretInTheClear,
    Send,
    TimedOut,
    TlsFailed,
    Unparsable,
)
from .evidence import AddressAttempt, Fault, FaultKind, ProtocolEvidence, TlsFacts
from .redaction import MASK, own_words, shown

FIRST = 300
"""Entries that are kept from the start of a dialogue."""
LAST = 100
"""Entries that are kept from its end. What lies between is counted."""
_KEPT = 16 * 1024
"""Octets of one entry: more than is ever shown of it, so that a secret is not cut where it is looked for."""

SENT, RECEIVED, NOTE = ">", "<", "-"

_LITERAL = re.compile(rb"\{\d+(\+?)\}(?=\r\n\Z)")


@dataclass(frozen=True)
class Entry:
    """One thing that happened. ``at`` is the loop's clock; ``tls`` tells whether it travelled inside TLS."""

    at: float
    stage: Stage | None
    tls: bool
    sign: str
    said: bytes | str
    """Bytes where the server wrote them, text where they are ours."""


class Trace:
    """Notes one dialogue. It is told of every action and every answer, and of the end."""

    def __init__(self) -> None:
        self._first: list[Entry] = []
        self._last: deque[Entry] = deque(maxlen=LAST)
        self._left_out = 0
        self._began: float | None = None
        self._stage: Stage | None = None
        self._tls = False

    def asked(self, now: float, action: object) -> None:
        """Note what the flow asks for."""
        if isinstance(action, Mark):
            self._stage = action.stage
            if self._began is None:
                self._began = now
        elif isinstance(action, Send):
            self._note(now, SENT, _without_secrets(action, hide_sizes=self._stage is Stage.AUTH))

    def answered(self, now: float, answer: object, error: Interruption | None = None) -> None:
        """Note what the flow is told."""
        if error is not None:
            self._interrupted(now, error)
        elif isinstance(answer, TlsFacts):
            self._tls = True
            verified = "verified" if answer.verified else "not verified"
            self._note(now, NOTE, f"TLS agreed: {answer.version}, {answer.cipher}; certificate {verified}")
        elif isinstance(answer, tuple):
            self._reached(now, answer)
        else:
            raw = getattr(answer, "raw", None)
            if isinstance(raw, bytes):
                self._note(now, RECEIVED, raw[:_KEPT])

    def ended(self, now: float, unread: bytes) -> None:
        """Note the end of the dialogue, with bytes that came and were not read."""
        if unread:
            self._note(now, RECEIVED, unread[:_KEPT])
            self._note(now, NOTE, "the probe did not read this")

    def followed_by(self, other: Trace, what: str = "a second connection, without any credential") -> None:
        """Add the trace of a further connection; ``what`` says which."""
        entries = [*other._first, *other._last]
        if entries:
            self._add(Entry(entries[0].at, None, False, NOTE, what))
        for entry in entries:
            self._add(entry)
        self._left_out += other._left_out

    def looked_beside(self, seen: ProtocolEvidence, *, own: bool) -> None:
        """Add a look at another port; one that another mailbox of the run has made is only told of."""
        port = f"port {seen.port} with security {seen.security.value}"
        if own and seen.trace is not None:
            self.followed_by(seen.trace, f"a look at {port}, without any credential")
        elif not own:
            last = (self._last or self._first)[-1].at if self._first else 0.0
            self._add(Entry(last, None, False, NOTE, f"{port} was looked at for another mailbox of this run"))

    def lines(self, protocol: Protocol, secrets: Sequence[bytes] = ()) -> list[str]:
        """Return the dialogue, one line for each line that was said. ``secrets`` are the forms of all secrets."""
        found = [line for entry in self._first for line in self._told(entry, protocol, secrets)]
        if self._left_out:
            found.append(f"{protocol.value}  ... {self._left_out} more entries, which are not shown ...")
        return found + [line for entry in self._last for line in self._told(entry, protocol, secrets)]

    def _told(self, entry: Entry, protocol: Protocol, secrets: Sequence[bytes]) -> list[str]:
        text = shown(entry.said, secrets) if isinstance(entry.said, bytes) else entry.said
        after = (entry.at - (self._began or entry.at)) * 1000
        stage = entry.stage.value if entry.stage is not None else ""
        head = f"{protocol.value}  {after:9.1f} ms  tls: {str(entry.tls).lower():<5}  {stage:<11}  {entry.sign} "
        return [head + line for line in text.split("\n")]

    def _note(self, now: float, sign: str, said: bytes | str) -> None:
        self._add(Entry(now, self._stage, self._tls, sign, said))

    def _add(self, entry: Entry) -> None:
        if len(self._first) < FIRST:
            self._first.append(entry)
            return
        self._left_out += len(self._last) == LAST
        self._last.append(entry)

    def _reached(self, now: float, answer: tuple[Any, ...]) -> None:
        attempts = [one for one in answer if isinstance(one, AddressAttempt)]
        for attempt in attempts:
            took = "" if attempt.ms is None else f" after {attempt.ms:.1f} ms"
            why = f": {attempt.error}" if attempt.error else ""
            self._note(now, NOTE, f"{attempt.address} {attempt.result.value}{took}{why}")
        if answer and not attempts:
            self._note(now, NOTE, f"the addresses are {', '.join(map(str, answer))}")

    def _interrupted(self, now: float, error: Interruption) -> None:
        heard = b""
        if isinstance(error, (TimedOut, PeerClosed)):
            heard = error.leftover
        elif isinstance(error, (LimitExceeded, Unparsable)):
            heard = error.head
        elif isinstance(error, TlsFailed):
            heard = Fault(FaultKind.TLS, tls=error.fault).heard
        if heard:
            self._note(now, RECEIVED, heard[:_KEPT])
        if isinstance(error, ConnectFailed):
            self._reached(now, error.attempts)
        self._note(now, NOTE, _why(error))


def _why(error: Interruption) -> str:
    if isinstance(error, TlsFailed):
        return f"no TLS: {error.fault.verify_text or error.fault.reason}"
    if isinstance(error, ResolveFailed):
        return f"no address: {error.text}"
    if isinstance(error, LimitExceeded):
        return f"more than the allowed {error.allowed} {error.limit}"
    if isinstance(error, SecretInTheClear):
        return f"this was not sent: {error}"
    return str(error)


def _without_secrets(send: Send, *, hide_sizes: bool) -> str:
    """Return a write with a mask in the place of each secret; where it could be a secret's, its size is hidden too."""
    said = b""
    for part in send.parts:
        if isinstance(part, Secret):
            said += MASK.encode()
        else:
            said += _LITERAL.sub(rb"{*\1}", part) if hide_sizes else part
    return own_words(said)
