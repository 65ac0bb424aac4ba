# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A relay that delays both directions and counts how often the direction changes: round trips, without a clock."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType


@dataclass
class Crossing:
    """One relayed connection: the direction of each run of bytes, as they left their sender."""

    directions: list[str] = field(default_factory=list)

    @property
    def flights(self) -> int:
        """Round trips: one for TCP, and one for each time the server's turn begins.

        Every turn of the server ends a round trip, whether the client spoke before it or only waited for a greeting.
        """
        return 1 + self.directions.count("server")


class Relay:
    """Relays ``host:port``; every byte takes ``delay`` seconds on its way."""

    def __init__(self, host: str, port: int, delay: float) -> None:
        self._target = (host, port)
        self._delay = delay
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.crossings: list[Crossing] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Relay:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _unused = self._listener.accept()
                server = socket.create_connection(self._target)
                for sock in (client, server):
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                crossing = Crossing()
                self.crossings.append(crossing)
                self._pump(client, server, "client", crossing)
                self._pump(server, client, "server", crossing)

    def _pump(self, source: socket.socket, sink: socket.socket, name: str, crossing: Crossing) -> None:
        """Read without waiting and write when the delay is over, so that a delayed byte holds up none behind it."""
        waiting: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()

        def read() -> None:
            with contextlib.suppress(OSError):
                while data := source.recv(65536):
                    # At a server's end bytes arrive a delay before they reach the client, so both ends of the line
                    # are counted where the client is: its own bytes when sent, the server's when delivered.
                    if name == "client":
                        self._count(crossing, name)
                    waiting.put((time.monotonic() + self._delay, data))
            waiting.put((time.monotonic() + self._delay, b""))

        def write() -> None:
            with contextlib.suppress(OSError):
                while True:
                    due, data = waiting.get()
                    time.sleep(max(0.0, due - time.monotonic()))
                    if not data:
                        sink.shutdown(socket.SHUT_WR)
                        return
                    if name == "server":
                        self._count(crossing, name)
                    sink.sendall(data)

        for target in (read, write):
            threading.Thread(target=target, daemon=True).start()

    def _count(self, crossing: Crossing, name: str) -> None:
        with self._lock:
            if not crossing.directions or crossing.directions[-1] != name:
                crossing.directions.append(name)
