# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The texts of MTA-STS (RFC 8461): the record and the policy, read without ever raising."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .versioned import fields_of

VERSION = b"v=STSv1"
MODES = ("enforce", "testing", "none")
LONGEST = 31_557_600
"""Seconds: about a year, the most that ``max_age`` may be (RFC 8461 §3.2)."""

_FIELD = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,31})=([\x21-\x3a\x3c\x3e-\x7e]+)")
_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_LINE = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,31}):[ \t]*(.*?)[ \t]*")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


@dataclass(frozen=True)
class Record:
    """What a TXT record says. ``problem`` is what is wrong with it, ``bad_id`` that it is the id."""

    id: str = ""
    problem: str = ""
    bad_id: bool = False


def parse_record(text: bytes) -> Record:
    """Return what a record of MTA-STS says (§3.1)."""
    parts = fields_of(text)
    if parts is None:
        return Record(problem="it holds characters that are not ASCII")
    fields: dict[str, str] = {}
    for part in parts:
        match = _FIELD.fullmatch(part)
        if match is None:
            name, _equals, value = part.partition("=")
            if name == "id":
                return Record(
                    problem=f"its id has {len(value)} characters or others than letters and digits", bad_id=True
                )
            return Record(problem="a field of it is not of the form name=value")
        fields.setdefault(match[1], match[2])
    if "id" not in fields:
        return Record(problem="it has no id", bad_id=True)
    if not _ID.fullmatch(fields["id"]):
        return Record(problem="its id must be 1 to 32 letters and digits", bad_id=True)
    return Record(id=fields["id"])


@dataclass(frozen=True)
class Policy:
    """What a policy says; None for what is missing or can't be read. ``problems`` are pairs of a key and a sentence.

    The keys are ``syntax``, ``version``, ``mode``, ``max_age``, ``mx`` and ``repeated``.
    """

    mode: str | None = None
    max_age: int | None = None
    mx: tuple[str, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()

    def covers(self, exchange: str) -> bool:
        """Tell whether a mail exchanger fits one of the patterns (§4.1)."""
        return any(matches(pattern, exchange) for pattern in self.mx)


def matches(pattern: str, exchange: str) -> bool:
    """Tell whether a host fits a pattern; ``*.`` stands for exactly one label."""
    host = exchange.rstrip(".").lower()
    plain = pattern.rstrip(".").lower()
    if plain.startswith("*."):
        return host.partition(".")[2] == plain[2:] and "." in host
    return host == plain


def parse_policy(body: bytes) -> Policy:
    """Return what a policy says (§3.2); whatever the bytes are, problems tell what is wrong with them."""
    problems: list[tuple[str, str]] = []
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return Policy(problems=(("syntax", "it is not text in UTF-8"),))
    fields, hosts = _fields(text.split("\n"), problems)
    version = fields.get("version")
    if version != "STSv1":
        problems.append(("version", "it has no version" if version is None else "its version is not STSv1"))
    mode = fields.get("mode")
    if mode not in MODES:
        problems.append(("mode", "it has no mode" if mode is None else "its mode is none of enforce, testing and none"))
        mode = None
    max_age = _seconds(fields.get("max_age"), problems)
    good = tuple(host for host in hosts if is_pattern(host))
    for host in hosts:
        if not is_pattern(host):
            problems.append(("mx", "one of its mx is neither a host name nor *. and a domain"))
    if not hosts and mode != "none":
        problems.append(("mx", "it has no mx"))
    return Policy(mode, max_age, good, tuple(dict.fromkeys(problems)))


def is_pattern(text: str) -> bool:
    """Tell whether a text is a host name, or ``*.`` and a domain."""
    name = text.removeprefix("*.").rstrip(".")
    labels = name.split(".")
    return len(name) <= 253 and len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels)


def _fields(lines: Iterable[str], problems: list[tuple[str, str]]) -> tuple[dict[str, str], list[str]]:
    fields: dict[str, str] = {}
    hosts: list[str] = []
    for number, raw in enumerate(lines, 1):
        line = raw.removesuffix("\r")
        if not line.strip():
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            problems.append(("syntax", f"line {number} is not of the form name: value"))
        elif match[1] == "mx":
            hosts.append(match[2].lower())
        elif match[1] in fields:
            problems.append(("repeated", f"{match[1]} stands there more than once, and only the first one counts"))
        else:
            fields[match[1]] = match[2]
    return fields, hosts


def _seconds(value: str | None, problems: list[tuple[str, str]]) -> int | None:
    if value is None:
        problems.append(("max_age", "it has no max_age"))
    elif not re.fullmatch(r"[0-9]{1,10}", value):
        problems.append(("max_age", "its max_age is not a number of seconds"))
    elif int(value) > LONGEST:
        problems.append(("max_age", f"its max_age is more than {LONGEST} seconds"))
    else:
        return int(value)
    return None
