# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What DNS says: answers as values, so that *no such name* and *no answer* are facts and not exceptions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any


class Outcome(str, Enum):
    """How a question ended (RFC 1035 §4.1.1, RFC 2308)."""

    FOUND = "found"
    NO_DATA = "no_data"
    NXDOMAIN = "nxdomain"
    SERVFAIL = "servfail"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    MALFORMED = "malformed"
    BAD_NAME = "bad_name"

    @property
    def definite(self) -> bool:
        """Whether asking again would say the same: the name or the record is there, or it is not."""
        return self in (Outcome.FOUND, Outcome.NO_DATA, Outcome.NXDOMAIN, Outcome.BAD_NAME)


@dataclass(frozen=True)
class Mx:
    """A mail exchanger (RFC 5321 §5.1); ``exchange`` is in lower case without the last dot, "" for a null MX."""

    preference: int
    exchange: str


@dataclass(frozen=True)
class Srv:
    """Where a service is (RFC 2782); ``target`` is in lower case without the last dot, "" for *not offered*."""

    priority: int
    weight: int
    port: int
    target: str


@dataclass(frozen=True)
class Tlsa:
    """A certificate association (RFC 6698 §2.1); ``data`` is in hexadecimal."""

    usage: int
    selector: int
    matching: int
    data: str


@dataclass(frozen=True)
class Answer:
    """What was answered to one question.

    ``records`` are :class:`Mx`, :class:`Srv`, :class:`Tlsa`, bytes for TXT (strings joined without a blank, RFC 7208
    §3.3), and texts for A, AAAA, NS, PTR and CNAME; sorted, so that equal answers are equal values. ``aliases`` are the
    names that CNAME records led through, the last one holds the records. ``authentic`` is the AD bit, counted only from
    a validating resolver on this machine (RFC 4035 §4.9.3). ``ttl`` is in seconds. ``detail`` is for people.
    """

    name: str
    kind: str
    outcome: Outcome
    records: tuple[Any, ...] = ()
    aliases: tuple[str, ...] = ()
    authentic: bool = False
    ttl: int | None = None
    detail: str = ""
