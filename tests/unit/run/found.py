# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stand-ins for what looks mail domains up, and builders of what is found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.candidate import (
    Candidate,
    Finding,
    Origin,
    Settings,
    Trust,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._dns.answer import Answer, Mx, Outcome
from ansible_collections.mailops.mailbox.plugins.module_utils._models.address import domain_of
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol, Security

SMTP, IMAP = Protocol.SMTP, Protocol.IMAP


def candidate(protocol: Protocol, host: str, port: int, security: str = "tls", **more: Any) -> Candidate:
    """A candidate as SRV gives one."""
    given: dict[str, Any] = {"origin": Origin.SRV, "trust": Trust.HIGH, "source": "the SRV record of acme.example"}
    return Candidate(protocol, host, port, Security(security), **{**given, **more})


def settings(*candidates: Candidate, chosen: Iterable[Candidate] | None = None, **more: Any) -> Settings:
    """What was found; the first of each protocol is chosen unless said otherwise."""
    best: dict[Protocol, Candidate] = {}
    for one in candidates if chosen is None else chosen:
        best.setdefault(one.protocol, one)
    return Settings("acme.example", candidates, chosen=best, **more)


ACME = settings(
    candidate(SMTP, "smtp.acme.example", 465),
    candidate(SMTP, "smtp.acme.example", 587, "starttls"),
    candidate(IMAP, "imap.acme.example", 993),
)


class Told:
    """Tells for every domain the same, or what is said of it; remembers who asked."""

    def __init__(self, always: Settings = ACME, **domains: Settings) -> None:
        self.always, self.domains = always, domains
        self.asked: list[tuple[str, str | None]] = []
        self.prepared: list[str] = []

    def settings_for(self, email: str, provider: str | None = None) -> Settings:
        self.asked.append((email, provider))
        return self.domains.get(domain_of(email), self.always)

    def prepare(self, emails: Iterable[str]) -> None:
        self.prepared += emails


class Exchanges:
    """Stands in for DNS: it has mail exchangers by domain, and nothing else. ``questions`` counts."""

    validating = False
    able = True

    def __init__(self, exchanges: dict[str, str], *, silent: bool = False) -> None:
        self.exchanges, self.silent = exchanges, silent
        self.questions: list[tuple[str, str]] = []

    def ask(self, name: str, kind: str, deadline: float) -> Answer:
        self.questions.append((name, kind))
        if self.silent:
            return Answer(name, kind, Outcome.TIMEOUT, detail=f"DNS did not answer for {name} ({kind}) in time.")
        if kind == "MX" and name in self.exchanges:
            return Answer(name, kind, Outcome.FOUND, (Mx(10, self.exchanges[name]),))
        return Answer(name, kind, Outcome.NO_DATA if name in self.exchanges else Outcome.NXDOMAIN)

    def ask_all(self, questions: Iterable[tuple[str, str]], deadline: float) -> dict[tuple[str, str], Answer]:
        return {question: self.ask(*question, deadline) for question in questions}


__all__ = ["ACME", "IMAP", "SMTP", "Exchanges", "Finding", "Origin", "Told", "Trust", "candidate", "settings"]
