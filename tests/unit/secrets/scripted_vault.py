# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An HTTP server on loopback that answers as Vault does, from a table."""

from __future__ import annotations

import json
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

PREFLIGHT = "sys/internal/ui/mounts"


@dataclass(frozen=True)
class Reply:
    """One answer; ``close`` drops the connection instead, ``hold`` never answers until the server ends."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    close: bool = False
    hold: bool = False


def errors(status: int, *texts: str, **headers: str) -> Reply:
    """An error reply of Vault."""
    return Reply(status, {"errors": list(texts)}, {key.replace("_", "-"): value for key, value in headers.items()})


def mount(path: str, version: str | None = "2", engine: str = "kv") -> Reply:
    """The reply to the question what is mounted there."""
    options = {"version": version} if version else None
    return Reply(200, {"data": {"path": f"{path}/", "type": engine, "options": options}})


WRITTEN_AT = "2026-01-02T03:04:05.678901234Z"


def kv2(version: int = 1, written_at: str = WRITTEN_AT, **fields: Any) -> Reply:
    """A secret of KV version 2."""
    metadata = {"version": version, "created_time": written_at, "destroyed": False}
    return Reply(200, {"data": {"data": fields, "metadata": metadata}})


def auth(token: str, lifetime: int = 3600, kind: str = "service", **further: Any) -> Reply:
    """The reply to a login."""
    return Reply(200, {"auth": {"client_token": token, "lease_duration": lifetime, "token_type": kind, **further}})


@dataclass(frozen=True)
class Request:
    """One request as it came in; ``path`` is below ``/v1/``, with its query."""

    method: str
    path: str
    token: str | None
    namespace: str | None
    body: Any
    headers: dict[str, str]


class ScriptedVault:
    """Answers every path with the next reply of its list; the last one stays."""

    def __init__(self, replies: dict[str, Any], tls: ssl.SSLContext | None = None) -> None:
        self.replies = {path: list(reply) if isinstance(reply, list) else [reply] for path, reply in replies.items()}
        self.requests: list[Request] = []
        self._lock = threading.Lock()
        self._over = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                outer._handle(self)

            do_GET = do_POST = do_PUT = _answer

            def log_message(self, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *args: Any) -> None:
                """A client that gives up is what some tests are about."""

        self.server = Server(("127.0.0.1", 0), Handler)
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> ScriptedVault:
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self.server.shutdown()
        self.server.server_close()

    def paths(self) -> list[str]:
        """The requests so far, as ``METHOD path``."""
        return [f"{request.method} {request.path}" for request in self.requests]

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.removeprefix("/v1/")
        data = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        with self._lock:
            self.requests.append(
                Request(
                    handler.command,
                    path,
                    handler.headers.get("X-Vault-Token"),
                    handler.headers.get("X-Vault-Namespace"),
                    json.loads(data) if data else None,
                    dict(handler.headers),
                )
            )
            waiting = self.replies.get(path)
            reply = errors(404) if not waiting else waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if reply.hold:
            self._over.wait(30)
        if reply.close or reply.hold:
            handler.close_connection = True
            return
        text = reply.body if isinstance(reply.body, str) else "" if reply.body is None else json.dumps(reply.body)
        handler.send_response(reply.status)
        handler.send_header("Content-Type", "text/html" if isinstance(reply.body, str) else "application/json")
        handler.send_header("Content-Length", str(len(text.encode())))
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(text.encode())
