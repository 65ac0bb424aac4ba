# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""A page over https from a server that may be anyone's: verified, bounded, in time, never from a private network."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import NoReturn

from .._dns.client import DnsClient
from .._dns.deadline import left
from .places import PORT, Target, addresses_of, redirect_target, target_of
from .response import Page, read_page
from .timed import Timed
from .trouble import FetchError, FetchTrouble

__all__ = ["FetchError", "FetchTrouble", "HttpsClient", "Page"]

MOST_ADDRESSES = 4
"""Addresses of a host that are tried."""

_REDIRECTS = frozenset((301, 302, 303, 307, 308))


class HttpsClient:
    """Gets pages. Thread-safe. It takes no proxy from the environment, and sends neither cookies nor credentials."""

    def __init__(self, dns: DnsClient, *, ca: str | None = None, allow_private: bool = False) -> None:
        """``ca`` is a file or directory, or None for the system's. ``allow_private`` lets private addresses pass."""
        self._dns, self._ca, self._allow_private = dns, ca, allow_private
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None

    def get(self, url: str, deadline: float, *, max_bytes: int = 65536, redirects: int = 0) -> Page:
        """Return the page at ``url`` by ``deadline`` (:func:`time.monotonic`).

        At most ``redirects`` are followed, to https at port 443 only. Raises :class:`FetchError` for all that is not
        status 200 with at most ``max_bytes`` octets.
        """
        target = target_of(url)
        seen = [target.url]
        while True:
            page = self._get_one(target, deadline, max_bytes)
            if page.status == 200:
                return Page(target.url, page.status, page.content_type, page.body, tuple(seen[1:]))
            if page.status not in _REDIRECTS:
                text = f"{target.shown} answers with status {page.status}."
                raise FetchError(FetchTrouble.STATUS, text, page.status)
            where = redirect_target(target, page.url, page.status)
            if len(seen) > redirects:
                text = f"{target.shown} redirects to {where.shown}, and " + (
                    f"more than {redirects} redirects are not followed." if redirects else "redirects are not followed."
                )
                raise FetchError(FetchTrouble.REDIRECT_REFUSED, text, page.status)
            if where.url in seen:
                text = f"{target.shown} redirects to {where.shown}, which is a loop."
                raise FetchError(FetchTrouble.REDIRECT_REFUSED, text, page.status)
            seen.append(where.url)
            target = where

    def _get_one(self, target: Target, deadline: float, max_bytes: int) -> Page:
        addresses = addresses_of(target, self._dns, deadline, allow_private=self._allow_private)
        sock = _connect(target, addresses[:MOST_ADDRESSES], deadline)
        with closing(self._secure(target, sock, deadline)) as tls:
            try:
                tls.settimeout(left(deadline))
                tls.sendall(_request(target))
                return read_page(Timed(tls, deadline, max_bytes), target, max_bytes)
            except TimeoutError:
                _too_late(target)
            except ssl.SSLError as error:
                raise _tls_trouble(target, error) from None
            except OSError as error:
                text = f"The connection to {target.host} broke: {error.strerror or type(error).__name__}."
                raise FetchError(FetchTrouble.CONNECT, text) from None

    def _secure(self, target: Target, sock: socket.socket, deadline: float) -> ssl.SSLSocket:
        try:
            context = self._settings()
            sock.settimeout(left(deadline))
            return context.wrap_socket(sock, server_hostname=target.host, suppress_ragged_eofs=False)
        except TimeoutError:
            sock.close()
            _too_late(target)
        except ssl.SSLError as error:
            sock.close()
            raise _tls_trouble(target, error) from None
        except (OSError, ValueError) as error:
            sock.close()
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise FetchError(FetchTrouble.TLS, f"TLS with {target.host} failed: {reason}.") from None
        except BaseException:
            sock.close()
            raise

    def _settings(self) -> ssl.SSLContext:
        with self._lock:
            if self._context is None:
                self._context = _context(self._ca)
            return self._context


def _connect(target: Target, addresses: tuple[str, ...], deadline: float) -> socket.socket:
    """Return a connection to the first address that takes one; each has an equal share of the time that is left."""
    reasons = []
    for number, address in enumerate(addresses):
        now = time.monotonic()
        if now >= deadline:
            break
        try:
            return socket.create_connection((address, target.port), (deadline - now) / (len(addresses) - number))
        except TimeoutError:
            reasons.append(f"{address} does not answer")
        except OSError as error:
            reasons.append(f"{address}: {error.strerror or type(error).__name__}")
    if time.monotonic() >= deadline:
        _too_late(target)
    text = f"No connection to {target.host} port {target.port} ({'; '.join(reasons)})."
    raise FetchError(FetchTrouble.CONNECT, text)


def _request(target: Target) -> bytes:
    host = f"[{target.host}]" if ":" in target.host else target.host
    if target.port != PORT:
        host += f":{target.port}"
    lines = (
        f"GET {target.path} HTTP/1.1",
        f"Host: {host}",
        "User-Agent: mailops.mailbox",
        "Accept: */*",
        "Accept-Encoding: identity",
        "Connection: close",
        "",
        "",
    )
    return "\r\n".join(lines).encode("ascii")


def _context(ca: str | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.hostname_checks_common_name = False
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if ca is None:
            context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        elif Path(ca).is_dir():
            context.load_verify_locations(capath=ca)
        else:
            context.load_verify_locations(cafile=ca)
    except OSError as error:
        text = (
            f"The CA certificates in {ca} can't be used: {getattr(error, 'reason', None) or error.strerror or error}."
        )
        raise FetchError(FetchTrouble.TLS, text) from None
    return context


def _too_late(target: Target) -> NoReturn:
    raise FetchError(FetchTrouble.TIMEOUT, f"{target.shown} did not come in time.") from None


def _tls_trouble(target: Target, error: ssl.SSLError) -> FetchError:
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = str(error.verify_message).rstrip(".")
        return FetchError(FetchTrouble.TLS, f"The certificate of {target.host} is not accepted: {reason}.")
    reason = (error.reason or type(error).__name__).lower().replace("_", " ")
    return FetchError(FetchTrouble.TLS, f"TLS with {target.host} failed: {reason}.")
