# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Runs pieces of work side by side and stops waiting for them in time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future, wait
from typing import Generic, TypeVar

T = TypeVar("T")


def side_by_side(work: Mapping[str, Callable[[], T]], deadline: float) -> dict[str, T]:
    """Return what each piece of work came to by ``deadline`` (:func:`time.monotonic`); what is late is missing.

    The threads are daemons: one that hangs in spite of its own deadline keeps nobody waiting, not even at the exit.

    :raises Exception: what a piece of work raised in time, the first in the order of ``work``.
    """
    futures: dict[str, Future[T]] = {name: Future() for name in work}
    for name, make in work.items():
        threading.Thread(target=_fulfil, args=(futures[name], make), name=f"discovery-{name}", daemon=True).start()
    done, _late = wait(futures.values(), max(0.0, deadline - time.monotonic()))
    return {name: future.result() for name, future in futures.items() if future in done}


class OneFlight(Generic[T]):
    """A cache: whoever asks first does the work, everybody else waits for it and gets the same."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._futures: dict[Hashable, Future[T]] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what ``make`` returned for this key, now or before; what it raised, it raises for everybody."""
        with self._lock:
            future = self._futures.get(key)
            mine = future is None
            if future is None:
                future = self._futures[key] = Future()
        if mine:
            _fulfil(future, make)
        return future.result()


def _fulfil(future: Future[T], make: Callable[[], T]) -> None:
    try:
        future.set_result(make())
    except BaseException as error:
        # It goes to whoever waits; an interruption of this thread goes on as well.
        future.set_exception(error)
        if not isinstance(error, Exception):
            raise
