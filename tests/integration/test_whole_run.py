# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The last test: no secret that any test before it used is in anything that was printed or left."""

from __future__ import annotations

from pathlib import Path

import pytest
from leaks import Watch, inline

pytestmark = pytest.mark.smoke


def test_a_leak_would_be_found(tmp_path: Path) -> None:
    watch = Watch()
    watch.secrets = {"hunter-two-22", "acme"}
    (tmp_path / "a.log").write_bytes(b"AUTH aHVudGVyLXR3by0yMg==")
    (tmp_path / "b.log").write_bytes(b"u@acme.example logged in")
    watch.printed = [("ansible-playbook", b"the password is hunter-two-22")]
    assert [leak.partition(":")[0] for leak in watch.leaks(tmp_path)] == ["ansible-playbook", str(tmp_path / "a.log")]
    watch.own = {(tmp_path / "a.log").resolve()}
    assert len(watch.leaks(tmp_path)) == 1
    assert list(inline([{"secret": {"password": "one"}}, [{"password": "{{ two }}"}]])) == ["one"]


def test_no_secret_of_the_whole_run_was_printed_or_left(watch: Watch, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert watch.leaks(tmp_path_factory.getbasetemp()) == []
