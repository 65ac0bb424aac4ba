# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The options that say how servers are found: those of every look-up, and ``discovery``, which holds them."""

from __future__ import annotations

from typing import Any

from .._discovery.lookup import SOURCES, STAND_IN
from .network import NETWORK_OPTIONS

LOOKUP_OPTIONS: dict[str, Any] = {
    "timeout": {"type": "float", "default": 10.0},
    "sources": {"type": "list", "elements": "str", "choices": list(SOURCES)},
    "autoconfig_user": {"type": "str", "default": STAND_IN},
    "ispdb_url": {"type": "str"},
    "ispdb_path": {"type": "path"},
    **NETWORK_OPTIONS,
}
"""What ``discovery`` and ``mailbox_settings_info`` have in common."""

DISCOVERY_OPTIONS: dict[str, Any] = {
    "discovery": {"type": "dict", "options": {"enabled": {"type": "bool", "default": True}, **LOOKUP_OPTIONS}},
}
"""An argument_spec with the one option ``discovery``; documented by the fragment ``mailops.mailbox.discovery``."""
