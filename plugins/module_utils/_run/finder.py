# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The servers of mailboxes that declare none: known, or found in the network; never by trying, and without a secret."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any
from typing import Protocol as Interface

from .._discovery.candidate import Candidate, Settings, Trust
from .._discovery.lookup import TABLE, DiscoveryOptions, Id
from .._models.failure import Notice, StageError
from .._models.mailbox import Mailbox
from .._models.names import Protocol, Stage
from .._models.problems import DeclarationError
from .discovery_options import options_of, problems_of
from .not_found import no_login_name, not_found
from .settled import Settled, with_settings

UNCONFIRMED = "discovery.unconfirmed"
"""The id of the notice that a server is used which nobody but the network vouches for."""

# What only matters where nothing was found: a service that is not used, or a source that had nothing to say.
_QUIET = frozenset(
    one.value for one in (Id.AUTOCONFIG_FAILED, Id.GATEWAY, Id.ISPDB_FAILED, Id.NOT_FOUND, Id.NOT_OFFERED, Id.POP3_ONLY)
)


class Discovers(Interface):
    """What looks domains up, each once a run; any thread may ask. Outside of tests it is the ``Discoverer``."""

    def settings_for(self, email: str, provider: str | None = None) -> Settings: ...

    def prepare(self, emails: Iterable[str]) -> None: ...


class Finder:
    """Settles the mailboxes of one run. ``enabled`` False is told to people where something can't be found."""

    def __init__(
        self,
        discoverer: Discovers | None = None,
        *,
        options: DiscoveryOptions | None = None,
        enabled: bool = True,
    ) -> None:
        """``options`` are for a ``Discoverer`` of its own; without either, only what is known of providers counts."""
        self._given = discoverer
        self._options = options or DiscoveryOptions(sources=(TABLE,))
        self._enabled = enabled and (discoverer is not None or options is not None)

    @functools.cached_property
    def _discoverer(self) -> Discovers:
        # Where all servers are declared it is never needed, and loading it takes longer than some mailboxes do.
        from .._discovery.discover import Discoverer

        return self._given or Discoverer(self._options)

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
    problems = list(problems_of(options, "discovery."))
    if problems:
        raise DeclarationError(problems)
    enabled = (options or {}).get("enabled")
    if enabled is not None and not enabled:
        return Finder(enabled=False)
    return Finder(options=options_of(options))


def _unconfirmed(protocol: Protocol, taken: Candidate) -> Notice:
    name = protocol.value
    text = (
        f"The {name.upper()} server {taken.host} port {taken.port} was found by {taken.source}, and nothing confirms "
        f"that it is the one of this mailbox. If it is, declare {name}.host, so that nobody who can forge such an "
        "answer gets the password."
    )
    return Notice(UNCONFIRMED, text, Stage.CONFIG, protocol)
