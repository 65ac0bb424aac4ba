# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""One fleet result out of the shares that probe hosts verified; nothing is probed here.

What no probe host gave a result for is ``inconclusive``, so a lost probe host never makes a mailbox vanish.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from .._models.failure import Cause, Failure, StageError
from .._models.names import Category, Confidence, Protocol, Stage, StageStatus, Verdict
from .._registry.base import utc_text
from .._run.result import result
from .entries import Entry, read_entries, with_message
from .history import Registries, last_known
from .journal import begin_journal
from .outcome import Collected, conclude_fleet
from .policy import mailboxes
from .request import Declared, FleetOutcome, FleetRefused, FleetRequest

_KEYS = frozenset(result("", Verdict.SKIPPED))
_PROTOCOLS = frozenset({None, *(protocol.value for protocol in Protocol)})
_SILENT = "its task gave no result."
_STATUSES = frozenset(verdict.value for verdict in Verdict)

_STAGE = {"stage": str, "status": str}
_SECTION = {"status": str, "host": str, "port": int, "addresses": [Mapping], "stages": [_STAGE]}
_RESULT = {
    "status": str,
    "reason": (str, None),
    "provider": (str, None),
    "smtp": (_SECTION, None),
    "imap": (_SECTION, None),
    "stages": [_STAGE],
    "failures": [
        {
            "category": str,
            "protocol": (str, None),
            "stage": str,
            "status": str,
            "sentence": str,
            "causes": [{"cause": str, "remedy": str}],
        }
    ],
    "notices": [{"id": str, "text": str}],
    "msg": str,
}
"""What of a result is read here and by reports."""


@dataclass(frozen=True)
class Share:
    """What one probe host was asked for, by the names of the mailbox hosts, and what came of it.

    ``lost`` when it gave no result, ``why`` says why; ``started_at`` is the controller's time, as ISO 8601. ``refused``
    says why nothing was asked of it that must not be asked of any.
    """

    probe: str
    hosts: tuple[str, ...]
    lost: bool = False
    why: str = ""
    refused: str = ""
    started_at: str = ""
    results: Mapping[str, Any] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)


def lacking(names: Sequence[str], shares: Sequence[Share]) -> list[str]:
    """Return those of ``names`` that no probe host gave a result for."""
    done = {name for one in shares if not one.lost for name in one.hosts}
    return [name for name in names if name not in done]


def usable(probes: Sequence[str], shares: Sequence[Share]) -> list[str]:
    """Return those of ``probes`` that can be asked again: they answered, or had nothing to do."""
    good = {one.probe for one in shares if not one.lost}
    return [probe for probe in probes if probe in good]


def collect(
    request: FleetRequest, declared: Sequence[Declared], shares: Sequence[Share], probes: Sequence[str]
) -> FleetOutcome:
    """Return the fleet result of all ``declared`` mailboxes, as a run on the controller would.

    Verdicts are remembered in the controller's registry, and journal, reports and policy are its own.

    :raises FleetRefused: when no share is there at all, or one was refused.
    """
    for one in shares:
        if one.refused:
            raise FleetRefused(one.refused)
    now = datetime.now(timezone.utc)
    entries = read_entries(declared)
    invalid = [entry for entry in entries if entry.mailbox is None]
    refused = bool(invalid or request.unread) and not request.isolate
    if entries and not shares and not refused:
        raise FleetRefused(
            "No probe host was asked for anything, so there is nothing to collect. Under strategy free a task does not "
            "wait for those before it: set strategy: linear, and see the option collect.from."
        )
    carried = {one.probe for one in shares}
    shares = [*shares, *(Share(probe, (), True, _SILENT) for probe in probes if probe not in carried and not refused)]
    shares = [_answered(one, entries) for one in shares]
    found = {name: told for one in shares if not one.lost for name, told in one.results.items()}
    began = min((_moment(one.started_at) or now for one in shares), default=now)
    members = [entry.member for entry in entries]
    told: list[str] = []
    with Registries(request) as registries:
        collected = Collected(request)
        journal = begin_journal(request, utc_text(began), members)
        collected.journal = journal
        try:
            for entry in invalid if refused else entries:
                collected.add(entry.member, _result_of(entry, found, shares))
                if entry.id in found and entry.mailbox is not None:
                    _remember(registries, entry, found[entry.id], told)
            for sentence in _said(shares, "auth_breaker"):
                collected.held.setdefault(sentence)
            # The tasks of the shares have shown them.
            collected.notices.clear()
            return conclude_fleet(
                request,
                collected,
                members,
                lambda member: last_known(registries, member, request, now),
                started_at=utc_text(began),
                duration_ms=round((now - began).total_seconds() * 1000, 1),
                expected_s=max((_number(one.run.get("expected_s")) for one in shares), default=0.0),
                interrupted=any(bool(one.run.get("interrupted")) for one in shares),
                refused_all=refused,
                notices=[*request.unread, *told, *registries.warnings],
                more={
                    "network": [*_losses(shares), *_said(shares, "network")],
                    "probe_hosts": _hosts(shares, probes),
                },
            )
        finally:
            journal.close()


def _answered(share: Share, entries: Sequence[Entry]) -> Share:
    """Return a share with the whole results of its own mailboxes.

    What came over the network in another shape counts as none, and nobody speaks for mailboxes of another share.
    """
    hosts = frozenset(share.hosts)
    own = {entry.id for entry in entries if entry.label in hosts}
    results = {name: told for name, told in share.results.items() if name in own and _is_whole(name, told)}
    return replace(share, results=results)


def _is_whole(name: str, told: Any) -> bool:
    return (
        _fits(told, _RESULT)
        and set(told) >= _KEYS
        and told["id"] == name
        and told["status"] in _STATUSES
        and all(failure["protocol"] in _PROTOCOLS for failure in told["failures"])
    )


def _fits(value: Any, shape: Any) -> bool:
    """Tell whether a value has a shape: a type or None, a choice of shapes, a list of one, or a mapping of keys."""
    if isinstance(shape, dict):
        return isinstance(value, Mapping) and all(
            key in value and _fits(value[key], inner) for key, inner in shape.items()
        )
    if isinstance(shape, list):
        return isinstance(value, list) and all(_fits(item, shape[0]) for item in value)
    if isinstance(shape, tuple):
        return any(_fits(value, one) for one in shape)
    return value is None if shape is None else isinstance(value, shape)


def _result_of(entry: Entry, found: Mapping[str, Mapping[str, Any]], shares: Sequence[Share]) -> Mapping[str, Any]:
    if entry.invalid is not None:
        return entry.invalid
    told = found.get(entry.id)
    return {**told, "changed": False} if told is not None else _missing(entry, shares)


def _missing(entry: Entry, shares: Sequence[Share]) -> dict[str, Any]:
    asked = [one for one in shares if entry.label in one.hosts]
    what = " and ".join(dict.fromkeys(one.probe for one in asked))
    sentence = (
        f"No probe host gave a result for this mailbox; {what} {'was' if len(asked) == 1 else 'were'} asked."
        if asked
        else "No probe host was left that could be asked about this mailbox."
    )
    causes = [
        Cause(
            f"The probe host {one.probe} was lost: {one.why or 'it gave no reason.'}",
            "Mend the way to it, or what it lacks, and run again.",
            Confidence.HIGH,
        )
        for one in (asked or [one for one in shares if one.lost])
    ]
    failure = Failure(
        category=Category.RUN_PROBE_LOST,
        stage=Stage.CONFIG,
        status=StageStatus.INCONCLUSIVE,
        sentence=sentence,
        causes=tuple(causes)
        or (Cause("No share of the fleet reached a probe host.", "Run again.", Confidence.MEDIUM),),
        retryable=True,
    )
    return with_message(result(entry.id, Verdict.INCONCLUSIVE, failures=[failure]))


def _remember(registries: Registries, entry: Entry, told: Mapping[str, Any], notices: list[str]) -> None:
    """Keep the verdict as a run on the controller does, so that a later gate can fall back on it."""
    if entry.mailbox is None:
        return
    path, timeout = registries.place(entry.id, entry.mailbox)
    if told["reason"] is not None:
        return
    try:
        registries.of(path, timeout)
        registries.record(entry.member, path, told)
    except StageError as error:
        text = f"Verdicts are not remembered for later runs: {error.failure.sentence}"
        if text not in notices:
            notices.append(text)


def _losses(shares: Sequence[Share]) -> list[str]:
    """Say which probe hosts were lost, and what became of their shares."""
    lost = [one for one in shares if one.lost]
    if lost and not any(one.hosts for one in shares if not one.lost):
        count = len({one.probe for one in lost})
        return [
            f"None of {count} probe hosts gave a result, so nothing is known about the mailboxes. The first one was "
            f"{lost[0].probe}: {lost[0].why}"
        ]
    sentences = []
    for one in lost:
        left = lacking(one.hosts, shares)
        if not one.hosts:
            fate = "It had no mailboxes."
        elif not left:
            fate = f"Its {mailboxes(len(one.hosts))} went to other probe hosts."
        else:
            fate = f"{mailboxes(len(left))} of its share {'has' if len(left) == 1 else 'have'} no result."
        sentences.append(f"The probe host {one.probe} was lost: {one.why} {fate}")
    return sentences


def _hosts(shares: Sequence[Share], probes: Sequence[str]) -> list[dict[str, Any]]:
    hosts = []
    for probe in probes:
        own = [one for one in shares if one.probe == probe]
        lost = [one for one in own if one.lost]
        hosts.append(
            {
                "host": probe,
                "mailboxes": sum(len(one.results) for one in own if not one.lost),
                "lost": bool(lost),
                "why": lost[0].why if lost else None,
            }
        )
    return hosts


def _said(shares: Sequence[Share], key: str) -> list[str]:
    """Return the sentences of the probe hosts, each with who says it: they see different networks."""
    return [
        f"{one.probe}: {text}"
        for one in shares
        if not one.lost and _fits(one.run.get(key), [str])
        for text in one.run[key]
    ]


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0
