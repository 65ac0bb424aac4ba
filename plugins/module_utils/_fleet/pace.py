# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""How fast a fleet goes: what is shared by all mailboxes of a run, and what every destination is spared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DEFAULT = "default"

LOGINS_PER_MINUTE: dict[str, int] = {
    # No provider publishes how many logins from one address it takes. These are what keeps well below the rates at
    # which operators report blocks; whoever knows better for a network of their own says so by pace.logins_per_minute.
    DEFAULT: 120,
    "gmail": 60,
    "microsoft365": 60,
    "yahoo": 30,
    "icloud": 30,
}
"""Mailboxes whose login may begin, a minute, at each destination; a provider's figure is for all of its addresses."""

BURST_SECONDS = 10.0
"""How much of a rate may be used at once at the start, in seconds of it."""


@dataclass(frozen=True)
class Pace:
    """The limits of one run.

    ``concurrency`` counts mailboxes that make progress; one that was silent for ``stall_after`` seconds gives its place
    to another, up to eight times ``concurrency`` in all. ``per_destination`` counts mailboxes at one address, silent
    ones too. ``logins_per_minute`` is by provider name or ``default``; 0 is no limit. The loopback is never paced.
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


class Bucket:
    """A token bucket: :meth:`ready_at` tells when the next login may begin, :meth:`take` begins it."""

    def __init__(self, per_minute: int, now: float) -> None:
        self._every = 60.0 / per_minute
        self._burst = max(1.0, BURST_SECONDS / self._every)
        self._full_at = now

    def ready_at(self, now: float) -> float:
        """Return the time from which a login may begin."""
        return max(now, self._full_at - (self._burst - 1) * self._every)

    def take(self, now: float) -> None:
        """Begin a login."""
        self._full_at = max(self._full_at, now) + self._every
