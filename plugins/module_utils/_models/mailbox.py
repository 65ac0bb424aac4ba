# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A mailbox, as declared: one source of truth for options, documentation and argument specs."""

from __future__ import annotations

import re
from enum import Enum
from typing import Any

from .._deps import Field, field_validator
from .address import mail_address
from .checks import REQUIRED, CheckId
from .declared import Declared
from .domain import DomainCheck
from .endpoint import Endpoint, Imap, Smtp, Tls
from .home import expanded
from .names import AUTO_PROVIDER, AuthOrder, Depth, Pipelining, Protocol
from .secret import SecretSource

_CHECK_ID = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+)+")


class Probe(Declared):
    """How the probe goes about it. ``timeout`` and ``revalidate_after`` are in seconds."""

    timeout: int = Field(default=30, ge=1, le=600)
    depth: Depth = Depth.RECIPIENT
    auth_order: AuthOrder = AuthOrder.PARALLEL
    pipelining: Pipelining = Pipelining.AUTO
    revalidate_after: int = Field(default=0, ge=0)

    @field_validator("pipelining", mode="before")
    @classmethod
    def _off(cls, value: Any) -> Any:
        # YAML reads an unquoted off as false.
        return Pipelining.OFF if value is False else value


class RegistryKind(str, Enum):
    """The registries there are."""

    SQLITE = "sqlite"


class Registry(Declared):
    """Where to register. ``timeout`` is in seconds; what is None is left to the registry."""

    type: RegistryKind = RegistryKind.SQLITE
    path: str | None = Field(default=None, min_length=1)
    timeout: int | None = Field(default=None, ge=1, le=600)

    @field_validator("path", mode="after")
    @classmethod
    def _reachable(cls, value: str | None) -> str | None:
        if value is not None and expanded(value) is None:
            raise ValueError("home")
        return value


class Mailbox(Declared):
    """One mailbox. Make it with :func:`.parse.parse_mailbox`, which fills in what follows from other keys."""

    email: str
    id: str | None = Field(default=None, min_length=1, max_length=254)
    name: str | None = None
    provider: str | None = Field(default=None, min_length=1)
    protocols: tuple[Protocol, ...] = Field(default=(Protocol.SMTP, Protocol.IMAP), min_length=1)
    username: str | None = Field(default=None, min_length=1)
    secret: SecretSource | None = None
    smtp: Smtp | None = None
    imap: Imap | None = None
    tls: Tls = Field(default_factory=Tls)
    probe: Probe = Field(default_factory=Probe)
    daily_limit: int | None = Field(default=None, ge=1)
    tags: tuple[str, ...] = ()
    registry: Registry | None = None
    ignore_checks: tuple[str, ...] = ()
    domain: DomainCheck | None = None

    LISTS = frozenset({"protocols", "tags", "ignore_checks"})
    TEXTS = frozenset({"id", "username"})

    @field_validator("email", mode="after")
    @classmethod
    def _email(cls, value: str) -> str:
        return mail_address(value)

    @field_validator("id", mode="after")
    @classmethod
    def _id(cls, value: str | None) -> str | None:
        if value is not None and value != value.strip():
            raise ValueError("blank_ends")
        if value is not None and not value.isprintable():
            raise ValueError("invisible")
        return value

    @field_validator("provider", mode="after")
    @classmethod
    def _provider(cls, value: str | None) -> str | None:
        return None if value is None else value.strip().lower()

    @field_validator("protocols", mode="after")
    @classmethod
    def _protocols(cls, value: tuple[Protocol, ...]) -> tuple[Protocol, ...]:
        return tuple(protocol for protocol in Protocol if protocol in value)

    @field_validator("tags", mode="after")
    @classmethod
    def _tags(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value))

    @field_validator("ignore_checks", mode="after")
    @classmethod
    def _check_ids(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        ours = {check.value for check in CheckId}
        for name in value:
            if not _CHECK_ID.fullmatch(name) or (name.startswith("config.") and name not in ours):
                raise ValueError("check_id")
            if name in {check.value for check in REQUIRED}:
                raise ValueError("check_required")
        return value

    def endpoint(self, protocol: Protocol) -> Endpoint | None:
        """Return the declared service, or None."""
        return self.smtp if protocol is Protocol.SMTP else self.imap

    @property
    def endpoints(self) -> tuple[tuple[Protocol, Endpoint], ...]:
        """The services that are used, SMTP first."""
        return tuple(
            (protocol, endpoint) for protocol in self.protocols if (endpoint := self.endpoint(protocol)) is not None
        )

    @property
    def without_server(self) -> tuple[Protocol, ...]:
        """The services that are used and have no host yet: their settings are to be found (see ``_run/settled.py``)."""
        return tuple(protocol for protocol, endpoint in self.endpoints if endpoint.host is None)

    @property
    def named_provider(self) -> str | None:
        """The provider that the declaration names; None where none is named, or ``auto``."""
        return None if self.provider == AUTO_PROVIDER else self.provider

    def public(self) -> dict[str, Any]:
        """Return what a registry keeps and a diff shows: plain JSON values in a fixed order, without any secret.

        How to probe and where to register is not part of it. What the mailbox hands to its endpoints is shown there.
        """
        return {
            "id": self.id,
            "email": self.email,
            "name": self.name,
            "protocols": [protocol.value for protocol in self.protocols],
            "smtp": self.smtp.public() if self.smtp else None,
            "imap": self.imap.public() if self.imap else None,
            "daily_limit": self.daily_limit,
            "tags": list(self.tags),
        }
