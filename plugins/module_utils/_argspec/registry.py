# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The option that says where mailboxes are registered."""

from __future__ import annotations

from typing import Any

REGISTRY_OPTIONS: dict[str, Any] = {
    "registry": {
        "type": "dict",
        "apply_defaults": True,
        "options": {
            "type": {"type": "str", "choices": ["sqlite"], "default": "sqlite"},
            "path": {"type": "path"},
            "timeout": {"type": "int", "default": 10},
        },
    },
}
"""An argument_spec with the one option ``registry``; documented by the fragment ``mailops.mailbox.registry``."""
