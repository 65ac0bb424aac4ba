# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A role's options are written four times (defaults, argument_specs, README, tasks); this fails when they disagree."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.mailops.mailbox.plugins.module_utils._argspec.fleet import FLEET_OPTIONS

ROOT = Path(__file__).resolve().parents[2]
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())
ROW = re.compile(r"^\| `(\w+)` \| (\S.*?) \|", re.MULTILINE)


def read(role: str, path: str) -> Any:
    return yaml.safe_load((ROOT / "roles" / role / path).read_text())


def options(role: str) -> dict[str, Any]:
    return read(role, "meta/argument_specs.yml")["argument_specs"]["main"]["options"]


def told(value: Any) -> str:
    if value == "":
        return "empty"
    return "not set" if value is None else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def same_option(role: str, name: str) -> dict[str, Any] | None:
    """The option of mailbox_fleet that a variable is handed to."""
    short = name.removeprefix(f"{role}_")
    return FLEET_OPTIONS.get(short) or FLEET_OPTIONS["policy"]["options"].get(short)


def test_there_are_three_roles() -> None:
    assert ROLES == ["gate", "provision", "verify"]


@pytest.mark.parametrize("role", ROLES)
def test_defaults_and_readme_say_what_the_specification_says(role: str) -> None:
    specified = {name: option.get("default") for name, option in options(role).items()}
    defaults = read(role, "defaults/main.yml")
    assert {name: value for name, value in specified.items() if value is not None} == defaults
    readme = (ROOT / "roles" / role / "README.md").read_text()
    assert dict(ROW.findall(readme)) == {name: told(value) for name, value in specified.items()}


@pytest.mark.parametrize("role", ROLES)
def test_options_are_those_of_mailbox_fleet(role: str) -> None:
    for name, option in options(role).items():
        assert name.startswith(f"{role}_")
        fleet = same_option(role, name)
        if fleet is not None:
            assert option["type"].replace("str", "path") == fleet["type"].replace("str", "path"), name
            assert option.get("choices") == fleet.get("choices"), name


@pytest.mark.parametrize("role", ROLES)
def test_every_option_is_used_and_nothing_else(role: str) -> None:
    text = "".join(path.read_text() for path in (ROOT / "roles" / role / "tasks").glob("*.yml"))
    text = re.sub(r"#.*", "", text)
    # What tasks hand to each other has two underscores.
    assert set(re.findall(rf"\b{role}_[a-z]\w+", text)) - {f"{role}_result"} == set(options(role))


def test_every_task_of_the_gate_runs_with_any_tags() -> None:
    assert all(task["tags"] == ["always"] for task in read("gate", "tasks/main.yml"))


@pytest.mark.parametrize("name", ROLES)
def test_playbooks_have_a_host_in_any_inventory_and_a_strategy_of_their_own(name: str) -> None:
    (play,) = yaml.safe_load((ROOT / "playbooks" / f"{name}.yml").read_text())
    assert '"localhost:all" if groups["all"] | length > 0 or ansible_limit is not defined' in play["hosts"]
    assert play["gather_facts"] is False
    assert (play["connection"], play["strategy"]) == ("local", "linear")
