# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fingerprint of a secret and the file of its key."""

from __future__ import annotations

import multiprocessing
import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._models.failure import StageError
from ansible_collections.mailops.mailbox.plugins.module_utils._registry import fingerprint as module
from ansible_collections.mailops.mailbox.plugins.module_utils._registry.fingerprint import (
    KEY_BYTES,
    Fingerprinter,
)

SECRET = "correct horse battery staple"


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "state" / "registry.sqlite")


def test_same_secret_same_fingerprint_across_processes_and_runs(path):
    first = Fingerprinter(path).fingerprint(SECRET, "sales01")
    assert Fingerprinter(path).fingerprint(SECRET.encode(), "sales01") == first
    assert first.startswith("scrypt-14-8-1:")


def test_another_secret_context_or_key_gives_another_fingerprint(path, tmp_path):
    known = Fingerprinter(path)
    seen = {
        known.fingerprint(SECRET, "sales01"),
        known.fingerprint(SECRET + " ", "sales01"),
        known.fingerprint(SECRET, "sales02"),
        known.fingerprint("1" + SECRET, "sales0"),
        Fingerprinter(str(tmp_path / "other.sqlite")).fingerprint(SECRET, "sales01"),
    }
    assert len(seen) == 5


def test_the_key_is_private_and_the_secret_is_nowhere(path):
    Fingerprinter(path).fingerprint(SECRET, "sales01")
    state = Path(path + ".key").stat()
    assert stat.S_IMODE(state.st_mode) == 0o600
    assert stat.S_IMODE(Path(path).parent.stat().st_mode) == 0o700
    assert state.st_size == KEY_BYTES
    assert [entry.name for entry in Path(path).parent.iterdir()] == ["registry.sqlite.key"]


def test_check_mode_reads_a_key_but_creates_none(path):
    assert Fingerprinter(path).fingerprint(SECRET, "a", create=False) is None
    assert not Path(path).parent.exists()
    made = Fingerprinter(path).fingerprint(SECRET, "a")
    assert Fingerprinter(path).fingerprint(SECRET, "a", create=False) == made


def test_a_fingerprint_is_made_once(path, monkeypatch):
    calls = []
    real = module.hashlib.scrypt
    monkeypatch.setattr(module.hashlib, "scrypt", lambda *a, **k: calls.append(1) or real(*a, **k))
    known = Fingerprinter(path)
    assert known.fingerprint(SECRET, "a") == known.fingerprint(SECRET, "a")
    assert len(calls) == 1
    assert SECRET not in repr(vars(known))


def test_of_two_threads_the_second_waits_for_the_first(path, monkeypatch):
    calls, begun, go_on = [], threading.Event(), threading.Event()

    def slow(data, **_unused):
        calls.append(1)
        begun.set()
        go_on.wait(20)
        return data

    monkeypatch.setattr(module.hashlib, "scrypt", slow)
    known = Fingerprinter(path)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(known.fingerprint, SECRET, "a")
        begun.wait(20)
        second = pool.submit(known.fingerprint, SECRET, "a")
        go_on.set()
        assert first.result(20) == second.result(20)
    assert len(calls) == 1


def test_no_scrypt_is_explained_each_time(path, monkeypatch):
    monkeypatch.delattr(module.hashlib, "scrypt")
    known = Fingerprinter(path)
    for _turn in range(2):
        with pytest.raises(StageError, match="lacks scrypt"):
            known.fingerprint(SECRET, "a")


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_broken_key_is_explained(path, content):
    Path(path).parent.mkdir(parents=True)
    Path(path + ".key").write_bytes(content)
    with pytest.raises(StageError, match="does not hold a key") as caught:
        Fingerprinter(path).fingerprint(SECRET, "a")
    assert "Remove it" in caught.value.failure.causes[0].remedy


def test_a_linked_key_is_refused_and_a_readable_one_tightened(path):
    Path(path).parent.mkdir(parents=True)
    Path(path + ".real").write_bytes(bytes(32))
    Path(path + ".real").chmod(0o644)
    Path(path + ".key").symlink_to(path + ".real")
    with pytest.raises(StageError, match="symbolic link"):
        Fingerprinter(path).fingerprint(SECRET, "a")
    Path(path + ".real").rename(path + ".key")
    Fingerprinter(path).fingerprint(SECRET, "a")
    assert stat.S_IMODE(Path(path + ".key").stat().st_mode) == 0o600


def test_a_key_of_another_user_is_refused(path, monkeypatch):
    Fingerprinter(path).fingerprint(SECRET, "a")
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    Fingerprinter(path).fingerprint(SECRET, "a")
    folder = [*Path(path).parent.stat()]
    folder[stat.ST_UID] = owner + 2
    monkeypatch.setattr(Path, "stat", lambda _place, **_unused: os.stat_result(folder))
    with pytest.raises(StageError, match="belongs to another user"):
        Fingerprinter(path).fingerprint(SECRET, "a")


def _create(path, barrier, results):
    barrier.wait()
    results.put(Fingerprinter(path).fingerprint(SECRET, "a"))


def test_creators_at_once_get_one_key(path):
    context = multiprocessing.get_context("fork")
    for round_ in range(5):
        target = f"{path}{round_}"
        barrier, results = context.Barrier(4), context.Queue()
        workers = [context.Process(target=_create, args=(target, barrier, results)) for _unused in range(4)]
        for worker in workers:
            worker.start()
        fingerprints = {results.get(timeout=60) for _unused in workers}
        for worker in workers:
            worker.join(60)
        assert len(fingerprints) == 1
    assert len(list(Path(path).parent.iterdir())) == 5
