# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A scripted server over real sockets, for what no honest server does: hangs, odd replies, attacks.

A script is a list of steps; a step is a callable that gets the :class:`Peer`. Every connection runs the script from its
start, in a thread of its own. What clients sent is kept, apart for before and inside TLS.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType


class Gone(Exception):
    """The client has closed, or the server is being stopped."""


class Peer:
    """One accepted connection, as steps see it."""

    def __init__(self, sock: socket.socket, stopped: threading.Event) -> None:
        self.sock = sock
        self.stopped = stopped
        self.clear = bytearray()
        self.secured = bytearray()
        self._unread = bytearray()

    def send(self, data: bytes) -> None:
        """Write everything."""
        try:
            self.sock.sendall(data)
        except OSError as problem:
            raise Gone from problem

    @property
    def unread(self) -> bytes:
        """What has arrived and was not read by a step."""
        return bytes(self._unread)

    def line(self) -> bytes:
        """Read one line, with its end."""
        while b"\n" not in self._unread:
            self._receive()
        end = self._unread.index(b"\n") + 1
        line = bytes(self._unread[:end])
        del self._unread[:end]
        return line

    def read(self, count: int) -> bytes:
        """Read exactly ``count`` bytes."""
        while len(self._unread) < count:
            self._receive()
        data = bytes(self._unread[:count])
        del self._unread[:count]
        return data

    def starttls(self, context: ssl.SSLContext) -> None:
        """Become the server's side of TLS; bytes that came early stay recorded and are dropped."""
        self._unread.clear()
        try:
            self.sock = context.wrap_socket(self.sock, server_side=True)
        except OSError as problem:
            raise Gone from problem

    def pause(self, seconds: float) -> None:
        """Do nothing for a while; ends early when the server is stopped."""
        if self.stopped.wait(seconds):
            raise Gone

    def drain(self) -> None:
        """Read and record until the client closes."""
        while True:
            self._receive()
            self._unread.clear()

    def reset(self) -> None:
        """Close with a RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Gone

    def _receive(self) -> None:
        try:
            data = self.sock.recv(65536)
        except OSError as problem:
            raise Gone from problem
        if not data:
            raise Gone
        (self.secured if isinstance(self.sock, ssl.SSLSocket) else self.clear).extend(data)
        self._unread += data


Step = Callable[[Peer], None]


class ScriptedServer:
    """Listens on a free port of ``host``, or on ``port``; with ``tls`` every connection begins with a handshake."""

    def __init__(
        self, script: Sequence[Step], *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.script, self.tls = list(script), tls
        self.peers: list[Peer] = []
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server((host, port), backlog=256)
        self.host, self.port = host, int(self._listener.getsockname()[1])

    def start(self) -> ScriptedServer:
        """Accept connections until :meth:`stop`."""
        self._spawn(self._accept)
        return self

    def finish(self, seconds: float) -> None:
        """Take no more connections, and give those that are there the time to read what the client wrote last."""
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(seconds)

    def stop(self) -> None:
        """Close everything and wait for the threads."""
        self._stopped.set()
        # A close alone does not wake a thread that waits in accept.
        for sock in [self._listener, *(peer.sock for peer in self.peers)]:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(10)
        self._listener.close()

    def __enter__(self) -> ScriptedServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def connections(self) -> int:
        """How many connections were accepted."""
        return len(self.peers)

    @property
    def clear(self) -> bytes:
        """Every byte that clients sent outside TLS."""
        return b"".join(bytes(peer.clear) for peer in self.peers)

    @property
    def secured(self) -> bytes:
        """Every byte that clients sent inside TLS."""
        return b"".join(bytes(peer.secured) for peer in self.peers)

    @property
    def received(self) -> bytes:
        """Every byte that clients sent, per connection first what was in the clear."""
        return b"".join(bytes(peer.clear + peer.secured) for peer in self.peers)

    def _spawn(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                sock, _address = self._listener.accept()
            except OSError:
                return
            # Or a small reply waits in the kernel for an ACK, and is lost when the next step is a reset.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer = Peer(sock, self._stopped)
            self.peers.append(peer)
            self._spawn(lambda peer=peer: self._serve(peer))  # type: ignore[misc]

    def _serve(self, peer: Peer) -> None:
        with contextlib.suppress(Gone):
            if self.tls is not None:
                peer.starttls(self.tls)
            for step in self.script:
                step(peer)
        peer.sock.close()


def server_context(cert: str, key: str) -> ssl.SSLContext:
    """Return a TLS context for a leaf of the lab."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


def send(data: bytes) -> Step:
    """Step: write ``data``."""
    return lambda peer: peer.send(data)


def expect(prefix: bytes) -> Step:
    """Step: read lines until one begins with ``prefix`` (letters of either case)."""

    def step(peer: Peer) -> None:
        while not peer.line().upper().startswith(prefix.upper()):
            pass

    return step


def sleep(seconds: float) -> Step:
    """Step: wait."""
    return lambda peer: peer.pause(seconds)


def starttls(context: ssl.SSLContext) -> Step:
    """Step: TLS handshake."""
    return lambda peer: peer.starttls(context)


def hang() -> Step:
    """Step: read and say nothing until the client gives up."""
    return lambda peer: peer.drain()


def close() -> Step:
    """Step: close at once."""

    def step(peer: Peer) -> None:
        raise Gone

    return step


def reset() -> Step:
    """Step: close with a RST."""
    return lambda peer: peer.reset()


def drip(data: bytes, every: float = 1.0) -> Step:
    """Step: write one byte at a time."""

    def step(peer: Peer) -> None:
        for byte in data:
            peer.send(bytes([byte]))
            peer.pause(every)

    return step


def flood(chunk: bytes) -> Step:
    """Step: write ``chunk`` for as long as the client takes it."""

    def step(peer: Peer) -> None:
        while not peer.stopped.is_set():
            peer.send(chunk)

    return step


def smtp_loop(replies: Mapping[bytes, bytes], default: bytes = b"250 2.0.0 OK\r\n") -> Step:
    """Step: answer every command by its verb (upper case) until QUIT; a reply of ``b""`` closes without a word."""

    def step(peer: Peer) -> None:
        while True:
            words = peer.line().split()
            verb = words[0].upper() if words else b""
            reply = replies.get(verb, b"221 2.0.0 Bye\r\n" if verb == b"QUIT" else default)
            if not reply:
                raise Gone
            peer.send(reply)
            if verb == b"QUIT":
                return

    return step


def imap_loop(replies: Mapping[bytes, bytes], default: bytes = b"%t OK done\r\n") -> Step:
    """Step: answer every command by its name (upper case) until LOGOUT; ``%t`` in a reply stands for the tag."""

    def step(peer: Peer) -> None:
        while True:
            words = peer.line().split()
            if len(words) < 2:
                peer.send(b"* BAD no command\r\n")
                continue
            name = words[1].upper()
            reply = replies.get(name, b"* BYE\r\n%t OK\r\n" if name == b"LOGOUT" else default)
            if not reply:
                raise Gone
            peer.send(reply.replace(b"%t", words[0]))
            if name == b"LOGOUT":
                return

    return step
