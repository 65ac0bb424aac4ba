# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What pydantic can't see: rules that tie keys to each other, and the values that follow from other keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from .endpoint import DEFAULT_PORTS, STANDARD_PORTS, Endpoint, SecurityChoice, Smtp, Tls
from .mailbox import Mailbox
from .names import Protocol, Security
from .problems import Problem, either, fault
from .secret import SecretSource

Broken = Callable[[str], bool]
"""Tells whether something at, above or below a key path is already known to be wrong."""


def tied_problems(mailbox: Mailbox, broken: Broken) -> Iterator[Problem]:
    """Yield what is wrong with keys together. What ``broken`` covers has been told and is left alone."""
    if mailbox.secret is not None and not broken("secret"):
        yield from _secret(mailbox.secret, "secret")
    if not broken("tls"):
        yield from _key_pair(mailbox.tls, "tls")
    for protocol in () if broken("protocols") else mailbox.protocols:
        name = protocol.value
        endpoint = mailbox.endpoint(protocol)
        if endpoint is None:
            if not broken(name):
                yield Problem(
                    name,
                    f"is required, because the mailbox uses {name.upper()}.",
                    f"Add it with at least host, or leave {name} out of protocols.",
                    incomplete=True,
                )
            continue
        yield from _endpoint(mailbox, protocol, endpoint, broken)
    yield from _logins(mailbox, broken)


def _endpoint(mailbox: Mailbox, protocol: Protocol, endpoint: Endpoint, broken: Broken) -> Iterator[Problem]:
    name = protocol.value
    if endpoint.host is None and not broken(f"{name}.host"):
        yield fault(f"{name}.host", "missing")
    if endpoint.secret is not None and not broken(f"{name}.secret"):
        yield from _secret(endpoint.secret, f"{name}.secret")
    if endpoint.tls is not None and not broken("tls") and not broken(f"{name}.tls"):
        yield from _key_pair(endpoint.tls.over(mailbox.tls), f"{name}.tls")
    if (
        endpoint.security is SecurityChoice.AUTO
        and endpoint.port is not None
        and endpoint.port not in STANDARD_PORTS[protocol]
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
        endpoint = mailbox.endpoint(protocol)
        used = endpoint is not None and protocol in mailbox.protocols
        changes[protocol.value] = _settled(mailbox, protocol, endpoint) if endpoint is not None and used else None
    return mailbox.model_copy(update=changes)


def _settled(mailbox: Mailbox, protocol: Protocol, endpoint: Endpoint) -> Endpoint:
    if endpoint.security is not SecurityChoice.AUTO:
        security = Security(endpoint.security.value)
    elif endpoint.port is not None:
        security = STANDARD_PORTS[protocol][endpoint.port]
    else:
        security = Security.TLS
    changes: dict[str, Any] = {
        "security": SecurityChoice(security.value),
        "port": endpoint.port or DEFAULT_PORTS[protocol][security],
        "username": endpoint.username or mailbox.username or mailbox.email,
        "secret": endpoint.secret or mailbox.secret,
        "tls": endpoint.tls.over(mailbox.tls) if endpoint.tls else mailbox.tls,
    }
    if isinstance(endpoint, Smtp):
        changes["senders"] = endpoint.senders or (mailbox.email,)
        changes["recipient"] = endpoint.recipient or mailbox.email
        if endpoint.trusts_address:
            changes["secret"] = None
    return endpoint.model_copy(update=changes)
