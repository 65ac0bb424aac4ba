# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a look-up: the same words mean the same in ``discovery`` and in ``mailbox_settings_info``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.lookup import DiscoveryOptions
from ansible_collections.mailops.mailbox.plugins.module_utils._run.discovery_options import options_of, problems_of


@pytest.mark.parametrize("given", [None, {}, {"timeout": None, "sources": None, "nameservers": None, "ca": None}])
def test_what_is_not_given_has_its_default(given: dict[str, Any] | None) -> None:
    assert options_of(given) == DiscoveryOptions()
    assert list(problems_of(given)) == []


def test_no_source_at_all_is_not_every_source() -> None:
    assert options_of({"sources": []}).sources == ()


def test_the_stand_in_is_asked_for_as_servers_write_it() -> None:
    assert options_of({"autoconfig_user": "Mail.Admin"}).stand_in == "mail.admin"
    assert options_of({"autoconfig_user": ""}).stand_in == ""


@pytest.mark.parametrize("key", ["ca", "ispdb_path"])
def test_a_path_may_begin_with_the_home_directory(key: str) -> None:
    assert getattr(options_of({key: "~/x"}), key) == str(Path.home() / "x")


@pytest.mark.parametrize("key", ["ca", "ispdb_path"])
def test_a_path_in_the_home_of_nobody_is_a_problem(key: str) -> None:
    assert [str(problem) for problem in problems_of({key: "~nosuchuser/x"}, "discovery.")] == [
        f"discovery.{key}: begins with the home folder of a user who is not known on this machine. "
        "Correct the name, or write the whole path."
    ]


@pytest.mark.parametrize("user", ["ü", "a" * 65, "a@b", "a b"])
def test_only_a_plain_local_part_stands_in(user: str) -> None:
    assert [problem.path for problem in problems_of({"autoconfig_user": user}, "discovery.")] == [
        "discovery.autoconfig_user"
    ]
    assert list(problems_of({"autoconfig_user": "mail+setup"})) == []
