# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What is known of a provider, as data: every fact names the source it was read in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from .._models.names import Protocol, Security


class UserName(str, Enum):
    """What a provider takes as login name."""

    ADDRESS = "address"
    LOCAL_PART = "local_part"
    OTHER = "other"


class Credential(str, Enum):
    """What a provider takes as secret."""

    PASSWORD = "password"
    APP_PASSWORD = "app_password"
    OAUTH2 = "oauth2"


class Actor(str, Enum):
    """Who can do a step of preparation."""

    USER = "user"
    ADMINISTRATOR = "administrator"


class Unit(str, Enum):
    """What a limit counts."""

    MESSAGES = "messages"
    RECIPIENTS = "recipients"


@dataclass(frozen=True)
class Source:
    """Where a fact was read. ``seen`` is the date (ISO 8601) of the page, else of the reading."""

    url: str
    seen: str
    title: str = ""


@dataclass(frozen=True)
class Service:
    """One way to reach a server. The first of a protocol is what is used; others are alternatives that work too.

    ``host`` may hold ``%EMAILDOMAIN%``, for software that is found below the customer's own domain.
    ``sources`` are keys of :attr:`Provider.sources`. ``credentials`` are what this service takes where that is not what
    its variant says; empty means the same.
    """

    protocol: Protocol
    host: str
    port: int
    security: Security
    sources: tuple[str, ...]
    username: UserName = UserName.ADDRESS
    credentials: tuple[Credential, ...] = ()


@dataclass(frozen=True)
class Variant:
    """A part of a provider with servers of its own: a data centre, a product, a kind of account.

    ``name`` is what a declaration says (``provider: zoho-pro-eu``). ``domains`` are mail domains in lower case whose
    addresses belong here, ``domain_patterns`` regular expressions that match whole domains. ``mx`` are the ends of
    names of mail exchangers, each a whole name or one that begins with a dot; the longest one that fits wins.
    ``credentials`` are what logins take, the one to prefer first; ``account`` is what people call such an account.
    """

    name: str
    title: str
    services: tuple[Service, ...]
    credentials: tuple[Credential, ...]
    domains: tuple[str, ...] = ()
    domain_patterns: tuple[str, ...] = ()
    mx: tuple[str, ...] = ()
    account: str = ""


@dataclass(frozen=True)
class Step:
    """Something that must be done before a login works. ``variants`` limits it; empty means all."""

    text: str
    by: Actor
    sources: tuple[str, ...]
    protocols: tuple[Protocol, ...] = (Protocol.SMTP, Protocol.IMAP)
    variants: tuple[str, ...] = ()


@dataclass(frozen=True)
class Limit:
    """How much a kind of account may send. ``per_day`` and ``per_hour`` count ``unit``; None is not published.

    ``practical`` says that it is no rule of the provider but what operators find before they are slowed down.
    """

    account: str
    unit: Unit
    sources: tuple[str, ...]
    per_day: int | None = None
    per_hour: int | None = None
    practical: bool = False
    variants: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pacing:
    """How fast logins may follow each other. ``connections`` counts IMAP connections to one account."""

    sources: tuple[str, ...]
    logins_per_minute: int | None = None
    connections: int | None = None


@dataclass(frozen=True)
class Quirk:
    """What surprises people. ``folders`` are names of special folders by their use, as in ``sent`` or ``junk``."""

    text: str
    sources: tuple[str, ...]
    folders: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Provider:
    """All that is known of one provider. The first variant is what is taken when nothing tells them apart.

    ``identity`` is the name under which the rules of diagnosis know the servers, empty where they don't. ``hosts`` are
    the domains that the provider's mail servers live under; ``sending_include`` are the domains that its customers
    name by ``include:`` in SPF; ``dkim_selectors`` are the selectors it uses for customers' domains.
    ``app_password`` is a regular expression of the shape of an app password without blanks; ``app_password_page`` is
    where one is made. ``oauth2`` says in a sentence what to do where passwords no longer work.
    """

    name: str
    title: str
    variants: tuple[Variant, ...]
    sources: Mapping[str, Source]
    identity: str = ""
    hosts: tuple[str, ...] = ()
    preparation: tuple[Step, ...] = ()
    limits: tuple[Limit, ...] = ()
    pacing: Pacing | None = None
    quirks: tuple[Quirk, ...] = ()
    sending_include: tuple[str, ...] = ()
    dkim_selectors: tuple[str, ...] = ()
    app_password: str = ""
    app_password_page: str = ""
    oauth2: str = ""
    fact_sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The sources of the plain attributes, by their name (``app_password``, ``sending_include``, ``oauth2``, …).

    ``domains``, ``mx``, ``hosts``, ``username`` and ``credentials`` may be named too, for all variants; what is not
    named was read where the services were.
    """
