# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Addresses by the operating system's resolver, hosts file included, in threads that nobody waits for."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections import deque
from collections.abc import Callable
from typing import Union

from .._probe.actions import ResolveFailed
from .dns_explain import explain
from .loop import Loop

Answer = Union[tuple[str, ...], ResolveFailed]


AT_ONCE = 32
"""Look-ups that are under way at once."""

PATIENCE = 3.0
"""Seconds after which a look-up no longer counts among those: it hangs, and others are not to wait for it."""

MOST = 256
"""Threads in all, hanging ones too."""


class Resolver:
    """Looks every host up once a run. getaddrinfo can't be cancelled, so a slow one is left behind in its thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[str, Answer] = {}
        self._waiting: dict[str, list[tuple[Loop, Callable[[Answer], None]]]] = {}
        self._queue: deque[str] = deque()
        self._begun: dict[str, float] = {}
        self._pumped = False

    def resolve(self, loop: Loop, host: str, callback: Callable[[Answer], None]) -> Answer | None:
        """Return what is known of the host. Where that is None, call back in the loop's thread when it is.

        To be called in the loop's thread.
        """
        known = self._answers.get(host)
        if known is not None:
            return known
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return self._look_up(loop, host, callback)
        return self._answers.setdefault(host, (host,))

    def settle(self, host: str, answer: Answer) -> None:
        """Answer for a host that need not be looked up, or whose look-up hangs; what that finds later is not heard."""
        with self._lock:
            self._answers.setdefault(host, answer)
        self._tell(host)

    def begun_at(self, host: str) -> float | None:
        """Return when the look-up that is under way began, in seconds of the loop's clock; None for any other host."""
        with self._lock:
            return self._begun.get(host)

    def _look_up(self, loop: Loop, host: str, callback: Callable[[Answer], None]) -> Answer | None:
        with self._lock:
            answer = self._answers.get(host)
            if answer is not None:
                return answer
            waiting = self._waiting.setdefault(host, [])
            waiting.append((loop, callback))
            if len(waiting) > 1:
                return None
            self._queue.append(host)
        self._pump(loop)
        return None

    def _pump(self, loop: Loop) -> None:
        """Start what may start; come back where hanging look-ups are all that others wait for."""
        while (host := self._next(loop.clock())) is not None:
            try:
                threading.Thread(target=self._work, args=(loop, host), name=f"resolve {host}", daemon=True).start()
            except RuntimeError:  # No more threads; those that run go on with the queue.
                with self._lock:
                    self._begun.pop(host, None)
                    self._queue.appendleft(host)
                break
        if self._queue and not self._pumped:
            self._pumped = True
            loop.call_at(loop.clock() + PATIENCE, lambda: self._pump_again(loop))

    def _pump_again(self, loop: Loop) -> None:
        self._pumped = False
        self._pump(loop)

    def _next(self, now: float) -> str | None:
        with self._lock:
            lively = sum(now - begun < PATIENCE for begun in self._begun.values())
            if not self._queue or lively >= AT_ONCE or len(self._begun) >= MOST:
                return None
            host = self._queue.popleft()
            self._begun[host] = now
            return host

    def _work(self, loop: Loop, first: str) -> None:
        host: str | None = first
        while host is not None:
            answer = look_up(host)
            with self._lock:
                self._answers.setdefault(host, answer)
                del self._begun[host]
            self._tell(host)
            host = self._next(loop.clock())

    def _tell(self, host: str) -> None:
        with self._lock:
            answer = self._answers[host]
            waiting = self._waiting.pop(host, [])
        for loop, callback in waiting:
            loop.call_soon_threadsafe(lambda callback=callback: callback(answer))  # type: ignore[misc]


def look_up(host: str) -> Answer:
    """Ask the operating system, and dnspython for the reason where it says no."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return explain(host, error)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
