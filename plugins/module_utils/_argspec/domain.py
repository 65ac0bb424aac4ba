# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The options of ``mailbox_domain_info``."""

from __future__ import annotations

from typing import Any

from .._models.names import FailOn
from .network import NETWORK_OPTIONS

DOMAIN_OPTIONS: dict[str, Any] = {
    "domains": {"type": "list", "elements": "str", "required": True, "aliases": ["domain"]},
    "provider": {"type": "str"},
    "dkim_selectors": {"type": "list", "elements": "str"},
    "envelope_domain": {"type": "str"},
    "dkim_domains": {"type": "list", "elements": "str"},
    "sending_ips": {"type": "list", "elements": "str"},
    "tracking_hosts": {"type": "list", "elements": "str"},
    "blocklists": {"type": "list", "elements": "str", "no_log": True},
    "timeout": {"type": "float", "default": 15.0},
    **NETWORK_OPTIONS,
    "ignore_findings": {"type": "list", "elements": "str"},
    "fail_on": {"type": "str", "choices": [one.value for one in FailOn], "default": FailOn.NEVER.value},
}
"""``blocklists`` may hold the key of a customer in a name."""
