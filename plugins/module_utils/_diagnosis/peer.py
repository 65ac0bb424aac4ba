# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Names a peer by its first bytes, and says what a wrong one means."""

from __future__ import annotations

import re

from .._models.failure import Failure
from .._models.names import Category, Protocol, Security
from .context import USUAL_PORTS, View, high, low, medium, usual_settings

_MARKS: tuple[tuple[str, re.Pattern[bytes]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("TLS", rb"[\x14-\x17]\x03[\x00-\x04]"),
        ("POP3", rb"(?:\+OK|-ERR)\b"),
        ("IMAP", rb"\* (?:OK|BYE|PREAUTH)\b"),
        ("HTTP", rb"HTTP/\d|<!doctype html|<html"),
        ("SSH", rb"SSH-\d"),
        ("FTP", rb"220[ -][^\r\n]*\bFTP\b"),
        ("SMTP", rb"(?:220|421|554)[ -]"),
    )
)

_SERVICE = {
    "POP3": "a POP3 service (ports 110 and 995 are usual for it)",
    "IMAP": "an IMAP service",
    "SMTP": "an SMTP service",
    "HTTP": "a web server",
    "SSH": "an SSH server",
    "FTP": "an FTP server",
}


def name_peer(head: bytes) -> str:
    """Return what the bytes are of: SMTP, IMAP, POP3, HTTP, SSH, FTP, TLS, or "" for none of these."""
    plain = head.lstrip(b"\r\n ")
    return next((name for name, pattern in _MARKS if pattern.match(plain)), "")


def wrong_peer(view: View, head: bytes) -> Failure | None:
    """Explain first bytes that name a peer which can't be right; None when they name none."""
    peer = name_peer(head)
    if not peer:
        return None
    if peer == "TLS":
        return implicit_tls(view)
    if peer == view.name:
        return clear_first(view)
    own = view.protocol.value
    causes = []
    if peer in ("SMTP", "IMAP"):
        causes.append(
            high(
                f"The {peer} server's host or port is declared for {view.name}.",
                f"Check {own}.host and {own}.port; perhaps those of smtp and imap are swapped.",
            )
        )
    causes.append(
        high(f"The port is not one of {view.name}.", f"For {view.name} declare {usual_settings(view.protocol)}.")
    )
    if peer in ("HTTP", "SSH", "FTP"):
        causes.append(medium("The host is not a mail server, or a proxy answers for it.", f"Check {own}.host."))
    return view.failure(
        Category.PORT_WRONG_PROTOCOL,
        f"{view.endpoint} is no {view.name} service: {_SERVICE[peer]} answered there.",
        *causes,
        evidence={"peer": peer.lower()},
    )


def clear_first(view: View) -> Failure:
    """Explain a port that begins in the clear where TLS was spoken at once (RFC 8314 §3)."""
    ports = USUAL_PORTS[view.protocol]
    own = view.protocol.value
    keep = f"Declare {own}.security: starttls and keep port {view.this.port}"
    return view.failure(
        Category.TLS_MODE_MISMATCH,
        f"{view.endpoint} answers {view.name} in the clear first, but security tls speaks TLS from the first byte.",
        high(
            "Port and security don't go together.",
            f"{keep}, or declare port {ports[Security.TLS]} with security tls.",
        ),
        evidence={"peer": own, "expected_security": Security.STARTTLS.value},
    )


def implicit_tls(view: View) -> Failure:
    """Explain a port that wants TLS from the first byte where a greeting in the clear was waited for."""
    ports = USUAL_PORTS[view.protocol]
    own = view.protocol.value
    return view.failure(
        Category.TLS_MODE_MISMATCH,
        f"{view.endpoint} wants TLS from the first byte, but security {view.this.security.value} waits for a greeting.",
        high(
            "Port and security don't go together.",
            f"Declare {own}.security: tls and keep port {view.this.port}, or declare port"
            f" {ports[Security.STARTTLS]} with security starttls.",
        ),
        evidence={"peer": "tls", "expected_security": Security.TLS.value},
    )


def swapped(view: View) -> Failure:
    """Explain SMTP that found IMAP while IMAP found SMTP."""
    return Failure(
        category=Category.PORT_WRONG_PROTOCOL,
        stage=view.stage,
        sentence="The hosts or ports of SMTP and IMAP are swapped: each of the two found the other service.",
        causes=(
            high("The two endpoints were mixed up in the declaration.", "Swap host and port of smtp and imap."),
            low("A forwarder in front sends the ports to the wrong services.", "Check the forwarder's rules."),
        ),
        protocol=None,
        reply=view.heard,
        evidence={"peer": "swapped", "protocols": [entry.value for entry in Protocol]},
    )
