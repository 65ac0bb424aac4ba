# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What a reply of a name server says, as an :class:`.answer.Answer`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .answer import Answer, Mx, Outcome, Srv, Tlsa
from .names import as_text

MOST_RECORDS = 200
"""Records of one answer; nobody has more for good reason."""

LONGEST_TXT = 16384
"""Octets of one TXT record, its strings joined."""


class Unusable(Exception):
    """A reply that is no answer to the question; the text goes on after a colon."""


def _txt(record: Any) -> bytes:
    joined = b"".join(record.strings)
    if len(joined) > LONGEST_TXT:
        raise Unusable(f"a TXT record has {len(joined)} octets, and more than {LONGEST_TXT} are not read.")
    return joined


_READ: dict[str, Callable[[Any], Any]] = {
    "A": lambda record: str(record.address),
    "AAAA": lambda record: str(record.address),
    "CNAME": lambda record: as_text(record.target),
    "DS": lambda record: str(record.to_text()),
    "MX": lambda record: Mx(record.preference, as_text(record.exchange)),
    "NS": lambda record: as_text(record.target),
    "PTR": lambda record: as_text(record.target),
    "SRV": lambda record: Srv(record.priority, record.weight, record.port, as_text(record.target)),
    "TLSA": lambda record: Tlsa(record.usage, record.selector, record.mtype, record.cert.hex()),
    "TXT": _txt,
}

KINDS = frozenset(_READ)
"""The kinds of record that can be asked for."""


def read(message: Any, name: str, kind: str, *, validating: bool) -> Answer:
    """Return the answer in dnspython's ``message``, which answers the question for ``name`` and ``kind``.

    ``validating`` says whether its AD bit counts. Raises :class:`Unusable`.
    """
    import dns.exception
    import dns.flags
    import dns.rcode

    code = message.rcode()
    if code not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return _refusal(message, name, kind)
    count = sum(len(rrset) for rrset in message.answer)
    if count > MOST_RECORDS:
        raise Unusable(f"it has {count} records, and more than {MOST_RECORDS} are not read.")
    try:
        chain = message.resolve_chaining()
    except dns.exception.DNSException as error:
        # A loop of CNAME records, an answer beside NXDOMAIN, or a reply without the QR bit.
        raise Unusable(f"it makes no sense ({type(error).__name__}).") from None
    aliases = tuple(as_text(rrset[0].target) for rrset in chain.cnames)
    authentic = validating and bool(message.flags & dns.flags.AD)
    found = chain.answer
    if code == dns.rcode.NXDOMAIN:
        outcome, records = Outcome.NXDOMAIN, ()
        detail = f"DNS says that the name {aliases[-1] if aliases else name} does not exist (NXDOMAIN)."
    elif found is None:
        outcome, records = Outcome.NO_DATA, ()
        detail = f"The name {aliases[-1] if aliases else name} has no {kind} record."
    else:
        outcome, detail = Outcome.FOUND, ""
        records = tuple(sorted({_READ[kind](record) for record in found}, key=_order))
    return Answer(
        name=name,
        kind=kind,
        outcome=outcome,
        records=records,
        aliases=aliases,
        authentic=authentic,
        ttl=chain.minimum_ttl if found is not None or message.authority else None,
        detail=detail,
    )


def _order(record: Any) -> tuple[Any, ...]:
    return tuple(vars(record).values()) if isinstance(record, (Mx, Srv, Tlsa)) else (record,)


def _refusal(message: Any, name: str, kind: str) -> Answer:
    import dns.rcode

    code = message.rcode()
    label = dns.rcode.to_text(code)
    why = extended_error(message)
    detail = f"The name server could not answer for {name} ({kind}): {label}{f', {why}' if why else ''}."
    outcome = Outcome.SERVFAIL
    if code in (dns.rcode.REFUSED, dns.rcode.NOTAUTH):
        outcome = Outcome.REFUSED
        detail = f"The name server refuses to answer for {name} ({kind}): {label}{f', {why}' if why else ''}."
    return Answer(name, kind, outcome, detail=detail)


def extended_error(message: Any) -> str:
    """Return the server's own reason (RFC 8914), such as ``DNSSEC Bogus``, or nothing."""
    for option in message.options:
        code = getattr(option, "code", None)
        if int(getattr(option, "otype", 0)) == 15 and code is not None:
            text = str(getattr(option, "text", "") or "")
            said = "".join(letter for letter in text if letter.isprintable())[:200]
            label = _EXTENDED.get(int(code), f"extended error {int(code)}")
            return f"{label} ({said})" if said else label
    return ""


_EXTENDED = {
    1: "unsupported DNSKEY algorithm",
    2: "unsupported DS digest",
    5: "DNSSEC indeterminate",
    6: "DNSSEC bogus",
    7: "signature expired",
    8: "signature not yet valid",
    9: "DNSKEY missing",
    10: "RRSIGs missing",
    11: "no zone key bit set",
    12: "NSEC missing",
    15: "blocked",
    16: "censored",
    17: "filtered",
    18: "prohibited",
    20: "not authoritative",
    22: "no reachable authority",
    23: "network error",
}
