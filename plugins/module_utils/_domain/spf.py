# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""SPF of a sending domain: whether its record is sound, and whether it covers who sends (RFC 7208).

Who sends is what the provider asks to include, or the addresses that are declared: never the host that mail is
submitted to, which is not the one that delivers.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Any

from . import spf_macro
from .ask import Ask, normal, octets, once, shown
from .finding import Finding, Section, Severity, Status, status_of
from .spf_evaluate import Address, Result, Verdict, check_host
from .spf_judge import found, judge
from .spf_record import Network
from .spf_tree import Node, State, grow, target_of

_NAME = "spf"
_MOST_SENDERS = 64
_REFUSED = {Result.FAIL: "sender_fails", Result.SOFTFAIL: "sender_softfails", Result.NEUTRAL: "sender_neutral"}


def section(domain: str, ask: Ask, *, includes: Sequence[str] = (), sending_ips: Sequence[str] = ()) -> Section:
    """Judge SPF of the domain of envelope senders.

    :param includes: the domains that the provider asks its customers to include; one of them is enough.
    :param sending_ips: the addresses that mail leaves by. Where they are given they decide, and not the includes.
    """
    domain, ask = normal(domain), once(ask)
    tree = grow(domain, ask)
    findings = [*judge(tree), *_about_explanation(tree, ask)]
    facts: dict[str, Any] = {"domain": domain}
    if tree.record is not None:
        facts.update(_facts(tree))
    sound = not any(item.severity is Severity.ERROR for item in findings)
    open_to_all = any(item.id == "spf.allows_all" for item in findings)
    if sending_ips:
        verdicts = {ip: _verdict(ip, domain, ask) for ip in list(dict.fromkeys(sending_ips))[:_MOST_SENDERS]}
        facts["sending_ips"] = {shown(ip): _plain(verdict) for ip, verdict in verdicts.items() if verdict}
        for ip, verdict in verdicts.items():
            findings += _about_sender(domain, ip, verdict, sound)
    elif includes and tree.state is State.OK and not open_to_all:
        covered, about = _coverage(tree, [normal(include) for include in includes], ask)
        facts["provider_covered"] = covered
        findings += about
    return Section(_NAME, _status(tree, findings), facts, tuple(findings))


def _status(tree: Node, findings: list[Finding]) -> Status:
    if tree.state is State.NONE and not any(item.id == "spf.bad_version" for item in findings):
        return Status.ABSENT
    unknown = any(item.id == "spf.unanswered" for item in findings)
    return status_of(tuple(findings), Status.UNKNOWN if unknown else Status.OK)


def _facts(tree: Node) -> dict[str, Any]:
    return {
        "record": shown(tree.records[0]),
        "octets": len(tree.records[0]),
        "default": tree.default.value,
        "lookups": tree.lookups,
        "void_lookups": len(tree.voids),
        "complete": tree.complete,
        "authentic": tree.authentic,
        "tree": tree.plain(),
    }


def _about_explanation(tree: Node, ask: Ask) -> Iterator[Finding]:
    """Whether what the record tells senders that fail can be read (RFC 7208 §6.2)."""
    term = tree.record.explanation if tree.record else None
    target = target_of(term, tree.domain) if term else None
    if term is None or target is None:
        return
    answer = ask(target, "TXT")
    texts = octets(answer)
    text = texts[0].decode("utf-8", "backslashreplace") if len(texts) == 1 else ""
    if answer.outcome.definite and (not text or spf_macro.parse(text, explanation=True) is None):
        yield found("bad_explanation", domain=tree.domain, term=shown(term.text), target=shown(target))


# --- declared senders ------------------------------------------------------------------------------------------------


def _verdict(ip: str, domain: str, ask: Ask) -> Verdict | None:
    """Return what receivers find; None if it is no address."""
    try:
        address: Address = ipaddress.ip_address(ip.strip())
    except ValueError:
        return None
    return check_host(address, domain, ask)


def _plain(verdict: Verdict) -> dict[str, str]:
    return {
        "result": verdict.result.value,
        "term": shown(verdict.term),
        "domain": shown(verdict.domain),
        "detail": shown(verdict.detail),
    }


def _about_sender(domain: str, ip: str, verdict: Verdict | None, sound: bool) -> Iterator[Finding]:
    if verdict is None:
        yield found("bad_sender", ip=shown(ip))
    elif verdict.result in _REFUSED:
        evidence = {"domain": domain, "ip": ip, "term": shown(verdict.term), "source": shown(verdict.domain)}
        yield found(_REFUSED[verdict.result], **evidence)
    elif verdict.result is Result.PERMERROR and sound:
        yield found("sender_error", domain=domain, ip=ip, detail=shown(verdict.detail))


# --- the provider's include ------------------------------------------------------------------------------------------


def _coverage(tree: Node, includes: Sequence[str], ask: Ask) -> tuple[str, list[Finding]]:
    """Return how the provider is covered: ``included``, ``flattened``, ``no`` or ``unknown``."""
    if any(node.domain in includes for node in tree.passing()):
        return "included", []
    if any(node.state is State.UNANSWERED for node in tree.nodes()):
        return "unknown", []
    own = [network for node in tree.passing() for network in _networks(node)]
    for include in includes:
        theirs = _all_networks(grow(include, ask)) if own else []
        if theirs and all(_within(network, own) for network in theirs):
            return "flattened", [found("provider_flattened", domain=tree.domain, include=include)]
    severity = Severity.ERROR if tree.default is Result.FAIL else None
    result = tree.default.value
    return "no", [found("provider_not_covered", severity, domain=tree.domain, include=includes[0], result=result)]


def _networks(node: Node) -> list[Network]:
    """The networks that pass by the record of one domain."""
    terms = node.record.reached if node.record else ()
    return [term.network for term in terms if term.network is not None and term.qualifier == "+"]


def _all_networks(tree: Node) -> list[Network]:
    """The networks that pass by a tree; none where names of hosts decide too, whose addresses change."""
    if any(branch.node is None for node in tree.passing() for branch in node.branches):
        return []
    return [network for node in tree.passing() for network in _networks(node)]


def _within(network: Network, others: Sequence[Network]) -> bool:
    return any(
        network.version == other.version and network.prefixlen >= other.prefixlen and network.network_address in other
        for other in others
    )
