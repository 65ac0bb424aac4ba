# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mailboxes and groups of the same name."""

from __future__ import annotations

import pytest
from ansible.inventory.data import InventoryData

from ansible_collections.mailops.mailbox.plugins.plugin_utils._group_names import shared_names


@pytest.fixture
def inventory() -> InventoryData:
    made = InventoryData()
    for name in ("web", "db", "sales"):
        made.add_host(name)
    made.hosts["web"].set_variable("mailbox", {})
    made.hosts["sales"].set_variable("mailbox_error", [])
    return made


def test_a_mailbox_alone_in_a_group_of_its_name_takes_nobodys_place(inventory: InventoryData) -> None:
    for name in ("web", "db", "sales"):
        inventory.add_group(name)
        inventory.add_host(name, name)
    inventory.add_host("db1", "db")
    assert shared_names(inventory.groups, inventory.hosts) == []


def test_a_mailbox_beside_a_group_of_its_name_is_told(inventory: InventoryData) -> None:
    for name in ("web", "sales", "below"):
        inventory.add_group(name)
    for number in range(7):
        inventory.add_host(f"web{number}", "web")
    inventory.add_child("sales", "below")
    inventory.add_host("seller", "below")
    sales, web = shared_names(inventory.groups, inventory.hosts)
    assert "(seller)" in sales
    assert "web is the name of a mailbox and of a group of other hosts (web0, web1, web2, web3, web4, …)." in web
