# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Cuts the bytes of an IMAP server into responses, within limits (RFC 3501 §2.2, §4.3; RFC 7888; RFC 3516).

A response is one line, or several joined by literals: ``* LIST () "/" {4}``, four octets, and the rest of the line.
Nothing is interpreted here but line ends and the announcement of a literal, and every limit is checked on the number
the server announces or as soon as a byte too many has arrived, never after it was stored.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

from .actions import LimitExceeded

LINE_LIMIT = 64 * 1024
LITERAL_LIMIT = 1024 * 1024
RESPONSE_LIMIT = 8 * 1024 * 1024
CONNECTION_LIMIT = 16 * 1024 * 1024

_HEAD = 512
_LITERAL = re.compile(rb"~?\{([0-9]+)\+?\}\Z")
# Free text may end in braces: only data responses can announce a literal.
_DATA = re.compile(rb"\* +(?!(?:OK|NO|BAD|BYE|PREAUTH)(?: |\Z))", re.IGNORECASE)


@dataclass(frozen=True)
class Frame:
    """One response. ``parts`` alternates line text (without line end and literal marker) and literal octets."""

    parts: tuple[bytes, ...]
    raw: bytes


class ImapFramer:
    """Implements :class:`~.actions.Framer` for IMAP. Line ends may be CRLF or a bare LF.

    Once a limit is passed the framer takes no more bytes: each further :meth:`feed` raises again. Frames that were
    whole before that can still be fetched.
    """

    def __init__(self) -> None:
        self._frames: deque[Frame] = deque()
        self._buffer = bytearray()
        self._parts: list[bytes] = []
        self._mark = 0
        self._scanned = 0
        self._literal: int | None = None
        self._received = 0
        self._broken: tuple[str, int, bytes] | None = None

    def feed(self, data: bytes) -> None:
        """Take bytes from the peer. Raises :class:`LimitExceeded` as soon as a limit is passed."""
        if self._broken is None:
            room = CONNECTION_LIMIT - self._received
            self._received += len(data)
            self._buffer += data[:room]
            self._cut()
            if len(data) > room:
                self._exceed("bytes of one connection", CONNECTION_LIMIT)
        if self._broken is not None:
            raise LimitExceeded(*self._broken)

    def next_frame(self) -> Frame | None:
        """Return the next whole response, or None when more bytes are needed."""
        return self._frames.popleft() if self._frames else None

    @property
    def pending(self) -> bytes:
        """All bytes that have arrived and were not handed out in a frame."""
        return b"".join(frame.raw for frame in self._frames) + bytes(self._buffer)

    def _exceed(self, limit: str, allowed: int) -> None:
        if self._broken is None:
            self._broken = (limit, allowed, bytes(self._buffer[:_HEAD]))

    def _cut(self) -> None:
        buffer = self._buffer
        while self._broken is None:
            if self._literal is not None:
                end = self._mark + self._literal
                if len(buffer) < end:
                    return
                self._parts.append(bytes(buffer[self._mark : end]))
                self._mark = self._scanned = end
                self._literal = None
            newline = buffer.find(b"\n", self._scanned)
            end = newline if newline >= 0 else len(buffer)
            if end - self._mark > LINE_LIMIT:
                self._exceed("octets of one line", LINE_LIMIT)
            elif end > RESPONSE_LIMIT:
                self._exceed("octets of one response", RESPONSE_LIMIT)
            elif newline < 0:
                self._scanned = end
                return
            else:
                self._end_line(newline)

    def _end_line(self, newline: int) -> None:
        buffer = self._buffer
        line = bytes(buffer[self._mark : newline])
        if line.endswith(b"\r"):
            line = line[:-1]
        self._mark = self._scanned = newline + 1
        if line.endswith(b"}") and self._announces(line):
            return
        raw = bytes(buffer[: self._mark])
        self._frames.append(Frame((*self._parts, line), raw))
        del buffer[: self._mark]
        self._parts.clear()
        self._mark = self._scanned = 0

    def _announces(self, line: bytes) -> bool:
        """Tell whether the line ends in the announcement of a literal, and prepare for its octets."""
        if not _DATA.match(self._parts[0] if self._parts else line):
            return False
        found = _LITERAL.search(line)
        if found is None:
            return False
        digits = found[1].lstrip(b"0")
        # Long numbers are judged by their length: int() refuses more than 4,300 digits with an error of its own.
        size = int(digits or b"0") if len(digits) <= 9 else LITERAL_LIMIT + 1
        if size > LITERAL_LIMIT:
            self._exceed("octets of one literal", LITERAL_LIMIT)
        elif self._mark + size > RESPONSE_LIMIT:
            self._exceed("octets of one response", RESPONSE_LIMIT)
        self._parts.append(line[: found.start()])
        self._literal = size
        return True
