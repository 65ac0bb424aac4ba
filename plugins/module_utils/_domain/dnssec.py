# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Whether the answers for a domain are signed (RFC 4033): the AD bit counts only from this machine's own resolver."""

from __future__ import annotations

from typing import Any

from .._dns.answer import Outcome
from .ask import Ask, normal
from .finding import Finding, Section, Status, status_of
from .mx_rules import DNSSEC
from .rules import finding


def section(domain: str, ask: Ask, *, local: bool) -> Section:
    """Judge whether ``domain`` is signed.

    :param local: whether every resolver that is asked is on this machine, so that its AD bit can be believed.
    """
    domain = normal(domain)
    answer, above = ask(domain, "MX"), ask(domain, "DS")
    delegated = above.outcome is Outcome.FOUND
    facts: dict[str, Any] = {"signed": None, "ds": delegated if above.outcome.definite else None}
    if answer.outcome is Outcome.SERVFAIL and delegated:
        return _section(facts, [_found("bogus", domain=domain)], signed=False)
    if not answer.outcome.definite:
        told = _found("unanswered", domain=domain, name=domain, outcome=answer.outcome.value)
        return _section(facts, [told], Status.UNKNOWN)
    if local and answer.authentic:
        return _section(facts, [], signed=True)
    why = not_validated(ask, local=local)
    if why:
        return _section(facts, [_found("not_validated", domain=domain, why=why)], Status.UNKNOWN)
    return _section(facts, [_found("unsigned", domain=domain)], Status.ABSENT, signed=False)


def not_validated(ask: Ask, *, local: bool) -> str:
    """Return why a missing AD bit says nothing, or an empty text where it says that a name is not signed.

    A resolver on this machine need not validate. The root is signed, so the answer about it shows whether it does.
    """
    if not local:
        return "the resolver is not on this machine."
    return "" if ask(".", "NS").authentic else "the resolver on this machine does not validate."


def _found(which: str, /, **evidence: Any) -> Finding:
    return finding(DNSSEC, f"dnssec.{which}", **evidence)


def _section(
    facts: dict[str, Any], findings: list[Finding], otherwise: Status = Status.OK, *, signed: bool | None = None
) -> Section:
    told = {**facts, "signed": signed}
    return Section("dnssec", status_of(tuple(findings), otherwise), told, tuple(findings))
