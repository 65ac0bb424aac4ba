# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What an hvac client sends its requests with: urllib3 with our TLS context, in place of a session of requests.

requests takes more than half of the time of a read, and looks in the environment of the process for proxies, CA
bundles and passwords. urllib3, which hvac brings along, only does what it is told. It is imported inside functions
only, as hvac is.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from json import dumps, loads
from typing import Any
from urllib.parse import unquote, urlencode, urljoin, urlsplit, urlunsplit

from .._models.names import Category, Confidence
from .environment import in_the_clear
from .settings import VaultSettings
from .transport_trouble import downgrade, no_socks, redirected
from .trouble import Trouble, VaultTrouble, cause

CONNECTIONS = 16
"""Connections that are kept for the next request."""
REDIRECTS = 2
"""Redirects that are followed: a standby node names the active one."""

_KEEPING = frozenset({307, 308})
_REDIRECTING = _KEEPING | {301, 302, 303}


def tls_context(settings: VaultSettings) -> ssl.SSLContext:
    """Return the TLS setting for Vault; raise :class:`VaultTrouble` when a certificate file is no good."""
    what, key = "could not be asked: the CA file is not usable", "ca"
    try:
        pem = settings.ca_pem
        if settings.ca is not None and settings.ca.is_dir():
            # OpenSSL only finds hashed names in a directory; the Vault client takes every file, and so do we.
            files = sorted(entry for entry in settings.ca.rglob("*") if entry.is_file())
            if not files:
                raise ValueError("an empty directory would mean the system's authorities")
            context = ssl.create_default_context(cadata="\n".join(entry.read_text("utf-8") for entry in files))
        else:
            context = ssl.create_default_context(cafile=settings.ca, cadata=pem)
        if settings.client_cert is not None:
            what, key = "could not be asked: client certificate and key are not usable", "client_cert"
            context.load_cert_chain(settings.client_cert, settings.client_key, password=lambda: b"")
    except (OSError, ValueError):
        remedy = (
            "It must be readable for this user and hold PEM; a key must belong to its certificate and be unencrypted."
        )
        causes = (cause(f"The file named by {key} can't be read or parsed.", remedy, Confidence.HIGH),)
        trouble = Trouble(Category.SECRET_VAULT_TLS, what, causes)
    else:
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if not settings.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context
    raise VaultTrouble(trouble)


class Reply:
    """A reply, as far as hvac and we look at one of requests."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status_code = status
        self.headers = headers
        self._body = body

    @property
    def ok(self) -> bool:
        """Whether the status is no error."""
        return self.status_code < 400

    @property
    def text(self) -> str:
        """The body as text; what is no UTF-8 is replaced."""
        return self._body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return what the body says. Raises :class:`ValueError` where it is not JSON."""
        return loads(self._body)


class Session:
    """Sends the requests of one client, from several threads.

    Raises :class:`VaultTrouble`, and whatever urllib3 raises, :class:`ValueError` among it.
    """

    # hvac takes its own arguments where these are empty; none of them gets as far as the wire.
    verify = cert = proxies = None

    def __init__(self, settings: VaultSettings) -> None:
        self._settings = settings
        self._pools: dict[str, Any] = {}
        self._pool(settings.url)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        timeout: float,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        allow_redirects: bool = True,
        verify: Any = None,
        cert: Any = None,
        proxies: Any = None,
    ) -> Reply:
        """Send one request and follow where it is sent on to. ``timeout`` (seconds) is for each wait.

        The last three are hvac's to give, and settled by the settings already.
        """
        method, body, sent = method.upper(), None, dict(headers)
        if json is not None:
            body, sent["Content-Type"] = dumps(json).encode(), "application/json"
        url = _with_query(url, params or {})
        for _hop in range(REDIRECTS + 1):
            response = self._pool(url).request(
                method, url, body=body, headers=sent, timeout=timeout, redirect=False, retries=False
            )
            target = response.headers.get("Location")
            if not allow_redirects or response.status not in _REDIRECTING or not target:
                return Reply(response.status, response.headers, response.data)
            target = _joined(url, target)
            # The token goes along.
            if url.startswith("https:") and not target.startswith("https:"):
                raise VaultTrouble(downgrade("from TLS to plain HTTP"))
            if in_the_clear(target) and not in_the_clear(url):
                raise VaultTrouble(downgrade("from this machine to plain HTTP on another one"))
            url = target
            if response.status not in _KEEPING:
                method, body = "GET", None
                sent.pop("Content-Type", None)
        raise VaultTrouble(
            redirected(
                "from one address to another without end", "The nodes of the cluster or a proxy redirect to each other."
            )
        )

    def close(self) -> None:
        """Close the connections."""
        for pool in self._pools.values():
            pool.clear()

    def _pool(self, url: str) -> Any:
        scheme = urlsplit(url).scheme
        pool = self._pools.get(scheme)
        if pool is None:
            pool = self._pools[scheme] = self._make_pool(scheme == "https")
        return pool

    def _make_pool(self, secure: bool) -> Any:
        import urllib3

        settings = self._settings
        options: dict[str, Any] = {"maxsize": CONNECTIONS}
        # Loading the system's authorities takes longer than a read; plain HTTP has no use for them.
        if secure:
            options["ssl_context"] = tls_context(settings)
            options["cert_reqs"] = "CERT_REQUIRED" if settings.verify else "CERT_NONE"
            if settings.server_name:
                options["server_hostname"] = settings.server_name
        if not settings.proxy:
            return urllib3.PoolManager(**options)
        place, user, password = _proxy(settings.proxy)
        if place.startswith("socks"):
            try:
                from urllib3.contrib.socks import SOCKSProxyManager
            except ImportError:
                raise VaultTrouble(no_socks()) from None
            return SOCKSProxyManager(place, username=user, password=password, **options)
        login = urllib3.make_headers(proxy_basic_auth=f"{user}:{password}") if user is not None else None
        return urllib3.ProxyManager(place, proxy_headers=login, **options)


def _joined(url: str, target: str) -> str:
    try:
        joined = urljoin(url, target)
    except ValueError:
        joined = ""
    if not joined.startswith(("http://", "https://")):
        raise VaultTrouble(
            redirected("on to what is no address", "A node of the cluster or a proxy redirects to a wrong address.")
        )
    return joined


def _with_query(url: str, params: Mapping[str, Any]) -> str:
    query = urlencode({key: value for key, value in params.items() if value is not None})
    if not query:
        return url
    return f"{url}{'&' if urlsplit(url).query else '?'}{query}"


def _proxy(url: str) -> tuple[str, str | None, str | None]:
    """Return the address of a proxy, and the user name and password that it was written with."""
    parts = urlsplit(url)
    place = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    if parts.username is None:
        return place, None, None
    return place, unquote(parts.username), unquote(parts.password or "")
