# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What was found for a mail domain, put where a declaration says nothing; pure. What is declared always wins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .._discovery.candidate import Candidate, Settings, Trust
from .._models.address import host_name
from .._models.endpoint import Endpoint, SecurityChoice
from .._models.mailbox import Mailbox
from .._models.names import Protocol, Security
from .._providers.model import UserName
from .._providers.table import known_as


@dataclass(frozen=True)
class Settled:
    """A mailbox whose servers are known. ``taken`` holds what was found for a service; one that was declared has none.

    ``provider`` is the name of a variant in the table of providers, empty where none is known.
    """

    mailbox: Mailbox
    taken: dict[Protocol, Candidate] = field(default_factory=dict)
    provider: str = ""

    @property
    def providers(self) -> dict[Protocol, str]:
        """The provider of each server by the name under which rules and paces know it.

        Where only some servers were declared beside a provider, these are somebody else's.
        """
        name = known_as(self.provider)
        found = tuple(self.taken) or tuple(protocol for protocol, _endpoint in self.mailbox.endpoints)
        return dict.fromkeys(found, name) if name else {}

    @property
    def common_provider(self) -> str:
        """The provider where all servers are its own, else ""."""
        return self.provider if not self.taken or len(self.taken) == len(self.mailbox.endpoints) else ""


def with_settings(mailbox: Mailbox, settings: Settings) -> Settled:
    """Fill in the servers of a parsed mailbox; a service for which nothing fits stays without a host."""
    changes: dict[str, Endpoint] = {}
    taken: dict[Protocol, Candidate] = {}
    for protocol in mailbox.without_server:
        endpoint = mailbox.endpoint(protocol)
        candidate = next(candidates_for(mailbox, protocol, settings), None)
        if endpoint is None or candidate is None:
            continue
        taken[protocol] = candidate
        changes[protocol.value] = endpoint.model_copy(
            update={
                "host": host_name(candidate.host),
                "port": candidate.port,
                "security": SecurityChoice(candidate.security.value),
                "username": endpoint.username or login_at(candidate, mailbox.email),
            }
        )
    provider = mailbox.named_provider or settings.provider
    return Settled(mailbox.model_copy(update=changes), taken, provider)


def login_at(candidate: Candidate, email: str) -> str | None:
    """Return the login name of an address, or None where the address does not tell it."""
    if candidate.username is UserName.OTHER and not candidate.username_pattern:
        return None
    return candidate.login_of(email)


def candidates_for(mailbox: Mailbox, protocol: Protocol, settings: Settings) -> Iterator[Candidate]:
    """Yield what may be used for a service, the best first: somebody vouches for it, and it has what was declared.

    A declared port or security is kept by taking the candidate that has it, and never by changing one.
    """
    endpoint = mailbox.endpoint(protocol)
    if endpoint is None or protocol in settings.not_offered:
        return
    ranked = [settings.chosen[protocol]] if protocol in settings.chosen else []
    if endpoint.port is not None or endpoint.security is not SecurityChoice.AUTO:
        ranked += [one for one in settings.candidates if one.protocol is protocol]
    for candidate in ranked:
        usable = candidate.trust is not Trust.LOW and _is_sound(candidate, mailbox.email)
        if usable and _fits(endpoint, candidate):
            yield candidate


def _fits(endpoint: Endpoint, candidate: Candidate) -> bool:
    if endpoint.port not in (None, candidate.port):
        return False
    if endpoint.security is SecurityChoice.AUTO:
        # No protection is only what somebody asks for by name.
        return candidate.security is not Security.NONE
    return endpoint.security is SecurityChoice(candidate.security.value)


def _is_sound(candidate: Candidate, email: str) -> bool:
    """Tell whether a candidate could have been declared; it may come from anybody's server."""
    try:
        host_name(candidate.host)
    except ValueError:
        return False
    return 0 < candidate.port < 65536 and candidate.login_of(email).isprintable()
