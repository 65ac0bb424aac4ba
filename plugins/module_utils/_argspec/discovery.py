# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The option that says how servers are found that a declaration leaves out."""

from __future__ import annotations

from typing import Any

from .._discovery.lookup import SOURCES, STAND_IN

DISCOVERY_OPTIONS: dict[str, Any] = {
    "discovery": {
        "type": "dict",
        "options": {
            "enabled": {"type": "bool", "default": True},
            "timeout": {"type": "float", "default": 10.0},
            "sources": {
                "type": "list",
                "elements": "str",
                "choices": list(SOURCES),
            },
            "nameservers": {"type": "list", "elements": "str"},
            "dns_port": {"type": "int", "default": 53},
            "autoconfig_user": {"type": "str", "default": STAND_IN},
            "ispdb_url": {"type": "str"},
            "ispdb_path": {"type": "path"},
            "ca": {"type": "path"},
            "allow_private": {"type": "bool", "default": False},
        },
    },
}
"""An argument_spec with the one option ``discovery``; documented by the fragment ``mailops.mailbox.discovery``."""
