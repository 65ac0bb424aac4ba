# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Web servers of many hosts on one loopback address: https at 443 as it should be or not, and what comes to port 80.

The host name in the client's TLS greeting decides the certificate; host and path decide what is sent.
"""

from __future__ import annotations

import contextlib
import datetime
import random
import socket
import ssl
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Union

import trustme
from procs import LabError

Step = Union[bytes, float]
"""Octets to send, or seconds to wait first."""

Script = Callable[[], Iterable[Step]]
"""Everything that is sent for a request, the head of the response included."""


class Certificate(str, Enum):
    """What a host presents."""

    GOOD = "good"
    EXPIRED = "expired"
    WRONG_NAME = "wrong_name"
    UNKNOWN_CA = "unknown_ca"
    SILENT = "silent"
    """None: the server takes the connection, and says nothing while the client waits for TLS."""
    PLAIN = "plain"
    """None: the server answers in plain HTTP."""
    OLD_TLS = "old_tls"
    """A good one, over TLS 1.1 at most."""


@dataclass(frozen=True)
class Request:
    """What a client asked for: ``host`` is that of the Host header, ``path`` has the query, ``raw`` is all of it."""

    host: str
    path: str
    raw: bytes


@dataclass
class HttpsLab:
    """``ca`` is the file to trust. ``requests`` and ``plain`` have what was asked, and what came to port 80."""

    address: str = ""
    requests: list[Request] = field(default_factory=list)
    plain: list[bytes] = field(default_factory=list)
    _pages: dict[tuple[str, str], Script] = field(default_factory=dict)
    _certificates: dict[str, Certificate] = field(default_factory=dict)
    _contexts: dict[tuple[str, Certificate], ssl.SSLContext] = field(default_factory=dict)

    def start(self) -> HttpsLab:
        """Listen on ports 443 and 80 of a loopback address that nobody else has."""
        self._folder = tempfile.TemporaryDirectory(prefix="mbweb-", dir="/tmp")
        self._authority, self._stranger = trustme.CA(organization_name="Lab"), trustme.CA(organization_name="Stranger")
        self.ca = str(Path(self._folder.name) / "ca.pem")
        self._authority.cert_pem.write_to_path(self.ca)
        self._over = threading.Event()
        self._old = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._old.set_ciphers("DEFAULT:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            self._old.maximum_version = ssl.TLSVersion.TLSv1_1
        self._listen()
        threading.Thread(target=self._accept, args=(self._secure, self._converse), daemon=True).start()
        threading.Thread(target=self._accept, args=(self._open, self._record), daemon=True).start()
        return self

    def stop(self) -> None:
        """End both."""
        self._over.set()
        for listener in (self._secure, self._open):
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self._folder.cleanup()

    def reset(self) -> None:
        """Forget pages, certificates and requests."""
        for part in (self.requests, self.plain, self._pages, self._certificates):
            part.clear()

    def serve(self, url: str, page: Script | bytes | str, certificate: Certificate = Certificate.GOOD) -> None:
        """Answer requests for ``url`` (without a query) by a script, or by a page of XML.

        All pages of a host have the certificate that was named last. What nothing is served for is answered 404.
        """
        host, _slash, path = url.removeprefix("https://").partition("/")
        if isinstance(page, str):
            page = page.encode()
        script = response(page, content_type="text/xml") if isinstance(page, bytes) else page
        self._pages[(host.lower(), f"/{path}")] = script
        self._certificates[host.lower()] = certificate

    def _listen(self) -> None:
        for _unused in range(50):
            self.address = f"127.{random.randint(40, 90)}.{random.randint(0, 250)}.{random.randint(1, 250)}"
            self._secure, self._open = socket.socket(), socket.socket()
            try:
                for listener, port in ((self._secure, 443), (self._open, 80)):
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    listener.bind((self.address, port))
                    listener.listen(100)
                return
            except PermissionError:
                raise LabError("ports 443 and 80 need root.") from None
            except OSError:
                self._secure.close()
                self._open.close()
        raise LabError("no loopback address has ports 443 and 80 free.")

    def _accept(self, listener: socket.socket, converse: Callable[[socket.socket], None]) -> None:
        while True:
            try:
                sock, _peer = listener.accept()
            except OSError:
                return
            sock.settimeout(30)
            threading.Thread(target=converse, args=(sock,), daemon=True).start()

    def _record(self, sock: socket.socket) -> None:
        with sock, contextlib.suppress(OSError):
            self.plain.append(sock.recv(4096))
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nplain")

    def _converse(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), sock:
            greeting = sock.recv(4096, socket.MSG_PEEK)
            named = {kind for name, kind in list(self._certificates.items()) if name.encode() in greeting}
            if Certificate.SILENT in named:
                self._over.wait(30)
                return
            if Certificate.PLAIN in named:
                sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                return
            context = self._old if Certificate.OLD_TLS in named else ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.sni_callback = self._choose
            with context.wrap_socket(sock, server_side=True) as tls:
                self._answer(tls)

    def _choose(self, tls: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        host = (name or self.address).lower()
        tls.context = self._context(host, self._certificates.get(host, Certificate.GOOD))

    def _context(self, host: str, certificate: Certificate) -> ssl.SSLContext:
        key = (host, certificate)
        if key not in self._contexts:
            past = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
            if certificate is Certificate.EXPIRED:
                leaf = self._authority.issue_cert(host, not_before=past, not_after=past + datetime.timedelta(days=365))
            elif certificate is Certificate.WRONG_NAME:
                leaf = self._authority.issue_cert("elsewhere.test")
            else:
                authority = self._stranger if certificate is Certificate.UNKNOWN_CA else self._authority
                leaf = authority.issue_cert(host)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            leaf.configure_cert(context)
            self._contexts[key] = context
        return self._contexts[key]

    def _answer(self, tls: ssl.SSLSocket) -> None:
        raw = b""
        while b"\r\n\r\n" not in raw:
            piece = tls.recv(4096)
            if not piece:
                return
            raw += piece
        head = raw.decode("latin-1").split("\r\n")
        path = head[0].split(" ")[1]
        host = next((line[5:].strip() for line in head[1:] if line.lower().startswith("host:")), "").lower()
        self.requests.append(Request(host, path, raw))
        script = self._pages.get((host, path.partition("?")[0]), response(b"", status="404 Not Found"))
        for step in script():
            if isinstance(step, bytes):
                tls.sendall(step)
            elif self._over.wait(step):
                return
        with contextlib.suppress(OSError):
            tls.settimeout(2)
            tls.unwrap()


def head(status: str = "200 OK", *headers: str) -> bytes:
    """Return the head of a response; a header is a whole line."""
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode("latin-1")


def response(
    body: bytes, *headers: str, status: str = "200 OK", content_type: str = "text/plain", after: float = 0.0
) -> Script:
    """Send a page as it should be, ``after`` seconds."""

    def script() -> Iterable[Step]:
        yield after
        yield head(status, f"Content-Type: {content_type}", f"Content-Length: {len(body)}", *headers) + body

    return script


def redirect(location: str, status: str = "302 Found") -> Script:
    """Redirect to a URL."""
    return response(b"", f"Location: {location}", status=status)


def raw(*steps: Step) -> Script:
    """Send exactly this."""
    return lambda: steps


def cut(*steps: Step) -> Script:
    """Send exactly this, and close the connection without the end of TLS."""

    def script() -> Iterable[Step]:
        yield from steps
        raise ConnectionAbortedError

    return script


def drip(body: bytes, pause: float = 0.05) -> Script:
    """Send a page octet by octet."""

    def script() -> Iterable[Step]:
        yield head("200 OK", "Content-Type: text/xml", f"Content-Length: {len(body)}")
        for octet in body:
            yield bytes([octet])
            yield pause

    return script


def dripping_head(pause: float = 0.05) -> Script:
    """Begin a head that never ends, octet by octet."""

    def script() -> Iterable[Step]:
        yield b"HTTP/1.1 200 OK\r\nX-Long: "
        for _unused in range(10000):
            yield b"x"
            yield pause

    return script


def endless(*, chunked: bool) -> Script:
    """Send a body that never ends, in chunks or until the connection closes."""

    def script() -> Iterable[Step]:
        yield head("200 OK", "Content-Type: text/xml", *(["Transfer-Encoding: chunked"] if chunked else []))
        piece = b"x" * 8192
        while True:
            yield b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece

    return script


def in_chunks(*pieces: bytes) -> Script:
    """Send a page in chunks (RFC 9112 §7.1)."""

    def script() -> Iterable[Step]:
        yield head("200 OK", "Content-Type: text/xml", "Transfer-Encoding: chunked")
        for piece in pieces:
            yield b"%x\r\n%s\r\n" % (len(piece), piece)
        yield b"0\r\n\r\n"

    return script
