# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""TLS-RPT: where senders report that mail could not be delivered over TLS (RFC 8460 §3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from .._models.address import a_label, mail_address
from .ask import Ask, normal, shown
from .finding import Finding, Section, Status, status_of
from .rules import finding
from .tls_rules import TLS_RPT
from .versioned import fields_of, records_of

VERSION = b"v=TLSRPTv1"

_FIELD = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,31})=(.*)", re.DOTALL)


@dataclass(frozen=True)
class Record:
    """What a record says: ``addresses`` as written, and ``problem`` where it can't be read."""

    addresses: tuple[str, ...] = ()
    problem: str = ""


def section(domain: str, ask: Ask) -> Section:
    """Judge TLS-RPT of ``domain``."""
    domain = normal(domain)
    name = f"_smtp._tls.{domain}"
    answer = ask(name, "TXT")
    facts: dict[str, Any] = {"addresses": []}
    if not answer.outcome.definite:
        told = _found("unanswered", domain=domain, name=name, outcome=answer.outcome.value)
        return _section(facts, [told], Status.UNKNOWN)
    records, near = records_of(answer, VERSION)
    if not records and near:
        what = f"it does not begin with v=TLSRPTv1; but is {shown(near[0])}"
        return _section(facts, [_found("syntax", domain=domain, name=name, what=what)])
    if not records:
        return _section(facts, [_found("absent", domain=domain)], Status.ABSENT)
    if len(records) > 1:
        return _section(facts, [_found("several_records", name=name, count=len(records))])
    record = parse_record(records[0])
    if record.problem:
        return _section(facts, [_found("syntax", domain=domain, name=name, what=record.problem)])
    if not record.addresses:
        return _section(facts, [_found("no_address", name=name)])
    facts["addresses"] = [shown(address) for address in record.addresses]
    problems = [(address, problem_of(address)) for address in record.addresses]
    wrong = [_found("bad_address", address=shown(address), what=what) for address, what in problems if what]
    return _section(facts, wrong)


def parse_record(text: bytes) -> Record:
    """Return what a record says; whatever the bytes are, ``problem`` tells what is wrong with them."""
    parts = fields_of(text)
    if parts is None:
        return Record(problem="it holds characters that are not ASCII")
    addresses: list[str] = []
    for part in parts:
        match = _FIELD.fullmatch(part)
        if match is None:
            return Record(problem="a field of it is not of the form name=value")
        # A record may have the field more than once.
        if match[1] == "rua":
            addresses += [address.strip(" \t") for address in match[2].split(",")]
    return Record(tuple(address for address in addresses if address))


def problem_of(address: str) -> str:
    """Return what is wrong with an address for reports, or an empty text."""
    scheme, colon, rest = address.partition(":")
    if not colon or scheme.lower() not in ("mailto", "https"):
        return "it begins with neither mailto: nor https:"
    if "!" in address or not address.isprintable() or " " in address:
        return "it holds a character that must be written with a percent sign"
    try:
        if scheme.lower() == "mailto":
            mail_address(unquote(rest.partition("?")[0], errors="strict"))
        else:
            a_label(urlsplit(address).hostname or "")
    except ValueError:
        return "it is not a mail address" if scheme.lower() == "mailto" else "it has no valid host"
    return ""


def _found(which: str, /, **evidence: Any) -> Finding:
    return finding(TLS_RPT, f"tls_rpt.{which}", **evidence)


def _section(facts: dict[str, Any], findings: list[Finding], otherwise: Status = Status.OK) -> Section:
    return Section("tls_rpt", status_of(tuple(findings), otherwise), facts, tuple(findings))
