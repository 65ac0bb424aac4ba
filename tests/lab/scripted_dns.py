# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A name server that does as it is told: slow, silent, lying, endless. UDP and TCP over real sockets."""

from __future__ import annotations

import contextlib
import functools
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Union

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rrset
from procs import LabError, free_port

Step = Union[bytes, float]
"""A message to send, or seconds to wait first."""

Script = Callable[[Any, bool], Iterable[Step]]
"""Gets the query (dnspython's message) and whether it came over TCP; says what happens then."""


@dataclass
class ScriptedDns:
    """``with ScriptedDns(script) as server``; ``questions`` has what was asked: name, kind, and ``udp`` or ``tcp``."""

    script: Script
    address: str = "127.0.0.1"
    port: int = 0
    questions: list[tuple[str, str, str]] = field(default_factory=list)

    def __enter__(self) -> ScriptedDns:
        for _unused in range(50):
            self.port = free_port()
            self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._tcp = socket.socket()
            self._tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                self._udp.bind((self.address, self.port))
                self._tcp.bind((self.address, self.port))
            except OSError:
                self._close()
                continue
            break
        else:
            raise LabError("no port was free for UDP and TCP.")
        self._tcp.listen(50)
        self._over = threading.Event()
        for work in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=work, daemon=True).start()
        return self

    def __exit__(self, *_unused: object) -> None:
        self._over.set()
        self._close()

    def _close(self) -> None:
        for sock in (self._udp, self._tcp):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _serve_udp(self) -> None:
        while not self._over.is_set():
            try:
                data, peer = self._udp.recvfrom(65535)
            except OSError:
                return
            if self._over.is_set():
                return
            send = functools.partial(self._answer, peer)
            threading.Thread(target=self._play, args=(data, False, send), daemon=True).start()

    def _answer(self, peer: Any, piece: bytes) -> None:
        self._udp.sendto(piece, peer)

    def _serve_tcp(self) -> None:
        while not self._over.is_set():
            try:
                sock, _peer = self._tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(sock,), daemon=True).start()

    def _converse(self, sock: socket.socket) -> None:
        with sock, contextlib.suppress(OSError):
            sock.settimeout(30)
            head = sock.recv(2, socket.MSG_WAITALL)
            data = sock.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL)
            if data:
                self._play(data, True, sock.sendall)

    def _play(self, data: bytes, tcp: bool, send: Callable[[bytes], Any]) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        kind = dns.rdatatype.to_text(question.rdtype)
        self.questions.append((question.name.to_text(True).lower(), kind, "tcp" if tcp else "udp"))
        with contextlib.suppress(OSError):
            for step in self.script(query, tcp):
                if isinstance(step, bytes):
                    send(step)
                elif self._over.wait(step):
                    return


def reply(query: Any, *records: str, rcode: str = "NOERROR", flags: int = 0) -> Any:
    """Return a response as a message; a record is ``name ttl kind data``, "@" being the name that was asked for."""
    message = dns.message.make_response(query)
    message.flags |= dns.flags.RA | flags
    message.set_rcode(dns.rcode.from_text(rcode))
    for record in records:
        name, ttl, kind, data = record.split(" ", 3)
        owner = query.question[0].name if name == "@" else dns.name.from_text(name)
        message.answer.append(dns.rrset.from_text(owner, int(ttl), "IN", kind, data))
    return message


def framed(wire: bytes, tcp: bool) -> bytes:
    """Return a message as the transport wants it."""
    return len(wire).to_bytes(2, "big") + wire if tcp else wire


def answering(*records: str, rcode: str = "NOERROR", flags: int = 0, after: float = 0.0) -> Script:
    """Answer every question with these records, ``after`` seconds."""

    def script(query: Any, tcp: bool) -> Iterable[Step]:
        yield after
        yield framed(reply(query, *records, rcode=rcode, flags=flags).to_wire(max_size=65535), tcp)

    return script


def silent(_query: Any, _tcp: bool) -> Iterable[Step]:
    """Say nothing; keep a connection open."""
    yield 30.0


def wrong_id(query: Any, tcp: bool) -> Iterable[Step]:
    """Answer another query."""
    message = reply(query, "@ 60 A 192.0.2.66")
    message.id = (query.id + 1) % 65536
    yield framed(message.to_wire(), tcp)


def wrong_question(query: Any, tcp: bool) -> Iterable[Step]:
    """Answer another question under the right id."""
    other = dns.message.make_query("elsewhere.test.", "A")
    other.id = query.id
    yield framed(reply(other, "@ 60 A 192.0.2.66").to_wire(), tcp)


def garbage(query: Any, tcp: bool) -> Iterable[Step]:
    """Send the right id, and then what is no message."""
    yield framed(query.id.to_bytes(2, "big") + b"\x84\x00" + b"\xff" * 60, tcp)


def truncated(then: Script) -> Script:
    """Say over UDP that the answer is cut off; ``then`` is what happens over TCP."""

    def script(query: Any, tcp: bool) -> Iterable[Step]:
        if tcp:
            yield from then(query, tcp)
        else:
            yield reply(query, flags=dns.flags.TC).to_wire()

    return script


def endless(_query: Any, tcp: bool) -> Iterable[Step]:
    """Announce the longest message there is, and send it byte by byte."""
    if tcp:
        yield b"\xff\xff"
        for _unused in range(65535):
            yield b"\x00"
            yield 0.05


def closing(_query: Any, tcp: bool) -> Iterable[Step]:
    """Announce a message, and close in its middle."""
    if tcp:
        yield b"\x00\x50\x00\x00"


def at_once(*scripts: Script) -> Script:
    """Play one script after the other for every query, such as a forged answer before the true one."""

    def script(query: Any, tcp: bool) -> Iterable[Step]:
        for part in scripts:
            yield from part(query, tcp)

    return script
