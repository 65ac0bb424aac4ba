# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""SASL mechanisms as building blocks: which one to use, and what goes to the wire (RFC 4616, RFC 4954, RFC 4959).

Everything here that holds a password, in whatever encoding, is a :class:`Secret` span.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence

from .actions import Part, Secret
from .plan import Credentials

SMTP_LINE = 512
"""Octets of a command line with its CRLF (RFC 5321 §4.5.3.1.4): an initial response must fit into it."""

SUPPORTED = ("PLAIN", "LOGIN")


def choose(wanted: Sequence[str], offered: Iterable[str]) -> tuple[str, ...]:
    """Return the mechanisms to try: the plan's order, less what the server does not offer or can't be spoken here."""
    on_offer = {mechanism.upper() for mechanism in offered}
    return tuple(mechanism for mechanism in wanted if mechanism in on_offer and mechanism in SUPPORTED)


def plain_message(credentials: Credentials) -> Secret:
    """Return the PLAIN message in base64, without an authorization identity (RFC 4616 §2).

    Raises ValueError for a NUL in user name or password, which the message can't carry.
    """
    user, password = credentials.username.encode(), credentials.password.octets
    if b"\0" in user or b"\0" in password:
        raise ValueError("a user name or password with a NUL can't be sent by PLAIN")
    return Secret(base64.b64encode(b"\0" + user + b"\0" + password))


def login_answers(credentials: Credentials) -> tuple[bytes, Secret]:
    """Return what LOGIN answers to its two challenges, in base64: user name, password (draft-murchison-sasl-login)."""
    user = base64.b64encode(credentials.username.encode())
    return user, Secret(base64.b64encode(credentials.password.octets))


def smtp_auth_line(mechanism: str, initial: Secret | None) -> tuple[Part, ...]:
    """Return the AUTH command (RFC 4954 §4). ``initial`` is the initial response in base64; an empty one goes as ``=``.

    It is left out where the line would grow over 512 octets; :func:`carries_secret` tells.
    """
    command = b"AUTH " + mechanism.encode("ascii")
    if initial is None or len(command) + 1 + len(initial.octets) + 2 > SMTP_LINE:
        return (command + b"\r\n",)
    return (command + b" ", initial if initial.octets else b"=", b"\r\n")


def smtp_steps(mechanism: str, credentials: Credentials) -> tuple[tuple[Part, ...], ...]:
    """Return what the client writes, write by write: the AUTH command, then one answer for each 334.

    LOGIN never has an initial response: servers exist that take it for a syntax error.
    """
    if mechanism == "LOGIN":
        user, password = login_answers(credentials)
        return (smtp_auth_line("LOGIN", None), (user, b"\r\n"), (password, b"\r\n"))
    if mechanism != "PLAIN":
        raise ValueError(f"mechanism {mechanism} can't be spoken")
    message = plain_message(credentials)
    command = smtp_auth_line("PLAIN", message)
    return (command,) if carries_secret(command) else (command, (message, b"\r\n"))


def carries_secret(parts: Iterable[Part]) -> bool:
    """Tell whether a write holds a :class:`Secret`."""
    return any(isinstance(part, Secret) for part in parts)


def wire_forms(credentials: Credentials) -> tuple[bytes, ...]:
    """Return every form in which the password can have been on the wire, so that an echo of it can be told.

    Raw, base64 of it (with and without padding), the PLAIN message, and the quoted string of IMAP.
    """
    password = credentials.password.octets
    encoded = base64.b64encode(password)
    quoted = password.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    forms = [password, quoted, encoded, encoded.rstrip(b"=")]
    if b"\0" not in password and "\0" not in credentials.username:
        message = plain_message(credentials).octets
        forms += [message, message.rstrip(b"=")]
    return tuple(dict.fromkeys(form for form in forms if form))
