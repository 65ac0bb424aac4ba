# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Whose server an endpoint is, and which of a provider's variants is meant by the address that logs in there."""

from __future__ import annotations

import functools
import ipaddress
from functools import cache

from .._models.names import Protocol
from . import table
from .model import Credential, Service, Variant
from .table import Known


def owner_of(email: str, named: str | None = None) -> Known | None:
    """Return who runs a mailbox: the provider that is named, else the one whose addresses end like this."""
    domain = _domain(email)
    known = table.meant_by(named, domain) if named else None
    return known or table.by_domain(domain)


def server_of(host: str, protocol: Protocol, login: str, named: str | None = None) -> Known | None:
    """Return whose server ``host`` is, for a login with the address ``login``; None where nobody is known.

    Several variants may share a host. The one that is named counts, then the one that the address belongs to; an
    address of an own domain belongs to a variant that has no domains. A host that the table does not have is the named
    provider's.
    """
    owner = table.meant_by(named, _domain(login)) if named else None
    if not host or is_address(host):
        # Somebody's own forwarder, or a bridge: the host says nothing.
        return owner
    here = variants_at(host, protocol)
    if not here:
        under = table.by_host(host)
        if under is None:
            return owner
        here = tuple(Known(under.provider, variant) for variant in under.provider.variants)
    owner = owner or table.by_domain(_domain(login))
    mine = next((known for known in here if owner is not None and known.variant is owner.variant), None)
    return mine or next((known for known in here if not known.variant.domains), here[0])


def variants_at(host: str, protocol: Protocol) -> tuple[Known, ...]:
    """Return the variants that have exactly this host for a protocol."""
    return _variants().get((host.rstrip(".").lower(), protocol), ())


def services_of(variant: Variant, protocol: Protocol, host: str | None = None) -> tuple[Service, ...]:
    """Return what a variant has for a protocol, the one to prefer first; with ``host`` only what is there."""
    return tuple(
        service for service in variant.services if service.protocol is protocol and host in (None, service.host)
    )


def credentials_of(variant: Variant, protocol: Protocol) -> tuple[Credential, ...]:
    """Return what logins of a protocol take, the one to prefer first."""
    return next((one.credentials for one in services_of(variant, protocol) if one.credentials), variant.credentials)


@cache
def _variants() -> dict[tuple[str, Protocol], tuple[Known, ...]]:
    found: dict[tuple[str, Protocol], dict[str, Known]] = {}
    for provider in table.PROVIDERS:
        for variant in provider.variants:
            for service in variant.services:
                if not is_address(service.host):
                    place = found.setdefault((service.host, service.protocol), {})
                    place.setdefault(variant.name, Known(provider, variant))
    return {key: tuple(variants.values()) for key, variants in found.items()}


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower() if "@" in address else ""


@functools.lru_cache(maxsize=4096)
def is_address(host: str) -> bool:
    """Tell whether a host says nothing of who runs it: an address, or this machine."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True
