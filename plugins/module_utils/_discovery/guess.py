# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Host names that are common: whether they have an address, and nothing more. Nothing connects to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._dns.answer import Outcome
from .._models.names import Protocol, Security
from .candidate import Candidate, Origin, Trust
from .lookup import Found

if TYPE_CHECKING:
    from .._dns.client import DnsClient

NAMES: tuple[tuple[Protocol, int, tuple[str, ...]], ...] = (
    (Protocol.SMTP, 465, ("smtp", "mail")),
    (Protocol.IMAP, 993, ("imap", "mail")),
)


def guesses(domain: str, dns: DnsClient, deadline: float) -> Found:
    """Return the common names below ``domain`` that have an address."""
    hosts = tuple(dict.fromkeys(f"{name}.{domain}" for _protocol, _port, names in NAMES for name in names))
    answers = dns.ask_all([(host, kind) for host in hosts for kind in ("A", "AAAA")], deadline)
    there = {host for host in hosts if any(answers[host, kind].outcome is Outcome.FOUND for kind in ("A", "AAAA"))}
    return Found(
        tuple(
            Candidate(
                protocol=protocol,
                host=f"{name}.{domain}",
                port=port,
                security=Security.TLS,
                origin=Origin.GUESS,
                trust=Trust.LOW,
                source=f"the name {name}.{domain}, which has an address",
                position=position,
            )
            for protocol, port, names in NAMES
            for position, name in enumerate(names)
            if f"{name}.{domain}" in there
        )
    )
