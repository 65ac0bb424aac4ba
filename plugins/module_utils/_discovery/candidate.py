# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Where settings may come from, and what was found there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum

from .._models.names import Protocol, Security
from .._providers.model import UserName


class Origin(str, Enum):
    """The kinds of sources, the most specific first; trust may change that order (see :mod:`.rank`)."""

    PROVIDER_NAME = "provider_name"
    PROVIDER_DOMAIN = "provider_domain"
    PROVIDER_MX = "provider_mx"
    SRV = "srv"
    AUTOCONFIG = "autoconfig"
    ISPDB = "ispdb"
    AUTOCONFIG_MX = "autoconfig_mx"
    ISPDB_MX = "ispdb_mx"
    GUESS = "guess"


class Trust(str, Enum):
    """How far a candidate can be relied on.

    ``high``: the mail domain or its provider says so where nobody else can (table, https, authentic DNS, a target in
    the domain itself). ``medium``: others say so, or DNS does that is not authentic and leads elsewhere.
    ``low``: nobody said so; the name merely exists. What is ``low`` is reported, and never used by itself.
    """

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True)
class Candidate:
    """One way to reach one service of a mail domain.

    ``username`` says what the login name is; with :attr:`UserName.OTHER`, ``username_pattern`` says how it is made of
    ``%EMAILADDRESS%``, ``%EMAILLOCALPART%`` and ``%EMAILDOMAIN%``. ``source`` names the record, address or table entry
    for people. ``lost`` is why another one was taken, None for the chosen one. ``notes`` are odd things about it.
    ``authentication`` are the ways to log in that a clientConfig names (``password-cleartext``, ``OAuth2``, …), empty
    where the source does not say. ``position`` is its place inside its source, from 0.
    """

    protocol: Protocol
    host: str
    port: int
    security: Security
    origin: Origin
    trust: Trust
    source: str
    username: UserName = UserName.ADDRESS
    username_pattern: str = ""
    provider: str = ""
    lost: str | None = None
    notes: tuple[str, ...] = ()
    authentication: tuple[str, ...] = ()
    position: int = 0

    def login_of(self, email: str) -> str:
        """Return the login name of an address."""
        local, _at, domain = email.rpartition("@")
        if self.username is UserName.LOCAL_PART:
            return local
        if self.username is UserName.OTHER and self.username_pattern:
            filled = self.username_pattern.replace("%EMAILADDRESS%", email)
            return filled.replace("%EMAILLOCALPART%", local).replace("%EMAILDOMAIN%", domain)
        return email

    def losing(self, why: str) -> Candidate:
        """Return the candidate with the reason why it was not taken."""
        return replace(self, lost=why)


@dataclass(frozen=True)
class Finding:
    """Something that a person should know about a lookup; ``id`` is stable and can be turned off."""

    id: str
    text: str


@dataclass(frozen=True)
class Settings:
    """What was found for a mail domain.

    ``candidates`` are all of them, the chosen one of each protocol among them, in the order of their rank.
    ``provider`` is the name of a variant in the table of providers, empty where none is known; ``gateway`` is a
    filtering service that receives the domain's mail, which hides who runs the mailboxes. ``elapsed`` is in seconds.
    ``not_offered`` are protocols of which the domain says by SRV that it has none (RFC 6186 §3.4).
    """

    domain: str
    candidates: tuple[Candidate, ...] = ()
    provider: str = ""
    gateway: str = ""
    findings: tuple[Finding, ...] = ()
    elapsed: float = 0.0
    chosen: dict[Protocol, Candidate] = field(default_factory=dict)
    not_offered: tuple[Protocol, ...] = ()
