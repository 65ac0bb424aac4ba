# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Filtering services as mail exchangers: they receive for others, so MX does not tell who runs the mailboxes."""

from __future__ import annotations


def gateway_of(exchange: str) -> str:
    """Return what the filtering service at a mail exchanger is called, or an empty text."""
    return ""
