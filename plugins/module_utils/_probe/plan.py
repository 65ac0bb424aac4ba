# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What a flow is told to do: plain values, already checked, with the secret in a span that no trace can see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Union

from .._models.names import Depth, Pipelining, Protocol, Security
from .actions import Secret


@dataclass(frozen=True)
class TlsPlan:
    """How to shake hands. Equal plans share one SSLContext (frozen, so it can be a key).

    ``ca`` is a file or directory path, or None for the system's. ``server_name`` is the A-label or address to match.
    ``min_version`` is ``TLSv1.2`` or ``TLSv1.3`` (also ``TLSv1``, ``TLSv1.1`` where declared).
    """

    server_name: str
    verify: bool = True
    ca: str | None = None
    min_version: str = "TLSv1.2"
    client_cert: str | None = None
    client_key: str | None = None


@dataclass(frozen=True)
class Target:
    """An endpoint. ``host`` is an A-label or an address."""

    protocol: Protocol
    host: str
    port: int
    security: Security
    tls: TlsPlan
    allow_plaintext_auth: bool = False


@dataclass(frozen=True)
class Credentials:
    """Who logs in. ``password`` is UTF-8."""

    username: str
    password: Secret


@dataclass(frozen=True)
class SmtpPlan:
    """One SMTP probe. ``mechanisms`` is the order to try, upper case; empty for a relay that trusts the address.

    ``credentials`` None with mechanisms means that login is not to be tried (``withheld`` says why).
    """

    target: Target
    ehlo: str
    senders: tuple[str, ...]
    recipient: str
    own_address: str
    credentials: Credentials | None = None
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN")
    withheld: str | None = None
    depth: Depth = Depth.RECIPIENT
    pipelining: Pipelining = Pipelining.AUTO
    message: bytes = b""
    """The message for depth ``message``, CRLF line ends, not yet dot-stuffed."""


@dataclass(frozen=True)
class ImapPlan:
    """One IMAP probe. ``folders`` are further folders that must exist; names are plain Unicode."""

    target: Target
    credentials: Credentials | None = None
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN")
    withheld: str | None = None
    mailbox: str = "INBOX"
    folders: tuple[str, ...] = ()
    sent_folder: str | None = None
    pipelining: Pipelining = Pipelining.AUTO
    client_id: tuple[tuple[str, str], ...] = field(default=(("name", "mailops.mailbox"), ("version", "0.1.0")))


Plan = Union[SmtpPlan, ImapPlan]
