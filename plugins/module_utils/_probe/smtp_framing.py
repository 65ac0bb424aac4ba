# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Cuts what an SMTP server sends into replies (RFC 5321 §4.2.1), within limits.

Bytes are only looked at when a frame is asked for. So what follows a whole reply is never judged before the flow wants
it: bytes smuggled in behind the reply to STARTTLS are still there, untouched, when the flow looks for them.
"""

from __future__ import annotations

from .actions import LimitExceeded, Unparsable
from .smtp_parsing import Reply

LINE_LIMIT = 4 * 1024
"""Octets of a line with its line end; RFC 5321 §4.5.3.1.5 asks servers for 512."""
REPLY_LIMIT = 64 * 1024
REPLY_LINES = 200
TOTAL_LIMIT = 4 * 1024 * 1024
"""Octets of a whole connection."""

_HEAD = 512
_CLASSES = b"2345"
_SEPARATORS = b" -\t"
_TEXT = bytes(range(0x20, 0x7F)) + b"\t\r\n"


class SmtpFramer:
    """The framer of one SMTP connection (see :class:`.actions.Framer`)."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        # Where the first line begins that was not looked at; what stands before it is of the reply that is coming.
        self._at = 0
        self._total = 0
        self._texts: list[bytes] = []

    def feed(self, data: bytes) -> None:
        """Take bytes from the server. Raises :class:`LimitExceeded` for a line without end and for too much in all."""
        self._total += len(data)
        if self._total > TOTAL_LIMIT:
            raise LimitExceeded("bytes of a connection", TOTAL_LIMIT, self.pending[:_HEAD])
        self._buffer += data
        if len(self._buffer) - self._at >= LINE_LIMIT:
            self._line_end()

    def next_frame(self) -> Reply | None:
        """Return the next reply, or None when more bytes are needed.

        Raises :class:`LimitExceeded` for a reply no server sends and :class:`Unparsable` for what is none.
        """
        while True:
            end = self._line_end()
            if end < 0:
                self._judge_fragment()
                return None
            start, self._at = self._at, end + 1
            line = bytes(self._buffer[start:end])
            if line.endswith(b"\r"):
                line = line[:-1]
            if is_reply_line(line):
                text, last = line[4:], line[3:4] != b"-"
            elif self._texts:
                # Inside a reply a line without a code is bad manners, not another protocol.
                text, last = line, False
            else:
                # Outside of a reply the line is the first of the buffer.
                self._at = 0
                raise Unparsable("the server's bytes are no SMTP reply", bytes(self._buffer[:_HEAD]))
            self._texts.append(text)
            if len(self._texts) > REPLY_LINES:
                raise LimitExceeded("lines of a reply", REPLY_LINES, self.pending[:_HEAD])
            if self._at > REPLY_LIMIT:
                raise LimitExceeded("bytes of a reply", REPLY_LIMIT, self.pending[:_HEAD])
            if last:
                return self._hand_out(int(line[:3]))

    @property
    def pending(self) -> bytes:
        """Bytes that have arrived and belong to no reply yet handed out."""
        return bytes(self._buffer)

    def _hand_out(self, code: int) -> Reply:
        reply = Reply(code, tuple(self._texts), bytes(self._buffer[: self._at]))
        del self._buffer[: self._at]
        self._at = 0
        self._texts = []
        return reply

    def _line_end(self) -> int:
        end = self._buffer.find(b"\n", self._at, self._at + LINE_LIMIT)
        if end < 0 and len(self._buffer) - self._at >= LINE_LIMIT:
            self._judge_fragment()
            raise LimitExceeded("bytes of a line", LINE_LIMIT, bytes(self._buffer[self._at : self._at + _HEAD]))
        return end

    def _judge_fragment(self) -> None:
        """Raise when an unfinished first line can't become a reply any more.

        A peer that speaks text gets the time to finish its line, because the whole line names it better. Binary (a TLS
        alert, say) never ends in a line end.
        """
        if self._texts or not self._buffer:
            return
        fragment = bytes(self._buffer[:_HEAD])
        if len(fragment) >= 4 and is_reply_line(fragment):
            return
        if len(fragment) == _HEAD or (len(fragment) >= 4 and fragment.translate(None, _TEXT)):
            raise Unparsable("the server's bytes are no SMTP reply", fragment)


def is_reply_line(line: bytes) -> bool:
    """Tell whether a line, without its end, has the form of a reply line: a code alone, or code, separator, text."""
    return line[:3].isdigit() and len(line) >= 3 and line[0] in _CLASSES and (len(line) == 3 or line[3] in _SEPARATORS)
