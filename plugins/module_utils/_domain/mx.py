# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Where a domain's mail goes: MX records (RFC 5321 §5.1, RFC 7505)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .._dns.answer import Answer, Mx, Outcome
from .._providers import gateways, table
from .ask import Ask, normal
from .finding import Finding, Section, Status, status_of
from .mx_rules import MX
from .rules import finding

_NAME = "mx"
_GONE = (Outcome.NXDOMAIN, Outcome.BAD_NAME)


@dataclass(frozen=True)
class Exchange:
    """One mail exchanger, and what is known of it. ``aliases`` are the names that it leads through."""

    preference: int
    name: str
    addresses: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    outcome: Outcome = Outcome.FOUND
    provider: str = ""
    gateway: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return it as plain values."""
        return {
            "preference": self.preference,
            "exchange": self.name,
            "addresses": list(self.addresses),
            "alias_of": self.aliases[-1] if self.aliases else None,
            "provider": self.provider or None,
            "gateway": self.gateway or None,
        }


def section(domain: str, ask: Ask, *, provider: str = "", allow_private: bool = False) -> Section:
    """Judge the mail exchangers of ``domain``.

    :param provider: the name of the variant in the table of providers that is expected to receive its mail.
    :param allow_private: whether addresses that the Internet can't reach are right.
    """
    domain = normal(domain)
    answer = ask(domain, "MX")
    if answer.outcome in _GONE:
        return _section([_found("domain_missing", domain=domain)])
    if not answer.outcome.definite:
        return _section([_unanswered(domain, domain, answer.outcome)], Status.UNKNOWN)
    records: tuple[Mx, ...] = answer.records
    real = [record for record in records if record.exchange]
    if not records:
        return _implicit(domain, ask)
    if not real:
        return _section([_found("null", domain=domain)], null=True)
    findings: list[Finding] = []
    if len(real) < len(records):
        findings.append(_found("null_and_others", domain=domain, others=listed([one.exchange for one in real])))
    exchanges = [_look_at(record, ask) for record in real]
    findings += _of_hosts(domain, exchanges, allow_private=allow_private)
    findings += _of_all(domain, exchanges, provider)
    unsure = any(not one.outcome.definite for one in exchanges)
    return _section(findings, Status.UNKNOWN if unsure else Status.OK, exchanges=exchanges)


def exchanges_of(domain: str, ask: Ask) -> tuple[tuple[str, ...], Answer]:
    """Return the hosts that receive mail for ``domain``, the preferred one first, with the answer that told.

    None for a null MX, and none where mail goes to the domain's own address.
    """
    answer = ask(normal(domain), "MX")
    pairs = sorted((one.preference, one.exchange) for one in answer.records if one.exchange)
    return tuple(dict.fromkeys(name for _preference, name in pairs)), answer


def found_provider(found: Section) -> str:
    """Return the one provider (a variant's name) that all mail exchangers belong to, or an empty text."""
    names = {entry["provider"] for entry in found.facts["records"]}
    only = names.pop() if len(names) == 1 else None
    return "" if found.facts["gateway"] or only is None else str(only)


def listed(names: Sequence[str], most: int = 4) -> str:
    """Return names for a sentence, the first ones of many."""
    shown = list(names[:most])
    if len(names) > most:
        shown.append(f"{len(names) - most} more")
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def is_public(address: str) -> bool:
    """Tell whether an IP address can be reached from the Internet."""
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return False


def addresses_of(name: str, ask: Ask) -> tuple[tuple[str, ...], tuple[str, ...], Outcome]:
    """Return the addresses of a host, the names that it leads through, and how the questions ended together."""
    answers = [ask(name, kind) for kind in ("A", "AAAA")]
    aliases = max((answer.aliases for answer in answers), key=len)
    outcomes = [answer.outcome for answer in answers]
    unsure = next((one for one in outcomes if not one.definite), None)
    addresses = tuple(address for answer in answers for address in answer.records)
    outcome = Outcome.FOUND if Outcome.FOUND in outcomes else unsure or outcomes[0]
    return addresses, tuple(alias for alias in aliases if alias != name), outcome


def _found(which: str, /, **evidence: Any) -> Finding:
    return finding(MX, f"mx.{which}", **evidence)


def _unanswered(domain: str, name: str, outcome: Outcome) -> Finding:
    return _found("unanswered", domain=domain, name=name, outcome=outcome.value)


def _section(
    findings: Sequence[Finding],
    otherwise: Status = Status.OK,
    *,
    exchanges: Sequence[Exchange] = (),
    null: bool = False,
    implicit: bool = False,
) -> Section:
    gateway = next(iter(_gateways(exchanges)), None)
    facts = {
        "records": [one.as_dict() for one in exchanges],
        "null": null,
        "implicit": implicit,
        "gateway": gateway,
    }
    return Section(_NAME, status_of(tuple(findings), otherwise), facts, tuple(findings))


def _implicit(domain: str, ask: Ask) -> Section:
    addresses, _aliases, outcome = addresses_of(domain, ask)
    if addresses:
        return _section([_found("implicit", domain=domain, addresses=listed(addresses))], implicit=True)
    if outcome.definite:
        return _section([_found("nowhere", domain=domain)])
    return _section([_unanswered(domain, domain, outcome)], Status.UNKNOWN)


def _look_at(record: Mx, ask: Ask) -> Exchange:
    if _is_address(record.exchange):
        return Exchange(record.preference, record.exchange, outcome=Outcome.BAD_NAME)
    known = table.by_mx(record.exchange)
    gateway = gateways.by_mx(record.exchange)
    return Exchange(
        record.preference,
        record.exchange,
        *addresses_of(record.exchange, ask),
        provider=known.variant.name if known and not gateway else "",
        gateway=gateway.title if gateway else "",
    )


def _of_hosts(domain: str, exchanges: Sequence[Exchange], *, allow_private: bool) -> Iterator[Finding]:
    for one in {entry.name: entry for entry in exchanges}.values():
        if _is_address(one.name):
            yield _found("address_literal", domain=domain, exchange=one.name)
            continue
        if one.aliases:
            yield _found("alias", exchange=one.name, target=one.aliases[-1])
        if one.outcome in _GONE:
            yield _found("dangling", exchange=one.name)
        elif one.outcome is Outcome.NO_DATA:
            yield _found("no_address", exchange=one.name)
        elif one.outcome is not Outcome.FOUND:
            yield _unanswered(domain, one.name, one.outcome)
        elif not allow_private and not any(is_public(address) for address in one.addresses):
            yield _found("not_public", exchange=one.name, addresses=listed(one.addresses))


def _of_all(domain: str, exchanges: Sequence[Exchange], wanted: str) -> Iterator[Finding]:
    names = [one.name for one in exchanges]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield _found("duplicate", domain=domain, exchange=name)
    if all(one.outcome in (*_GONE, Outcome.NO_DATA) for one in exchanges):
        yield _found("none_usable", domain=domain)
    in_front = _gateways(exchanges)
    if in_front:
        yield _found("gateway", domain=domain, gateway=in_front[0])
    providers = sorted({_title(one.provider) for one in exchanges if one.provider})
    if len(providers) > 1:
        yield _found("several_providers", domain=domain, providers=listed(providers))
    expected = _title(wanted)
    if expected and not in_front and providers and expected not in providers:
        yield _found("other_provider", domain=domain, providers=listed(providers), expected=expected)


def _gateways(exchanges: Sequence[Exchange]) -> list[str]:
    return sorted({one.gateway for one in exchanges if one.gateway})


def _title(variant: str) -> str:
    known = table.by_name(variant) if variant else None
    return known.provider.title if known else ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
