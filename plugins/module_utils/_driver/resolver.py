# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Addresses by the operating system's resolver, hosts file included, in threads that nobody waits for."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable
from typing import Union

from .._probe.actions import ResolveFailed
from .dns_explain import explain
from .loop import Loop

Answer = Union[tuple[str, ...], ResolveFailed]


class Resolver:
    """Looks every host up once a run. getaddrinfo can't be cancelled, so a slow one is left behind in its thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[str, Answer] = {}
        self._waiting: dict[str, list[tuple[Loop, Callable[[Answer], None]]]] = {}

    def resolve(self, loop: Loop, host: str, callback: Callable[[Answer], None]) -> Answer | None:
        """Return what is known of the host. Where that is None, call back in the loop's thread when it is."""
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return self._look_up(loop, host, callback)
        return (host,)

    def _look_up(self, loop: Loop, host: str, callback: Callable[[Answer], None]) -> Answer | None:
        with self._lock:
            answer = self._answers.get(host)
            if answer is not None:
                return answer
            waiting = self._waiting.setdefault(host, [])
            waiting.append((loop, callback))
            if len(waiting) > 1:
                return None
        threading.Thread(target=self._work, args=(host,), name=f"resolve {host}", daemon=True).start()
        return None

    def _work(self, host: str) -> None:
        answer = look_up(host)
        with self._lock:
            self._answers[host] = answer
            waiting = self._waiting.pop(host)
        for loop, callback in waiting:
            loop.call_soon_threadsafe(lambda callback=callback: callback(answer))  # type: ignore[misc]


def look_up(host: str) -> Answer:
    """Ask the operating system, and dnspython for the reason where it says no."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return explain(host, error)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
