# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shares are found again as they were told, without looking at every host of the play."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.collect import Share
from ansible_collections.mailops.mailbox.plugins.plugin_utils._shares import registered, told, why


class HostVars:
    """What Ansible calls hostvars, counting what is looked at."""

    def __init__(self, variables: dict[str, Any]) -> None:
        self.variables = variables
        self.looked_at: list[str] = []

    def raw_get(self, host: str) -> Any:
        self.looked_at.append(host)
        return self.variables.get(host, {})


def carried(probe: str, **more: Any) -> dict[str, Any]:
    return {"changed": False, "shard": told(Share(probe, ("h1",), started_at="2026-01-01T00:00:00+00:00")), **more}


def find(variables: dict[str, Any], names: list[str], probes: int, batch: list[str]) -> tuple[list[Share], list[str]]:
    hostvars = HostVars(variables)
    return registered(names, probes, {"hostvars": hostvars, "ansible_play_batch": batch}), hostvars.looked_at


def test_a_share_is_found_as_it_was_told() -> None:
    results, run = {"a@acme.example": {"id": "a@acme.example"}}, {"expected_s": 1.0}
    found, _looked_at = find({"h0": {"first": carried("p1", results=results, run=run)}}, ["first"], 1, ["h0"])
    assert found == [Share("p1", ("h1",), started_at="2026-01-01T00:00:00+00:00", results=results, run=run)]
    lost = Share("p2", ("h2",), True, "No route.", "Refused.")
    assert find({"h0": {"first": {"shard": told(lost)}}}, ["first"], 1, ["h0"])[0] == [lost]


def test_only_as_many_hosts_are_looked_at_as_carry_shares() -> None:
    batch = [f"h{number}" for number in range(1000)]
    variables = {host: {"first": carried("p")} for host in batch}
    found, looked_at = find(variables, ["first"], 3, batch)
    assert (len(found), looked_at) == (3, ["h0", "h1", "h2"])


def test_rounds_are_in_order_and_what_is_no_share_is_passed_over() -> None:
    variables = {
        "h0": {"first": carried("p1"), "second": {"skipped": True}},
        "h1": {"first": {"unreachable": True, "msg": "gone"}, "second": carried("p1")},
        "h2": {"first": carried("p3"), "second": "text"},
    }
    found, _looked_at = find(variables, ["first", "second"], 3, ["h0", "h1", "h2"])
    assert [one.probe for one in found] == ["p1", "p3", "p1"]


def test_hosts_of_another_batch_do_not_count() -> None:
    variables = {"h0": {"first": carried("old")}, "h1": {"first": carried("new")}}
    assert [one.probe for one in find(variables, ["first"], 1, ["h1"])[0]] == ["new"]


@pytest.mark.parametrize(
    ("text", "rest", "said"),
    [
        ("No route to host", "", "No route to host."),
        (
            "ssh failed: OpenSSH_9\ndebug1: a\ndebug1: b\nConnection reset",
            "",
            "ssh failed: OpenSSH_9. Connection reset.",
        ),
        ("MODULE FAILURE", "/bin/sh: 1: /opt/python: not found", "MODULE FAILURE. /bin/sh: 1: /opt/python: not found."),
        ("Warning: Permanently added x", "", "it gave no reason."),
        ("", "", "it gave no reason."),
        ("x" * 1000, "", "x" * 300),
    ],
)
def test_the_reason_of_a_loss_is_one_short_line(text: str, rest: str, said: str) -> None:
    assert why(text, rest) == said
