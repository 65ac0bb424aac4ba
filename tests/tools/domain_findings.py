# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes the tables of findings in docs/domain.md from the rules: python tests/tools/domain_findings.py."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.mailops.mailbox.plugins.module_utils._domain.ids import RULES
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.message import TITLES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "domain.md"
BEGIN, END = "<!-- findings: written by tests/tools/domain_findings.py -->", "<!-- end of findings -->"


def tables() -> str:
    """Return a table for each mechanism; every id is an anchor."""
    lines = [BEGIN]
    for section, title in {**TITLES, "domain": "the inspection itself"}.items():
        lines += [
            "",
            f"### {title[:1].upper()}{title[1:]}",
            "",
            "| id | severity | means | reference |",
            "|---|---|---|---|",
        ]
        for name, rule in RULES.items():
            if name.partition(".")[0] == section:
                lines.append(
                    f'| <a id="{name}"></a>`{name}` | {rule.severity.value} | {rule.title} | {rule.reference} |'
                )
    return "\n".join([*lines, "", END])


def page(text: str) -> str:
    """Return the page with its tables as the rules have them."""
    before, _begin, rest = text.partition(BEGIN)
    return before + tables() + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
