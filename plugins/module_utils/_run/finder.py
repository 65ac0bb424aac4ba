# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The servers of mailboxes that declare none: from the table of providers, else from the network; never by trying."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from typing import Protocol as Interface

from .._discovery.candidate import Candidate, Origin, Settings, Trust
from .._models.address import domain_of
from .._models.failure import Cause, Failure, Notice, StageError
from .._models.mailbox import Mailbox
from .._models.names import Category, Confidence, Protocol, Stage
from .._providers import table
from .._providers.model import Service
from .settled import Settled, with_settings

UNCONFIRMED = "discovery.unconfirmed"
"""The id of the notice that settings are used which nobody but the network vouches for."""

_SHOWN = 6


class Discovers(Interface):
    """What looks domains up, each once a run; any thread may ask."""

    def settings_for(self, email: str, provider: str | None = None) -> Settings: ...

    def prepare(self, emails: Iterable[str]) -> None: ...


class KnownOnly:
    """Looks nothing up: only what the table says of a provider that is named, or whose domain it is."""

    def settings_for(self, email: str, provider: str | None = None) -> Settings:
        """Return what the table says."""
        domain = domain_of(email)
        known = table.by_name(provider) if provider else table.by_domain(domain)
        if known is None:
            return Settings(domain)
        origin = Origin.PROVIDER_NAME if provider else Origin.PROVIDER_DOMAIN
        found = tuple(_candidate(one, domain, origin, known.variant.name) for one in known.variant.services)
        chosen = {one.protocol: one for one in reversed(found)}
        return Settings(domain, found, known.variant.name, chosen=chosen)

    def prepare(self, emails: Iterable[str]) -> None:
        """Do nothing."""


class Finder:
    """Settles mailboxes. ``discoverer`` is asked where the table of providers has no answer; None looks nothing up."""

    def __init__(self, discoverer: Discovers | None = None) -> None:
        self._known = KnownOnly()
        self._discoverer = discoverer

    def prepare(self, mailboxes: Iterable[Mailbox]) -> None:
        """Look up all that will be asked for, side by side."""
        if self._discoverer is not None:
            asked = [mailbox.email for mailbox in mailboxes if mailbox.without_server and not _is_known(mailbox)]
            if asked:
                self._discoverer.prepare(asked)

    def settle(self, mailbox: Mailbox) -> tuple[Settled, list[Notice]]:
        """Return the mailbox with all its servers. Raises :class:`StageError` (stage ``config``) where one is missing.

        A mailbox that declares its servers causes no look-up.
        """
        if not mailbox.without_server:
            return Settled(mailbox, provider=mailbox.named_provider or ""), []
        settings = self._settings(mailbox)
        settled = with_settings(mailbox, settings)
        if settled.mailbox.without_server:
            raise StageError(_not_found(settled.mailbox, settings, looked_up=self._discoverer is not None))
        told = [Notice(one.id, one.text, Stage.CONFIG) for one in settings.findings]
        told += [_unconfirmed(protocol, one) for protocol, one in settled.taken.items() if one.trust is not Trust.HIGH]
        return settled, told

    def _settings(self, mailbox: Mailbox) -> Settings:
        if self._discoverer is None or _is_known(mailbox):
            return self._known.settings_for(mailbox.email, mailbox.named_provider)
        return self._discoverer.settings_for(mailbox.email)


def finder_of(options: Mapping[str, Any] | None) -> Finder:
    """Return what the option ``discovery`` asks for."""
    return Finder()


def origin_of(taken: Candidate | None) -> dict[str, str] | None:
    """Return where the settings of a service came from, in the form of the result contract; None when declared."""
    if taken is None:
        return None
    return {"origin": taken.origin.value, "trust": taken.trust.value, "source": taken.source}


def _is_known(mailbox: Mailbox) -> bool:
    """Tell whether the table of providers has the answer, so that nothing needs to be looked up."""
    return mailbox.named_provider is not None or table.by_domain(domain_of(mailbox.email)) is not None


def _candidate(service: Service, domain: str, origin: Origin, provider: str) -> Candidate:
    return Candidate(
        service.protocol,
        service.host.replace("%EMAILDOMAIN%", domain),
        service.port,
        service.security,
        origin,
        Trust.HIGH,
        f"the provider {provider} in the collection's table",
        service.username,
        provider=provider,
    )


def _unconfirmed(protocol: Protocol, taken: Candidate) -> Notice:
    name = protocol.value
    text = (
        f"The {name.upper()} server {_end(taken)} was found by {taken.source}, and nothing confirms that it is the one "
        f"of this mailbox. If it is, declare {name}.host, so that nobody who can forge that answer gets the password."
    )
    return Notice(UNCONFIRMED, text, Stage.CONFIG, protocol)


def _not_found(mailbox: Mailbox, settings: Settings, *, looked_up: bool) -> Failure:
    missing = mailbox.without_server
    names = " and ".join(protocol.value.upper() for protocol in missing)
    noun = "server" if len(missing) == 1 else "servers"
    causes = [cause for protocol in missing for cause in _others(mailbox, protocol, settings)]
    if settings.gateway:
        causes.append(
            Cause(
                f"Mail to {settings.domain} goes to {settings.gateway}, a filter; who runs the mailboxes is not seen.",
                "Declare provider, if it is one of those in docs/providers.md.",
                Confidence.MEDIUM,
            )
        )
    hosts = " and ".join(f"{protocol.value}.host" for protocol in missing)
    leave = "" if len(missing) == 2 else f", or leave {missing[0].value} out of protocols if it is not used"
    causes.append(
        Cause(
            _looked_at(mailbox, settings, looked_up),
            f"Declare {hosts}, or provider with a name from docs/providers.md{leave}.",
            Confidence.HIGH,
        )
    )
    return Failure(
        category=Category.CONFIG_SETTINGS,
        stage=Stage.CONFIG,
        sentence=(
            f"No {names} {noun} could be found for {mailbox.email}, and the declaration names none; "
            "no password was read or sent."
        ),
        causes=tuple(causes),
        protocol=missing[0] if len(missing) == 1 else None,
        evidence={
            "domain": settings.domain,
            "findings": [{"id": one.id, "text": one.text} for one in settings.findings],
            "candidates": [_told(one) for one in settings.candidates],
        },
    )


def _others(mailbox: Mailbox, protocol: Protocol, settings: Settings) -> Iterable[Cause]:
    """Yield what was found and not used, where a person can decide."""
    endpoint = mailbox.endpoint(protocol)
    name = protocol.value
    own = [one for one in settings.candidates if one.protocol is protocol]
    vouched = [one for one in own if one.trust is not Trust.LOW]
    if endpoint is not None and vouched:
        wanted = [f"{name}.port"] if endpoint.port is not None else []
        wanted += [f"{name}.security"] if endpoint.security.value != "auto" else []
        if wanted:
            yield Cause(
                f"No {name.upper()} server with the declared {' and '.join(wanted)} is known; "
                f"known are {_list(vouched)}.",
                f"Take {' and '.join(wanted)} out, or declare {name}.host too.",
                Confidence.HIGH,
            )
    guessed = [one for one in own if one.trust is Trust.LOW]
    if guessed:
        yield Cause(
            f"These names exist, but nobody says that they are the {name.upper()} server of this mailbox, "
            f"so no password was sent there: {_list(guessed)}.",
            f"If one of them is right, declare it as {name}.host.",
            Confidence.MEDIUM,
        )


def _looked_at(mailbox: Mailbox, settings: Settings, looked_up: bool) -> str:
    named = mailbox.named_provider
    if named is not None:
        return f"What is known of the provider {named} names none that fits."
    if not looked_up:
        return (
            f"{settings.domain} is no domain of a provider that the collection knows, and looking up is turned off "
            "(discovery.enabled)."
        )
    told = " ".join(one.text for one in settings.findings)
    return f"{settings.domain} was looked up among the known providers and in the network. {told}".rstrip()


def _list(candidates: Iterable[Candidate]) -> str:
    ends = list(dict.fromkeys(f"{_end(one)} ({one.security.value})" for one in candidates))
    return ", ".join(ends[:_SHOWN]) + (" and more" if len(ends) > _SHOWN else "")


def _end(candidate: Candidate) -> str:
    return f"{candidate.host} port {candidate.port}"


def _told(candidate: Candidate) -> Mapping[str, Any]:
    return {
        "protocol": candidate.protocol.value,
        "host": candidate.host,
        "port": candidate.port,
        "security": candidate.security.value,
        **(origin_of(candidate) or {}),
        "lost": candidate.lost,
    }
