# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""One thread, one selector, one heap of timers. Carries connections; knows neither a protocol nor a mailbox."""

from __future__ import annotations

import contextlib
import heapq
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Protocol


class Watchable(Protocol):
    """What a selector can watch: a socket, or the end of a pipe."""

    def fileno(self) -> int: ...


class Timer:
    """A callback at a time of the loop's clock; :meth:`cancel` is cheap, the heap forgets it when its time comes."""

    __slots__ = ("callback", "when")

    def __init__(self, when: float, callback: Callable[[], None]) -> None:
        self.when = when
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        """Forget the callback."""
        self.callback = None


class Loop:
    """Runs callbacks for sockets, pipes, times and other threads until told that all is done."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = count()
        self._calls: deque[Callable[[], None]] = deque()
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        self._selector.register(self._wake_reader, selectors.EVENT_READ, self._woken)

    @staticmethod
    def clock() -> float:
        """Seconds that only go forward."""
        return time.monotonic()

    def call_at(self, when: float, callback: Callable[[], None]) -> Timer:
        """Call back at a time of :meth:`clock`."""
        timer = Timer(when, callback)
        heapq.heappush(self._timers, (when, next(self._order), timer))
        return timer

    def call_soon_threadsafe(self, callback: Callable[[], None]) -> None:
        """Call back in the loop's thread; may be called from any thread, also after :meth:`close`."""
        self._calls.append(callback)
        with contextlib.suppress(OSError):
            self._wake_writer.send(b"\0")

    def watch(self, sock: Watchable, events: int, callback: Callable[[int], None]) -> None:
        """Call back whenever the socket is ready for any of ``events`` (selectors.EVENT_*)."""
        self._selector.register(sock, events, callback)

    def rewatch(self, sock: Watchable, events: int, callback: Callable[[int], None]) -> None:
        """Change what is watched for."""
        self._selector.modify(sock, events, callback)

    def unwatch(self, sock: Watchable) -> None:
        """Stop watching; a socket that is not watched is no error."""
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(sock)

    def run_until(self, done: Callable[[], bool]) -> None:
        """Run until ``done()`` is true. An exception of a callback ends the run: callbacks handle their own errors."""
        while not done():
            for key, events in self._selector.select(self._wait()):
                key.data(events)
            self._run_due()

    def close(self) -> None:
        """Let go of the selector and the wake-up pair. Sockets belong to those who opened them."""
        self._selector.close()
        self._wake_reader.close()
        self._wake_writer.close()

    def _wait(self) -> float | None:
        if self._calls:
            return 0.0
        while self._timers and self._timers[0][2].callback is None:
            heapq.heappop(self._timers)
        if not self._timers:
            return None
        return max(0.0, self._timers[0][0] - self.clock())

    def _run_due(self) -> None:
        while self._calls:
            self._calls.popleft()()
        now = self.clock()
        while self._timers and self._timers[0][0] <= now:
            timer = heapq.heappop(self._timers)[2]
            callback, timer.callback = timer.callback, None
            if callback is not None:
                callback()

    def _woken(self, _events: int) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._wake_reader.recv(4096):
                pass
