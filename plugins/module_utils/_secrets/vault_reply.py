# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""A reply of Vault, by whichever way it came."""

from __future__ import annotations

from collections.abc import Mapping
from email.message import Message
from json import loads
from typing import Any


class Reply:
    """A reply, as far as hvac and we look at one of requests."""

    def __init__(self, status: int, headers: Mapping[str, str] | Message, body: bytes) -> None:
        self.status_code = status
        self.headers = headers
        self._body = body

    @property
    def ok(self) -> bool:
        """Whether the status is no error."""
        return self.status_code < 400

    @property
    def text(self) -> str:
        """The body as text; what is no UTF-8 is replaced."""
        return self._body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return what the body says. Raises :class:`ValueError` where it is not JSON."""
        return loads(self._body)
