# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/domain.md has every finding, as the rules word it."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._domain.ids import RULES
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.inspect import ORDER
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.message import TITLES

ROOT = Path(__file__).parents[3]


def test_the_tables_are_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed rule needs them written again: python tests/tools/domain_findings.py."""
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "tools"))
    text = (ROOT / "docs" / "domain.md").read_text(encoding="utf-8")
    assert importlib.import_module("domain_findings").page(text) == text


def test_every_finding_is_an_anchor() -> None:
    text = (ROOT / "docs" / "domain.md").read_text(encoding="utf-8")
    assert [name for name in RULES if text.count(f'<a id="{name}"></a>') != 1] == []


def test_every_finding_belongs_to_a_section() -> None:
    assert tuple(TITLES) == ORDER
    assert {name.partition(".")[0] for name in RULES} - {"domain"} == set(ORDER)
