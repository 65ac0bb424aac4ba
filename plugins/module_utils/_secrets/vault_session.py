# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What an hvac client sends its requests with, in place of a session of requests.

requests takes more than half of the time of a read, and looks in the environment of the process for proxies, CA
bundles and passwords. What is used here only does what it is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from json import dumps
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from .environment import in_the_clear
from .settings import VaultSettings
from .transport_trouble import downgrade, redirected
from .trouble import VaultTrouble
from .vault_direct import Direct
from .vault_proxied import Proxied
from .vault_reply import Reply

REDIRECTS = 2
"""Redirects that are followed: a standby node names the active one."""

_KEEPING = frozenset({307, 308})
_REDIRECTING = _KEEPING | {301, 302, 303}


class Session:
    """Sends the requests of one client, from several threads.

    Raises :class:`VaultTrouble`, and whatever :class:`Direct` or :class:`Proxied` raises.
    """

    # hvac takes its own arguments where these are empty; none of them gets as far as the wire.
    verify = cert = proxies = None

    def __init__(self, settings: VaultSettings) -> None:
        self._way = Proxied(settings, settings.proxy) if settings.proxy else Direct(settings)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        allow_redirects: bool = True,
        timeout: Any = None,
        verify: Any = None,
        cert: Any = None,
        proxies: Any = None,
    ) -> Reply:
        """Send one request and follow where it is sent on to.

        The last four are hvac's to give, and settled by the settings already.
        """
        method, body, sent = method.upper(), None, dict(headers)
        if json is not None:
            body, sent["Content-Type"] = dumps(json).encode(), "application/json"
        url = _with_query(url, params or {})
        for _hop in range(REDIRECTS + 1):
            reply = self._way.send(method, url, body, sent)
            target = reply.headers.get("Location")
            if not allow_redirects or reply.status_code not in _REDIRECTING or not target:
                return reply
            target = _joined(url, target)
            # The token goes along.
            if url.startswith("https:") and not target.startswith("https:"):
                raise VaultTrouble(downgrade("from TLS to plain HTTP"))
            if in_the_clear(target) and not in_the_clear(url):
                raise VaultTrouble(downgrade("from this machine to plain HTTP on another one"))
            url = target
            if reply.status_code not in _KEEPING:
                method, body = "GET", None
                sent.pop("Content-Type", None)
        raise VaultTrouble(
            redirected(
                "from one address to another without end", "The nodes of the cluster or a proxy redirect to each other."
            )
        )

    def close(self) -> None:
        """Close the connections."""
        self._way.close()


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
