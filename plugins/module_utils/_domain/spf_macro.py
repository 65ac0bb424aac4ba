# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Macros of SPF: what domains and explanations in records are made of (RFC 7208 §7)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Union

_EXPAND = re.compile(r"([slodiphcrtv])([0-9]*)(r?)([.\-+,/_=]*)\Z", re.IGNORECASE)
_TOKEN = re.compile(r"%\{[^}]*\}|%.|[^%]")
_ESCAPED = {"%": "%", "_": " ", "-": "%20"}
_EXPLANATION_ONLY = "crt"
_MOST_OCTETS = 253
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


@dataclass(frozen=True)
class Macro:
    """``%{…}``: the letter, how many labels from the right are kept (None for all), whether they are turned round."""

    letter: str
    keep: int | None
    reverse: bool
    delimiters: str


Part = Union[str, Macro]
"""Text, or what stands for text."""


def parse(text: str, *, explanation: bool = False) -> tuple[Part, ...] | None:
    """Return the parts of a macro string; None if it is not one.

    :param explanation: whether it is the text of an explanation, which may hold blanks and three more letters.
    """
    parts: list[Part] = []
    at = 0
    while at < len(text):
        character = text[at]
        if character != "%":
            if not ("!" <= character <= "~" or (explanation and character == " ")):
                return None
            parts.append(character)
            at += 1
            continue
        escaped = text[at + 1 : at + 2]
        if escaped in _ESCAPED and escaped:
            parts.append(_ESCAPED[escaped])
            at += 2
            continue
        end = text.find("}", at)
        matched = _EXPAND.match(text[at + 2 : end]) if escaped == "{" and end > 0 else None
        if matched is None or (not explanation and matched[1].lower() in _EXPLANATION_ONLY):
            return None
        digits = matched[2].lstrip("0")
        if matched[2] and not digits:
            return None
        # No name has a thousand labels: a longer number keeps all of them.
        keep = int(digits) if digits and len(digits) < 4 else None
        parts.append(Macro(matched[1], keep, bool(matched[3]), matched[4]))
        at = end + 1
    return tuple(parts)


def is_domain_spec(text: str) -> bool:
    """Return whether a text is a ``domain-spec``: it ends in a macro, or in a dot and a top label."""
    if not parse(text):
        return False
    if _TOKEN.findall(text)[-1].startswith("%"):
        return True
    name = text[:-1] if text.endswith(".") else text
    _unused, dot, last = name.rpartition(".")
    return bool(dot) and _is_top_label(last)


def _is_top_label(label: str) -> bool:
    """Whether a label can be the last one: not of digits only, and no hyphen at an end."""
    plain = label.replace("-", "")
    return plain.isascii() and plain.isalnum() and label[0] != "-" != label[-1] and not label.isdigit()


def letters(text: str) -> frozenset[str]:
    """Return the letters of the macros in a valid macro string, in lower case."""
    return frozenset(part.letter.lower() for part in parse(text) or () if isinstance(part, Macro))


def expand(text: str, value: Callable[[str], str], *, explanation: bool = False) -> str:
    """Return a valid macro string with its macros replaced.

    :param value: gives the text for a letter in lower case.
    """
    done = []
    for part in parse(text, explanation=explanation) or ():
        if isinstance(part, str):
            done.append(part)
            continue
        words = re.split(f"[{re.escape(part.delimiters or '.')}]", value(part.letter.lower()))
        if part.reverse:
            words.reverse()
        if part.keep is not None:
            words = words[-part.keep :]
        joined = ".".join(words)
        done.append(_quoted(joined) if part.letter.isupper() else joined)
    return "".join(done)


def fitted(name: str) -> str:
    """Return a domain without its last dot and with labels dropped from the left until it fits (RFC 7208 §7.3)."""
    name = name[:-1] if name.endswith(".") else name
    while len(name) > _MOST_OCTETS and "." in name:
        name = name.partition(".")[2]
    return name


def _quoted(text: str) -> str:
    return "".join(
        character if character in _UNRESERVED else "".join(f"%{octet:02X}" for octet in character.encode("utf-8"))
        for character in text
    )
