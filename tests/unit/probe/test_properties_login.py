# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Dialogues with generated servers, each held against the model of when credentials may be sent.

``MAILBOX_EXAMPLES`` is the number of dialogues of each kind (docs/testing.md).
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import (
    Depth,
    Pipelining,
    Protocol,
    Security,
    Stage,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe import dialogue as dialogue_module
from ansible_collections.mailops.mailbox.plugins.module_utils._probe import guard, sasl
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import (
    Interruption,
    LimitExceeded,
    PeerClosed,
    Secret,
    Send,
    TimedOut,
    TlsFailed,
    Unparsable,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import TlsFault
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import (
    Credentials,
    ImapPlan,
    Plan,
    SmtpPlan,
    Target,
    TlsPlan,
)
from ansible_collections.mailops.mailbox.tests.fuzz.corpus import KEPT, inputs
from ansible_collections.mailops.mailbox.tests.fuzz.model import Model, Server, Violation
from ansible_collections.mailops.mailbox.tests.fuzz.targets import PASSWORDS, TARGETS, USER

FULL = settings(
    max_examples=int(os.environ.get("MAILBOX_EXAMPLES", "150")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

OFFERS = ["PIPELINING", "STARTTLS", "AUTH PLAIN LOGIN", "AUTH LOGIN", "AUTH CRAM-MD5", "SMTPUTF8", "AUTH=PLAIN"]
CAPABILITIES = [
    "STARTTLS", "LOGINDISABLED", "AUTH=PLAIN", "SASL-IR", "LITERAL+", "LITERAL-", "ID", "NAMESPACE", "ACL", "QUOTA",
    "LIST-EXTENDED SPECIAL-USE",
]  # fmt: skip
UNEXPECTED: list[Interruption] = [
    TimedOut(8.0, whole=False),
    TimedOut(30.0, whole=True),
    PeerClosed(reset=False),
    PeerClosed(reset=True),
    LimitExceeded("bytes of a line", 4096),
    Unparsable("no reply", b"x"),
    TlsFailed(TlsFault("CERTIFICATE_REQUIRED", alert="certificate required")),
]


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_nothing_of_the_corpus_breaks_the_engine(target: str) -> None:
    found = inputs(target)
    assert found
    for octets in found:
        TARGETS[target](octets)


def test_the_corpus_is_small() -> None:
    assert sum(file.stat().st_size for file in KEPT.iterdir()) < 400_000


targets = st.builds(
    lambda security, clear, verify: (security, clear, verify),
    st.sampled_from([Security.STARTTLS, Security.STARTTLS, Security.TLS, Security.NONE]),
    st.booleans(),
    st.booleans(),
)
credentials = st.sampled_from([*(Credentials(USER, Secret(password)) for password in PASSWORDS * 3), None])
orders = st.sampled_from([*[("PLAIN", "LOGIN"), ("LOGIN", "PLAIN"), ("PLAIN",), ("LOGIN",)] * 2, ()])


def target(protocol: Protocol, security: Security, clear: bool, verify: bool) -> Target:
    return Target(protocol, "mail.acme.example", 587, security, TlsPlan("mail.acme.example", verify=verify), clear)


smtp_plans = st.builds(
    SmtpPlan,
    target=targets.map(lambda chosen: target(Protocol.SMTP, *chosen)),
    ehlo=st.just("probe.acme.example"),
    senders=st.sampled_from([(USER,), (USER, "offers@acme.example"), ("\u00e4@acme.example", USER)]),
    recipient=st.sampled_from([USER, "someone@other.example"]),
    own_address=st.just(USER),
    credentials=credentials,
    mechanisms=orders,
    depth=st.sampled_from(list(Depth)),
    pipelining=st.sampled_from(list(Pipelining)),
    message=st.just(b"Subject: x\r\n\r\n.x\r\n"),
)
imap_plans = st.builds(
    ImapPlan,
    target=targets.map(lambda chosen: target(Protocol.IMAP, *chosen)),
    credentials=credentials,
    mechanisms=orders,
    mailbox=st.sampled_from(["INBOX", "Sent", "Entw\u00fcrfe"]),
    folders=st.sampled_from([(), ("Sent", "Trash")]),
    sent_folder=st.sampled_from([None, "Sent"]),
    pipelining=st.sampled_from(list(Pipelining)),
)


class Random:
    """Draws what a server says: what an honest one would, seasoned with what none should."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def of(self, *choices: Any) -> Any:
        return self._data.draw(st.sampled_from(choices))

    def some(self, choices: list[str]) -> list[str]:
        return self._data.draw(st.lists(st.sampled_from(choices), unique=True))

    def odd(self) -> bool:
        """Whether the server misbehaves this time."""
        return bool(self._data.draw(st.sampled_from([False] * 15 + [True])))

    def noise(self) -> bytes:
        return bytes(
            self._data.draw(
                st.one_of(
                    st.binary(max_size=40),
                    st.sampled_from([b"* PREAUTH hi\r\n", b"220 go\r\n", b"235 in\r\n", b"M0001 OK in\r\n", b"+ \r\n"]),
                )
            )
        )

    def seasoned(self, said: bytes) -> bytes | Interruption:
        """What comes: mostly what was said, at times with bytes behind it, or something else altogether."""
        if not self.odd():
            return said
        how = self.of("behind", "before", "instead", "nothing")
        if how == "nothing":
            return UNEXPECTED[self._data.draw(st.integers(0, len(UNEXPECTED) - 1))]
        return {"behind": said + self.noise(), "before": self.noise() + said, "instead": self.noise()}[how]

    def smtp(self, written: bytes) -> bytes | Interruption:
        if not written:
            return self.seasoned(self.of(*[b"220 mx\r\n"] * 6, b"554 no\r\n", b"421 later\r\n", b"* OK IMAP\r\n"))
        return self.seasoned(b"".join(self._smtp_reply(line) for line in written.split(b"\r\n")[:-1] or [written]))

    def _smtp_reply(self, line: bytes) -> bytes:
        verb = line.split(b" ")[0].upper()
        if verb == b"EHLO":
            offers = self.some(OFFERS) if self.odd() else ["STARTTLS", "AUTH PLAIN LOGIN", *self.some(OFFERS)]
            lines = ["mx", *offers]
            told = "".join(f"250{'-' if n < len(lines) - 1 else ' '}{one}\r\n" for n, one in enumerate(lines))
            return bytes(self.of(*[told.encode()] * 8, b"502 no\r\n", b"421 bye\r\n"))
        return bytes(
            {
                b"STARTTLS": lambda: self.of(*[b"220 go\r\n"] * 6, b"454 no\r\n"),
                b"AUTH": lambda: self.of(b"235 in\r\n", *[b"334 \r\n"] * 3, b"535 no\r\n", b"504 no\r\n", b"454 x\r\n"),
                b"MAIL": lambda: self.of(*[b"250 ok\r\n"] * 4, b"550 no\r\n", b"503 no\r\n", b"451 x\r\n"),
                b"RCPT": lambda: self.of(*[b"250 ok\r\n"] * 4, b"550 no\r\n", b"503 no\r\n", b"451 x\r\n"),
                b"DATA": lambda: self.of(*[b"354 go\r\n"] * 3, b"554 no\r\n"),
                b"QUIT": lambda: b"221 bye\r\n",
            }.get(
                verb,
                lambda: self.of(*[b"250 ok\r\n"] * 2, *[b"235 in\r\n"] * 2, b"334 \r\n", b"535 no\r\n", b"500 x\r\n"),
            )()
        )

    def imap(self, written: bytes) -> bytes | Interruption:
        if not written:
            told = f"[CAPABILITY IMAP4rev1 {' '.join(self.some(CAPABILITIES))}] " if not self.odd() else ""
            word = self.of(*["OK"] * 6, "PREAUTH", "BYE", "NO")
            return self.seasoned(f"* {word} {told}hi\r\n".encode())
        lines = written.split(b"\r\n")[:-1]
        return self.seasoned(b"".join(self._imap_reply(line) for line in lines or [written]))

    def _imap_reply(self, line: bytes) -> bytes:
        tag, _blank, rest = line.partition(b" ")
        if not tag.startswith(b"M0"):
            return bytes(self.of(b"%t OK in\r\n", b"%t NO no\r\n", b"+ more\r\n"))
        if rest.endswith(b"}") and not rest.endswith(b"+}"):
            return bytes(self.of(*[b"+ go\r\n"] * 4, tag + b" BAD no\r\n", tag + b" OK in\r\n"))
        told = b""
        if rest.startswith(b"CAPABILITY"):
            told = f"* CAPABILITY IMAP4rev1 {' '.join(self.some(CAPABILITIES))}\r\n".encode()
        elif rest.startswith(b"LIST"):
            told = b'* LIST () "/" INBOX\r\n* LIST (\\Sent) "/" Sent\r\n* LIST () "/" {9}\r\nEntw&APw-\r\n'
        elif rest == b"AUTHENTICATE PLAIN":
            return bytes(self.of(*[b"+ \r\n"] * 4, tag + b" NO x\r\n", tag + b" BAD x\r\n", tag + b" OK in\r\n"))
        status = self.of(
            *[b" OK done\r\n"] * 6, b" NO [AUTHENTICATIONFAILED] no\r\n", b" BAD no\r\n", b" OK [REFERRAL x] x\r\n"
        )
        return told + tag + status


def hold(plan: Plan, say: Callable[[bytes], bytes | Interruption], *, tls_fails: bool) -> None:
    server = Server(plan, say, tls_fails=tls_fails)
    evidence = server.converse()
    event(f"{plan.target.security.value}: {server.model.submissions} submitted")
    assert all(entry.duration_ms >= 0 for entry in evidence.stages)
    assert not evidence.authenticated or evidence.stage(Stage.AUTH) is not None
    if plan.credentials is not None and evidence.trace is not None:
        text = "\n".join(evidence.trace.lines(evidence.protocol, sasl.wire_forms(plan.credentials)))
        assert plan.credentials.password.octets.decode() not in text
        assert base64.b64encode(plan.credentials.password.octets).decode() not in text


@FULL
@given(plan=smtp_plans, data=st.data())
def test_section_7_3_no_smtp_server_gets_a_credential_it_must_not_have(plan: SmtpPlan, data: st.DataObject) -> None:
    random = Random(data)
    hold(plan, random.smtp, tls_fails=random.odd())


@FULL
@given(plan=imap_plans, data=st.data())
def test_section_7_3_no_imap_server_gets_a_credential_it_must_not_have(plan: ImapPlan, data: st.DataObject) -> None:
    random = Random(data)
    hold(plan, random.imap, tls_fails=random.odd())


# The model can say no

CREDENTIALS = Credentials(USER, Secret(b"x" * 20))
SMTP = SmtpPlan(target(Protocol.SMTP, Security.STARTTLS, False, True), "a.example", (USER,), USER, USER, CREDENTIALS)
IMAP = ImapPlan(target(Protocol.IMAP, Security.TLS, False, True), CREDENTIALS)
HIDDEN = [b"220 mx\r\n", b"250-mx\r\n250 AUTH PLAIN\r\n", b"235 in\r\n"]


def greeted(plan: Plan, *, tls: bool = True) -> Model:
    model = Model(plan)
    if tls:
        model.secured()
    model.fed(b"* OK x\r\n")
    model.heard(type("Frame", (), {"raw": b"* OK x\r\n"}))
    return model


def test_the_model_sees_a_guard_that_lets_all_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogue_module.guard, "why_not", lambda target, *, tls: None)
    plan = replace(SMTP, target=target(Protocol.SMTP, Security.NONE, False, True))
    with pytest.raises(Violation, match="in the clear"):
        Server(plan, HIDDEN).converse()
    monkeypatch.undo()
    assert guard.why_not(plan.target, tls=False) is not None
    assert not Server(plan, HIDDEN).converse().submitted


def test_the_model_sees_a_flow_that_overlooks_injected_bytes() -> None:
    model = greeted(SMTP, tls=False)
    model.wrote(Send((b"STARTTLS\r\n",)))
    model.fed(b"220 go\r\n250 injected\r\n")
    model.heard(type("Frame", (), {"raw": b"220 go\r\n"}))
    with pytest.raises(Violation, match="unread bytes"):
        model.handshake()


def test_the_model_sees_a_second_submission() -> None:
    model = greeted(IMAP)
    secret = Send((b"M0001 AUTHENTICATE PLAIN ", Secret(b"AHgAeA=="), b"\r\n"))
    model.wrote(secret)
    with pytest.raises(Violation, match="before the login was answered"):
        model.wrote(secret)
    model.interrupted()
    with pytest.raises(Violation, match="second submission"):
        model.wrote(secret)


@pytest.mark.parametrize(
    ("plan", "send", "says"),
    [
        (IMAP, (b"M0001 LOGIN x " + b"x" * 20,), "not marked"),
        (IMAP, (b"M0001 SELECT INBOX\r\n",), "changes the mailbox"),
        (SMTP, (b"MAIL FROM:<>\r\n",), "empty sender"),
        (SMTP, (b"DATA\r\n",), "nobody asked for"),
        (SMTP, (b"AUTH PLAIN ", Secret(b"x"), b"\r\n"), "did not offer"),
    ],
)
def test_the_model_sees_what_must_not_be_written(plan: Plan, send: tuple[Any, ...], says: str) -> None:
    with pytest.raises(Violation, match=says):
        greeted(plan).wrote(Send(send))


def test_the_model_sees_a_handshake_out_of_place() -> None:
    with pytest.raises(Violation, match="without STARTTLS"):
        greeted(SMTP, tls=False).handshake()
    with pytest.raises(Violation, match="nobody asked for"):
        greeted(IMAP).handshake()
    with pytest.raises(Violation, match="after something was read"):
        greeted(IMAP, tls=False).handshake()
