# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The memory of refused secrets: a password that a server refused is not sent there again (docs/probe.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from .._models.failure import Cause, Failure
from .._models.mailbox import Mailbox
from .._models.names import AuthOrder, Category, Confidence, PasswordAtFault, Protocol, Stage, StageStatus
from .._probe.evidence import FaultKind, ProtocolEvidence
from .._registry.base import RefusedSecret
from .._secrets.source import ResolvedSecret

AHEAD = 300
"""Seconds that a remembered time may lie ahead, because clocks differ; beyond that, one of them was wrong."""


def account(mailbox: Mailbox, protocol: Protocol) -> str:
    """Return the name of the account that a login counts against: protocol, user name, server, whatever its port."""
    endpoint = mailbox.endpoint(protocol)
    if endpoint is None:
        raise ValueError(f"the mailbox has no {protocol.value} section")
    return f"{protocol.value}:{endpoint.username}@{endpoint.host}"


@dataclass(frozen=True)
class Refusal:
    """A secret that was refused just now, to be remembered."""

    account: str
    protocol: Protocol
    category: Category
    reply: str | None


def still_counts(refused: RefusedSecret, *, now: datetime, after: int) -> bool:
    """Tell whether an earlier refusal still forbids another try. ``after`` is in seconds."""
    return age(refused.at, now) < after


def failure_for(refused: RefusedSecret, protocol: Protocol, *, now: datetime, after: int) -> Failure:
    """Explain why a login was not tried."""
    left = min(after, max(0, after - age(refused.at, now)))
    where = f"Vault {refused.mark.reference}" if refused.mark.kind == "vault" else "the declaration"
    return Failure(
        category=Category.SECRET_REFUSED_BEFORE,
        stage=Stage.AUTH,
        protocol=protocol,
        status=StageStatus.FAILED,
        sentence=(
            f"The {protocol.value.upper()} login was not tried, because the server refused this same password "
            f"at {refused.at}."
        ),
        reply=refused.reply,
        causes=(
            Cause(
                f"The server refused it as {refused.category}; another try could only lock the account.",
                f"Put the right password into {where}: a new one is tried at once. Where the cause was at the server "
                "and is gone, run again with force: true (in the roles: verify_force, provision_force, gate_force).",
                Confidence.HIGH,
            ),
        ),
        password_at_fault=PasswordAtFault.UNKNOWN,
        retryable=False,
        retry_after=float(left),
        evidence={"refused_at": refused.at, "refused_as": refused.category},
    )


def spared(
    held: Mapping[Protocol, Failure], mailbox: Mailbox, secrets: Mapping[Protocol, ResolvedSecret]
) -> Failure | None:
    """Explain why IMAP is not given a password that SMTP is known to refuse; None where it may try.

    ``probe.auth_order: serial`` promises that within a run, and a run that does not even ask SMTP knows no better.
    """
    why = held.get(Protocol.SMTP)
    logins = {(one.username, secrets[protocol].value) for protocol, one in mailbox.endpoints if protocol in secrets}
    if why is None or Protocol.IMAP in held or mailbox.probe.auth_order is not AuthOrder.SERIAL:
        return None
    if Protocol.IMAP not in secrets or len(logins) > 1:
        return None
    return replace(
        why,
        protocol=Protocol.IMAP,
        sentence=(
            "The IMAP login was not tried, because the SMTP server refused this same password "
            f"at {why.evidence['refused_at']}, and probe.auth_order is serial."
        ),
    )


def refusals(
    mailbox: Mailbox,
    evidence: Mapping[Protocol, ProtocolEvidence],
    failures: Iterable[Failure],
) -> tuple[Refusal, ...]:
    """Return the secrets that were refused now.

    Only a definite answer to a password that was sent counts, and only where the password may be what is wrong: who
    switches IMAP on should not have to wait.
    """
    found = []
    for failure in failures:
        protocol = failure.protocol
        if protocol is None or failure.stage is not Stage.AUTH or failure.status is not StageStatus.FAILED:
            continue
        seen = evidence.get(protocol)
        stage = seen.stage(Stage.AUTH) if seen is not None else None
        answered = stage is not None and stage.fault is not None and stage.fault.kind is FaultKind.REPLY
        if seen is None or not seen.submitted or not answered or failure.password_at_fault is PasswordAtFault.NO:
            continue
        found.append(Refusal(account(mailbox, protocol), protocol, failure.category, failure.reply))
    return tuple(found)


def age(at: str, now: datetime) -> int:
    """Return how many seconds have passed since a time as registries keep it; negative for one that lies ahead."""
    then = datetime.strptime(at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    return int((now - then).total_seconds())


def is_ahead(at: str, now: datetime) -> bool:
    """Tell whether a time lies so far ahead that nothing can be said about when it was."""
    return age(at, now) < -AHEAD
