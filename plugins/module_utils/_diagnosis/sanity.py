# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Checks of a declaration before any packet is sent: what was surely, or probably, not meant.

Only what can't work at all is an error. What contradicts a convention is a warning and stands beside the verdict of the
probe, because the server has the last word.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from .._models.address import domain_of
from .._models.checks import REQUIRED, CheckId
from .._models.endpoint import Endpoint, Smtp
from .._models.mailbox import Mailbox
from .._models.names import Protocol, Security
from . import sanity_provider
from .check import Check, Severity, warning

__all__ = ["Check", "Severity", "check", "password_checks", "shared_secrets"]


_POP_PORTS = (110, 995)
_WEB_PORTS = (80, 443, 8080, 8443)
_PORTS_OF = {Protocol.SMTP: (25, 465, 587), Protocol.IMAP: (143, 993)}
_MODE_OF = {
    25: Security.STARTTLS,
    587: Security.STARTTLS,
    143: Security.STARTTLS,
    465: Security.TLS,
    993: Security.TLS,
}
_MODE_WORDS = {
    Security.TLS: "TLS from the first byte",
    Security.STARTTLS: "plain text first, then STARTTLS",
    Security.NONE: "no TLS",
}
_USUAL = {
    Protocol.SMTP: "port 465 with tls or port 587 with starttls",
    Protocol.IMAP: "port 993 with tls or port 143 with starttls",
}
_HOST_OF = {
    Protocol.SMTP: re.compile(r"smtp[a-z]*[0-9]*(?:-[a-z0-9-]+)?\."),
    Protocol.IMAP: re.compile(r"imap[a-z]*[0-9]*(?:-[a-z0-9-]+)?\."),
}
_POP_HOST = re.compile(r"pop3?s?[0-9]*(?:-[a-z0-9-]+)?\.|inbound\.att\.net$")
_WEB_HOST = re.compile(r"(?:webmail|owa|roundcube|www)[0-9]*\.")
_APP_PASSWORD_GROUPS = re.compile(r"[a-z0-9]{4}(?:[ \u00a0-][a-z0-9]{4}){3}", re.IGNORECASE)
_BLANK_GROUPS = re.compile(r"[ \u00a0]")


def check(
    mailbox: Mailbox,
    others: Sequence[Mailbox] = (),
    *,
    passwords: Mapping[Protocol, str] | None = None,
) -> tuple[Check, ...]:
    """Return what is odd about a parsed mailbox, errors first, without what its ``ignore_checks`` turns off.

    ``others`` are further mailboxes of the run, for what only shows in comparison; for a whole fleet,
    :func:`shared_secrets` finds the same at once. ``passwords`` are those read so far; an inline one is known anyway.
    """
    found = list(_hosts(mailbox))
    for protocol, endpoint in mailbox.endpoints:
        found += _endpoint(mailbox, protocol, endpoint)
    found += sanity_provider.provider_checks(mailbox)
    if others and (shared := shared_secrets((mailbox, *others)).get(mailbox.id or mailbox.email)):
        found.append(shared)
    found += password_checks(mailbox, {**_inline(mailbox), **(passwords or {})})
    return _kept(mailbox, found)


def password_checks(mailbox: Mailbox, passwords: Mapping[Protocol, str]) -> tuple[Check, ...]:
    """Return what is odd about passwords, by protocol; two services with the same password are told once."""
    told: dict[tuple[CheckId, str], Check] = {}
    seen: set[str] = set()
    for protocol, endpoint in mailbox.endpoints:
        password = passwords.get(protocol)
        if password is None:
            continue
        path = "secret" if endpoint.secret == mailbox.secret else f"{protocol.value}.secret"
        # Each service may be of another provider, so each is asked for the shape; what is alike is told once.
        shape = sanity_provider.shape_checks(mailbox, protocol, endpoint, path, password.strip())
        for item in (*shape, *(_password(path, password) if password not in seen else ())):
            told.setdefault((item.id, item.path), item)
        seen.add(password)
    return _kept(mailbox, told.values())


def shared_secrets(mailboxes: Iterable[Mailbox]) -> dict[str, Check]:
    """Return, by mailbox id, a warning for each secret in Vault that serves more than one address."""
    owners: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
    for mailbox in mailboxes:
        for _protocol, endpoint in mailbox.endpoints:
            vault = endpoint.secret.vault if endpoint.secret else None
            if vault is not None:
                owners[vault.mount, vault.path, vault.field][mailbox.id or mailbox.email] = mailbox.email
    found: dict[str, Check] = {}
    for (mount, path, field), users in owners.items():
        if len({email.lower() for email in users.values()}) < 2:
            continue
        for name, email in users.items():
            rest = sorted({user for user in users.values() if user.lower() != email.lower()})
            more = f" and {len(rest) - 1} more" if len(rest) > 1 else ""
            found[name] = Check(
                CheckId.SECRET_SHARED,
                Severity.WARNING,
                "secret.vault",
                f"The secret at {mount}/{path} (field {field}) is used for {email} and also for {rest[0]}{more}.",
                "Give each address its own secret, or make sure that they really share a login.",
            )
    return found


def _kept(mailbox: Mailbox, found: Iterable[Check]) -> tuple[Check, ...]:
    ignored = set(mailbox.ignore_checks)
    kept = [item for item in found if item.id in REQUIRED or item.id.value not in ignored]
    return tuple(sorted(kept, key=lambda item: item.severity is not Severity.ERROR))


def _inline(mailbox: Mailbox) -> dict[Protocol, str]:
    return {
        protocol: endpoint.secret.password.get_secret_value()
        for protocol, endpoint in mailbox.endpoints
        if endpoint.secret is not None and endpoint.secret.password is not None
    }


def _hosts(mailbox: Mailbox) -> Iterator[Check]:
    foreign = [
        (protocol, other, endpoint.host)
        for protocol, endpoint in mailbox.endpoints
        for other in Protocol
        if other is not protocol and endpoint.host and _HOST_OF[other].match(endpoint.host)
    ]
    if len(foreign) == len(Protocol):
        yield Check(
            CheckId.HOSTS_SWAPPED,
            Severity.ERROR,
            "smtp.host",
            "The hosts of SMTP and IMAP are swapped.",
            f"Swap smtp.host ({foreign[0][2]}) and imap.host ({foreign[1][2]}).",
        )
        return
    for protocol, other, host in foreign:
        yield warning(
            CheckId.HOST_OTHER_PROTOCOL,
            f"{protocol.value}.host",
            f"The {protocol.name} host {host} has the name of an {other.name} server.",
            sanity_provider.right_host(mailbox, protocol, host),
        )


def _endpoint(mailbox: Mailbox, protocol: Protocol, endpoint: Endpoint) -> Iterator[Check]:
    name, host = protocol.value, endpoint.host or ""
    if _POP_HOST.match(host):
        yield warning(
            CheckId.HOST_POP,
            f"{name}.host",
            f"The {protocol.name} host {host} has the name of a POP3 server.",
            sanity_provider.right_host(mailbox, protocol, host),
        )
    if _WEB_HOST.match(host):
        yield warning(
            CheckId.HOST_WEB,
            f"{name}.host",
            f"The {protocol.name} host {host} has the name of a web page.",
            sanity_provider.right_host(mailbox, protocol, host),
        )
    usual = sanity_provider.right_ports(mailbox, protocol, endpoint) or _USUAL[protocol]
    ports = list(_port(protocol, endpoint, usual))
    yield from ports or sanity_provider.port_checks(mailbox, protocol, endpoint)
    yield from _protection(protocol, endpoint)
    yield from _names(mailbox, protocol, endpoint)


def _port(protocol: Protocol, endpoint: Endpoint, right_ports: str) -> Iterator[Check]:
    path, port, mode = f"{protocol.value}.port", endpoint.port or 0, endpoint.mode
    other = Protocol.IMAP if protocol is Protocol.SMTP else Protocol.SMTP
    usual = f"Use {right_ports}, as the provider says."
    if port in _POP_PORTS:
        yield warning(CheckId.PORT_POP, path, f"Port {port} belongs to POP3, not to {protocol.name}.", usual)
    elif port in _WEB_PORTS:
        yield warning(CheckId.PORT_WEB, path, f"Port {port} belongs to the web, not to {protocol.name}.", usual)
    elif port in _PORTS_OF[other]:
        yield warning(
            CheckId.PORT_OTHER_PROTOCOL, path, f"Port {port} belongs to {other.name}, not to {protocol.name}.", usual
        )
    elif port in _MODE_OF and mode is not _MODE_OF[port] and not _local_relay(endpoint):
        right = _MODE_OF[port]
        yield warning(
            CheckId.PORT_SECURITY,
            f"{protocol.value}.security",
            f"Port {port} is for {_MODE_WORDS[right]}, but security is {mode.value} ({_MODE_WORDS[mode]}).",
            f"Set security to {right.value}, or use {right_ports}.",
        )
    if protocol is Protocol.SMTP and port == 25 and not (isinstance(endpoint, Smtp) and endpoint.trusts_address):
        yield warning(
            CheckId.PORT_25,
            path,
            "Port 25 is for mail between servers; many networks block it, and many servers offer no login there.",
            f"Use {right_ports}.",
        )


def _local_relay(endpoint: Endpoint) -> bool:
    """Tell whether plain text on port 25 was meant: a relay that takes no login."""
    return (
        isinstance(endpoint, Smtp)
        and endpoint.trusts_address
        and endpoint.port == 25
        and endpoint.mode is Security.NONE
    )


def _protection(protocol: Protocol, endpoint: Endpoint) -> Iterator[Check]:
    name = protocol.value
    if endpoint.mode is not Security.NONE and endpoint.tls is not None and not endpoint.tls.verify:
        yield warning(
            CheckId.TLS_NOT_VERIFIED,
            f"{name}.tls.verify",
            f"The certificate of the {protocol.name} server is not verified; anyone between can read the password.",
            "Remove verify: false; for a private authority, name its certificates in tls.ca.",
        )
    if endpoint.mode is Security.NONE and endpoint.secret is not None:
        allowed = endpoint.allow_plaintext_auth
        yield warning(
            CheckId.PLAINTEXT_AUTH,
            f"{name}.security",
            f"The {protocol.name} password is sent without encryption."
            if allowed
            else f"The {protocol.name} password will not be sent, because the connection is not encrypted.",
            "Set security to tls or starttls."
            if allowed
            else "Set security to tls or starttls, or as the last resort allow_plaintext_auth to true.",
        )


def _names(mailbox: Mailbox, protocol: Protocol, endpoint: Endpoint) -> Iterator[Check]:
    username = endpoint.username or ""
    bare = endpoint.secret is not None and username == mailbox.email.rpartition("@")[0]
    if bare and not sanity_provider.takes_bare_name(mailbox, protocol, endpoint):
        yield warning(
            CheckId.USERNAME_BARE,
            f"{protocol.value}.username",
            f"The {protocol.name} user name is only the part before the @; most providers want the whole address.",
            "If the login is refused, leave username out: the address is the default.",
        )
    if not isinstance(endpoint, Smtp) or endpoint.secret is None:
        return
    home = domain_of(username) or domain_of(mailbox.email)
    foreign = [sender for sender in endpoint.senders if domain_of(sender) != home]
    if foreign:
        yield warning(
            CheckId.FROM_DOMAIN,
            "smtp.from",
            f"The sender {foreign[0]} is of another domain than the login ({home}).",
            "Make sure that the provider lets this login send for that domain.",
        )


def _password(path: str, password: str) -> Iterator[Check]:
    if any(mark in password for mark in "\r\n\0"):
        yield Check(
            CheckId.PASSWORD_LINE_BREAK,
            Severity.ERROR,
            path,
            "The password holds a line break or a NUL character.",
            "Store it again without the line end, which Enter, echo and editors add and `printf %s` does not.",
        )
    elif password != password.strip():
        yield warning(
            CheckId.PASSWORD_BLANKS,
            path,
            "The password begins or ends with a blank.",
            "Store it again without the blank, unless it really belongs there.",
        )
    elif _APP_PASSWORD_GROUPS.fullmatch(password) and _BLANK_GROUPS.search(password):
        yield warning(
            CheckId.APP_PASSWORD_BLANKS,
            path,
            "The password looks like an app password with the blanks that the web page shows between its groups.",
            "If the login is refused, store it without the blanks.",
        )
