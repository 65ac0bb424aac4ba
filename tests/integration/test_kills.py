# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet run killed at any moment: the registry is whole, holds only what was verified, and the next run goes on.

``MAILBOX_KILLS`` is how many (8), ``MAILBOX_KILL`` whom: ``engine`` (a process of its own) or ``playbook``.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import dovecot
import pytest
from declared import mailbox, secret
from lab import Lab
from plays import Plays
from test_fleet import children, fleet, inline, inventory, playbook, registered, told

from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.journal import read_journal

KILLS = int(os.environ.get("MAILBOX_KILLS", "8"))
WHOM = os.environ.get("MAILBOX_KILL", "engine")
PACE = {"concurrency": 8, "per_destination": 16}
DRIVER = str(Path(__file__).with_name("fleet_driver.py"))


def declarations(lab: Lab) -> dict[str, dict[str, Any]]:
    """Forty mailboxes, every eighth of which can't work: no such folder, or a wrong password."""
    found = {}
    for number in range(40):
        name = f"h{number:02}"
        if number % 16 == 7:
            found[name] = mailbox(lab, dovecot.BENCH_USERS[700 + number], imap={"mailbox": "Nowhere"})
        elif number % 16 == 15:
            user = dovecot.BENCH_USERS[700 + number]
            found[name] = mailbox(lab, user, secret=secret(lab, user, "wrong-Password/1"))
        else:
            found[name] = mailbox(lab, dovecot.BENCH_USERS[700 + number])
    return found


def arguments(plays: Plays, declared: dict[str, dict[str, Any]], **more: Any) -> bytes:
    registry = {"path": str(plays.registry)}
    given = {"mailboxes": list(declared.values()), "registry": registry, "fail": "never", "pace": PACE, **more}
    return json.dumps(given).encode()


def begun(plays: Plays, declared: dict[str, dict[str, Any]]) -> subprocess.Popen[bytes]:
    """Start a run in the background."""
    folder = plays.folder / "killed"
    folder.mkdir(exist_ok=True)
    if WHOM == "engine":
        command = [sys.executable, DRIVER]
        stdin = arguments(plays, declared)
    else:
        (folder / "play.yml").write_text(json.dumps(playbook(plays, fail="never", pace=PACE)))
        (folder / "hosts.yml").write_text(json.dumps(inventory(declared)))
        program = str(Path(sys.executable).parent / "ansible-playbook")
        command = [program, "-i", str(folder / "hosts.yml"), str(folder / "play.yml")]
        stdin = b""
    (folder / "stdin").write_bytes(stdin)
    with (folder / "stdin").open("rb") as given:
        return subprocess.Popen(
            command,
            env={**plays.environment, "PYTHONPATH": plays.environment["ANSIBLE_COLLECTIONS_PATH"]},
            stdin=given,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


def wait_for_a_registration(plays: Plays, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None and not in_journal(plays):
        time.sleep(0.01)


def kill(process: subprocess.Popen[bytes]) -> bool:
    """Kill the run with all that it has started; return whether it was still under way."""
    running = process.poll() is None
    for pid in [*children(process.pid), process.pid] if running else []:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    return running


def completed(plays: Plays, declared: dict[str, dict[str, Any]], whom: str = "engine") -> dict[str, Any]:
    if whom != "engine":
        return told(fleet(plays, declared, fail="never", pace=PACE))
    ended = subprocess.run(
        [sys.executable, DRIVER],
        env={**plays.environment, "PYTHONPATH": plays.environment["ANSIBLE_COLLECTIONS_PATH"]},
        input=arguments(plays, declared),
        capture_output=True,
        check=True,
        timeout=120,
    )
    result: dict[str, Any] = json.loads(ended.stdout)
    return result


def test_a_kill_at_any_moment(lab: Lab, plays: Plays, record_property: Any) -> None:
    declared = declarations(lab)
    good = sorted(str(one["email"]) for number, one in enumerate(declared.values()) if number % 8 != 7)
    chance = random.Random(20)
    started = time.monotonic()
    first = completed(plays, declared, WHOM)
    whole = time.monotonic() - started
    assert first["counts"]["verified"] == len(good), first["msg"]
    assert registered(plays) == good
    moments = []
    for number in range(KILLS):
        for path in plays.registry.parent.iterdir():
            path.unlink()
        process = begun(plays, declared)
        if number % 2:
            # From before the registry is there to after the last result.
            time.sleep(whole * chance.uniform(0.3, 1.05))
        else:
            wait_for_a_registration(plays, process)
            time.sleep(first["run"]["duration_ms"] / 1000 * chance.uniform(0.0, 0.5))
        running = kill(process)
        before = intact(plays) if plays.registry.exists() else []
        assert set(before) <= set(good)
        journaled = in_journal(plays)
        verified = {name for name, one in journaled.items() if one["status"] == "verified"}
        # The registry is written first, so it may be one ahead of the journal, and is never behind.
        assert verified <= set(before) <= {*journaled, *good}
        assert len(set(before) - verified) <= 1
        moments.append((running, len(before), len(journaled)))
        result = completed(plays, declared)
        assert intact(plays) == good, (number, result["msg"])
        assert result["counts"]["verified"] == len(good), (number, result["msg"])
        # What the killed run registered was found, and only what was missing was added.
        assert result["counts"]["changed"] == len(good) - len(before), number
    amid = [one for one in moments if one[0] and 0 < one[1] < len(good)]
    record_property("kills", {"all": len(moments), "while registering": len(amid)})
    print(f"{len(moments)} kills of {WHOM}: {sum(one[0] for one in moments)} under way, {len(amid)} amid registering")
    assert amid


def intact(plays: Plays) -> list[str]:
    connection = sqlite3.connect(f"file:{plays.registry}?mode=rw", uri=True)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    finally:
        connection.close()
    return registered(plays) if "registrations" in tables else []


def in_journal(plays: Plays) -> dict[str, Any]:
    path = Path(f"{plays.registry}.fleet.jsonl")
    if not path.exists() or b"\n" not in path.read_bytes():
        return {}
    _head, journal = read_journal(str(path))
    try:
        return dict(journal)
    finally:
        journal.close()


@pytest.mark.parametrize("files", [96])
def test_few_open_files_are_enough(lab: Lab, plays: Plays, files: int) -> None:
    """Where the limit can't be raised, fewer mailboxes are probed at once, and none fails for it."""
    declared = {f"h{n:03}": inline(lab, n) for n in range(60)}
    ended = subprocess.run(
        [sys.executable, DRIVER],
        env={**plays.environment, "PYTHONPATH": plays.environment["ANSIBLE_COLLECTIONS_PATH"]},
        input=arguments(plays, declared, files=files, pace={"per_destination": 256}, state="verified"),
        capture_output=True,
        check=True,
        timeout=120,
    )
    assert json.loads(ended.stdout)["counts"]["verified"] == 60, json.loads(ended.stdout)["msg"]
