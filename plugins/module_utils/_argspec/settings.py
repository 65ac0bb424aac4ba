# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The options of ``mailbox_settings_info``."""

from __future__ import annotations

from typing import Any

from .._models.names import AUTO_PROVIDER
from .discovery import LOOKUP_OPTIONS

SETTINGS_OPTIONS: dict[str, Any] = {
    "email": {"type": "list", "elements": "str", "required": True},
    "provider": {"type": "str", "default": AUTO_PROVIDER},
    **LOOKUP_OPTIONS,
    "ignore_checks": {"type": "list", "elements": "str"},
    "fail_on_missing": {"type": "bool", "default": False},
}
