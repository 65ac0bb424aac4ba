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
from ansible_collections.mailops.mailbox.plugins.plugin_utils._plain import OF_FILE

FLEET = {"results": {"h1": {"id": "h1", "status": "partial", "msg": "It only sends."}}}


def acted(name: str, arguments: dict[str, Any], rendered: Any = None, **variables: Any) -> dict[str, Any]:
    action = {"mailbox_fleet": fleet_action, "mailbox_verdict": verdict_action}[name]
    task = SimpleNamespace(args=arguments, async_val=0, check_mode=False, diff=False, action=name)
    connection = SimpleNamespace(transport="local", _shell=SimpleNamespace(tmpdir="/nonexistent"))
    plain = SimpleNamespace(template=lambda value: rendered if value == OF_FILE else value)
    made = action.ActionModule(
        task=task, connection=connection, play_context=None, loader=None, templar=plain, shared_loader_obj=None
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


@pytest.mark.parametrize(
    ("value", "failed"),
    [(True, False), ("yes", False), ("True", False), (1, False), (False, True), ("no", True), (None, True)],
)
def test_allow_partial_is_a_bool_as_ansible_has_them(value: Any, failed: bool) -> None:
    told = acted("mailbox_verdict", {"from": "fleet", "allow_partial": value}, fleet=FLEET, mailbox={"id": "h1"})
    assert told.get("failed", False) is failed
    assert told["status"] == "partial"


@pytest.mark.parametrize("value", ["perhaps", "", 2, [True]])
def test_what_is_no_bool_is_refused(value: Any) -> None:
    told = acted("mailbox_verdict", {"from": "fleet", "allow_partial": value}, fleet=FLEET)
    assert told == {"failed": True, "msg": "allow_partial must be true or false."}


@pytest.mark.parametrize("arguments", [{}, {"from": None}, {"from": FLEET}, {"from": "fleet", "form": "fleet"}])
def test_a_verdict_needs_the_name_of_a_fleet_and_no_other_options(arguments: dict[str, Any]) -> None:
    told = acted("mailbox_verdict", arguments, fleet=FLEET)
    assert told["msg"].startswith("Give from, the name of the variable")


@pytest.mark.parametrize(
    ("error", "lines"),
    [
        ("is broken", ["- is broken"]),
        ({"text": "is broken."}, ["- is broken."]),
        (
            [{"file": "m.yml", "line": 7, "key": "smtp.port", "text": "is no port."}],
            ["- m.yml:7: smtp.port is no port."],
        ),
        ([{"file": "m.yml", "text": "can't be read."}, "and more"], ["- m.yml: can't be read.", "- and more"]),
        ([{"key": "email"}], ["- email is wrong."]),
        (5, ["- 5"]),
    ],
)
def test_all_that_is_wrong_with_a_declaration_is_told_in_whatever_form(error: Any, lines: list[str]) -> None:
    told = acted("mailbox_verdict", {"from": "fleet"}, fleet=FLEET, mailbox_error=error)
    assert (told["failed"], told["reason"]) == (True, "invalid_declaration")
    assert told["msg"].splitlines() == ["The declaration of h1 can't be used; nothing was sent.", *lines]


@pytest.mark.parametrize("defaults", [None, {}, {"tags": ["eu"]}, "{{ defaults_of_the_fleet }}"])
def test_a_mailbox_of_a_file_is_found_by_its_address_whatever_group_variables_are(defaults: Any) -> None:
    found = {"results": {"a@acme.example": {"id": "a@acme.example", "status": "verified"}}}
    file = {"own": {"email": "a@ACME.example"}, "base": {}}
    variables = {"fleet": found, "mailbox": OF_FILE, "mailbox_file": file, "mailbox_defaults": defaults}
    told = acted("mailbox_verdict", {"from": "fleet"}, file["own"], **variables)
    assert told == {"id": "a@acme.example", "status": "verified"}
