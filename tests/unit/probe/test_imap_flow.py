# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The IMAP flow over byte tables: round trips, the login budget, and what is done after login."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Pipelining, Security, Stage
from ansible_collections.mailops.mailbox.plugins.module_utils._probe import imap_exchange
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import Secret, TlsFailed
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import FaultKind, TlsFault
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import Credentials, ImapPlan
from ansible_collections.mailops.mailbox.tests.unit.probe.imap_wire import (
    ALL,
    BARE,
    CAPS,
    CLEAR,
    GONE,
    GOODBYE,
    GREETING,
    IN,
    LATE,
    LIST,
    LOGIN_ONLY,
    ME,
    NO_IR,
    OPEN,
    PLAIN,
    REST,
    RIGHTS,
    SESSION,
    WHOLE,
    detail,
    facts,
    fault,
    plan,
    play,
    renumbered,
)


def test_section_5_3_implicit_tls_takes_five_round_trips() -> None:
    evidence, wire = play(GREETING, IN, REST)
    assert evidence.stopped_at is None
    assert wire.round_trips == 5
    assert (evidence.submitted, evidence.authenticated, evidence.mechanism) == (True, True, "PLAIN")
    assert wire.wire == (
        b"M0001 AUTHENTICATE PLAIN " + PLAIN + b'\r\nM0002 ID ("name" "mailops.mailbox" "version" "0.1.0")\r\n'
        b'M0003 NAMESPACE\r\nM0004 LIST "" "*" RETURN (SPECIAL-USE)\r\nM0005 EXAMINE INBOX\r\nM0006 MYRIGHTS INBOX\r\n'
        b"M0007 GETQUOTAROOT INBOX\r\nM0008 LOGOUT\r\n"
    )
    assert facts(evidence, Stage.SESSION)["id"] == {"name": "Dovecot"}
    assert facts(evidence, Stage.LIST) == {
        "count": 3, "separator": "/", "names": ["Sent", "INBOX", "Top"], "truncated": False,
    }  # fmt: skip
    assert facts(evidence, Stage.SELECT) == {
        "folder": "INBOX", "exists": 3, "uidvalidity": 7, "read_only": True, "rights": "lr",
        "quota_used": 1024, "quota_limit": 2048,
    }  # fmt: skip
    assert facts(evidence, Stage.SPECIAL_USE) == {"sent": {"folder": "Sent", "found": "special_use"}}


def test_section_5_3_starttls_takes_seven_round_trips_and_nothing_in_clear() -> None:
    caps = b"* CAPABILITY " + CAPS + b"\r\nM0002 OK\r\n"
    evidence, wire = play(
        CLEAR, b"M0001 OK go\r\n", caps, renumbered(IN, 2), renumbered(REST, 2), probe=plan(Security.STARTTLS)
    )
    assert evidence.stopped_at is None
    assert wire.round_trips == 7
    assert wire.secrets_in_clear == 0
    assert evidence.offered_before_tls == ("IMAP4REV1", "STARTTLS", "LOGINDISABLED")
    assert [octets for tls, octets in wire.sent if not tls] == [b"M0001 STARTTLS\r\n"]


def test_round_trips_one_more_for_a_greeting_without_capabilities() -> None:
    evidence, wire = play(BARE, b"* CAPABILITY " + CAPS + b"\r\nM0001 OK\r\n", renumbered(IN, 1), renumbered(REST, 1))
    assert (evidence.stopped_at, wire.round_trips) == (None, 6)


def test_round_trips_one_more_for_another_folder_which_is_found_in_list() -> None:
    evidence, wire = play(GREETING, IN, SESSION + LIST, OPEN + RIGHTS + GOODBYE, probe=plan(mailbox="Sent"))
    assert (evidence.stopped_at, wire.round_trips) == (None, 6)
    assert b'M0005 EXAMINE "Sent"\r\n' in wire.wire
    assert b" SELECT " not in wire.wire


def test_section_5_3_capabilities_from_before_login_are_dead_after_it() -> None:
    rest = (
        b"* CAPABILITY IMAP4rev1\r\nM0002 OK\r\nM0003 BAD no ID\r\nM0004 BAD no NAMESPACE\r\n"
        b'* LIST () "/" INBOX\r\nM0005 OK\r\nM0006 OK\r\nM0007 OK\r\n'
    )
    evidence, wire = play(GREETING, b"M0001 OK in\r\n", rest)
    assert (evidence.stopped_at, wire.round_trips) == (None, 5)
    assert evidence.capabilities == ("IMAP4REV1",)
    assert facts(evidence, Stage.SESSION)["refused"] == {
        "ID": b"M0003 BAD no ID",
        "NAMESPACE": b"M0004 BAD no NAMESPACE",
    }


def test_untagged_capabilities_during_login_count() -> None:
    evidence, wire = play(
        GREETING, b"* CAPABILITY IMAP4rev1\r\nM0001 OK in\r\n", b"M0002 OK\r\nM0003 OK\r\nM0004 OK\r\n"
    )
    assert evidence.stopped_at is None
    assert b"M0002 NOOP\r\nM0003 LIST" in wire.wire


def test_pipelining_off_is_lock_step() -> None:
    lines = [line + b"\r\n" for line in b"M0002 OK|M0003 OK|M0004 OK|M0005 OK|M0006 OK|M0007 OK|M0008 OK".split(b"|")]
    evidence, wire = play(GREETING, IN, *lines, probe=plan(pipelining=Pipelining.OFF))
    assert evidence.stopped_at is None
    assert all(octets.count(b"\r\n") == 1 for _unused, octets in wire.sent)


def test_section_5_3_dropped_pipelined_input_is_asked_again_in_lock_step() -> None:
    evidence, wire = play(
        GREETING, IN, b"M0002 OK\r\n", LATE, b"M0009 OK\r\n", b"M0010 OK\r\n", b"M0011 OK\r\n", b"M0012 OK\r\n",
        b"M0013 OK\r\n", b"M0014 OK\r\n",
    )  # fmt: skip
    assert evidence.stopped_at is None
    assert wire.wire.count(b"AUTHENTICATE") == 1
    assert wire.wire.endswith(b"M0014 LOGOUT\r\n")


def test_rejected_pipelined_input_is_asked_again() -> None:
    rest = SESSION + b"M0004 BAD x\r\nM0005 BAD x\r\nM0006 BAD\r\nM0007 BAD\r\nM0008 BAD\r\n"
    evidence, wire = play(GREETING, IN, rest, b"M0009 OK\r\n", b"M0010 OK\r\n")
    assert evidence.stopped_at is None
    assert b'M0009 LIST "" "*"\r\nM0010 EXAMINE INBOX\r\n' in wire.wire


def test_rejection_stays_when_the_connection_does_not_live() -> None:
    evidence, _unused = play(GREETING, IN, SESSION + b"M0004 BAD no list\r\nM0005 OK\r\n" + GOODBYE)
    assert fault(evidence) == (Stage.LIST, FaultKind.REPLY, b"M0004 BAD no list")


def test_close_behind_the_first_command_is_told_as_pipelined() -> None:
    evidence, wire = play(GREETING, IN, b"M0002 OK\r\n", GONE)
    assert fault(evidence)[:2] == (Stage.SESSION, FaultKind.CLOSED)
    assert detail(evidence) == {"reset": True, "pipelined": True}
    assert wire.secrets == 1


@pytest.mark.parametrize("script", [(LATE,), (b"M0002 OK\r\n", WHOLE)])
def test_silence_of_the_first_command_or_the_deadline_ends_it(script: tuple[bytes | Exception, ...]) -> None:
    evidence, _unused = play(GREETING, IN, *script)
    assert fault(evidence)[:2] == (Stage.SESSION, FaultKind.TIMEOUT)


# Login budget and mechanisms


@pytest.mark.parametrize("challenge", [b"+\r\n", b"+ c2F5IGl0\r\n"])
def test_without_sasl_ir_the_secret_waits_for_the_challenge(challenge: bytes) -> None:
    evidence, wire = play(NO_IR, challenge, IN, REST, probe=plan(mechanisms=("PLAIN",)))
    assert evidence.stopped_at is None
    assert [octets for _unused, octets in wire.sent][:2] == [b"M0001 AUTHENTICATE PLAIN\r\n", PLAIN + b"\r\n"]


def test_section_7_5_only_what_reads_is_sent() -> None:
    _unused, wire = play(GREETING, IN, REST)
    verbs = [line.split(b" ")[1] for line in wire.wire.split(b"\r\n") if line]
    reads = [b"ID", b"NAMESPACE", b"LIST", b"EXAMINE", b"MYRIGHTS", b"GETQUOTAROOT"]
    assert verbs == [b"AUTHENTICATE", *reads, b"LOGOUT"]


def test_section_5_8_id_goes_out_before_a_folder_is_opened_with_name_and_version_only() -> None:
    _unused, wire = play(GREETING, IN, REST)
    assert wire.wire.index(b" ID (") < wire.wire.index(b" EXAMINE ")
    assert wire.wire.partition(b" ID (")[2].split(b'"')[1:8:4] == [b"name", b"version"]


def test_section_5_2_next_mechanism_only_after_bad_before_the_secret() -> None:
    odd = Credentials(ME, Secret("\u00fc".encode()))
    script = (b"M0001 BAD unknown\r\n", b"+ go\r\n", renumbered(IN, 1), renumbered(REST, 1))
    evidence, wire = play(NO_IR, *script, probe=plan(credentials=odd))
    assert evidence.stopped_at is None
    assert evidence.mechanism == "LOGIN"
    assert [octets for _unused, octets in wire.sent[:3]] == [
        b"M0001 AUTHENTICATE PLAIN\r\n",
        b'M0002 LOGIN "sales01@acme.example" {2}\r\n',
        b"\xc3\xbc\r\n",
    ]


def test_section_5_4_login_where_no_initial_response_is_offered() -> None:
    evidence, wire = play(NO_IR, IN, REST)
    assert evidence.stopped_at is None
    assert evidence.mechanism == "LOGIN"
    assert wire.sent[0][1] == b'M0001 LOGIN "sales01@acme.example" "p\\"ss\\\\word"\r\n'


def test_section_5_4_login_disabled_leaves_plain_to_wait_for_its_challenge() -> None:
    greeting = b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN LOGINDISABLED] ready\r\n"
    evidence, wire = play(greeting, b"+ \r\n", IN, REST)
    assert evidence.stopped_at is None
    assert evidence.mechanism == "PLAIN"
    assert wire.secrets == 1


@pytest.mark.parametrize(
    ("greeting", "script", "submitted"),
    [
        (GREETING, [b"M0001 BAD syntax\r\n"], True),
        (GREETING, [b"M0001 NO [AUTHENTICATIONFAILED] Invalid credentials\r\n"], True),
        (GREETING, [b"M0001 OK [REFERRAL imap://evil.example/] there\r\n"], True),
        (GREETING, [b"M0001 NO [REFERRAL imap://evil.example/] there\r\n"], True),
        (GREETING, [b"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n", b"M0001 NO error\r\n"], True),
        (GREETING, [b"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n", b"M0001 OK cancelled\r\n"], True),
        (NO_IR, [b"M0001 NO wrong\r\n"], True),
        (LOGIN_ONLY, [b"M0001 BAD x\r\n"], True),
    ],
)
def test_section_5_1_login_budget_is_one_submission(greeting: bytes, script: list[bytes], submitted: bool) -> None:
    evidence, wire = play(greeting, *script)
    assert fault(evidence) == (Stage.AUTH, FaultKind.REPLY, script[-1].rstrip())
    assert (evidence.submitted, evidence.authenticated) == (submitted, False)
    assert wire.secrets == int(submitted)
    assert wire.wire.count(b"LOGIN") + wire.wire.count(b"AUTHENTICATE") == 1


@pytest.mark.parametrize(
    ("script", "submitted"), [([b"M0001 NO not now\r\n"], False), ([b"+ \r\n", b"M0001 NO wrong\r\n"], True)]
)
def test_section_5_1_login_budget_without_an_initial_response(script: list[bytes], submitted: bool) -> None:
    evidence, wire = play(NO_IR, *script, probe=plan(mechanisms=("PLAIN",)))
    assert fault(evidence) == (Stage.AUTH, FaultKind.REPLY, script[-1].rstrip())
    assert (evidence.submitted, wire.secrets) == (submitted, int(submitted))


def test_trouble_of_tls_where_there_was_no_handshake_belongs_to_the_stage_that_ran() -> None:
    trouble = TlsFailed(TlsFault("CERTIFICATE_REQUIRED"))
    evidence, _wire = play(trouble, probe=plan(Security.NONE, clear=True))
    assert fault(evidence) == (Stage.GREETING, FaultKind.TLS, b"")


@pytest.mark.parametrize(
    ("greeting", "mechanisms"),
    [(NO_IR, ("PLAIN",)), (LOGIN_ONLY, ("LOGIN",))],
    ids=["before the challenge", "before the literal"],
)
def test_success_before_the_secret_was_sent_proves_no_login(greeting: bytes, mechanisms: tuple[str, ...]) -> None:
    credentials = Credentials(ME, Secret("p\u00e4ssword".encode()))
    evidence, wire = play(greeting, b"M0001 OK in\r\n", probe=plan(credentials=credentials, mechanisms=mechanisms))
    assert fault(evidence) == (Stage.AUTH, FaultKind.REPLY, b"M0001 OK in")
    assert detail(evidence)["unexpected"] == "success before the password was sent"
    assert not evidence.authenticated
    assert wire.secrets == 0


def test_untagged_refusals_belong_to_the_reply() -> None:
    lines = (
        b"* NO [WEBALERT https://x.example/?t=1] Web login required.\r\n* 3 EXISTS\r\nM0001 NO [ALERT] In browser\r\n"
    )
    evidence, _unused = play(GREETING, lines)
    assert fault(evidence)[2].split(b"\r\n") == [lines.split(b"\r\n", maxsplit=1)[0], b"M0001 NO [ALERT] In browser"]
    assert evidence.alerts == ("In browser",)


@pytest.mark.parametrize("after", [(b"M0001 NO out\r\n",), (LATE,), ()])
def test_bye_instead_of_an_answer_is_the_reply(after: tuple[Any, ...]) -> None:
    evidence, _unused = play(GREETING, b"* BYE too many\r\n", *after)
    stage, kind, reply = fault(evidence)
    assert (stage, kind) == (Stage.AUTH, FaultKind.REPLY)
    assert reply.startswith(b"* BYE too many")


@pytest.mark.parametrize(
    ("offers", "sent"),
    [
        (b"", [b"M0001 LOGIN {3}\r\n", b"\xc3\xbc1 {2}\r\n", b"\xc3\xb6\r\n"]),
        (b" LITERAL+", [b"M0001 LOGIN {3+}\r\n\xc3\xbc1 {2+}\r\n\xc3\xb6\r\n"]),
        (b" LITERAL-", [b"M0001 LOGIN {3+}\r\n\xc3\xbc1 {2+}\r\n\xc3\xb6\r\n"]),
    ],
)
def test_section_5_4_login_literals_only_as_advertised(offers: bytes, sent: list[bytes]) -> None:
    greeting = b"* OK [CAPABILITY IMAP4rev1" + offers + b"] x\r\n"
    credentials = Credentials("\u00fc1", Secret("\u00f6".encode()))
    script = [b"+ go\r\n"] * (len(sent) - 1)
    evidence, wire = play(greeting, *script, IN, REST, probe=plan(credentials=credentials))
    assert evidence.stopped_at is None
    assert [octets for _unused, octets in wire.sent[: len(sent)]] == sent
    assert wire.secrets == 1


def test_literal_refused_before_the_secret_keeps_it() -> None:
    evidence, wire = play(
        LOGIN_ONLY, b"M0001 BAD no\r\n", probe=plan(credentials=Credentials("\u00fc", Secret(b"\xff")))
    )
    assert fault(evidence)[1] is FaultKind.REPLY
    assert (evidence.submitted, wire.secrets) == (False, 0)


@pytest.mark.parametrize(
    ("greeting", "mechanisms", "what"),
    [
        (b"* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] x\r\n", ("PLAIN", "LOGIN"), "login"),
        (LOGIN_ONLY, ("PLAIN",), "mechanism"),
        (GREETING, ("SCRAM-SHA-256",), "mechanism"),
    ],
)
def test_nothing_to_log_in_with(greeting: bytes, mechanisms: tuple[str, ...], what: str) -> None:
    evidence, wire = play(greeting, probe=plan(mechanisms=mechanisms))
    assert fault(evidence)[:2] == (Stage.AUTH, FaultKind.MISSING)
    assert detail(evidence)["what"] == what
    assert wire.sent == []


@pytest.mark.parametrize(
    ("probe", "why"),
    [
        (plan(credentials=None, withheld="breaker"), "breaker"),
        (plan(credentials=None), "no credential was given"),
        (plan(Security.NONE), "allow_plaintext_auth"),
        (plan(credentials=Credentials(ME, Secret(b"a\0b"))), "NUL"),
    ],
)
def test_credentials_are_withheld(probe: ImapPlan, why: str) -> None:
    evidence, wire = play(GREETING, probe=probe)
    assert fault(evidence)[:2] == (Stage.AUTH, FaultKind.WITHHELD)
    assert why in detail(evidence)["why"]
    assert (wire.secrets, evidence.submitted) == (0, False)


def test_no_mechanism_skips_login() -> None:
    evidence, wire = play(GREETING, LATE, probe=plan(mechanisms=()))
    assert evidence.stopped_at is None
    assert evidence.stages[-1].skipped
    assert wire.wire == b"M0001 LOGOUT\r\n"


def test_section_7_3_plaintext_needs_both_flags_and_keeps_no_alert() -> None:
    evidence, wire = play(GREETING, b"* OK [ALERT] boo\r\n" + IN, REST, probe=plan(Security.NONE, clear=True))
    assert (evidence.stopped_at, evidence.alerts, wire.secrets_in_clear) == (None, (), 1)


# After login


def test_section_5_8_authenticated_but_not_connected_is_a_fault_of_the_session() -> None:
    line = b"M0002 BAD User is authenticated but not connected."
    evidence, _unused = play(GREETING, IN, line + b"\r\n")
    assert fault(evidence) == (Stage.SESSION, FaultKind.REPLY, line)
    assert evidence.authenticated


def test_examine_refused_or_referred() -> None:
    for line in (b"M0005 NO [NOPERM] Unsafe Login", b"M0005 OK [REFERRAL imap://e/] x"):
        evidence, wire = play(GREETING, IN, SESSION + LIST + line + b"\r\n")
        assert fault(evidence) == (Stage.SELECT, FaultKind.REPLY, line)


def test_missing_folder_lists_near_names_and_opens_nothing() -> None:
    evidence, wire = play(GREETING, IN, SESSION + LIST, probe=plan(mailbox="sent"))
    assert fault(evidence)[:2] == (Stage.SELECT, FaultKind.ABSENT)
    assert detail(evidence)["near"] == ["Sent"]
    assert b"EXAMINE" not in wire.wire
    assert wire.wire.endswith(b"LOGOUT\r\n")


def test_all_missing_folders_are_told_at_once() -> None:
    evidence, wire = play(GREETING, IN, REST, probe=plan(folders=("Sent", "Nope", "Top"), sent_folder="Gone"))
    assert fault(evidence)[:2] == (Stage.LIST, FaultKind.ABSENT)
    assert [(item["folder"], item["why"]) for item in detail(evidence)["all"]] == [
        ("Nope", "not_listed"),
        ("Top", "noselect"),
    ]
    uses = evidence.stage(Stage.SPECIAL_USE)
    assert uses is not None
    assert uses.fault is not None
    assert uses.fault.detail["folder"] == "Gone"


def test_declared_sent_folder() -> None:
    evidence, _unused = play(GREETING, IN, REST, probe=plan(sent_folder="Sent"))
    assert facts(evidence, Stage.SPECIAL_USE)["sent"] == {"folder": "Sent", "found": "declared"}


def test_folder_with_bytes_that_need_a_literal_goes_in_lock_step() -> None:
    listed = '* LIST () "/" "\u00dcber"\r\nM0004 OK\r\n'.encode()
    evidence, wire = play(
        GREETING, IN, SESSION + listed, b"+ go\r\n", b"M0005 OK\r\n", b"M0006 OK\r\n", probe=plan(mailbox="\u00dcber")
    )
    assert evidence.stopped_at is None
    assert [octets for _unused, octets in wire.sent[-3:]] == [
        b"M0005 EXAMINE {5}\r\n",
        b"\xc3\x9cber\r\n",
        b"M0006 LOGOUT\r\n",
    ]


@pytest.mark.parametrize("end", [LATE, WHOLE, GONE, b"x" * 70000])
def test_section_5_5_missing_reply_to_logout_changes_nothing(end: bytes | Exception) -> None:
    evidence, _unused = play(GREETING, IN, SESSION + LIST + OPEN + RIGHTS, end)
    assert evidence.stopped_at is None


def test_untagged_responses_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_exchange, "UNTAGGED_LIMIT", 10)
    evidence, _unused = play(GREETING, IN, b"* NO x\r\n" * 11)
    assert fault(evidence)[1] is FaultKind.LIMIT
    assert detail(evidence)["allowed"] == 10


def test_section_7_1_secret_is_nowhere_in_the_evidence() -> None:
    evidence, _unused = play(GREETING, IN, REST)
    assert "word" not in repr(evidence).replace("password", "")
    assert PLAIN.decode() not in repr(evidence)


replies = st.lists(
    st.one_of(
        st.binary(max_size=60),
        st.builds(
            lambda n, word: b"M%04d %s x\r\n" % (n, word), st.integers(1, 9), st.sampled_from([b"OK", b"NO", b"BAD"])
        ),
        st.sampled_from(
            [GREETING, ALL, BARE, IN, SESSION, LIST, OPEN, REST, b"+ \r\n", b"* BYE x\r\n", LATE, GONE, WHOLE]
        ),
    ),
    max_size=12,
)


@given(replies, st.sampled_from([Security.TLS, Security.STARTTLS]), st.sampled_from(["INBOX", "Sent"]))
def test_any_server_ends_in_evidence(script: list[bytes | Exception], security: Security, mailbox: str) -> None:
    _unused, wire = play(*script, probe=plan(security, mailbox=mailbox))
    assert wire.secrets <= 1
    assert wire.secrets_in_clear == 0
