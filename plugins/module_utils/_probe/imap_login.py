# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Login: AUTHENTICATE PLAIN, else LOGIN (RFC 3501 §6.2, RFC 4616, RFC 4959). Never two submissions."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from . import imap_names, sasl
from .actions import Action, Part, Secret, Send
from .dialogue import Stop
from .evidence import Fault, FaultKind
from .imap_exchange import Command, ImapExchange, Reply, Segments
from .imap_parsing import Kind
from .plan import Credentials, ImapPlan


class ImapLogin(ImapExchange):
    """Logs in with what the server offers on this side of TLS."""

    def __init__(self, plan: ImapPlan) -> None:
        super().__init__(plan.target)
        self.plan = plan
        self.offered: frozenset[str] = frozenset()

    def offers(self, name: str) -> bool:
        """Tell whether a capability is offered now."""
        return name in self.offered

    def log_in(self) -> Generator[Action, Any, Reply]:
        """Submit the credential once and return the reply that let us in. Raises :class:`Stop` for everything else."""
        credentials = self.plan.credentials
        if credentials is None:
            why = self.plan.withheld or "no credential was given"
            raise Stop(Fault(FaultKind.WITHHELD, detail={"why": why}))
        self.may_send_credentials()
        usable = self._usable(credentials)
        for mechanism in usable:
            self.evidence.mechanism = mechanism
            if mechanism == "PLAIN":
                reply = yield from self._authenticate_plain(credentials)
            else:
                reply = yield from self._login(credentials)
            if reply.ok and reply.final.code_name != "REFERRAL":
                if not self.evidence.submitted:
                    early = {"unexpected": "success before the password was sent"}
                    raise Stop(Fault(FaultKind.REPLY, reply=reply.raw, detail=early))
                self.evidence.authenticated = True
                return reply
            # Only a mechanism refused before the secret went out leaves the one submission for the next.
            if self.evidence.submitted or reply.final.name != "BAD" or mechanism == usable[-1]:
                break
        raise Stop(Fault(FaultKind.REPLY, reply=reply.raw))

    def _usable(self, credentials: Credentials) -> tuple[str, ...]:
        """Return the mechanisms to try, in order: without SASL-IR, LOGIN saves a round trip where quoting will do."""
        on_offer = {"PLAIN": self.offers("AUTH=PLAIN"), "LOGIN": not self.offers("LOGINDISABLED")}
        usable = tuple(m for m in self.plan.mechanisms if on_offer.get(m, False))
        if not usable:
            what = "mechanism" if any(on_offer.values()) else "login"
            detail = {"what": what, "offered": sorted(self.offered)}
            raise Stop(Fault(FaultKind.MISSING, detail=detail))
        both = (credentials.username.encode(), credentials.password.octets)
        if "LOGIN" in usable and not self.offers("SASL-IR") and all(imap_names.quotable(octets) for octets in both):
            return ("LOGIN", *(mechanism for mechanism in usable if mechanism != "LOGIN"))
        return usable

    def _authenticate_plain(self, credentials: Credentials) -> Generator[Action, Any, Reply]:
        try:
            message = sasl.plain_message(credentials)
        except ValueError as problem:
            raise Stop(Fault(FaultKind.WITHHELD, detail={"why": str(problem)})) from problem
        heard = len(self.heard)
        if self.offers("SASL-IR"):
            command = Command(((b"AUTHENTICATE PLAIN ", message, b"\r\n"),))
            self.evidence.submitted = True
            yield from self.write(command)
        else:
            command = Command(((b"AUTHENTICATE PLAIN\r\n",),))
            yield from self.write(command)
            final = yield from self.go_ahead(command, heard)
            if final is not None:
                return (yield from self.reply_to(command, heard))
            # PLAIN has no challenge; text in it (some servers greet there) changes nothing.
            self.evidence.submitted = True
            yield Send((message, b"\r\n"))
        reply = yield from self.reply_to(command, heard)
        if reply.final.kind is not Kind.CONTINUATION:
            return reply
        # A challenge after the secret is an error text: cancel and hear the refusal (RFC 3501 §6.2.2), never answer it.
        command.final = None
        yield Send((b"*\r\n",))
        reply = yield from self.reply_to(command, heard)
        if reply.ok:
            detail = {"unexpected": "success after the login was cancelled"}
            raise Stop(Fault(FaultKind.REPLY, reply=reply.raw, detail=detail))
        return reply

    def _login(self, credentials: Credentials) -> Generator[Action, Any, Reply]:
        heard = len(self.heard)
        segments = login_segments(credentials, self.offered)
        command = Command(segments)
        for index, segment in enumerate(segments):
            if index and (yield from self.go_ahead(command, heard)) is not None:
                break
            if any(isinstance(part, Secret) for part in segment):
                self.evidence.submitted = True
            if index == 0:
                yield from self.write(command)
            else:
                yield Send(segment)
        return (yield from self.reply_to(command, heard))


def login_segments(credentials: Credentials, offered: frozenset[str]) -> Segments:
    """Return LOGIN with each argument quoted if it is printable ASCII, else as a literal (RFC 3501 §4.3, RFC 7888)."""
    segments: list[list[Part]] = [[b"LOGIN "]]
    for octets, end in ((credentials.username.encode(), b" "), (credentials.password.octets, b"\r\n")):
        secret = end == b"\r\n"
        if imap_names.quotable(octets):
            value = imap_names.quoted(octets)
        else:
            value = octets
            marker, wait = imap_names.literal_marker(len(octets), offered)
            segments[-1].append(marker)
            if wait:
                segments.append([])
        segments[-1] += (Secret(value) if secret else value, end)
    return tuple(tuple(segment) for segment in segments)
