# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The options of ``mailbox_settings_info``."""

from __future__ import annotations

from typing import Any

from .._discovery.lookup import SOURCES, STAND_IN

SETTINGS_OPTIONS: dict[str, Any] = {
    "email": {"type": "list", "elements": "str", "required": True},
    "provider": {"type": "str", "default": "auto"},
    "sources": {"type": "list", "elements": "str", "choices": list(SOURCES), "default": list(SOURCES)},
    "timeout": {"type": "float", "default": 10.0},
    "nameservers": {"type": "list", "elements": "str"},
    "dns_port": {"type": "int", "default": 53},
    "autoconfig_user": {"type": "str", "default": STAND_IN},
    "ispdb_url": {"type": "str"},
    "ispdb_path": {"type": "path"},
    "ca": {"type": "path"},
    "allow_private": {"type": "bool", "default": False},
    "ignore_checks": {"type": "list", "elements": "str"},
    "fail_on_missing": {"type": "bool", "default": False},
}
