# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each host's own verdict out of a fleet, in the play that users write."""

from __future__ import annotations

from typing import Any

import pytest
from declared import mailbox, secret
from lab import Lab
from plays import TASK, Played, Plays

pytestmark = pytest.mark.smoke


LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}


def play(plays: Plays, mailboxes: dict[str, Any], *flags: str, source: str = "fleet", **more: Any) -> Played:
    named = {name: {"mailbox": declared} for name, declared in mailboxes.items()}
    return play_of(plays, {"mailboxes": {"vars": LOCAL, "hosts": named}}, *flags, source=source, **more)


def play_of(
    plays: Plays,
    inventory: dict[str, Any],
    *flags: str,
    source: str = "fleet",
    hosts: Any = "{{ ansible_play_batch }}",
    **more: Any,
) -> Played:
    fleet = {
        "hosts": hosts,
        "state": "verified",
        "fail": "never",
        "registry": {"path": str(plays.registry)},
    }
    tasks = [
        {
            "name": "Verify all",
            "mailops.mailbox.mailbox_fleet": fleet,
            "run_once": True,
            "delegate_to": "localhost",
            "register": "fleet",
        },
        {"name": TASK, "mailops.mailbox.mailbox_verdict": {"from": source, **more}},
        {"name": "Only for what works", "ansible.builtin.debug": {"msg": "reached {{ inventory_hostname }}"}},
    ]
    return plays.play([{"hosts": "mailboxes", "gather_facts": False, "tasks": tasks}], inventory, *flags)


def fleet_of(lab: Lab) -> dict[str, Any]:
    users = [f"sales{number:02}@acme.test" for number in (2, 3, 4)]
    return {
        "good": mailbox(lab, users[0], id="{{ inventory_hostname }}-box"),
        "wrong": mailbox(lab, users[1], secret=secret(lab, users[1], "not the password")),
        "half": mailbox(lab, users[2], imap={"port": 1, "security": "tls"}),
    }


def test_each_host_has_its_own_verdict(lab: Lab, plays: Plays) -> None:
    played = play(plays, fleet_of(lab))
    assert played.failed == {"wrong", "half"}, played.output
    assert played.results["good"]["id"] == "good-box"
    assert "535 5.7.8" in played.results["wrong"]["msg"]
    assert played.results["wrong"]["failures"][0]["category"] == "auth.credentials"
    assert played.process.stdout.count("reached good") == 1
    assert "reached wrong" not in played.process.stdout
    assert played.process.returncode == 2


def test_partial_may_be_good_enough(lab: Lab, plays: Plays) -> None:
    played = play(plays, fleet_of(lab), allow_partial=True)
    assert played.failed == {"wrong"}, played.output


def test_limit_leaves_the_others_out(lab: Lab, plays: Plays) -> None:
    played = play(plays, fleet_of(lab), "--limit", "good")
    assert set(played.results) == {"good"}
    assert played.process.returncode == 0, played.output


def test_what_can_not_be_rendered_quotes_no_password(lab: Lab, plays: Plays) -> None:
    template = "{{ {'email': nowhere_set, 'secret': {'password': 'open-Sesame'}} }}"
    played = play(plays, {"odd": template}, "-vvv")
    assert played.failed == {"odd"}, played.output
    assert "can't be rendered: 'nowhere_set' is undefined" in played.only()["msg"]
    assert "open-Sesame" not in played.output


def test_a_name_that_holds_no_fleet_is_explained(lab: Lab, plays: Plays) -> None:
    played = play(plays, {"good": fleet_of(lab)["good"]}, source="fleat")
    assert "no fleet result in the variable fleat" in played.only()["msg"]


def test_an_address_leads_to_its_verdict_however_it_is_written(lab: Lab, plays: Plays) -> None:
    written = {"upper": " sales02@ACME.Test ", "plain": "sales03@acme.test"}
    declared = {name: mailbox(lab, address.strip().lower(), email=address) for name, address in written.items()}
    played = play(plays, declared)
    assert not played.failed, played.output
    assert played.results["upper"]["id"] == "sales02@acme.test"
    assert played.results["plain"]["id"] == "sales03@acme.test"


def test_a_file_of_addresses_without_ids_leads_to_verdicts_too(lab: Lab, plays: Plays) -> None:
    listed = [mailbox(lab, "sales02@acme.test", email="sales02@ACME.Test"), mailbox(lab, "sales03@acme.test")]
    played = play_of(plays, {"plugin": "mailops.mailbox.mailboxes", "mailboxes": listed})
    assert not played.failed, played.output
    assert {told["id"] for told in played.results.values()} == {"sales02@acme.test", "sales03@acme.test"}


def test_a_wrong_declaration_does_not_take_the_verdict_of_the_mailbox_whose_id_it_has(lab: Lab, plays: Plays) -> None:
    good = mailbox(lab, "sales02@acme.test", id="twice")
    played = play(plays, {"right": good, "wrong": {**good, "smpt": {}}, "other": mailbox(lab, "sales03@acme.test")})
    assert played.failed == {"right", "wrong"}, played.output
    assert "is given to 2 mailboxes: right, wrong" in played.results["right"]["msg"]
    assert "smpt" in played.results["wrong"]["msg"]


def test_a_host_without_a_declaration_does_not_take_the_verdict_of_its_namesake(lab: Lab, plays: Plays) -> None:
    played = play(plays, {"named": mailbox(lab, "sales02@acme.test", id="empty"), "empty": None})
    assert played.failed == {"empty"}, played.output
    assert "The host empty has no variable mailbox" in played.results["empty"]["msg"]


def test_a_host_that_was_left_out_does_not_take_the_verdict_of_its_namesake(lab: Lab, plays: Plays) -> None:
    good = mailbox(lab, "sales02@acme.test", id="absent")
    declared = {"named": good, "absent": mailbox(lab, "sales03@acme.test", id="elsewhere")}
    played = play(plays, declared, hosts=["named"])
    assert played.failed == {"absent"}, played.output
    assert "was not among the mailboxes of the fleet" in played.results["absent"]["msg"]
