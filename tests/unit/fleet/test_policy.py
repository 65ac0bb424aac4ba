# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a fleet is good enough: every limit alone and together."""

from __future__ import annotations

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.policy import Member, Standing, judge
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.request import Policy


def standing(number, status, *, tags=(), limit=None, smtp="ok", sends=True):
    return Standing(Member(f"m{number}", f"m{number}@acme.example", tags, limit, sends), status, smtp)


def fleet(**counts):
    found = []
    for status, count in counts.items():
        found += [standing(len(found) + number, status) for number in range(count)]
    return found


def verdict(standings, known=None, *, allow_partial=False, unfinished=(), **policy):
    return judge(Policy(**policy), standings, (known or {}).get, allow_partial=allow_partial, unfinished=unfinished)


@pytest.mark.parametrize(
    ("standings", "policy", "passed"),
    [
        (fleet(verified=3), {}, True),
        (fleet(verified=3, failed=1), {}, False),
        (fleet(verified=3, partial=1), {}, False),
        (fleet(verified=3, failed=1), {"max_failures": 1}, True),
        (fleet(verified=3, failed=2), {"max_failures": 1}, False),
        (fleet(verified=95, failed=5), {"max_failure_percent": 5}, True),
        (fleet(verified=94, failed=6), {"max_failure_percent": 5}, False),
        (fleet(verified=94, failed=6), {"max_failure_percent": 10, "max_failures": 5}, False),
        (fleet(verified=1, failed=1), {"required": ("m0",)}, True),
        (fleet(verified=1, failed=1), {"required": ("m1@acme.example",)}, False),
        (fleet(verified=1, skipped=1), {}, False),
    ],
)
def test_limits(standings, policy, passed):
    found = verdict(standings, **policy)
    assert found.passed is passed
    assert bool(found.reasons) is not passed
    assert all(reason.endswith(".") for reason in found.reasons)


def test_an_empty_fleet_never_passes():
    found = verdict([], max_failures=100)
    assert not found.passed
    assert "no mailboxes" in found.reasons[0]


def test_no_limit_makes_up_for_an_inventory_source_that_was_not_read():
    limits = {"max_failures": 100, "max_failure_percent": 100, "required": ("m0",)}
    found = judge(Policy(**limits), fleet(verified=3), {}.get, allow_partial=True, unread=["mail.yml is gone."])
    assert not found.passed
    assert found.reasons == ("mail.yml is gone.",)
    assert judge(Policy(), [], {}.get, allow_partial=True, unread=["mail.yml is gone."]).reasons[1:] == found.reasons


def test_an_interrupted_run_never_passes():
    left = [standing(10 + number, "verified", tags=("eu",)).member for number in range(7)]
    found = verdict(fleet(verified=3), max_failures=100, unfinished=left)
    assert not found.passed
    assert "7 mailboxes" in found.reasons[0]
    assert not verdict([], max_failures=100, unfinished=left).passed


def test_what_is_required_and_was_not_come_to_is_not_missing():
    left = [standing(number, "verified", tags=("eu",)).member for number in (8, 9)]
    found = verdict(fleet(verified=3), required=("m9", "eu", "m1"), unfinished=left)
    assert found.reasons[1:] == (
        "m9 is required, and the run was interrupted before it came to m9.",
        "eu is required, and the run was interrupted before it came to m8, m9.",
    )
    both = [standing(1, "failed", tags=("eu",))]
    assert verdict(both, required=("eu",), unfinished=left).reasons[1:] == (
        "eu is required, and the run was interrupted before it came to m8, m9.",
        "eu is required, and 1 of 1 do not work: m1.",
    )


def test_what_a_partial_verdict_let_through_has_no_capacity():
    """Nobody knows whether it was SMTP that worked."""
    standings = [standing(1, "inconclusive", limit=100, smtp="inconclusive")]
    for known, passed in (("verified", True), ("partial", False)):
        found = verdict(standings, {"m1": known}, allow_partial=True, max_failures=0, min_capacity=100)
        assert found.passed is passed
        assert found.by_history == ("m1",)


def test_a_required_tag_means_every_mailbox_that_has_it():
    standings = [standing(1, "verified", tags=("eu",)), standing(2, "failed", tags=("eu",)), standing(3, "failed")]
    found = verdict(standings, required=("eu",))
    assert found.reasons == ("eu is required, and 1 of 2 do not work: m2.",)
    assert verdict(standings[:1], required=("eu",)).passed


def test_what_is_required_and_named_nowhere_fails():
    found = verdict(fleet(verified=2), required=("support",))
    assert found.reasons == (
        "support is required, but no mailbox of this run has that id, address or tag; --limit may have left it out.",
    )


def test_an_address_is_required_however_it_is_written():
    assert verdict(fleet(verified=2), required=("M1@ACME.Example",)).passed
    assert not verdict(fleet(verified=1, failed=1), required=("M1@ACME.Example",)).passed


def test_a_declaration_that_names_nobody_may_be_the_one_that_is_required():
    unknown = Standing(Member("line 7", ""), "failed")
    found = verdict([*fleet(verified=2), unknown], required=("m0",))
    assert "Whether line 7 is required can't be told" in found.reasons[0]
    assert verdict([*fleet(verified=2), unknown], max_failures=1).passed


def test_capacity_counts_working_senders_only():
    standings = [
        standing(1, "verified", limit=300),
        standing(2, "failed", limit=1000, smtp="failed"),
        standing(3, "verified", limit=50, sends=False),
        standing(4, "verified"),
    ]
    assert verdict(standings, min_capacity=300).passed
    found = verdict(standings, min_capacity=301)
    assert "may send 300 messages a day, and 301 are needed" in found.reasons[0]
    assert "1 mailbox without daily_limit" in found.reasons[0]


def test_a_partial_mailbox_that_only_reads_has_no_capacity():
    standings = [standing(1, "partial", limit=300, smtp="failed"), standing(2, "partial", limit=7, smtp="ok")]
    assert verdict(standings, allow_partial=True, min_capacity=7).passed
    assert not verdict(standings, allow_partial=True, min_capacity=8).passed


@pytest.mark.parametrize(
    ("way", "known", "passed"),
    [
        ("last_known", "verified", True),
        ("last_known", "failed", False),
        ("last_known", "partial", False),
        ("last_known", None, False),
        ("fail", "verified", False),
        ("pass", None, True),
    ],
)
def test_inconclusive(way, known, passed):
    found = verdict(fleet(verified=1, inconclusive=1), {"m1": known}, on_inconclusive=way)
    assert found.passed is passed
    assert found.by_history == (("m1",) if way == "last_known" and passed else ())


def test_history_excuses_no_definite_failure():
    assert not verdict(fleet(failed=1), {"m0": "verified"}).passed


def test_long_lists_of_names_are_cut():
    (reason,) = verdict(fleet(failed=5000)).reasons
    assert len(reason) < 200
    assert "and 4990 more" in reason
