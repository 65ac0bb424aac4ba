# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hostile servers over real sockets: each costs its deadline and bounded memory, and the result names the stage."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import dovecot
import pytest
from lab import Lab
from scripted import (
    ScriptedServer,
    Step,
    close,
    drip,
    expect,
    flood,
    hang,
    reset,
    send,
    server_context,
)

from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.diagnose import Context, Diagnosis, diagnose
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import (
    Category,
    Depth,
    Protocol,
    Security,
    Stage,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import Secret
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import ProtocolEvidence
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import (
    Credentials,
    ImapPlan,
    SmtpPlan,
    Target,
    TlsPlan,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._run.probe import MailboxPlan, probe_mailbox

pytestmark = pytest.mark.once

TIMEOUT = 3.0
USER = "u@acme.test"
PASSWORD = "open-Sesame/7"

EHLO = b"250-lab\r\n250-PIPELINING\r\n250 AUTH PLAIN\r\n"
CAPABILITIES = b"[CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN ID NAMESPACE]"

SMTP_STAGES: list[tuple[Stage, list[Step]]] = [
    (Stage.GREETING, []),
    (Stage.CAPABILITY, [send(b"220 lab ESMTP\r\n"), expect(b"EHLO")]),
    (Stage.AUTH, [send(EHLO), expect(b"AUTH")]),
    (Stage.SENDER, [send(b"235 2.7.0 welcome\r\n"), expect(b"MAIL")]),
    (Stage.RECIPIENT, [send(b"250 2.1.0 fine\r\n")]),
]
IMAP_STAGES: list[tuple[Stage, list[Step]]] = [
    (Stage.GREETING, []),
    (Stage.AUTH, [send(b"* OK " + CAPABILITIES + b" lab\r\n"), expect(b"")]),
    (Stage.SESSION, [send(b"M0001 OK " + CAPABILITIES + b" in\r\n"), expect(b"")]),
]
DEEDS: dict[str, list[Step]] = {
    "close": [close()],
    "reset": [reset()],
    "hang": [hang()],
    "drip": [drip(b"2" * 100, 0.1)],
    "garbage": [send(bytes(range(256)) + b"\r\n"), hang()],
    "endless line": [flood(b"x" * 8192)],
    "endless lines": [flood(b"250-and more\r\n* 1 EXISTS\r\n" * 200)],
}


@dataclass
class Seen:
    """What a probe of one protocol against a script came to."""

    evidence: ProtocolEvidence
    diagnosis: Diagnosis
    peak: int


def through(before: Sequence[tuple[Stage, list[Step]]], stage: Stage) -> list[Step]:
    """Return the honest steps that lead to a stage."""
    steps: list[Step] = []
    for name, honest in before:
        steps += honest
        if name is stage:
            return steps
    raise ValueError(stage)


def probe(lab: Lab, protocol: Protocol, script: Sequence[Step], security: Security = Security.TLS) -> Seen:
    good = lab.pki.leaves["good"]
    context = server_context(str(good.cert), str(good.key)) if security is Security.TLS else None
    credentials = Credentials(USER, Secret(PASSWORD.encode()))
    with ScriptedServer(script, tls=context) as server:
        target = Target(protocol, "127.0.0.1", server.port, security, TlsPlan("127.0.0.1", ca=str(lab.pki.ca)))
        smtp = SmtpPlan(target, "probe.acme.test", (USER,), USER, USER, credentials)
        imap = ImapPlan(target, credentials)
        is_smtp = protocol is Protocol.SMTP
        plan = MailboxPlan(smtp if is_smtp else None, None if is_smtp else imap, TIMEOUT)
        tracemalloc.start()
        try:
            evidence = probe_mailbox(plan)[protocol]
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert PASSWORD.encode() not in server.clear
    context_ = Context(email=USER, smtp=evidence if is_smtp else None, imap=None if is_smtp else evidence)
    return Seen(evidence, diagnose(context_), peak)


def check(seen: Seen, stage: Stage) -> None:
    stopped = seen.evidence.stopped_at
    assert stopped is not None, seen.evidence
    assert stopped.stage is stage, seen.evidence
    (failure,) = seen.diagnosis.failures
    assert failure.stage is stage
    assert failure.causes
    assert failure.sentence.endswith(".")
    assert sum(entry.duration_ms for entry in seen.evidence.stages) <= TIMEOUT * 1000 + 500
    assert seen.peak < 32 * 1024 * 1024


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("stage", [stage for stage, _unused in SMTP_STAGES], ids=lambda stage: stage.value)
def test_section_7_4_a_hostile_smtp_server_costs_its_deadline(lab: Lab, stage: Stage, deed: str) -> None:
    if deed == "endless lines" and stage is Stage.RECIPIENT:
        pytest.skip("these lines are a reply to RCPT")
    check(probe(lab, Protocol.SMTP, through(SMTP_STAGES, stage) + DEEDS[deed]), stage)


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("stage", [stage for stage, _unused in IMAP_STAGES], ids=lambda stage: stage.value)
def test_section_7_4_a_hostile_imap_server_costs_its_deadline(lab: Lab, stage: Stage, deed: str) -> None:
    check(probe(lab, Protocol.IMAP, through(IMAP_STAGES, stage) + DEEDS[deed]), stage)


@pytest.mark.parametrize(
    "bomb",
    [
        b'* LIST () "/" {99999999999}\r\n',
        b'* LIST () "/" {1048577}\r\n',
        b"* NAMESPACE " + b"(" * 20000 + b"\r\n",
    ],
    ids=["absurd literal", "large literal", "deep nesting"],
)
def test_section_7_4_literals_and_nesting_are_bounded(lab: Lab, bomb: bytes) -> None:
    seen = probe(lab, Protocol.IMAP, [*through(IMAP_STAGES, Stage.SESSION), send(bomb), hang()])
    check(seen, Stage.SESSION)


def test_section_5_6_injected_bytes_stop_smtp_before_the_handshake(lab: Lab) -> None:
    offer = b"250-lab\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"
    script = [
        send(b"220 lab\r\n"),
        expect(b"EHLO"),
        send(offer),
        expect(b"STARTTLS"),
        send(b"220 go\r\n250 injected\r\n"),
        hang(),
    ]
    seen = probe(lab, Protocol.SMTP, script, Security.STARTTLS)
    check(seen, Stage.STARTTLS)
    assert seen.diagnosis.failures[0].category is Category.TLS_INJECTION
    assert not seen.evidence.submitted


def test_section_5_6_injected_bytes_stop_imap_before_the_handshake(lab: Lab) -> None:
    script = [
        send(b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] lab\r\n"),
        expect(b""),
        send(b"M0001 OK go\r\n* OK injected\r\n"),
        hang(),
    ]
    seen = probe(lab, Protocol.IMAP, script, Security.STARTTLS)
    check(seen, Stage.STARTTLS)
    assert seen.diagnosis.failures[0].category is Category.TLS_INJECTION
    assert not seen.evidence.submitted


@pytest.mark.parametrize("protocol", list(Protocol))
def test_section_7_3_stripped_starttls_sends_no_credential(lab: Lab, protocol: Protocol) -> None:
    smtp = [send(b"220 lab\r\n"), expect(b"EHLO"), send(EHLO), hang()]
    imap = [send(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] lab\r\n"), hang()]
    seen = probe(lab, protocol, smtp if protocol is Protocol.SMTP else imap, Security.STARTTLS)
    check(seen, Stage.STARTTLS)
    assert seen.diagnosis.failures[0].category is Category.TLS_UNAVAILABLE
    assert not seen.evidence.submitted


@pytest.mark.parametrize("protocol", list(Protocol))
def test_section_7_3_no_credential_without_tls_unless_allowed_twice(lab: Lab, protocol: Protocol) -> None:
    smtp = [send(b"220 lab\r\n"), expect(b"EHLO"), send(EHLO), hang()]
    imap = [send(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] lab\r\n"), hang()]
    seen = probe(lab, protocol, smtp if protocol is Protocol.SMTP else imap, Security.NONE)
    check(seen, Stage.AUTH)
    assert seen.diagnosis.failures[0].category is Category.AUTH_CREDENTIALS_WITHHELD
    assert not seen.evidence.submitted


def test_section_5_6_preauth_before_tls_is_refused(lab: Lab) -> None:
    seen = probe(lab, Protocol.IMAP, [send(b"* PREAUTH hello\r\n"), hang()], Security.STARTTLS)
    assert seen.diagnosis.failures[0].category is Category.TLS_PREAUTH
    assert not seen.evidence.submitted


def test_section_5_5_a_lost_reply_after_the_final_dot_is_unknown_and_never_sent_again(lab: Lab) -> None:

    good = lab.pki.leaves["good"]
    honest = through(SMTP_STAGES, Stage.RECIPIENT)
    script: list[Any] = [
        *honest,
        send(b"250 2.1.5 fine\r\n"),
        expect(b"DATA"),
        send(b"354 go on\r\n"),
        expect(b".\r\n"),
        close(),
    ]
    with ScriptedServer(script, tls=server_context(str(good.cert), str(good.key))) as server:
        target = Target(Protocol.SMTP, "127.0.0.1", server.port, Security.TLS, TlsPlan("127.0.0.1", ca=str(lab.pki.ca)))
        credentials = Credentials(USER, Secret(dovecot.PASSWORD.encode()))
        plan = SmtpPlan(target, "probe.acme.test", (USER,), USER, USER, credentials)
        plan = replace(plan, depth=Depth.MESSAGE, message=b"Subject: test\r\n\r\nHello.\r\n")
        evidence = probe_mailbox(MailboxPlan(plan, None, TIMEOUT))[Protocol.SMTP]
        (failure,) = diagnose(Context(email=USER, smtp=evidence)).failures
        assert failure.category is Category.MESSAGE_UNKNOWN
        assert server.connections == 1
