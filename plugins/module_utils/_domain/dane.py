# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""DANE: whether senders can know the certificates of the mail exchangers from signed DNS (RFC 7672).

No connection is made, so whether a record fits the certificate of the server is not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .._dns.answer import Answer, Outcome, Tlsa
from .ask import Ask, normal
from .dane_rules import DANE
from .dnssec import not_validated
from .finding import Finding, Section, Status, status_of
from .mx import exchanges_of, listed
from .rules import finding

_DIGESTS = {1: 32, 2: 64}
"""The octets of a digest by the matching type: SHA-256, SHA-512."""
_OF_MAIL = (2, 3)
"""The usages that senders of mail heed."""


@dataclass(frozen=True)
class _Host:
    name: str
    answer: Answer
    broken: bool

    @property
    def records(self) -> tuple[Tlsa, ...]:
        return self.answer.records if self.answer.outcome is Outcome.FOUND else ()


def section(domain: str, ask: Ask, *, local: bool) -> Section:
    """Judge DANE for the mail exchangers of ``domain``.

    :param local: whether every resolver that is asked is on this machine, so that its AD bit can be believed.
    """
    domain = normal(domain)
    names, mx = exchanges_of(domain, ask)
    if not mx.outcome.definite:
        told = _found("unanswered", domain=domain, name=domain, outcome=mx.outcome.value)
        return _section([], [told], Status.UNKNOWN)
    if not names:
        return Section("dane", Status.SKIPPED, {"hosts": []})
    hosts = [_ask_about(name, ask) for name in names]
    with_records = [host for host in hosts if host.records]
    why = not_validated(ask, local=local) if with_records else ""
    findings = [entry for host in hosts for entry in _of_answer(domain, host)]
    findings += [entry for host in with_records for entry in _of_records(host, why)]
    unsure = [host for host in hosts if not host.answer.outcome.definite]
    if not with_records:
        if unsure:
            return _section(hosts, findings, Status.UNKNOWN)
        return _section(hosts, [*findings, _found("absent", domain=domain)], Status.ABSENT)
    without = [host.name for host in hosts if not host.records and host not in unsure]
    if without:
        findings.append(_found("partial", domain=domain, without=listed(without)))
    if not why and not mx.authentic and any(host.answer.authentic for host in with_records):
        findings.append(_found("mx_unsigned", domain=domain, exchange=with_records[0].name))
    return _section(hosts, findings, Status.OK if not why and not unsure else Status.UNKNOWN)


def problem_of(record: Tlsa) -> str:
    """Return why a record can't match any certificate (RFC 6698 §2.1), or an empty text."""
    if record.usage not in range(4):
        return f"there is no usage {record.usage}"
    if record.selector not in (0, 1):
        return f"there is no selector {record.selector}"
    if record.matching not in (0, 1, 2):
        return f"there is no matching type {record.matching}"
    octets = len(record.data) // 2
    wanted = _DIGESTS.get(record.matching, octets)
    if not octets or octets != wanted:
        return f"it has {octets} octets where {wanted or 'some'} belong"
    return ""


def _found(which: str, /, **evidence: Any) -> Finding:
    return finding(DANE, f"dane.{which}", **evidence)


def _ask_about(name: str, ask: Ask) -> _Host:
    answer = ask(f"_25._tcp.{name}", "TLSA")
    # Senders ask only where the host itself can be found, and take a failure only there for an attack.
    broken = answer.outcome is Outcome.SERVFAIL and any(
        ask(name, kind).outcome is Outcome.FOUND for kind in ("A", "AAAA")
    )
    return _Host(name, answer, broken)


def _of_answer(domain: str, host: _Host) -> Iterator[Finding]:
    name = f"_25._tcp.{host.name}"
    if host.broken:
        yield _found("lookup_fails", exchange=host.name, name=name)
    elif not host.answer.outcome.definite:
        yield _found("unanswered", domain=domain, name=name, outcome=host.answer.outcome.value)


def _of_records(host: _Host, why: str) -> Iterator[Finding]:
    if why:
        yield _found("not_validated", exchange=host.name, why=why)
    elif not host.answer.authentic:
        yield _found("unsigned", exchange=host.name)
    for record in host.records:
        what = problem_of(record)
        if what:
            yield _found("malformed", exchange=host.name, record=_short(record), what=what)
        elif record.usage not in _OF_MAIL:
            yield _found("usage", exchange=host.name, usage=record.usage)
    if not any(_usable(record) for record in host.records):
        yield _found("none_usable", exchange=host.name)


def _usable(record: Tlsa) -> bool:
    return record.usage in _OF_MAIL and not problem_of(record)


def _short(record: Tlsa) -> str:
    data = record.data if len(record.data) <= 16 else f"{record.data[:16]}..."
    return f"{record.usage} {record.selector} {record.matching} {data}"


def _section(hosts: Sequence[_Host], findings: Sequence[Finding], otherwise: Status) -> Section:
    facts = {
        "hosts": [
            {
                "exchange": host.name,
                "records": [_short(record) for record in host.records],
                "usable": sum(_usable(record) for record in host.records),
                "authentic": host.answer.authentic,
            }
            for host in hosts
        ]
    }
    told = tuple(findings)
    return Section("dane", status_of(told, otherwise), facts, told)
