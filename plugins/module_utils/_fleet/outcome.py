# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""From the results of the mailboxes to the result of the fleet, in a size that can be printed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .._models.names import Verdict
from .._run.result import CONTRACT
from .journal import Journal, members_of, read_journal
from .policy import Judgement, Member, Standing, judge
from .request import FleetOutcome, FleetRefused, FleetRequest
from .summary import Summary, told

PRINTED = 100_000
"""Octets of ``results`` in a task that fails: Ansible prints all of it."""
PRINTED_TRACED = 1_000_000
"""The same where dialogues were asked for, which are many lines for each mailbox."""

_GROUPS = 15
_REFUSALS = 30
_COMPACT = ("id", "status", "reason", "changed")


class Collected:
    """What came of the mailboxes so far."""

    def __init__(self, request: FleetRequest) -> None:
        self._full = request.full
        self.journal: Journal | None = None
        self.results: dict[str, dict[str, Any]] = {}
        self.standings: dict[str, Standing] = {}
        self.summary = Summary()
        self.diffs: dict[str, dict[str, Any]] = {}
        self.held: dict[str, None] = {}
        self.notices: dict[str, list[str]] = {}
        self.last_failures: Sequence[Mapping[str, Any]] = ()

    def add(self, member: Member, full: Mapping[str, Any], diff: tuple[Any, Any] | None = None) -> None:
        """Take the full result of a mailbox in; it is in the journal before anything else is done with it."""
        if self.journal is not None:
            # Reports group by tags, which a result on its own does not know.
            about = {"email": member.email, "tags": list(member.tags)}
            self.journal.add(member.id, {**full, "mailbox": about})
        self.last_failures = full["failures"]
        smtp = full["smtp"]["status"] if full["smtp"] else None
        self.standings[member.id] = Standing(member, full["status"], smtp)
        self.summary.add(member.id, full)
        self.results[member.id] = _as_json(full if self._full else compact(full))
        for notice in full["notices"]:
            self.notices.setdefault(f"{notice['text']} [{notice['id']}]", []).append(member.id)
        if diff is not None:
            header = f"registration of {member.id}"
            self.diffs[member.id] = _as_json(
                {"before_header": header, "after_header": header, "before": diff[0] or {}, "after": diff[1] or {}}
            )


def _as_json(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value as JSON reads it back: Ansible would show an enum among the keys by its Python name."""
    plain: dict[str, Any] = json.loads(json.dumps(value))
    return plain


def compact(full: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result without what a success does not need."""
    short = {key: full[key] for key in _COMPACT}
    if full.get("provider"):
        short["provider"] = full["provider"]
    if full["notices"]:
        short["notices"] = full["notices"]
    if full["status"] != Verdict.VERIFIED.value:
        short.update(failures=full["failures"], notices=full["notices"], msg=full["msg"])
        if "trace" in full:
            short["trace"] = full["trace"]
    return short


def conclude_fleet(
    request: FleetRequest,
    collected: Collected,
    members: Sequence[Member],
    known: Callable[[Member], str | None],
    *,
    started_at: str,
    duration_ms: float,
    expected_s: float,
    interrupted: bool,
    refused_all: bool = False,
    pruned: Sequence[str] = (),
    notices: Sequence[str] = (),
    more: Mapping[str, Any] | None = None,
    changes: bool = True,
) -> FleetOutcome:
    """Judge the fleet, write its reports, and return its result; ``more`` is added to ``run``.

    ``changes`` is False where results tell of changes that an earlier run made.
    """
    by_id = {member.id: member for member in members}
    # Results in the order of the declarations, however the probes ended.
    standings = [collected.standings[name] for name in by_id if name in collected.standings]
    missing = [member for name, member in by_id.items() if name not in collected.standings]
    if refused_all:
        judgement = Judgement(False, _stopped_by(standings, request.unread))
    else:
        judgement = judge(
            request.policy,
            standings,
            lambda name: known(by_id[name]),
            allow_partial=request.allow_partial,
            unfinished=missing,
            interrupted=interrupted,
            unread=request.unread,
        )
    counts = {verdict.value: 0 for verdict in Verdict}
    for standing in standings:
        counts[standing.status] += 1
    results = {name: collected.results[name] for name in by_id if name in collected.results}
    counts["changed"] = sum(1 for one in results.values() if one["changed"])
    journal = collected.journal
    fleet: dict[str, Any] = {
        "contract": CONTRACT,
        "changed": changes and bool(counts["changed"] or pruned),
        "counts": counts,
        "policy": {"passed": judgement.passed, "reasons": list(judgement.reasons)},
        "summary": collected.summary.as_list(),
        "run": {
            "started_at": started_at,
            "duration_ms": duration_ms,
            "expected_s": round(expected_s, 1),
            "interrupted": interrupted,
            "refused": refused_all,
            "unfinished": len(missing),
            "unread_sources": list(request.unread),
            "fleet": request.fleet,
            "report": dict(request.report) or None,
            "journal": journal.path if journal is not None else None,
            "auth_breaker": list(collected.held),
            "network": collected.summary.network(),
            "by_last_known": list(judgement.by_history),
            **(more or {}),
        },
        "pruned": list(pruned),
    }
    fleet["msg"] = _refusal(judgement, results) if refused_all else _message(fleet, len(by_id), judgement)
    warnings = [*notices, *_grouped(collected.notices)]
    if request.report and request.check_mode:
        places = " and ".join(request.report.values())
        warnings.append(f"No report was written to {places}, because this is check mode.")
    elif request.report and journal is not None:
        from .._report.write import write_reports

        try:
            write_reports(request.report, fleet, journal)
        except OSError as error:
            warnings.append(f"{error} All results are in the journal.")
    failed = request.fails and not judgement.passed
    if failed and not request.full:
        results, left_out = printable(results, PRINTED_TRACED if request.trace else PRINTED)
        fleet["results_left_out"] = left_out
    fleet["results"] = results
    diffs = tuple(collected.diffs[name] for name in by_id if name in collected.diffs)
    return FleetOutcome(fleet, failed, diffs, tuple(warnings))


def rebuild(request: FleetRequest, known: Callable[[Member], str | None]) -> FleetOutcome:
    """Return the fleet result of an earlier run, with its reports, out of its journal; nothing is probed.

    :raises FleetRefused: where there is no journal, or it can't be read.
    """
    if request.journal is None:
        raise FleetRefused("rebuild needs journal, the file that the earlier run left.")
    head, journal = read_journal(request.journal)
    unread = tuple(str(text) for text in head.get("unread", ()))
    request = replace(request, fleet=head.get("fleet"), unread=unread)
    members = members_of(head)
    collected = Collected(request)
    try:
        for member in members:
            if member.id in journal:
                collected.add(member, journal[member.id])
        collected.journal = journal
        return conclude_fleet(
            request,
            collected,
            members,
            known,
            started_at=str(head.get("started_at", "")),
            duration_ms=0.0,
            expected_s=0.0,
            interrupted=len(journal) < len(members),
            refused_all=bool(head.get("refused")),
            changes=False,
        )
    finally:
        journal.close()


def printable(results: Mapping[str, dict[str, Any]], room: int = PRINTED) -> tuple[dict[str, dict[str, Any]], int]:
    """Return as many results as a person can be shown, failures before successes, and how many are left out."""
    sizes = {name: len(json.dumps(one)) for name, one in results.items()}
    if sum(sizes.values()) <= room:
        return dict(results), 0
    kept: dict[str, dict[str, Any]] = {}
    half = room // 2
    for name, one in results.items():
        if one["status"] != Verdict.VERIFIED.value and room >= sizes[name]:
            kept[name] = one
            room -= sizes[name]
            if room < half:
                break
    for name, one in results.items():
        if one["status"] != Verdict.VERIFIED.value and name not in kept:
            short = {key: one[key] for key in _COMPACT}
            size = len(json.dumps(short)) + len(name)
            if room < size:
                break
            kept[name] = short
            room -= size
    return {name: kept[name] for name in results if name in kept}, len(results) - len(kept)


def _stopped_by(invalid: Sequence[Standing], unread: Sequence[str]) -> tuple[str, ...]:
    """Return why nothing was probed."""
    ending = "so nothing was sent to any server (on_invalid is fail)"
    reasons = []
    if invalid:
        names = ", ".join(standing.member.id for standing in invalid[:10]) + (" and more" if len(invalid) > 10 else "")
        noun = "declaration is" if len(invalid) == 1 else "declarations are"
        reasons.append(f"{len(invalid)} {noun} invalid, {ending}: {names}.")
    if unread:
        noun = "inventory source was" if len(unread) == 1 else "inventory sources were"
        reasons += [f"{len(unread)} {noun} not read as a whole, {ending}.", *unread]
    return tuple(reasons)


def _refusal(judgement: Judgement, invalid: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the message of a run that probed nothing: every reason, and all that is wrong in the declarations."""
    # What is wrong in the header of a spreadsheet is wrong in each of its rows.
    problems: dict[str, list[str]] = {}
    for name, one in invalid.items():
        for cause in one["failures"][0]["causes"] if one["failures"] else ():
            problems.setdefault(f"{cause['cause']} {cause['remedy']}".rstrip(), []).append(name)
    lines = list(judgement.reasons)
    for text, names in list(problems.items())[:_REFUSALS]:
        some = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
        lines.append(f"  {some}: {text}" if len(names) == 1 else f"  {len(names)} mailboxes ({some}): {text}")
    if len(problems) > _REFUSALS:
        lines.append(f"  and {len(problems) - _REFUSALS} more; all are in results.")
    return "\n".join(lines)


def _message(fleet: Mapping[str, Any], total: int, judgement: Judgement) -> str:
    lines = []
    if judgement.reasons:
        lines += ["", "The policy is not met:", *(f"  - {reason}" for reason in judgement.reasons)]
    if fleet["run"]["network"]:
        lines += ["", *fleet["run"]["network"]]
    groups = fleet["summary"]
    if groups:
        lines += ["", "What is wrong, by cause:"]
        for group in groups[:_GROUPS]:
            some = ", ".join(group["ids"][:3]) + (", …" if group["count"] > 3 else "")
            lines += [f"  {group['sentence']}", f"      {some}"]
            if group["remedy"]:
                lines.append(f"      -> {group['remedy']}")
        if len(groups) > _GROUPS:
            lines.append(f"  and {len(groups) - _GROUPS} more causes; all are in summary.")
    lines += [f"  {sentence}" for sentence in fleet["run"]["auth_breaker"][:5]]
    if judgement.by_history:
        lines += ["", f"{len(judgement.by_history)} inconclusive, let through by their last known verdict."]
    if fleet["pruned"]:
        lines += ["", f"{len(fleet['pruned'])} no longer declared and removed from the registry."]
    return told(fleet["counts"], total, lines)


def _grouped(notices: Mapping[str, Sequence[str]]) -> list[str]:
    """Return warnings with the mailboxes that they are about, ten at most."""
    ranked = sorted(notices.items(), key=lambda item: (-len(item[1]), item[0]))
    lines = [
        f"{', '.join(ids[:3])}{f' and {len(ids) - 3} more' if len(ids) > 3 else ''}: {text}" for text, ids in ranked
    ]
    more = len(lines) - 10
    return lines[:10] + ([f"There are {more} more kinds of notices; results hold them all."] if more > 0 else [])
