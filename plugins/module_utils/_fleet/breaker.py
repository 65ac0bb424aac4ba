# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Circuit breakers: a destination that is dead, or that refuses one login after the other, is left alone."""

from __future__ import annotations

from dataclasses import dataclass

from .pace import Pace


@dataclass
class _Tally:
    answered: int = 0
    refused: int = 0
    refused_in_row: int = 0
    dead_in_row: int = 0
    reached: bool = False


class Breakers:
    """Counts verdicts by destination and by provider; :meth:`why_open` tells whether another login may begin."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._tallies: dict[str, _Tally] = {}

    def judged(self, key: str, *, refused: bool, unreachable: bool) -> None:
        """Count one mailbox's verdict for a destination or provider."""
        tally = self._tallies.setdefault(key, _Tally())
        tally.dead_in_row = tally.dead_in_row + 1 if unreachable else 0
        tally.reached = tally.reached or not unreachable
        if not unreachable:
            tally.answered += 1
            tally.refused += refused
            tally.refused_in_row = tally.refused_in_row + 1 if refused else 0

    def why_open(self, key: str) -> str | None:
        """Return the sentence that says why nothing more is tried here, or None."""
        tally, pace = self._tallies.get(key), self._pace
        if tally is None:
            return None
        if not tally.reached and tally.dead_in_row >= pace.dead_in_row:
            return f"It was not probed, because {key} could not be reached {tally.dead_in_row} times in a row."
        if tally.refused_in_row >= pace.refusals_in_row:
            return f"It was not probed, because {key} has refused {tally.refused_in_row} logins in a row."
        if tally.answered >= pace.refused_least and tally.refused > pace.refused_share * tally.answered:
            return f"It was not probed, because {key} has refused {tally.refused} of {tally.answered} logins."
        return None

    def proven(self, key: str) -> bool:
        """Tell whether a login has worked at a destination or provider in this run."""
        tally = self._tallies.get(key)
        return tally is not None and tally.answered > tally.refused
