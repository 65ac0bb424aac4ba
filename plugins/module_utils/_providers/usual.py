# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The usual ways to reach a mail server, so that tables of providers read as tables."""

from __future__ import annotations

from .._models.names import Protocol, Security
from .model import Service, UserName


def imaps(host: str, *sources: str, username: UserName = UserName.ADDRESS) -> Service:
    """IMAP in TLS from the first octet (RFC 8314 section 3.2)."""
    return Service(Protocol.IMAP, host, 993, Security.TLS, sources, username)


def imap_starttls(host: str, *sources: str, username: UserName = UserName.ADDRESS) -> Service:
    """IMAP that turns to TLS (RFC 9051 section 6.2.1)."""
    return Service(Protocol.IMAP, host, 143, Security.STARTTLS, sources, username)


def submissions(host: str, *sources: str, username: UserName = UserName.ADDRESS) -> Service:
    """Submission in TLS from the first octet (RFC 8314 section 3.3)."""
    return Service(Protocol.SMTP, host, 465, Security.TLS, sources, username)


def submission(host: str, *sources: str, username: UserName = UserName.ADDRESS) -> Service:
    """Submission that turns to TLS (RFC 6409 with RFC 3207)."""
    return Service(Protocol.SMTP, host, 587, Security.STARTTLS, sources, username)
