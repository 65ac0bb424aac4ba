# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/diagnostics.md is what the rules say now, and has an anchor for every category."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.rules.book import RULES
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Category

ROOT = Path(__file__).parents[3]


def test_page_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed rule needs the page written again: python tests/tools/diagnostics.py > docs/diagnostics.md."""
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "tools"))
    page = importlib.import_module("diagnostics").page()
    assert (ROOT / "docs" / "diagnostics.md").read_text(encoding="utf-8") == page


def test_every_category_has_an_anchor() -> None:
    """A result's category leads somewhere."""
    text = (ROOT / "docs" / "diagnostics.md").read_text(encoding="utf-8")
    missing = [category.value for category in Category if f'<a id="{category.value}"></a>' not in text]
    assert missing == []


def test_every_rule_is_on_the_page() -> None:
    """A category's part of the page lists the rules that lead to it."""
    text = (ROOT / "docs" / "diagnostics.md").read_text(encoding="utf-8")
    missing = [rule.id for rule in RULES if f"`{rule.id}`" not in text]
    assert missing == []
