# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The servers of mailboxes that declare none: known, or found in the network; never by trying, and without a secret."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from typing import Protocol as Interface

from .._discovery.candidate import Candidate, Settings, Trust
from .._discovery.discover import Discoverer
from .._discovery.lookup import SOURCES, STAND_IN, TABLE, DiscoveryOptions, Id
from .._models.failure import Notice, StageError
from .._models.mailbox import Mailbox
from .._models.names import Protocol, Stage
from .._models.problems import DeclarationError, Problem
from .not_found import no_login_name, not_found
from .settled import Settled, with_settings

UNCONFIRMED = "discovery.unconfirmed"
"""The id of the notice that a server is used which nobody but the network vouches for."""

# What only matters where nothing was found: a service that is not used, or a source that had nothing to say.
_QUIET = frozenset(
    one.value for one in (Id.AUTOCONFIG_FAILED, Id.GATEWAY, Id.ISPDB_FAILED, Id.NOT_FOUND, Id.NOT_OFFERED, Id.POP3_ONLY)
)


class Discovers(Interface):
    """What looks domains up, each once a run; any thread may ask. :class:`Discoverer` outside of tests."""

    def settings_for(self, email: str, provider: str | None = None) -> Settings: ...

    def prepare(self, emails: Iterable[str]) -> None: ...


class Finder:
    """Settles the mailboxes of one run. ``enabled`` False is told to people where something can't be found."""

    def __init__(self, discoverer: Discovers | None = None, *, enabled: bool = True) -> None:
        """Without a ``discoverer``, only what is known of providers counts."""
        self._discoverer = discoverer or Discoverer(DiscoveryOptions(sources=(TABLE,)))
        self._enabled = enabled and discoverer is not None

    def prepare(self, mailboxes: Iterable[Mailbox]) -> None:
        """Look up all that will be asked for, side by side."""
        asked = [mailbox.email for mailbox in mailboxes if mailbox.without_server and not mailbox.named_provider]
        if asked:
            self._discoverer.prepare(asked)

    def settle(self, mailbox: Mailbox) -> tuple[Settled, list[Notice]]:
        """Return the mailbox with all its servers. Raises :class:`StageError` (stage ``config``) where one is missing.

        A mailbox that declares its servers causes no look-up.
        """
        if not mailbox.without_server:
            return Settled(mailbox, provider=mailbox.named_provider or ""), []
        settings = self._discoverer.settings_for(mailbox.email, mailbox.named_provider)
        settled = with_settings(mailbox, settings)
        if settled.mailbox.without_server:
            raise StageError(not_found(settled.mailbox, settings, looked_up=self._enabled))
        nameless = [name for name, endpoint in settled.mailbox.endpoints if not endpoint.username]
        if nameless:
            raise StageError(no_login_name(settled, nameless))
        told = [Notice(one.id, one.text, Stage.CONFIG) for one in settings.findings if one.id not in _QUIET]
        told += [_unconfirmed(name, one) for name, one in settled.taken.items() if one.trust is not Trust.HIGH]
        return settled, told


def origin_of(taken: Candidate | None) -> dict[str, str] | None:
    """Return where the settings of a service came from, in the form of the result contract; None when declared."""
    if taken is None:
        return None
    return {"origin": taken.origin.value, "trust": taken.trust.value, "source": taken.source}


def finder_of(options: Mapping[str, Any] | None) -> Finder:
    """Return what the option ``discovery`` asks for.

    :raises DeclarationError: with everything that is wrong with it.
    """
    given = {key: value for key, value in (options or {}).items() if value is not None}
    problems = list(_problems(given))
    if problems:
        raise DeclarationError(problems)
    if not given.pop("enabled", True):
        return Finder(enabled=False)
    path = given.get("ispdb_path")
    return Finder(
        Discoverer(
            DiscoveryOptions(
                timeout=float(given.get("timeout", 10.0)),
                sources=tuple(given.get("sources") or SOURCES),
                nameservers=tuple(given.get("nameservers") or ()),
                dns_port=given.get("dns_port", 53),
                ispdb_url=given.get("ispdb_url"),
                ispdb_path=str(Path(path).expanduser()) if path else None,
                ca=given.get("ca"),
                allow_private=given.get("allow_private", False),
                stand_in=given.get("autoconfig_user", STAND_IN),
            )
        )
    )


def _problems(given: Mapping[str, Any]) -> Iterator[Problem]:
    if not 0.1 <= float(given.get("timeout", 10.0)) <= 300:
        yield Problem("discovery.timeout", "is not between 0.1 and 300 seconds.", "Choose a number within the limits.")
    if not 1 <= given.get("dns_port", 53) <= 65535:
        yield Problem("discovery.dns_port", "is not between 1 and 65535.", "Choose a number within the limits.")
    for number, address in enumerate(given.get("nameservers") or ()):
        try:
            ipaddress.ip_address(address)
        except ValueError:
            fix = "Write the IP address of a resolver."
            yield Problem(f"discovery.nameservers[{number}]", "is not an IP address.", fix)
    if not str(given.get("ispdb_url", "https://")).startswith("https://"):
        yield Problem("discovery.ispdb_url", "does not begin with https://.", "Nothing is fetched without TLS.")
    user = str(given.get("autoconfig_user", STAND_IN))
    if user and not user.replace(".", "").replace("-", "").replace("_", "").isalnum():
        yield Problem("discovery.autoconfig_user", "is not a plain local part.", "Leave out the @ and what follows.")


def _unconfirmed(protocol: Protocol, taken: Candidate) -> Notice:
    name = protocol.value
    text = (
        f"The {name.upper()} server {taken.host} port {taken.port} was found by {taken.source}, and nothing confirms "
        f"that it is the one of this mailbox. If it is, declare {name}.host, so that nobody who can forge such an "
        "answer gets the password."
    )
    return Notice(UNCONFIRMED, text, Stage.CONFIG, protocol)
