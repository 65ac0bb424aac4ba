# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What the tree of an SPF record means for the domain that publishes it."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterator
from typing import Any

from .ask import shown
from .finding import Finding, Severity
from .rules import finding
from .spf_evaluate import MOST_LOOKUPS, MOST_VOIDS, Result
from .spf_record import MECHANISMS, Fault, Record, Term, is_nearly
from .spf_rules import SPF
from .spf_tree import Branch, Node, State

_NEAR = 9
_PLAIN_ANSWER = 450
_BROAD = {4: 16, 6: 32}
_FAULTS = {
    "mechanism": "unknown_mechanism",
    "network": "bad_network",
    "prefix": "bad_prefix",
    "domain": "bad_domain",
    "macro": "bad_macro",
    "repeated": "repeated_modifier",
    "term": "bad_term",
    "characters": "bad_characters",
}
_REASONS = {
    State.NONE: "has no SPF record",
    State.MANY: "has several SPF records",
    State.INVALID: "has an SPF record that is not valid",
}
_REPORTING = ("ra", "rp", "rr")
"""Modifiers of RFC 6652."""
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)


def found(which: str, severity: Severity | None = None, /, **evidence: Any) -> Finding:
    """Return a finding about SPF."""
    return finding(SPF, f"spf.{which}", severity, **evidence)


def judge(tree: Node) -> Iterator[Finding]:
    """Yield what there is to say about a tree, whoever sends."""
    yield from _about_selection(tree)
    record = tree.record
    if record is None:
        return
    yield from _about_grammar(tree.domain, record.faults)
    yield from _about_branches(tree)
    yield from _about_limits(tree)
    yield from _about_ends(tree, record)
    yield from _about_terms(tree, record)
    yield from _about_repeats(tree, record)
    yield from _about_size(tree)


def _about_selection(tree: Node) -> Iterator[Finding]:
    if tree.state is State.UNANSWERED:
        yield found("unanswered", name=tree.domain, outcome=tree.outcome.value)
    elif tree.state is State.MANY:
        yield found("multiple_records", domain=tree.domain, count=len(tree.records))
    nearly = [raw for raw in tree.answered if is_nearly(raw)]
    if nearly:
        severity = Severity.WARNING if tree.records else None
        yield found("bad_version", severity, domain=tree.domain, record=shown(nearly[0]))
    elif tree.state is State.NONE:
        yield found("missing", domain=tree.domain)


def _about_grammar(domain: str, faults: tuple[Fault, ...]) -> Iterator[Finding]:
    for fault in faults:
        yield found(_FAULTS[fault.kind], domain=domain, term=shown(fault.term))


def _about_branches(tree: Node) -> Iterator[Finding]:
    """What include, redirect and mx lead to, anywhere in the tree."""
    for node in tree.nodes():
        for branch in node.branches:
            yield from _about_branch(tree, node, branch)


def _about_branch(tree: Node, node: Node, branch: Branch) -> Iterator[Finding]:
    term, target = shown(branch.term.text), shown(branch.target or "")
    below = branch.node
    if branch.unanswered:
        yield found("unanswered", name=target, outcome=branch.unanswered)
    elif branch.crowded:
        yield found("too_many_exchangers", domain=node.domain, term=term)
    elif below is not None and below.state is State.LOOP:
        yield found("loop", domain=node.domain, term=term)
    elif below is not None and below.state is State.UNANSWERED:
        yield found("unanswered", name=target, outcome=below.outcome.value)
    elif below is not None and below.state in _REASONS:
        reason = _REASONS[below.state]
        if below.record is not None and below.record.faults:
            reason += f" ({shown(below.record.faults[0].term)})"
        yield found("broken_include", domain=node.domain, term=term, target=target, reason=reason)
    if branch.term.name == "ptr":
        severity = None if node is tree else Severity.INFO
        yield found("ptr", severity, domain=node.domain, term=term)


def _about_limits(tree: Node) -> Iterator[Finding]:
    count: int | str = tree.lookups if tree.complete else f"at least {tree.lookups}"
    if tree.lookups > MOST_LOOKUPS:
        yield found("too_many_lookups", domain=tree.domain, count=count)
    elif tree.lookups >= _NEAR:
        yield found("near_lookup_limit", domain=tree.domain, count=count)
    voids = tree.voids
    if len(voids) > MOST_VOIDS:
        names = ", ".join(shown(branch.target or "") for _unused, branch in voids)
        yield found("too_many_voids", domain=tree.domain, count=len(voids), names=names)
        return
    for node, branch in voids:
        # An include that finds nothing is said to be broken already.
        if branch.node is None:
            term, target = shown(branch.term.text), shown(branch.target or "")
            yield found("void_lookup", domain=node.domain, term=term, target=target)


def _about_ends(tree: Node, record: Record) -> Iterator[Finding]:
    domain, end = tree.domain, record.all
    if end is not None:
        if end.qualifier == "?":
            yield found("neutral_all", domain=domain)
        if end.qualifier == "-" and record.text.lower().split() == ["v=spf1", "-all"]:
            yield found("sends_no_mail", domain=domain)
        if record.redirect is not None:
            yield found("redirect_ignored", domain=domain, term=shown(record.redirect.text))
        behind = record.mechanisms[len(record.reached) :]
        if behind:
            yield found("after_all", domain=domain, terms=shown(" ".join(term.text for term in behind)))
    elif record.redirect is None and not record.faults:
        yield found("no_all", domain=domain)
    elif record.redirect is not None and tree.default is Result.NEUTRAL:
        yield found("neutral_all", domain=domain)
    term = _open(tree)
    if term is not None:
        yield found("allows_all", domain=domain, term=shown(term.text))


def _open(tree: Node) -> Term | None:
    """The term by which everybody passes, in the record itself or in one that it passes with."""
    for node in tree.passing():
        for term in node.record.reached if node.record else ():
            if term.qualifier == "+" and (term.name == "all" or _narrowest(term) == 0):
                return term
    return None


def _narrowest(term: Term) -> int | None:
    """The shortest length of a network that a term matches, None for terms without one."""
    if term.network is not None:
        return term.network.prefixlen
    return min(term.prefix4, term.prefix6) if term.name in ("a", "mx") else None


def _about_terms(tree: Node, record: Record) -> Iterator[Finding]:
    domain = tree.domain
    for term in record.reached:
        if term.qualifier == "+" and _is_broad(term):
            yield found("broad_network", domain=domain, term=shown(term.text))
        if term.network is not None and any(
            network.version == term.network.version and network.overlaps(term.network)
            for network in _NOT_PUBLIC
            if network.prefixlen <= term.network.prefixlen
        ):
            yield found("private_network", domain=domain, term=shown(term.text))
    for term in record.unknown:
        if term.name in _REPORTING:
            continue
        name = "mechanism_as_modifier" if term.name in (*MECHANISMS, "v", "ipv4", "ipv6") else "unknown_modifier"
        yield found(name, domain=domain, term=shown(term.text))


def _is_broad(term: Term) -> bool:
    """Whether a network is very large; one of length 0 is everybody, which is said elsewhere."""
    if term.network is not None:
        return 0 < term.network.prefixlen < _BROAD[term.network.version]
    return term.name in ("a", "mx") and (0 < term.prefix4 < _BROAD[4] or 0 < term.prefix6 < _BROAD[6])


def _about_repeats(tree: Node, record: Record) -> Iterator[Finding]:
    terms = Counter(f"{term.qualifier.replace('+', '')}{term.text.lstrip('+').lower()}" for term in record.mechanisms)
    twice = [text for text, count in terms.items() if count > 1]
    for text in twice:
        yield found("repeated_term", domain=tree.domain, term=shown(text))
    if twice:
        return
    counts = Counter(node.domain for node in tree.nodes() if node.state is State.OK)
    for target, count in counts.items():
        if count > 1:
            yield found("repeated_include", domain=tree.domain, target=target, count=count)


def _about_size(tree: Node) -> Iterator[Finding]:
    octets = len(tree.records[0]) if tree.records else 0
    if octets > _PLAIN_ANSWER:
        yield found("long_record", domain=tree.domain, octets=octets)
    elif sum(map(len, tree.answered)) > _PLAIN_ANSWER:
        yield found("long_answer", domain=tree.domain, octets=sum(map(len, tree.answered)))
