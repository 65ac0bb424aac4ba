# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers that want the password: many scripts at once, the engine against each, and a search of all they were sent.

A hostile script ends in a step that plays along with whatever the client does (:func:`tempt`), TLS included, so that a
client which goes on after an attack has every chance to give the password away.
"""

from __future__ import annotations

import base64
import binascii
import re
import socket
import ssl
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from scripted import Gone, Peer, ScriptedServer, Step

from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.diagnose import Context, Diagnosis, diagnose
from ansible_collections.mailops.mailbox.plugins.module_utils._models.failure import Failure
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Depth, Protocol, Security, Stage
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import Secret
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import ProtocolEvidence
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import (
    Credentials,
    ImapPlan,
    SmtpPlan,
    Target,
    TlsPlan,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.sasl import wire_forms
from ansible_collections.mailops.mailbox.plugins.module_utils._run.probe import Engine, MailboxPlan, MailboxProbe

USER = "clerk-7731@acme.test"
PASSWORD = 'open-"Sesame"\\7 ok'
CREDENTIALS = Credentials(USER, Secret(PASSWORD.encode()))


@dataclass(frozen=True)
class Case:
    """One hostile conversation, and how the client is set up for it. ``tls`` begins every connection with TLS."""

    protocol: Protocol
    script: Sequence[Step]
    security: Security = Security.STARTTLS
    tls: ssl.SSLContext | None = None
    plaintext_auth: bool = False
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN")
    depth: Depth = Depth.RECIPIENT
    imap: Mapping[str, Any] = field(default_factory=dict)
    trust: TlsPlan | None = None
    timeout: float = 6.0


@dataclass(frozen=True)
class Seen:
    """What came of a case: the client's evidence and diagnosis, and what the server recorded."""

    evidence: ProtocolEvidence
    diagnosis: Diagnosis
    clear: bytes
    secured: bytes
    connections: int

    @property
    def failure(self) -> Failure:
        """The one failure."""
        (failure,) = self.diagnosis.failures
        return failure

    @property
    def leaks(self) -> list[str]:
        """The forms of the password, and of the user name, that the server can find in what it was sent."""
        return leaks(self.clear) + leaks(self.secured)

    @property
    def stopped(self) -> Stage | None:
        """The stage of the first fault."""
        entry = self.evidence.stopped_at
        return None if entry is None else entry.stage


def probe_all(cases: Mapping[str, Case], ca: str, in_flight: int = 64) -> dict[str, Seen]:
    """Run the engine against every case, ``in_flight`` of them side by side on one loop."""
    engine = Engine()
    waiting, found = list(cases.items()), dict[str, Seen]()

    def start() -> None:
        if waiting:
            name, case = waiting.pop(0)
            server = ScriptedServer(case.script, tls=case.tls).start()
            MailboxProbe(engine, plan_of(case, server, ca), lambda probe: done(name, case, server, probe)).start()

    def done(name: str, case: Case, server: ScriptedServer, probe: MailboxProbe) -> None:
        # A server's thread may not yet have read what the client wrote last.
        server.finish(2)
        server.stop()
        evidence = probe.evidence[case.protocol]
        found[name] = Seen(evidence, explain(evidence), server.clear, server.secured, server.connections)
        start()

    try:
        for _unused in range(in_flight):
            start()
        engine.loop.run_until(lambda: len(found) == len(cases))
    finally:
        engine.loop.close()
    return found


def plan_of(case: Case, server: ScriptedServer, ca: str) -> MailboxPlan:
    """Return what the engine is told to do with a case's server."""
    trust = case.trust or TlsPlan("127.0.0.1")
    if trust.ca is None:
        trust = replace(trust, ca=ca)
    target = Target(case.protocol, server.host, server.port, case.security, trust, case.plaintext_auth)
    if case.protocol is Protocol.IMAP:
        return MailboxPlan(None, ImapPlan(target, CREDENTIALS, mechanisms=case.mechanisms, **case.imap), case.timeout)
    smtp = SmtpPlan(target, "probe.lab.test", (USER,), USER, USER, CREDENTIALS, mechanisms=case.mechanisms)
    smtp = replace(smtp, depth=case.depth, message=b"Subject: test\r\n\r\nHello.\r\n")
    return MailboxPlan(smtp, None, case.timeout)


def plan_at(protocol: Protocol, host: str, port: int, timeout: float) -> MailboxPlan:
    """Return the probe of a port that no script stands behind."""
    target = Target(protocol, host, port, Security.TLS, TlsPlan(host))
    if protocol is Protocol.IMAP:
        return MailboxPlan(None, ImapPlan(target, CREDENTIALS), timeout)
    return MailboxPlan(SmtpPlan(target, "probe.lab.test", (USER,), USER, USER, CREDENTIALS), None, timeout)


def explain(evidence: ProtocolEvidence) -> Diagnosis:
    """Return what a user is told."""
    smtp = evidence if evidence.protocol is Protocol.SMTP else None
    imap = evidence if evidence.protocol is Protocol.IMAP else None
    names = {evidence.protocol: USER}
    return diagnose(Context(email=USER, usernames=names, smtp=smtp, imap=imap, secrets=wire_forms(CREDENTIALS)))


# What the server looks for in its record


def forms(secret: bytes) -> dict[str, bytes]:
    """Return how a secret can stand on a wire, by name; base64 as the part that no neighbour changes."""
    escaped = secret.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    found = {
        "raw": secret,
        "quoted": escaped,
        "percent": urllib.parse.quote(secret.decode(), safe="").encode(),
        "plus": urllib.parse.quote_plus(secret.decode(), safe="").encode(),
        "hex": binascii.hexlify(secret),
        "utf-16": secret.decode().encode("utf-16-le"),
        "reversed": secret[::-1],
    }
    for text, label in ((secret, ""), (escaped, " quoted")):
        for shift in range(3):
            encoded = base64.b64encode(b"\0" * shift + text)
            # The first characters hold bits of what stands before the secret, the last of what follows it.
            skip = (0, 2, 3)[shift]
            usable = (shift + len(text)) // 3 * 4
            found[f"base64{label} +{shift}"] = encoded[skip:usable]
    return found


def leaks(recorded: bytes, secrets: Mapping[str, bytes] | None = None) -> list[str]:
    """Name the forms of password and user name that are in the record, line ends within them or not."""
    named = secrets or {"password": PASSWORD.encode(), "user": USER.encode()}
    joined = recorded.translate(None, b"\r\n")
    found = []
    for name, secret in named.items():
        for form, octets in forms(secret).items():
            if octets in recorded or octets in joined or octets.lower() in joined.lower():
                found.append(f"{name}: {form}")
    return found


def logins(recorded: bytes) -> list[bytes]:
    """Return the lines that begin a login, by their verb."""
    return re.findall(rb"(?im)^(?:M\d+ )?(?:AUTH|AUTHENTICATE|LOGIN)\b[^\r\n]*", recorded)


# Steps


def speaks_tls(peer: Peer) -> bool:
    """Wait for the client's next byte and tell whether it begins a TLS record."""
    if isinstance(peer.sock, ssl.SSLSocket) or peer.unread:
        return False
    try:
        first = peer.sock.recv(1, socket.MSG_PEEK)
    except OSError as problem:
        raise Gone from problem
    if not first:
        raise Gone
    return first == b"\x16"


def tempt(protocol: Protocol, context: ssl.SSLContext) -> Step:
    """Step: play along with everything, in the clear and inside TLS, to the end of the conversation."""
    answer = _smtp_yes if protocol is Protocol.SMTP else _imap_yes

    def step(peer: Peer) -> None:
        while True:
            if speaks_tls(peer):
                peer.starttls(context)
            else:
                answer(peer, peer.line())

    return step


def _smtp_yes(peer: Peer, line: bytes) -> None:
    words = line.upper().split()
    verb = words[0] if words else b""
    if verb == b"EHLO":
        peer.send(b"250-lab\r\n250-STARTTLS\r\n250-PIPELINING\r\n250 AUTH PLAIN LOGIN CRAM-MD5\r\n")
    elif verb == b"AUTH" and len(words) == 2:
        peer.send(b"334 VXNlcm5hbWU6\r\n" if words[1] == b"LOGIN" else b"334 \r\n")
        peer.line()
        if words[1] == b"LOGIN":
            peer.send(b"334 UGFzc3dvcmQ6\r\n")
            peer.line()
        peer.send(b"235 2.7.0 welcome\r\n")
    elif verb == b"AUTH":
        peer.send(b"235 2.7.0 welcome\r\n")
    elif verb == b"STARTTLS":
        peer.send(b"220 go ahead\r\n")
    else:
        peer.send(b"354 go on\r\n" if verb == b"DATA" else b"250 2.0.0 OK\r\n")


def _imap_yes(peer: Peer, line: bytes) -> None:
    words = line.split()
    tag, verb = (words[0], words[1].upper()) if len(words) > 1 else (b"*", b"")
    literal = re.search(rb"\{(\d+)\}\r?\n\Z", line)
    while literal:
        peer.send(b"+ go on\r\n")
        peer.read(int(literal[1]))
        literal = re.search(rb"\{(\d+)\}\r?\n\Z", peer.line())
    if verb == b"AUTHENTICATE" and len(words) == 3:
        peer.send(b"+ \r\n")
        peer.line()
    if verb == b"CAPABILITY":
        peer.send(b"* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN AUTH=LOGIN SASL-IR\r\n")
    peer.send(tag + b" OK done\r\n")
