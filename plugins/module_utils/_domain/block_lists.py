# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Block lists: whether declared sending addresses are on the lists that the user names (RFC 5782)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Any, Union

from .._dns.answer import Answer, Outcome
from .ask import Ask, normal, octets, shown
from .dane_rules import BLOCK_LISTS
from .finding import Finding, Section, Status, status_of
from .rules import finding

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]

TESTS = (
    (ipaddress.ip_address("127.0.0.2"), ipaddress.ip_address("127.0.0.1")),
    (ipaddress.ip_address("::ffff:7f00:2"), ipaddress.ip_address("::ffff:7f00:1")),
)
"""Addresses that a list must have and must not have (RFC 5782 §5); a list of IPv6 alone has only the second pair."""

_CODES = ipaddress.ip_network("127.0.0.0/8")
_ERRORS = ipaddress.ip_network("127.255.255.0/24")
"""What Spamhaus answers to questions that it refuses (public resolvers, too many, wrong names); others copied that."""
_KEYED = ".dq.spamhaus.net"
"""Below this, the first label is the customer's key."""


def section(ask: Ask, *, ips: Sequence[str], zones: Sequence[str], allow_private: bool = False) -> Section:
    """Look the sending addresses ``ips`` up in the block lists ``zones``; without either the section is skipped.

    :param allow_private: whether addresses that the Internet can't see are asked about too.
    """
    addresses = list(dict.fromkeys(ipaddress.ip_address(ip) for ip in ips))
    lists = list(dict.fromkeys(normal(zone) for zone in zones))
    facts: dict[str, Any] = {"addresses": [str(ip) for ip in addresses], "lists": [without_key(zone) for zone in lists]}
    if not addresses or not lists:
        return Section("block_lists", Status.SKIPPED, {**facts, "listed": []})
    findings: list[Finding] = []
    public = [ip for ip in addresses if allow_private or ip.is_global]
    findings += [_found("not_public", ip=str(ip)) for ip in addresses if ip not in public]
    unsure = False
    for zone in lists if public else ():
        told, sure = _in_list(zone, public, ask)
        findings += told
        unsure = unsure or not sure
    listed = [
        {"address": entry.evidence["ip"], "list": entry.evidence["zone"], "codes": entry.evidence["codes"]}
        for entry in findings
        if entry.id == "block_lists.listed"
    ]
    status = status_of(tuple(findings), Status.UNKNOWN if unsure else Status.OK)
    return Section("block_lists", status, {**facts, "listed": listed}, tuple(findings))


def question(address: Address, zone: str) -> str:
    """Return where a list has an address: its octets, or its nibbles, backwards (RFC 5782 §2.1, §2.4)."""
    parts = str(address).split(".") if address.version == 4 else list(address.exploded.replace(":", ""))
    return f"{'.'.join(reversed(parts))}.{zone}"


def without_key(zone: str) -> str:
    """Return the name of a list for people: the key of a paying customer is left out."""
    return f"(key){zone[zone.index('.') :]}" if zone.endswith(_KEYED) else zone


def _in_list(zone: str, addresses: Sequence[Address], ask: Ask) -> tuple[list[Finding], bool]:
    """Return what one list says, and whether it said all of it definitely."""
    shown_zone = without_key(zone)
    for there, not_there in TESTS:
        test = ask(question(there, zone), "A")
        if _is_error(test):
            ips = ", ".join(str(ip) for ip in addresses)
            return [_found("refused", zone=shown_zone, codes=_codes(test), ips=ips)], False
        if not test.outcome.definite:
            return [_unanswered(shown_zone, test.outcome, "its test address")], False
        if _is_listing(test):
            return _in_working_list(zone, not_there, addresses, ask)
    return [_found("broken", zone=shown_zone, what="it does not have the test address 127.0.0.2")], False


def _in_working_list(
    zone: str, not_there: Address, addresses: Sequence[Address], ask: Ask
) -> tuple[list[Finding], bool]:
    if ask(question(not_there, zone), "A").outcome is Outcome.FOUND:
        what = "it has 127.0.0.1, as if it had every address"
        return [_found("broken", zone=without_key(zone), what=what)], False
    told = list(_of_addresses(zone, addresses, ask))
    return told, all(entry.id == "block_lists.listed" for entry in told)


def _of_addresses(zone: str, addresses: Sequence[Address], ask: Ask) -> Iterator[Finding]:
    for ip in addresses:
        name = question(ip, zone)
        answer = ask(name, "A")
        if _is_error(answer):
            yield _found("refused", zone=without_key(zone), codes=_codes(answer), ips=str(ip))
        elif _is_listing(answer):
            reason = " ".join(shown(text) for text in octets(ask(name, "TXT")))
            said = f"The list says: {reason}" if reason else ""
            yield _found("listed", ip=str(ip), zone=without_key(zone), codes=_codes(answer), reason=said)
        elif answer.outcome is Outcome.FOUND:
            what = f"it answers {_codes(answer)}, which is no code of a block list"
            yield _found("broken", zone=without_key(zone), what=what)
        elif not answer.outcome.definite:
            yield _unanswered(without_key(zone), answer.outcome, str(ip))


def _within(answer: Answer, network: Any) -> bool:
    found = answer.outcome is Outcome.FOUND and bool(answer.records)
    return found and all(ipaddress.ip_address(record) in network for record in answer.records)


def _is_error(answer: Answer) -> bool:
    return _within(answer, _ERRORS)


def _is_listing(answer: Answer) -> bool:
    """Tell whether an answer that is no error is a listing."""
    return _within(answer, _CODES)


def _codes(answer: Answer) -> str:
    return ", ".join(str(record) for record in answer.records)


def _unanswered(zone: str, outcome: Outcome, ip: str) -> Finding:
    return _found("unanswered", zone=zone, outcome=outcome.value, ip=ip)


def _found(which: str, /, **evidence: Any) -> Finding:
    return finding(BLOCK_LISTS, f"block_lists.{which}", **evidence)
