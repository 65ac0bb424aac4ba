# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The embedded registry: what it keeps, who may read it, and what it refuses."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._models.failure import StageError
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Category, Stage
from ansible_collections.mailops.mailbox.plugins.module_utils._models.problems import DeclarationError
from ansible_collections.mailops.mailbox.plugins.module_utils._registry import files
from ansible_collections.mailops.mailbox.plugins.module_utils._registry import sqlite as sqlite_module
from ansible_collections.mailops.mailbox.plugins.module_utils._registry.base import (
    Registration,
    SecretMark,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._registry.files import place_of
from ansible_collections.mailops.mailbox.plugins.module_utils._registry.schema import MIGRATIONS
from ansible_collections.mailops.mailbox.plugins.module_utils._registry.sqlite import SqliteRegistry

MARK = SecretMark("vault", "secret/mail/a#pass", 3)
A = Registration("a", "a@acme.example", {"smtp": {"host": "mx", "port": 587}, "tags": ("x",)}, {"smtp": MARK})


class Clock:
    """A clock that moves one minute with every look."""

    def __init__(self):
        self.now = datetime(2026, 1, 1, tzinfo=timezone.utc)

    def __call__(self):
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "state" / "deep" / "registry.sqlite")


@pytest.fixture
def registry(path):
    with SqliteRegistry(path, clock=Clock()) as opened:
        yield opened


def refused(path, match, **options):
    with pytest.raises(StageError, match=match) as caught:
        SqliteRegistry(path, **options).close()
    failure = caught.value.failure
    assert (failure.stage, failure.category) == (Stage.REGISTER, Category.REGISTER_FAILED)
    assert failure.evidence["path"] in failure.sentence
    assert failure.sentence.endswith(".")
    assert failure.causes[0].remedy
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return failure


def tree(path):
    """Return what is in the directory of ``path``, and its own state."""
    states = {name: name.lstat() for name in (Path(path).parent, *Path(path).parent.iterdir())}
    return {name: (state.st_mtime_ns, state.st_size, state.st_mode) for name, state in states.items()}


def test_round_trip(registry):
    stored = registry.create(A)
    assert registry.find("a") == stored
    assert stored.settings == {"smtp": {"host": "mx", "port": 587}, "tags": ["x"]}
    assert stored.created_at == stored.updated_at == "2026-01-01T00:01:00Z"
    registry.create(replace(A, id="B"))
    assert [entry.id for entry in registry.list()] == ["B", "a"]
    assert registry.delete("a") is True
    assert registry.delete("a") is False
    assert registry.find("a") is None


def test_updated_at_moves_with_the_content_only(registry):
    stored = registry.create(A)
    same = registry.update(replace(stored, verdict="verified", verified_at="2026-01-01T00:00:00Z"))
    assert same.updated_at == stored.updated_at
    assert registry.find("a").verdict == "verified"
    other = registry.update(replace(stored, email="b@acme.example"))
    assert (other.created_at, other.updated_at) == (stored.created_at, "2026-01-01T00:03:00Z")


def test_a_mark_of_an_older_release_is_read_and_takes_up_when_it_was_written(registry):
    registry.register(A)
    older = '{"smtp": {"fingerprint": null, "kind": "vault", "reference": "secret/mail/a#pass", "version": 3}}'
    registry._connection.execute("UPDATE registrations SET secrets = ?", (older,))
    stored = registry.find("a")
    dated = replace(MARK, written_at="2026-01-01T00:00:00.123Z")
    again = registry.register(replace(A, secrets={"smtp": dated}))
    assert not again.changed
    assert registry.find("a").secrets == {"smtp": dated}
    assert registry.find("a").updated_at == stored.updated_at
    anew = replace(MARK, written_at="2026-02-01T00:00:00.123Z")
    assert registry.register(replace(A, secrets={"smtp": anew})).changed
    assert registry.find("a").secrets == {"smtp": anew}
    assert registry.find("a").updated_at != stored.updated_at


def test_a_race_is_explained(registry):
    registry.create(A)
    with pytest.raises(StageError, match="by another run"):
        registry.create(A)
    with pytest.raises(StageError, match="removed by another run"):
        registry.update(replace(A, id="b"))
    assert len(registry.list()) == 1


def test_register_compares_and_writes_at_once(registry):
    assert registry.register(A).changed
    again = registry.register(replace(A, verdict="verified", verified_at="2026-01-01T00:00:00Z"))
    assert not again.changed
    assert registry.find("a") == again.target
    assert again.target.verdict == "verified"
    registry.record_verdict("a", A.email, "verified")
    assert registry.unregister("a").changed
    assert not registry.unregister("a").changed
    assert registry.last_verdict("a") is None


def test_verdicts_are_bounded_and_the_last_conclusive_one_stays(registry):
    registry.record_verdict("a", A.email, "failed", "2026-01-01T00:00:00Z", "wrong password")
    for minute in range(30):
        registry.record_verdict("a", A.email, "inconclusive", f"2026-01-02T00:{minute:02}:00Z")
        registry.record_verdict("b", A.email, "verified", f"2026-01-02T00:{minute:02}:00Z")
    assert len(registry.verdicts("a")) == 21
    assert len(registry.verdicts("b")) == 20
    assert registry.last_verdict("a").at == "2026-01-02T00:29:00Z"
    assert registry.last_verdict("a", conclusive=True).summary == "wrong password"
    registry.record_verdict("b", A.email, "failed", "2026-01-01T00:00:00Z")
    assert registry.last_verdict("b").verdict == "verified"
    assert registry.last_verdict("c") is None


def test_only_the_refused_secret_itself_is_refused(registry):
    account = "smtp:a@acme.example@mx:587"
    registry.remember_refused(account, MARK, "2026-01-01T00:00:00Z", "auth.credentials", "535 no")
    known = registry.refused(account, MARK)
    assert (known.category, known.reply, known.at, known.mark) == (
        "auth.credentials",
        "535 no",
        "2026-01-01T00:00:00Z",
        MARK,
    )
    assert registry.refused(account, replace(MARK, version=4)) is None
    assert registry.refused("imap:a", MARK) is None
    dated = replace(MARK, written_at="2026-01-01T00:00:00.123Z")
    assert registry.refused(account, dated) is not None
    registry.remember_refused(account, dated)
    assert registry.refused(account, MARK) is not None
    assert registry.refused(account, replace(MARK, written_at="2026-02-01T00:00:00.123Z")) is None
    registry.remember_refused(account, replace(MARK, version=4))
    assert registry.refused(account, MARK) is None
    assert registry.refused(account, replace(MARK, version=4)) is not None
    assert registry.forget_refused(account) is True
    assert registry.forget_refused(account) is False
    assert registry.refused(account, replace(MARK, version=4)) is None


def test_an_uncomparable_secret_is_not_held_back(registry):
    registry.remember_refused("x", SecretMark("inline"))
    assert registry.refused("x", SecretMark("inline")) is None


def test_files_are_for_their_owner_alone(path, registry):
    registry.create(A)
    names = list(Path(path).parent.iterdir())
    assert len(names) == 3
    assert {stat.S_IMODE(name.stat().st_mode) for name in names} == {0o600}
    for directory in (Path(path).parent, Path(path).parent.parent):
        assert stat.S_IMODE(Path(directory).stat().st_mode) == 0o700
    assert not registry.tightened


def test_a_readable_file_is_tightened(path):
    SqliteRegistry(path).close()
    Path(path).chmod(0o644)
    with SqliteRegistry(path) as registry:
        assert registry.tightened
        assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600


def test_durability_settings(registry):
    connection = registry._connection
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_fleet_does_not_wait_for_the_disk(registry):
    registry.hasten()
    assert registry._connection.execute("PRAGMA synchronous").fetchone() == (1,)
    assert registry._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_no_secret_reaches_the_file(path):
    with SqliteRegistry(path) as registry:
        registry.create(A)
        for settings in ({"smtp": {"password": "hunter2-XYZ"}}, {"proxy": "http://u:hunter2-XYZ@h"}):
            with pytest.raises(ValueError, match="secret"):
                registry.create(replace(A, id="c", settings=settings))
        late = registry.find("a")
        late.settings["token"] = "hunter2-XYZ"
        with pytest.raises(ValueError, match="secret"):
            registry.update(late)
        names = list(Path(path).parent.iterdir())
        assert b"hunter2" not in b"".join(Path(name).read_bytes() for name in names)
    assert b"hunter2" not in Path(path).read_bytes()


def test_reading_a_missing_registry_creates_nothing(path):
    with SqliteRegistry(path, create=False) as registry:
        assert registry.list() == ()
        assert registry.find("a") is None
        assert registry.last_verdict("a") is None
        with pytest.raises(StageError, match="reading only"):
            registry.create(A)
        with pytest.raises(StageError, match="reading only"):
            registry.record_verdict("a", A.email, "verified")
    assert not Path(path).parent.parent.exists()


@pytest.mark.parametrize("left_by_kill", [False, True])
def test_reading_changes_nothing(path, left_by_kill):
    writer = SqliteRegistry(path)
    writer.create(A)
    if left_by_kill:
        kept = {name: Path(name).read_bytes() for name in (path, path + "-wal")}
    writer.close()
    if left_by_kill:
        for name, data in kept.items():
            Path(name).write_bytes(data)
    Path(path).chmod(0o640)
    before = tree(path)
    with SqliteRegistry(path, create=False) as registry:
        assert registry.find("a").email == A.email
    assert tree(path) == before
    assert len(before) == (3 if left_by_kill else 2)


def test_reading_beside_a_writer_of_the_same_process(path):
    with SqliteRegistry(path) as writer:
        writer.create(A)
        with SqliteRegistry(path, create=False) as reader:
            writer.create(replace(A, id="b"))
            assert [entry.id for entry in reader.list()] == ["a"]
        # Had the reader dropped the locks of the writer, another process would take itself for the last one and
        # remove the log. Locks are per process, so it has to be a real one.
        script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM verdicts'); c.close()"
        subprocess.run([sys.executable, "-c", script, path], check=True, timeout=60)
        assert Path(path + "-wal").exists()
        assert len(writer.list()) == 2


def test_a_copy_made_while_the_log_was_reused_is_made_again(path, monkeypatch):
    with SqliteRegistry(path) as writer:
        writer.create(A)
    real, calls = files._copy, []

    def copy_during_write(source, target):
        real(source, target)
        calls.append(source)
        if len(calls) == 1:
            with SqliteRegistry(path) as other:
                other.create(replace(A, id="b"))

    monkeypatch.setattr(files, "_copy", copy_during_write)
    # The writer of this test lives inside the reader's copying, which a plain lock forbids in one process.
    monkeypatch.setattr(sqlite_module, "_OPENING", threading.RLock())
    with SqliteRegistry(path, create=False) as reader:
        assert len(reader.list()) == 2
    assert len(calls) == 2


def test_a_registry_that_never_rests_is_explained(path, monkeypatch):
    SqliteRegistry(path).close()
    counter = iter(range(1000))
    monkeypatch.setattr(files, "_version", lambda name: files._Version((0, 0, next(counter), b""), b""))
    assert refused(path, "changed faster", create=False).retryable


def test_older_schema_is_migrated(path):
    with SqliteRegistry(path) as registry:
        registry.create(A)
    newer = (
        *MIGRATIONS,
        ("ALTER TABLE registrations ADD COLUMN shelf TEXT", "UPDATE registrations SET verdict = 'moved'"),
    )
    before = Path(path).read_bytes()
    with SqliteRegistry(path, create=False, migrations=newer) as reader:
        assert reader.find("a").verdict == "moved"
    assert Path(path).read_bytes() == before
    for _unused in range(2):
        with SqliteRegistry(path, migrations=newer) as registry:
            assert registry.find("a").verdict == "moved"
            assert registry._connection.execute("PRAGMA user_version").fetchone() == (len(newer),)


def test_a_failed_migration_leaves_the_old_schema(path):
    with SqliteRegistry(path) as registry:
        registry.create(A)
    broken = (*MIGRATIONS, ("ALTER TABLE registrations ADD COLUMN shelf TEXT", "no such statement"))
    refused(path, "can't be used", migrations=broken)
    with SqliteRegistry(path) as registry:
        assert registry.find("a") is not None
        assert "shelf" not in str(registry._connection.execute("SELECT sql FROM sqlite_master").fetchall())


@pytest.mark.parametrize("create", [True, False])
def test_a_newer_schema_is_refused(path, create):
    known = len(MIGRATIONS)
    SqliteRegistry(path, migrations=(*MIGRATIONS, ("CREATE TABLE later (x)",))).close()
    before = Path(path).read_bytes()
    failure = refused(path, f"schema version {known + 1}; this release knows up to {known}", create=create)
    assert "Update the collection" in failure.causes[0].remedy
    assert Path(path).read_bytes() == before


@pytest.mark.parametrize("create", [True, False])
def test_garbage_is_refused_and_kept(path, create):
    Path(path).parent.mkdir(parents=True)
    Path(path).write_bytes(b"mailboxes:\n  - a@acme.example\n" * 100)
    before = Path(path).read_bytes()
    refused(path, "is not a registry", create=create)
    assert Path(path).read_bytes() == before


@pytest.mark.parametrize("create", [True, False])
def test_the_database_of_another_program_is_refused(path, create):
    Path(path).parent.mkdir(parents=True)
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE cookies (x)")
    other.close()
    before = Path(path).read_bytes()
    refused(path, "not a registry of mailops.mailbox", create=create)
    assert Path(path).read_bytes() == before


def test_a_damaged_registry_is_explained(path):
    with SqliteRegistry(path) as registry:
        for number in range(200):
            registry.create(replace(A, id=f"m{number}"))
    with Path(path).open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * (Path(path).stat().st_size - 8192))
    with SqliteRegistry(path) as registry, pytest.raises(StageError, match="damaged"):
        registry.list()


@pytest.mark.parametrize("create", [True, False])
@pytest.mark.parametrize("suffix", ["", "-wal"])
def test_a_symbolic_link_is_refused(path, tmp_path, create, suffix):
    Path(path).parent.mkdir(parents=True)
    target = tmp_path / "target"
    if suffix:
        SqliteRegistry(path).close()
    Path(path + suffix).symlink_to(target)
    refused(path, "symbolic link" if create or not suffix else "symbolic", create=create)
    assert not target.exists()


def seen_by_another_user(monkeypatch):
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)


def in_a_folder_of_somebody_else(monkeypatch, path):
    seen = Path.stat

    def of_others(place, **options):
        state = seen(place, **options)
        if place != Path(path).parent:
            return state
        fields = [*state]
        fields[stat.ST_UID] += 7
        return os.stat_result(fields)

    monkeypatch.setattr(Path, "stat", of_others)


@pytest.mark.parametrize("create", [True, False])
def test_a_file_of_another_user_is_refused(path, monkeypatch, create):
    """Root could use it, and its owner would read along, as in a folder where everybody may create files."""
    SqliteRegistry(path).close()
    seen_by_another_user(monkeypatch)
    assert SqliteRegistry(path, create).list() == ()
    in_a_folder_of_somebody_else(monkeypatch, path)
    refused(path, "belongs to another user", create=create)


@pytest.mark.parametrize("create", [True, False])
def test_a_log_of_another_user_is_refused(path, monkeypatch, create):
    SqliteRegistry(path).close()
    Path(path + "-wal").write_bytes(b"")
    in_a_folder_of_somebody_else(monkeypatch, path)
    lstat, owner = os.lstat, os.geteuid()

    def of_others(name):
        state = lstat(name)
        fields = [*state]
        fields[stat.ST_UID] = owner + str(name).endswith("-wal")
        return os.stat_result(fields, {"st_mtime_ns": state.st_mtime_ns})

    monkeypatch.setattr(os, "lstat", of_others)
    refused(path, "-wal, because it belongs to another user", create=create)


def test_a_directory_and_a_file_among_the_parents_are_refused(tmp_path):
    refused(str(tmp_path), "not a regular file")
    (tmp_path / "file").write_text("")
    refused(str(tmp_path / "file" / "registry.sqlite"), "Not a directory")
    refused(str(tmp_path / "file" / "registry.sqlite"), "Not a directory", create=False)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_place_is_explained(path):
    SqliteRegistry(path).close()
    Path(path).parent.chmod(0o500)
    try:
        refused(path, "can't be opened for writing")
        refused(path + "2", "Permission denied")
        Path(path).parent.chmod(0o700)
        Path(path).chmod(0o400)
        refused(path, "can't be opened for writing")
        with SqliteRegistry(path, create=False) as registry:
            assert registry.list() == ()
    finally:
        Path(path).parent.chmod(0o700)


def test_a_locked_registry_is_explained(path, registry):
    registry.create(A)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    failure = refused(path, "within 0.05 seconds", timeout=0.05)
    assert failure.retryable
    with SqliteRegistry(path, create=False) as reader:
        assert reader.find("a") is not None
    other.execute("ROLLBACK")
    other.close()


def test_a_creator_waits_for_another_creator(path, monkeypatch):
    Path(path).parent.mkdir(parents=True)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(sqlite_module.time, "sleep", lambda seconds: other.execute("ROLLBACK"))
    SqliteRegistry(path, timeout=60).close()
    assert not other.in_transaction
    other.close()


def test_a_full_disk_is_explained_and_loses_nothing(path, registry):
    registry.create(A)
    pages = registry._connection.execute("PRAGMA page_count").fetchone()[0]
    registry._connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(StageError, match="no room left"):
        for number in range(500):
            registry.create(replace(A, id=f"m{number}"))
    registry._connection.execute("PRAGMA max_page_count = 100000")
    kept = len(registry.list())
    registry.create(replace(A, id="after"))
    assert len(registry.list()) == kept + 1


def test_use_after_close_is_explained(path):
    registry = SqliteRegistry(path)
    registry.close()
    registry.close()
    with pytest.raises(StageError, match="closed"):
        registry.list()


def test_default_path(monkeypatch):
    monkeypatch.setenv("HOME", "/home/u")
    assert place_of(None, {}) == "/home/u/.local/state/mailops.mailbox/registry.sqlite"
    assert place_of(None, {"XDG_STATE_HOME": "/var/s"}) == "/var/s/mailops.mailbox/registry.sqlite"
    assert place_of(None, {"XDG_STATE_HOME": "rel"}) == "/home/u/.local/state/mailops.mailbox/registry.sqlite"
    assert place_of("~/r.sqlite", {"XDG_STATE_HOME": "/var/s"}) == "/home/u/r.sqlite"


def _knows_no_home(monkeypatch):
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", lambda uid: {}[uid])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            "~nosuchuser/r.sqlite",
            "registry.path: begins with the home folder of a user who is not known on this machine. "
            "Correct the name, or write the whole path.",
        ),
        (
            None,
            "registry.path: is needed, because this user has no home folder, where the usual one would be. "
            "Give it, or set HOME or XDG_STATE_HOME.",
        ),
    ],
)
def test_a_registry_in_a_home_folder_that_is_not_known_is_told(monkeypatch, given, told):
    _knows_no_home(monkeypatch)
    with pytest.raises(DeclarationError) as caught:
        place_of(given, {})
    assert [str(problem) for problem in caught.value.problems] == [told]
    assert place_of("/srv/r.sqlite", {}) == "/srv/r.sqlite"
