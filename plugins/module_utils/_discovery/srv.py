# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""SRV records of mail services (RFC 6186 §3, RFC 8314 §5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._dns.answer import Answer, Outcome, Srv
from .._models.address import a_label
from .._models.endpoint import STANDARD_PORTS
from .._models.names import Protocol, Security
from .candidate import Candidate, Finding, Origin, Trust
from .exchange import MailExchange
from .known import by_host
from .lookup import Found, Id

if TYPE_CHECKING:
    from .._dns.client import DnsClient

SERVICES: tuple[tuple[str, Protocol, Security], ...] = (
    ("_submissions._tcp", Protocol.SMTP, Security.TLS),
    ("_submission._tcp", Protocol.SMTP, Security.STARTTLS),
    ("_imaps._tcp", Protocol.IMAP, Security.TLS),
    ("_imap._tcp", Protocol.IMAP, Security.STARTTLS),
)

MAX_RECORDS = 4
"""Records of one service that are looked at, the best first."""

Answers = Mapping[tuple[str, str], Answer]


@dataclass(frozen=True)
class Asked:
    """What DNS answered: the SRV records, and the addresses of their targets."""

    records: Answers
    addresses: Answers


@dataclass(frozen=True)
class Offered(Found):
    """What SRV came to; ``refused`` are the ways that the domain says it has not (a target of ".")."""

    refused: frozenset[tuple[Protocol, Security]] = frozenset()


def ask(domain: str, dns: DnsClient, deadline: float) -> Asked:
    """Ask for the records, then for the addresses of their targets."""
    records = dns.ask_all([(f"{name}.{domain}", "SRV") for name, _protocol, _security in SERVICES], deadline)
    targets = sorted({record.target for answer in records.values() for record in _best(answer)})
    addresses = dns.ask_all([(target, kind) for target in targets for kind in ("A", "AAAA")], deadline)
    return Asked(records, addresses)


def offered(domain: str, asked: Asked, mail: MailExchange) -> Offered:
    """Return what the records say."""
    candidates: list[Candidate] = []
    findings: list[Finding] = []
    refused: set[tuple[Protocol, Security]] = set()
    silent = [answer.name for answer in asked.records.values() if not answer.outcome.definite]
    if silent:
        findings.append(Id.DNS_FAILED.finding(f"DNS gave no answer for {', '.join(silent)} (SRV)."))
    for name, protocol, security in SERVICES:
        answer = asked.records.get((f"{name}.{domain}", "SRV"))
        if answer is None or answer.outcome is not Outcome.FOUND:
            continue
        best = _best(answer)
        if not best:
            refused.add((protocol, security))
        for position, record in enumerate(best):
            made = _candidate(domain, answer, record, protocol, security, position, asked, mail)
            if made is None:
                findings.append(
                    Id.SRV_TARGET.finding(f"The SRV record of {answer.name} names no host that can be used.")
                )
            else:
                candidates.append(made)
                if made.lost is not None:
                    text = f"The SRV record of {answer.name} names {made.host}, which has no address."
                    findings.append(Id.SRV_TARGET.finding(text))
    return Offered(tuple(candidates), tuple(findings), frozenset(refused))


def _best(answer: Answer) -> list[Srv]:
    """Return the records that name a target, in the order of their use."""
    targets = [record for record in answer.records if record.target]
    # Weights are for sharing load at random (RFC 2782); here the same answer shall give the same settings.
    return sorted(targets, key=lambda one: (one.priority, -one.weight, one.target, one.port))[:MAX_RECORDS]


def _candidate(
    domain: str,
    answer: Answer,
    record: Srv,
    protocol: Protocol,
    security: Security,
    position: int,
    asked: Asked,
    mail: MailExchange,
) -> Candidate | None:
    try:
        host = a_label(record.target)
    except ValueError:
        return None
    if not record.port:
        return None
    notes = []
    usual = STANDARD_PORTS[protocol].get(record.port, security)
    if usual is Security.TLS and security is Security.STARTTLS:
        notes.append(f"the record is the one for STARTTLS, but port {record.port} begins with TLS; TLS is taken")
        security = usual
    known = by_host(host, domain)
    trust = Trust.HIGH if _authenticated(domain, answer, host, mail) else Trust.MEDIUM
    if trust is Trust.MEDIUM:
        notes.append(f"{host} is not in {domain}, and the answer of DNS is not authentic: it could be forged")
    lost = _addresses(host, asked.addresses, notes)
    return Candidate(
        protocol=protocol,
        host=host,
        port=record.port,
        security=security,
        origin=Origin.SRV,
        trust=trust,
        source=f"the SRV record of {answer.name}",
        provider=known.variant.name if known else "",
        lost=lost,
        notes=tuple(notes),
        position=position,
    )


def _authenticated(domain: str, answer: Answer, host: str, mail: MailExchange) -> bool:
    """Tell whether a forged answer could not have led here.

    Either it can't be forged (DNSSEC), or it leads to a name in the mail domain, whose certificate nobody else gets, or
    to the provider that receives the domain's mail anyway.
    """
    if answer.authentic or host == domain or host.endswith(f".{domain}"):
        return True
    known = by_host(host, domain)
    return known is not None and mail.known is not None and known.provider is mail.known.provider


def _addresses(host: str, answers: Answers, notes: list[str]) -> str | None:
    """Return why the target can't be used, or None; note what is odd."""
    found = [answer for kind in ("A", "AAAA") if (answer := answers.get((host, kind))) is not None]
    if any(answer.aliases for answer in found):
        notes.append(f"{host} is an alias (CNAME), which the target of SRV must not be (RFC 2782)")
    if any(answer.outcome is Outcome.FOUND for answer in found):
        return None
    if found and all(answer.outcome.definite for answer in found):
        return f"{host} has no address"
    notes.append(f"the address of {host} could not be looked up")
    return None
