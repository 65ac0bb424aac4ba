# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers that are honest up to one command, and then do one thing that is not."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping
from typing import NamedTuple

from hostile import Case
from scripted import Gone, Peer, Step

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Depth, Protocol, Security, Stage

SMTP, IMAP = Protocol.SMTP, Protocol.IMAP
Deed = Callable[[Peer, bytes], None]
"""What the server does in place of its reply; it gets the tag of the command (``*`` where there is none)."""

CAN = b"IMAP4rev1 AUTH=PLAIN SASL-IR ID NAMESPACE ACL QUOTA"
_GREETING = "greeting"
_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r?\n\Z")
_SMTP = {
    _GREETING: b"220 lab ESMTP\r\n",
    "EHLO": b"250-lab\r\n250-PIPELINING\r\n250 AUTH PLAIN LOGIN\r\n",
    "STARTTLS": b"220 go\r\n",
    "AUTH": b"235 2.7.0 in\r\n",
    "password": b"235 2.7.0 in\r\n",
    "DATA": b"354 go on\r\n",
}
_IMAP = {
    _GREETING: b"* OK [CAPABILITY " + CAN + b"] lab\r\n",
    "CAPABILITY": b"* CAPABILITY " + CAN + b"\r\n%t OK\r\n",
    "AUTHENTICATE": b"%t OK [CAPABILITY " + CAN + b"] in\r\n",
    "ID": b'* ID ("name" "lab")\r\n%t OK\r\n',
    "NAMESPACE": b'* NAMESPACE (("" "/")) NIL NIL\r\n%t OK\r\n',
    "LIST": b'* LIST () "/" INBOX\r\n* LIST (\\Sent) "/" Sent\r\n%t OK\r\n',
    "EXAMINE": b"* 3 EXISTS\r\n%t OK [READ-ONLY]\r\n",
}


class Place(NamedTuple):
    """A moment of the conversation: which command (its ``nth``), in which stage the engine waits for its reply."""

    protocol: Protocol
    command: str
    stage: Stage
    security: Security = Security.TLS
    nth: int = 1
    depth: Depth = Depth.RECIPIENT
    mechanisms: tuple[str, ...] = ("PLAIN",)


STARTTLS = Security.STARTTLS
PLACES: dict[str, Place] = {
    "smtp greeting": Place(SMTP, _GREETING, Stage.GREETING),
    "smtp EHLO": Place(SMTP, "EHLO", Stage.CAPABILITY),
    "smtp STARTTLS": Place(SMTP, "STARTTLS", Stage.STARTTLS, STARTTLS),
    "smtp EHLO under TLS": Place(SMTP, "EHLO", Stage.STARTTLS, STARTTLS, nth=2),
    "smtp AUTH": Place(SMTP, "AUTH", Stage.AUTH),
    "smtp AUTH, asked for the password": Place(SMTP, "password", Stage.AUTH, mechanisms=("LOGIN",)),
    "smtp MAIL": Place(SMTP, "MAIL", Stage.SENDER),
    "smtp RCPT": Place(SMTP, "RCPT", Stage.RECIPIENT),
    "smtp DATA": Place(SMTP, "DATA", Stage.MESSAGE, depth=Depth.MESSAGE),
    "smtp final dot": Place(SMTP, ".", Stage.MESSAGE, depth=Depth.MESSAGE),
    "imap greeting": Place(IMAP, _GREETING, Stage.GREETING),
    "imap CAPABILITY": Place(IMAP, "CAPABILITY", Stage.CAPABILITY),
    "imap STARTTLS": Place(IMAP, "STARTTLS", Stage.STARTTLS, STARTTLS),
    "imap CAPABILITY under TLS": Place(IMAP, "CAPABILITY", Stage.CAPABILITY, STARTTLS),
    "imap AUTHENTICATE": Place(IMAP, "AUTHENTICATE", Stage.AUTH),
    "imap LOGIN": Place(IMAP, "LOGIN", Stage.AUTH, mechanisms=("LOGIN",)),
    "imap ID": Place(IMAP, "ID", Stage.SESSION),
    "imap LIST": Place(IMAP, "LIST", Stage.LIST),
    "imap EXAMINE": Place(IMAP, "EXAMINE", Stage.SELECT),
}


def case(place: Place, deed: Deed, context: ssl.SSLContext, own: Mapping[str, bytes] | None = None) -> Case:
    """Return a conversation that is honest, with the replies of ``own``, until the deed at the place."""
    step = _smtp(place, deed, context, own or {}) if place.protocol is SMTP else _imap(place, deed, context, own or {})
    implicit = place.security is Security.TLS
    return Case(
        place.protocol,
        [step],
        place.security,
        context if implicit else None,
        mechanisms=place.mechanisms,
        depth=place.depth,
        timeout=4.0,
    )


def _counter(place: Place) -> Callable[[str], bool]:
    """Return a function that tells of each command of a connection whether it is the place's."""
    seen = 0

    def here(command: str) -> bool:
        nonlocal seen
        seen += command == place.command
        return command == place.command and seen == place.nth

    return here


def _smtp(place: Place, deed: Deed, context: ssl.SSLContext, own: Mapping[str, bytes]) -> Step:
    replies = {**_SMTP, **own}
    if place.security is STARTTLS:
        replies["EHLO"] = b"250-lab\r\n250-STARTTLS\r\n" + replies["EHLO"].partition(b"\r\n")[2]

    def step(peer: Peer) -> None:
        here = _counter(place)
        if here(_GREETING):
            deed(peer, b"*")
        else:
            peer.send(replies[_GREETING])
        data = False
        while True:
            words = peer.line().split()
            command = words[0].decode("ascii", "replace").upper() if words else ""
            if data and command != ".":
                continue
            if command == "AUTH" and len(words) == 2:
                peer.send(b"334 VXNlcm5hbWU6\r\n")
                peer.line()
                peer.send(b"334 UGFzc3dvcmQ6\r\n")
                peer.line()
                command = "password"
            if here(command):
                deed(peer, b"*")
                continue
            data = command == "DATA"
            peer.send(replies.get(command, b"250 2.0.0 OK\r\n"))
            if command == "STARTTLS":
                peer.starttls(context)
            if command == "QUIT":
                raise Gone

    return step


def _imap(place: Place, deed: Deed, context: ssl.SSLContext, own: Mapping[str, bytes]) -> Step:
    replies = {**_IMAP, **own}
    if place.command == "CAPABILITY":
        replies[_GREETING] = b"* OK lab\r\n"
    if place.security is STARTTLS:
        replies[_GREETING] = b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] lab\r\n"

    def step(peer: Peer) -> None:
        here = _counter(place)
        if here(_GREETING):
            deed(peer, b"*")
        else:
            peer.send(replies[_GREETING])
        while True:
            line = peer.line()
            words = line.split()
            while (literal := _LITERAL.search(line)) is not None:
                if not literal[2]:
                    peer.send(b"+ go on\r\n")
                peer.read(int(literal[1]))
                line = peer.line()
            if len(words) < 2:
                continue
            command = words[1].decode("ascii", "replace").upper()
            if here(command):
                deed(peer, words[0])
                continue
            peer.send(replies.get(command, b"%t OK\r\n").replace(b"%t", words[0]))
            if command == "STARTTLS":
                peer.starttls(context)
            if command == "LOGOUT":
                raise Gone

    return step


def say(data: bytes, *, close: bool = False) -> Deed:
    """Deed: send ``data`` (``%t`` stands for the tag), and close or go silent."""

    def deed(peer: Peer, tag: bytes) -> None:
        peer.send(data.replace(b"%t", tag))
        if close:
            raise Gone
        peer.drain()

    return deed


def answer(data: bytes) -> Deed:
    """Deed: say ``data`` (``%t`` stands for the tag) instead of the honest reply, and go on."""
    return lambda peer, tag: peer.send(data.replace(b"%t", tag))


def reset(peer: Peer, tag: bytes) -> None:
    """Deed: close with a RST."""
    peer.reset()


def drip(data: bytes) -> Deed:
    """Deed: send one byte every tenth of a second, for ever."""

    def deed(peer: Peer, tag: bytes) -> None:
        while True:
            for octet in data:
                peer.send(bytes([octet]))
                peer.pause(0.1)

    return deed


def flood(chunk: bytes) -> Deed:
    """Deed: send for as long as the client takes it."""

    def deed(peer: Peer, tag: bytes) -> None:
        while True:
            peer.send(chunk)

    return deed
