# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Requests to Vault through a proxy, by urllib3, which hvac brings along. It is imported inside functions only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from .settings import VaultSettings
from .transport_trouble import no_socks
from .trouble import VaultTrouble
from .vault_reply import Reply
from .vault_tls import tls_context

CONNECTIONS = 16
"""Connections that are kept for the next request."""


class Proxied:
    """Sends requests from several threads through the proxy of the settings.

    Raises :class:`VaultTrouble` for a SOCKS proxy without its library, and :class:`ValueError` or an exception of
    urllib3 for an address that can't be used.
    """

    def __init__(self, settings: VaultSettings, proxy: str) -> None:
        self._settings = settings
        self._proxy = proxy
        self._managers: dict[str, Any] = {}
        self._manager(settings.url)

    def send(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        """Send a request and return the reply. Raises whatever urllib3 does."""
        timeout = self._settings.timeout
        response = self._manager(url).request(
            method, url, body=body, headers=headers, timeout=timeout, redirect=False, retries=False
        )
        return Reply(response.status, response.headers, response.data)

    def close(self) -> None:
        """Close the connections."""
        for manager in self._managers.values():
            manager.clear()

    def _manager(self, url: str) -> Any:
        scheme = urlsplit(url).scheme
        if scheme not in self._managers:
            self._managers[scheme] = self._make_manager(secure=scheme == "https")
        return self._managers[scheme]

    def _make_manager(self, *, secure: bool) -> Any:
        import urllib3

        settings = self._settings
        options: dict[str, Any] = {"maxsize": CONNECTIONS}
        # Loading the system's authorities takes longer than a read; plain HTTP has no use for them.
        if secure:
            options["ssl_context"] = tls_context(settings)
            options["cert_reqs"] = "CERT_REQUIRED" if settings.verify else "CERT_NONE"
            if not settings.verify:
                _quiet_unverified()
            if settings.server_name:
                options["server_hostname"] = settings.server_name
        place, user, password = _without_login(self._proxy)
        if place.startswith("socks"):
            try:
                from urllib3.contrib.socks import SOCKSProxyManager
            except ImportError:
                raise VaultTrouble(no_socks()) from None
            return SOCKSProxyManager(place, username=user, password=password, **options)
        login = urllib3.make_headers(proxy_basic_auth=f"{user}:{password}") if user is not None else None
        return urllib3.ProxyManager(place, proxy_headers=login, **options)


def _without_login(url: str) -> tuple[str, str | None, str | None]:
    """Return the address of a proxy, and the user name and password that it was written with."""
    parts = urlsplit(url)
    place = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    if parts.username is None:
        return place, None, None
    return place, unquote(parts.username), unquote(parts.password or "")


def _quiet_unverified() -> None:
    """Verification was turned off by name and the result says so; urllib3 need not repeat it for every request."""
    import warnings

    import urllib3.exceptions

    warnings.filterwarnings("ignore", category=urllib3.exceptions.InsecureRequestWarning)
