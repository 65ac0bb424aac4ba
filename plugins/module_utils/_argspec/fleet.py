# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The options of ``mailbox_fleet``."""

from __future__ import annotations

from typing import Any

from .discovery import DISCOVERY_OPTIONS
from .registry import REGISTRY_OPTIONS
from .vault import VAULT_OPTIONS

FLEET_OPTIONS: dict[str, Any] = {
    "hosts": {"type": "list", "elements": "str"},
    "mailboxes": {"type": "list", "elements": "raw", "no_log": True},
    "state": {"type": "str", "choices": ["verified", "present"], "default": "present"},
    "vault": {"type": "dict", "options": VAULT_OPTIONS},
    **REGISTRY_OPTIONS,
    **DISCOVERY_OPTIONS,
    "allow_partial": {"type": "bool", "default": False},
    "retry_refused_after": {"type": "int", "default": 86400, "no_log": False},
    "force": {"type": "bool", "default": False},
    "fail": {"type": "str", "choices": ["policy", "never"], "default": "policy"},
    "on_invalid": {"type": "str", "choices": ["fail", "isolate"], "default": "isolate"},
    "policy": {
        "type": "dict",
        "options": {
            "max_failures": {"type": "int"},
            "max_failure_percent": {"type": "float"},
            "required": {"type": "list", "elements": "str"},
            "min_capacity": {"type": "int"},
            "on_inconclusive": {
                "type": "str",
                "choices": ["last_known", "fail", "pass"],
                "default": "last_known",
            },
            "last_known_max_age": {"type": "int", "default": 86400},
        },
    },
    "pace": {
        "type": "dict",
        "options": {
            "concurrency": {"type": "int"},
            "per_destination": {"type": "int"},
            "logins_per_minute": {"type": "dict"},
            "retries": {"type": "int"},
        },
    },
    "shard": {
        "type": "dict",
        "options": {
            "of": {"type": "list", "elements": "str", "required": True},
            "name": {"type": "str", "required": True},
            "lacking": {"type": "str"},
        },
    },
    "collect": {
        "type": "dict",
        "options": {
            "from": {"type": "list", "elements": "str", "required": True},
            "of": {"type": "list", "elements": "str", "required": True},
        },
    },
    "detail": {"type": "str", "choices": ["compact", "full"], "default": "compact"},
    "fleet": {"type": "str"},
    "prune": {"type": "bool", "default": False},
    "prune_max": {"type": "float", "default": 10.0},
    "journal": {"type": "path"},
    "rebuild": {"type": "bool", "default": False},
    "report": {
        "type": "dict",
        "options": {
            "json": {"type": "path"},
            "junit": {"type": "path"},
            "prometheus": {"type": "path"},
            "html": {"type": "path"},
        },
    },
    "progress": {"type": "str", "choices": ["auto", "on", "off"], "default": "auto"},
}
"""``mailboxes`` is raw, so that a bad declaration is the verdict of that mailbox and not the end of the task."""

MUTUALLY_EXCLUSIVE = [("hosts", "mailboxes"), ("shard", "collect"), ("shard", "mailboxes")]
TRAVELLING = "results_by_id"
"""The name of the results between a probe host and the controller."""
