# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What every report shows of a fleet: a row per mailbox, the comparison with the last run, the clean-up of texts."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from .._diagnosis.message import clean
from .._diagnosis.provider import TITLES, provider_of_host
from .._providers.table import by_name, known_as

MARK = "mailops.mailbox"
"""Stands in the beginning of every report; the whole beginning (``BEGIN``) tells it from a file of another kind."""

PROTOCOLS = ("smtp", "imap")
BROKEN = frozenset({"failed", "partial"})
STATUSES = ("failed", "partial", "inconclusive", "skipped", "verified")
"""The verdicts, the most important first."""

_REMEMBERED = 30 * 86400
"""Seconds for which a broken mailbox is remembered that no run has."""

# What neither XML 1.0 (§2.2) nor a terminal can show; a lone surrogate can't even be encoded.
_UNSHOWABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Timed:
    """A stage of a mailbox: ``protocol`` is empty for what both services share."""

    protocol: str
    stage: str
    status: str
    ms: float


@dataclass(frozen=True)
class Row:
    """A mailbox as reports show it. ``services`` holds smtp and imap where they are used; ``expiry`` is in seconds."""

    id: str
    email: str
    provider: str
    tags: tuple[str, ...]
    status: str
    reason: str
    services: Mapping[str, str]
    hosts: Mapping[str, str]
    category: str
    sentence: str
    failures: Sequence[Mapping[str, Any]]
    notices: Sequence[Mapping[str, Any]]
    stages: Sequence[Timed]
    expiry: Mapping[str, float]
    ms: float
    msg: str


@dataclass(frozen=True)
class Comparison:
    """The broken mailboxes against the run before; ``since`` says when a broken one was first seen broken.

    ``absent`` remembers those that this run does not have: since when, and when a run had them last (``seen``).
    """

    previous: str | None = None
    newly_broken: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    still_broken: tuple[str, ...] = ()
    since: Mapping[str, str] = field(default_factory=dict)
    absent: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def of(self, mailbox: str) -> str:
        """Return ``newly broken``, ``still broken``, ``fixed`` or nothing."""
        if mailbox in self._newly:
            return "newly broken"
        if mailbox in self._fixed:
            return "fixed"
        return "still broken" if mailbox in self._still else ""

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison in the form of the JSON report."""
        return {
            "previous": self.previous,
            "newly_broken": list(self.newly_broken),
            "fixed": list(self.fixed),
            "still_broken": list(self.still_broken),
            "since": dict(self.since),
            "absent": {mailbox: dict(entry) for mailbox, entry in self.absent.items()},
        }

    def __post_init__(self) -> None:
        for name, ids in (("_newly", self.newly_broken), ("_fixed", self.fixed), ("_still", self.still_broken)):
            object.__setattr__(self, name, frozenset(ids))

    _newly: frozenset[str] = field(init=False, repr=False, compare=False)
    _fixed: frozenset[str] = field(init=False, repr=False, compare=False)
    _still: frozenset[str] = field(init=False, repr=False, compare=False)


def text(value: object) -> str:
    """Return a text of several lines that every format can hold; ``clean`` does it for one line."""
    return _UNSHOWABLE.sub("?", str(value))


def line(value: object) -> str:
    """Return a text on one line that every format can hold."""
    return text(clean(value))


def name_of(mailbox: object) -> str:
    """Return an id on one line, different for different ids: unlike in a text, no blank is left out."""
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in str(mailbox)
    )


def rows(results: Mapping[str, Mapping[str, Any]]) -> Iterator[Row]:
    """Yield each mailbox once, in the order of ``results``, which may be read from a file as it goes."""
    for mailbox, result in results.items():
        yield _row(mailbox, result)


def _row(mailbox: str, result: Mapping[str, Any]) -> Row:
    about = _mapping(result.get("mailbox"))
    sections = {name: result[name] for name in PROTOCOLS if isinstance(result.get(name), Mapping)}
    failures = [entry for entry in result.get("failures") or () if isinstance(entry, Mapping)]
    first = failures[0] if failures else {}
    staged: list[Timed] = []
    for name, stages in [("", result.get("stages")), *((name, part.get("stages")) for name, part in sections.items())]:
        staged += [
            Timed(name, line(entry.get("stage", "")), line(entry.get("status", "")), number(entry.get("duration_ms")))
            for entry in stages or ()
        ]
    hosts = {name: line(part.get("host") or "") for name, part in sections.items()}
    expiry = {}
    for name, part in sections.items():
        certificate = _mapping(_mapping(part.get("tls")).get("certificate"))
        ends = seconds(certificate.get("not_after"))
        if ends is not None:
            expiry[name] = ends
    msg = text(result.get("msg") or first.get("sentence") or "")
    return Row(
        id=name_of(mailbox),
        email=line(about.get("email") or ""),
        provider=line(about.get("provider") or known_as(_known(result)) or _provider(hosts)),
        tags=tuple(line(tag) for tag in about.get("tags") or ()),
        status=line(result.get("status") or ""),
        reason=line(result.get("reason") or ""),
        services={name: line(part.get("status") or "") for name, part in sections.items()},
        hosts=hosts,
        category=line(first.get("category") or ""),
        sentence=line(first.get("sentence") or msg.partition("\n")[0]),
        failures=failures,
        notices=[entry for entry in result.get("notices") or () if isinstance(entry, Mapping)],
        stages=staged,
        expiry=expiry,
        ms=number(_mapping(result.get("timing")).get("duration_ms")),
        msg=msg,
    )


def _known(result: Mapping[str, Any]) -> str:
    """Return the provider that was declared or found, as declarations name it."""
    name = result.get("provider")
    return name if isinstance(name, str) else ""


def _provider(hosts: Mapping[str, str]) -> str:
    """Return the provider that the hosts belong to, else the domain (or the address) of the first one."""
    host = next(iter(hosts.values()), "")
    known = provider_of_host(host)
    if known or not host:
        return known
    labels = host.rstrip(".").split(".")
    return host if labels[-1].isdigit() or ":" in host else ".".join(labels[-2:])


def title(provider: str) -> str:
    """Return the name of a provider as people know it."""
    if provider in TITLES:
        return TITLES[provider]
    known = by_name(provider)
    return (known.provider.title if known is not None else provider) or "no host"


def compare(
    fleet: Mapping[str, Any], results: Mapping[str, Mapping[str, Any]], previous: Mapping[str, Any] | None
) -> Comparison:
    """Return what changed against the last report.

    A mailbox is broken while its last definite verdict is ``failed`` or ``partial``: an inconclusive run in between
    neither mends nor breaks it, and neither does a run without it: a list can be a part of the fleet for many reasons
    that don't show. Without a report of the same fleet there is nothing to compare with.
    """
    run = _mapping(fleet.get("run"))
    now = line(run.get("started_at") or "")
    statuses = _statuses(fleet, results)
    broken = sorted(mailbox for mailbox, (status, _reason) in statuses.items() if status in BROKEN)
    earlier = _mapping(previous)
    if not earlier or _mapping(earlier.get("run")).get("fleet") != run.get("fleet"):
        return Comparison(since=dict.fromkeys(broken, now))
    before = line(_mapping(earlier.get("run")).get("started_at") or "")
    seen = _remembered(_mapping(earlier.get("comparison")), before)
    was = {mailbox: entry["since"] for mailbox, entry in seen.items()}
    fixed = sorted(
        mailbox
        for mailbox in was
        if mailbox in statuses
        and (statuses[mailbox][0] == "verified" or statuses[mailbox] == ("skipped", "recently_verified"))
    )
    since = {mailbox: was.get(mailbox, now) for mailbox in broken}
    for mailbox, when in was.items():
        if mailbox in statuses and mailbox not in fixed:
            since.setdefault(mailbox, when)
    here = {*statuses, *map(name_of, fleet.get("pruned") or ())}
    oldest = (seconds(now) or 0) - _REMEMBERED
    return Comparison(
        previous=before or None,
        newly_broken=tuple(mailbox for mailbox in broken if mailbox not in was),
        fixed=tuple(fixed),
        still_broken=tuple(mailbox for mailbox in broken if mailbox in was),
        since=dict(sorted(since.items())),
        absent={
            mailbox: entry
            for mailbox, entry in sorted(seen.items())
            if mailbox not in here and (seconds(entry["seen"]) or 0) >= oldest
        },
    )


def _remembered(comparison: Mapping[str, Any], seen: str) -> dict[str, dict[str, str]]:
    """Return the mailboxes that are broken as far as an earlier report knows, in the form of ``Comparison.absent``."""
    found = {
        str(mailbox): {"since": str(when), "seen": seen} for mailbox, when in _mapping(comparison.get("since")).items()
    }
    for mailbox, entry in _mapping(comparison.get("absent")).items():
        told = _mapping(entry)
        found[str(mailbox)] = {"since": line(told.get("since") or ""), "seen": line(told.get("seen") or "")}
    return found


def _statuses(fleet: Mapping[str, Any], results: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, str]]:
    """Return verdict and reason by id. The fleet's own short results spare reading the full ones from their file."""
    short = _mapping(fleet.get("results"))
    source = short if short.keys() == results.keys() else results
    return {
        name_of(mailbox): (str(entry.get("status") or ""), str(entry.get("reason") or ""))
        for mailbox, entry in source.items()
    }


def counts(fleet: Mapping[str, Any]) -> dict[str, int]:
    """Return how many mailboxes have each verdict."""
    found = _mapping(fleet.get("counts"))
    return {status: int(number(found.get(status))) for status in STATUSES}


def seconds(value: object) -> float | None:
    """Return a time of the result contract (ISO 8601) as seconds since 1970, None where there is none."""
    if not isinstance(value, str) or not value:
        return None
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()


def number(value: object) -> float:
    """Return a number, 0 for what is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return 0.0
    return float(value)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
