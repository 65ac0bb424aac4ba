# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The table of providers: found by name, by mail domain, by mail exchanger and by host."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from .._models.names import Protocol
from . import (
    access,
    apple,
    chinese,
    eastern,
    gmx,
    google,
    hosting,
    hosting_eu,
    independent,
    microsoft,
    software,
    yahoo,
    zoho,
)
from .model import Limit, Provider, Service, Step, Variant

_KEPT = 4096
"""Answers that are kept for each kind of question: a fleet asks the same of each of its mailboxes."""

PROVIDERS: tuple[Provider, ...] = (
    *google.PROVIDERS,
    *microsoft.PROVIDERS,
    *yahoo.PROVIDERS,
    *zoho.PROVIDERS,
    *apple.PROVIDERS,
    *gmx.PROVIDERS,
    *independent.PROVIDERS,
    *hosting.PROVIDERS,
    *hosting_eu.PROVIDERS,
    *access.PROVIDERS,
    *eastern.PROVIDERS,
    *chinese.PROVIDERS,
    *software.PROVIDERS,
)


@dataclass(frozen=True)
class Known:
    """A provider, and the variant of it that was meant."""

    provider: Provider
    variant: Variant

    def concerned_by(self, fact: Step | Limit) -> bool:
        """Tell whether a fact of the provider holds for the variant."""
        return not fact.variants or self.variant.name in fact.variants

    def cited(self, keys: Iterable[str]) -> list[dict[str, str]]:
        """Return sources as plain values: ``url``, and ``seen``, the day or month when it said so."""
        found = (self.provider.sources[key] for key in keys)
        return [{"url": one.url, "seen": one.seen} for one in found]


def by_name(name: str) -> Known | None:
    """Return what a declaration calls ``name``, or None; the name of a provider means its first variant."""
    return _names().get(name)


def meant_by(name: str, domain: str) -> Known | None:
    """Return what a declaration calls ``name`` for an address in ``domain`` (an A-label in lower case), or None.

    The name of a provider means the variant that has the domain. For a domain that nobody has it means the variant that
    receives mail for customers' domains; where several do, the first one of all.
    """
    known = by_name(name)
    if known is None or known.provider.name != name:
        return known
    owner = by_domain(domain)
    if owner is not None:
        return owner if owner.provider is known.provider else known
    receiving = [variant for variant in known.provider.variants if variant.mx and not variant.domains]
    return Known(known.provider, receiving[0]) if len(receiving) == 1 else known


def names() -> tuple[str, ...]:
    """Return every name a declaration may use."""
    return tuple(sorted(_names()))


@lru_cache(maxsize=_KEPT)
def by_domain(domain: str) -> Known | None:
    """Return whose addresses end in ``domain`` (an A-label in lower case), or None."""
    return _domains().get(domain) or next(
        (known for pattern, known in _patterns() if pattern.fullmatch(domain)),
        None,
    )


@lru_cache(maxsize=_KEPT)
def by_mx(exchange: str) -> Known | None:
    """Return who receives mail at the mail exchanger ``exchange``, by the longest end of a name that fits."""
    return _longest(exchange, _exchanges())


@lru_cache(maxsize=_KEPT)
def by_host(host: str) -> Known | None:
    """Return whose server ``host`` is, by the longest domain it lives under."""
    return _longest(host, _hosts())


def services_at(host: str, protocol: Protocol) -> tuple[Service, ...]:
    """Return the services that providers have at exactly this host (lower case), the one to prefer first."""
    return _services().get((host, protocol), ())


def known_as(name: str | None) -> str:
    """Return the one name that groups, paces and reports have for all of a provider, by what a declaration calls it.

    That is its identity, or its name where it has none; empty for what is in no table.
    """
    known = by_name(name) if name else None
    return (known.provider.identity or known.provider.name) if known is not None else ""


def _longest(name: str, ends: tuple[tuple[str, Known], ...]) -> Known | None:
    plain = name.rstrip(".").lower()
    return next((known for end, known in ends if plain == end.lstrip(".") or plain.endswith(_dotted(end))), None)


def _dotted(end: str) -> str:
    return end if end.startswith(".") else f".{end}"


@cache
def _names() -> dict[str, Known]:
    first = {provider.name: Known(provider, provider.variants[0]) for provider in PROVIDERS}
    return {**first, **{known.variant.name: known for known in _variants()}}


@cache
def _variants() -> tuple[Known, ...]:
    return tuple(Known(provider, variant) for provider in PROVIDERS for variant in provider.variants)


@cache
def _services() -> dict[tuple[str, Protocol], tuple[Service, ...]]:
    found: dict[tuple[str, Protocol], dict[tuple[object, ...], Service]] = {}
    for known in _variants():
        for service in known.variant.services:
            if not service.host.startswith("127."):
                ways = found.setdefault((service.host, service.protocol), {})
                ways.setdefault((service.port, service.security, service.username), service)
    return {key: tuple(ways.values()) for key, ways in found.items()}


@cache
def _domains() -> dict[str, Known]:
    return {domain: known for known in _variants() for domain in known.variant.domains}


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], Known], ...]:
    return tuple((re.compile(pattern), known) for known in _variants() for pattern in known.variant.domain_patterns)


@cache
def _exchanges() -> tuple[tuple[str, Known], ...]:
    return _by_length([(end, known) for known in _variants() for end in known.variant.mx])


@cache
def _hosts() -> tuple[tuple[str, Known], ...]:
    # A bridge on this machine and a host below the customer's domain belong to nobody in particular.
    own = [
        (service.host, known)
        for known in _variants()
        for service in known.variant.services
        if "%" not in service.host and not service.host.startswith("127.")
    ]
    under = [(host, Known(provider, provider.variants[0])) for provider in PROVIDERS for host in provider.hosts]
    return _by_length([*own, *under])


def _by_length(ends: list[tuple[str, Known]]) -> tuple[tuple[str, Known], ...]:
    # A name that several variants share belongs to the first of them: sorting keeps their order.
    return tuple(sorted(ends, key=lambda pair: -len(pair[0].lstrip("."))))
