# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Checks of a declaration against what is known of its provider, before any packet is sent.

An error is only what no login can survive. Facts of providers age and accounts differ, so all else is a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .._models.address import domain_of
from .._models.checks import CheckId
from .._models.endpoint import Endpoint
from .._models.mailbox import Mailbox
from .._models.names import Protocol
from .._providers import match, preparation, table
from .._providers.model import Credential, Service, UserName
from .._providers.table import Known
from .check import Check, Severity, warning
from .rules.model import NO_TOKENS

_PASSWORDS = frozenset({Credential.PASSWORD, Credential.APP_PASSWORD})
_BLANKS = re.compile(r"[ \u00a0]")


class _Server(NamedTuple):
    """An endpoint of a mailbox with the provider it belongs to."""

    protocol: Protocol
    endpoint: Endpoint
    known: Known

    @property
    def host(self) -> str:
        return self.endpoint.host or ""

    @property
    def path(self) -> str:
        return self.protocol.value

    @property
    def name(self) -> str:
        return self.protocol.name

    @property
    def title(self) -> str:
        return self.known.variant.title

    @property
    def services(self) -> tuple[Service, ...]:
        """What the provider has for this protocol, at this host where it has it here."""
        variant = self.known.variant
        return match.services_of(variant, self.protocol, self.host) or match.services_of(variant, self.protocol)

    @property
    def credentials(self) -> tuple[Credential, ...]:
        return match.credentials_of(self.known.variant, self.protocol)


def provider_of(mailbox: Mailbox) -> Known | None:
    """Return who runs a mailbox: the provider that it names, else its mail domain's, else its servers'."""
    owner = match.owner_of(mailbox.email, mailbox.named_provider)
    return owner or next((server.known for server in _servers(mailbox)), None)


def provider_checks(mailbox: Mailbox) -> Iterator[Check]:
    """Yield what contradicts the provider, passwords apart."""
    servers = _servers(mailbox)
    yield from _passwords(servers)
    yield from _one_place(mailbox, servers)
    for server in servers:
        yield from _host(mailbox, server)
        yield from _user_name(mailbox, server)
    yield from _daily_limit(mailbox)


def port_checks(mailbox: Mailbox, protocol: Protocol, endpoint: Endpoint) -> Iterator[Check]:
    """Yield a warning where the provider has no such port at this host."""
    server = _server(mailbox, protocol, endpoint)
    if server is None:
        return
    there = match.services_of(server.known.variant, protocol, server.host)
    if not there or any((one.port, one.security) == (endpoint.port, endpoint.mode) for one in there):
        return
    has = _ports(there)
    yield warning(
        CheckId.PROVIDER_PORT,
        f"{server.path}.port",
        f"{server.title} has {has} for {server.name}, not port {endpoint.port} with {endpoint.mode.value}.",
        f"Declare {server.path}.port: {there[0].port} and {server.path}.security: {there[0].security.value}.",
    )


def right_ports(mailbox: Mailbox, protocol: Protocol, endpoint: Endpoint) -> str:
    """Return the ports that the provider has at this host, empty where it is not known."""
    server = _server(mailbox, protocol, endpoint)
    return _ports(match.services_of(server.known.variant, protocol, server.host)) if server is not None else ""


def shape_checks(mailbox: Mailbox, protocol: Protocol, endpoint: Endpoint, path: str, password: str) -> Iterator[Check]:
    """Yield what is odd about a password at this provider; never the password, nor how long it is."""
    server = _server(mailbox, protocol, endpoint)
    if server is None or not server.known.provider.app_password:
        return
    provider = server.known.provider
    kinds = server.credentials
    plain = _BLANKS.sub("", password)
    if re.fullmatch(provider.app_password, plain):
        if plain != password:
            yield warning(
                CheckId.APP_PASSWORD_BLANKS,
                path,
                f"The password looks like an app password of {provider.title} with the blanks that its page shows.",
                "If the login is refused, store it without the blanks.",
            )
    elif Credential.APP_PASSWORD in kinds and Credential.PASSWORD not in kinds:
        page = f" at {provider.app_password_page}" if provider.app_password_page else ""
        yield warning(
            CheckId.APP_PASSWORD_SHAPE,
            path,
            f"The password does not look like an app password of {provider.title}, which is all that {server.title}"
            " takes.",
            f"Create an app password{page} and store it; the account's own password is refused.",
        )


def right_host(mailbox: Mailbox, protocol: Protocol, host: str) -> str:
    """Return what to do about a host of the wrong kind: the right one, where the provider is known."""
    ours = match.owner_of(mailbox.email, mailbox.named_provider) or table.by_host(host)
    services = match.services_of(ours.variant, protocol) if ours is not None else ()
    # A host that follows from the mail domain is nobody's for certain.
    if not services or "%" in services[0].host:
        return f"Look up the provider's {protocol.name} server."
    return f"Declare {protocol.value}.host: {services[0].host}."


def takes_bare_name(mailbox: Mailbox, protocol: Protocol, endpoint: Endpoint) -> bool:
    """Tell whether the provider wants a user name that is not the address."""
    server = _server(mailbox, protocol, endpoint)
    return server is not None and bool(server.services) and server.services[0].username is not UserName.ADDRESS


def _ports(services: Sequence[Service]) -> str:
    return " or ".join(f"port {one.port} with {one.security.value}" for one in services)


def _servers(mailbox: Mailbox) -> list[_Server]:
    found = (_server(mailbox, protocol, endpoint) for protocol, endpoint in mailbox.endpoints)
    return [server for server in found if server is not None]


def _server(mailbox: Mailbox, protocol: Protocol, endpoint: Endpoint) -> _Server | None:
    login = _login(mailbox, endpoint)
    known = match.server_of(endpoint.host or "", protocol, login, mailbox.named_provider)
    return _Server(protocol, endpoint, known) if known is not None else None


def _login(mailbox: Mailbox, endpoint: Endpoint) -> str:
    """Return the address by which the account is told: a login name that is none says nothing of its provider."""
    username = endpoint.username or ""
    return username if "@" in username else mailbox.email


def _passwords(servers: list[_Server]) -> Iterator[Check]:
    """Say where passwords no longer work, and where only perhaps; two services of one provider are told together."""
    log_in = [server for server in servers if server.endpoint.secret is not None]
    ended = [server for server in log_in if not _PASSWORDS & set(server.credentials)]
    severity = Severity.ERROR if log_in and len(ended) == len(log_in) else Severity.WARNING
    for alike in _alike(ended):
        known = alike[0].known
        yield Check(
            CheckId.PASSWORDS_ENDED,
            severity,
            _secret_of(alike),
            f"{alike[0].title} takes no password for {_names_of(alike)} any more, app passwords included"
            f"{_as_of(known, 'credentials')}.",
            f"{known.provider.oauth2 or 'Look up how the provider does OAuth2.'} {NO_TOKENS}",
        )
    doubtful = [
        server
        for server in log_in
        if server.credentials[:1] == (Credential.OAUTH2,) and Credential.PASSWORD in server.credentials
    ]
    for alike in _alike(doubtful):
        known = alike[0].known
        steps = preparation.steps(known, [server.protocol for server in alike])
        allowed = next((step.text for step in steps if preparation.gives_access(step)), "")
        yield warning(
            CheckId.PASSWORD_DOUBTFUL,
            _secret_of(alike),
            f"{alike[0].title} wants OAuth2 for {_names_of(alike)}; a password works only where it was allowed"
            f"{_as_of(known, 'credentials')}.",
            allowed or "Ask the provider whether passwords are allowed for this account.",
        )


def _alike(servers: list[_Server]) -> list[list[_Server]]:
    """Return the servers grouped by who runs them."""
    groups: dict[str, list[_Server]] = {}
    for server in servers:
        groups.setdefault(server.known.variant.name, []).append(server)
    return list(groups.values())


def _secret_of(alike: list[_Server]) -> str:
    return "secret" if len(alike) > 1 else f"{alike[0].path}.secret"


def _names_of(alike: list[_Server]) -> str:
    return " and ".join(server.name for server in alike)


def _as_of(known: Known, fact: str) -> str:
    """Say how old a fact is."""
    dates = [one["seen"] for one in known.cited(known.provider.fact_sources.get(fact, ()))]
    return f" (as of {max(dates)})" if dates else ""


def _one_place(mailbox: Mailbox, servers: list[_Server]) -> Iterator[Check]:
    """Compare the two servers: an account lives in one data centre and product."""
    if len(servers) < 2:
        return
    smtp, imap = servers[0], servers[1]
    places = [{known.variant.name for known in match.variants_at(one.host, one.protocol)} for one in (smtp, imap)]
    if smtp.known.provider is not imap.known.provider or not all(places) or places[0] & places[1]:
        return
    # The one that the address belongs to is right; without one nobody knows which.
    owner = match.owner_of(mailbox.email, mailbox.named_provider)
    if owner is not None and owner.provider is smtp.known.provider:
        return
    yield warning(
        CheckId.PROVIDER_HOST,
        "imap.host",
        f"The SMTP host {smtp.host} is of {smtp.title}, but the IMAP host {imap.host} is of {imap.title}; an account"
        " lives in one of them.",
        "Declare both hosts of the one that the account was made in; the address of its web page tells which.",
    )


def _host(mailbox: Mailbox, server: _Server) -> Iterator[Check]:
    """Compare a host with the address: another provider, another part of the same one, the other protocol's server."""
    login = _login(mailbox, server.endpoint)
    owner = match.owner_of(login, mailbox.named_provider)
    here = match.variants_at(server.host, server.protocol)
    if not here:
        yield from _other_protocols_host(server)
        return
    if owner is None:
        yield from _plan(server, login)
        return
    right = match.services_of(owner.variant, server.protocol)
    if not right:
        return
    if any(known.variant is owner.variant for known in here):
        if table.by_domain(domain_of(login)) is None:
            # The provider was named, and perhaps by the name that all its kinds of accounts share.
            yield from _plan(server, login)
        return
    path, remedy = f"{server.path}.host", f"Declare {server.path}.host: {right[0].host}."
    if owner.provider is server.known.provider:
        yield warning(
            CheckId.PROVIDER_HOST,
            path,
            f"{login} belongs to {owner.variant.title}, but the {server.name} host {server.host} is of"
            f" {here[0].variant.title}, which may refuse its login.",
            remedy,
        )
    elif not owner.provider.identity or owner.provider.identity != server.known.provider.identity:
        yield warning(
            CheckId.FOREIGN_HOST,
            path,
            f"{login} is an address of {owner.variant.title}, but the {server.name} host {server.host} is of"
            f" {server.title}.",
            f"{remedy} If the account really is at {server.title}, declare its user name there.",
        )


def _plan(server: _Server, login: str) -> Iterator[Check]:
    """Say where a personal account's host is used with an own domain, and the provider has others for these."""
    variant, provider = server.known.variant, server.known.provider
    if not variant.domains or "@" not in login:
        return
    others = [one for one in provider.variants if not one.domains and match.services_of(one, server.protocol)]
    if not others:
        return
    place = server.host.partition(".")[2]
    near = [
        one
        for one in others
        for service in match.services_of(one, server.protocol)
        if service.host.partition(".")[2] == place
    ]
    best = (near or others)[0]
    right = match.services_of(best, server.protocol)[0]
    yield warning(
        CheckId.PROVIDER_PLAN,
        f"{server.path}.host",
        f"The {server.name} host {server.host} is for {variant.account or variant.title}, and {domain_of(login)} is a"
        f" domain of its own.",
        f"If the account is a {best.account or best.title}, declare {server.path}.host: {right.host}.",
    )


def _other_protocols_host(server: _Server) -> Iterator[Check]:
    other = Protocol.IMAP if server.protocol is Protocol.SMTP else Protocol.SMTP
    there = match.variants_at(server.host, other)
    right = match.services_of(there[0].variant, server.protocol) if there else ()
    if right and not server.host.startswith(other.value):
        yield warning(
            CheckId.HOST_SPLIT,
            f"{server.path}.host",
            f"{server.host} is the {other.name} server of {there[0].variant.title}, which has another one for"
            f" {server.name}.",
            f"Declare {server.path}.host: {right[0].host}.",
        )


def _user_name(mailbox: Mailbox, server: _Server) -> Iterator[Check]:
    username, services = server.endpoint.username or "", server.services
    if server.endpoint.secret is None or not services or "@" not in username:
        return
    form = services[0].username
    path = f"{server.path}.username"
    if form is UserName.LOCAL_PART:
        yield warning(
            CheckId.USERNAME_FORM,
            path,
            f"{server.title} wants only the part before the @ as {server.name} user name.",
            f"Declare {path}: {username.rpartition('@')[0]}.",
        )
    elif form is UserName.OTHER and username.lower() == mailbox.email.lower():
        steps = [step.text for step in preparation.steps(server.known, [server.protocol]) if "user name" in step.text]
        yield warning(
            CheckId.USERNAME_FORM,
            path,
            f"{server.title} does not take the mailbox's own address as {server.name} user name.",
            steps[0] if steps else f"Declare {path} as the provider says.",
        )


class _Ceiling(NamedTuple):
    per_day: int
    account: str


def _daily_limit(mailbox: Mailbox) -> Iterator[Check]:
    """Compare the limit with what the provider allows; where kinds of accounts differ, with the most that any may."""
    known, limit = provider_of(mailbox), mailbox.daily_limit
    if known is None or limit is None or Protocol.SMTP not in mailbox.protocols:
        return
    hard = _ceilings(known, practical=False)
    most = max(hard, default=None)
    if most is not None and limit > most.per_day:
        yield warning(
            CheckId.DAILY_LIMIT,
            "daily_limit",
            f"daily_limit is {limit}, but {known.provider.title} lets an account send {most.per_day} messages a day at"
            f" most ({most.account}{_limits_as_of(known)}).",
            f"Set daily_limit to {most.per_day} or less.",
        )
        return
    least = min(_ceilings(known, practical=True), default=None)
    if least is not None and limit > least.per_day:
        yield warning(
            CheckId.DAILY_LIMIT_PRACTICAL,
            "daily_limit",
            f"daily_limit is {limit}, but senders report that {known.provider.title} slows accounts down or suspends"
            f" them above some {least.per_day} messages a day ({least.account}{_limits_as_of(known)}).",
            f"Set daily_limit to {least.per_day} or less, unless you know this account to bear more.",
        )


def _ceilings(known: Known, *, practical: bool) -> list[_Ceiling]:
    """Return the messages a day of each kind of account; who may write to so many people may send no more messages."""
    found: dict[str, int] = {}
    for limit in known.provider.limits:
        if limit.practical is practical and known.concerned_by(limit):
            days = [limit.per_day, limit.per_hour * 24 if limit.per_hour is not None else None]
            for most in days:
                if most is not None:
                    found[limit.account] = min(most, found.get(limit.account, most))
    return [_Ceiling(most, account) for account, most in found.items()]


def _limits_as_of(known: Known) -> str:
    dates = [one["seen"] for limit in known.provider.limits for one in known.cited(limit.sources)]
    return f", as of {max(dates)}" if dates else ""
