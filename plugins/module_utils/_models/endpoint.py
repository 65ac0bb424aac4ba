# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The two services of a mailbox: where they are, how they are protected, who logs in."""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path
from typing import Any

from .._deps import Field, field_validator
from .address import ehlo_name, host_name, mail_address
from .declared import Declared
from .names import Protocol, Security
from .secret import SecretSource


class SecurityChoice(str, Enum):
    """How a connection is to be protected; ``auto`` follows from the port, never from trying."""

    AUTO = "auto"
    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class TlsVersion(str, Enum):
    """The lowest version of TLS that is accepted."""

    TLS_1_0 = "TLSv1"
    TLS_1_1 = "TLSv1.1"
    TLS_1_2 = "TLSv1.2"
    TLS_1_3 = "TLSv1.3"


class SmtpMechanism(str, Enum):
    """How SMTP logs in (RFC 4954); ``none`` is a relay that trusts the address."""

    AUTO = "auto"
    PLAIN = "plain"
    LOGIN = "login"
    NONE = "none"


class ImapMechanism(str, Enum):
    """How IMAP logs in (RFC 9051 §6.2)."""

    AUTO = "auto"
    PLAIN = "plain"
    LOGIN = "login"


class Tls(Declared):
    """How the server proves who it is. ``warn_days`` is in days before the certificate expires."""

    ca: str | None = None
    verify: bool = True
    server_name: str | None = None
    min_version: TlsVersion = TlsVersion.TLS_1_2
    warn_days: int = Field(default=14, ge=0, le=3650)
    client_cert: str | None = None
    client_key: str | None = None

    @field_validator("server_name", mode="after")
    @classmethod
    def _name(cls, value: str | None) -> str | None:
        return None if value is None else host_name(value)

    @field_validator("ca", "client_cert", "client_key", mode="after")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            path = Path(value).expanduser()
        except RuntimeError:
            raise ValueError("file") from None
        if not os.access(path, os.R_OK):
            raise ValueError("file")
        return str(path)

    def over(self, base: Tls) -> Tls:
        """Return ``base`` with what was declared here in its place."""
        return base.model_copy(update={name: getattr(self, name) for name in self.model_fields_set})


class SmtpAuth(Declared):
    """Which mechanisms SMTP may use, in this order."""

    mechanisms: tuple[SmtpMechanism, ...] = Field(default=(SmtpMechanism.AUTO,), min_length=1)

    LISTS = frozenset({"mechanisms"})

    @field_validator("mechanisms", mode="after")
    @classmethod
    def _alone(cls, value: tuple[SmtpMechanism, ...]) -> tuple[SmtpMechanism, ...]:
        return _one_meaning(value)

    @property
    def offered(self) -> tuple[str, ...]:
        """The SASL names in the order to try; empty for a relay that trusts the address."""
        return _sasl_names(self.mechanisms)


class ImapAuth(Declared):
    """Which mechanisms IMAP may use, in this order."""

    mechanisms: tuple[ImapMechanism, ...] = Field(default=(ImapMechanism.AUTO,), min_length=1)

    LISTS = frozenset({"mechanisms"})

    @field_validator("mechanisms", mode="after")
    @classmethod
    def _alone(cls, value: tuple[ImapMechanism, ...]) -> tuple[ImapMechanism, ...]:
        return _one_meaning(value)

    @property
    def offered(self) -> tuple[str, ...]:
        """The names in the order to try; ``LOGIN`` is the command."""
        return _sasl_names(self.mechanisms)


class Endpoint(Declared):
    """What SMTP and IMAP share.

    As declared, ``port``, ``username``, ``secret`` and ``tls`` may be None and ``security`` ``auto``. After
    :func:`.parse.parse_mailbox` they are what the probe will use: only ``secret`` is still None, for a relay. Without a
    ``host``, the other settings stay as declared too, until the server is found.
    """

    host: str | None = None
    port: int | None = Field(default=None, ge=1, le=65535)
    security: SecurityChoice = SecurityChoice.AUTO
    username: str | None = Field(default=None, min_length=1)
    secret: SecretSource | None = None
    tls: Tls | None = None
    allow_plaintext_auth: bool = False

    TEXTS = frozenset({"username"})

    @field_validator("host", mode="after")
    @classmethod
    def _host(cls, value: str | None) -> str | None:
        return None if value is None else host_name(value)

    @property
    def mode(self) -> Security:
        """How the connection is protected, once parsed."""
        return Security(self.security.value)

    def _public(self, **more: Any) -> dict[str, Any]:
        tls = self.tls or Tls()
        return {
            "host": self.host,
            "port": self.port,
            "security": self.security.value,
            "username": self.username,
            "secret": self.secret.public() if self.secret else None,
            "tls": tls.model_dump(mode="json", exclude={"warn_days"}),
            "allow_plaintext_auth": self.allow_plaintext_auth,
            **more,
        }


class Smtp(Endpoint):
    """The service that sends. After parsing, ``senders`` and ``recipient`` hold at least the mailbox's own address."""

    auth: SmtpAuth = Field(default_factory=SmtpAuth)
    ehlo: str | None = None
    senders: tuple[str, ...] = Field(default=(), alias="from")
    recipient: str | None = None

    LISTS = frozenset({"senders"})

    @field_validator("ehlo", mode="after")
    @classmethod
    def _ehlo(cls, value: str | None) -> str | None:
        return None if value is None else ehlo_name(value)

    @field_validator("senders", mode="after")
    @classmethod
    def _senders(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(mail_address(sender) for sender in value))

    @field_validator("recipient", mode="after")
    @classmethod
    def _recipient(cls, value: str | None) -> str | None:
        return None if value is None else mail_address(value)

    @property
    def trusts_address(self) -> bool:
        """Whether this is a relay that wants no login."""
        return not self.auth.offered

    def public(self) -> dict[str, Any]:
        """Return the endpoint without any secret."""
        return self._public(
            auth={"mechanisms": [mechanism.value for mechanism in self.auth.mechanisms]},
            ehlo=self.ehlo,
            **{"from": list(self.senders)},
            recipient=self.recipient,
        )


class Imap(Endpoint):
    """The service that reads. ``folders`` are further folders that must exist; names are plain Unicode."""

    auth: ImapAuth = Field(default_factory=ImapAuth)
    mailbox: str = Field(default="INBOX", min_length=1)
    folders: tuple[str, ...] = ()
    sent_folder: str | None = Field(default=None, min_length=1)

    LISTS = frozenset({"folders"})

    def public(self) -> dict[str, Any]:
        """Return the endpoint without any secret."""
        return self._public(
            auth={"mechanisms": [mechanism.value for mechanism in self.auth.mechanisms]},
            mailbox=self.mailbox,
            folders=list(self.folders),
            sent_folder=self.sent_folder,
        )


STANDARD_PORTS: dict[Protocol, dict[int, Security]] = {
    Protocol.SMTP: {465: Security.TLS, 587: Security.STARTTLS, 25: Security.STARTTLS},
    Protocol.IMAP: {993: Security.TLS, 143: Security.STARTTLS},
}
"""What ``auto`` makes of a port (RFC 8314 §7.3, RFC 3207, RFC 9051 §11.1)."""

DEFAULT_PORTS: dict[Protocol, dict[Security, int]] = {
    Protocol.SMTP: {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25},
    Protocol.IMAP: {Security.TLS: 993, Security.STARTTLS: 143, Security.NONE: 143},
}


def _one_meaning(value: tuple[Any, ...]) -> tuple[Any, ...]:
    value = tuple(dict.fromkeys(value))
    if len(value) > 1 and any(mechanism.value in ("auto", "none") for mechanism in value):
        raise ValueError("mechanism_alone")
    return value


def _sasl_names(mechanisms: tuple[Any, ...]) -> tuple[str, ...]:
    names = tuple(mechanism.value for mechanism in mechanisms)
    if names == ("auto",):
        return ("PLAIN", "LOGIN")
    return tuple(name.upper() for name in names if name != "none")
