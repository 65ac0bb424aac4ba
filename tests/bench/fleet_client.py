# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet run without Ansible, as one process of the bench: arguments of ``mailbox_fleet`` (JSON) on standard input.

``healthy`` lists the ids that have to be verified; when the last of them was done is told apart.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.mailops.mailbox.plugins.module_utils._argspec.fleet import FLEET_OPTIONS
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet import journal
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.options import declared_in, run


def main() -> None:
    """Run the fleet and tell what came of it."""
    given = json.load(sys.stdin)
    healthy = set(given.pop("healthy"))
    checked = ArgumentSpecValidator(FLEET_OPTIONS).validate(given)
    if checked.error_messages:
        sys.exit("\n".join(checked.error_messages))
    params = checked.validated_parameters
    done_at: dict[str, float] = {}
    add = journal.Journal.add

    def note(self: journal.Journal, mailbox: str, result: Mapping[str, Any]) -> None:
        done_at[mailbox] = time.monotonic()
        add(self, mailbox, result)

    journal.Journal.add = note  # type: ignore[method-assign]
    began = time.monotonic()
    outcome = run(params, declared_in(params["mailboxes"]), check_mode=False, diff=False)
    took = time.monotonic() - began
    results = outcome.result["results"]
    verified = {name for name, one in results.items() if one["status"] == "verified"}
    why = Counter(failure["category"] for one in results.values() for failure in one.get("failures", ()))
    told = {
        "run_s": took,
        "healthy_s": max((done_at[name] for name in healthy), default=began) - began,
        "missing": sorted(healthy - verified)[:5],
        "verified": len(verified),
        "others": len(results) - len(verified),
        "categories": dict(why),
        "held": sum(1 for one in results.values() if one["reason"] == "breaker_open"),
    }
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
