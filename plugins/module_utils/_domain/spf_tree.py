# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The records that an SPF record leads to, as a tree, with what they cost (RFC 7208 §4.6.4).

A tree is what a message costs that no term matches: every include, redirect and address is looked up. How many are
walked is bounded, so that a hostile record costs a known number of questions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from .._dns.answer import Outcome
from . import spf_macro
from .ask import Ask, normal, octets, shown
from .spf_evaluate import MOST_NAMES, Result, qualified
from .spf_record import Record, Term, is_record, parse

MOST_WALKED = 30
"""How many terms that cost a lookup are followed, three times what receivers allow."""
_EMPTY = (Outcome.NO_DATA, Outcome.NXDOMAIN, Outcome.BAD_NAME)


class State(str, Enum):
    """What a domain of the tree came to."""

    OK = "ok"
    NONE = "no_record"
    MANY = "several_records"
    INVALID = "not_valid"
    UNANSWERED = "unanswered"
    LOOP = "loop"
    NOT_WALKED = "not_walked"


@dataclass(frozen=True)
class Branch:
    """A term that costs a lookup. ``target`` is None where it depends on the message (macros).

    ``void`` says that the lookup found nothing; ``crowded`` that there are more mail exchangers than allowed;
    ``unanswered`` is the outcome where DNS gave no definite answer. ``node`` is what include and redirect lead to.
    """

    term: Term
    target: str | None
    node: Node | None = None
    void: bool = False
    crowded: bool = False
    unanswered: str = ""


@dataclass(frozen=True)
class Node:
    """A domain of the tree. ``answered`` are all TXT records at the name."""

    domain: str
    state: State
    outcome: Outcome
    records: tuple[bytes, ...] = ()
    answered: tuple[bytes, ...] = ()
    record: Record | None = None
    branches: tuple[Branch, ...] = ()
    authentic: bool = False

    def nodes(self) -> Iterator[Node]:
        """This node and all below it."""
        yield self
        for branch in self.branches:
            if branch.node is not None:
                yield from branch.node.nodes()

    @property
    def lookups(self) -> int:
        """How many lookups an evaluation needs that goes through everything."""
        return sum(len(node.branches) for node in self.nodes())

    @property
    def voids(self) -> tuple[tuple[Node, Branch], ...]:
        """The lookups that find nothing, and the domains whose records ask for them."""
        return tuple((node, branch) for node in self.nodes() for branch in node.branches if branch.void)

    @property
    def complete(self) -> bool:
        """Whether nothing was left out for being too much."""
        return all(node.state is not State.NOT_WALKED for node in self.nodes())

    @property
    def default(self) -> Result:
        """What senders get that no other term matches (RFC 7208 §4.7, §6.1)."""
        if self.record is None:
            return Result.NONE
        if self.record.all is not None:
            return qualified(self.record.all.qualifier)
        for branch in self.branches:
            if branch.term is self.record.follows and branch.node is not None:
                return branch.node.default
        return Result.NEUTRAL

    def passing(self) -> Iterator[Node]:
        """This node and those below it in which a ``+`` makes the whole record pass."""
        yield self
        for branch in self.branches:
            if branch.node is not None and branch.term.qualifier in ("", "+"):
                yield from branch.node.passing()

    def plain(self) -> dict[str, Any]:
        """The tree as plain values."""
        return {
            "domain": self.domain,
            "state": self.state.value,
            "record": shown(self.record.text) if self.record else None,
            "lookups": self.lookups,
            "includes": [branch.node.plain() for branch in self.branches if branch.node is not None],
        }


def grow(domain: str, ask: Ask) -> Node:
    """Return the tree of a domain. At most ``2 * MOST_WALKED + 1`` questions are asked."""
    return _Walker(ask).node(normal(domain), ())


class _Walker:
    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self.left = MOST_WALKED

    def node(self, domain: str, above: tuple[str, ...]) -> Node:
        if domain in above:
            return Node(domain, State.LOOP, Outcome.FOUND)
        answer = self.ask(domain, "TXT")
        if not answer.outcome.definite:
            return Node(domain, State.UNANSWERED, answer.outcome)
        answered = tuple(octets(answer))
        records = tuple(raw for raw in answered if is_record(raw))
        if len(records) != 1:
            state = State.MANY if records else State.NONE
            return Node(domain, state, answer.outcome, records, answered, authentic=answer.authentic)
        record = parse(records[0])
        branches = tuple(self.branch(term, domain, (*above, domain)) for term in record.costly)
        state = State.INVALID if record.faults else State.OK
        return Node(domain, state, answer.outcome, records, answered, record, branches, answer.authentic)

    def branch(self, term: Term, domain: str, above: tuple[str, ...]) -> Branch:
        target = target_of(term, domain)
        follows = term.name in ("include", "redirect")
        if self.left == 0:
            return Branch(term, target, Node(target or "", State.NOT_WALKED, Outcome.FOUND))
        self.left -= 1
        if target is None or term.name == "ptr":
            return Branch(term, target)
        if follows:
            node = self.node(target, above)
            return Branch(term, target, node, void=node.outcome in _EMPTY)
        return self.addresses(term, target)

    def addresses(self, term: Term, target: str) -> Branch:
        """Look up what ``a``, ``mx`` and ``exists`` name; an address of either family is enough not to be void."""
        kinds = {"mx": ("MX",), "exists": ("A",)}.get(term.name, ("A", "AAAA"))
        unanswered = ""
        for kind in kinds:
            answer = self.ask(target, kind)
            if answer.outcome is Outcome.FOUND:
                return Branch(term, target, crowded=kind == "MX" and len(answer.records) > MOST_NAMES)
            if not answer.outcome.definite:
                unanswered = answer.outcome.value
        return Branch(term, target, void=not unanswered, unanswered=unanswered)


def target_of(term: Term, domain: str) -> str | None:
    """Return the domain that a term names; None if it depends on the sender."""
    if not term.domain:
        return domain
    if spf_macro.letters(term.domain) - {"d"}:
        return None
    return normal(spf_macro.fitted(spf_macro.expand(term.domain, lambda letter: domain)))
