# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What a DMARC policy record says (RFC 9989 §4.7 and §4.8; RFC 7489 §6.3 for what older receivers still read)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

VERSION = "DMARC1"
POLICIES = ("none", "quarantine", "reject")
"""From the weakest to the strictest."""
REMOVED = ("pct", "rf", "ri")
"""Tags of RFC 7489 that RFC 9989 no longer knows."""
_KNOWN = frozenset(("v", "p", "sp", "np", "adkim", "aspf", "fo", "rua", "ruf", "t", "psd", *REMOVED))
_VALUES: Mapping[str, tuple[str, ...]] = {
    "adkim": ("r", "s"),
    "aspf": ("r", "s"),
    "t": ("y", "n"),
    "psd": ("y", "n", "u"),
}
_VERSION = re.compile(r"v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)")
_NEARLY = re.compile(
    r"[\s\"'\\]*(?:v[\s\"']*[=:][\s\"']*)?dmarc[\s\-_]*1?\b"
    r"|(?:.*;)?\s*(?:v\s*=\s*dmarc1|p\s*=\s*(?:none|quarantine|reject)\b)",
    re.IGNORECASE,
)
_SIZE = re.compile(r"![0-9]+[kmgt]?\Z", re.IGNORECASE)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[A-Za-z0-9\-._~:/?#\[\]@$&'()*+;=%]+\Z")
_ADDRESS = re.compile(
    r"[^@\s]+@([A-Za-z0-9_](?:[A-Za-z0-9_\-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?)+)\.?\Z"
)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a tag: ``kind`` is ``tag``, ``repeated``, ``unknown``, ``policy``, ``value``, ``uri``, …"""

    kind: str
    tag: str
    value: str


@dataclass(frozen=True)
class Uri:
    """A report address; ``host`` is the domain of a ``mailto:``, "" for other schemes. ``sized``: has a size limit."""

    text: str
    scheme: str
    address: str
    host: str
    sized: bool


@dataclass(frozen=True)
class Record:
    """A policy record. ``tags`` are as published, in order; what is not valid has its default (RFC 9989 §4.8).

    ``p`` is None without a valid policy; ``sp`` and ``np`` are None where they are not given.
    """

    text: str
    tags: Mapping[str, str]
    p: str | None
    sp: str | None
    np: str | None
    adkim: str
    aspf: str
    test: bool
    psd: str
    pct: int
    rua: tuple[Uri, ...]
    ruf: tuple[Uri, ...]
    faults: tuple[Fault, ...]

    @property
    def policies_valid(self) -> bool:
        """Whether ``p`` is there and ``p``, ``sp`` and ``np`` are valid."""
        return self.p is not None and not any(fault.kind == "policy" for fault in self.faults)

    @property
    def domain_policy(self) -> str:
        """The policy for the domain itself; ``none`` where a policy is not valid."""
        return (self.p if self.policies_valid else None) or "none"

    @property
    def subdomain_policy(self) -> str:
        """The policy for subdomains that exist."""
        return (self.sp if self.policies_valid else None) or self.domain_policy

    @property
    def nonexistent_policy(self) -> str:
        """The policy for subdomains that don't exist."""
        return (self.np if self.policies_valid else None) or self.subdomain_policy


def is_record(text: str) -> bool:
    """Return whether a TXT record is a DMARC record: ``v=DMARC1`` comes first, in just this case."""
    return _VERSION.match(text) is not None


def is_nearly(text: str) -> bool:
    """Return whether a TXT record was meant to be one, but is not taken for one."""
    return not is_record(text) and _NEARLY.match(text) is not None


def parse(text: str) -> Record:
    """Return what a record says; never raises."""
    tags: dict[str, str] = {}
    faults: list[Fault] = []
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        name, value = name.strip(" \t").lower(), value.strip(" \t")
        if not part.strip(" \t"):
            continue
        if not equals or not name.isascii() or not name.isalpha() or not value:
            faults.append(Fault("tag", name, part.strip()))
        elif name in tags:
            faults.append(Fault("repeated", name, value))
        else:
            tags[name] = value
            if name not in _KNOWN:
                faults.append(Fault("unknown", name, value))
            elif not (value.isascii() and value.isprintable()):
                faults.append(Fault("characters", name, value))
    policies = {name: _policy(tags, name, faults) for name in ("p", "sp", "np")}
    chosen = {name: _choice(tags, name, default, faults) for name, default in _DEFAULTS.items()}
    _failure_options(tags.get("fo"), faults)
    return Record(
        text=text,
        tags=tags,
        p=policies["p"],
        sp=policies["sp"],
        np=policies["np"],
        adkim=chosen["adkim"],
        aspf=chosen["aspf"],
        test=chosen["t"] == "y",
        psd=chosen["psd"],
        pct=_percent(tags.get("pct"), faults),
        rua=_uris(tags, "rua", faults),
        ruf=_uris(tags, "ruf", faults),
        faults=tuple(faults),
    )


_DEFAULTS = {"adkim": "r", "aspf": "r", "t": "n", "psd": "u"}


def _policy(tags: Mapping[str, str], name: str, faults: list[Fault]) -> str | None:
    value = tags.get(name)
    if value is None:
        return None
    if value.lower() in POLICIES:
        return value.lower()
    faults.append(Fault("policy", name, value))
    return None


def _choice(tags: Mapping[str, str], name: str, default: str, faults: list[Fault]) -> str:
    value = tags.get(name, default).lower()
    if value in _VALUES[name]:
        return value
    faults.append(Fault("value", name, tags[name]))
    return default


def _failure_options(value: str | None, faults: list[Fault]) -> None:
    """Judge ``fo``: ``0`` and ``1`` exclude each other, nothing comes twice (RFC 9989 §4.7)."""
    if value is None:
        return
    options = [option.strip(" \t").lower() for option in value.split(":")]
    valid = set(options) <= {"0", "1", "d", "s"} and len(set(options)) == len(options)
    if not valid or {"0", "1"} <= set(options):
        faults.append(Fault("value", "fo", value))


def _percent(value: str | None, faults: list[Fault]) -> int:
    if value is None:
        return 100
    if value.isascii() and value.isdigit() and len(value) <= 3 and int(value) <= 100:
        return int(value)
    faults.append(Fault("value", "pct", value))
    return 100


def _uris(tags: Mapping[str, str], name: str, faults: list[Fault]) -> tuple[Uri, ...]:
    found = []
    for part in tags[name].split(",") if name in tags else ():
        text = part.strip(" \t")
        uri = _uri(text)
        if uri is None:
            faults.append(Fault("uri", name, text))
        else:
            found.append(uri)
    return tuple(found)


def _uri(text: str) -> Uri | None:
    size = _SIZE.search(text)
    plain = text[: size.start()] if size else text
    if not _URI.match(plain):
        return None
    scheme, _unused, rest = plain.partition(":")
    scheme = scheme.lower()
    if scheme != "mailto":
        return Uri(text, scheme, rest, "", size is not None)
    address = rest.partition("?")[0]
    matched = _ADDRESS.match(address)
    return Uri(text, scheme, address, matched[1].lower(), size is not None) if matched else None
