# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small dialogue and small servers for the driver's tests: real sockets on loopback, no mail protocol."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import trustme

from ansible_collections.mailops.mailbox.plugins.module_utils._driver.connection import Connection
from ansible_collections.mailops.mailbox.plugins.module_utils._driver.loop import Loop
from ansible_collections.mailops.mailbox.plugins.module_utils._driver.resolver import Resolver
from ansible_collections.mailops.mailbox.plugins.module_utils._driver.tls import TlsSettings
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol, Security, Stage
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import (
    Expect,
    Flow,
    LimitExceeded,
    Secret,
    Send,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.dialogue import Dialogue
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import Target, TlsPlan


class LineFramer:
    """Frames are lines; 1 KiB at most."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) > 1024:
            raise LimitExceeded("line", 1024, self._buffer[:64])

    def next_frame(self) -> bytes | None:
        line, end, rest = self._buffer.partition(b"\n")
        if not end:
            return None
        self._buffer = rest
        return line

    @property
    def pending(self) -> bytes:
        return self._buffer


class LineDialogue(Dialogue):
    """Reads a greeting, says ``hello`` (and a secret, if given), reads a line."""

    def __init__(self, target: Target, *, secret: bytes | None = None) -> None:
        super().__init__(target, LineFramer())
        self.secret = secret
        self.heard: list[bytes] = []

    def converse(self) -> Flow:
        yield from self.stage(Stage.GREETING)
        self.evidence.greeting = yield from self.expect()
        yield from self.stage(Stage.AUTH)
        yield Send((b"hello ", Secret(self.secret), b"\n") if self.secret else (b"hello\n",))
        self.heard.append((yield Expect()))


class Lab:
    """Runs dialogues and keeps the servers of one test."""

    def __init__(self) -> None:
        self.ca = trustme.CA()
        self.certificate = self.ca.issue_cert("localhost", "127.0.0.1")
        self.received: list[bytes] = []
        self._stack = contextlib.ExitStack()

    def serve(self, handle: Callable[[socket.socket], None], *, tls: bool = False, host: str = "127.0.0.1") -> int:
        """Serve each connection by ``handle`` in a thread and return the port."""
        listener = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.certificate.configure_cert(context)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    sock, _unused = listener.accept()
                    threading.Thread(target=run, args=(sock,), daemon=True).start()

        def run(sock: socket.socket) -> None:
            with contextlib.suppress(OSError), sock:
                handle(context.wrap_socket(sock, server_side=True) if tls else sock)

        threading.Thread(target=accept, daemon=True).start()
        self._stack.callback(listener.close)
        return int(listener.getsockname()[1])

    def target(self, port: int, *, host: str = "127.0.0.1", tls: bool = False, **tls_plan: Any) -> Target:
        ca = str(self.ca_file) if tls else None
        plan = TlsPlan(**{"server_name": host, "ca": ca, **tls_plan})
        return Target(Protocol.SMTP, host, port, Security.TLS if tls else Security.NONE, plan)

    def run(self, *dialogues: Dialogue, timeout: float = 5.0, resolver: Resolver | None = None) -> None:
        loop = Loop()
        done: list[int] = []
        try:
            for dialogue in dialogues:
                Connection(
                    loop,
                    dialogue,
                    resolver=resolver or Resolver(),
                    tls_settings=TlsSettings(),
                    timeout=timeout,
                    deadline=loop.clock() + timeout,
                    on_done=lambda: done.append(1),
                ).start()
            loop.run_until(lambda: len(done) == len(dialogues))
        finally:
            loop.close()

    def close(self) -> None:
        self._stack.close()


@pytest.fixture
def lab(tmp_path: Any) -> Iterator[Lab]:
    lab = Lab()
    lab.ca_file = tmp_path / "ca.pem"  # type: ignore[attr-defined]
    lab.ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    yield lab
    lab.close()


@pytest.fixture
def dialogue_type() -> type[LineDialogue]:
    return LineDialogue
