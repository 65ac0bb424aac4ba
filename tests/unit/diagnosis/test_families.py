# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Families of words reach their category, leave their neighbours alone, and are certain of nothing by themselves."""

from __future__ import annotations

import pytest
from diagnosis.build import judge, replied
from diagnosis.families import NEIGHBOURS, WORDED, Neighbour, Worded

from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.rules.book import RULES
from ansible_collections.mailops.mailbox.plugins.module_utils._models.failure import Failure
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Confidence, Protocol, Stage

FAMILIES = [rule.id for rule in RULES if rule.id.startswith(("first-", "family-"))]


def _judged(case: Worded | Neighbour) -> Failure:
    evidence = replied(Protocol(case.protocol), Stage(case.stage), case.reply.encode(), authenticated=False)
    (failure,) = judge(evidence).failures
    return failure


@pytest.mark.parametrize("case", WORDED, ids=lambda case: f"{case.rule}-{case.reply}")
def test_a_family_is_recognised(case: Worded) -> None:
    failure = _judged(case)
    assert (failure.evidence["rule"], failure.category.value) == (case.rule, case.category)


@pytest.mark.parametrize("case", NEIGHBOURS, ids=lambda case: f"{case.rule}-{case.reply}")
def test_a_neighbour_is_left_alone(case: Neighbour) -> None:
    assert _judged(case).evidence["rule"] != case.rule


def test_every_family_has_replies_of_its_own_and_neighbours() -> None:
    assert {case.rule for case in WORDED} == set(FAMILIES)
    assert {case.rule for case in NEIGHBOURS} <= set(FAMILIES)


def test_words_without_a_code_are_never_certain() -> None:
    """Only a code of the reply that says the same makes a family certain of its cause."""
    for case in WORDED:
        if case.protocol == "imap" and "[" not in case.reply:
            assert _judged(case).causes[0].confidence is not Confidence.HIGH, case
