# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The options that say who is asked over the network, and who is trusted."""

from __future__ import annotations

from typing import Any

NETWORK_OPTIONS: dict[str, Any] = {
    "nameservers": {"type": "list", "elements": "str"},
    "dns_port": {"type": "int", "default": 53},
    "ca": {"type": "path"},
    "allow_private": {"type": "bool", "default": False},
}
"""Documented by the fragment ``mailops.mailbox.network``, and inside of ``discovery`` by that one's."""
