# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run knows of earlier ones, and what it does where it can't know or can't remember."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.history import Registries, last_known
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.policy import Member
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.request import FleetRequest, Policy
from ansible_collections.mailops.mailbox.plugins.module_utils._models.failure import Failure, StageError
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Category, Stage, State
from ansible_collections.mailops.mailbox.plugins.module_utils._models.parse import parse_mailbox

MEMBER = Member("m1", "m1@acme.example")
OTHER = Member("m2", "m2@acme.example")
WORKS = {"status": "verified", "failures": []}
BROKEN = {"status": "failed", "failures": [{"sentence": "The login was refused."}]}


def request(path, **asked):
    return FleetRequest(**{"state": State.VERIFIED, "registry_path": str(path), **asked})


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "state" / "r.sqlite")


@pytest.fixture
def spoilt(tmp_path):
    file = tmp_path / "spoilt.sqlite"
    file.write_bytes(b"This is no database, and longer than its header would be." * 40)
    return str(file)


def remember(path, told, **asked):
    with Registries(request(path, **asked)) as registries:
        registries.record(MEMBER, path, told)
        return registries.warnings


def test_a_verdict_is_known_to_the_next_run(path):
    assert remember(path, BROKEN) == []
    with Registries(request(path)) as registries:
        assert registries.last_verdict(path, MEMBER) == "failed"
        assert registries.last_verdict(path, OTHER) is None


def test_a_verdict_of_another_address_with_the_same_id_says_nothing(path):
    """An id may outlive the mailbox that it stood for."""
    remember(path, WORKS)
    asked, now = request(path), datetime.now(timezone.utc)
    with Registries(asked) as registries:
        for email, known in (("new@other.example", None), ("M1@Acme.Example", "verified")):
            member = Member("m1", email)
            assert registries.last_verdict(path, member) == known
            assert last_known(registries, member, asked, now) == known


def test_a_run_knows_what_it_recorded_itself(path):
    with Registries(request(path)) as registries:
        registries.record(MEMBER, path, WORKS)
        assert registries.last_verdict(path, MEMBER) == "verified"


def test_only_a_verdict_that_is_young_enough_counts(path):
    remember(path, WORKS)
    asked = request(path, policy=Policy(last_known_max_age=3600))
    now = datetime.now(timezone.utc)
    with Registries(asked) as registries:
        assert last_known(registries, MEMBER, asked, now) == "verified"
        assert last_known(registries, MEMBER, asked, now + timedelta(hours=2)) is None
        assert last_known(registries, OTHER, asked, now) is None


def test_a_verdict_that_a_wrong_clock_dated_ahead_does_not_count(path):
    """What was recorded before it or after it does."""
    now = datetime.now(timezone.utc)
    asked = request(path)

    def recorded(verdict, moment):
        with Registries(asked) as registries:
            registries.of(path).record_verdict("m1", MEMBER.email, verdict, moment.isoformat())
            return last_known(registries, MEMBER, asked, now)

    assert recorded("verified", now + timedelta(minutes=4)) == "verified"
    for year in range(1, 20):
        assert recorded("failed", now + timedelta(days=365 * year)) == "verified"
    # More than are kept of a mailbox, and all of them ahead.
    recorded("failed", now + timedelta(minutes=6))
    assert recorded("partial", now) == "partial"


def test_a_file_that_is_no_registry_knows_nothing_and_stops_no_verifying_run(spoilt):
    asked = request(spoilt)
    with Registries(asked) as registries:
        assert registries.last_verdict(spoilt, MEMBER) is None
        assert last_known(registries, MEMBER, asked, datetime.now(timezone.utc)) is None


def test_check_mode_remembers_nothing(path):
    assert remember(path, WORKS, check_mode=True) == []
    with Registries(request(path)) as registries:
        assert registries.last_verdict(path, MEMBER) is None


def test_a_verdict_that_can_not_be_kept_is_told_once(path, monkeypatch):
    with Registries(request(path)) as registries:

        def fail(*_args):
            raise StageError(Failure(Category.REGISTER_FAILED, Stage.REGISTER, "The disk is full.", ()))

        monkeypatch.setattr(registries.of(path), "record_verdict", fail)
        registries.record(MEMBER, path, WORKS)
        registries.record(MEMBER, path, WORKS)
        assert registries.warnings == ["Verdicts are not remembered for later runs: The disk is full."]


def test_a_registry_that_can_not_be_opened_fails_for_every_mailbox_in_the_same_way(spoilt):
    with Registries(request(spoilt, state=State.PRESENT)) as registries:
        with pytest.raises(StageError) as first:
            registries.of(spoilt)
        with pytest.raises(StageError) as second:
            registries.of(spoilt)
    assert first.value is second.value


def test_a_mailbox_may_have_a_registry_of_its_own(path, tmp_path):
    own = str(tmp_path / "own.sqlite")
    mailbox = parse_mailbox(
        {
            "email": "m1@acme.example",
            "secret": {"vault": {"path": "m1", "field": "p"}},
            "smtp": {"host": "smtp.acme.example"},
            "imap": {"host": "imap.acme.example"},
            "registry": {"path": own, "timeout": 3},
        }
    )
    with Registries(request(path)) as registries:
        assert registries.path_of("m1") == path
        assert registries.place("m1", mailbox) == (own, 3.0)
        assert registries.path_of("m1") == own
