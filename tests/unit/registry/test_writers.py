# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The embedded registry under several writers and under kills."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import threading
import time

from ansible_collections.mailops.mailbox.plugins.module_utils._registry.base import (
    Registration,
    SecretMark,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._registry.sqlite import SqliteRegistry

MARK = SecretMark("vault", "secret/mail/a#pass", 1)
FORK = multiprocessing.get_context("fork")


def _mailbox(name):
    return Registration(name, f"{name}@acme.example", {"smtp": {"host": "mx"}}, {"smtp": MARK})


def _write_many(path, prefix, count, barrier):
    barrier.wait()
    for number in range(count):
        with SqliteRegistry(path, timeout=60) as registry:
            registry.register(_mailbox(f"{prefix}{number}"))
            registry.register(_mailbox("shared"))
            registry.record_verdict("shared", "shared@acme.example", "verified")


def test_section_7_7_writers_at_once_wait_for_each_other(tmp_path):
    path = str(tmp_path / "new" / "registry.sqlite")
    barrier = FORK.Barrier(4)
    writers = [FORK.Process(target=_write_many, args=(path, name, 15, barrier)) for name in "abcd"]
    for writer in writers:
        writer.start()
    seen = 0
    while any(writer.is_alive() for writer in writers):
        # A reader among them always gets a whole state, and never an older one than before.
        with SqliteRegistry(path, create=False) as reader:
            entries = reader.list()
        assert len(entries) >= seen
        seen = len(entries)
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    with SqliteRegistry(path) as registry:
        assert len(registry.list()) == 4 * 15 + 1
        assert len(registry.verdicts("shared")) == 20


def test_threads_share_one_registry(tmp_path):
    with SqliteRegistry(str(tmp_path / "registry.sqlite")) as registry:
        threads = [
            threading.Thread(target=lambda n=name: [registry.register(_mailbox(f"{n}{i}")) for i in range(20)])
            for name in "abc"
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(registry.list()) == 60


def _write_until_killed(path, first, pipe):
    os.close(pipe[0])
    number = first
    with SqliteRegistry(path, timeout=60) as registry:
        while True:
            registry.register(_mailbox(f"m{number:06}"))
            registry.record_verdict("shared", "shared@acme.example", "verified", summary=f"{number}")
            os.write(pipe[1], number.to_bytes(4, "big"))
            number += 1


def test_section_7_7_a_kill_at_any_moment_loses_nothing_committed(tmp_path):
    path = str(tmp_path / "registry.sqlite")
    chance = random.Random(20260101)
    done = 0
    for _unused in range(25):
        pipe = os.pipe()
        writer = FORK.Process(target=_write_until_killed, args=(path, done, pipe))
        writer.start()
        os.close(pipe[1])
        time.sleep(chance.uniform(0.0, 0.12))
        os.kill(writer.pid, signal.SIGKILL)
        writer.join(60)
        with os.fdopen(pipe[0], "rb") as reports:
            acknowledged = reports.read()
        committed = [int.from_bytes(acknowledged[i : i + 4], "big") for i in range(0, len(acknowledged) - 3, 4)]
        with SqliteRegistry(path, create=False) as reader:
            before = {entry.id for entry in reader.list()}
        assert {f"m{number:06}" for number in committed} <= before
        with SqliteRegistry(path, timeout=60) as registry:
            assert {entry.id for entry in registry.list()} == before
            registry.register(_mailbox("next"))
        check = sqlite3.connect(path)
        assert check.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        check.close()
        if committed:
            done = committed[-1] + 1
    assert done > 0
