# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page about discovery says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.discover import AT_ONCE, DiscoveryOptions
from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.lookup import STAND_IN, Id
from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.rank import ORDER

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "discovery.md").read_text(encoding="utf-8")


def test_every_finding_has_a_row_and_every_row_a_finding() -> None:
    assert sorted(re.findall(r"^\| `(discovery\.[a-z0-9_]+)`", PAGE, re.MULTILINE)) == sorted(one.value for one in Id)


def test_the_table_of_trust_has_the_order_of_the_code() -> None:
    rows = re.findall(r"^\| (\d+) \| .* \| (high|medium|low) \|", PAGE, re.MULTILINE)
    assert rows == [(str(number), trust.value) for number, (trust, _origin) in enumerate(ORDER, 1)]


def test_numbers_and_names_are_those_of_the_code() -> None:
    assert f"({DiscoveryOptions().timeout:g})" in PAGE
    assert f"`{STAND_IN}@`" in PAGE
    assert AT_ONCE == 8 and "eight domains side by side" in PAGE
