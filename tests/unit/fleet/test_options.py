# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From arguments to a fleet run: what makes no run is refused in words, before anything is sent."""

from __future__ import annotations

import math

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._argspec.fleet import FLEET_OPTIONS
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet import options as options_module
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.limits import pace_of
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.options import declared_in, declared_on, run
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.request import FleetOutcome, FleetRefused
from ansible_collections.mailops.mailbox.plugins.module_utils._models.failure import Cause, Failure, StageError
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Category, Confidence, Stage
from ansible_collections.mailops.mailbox.plugins.module_utils._providers import table

WRONG = {"email": "nobody"}


@pytest.fixture
def params(tmp_path, monkeypatch):
    """The arguments as Ansible hands them over when nothing is given but a place for the registry."""
    for name in ("VAULT_ADDR", "VAULT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    given = {name: option.get("default") for name, option in FLEET_OPTIONS.items()}
    return {**given, "registry": {"path": str(tmp_path / "state" / "r.sqlite")}}


def fleet(params, declared=(), **asked):
    return run({**params, **asked}, declared, check_mode=False, diff=False)


def refusal(params, declared=(), **asked):
    with pytest.raises(FleetRefused) as refused:
        fleet(params, declared, **asked)
    return str(refused.value)


def test_a_fleet_of_declarations_that_are_wrong_has_a_result_for_each(params):
    outcome = fleet(params, declared_in([WRONG, {"email": "a@acme.example", "smtpp": {}}]), state="verified")
    assert outcome.failed
    assert {one["reason"] for one in outcome.result["results"].values()} == {"invalid_declaration"}


@pytest.mark.parametrize(
    ("option", "key", "values", "said"),
    [
        ("pace", "concurrency", [0, 1001], "from 1 to 1000"),
        ("pace", "per_destination", [0, 1001], "from 1 to 1000"),
        ("pace", "retries", [-1, 11], "from 0 to 10"),
        ("policy", "max_failures", [-1], "at least 0"),
        ("policy", "max_failure_percent", [-0.1, 100.1, math.nan, math.inf, -math.inf], "from 0 to 100"),
        ("policy", "min_capacity", [-1], "at least 0"),
        ("policy", "last_known_max_age", [-1], "at least 0"),
        (None, "prune_max", [-0.1, 100.1, math.nan, math.inf], "from 0 to 100"),
    ],
)
def test_a_limit_that_can_not_be_meant_is_refused(params, option, key, values, said):
    """Not a number is neither above nor below any: no share of failures would exceed it."""
    for value in values:
        asked = {option: {key: value}} if option else {key: value}
        assert refusal(params, **asked) == f"{f'{option}.' if option else ''}{key} must be {said}."


@pytest.mark.parametrize(
    ("asked", "option"),
    [
        ({"registry": {"path": "~nosuchuser/x"}}, "registry.path"),
        ({"journal": "~nosuchuser/x"}, "journal"),
        ({"report": {"html": "~nosuchuser/x", "json": None}}, "report.html"),
    ],
)
def test_a_path_in_the_home_of_nobody_is_refused_with_its_option(params, asked, option):
    assert refusal(params, **asked) == (
        f"{option}: begins with the home folder of a user who is not known on this machine. "
        "Correct the name, or write the whole path."
    )


@pytest.mark.parametrize("at", [0, 1])
def test_the_bounds_themselves_can_be_meant(params, at):
    pace = {"concurrency": (1, 1000)[at], "per_destination": (1, 1000)[at], "retries": (0, 10)[at]}
    policy = {"max_failures": 0, "max_failure_percent": (0.0, 100.0)[at], "min_capacity": 0, "last_known_max_age": 0}
    outcome = fleet(params, declared_in([WRONG]), pace=pace, policy=policy, prune_max=(0.0, 100.0)[at])
    assert outcome.result["counts"]["failed"] == 1


def test_all_numbers_that_are_wrong_are_told_at_once(params):
    rates = {"gogle": 30, "gmail": 1, "zoho": 20, "zoho-eu": 30, "default": 0}
    text = refusal(params, prune_max=math.nan, policy={"max_failures": -1}, pace={"logins_per_minute": rates})
    assert [line.partition(" must")[0].partition(" is ")[0].partition(" are ")[0] for line in text.splitlines()] == [
        "policy.max_failures",
        "prune_max",
        "pace.logins_per_minute.gogle",
        "pace.logins_per_minute.gmail",
        "pace.logins_per_minute.zoho-eu and zoho",
    ]
    assert "Did you mean gmail?" in text


@pytest.mark.parametrize("name", [*table.names(), "default", "loopback"])
def test_a_pace_by_any_name_of_a_provider_is_that_of_its_logins(name):
    pace = pace_of({"logins_per_minute": {name: 7}})
    counted = table.known_as(name) or name
    assert pace.rate(counted) == 7
    assert pace.rate("posteo" if counted != "posteo" else "gmail") == (7 if name == "default" else 120)


def test_no_retries_are_a_choice(params):
    assert fleet(params, declared_in([WRONG]), pace={"retries": 0}).result["counts"]["failed"] == 1


@pytest.mark.parametrize("rate", [True, "many", 1, "1", -5, 2.5])
def test_a_rate_that_is_none_is_refused_with_its_key(params, rate):
    assert refusal(params, pace={"logins_per_minute": {"gmail": rate}}).startswith("pace.logins_per_minute.gmail must")


def test_what_is_given_of_the_pace_is_used_and_the_rest_left_to_its_defaults(params, monkeypatch):
    made = []
    monkeypatch.setattr(options_module, "Schedule", made.append)
    monkeypatch.setattr(options_module, "run_fleet", lambda *_args, **_more: FleetOutcome({}, False))
    fleet(params, pace={"concurrency": 3, "per_destination": None, "logins_per_minute": {"gmail": "30", "default": 0}})
    assert (made[0].concurrency, made[0].per_destination, made[0].rate("gmail"), made[0].rate("")) == (3, 20, 30, 0)


def test_prune_needs_a_run_that_registers(params):
    assert refusal(params, prune=True, state="verified").startswith("prune needs state: present")


def test_shares_are_collected_by_a_run_that_only_verifies(params):
    assert refusal(params, collect={"of": ["p1"]}, state="present").startswith("collect needs state: verified")


def test_shares_of_nobody_are_refused(params):
    with pytest.raises(FleetRefused, match=r"^No probe host was asked for anything"):
        fleet(params, [declared_on("h1", None)], collect={"of": ["p1"]}, state="verified")


def test_every_wrong_setting_of_vault_is_told(params):
    wrong = {"url": "ftp://vault.example", "auth_method": "token", "ca": "/nonexistent"}
    assert fleet(params, declared_in([WRONG]), vault=wrong).failed
    there = {"email": "a@acme.example", "smtp": {"secret": {"vault": {"path": "mail/a", "field": "password"}}}}
    text = refusal(params, declared_in([WRONG, there]), vault=wrong)
    told = text.splitlines()
    assert told[0] == "The settings of Vault can't be used; nothing was sent."
    assert {line.partition(":")[0] for line in told[1:]} >= {"- url", "- ca"}


@pytest.mark.parametrize(
    ("causes", "said"),
    [
        ((), "The registry can't be opened."),
        ((Cause("It is locked.", "End the other run.", Confidence.HIGH),),
         "The registry can't be opened. End the other run."),
    ],
)  # fmt: skip
def test_what_stops_the_whole_run_is_told_with_what_to_do(params, monkeypatch, causes, said):
    def stop(*_args, **_more):
        raise StageError(Failure(Category.REGISTER_FAILED, Stage.REGISTER, "The registry can't be opened.", causes))

    monkeypatch.setattr(options_module, "run_fleet", stop)
    assert refusal(params) == said


def test_a_rebuild_without_a_journal_is_refused(params):
    assert refusal(params, rebuild=True).startswith("rebuild needs journal")


def test_a_rebuild_tells_the_earlier_run_again(params, tmp_path):
    journal = str(tmp_path / "run.jsonl")
    first = fleet(params, declared_in([WRONG]), journal=journal, state="verified")
    again = fleet(params, journal=journal, rebuild=True, state="verified")
    assert again.result["results"].keys() == first.result["results"].keys()
    assert again.result["counts"] == first.result["counts"]
