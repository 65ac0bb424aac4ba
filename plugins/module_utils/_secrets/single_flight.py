# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Does a piece of work once per key, whoever asks first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from .trouble import Trouble, VaultTrouble

T = TypeVar("T")


class _Slot(Generic[T]):
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.done: tuple[T] | None = None
        self.trouble: Trouble | None = None


class SingleFlight(Generic[T]):
    """A cache with a lock per key: threads that want the same thing wait for one of them, others don't wait.

    A :class:`VaultTrouble` is remembered too, unless it may pass by itself.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slots: dict[Hashable, _Slot[T]] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what ``make`` returned for this key, now or before."""
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
        with slot.lock:
            if slot.trouble is not None:
                raise VaultTrouble(slot.trouble)
            if slot.done is None:
                try:
                    slot.done = (make(),)
                except VaultTrouble as error:
                    if not error.trouble.retryable:
                        slot.trouble = error.trouble
                    raise
            return slot.done[0]
