# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/providers.md is what the table says now."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from ansible_collections.mailops.mailbox.plugins.module_utils._providers.table import PROVIDERS

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "providers.md").read_text(encoding="utf-8")


def test_page_is_fresh() -> None:
    """A changed table needs the page written again: python tests/tools/providers.py > docs/providers.md."""
    # By its path: the folder of these tests bears the same name.
    spec = importlib.util.spec_from_file_location("providers_page", ROOT / "tests" / "tools" / "providers.py")
    assert spec is not None and spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.page() == TEXT


def test_everything_is_on_the_page() -> None:
    """Names, servers, steps, and every source with its date."""
    plain = " ".join(TEXT.split())
    for provider in PROVIDERS:
        assert f'<a id="{provider.name}"></a>' in TEXT
        for variant in provider.variants:
            assert f"| `{variant.name}` |" in TEXT
            for service in variant.services:
                assert f"`{service.host}:{service.port}`" in TEXT
        for step in provider.preparation:
            assert step.text in plain
        for source in provider.sources.values():
            assert f"]({source.url}), {source.seen}\n" in TEXT


def test_page_says_that_facts_age() -> None:
    """A reader learns how old the oldest and the newest are."""
    dates = sorted(source.seen for provider in PROVIDERS for source in provider.sources.values())
    plain = " ".join(TEXT.split())
    assert "Facts age." in plain
    assert f"The oldest source is of {dates[0]}, the newest of {dates[-1]}" in plain
