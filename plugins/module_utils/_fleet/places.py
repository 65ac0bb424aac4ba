# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Where the mailboxes of a fleet go: two hundred names may be one machine, and limits are the machine's."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from .._driver.connection import SHARE
from .._models.names import Protocol
from .._probe.actions import ResolveFailed
from .._run.probe import Engine, MailboxPlan

LONGEST = 10.0
"""Seconds after which a look-up is given up, whatever the mailbox's own time."""


@dataclass(frozen=True)
class Place:
    """The endpoint of one protocol. A host that has no address stands for itself: nothing is ever opened to it."""

    protocol: Protocol
    port: int
    addresses: tuple[str, ...]
    provider: str

    @cached_property
    def ends(self) -> tuple[str, ...]:
        """Each address with the port, as people read it."""
        return tuple(f"{address} port {self.port}" for address in self.addresses)

    @cached_property
    def whole(self) -> str:
        """All addresses with the port: which of them is connected is not known before, and the rest stay unknown."""
        return f"{' or '.join(self.addresses)} port {self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this machine."""
        return all(map(_is_loopback, self.addresses))


class Where:
    """Looks hosts up, all at once and each once a run. One that hangs keeps only its own mailboxes waiting."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._found: dict[str, tuple[str, ...]] = {}
        self._asked: set[str] = set()
        self.news = False
        """Whether a host was found since this was last set to False."""

    def ask(self, plans: Iterable[MailboxPlan]) -> None:
        """Begin to look up what is not known yet; a look-up may take the share of a stage."""
        times: dict[str, float] = {}
        for plan in plans:
            for one in (plan.smtp, plan.imap):
                if one is not None:
                    share = min(LONGEST, SHARE * plan.timeout)
                    times[one.target.host] = max(share, times.get(one.target.host, 0.0))
        self.look_up(times)

    def look_up(self, times: Mapping[str, float]) -> None:
        """Begin to look hosts up, each for so many seconds."""
        loop, resolver = self._engine.loop, self._engine.resolver
        times = {host: seconds for host, seconds in times.items() if host not in self._asked}
        self._asked |= times.keys()
        for host, seconds in times.items():
            answer = resolver.resolve(loop, host, self._found_by(host))
            if answer is not None:
                self._found_by(host)(answer)
            else:
                self._give_up_at(loop.clock() + seconds, host, seconds)

    def wait(self, seconds: float) -> None:
        """Run the loop until all hosts are found, for so long at most."""
        loop = self._engine.loop
        over: list[bool] = []
        timer = loop.call_at(loop.clock() + seconds, lambda: over.append(True))
        loop.run_until(lambda: bool(over) or len(self._found) == len(self._asked))
        timer.cancel()

    def addresses(self, host: str) -> tuple[str, ...] | None:
        """Return the addresses of a host, its own name where it has none, or None while that is not known."""
        return self._found.get(host)

    def _found_by(self, host: str) -> Callable[[tuple[str, ...] | ResolveFailed], None]:
        def found(answer: tuple[str, ...] | ResolveFailed) -> None:
            self._found.setdefault(host, (host,) if isinstance(answer, ResolveFailed) else answer)
            self.news = True

        return found

    def _give_up_at(self, when: float, host: str, seconds: float) -> None:
        self._engine.loop.call_at(when, lambda: self._give_up(host, seconds))

    def _give_up(self, host: str, seconds: float) -> None:
        if host in self._found:
            return
        # Time that it waited for its turn among many is not the name server's.
        now, begun = self._engine.loop.clock(), self._engine.resolver.begun_at(host)
        due = (now if begun is None else begun) + seconds
        if due > now:
            self._give_up_at(due, host, seconds)
            return
        # So that no probe finds an address later that was counted nowhere.
        text = f"No answer to the look-up within {seconds:.1f} s."
        self._engine.resolver.settle(host, ResolveFailed("timeout", text))
        self._found_by(host)(ResolveFailed("timeout", text))


def connections(places: Iterable[Place], *, one_by_one: bool) -> Mapping[str, int]:
    """Return how many connections a mailbox may have to each address at once.

    Which address of a host will be connected is not known before, so each of them counts.
    """
    wanted: dict[str, int] = {}
    for place in places:
        for address in place.addresses:
            wanted[address] = 1 if one_by_one else wanted.get(address, 0) + 1
    return wanted


def _is_loopback(key: str) -> bool:
    try:
        return ipaddress.ip_address(key).is_loopback
    except ValueError:
        return False
