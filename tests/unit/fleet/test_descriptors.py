# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Open files: the process's own limit is raised where that helps, and what this machine lacks is no mailbox's fault."""

from __future__ import annotations

import errno
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._driver import connect as connect_module
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.descriptors import SPARE, Descriptors

CHILD = """
import resource, socket, sys
sys.path.insert(0, sys.argv[1])
soft, hard = int(sys.argv[2]), int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.descriptors import Descriptors
found = Descriptors(1000)
held = [socket.socket() for _turn in range(min(1000, found.sockets))]
print(found.sockets, resource.getrlimit(resource.RLIMIT_NOFILE)[0] > soft)
for one in held:
    one.close()
found.restore()
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0] == soft)
"""


def child(soft: int, hard: int) -> list[str]:
    tree = next(path for path in sys.path if (Path(path) / "ansible_collections" / "mailops").exists())
    command = [sys.executable, "-c", CHILD, tree, str(soft), str(hard)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_the_limit_is_raised_as_far_as_it_may_and_put_back() -> None:
    sockets, raised, restored = child(256, 4096)
    assert (int(sockets), raised, restored) == (1000, "True", "True")


def test_where_it_may_not_be_raised_fewer_sockets_are_opened() -> None:
    sockets, raised, restored = child(256, 256)
    assert (256 - 40 - SPARE < int(sockets) < 256 - SPARE, raised, restored) == (True, "False", "True")


def test_what_is_enough_is_left_alone() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    Descriptors(1)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
def test_an_attempt_tells_the_systems_own_name_of_what_it_lacked(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any, **_named: Any) -> Any:
        raise OSError(code, "in whatever language")

    monkeypatch.setattr(connect_module.socket, "socket", refuse)
    ended: list[Any] = []
    race = connect_module.Race(None, ("127.0.0.1",), 1, lambda sock, attempts: ended.append(attempts))  # type: ignore[arg-type]
    race._loop = type("L", (), {"clock": staticmethod(lambda: 0.0)})()  # type: ignore[assignment]
    race.start()
    assert [one.code for one in ended[0]] == [errno.errorcode[code]]
