# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an IMAP server may say before it is trusted: greetings, and the NO STARTTLS attacks on clients."""

from __future__ import annotations

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Security, Stage
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import (
    PeerClosed,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import FaultKind
from ansible_collections.mailops.mailbox.tests.unit.probe.imap_wire import (
    ALL,
    BARE,
    GREETING,
    IN,
    LIST,
    SESSION,
    facts,
    fault,
    plan,
    play,
    renumbered,
)

# Greeting


@pytest.mark.parametrize("line", [b"220 mx ESMTP", b"+OK POP3", b"HTTP/1.1 400 Bad", b"A1 OK x", b"* HELLO", b""])
def test_greeting_of_another_protocol(line: bytes) -> None:
    evidence, wire = play(line + b"\r\nmore")
    stage, kind, head = fault(evidence)
    assert (stage, kind, wire.sent) == (Stage.GREETING, FaultKind.UNPARSABLE, [])
    assert head == line + b"\r\nmore"


@pytest.mark.parametrize(
    ("leftover", "kind"),
    [(b"\x15\x03\x01", FaultKind.UNPARSABLE), (b"* O", FaultKind.CLOSED), (b"", FaultKind.CLOSED)],
)
def test_greeting_that_never_ends(leftover: bytes, kind: FaultKind) -> None:
    evidence, _unused = play(PeerClosed(reset=False, leftover=leftover))
    assert fault(evidence) == (Stage.GREETING, kind, leftover)


@pytest.mark.parametrize("name", [b"NO", b"BAD", b"BYE"])
def test_greeting_that_refuses(name: bytes) -> None:
    evidence, _unused = play(b"* " + name + b" busy\r\n")
    assert fault(evidence) == (Stage.GREETING, FaultKind.REPLY, b"* " + name + b" busy")


def test_capability_refused() -> None:
    evidence, _unused = play(BARE, b"M0001 BAD what\r\n")
    assert fault(evidence) == (Stage.CAPABILITY, FaultKind.REPLY, b"M0001 BAD what")


def test_section_5_6_preauth_under_tls_proves_no_password() -> None:
    evidence, wire = play(b"* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n", b"M0001 OK\r\nM0002 OK\r\nM0003 OK\r\n")
    assert fault(evidence)[:2] == (Stage.AUTH, FaultKind.PREAUTH)
    assert (evidence.authenticated, wire.secrets) == (False, 0)
    assert evidence.stage(Stage.SPECIAL_USE) is not None


# NO STARTTLS (USENIX Security 2021)

GO = b"M0001 OK go\r\n"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        pytest.param([GREETING], (Stage.STARTTLS, FaultKind.MISSING), id="O_1 not advertised"),
        pytest.param([ALL, b"M0001 NO x\r\n"], (Stage.STARTTLS, FaultKind.REPLY), id="O_2 NO"),
        pytest.param([ALL, b"M0001 BAD x\r\n"], (Stage.STARTTLS, FaultKind.REPLY), id="O_3 BAD"),
        pytest.param([ALL, b"+ x\r\n"], (Stage.STARTTLS, FaultKind.REPLY), id="O_4 continuation"),
        pytest.param([BARE, b"M0001 BAD x\r\n"], (Stage.CAPABILITY, FaultKind.REPLY), id="D_1 hidden CAPABILITY"),
        pytest.param(
            [BARE, b"* CAPABILITY IMAP4\r\nM0001 OK\r\n"], (Stage.STARTTLS, FaultKind.MISSING), id="D_2 IMAP4 only"
        ),
        pytest.param([BARE, b"M0001 OK\r\n"], (Stage.STARTTLS, FaultKind.MISSING), id="D_3 empty"),
        pytest.param([b"* PREAUTH hi\r\n"], (Stage.GREETING, FaultKind.PREAUTH), id="P PREAUTH"),
        pytest.param(
            [b"* PREAUTH [CAPABILITY STARTTLS] hi\r\n"], (Stage.GREETING, FaultKind.PREAUTH), id="P_1 PREAUTH STARTTLS"
        ),
        pytest.param([ALL, GO + b"* OK x\r\n"], (Stage.STARTTLS, FaultKind.INJECTED), id="B_1 suffix line"),
        pytest.param([ALL, GO + b"* "], (Stage.STARTTLS, FaultKind.INJECTED), id="B_2 suffix bytes"),
        pytest.param([ALL, GO + b"* BYE x\r\n"], (Stage.STARTTLS, FaultKind.INJECTED), id="B_3 suffix BYE"),
        pytest.param([ALL, b"* BYE x\r\n" + GO], (Stage.STARTTLS, FaultKind.REPLY), id="BYE between"),
        pytest.param(
            [ALL, b"M0001 NO [REFERRAL imap://e/] x\r\n"], (Stage.STARTTLS, FaultKind.REPLY), id="L_1 referral"
        ),
    ],
)
def test_section_7_3_no_starttls_sends_no_secret_in_clear(
    script: list[bytes], expected: tuple[Stage, FaultKind]
) -> None:
    evidence, wire = play(*script, GO, IN, probe=plan(Security.STARTTLS))
    assert fault(evidence)[:2] == expected
    assert (wire.secrets_in_clear, wire.secrets, evidence.submitted, wire.tls) == (0, 0, False, False)


def test_section_5_3_what_was_said_before_tls_is_forgotten() -> None:
    tampering = (
        b'* LIST () "/" "Evil"\r\n* 66 EXISTS\r\n* OK [ALERT] call me\r\n'
        b"* CAPABILITY LITERAL+ SASL-IR\r\n* PREAUTH x\r\n"
    )
    offers = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN LOGINDISABLED\r\nM0002 OK\r\n"
    evidence, wire = play(
        ALL, tampering + GO, offers, b"+ \r\n", renumbered(IN, 2),
        renumbered(SESSION + LIST, 2) + b"M0007 OK\r\nM0008 OK\r\nM0009 OK\r\nM0010 OK\r\n",
        probe=plan(Security.STARTTLS),
    )  # fmt: skip
    assert evidence.stopped_at is None
    assert wire.sent[2] == (True, b"M0003 AUTHENTICATE PLAIN\r\n")
    assert evidence.alerts == ()
    assert "Evil" not in facts(evidence, Stage.LIST)["names"]
    assert facts(evidence, Stage.SELECT)["exists"] is None
