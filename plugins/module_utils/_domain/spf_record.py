# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What an SPF record says, term by term (RFC 7208 §4.5, §4.6, §5, §6 and §12)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Union

from . import spf_macro

VERSION = "v=spf1"
MECHANISMS = ("all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists")
LOOKUPS = frozenset(("include", "a", "mx", "ptr", "exists", "redirect"))
"""Terms that cost a lookup (RFC 7208 §4.6.4)."""
Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
_DIRECTIVE = re.compile(r"([+\-?~]?)([A-Za-z][A-Za-z0-9\-_.]*)([:/].*|)\Z", re.DOTALL)
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9\-_.]*)=(.*)\Z", re.DOTALL)
_DUAL = re.compile(r"(.*?)(?:/([0-9]+))?(?://([0-9]+))?\Z", re.DOTALL)
_LENGTH = re.compile(r"(?:0|[1-9][0-9]{0,2})\Z")
_NEARLY = re.compile(r"[\s\"'\\]*v\s*[=:]?\s*spf|[\s\"'\\]*spf\s*[=:]?\s*v?1\b|[\s\"'\\]*v\s*=\s*spd", re.IGNORECASE)


@dataclass(frozen=True)
class Fault:
    """A term that breaks the grammar, which makes the whole record a permerror (RFC 7208 §4.6).

    ``kind`` is ``mechanism``, ``network``, ``prefix``, ``domain``, ``macro``, ``repeated``, ``term``, ``characters``.
    """

    kind: str
    term: str
    number: int


@dataclass(frozen=True)
class Term:
    """A mechanism or a modifier. ``number`` counts terms from 1.

    ``qualifier`` is "" for modifiers. ``domain`` is the ``domain-spec`` as written, "" where the record leaves it out.
    ``prefix4`` and ``prefix6`` are for ``a`` and ``mx``; ``network`` is that of ``ip4`` and ``ip6``.
    """

    text: str
    number: int
    name: str
    qualifier: str = ""
    domain: str = ""
    prefix4: int = 32
    prefix6: int = 128
    network: Network | None = None


@dataclass(frozen=True)
class Record:
    """An SPF record. ``mechanisms`` are all in order, also those behind ``all``, which never count."""

    text: str
    mechanisms: tuple[Term, ...]
    redirect: Term | None
    explanation: Term | None
    unknown: tuple[Term, ...]
    faults: tuple[Fault, ...]

    @property
    def all(self) -> Term | None:
        """The first ``all``, which ends the evaluation (RFC 7208 §5.1)."""
        return next((term for term in self.mechanisms if term.name == "all"), None)

    @property
    def reached(self) -> tuple[Term, ...]:
        """The mechanisms up to ``all``."""
        end = self.all
        return self.mechanisms if end is None else self.mechanisms[: self.mechanisms.index(end) + 1]

    @property
    def follows(self) -> Term | None:
        """The redirect that counts: there is no ``all`` (RFC 7208 §6.1)."""
        return None if self.all else self.redirect

    @property
    def costly(self) -> tuple[Term, ...]:
        """The terms that cost a lookup, in order."""
        terms = [term for term in self.reached if term.name in LOOKUPS]
        return (*terms, self.follows) if self.follows else tuple(terms)


def is_record(raw: bytes) -> bool:
    """Return whether a TXT record is an SPF record (RFC 7208 §4.5)."""
    head, blank, _unused = raw.partition(b" ")
    return head.lower() == VERSION.encode("ascii") and (bool(blank) or raw == head)


def is_nearly(raw: bytes) -> bool:
    """Return whether a TXT record was meant to be one, but is not taken for one; Sender ID is something else."""
    text = raw.decode("utf-8", "replace")
    sender_id = text.lower().startswith("spf2.0/")
    return not is_record(raw) and not sender_id and _NEARLY.match(text) is not None


def parse(raw: bytes) -> Record:
    """Return what a record says; never raises."""
    text = raw.decode("utf-8", "backslashreplace")
    mechanisms: list[Term] = []
    unknown: list[Term] = []
    found: dict[str, Term] = {}
    faults: list[Fault] = []
    if not raw.isascii() or not all(" " <= character <= "~" for character in text):
        faults.append(Fault("characters", text, 0))
    for number, word in enumerate((word for word in text.split(" ")[1:] if word), start=1):
        parsed = _term(word, number)
        if isinstance(parsed, Fault):
            faults.append(parsed)
        elif parsed.qualifier:
            mechanisms.append(parsed)
        elif parsed.name in ("redirect", "exp"):
            if parsed.name in found:
                faults.append(Fault("repeated", word, number))
            found.setdefault(parsed.name, parsed)
        else:
            unknown.append(parsed)
    return Record(text, tuple(mechanisms), found.get("redirect"), found.get("exp"), tuple(unknown), tuple(faults))


def _term(word: str, number: int) -> Term | Fault:
    modifier = _MODIFIER.match(word)
    if modifier is not None:
        name, value = modifier[1].lower(), modifier[2]
        if name in ("redirect", "exp"):
            return Term(word, number, name, domain=value) if _is_domain(value) else _domain_fault(value, word, number)
        if spf_macro.parse(value) is None:
            return Fault("macro", word, number)
        return Term(word, number, name, domain=value)
    directive = _DIRECTIVE.match(word)
    if directive is None:
        return Fault("term", word, number)
    qualifier, name, rest = directive[1] or "+", directive[2].lower(), directive[3]
    if name not in MECHANISMS:
        return Fault("mechanism", word, number)
    if name == "all":
        return Fault("term", word, number) if rest else Term(word, number, name, qualifier)
    if name in ("ip4", "ip6"):
        return _network(word, number, name, qualifier, rest)
    return _with_domain(word, number, name, qualifier, rest)


def _network(word: str, number: int, name: str, qualifier: str, rest: str) -> Term | Fault:
    address, slash, length = rest[1:].partition("/")
    most = 32 if name == "ip4" else 128
    if not rest.startswith(":"):
        return Fault("network", word, number)
    try:
        host = ipaddress.IPv4Address(address) if name == "ip4" else ipaddress.IPv6Address(address)
    except ValueError:
        return Fault("network", word, number)
    if "%" in address:
        # A zone index is no part of an address in SPF.
        return Fault("network", word, number)
    if slash and not (_LENGTH.match(length) and int(length) <= most):
        return Fault("prefix", word, number)
    network = ipaddress.ip_network((host, int(length) if slash else most), strict=False)
    return Term(word, number, name, qualifier, network=network)


def _with_domain(word: str, number: int, name: str, qualifier: str, rest: str) -> Term | Fault:
    domain, prefix4, prefix6 = rest, 32, 128
    if name in ("a", "mx"):
        matched = _DUAL.match(rest)
        domain, first, second = (matched[1], matched[2], matched[3]) if matched else (rest, None, None)
        for length, most in ((first, 32), (second, 128)):
            if length is not None and not (_LENGTH.match(length) and int(length) <= most):
                return Fault("prefix", word, number)
        prefix4 = prefix4 if first is None else int(first)
        prefix6 = prefix6 if second is None else int(second)
    if domain.startswith("/"):
        return Fault("prefix", word, number)
    given = domain.startswith(":")
    if given and not _is_domain(domain[1:]):
        return _domain_fault(domain[1:], word, number)
    if not given and name in ("include", "exists"):
        return Fault("domain", word, number)
    return Term(word, number, name, qualifier, domain[1:], prefix4, prefix6)


def _is_domain(value: str) -> bool:
    return spf_macro.is_domain_spec(value)


def _domain_fault(value: str, word: str, number: int) -> Fault:
    return Fault("macro" if spf_macro.parse(value) is None and "%" in value else "domain", word, number)
