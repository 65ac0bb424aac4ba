# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Opening TCP to the first address that answers (RFC 8305), with a word about every address."""

from __future__ import annotations

import errno
import os
import selectors
import socket
from collections.abc import Callable, Sequence

from .._models.names import AddressResult
from .._probe.evidence import AddressAttempt
from .loop import Loop, Timer

ATTEMPT_DELAY = 0.25
"""Seconds between the starts of two attempts (RFC 8305 §5)."""

_REFUSED = frozenset({errno.ECONNREFUSED, errno.ECONNRESET})
_TIMED_OUT = frozenset({errno.ETIMEDOUT})


def family_of(address: str) -> int:
    """Return the socket family of a numeric address."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def interleave(addresses: Sequence[str]) -> tuple[str, ...]:
    """Order addresses so that the families alternate, beginning with the first one's family (RFC 8305 §4)."""
    if not addresses:
        return ()
    family = family_of(addresses[0])
    first = [address for address in addresses if family_of(address) == family]
    second = [address for address in addresses if family_of(address) != family]
    ordered: list[str] = []
    for index in range(max(len(first), len(second))):
        ordered += first[index : index + 1] + second[index : index + 1]
    return tuple(ordered)


class _Attempt:
    __slots__ = ("address", "code", "error", "ms", "result", "sock", "started")

    def __init__(self, address: str) -> None:
        self.address = address
        self.sock: socket.socket | None = None
        self.started = 0.0
        self.result = AddressResult.NOT_TRIED
        self.ms: float | None = None
        self.error = ""
        self.code = ""


class Race:
    """Connects to several addresses, staggered; the first to connect wins and the others are closed.

    ``on_done(socket or None, attempts)`` is called once. :meth:`expire` ends it when its time is up.

    The winner's socket is still watched when it is handed over; whoever takes it says with ``rewatch`` for what.
    """

    def __init__(
        self,
        loop: Loop,
        addresses: Sequence[str],
        port: int,
        on_done: Callable[[socket.socket | None, tuple[AddressAttempt, ...]], None],
        *,
        guard: Callable[[Callable[[], None]], None] = lambda step: step(),
    ) -> None:
        """``guard`` takes each step that the loop calls for."""
        self._loop = loop
        self._port = port
        self._on_done = on_done
        self._guard = guard
        self._attempts = [_Attempt(address) for address in interleave(addresses)]
        self._next = 0
        self._timer: Timer | None = None
        self._over = False

    def start(self) -> None:
        """Begin with the first address."""
        self._start_next()

    def expire(self) -> None:
        """Give up: what is under way has timed out."""
        self._settle(None, AddressResult.TIMED_OUT)

    def abandon(self) -> None:
        """Close everything without a report."""
        self._over = True
        self._stop_timer()
        for attempt in self._attempts:
            self._drop(attempt)

    def _start_next(self) -> None:
        self._stop_timer()
        while not self._over and self._next < len(self._attempts):
            attempt = self._attempts[self._next]
            self._next += 1
            if self._open(attempt):
                if self._next < len(self._attempts):
                    due = self._loop.clock() + ATTEMPT_DELAY
                    self._timer = self._loop.call_at(due, lambda: self._guard(self._start_next))
                return
        if not self._over and all(attempt.sock is None for attempt in self._attempts):
            self._settle(None, AddressResult.TIMED_OUT)

    def _open(self, attempt: _Attempt) -> bool:
        attempt.started = self._loop.clock()
        try:
            sock = socket.socket(family_of(attempt.address), socket.SOCK_STREAM)
        except OSError as error:
            self._failed(attempt, error.errno or 0)
            return False
        sock.setblocking(False)
        attempt.sock = sock
        code = sock.connect_ex((attempt.address, self._port))
        if code not in (0, errno.EINPROGRESS):
            self._drop(attempt)
            self._failed(attempt, code)
            return False
        self._loop.watch(sock, selectors.EVENT_WRITE, lambda _events: self._guard(lambda: self._connected(attempt)))
        return True

    def _connected(self, attempt: _Attempt) -> None:
        sock = attempt.sock
        if sock is None:
            return
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self._drop(attempt)
            self._failed(attempt, code)
            self._start_next()
            return
        attempt.result = AddressResult.CONNECTED
        attempt.ms = self._since(attempt)
        attempt.sock = None
        self._settle(sock, AddressResult.CANCELLED)

    def _failed(self, attempt: _Attempt, code: int) -> None:
        attempt.ms = self._since(attempt)
        attempt.error = os.strerror(code)
        attempt.code = errno.errorcode.get(code, "")
        if code in _REFUSED:
            attempt.result = AddressResult.REFUSED
        elif code in _TIMED_OUT:
            attempt.result = AddressResult.TIMED_OUT
        else:
            attempt.result = AddressResult.UNREACHABLE

    def _settle(self, winner: socket.socket | None, others: AddressResult) -> None:
        if self._over:
            return
        self._over = True
        self._stop_timer()
        for attempt in self._attempts:
            if attempt.sock is not None:
                attempt.result = others
                attempt.ms = self._since(attempt)
                self._drop(attempt)
        self._on_done(winner, tuple(AddressAttempt(a.address, a.result, a.ms, a.error, a.code) for a in self._attempts))

    def _drop(self, attempt: _Attempt) -> None:
        if attempt.sock is not None:
            self._loop.unwatch(attempt.sock)
            attempt.sock.close()
            attempt.sock = None

    def _since(self, attempt: _Attempt) -> float:
        return round((self._loop.clock() - attempt.started) * 1000, 1)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
