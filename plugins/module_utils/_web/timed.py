# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Reading from a connection under one deadline: a peer that sends a byte now and then gains nothing by it."""

from __future__ import annotations

import io
import ssl

from .._dns.deadline import left
from .trouble import FetchError, FetchTrouble

_OVERHEAD = 262144
"""Octets for the head of a response, and for the framing of a small one in chunks."""


class Timed(io.RawIOBase):
    """What comes over ``tls``, until ``deadline``, and not much more than ``max_bytes`` of it.

    It stands in for the socket where :class:`http.client.HTTPResponse` wants one.
    """

    def __init__(self, tls: ssl.SSLSocket, deadline: float, max_bytes: int) -> None:
        super().__init__()
        self._tls, self._deadline = tls, deadline
        self._allowed = 2 * max_bytes + _OVERHEAD

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return the buffered reader that http.client reads from."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """Yes, as io wants to know."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read what there is. Raises TimeoutError, OSError, and :class:`FetchError` past the limit."""
        self._tls.settimeout(left(self._deadline))
        size = self._tls.recv_into(buffer)
        self._allowed -= size
        if self._allowed < 0:
            raise FetchError(FetchTrouble.TOO_LARGE, "The response is larger than what is read of one.")
        return size
