# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""From the evidence of both protocols to failures, notices and statuses: one pure function."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from .._models.failure import Failure, Notice
from .._models.names import Category, Protocol, Stage, StageStatus
from .._probe.evidence import FaultKind, ProtocolEvidence
from . import handshake, reach, refusal, wire
from .context import Context, View
from .notices import greylisted, notices, told, wanted
from .peer import name_peer, swapped
from .reply import read
from .siblings import with_siblings

__all__ = ["Context", "Diagnosis", "diagnose"]


@dataclass(frozen=True)
class Diagnosis:
    """What the evidence comes to. ``failures`` begin with the one that matters most.

    ``statuses`` has every stage that was reached; ``outcome`` is ok, failed or inconclusive for each protocol.
    """

    failures: tuple[Failure, ...]
    warnings: tuple[Notice, ...]
    statuses: dict[Protocol, dict[Stage, StageStatus]]
    outcome: dict[Protocol, StageStatus]


_EXPLAIN: dict[FaultKind, Callable[[View], Failure]] = {
    FaultKind.REPLY: refusal.refused,
    FaultKind.RESOLVE: reach.resolve,
    FaultKind.CONNECT: reach.connect,
    FaultKind.TLS: handshake.handshake,
    FaultKind.TIMEOUT: wire.timeout,
    FaultKind.CLOSED: wire.closed,
    FaultKind.LIMIT: wire.limit,
    FaultKind.UNPARSABLE: wire.unparsable,
    FaultKind.MISSING: wire.missing,
    FaultKind.INJECTED: wire.injected,
    FaultKind.PREAUTH: wire.preauth,
    FaultKind.WITHHELD: wire.withheld,
    FaultKind.ABSENT: wire.absent,
}

_ATTACKS = frozenset({Category.TLS_INJECTION, Category.TLS_PREAUTH})
_STAGES = list(Stage)

# What a 45x at RCPT may mean when no rule knows the words; all of it is greylisting to a probe.
_PUT_OFF = frozenset({Category.RCPT_GREYLISTED, Category.SERVER_TEMPORARY, Category.RCPT_RATE, Category.RCPT_REFUSED})


def diagnose(context: Context) -> Diagnosis:
    """Explain the evidence. Same evidence, same answer; whatever a server sent, this does not raise."""
    failures: list[Failure] = []
    warnings = list(notices(context))
    statuses: dict[Protocol, dict[Stage, StageStatus]] = {}
    outcome: dict[Protocol, StageStatus] = {}
    for evidence in context.protocols:
        found, put_off = _explain(context, evidence)
        warnings.extend(notice for notice in put_off if wanted(context, notice))
        statuses[evidence.protocol] = _statuses(evidence, found, put_off)
        outcome[evidence.protocol] = _worst(failure.status for failure in found)
        failures.extend(found)
    # An ALERT that came with a refusal is part of that failure already.
    replies = " ".join(failure.reply for failure in failures if failure.reply)
    warnings = [notice for notice in warnings if not (notice.id == "imap.alert" and told(notice) in replies)]
    merged = _merge(context, failures)
    return Diagnosis(tuple(sorted(merged, key=_weight)), tuple(warnings), statuses, outcome)


def _explain(context: Context, evidence: ProtocolEvidence) -> tuple[list[Failure], list[Notice]]:
    found: list[Failure] = []
    put_off: list[Notice] = []
    for entry in evidence.stages:
        if entry.fault is None:
            continue
        view = View(context, evidence, entry, entry.fault)
        if found and _follows(view):
            continue
        failure = _explain_one(view)
        if entry is evidence.stopped_at:
            failure = with_siblings(view, failure)
        if _is_greylisting(view, failure):
            put_off.append(greylisted(context, evidence, view.fault.reply))
        else:
            found.append(failure)
    return found, put_off


def _explain_one(view: View) -> Failure:
    fault = view.fault
    if wire.final_reply_lost(view) and fault.kind is not FaultKind.REPLY:
        return wire.message_unknown(view)
    if fault.kind is FaultKind.CLOSED and _is_parting_word(view):
        # The server said why before it hung up.
        return refusal.refused(view)
    return _EXPLAIN[fault.kind](view)


def _is_parting_word(view: View) -> bool:
    code = read(view.fault.reply, view.protocol).code
    return code in ("BYE", "NO", "BAD") if view.protocol is Protocol.IMAP else code[:1] in ("4", "5")


def _follows(view: View) -> bool:
    """Whether the fault only follows from an earlier one: RCPT without a sender, DATA without a recipient."""
    if view.fault.kind is not FaultKind.REPLY or view.stage not in (Stage.RECIPIENT, Stage.MESSAGE):
        return False
    return read(view.fault.reply, view.protocol).code in ("503", "554")


def _is_greylisting(view: View, failure: Failure) -> bool:
    if view.stage is not Stage.RECIPIENT or view.fault.kind is not FaultKind.REPLY or not view.this.authenticated:
        return False
    return read(view.fault.reply, view.protocol).code.startswith("45") and failure.category in _PUT_OFF


def _statuses(evidence: ProtocolEvidence, failures: list[Failure], put_off: list[Notice]) -> dict[Stage, StageStatus]:
    by_stage = {failure.stage: failure.status for failure in reversed(failures)}
    statuses: dict[Stage, StageStatus] = {}
    for entry in evidence.stages:
        if entry.fault is not None:
            status = by_stage.get(entry.stage, StageStatus.SKIPPED)
            if entry.stage not in by_stage and any(notice.stage is entry.stage for notice in put_off):
                status = StageStatus.WARNING
        else:
            status = StageStatus.SKIPPED if entry.skipped is not None else StageStatus.OK
        statuses[entry.stage] = status
    # A failure may name an earlier stage than the one that ran (TLS 1.3 tells of a certificate at the first read).
    for failure in failures:
        statuses[failure.stage] = failure.status
    return statuses


def _worst(found: Iterable[StageStatus]) -> StageStatus:
    statuses = set(found)
    if StageStatus.FAILED in statuses:
        return StageStatus.FAILED
    return StageStatus.INCONCLUSIVE if statuses else StageStatus.OK


def _merge(context: Context, failures: list[Failure]) -> list[Failure]:
    """Give every failure one owner: what both protocols ran into together belongs to the mailbox."""
    smtp, imap = context.smtp, context.imap
    if smtp is None or imap is None or len(failures) < 2:
        return failures
    if _heard(smtp) == "IMAP" and _heard(imap) == "SMTP":
        entry = smtp.stopped_at
        if entry is not None and entry.fault is not None:
            both = swapped(View(context, smtp, entry, entry.fault))
            return [both, *(f for f in failures if f.category is not Category.PORT_WRONG_PROTOCOL)]
    merged: list[Failure] = []
    for failure in failures:
        twin = next((kept for kept in merged if _same(smtp.host == imap.host, kept, failure)), None)
        if twin is None:
            merged.append(failure)
        else:
            own = f"The {twin.protocol.value.upper()} host" if twin.protocol else "The host"
            merged[merged.index(twin)] = replace(twin, protocol=None, sentence=twin.sentence.replace(own, "The host"))
    return merged


def _same(one_host: bool, kept: Failure, failure: Failure) -> bool:
    if kept.protocol is failure.protocol or kept.category is not failure.category:
        return False
    if kept.category is Category.RUN_NETWORK:
        return True
    if not one_host or kept.stage is not failure.stage:
        return False
    return kept.stage is Stage.DNS


def _heard(evidence: ProtocolEvidence) -> str:
    """Name the peer from the first bytes that the fault kept."""
    entry = evidence.stopped_at
    if entry is None or entry.fault is None or entry.stage not in (Stage.GREETING, Stage.TLS):
        return ""
    peer = name_peer(entry.fault.tls.peer_bytes if entry.fault.tls else entry.fault.reply)
    return peer if peer != evidence.protocol.value.upper() else ""


def _weight(failure: Failure) -> tuple[int, int, int, int]:
    return (
        0 if failure.category in _ATTACKS else 1,
        0 if failure.status is StageStatus.FAILED else 1,
        _STAGES.index(failure.stage),
        0 if failure.protocol is None else 1 + list(Protocol).index(failure.protocol),
    )
