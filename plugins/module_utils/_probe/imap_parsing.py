# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Reads IMAP responses: tolerant, raw bytes kept (RFC 3501 §7 and §9, RFC 9051 §7, RFC 5530).

What cannot be read becomes a response of kind ``UNKNOWN`` with its raw bytes; only nesting beyond all sense raises.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from enum import Enum
from typing import Union

from .actions import LimitExceeded
from .charset import decode
from .imap_framing import Frame

DEPTH_LIMIT = 50

_KEPT = 1024
"""Responses that are kept when they have been read."""
_KEPT_LENGTH = 512
"""Octets of the longest response that is kept."""

_STATUS = frozenset((b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH"))
_FINAL = frozenset((b"OK", b"NO", b"BAD"))
_NAME = re.compile(rb"[A-Z][A-Z0-9.\-]*\Z")
# An opening quote that is never closed takes the rest of the text with it.
_TOKEN = re.compile(rb'(\()|(\))|"([^"\\]*(?:\\.[^"\\]*)*)"|([^\s()"]+|".*)', re.DOTALL)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)


class Atom(bytes):
    """A word that stood without quotes: a flag, a number, a name."""

    __slots__ = ()


Value = Union[None, bytes, "tuple[Value, ...]"]
"""NIL is None, a word an :class:`Atom`, a quoted string or literal plain bytes, a parenthesised list a tuple."""


class Kind(Enum):
    """What a response is, by its first word."""

    TAGGED = "tagged"
    UNTAGGED = "untagged"
    CONTINUATION = "continuation"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Code:
    """A response code: the part of a status response in brackets. ``text`` is its argument as it stood."""

    name: str
    text: bytes
    args: tuple[Value, ...]


@dataclass(frozen=True)
class Response:
    """One response. ``name`` is upper case: OK, NO, BAD, BYE, PREAUTH, or the name of the data.

    ``number`` stands before the name in message data (``* 18 EXISTS``). ``text`` is the human text of a status response
    or the challenge of a continuation; ``data`` are the values of a data response. ``raw`` has no line end.
    """

    kind: Kind
    raw: bytes
    tag: bytes = b""
    name: str = ""
    number: int | None = None
    code: Code | None = None
    text: bytes = b""
    data: tuple[Value, ...] = ()

    @property
    def code_name(self) -> str:
        """The response code's name, or "" when there is none."""
        return self.code.name if self.code is not None else ""


def parse(frame: Frame) -> Response:
    """Read one frame. Raises :class:`LimitExceeded` for lists nested deeper than :data:`DEPTH_LIMIT`."""
    if len(frame.parts) == 1 and len(frame.parts[0]) <= _KEPT_LENGTH:
        return _parse_line(frame.parts[0])
    return _parse(frame.parts, frame.raw)


@functools.lru_cache(maxsize=_KEPT)
def _parse_line(line: bytes) -> Response:
    """Read a line. A server says nearly the same to each of its mailboxes, so most lines were read before."""
    return _parse((line,), line)


def _parse(parts: tuple[bytes, ...], raw: bytes) -> Response:
    raw = raw.rstrip(b"\r\n")
    line = parts[0]
    if line[:1] == b"+" and line[1:2] in (b"", b" "):
        return Response(Kind.CONTINUATION, raw, text=line[1:].strip(b" "))
    tag, _unused, rest = line.partition(b" ")
    word, _unused, rest = rest.lstrip(b" ").partition(b" ")
    name = word.upper()
    if tag != b"*":
        if name not in _FINAL or not tag:
            return Response(Kind.UNKNOWN, raw)
        return _status(Kind.TAGGED, raw, tag, name, rest)
    if name in _STATUS:
        return _status(Kind.UNTAGGED, raw, b"", name, rest)
    number = None
    if name.isdigit() and len(name) <= 20:
        number = int(name)
        word, _unused, rest = rest.lstrip(b" ").partition(b" ")
        name = word.upper()
    if not _NAME.match(name):
        return Response(Kind.UNKNOWN, raw)
    data = values((rest, *parts[1:]))
    return Response(Kind.UNTAGGED, raw, name=name.decode(), number=number, data=data)


def _status(kind: Kind, raw: bytes, tag: bytes, name: bytes, rest: bytes) -> Response:
    code, text = _split_code(rest.lstrip(b" "))
    return Response(kind, raw, tag=tag, name=name.decode(), code=code, text=text)


def _split_code(text: bytes) -> tuple[Code | None, bytes]:
    """Take the response code off a status text. It ends with the first bracket outside quotes, if there is one."""
    if not text.startswith(b"["):
        return None, text
    first = end = text.find(b"]")
    quotes = start = 0
    while end >= 0:
        quotes += text.count(b'"', start, end)
        if quotes % 2 == 0:
            break
        start, end = end, text.find(b"]", end + 1)
    end = end if end >= 0 else first
    if end < 0:
        return None, text
    word, _unused, argument = text[1:end].strip(b" ").partition(b" ")
    name = word.upper().decode("ascii", "replace")
    return Code(name, argument, values((argument,))), text[end + 1 :].strip(b" ")


def values(parts: tuple[bytes, ...]) -> tuple[Value, ...]:
    """Read values from alternating line text and literals. Unbalanced parentheses are closed or ignored."""
    stack: list[list[Value]] = [[]]
    for index, part in enumerate(parts):
        if index % 2:
            stack[-1].append(part)
            continue
        for opening, closing, quoted, word in _TOKEN.findall(part):
            if word:
                stack[-1].append(None if word.upper() == b"NIL" else Atom(word))
            elif opening:
                if len(stack) > DEPTH_LIMIT:
                    raise LimitExceeded("nested lists", DEPTH_LIMIT, part[:512])
                stack.append([])
            elif closing:
                if len(stack) > 1:
                    inner = tuple(stack.pop())
                    stack[-1].append(inner)
            else:
                stack[-1].append(_ESCAPE.sub(rb"\1", quoted) if b"\\" in quoted else quoted)
    while len(stack) > 1:
        inner = tuple(stack.pop())
        stack[-1].append(inner)
    return tuple(stack[0])


def text_of(octets: bytes) -> str:
    """Decode what a server wrote for people."""
    return decode(octets)
