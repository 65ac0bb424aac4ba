# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Reads a refusal out of the bytes of a reply: tolerant, total, and in one form for both protocols."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from .._models.names import Protocol
from .._probe.charset import decode

_SMTP_LINE = re.compile(r"(\d{3})(?:[ -](.*))?$", re.DOTALL)
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")
_IMAP_LINE = re.compile(
    # A bare status first, or "NO no such user" would read as a tag and a status.
    r"(?:(?!(?:OK|NO|BAD|BYE|PREAUTH)\b)(?:\*|[A-Za-z0-9.]{1,32}) +)?(OK|NO|BAD|BYE|PREAUTH)(?: +(.*))?$",
    re.IGNORECASE | re.DOTALL,
)
_RESPONSE_CODE = re.compile(r"\[([A-Za-z0-9-]+)(?: +([^\]]*))?\] *")
_CHALLENGE = re.compile(r"(?:334|\+) +(\S+)$")


@dataclass(frozen=True)
class Reply:
    """A reply in parts.

    ``code`` is the SMTP reply code, or the IMAP status in upper case; of several IMAP lines the last refusal counts.
    ``enhanced`` is the enhanced status code (RFC 3463) or "". ``response_codes`` are the IMAP response codes in upper
    case, the deciding line's first. ``text`` is the human text of all lines, joined by blanks, codes cut off.
    """

    code: str = ""
    enhanced: str = ""
    response_codes: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    text: str = ""

    @property
    def transient(self) -> bool:
        """Whether the server itself says that this may pass (RFC 5321 §4.2.1, RFC 5530 §3)."""
        if self.code.isdigit():
            return self.code.startswith("4")
        return bool({"UNAVAILABLE", "INUSE", "LIMIT"} & set(self.response_codes))


def read(raw: bytes, protocol: Protocol) -> Reply:
    """Read a reply of the given protocol; whatever the bytes are, the answer is a :class:`Reply`."""
    lines = [line.strip("\r\n\t \0") for line in re.split(r"\r\n|\r|\n", decode(raw))]
    lines = [line for line in lines if line]
    return _read_smtp(lines) if protocol is Protocol.SMTP else _read_imap(lines)


def _read_smtp(lines: list[str]) -> Reply:
    code = enhanced = ""
    texts: list[str] = []
    for line in lines:
        found = _SMTP_LINE.match(line)
        if found is None:
            texts.append(line)
            continue
        rest = (found[2] or "").strip()
        if found[1] == "334" or found[1] == code == "334":
            texts.append(_challenge(line) or rest)
            code = code or found[1]
            continue
        code = found[1]
        detail = _ENHANCED.match(rest)
        if detail:
            # RFC 2034: every line repeats the code; should they differ, the last line decides like the reply code does.
            enhanced = detail[1]
            rest = rest[detail.end() :]
        texts.append(rest)
    return Reply(code=code, enhanced=enhanced, text=_join(texts))


def _read_imap(lines: list[str]) -> Reply:
    status = ""
    codes: list[tuple[str, str]] = []
    texts: list[str] = []
    for line in lines:
        found = _IMAP_LINE.match(line)
        if found is None:
            texts.append(_challenge(line) or line)
            continue
        word = found[1].upper()
        if not status or word in ("NO", "BAD") or status in ("OK", "PREAUTH"):
            status = word
        rest = found[2] or ""
        code = _RESPONSE_CODE.match(rest)
        if code:
            codes.insert(0, (code[1].upper(), code[2] or ""))
            rest = rest[code.end() :]
        texts.append(rest)
    return Reply(
        code=status,
        response_codes=tuple(name for name, _argument in codes),
        arguments=tuple(argument for _name, argument in codes),
        text=_join(texts),
    )


def _challenge(line: str) -> str:
    """Return the text of a base64 challenge; OAuth errors travel in it as JSON (RFC 7628 §3.2.2)."""
    found = _CHALLENGE.match(line)
    if found is None:
        return ""
    try:
        plain = base64.b64decode(found[1], validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
    return plain if plain.isprintable() else ""


def _join(texts: list[str]) -> str:
    return " ".join(text for text in texts if text)
