# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Requests straight to Vault: http.client over connections that are kept for the next request.

A fleet reads thousands of secrets, and for each of them http.client takes half of the time that urllib3 takes.
"""

from __future__ import annotations

import http.client
import select
import ssl
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from .settings import VaultSettings
from .transport_trouble import NotConnectedError
from .vault_reply import Reply
from .vault_tls import tls_context

_AS_IT_IS = "/%:=&?~!$'()*+,;@[]"
"""What a target may hold besides letters, digits and ``-._``; hvac has quoted the parts of a path already."""


class Direct:
    """Sends requests from several threads, each over a connection of its own while it takes."""

    def __init__(self, settings: VaultSettings) -> None:
        self._settings = settings
        self._idle: dict[tuple[str, str], list[_Connection]] = {}
        self._closed = False
        # Here, so that files that are no good are told before the first request.
        self._context = tls_context(settings) if settings.url.startswith("https:") else None

    def send(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        """Send a request and return the reply.

        Raises :class:`OSError`, :class:`http.client.HTTPException`, and :class:`ValueError` for what can't be sent.
        """
        parts = urlsplit(url)
        target = quote(parts.path or "/", _AS_IT_IS) + (f"?{quote(parts.query, _AS_IT_IS)}" if parts.query else "")
        idle = self._idle.setdefault((parts.scheme, parts.netloc), [])
        try:
            connection = idle.pop()
        except IndexError:
            context = self._secure() if parts.scheme == "https" else None
            connection = _Connection(parts.hostname or "", parts.port, self._settings, context)
        try:
            connection.close_if_dropped()
            connection.request(method, target, body, dict(headers))
            response = connection.getresponse()
            data = response.read()
        except BaseException:
            connection.close()
            raise
        idle.append(connection)
        if self._closed:
            self.close()
        return Reply(response.status, response.headers, data)

    def close(self) -> None:
        """Close the connections, those in use once they are free."""
        self._closed = True
        for idle in list(self._idle.values()):
            while idle:
                idle.pop().close()

    def _secure(self) -> ssl.SSLContext:
        if self._context is None:
            # A listener without TLS redirected to one with it.
            self._context = tls_context(self._settings)
        return self._context


class _Connection(http.client.HTTPConnection):
    """A connection over TLS, or in the clear without a context. It connects anew whenever it is closed."""

    def __init__(self, host: str, port: int | None, settings: VaultSettings, context: ssl.SSLContext | None) -> None:
        if context is not None:
            self.default_port = http.client.HTTPS_PORT
        super().__init__(host, port, timeout=settings.timeout)
        self._tls = context
        self._server_name = settings.server_name or host

    def connect(self) -> None:
        try:
            super().connect()
        except OSError as error:
            raise NotConnectedError from error
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self._server_name)

    def close_if_dropped(self) -> None:
        """Close a connection that the other side has closed while nobody used it; nothing else comes unasked."""
        if self.sock is not None:
            news = select.poll()
            news.register(self.sock, select.POLLIN)
            if news.poll(0):
                self.close()
