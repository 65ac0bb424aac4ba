# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet whose registry can't be written, before or amid its run: what is said of the mailboxes, and of the fleet."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fleet.test_fleet import Fleet, Script, declaration, refused

from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.request import FleetRefused
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import State

QUICK = {"registry_timeout": 0.05}


class Held(Script):  # type: ignore[misc]
    """Before the first probe, another program begins to write to the registry and does not end."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def run(self, jobs: Any) -> Iterator[Any]:
        holder = sqlite3.connect(self._path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        try:
            yield from super().run(jobs)
        finally:
            holder.close()


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    monkeypatch.setattr(hashlib, "scrypt", lambda data, **_unused: hashlib.sha256(data).digest())
    return Fleet(tmp_path)


def test_what_works_and_could_not_be_registered_has_failed(fleet: Fleet) -> None:
    outcome = fleet.run([declaration(0), declaration(1)], Held(fleet.path), **QUICK)
    assert fleet.script.probed == ["m0", "m1"]
    told = outcome.result["results"]
    assert [(one["status"], one["failures"][0]["category"]) for one in told.values()] == [
        ("failed", "register.failed")
    ] * 2
    assert "was not free within" in told["m0"]["msg"]
    assert outcome.failed
    assert not outcome.result["policy"]["passed"]
    assert fleet.registered() == []


def test_the_same_mailbox_is_registered_once_the_registry_is_free(fleet: Fleet) -> None:
    fleet.run([declaration(0)], Held(fleet.path), **QUICK)
    outcome = fleet.run([declaration(0)])
    assert outcome.result["results"]["m0"]["status"] == "verified"
    assert fleet.registered() == ["m0"]


def test_a_refusal_that_can_not_be_forgotten_does_not_fail_a_mailbox_that_works(fleet: Fleet) -> None:
    fleet.run([declaration(0)], Script({"m0": refused}), state=State.VERIFIED)
    mended = declaration(0, secret={"password": "another-Horse+43"})
    outcome = fleet.run([mended], Held(fleet.path), state=State.VERIFIED, full=True, **QUICK)
    told = outcome.result["results"]["m0"]
    assert told["status"] == "verified"
    assert "refusals_not_remembered" in [notice["id"] for notice in told["notices"]]
    assert outcome.result["policy"]["passed"]


def test_what_only_verifies_goes_on_where_the_folder_takes_no_file(fleet: Fleet) -> None:
    fleet.path = "/proc/none/r.sqlite"
    outcome = fleet.run([declaration(0)], state=State.VERIFIED)
    assert outcome.result["results"]["m0"]["status"] == "verified"
    assert outcome.result["run"]["journal"] is None
    assert any("Verdicts are not remembered" in text for text in outcome.warnings)
    assert any("a run that is killed leaves nothing" in text for text in outcome.warnings)


def test_a_journal_that_was_named_has_to_be_written(fleet: Fleet) -> None:
    with pytest.raises(FleetRefused, match="The journal /proc/none/j can't be written"):
        fleet.run([declaration(0)], state=State.VERIFIED, journal="/proc/none/j")
    assert fleet.script.probed == []
