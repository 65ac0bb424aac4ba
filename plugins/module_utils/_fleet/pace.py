# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""How fast a fleet goes: what is shared by all mailboxes of a run, and what every destination is spared."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .._providers.table import PROVIDERS

DEFAULT = "default"
LOOPBACK = "loopback"


def _of_providers() -> dict[str, int]:
    """Return the pace that the table has for each identity; the slowest where several providers share one."""
    found: dict[str, int] = {}
    for provider in PROVIDERS:
        pace = provider.pacing.logins_per_minute if provider.pacing else None
        if provider.identity and pace:
            found[provider.identity] = min(pace, found.get(provider.identity, pace))
    return found


LOGINS_PER_MINUTE: dict[str, int] = {
    # No provider publishes how many logins from one address it takes. The figures of the table keep well below the
    # rates at which operators report blocks; whoever knows better for a network says so by pace.logins_per_minute.
    **_of_providers(),
    DEFAULT: 120,
    LOOPBACK: 0,
}
"""Logins a minute at each address; a provider's figure is for all of its addresses. SMTP beside IMAP is two logins."""

MINUTE = 60.0

CATCH_UP = 1.0
"""Seconds of a rate that may be made up for, where nothing was ready when its turn came."""


@dataclass(frozen=True)
class Pace:
    """The limits of one run.

    ``concurrency`` counts mailboxes that make progress; one that was silent for ``stall_after`` seconds gives its place
    to another, up to eight times ``concurrency`` in all. ``per_destination`` counts connections to one address, silent
    ones too. ``logins_per_minute`` is by provider name, ``loopback`` or ``default``; 0 is no limit.
    ``retries`` are for what is transient and came before the secret was sent.

    New logins end at an address or provider after ``refusals_in_row``, or when more than ``refused_share`` of at least
    ``refused_least`` mailboxes were refused; at an address and port after ``dead_in_row`` without an answer, or
    ``stalled_in_row`` where there was an answer before.
    """

    concurrency: int = 64
    per_destination: int = 20
    logins_per_minute: Mapping[str, int] = field(default_factory=dict)
    stall_after: float = 2.0
    retries: int = 1
    refusals_in_row: int = 5
    refused_share: float = 0.2
    refused_least: int = 10
    dead_in_row: int = 4
    stalled_in_row: int = 10

    def rate(self, provider: str) -> int:
        """Return the logins a minute for a provider, or for a destination of none that is known."""
        own = {**LOGINS_PER_MINUTE, **self.logins_per_minute}
        return own.get(provider, own[DEFAULT]) if provider else own[DEFAULT]


class Budget:
    """Logins a minute: :meth:`may_begin` tells whether some may now, :meth:`begin` and :meth:`end` count them.

    When the secret goes out between the two is not known here, so a login counts from its begin until a minute after
    its end: no minute that the server can count has more than the rate. A sixth of the rate may begin at once; after
    that a login follows the other at a distance that is up to a half shorter or longer by ``chance``, so that many
    runs do not fall into step with each other.
    """

    def __init__(self, per_minute: int, chance: Callable[[], float] = random.random) -> None:
        self.per_minute = per_minute
        self._chance = chance
        self._at_once = burst_of(per_minute)
        self._next = float("-inf")
        self._open = 0
        self._ended: deque[float] = deque()

    def may_begin(self, now: float, logins: int = 1) -> bool:
        """Tell whether so many logins may begin."""
        while self._ended and self._ended[0] <= now - MINUTE:
            self._ended.popleft()
        if self._open + len(self._ended) + min(logins, self.per_minute) > self.per_minute:
            return False
        return self._at_once >= logins or now >= self._next

    def begin(self, now: float, logins: int = 1) -> None:
        """Count logins that begin."""
        self._open += logins
        free = min(self._at_once, logins)
        self._at_once -= free
        if self._at_once < 1:
            gap = MINUTE / self.per_minute * (0.5 + self._chance())
            self._next = max(self._next, now - CATCH_UP) + max(1, logins - free) * gap

    def end(self, now: float, logins: int = 1) -> None:
        """Count logins that are over, or did not happen."""
        self._open -= logins
        self._ended.extend([now] * logins)


def burst_of(per_minute: int) -> int:
    """Return how many logins may begin at once at the start of a run."""
    return max(1, per_minute // 6)


def seconds_for(logins: int, per_minute: int) -> float:
    """Return about how long a rate makes so many logins last."""
    paced = logins if logins > per_minute else max(0, logins - burst_of(per_minute))
    return paced * MINUTE / per_minute
