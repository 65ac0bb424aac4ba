# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""From declarations to what can be run: which are right, which are wrong, and which name the same mailbox twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._diagnosis.message import render
from .._models.address import known_address
from .._models.failure import Cause, Failure, Notice
from .._models.mailbox import Mailbox
from .._models.names import Category, Confidence, Reason, Stage, StageStatus, Verdict
from .._models.parse import parse_mailbox
from .._models.problems import DeclarationError, Problem
from .._run.absent import mailbox_id
from .._run.helper import fault_place
from .._run.result import result
from .policy import Member
from .request import Declared


@dataclass(frozen=True)
class Entry:
    """One mailbox of the run under the key of its result. ``mailbox`` is None where the declaration is wrong."""

    member: Member
    label: str
    mailbox: Mailbox | None
    invalid: Mapping[str, Any] | None = None

    @property
    def id(self) -> str:
        """The key of the result."""
        return self.member.id


def read_entries(declared: Sequence[Declared]) -> list[Entry]:
    """Return an entry for each declaration, in the given order; every id is there once."""
    found = [_entry(one) for one in declared]
    labels: dict[str, list[str]] = {}
    for one, entry in zip(declared, found, strict=True):
        # Who shares an id with a wrong declaration would share its verdict, too.
        if entry.mailbox is not None or _declared_id(one.raw) is not None:
            labels.setdefault(entry.id, []).append(entry.label)
    entries = [_alone(entry, labels.get(entry.id, ())) for entry in found]
    taken = {entry.id for entry in entries if entry.mailbox is not None}
    return [entry if entry.mailbox is not None else _under_free_key(entry, taken) for entry in entries]


def fault_of(error: BaseException) -> Failure:
    """Return the failure of a mailbox over which the collection itself stumbled."""
    name, where = fault_place(error)
    return Failure(
        category=Category.CLIENT_BUG,
        stage=Stage.CONFIG,
        status=StageStatus.INCONCLUSIVE,
        sentence=f"The collection met a fault of its own over this mailbox ({name} in {where}).",
        causes=(
            Cause(
                "This is a fault of the collection; nothing is known about the mailbox.",
                "Please report it with this line.",
                Confidence.HIGH,
            ),
        ),
    )


def held_result(mailbox: str, sentence: str, notices: Sequence[Notice] = ()) -> dict[str, Any]:
    """Return the result of a mailbox that was not probed, because its server had stopped the others.

    ``notices`` are what is known without a probe.
    """
    failure = Failure(
        category=Category.RUN_AUTH_BREAKER,
        stage=Stage.AUTH,
        status=StageStatus.INCONCLUSIVE,
        sentence=sentence,
        causes=(
            Cause(
                "What stopped the others would stop this one too, and could lock its account.",
                "Look at the failures of the other mailboxes there, mend their cause, and run again.",
                Confidence.HIGH,
            ),
        ),
        retryable=True,
    )
    return result(mailbox, Verdict.INCONCLUSIVE, reason=Reason.BREAKER_OPEN, failures=[failure], notices=notices)


def same_account_result(mailbox: str, other: str, notices: Sequence[Notice] = ()) -> dict[str, Any]:
    """Return the result of a mailbox that was not probed, because the login of another one is to the same account."""
    failure = Failure(
        category=Category.RUN_SAME_ACCOUNT,
        stage=Stage.AUTH,
        status=StageStatus.INCONCLUSIVE,
        sentence=f"{mailbox} was not probed, because {other} logs in to the same account, and that is done once a run.",
        causes=(
            Cause(
                "Both are declared with the same user name at the same server.",
                "Where several addresses send by one account, name them in smtp.from of one mailbox; those that have "
                "an IMAP account of their own are declared with protocols: [imap] then. Otherwise give each its own "
                "user name.",
                Confidence.HIGH,
            ),
        ),
        evidence={"same_account_as": other},
    )
    return result(mailbox, Verdict.INCONCLUSIVE, failures=[failure], notices=notices)


def with_message(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return a full result with its ``msg``."""
    return {**told, "msg": render(told)}


def _entry(one: Declared) -> Entry:
    if one.raw is None or one.error:
        return _wrong(one, one.error)
    try:
        mailbox = parse_mailbox(one.raw)
    except DeclarationError as error:
        return _wrong(one, error.problems)
    except Exception as error:  # One declaration that trips us must not end the run of a thousand.
        told = result(one.label, Verdict.FAILED, reason=Reason.INVALID_DECLARATION, failures=[fault_of(error)])
        return Entry(Member(one.label, ""), one.label, None, with_message(told))
    member = Member(
        mailbox.id or mailbox.email, mailbox.email, mailbox.tags, mailbox.daily_limit, mailbox.smtp is not None
    )
    return Entry(member, one.label, mailbox)


def _alone(entry: Entry, same: Sequence[str]) -> Entry:
    """Return a declaration as a wrong one where others, ``same`` among them, have its id."""
    if entry.mailbox is None or len(same) < 2:
        return entry
    problem = Problem(
        "id",
        f"is given to {len(same)} mailboxes: {', '.join(same[:5])}{'…' if len(same) > 5 else ''}.",
        "Give each an id of its own, or take the double ones out.",
    )
    return _invalid(entry.member, entry.label, [problem])


def _declared_id(raw: Mapping[str, Any] | None) -> str | None:
    try:
        return mailbox_id(raw or {})
    except DeclarationError:
        return None


def _wrong(one: Declared, problems: Iterable[Problem]) -> Entry:
    """Return a declaration that can't be used, with what it says of who it is: a policy may ask for that."""
    raw = one.raw or {}
    tags = raw.get("tags") or ()
    tags = tags.split(",") if isinstance(tags, str) else tags
    listed = tags if isinstance(tags, (list, tuple)) else ()
    known = tuple(tag.strip() for tag in listed if isinstance(tag, str))
    member = Member(_declared_id(raw) or one.label, known_address(str(raw.get("email") or "")), known)
    return _invalid(member, one.label, problems)


def _invalid(member: Member, label: str, problems: Iterable[Problem]) -> Entry:
    name = member.id
    told = list(problems) or [Problem("", "There is no declaration.", "Give the host a variable mailbox.")]
    failure = Failure(
        category=Category.CONFIG_INVALID,
        stage=Stage.CONFIG,
        sentence=f"The declaration of {name} can't be used, so nothing was sent to its servers.",
        causes=tuple(
            Cause(f"{one.path}: {one.text}" if one.path else one.text, one.fix, Confidence.HIGH) for one in told
        ),
        evidence={"declared_by": label},
    )
    invalid = result(name, Verdict.FAILED, reason=Reason.INVALID_DECLARATION, failures=[failure])
    return Entry(member, label, None, with_message(invalid))


def _under_free_key(entry: Entry, taken: set[str]) -> Entry:
    """Return a wrong declaration under a key that no other entry has: ids of right ones are theirs."""
    key, number = entry.id, 1
    while key in taken:
        number += 1
        key = f"{entry.id} ({entry.label if number == 2 else number})"
    taken.add(key)
    if key == entry.id:
        return entry
    invalid = {**entry.invalid, "id": key} if entry.invalid is not None else None
    return Entry(replace(entry.member, id=key), entry.label, entry.mailbox, invalid)
