# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Why a page could not be had."""

from __future__ import annotations

from enum import Enum


class FetchTrouble(str, Enum):
    """What was in the way."""

    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    REDIRECT_REFUSED = "redirect_refused"
    PRIVATE_ADDRESS = "private_address"
    STATUS = "status"
    MALFORMED = "malformed"


class FetchError(Exception):
    """No page. ``text`` is a sentence for people without the URL's query; ``status`` is HTTP's, where there was one."""

    def __init__(self, trouble: FetchTrouble, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.trouble, self.text, self.status = trouble, text, status
