# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""One mailbox of a schedule: what is to be probed, what became of it, and whether it may be tried again."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from .._models.names import Protocol, Stage
from .._probe.evidence import FaultKind, ProtocolEvidence
from .._run.probe import MailboxPlan
from .places import Place

_BEFORE_LOGIN = frozenset({Stage.DNS, Stage.CONNECT, Stage.TLS, Stage.GREETING, Stage.CAPABILITY, Stage.STARTTLS})
_NO_ANSWER = frozenset({FaultKind.RESOLVE, FaultKind.CONNECT, FaultKind.TIMEOUT})
_TRANSIENT = frozenset({FaultKind.CONNECT, FaultKind.CLOSED})

EVERYBODY = frozenset({"api", "apikey", "emailapikey", "resend", "smtp@mailtrap.io", "smtp_injection"})
"""User names that are the same for every account: of Mailtrap (two), SendGrid, ZeptoMail, Resend, SparkPost."""


@dataclass(frozen=True)
class Job:
    """One mailbox to probe. ``provider`` is that of its first host, empty where it is not known.

    ``providers`` has those that were found or declared, where they don't show in the host's name.
    """

    id: str
    plan: MailboxPlan
    provider: str
    providers: Mapping[Protocol, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """What became of a job.

    ``held`` is a sentence that says why it was not probed, ``same_as`` the job that logs in to the same account in its
    place; ``evidence`` is empty in both cases. ``fault`` is a programming fault that ended its probe. ``begun`` is the
    loop's clock.
    """

    job: Job
    evidence: dict[Protocol, ProtocolEvidence]
    held: str | None = None
    same_as: str | None = None
    fault: Exception | None = None
    begun: float = 0.0


def is_transient(evidence: dict[Protocol, ProtocolEvidence]) -> bool:
    """Tell whether a probe may be tried again: neither a secret nor a message was sent anywhere, and only what may pass
    kept it from it.

    A refused connection is no such thing, because the server has answered; nor is silence, which would last again.
    """
    if any(seen.submitted or seen.stage(Stage.MESSAGE) is not None for seen in evidence.values()):
        return False
    stops = [seen.stopped_at for seen in evidence.values()]
    return any(
        stop is not None
        and stop.fault is not None
        and stop.stage in _BEFORE_LOGIN
        and (stop.fault.kind in _TRANSIENT or stop.fault.reply[:1] == b"4")
        and not _refused(stop.fault.detail.get("attempts", ()))
        for stop in stops
    )


def is_silent(seen: ProtocolEvidence) -> bool:
    """Tell whether a probe ended because the server did not answer, or could not be reached.

    A connection that was refused is an answer, and costs no time.
    """
    fault = seen.stopped_at.fault if seen.stopped_at is not None else None
    if fault is None or _refused(fault.detail.get("attempts", ())):
        return False
    return fault.kind in _NO_ANSWER or (fault.tls is not None and fault.tls.timed_out)


def let_in(seen: ProtocolEvidence) -> bool:
    """Tell whether a probe came past the login, or to where none is needed."""
    stop = seen.stopped_at
    return stop is None or (stop.stage not in _BEFORE_LOGIN and stop.stage is not Stage.AUTH)


def accounts(job: Job, places: Sequence[Place]) -> list[tuple[Hashable, ...]]:
    """Return the accounts that a job logs in to: protocol, user name and server, whatever its port.

    Two names of one address are one server where the user name is a whole address. A bare user name may be somebody
    else's under the other name. What some services have everybody log in with names nobody; there the key does.
    """
    found: list[tuple[Hashable, ...]] = []
    plans = {plan.target.protocol: plan for plan in (job.plan.smtp, job.plan.imap) if plan is not None}
    for place in places:
        plan = plans[place.protocol]
        if plan.credentials is not None:
            user = plan.credentials.username
            servers = place.addresses if "@" in user else (plan.target.host.lower().rstrip("."),)
            key = (plan.credentials.password,) if user.lower() in EVERYBODY else ()
            found += [(place.protocol.value, user, server, *key) for server in servers]
    return found


def _refused(attempts: Sequence[object]) -> bool:
    return bool(attempts) and all(getattr(attempt, "result", None) == "refused" for attempt in attempts)
