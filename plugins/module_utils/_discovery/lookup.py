# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What a lookup is made of: its options, the ids of its findings, and what one source came to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .candidate import Candidate, Finding

TABLE = "table"
MX = "mx"
SRV = "srv"
AUTOCONFIG = "autoconfig"
ISPDB = "ispdb"
GUESS = "guess"

SOURCES: tuple[str, ...] = (TABLE, MX, SRV, AUTOCONFIG, ISPDB, GUESS)
"""The sources by the names that options use."""

STAND_IN = "postmaster"
"""The local part that autoconfig hosts are asked with: every mail domain has it (RFC 5321 §4.5.1), it is nobody's."""


@dataclass(frozen=True)
class DiscoveryOptions:
    """How settings are looked for.

    ``timeout`` is in seconds, for one mail domain. ``nameservers`` empty means the system's resolvers. ``ispdb_url`` is
    the address of a database that is asked ``<url>/<mail domain>`` over https, ``ispdb_path`` a directory of its files.
    ``ca`` is a file or a directory of PEM certificates to trust for https instead of the system's; ``allow_private``
    lets https go to private addresses. ``stand_in`` is the local part that autoconfig hosts are asked with, empty for
    none.
    """

    timeout: float = 10.0
    sources: tuple[str, ...] = SOURCES
    nameservers: tuple[str, ...] = ()
    dns_port: int = 53
    ispdb_url: str | None = None
    ispdb_path: str | None = None
    ca: str | None = None
    allow_private: bool = False
    stand_in: str = STAND_IN


class Id(str, Enum):
    """The stable ids of findings; each has a row in docs/discovery.md."""

    ADDRESS_LITERAL = "discovery.address_literal"
    AUTOCONFIG_FAILED = "discovery.autoconfig_failed"
    AUTOCONFIG_REFUSED = "discovery.autoconfig_refused"
    DNS_FAILED = "discovery.dns_failed"
    DNS_LIBRARY = "discovery.dns_library"
    GATEWAY = "discovery.gateway"
    ISPDB_FAILED = "discovery.ispdb_failed"
    MX_MIXED = "discovery.mx_mixed"
    NO_DOMAIN = "discovery.no_domain"
    NOT_FOUND = "discovery.not_found"
    NOT_OFFERED = "discovery.not_offered"
    NULL_MX = "discovery.null_mx"
    OAUTH2_ONLY = "discovery.oauth2_only"
    POP3_ONLY = "discovery.pop3_only"
    PROVIDER_UNKNOWN = "discovery.provider_unknown"
    SERVER_SKIPPED = "discovery.server_skipped"
    SOURCES_DISAGREE = "discovery.sources_disagree"
    SRV_TARGET = "discovery.srv_target"
    TIMEOUT = "discovery.timeout"
    VARIANT_ASSUMED = "discovery.variant_assumed"

    def finding(self, text: str) -> Finding:
        """Return a finding with this id."""
        return Finding(self.value, text)


UNANSWERED = frozenset(one.value for one in (Id.DNS_FAILED, Id.TIMEOUT))
"""With these, the same lookup may find something later."""


@dataclass(frozen=True)
class Found:
    """What one source came to."""

    candidates: tuple[Candidate, ...] = ()
    findings: tuple[Finding, ...] = ()

    def __add__(self, other: Found) -> Found:
        return Found(self.candidates + other.candidates, self.findings + other.findings)


NOTHING = Found()
