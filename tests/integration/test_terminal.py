# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet on a real terminal: progress, Ctrl-C, and how much a large failing run prints."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dovecot
import pytest
from declared import mailbox
from lab import Lab
from plays import Plays
from test_fleet import WRONG, children, inline, inventory, journal_lines, playbook, registered

PACED = {"logins_per_minute": {"loopback": 180}}
"""Thirty logins at once, then three a second: long enough for a line or two."""


class Terminal:
    """ansible-playbook as the foreground process of a terminal of its own."""

    def __init__(self, plays: Plays, book: list[dict[str, Any]], hosts: Mapping[str, Any]) -> None:
        folder = plays.folder / "terminal"
        folder.mkdir(exist_ok=True)
        (folder / "play.yml").write_text(json.dumps(book))
        (folder / "hosts.yml").write_text(json.dumps(hosts))
        program = str(Path(sys.executable).parent / "ansible-playbook")
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [program, "-i", str(folder / "hosts.yml"), str(folder / "play.yml")],
            env={**plays.environment, "TERM": "dumb", "COLUMNS": "160"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        os.set_blocking(self._master, False)
        self._seen = b""

    @property
    def text(self) -> str:
        """What stands on the terminal."""
        with contextlib.suppress(OSError):
            while data := os.read(self._master, 65536):
                self._seen += data
        return self._seen.decode(errors="replace").replace("\r\n", "\n")

    def press(self, key: bytes) -> None:
        os.write(self._master, key)

    def wait(self, seconds: float = 120.0) -> str:
        """Wait for the end, reading all the while: a full terminal would stop the process."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, self.text
            self.text  # noqa: B018
            time.sleep(0.05)
        text = self.text
        os.close(self._master)
        return text


@pytest.mark.smoke
def test_progress_on_a_terminal(lab: Lab, plays: Plays) -> None:
    declared = {f"h{n:02}": inline(lab, 800 + n) for n in range(32)}
    declared["wrong"] = mailbox(lab, dovecot.BENCH_USERS[850], secret={"password": WRONG})
    book = playbook(plays, pace=PACED, fail="never", state="verified")
    text = Terminal(plays, book, inventory(declared)).wait()
    assert re.search(r"mailbox_fleet: probing 33 mailboxes, expected to take \d+ s", text), text
    lines = re.findall(r"mailbox_fleet: (\d+)/33, ([^\n]*)", text)
    assert lines, text
    assert all(re.search(r"[\d.]+/s", rest) for _done, rest in lines), lines
    assert any(re.search(r"about \d+ s left", rest) for _done, rest in lines), lines
    assert "32 of 33 mailboxes work; 1 failed." in text
    done = [int(number) for number, _rest in lines]
    assert done == sorted(done)


def test_failures_are_in_the_progress_by_category(lab: Lab, plays: Plays) -> None:
    declared = {"wrong": mailbox(lab, dovecot.BENCH_USERS[851], secret={"password": WRONG})}
    declared |= {f"h{n:02}": inline(lab, 800 + n) for n in range(30)}
    book = playbook(plays, pace=PACED, fail="never", state="verified")
    text = Terminal(plays, book, inventory(declared)).wait()
    assert re.search(r"mailbox_fleet: \d+/31, 1 not verified \(1 auth\.credentials\), [\d.]+/s", text), text
    quiet = Terminal(plays, playbook(plays, fail="never", state="verified", progress="off"), inventory(declared)).wait()
    assert "mailbox_fleet: " not in quiet, quiet
    piped = plays.play(playbook(plays, fail="never", state="verified"), inventory(declared))
    assert "mailbox_fleet: " not in piped.output, piped.output


@pytest.mark.smoke
def test_ctrl_c_at_the_terminal(lab: Lab, plays: Plays) -> None:
    declared = {f"h{n:03}": inline(lab, n) for n in range(120)}
    slow = {"concurrency": 2, "logins_per_minute": {"loopback": 120}}
    report = plays.folder / "report.json"
    terminal = Terminal(plays, playbook(plays, pace=slow, report={"json": str(report)}), inventory(declared))
    for _unused in range(1200):
        if len(journal_lines(plays)) >= 5 or terminal.process.poll() is not None:
            break
        terminal.text  # noqa: B018
        time.sleep(0.05)
    below = children(terminal.process.pid)
    terminal.press(b"\x03")
    text = terminal.wait(30)
    for _unused in range(200):
        if not any(Path(f"/proc/{pid}").exists() for pid in below):
            break
        time.sleep(0.05)
    assert not any(Path(f"/proc/{pid}").exists() for pid in below), text
    finished = {line["id"] for line in journal_lines(plays)}
    assert 5 <= len(finished) < 120, text
    assert set(registered(plays)) == finished
    assert json.loads(report.read_text())["run"]["interrupted"] is True
    assert "Traceback" not in text


def test_a_failing_run_of_5000_prints_little(plays: Plays, record_property: Any) -> None:
    """Each at an address of its own, where nothing listens: five thousand failures with all that is said of one."""
    mailboxes = [
        {
            "email": f"m{n:04}@acme.test",
            "secret": {"password": f"open-Sesame/{n}"},
            "smtp": {"host": f"127.1.{n // 200}.{n % 200 + 1}", "port": 9, "security": "tls"},
            "protocols": ["smtp"],
        }
        for n in range(5000)
    ]
    task = {
        "mailops.mailbox.mailbox_fleet": {
            "mailboxes": "{{ mailboxes }}",
            "state": "verified",
            "registry": {"path": str(plays.registry)},
        }
    }
    folder = plays.folder / "large"
    folder.mkdir()
    (folder / "vars.json").write_text(json.dumps({"mailboxes": mailboxes}))
    (folder / "play.yml").write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]))
    program = str(Path(sys.executable).parent / "ansible-playbook")
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            [program, str(folder / "play.yml"), "-e", f"@{folder / 'vars.json'}"],
            env={**plays.environment, "ANSIBLE_LOCALHOST_WARNING": "0"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _pid, status, used = os.wait4(process.pid, 0)
    text = (folder / "output").read_text()
    assert os.waitstatus_to_exitcode(status) == 2, text[:3000]
    assert "0 of 5000 mailboxes work; 5000 failed." in text, text[:3000]
    record_property("printed", len(text))
    print(f"{len(text)} octets printed; the largest process had {used.ru_maxrss // 1024} MiB")
    assert len(text.encode()) <= 200_000
    assert "open-Sesame" not in text
