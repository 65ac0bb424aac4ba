# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The callback mailbox_table in real plays."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from plays import Played, Plays, environment

TABLE = "mailops.mailbox.mailbox_table"


def played(tmp_path: Path, enabled: str, **variables: str) -> Played:
    """Play two mailboxes at a port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    service: dict[str, Any] = {"host": "127.0.0.1", "port": port, "security": "tls"}
    mailboxes = {
        f"box{number}": {
            "email": f"box{number}@acme.test",
            "secret": {"password": "not-shown-anywhere"},
            "smtp": service,
            "imap": service,
        }
        for number in (1, 2)
    }
    plays = Plays(tmp_path, environment(tmp_path / "home"))
    return plays.run(
        mailboxes, state="verified", environment={"ANSIBLE_CALLBACKS_ENABLED": enabled, "COLUMNS": "140", **variables}
    )


@pytest.mark.smoke
def test_the_table_is_printed_after_the_recap(tmp_path: Path) -> None:
    output = played(tmp_path, f"record,{TABLE}").process.stdout
    _before, found, after = output.partition("PLAY RECAP")
    assert found
    lines = after[after.index("MAILBOXES: 2 failed") :].splitlines()
    assert lines[1].split()[:4] == ["MAILBOX", "VERDICT", "SMTP", "IMAP"]
    assert lines[2].split()[:5] == ["box1@acme.test", "failed", "✗", "✗", "connect.refused"]
    assert "not-shown-anywhere" not in output


def test_it_is_bounded_and_ascii_where_it_must_be(tmp_path: Path) -> None:
    output = played(
        tmp_path, f"record,{TABLE}", MAILBOX_TABLE_MAX_ROWS="1", PYTHONIOENCODING="ascii:backslashreplace"
    ).process.stdout
    table = output[output.index("MAILBOXES: ") :]
    assert "box1@acme.test  failed   FAIL  FAIL" in table
    assert "and 1 more" in table
    table.encode("ascii")


def test_it_is_quiet_unless_it_is_enabled(tmp_path: Path) -> None:
    assert "MAILBOXES: " not in played(tmp_path, "record").output
