# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every known reply, said by a real socket server at its stage, over TLS where the stage has it, gets its category.

The engine is used directly and all probes run side by side on one loop: a host for each provider resolves to loopback.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import trustme
from diagnosis.vectors import GREETINGS, HOSTS, VECTORS, Vector
from scripted import Peer, ScriptedServer, Step, expect, hang, imap_loop, send, server_context, smtp_loop

from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.diagnose import Context, Diagnosis, diagnose
from ansible_collections.mailops.mailbox.plugins.module_utils._driver.loop import Loop
from ansible_collections.mailops.mailbox.plugins.module_utils._driver.resolver import Answer, Resolver
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
from ansible_collections.mailops.mailbox.plugins.module_utils._run.probe import Engine, MailboxPlan, MailboxProbe

pytestmark = pytest.mark.once

TIMEOUT = 40.0
USER = "sales01@acme.example"
PASSWORD = "open-Sesame/7"
AT_ONCE = 24
"""Probes in flight: more would have handshakes wait for each other on a small machine."""

OFFER = b"[CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN ID NAMESPACE]"
EHLO = b"250-lab.example\r\n250-PIPELINING\r\n250 AUTH PLAIN LOGIN\r\n"

# What the same words come to in a whole probe, where that is another thing than what they say by themselves.
IN_A_PROBE = {
    # After a good login, a put-off recipient is a notice.
    "gmail-rcpt-rate": ("rcpt.greylisted", "recipient"),
    # An answer to a token; after a password a challenge is cancelled unread, and the refusal that follows counts.
    "gmail-xoauth2-challenge-imap": ("auth.refused", "auth"),
    # An untagged line says nothing yet: an alert is told beside the result, and of the other the silence counts.
    "generic-imap-alert": ("imap.alert", "session"),
    "dovecot-waiting": ("conn.timeout", "auth"),
}
QUICK = 8.0


class Loopback(Resolver):
    """Every name is this machine."""

    def resolve(self, loop: Loop, host: str, callback: Callable[[Answer], None]) -> Answer | None:
        return ("127.0.0.1",)


@dataclass
class Seen:
    """One reply, and what the engine made of it."""

    vector: Vector
    evidence: ProtocolEvidence | None = None

    @property
    def diagnosis(self) -> Diagnosis:
        """The verdict on this protocol alone."""
        smtp = self.evidence if self.vector.protocol == "smtp" else None
        imap = self.evidence if self.vector.protocol == "imap" else None
        return diagnose(Context(email=USER, usernames=dict.fromkeys(Protocol, USER), smtp=smtp, imap=imap))


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str]]:
    """CA, certificate and key for every host that a vector names."""
    folder: Path = tmp_path_factory.mktemp("pki")
    authority = trustme.CA()
    leaf = authority.issue_cert("mail.acme.example", *sorted(set(HOSTS.values())))
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    leaf.private_key_and_cert_chain_pem.write_to_path(str(folder / "leaf.pem"))
    yield str(folder / "ca.pem"), str(folder / "leaf.pem"), str(folder / "leaf.pem")


def script(vector: Vector) -> list[Step]:
    """Return a server that is honest up to the vector's stage and says the reply there, once."""
    charset = "gb18030" if "gbk" in vector.id else "utf-8"
    reply = vector.reply.replace("\n", "\r\n").encode(charset)
    challenge = re.match(rb"334 (\{.*\})", reply)
    if challenge:
        reply = (b"334 " if vector.protocol == "smtp" else b"+ ") + base64.b64encode(challenge[1])
    return smtp_script(vector, reply) if vector.protocol == "smtp" else imap_script(vector, reply)


def smtp_script(vector: Vector, reply: bytes) -> list[Step]:
    greeting = GREETINGS.get(vector.provider, b"")
    if not greeting.startswith(b"220"):
        greeting = b"220 lab.example ESMTP"
    if greeting.startswith(b"220-"):
        greeting += b"\r\n220 and so on"
    stage = Stage(vector.stage)
    lines = reply.split(b"\r\n")
    if not lines[-1][:3].isdigit():
        # Both protocols have the words, and SMTP puts a code before them.
        lines[-1] = b"535 " + lines[-1]
    # A sample may be the first of several lines.
    lines[-1] = lines[-1][:3] + b" " + lines[-1][4:]
    reply = b"\r\n".join(lines)
    if stage is Stage.GREETING:
        return [send(reply + b"\r\n"), hang()]
    offer = EHLO.replace(b"250 AUTH", b"250-STARTTLS\r\n250 AUTH") if stage is Stage.STARTTLS else EHLO
    verbs = {
        Stage.CAPABILITY: b"EHLO",
        Stage.STARTTLS: b"STARTTLS",
        Stage.AUTH: b"AUTH",
        Stage.SENDER: b"MAIL",
        Stage.RECIPIENT: b"RCPT",
        Stage.MESSAGE: b"DATA",
    }
    answers = {
        b"EHLO": offer,
        b"HELO": reply + b"\r\n",
        b"AUTH": b"235 2.7.0 welcome\r\n",
        verbs[stage]: reply + b"\r\n",
    }
    return [send(greeting + b"\r\n"), smtp_loop(answers)]


def imap_script(vector: Vector, reply: bytes) -> list[Step]:
    greeting = GREETINGS.get(vector.provider, b"")
    if not greeting.startswith(b"*"):
        greeting = b"* OK lab ready."
    stage = Stage(vector.stage)
    said = tagged(reply)
    if stage is Stage.GREETING:
        return [send(said.replace(b"%t", b"*")), hang()]
    known = greeting.replace(b"* OK ", b"* OK " + OFFER + b" ", 1)
    if reply.startswith(b"+"):
        return [send(known + b"\r\n"), challenged(reply)]
    if vector.id == "dovecot-waiting":
        return [send(known + b"\r\n"), expect(b""), send(reply + b"\r\n"), hang()]
    welcome = b"%t OK " + OFFER + b" in\r\n"
    answers = {
        b"CAPABILITY": b"* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN ID NAMESPACE\r\n%t OK done\r\n",
        b"AUTHENTICATE": welcome,
        b"LOGIN": welcome,
        b"NAMESPACE": b'* NAMESPACE (("" "/")) NIL NIL\r\n%t OK done\r\n',
        b"LIST": b'* LIST () "/" INBOX\r\n%t OK done\r\n',
        b"EXAMINE": b"* 0 EXISTS\r\n%t OK [READ-ONLY] done\r\n",
    }
    names = {
        Stage.AUTH: (b"AUTHENTICATE", b"LOGIN"),
        # Single refusals of these are borne; a server in trouble refuses what comes after them too.
        Stage.SESSION: (b"NAMESPACE", b"ID", b"LIST", b"EXAMINE"),
        Stage.LIST: (b"LIST",),
        Stage.SELECT: (b"EXAMINE",),
    }
    for name in names[stage]:
        answers[name] = said
    return [send(greeting + b"\r\n"), imap_loop(answers)]


def challenged(challenge: bytes) -> Step:
    """Step: answer the login with a challenge, and the answer to that with a refusal."""

    def step(peer: Peer) -> None:
        words = peer.line().split()
        while words[1].upper() != b"AUTHENTICATE":
            peer.send(words[0] + b" OK done\r\n")
            words = peer.line().split()
        peer.send(challenge + b"\r\n")
        peer.line()
        peer.send(words[0] + b" NO refused\r\n")
        peer.drain()

    return step


def tagged(reply: bytes) -> bytes:
    """Give the last line the command's tag, if it has a status of a command; untagged lines stay as they are."""
    lines = reply.split(b"\r\n")
    words = lines[-1].split(b" ", 1)
    if words[0].upper() in (b"NO", b"BAD"):
        lines[-1] = b"%t " + lines[-1]
    elif words[0] not in (b"*", b"+"):
        lines[-1] = b"%t " + words[1]
    elif b" BYE" not in lines[-1].upper():
        # An untagged refusal explains the tagged one that follows; an untagged OK tells something beside the result.
        lines.append(b"%t OK done" if words[1].startswith(b"OK") else b"%t NO refused")
    return b"\r\n".join(lines) + b"\r\n"


def plan(vector: Vector, port: int, ca: str) -> MailboxPlan:
    protocol, stage = Protocol(vector.protocol), Stage(vector.stage)
    host = HOSTS.get(vector.provider, "mail.acme.example")
    security = Security.STARTTLS if stage is Stage.STARTTLS else Security.TLS
    target = Target(protocol, host, port, security, TlsPlan(host, ca=ca))
    credentials = Credentials(USER, Secret(PASSWORD.encode()))
    timeout = QUICK if vector.id == "dovecot-waiting" else TIMEOUT
    if protocol is Protocol.IMAP:
        return MailboxPlan(None, ImapPlan(target, credentials), timeout)
    smtp = SmtpPlan(target, "probe.acme.example", (USER,), USER, USER, credentials)
    if stage is Stage.MESSAGE:
        smtp = replace(smtp, depth=Depth.MESSAGE, message=b"Subject: test\r\n\r\nHello.\r\n")
    return MailboxPlan(smtp, None, timeout)


def say_all(vectors: tuple[Vector, ...], files: tuple[str, str, str]) -> list[Seen]:
    """Have every vector said to a probe of its own."""
    ca, cert, key = files
    context = server_context(cert, key)
    everything = [Seen(vector) for vector in vectors]
    waiting = list(everything)
    running = 0
    engine = Engine(resolver=Loopback())
    with ExitStack() as servers:

        def start_next() -> None:
            nonlocal running
            if not waiting:
                return
            seen = waiting.pop(0)
            tls = None if seen.vector.stage == Stage.STARTTLS.value else context
            server = servers.enter_context(ScriptedServer(script(seen.vector), tls=tls))
            running += 1
            MailboxProbe(engine, plan(seen.vector, server.port, ca), lambda probe: done(seen, probe)).start()

        def done(seen: Seen, probe: MailboxProbe) -> None:
            nonlocal running
            running -= 1
            seen.evidence = probe.evidence[Protocol(seen.vector.protocol)]
            start_next()

        try:
            for _unused in range(AT_ONCE):
                start_next()
            engine.loop.run_until(lambda: not running)
        finally:
            engine.loop.close()
    return everything


def test_every_known_reply_gets_its_category_over_sockets(certificates: tuple[str, str, str]) -> None:
    """Said by a server at its stage, through the driver, the flow and the diagnosis."""
    wrong = []
    for seen in say_all(VECTORS, certificates):
        diagnosis = seen.diagnosis
        found = [(failure.category.value, failure.stage.value) for failure in diagnosis.failures]
        if not found:
            found = [(notice.id, notice.stage.value if notice.stage else "") for notice in diagnosis.warnings]
        expected = IN_A_PROBE.get(seen.vector.id, (seen.vector.category, seen.vector.stage))
        if seen.vector.stage == Stage.SESSION.value and found and found[0][1] == Stage.LIST.value:
            expected = (seen.vector.category, Stage.LIST.value)
        if expected not in found[:1]:
            wrong.append(f"{seen.vector.id}: {seen.vector.category} at {seen.vector.stage}, got {found}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("protocol", "banner"),
    [
        ("smtp", b"+OK The Microsoft Exchange POP3 service is ready."),
        ("imap", b"+OK The Microsoft Exchange POP3 service is ready."),
        ("smtp", b"* OK [CAPABILITY IMAP4rev1] ready"),
        ("imap", b"220 mail.example.com ESMTP"),
    ],
)
def test_the_first_bytes_of_another_protocol_name_it(
    certificates: tuple[str, str, str], protocol: str, banner: bytes
) -> None:
    """Hosts or ports that are swapped are told from what answers."""
    ca, cert, key = certificates
    vector = Vector("banner", protocol, "greeting", "any", banner.decode(), "port.wrong_protocol")
    with ScriptedServer([send(banner + b"\r\n"), hang()], tls=server_context(cert, key)) as server:
        engine = Engine(resolver=Loopback())
        finished: list[MailboxProbe] = []
        try:
            MailboxProbe(engine, plan(vector, server.port, ca), finished.append).start()
            engine.loop.run_until(lambda: bool(finished))
        finally:
            engine.loop.close()
    (failure,) = Seen(vector, finished[0].evidence[Protocol(protocol)]).diagnosis.failures
    assert failure.category.value == vector.category
