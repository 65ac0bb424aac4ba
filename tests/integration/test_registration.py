# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Registering a mailbox: once, again, with a new password, in check mode, and away again."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import dovecot
import pytest
from declared import mailbox, merged, secret
from lab import Lab
from plays import Plays

pytestmark = pytest.mark.smoke
USER = "sales06@acme.test"


def registered(plays: Plays, **arguments: Any) -> list[dict[str, Any]]:
    listed = plays.run({"localhost": {}}, module="mailbox_connection_info", **arguments)
    assert listed.process.returncode == 0, listed.output
    mailboxes: list[dict[str, Any]] = listed.only()["mailboxes"]
    return mailboxes


def test_present_twice_changes_once(lab: Lab, plays: Plays) -> None:
    declared = {USER: mailbox(lab, USER)}
    first, second = plays.run(declared), plays.run(declared)
    assert (first.process.returncode, second.process.returncode) == (0, 0), first.output + second.output
    assert first.only()["status"] == second.only()["status"] == "verified"
    assert "changed=1" in first.process.stdout
    assert "changed=0" in second.process.stdout
    (entry,) = registered(plays, id=USER)
    assert entry["verdict"] == "verified"
    assert entry["secrets"]["imap"].startswith("vault secret/mail/sales06#app_password version ")
    assert registered(plays, id="nobody@acme.test") == []


def test_a_new_version_of_the_password_is_a_change(lab: Lab, plays: Plays) -> None:
    declared = {USER: mailbox(lab, USER)}
    plays.run(declared)
    lab.dovecot.set_password(USER, "brand new")
    try:
        secret(lab, USER, "brand new")
        renewed = plays.run(declared, "--diff")
        assert renewed.changed() == {USER}, renewed.output
        before, after = renewed.only()["diff"]["before"], renewed.only()["diff"]["after"]
        assert before["secrets"] != after["secrets"]
        assert before["settings"] == after["settings"]
        assert plays.run(declared).changed() == set()
    finally:
        lab.dovecot.set_password(USER, dovecot.PASSWORD)


def test_a_new_inline_password_is_a_change(lab: Lab, plays: Plays) -> None:
    def declared(password: str) -> dict[str, Any]:
        return {USER: mailbox(lab, USER, secret={"password": password})}

    first = plays.run(declared(dovecot.PASSWORD))
    again = plays.run(declared(dovecot.PASSWORD))
    assert (first.changed(), again.changed()) == ({USER}, set()), first.output + again.output
    lab.dovecot.set_password(USER, "brand new")
    try:
        assert plays.run(declared("brand new")).changed() == {USER}
    finally:
        lab.dovecot.set_password(USER, dovecot.PASSWORD)


@pytest.mark.parametrize("stage", ["register", "change", "keep", "remove"])
def test_section_7_6_check_mode_predicts_what_the_run_does_and_writes_nothing(
    lab: Lab, plays: Plays, stage: str
) -> None:
    declared = {USER: mailbox(lab, USER)}
    state = "present"
    if stage != "register":
        plays.run(declared)
    if stage == "change":
        declared[USER] = merged(declared[USER], {"tags": ["outreach"], "daily_limit": 40})
    if stage == "remove":
        state = "absent"
    files = sorted(str(path) for path in plays.registry.parent.glob("*"))
    before = plays.registry.read_bytes() if plays.registry.exists() else None
    predicted = plays.run(declared, "--check", "--diff", state=state)
    assert sorted(str(path) for path in plays.registry.parent.glob("*")) == files
    assert (plays.registry.read_bytes() if plays.registry.exists() else None) == before
    done = plays.run(declared, "--diff", state=state)
    keys = ("changed", "status", "registration", "diff")
    assert {key: predicted.only().get(key) for key in keys} == {key: done.only().get(key) for key in keys}
    assert bool(done.changed()) is (stage != "keep")


def test_absent_twice_changes_once_and_needs_neither_server_nor_secret(lab: Lab, plays: Plays) -> None:
    plays.run({USER: mailbox(lab, USER)})
    without_vault = {"VAULT_ADDR": "http://127.0.0.1:9", "VAULT_TOKEN": ""}
    first = plays.run({USER: {"email": USER}}, state="absent", environment=without_vault)
    second = plays.run({USER: {"email": USER}}, state="absent", environment=without_vault)
    assert (first.changed(), second.changed()) == ({USER}, set()), first.output + second.output
    assert registered(plays) == []


def test_verified_registers_nothing_and_leaves_no_file(lab: Lab, plays: Plays) -> None:
    proved = plays.run({USER: mailbox(lab, USER)}, state="verified")
    assert proved.only()["status"] == "verified", proved.output
    assert proved.only()["changed"] is False
    assert not plays.registry.parent.exists()


def test_a_partial_mailbox_is_registered_only_when_asked(lab: Lab, plays: Plays) -> None:
    declared = {"half": mailbox(lab, imap={"port": 1})}
    declared["half"]["imap"]["security"] = "tls"
    refused = plays.run(declared)
    assert refused.failed == {"half"}
    assert registered(plays) == []
    allowed = plays.run(declared, allow_partial=True)
    assert (allowed.failed, allowed.only()["status"], allowed.changed()) == (set(), "partial", {"half"})
    assert registered(plays)[0]["verdict"] == "partial"


def test_a_recently_verified_mailbox_is_not_probed_again(lab: Lab, plays: Plays) -> None:
    declared = {USER: mailbox(lab, USER, probe={"revalidate_after": 3600})}
    plays.run(declared)
    logins = lab.dovecot.accepted_logins(USER)
    skipped = plays.run(declared).only()
    assert (skipped["status"], skipped["reason"], skipped["changed"]) == ("verified", "recently_verified", False)
    assert lab.dovecot.accepted_logins(USER) == logins
    forced = plays.run(declared, force=True).only()
    assert (forced["status"], forced["reason"]) == ("verified", None)
    assert lab.dovecot.accepted_logins(USER) > logins
    secret(lab, USER)
    assert plays.run(declared).only()["reason"] is None


def test_section_7_6_a_real_message_is_sent_only_when_asked_and_never_in_check_mode(lab: Lab, plays: Plays) -> None:
    user = "sales07@acme.test"
    new = lab.dovecot.maildir(user)

    def count() -> int:
        return sum(1 for path in Path(new).rglob("*") if path.is_file() and path.parent.name in ("new", "cur"))

    before = count()
    declared = {user: mailbox(lab, user, probe={"depth": "message"})}
    checked = plays.run(declared, "--check")
    assert checked.only()["status"] == "verified", checked.output
    assert "message" not in [stage["stage"] for stage in checked.only()["smtp"]["stages"]]
    plays.run({user: mailbox(lab, user)})
    time.sleep(1)
    assert count() == before
    sent = plays.run(declared)
    assert sent.only()["status"] == "verified", sent.output
    for _unused in range(100):
        if count() == before + 1:
            break
        time.sleep(0.1)
    assert count() == before + 1


def test_all_problems_of_a_declaration_are_told_at_once(lab: Lab, plays: Plays) -> None:
    declared = mailbox(lab)
    declared["smtp"]["hots"] = declared["smtp"].pop("host")
    declared["imap"]["port"] = 99999
    declared["probe"]["timeout"] = "soon"
    declared["provider"] = "gmial"
    declared["secret"]["pasword"] = "hunter2-in-the-wrong-key"
    declared["secret"]["vault"]["version"] = "hunter2-in-another"
    result = plays.run({"bad": declared}).only()
    assert (result["status"], result["reason"]) == ("failed", "invalid_declaration")
    (failure,) = result["failures"]
    told = " ".join(cause["cause"] for cause in failure["causes"])
    for path in ("smtp.hots", "imap.port", "probe.timeout", "provider", "secret.", "secret.vault.version"):
        assert path in told, told
    assert any("smtp.host" in cause["remedy"] for cause in failure["causes"])
    assert "hunter2" not in json.dumps(result)
