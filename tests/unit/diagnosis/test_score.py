# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the diagnosis does on tests/replies."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Category, Protocol, Stage

ROOT = Path(__file__).parents[3]

# In percent: at least so many right, so many right or coarse, and at most so many confidently wrong. No change of the
# rules may make these worse. Parts a to d have been used to write rules, and say nothing of unseen replies; e was
# scored blind.
BOUNDS = {
    "a": (99.0, 99.5, 0.0),
    "b": (100.0, 100.0, 0.0),
    "c": (98.1, 98.1, 0.0),
    "d": (96.8, 100.0, 0.0),
    "e": (68.3, 96.2, 1.3),
}


@pytest.fixture
def scorer(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "tools"))
    return importlib.import_module("score_replies")


def test_the_corpus_is_whole(scorer: ModuleType) -> None:
    """Every reply has a source, a category that exists, and a stage that its protocol knows."""
    known = scorer.corpus()
    rows = known["replies"]
    assert len(rows) >= 415
    assert len({row["id"] for row in rows}) == len(rows)
    assert len({(row["reply"], row["stage"], row["by"]) for row in rows}) == len(rows)
    for row in rows:
        assert row["source"].startswith("http"), row["id"]
        assert {Category(row["category"]), Category(row.get("also", row["category"]))}
        assert Protocol(row["protocol"]) and Stage(row["stage"])
        assert row["reply"].strip()
    assert {row["by"] for row in rows} >= set(known["servers"])


def test_the_halves_stay_as_they_are(scorer: ModuleType) -> None:
    """A row never changes sides, so that what was unseen stays unseen."""
    assert scorer.half("gmail-bad-credentials") == "b"
    assert [scorer.half(row_id) for row_id in ("postfix-relay-denied", "cyrus-permission", "qq-dmarc")] == [
        "a",
        "a",
        "a",
    ]


@pytest.mark.parametrize("part", BOUNDS)
def test_scores_hold(scorer: ModuleType, part: str) -> None:
    """The share of right answers, of those at least in the right family, and of those wrong and sure of themselves."""
    right, family, wrong = BOUNDS[part]
    count = scorer.totals(list(scorer.scores()))[part]
    assert 100 * count["right"] / count["all"] >= right
    assert 100 * (count["right"] + count["coarse"]) / count["all"] >= family
    assert 100 * count["confident wrong"] / count["all"] <= wrong


def test_the_scorer_can_find_fault(scorer: ModuleType) -> None:
    """A wrong category, a wrong word about the password and a mere family are told apart."""
    row = {"id": "x", "part": "a", "protocol": "smtp", "stage": "auth", "reply": "535 5.7.8 xyzzy"}
    row["category"] = "auth.credentials"
    assert scorer.grade(row, scorer.play(row, {})).grade == "right"
    assert scorer.grade({**row, "category": "policy.ip"}, scorer.play(row, {})).confident_wrong
    vague = {**row, "reply": "535 xyzzy"}
    assert scorer.grade(vague, scorer.play(vague, {})).grade == "coarse"
