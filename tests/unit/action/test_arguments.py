# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the actions make of their arguments and of a host's variables before they do anything."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.mailops.mailbox.plugins.action import mailbox_fleet as fleet_action
from ansible_collections.mailops.mailbox.plugins.action import mailbox_verdict as verdict_action

FLEET = {"results": {"h1": {"id": "h1", "status": "partial", "msg": "It only sends."}}}


def acted(name: str, arguments: dict[str, Any], **variables: Any) -> dict[str, Any]:
    action = {"mailbox_fleet": fleet_action, "mailbox_verdict": verdict_action}[name]
    task = SimpleNamespace(args=arguments, async_val=0, check_mode=False, diff=False, action=name)
    connection = SimpleNamespace(transport="local", _shell=SimpleNamespace(tmpdir="/nonexistent"))
    made = action.ActionModule(
        task=task, connection=connection, play_context=None, loader=None, templar=None, shared_loader_obj=None
    )
    found: dict[str, Any] = made.run(task_vars={"inventory_hostname": "h1", **variables})
    return found


@pytest.mark.parametrize(
    "arguments",
    [{}, {"rebuild": False}, {"hosts": None, "state": "verified"}, {"shard": {"of": ["p1"], "name": "p1"}}],
)
def test_a_fleet_of_nothing_in_particular_is_refused(arguments: dict[str, Any]) -> None:
    told = acted("mailbox_fleet", arguments)
    assert told["failed"]
    assert told["msg"].startswith("No mailboxes are named: give hosts")


@pytest.mark.parametrize("arguments", [{"rebuild": True}, {"hosts": []}, {"mailboxes": []}])
def test_a_rebuild_and_an_empty_list_are_named(monkeypatch: pytest.MonkeyPatch, arguments: dict[str, Any]) -> None:
    """They come to where their other arguments are looked at."""
    monkeypatch.setattr(fleet_action.ActionModule, "_once", lambda *_given: None)
    told = acted("mailbox_fleet", {**arguments, "prune_max": -1})
    assert told["msg"] == "prune_max must be from 0 to 100."
