# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The result contract: what a mailbox run returns, the same keys every time (docs/results.md)."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from .._models.failure import Failure, Notice
from .._models.names import Protocol, Reason, Security, Stage, StageStatus, Verdict
from .._probe.evidence import CertificateFacts, ProtocolEvidence, StageEvidence
from .._probe.redaction import WITHHELD, any_echoes, echoes, shown, visible

CONTRACT = 1

_OURS = {"": frozenset({"mechanism"}), "addresses": frozenset({"address", "sender"})}
"""Facts that come from the declaration, by what they stand below: a password that is part of an address must not maim
it. A server names what it says itself, so elsewhere the same names are its own."""


@dataclass
class SharedStage:
    """A stage of the whole mailbox (config, secret, register), in the form of the contract."""

    stage: Stage
    status: StageStatus
    duration_ms: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)
    reply: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the stage in the form of the result contract."""
        return _stage(self.stage, None, self.status, self.duration_ms, self.facts, self.reply)


def _stage(
    stage: Stage,
    protocol: Protocol | None,
    status: StageStatus,
    duration_ms: float,
    facts: Mapping[str, Any],
    reply: str | None,
) -> dict[str, Any]:
    return {
        "stage": stage.value,
        "protocol": protocol.value if protocol else None,
        "status": status.value,
        "duration_ms": duration_ms,
        "facts": dict(facts),
        "reply": reply,
    }


def protocol_section(
    evidence: ProtocolEvidence,
    outcome: StageStatus,
    statuses: Mapping[Stage, StageStatus],
    secrets: Sequence[bytes],
    settings: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the ``smtp`` or ``imap`` part of a result; ``secrets`` are wire forms, for redaction.

    ``settings`` says where host and port came from, None where they were declared.
    """
    found = [evidence.capabilities, *(entry.facts for entry in evidence.stages)]
    capabilities, *facts = _without_echoes(found, secrets)
    return {
        "status": outcome.value,
        "host": evidence.host,
        "port": evidence.port,
        "security": evidence.security.value,
        "settings": dict(settings) if settings is not None else None,
        "addresses": [
            {"address": entry.address, "result": entry.result.value, "ms": entry.ms, "error": entry.error or None}
            for entry in evidence.addresses
        ],
        "tls": _tls(evidence),
        "greeting": shown(evidence.greeting, secrets) if evidence.greeting else None,
        "capabilities": capabilities,
        "mechanism": evidence.mechanism,
        "authenticated": evidence.authenticated,
        "relay_proven": evidence.relay_proven,
        "stages": [
            _stage_of(entry, evidence.protocol, statuses, secrets, told)
            for entry, told in zip(evidence.stages, facts, strict=True)
        ],
    }


def unprobed_section(
    protocol: Protocol,
    host: str,
    port: int,
    security: Security,
    status: StageStatus,
    why: Failure | None,
    settings: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the part of a protocol that was not probed; ``why`` is the failure that an earlier run led to."""
    skipped = [] if why is None else [(why.stage, {"why": why.sentence}, why.reply)]
    return {
        "status": status.value,
        "host": host,
        "port": port,
        "security": security.value,
        "settings": dict(settings) if settings is not None else None,
        "addresses": [],
        "tls": None,
        "greeting": None,
        "capabilities": [],
        "mechanism": None,
        "authenticated": False,
        "relay_proven": False,
        "stages": [_stage(stage, protocol, StageStatus.SKIPPED, 0.0, facts, reply) for stage, facts, reply in skipped],
    }


def _tls(evidence: ProtocolEvidence) -> dict[str, Any] | None:
    certificate = evidence.follow_up.get("certificate")
    if evidence.tls is not None:
        certificate = evidence.tls.certificate
    elif certificate is None:
        return None
    return {
        "version": evidence.tls.version if evidence.tls else None,
        "cipher": evidence.tls.cipher if evidence.tls else None,
        "verified": evidence.tls.verified if evidence.tls else False,
        "certificate": {**_certificate(certificate), "names": list(certificate.names)} if certificate else None,
    }


@functools.lru_cache(maxsize=256)
def _certificate(facts: CertificateFacts) -> dict[str, Any]:
    """Return a certificate's facts by name; many mailboxes of a fleet are shown the same one."""
    return asdict(facts)


def _stage_of(
    entry: StageEvidence,
    protocol: Protocol,
    statuses: Mapping[Stage, StageStatus],
    secrets: Sequence[bytes],
    facts: dict[str, Any],
) -> dict[str, Any]:
    if entry.skipped is not None:
        facts["why"] = entry.skipped
    reply = shown(entry.fault.heard, secrets) if entry.fault is not None and entry.fault.heard else None
    status = statuses.get(entry.stage, StageStatus.SKIPPED if entry.skipped is not None else StageStatus.OK)
    return _stage(entry.stage, protocol, status, entry.duration_ms, facts, reply)


def _without_echoes(facts: Sequence[Any], secrets: Sequence[bytes]) -> list[Any]:
    """Return facts as JSON has them, without what a server echoed.

    Servers that echo are rare, so all texts are looked through at once, and each by itself only where that found one.
    """
    octets: list[bytes] = []

    def text(value: str) -> str:
        octets.append(value.encode("utf-8", "replace"))
        return visible(value)

    def heard(value: bytes) -> str:
        octets.append(value)
        return shown(value)

    told = [_as_json(value, text, heard) for value in facts]
    if not any_echoes(octets, secrets):
        return told

    def redacted(value: str) -> str:
        return WITHHELD if echoes(value.encode("utf-8", "replace"), secrets) else visible(value)

    return [_as_json(value, redacted, functools.partial(shown, secrets=secrets)) for value in facts]


def _as_json(value: Any, text: Callable[[str], str], heard: Callable[[bytes], str], below: str = "") -> Any:
    """Return facts as JSON has them, every text as ``text`` and what the server wrote as ``heard`` has it.

    The probe's own words stay as they are. ``below`` is the key that they stand under.
    """
    if isinstance(value, str):
        return text(value)
    if value is None or isinstance(value, (int, float)):
        return value
    if isinstance(value, bytes):
        return heard(value)
    # A dict is asked for first, because to ask for an abstract class takes longer.
    if isinstance(value, (dict, Mapping)):
        ours = _OURS.get(below, ())
        return {
            text(str(key)): inner if key in ours else _as_json(inner, text, heard, str(key))
            for key, inner in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_as_json(inner, text, heard, below) for inner in value]
    return value


def verdict_of(outcomes: Iterable[StageStatus]) -> Verdict:
    """Return the verdict of a mailbox from its protocols'.

    One protocol that works beside one that definitely does not is ``partial``; where the other one says nothing,
    neither does the mailbox.
    """
    found = list(outcomes)
    if not found or all(outcome is StageStatus.OK for outcome in found):
        return Verdict.VERIFIED
    if StageStatus.FAILED in found:
        return Verdict.PARTIAL if StageStatus.OK in found else Verdict.FAILED
    return Verdict.INCONCLUSIVE


def result(
    mailbox_id: str,
    verdict: Verdict,
    *,
    changed: bool = False,
    reason: Reason | None = None,
    provider: str | None = None,
    sections: Mapping[Protocol, dict[str, Any]] | None = None,
    domain: dict[str, Any] | None = None,
    stages: Sequence[SharedStage] = (),
    failures: Sequence[Failure] = (),
    notices: Sequence[Notice] = (),
    registration: dict[str, Any] | None = None,
    timing: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a whole result; every key is always there."""
    parts = sections or {}
    return {
        "contract": CONTRACT,
        "id": mailbox_id,
        "status": verdict.value,
        "reason": reason.value if reason else None,
        "changed": changed,
        "provider": provider,
        "smtp": parts.get(Protocol.SMTP),
        "imap": parts.get(Protocol.IMAP),
        "domain": domain,
        "stages": [entry.as_dict() for entry in stages],
        "failures": [failure.as_dict() for failure in failures],
        "notices": [notice.as_dict() for notice in notices],
        "registration": registration,
        "timing": timing or {},
    }
