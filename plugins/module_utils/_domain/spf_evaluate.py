# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What receivers make of a sender: ``check_host()`` of RFC 7208 §4, with all its limits."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Union

from .._dns.answer import Answer, Outcome
from . import spf_macro
from .ask import Ask, normal, octets
from .spf_record import LOOKUPS, Record, Term, is_record, parse

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
MOST_LOOKUPS = 10
MOST_VOIDS = 2
MOST_NAMES = 10
"""Of mail exchangers and of names of an address (RFC 7208 §4.6.4)."""


class Result(str, Enum):
    """RFC 7208 §2.6."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


_QUALIFIED = {"+": Result.PASS, "-": Result.FAIL, "~": Result.SOFTFAIL, "?": Result.NEUTRAL}


def qualified(qualifier: str) -> Result:
    """Return the result of a mechanism that matches (RFC 7208 §4.6.2)."""
    return _QUALIFIED[qualifier]


@dataclass(frozen=True)
class Verdict:
    """A result with the term that decided and the domain whose record has it, both "" if none did.

    ``detail`` says why there is no proper result. ``explanation`` is what the domain says about a fail (§6.2).
    """

    result: Result
    term: str = ""
    domain: str = ""
    detail: str = ""
    explanation: str = ""


class _Stopped(Exception):
    """The evaluation ends with an error."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.detail)
        self.verdict = verdict


def check_host(ip: Address, domain: str, ask: Ask, *, sender: str = "", helo: str = "") -> Verdict:
    """Return what receivers find for a sending address.

    :param sender: the envelope sender; ``postmaster@`` the domain where it is empty (RFC 7208 §4.3).
    """
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    domain = domain[:-1] if domain.endswith(".") else domain
    local, at, sender_domain = sender.rpartition("@")
    if not at:
        sender_domain = sender or domain
    evaluation = _Evaluation(mapped or ip, f"{local or 'postmaster'}@{sender_domain}", helo or domain, ask)
    if not _is_domain(domain):
        return Verdict(Result.NONE, detail="the domain is not valid")
    try:
        return evaluation.run(domain, explain=True)
    except _Stopped as stopped:
        return stopped.verdict


def _is_domain(domain: str) -> bool:
    """Whether a name can have a record: two labels at least, none too long (RFC 7208 §4.3)."""
    labels = domain.split(".")
    return len(labels) > 1 and len(domain) <= 253 and all(0 < len(label) < 64 for label in labels)


class _Evaluation:
    """One evaluation, with its counts."""

    def __init__(self, ip: Address, sender: str, helo: str, ask: Ask) -> None:
        self.ip = ip
        self.sender = sender
        self.helo = helo
        self.ask = ask
        self.lookups = 0
        self.voids = 0
        self._matchers: dict[str, Callable[[Term, str], bool]] = {
            "all": lambda term, domain: True,
            "ip4": self._in_network,
            "ip6": self._in_network,
            "a": self._has_address,
            "mx": self._has_exchanger,
            "ptr": self._has_name,
            "exists": self._exists,
            "include": self._includes,
        }

    def run(self, domain: str, *, explain: bool = False) -> Verdict:
        """Evaluate the record of a domain."""
        record = self._record(domain)
        if record is None:
            return Verdict(Result.NONE, domain=domain, detail="there is no SPF record")
        for term in record.mechanisms:
            self._count(term, domain)
            if self._matchers[term.name](term, domain):
                result = qualified(term.qualifier)
                text = self._explanation(record, domain) if explain and result is Result.FAIL else ""
                return Verdict(result, term.text, domain, explanation=text)
        if record.redirect is None:
            return Verdict(Result.NEUTRAL, domain=domain, detail="no term matched")
        self._count(record.redirect, domain)
        target = self._target(record.redirect, domain)
        verdict = self.run(target, explain=explain)
        if verdict.result is Result.NONE:
            raise self._permanent(record.redirect.text, domain, f"{target} has no SPF record")
        return verdict

    def _record(self, domain: str) -> Record | None:
        answer = self.ask(domain, "TXT")
        self._definite(answer, domain)
        records = [raw for raw in octets(answer) if is_record(raw)]
        if not records:
            return None
        if len(records) > 1:
            raise self._permanent("", domain, f"{domain} has {len(records)} SPF records")
        record = parse(records[0])
        if record.faults:
            raise self._permanent(record.faults[0].term, domain, f"the record of {domain} is not valid")
        return record

    def _count(self, term: Term, domain: str) -> None:
        if term.name not in LOOKUPS:
            return
        self.lookups += 1
        if self.lookups > MOST_LOOKUPS:
            raise self._permanent(term.text, domain, "more than ten lookups")

    def _void(self, answer: Answer, term: Term, domain: str) -> None:
        if answer.outcome in (Outcome.NXDOMAIN, Outcome.NO_DATA, Outcome.BAD_NAME):
            self.voids += 1
            if self.voids > MOST_VOIDS:
                raise self._permanent(term.text, domain, "more than two lookups found nothing")

    def _permanent(self, term: str, domain: str, detail: str) -> _Stopped:
        return _Stopped(Verdict(Result.PERMERROR, term, domain, detail))

    def _definite(self, answer: Answer, domain: str, term: str = "") -> None:
        if not answer.outcome.definite:
            detail = f"{answer.outcome.value} for {answer.name} {answer.kind}"
            raise _Stopped(Verdict(Result.TEMPERROR, term, domain, detail))

    # --- mechanisms (RFC 7208 §5) ------------------------------------------------------------------------------------

    def _in_network(self, term: Term, domain: str) -> bool:
        return term.network is not None and self.ip.version == term.network.version and self.ip in term.network

    def _close(self, addresses: Answer, term: Term) -> bool:
        """Whether one of the addresses is in the same network as the sender."""
        length = term.prefix4 if self.ip.version == 4 else term.prefix6
        own = ipaddress.ip_network((self.ip, length), strict=False)
        return any(_address(text) in own for text in addresses.records)

    def _addresses(self, name: str) -> Answer:
        return self.ask(name, "A" if self.ip.version == 4 else "AAAA")

    def _has_address(self, term: Term, domain: str) -> bool:
        answer = self._addresses(self._target(term, domain))
        self._definite(answer, domain, term.text)
        self._void(answer, term, domain)
        return self._close(answer, term)

    def _has_exchanger(self, term: Term, domain: str) -> bool:
        answer = self.ask(self._target(term, domain), "MX")
        self._definite(answer, domain, term.text)
        self._void(answer, term, domain)
        if len(answer.records) > MOST_NAMES:
            raise self._permanent(term.text, domain, "more than ten mail exchangers")
        for exchanger in answer.records:
            if exchanger.exchange:
                addresses = self._addresses(exchanger.exchange)
                self._definite(addresses, domain, term.text)
                if self._close(addresses, term):
                    return True
        return False

    def _has_name(self, term: Term, domain: str) -> bool:
        target = normal(self._target(term, domain))
        answer = self.ask(self.ip.reverse_pointer, "PTR")
        self._void(answer, term, domain)
        return any(name == target or name.endswith(f".{target}") for name in self._names(answer))

    def _names(self, answer: Answer) -> list[str]:
        """The names of the sender whose addresses agree; what DNS fails to answer does not count (RFC 7208 §5.5)."""
        names = [normal(str(name)) for name in answer.records][:MOST_NAMES]
        return [name for name in names if any(_address(one) == self.ip for one in self._addresses(name).records)]

    def _exists(self, term: Term, domain: str) -> bool:
        answer = self.ask(self._target(term, domain), "A")
        self._definite(answer, domain, term.text)
        self._void(answer, term, domain)
        return answer.outcome is Outcome.FOUND

    def _includes(self, term: Term, domain: str) -> bool:
        target = self._target(term, domain)
        verdict = self.run(target)
        if verdict.result is Result.NONE:
            raise self._permanent(term.text, domain, f"{target} has no SPF record")
        return verdict.result is Result.PASS

    # --- macros (RFC 7208 §7) ----------------------------------------------------------------------------------------

    def _target(self, term: Term, domain: str) -> str:
        if not term.domain:
            return domain
        return spf_macro.fitted(spf_macro.expand(term.domain, lambda letter: self._value(letter, domain)))

    def _value(self, letter: str, domain: str) -> str:
        local, _unused, sender_domain = self.sender.rpartition("@")
        if letter == "p":
            return self._own_name(domain)
        if letter == "i":
            return str(self.ip) if self.ip.version == 4 else ".".join(self.ip.exploded.replace(":", ""))
        known = {"s": self.sender, "l": local, "o": sender_domain, "d": domain, "h": self.helo, "c": str(self.ip)}
        known.update(v="in-addr" if self.ip.version == 4 else "ip6", r="unknown", t="0")
        return known[letter]

    def _own_name(self, domain: str) -> str:
        names = self._names(self.ask(self.ip.reverse_pointer, "PTR"))
        domain = normal(domain)
        best = [name for name in names if name == domain] or [name for name in names if name.endswith(f".{domain}")]
        return (best or names or ["unknown"])[0]

    def _explanation(self, record: Record, domain: str) -> str:
        """What the domain says about a fail; "" where that can't be had (RFC 7208 §6.2)."""
        if record.explanation is None:
            return ""
        texts = octets(self.ask(self._target(record.explanation, domain), "TXT"))
        if len(texts) != 1 or not texts[0].isascii():
            return ""
        text = texts[0].decode("ascii")
        return spf_macro.expand(text, lambda letter: self._value(letter, domain), explanation=True)


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
