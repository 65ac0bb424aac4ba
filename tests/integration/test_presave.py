# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What no login can survive is told before anything is sent, and what may work is told beside the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from plays import Plays, environment
from scripted import ScriptedServer, imap_loop, send, smtp_loop

pytestmark = pytest.mark.smoke
PASSWORD = "Correct-horse-battery-9"


@pytest.fixture
def servers() -> Iterator[tuple[ScriptedServer, ScriptedServer]]:
    """Servers that take any login, in the clear, so that no certificate is needed."""
    smtp = [send(b"220 lab ESMTP\r\n"), smtp_loop({b"EHLO": b"250-lab\r\n250 AUTH PLAIN\r\n", b"AUTH": b"235 in\r\n"})]
    listing = b'* LIST (\\HasNoChildren) "/" INBOX\r\n%t OK\r\n'
    imap = [
        send(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] lab\r\n"),
        imap_loop({b"LIST": listing, b"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n%t OK\r\n"}),
    ]
    with ScriptedServer(smtp) as first, ScriptedServer(imap) as second:
        yield first, second


def declared(servers: tuple[ScriptedServer, ScriptedServer], email: str, **more: Any) -> dict[str, Any]:
    plain = {"host": "127.0.0.1", "security": "none", "allow_plaintext_auth": True}
    smtp, imap = ({**plain, "port": server.port} for server in servers)
    return {"email": email, "secret": {"password": PASSWORD}, "smtp": smtp, "imap": imap, **more}


def test_section_3_what_cannot_work_stops_before_the_first_packet(
    tmp_path: Path, servers: tuple[ScriptedServer, ScriptedServer]
) -> None:
    """Through a forwarder of their own, two mailboxes that name their provider: passwords ended at one of them."""
    plays = Plays(tmp_path, environment(tmp_path / "home"))
    ended = declared(servers, "a@outlook.com", provider="outlook")
    anyway = declared(servers, "b@outlook.com", provider="outlook", ignore_checks=["config.passwords_ended"])
    doubtful = declared(servers, "c@gmail.com", provider="gmail", daily_limit=3000)
    first = plays.run({"ended": ended}, "-vvv")
    assert [server.connections for server in servers] == [0, 0]
    result = first.only()
    assert first.failed == {"ended"}
    (failure,) = result["failures"]
    assert (failure["category"], failure["stage"]) == ("config.invalid", "config")
    assert failure["evidence"]["checks"] == ["config.passwords_ended"]
    headline = result["msg"].splitlines()[0]
    assert "Outlook.com takes no password for SMTP and IMAP any more" in headline
    assert "OAuth2 with the scopes" in result["msg"]
    second = plays.run({"anyway": anyway, "doubtful": doubtful})
    assert {name: one["status"] for name, one in second.results.items()} == {
        "anyway": "verified",
        "doubtful": "verified",
    }, second.output
    assert [server.connections for server in servers] == [2, 2]
    notices = {notice["id"]: notice["text"] for notice in second.results["doubtful"]["notices"]}
    assert "does not look like an app password of Google" in notices["config.app_password_shape"]
    assert "https://myaccount.google.com/apppasswords" in notices["config.app_password_shape"]
    assert "500 messages a day" in notices["config.daily_limit"]
    for played in (first, second):
        assert PASSWORD not in played.output


def test_an_address_alone_is_enough_to_say_so(tmp_path: Path) -> None:
    plays = Plays(tmp_path, environment(tmp_path / "home"))
    result = plays.run({"m": {"email": "a@hotmail.com", "secret": {"password": PASSWORD}}}, state="verified").only()
    assert result["failures"][0]["evidence"]["checks"] == ["config.passwords_ended"]
    assert result["smtp"] is None
