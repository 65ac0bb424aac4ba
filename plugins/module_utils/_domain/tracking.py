# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Tracking hosts: the names that links and pixels of mail lead to. Only DNS is asked, no web server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._dns.answer import Outcome
from .ask import Ask, normal
from .finding import Finding, Section, Status, status_of
from .mx import addresses_of, is_public, listed
from .mx_rules import TRACKING
from .rules import finding


def section(domain: str, ask: Ask, *, hosts: Sequence[str], allow_private: bool = False) -> Section:
    """Judge the tracking ``hosts`` of ``domain``; without any, the section is skipped.

    :param allow_private: whether addresses that the Internet can't reach are right.
    """
    domain = normal(domain)
    names = list(dict.fromkeys(normal(host) for host in hosts))
    if not names:
        return Section("tracking", Status.SKIPPED, {"hosts": []})
    findings: list[Finding] = []
    facts, unsure = [], False
    for host in names:
        addresses, aliases, outcome = addresses_of(host, ask)
        if not addresses and not aliases:
            aliases = _alias(host, ask)
        target = aliases[-1] if aliases else None
        facts.append({"host": host, "target": target, "addresses": list(addresses)})
        unsure = unsure or not outcome.definite
        findings += _judge(domain, host, target, addresses, outcome, allow_private=allow_private)
    status = status_of(tuple(findings), Status.UNKNOWN if unsure else Status.OK)
    return Section("tracking", status, {"hosts": facts}, tuple(findings))


def _alias(host: str, ask: Ask) -> tuple[str, ...]:
    """Return the target of an alias whose end has no address; the questions for addresses need not have told it."""
    return tuple(str(name) for name in ask(host, "CNAME").records[:1])


def _judge(
    domain: str, host: str, target: str | None, addresses: Sequence[str], outcome: Outcome, *, allow_private: bool
) -> list[Finding]:
    found = []
    if outcome in (Outcome.NXDOMAIN, Outcome.BAD_NAME):
        found.append(_found("dangling", host=host, target=target) if target else _found("missing", host=host))
    elif outcome is Outcome.NO_DATA:
        found.append(_found("no_address", host=host, target=target or host))
    elif outcome is not Outcome.FOUND:
        found.append(_found("unanswered", host=host, outcome=outcome.value))
    else:
        if target is None:
            found.append(_found("no_alias", host=host))
        if not allow_private and not any(is_public(address) for address in addresses):
            found.append(_found("not_public", host=host, addresses=listed(addresses)))
    if host != domain and not host.endswith(f".{domain}"):
        found.append(_found("foreign", host=host, domain=domain))
    return found


def _found(which: str, /, **evidence: Any) -> Finding:
    return finding(TRACKING, f"tracking.{which}", **evidence)
