# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of a schedule by themselves: budgets and breakers."""

from __future__ import annotations

import random

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.breaker import Breakers
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.pace import Budget, Pace, burst_of


def paced(rate: int, logins: int, lasts: float, seed: int) -> list[tuple[float, float]]:
    """Begin each login as soon as it may; return when each began and ended."""
    chance = random.Random(seed)
    budget, now, done = Budget(rate, chance.random), 0.0, []
    under_way: list[tuple[float, float]] = []
    while len(done) + len(under_way) < logins:
        for one in [one for one in under_way if one[1] <= now]:
            under_way.remove(one)
            budget.end(one[1])
            done.append(one)
        if budget.may_begin(now):
            budget.begin(now)
            under_way.append((now, now + lasts * chance.random()))
        else:
            now += 0.01
    return sorted(done + under_way)


@pytest.mark.parametrize("rate", [2, 5, 6, 60, 120])
@pytest.mark.parametrize("lasts", [0.0, 8.0])
def test_no_minute_has_more_logins_than_the_rate(rate: int, lasts: float) -> None:
    """Wherever between its begin and its end a login is: a window that begins with one's end has all it could have."""
    done = paced(rate, 3 * rate, lasts, rate)
    for _begun, window in done:
        assert sum(window <= end and begun < window + 60 - 0.001 for begun, end in done) <= rate


def test_a_rate_is_used_up() -> None:
    done = paced(60, 180, 0.5, 1)
    assert done[-1][0] < 190


def test_a_sixth_may_begin_at_once_and_the_rest_one_by_one_at_uneven_distances() -> None:
    begun = [begun for begun, _end in paced(60, 40, 0.1, 3)]
    assert begun[: burst_of(60)] == [0.0] * 10
    gaps = [after - before for before, after in zip(begun[10:], begun[11:], strict=False)]
    assert min(gaps) > 0.45
    assert max(gaps) < 1.55
    assert len({round(gap, 1) for gap in gaps}) > 4


def test_what_was_missed_is_made_up_for_a_second_and_no_longer() -> None:
    budget = Budget(600, lambda: 0.5)
    for _turn in range(burst_of(600)):
        budget.begin(0.0)
        budget.end(0.0)
    now, count = 30.0, 0
    while budget.may_begin(now):
        budget.begin(now)
        budget.end(now)
        count += 1
    assert 10 <= count <= 11


@pytest.mark.parametrize(
    ("verdicts", "opened"),
    [
        ("rrrr", False),
        ("rrrrr", True),
        ("RR.", False),
        ("RRR", True),
        ("rrrr.r", False),
        ("rrrr-r", True),
        ("r.r.r.r.r.", True),
        (".........r", False),
        ("rr.......", False),
        ("rr.....r..", True),
    ],
)
def test_refused_logins(verdicts: str, opened: bool) -> None:
    """r is one refused login, R two of one mailbox, a dash says nothing about logins."""
    breakers = Breakers(Pace())
    for verdict in verdicts:
        breakers.logged_in("mx.test", refused={"r": 1, "R": 2}.get(verdict, 0), worked=verdict == ".")
    assert (breakers.why_refused(["other.test", "mx.test"]) is not None) is opened
    assert breakers.why_refused(["other.test"]) is None


@pytest.mark.parametrize(
    ("verdicts", "opened"),
    [
        ("ddd", False),
        ("dddd", True),
        (".dddd", False),
        ("ddd.ddd", False),
        ("." + "d" * 9, False),
        ("." + "d" * 10, True),
    ],
)
def test_silence(verdicts: str, opened: bool) -> None:
    breakers = Breakers(Pace())
    for now, verdict in enumerate(verdicts):
        if verdict == "d":
            breakers.silent("a port 1", float(now))
        else:
            breakers.answered("a port 1", now + 0.5)
    assert (breakers.why_dead("a port 1", ["a port 1"]) is not None) is opened
    # Of two addresses one may be alive, as long as nobody says that the place as a whole is silent.
    assert breakers.why_dead("a or b port 1", ["a port 1", "b port 1"]) is None
    assert (breakers.why_dead("a port 1", ["b port 1", "c port 1"]) is not None) is opened


def test_what_began_before_the_last_answer_is_no_sign_of_death() -> None:
    breakers = Breakers(Pace())
    breakers.answered("a port 1", 5.0)
    for _turn in range(20):
        breakers.silent("a port 1", 4.0)
    assert breakers.why_dead("a port 1", ["a port 1"]) is None


def test_the_sentence_stays_what_it_was_when_the_breaker_opened() -> None:
    breakers = Breakers(Pace())
    for _turn in range(9):
        breakers.logged_in("mx.test", refused=1, worked=0)
    assert "5 logins in a row" in str(breakers.why_refused(["mx.test"]))
