# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Whether a fleet is good enough, and why not; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .._models.address import known_address
from .request import Policy

_SHOWN = 10


@dataclass(frozen=True)
class Member:
    """One mailbox of the fleet as the policy knows it. ``sends`` is False for one without SMTP."""

    id: str
    email: str
    tags: tuple[str, ...] = ()
    daily_limit: int | None = None
    sends: bool = True


@dataclass(frozen=True)
class Standing:
    """What a mailbox came to; ``smtp`` is the status of its SMTP, None where it was not probed."""

    member: Member
    status: str
    smtp: str | None = None


@dataclass(frozen=True)
class Judgement:
    """``passed``, or every reason why not. ``by_history`` are the ids that an earlier verdict let through."""

    passed: bool
    reasons: tuple[str, ...]
    by_history: tuple[str, ...] = ()


def judge(
    policy: Policy,
    standings: Sequence[Standing],
    last_known: Callable[[str], str | None],
    *,
    allow_partial: bool,
    unfinished: Sequence[Member] = (),
    interrupted: bool = False,
    unread: Sequence[str] = (),
) -> Judgement:
    """Hold the fleet against its policy.

    ``last_known`` returns the last conclusive verdict of an id that is young enough, or None. Without any limit in the
    policy, no mailbox may fail. ``unfinished`` are those that an interrupted run did not come to. ``unread`` are
    inventory sources that could not be read; nobody knows how many mailboxes they hold, so no limit makes up for one.
    """
    if not standings and not unfinished:
        text = (
            "There are no mailboxes. An empty fleet never passes: look at the inventory, its path, --limit, and the "
            "host pattern of the play."
        )
        return Judgement(False, (text, *unread))
    good = {"verified", "partial"} if allow_partial else {"verified"}
    works: set[str] = set()
    by_history: dict[str, str] = {}
    for standing in standings:
        mailbox = standing.member.id
        if standing.status in good:
            works.add(mailbox)
        elif standing.status == "inconclusive" and policy.on_inconclusive != "fail":
            if policy.on_inconclusive == "pass":
                works.add(mailbox)
            else:
                known = last_known(mailbox)
                if known in good:
                    works.add(mailbox)
                    by_history[mailbox] = known
    reasons = list(unread)
    if unfinished:
        reasons.append(f"The run was interrupted before {mailboxes(len(unfinished))} could be judged.")
    elif interrupted:
        reasons.append("The run was interrupted, so not all was looked at that was asked for.")
    failed = [standing.member.id for standing in standings if standing.member.id not in works]
    reasons += _too_many(policy, failed, len(standings) + len(unfinished))
    reasons += _required(policy.required, standings, unfinished, works)
    # Of a partial one it is not known which half worked.
    senders = works - {mailbox for mailbox, verdict in by_history.items() if verdict != "verified"}
    reasons += _capacity(policy.min_capacity, standings, senders)
    return Judgement(not reasons, tuple(reasons), tuple(by_history))


def _too_many(policy: Policy, failed: Sequence[str], total: int) -> list[str]:
    limits = (policy.max_failures, policy.max_failure_percent, policy.min_capacity)
    allowed = policy.max_failures
    if all(limit is None for limit in limits) and not policy.required:
        allowed = 0
    reasons = []
    if allowed is not None and len(failed) > allowed:
        limit = f"{allowed} may" if allowed else "none may"
        reasons.append(f"{mailboxes(len(failed))} of {total} {_do(failed)} not work, and {limit}: {_some(failed)}.")
    share = 100 * len(failed) / total
    if policy.max_failure_percent is not None and share > policy.max_failure_percent:
        reasons.append(
            f"{share:.1f} % of the mailboxes ({len(failed)} of {total}) do not work, and "
            f"{policy.max_failure_percent:g} % may."
        )
    return reasons


def _required(
    required: Sequence[str], standings: Sequence[Standing], unfinished: Sequence[Member], works: set[str]
) -> list[str]:
    reasons = []
    judged = [standing.member for standing in standings]
    for name in required:
        address = known_address(name).casefold()

        def is_meant(member: Member, name: str = name, address: str = address) -> bool:
            return name in (member.id, *member.tags) or bool(address and address == member.email.casefold())

        meant = [member for member in judged if is_meant(member)]
        broken = [member.id for member in meant if member.id not in works]
        left = [member.id for member in unfinished if is_meant(member)]
        if left:
            reasons.append(f"{name} is required, and the run was interrupted before it came to {_some(left)}.")
        if left and not broken:
            continue
        if not meant:
            reasons.append(
                f"{name} is required, but no mailbox of this run has that id, address or tag; --limit may have left it "
                "out."
            )
        elif broken and [member.id for member in meant] == [name]:
            reasons.append(f"{name} is required and does not work.")
        elif broken:
            reasons.append(f"{name} is required, and {len(broken)} of {len(meant)} do not work: {_some(broken)}.")
    nameless = [member.id for member in judged if not member.email and member.id not in works]
    if required and nameless:
        reasons.append(
            f"Whether {_some(nameless)} {'is' if len(nameless) == 1 else 'are'} required can't be told, because the "
            "declaration does not even give an address."
        )
    return reasons


def _capacity(least: int | None, standings: Sequence[Standing], works: set[str]) -> list[str]:
    if least is None:
        return []
    senders = [s.member for s in standings if s.member.id in works and s.member.sends and s.smtp != "failed"]
    capacity = sum(member.daily_limit or 0 for member in senders)
    if capacity >= least:
        return []
    unset = sum(1 for member in senders if member.daily_limit is None)
    note = f" {mailboxes(unset)} without daily_limit count as 0." if unset else ""
    return [f"The mailboxes that can send may send {capacity} messages a day, and {least} are needed.{note}"]


def mailboxes(count: int) -> str:
    """Return a count with its noun."""
    return f"{count} mailbox{'' if count == 1 else 'es'}"


def _do(entries: Sequence[str]) -> str:
    return "does" if len(entries) == 1 else "do"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
