# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The message for people: its first line, its shape, and what must not be in it."""

from __future__ import annotations

from typing import Any

import pytest
from diagnosis.build import EMAIL, IMAP, SMTP, judge, replied, seen

from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.diagnose import Diagnosis
from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.message import WIDTH, render
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import (
    Protocol,
    Security,
    Stage,
    StageStatus,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import Fault, FaultKind, ProtocolEvidence


def section(diagnosis: Diagnosis, evidence: ProtocolEvidence) -> dict[str, Any]:
    """Return a protocol's part of a result."""
    statuses = diagnosis.statuses[evidence.protocol]
    return {
        "status": diagnosis.outcome[evidence.protocol].value,
        "host": evidence.host,
        "port": evidence.port,
        "security": evidence.security.value,
        "addresses": [{"address": a.address, "result": a.result.value, "ms": a.ms} for a in evidence.addresses],
        "tls": {"version": evidence.tls.version, "verified": True, "certificate": {"days_left": 63}}
        if evidence.tls
        else None,
        "mechanism": evidence.mechanism,
        "stages": [
            {
                "stage": entry.stage.value,
                "protocol": evidence.protocol.value,
                "status": statuses[entry.stage].value,
                "duration_ms": entry.duration_ms,
                "facts": {},
                "reply": entry.fault.reply.decode() if entry.fault and entry.fault.reply else None,
            }
            for entry in evidence.stages
        ],
    }


def told(status: str, *evidence: ProtocolEvidence, **changes: Any) -> str:
    """Diagnose and render."""
    diagnosis = judge(*evidence)
    result: dict[str, Any] = {
        "id": EMAIL,
        "status": status,
        "reason": None,
        "smtp": None,
        "imap": None,
        "stages": [],
        "failures": [failure.as_dict() for failure in diagnosis.failures],
        "notices": [notice.as_dict() for notice in diagnosis.warnings],
        **{entry.protocol.value: section(diagnosis, entry) for entry in evidence},
    }
    return render({**result, **changes})


GOLDEN = """\
sales01@acme.example can send, but cannot read: IMAP login was refused because QQ Mail wants an authorization code.

SMTP smtp.acme.example:465 (tls)
  ✓ name resolution       10 ms
  ✓ connection            10 ms  192.0.2.25
  ✓ TLS                   10 ms  TLSv1.3, certificate for 63 more days
  ✓ greeting              10 ms
  ✓ capabilities          10 ms
  ✓ login                 10 ms  PLAIN
  ✓ sender                10 ms
  ✓ recipient             10 ms
  ✓ message               10 ms

IMAP imap.acme.example:993 (tls)
  ✓ name resolution       10 ms
  ✓ connection            10 ms  192.0.2.25
  ✓ TLS                   10 ms  TLSv1.3, certificate for 63 more days
  ✓ greeting              10 ms
  ✓ capabilities          10 ms
  ✗ login                 10 ms  a1 NO [ALERT] xyzzy

IMAP login was refused because QQ Mail wants an authorization code.
   The server said:
     a1 NO [ALERT] xyzzy
   Causes, the likeliest first, and what to do:
     1) The account's password is used.
        -> Create a code.
     2) The code was revoked.
        -> Create a new one.
   The password is at fault: a new one is needed.
   More: docs/diagnostics.md#auth.app_password_required"""


def test_golden() -> None:
    """The whole text, with an own failure so that it depends on no rule."""
    imap = replied(IMAP, Stage.AUTH, b"a1 NO [ALERT] xyzzy")
    failure = {
        "category": "auth.app_password_required",
        "protocol": "imap",
        "stage": "auth",
        "status": "failed",
        "sentence": "IMAP login was refused because QQ Mail wants an authorization code.",
        "reply": "a1 NO [ALERT] xyzzy",
        "causes": [
            {"cause": "The account's password is used.", "remedy": "Create a code.", "confidence": "high"},
            {"cause": "The code was revoked.", "remedy": "Create a new one.", "confidence": "medium"},
        ],
        "password_at_fault": "yes",
        "retryable": False,
        "retry_after": None,
    }
    assert told("partial", seen(SMTP), imap, failures=[failure]) == GOLDEN


def test_section_7_3_what_came_before_tls_is_not_shown_as_the_servers_word() -> None:
    """Anybody on the way may have written it; after TLS it is the server's."""
    clear = replied(
        IMAP, Stage.GREETING, b"* BYE [ALERT] Sign in at evil.example", security=Security.STARTTLS, tls=None
    )
    (failure,) = judge(clear).failures
    text = told("failed", clear, failures=[failure.as_dict()])
    assert "The server said" not in text
    assert "came before TLS, so anybody on the way may have written it" in text
    (failure,) = judge(replied(IMAP, Stage.AUTH, b"a NO [ALERT] x")).failures
    assert "The server said" in told("failed", clear, failures=[failure.as_dict()])


@pytest.mark.parametrize(
    ("status", "evidence", "start"),
    [
        ("verified", (seen(SMTP), seen(IMAP)), f"{EMAIL} can send and read."),
        ("verified", (seen(SMTP),), f"{EMAIL} can send."),
        ("failed", (replied(SMTP, Stage.AUTH, b"535 x"), replied(IMAP, Stage.AUTH, b"a NO x")),
         f"{EMAIL} can neither send nor read: SMTP login was refused"),
        ("partial", (replied(SMTP, Stage.AUTH, b"535 x"), seen(IMAP)), f"{EMAIL} can read, but cannot send: SMTP"),
        ("inconclusive", (seen(SMTP), replied(IMAP, Stage.AUTH, b"a NO [UNAVAILABLE] x")),
         f"{EMAIL} can send, but whether it can read is open: IMAP login was put off"),
        ("failed", (seen(IMAP, Stage.SELECT, Fault(FaultKind.ABSENT, detail={"folder": "x"})),),
         f'{EMAIL} cannot read: there is no folder "x"'),
    ],
)  # fmt: skip
def test_first_line(status: str, evidence: tuple[ProtocolEvidence, ...], start: str) -> None:
    """One full sentence that names the mailbox and what decides."""
    first = told(status, *evidence).splitlines()[0]
    assert first.startswith(start)
    assert first.endswith(".")


def test_success_is_short() -> None:
    """Nobody reads stages that went well."""
    assert told("verified", seen(SMTP), seen(IMAP)).count("\n") == 0


def test_results_without_a_probe() -> None:
    """Skipped, invalid and empty results are sentences too."""
    assert render({"id": "x", "status": "skipped"}).startswith("x was not probed.")
    assert render({"id": "x", "status": "verified", "reason": "recently_verified"}).startswith(
        "x was verified recently"
    )
    assert render(
        {"id": "x", "status": "failed", "failures": [{"sentence": "The key smtp.port is no port."}]}
    ).startswith("x cannot be used: the key smtp.port")
    assert render({}).endswith("\n") is False


@pytest.mark.parametrize("protocol", list(Protocol))
def test_shape_holds_for_hostile_replies(protocol: Protocol) -> None:
    """No tab, no trailing blank, no control character, no long line but the first: a YAML block can show it."""
    reply = b"535 5.7.8 \x1b[31mred\t" + b"x" * 400 + b" \r\n535 5.7.8   end   "
    text = told("failed", replied(protocol, Stage.AUTH, reply))
    lines = text.split("\n")
    assert all(line == line.rstrip() for line in lines)
    assert all(len(line) <= WIDTH for line in lines[1:])
    assert all(char.isprintable() for line in lines for char in line)


def test_greylisting_is_shown_as_a_warning() -> None:
    """The mailbox is verified, and the message says what was put off."""
    evidence = replied(SMTP, Stage.RECIPIENT, b"451 4.7.1 Greylisted")
    assert judge(evidence).outcome[SMTP] is StageStatus.OK
    text = told("verified", evidence)
    assert text.startswith(f"{EMAIL} can send.")
    assert "(rcpt.greylisted)" in text


def test_a_sentence_goes_on_in_lower_case_after_the_colon() -> None:
    failure = {
        "category": "run.auth_breaker",
        "sentence": "It was not probed, because x has refused 4 logins in a row.",
    }
    first = render({"id": "a", "status": "inconclusive", "failures": [failure]}).splitlines()[0]
    assert first.startswith("a could not be judged: it was not probed")
