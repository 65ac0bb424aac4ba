# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Why a host has no address: the operating system says only that; DNS says the rest."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

from .._probe.actions import ResolveFailed

LIFETIME = 3.0
"""Seconds for all questions together; the stage's share ends the wait anyway."""


def explain(
    host: str, error: Exception, *, nameservers: Sequence[str] | None = None, port: int = 53, lifetime: float = LIFETIME
) -> ResolveFailed:
    """Return the reason why ``host`` has no address.

    ``error`` is what getaddrinfo raised. ``nameservers`` (addresses) and ``port`` replace the system's for tests.
    """
    try:
        import dns.exception
        import dns.resolver
    except ImportError:
        return _by_error(host, error)
    try:
        resolver = dns.resolver.Resolver(configure=nameservers is None)
        if nameservers is not None:
            resolver.nameservers = list(nameservers)
            resolver.port = port
        return _ask(resolver, host, lifetime)
    except dns.exception.DNSException:
        return _by_error(host, error)


def _ask(resolver: Any, host: str, lifetime: float) -> ResolveFailed:
    import dns.name
    import dns.resolver

    name = dns.name.from_text(host)
    kinds = {kind: _kind_of_answer(resolver, name, kind, lifetime / 3) for kind in ("A", "AAAA")}
    if "nxdomain" in kinds.values():
        return ResolveFailed("nxdomain", f"DNS says that the name {host} does not exist (NXDOMAIN).")
    if "timeout" in kinds.values():
        return ResolveFailed("timeout", f"No name server answered for {host} in time.")
    if "servfail" in kinds.values():
        return ResolveFailed("servfail", f"The name servers could not answer for {host} (SERVFAIL).")
    if "found" in kinds.values():
        return ResolveFailed("failed", f"DNS has an address for {host}, but the operating system does not use it.")
    if _kind_of_answer(resolver, name, "MX", lifetime / 3) == "found":
        return ResolveFailed("mx_only", f"{host} is a mail domain (it has MX records), but not a host: no address.")
    return ResolveFailed("no_address", f"The name {host} exists in DNS, but has no address (no A or AAAA record).")


def _kind_of_answer(resolver: Any, name: Any, kind: str, lifetime: float) -> str:
    import dns.resolver

    try:
        resolver.resolve(name, kind, lifetime=lifetime, search=False)
    except dns.resolver.NXDOMAIN:
        return "nxdomain"
    except dns.resolver.NoAnswer:
        return "none"
    except dns.resolver.NoNameservers:
        return "servfail"
    except dns.resolver.LifetimeTimeout:
        return "timeout"
    return "found"


def _by_error(host: str, error: Exception) -> ResolveFailed:
    code = error.errno if isinstance(error, socket.gaierror) else None
    if code == socket.EAI_AGAIN:
        return ResolveFailed("timeout", f"The name server did not answer for {host}.")
    if code == socket.EAI_NONAME:
        return ResolveFailed("no_address", f"The operating system finds no address for {host}.")
    return ResolveFailed(
        "failed", f"The name {host} could not be resolved ({getattr(error, 'strerror', None) or error})."
    )
