# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""MTA-STS: whether senders are told to insist on TLS, and whether they could still deliver (RFC 8461)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .._dns.answer import Outcome
from .._web.https import FetchError, FetchTrouble, Page
from .ask import Ask, normal, shown
from .finding import Finding, Section, Severity, Status, status_of
from .mx import exchanges_of, listed
from .rules import finding
from .sts_policy import VERSION, Policy, parse_policy, parse_record
from .tls_rules import MTA_STS
from .versioned import records_of

SHORT = 86_400
"""Seconds: a policy that is kept for less than a day protects little (RFC 8461 §3.2 speaks of weeks)."""

Fetch = Callable[[str], Page]
"""Reads an https address without following redirects; raises :class:`FetchError`."""

_NAME = "mta_sts"
_TROUBLES = {
    FetchTrouble.TLS: "policy_certificate",
    FetchTrouble.REDIRECT_REFUSED: "policy_redirect",
    FetchTrouble.STATUS: "policy_missing",
    FetchTrouble.MALFORMED: "policy_missing",
    FetchTrouble.TOO_LARGE: "policy_too_large",
    FetchTrouble.PRIVATE_ADDRESS: "policy_private",
}


def section(domain: str, ask: Ask, fetch: Fetch) -> Section:
    """Judge MTA-STS of ``domain``: the record, the policy, and whether the policy names its mail exchangers."""
    domain = normal(domain)
    name = f"_mta-sts.{domain}"
    answer = ask(name, "TXT")
    facts: dict[str, Any] = {"id": None, "mode": None, "max_age": None, "mx": []}
    if not answer.outcome.definite:
        told = _found("unanswered", domain=domain, name=name, outcome=answer.outcome.value)
        return _section(facts, [told], Status.UNKNOWN)
    records, near = records_of(answer, VERSION)
    if not records and near:
        what = f"it does not begin with v=STSv1; but is {shown(near[0])}"
        return _section(facts, [_found("record_syntax", name=name, what=what)])
    if not records:
        return _section(facts, [_found("absent", domain=domain)], Status.ABSENT)
    if len(records) > 1:
        return _section(facts, [_found("several_records", name=name, count=len(records))])
    record = parse_record(records[0])
    if record.problem:
        kind = "record_id" if record.bad_id else "record_syntax"
        return _section(facts, [_found(kind, name=name, what=record.problem)])
    facts["id"] = record.id
    return _of_policy(domain, ask, fetch, facts)


def _found(which: str, /, **evidence: Any) -> Finding:
    return finding(MTA_STS, f"mta_sts.{which}", **evidence)


def _section(facts: dict[str, Any], findings: list[Finding], otherwise: Status = Status.OK) -> Section:
    return Section(_NAME, status_of(tuple(findings), otherwise), facts, tuple(findings))


def _of_policy(domain: str, ask: Ask, fetch: Fetch, facts: dict[str, Any]) -> Section:
    host = f"mta-sts.{domain}"
    answers = [ask(host, kind) for kind in ("A", "AAAA")]
    if all(answer.outcome.definite and answer.outcome is not Outcome.FOUND for answer in answers):
        return _section(facts, [_found("policy_host", domain=domain, host=host)])
    url = f"https://{host}/.well-known/mta-sts.txt"
    try:
        page = fetch(url)
    except FetchError as error:
        kind = _TROUBLES.get(error.trouble, "policy_unreachable")
        if kind == "policy_missing" and (error.status or 0) >= 500:
            kind = "policy_unreachable"
        told = _found(kind, domain=domain, why=error.text, url=url)
        if kind == "policy_unreachable":
            # It may be the network here: only an answer shows what is wrong.
            return Section(_NAME, Status.UNKNOWN, facts, (told,))
        return _section(facts, [told])
    policy = parse_policy(page.body)
    facts.update(mode=policy.mode, max_age=policy.max_age, mx=list(policy.mx))
    findings = [_found(f"policy_{key}", domain=domain, what=what, url=url) for key, what in policy.problems]
    if page.content_type != "text/plain":
        media_type = shown(page.content_type) or "nothing at all"
        findings.append(_found("policy_media_type", domain=domain, media_type=media_type))
    if not any(entry.severity is Severity.ERROR for entry in findings):
        findings += _of_contents(domain, ask, policy)
    return _section(facts, findings)


def _of_contents(domain: str, ask: Ask, policy: Policy) -> Iterator[Finding]:
    if policy.mode == "none":
        yield _found("switched_off", domain=domain)
        return
    if policy.mode == "testing":
        yield _found("testing", domain=domain)
    if policy.max_age is not None and policy.max_age < SHORT:
        yield _found("max_age_short", domain=domain, max_age=policy.max_age)
    exchanges, _answer = exchanges_of(domain, ask)
    missing = [name for name in exchanges if not policy.covers(name)]
    if missing:
        kind = "mx_refused" if policy.mode == "enforce" else "mx_untested"
        yield _found(kind, domain=domain, exchanges=listed(missing))
    unused = [one for one in policy.mx if not any(Policy(mx=(one,)).covers(name) for name in exchanges)]
    if exchanges and unused:
        yield _found("mx_unused", domain=domain, patterns=listed(unused))
