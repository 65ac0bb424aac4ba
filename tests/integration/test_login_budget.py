# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The login budget (docs/probe.md): a refused password is not sent again; what says nothing does not count."""

from __future__ import annotations

from typing import Any

import dovecot
import postfix
import pytest
from declared import mailbox, secret
from lab import Lab
from plays import Plays
from scripted import ScriptedServer, imap_loop, send, server_context, smtp_loop

USER = "sales05@acme.test"


def refused_logins(lab: Lab) -> tuple[int, int]:
    return lab.dovecot.refused_logins(USER, "smtp"), lab.dovecot.refused_logins(USER, "imap")


@pytest.mark.parametrize("state", ["present", "verified"])
@pytest.mark.parametrize("kind", ["vault", "inline"])
def test_section_5_1_a_refused_password_is_tried_once(lab: Lab, plays: Plays, state: str, kind: str) -> None:
    wrong = secret(lab, USER, "wrong") if kind == "vault" else {"password": "wrong"}
    declared = {USER: mailbox(lab, USER, secret=wrong)}
    before = refused_logins(lab)
    runs = [plays.run(declared, state=state).only() for _unused in range(3)]
    after = refused_logins(lab)
    assert (after[0] - before[0], after[1] - before[1]) == (1, 1), runs[-1]["msg"]
    assert [run["reason"] for run in runs] == [None, "secret_refused_before", "secret_refused_before"]
    for run in runs[1:]:
        assert {failure["category"] for failure in run["failures"]} == {"secret.refused_before"}
        assert "was not tried" in run["msg"]
        assert all(0 < failure["retry_after"] <= 86400 for failure in run["failures"])
    # A new password is tried at once; so is an old one where force or the time says so.
    right = secret(lab, USER) if kind == "vault" else {"password": dovecot.PASSWORD}
    renewed = plays.run({USER: mailbox(lab, USER, secret=right)}, state=state).only()
    assert renewed["status"] == "verified", renewed["msg"]


def test_section_5_1_force_and_time_allow_another_try(lab: Lab, plays: Plays) -> None:
    declared = {USER: mailbox(lab, USER, secret=secret(lab, USER, "wrong"))}
    plays.run(declared)
    before = refused_logins(lab)
    plays.run(declared, force=True)
    plays.run(declared, retry_refused_after=0)
    after = refused_logins(lab)
    assert (after[0] - before[0], after[1] - before[1]) == (2, 2)


def test_section_5_1_check_mode_remembers_nothing_but_heeds_what_is_remembered(lab: Lab, plays: Plays) -> None:
    declared = {USER: mailbox(lab, USER, secret=secret(lab, USER, "wrong"))}
    plays.run(declared, "--check")
    assert not plays.registry.parent.exists()
    plays.run(declared)
    before = refused_logins(lab)
    assert plays.run(declared, "--check").only()["reason"] == "secret_refused_before"
    assert refused_logins(lab) == before


def test_serial_order_spares_imap_a_password_that_smtp_refused(lab: Lab, plays: Plays) -> None:
    wrong = secret(lab, USER, "wrong")
    before = refused_logins(lab)
    result = plays.run({USER: mailbox(lab, USER, secret=wrong, probe={"auth_order": "serial"})}).only()
    after = refused_logins(lab)
    assert (after[0] - before[0], after[1] - before[1]) == (1, 0), result["msg"]


@pytest.mark.parametrize(
    ("smtp_auth", "imap_login"),
    [
        (
            b"454 4.7.0 Temporary authentication failure\r\n",
            b"%t NO [UNAVAILABLE] Temporary authentication failure.\r\n",
        ),
        (b"451 4.3.0 Try again later\r\n", b"%t NO [INUSE] Try again later\r\n"),
        (b"421 4.3.2 Shutting down\r\n", b"* BYE Shutting down\r\n"),
    ],
)
def test_a_temporary_answer_is_inconclusive_and_keeps_the_registration(
    lab: Lab, plays: Plays, smtp_auth: bytes, imap_login: bytes
) -> None:
    good = lab.pki.leaves["good"]
    context = server_context(str(good.cert), str(good.key))
    ehlo = b"250-lab\r\n250-PIPELINING\r\n250 AUTH PLAIN\r\n"
    healthy = mailbox(lab, USER)
    assert plays.run({USER: healthy}).changed() == {USER}
    smtp = [send(b"220 lab ESMTP\r\n"), smtp_loop({b"EHLO": ehlo, b"AUTH": smtp_auth})]
    imap = [
        send(b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] lab\r\n"),
        imap_loop({b"AUTHENTICATE": imap_login}),
    ]
    with ScriptedServer(smtp, tls=context) as smtp_server, ScriptedServer(imap, tls=context) as imap_server:
        changed = mailbox(lab, USER, smtp={"port": smtp_server.port}, imap={"port": imap_server.port})
        played = plays.run({USER: changed})
    result = played.only()
    assert played.failed == {USER}
    assert result["status"] == "inconclusive", result["msg"]
    assert {failure["status"] for failure in result["failures"]} == {"inconclusive"}
    assert all(failure["password_at_fault"] == "no" for failure in result["failures"])
    listed: list[dict[str, Any]] = plays.run({"localhost": {}}, module="mailbox_connection_info").only()["mailboxes"]
    assert [entry["verdict"] for entry in listed] == ["verified"]
    assert plays.run({USER: healthy}).only()["status"] == "verified"


def test_section_5_5_greylisting_at_rcpt_is_a_warning(lab: Lab, plays: Plays) -> None:
    result = plays.run({USER: mailbox(lab, USER, smtp={"recipient": postfix.GREYLISTED})}).only()
    assert result["status"] == "verified", result["msg"]
    assert "rcpt.greylisted" in [notice["id"] for notice in result["notices"]]
