# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Where a URL leads: what of it is allowed, and which addresses may be connected to."""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
import time
from dataclasses import dataclass
from typing import Union
from urllib.parse import quote, urljoin, urlsplit

from .._dns.answer import Outcome
from .._dns.client import DnsClient
from .._models.address import host_name
from .trouble import FetchError, FetchTrouble

PORT = 443
_LONGEST = 2048

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")


@dataclass(frozen=True)
class Target:
    """A URL taken apart. ``host`` is an A-label or an address without brackets; ``path`` has the query."""

    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """The URL in the form that is asked for."""
        return self._site + self.path

    @property
    def shown(self) -> str:
        """The URL for people, without its query, which may name a person."""
        return self._site + self.path.partition("?")[0][:200]

    @property
    def _site(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{host}" + (f":{self.port}" if self.port != PORT else "")


def target_of(url: str) -> Target:
    """Take a URL apart. Raises :class:`FetchError` for all but https without credentials."""
    if len(url) > _LONGEST or any(not letter.isprintable() or letter.isspace() for letter in url) or "\\" in url:
        raise FetchError(FetchTrouble.MALFORMED, "The URL is too long, or has blanks or control characters.")
    try:
        parts = urlsplit(url)
        scheme, name, port = parts.scheme, parts.hostname, parts.port
    except ValueError:
        raise FetchError(FetchTrouble.MALFORMED, "The URL can't be read.") from None
    if scheme != "https":
        text = f"Only https is spoken here, and the URL begins with {scheme[:20] or 'nothing'}."
        raise FetchError(FetchTrouble.REDIRECT_REFUSED, text)
    if "@" in parts.netloc:
        raise FetchError(FetchTrouble.REDIRECT_REFUSED, "The URL has a user name or password in it.")
    try:
        host = host_name(name or "")
    except ValueError:
        raise FetchError(FetchTrouble.MALFORMED, "The URL has no host name that can be looked up.") from None
    if port == 0:
        raise FetchError(FetchTrouble.MALFORMED, "The URL has a port that does not exist.")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=-._~")
    if parts.query:
        path += "?" + quote(parts.query, safe="/?%:@!$&'()*+,;=-._~[]")
    return Target(host, port or PORT, path if path.startswith("/") else f"/{path}")


def redirect_target(source: Target, location: str, status: int) -> Target:
    """Return where a redirect leads. Raises :class:`FetchError` unless that is https at port 443."""
    if not location:
        raise FetchError(FetchTrouble.MALFORMED, f"{source.shown} redirects to nowhere.", status)
    try:
        # http.client reads heads as Latin-1; names beyond ASCII come as UTF-8 where they come at all.
        location = location.encode("latin-1").decode("utf-8")
        target = target_of(urljoin(source.url, location))
    except (UnicodeError, ValueError):
        raise FetchError(FetchTrouble.MALFORMED, f"{source.shown} redirects to what is no URL.", status) from None
    except FetchError as error:
        text = f"The redirect of {source.shown} is not followed. {error.text}"
        raise FetchError(error.trouble, text, status) from None
    if target.port != PORT:
        text = f"The redirect of {source.shown} is not followed, because it leads to port {target.port}."
        raise FetchError(FetchTrouble.REDIRECT_REFUSED, text, status)
    return target


def addresses_of(target: Target, dns: DnsClient, deadline: float, *, allow_private: bool) -> tuple[str, ...]:
    """Return the addresses to connect to, families in turn, IPv4 first. Raises :class:`FetchError`."""
    try:
        found = [str(ipaddress.ip_address(target.host))]
    except ValueError:
        found = _look_up(target.host, dns, deadline)
    usable = tuple(address for address in found if is_allowed(address, allow_private=allow_private))
    if not usable:
        text = f"{target.host} has the address {found[0]}, which belongs to a private or special network."
        raise FetchError(FetchTrouble.PRIVATE_ADDRESS, text)
    return usable


def is_allowed(text: str, *, allow_private: bool) -> bool:
    """Whether an address may be connected to: a public one, or with ``allow_private`` any that is one machine's."""
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    inner = _inner(address)
    if address.is_multicast or address.is_unspecified or inner.is_multicast or inner.is_unspecified:
        return False
    return allow_private or inner.is_global


def _inner(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, or the address itself (RFC 4291, RFC 3056, RFC 6052)."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _look_up(host: str, dns: DnsClient, deadline: float) -> list[str]:
    answers = dns.ask_all([(host, "A"), (host, "AAAA")], deadline)
    four, six = (list(answers[(host, kind)].records) for kind in ("A", "AAAA"))
    found = [address for pair in zip(four, six, strict=False) for address in pair]
    found += four[len(six) :] + six[len(four) :]
    if not found and dns.system:
        found = _by_system(host, deadline)
    if found:
        return found
    answer = answers[(host, "A")]
    if answer.outcome is Outcome.NO_DATA:
        answer = answers[(host, "AAAA")]
    if answer.outcome is Outcome.NO_DATA:
        raise FetchError(FetchTrouble.DNS, f"The name {host} has no address (neither A nor AAAA).")
    raise FetchError(FetchTrouble.DNS, answer.detail or f"The name {host} has no address.")


def _by_system(host: str, deadline: float) -> list[str]:
    """Ask the operating system (hosts file), in a thread that nobody waits for past the deadline."""
    results: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def work() -> None:
        try:
            entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            entries = []
        results.put(list(dict.fromkeys(str(entry[4][0]) for entry in entries)))

    try:
        threading.Thread(target=work, name=f"resolve {host}", daemon=True).start()
        return results.get(timeout=max(0.0, deadline - time.monotonic()))
    except (queue.Empty, RuntimeError):
        return []
