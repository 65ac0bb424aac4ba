# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Where the policy of a domain is: the DNS tree walk of RFC 9989 §4.10, which needs no list of public suffixes."""

from __future__ import annotations

from dataclasses import dataclass

from .._dns.answer import Answer
from .ask import Ask, normal, octets
from .dmarc_record import Record, is_nearly, is_record, parse

MOST_LABELS = 8
"""Longer names are shortened after the first question, so that a walk has at most this many (RFC 9989 §4.10)."""


@dataclass(frozen=True)
class Place:
    """What ``_dmarc.<domain>`` holds. ``record`` is None unless there is just one; ``nearly`` failed to be records."""

    domain: str
    answer: Answer
    record: Record | None
    count: int
    nearly: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def unanswered(self) -> bool:
        """Whether DNS gave no definite answer."""
        return not self.answer.outcome.definite


@dataclass(frozen=True)
class Walk:
    """The places that were looked at, the domain's own first."""

    places: tuple[Place, ...]

    @property
    def unanswered(self) -> Place | None:
        """The first place that DNS gave no definite answer for."""
        return next((place for place in self.places if place.unanswered), None)

    @property
    def organizational(self) -> str:
        """The organizational domain (RFC 9989 §4.10.2)."""
        start = self.places[0].domain
        found = [place for place in self.places if place.record is not None]
        for place in found:
            if place.record and place.record.psd == "n":
                return place.domain
            if place.record and place.record.psd == "y":
                labels = start.split(".")
                return ".".join(labels[-(len(place.domain.split(".")) + 1) :])
        return found[-1].domain if found else start

    @property
    def policy(self) -> Place | None:
        """Where the policy is: at the domain, its organizational domain, or its public suffix (RFC 9989 §4.10.1)."""
        own = self.places[0]
        if own.record is not None:
            return own
        organizational = self.organizational
        for place in self.places:
            if place.record is not None and (place.domain == organizational or place.record.psd == "y"):
                return place
        return None


def look(domain: str, ask: Ask) -> Place:
    """Return what ``_dmarc.<domain>`` holds."""
    answer = ask(f"_dmarc.{domain}", "TXT")
    texts = [raw.decode("utf-8", "backslashreplace") for raw in octets(answer)]
    records = [text for text in texts if is_record(text)]
    nearly = tuple(text for text in texts if is_nearly(text))
    others = tuple(text for text in texts if text not in records and text not in nearly)
    return Place(domain, answer, parse(records[0]) if len(records) == 1 else None, len(records), nearly, others)


def walk(domain: str, ask: Ask) -> Walk:
    """Look at the domain and at those above it."""
    domain = normal(domain)
    places = [look(domain, ask)]
    labels = domain.split(".")
    rest = labels[-(MOST_LABELS - 1) :] if len(labels) >= MOST_LABELS else labels[1:]
    while rest and not _ends(places[-1]):
        places.append(look(".".join(rest), ask))
        rest = rest[1:]
    return Walk(tuple(places))


def _ends(place: Place) -> bool:
    return place.record is not None and place.record.psd in ("y", "n")
