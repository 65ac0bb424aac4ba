# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way of a trace from the connection into the result, and that there is none unless it was asked for."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.outcome import compact, printable
from ansible_collections.mailops.mailbox.plugins.module_utils._run.entry import run

SPEECH = [b"220 mx\r\n", b"250-mx\r\n250 AUTH PLAIN\r\n", b"535 5.7.8 no: open-Sesame/7\r\n", b"221 bye\r\n"]


@pytest.fixture
def port() -> Iterator[int]:
    """An SMTP server without TLS that refuses a login and says the password back."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            peer, _address = listener.accept()
            with peer:
                for said in SPEECH:
                    peer.sendall(said)
                    peer.recv(4096)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


def result(port: int, folder: Path, **arguments: Any) -> dict[str, Any]:
    smtp = {"host": "127.0.0.1", "port": port, "security": "none", "allow_plaintext_auth": True}
    declared = {
        "email": "me@acme.example",
        "protocols": ["smtp"],
        "secret": {"password": "open-Sesame/7"},
        "smtp": smtp,
    }
    params = {
        "mailbox": declared,
        "state": "verified",
        "registry": {"path": str(folder / "registry.sqlite")},
        "allow_partial": False,
        "retry_refused_after": 0,
        "force": False,
    }
    return run(params, check_mode=True, **arguments).result


def test_the_result_has_the_dialogue_where_it_was_asked_for(port: int, tmp_path: Path) -> None:
    told = result(port, tmp_path, trace=True)
    signs = [line.partition("tls: false  ")[2] for line in told["trace"]]
    assert "auth         > AUTH PLAIN ********" in signs
    assert "auth         < 535 5.7.8 (text withheld: the server echoed what it was sent)" in signs
    assert "open-Sesame" not in json.dumps(told)


def test_without_being_asked_for_nothing_is_noted(port: int, tmp_path: Path) -> None:
    assert "trace" not in result(port, tmp_path)


def test_a_fleet_keeps_the_dialogues_of_what_does_not_work() -> None:
    base = {"id": "a", "reason": None, "changed": False, "failures": [], "notices": [], "msg": "", "trace": ["line"]}
    assert "trace" not in compact({**base, "status": "verified"})
    assert compact({**base, "status": "failed"})["trace"] == ["line"]
    many = {str(number): {**compact({**base, "status": "failed"}), "msg": "x" * 2000} for number in range(100)}
    assert printable(many)[1] == 0
    assert len([one for one in printable(many, 1_000_000)[0].values() if "trace" in one]) == 100
    assert len([one for one in printable(many)[0].values() if "trace" in one]) < 100
