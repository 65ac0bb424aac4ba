# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What SMTP replies say: the reply itself, its enhanced status code, the extensions a server lists after EHLO.

Tolerant on read: what can't be understood is left out of the parsed form and stays in :attr:`Reply.raw`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Reply:
    """One whole reply (RFC 5321 §4.2). ``lines`` are the texts after the code, ``raw`` the bytes as they came.

    The code of the last line counts, because that line is the one that ends the reply.
    """

    code: int
    lines: tuple[bytes, ...]
    raw: bytes

    def __repr__(self) -> str:
        return f"Reply({self.code}, {len(self.lines)} lines, {len(self.raw)} bytes)"

    @property
    def positive(self) -> bool:
        """Whether the server did what it was asked (2yz)."""
        return 200 <= self.code < 300

    @property
    def shown(self) -> bytes:
        """The raw bytes without the last line end: the form in which a reply becomes evidence."""
        return self.raw.rstrip(b"\r\n")


def enhanced_code(reply: Reply) -> str | None:
    """Return the enhanced status code (RFC 2034 §3, RFC 3463 §2) such as ``5.7.8``, or None.

    Its class must be that of the reply code; another one contradicts the reply and is not believed.
    """
    expected = reply.code // 100
    for line in reply.lines:
        word = line.lstrip(b" #").split(None, 1)
        parts = word[0].rstrip(b":;,").split(b".") if word else []
        if len(parts) != 3 or not all(p.isdigit() and len(p) <= 3 for p in parts):
            continue
        if parts[0] in (b"2", b"4", b"5") and int(parts[0]) == expected:
            return ".".join(str(int(part)) for part in parts)
    return None


@functools.lru_cache(maxsize=32)
def ehlo_keywords(reply: Reply) -> Mapping[str, tuple[str, ...]]:
    """Return the extensions of an EHLO reply (RFC 5321 §4.1.1.1): upper-case keyword to its parameters, in order.

    ``AUTH=LOGIN``, the form of servers older than RFC 2554, counts as ``AUTH LOGIN``. Lines of one keyword add up.
    """
    keywords: dict[str, tuple[str, ...]] = {}
    for line in reply.lines[1:]:
        words = line.decode("ascii", "replace").split()
        if not words:
            continue
        keyword = words[0].upper()
        parameters = words[1:]
        if keyword.startswith("AUTH="):
            keyword, parameters = "AUTH", [keyword[5:], *parameters]
        if keyword == "AUTH":
            parameters = [parameter.upper() for parameter in parameters if parameter]
        known = keywords.get(keyword, ())
        keywords[keyword] = tuple(dict.fromkeys((*known, *parameters)))
    return MappingProxyType(keywords)


def keyword_lines(keywords: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the extensions one a text, as ``AUTH PLAIN LOGIN``: the form in which they become evidence."""
    return tuple(" ".join((keyword, *parameters)) for keyword, parameters in keywords.items())
