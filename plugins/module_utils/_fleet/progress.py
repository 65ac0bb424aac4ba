# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What a person sees while a fleet runs: a line now and then, never one per mailbox."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

INTERVAL = 3.0
"""Seconds between two lines."""

_LEADING = 3


class Meter:
    """Turns what happens into lines; ``say`` None keeps quiet. ``clock`` returns seconds."""

    def __init__(self, say: Callable[[str], None] | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._clock = clock
        self._total = 0
        self._done = self._before = 0
        self._began = clock()
        self._next = self._began
        self._failures: dict[str, int] = {}

    def looking_up(self, mailboxes: int, domains: int) -> None:
        """Say that servers are being looked up."""
        self._line(f"mailbox_fleet: finding the servers of {mailboxes} mailboxes at {domains} domains")

    def reading(self, secrets: int) -> None:
        """Say that secrets are being read."""
        self._line(f"mailbox_fleet: reading the secrets of {secrets} mailboxes")

    def begin(self, total: int, to_probe: int, expected_s: float) -> None:
        """Say what is ahead."""
        self._total = total
        self._done = self._before = total - to_probe
        self._began = self._clock()
        self._next = self._began + INTERVAL
        rest = f"{to_probe} of {total} mailboxes" if to_probe != total else f"{total} mailboxes"
        self._line(f"mailbox_fleet: probing {rest}, expected to take {span(expected_s)}")

    def done(self, category: str | None) -> None:
        """Count one mailbox; ``category`` is its leading failure."""
        self._done += 1
        if category is not None:
            self._failures[category] = self._failures.get(category, 0) + 1
        self.tick()

    def tick(self) -> None:
        """Print a line when it is time."""
        now = self._clock()
        if now >= self._next and self._total:
            self._next = now + INTERVAL
            self._line(f"mailbox_fleet: {self._state(now)}")

    def _state(self, now: float) -> str:
        parts = [f"{self._done}/{self._total}"]
        if self._failures:
            parts.append(leading(self._failures))
        taken = now - self._began
        if self._done > self._before and taken > 0:
            rate = (self._done - self._before) / taken
            parts.append(f"{rate:.1f}/s" if rate < 10 else f"{rate:.0f}/s")
            if self._done < self._total:
                parts.append(f"about {span((self._total - self._done) / rate)} left")
        return ", ".join(parts)

    def _line(self, text: str) -> None:
        if self._say is not None:
            self._say(text)


def leading(failures: Mapping[str, int]) -> str:
    """Return the most frequent categories with their counts."""
    ranked = sorted(failures.items(), key=lambda item: (-item[1], item[0]))
    more = sum(count for _name, count in ranked[_LEADING:])
    shown = [f"{count} {name}" for name, count in ranked[:_LEADING]] + ([f"{more} others"] if more else [])
    return f"{sum(failures.values())} not verified ({', '.join(shown)})"


def span(seconds: float) -> str:
    """Return a duration for people."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"
