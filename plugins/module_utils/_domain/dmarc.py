# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""DMARC of a sending domain: which policy applies, whether it is sound, and whether its own mail can pass (RFC 9989).

RFC 9989 replaced RFC 7489 and RFC 9091. Policies are looked for by its tree walk; where receivers that still follow
RFC 7489 read a record differently, a finding says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from .._dns.answer import Outcome
from .ask import Ask, normal, octets, once, shown
from .dmarc_record import POLICIES, REMOVED, Record, Uri, is_record
from .dmarc_rules import DMARC
from .dmarc_walk import Place, Walk, walk
from .finding import Finding, Section, Severity, Status, status_of
from .rules import finding

_NAME = "dmarc"
_MOST_TARGETS = 10
"""How many domains of report addresses, and how many signers, are looked at."""
_TO_MATCH = {"r": "have the same organizational domain", "s": "be the same"}


def section(domain: str, ask: Ask, *, spf_domain: str | None = None, dkim_domains: Sequence[str] = ()) -> Section:
    """Judge DMARC of the domain of From addresses.

    :param spf_domain: the domain of the envelope sender where it is known.
    :param dkim_domains: the domains (``d=``) of signatures where they are known.
    """
    domain, ask = normal(domain), once(ask)
    walked = walk(domain, ask)
    own, policy = walked.places[0], walked.policy
    findings = list(_about_place(own, walked, ask))
    unanswered = walked.unanswered
    if unanswered is not None and (policy is None or policy is not own):
        outcome = unanswered.answer.outcome.value
        findings.append(_found("unanswered", domain=domain, name=f"_dmarc.{unanswered.domain}", outcome=outcome))
        return Section(_NAME, status_of(tuple(findings), Status.UNKNOWN), {"domain": domain}, tuple(findings))
    if policy is None or policy.record is None:
        broken = any(item.severity is Severity.ERROR for item in findings)
        if not broken:
            findings.append(_found("missing", domain=domain))
        return Section(_NAME, Status.FAILED if broken else Status.ABSENT, {"domain": domain}, tuple(findings))
    record = policy.record
    findings += _about_syntax(record)
    findings += _about_policy(domain, walked, policy, record)
    findings += _about_reports(policy.domain, record, ask)
    aligned = _alignment(domain, walked.organizational, record, ask, spf_domain, dkim_domains)
    findings += _about_alignment(domain, record, aligned, spf_domain, dkim_domains, _applied(domain, policy, record))
    facts = _facts(domain, walked, policy, record, aligned)
    return Section(_NAME, status_of(tuple(findings)), facts, tuple(findings))


def _found(which: str, severity: Severity | None = None, /, **evidence: Any) -> Finding:
    return finding(DMARC, f"dmarc.{which}", severity, **evidence)


def _applied(domain: str, policy: Place, record: Record) -> str:
    """The policy for mail from the domain (RFC 9989 §4.10.1)."""
    return record.domain_policy if policy.domain == domain else record.subdomain_policy


def _facts(domain: str, walked: Walk, policy: Place, record: Record, aligned: dict[str, bool | None]) -> dict[str, Any]:
    return {
        "domain": domain,
        "found_at": policy.domain,
        "organizational_domain": walked.organizational,
        "record": shown(record.text),
        "policy": _applied(domain, policy, record),
        "subdomain_policy": record.subdomain_policy,
        "nonexistent_policy": record.nonexistent_policy,
        "adkim": record.adkim,
        "aspf": record.aspf,
        "test": record.test,
        "percent": record.pct,
        "aggregate_reports": [shown(uri.text) for uri in record.rua],
        "failure_reports": [shown(uri.text) for uri in record.ruf],
        "authentic": policy.answer.authentic,
        **aligned,
    }


def _about_place(own: Place, walked: Walk, ask: Ask) -> Iterator[Finding]:
    """What keeps receivers from finding the domain's own record."""
    if own.count > 1:
        yield _found("multiple_records", domain=own.domain, count=own.count)
    if own.count == 0 and own.nearly:
        yield _found("bad_version", domain=own.domain, record=shown(own.nearly[0]))
    if own.others:
        yield _found("other_text", domain=own.domain, record=shown(own.others[0]))
    if own.count == 0 and not own.unanswered:
        apex = octets(ask(own.domain, "TXT"))
        if any(is_record(raw.decode("utf-8", "backslashreplace")) for raw in apex):
            severity = None if walked.policy is None else Severity.WARNING
            yield _found("wrong_place", severity, domain=own.domain)


def _about_syntax(record: Record) -> Iterator[Finding]:
    kinds = {"tag": "bad_tag", "repeated": "repeated_tag", "unknown": "unknown_tag", "characters": "bad_characters"}
    kinds.update(policy="bad_policy", value="bad_value", uri="bad_report_uri")
    for fault in record.faults:
        yield _found(kinds[fault.kind], tag=shown(fault.tag), value=shown(fault.value))
    if "p" not in record.tags:
        yield _found("no_policy", Severity.WARNING if record.rua else None)
    elif list(record.tags)[1] != "p":
        yield _found("policy_not_second")
    for tag in REMOVED:
        if tag in record.tags:
            yield _found("removed_tag", tag=tag)
    if "fo" in record.tags and "ruf" not in record.tags:
        yield _found("fo_without_ruf")


def _about_policy(domain: str, walked: Walk, place: Place, record: Record) -> Iterator[Finding]:
    if place.domain != domain:
        yield _found("inherited", domain=domain, source=place.domain)
    applied = _applied(domain, place, record)
    if applied == "none":
        yield _found("policy_none", None if record.rua else Severity.WARNING, domain=domain)
    else:
        if record.test:
            yield _found("test_mode", policy=applied)
        if record.pct < 100:
            yield _found("partial", percent=record.pct)
    if record.psd == "y" and place.domain == domain:
        yield _found("public_suffix", domain=domain)
    if place.domain == domain != walked.organizational:
        if record.sp or record.np:
            yield _found("subdomain_policy_ignored", domain=domain, source=walked.organizational)
        return
    strength = POLICIES.index
    if strength(record.subdomain_policy) < strength(record.domain_policy):
        yield _found(
            "subdomains_weaker",
            domain=place.domain,
            tag="sp",
            value=record.subdomain_policy,
            policy=record.domain_policy,
        )
    elif strength(record.nonexistent_policy) < strength(record.domain_policy):
        yield _found(
            "subdomains_weaker",
            domain=place.domain,
            tag="np",
            value=record.nonexistent_policy,
            policy=record.domain_policy,
        )


def _about_reports(source: str, record: Record, ask: Ask) -> Iterator[Finding]:
    if "rua" not in record.tags:
        yield _found("no_reports", domain=source)
    hosts: dict[str, str] = {}
    for tag, uris in (("rua", record.rua), ("ruf", record.ruf)):
        if len(uris) > 2:
            yield _found("many_report_addresses", tag=tag, count=len(uris))
        for uri in uris:
            yield from _about_uri(tag, uri)
            if uri.host:
                hosts.setdefault(uri.host, tag)
    for host, tag in islice(hosts.items(), _MOST_TARGETS):
        yield from _about_target(source, host, tag, ask)


def _about_uri(tag: str, uri: Uri) -> Iterator[Finding]:
    if uri.scheme != "mailto":
        yield _found("report_scheme", tag=tag, value=shown(uri.text))
    if uri.sized:
        yield _found("report_size", tag=tag, value=shown(uri.text))


def _about_target(source: str, host: str, tag: str, ask: Ask) -> Iterator[Finding]:
    if _takes_no_mail(host, ask):
        yield _found("report_domain_no_mail", host=host, tag=tag)
    if _same_organization(source, host, ask):
        return
    name = f"{source}._report._dmarc.{host}"
    answer = ask(name, "TXT")
    if not answer.outcome.definite:
        yield _found("report_unanswered", host=host, name=name, outcome=answer.outcome.value)
    elif not any(is_record(raw.decode("utf-8", "backslashreplace")) for raw in octets(answer)):
        yield _found("report_not_authorised", host=host, domain=source, name=name)


def _takes_no_mail(host: str, ask: Ask) -> bool:
    exchangers = ask(host, "MX")
    if exchangers.outcome is Outcome.FOUND:
        return all(not record.exchange for record in exchangers.records)
    if exchangers.outcome is Outcome.NXDOMAIN:
        return True
    if exchangers.outcome is not Outcome.NO_DATA:
        return False
    return all(ask(host, kind).outcome in (Outcome.NO_DATA, Outcome.NXDOMAIN) for kind in ("A", "AAAA"))


def _same_organization(first: str, second: str, ask: Ask) -> bool:
    """Whether two domains belong together (RFC 9989 §4.10.2); those that are equal do without asking."""
    return first == second or walk(first, ask).organizational == walk(second, ask).organizational


def _alignment(
    domain: str,
    organizational: str,
    record: Record,
    ask: Ask,
    spf_domain: str | None,
    dkim_domains: Sequence[str],
) -> dict[str, bool | None]:
    """Which identifiers are aligned; None for what is not known (RFC 9989 §4.4)."""

    def aligned(other: str, mode: str) -> bool | None:
        other = normal(other)
        if other == domain or mode == "s":
            return other == domain
        walked = walk(other, ask)
        return None if walked.unanswered else walked.organizational == organizational

    signers = [aligned(signer, record.adkim) for signer in list(dkim_domains)[:_MOST_TARGETS]]
    return {
        "spf_aligned": aligned(spf_domain, record.aspf) if spf_domain else None,
        "dkim_aligned": True if True in signers else None if None in signers or not signers else False,
    }


def _about_alignment(
    domain: str,
    record: Record,
    aligned: dict[str, bool | None],
    spf_domain: str | None,
    dkim_domains: Sequence[str],
    policy: str,
) -> Iterator[Finding]:
    spf, dkim = aligned["spf_aligned"], aligned["dkim_aligned"]
    if spf is False and spf_domain:
        severity = Severity.INFO if dkim else None
        envelope = shown(normal(spf_domain))
        match = _TO_MATCH[record.aspf]
        yield _found("spf_not_aligned", severity, domain=domain, envelope=envelope, mode=record.aspf, match=match)
    if dkim is False:
        signers = ", ".join(shown(normal(signer)) for signer in list(dkim_domains)[:_MOST_TARGETS])
        match = _TO_MATCH[record.adkim]
        yield _found("dkim_not_aligned", domain=domain, signers=signers, mode=record.adkim, match=match)
    if spf is False and dkim is False:
        severity = Severity.WARNING if policy == "none" else None
        yield _found("no_alignment", severity, domain=domain, policy=policy)
