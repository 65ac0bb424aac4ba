# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scores the diagnosis on tests/replies/corpus.yaml and later.yaml.

Usage: python tests/tools/score_replies.py [--misses]

Each part said, when it was first scored, how the rules did on replies they were not written for. Rules have been
written on parts a to d since; --misses lists what goes wrong in those. Part e is still only counted.
"""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

sys.path.append(str(Path(__file__).parents[1] / "unit"))

from diagnosis.build import judge, replied  # noqa: E402

from ansible_collections.mailops.mailbox.plugins.module_utils._models.failure import Failure  # noqa: E402
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import (  # noqa: E402
    Category,
    Confidence,
    PasswordAtFault,
    Protocol,
    Security,
    Stage,
)

CORPUS = Path(__file__).parents[1] / "replies" / "corpus.yaml"
LATER = CORPUS.with_name("later.yaml")

RIGHT, COARSE, WRONG = "right", "coarse", "wrong"

# What a rule may fall back to when it knows the stage and nothing else.
_COARSE = frozenset(
    {
        Category.AUTH_REFUSED,
        Category.MAILBOX_REFUSED,
        Category.MESSAGE_REFUSED,
        Category.POLICY_REFUSED,
        Category.RCPT_REFUSED,
        Category.SENDER_REFUSED,
        Category.SERVER_REFUSED,
        Category.SERVER_REJECTS_COMMAND,
        Category.SERVER_TEMPORARY,
        Category.TLS_SERVER_PROBLEM,
    }
)
# Here another password may help, so "no" is a wrong answer; everywhere else "yes" is one.
_ABOUT_PASSWORD = frozenset({Category.AUTH_CREDENTIALS, Category.AUTH_APP_PASSWORD_REQUIRED, Category.AUTH_EXPIRED})


class Score(NamedTuple):
    """How one reply was judged. ``confident_wrong`` also counts a wrong word about the password."""

    id: str
    part: str
    expected: str
    found: str
    grade: str
    confident_wrong: bool


def corpus() -> dict[str, Any]:
    """Read the corpus, with the part of each row."""
    found: dict[str, Any] = yaml.safe_load(CORPUS.read_text(encoding="utf-8"))
    for row in found["replies"]:
        row["part"] = half(row["id"])
    later = yaml.safe_load(LATER.read_text(encoding="utf-8"))["replies"]
    found["replies"] += ({"part": half(row["id"]).replace("b", "c"), **row} for row in later)
    return found


def half(row_id: str) -> str:
    """Tell the half of a row, for good."""
    return "ab"[hashlib.sha256(row_id.encode()).digest()[0] & 1]


def play(row: dict[str, Any], server: dict[str, str]) -> Failure:
    """Diagnose one reply as the probe would have met it."""
    stage = Stage(row["stage"])
    changes: dict[str, Any] = {}
    if stage is Stage.RECIPIENT:
        # After a login that counted, a put-off recipient is a notice and no failure.
        changes["authenticated"] = False
    if "security" in row:
        changes["security"] = Security(row["security"])
    if "mechanism" in row:
        changes["mechanism"] = row["mechanism"]
    (failure,) = judge(
        replied(
            Protocol(row["protocol"]),
            stage,
            row["reply"].encode(),
            host=server.get("host", "mail.acme.example"),
            greeting=server.get("greeting", "").encode(),
            **changes,
        )
    ).failures
    return failure


def grade(row: dict[str, Any], failure: Failure) -> Score:
    """Compare a verdict with what the source of the reply says."""
    accepted = {row["category"], row.get("also", row["category"])}
    found = failure.category.value
    sure = bool(failure.causes) and failure.causes[0].confidence is Confidence.HIGH
    families = {name.split(".")[0] for name in accepted}
    if found in accepted:
        result = RIGHT
    elif not sure and (failure.category in _COARSE or found.split(".")[0] in families):
        result = COARSE
    else:
        result = WRONG
    about = {Category(name) for name in accepted} & _ABOUT_PASSWORD
    misled = (
        failure.password_at_fault is PasswordAtFault.NO and Category(row["category"]) in about
        if about
        else failure.password_at_fault is PasswordAtFault.YES
    )
    return Score(row["id"], row["part"], row["category"], found, result, misled or (result == WRONG and sure))


def scores() -> Iterator[Score]:
    """Grade every row of the corpus."""
    known = corpus()
    for row in known["replies"]:
        yield grade(row, play(row, known["servers"].get(row["by"], {})))


def totals(graded: list[Score]) -> dict[str, Counter[str]]:
    """Count the grades of each part."""
    counted: dict[str, Counter[str]] = {part: Counter() for part in "abcde"}
    for score in graded:
        counted[score.part]["all"] += 1
        counted[score.part][score.grade] += 1
        counted[score.part]["confident wrong"] += score.confident_wrong
    return counted


def report(graded: list[Score]) -> Iterator[str]:
    """Write the totals, and for each part the share of right answers by family of categories."""
    for name, count in totals(graded).items():
        share = 100 * count[RIGHT] / count["all"]
        yield (
            f"part {name}: {count['all']} replies, {count[RIGHT]} right ({share:.1f} %), {count[COARSE]} coarse, "
            f"{count[WRONG]} wrong, {count['confident wrong']} of all confidently wrong"
        )
        families: dict[str, Counter[str]] = {}
        for score in graded:
            if score.part == name:
                families.setdefault(score.expected.split(".")[0], Counter())[score.grade] += 1
        for family, grades in sorted(families.items()):
            yield f"  {family:15} {grades[RIGHT]:3} right {grades[COARSE]:3} coarse {grades[WRONG]:3} wrong"


def main() -> None:
    """Print the score."""
    graded = list(scores())
    print("\n".join(report(graded)))
    if "--misses" in sys.argv[1:]:
        for score in graded:
            if score.part in "abcd" and (score.grade != RIGHT or score.confident_wrong):
                sure = "sure" if score.confident_wrong else ""
                print(f"{score.grade:6} {sure:4} {score.id:32} {score.expected:26} {score.found}")


if __name__ == "__main__":
    main()
