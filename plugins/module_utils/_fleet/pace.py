# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""How fast a fleet goes: what is shared by all mailboxes of a run, and what every destination is spared."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

DEFAULT = "default"
LOOPBACK = "loopback"

LOGINS_PER_MINUTE: dict[str, int] = {
    # No provider publishes how many logins from one address it takes. These are what keeps well below the rates at
    # which operators report blocks; whoever knows better for a network of their own says so by pace.logins_per_minute.
    DEFAULT: 120,
    LOOPBACK: 0,
    "gmail": 60,
    "microsoft365": 60,
    "yahoo": 30,
    "icloud": 30,
}
"""Mailboxes whose login may begin, a minute, at each destination; a provider's figure is for all of its addresses."""


@dataclass(frozen=True)
class Pace:
    """The limits of one run.

    ``concurrency`` counts mailboxes that make progress; one that was silent for ``stall_after`` seconds gives its place
    to another, up to eight times ``concurrency`` in all. ``per_destination`` counts mailboxes at one address, silent
    ones too. ``logins_per_minute`` is by provider name, ``loopback`` or ``default``; 0 is no limit.
    ``retries`` are for what is transient and came before the secret was sent.
    """

    concurrency: int = 64
    per_destination: int = 16
    logins_per_minute: Mapping[str, int] = field(default_factory=dict)
    stall_after: float = 2.0
    retries: int = 1
    refusals_in_row: int = 5
    refused_share: float = 0.2
    refused_least: int = 10
    dead_in_row: int = 5

    def rate(self, provider: str) -> int:
        """Return the logins a minute for a provider, or for a destination of none that is known."""
        own = {**LOGINS_PER_MINUTE, **self.logins_per_minute}
        return own.get(provider, own[DEFAULT]) if provider else own[DEFAULT]


class Budget:
    """Logins a minute: :meth:`ready_at` tells when the next may begin, :meth:`take` begins it.

    A sixth of the rate may begin at once, and no more than that in any ten seconds, so that no minute has more than the
    rate.
    """

    def __init__(self, per_minute: int) -> None:
        self._burst, self._window = burst_of(per_minute)
        self._begun: deque[float] = deque(maxlen=self._burst)

    def ready_at(self, now: float) -> float:
        """Return the time from which a login may begin."""
        if len(self._begun) < self._burst:
            return now
        return max(now, self._begun[0] + self._window)

    def take(self, now: float) -> None:
        """Begin a login."""
        self._begun.append(now)


def burst_of(per_minute: int) -> tuple[int, float]:
    """Return how many logins may begin at once, and in how many seconds the next as many may."""
    burst = max(1, per_minute // 6)
    return burst, burst * 60.0 / per_minute
