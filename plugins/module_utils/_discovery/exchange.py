# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Who receives a domain's mail, and what that says about who runs its mailboxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._dns.answer import Answer, Outcome
from .._providers import gateways, table
from .._providers.gateways import Gateway
from .._providers.table import Known
from . import known as known_providers
from .candidate import Candidate, Finding, Origin, Trust
from .lookup import Id

if TYPE_CHECKING:
    from .._dns.client import DnsClient

MAX_LABELS = 8
"""Labels of a mail exchanger whose zone is looked for; real ones have three to six."""


@dataclass(frozen=True)
class MailExchange:
    """Who receives the mail. ``exchanges`` are names in the order of their use; ``known`` is None behind a gateway."""

    exchanges: tuple[str, ...] = ()
    known: Known | None = None
    trust: Trust = Trust.HIGH
    gateway: Gateway | None = None
    findings: tuple[Finding, ...] = field(default=())

    @property
    def best(self) -> str:
        """The exchanger that is used first, or an empty text."""
        return self.exchanges[0] if self.exchanges else ""

    def candidates(self, domain: str) -> tuple[Candidate, ...]:
        """Return the services of the provider that receives the mail."""
        if self.known is None:
            return ()
        return known_providers.candidates_of(self.known, domain, Origin.PROVIDER_MX, self.trust, f"by MX {self.best}")


def judge(domain: str, answer: Answer, *, use_table: bool = True) -> MailExchange:
    """Return what the MX records of ``domain`` say."""
    if answer.outcome is Outcome.NXDOMAIN:
        return MailExchange(findings=(Id.NO_DOMAIN.finding(f"DNS knows no domain {domain}."),))
    if answer.outcome is not Outcome.FOUND:
        return MailExchange()
    records = sorted(answer.records, key=lambda record: (record.preference, record.exchange))
    exchanges = tuple(record.exchange for record in records if record.exchange)
    if not exchanges:
        text = f"{domain} says that it receives no mail (null MX, RFC 7505)."
        return MailExchange(findings=(Id.NULL_MX.finding(text),))
    gateway = gateways.by_mx(exchanges[0])
    if gateway is not None:
        return MailExchange(exchanges, gateway=gateway, findings=(_behind(domain, gateway, exchanges),))
    best = table.by_mx(exchanges[0]) if use_table else None
    if best is None:
        return MailExchange(exchanges)
    return _of_provider(domain, best, exchanges)


def _of_provider(domain: str, best: Known, exchanges: tuple[str, ...]) -> MailExchange:
    others = [exchange for exchange in exchanges if not _same(best, exchange)]
    findings = []
    if others:
        findings.append(
            Id.MX_MIXED.finding(
                f"The first mail exchanger of {domain}, {exchanges[0]}, belongs to {best.variant.title}, but "
                f"{', '.join(others)} does not. Set provider if the mailboxes are somewhere else."
            )
        )
    alike = known_providers.like_it(best)
    if alike:
        findings.append(
            Id.VARIANT_ASSUMED.finding(
                f"{best.variant.title} is taken for {domain}; the mail exchanger may as well stand for "
                f"{', '.join(alike)}. Set provider where that is meant."
            )
        )
    return MailExchange(exchanges, best, Trust.MEDIUM if others else Trust.HIGH, None, tuple(findings))


def _same(best: Known, exchange: str) -> bool:
    other = table.by_mx(exchange)
    return other is not None and other.provider is best.provider


def _behind(domain: str, gateway: Gateway, exchanges: Sequence[str]) -> Finding:
    behind = next((known for known in map(table.by_mx, exchanges[1:]) if known is not None), None)
    hint = (
        f" A further mail exchanger belongs to {behind.variant.title}: provider: {behind.variant.name}."
        if behind
        else ""
    )
    return Id.GATEWAY.finding(
        f"The mail of {domain} is received by {gateway.title} ({exchanges[0]}), which filters it for mailboxes "
        f"somewhere else. Set provider, or the hosts, if no other source names them.{hint}"
    )


def domains_of(exchange: str, dns: DnsClient, deadline: float) -> tuple[str, ...]:
    """Return the domains of who runs a mail exchanger: from the name it is in up to its zone, and never further.

    Above the zone cut (RFC 1034 §4.2) are others: a registry, or everybody who has a name below the same suffix.
    """
    labels = exchange.split(".")
    if len(labels) > MAX_LABELS:
        return ()
    names = [".".join(labels[index:]) for index in range(len(labels) - 1)]
    answers = dns.ask_all([(name, "NS") for name in names], deadline)
    zone = next((name for name in names if _is_zone(answers.get((name, "NS")))), None)
    if zone is None:
        return ()
    above = names[1 : names.index(zone) + 1]
    return tuple(dict.fromkeys([*above[:1], zone]))


def _is_zone(answer: Answer | None) -> bool:
    return answer is not None and answer.outcome is Outcome.FOUND and not answer.aliases
