# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The SMTP flow over byte tables: every rule of the wire that concerns SMTP, and the NO STARTTLS attacks on clients."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import (
    Depth,
    Pipelining,
    Protocol,
    Security,
    Stage,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import (
    Connect,
    Expect,
    LimitExceeded,
    PeerClosed,
    Secret,
    Send,
    StartTls,
    TimedOut,
    TlsFailed,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import FaultKind, TlsFault
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import (
    Credentials,
    SmtpPlan,
    Target,
    TlsPlan,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.smtp_flow import SmtpDialogue
from ansible_collections.mailops.mailbox.tests.unit.player import Player

PASSWORD = b'p"ss\\w\xc3\xb6rd'
ME = "sales01@acme.example"
GREETING = b"220 mx.acme.example ESMTP\r\n"
EHLO = b"250-mx.acme.example\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN\r\n"
EHLO_LOGIN = b"250-mx.acme.example\r\n250 AUTH LOGIN\r\n"
EHLO_SLOW = b"250-mx.acme.example\r\n250 AUTH PLAIN LOGIN\r\n"
EHLO_CLEAR = b"250-mx.acme.example\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n"
READY = b"220 2.0.0 Ready\r\n"
IN = b"235 2.7.0 Accepted\r\n"
OK = b"250 2.0.0 Ok\r\n"
BYE = b"221 2.0.0 Bye\r\n"
USER = b"334 VXNlcm5hbWU6\r\n"
PASS = b"334 UGFzc3dvcmQ6\r\n"
PLAIN = base64.b64encode(b"\0" + ME.encode() + b"\0" + PASSWORD)
LATE = TimedOut(10.0, whole=False)


def plan(security: Security = Security.TLS, *, clear: bool = False, **changes: Any) -> SmtpPlan:
    target = Target(Protocol.SMTP, "mx.acme.example", 465, security, TlsPlan("mx.acme.example"), clear)
    values: dict[str, Any] = {
        "target": target,
        "ehlo": "probe.acme.example",
        "senders": (ME,),
        "recipient": ME,
        "own_address": ME,
        "credentials": Credentials(ME, Secret(PASSWORD)),
    }
    return SmtpPlan(**{**values, **changes})


class Counted(Player):
    """A player that counts round trips: connection, handshake, greeting, and each write that is answered."""

    flights = 0
    waiting = True

    def _carry_out(self, action: Any, dialogue: Any) -> Any:
        if isinstance(action, (Connect, StartTls)):
            self.flights += 1
            self.waiting = not isinstance(action, StartTls) or dialogue.target.security is Security.TLS
        elif isinstance(action, Send):
            self.waiting = True
        elif isinstance(action, Expect):
            self.flights += self.waiting
            self.waiting = False
        return super()._carry_out(action, dialogue)


def play(script: list[bytes | Exception], of: SmtpPlan | None = None, **player_options: Any) -> tuple[Any, Counted]:
    player = Counted(script, **player_options)
    evidence = player.play(SmtpDialogue(of or plan()))
    return evidence, player


def fault_at(evidence: Any, stage: Stage) -> Any:
    """Return the fault, after making sure that the stage is where it stopped."""
    assert evidence.stopped_at is not None
    assert evidence.stopped_at.stage is stage
    return evidence.stopped_at.fault


def commands(player: Player) -> list[bytes]:
    return [line.split(b" ")[0] for line in player.wire.split(b"\r\n") if line]


# The whole way


def test_section_5_3_smtp_implicit_tls_takes_six_flights():
    evidence, player = play([GREETING, EHLO, IN, OK * 3 + BYE])
    assert evidence.stopped_at is None
    assert evidence.authenticated and evidence.submitted and evidence.mechanism == "PLAIN"
    assert player.flights == 6
    assert player.stages[:-1] == ["dns", "connect", "tls", "greeting", "capability", "auth", "sender", "recipient"]
    assert player.sent[-1] == (
        True,
        f"MAIL FROM:<{ME}>\r\nRCPT TO:<{ME}>\r\nRSET\r\nQUIT\r\n".encode(),
    )


def test_section_5_3_smtp_starttls_takes_eight_flights():
    evidence, player = play([GREETING, EHLO_CLEAR, READY, EHLO, IN, OK * 3 + BYE], plan(Security.STARTTLS))
    assert evidence.stopped_at is None and evidence.authenticated
    assert player.flights == 8
    assert player.secrets_in_clear == 0
    assert [tls for tls, _unused in player.sent] == [False, False, True, True, True]


def test_greeting_and_capabilities_are_kept():
    evidence, _unused = play([GREETING, EHLO, IN, OK * 3 + BYE])
    assert evidence.greeting == b"220 mx.acme.example ESMTP"
    assert evidence.identity == {"greeting": "mx.acme.example ESMTP"}
    assert evidence.capabilities == ("PIPELINING", "SIZE 1000", "SMTPUTF8", "AUTH PLAIN LOGIN")
    assert evidence.stage(Stage.CAPABILITY).facts["keywords"]["AUTH"] == ["PLAIN", "LOGIN"]
    assert [stage.duration_ms > 0 for stage in evidence.stages] == [True] * len(evidence.stages)


# Greeting and EHLO


def test_section_5_3_nothing_is_sent_before_the_greeting():
    _unused, player = play([])
    assert player.sent == []


@pytest.mark.parametrize("greeting", [b"554-no\r\n554 5.7.1 blocked\r\n", b"250 hi\r\n", b"354 go\r\n"])
def test_greeting_other_than_220_is_a_refusal(greeting):
    evidence, player = play([greeting])
    fault = fault_at(evidence, Stage.GREETING)
    assert (fault.kind, fault.reply) == (FaultKind.REPLY, greeting[:-2])
    assert player.wire == b"QUIT\r\n"


def test_421_as_greeting_gets_no_quit():
    evidence, player = play([b"421 4.3.2 too many connections\r\n"])
    assert fault_at(evidence, Stage.GREETING).detail["enhanced"] == "4.3.2"
    assert player.sent == []


def test_another_protocol_is_told_by_its_bytes():
    evidence, player = play([b"* OK IMAP4rev1\r\n"])
    fault = fault_at(evidence, Stage.GREETING)
    assert (fault.kind, fault.reply) == (FaultKind.UNPARSABLE, b"* OK IMAP4rev1\r\n")
    assert player.sent == []


def test_section_5_7_tls_13_client_certificate_refusal_at_the_first_read_is_stage_tls():
    alert = TlsFailed(TlsFault("tlsv13 alert certificate required", alert="certificate_required"))
    evidence, _unused = play([alert])
    assert fault_at(evidence, Stage.TLS).kind is FaultKind.TLS


def test_tls_failure_is_stage_tls_and_nothing_is_said():
    evidence, player = play([], tls=TlsFailed(TlsFault("certificate verify failed", verify_code=10)))
    assert fault_at(evidence, Stage.TLS).tls.verify_code == 10
    assert player.sent == []


def test_ehlo_name_is_the_plans():
    _unused, player = play([GREETING])
    assert player.wire == b"EHLO probe.acme.example\r\n"


def test_section_5_8_ehlo_name_left_open_is_the_connections_own_address():
    dialogue = SmtpDialogue(plan(ehlo=""))
    dialogue.local_address = "192.0.2.7"
    player = Player([GREETING])
    player.play(dialogue)
    assert player.wire == b"EHLO [192.0.2.7]\r\n"


@pytest.mark.parametrize(
    "answer", [b"220 hi\r\n", b"221 bye\r\n", b"354 go\r\n", b"550 5.7.1 no\r\n", b"451 later\r\n"]
)
def test_ehlo_answered_otherwise_is_a_refusal(answer):
    evidence, player = play([GREETING, answer])
    assert fault_at(evidence, Stage.CAPABILITY).reply == answer[:-2]
    assert commands(player) == [b"EHLO", b"QUIT"]


def test_helo_only_explains_that_no_auth_is_offered():
    evidence, player = play([GREETING, b"502 what\r\n", b"250 hello\r\n"])
    fault = fault_at(evidence, Stage.AUTH)
    assert (fault.kind, fault.detail["what"]) == (FaultKind.MISSING, "auth")
    assert commands(player) == [b"EHLO", b"HELO", b"QUIT"]


def test_helo_refused_too_is_the_refusal_of_ehlo():
    evidence, _unused = play([GREETING, b"502 what\r\n", b"550 no\r\n"])
    fault = fault_at(evidence, Stage.CAPABILITY)
    assert (fault.reply, fault.detail["command"]) == (b"502 what", "EHLO")


def test_a_relay_without_ehlo_still_works():
    of = plan(Security.NONE, mechanisms=(), credentials=None)
    evidence, player = play([GREETING, b"500 what\r\n", OK, OK, OK, OK, BYE], of)
    assert evidence.stopped_at is None
    assert evidence.stage(Stage.AUTH).skipped
    assert commands(player) == [b"EHLO", b"HELO", b"MAIL", b"RCPT", b"RSET", b"QUIT"]


def test_421_at_any_point_is_a_refusal_of_that_stage_and_ends_the_probe():
    evidence, player = play([GREETING, EHLO, b"421 4.7.0 bye\r\n"])
    assert fault_at(evidence, Stage.AUTH).detail["code"] == 421
    assert commands(player)[-1] == b"AUTH"


# STARTTLS, by the cases of NO STARTTLS (USENIX Security 2021)


def stripped(script: list[bytes | Exception]) -> tuple[Any, Counted]:
    evidence, player = play(script, plan(Security.STARTTLS))
    assert player.secrets_in_clear == 0
    assert b"AUTH" not in player.wire
    assert b"MAIL" not in player.wire
    assert not evidence.submitted
    return evidence, player


def test_section_7_3_no_starttls_o1_not_advertised():
    evidence, player = stripped([GREETING, EHLO_SLOW])
    fault = fault_at(evidence, Stage.STARTTLS)
    assert (fault.kind, fault.detail) == (
        FaultKind.MISSING,
        {"what": "starttls", "offered": ["AUTH PLAIN LOGIN"]},
    )
    assert evidence.offered_before_tls == ("AUTH PLAIN LOGIN",)
    assert commands(player) == [b"EHLO", b"QUIT"]


@pytest.mark.parametrize(
    "answer", [b"502 no\r\n", b"454 4.7.0 later\r\n", b"354 go\r\n", b"250 fine\r\n", b"421 bye\r\n"]
)
def test_no_starttls_o2_o3_o4_refused(answer):
    evidence, player = stripped([GREETING, EHLO_CLEAR, answer])
    fault = fault_at(evidence, Stage.STARTTLS)
    assert (fault.kind, fault.reply) == (FaultKind.REPLY, answer[:-2])
    assert not player.tls


def test_no_starttls_d1_empty_ehlo():
    evidence, _unused = stripped([GREETING, b"250\r\n"])
    assert fault_at(evidence, Stage.STARTTLS).detail["what"] == "starttls"


def test_no_starttls_d3_ehlo_hidden_behind_helo():
    evidence, player = stripped([GREETING, b"500 what\r\n", b"250 AUTH STARTTLS\r\n"])
    assert fault_at(evidence, Stage.STARTTLS).detail["what"] == "starttls"
    assert commands(player) == [b"EHLO", b"HELO", b"QUIT"]


@pytest.mark.parametrize("extra", [b"250 AUTH PLAIN\r\n", b"2", b"\0", IN])
def test_section_5_6_no_starttls_b1_bytes_behind_the_reply_are_an_attack(extra):
    evidence, player = stripped([GREETING, EHLO_CLEAR, READY + extra])
    fault = fault_at(evidence, Stage.STARTTLS)
    assert (fault.kind, fault.reply) == (FaultKind.INJECTED, extra)
    assert not player.tls
    assert commands(player)[-1] == b"STARTTLS"


def test_section_5_6_no_starttls_b2_a_reply_before_the_command_is_an_attack():
    evidence, player = stripped([GREETING, EHLO_CLEAR + READY])
    assert fault_at(evidence, Stage.STARTTLS).kind is FaultKind.INJECTED
    assert b"STARTTLS" not in player.wire


def test_section_5_3_no_starttls_t_what_was_heard_before_tls_is_forgotten():
    after = b"250-mx.acme.example\r\n250 SIZE 5\r\n"
    evidence, player = stripped([GREETING, b"250-x\r\n250-PIPELINING\r\n" + EHLO_CLEAR[21:], READY, after])
    fault = fault_at(evidence, Stage.AUTH)
    assert (fault.kind, fault.detail) == (FaultKind.MISSING, {"what": "auth", "offered": ["SIZE 5"]})
    assert evidence.capabilities == ("SIZE 5",)
    assert evidence.stage(Stage.CAPABILITY).facts == {"keywords": {"SIZE": ["5"]}}
    assert "STARTTLS" in evidence.offered_before_tls
    assert player.tls


def test_section_7_3_starttls_handshake_failure_keeps_the_credential():
    evidence, player = play(
        [GREETING, EHLO_CLEAR, READY], plan(Security.STARTTLS), tls=TlsFailed(TlsFault("wrong version number"))
    )
    assert fault_at(evidence, Stage.STARTTLS).kind is FaultKind.TLS
    assert evidence.capabilities == ()
    assert evidence.stage(Stage.CAPABILITY).facts == {}
    assert commands(player) == [b"EHLO", b"STARTTLS"]


def test_security_none_never_tries_starttls():
    evidence, player = play([GREETING, EHLO_CLEAR], plan(Security.NONE))
    assert fault_at(evidence, Stage.AUTH).kind is FaultKind.WITHHELD
    assert player.secrets_in_clear == 0
    assert commands(player) == [b"EHLO", b"QUIT"]


def test_section_7_3_security_none_sends_a_credential_only_with_both_flags():
    evidence, player = play([GREETING, EHLO_CLEAR, IN], plan(Security.NONE, clear=True))
    assert evidence.authenticated
    assert player.secrets_in_clear == 1


# AUTH


def test_auth_none_offered_is_missing():
    evidence, _unused = play([GREETING, b"250-x\r\n250 SIZE 5\r\n"])
    assert fault_at(evidence, Stage.AUTH).detail == {"what": "auth", "offered": ["SIZE 5"]}


def test_auth_none_of_ours_is_missing_with_the_offers():
    evidence, player = play([GREETING, b"250-x\r\n250 AUTH GSSAPI NTLM\r\n"])
    assert fault_at(evidence, Stage.AUTH).detail == {"what": "mechanism", "offered": ["GSSAPI", "NTLM"]}
    assert commands(player) == [b"EHLO", b"QUIT"]


@pytest.mark.parametrize(
    ("withheld", "why"), [("refused before", "refused before"), (None, "no credentials were given")]
)
def test_auth_without_credentials_is_withheld(withheld, why):
    evidence, player = play([GREETING, EHLO], plan(credentials=None, withheld=withheld))
    fault = fault_at(evidence, Stage.AUTH)
    assert (fault.kind, fault.detail["why"]) == (FaultKind.WITHHELD, why)
    assert commands(player) == [b"EHLO", b"QUIT"]


def test_auth_order_is_the_plans_less_what_is_not_offered():
    evidence, _unused = play([GREETING, EHLO, USER, PASS, IN], plan(mechanisms=("CRAM-MD5", "LOGIN", "PLAIN")))
    assert evidence.mechanism == "LOGIN"


def test_section_5_4_plain_initial_response_while_the_line_fits():
    _unused, player = play([GREETING, EHLO, IN])
    assert player.sent[1] == (True, b"AUTH PLAIN " + PLAIN + b"\r\n")


def test_auth_plain_without_initial_response_when_the_line_does_not_fit():
    secret = b"x" * 400
    evidence, player = play([GREETING, EHLO, b"334 \r\n", IN], plan(credentials=Credentials(ME, Secret(secret))))
    assert evidence.authenticated
    assert player.sent[1][1] == b"AUTH PLAIN\r\n"
    assert base64.b64decode(player.sent[2][1]).endswith(secret)


def test_section_5_4_login_has_no_initial_response():
    evidence, player = play([GREETING, EHLO_LOGIN, USER, PASS, IN, OK, OK, OK, BYE])
    assert evidence.authenticated and evidence.mechanism == "LOGIN"
    assert [octets for _unused, octets in player.sent[1:4]] == [
        b"AUTH LOGIN\r\n",
        base64.b64encode(ME.encode()) + b"\r\n",
        base64.b64encode(PASSWORD) + b"\r\n",
    ]


@pytest.mark.parametrize("code", [b"500", b"502", b"504"])
def test_section_5_2_next_mechanism_after_a_mechanism_error_before_the_secret(code):
    evidence, player = play([GREETING, EHLO, code + b" no such thing\r\n", IN], plan(mechanisms=("LOGIN", "PLAIN")))
    assert evidence.authenticated and evidence.mechanism == "PLAIN"
    assert player.wire.count(PLAIN) == 1


def test_login_budget_all_mechanisms_refused_is_the_last_refusal():
    long = Credentials(ME, Secret(b"x" * 400))
    evidence, player = play([GREETING, EHLO, b"504 one\r\n", b"504 two\r\n"], plan(credentials=long))
    fault = fault_at(evidence, Stage.AUTH)
    assert (fault.reply, fault.detail["mechanism"], fault.detail["submitted"]) == (b"504 two", "LOGIN", False)
    assert not evidence.submitted
    assert commands(player) == [b"EHLO", b"AUTH", b"AUTH", b"QUIT"]


@pytest.mark.parametrize("code", [b"500", b"501", b"502", b"504", b"535", b"454", b"534", b"550"])
def test_section_5_1_nothing_is_tried_once_the_secret_was_on_the_wire(code):
    evidence, player = play([GREETING, EHLO, code + b" no\r\n", IN])
    fault = fault_at(evidence, Stage.AUTH)
    assert (fault.kind, fault.reply) == (FaultKind.REPLY, code + b" no")
    assert evidence.submitted and not evidence.authenticated
    assert commands(player) == [b"EHLO", b"AUTH", b"QUIT"]


@pytest.mark.parametrize("code", [b"501", b"530", b"538", b"523", b"534", b"454", b"535"])
def test_section_5_2_another_refusal_before_the_secret_tries_nothing_else(code):
    evidence, player = play([GREETING, EHLO, code + b" no\r\n", IN], plan(mechanisms=("LOGIN", "PLAIN")))
    assert not evidence.submitted
    assert fault_at(evidence, Stage.AUTH).reply == code + b" no"
    assert commands(player) == [b"EHLO", b"AUTH", b"QUIT"]


@pytest.mark.parametrize("end", [PeerClosed(reset=False), TimedOut(15.0, whole=False)])
def test_section_5_1_a_lost_reply_to_the_secret_is_not_retried(end):
    evidence, player = play([GREETING, EHLO, end, IN])
    assert fault_at(evidence, Stage.AUTH).kind in (FaultKind.CLOSED, FaultKind.TIMEOUT)
    assert evidence.submitted and not evidence.authenticated
    assert player.wire.count(b"AUTH") == 1


def test_auth_one_challenge_too_many_is_cancelled():
    evidence, player = play([GREETING, EHLO, b"334 eyJzdGF0dXMiOiI0MDAifQ==\r\n", b"501 cancelled\r\n"])
    fault = fault_at(evidence, Stage.AUTH)
    assert (fault.detail["code"], fault.detail["unexpected"], fault.detail["after_cancel"]) == (334, "challenge", 501)
    assert player.sent[2][1] == b"*\r\n"
    assert not evidence.authenticated


def test_auth_success_before_the_password_proves_nothing():
    evidence, player = play([GREETING, EHLO_LOGIN, USER, IN])
    fault = fault_at(evidence, Stage.AUTH)
    assert fault.detail["unexpected"] == "success before the password was sent"
    assert not evidence.authenticated and not evidence.submitted
    assert commands(player)[-1] == b"QUIT"


def test_section_5_3_nothing_follows_auth_before_its_final_reply():
    _unused, player = play([GREETING, EHLO, IN, OK * 3 + BYE])
    assert player.sent[1][1].count(b"\r\n") == 1


# Depth


def test_section_5_8_depth_auth_sends_one_harmless_command():
    evidence, player = play([GREETING, EHLO, IN, OK + BYE], plan(depth=Depth.AUTH))
    assert evidence.stopped_at is None
    assert player.sent[-1][1] == b"RSET\r\nQUIT\r\n"
    assert player.flights == 6


def test_depth_auth_in_lock_step_without_pipelining():
    evidence, player = play([GREETING, EHLO_SLOW, IN, OK, BYE], plan(depth=Depth.AUTH))
    assert evidence.stopped_at is None
    assert [octets for _unused, octets in player.sent[-2:]] == [b"RSET\r\n", b"QUIT\r\n"]


@pytest.mark.parametrize("ehlo", [EHLO, EHLO_SLOW])
def test_depth_auth_a_refusal_after_login_is_stage_auth(ehlo):
    evidence, _unused = play([GREETING, ehlo, IN, b"530 5.7.0 not really\r\n"], plan(depth=Depth.AUTH))
    assert fault_at(evidence, Stage.AUTH).reply == b"530 5.7.0 not really"
    assert evidence.authenticated


def test_depth_auth_missing_reply_to_quit_changes_nothing():
    evidence, _unused = play([GREETING, EHLO, IN, OK], plan(depth=Depth.AUTH))
    assert evidence.stopped_at is None


def test_depth_sender_asks_for_each_sender():
    senders = (ME, "info@acme.example")
    evidence, player = play([GREETING, EHLO, IN, OK * 4 + BYE], plan(depth=Depth.SENDER, senders=senders))
    assert evidence.stopped_at is None
    assert commands(player)[2:] == [b"MAIL", b"RSET", b"MAIL", b"RSET", b"QUIT"]
    assert [fact["address"] for fact in evidence.stage(Stage.SENDER).facts["addresses"]] == list(senders)
    assert evidence.stage(Stage.RECIPIENT) is None


def test_depth_recipient_without_senders_asks_for_the_own_address():
    _unused, player = play([GREETING, EHLO, IN, OK * 3 + BYE], plan(senders=()))
    assert f"MAIL FROM:<{ME}>\r\n".encode() in player.wire


@pytest.mark.parametrize("ehlo", [EHLO, EHLO_SLOW])
def test_one_sender_may_fail_and_another_pass(ehlo):
    no = b"553 5.7.1 not owned by user\r\n"
    rest = [no + b"503 no sender\r\n" + OK + OK * 3 + BYE] if ehlo is EHLO else [no, OK, OK, OK, BYE]
    evidence, player = play([GREETING, ehlo, IN, *rest], plan(senders=("boss@acme.example", ME)))
    fault = fault_at(evidence, Stage.SENDER)
    assert (fault.reply, fault.detail["address"]) == (no[:-2], "boss@acme.example")
    facts = evidence.stage(Stage.SENDER).facts["addresses"]
    assert [(fact["address"], fact["code"]) for fact in facts] == [("boss@acme.example", 553), (ME, 250)]
    assert evidence.stage(Stage.RECIPIENT).fault is None
    assert [fact["sender"] for fact in evidence.stage(Stage.RECIPIENT).facts["addresses"]] == [ME]
    assert player.wire.count(b"AUTH") == 1


@pytest.mark.parametrize("ehlo", [EHLO, EHLO_SLOW])
def test_no_sender_taken_skips_the_recipient(ehlo):
    no = b"553 5.7.1 not owned by user\r\n"
    evidence, _unused = play([GREETING, ehlo, IN, no, b"503 no\r\n", OK, BYE])
    assert fault_at(evidence, Stage.SENDER).detail["enhanced"] == "5.7.1"
    assert evidence.stage(Stage.RECIPIENT).skipped


@pytest.mark.parametrize("ehlo", [EHLO, EHLO_SLOW])
def test_rcpt_refused_is_stage_recipient_even_when_it_speaks_of_the_sender(ehlo):
    no = b"553 5.7.1 <sales01@acme.example>: Sender address rejected: not owned by user\r\n"
    evidence, _unused = play([GREETING, ehlo, IN, OK, no, OK, BYE])
    fault = fault_at(evidence, Stage.RECIPIENT)
    assert (fault.reply, fault.detail["command"]) == (no[:-2], "RCPT")
    assert evidence.stage(Stage.SENDER).fault is None
    assert not evidence.relay_proven


@pytest.mark.parametrize(
    ("recipient", "senders", "proven"),
    [
        (ME, (ME,), False),
        ("other@ACME.example", (ME,), False),
        ("test@elsewhere.example", (ME,), True),
        ("test@elsewhere.example", (ME, "x@Elsewhere.example"), False),
        ("test@b\u00fccher.example", ("x@xn--bcher-kva.example",), False),
    ],
)
def test_section_5_5_relay_is_proven_only_by_a_foreign_recipient(recipient, senders, proven):
    evidence, _unused = play([GREETING, EHLO, IN, OK * 9], plan(recipient=recipient, senders=senders))
    assert evidence.stopped_at is None
    assert evidence.relay_proven is proven


def test_section_5_8_smtputf8_is_asked_for_when_needed():
    _unused, player = play([GREETING, EHLO, IN, OK * 3 + BYE], plan(senders=("j\u00f6rg@b\u00fccher.example",)))
    assert "MAIL FROM:<j\u00f6rg@xn--bcher-kva.example> SMTPUTF8\r\n".encode() in player.wire


def test_smtputf8_for_the_recipient_concerns_every_sender_from_depth_recipient_on():
    of = {"recipient": "j\u00f6rg@acme.example"}
    _unused, player = play([GREETING, EHLO, IN, OK * 3 + BYE], plan(**of))
    assert f"MAIL FROM:<{ME}> SMTPUTF8\r\n".encode() in player.wire
    _unused, player = play([GREETING, EHLO, IN, OK * 3 + BYE], plan(depth=Depth.SENDER, **of))
    assert b"SMTPUTF8" not in player.wire


def test_smtputf8_not_offered_is_missing_for_that_sender():
    senders = ("j\u00f6rg@acme.example", ME)
    evidence, player = play([GREETING, EHLO_SLOW, IN, OK, OK, OK, BYE], plan(senders=senders))
    fault = fault_at(evidence, Stage.SENDER)
    assert (fault.kind, fault.detail["what"], fault.detail["address"]) == (FaultKind.MISSING, "smtputf8", senders[0])
    assert [fact["code"] for fact in evidence.stage(Stage.SENDER).facts["addresses"]] == [None, 250]
    assert commands(player)[2:] == [b"MAIL", b"RCPT", b"RSET", b"QUIT"]


def test_smtputf8_not_offered_for_the_only_sender_ends_the_probe():
    evidence, player = play([GREETING, EHLO_SLOW, IN], plan(senders=("j\u00f6rg@acme.example",)))
    assert fault_at(evidence, Stage.SENDER).kind is FaultKind.MISSING
    assert commands(player)[2:] == [b"QUIT"]


@pytest.mark.parametrize(
    "end", [[], [TimedOut(2.0, whole=False)], [b"garbage\r\n"], [b"500 what\r\n"], [b"421 bye\r\n"]]
)
@pytest.mark.parametrize("ehlo", [EHLO, EHLO_SLOW])
def test_section_5_5_missing_or_odd_reply_to_quit_changes_nothing(ehlo, end):
    evidence, _unused = play([GREETING, ehlo, IN, OK, OK, OK, *end])
    assert evidence.stopped_at is None
    assert evidence.authenticated


@pytest.mark.parametrize("ehlo", [EHLO, EHLO_SLOW])
@pytest.mark.parametrize("end", [PeerClosed(reset=True), TimedOut(2.0, whole=True), TimedOut(2.0, whole=False)])
def test_missing_reply_to_the_last_rset_changes_nothing(ehlo, end):
    evidence, player = play([GREETING, ehlo, IN, OK, OK, end])
    assert evidence.stopped_at is None
    assert player.wire.count(b"MAIL") == 1


@pytest.mark.parametrize("ehlo", [EHLO, EHLO_SLOW])
def test_421_after_the_recipient_is_a_refusal_of_that_stage(ehlo):
    other = "busy@elsewhere.example"
    for replies, command in (([OK], "RCPT"), ([OK, OK], "RSET")):
        script = [GREETING, ehlo, IN, *replies, b"421 4.7.0 enough\r\n"]
        evidence, _unused = play(script, plan(recipient=other))
        detail = fault_at(evidence, Stage.RECIPIENT).detail
        assert detail["code"] == 421
        assert [detail[key] for key in ("command", "address", "sender")] == [command, other, ME]


@pytest.mark.parametrize("ehlo", [EHLO, EHLO_SLOW])
def test_a_fault_at_a_later_mail_belongs_to_stage_sender(ehlo):
    evidence, _unused = play(
        [GREETING, ehlo, IN, OK, OK, OK, b"421 4.7.0 enough\r\n"], plan(senders=(ME, "b@acme.example"))
    )
    detail = fault_at(evidence, Stage.SENDER).detail
    assert [detail[key] for key in ("code", "command", "address")] == [421, "MAIL", "b@acme.example"]
    assert evidence.stage(Stage.RECIPIENT).fault is None


# Pipelining


@pytest.mark.parametrize(
    ("ehlo", "setting"), [(EHLO_SLOW, Pipelining.AUTO), (EHLO, Pipelining.OFF)], ids=["not offered", "turned off"]
)
def test_pipelining_not_used_means_one_command_a_write(ehlo, setting):
    evidence, player = play([GREETING, ehlo, IN, OK, OK, OK, BYE], plan(pipelining=setting))
    assert evidence.stopped_at is None
    assert all(octets.count(b"\r\n") == 1 for _unused, octets in player.sent)


def test_section_5_3_pipelining_offered_before_tls_does_not_count():
    clear = b"250-x\r\n250-PIPELINING\r\n250 STARTTLS\r\n"
    _unused, player = play([GREETING, clear, READY, EHLO_SLOW, IN, OK, OK, OK, BYE], plan(Security.STARTTLS))
    assert all(octets.count(b"\r\n") == 1 for _unused, octets in player.sent)


@pytest.mark.parametrize("heard", [0, 1])
def test_section_5_3_pipelined_input_dropped_in_silence_is_asked_again_in_lock_step(heard):
    evidence, player = play([GREETING, EHLO, IN, *[OK] * heard, LATE, *[OK] * (3 - heard), BYE])
    assert evidence.stopped_at is None
    assert [fact["code"] for fact in evidence.stage(Stage.RECIPIENT).facts["addresses"]] == [250]
    again = [octets.split(b" ")[0].strip() for _unused, octets in player.sent[3:]]
    assert again == [b"MAIL", b"RCPT", b"RSET", b"QUIT"][heard:]
    assert player.wire.count(b"AUTH") == 1


def test_late_replies_to_a_group_still_meet_their_commands():
    no = b"553 5.7.1 not owned\r\n"
    late = [no, b"503 no sender\r\n", OK, b"550 5.1.0 not this one either\r\n", b"503 no sender\r\n", OK, BYE]
    evidence, _unused = play(
        [GREETING, EHLO, IN, LATE, b"".join(late)], plan(senders=("a@acme.example", "b@acme.example"))
    )
    assert [fact["code"] for fact in evidence.stage(Stage.SENDER).facts["addresses"]] == [553, 550]


def test_pipelined_input_dropped_twice_is_a_timeout():
    evidence, _unused = play([GREETING, EHLO, IN, OK, LATE, LATE])
    assert fault_at(evidence, Stage.RECIPIENT).kind is FaultKind.TIMEOUT


def test_pipelined_input_dropped_at_the_deadline_is_not_asked_again():
    evidence, player = play([GREETING, EHLO, IN, TimedOut(30.0, whole=True), OK])
    assert fault_at(evidence, Stage.SENDER).detail["whole"] is True
    assert player.wire.count(b"MAIL") == 1


def test_pipelined_input_answered_by_503_is_asked_again_in_lock_step():
    bad = b"503 5.5.1 improper pipelining\r\n"
    evidence, player = play([GREETING, EHLO, IN, OK + bad * 3, OK, OK, OK, OK, BYE])
    assert evidence.stopped_at is None
    assert [octets.split(b" ")[0].strip() for _unused, octets in player.sent[3:]] == [
        b"RSET",
        b"MAIL",
        b"RCPT",
        b"RSET",
        b"QUIT",
    ]
    assert [fact["code"] for fact in evidence.stage(Stage.SENDER).facts["addresses"]] == [250]


def test_section_7_5_nothing_is_sent_and_the_envelope_is_dropped_before_quit():
    _unused, player = play([GREETING, EHLO, IN, OK, OK, OK, BYE])
    assert commands(player) == [b"EHLO", b"AUTH", b"MAIL", b"RCPT", b"RSET", b"QUIT"]


def test_section_5_5_relay_is_not_proven_by_an_answer_that_was_asked_for_again():
    bad = b"503 5.5.1 improper pipelining\r\n"
    no = b"554 5.7.1 Relay access denied\r\n"
    senders = ("a@acme.example", "b@acme.example")
    once = OK * 3 + bad * 4
    evidence, _unused = play(
        [GREETING, EHLO, IN, once, OK, OK, no, OK, OK, no, OK, BYE], plan(senders=senders, recipient="x@else.example")
    )
    assert fault_at(evidence, Stage.RECIPIENT).reply == no.rstrip()
    assert evidence.relay_proven is False


def test_pipelined_input_answered_by_503_and_goodbye_says_so():
    evidence, player = play([GREETING, EHLO, IN, OK + b"503 5.5.1 improper pipelining\r\n" + OK + BYE])
    fault = fault_at(evidence, Stage.RECIPIENT)
    assert (fault.detail["code"], fault.detail["pipelined"]) == (503, True)
    assert player.wire.count(b"AUTH") == 1


def test_pipelined_input_answered_by_503_for_real_is_a_refusal():
    bad = b"503 5.5.1 AUTH first\r\n"
    evidence, _unused = play([GREETING, EHLO, IN, bad * 3 + OK, OK, bad, BYE])
    assert fault_at(evidence, Stage.SENDER).reply == bad[:-2]


def test_pipelined_input_answered_by_closing_says_so_and_there_is_no_second_login():
    evidence, player = play([GREETING, EHLO, IN, OK, PeerClosed(reset=True)])
    fault = fault_at(evidence, Stage.RECIPIENT)
    assert (fault.kind, fault.detail) == (FaultKind.CLOSED, {"reset": True, "pipelined": True})
    assert player.wire.count(b"AUTH") == 1


def test_a_limit_passed_in_a_group_is_told_as_such():
    evidence, _unused = play([GREETING, EHLO, IN, LimitExceeded("bytes of a line", 4096)])
    assert fault_at(evidence, Stage.SENDER).kind is FaultKind.LIMIT


# The message


LETTER = b"From: a\r\n\r\n.hidden\r\n..two\r\nend"
STUFFED = b"From: a\r\n\r\n..hidden\r\n...two\r\nend\r\n.\r\n"
GO = b"354 go\r\n"


def letter(**changes: Any) -> SmtpPlan:
    return plan(depth=Depth.MESSAGE, message=LETTER, **changes)


def test_message_is_sent_once_dot_stuffed_and_only_after_the_recipient_was_taken():
    evidence, player = play([GREETING, EHLO, IN, OK * 2, GO, b"250 2.0.0 queued\r\n", BYE], letter())
    assert evidence.stopped_at is None
    assert [octets for _unused, octets in player.sent[2:]] == [
        f"MAIL FROM:<{ME}>\r\nRCPT TO:<{ME}>\r\n".encode(),
        b"DATA\r\n",
        STUFFED,
        b"QUIT\r\n",
    ]
    assert evidence.stage(Stage.MESSAGE).facts["reply"] == b"250 2.0.0 queued"


def test_message_in_lock_step():
    evidence, player = play([GREETING, EHLO_SLOW, IN, OK, OK, GO, OK, BYE], letter())
    assert evidence.stopped_at is None
    assert commands(player)[2:5] == [b"MAIL", b"RCPT", b"DATA"]


@pytest.mark.parametrize(("message", "wire"), [(b"", b".\r\n"), (b".\r\n", b"..\r\n.\r\n"), (b"a\r\n", b"a\r\n.\r\n")])
def test_message_edges_of_dot_stuffing(message, wire):
    _unused, player = play([GREETING, EHLO, IN, OK * 2, GO, OK, BYE], plan(depth=Depth.MESSAGE, message=message))
    assert player.sent[4][1] == wire


def test_message_goes_from_the_first_sender_and_the_others_are_asked_before():
    senders = (ME, "b@acme.example")
    evidence, player = play([GREETING, EHLO, IN, OK * 5, GO, OK, BYE], letter(senders=senders))
    assert evidence.stopped_at is None
    assert commands(player)[2:8] == [b"MAIL", b"RCPT", b"RSET", b"MAIL", b"RCPT", b"DATA"]
    assert [fact["address"] for fact in evidence.stage(Stage.SENDER).facts["addresses"]] == list(senders)


def test_message_after_503_for_another_sender_begins_all_over():
    bad = b"503 5.5.1 improper pipelining\r\n"
    script = [GREETING, EHLO, IN, OK + bad + OK * 3, OK, OK * 5, GO, OK, BYE]
    evidence, player = play(script, letter(senders=(ME, "b@acme.example")))
    assert evidence.stopped_at is None
    assert commands(player)[7:15] == [b"RSET", b"MAIL", b"RCPT", b"RSET", b"MAIL", b"RCPT", b"DATA", b"From:"]
    assert player.wire.count(STUFFED) == 1


@pytest.mark.parametrize("replies", [OK + b"550 5.1.1 no\r\n", b"550 5.7.1 no\r\n503 no\r\n"])
def test_message_is_not_sent_when_sender_or_recipient_was_refused(replies):
    evidence, player = play([GREETING, EHLO, IN, replies, BYE], letter())
    assert evidence.stage(Stage.MESSAGE).skipped
    assert b"DATA" not in player.wire
    assert player.wire.endswith(b"QUIT\r\n")


def test_message_refused_at_data():
    evidence, player = play([GREETING, EHLO, IN, OK * 2, b"554 5.5.1 no\r\n", BYE], letter())
    assert fault_at(evidence, Stage.MESSAGE).detail["command"] == "DATA"
    assert LETTER[:7] not in player.wire


def test_message_refused_after_the_final_dot():
    evidence, _unused = play([GREETING, EHLO, IN, OK * 2, GO, b"552 5.2.2 full\r\n", BYE], letter())
    fault = fault_at(evidence, Stage.MESSAGE)
    assert (fault.detail["command"], fault.detail["enhanced"]) == ("message", "5.2.2")
    assert "after_final_dot" not in fault.detail


@pytest.mark.parametrize("end", [PeerClosed(reset=False), TimedOut(10.0, whole=False)])
def test_section_5_5_a_lost_reply_after_the_final_dot_is_never_sent_again(end):
    evidence, player = play([GREETING, EHLO, IN, OK * 2, GO, end, OK], letter())
    fault = fault_at(evidence, Stage.MESSAGE)
    assert fault.detail["after_final_dot"] is True
    assert player.wire.count(STUFFED) == 1
    assert player.wire.endswith(STUFFED)


# Strict on write


@pytest.mark.parametrize(
    "changes",
    [
        {"ehlo": "a\r\nMAIL"},
        {"ehlo": "b\u00fccher.example"},
        {"ehlo": "a b"},
        {"senders": ("a@b.example\r\nDATA",)},
        {"recipient": "a> x@b.example"},
        {"credentials": Credentials("a\0b", Secret(b"x"))},
    ],
)
def test_what_would_change_a_command_is_refused_before_any_packet(changes):
    with pytest.raises(ValueError, match="can't be sent"):
        SmtpDialogue(plan(**changes))


def test_no_secret_in_any_repr():
    evidence, _unused = play([GREETING, EHLO, b"535 5.7.8 no\r\n"])
    assert repr(PASSWORD)[2:-1] not in repr(evidence) + repr(plan())
    assert PLAIN.decode() not in repr(evidence) + repr(plan())
