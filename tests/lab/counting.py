# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A relay that counts, for each address that it listens on, how many connections are open and when each began.

One thread, one selector: what has ended is taken out before what has begun is counted, so that a client that closes
one connection and then opens another is never seen with two.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType


@dataclass
class Seen:
    """What an address saw."""

    now: int = 0
    most: int = 0
    begun: list[float] = field(default_factory=list)
    ports: Counter[int] = field(default_factory=Counter)

    def most_within(self, seconds: float) -> int:
        """The most connections that began in any stretch of so many seconds."""
        return max((sum(start <= at < start + seconds for at in self.begun) for start in self.begun), default=0)


class CountingRelay:
    """``listen(address, target)`` returns the port of a new listener; a target of None takes bytes and says nothing."""

    def __init__(self) -> None:
        self.at: dict[str, Seen] = {}
        self._selector = selectors.DefaultSelector()
        self._listeners: dict[socket.socket, tuple[str, int | None]] = {}
        self._peers: dict[socket.socket, socket.socket | None] = {}
        self._home: dict[socket.socket, str] = {}
        self._unsent: dict[socket.socket, bytearray] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def listen(self, address: str, target: int | None) -> int:
        """Listen on a free port of ``address`` and relay to port ``target`` of 127.0.0.1."""
        listener = socket.create_server((address, 0), backlog=256)
        listener.setblocking(False)
        self._listeners[listener] = address, target
        self.at.setdefault(address, Seen())
        self._selector.register(listener, selectors.EVENT_READ)
        return int(listener.getsockname()[1])

    def __enter__(self) -> CountingRelay:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(10)
        for sock in [*self._listeners, *self._peers]:
            sock.close()
        self._selector.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            ready = self._selector.select(0.1)
            for key, events in ready:
                if key.fileobj not in self._listeners and isinstance(key.fileobj, socket.socket):
                    self._move(key.fileobj, events)
            for key, _events in ready:
                if key.fileobj in self._listeners and isinstance(key.fileobj, socket.socket):
                    self._accept(key.fileobj)

    def _accept(self, listener: socket.socket) -> None:
        address, target = self._listeners[listener]
        try:
            client, _peer = listener.accept()
        except OSError:
            return
        seen = self.at[address]
        seen.now += 1
        seen.most = max(seen.most, seen.now)
        seen.begun.append(time.monotonic())
        seen.ports[int(listener.getsockname()[1])] += 1
        self._home[client] = address
        server = socket.create_connection(("127.0.0.1", target)) if target is not None else None
        for one, other in ((client, server), (server, client)):
            if one is not None:
                one.setblocking(False)
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._peers[one] = other
                self._unsent[one] = bytearray()
                self._selector.register(one, selectors.EVENT_READ)

    def _move(self, sock: socket.socket, events: int) -> None:
        if sock not in self._peers:
            return
        if events & selectors.EVENT_WRITE:
            self._flush(sock)
        # To the end, because the client's close may stand behind what it said last.
        while events & selectors.EVENT_READ and sock in self._peers:
            try:
                data = sock.recv(65536)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            peer = self._peers[sock]
            if not data:
                self._end(sock)
            elif peer is not None:
                self._unsent[peer] += data
                self._flush(peer)

    def _flush(self, sock: socket.socket) -> None:
        try:
            while self._unsent[sock]:
                del self._unsent[sock][: sock.send(self._unsent[sock])]
        except BlockingIOError:
            pass
        except OSError:
            self._end(sock)
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._unsent[sock] else 0)
        self._selector.modify(sock, wanted)

    def _end(self, sock: socket.socket) -> None:
        peer = self._peers.get(sock)
        for one in (sock, peer):
            if one is not None and one in self._peers:
                # What one side said last is still delivered.
                with contextlib.suppress(OSError):
                    one.sendall(self._unsent[one])
                self._selector.unregister(one)
                del self._peers[one], self._unsent[one]
                one.close()
                if one in self._home:
                    self.at[self._home.pop(one)].now -= 1
