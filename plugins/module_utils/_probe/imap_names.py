# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""How folder names and strings look on the wire of IMAP.

Names are in modified UTF-7 (RFC 3501 §5.1.3). A server of IMAP4rev2 uses UTF-8 only for clients that ask for it by
ENABLE (RFC 9051 §5.1, RFC 6855 §3), which the probe never does; servers that send UTF-8 nevertheless are understood.
"""

from __future__ import annotations

import base64
import re
from binascii import Error as Base64Error

_SHIFTED = re.compile(rb"&([^-]*)(-?)")
_QUOTABLE = re.compile(rb"[ -~]*\Z")
_LITERAL_MINUS = 4096


def decode(wire: bytes) -> str:
    """Return a folder name for people. What is not modified UTF-7 is taken as UTF-8, else as Latin-1; never raises."""
    if wire.isascii():
        if b"&" not in wire:
            return wire.decode("ascii")
        try:
            return _unshifted(wire)
        except ValueError:
            return wire.decode("ascii")
    try:
        return wire.decode("utf-8")
    except UnicodeDecodeError:
        return wire.decode("latin-1")


def _unshifted(wire: bytes) -> str:
    text: list[str] = []
    end = 0
    for found in _SHIFTED.finditer(wire):
        text.append(wire[end : found.start()].decode("ascii"))
        end = found.end()
        if not found[2]:
            raise ValueError("a shifted sequence is not closed")
        text.append(_unshift(found[1]))
    text.append(wire[end:].decode("ascii"))
    return "".join(text)


def _unshift(letters: bytes) -> str:
    if not letters:
        return "&"
    if b"/" in letters:
        raise ValueError("a slash is no letter of modified BASE64")
    padded = letters.replace(b",", b"/") + b"=" * (-len(letters) % 4)
    try:
        return base64.b64decode(padded, validate=True).decode("utf-16-be")
    except (Base64Error, UnicodeDecodeError) as problem:
        raise ValueError("not modified BASE64") from problem


def is_inbox(name: str) -> bool:
    """Tell whether a name is INBOX, which has no case (RFC 3501 §5.1)."""
    return name.upper() == "INBOX"


def quotable(octets: bytes) -> bool:
    """Tell whether octets may stand in a quoted string: printable ASCII (8 bits are not allowed in RFC 3501)."""
    return _QUOTABLE.match(octets) is not None


def quoted(octets: bytes) -> bytes:
    """Return printable ASCII as a quoted string (RFC 3501 §4.3). Raises ValueError for other octets."""
    if not quotable(octets):
        raise ValueError("the string needs a literal")
    return b'"' + octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def literal_marker(size: int, offered: frozenset[str]) -> tuple[bytes, bool]:
    """Return the announcement of a literal and whether the server's go-ahead has to be waited for (RFC 7888).

    ``offered`` are the capabilities that count at this moment.
    """
    if "LITERAL+" in offered or ("LITERAL-" in offered and size <= _LITERAL_MINUS):
        return b"{%d+}\r\n" % size, False
    return b"{%d}\r\n" % size, True
