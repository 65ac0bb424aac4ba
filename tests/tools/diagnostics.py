# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/diagnostics.md from the rules: one anchor for every category.

Usage: python tests/tools/diagnostics.py > docs/diagnostics.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from diagnostics_texts import MEANINGS

from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.notices import NOTICES
from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.provider import TITLES
from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.rules.book import RULES
from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.rules.model import Rule
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Category, PasswordAtFault

_PASSWORD = {
    PasswordAtFault.YES: "yes",
    PasswordAtFault.NO: "no",
    PasswordAtFault.UNKNOWN: "perhaps",
}
_HEAD = """\
<!--
Copyright (c) 2026, the mailops.mailbox contributors
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
-->

# Diagnostics

Every failure in a result has a `category`. This page says what each one means, what to do, and which replies of servers
lead to it. It is generated from the rules; the words of a single failure in a result are more exact than this page,
because they know both protocols of the mailbox.

- **failed** needs a definite answer. **inconclusive** is what says nothing about the mailbox: replies of the class 4xx,
  limits, silence, faults of the own network.
- **Password at fault: no** means that changing the password can't help, and may do harm.
- Causes are listed likeliest first.
"""


def page() -> str:
    """Return the whole page."""
    parts = [_HEAD, "## Categories\n\n" + "\n".join(f"- [{c.value}](#{c.value})" for c in Category) + "\n"]
    group = ""
    for category in Category:
        name = category.value.partition(".")[0]
        if name != group:
            group = name
            parts.append(f"## {group}\n")
        parts.append("\n".join(_section(category)))
    parts.append("\n".join(_notices()))
    return "\n".join(parts)


def _section(category: Category) -> Iterator[str]:
    yield f'<a id="{category.value}"></a>\n'
    yield f"### {category.value}\n"
    yield f"{MEANINGS[category]}\n"
    rules = [rule for rule in RULES if rule.category is category]
    if rules:
        yield "| rule | seen at | means | password at fault |"
        yield "|---|---|---|---|"
        for rule in rules:
            yield f"| `{rule.id}` | {_where(rule)} | {rule.because} | {_PASSWORD[rule.password_at_fault]} |"
        yield "\nCauses and remedies:\n"
        seen = set()
        for rule in rules:
            for cause in rule.causes:
                if (cause.cause, cause.remedy) not in seen:
                    seen.add((cause.cause, cause.remedy))
                    yield f"- {cause.cause} {cause.remedy}"
        yield ""


def _where(rule: Rule) -> str:
    protocols = "/".join(sorted((p.value.upper() for p in rule.protocols), reverse=True))
    providers = ", ".join(TITLES.get(name, name) for name in sorted(rule.providers))
    return f"{protocols}, {providers}" if providers else protocols


def _notices() -> Iterator[str]:
    yield "## Warnings\n"
    yield "What works and still is worth a word. An id can be turned off by `ignore_checks`.\n"
    for notice, text in NOTICES.items():
        yield f'<a id="{notice}"></a>\n\n- `{notice}`: {text}'
    yield ""


if __name__ == "__main__":
    sys.stdout.write(page())
