# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with a table of providers, in sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol, Security
from ansible_collections.mailops.mailbox.plugins.module_utils._providers.model import (
    Credential,
    Provider,
    Service,
    Variant,
)

SEED = "smartlead"
"""The key of the source whose order of ports counts before any other."""

SHARED_MX: frozenset[str] = frozenset()
"""Ends of mail exchangers that several variants have on purpose; the first of them is taken."""

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_DATE = re.compile(r"20[0-9]{2}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?")
_USUAL = {465: Security.TLS, 993: Security.TLS, 25: Security.STARTTLS, 143: Security.STARTTLS, 587: Security.STARTTLS}
_PLAIN = ("sending_include", "dkim_selectors", "app_password", "app_password_page", "oauth2")
_NAMED = frozenset({*_PLAIN, "domains", "mx", "hosts", "username", "credentials"})
_USES = frozenset({"all", "archive", "drafts", "flagged", "junk", "sent", "trash"})


def faults(providers: Sequence[Provider]) -> list[str]:
    """Return a sentence for everything that is wrong."""
    found: list[str] = []
    for provider in providers:
        found += (f"{provider.name}: {text}" for text in _of(provider))
    return [*found, *_between(providers)]


def _of(provider: Provider) -> Iterator[str]:
    yield from _sources(provider)
    yield from _plain(provider)
    for variant in provider.variants:
        yield from (f"{variant.name}: {text}" for text in _variant(variant))
    offered = {service.protocol for variant in provider.variants for service in variant.services}
    for protocol in Protocol:
        if protocol not in offered:
            yield f"no {protocol.value} service"
    mine = {variant.name for variant in provider.variants}
    for what in (*provider.preparation, *provider.limits):
        for name in what.variants:
            if name not in mine:
                yield f"no variant {name}"
    for limit in provider.limits:
        amounts = [amount for amount in (limit.per_day, limit.per_hour) if amount is not None]
        if not amounts or min(amounts) <= 0:
            yield f"the limit of {limit.account} is no positive number"
    if provider.pacing:
        paces = (provider.pacing.logins_per_minute, provider.pacing.connections)
        if any(pace is not None and pace <= 0 for pace in paces) or paces == (None, None):
            yield "the pace is no positive number"
    for quirk in provider.quirks:
        for use in quirk.folders:
            if use not in _USES:
                yield f"folders have no use {use}"


def _sources(provider: Provider) -> Iterator[str]:
    for key, source in provider.sources.items():
        parts = urlsplit(source.url)
        if parts.scheme != "https" or not _NAME.fullmatch(parts.hostname or ""):
            yield f"source {key} has no https address"
        if not _DATE.fullmatch(source.seen):
            yield f"source {key} has no date"
    facts: list[tuple[str, tuple[str, ...]]] = [
        (f"{service.protocol.value} {service.host}:{service.port}", service.sources)
        for variant in provider.variants
        for service in variant.services
    ]
    facts += [(f"step {step.text!r}", step.sources) for step in provider.preparation]
    facts += [(f"limit of {limit.account}", limit.sources) for limit in provider.limits]
    facts += [(f"quirk {quirk.text!r}", quirk.sources) for quirk in provider.quirks]
    facts += [(name, provider.fact_sources.get(name, ())) for name in _PLAIN if getattr(provider, name)]
    facts += [(name, keys) for name, keys in provider.fact_sources.items() if name not in _PLAIN]
    if provider.pacing:
        facts.append(("the pace", provider.pacing.sources))
    for fact, keys in facts:
        if not keys:
            yield f"{fact} has no source"
        for key in keys:
            if key not in provider.sources:
                yield f"{fact} names an unknown source {key}"


def _plain(provider: Provider) -> Iterator[str]:
    for name in provider.fact_sources:
        if name not in _NAMED:
            yield f"sources for {name}, which is no fact"
        elif name in _PLAIN and not getattr(provider, name):
            yield f"sources for {name}, which is empty"
    for name in (*provider.hosts, *provider.sending_include):
        if not _NAME.fullmatch(name):
            yield f"{name} is no host name"
    if provider.app_password and (bad := _uncompiled(provider.app_password)):
        yield f"the shape of app passwords does not compile: {bad}"
    if provider.app_password_page and not provider.app_password_page.startswith("https://"):
        yield "the page for app passwords has no https address"
    only_tokens = any(variant.credentials == (Credential.OAUTH2,) for variant in provider.variants)
    if only_tokens and not provider.oauth2:
        yield "takes tokens alone, and does not say how"


def _variant(variant: Variant) -> Iterator[str]:
    if not variant.services or not variant.credentials:
        yield "no service, or no credential"
    for service in variant.services:
        yield from _service(service)
    ways = Counter((s.protocol, s.host, s.port) for s in variant.services)
    yield from (f"{way} stands twice" for way, count in ways.items() if count > 1)
    for protocol in Protocol:
        first = next((s for s in variant.services if s.protocol is protocol), None)
        if first is not None and first not in _wanted(variant, protocol):
            yield f"{protocol.value} begins with {first.host}:{first.port}"
    for name in (*variant.domains, *(end.lstrip(".") for end in variant.mx)):
        if not _NAME.fullmatch(name):
            yield f"{name} is no domain"
    for pattern in variant.domain_patterns:
        if bad := _uncompiled(pattern):
            yield f"pattern {pattern} does not compile: {bad}"


def _wanted(variant: Variant, protocol: Protocol) -> list[Service]:
    """Return what may come first: implicit TLS of the seed's table, else its STARTTLS, else the same of all others."""
    every = [service for service in variant.services if service.protocol is protocol]
    pool = [service for service in every if SEED in service.sources] or every
    return [service for service in pool if service.security is Security.TLS] or pool


def _service(service: Service) -> Iterator[str]:
    if not _NAME.fullmatch(service.host.replace("%EMAILDOMAIN%", "customer.example")) and service.host != "127.0.0.1":
        yield f"{service.host} is no host name"
    if not 0 < service.port < 65536:
        yield f"{service.port} is no port"
    if service.security is Security.NONE or _USUAL.get(service.port, service.security) is not service.security:
        yield f"{service.host}:{service.port} does not go with {service.security.value}"
    if (service.port in (25, 465, 587) and service.protocol is Protocol.IMAP) or (
        service.port in (143, 993) and service.protocol is Protocol.SMTP
    ):
        yield f"{service.host}:{service.port} is not for {service.protocol.value}"


def _uncompiled(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        return str(error)
    return ""


def _between(providers: Sequence[Provider]) -> Iterator[str]:
    variants = [variant for provider in providers for variant in provider.variants]
    yield from _twice("provider", [provider.name for provider in providers])
    yield from _twice("variant", [variant.name for variant in variants])
    yield from _twice("domain", [domain for variant in variants for domain in variant.domains])
    yield from _twice("mail exchanger", [mx for variant in variants for mx in variant.mx if mx not in SHARED_MX])
    yield from _twice("host", [host for provider in providers for host in provider.hosts])
    for variant in variants:
        if not re.fullmatch("[a-z0-9]+(?:-[a-z0-9]+)*", variant.name):
            yield f"{variant.name} is no name for a declaration"
        for pattern in variant.domain_patterns:
            if _uncompiled(pattern):
                continue
            for other in variants:
                for domain in other.domains:
                    if other is not variant and re.fullmatch(pattern, domain):
                        yield f"pattern {pattern} of {variant.name} matches {domain} of {other.name}"


def _twice(what: str, names: list[str]) -> Iterator[str]:
    yield from (f"{what} {name} stands twice" for name, count in Counter(names).items() if count > 1)
