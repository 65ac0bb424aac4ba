# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pruning removes what the fleet itself registered, and refuses when in doubt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.prune import prune, prune_plan
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.request import FleetRefused, FleetRequest
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import State
from ansible_collections.mailops.mailbox.plugins.module_utils._registry.base import Registration
from ansible_collections.mailops.mailbox.plugins.module_utils._registry.schema import MIGRATIONS
from ansible_collections.mailops.mailbox.plugins.module_utils._registry.sqlite import SqliteRegistry


def registration(number):
    return Registration(f"m{number:02}", f"m{number:02}@acme.example")


@pytest.fixture
def registry(tmp_path):
    with SqliteRegistry(str(tmp_path / "r.sqlite")) as opened:
        opened.register(registration(90))
        opened.fleet = "other"
        opened.register(registration(91))
        opened.fleet = "eu"
        for number in range(20):
            opened.register(registration(number))
        yield opened


@pytest.fixture
def request_(registry):
    return FleetRequest(state=State.PRESENT, registry_path=registry.path, fleet="eu", prune=True)


ALL = {f"m{number:02}" for number in range(20)}


def test_only_what_this_fleet_registered_goes(registry, request_):
    plan = prune_plan(request_, registry, ALL - {"m03", "m07"}, 0)
    assert plan == ("m03", "m07")
    assert prune(registry, "eu", plan, check_mode=False) == ["m03", "m07"]
    left = {entry.id for entry in registry.list()}
    assert left == (ALL - {"m03", "m07"}) | {"m90", "m91"}
    assert prune(registry, "eu", plan, check_mode=False) == []


def test_check_mode_tells_and_removes_nothing(registry, request_):
    plan = prune_plan(request_, registry, ALL - {"m03"}, 0)
    assert prune(registry, "eu", plan, check_mode=True) == ["m03"]
    assert registry.find("m03") is not None


def test_what_was_registered_before_is_not_taken_over(registry):
    registry.register(replace(registration(90), settings={"name": "new"}))
    registry.register(replace(registration(91), settings={"name": "new"}))
    assert registry.fleet_members("eu") == tuple(sorted(ALL))
    assert registry.fleet_members("other") == ("m91",)


def test_what_is_removed_and_registered_by_hand_belongs_to_nobody(registry):
    registry.unregister("m03")
    registry.fleet = None
    registry.register(registration(3))
    assert "m03" not in registry.fleet_members("eu")


@pytest.mark.parametrize(
    ("change", "declared", "invalid", "match"),
    [
        ({"fleet": None}, ALL, 0, "needs fleet"),
        ({"cut": "the run is limited (--limit)"}, ALL, 0, "--limit"),
        ({}, set(), 0, "no mailboxes are declared"),
        ({}, ALL, 1, "1 declaration is invalid"),
        ({"unread": ("mail.yml is gone.",)}, ALL, 0, "mail.yml is gone"),
        ({}, ALL - {"m01", "m02", "m03"}, 0, r"3 of the 20 mailboxes of the fleet eu would go \(15 %\)"),
        ({"prune_max": 4.9}, ALL - {"m01"}, 0, "prune_max is 4.9 %"),
    ],
)
def test_refusals(registry, request_, change, declared, invalid, match):
    with pytest.raises(FleetRefused, match=match) as caught:
        prune_plan(replace(request_, **change), registry, declared, invalid)
    assert "Nothing was removed" in str(caught.value)
    assert len(registry.list()) == 22


def test_exactly_the_share_is_allowed(registry, request_):
    assert len(prune_plan(request_, registry, ALL - {"m01", "m02"}, 0)) == 2


def test_a_registry_of_an_earlier_release_is_brought_up_to_date(tmp_path):
    path = str(tmp_path / "old.sqlite")
    with SqliteRegistry(path, migrations=MIGRATIONS[:1]) as old:
        old._connection.execute(
            "INSERT INTO registrations VALUES ('a', 'a@x.example', '{}', '{}', NULL, '2026', '2026', NULL)"
        )
    with SqliteRegistry(path) as registry:
        assert registry.find("a") is not None
        assert registry.fleet_members("eu") == ()
