# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""One question to one name server: over UDP, and over TCP where the answer was cut off (RFC 7766)."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from typing import Any

from .answer import Answer, Outcome
from .deadline import left
from .names import parse
from .reading import Unusable, read

PAYLOAD = 1232
"""Octets of an answer over UDP that pass every usual path in one piece."""


@dataclass(frozen=True)
class Server:
    """A name server's address and port."""

    address: str
    port: int


class _CutOff(Exception):
    """The answer over UDP is not whole."""


class Exchange:
    """A question in the form for the wire; every try is a fresh query with an id and a port of its own."""

    def __init__(self, name: str, kind: str, *, validating: bool) -> None:
        """``name`` is canonical. ``validating`` says whether the servers' AD bit counts."""
        self._name, self._kind, self._validating = name, kind, validating
        self._qname = parse(name)

    def ask(self, server: Server, timeout: float) -> Answer:
        """Ask once, waiting for ``timeout`` seconds in all. Never raises for what a server or the network does."""
        import dns.rcode

        end = time.monotonic() + timeout
        try:
            message = self._reply(self._query(True), server, end)
            if message.rcode() in (dns.rcode.FORMERR, dns.rcode.NOTIMP, dns.rcode.BADVERS):
                # Servers from before EDNS say so to its record (RFC 6891 §7).
                message = self._reply(self._query(False), server, end)
            return read(message, self._name, self._kind, validating=self._validating)
        except Unusable as error:
            text = f"The name server {server.address} answers for {self._name} with what is no answer: {error}"
            return self._failed(Outcome.MALFORMED, text)
        except TimeoutError:
            return self._failed(
                Outcome.TIMEOUT, f"The name server {server.address} did not answer for {self._name} in time."
            )
        except OSError as error:
            reason = error.strerror or type(error).__name__
            return self._failed(
                Outcome.TIMEOUT, f"The name server {server.address} port {server.port} can't be asked: {reason}."
            )
        except Exception as error:  # A parser of hostile input may stumble in any way.
            text = f"The answer of {server.address} for {self._name} can't be read ({type(error).__name__})."
            return self._failed(Outcome.MALFORMED, text)

    def _failed(self, outcome: Outcome, detail: str) -> Answer:
        return Answer(self._name, self._kind, outcome, detail=detail)

    def _query(self, extended: bool) -> Any:
        import dns.flags
        import dns.message

        if not extended:
            return dns.message.make_query(self._qname, self._kind)
        query = dns.message.make_query(self._qname, self._kind, use_edns=0, want_dnssec=True, payload=PAYLOAD)
        query.flags |= dns.flags.AD
        return query

    def _reply(self, query: Any, server: Server, end: float) -> Any:
        try:
            return self._by_udp(query, server, end)
        except _CutOff:
            return self._by_tcp(query, server, end)

    def _by_udp(self, query: Any, server: Server, end: float) -> Any:
        """Return the first datagram that answers the query; what is forged or garbage does not end the wait."""
        rubbish = ""
        with _connected(server, socket.SOCK_DGRAM, end) as sock:
            sock.send(query.to_wire())
            while True:
                try:
                    sock.settimeout(left(end))
                    wire = sock.recv(65535)
                except TimeoutError:
                    if rubbish:
                        raise Unusable(rubbish) from None
                    raise
                try:
                    return _parsed(wire, query)
                except Unusable as error:
                    rubbish = str(error)

    def _by_tcp(self, query: Any, server: Server, end: float) -> Any:
        wire = query.to_wire()
        with _connected(server, socket.SOCK_STREAM, end) as sock:
            sock.sendall(len(wire).to_bytes(2, "big") + wire)
            length = int.from_bytes(_receive(sock, 2, end), "big")
            data = _receive(sock, length, end)
        return _parsed(data, query, whole=True)


def _connected(server: Server, kind: socket.SocketKind, end: float) -> socket.socket:
    """Return a socket that hears from this server only. Raises OSError."""
    found = socket.getaddrinfo(server.address, server.port, type=kind, flags=socket.AI_NUMERICHOST)
    family, _kind, protocol, _name, address = found[0]
    sock = socket.socket(family, kind, protocol)
    try:
        sock.settimeout(left(end))
        sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock


def _receive(sock: socket.socket, size: int, end: float) -> bytes:
    data = b""
    while len(data) < size:
        sock.settimeout(left(end))
        piece = sock.recv(size - len(data))
        if not piece:
            raise Unusable("the connection was closed before it was whole.")
        data += piece
    return data


def _parsed(wire: bytes, query: Any, *, whole: bool = False) -> Any:
    """Return the message that answers ``query``. Raises :class:`Unusable`, :class:`_CutOff`."""
    import dns.exception
    import dns.message

    # The id first, so that a forged datagram costs nothing more.
    if len(wire) < 12 or int.from_bytes(wire[:2], "big") != query.id:
        raise Unusable("it has another id." if len(wire) >= 12 else "it is too short.")
    try:
        message = dns.message.from_wire(wire, raise_on_truncation=not whole)
    except dns.message.Truncated:
        raise _CutOff from None
    except Exception as error:  # A parser of hostile input may stumble in any way.
        raise Unusable(f"it can't be read ({type(error).__name__}).") from None
    if not query.is_response(message):
        raise Unusable("it is for another question.")
    return message
