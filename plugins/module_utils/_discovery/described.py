# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""From the servers of a clientConfig to candidates for a mail domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .._models.names import Protocol
from .._providers.model import UserName
from .candidate import Candidate, Finding, Origin, Trust
from .clientconfig import PLACEHOLDER, ClientConfig, Server, generalised, host_of, unknown_placeholders
from .lookup import Found, Id

_PASSWORDS = ("password-cleartext", "password-encrypted", "plain", "secure")
_USERNAMES = {
    "": UserName.ADDRESS,
    "%EMAILADDRESS%": UserName.ADDRESS,
    "%EMAILLOCALPART%@%EMAILDOMAIN%": UserName.ADDRESS,
    "%EMAILLOCALPART%": UserName.LOCAL_PART,
}


@dataclass(frozen=True)
class Told:
    """Who told a configuration: its kind, its trust, its name for people, and the local part it was asked with."""

    origin: Origin
    trust: Trust
    source: str
    stand_in: str = ""
    first: int = 0
    """The position of its first server, for sources that have several files."""


def candidates_of(config: ClientConfig, domain: str, told: Told) -> Found:
    """Return what a configuration offers for ``domain``."""
    candidates: list[Candidate] = []
    skipped = list(config.skipped)
    for server in config.servers:
        try:
            candidates.append(_candidate(server, domain, told))
        except ValueError as error:
            skipped.append(f"{server.protocol.value.upper()} server {server.position + 1}: {error}")
    findings = [_skipped(told.source, skipped)] if skipped else []
    if config.pop3 and not any(entry.protocol is Protocol.IMAP for entry in candidates):
        findings.append(Id.POP3_ONLY.finding(f"{told.source} offers POP3 and no IMAP for {domain}."))
    return Found(tuple(candidates), tuple(findings))


def oauth2_only(candidate: Candidate) -> bool:
    """Tell whether a source names ways to log in, and a password is none of them."""
    words = [word.lower() for word in candidate.authentication]
    return bool(words) and not any(word in _PASSWORDS for word in words)


def _skipped(source: str, servers: Sequence[str]) -> Finding:
    return Id.SERVER_SKIPPED.finding(f"{source} lists servers that can't be used: {'; '.join(servers)}.")


def _candidate(server: Server, domain: str, told: Told) -> Candidate:
    host, odd = host_of(server.host, domain)
    notes = [*server.notes, *odd]
    template = generalised(server.username, told.stand_in, domain)
    username, pattern = _username(template, notes)
    made = Candidate(
        protocol=server.protocol,
        host=host,
        port=server.port,
        security=server.security,
        origin=told.origin,
        trust=told.trust,
        source=told.source,
        username=username,
        username_pattern=pattern,
        authentication=server.authentication,
        position=told.first + server.position,
    )
    if oauth2_only(made):
        notes.append(f"it takes {', '.join(server.authentication)} and no password")
    return Candidate(**{**vars(made), "notes": tuple(notes)})


def _username(template: str, notes: list[str]) -> tuple[UserName, str]:
    if template in _USERNAMES:
        return _USERNAMES[template], ""
    strange = unknown_placeholders(template)
    if strange:
        notes.append(
            f"its user name asks for {', '.join(strange)}, which an address does not tell; the address is taken"
        )
    elif PLACEHOLDER.search(template):
        return UserName.OTHER, template
    else:
        notes.append("it names one fixed user name for every address, which can't be right; the address is taken")
    return UserName.ADDRESS, ""
