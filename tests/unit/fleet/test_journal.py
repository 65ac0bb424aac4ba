# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal: nothing that was handed over is lost, and it can be read again."""

from __future__ import annotations

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.journal import (
    Journal,
    default_path,
    head_of,
    members_of,
    read_journal,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.policy import Member
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.request import FleetRefused

MEMBERS = [Member("a", "a@acme.example", ("eu",), 40, True), Member("b", "b@acme.example", (), None, False)]
HEAD = head_of("2026-01-01T00:00:00Z", "present", "outreach", MEMBERS)


def test_what_was_added_reads_back(tmp_path):
    path = str(tmp_path / "deep" / "run.jsonl")
    journal = Journal(path, HEAD)
    journal.add("b", {"status": "failed", "text": "ümlaut\n\u2028\ud800"})
    journal.add("a", {"status": "verified"})
    assert journal["a"] == {"status": "verified"}
    journal.close()
    head, again = read_journal(path)
    assert members_of(head) == MEMBERS
    assert list(again) == ["a", "b"]
    assert again["b"]["status"] == "failed"


def test_a_result_is_in_the_file_before_add_returns(tmp_path):
    path = tmp_path / "run.jsonl"
    code = (
        "import os, signal, sys\n"
        "from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.journal import Journal\n"
        "journal = Journal(sys.argv[1], {})\n"
        "for number in range(500):\n    journal.add(f'm{number}', {'n': number})\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(path)], env=dict(os.environ), check=False)
    assert ended.returncode == -signal.SIGKILL
    _head, journal = read_journal(str(path))
    assert len(journal) == 500
    assert journal["m499"] == {"n": 499}


def test_it_is_for_its_owner_alone(tmp_path):
    path = tmp_path / "run.jsonl"
    Journal(str(path), HEAD).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_one_before_is_kept(tmp_path):
    path = str(tmp_path / "run.jsonl")
    first = Journal(path, HEAD)
    first.add("a", {"n": 1})
    first.close()
    Journal(path, HEAD).close()
    assert len(read_journal(path)[1]) == 0
    assert sorted(read_journal(f"{path}.previous")[1]) == ["a"]


def test_runs_side_by_side_leave_each_other_their_journals(tmp_path):
    path = str(tmp_path / "run.jsonl")
    long = Journal(path, HEAD)
    long.add("a", {"n": 1})
    for _unused in range(2):
        short = Journal(path, HEAD)
        short.add("b", {"n": 2})
        short.close()
        assert short.path != path
        assert short.path in short.warnings[0]
    long.add("c", {"n": 3})
    long.close()
    assert sorted(read_journal(path)[1]) == ["a", "c"]
    assert sorted(read_journal(str(short.path))[1]) == ["b"]


def test_runs_that_begin_at_once_leave_each_other_their_journals(tmp_path):
    at_once = threading.Barrier(4)

    def begin(path):
        at_once.wait(10)
        journal = Journal(path, HEAD)
        journal.add(f"m{threading.get_ident()}", {})
        return journal

    with ThreadPoolExecutor(4) as pool:
        for number in range(100):
            path = str(tmp_path / f"{number}.jsonl")
            if number % 2:
                Journal(path, {"fleet": "before"}).close()
            journals = list(pool.map(begin, [path] * 4))
            assert len({journal.path for journal in journals}) == 4
            for journal in journals:
                assert list(read_journal(journal.path)[1]) == list(journal)
                journal.close()
            if number % 2:
                assert read_journal(f"{path}.previous")[0]["fleet"] == "before"
            assert Path(f"{path}.previous").exists() is bool(number % 2)


@pytest.mark.parametrize("what", ["folder", "pipe", "link to a pipe", "notes", "registry"])
def test_what_is_no_journal_is_not_moved_away(tmp_path, what):
    path = tmp_path / "run.jsonl"
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "link to a pipe":
        os.mkfifo(tmp_path / "pipe")
        path.symlink_to(tmp_path / "pipe")
    else:
        path.write_bytes({"notes": b"precious", "registry": b"SQLite format 3\0"}[what])
    before = path.lstat()
    with pytest.raises(FleetRefused, match=r"can't be written: There is .* at this path.*Nothing was sent"):
        Journal(str(path), HEAD)
    assert path.lstat().st_ino == before.st_ino
    assert not Path(f"{path}.previous").exists()


def test_an_empty_file_may_become_a_journal(tmp_path):
    path = tmp_path / "run.jsonl"
    path.touch()
    Journal(str(path), HEAD).close()
    assert members_of(read_journal(str(path))[0]) == MEMBERS


def test_what_a_full_disk_does_not_take_is_kept_in_memory_and_harms_no_other_line(tmp_path, monkeypatch):
    path = tmp_path / "run.jsonl"
    journal = Journal(str(path), HEAD)
    journal.add("a", {"n": 1})
    real = os.pwrite

    def full(descriptor, data, offset):
        if offset > real_end:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, data[:40], offset)

    real_end = path.stat().st_size
    monkeypatch.setattr(os, "pwrite", full)
    journal.add("b", {"text": "x" * 100})
    journal.add("c", {"text": "y" * 100})
    assert [len(journal), journal["b"]["text"], len(journal.warnings)] == [3, "x" * 100, 1]
    assert "No space left on device" in journal.warnings[0]
    monkeypatch.undo()
    journal.add("d", {"n": 4})
    assert sorted(read_journal(str(path))[1]) == ["a", "d"]
    journal.add("b", {"text": "there is room again"})
    journal.close()
    assert sorted(read_journal(str(path))[1]) == ["a", "b", "d"]
    assert sorted(journal) == ["a", "b", "c", "d"]


def test_a_link_is_not_followed(tmp_path):
    target = tmp_path / "target"
    target.write_text("precious")
    (tmp_path / "run.jsonl").symlink_to(target)
    Journal(str(tmp_path / "run.jsonl"), HEAD).close()
    assert target.read_text() == "precious"


def test_a_line_that_was_cut_is_left_out(tmp_path):
    path = tmp_path / "run.jsonl"
    journal = Journal(str(path), HEAD)
    journal.add("a", {"n": 1})
    journal.close()
    with path.open("ab") as file:
        file.write(b'{"id":"b","result":{"n"')
    assert list(read_journal(str(path))[1]) == ["a"]


def test_without_a_path_there_is_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    journal = Journal(None, HEAD)
    journal.add("a", {"n": 1})
    assert journal["a"] == {"n": 1}
    assert list(tmp_path.iterdir()) == []
    journal.close()


@pytest.mark.parametrize(
    "text", ["", "[]\n", "mailboxes:\n", json.dumps({"journal": 99}) + "\n", '{"journal":1}\n{}\n']
)
def test_what_is_no_journal_is_refused(tmp_path, text):
    path = tmp_path / "run.jsonl"
    path.write_text(text)
    with pytest.raises(FleetRefused, match="not a journal"):
        read_journal(str(path))


def test_a_missing_one_and_one_that_cannot_be_written_are_explained(tmp_path):
    with pytest.raises(FleetRefused, match="can't be read: No such file"):
        read_journal(str(tmp_path / "none"))
    (tmp_path / "file").write_text("")
    with pytest.raises(FleetRefused, match="can't be written"):
        Journal(str(tmp_path / "file" / "run.jsonl"), HEAD)


def test_the_default_lies_beside_the_registry():
    assert default_path("/srv/r.sqlite", None) == "/srv/r.sqlite.fleet.jsonl"
    assert default_path("/srv/r.sqlite", "eu/../x") == "/srv/r.sqlite.eu____x.fleet.jsonl"
    assert Path(default_path("/srv/r.sqlite", "../../etc")).parent == Path("/srv")
