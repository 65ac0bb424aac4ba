# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Circuit breakers: a destination that is dead, or that refuses one login after the other, is left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .pace import Pace


@dataclass
class _Logins:
    mailboxes: int = 0
    refused: int = 0
    in_row: int = 0
    worked: bool = False
    why: str | None = None


@dataclass
class _Answers:
    silent_in_row: int = 0
    answered_at: float = float("-inf")
    why: str | None = None


_NO_ANSWERS = _Answers()


class Breakers:
    """Counts refused logins by address and provider, and silence by address and port. One that opened stays open."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._logins: dict[str, _Logins] = {}
        self._answers: dict[str, _Answers] = {}

    def logged_in(self, key: str, *, refused: int, worked: int) -> bool:
        """Count a mailbox's logins at an address or provider; return whether that opened the breaker."""
        tally, pace = self._logins.setdefault(key, _Logins()), self._pace
        if not refused and not worked:
            return False
        tally.mailboxes += 1
        tally.refused += bool(refused)
        tally.in_row = 0 if worked else tally.in_row + refused
        tally.worked = tally.worked or bool(worked)
        if tally.why is None:
            if pace.refusals_in_row and tally.in_row >= pace.refusals_in_row:
                tally.why = f"It was not probed, because {key} has refused {tally.in_row} logins in a row."
            elif tally.mailboxes >= pace.refused_least and tally.refused > pace.refused_share * tally.mailboxes:
                tally.why = (
                    f"It was not probed, because {key} has refused the logins of {tally.refused} mailboxes of "
                    f"{tally.mailboxes}."
                )
            return tally.why is not None
        return False

    def answered(self, place: str, now: float) -> None:
        """Count an answer of an address and port."""
        tally = self._answers.setdefault(place, _Answers())
        tally.silent_in_row = 0
        tally.answered_at = now

    def silent(self, place: str, begun: float) -> bool:
        """Count a probe that got no answer; return whether that opened the breaker.

        What had begun before the last answer says nothing new: mailboxes that hang are all told of at their deadline,
        long after the ones that work.
        """
        tally = self._answers.setdefault(place, _Answers())
        if begun < tally.answered_at or tally.why is not None:
            return False
        tally.silent_in_row += 1
        if tally.silent_in_row < self._patience(tally):
            return False
        tally.why = f"It was not probed, because {place} did not answer {tally.silent_in_row} times in a row."
        return True

    def why_refused(self, keys: Sequence[str]) -> str | None:
        """Return the sentence that says why nothing more is tried where any of these is open, or None."""
        return next((tally.why for tally in map(self._logins.get, keys) if tally is not None and tally.why), None)

    def why_dead(self, whole: str, ends: Sequence[str]) -> str | None:
        """Return the sentence that says why nothing more is tried at a place, or None.

        Either silence at the place as a whole has opened its breaker, or that at each of its ends.
        """
        place, *others = (self._answers.get(key, _NO_ANSWERS).why for key in (whole, *ends))
        return place or (others[0] if others and all(others) else None)

    def may_ask(self, place: str, under_way: int) -> bool:
        """Tell whether another probe may begin here: before the first answer, and where silence has begun, only as
        many as would open the breaker.

        Otherwise each that is given up would be followed by another, and a dead destination cost one time-out more.
        """
        tally = self._answers.get(place, _NO_ANSWERS)
        if not under_way or (tally.answered_at != float("-inf") and not tally.silent_in_row):
            return True
        return tally.silent_in_row + under_way < self._patience(tally)

    def _patience(self, tally: _Answers) -> int:
        return self._pace.dead_in_row if tally.answered_at == float("-inf") else self._pace.stalled_in_row

    def proven(self, keys: Sequence[str]) -> bool:
        """Tell whether a login has worked at any of these in this run."""
        return any(tally.worked for tally in map(self._logins.get, keys) if tally is not None)

    def refusals(self, key: str) -> int:
        """Return how many logins in a row were refused."""
        tally = self._logins.get(key)
        return tally.in_row if tally is not None else 0
