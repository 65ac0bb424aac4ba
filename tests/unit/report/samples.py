# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of real probes (results.json, from the lab), and fleets made of them."""

from __future__ import annotations

import copy
import json
from collections import Counter
from pathlib import Path
from typing import Any

RESULTS: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "results.json").read_text(encoding="utf-8"))
STARTED = "2026-11-21T05:00:00Z"

# What a hostile server or declaration would put into every text that it can reach.
HOSTILE = "</script><script>alert(1)</script>\"'&<!--]]>\u2028\u2029\x00\x1b[31m\ud800\n{}\\"


def fleet_of(full: dict[str, dict[str, Any]], started: str = STARTED, **changes: Any) -> dict[str, Any]:
    """Return a fleet result around full results, as the fleet run makes it."""
    found = Counter(result["status"] for result in full.values())
    passed = not found["failed"] and not found["partial"]
    return {
        "contract": 1,
        "changed": False,
        "counts": {name: found[name] for name in ("verified", "partial", "failed", "inconclusive", "skipped")},
        "policy": {"passed": passed, "reasons": [] if passed else ["2 mailboxes fail, and none may."]},
        "summary": [
            {
                "category": "auth.credentials",
                "provider": "gmail",
                "protocol": "smtp",
                "count": 37,
                "ids": ["wrong-password"],
                "sentence": "37 mailboxes (Google): the server refused the user name or the password.",
                "remedy": "Create an app password.",
            }
        ],
        "run": {
            "started_at": started,
            "duration_ms": 12345.6,
            "expected_s": 10.0,
            "interrupted": False,
            "fleet": "acme",
            "auth_breaker": [],
        },
        "pruned": [],
        "msg": "",
        **changes,
    }


def variant(name: str, **changes: Any) -> dict[str, Any]:
    """Return a copy of a real result with some keys changed."""
    return {**copy.deepcopy(RESULTS[name]), **changes}


def poisoned() -> dict[str, dict[str, Any]]:
    """Return results in which every text is hostile, the ids too; what programs decide by is left."""
    kept = {"status", "stage", "protocol", "security", "result"}

    def poison(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: poison(inner, name) for name, inner in value.items()}
        if isinstance(value, list):
            return [poison(inner, key) for inner in value]
        return value if not isinstance(value, str) or key in kept else value + HOSTILE

    found = {}
    for name, result in RESULTS.items():
        found[name + HOSTILE] = {
            **poison(result),
            "mailbox": {"email": HOSTILE, "provider": HOSTILE, "tags": [HOSTILE]},
        }
    return found
