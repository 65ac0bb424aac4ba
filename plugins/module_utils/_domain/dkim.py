# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""DKIM of a sending domain: the keys of the selectors that are known (RFC 6376).

DNS can't list selectors, so that a domain never is said to have no DKIM: without a known selector it is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._dns.answer import Answer, Outcome
from .ask import Ask, normal, octets, once, shown
from .dkim_key import Key, is_key, parse
from .dkim_rules import DKIM
from .finding import Finding, Section, Severity, Status, status_of
from .rules import finding

_NAME = "dkim"
_MOST_SELECTORS = 50
_SELECTOR = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9\-_]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9\-_]*[A-Za-z0-9])?)*\Z")
_RECOMMENDED_BITS, _LEAST_BITS, _MOST_BITS = 2048, 1024, 4096
_FAULTS = {
    "version": "bad_version",
    "tag": "bad_tag",
    "repeated": "repeated_tag",
    "no_key": "no_key",
    "base64": "bad_base64",
    "key": "bad_key",
    "type": "bad_key_type",
}


def section(
    domain: str, ask: Ask, *, selectors: Sequence[str] = (), expected: Mapping[str, str] | None = None
) -> Section:
    """Judge the DKIM keys of a domain.

    :param selectors: selectors that are used for certain: declared, or learnt from a signed message.
    :param expected: selectors that may be used, and the title of the provider that uses them. Where a provider has
        several it is enough that one of them has a key.
    """
    domain, ask = normal(domain), once(ask)
    certain = list(dict.fromkeys(normal(selector) for selector in selectors))[:_MOST_SELECTORS]
    usual = {
        normal(selector): source
        for selector, source in list((expected or {}).items())[:_MOST_SELECTORS]
        if normal(selector) not in certain
    }
    if not certain and not usual:
        findings = (_found("no_selector", domain=domain),)
        return Section(_NAME, Status.SKIPPED, {"domain": domain, "selectors": {}}, findings)
    judged = {selector: _judge(domain, selector, ask, None) for selector in certain}
    guessed = {selector: _judge(domain, selector, ask, source) for selector, source in usual.items()}
    judged.update(_told(guessed, usual, any(facts["state"] == "found" for facts, _unused in judged.values())))
    found = [item for _unused, findings in judged.values() for item in findings]
    states = {facts["state"] for facts, _unused in judged.values()}
    facts = {"domain": domain, "selectors": {selector: facts for selector, (facts, _unused) in judged.items()}}
    return Section(_NAME, status_of(tuple(found), _otherwise(states)), facts, tuple(found))


_Judged = tuple[dict[str, Any], list[Finding]]


def _otherwise(states: set[str]) -> Status:
    """What a section without errors and warnings comes to."""
    if "unanswered" in states:
        return Status.UNKNOWN
    return Status.OK if "found" in states else Status.ABSENT


def _told(guessed: Mapping[str, _Judged], usual: Mapping[str, str], found: bool) -> dict[str, _Judged]:
    """Leave out that a provider's usual selector is missing where another one has a key: few customers use them all."""
    with_key = {usual[selector] for selector, (facts, _unused) in guessed.items() if facts["state"] == "found"}
    told: dict[str, _Judged] = {}
    for selector, (facts, findings) in guessed.items():
        spare = facts["state"] == "absent" and (found or usual[selector] in with_key)
        told[selector] = (facts, [] if spare else findings)
    return told


def _found(which: str, severity: Severity | None = None, /, **evidence: Any) -> Finding:
    return finding(DKIM, f"dkim.{which}", severity, **evidence)


def _judge(domain: str, selector: str, ask: Ask, source: str | None) -> _Judged:
    """Return facts and findings of one selector; ``source`` is the provider that may use it, None if it is certain."""
    facts: dict[str, Any] = {"state": "bad", "source": source or "known"}
    if not _SELECTOR.match(selector):
        return facts, [_found("bad_selector", selector=shown(selector))]
    name = f"{selector}._domainkey.{domain}"
    answer = ask(name, "TXT")
    facts.update(name=name, aliases=list(answer.aliases), authentic=answer.authentic)
    if answer.outcome is not Outcome.FOUND:
        return _without(name, answer, source, ask, facts)
    texts = [raw.decode("utf-8", "backslashreplace") for raw in octets(answer)]
    keys = [text for text in texts if is_key(text)]
    facts["state"] = "found"
    findings: list[Finding] = []
    if len(texts) > 1:
        # A single key between other records still is read by some; with several keys anything may happen.
        severity = None if len(keys) > 1 else Severity.WARNING
        findings.append(_found("multiple_records", severity, name=name, count=len(texts)))
    if not keys:
        facts["state"] = "bad"
        return facts, [*findings, _found("not_a_key", name=name, record=shown(texts[0]))]
    key = parse(keys[0])
    facts.update(
        record=shown(key.text), kind=shown(key.kind), bits=key.bits, test="y" in key.flags, revoked=key.revoked
    )
    return facts, findings + list(_about_key(name, key))


def _without(name: str, answer: Answer, source: str | None, ask: Ask, facts: dict[str, Any]) -> _Judged:
    if not answer.outcome.definite:
        facts["state"] = "unanswered"
        return facts, [_found("unanswered", name=name, outcome=answer.outcome.value)]
    target = answer.aliases[-1] if answer.aliases else _alias(name, ask)
    if target:
        facts.update(state="dangling", aliases=list(answer.aliases) or [target])
        return facts, [_found("dangling_alias", name=name, target=shown(target))]
    facts["state"] = "absent"
    if source is not None:
        return facts, [_found("usual_key_missing", name=name, source=source)]
    return facts, [_found("missing_key", name=name, source="that is in use")]


def _alias(name: str, ask: Ask) -> str:
    """Return what a name is an alias of: a resolver may not say so when the target does not exist."""
    answer = ask(name, "CNAME")
    return str(answer.records[0]) if answer.outcome is Outcome.FOUND else ""


def _about_key(name: str, key: Key) -> Iterator[Finding]:
    for fault in key.faults:
        yield _found(_FAULTS[fault.kind], name=name, value=shown(fault.value), kind=shown(key.kind))
    if key.revoked:
        yield _found("revoked", name=name)
        return
    if key.kind == "rsa" and key.bits is not None:
        if key.bits < _LEAST_BITS:
            yield _found("key_too_short", name=name, bits=key.bits)
        elif key.bits < _RECOMMENDED_BITS:
            yield _found("key_short", name=name, bits=key.bits)
        elif key.bits > _MOST_BITS:
            yield _found("key_long", name=name, bits=key.bits)
        if key.exponent is not None and (key.exponent < 3 or key.exponent % 2 == 0):
            yield _found("weak_exponent", name=name, exponent=shown(hex(key.exponent)))
    if "y" in key.flags:
        yield _found("test_mode", name=name)
    if key.hashes and "sha256" not in key.hashes:
        yield _found("hash_excluded", name=name, value=shown(":".join(key.hashes)))
    if key.services and "email" not in key.services:
        yield _found("service_excluded", name=name, value=shown(":".join(key.services)))
