# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Why a host has no address: the operating system says only that; DNS says the rest."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence

from .._dns.answer import Outcome
from .._dns.client import DnsClient, missing_dnspython
from .._probe.actions import ResolveFailed

LIFETIME = 3.0
"""Seconds for all questions together; the stage's share ends the wait anyway."""


def explain(
    host: str, error: Exception, *, nameservers: Sequence[str] = (), port: int = 53, lifetime: float = LIFETIME
) -> ResolveFailed:
    """Return the reason why ``host`` has no address.

    ``error`` is what getaddrinfo raised. ``nameservers`` (addresses) and ``port`` replace the system's for tests.
    """
    client = DnsClient(nameservers=nameservers, port=port, timeout=lifetime / 3)
    deadline = time.monotonic() + lifetime
    if missing_dnspython() or not client.able:
        return _by_error(host, error)
    found = {client.ask(host, kind, deadline).outcome for kind in ("A", "AAAA")}
    if Outcome.BAD_NAME in found:
        return _by_error(host, error)
    if Outcome.NXDOMAIN in found:
        return ResolveFailed("nxdomain", f"DNS says that the name {host} does not exist (NXDOMAIN).")
    if Outcome.TIMEOUT in found:
        return ResolveFailed("timeout", f"No name server answered for {host} in time.")
    if found & {Outcome.SERVFAIL, Outcome.REFUSED, Outcome.MALFORMED}:
        return ResolveFailed("servfail", f"The name servers could not answer for {host} (SERVFAIL).")
    if Outcome.FOUND in found:
        return ResolveFailed("failed", f"DNS has an address for {host}, but the operating system does not use it.")
    if client.ask(host, "MX", deadline).outcome is Outcome.FOUND:
        return ResolveFailed("mx_only", f"{host} is a mail domain (it has MX records), but not a host: no address.")
    return ResolveFailed("no_address", f"The name {host} exists in DNS, but has no address (no A or AAAA record).")


def _by_error(host: str, error: Exception) -> ResolveFailed:
    code = error.errno if isinstance(error, socket.gaierror) else None
    if code == socket.EAI_AGAIN:
        return ResolveFailed("timeout", f"The name server did not answer for {host}.")
    if code == socket.EAI_NONAME:
        # The name may not exist, or have no address: the system does not tell.
        return ResolveFailed("not_found", f"The operating system finds no address for {host}.")
    return ResolveFailed(
        "failed", f"The name {host} could not be resolved ({getattr(error, 'strerror', None) or error})."
    )
