# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Reads clientConfig 1.1, the XML by which a mail domain or a database describes its servers.

The file comes from strangers. It may not have a document type (so that no entity exists but the five of XML), and size,
depth and count of elements are bounded; nothing in it makes this module raise or read anything else. What is not known
is passed over, as the format asks for; a server whose description can't be used is left out, and a note says why.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from xml.parsers import expat

from .._models.address import a_label, host_name
from .._models.names import Protocol, Security

MAX_BYTES = 131072
MAX_DEPTH = 12
MAX_ELEMENTS = 3000
MAX_TEXT = 1024
MAX_SERVERS = 20

PLACEHOLDER = re.compile(r"%[A-Z]+%")
_KNOWN_PLACEHOLDERS = ("%EMAILADDRESS%", "%EMAILLOCALPART%", "%EMAILDOMAIN%")
_ENCODINGS = ("utf-8", "us-ascii", "iso-8859-1", "utf-16")
_SECURITY = {"ssl": Security.TLS, "starttls": Security.STARTTLS, "plain": Security.NONE}
_TYPES = {"imap": Protocol.IMAP, "smtp": Protocol.SMTP}
_UNPRINTABLE = re.compile(r"[\s\x00-\x1f\x7f]")
_SERVER_TEXTS = ("hostname", "port", "socketType", "username")


@dataclass(frozen=True)
class Server:
    """A server as the file describes it; host and user name may still hold placeholders.

    ``authentication`` are the words of the file, in its order; ``position`` counts the file's servers from 0.
    """

    protocol: Protocol
    host: str
    port: int
    security: Security
    username: str
    authentication: tuple[str, ...]
    position: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClientConfig:
    """What a file says. ``domains`` are in lower case as A-labels; ``skipped`` says which servers can't be used."""

    name: str
    domains: tuple[str, ...]
    servers: tuple[Server, ...]
    pop3: bool = False
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unreadable:
    """Why a file is not used, as the end of a sentence; ``hostile`` where it tries what no such file needs."""

    why: str
    hostile: bool = False


class _Refused(Exception):
    def __init__(self, why: str, hostile: bool = False) -> None:
        super().__init__(why)
        self.reason = Unreadable(why, hostile)


def read(body: bytes) -> ClientConfig | Unreadable:
    """Return what ``body`` describes, or why it is not used; never raises."""
    if len(body) > MAX_BYTES:
        return Unreadable(f"is larger than {MAX_BYTES} octets", hostile=True)
    reader = _Reader()
    try:
        reader.parse(body)
    except _Refused as refused:
        return refused.reason
    except (expat.ExpatError, ValueError, LookupError) as error:
        place = f" (line {error.lineno})" if isinstance(error, expat.ExpatError) else ""
        return Unreadable(f"is not well-formed XML{place}")
    if not reader.is_config:
        return Unreadable("is XML, but not a clientConfig")
    if not reader.has_provider:
        return Unreadable("holds no emailProvider")
    return reader.config()


def is_web_page(body: bytes, content_type: str = "") -> bool:
    """Tell whether this is HTML: what web servers answer for addresses that they don't know."""
    begin = body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return content_type.partition(";")[0].strip().lower() == "text/html" or begin.startswith(
        (b"<!doctype html", b"<html")
    )


class _Reader:
    """Collects the first ``emailProvider`` of a file."""

    def __init__(self) -> None:
        self.is_config = False
        self.has_provider = False
        self._path: list[str] = []
        self._count = 0
        self._text: list[str] = []
        self._length = 0
        self._name = ""
        self._domains: list[str] = []
        self._servers: list[Server] = []
        self._skipped: list[str] = []
        self._pop3 = False
        self._inside = False
        self._kind = ""
        self._fields: dict[str, str] = {}
        self._authentication: list[str] = []

    def parse(self, body: bytes) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.XmlDeclHandler = self._declared
        parser.StartDoctypeDeclHandler = _no_doctype
        parser.EntityDeclHandler = _no_doctype
        parser.ExternalEntityRefHandler = _no_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.Parse(body, True)

    def config(self) -> ClientConfig:
        return ClientConfig(
            name=self._name,
            domains=tuple(dict.fromkeys(self._domains)),
            servers=tuple(self._servers),
            pop3=self._pop3,
            skipped=tuple(self._skipped),
        )

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise _Refused("declares an encoding that is not read")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        self._path.append(name)
        if self._count > MAX_ELEMENTS:
            raise _Refused(f"has more than {MAX_ELEMENTS} elements", hostile=True)
        if len(self._path) > MAX_DEPTH:
            raise _Refused(f"is nested deeper than {MAX_DEPTH} elements", hostile=True)
        self._text, self._length = [], 0
        depth = len(self._path)
        if depth == 1:
            self.is_config = name == "clientConfig"
        elif depth == 2 and name == "emailProvider" and self.is_config:
            # Several providers in one file are not part of the format; the first is read.
            self._inside = not self.has_provider
            self.has_provider = True
        elif depth == 3 and self._inside and name in ("incomingServer", "outgoingServer"):
            self._kind = attributes.get("type", "").strip().lower()
            self._fields, self._authentication = {}, []

    def _characters(self, text: str) -> None:
        self._length += len(text)
        self._text.append(text)

    def _end(self, name: str) -> None:
        text = "".join(self._text).strip() if self._length <= MAX_TEXT else ""
        self._text, self._length = [], 0
        depth = len(self._path)
        self._path.pop()
        if not self._inside:
            return
        if depth == 2:
            self._inside = False
        elif depth == 3 and name == "domain":
            self._domain(text)
        elif depth == 3 and name == "displayName":
            self._name = self._name or _plain(text)
        elif depth == 3 and name in ("incomingServer", "outgoingServer"):
            self._server(name)
        elif depth == 4 and self._path[-1] in ("incomingServer", "outgoingServer"):
            if name in _SERVER_TEXTS:
                self._fields.setdefault(name, text)
            elif name == "authentication" and text and len(self._authentication) < MAX_SERVERS:
                self._authentication.append(_plain(text))

    def _domain(self, text: str) -> None:
        try:
            self._domains.append(a_label(text))
        except ValueError:
            # %EMAILDOMAIN% stands here in files of hosters; it matches nothing by itself.
            return

    def _server(self, element: str) -> None:
        if self._kind == "pop3":
            self._pop3 = True
        protocol = _TYPES.get(self._kind)
        if protocol is None or (protocol is Protocol.SMTP) != (element == "outgoingServer"):
            return
        position = len(self._servers) + len(self._skipped)
        if position >= MAX_SERVERS:
            return
        made = self._described(protocol, position)
        if isinstance(made, Server):
            self._servers.append(made)
        else:
            self._skipped.append(f"{protocol.value.upper()} server {position + 1}: {made}")

    def _described(self, protocol: Protocol, position: int) -> Server | str:
        """Return the server, or why it can't be used."""
        host, port, mode, username = (self._fields.get(key, "") for key in _SERVER_TEXTS)
        security = _SECURITY.get(mode.lower())
        if not host:
            return "it has no host name"
        if _UNPRINTABLE.search(host) or len(host) > 253:
            return "its host name holds characters that no name has"
        if not (port.isascii() and port.isdigit() and 1 <= len(port) <= 5 and 1 <= int(port) <= 65535):
            return "its port is not a port"
        if security is None:
            return "its socketType is none of SSL, STARTTLS and plain"
        if len(username) > 254 or _UNPRINTABLE.search(username):
            return "its user name holds characters that are not sent"
        words = tuple(dict.fromkeys(self._authentication))
        return Server(protocol, host, int(port), security, username, words, position)


def _no_doctype(*_unused: object) -> int:
    raise _Refused("has a document type; entities could make it grow or read other files", hostile=True)


def _plain(text: str) -> str:
    """Return text that may be shown: one line, printable, not long."""
    return "".join(sign if sign.isprintable() else " " for sign in text).strip()[:100]


def host_of(template: str, domain: str) -> tuple[str, tuple[str, ...]]:
    """Return the host that a file names for a mail domain, and what is odd about it.

    :raises ValueError: with the reason, as the end of a sentence.
    """
    filled = template.replace("%EMAILDOMAIN%", domain)
    if PLACEHOLDER.search(filled):
        raise ValueError("its host name depends on the single address")
    try:
        host = host_name(filled)
    except ValueError:
        raise ValueError("its host name is not a host name") from None
    return host, oddities(host)


def oddities(host: str) -> tuple[str, ...]:
    """Return what is odd about a host, as notes."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        inside = "." not in host or host.endswith((".localhost", ".local", ".internal"))
        return ("the name exists only inside a network",) if inside else ()
    named = "an address instead of a name: the certificate must hold it"
    if address.is_loopback:
        return named, "the address is this machine's own: a program has to run here"
    return (named,) if address.is_global else (named, "the address is private and can't be reached from elsewhere")


def generalised(username: str, stand_in: str, domain: str) -> str:
    """Return a user name with placeholders, where a server filled in the address that it was asked with."""
    if not stand_in or PLACEHOLDER.search(username):
        return username
    address = f"{stand_in}@{domain}"
    if username.lower() in (address, stand_in):
        return "%EMAILADDRESS%" if "@" in username else "%EMAILLOCALPART%"
    return username


def unknown_placeholders(username: str) -> tuple[str, ...]:
    """Return placeholders that stand for something that an address does not tell."""
    return tuple(found for found in PLACEHOLDER.findall(username) if found not in _KNOWN_PLACEHOLDERS)
