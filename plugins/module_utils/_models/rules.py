# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What pydantic can't see: rules that tie keys to each other, and the values that follow from other keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from .._providers import match, table
from .._providers.model import Service, UserName
from .._providers.nearest import nearest
from .endpoint import DEFAULT_PORTS, STANDARD_PORTS, Endpoint, Imap, SecurityChoice, Smtp, Tls
from .mailbox import Mailbox
from .names import AUTO_PROVIDER, Protocol, Security
from .problems import Problem, either, fault
from .secret import SecretSource

_SECTION: dict[Protocol, type[Endpoint]] = {Protocol.SMTP: Smtp, Protocol.IMAP: Imap}

Broken = Callable[[str], bool]
"""Tells whether something at, above or below a key path is already known to be wrong."""


def tied_problems(mailbox: Mailbox, broken: Broken) -> Iterator[Problem]:
    """Yield what is wrong with keys together. What ``broken`` covers has been told and is left alone."""
    if mailbox.id is None and not mailbox.email.isprintable() and not broken("id") and not broken("email"):
        told = fault("email", "invisible")
        # Some scripts need joiners, so such an address may be right; it is no name for a host or a registration.
        yield replace(told, fix=f"{told.fix} If it belongs there, give the mailbox an id.")
    if mailbox.secret is not None and not broken("secret"):
        yield from _secret(mailbox.secret, "secret")
    if not broken("tls"):
        yield from _key_pair(mailbox.tls, "tls")
    if mailbox.named_provider is not None and not broken("provider"):
        yield from _provider(mailbox.named_provider)
    for protocol in () if broken("protocols") else mailbox.protocols:
        endpoint = mailbox.endpoint(protocol)
        if endpoint is not None:
            yield from _endpoint(mailbox, protocol, endpoint, broken)
    yield from _logins(mailbox, broken)


def _provider(name: str) -> Iterator[Problem]:
    if table.by_name(name) is None:
        near = nearest(name)
        fix = f"Did you mean {near}? " if near else ""
        fix += f"Leave it out or write {AUTO_PROVIDER} to have it found; docs/providers.md lists the names."
        yield Problem("provider", "is not the name of a provider.", fix)


def _endpoint(mailbox: Mailbox, protocol: Protocol, endpoint: Endpoint, broken: Broken) -> Iterator[Problem]:
    name = protocol.value
    if endpoint.secret is not None and not broken(f"{name}.secret"):
        yield from _secret(endpoint.secret, f"{name}.secret")
    if endpoint.tls is not None and not broken("tls") and not broken(f"{name}.tls"):
        yield from _key_pair(endpoint.tls.over(mailbox.tls), f"{name}.tls")
    if (
        endpoint.security is SecurityChoice.AUTO
        and endpoint.host is not None
        and endpoint.port is not None
        and endpoint.port not in STANDARD_PORTS[protocol]
        and not any(_fits(endpoint, service) for service in table.services_at(endpoint.host, protocol))
        and not broken(f"{name}.security")
        and not broken(f"{name}.port")
    ):
        ports = either([str(port) for port in STANDARD_PORTS[protocol]])
        yield Problem(
            f"{name}.security",
            f"must be given, because the port is none of {ports}.",
            "Use tls where the server expects TLS from the first byte, or starttls where it begins in plain text.",
            incomplete=True,
        )


def _logins(mailbox: Mailbox, broken: Broken) -> Iterator[Problem]:
    """Yield what lacks a secret; once for the mailbox where no service has one of its own."""
    if mailbox.secret is not None or broken("secret"):
        return
    used = (
        [] if broken("protocols") else [(protocol.value, mailbox.endpoint(protocol)) for protocol in mailbox.protocols]
    )
    without = [
        name
        for name, endpoint in used
        if not broken(f"{name}.secret")
        and (endpoint is None or endpoint.secret is None)
        and not (isinstance(endpoint, Smtp) and (endpoint.trusts_address or broken("smtp.auth")))
    ]
    relay = " For a relay that wants no login, set smtp.auth.mechanisms to none." if "smtp" in without else ""
    if without and len(without) == len(used):
        fix = f"Add it with vault: {{path: ..., field: ...}}.{relay}"
        yield Problem("secret", "is required to log in.", fix, incomplete=True)
        return
    for name in without:
        yield Problem(
            f"{name}.secret",
            f"is required for the {name.upper()} login, because the mailbox has no secret of its own.",
            f"Add secret to the mailbox or to this section.{relay}",
            incomplete=True,
        )


def _secret(secret: SecretSource, path: str) -> Iterator[Problem]:
    if (secret.vault is None) == (secret.password is None):
        yield replace(fault(path, "secret_sources"), incomplete=secret.vault is None)


def _key_pair(tls: Tls, path: str) -> Iterator[Problem]:
    if tls.client_key is not None and tls.client_cert is None:
        fix = "Add client_cert or remove the key."
        yield Problem(f"{path}.client_key", "is of no use without client_cert.", fix, incomplete=True)


def settle(mailbox: Mailbox) -> Mailbox:
    """Return the mailbox with every value that follows from another one filled in."""
    changes: dict[str, Any] = {"id": mailbox.id or mailbox.email, "username": mailbox.username or mailbox.email}
    for protocol in Protocol:
        endpoint = mailbox.endpoint(protocol) or _SECTION[protocol]()
        changes[protocol.value] = _settled(mailbox, protocol, endpoint) if protocol in mailbox.protocols else None
    return mailbox.model_copy(update=changes)


def _settled(mailbox: Mailbox, protocol: Protocol, endpoint: Endpoint) -> Endpoint:
    changes: dict[str, Any] = {
        "username": endpoint.username or mailbox.username,
        "secret": endpoint.secret or mailbox.secret,
        "tls": endpoint.tls.over(mailbox.tls) if endpoint.tls else mailbox.tls,
    }
    if endpoint.host is not None:
        changes.update(_reached(mailbox, protocol, endpoint, endpoint.host))
    if isinstance(endpoint, Smtp):
        changes["senders"] = endpoint.senders or (mailbox.email,)
        changes["recipient"] = endpoint.recipient or mailbox.email
        if endpoint.trusts_address:
            changes["secret"] = None
    return endpoint.model_copy(update=changes)


def _reached(mailbox: Mailbox, protocol: Protocol, endpoint: Endpoint, host: str) -> dict[str, Any]:
    """Return port, security and user name at a declared host: as declared, else as its provider has them."""
    there = table.services_at(host, protocol)
    known = next((service for service in there if _fits(endpoint, service)), None)
    if endpoint.security is not SecurityChoice.AUTO:
        security = Security(endpoint.security.value)
    elif known is not None:
        security = known.security
    elif endpoint.port is not None:
        security = STANDARD_PORTS[protocol][endpoint.port]
    else:
        security = Security.TLS
    bare = _wants_local_part(mailbox, there)
    own = mailbox.email.rpartition("@")[0] if bare else mailbox.email
    return {
        "security": SecurityChoice(security.value),
        "port": endpoint.port or (known.port if known is not None else DEFAULT_PORTS[protocol][security]),
        "username": endpoint.username or mailbox.username or own,
    }


def _wants_local_part(mailbox: Mailbox, there: tuple[Service, ...]) -> bool:
    """Tell whether a server takes the part before the @; variants of a provider may differ, so all of them have to."""
    own = match.owner_of(mailbox.email, mailbox.named_provider)
    mine = [service for service in there if own is not None and service in own.variant.services]
    return {service.username for service in mine or there} == {UserName.LOCAL_PART}


def _fits(endpoint: Endpoint, service: Service) -> bool:
    """Tell whether a service has the port and the security that are declared."""
    return endpoint.port in (None, service.port) and endpoint.security.value in ("auto", service.security.value)
