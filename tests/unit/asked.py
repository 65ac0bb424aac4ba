# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Zones in memory: an ``ask`` over a mapping of names to records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.mailops.mailbox.plugins.module_utils._dns.answer import Answer, Mx, Outcome

Records = Mapping[str, Mapping[str, Any]]


class Zones:
    """Answers from ``{name: {kind: [records]}}``; an :class:`Outcome` in place of the list is given back as it is."""

    def __init__(self, records: Records) -> None:
        self.records = {name.lower().rstrip("."): dict(kinds) for name, kinds in records.items()}
        self.asked: list[tuple[str, str]] = []

    def __call__(self, name: str, kind: str) -> Answer:
        self.asked.append((name, kind))
        name, aliases = name.lower().rstrip("."), []
        if any(not 0 < len(label) < 64 for label in name.split(".")) or len(name) > 253:
            return Answer(name, kind, Outcome.BAD_NAME)
        target = name
        while kind != "CNAME" and "CNAME" in self.records.get(target, {}) and len(aliases) < 8:
            target = self.records[target]["CNAME"][0]
            aliases.append(target)
        kinds = self.records.get(target)
        if kinds is None:
            below = any(other.endswith(f".{target}") for other in self.records)
            return Answer(name, kind, Outcome.NO_DATA if below else Outcome.NXDOMAIN, aliases=tuple(aliases))
        found = kinds.get(kind, kinds.get("*", []))
        if isinstance(found, Outcome):
            return Answer(name, kind, found, aliases=tuple(aliases))
        records = tuple(_record(kind, one) for one in found)
        return Answer(name, kind, Outcome.FOUND if records else Outcome.NO_DATA, records, tuple(aliases))


def _record(kind: str, value: Any) -> Any:
    if kind == "TXT":
        return value if isinstance(value, bytes) else value.encode("utf-8")
    if kind == "MX":
        return value if isinstance(value, Mx) else Mx(*value)
    return value
