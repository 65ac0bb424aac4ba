# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Hosts and groups of the same name.

Where a variable is set by name, Ansible's inventory takes such a name for the group, and where a play names it, for the
host. So a mailbox could make machines local ones, and what is meant for machines could run on the controller.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.inventory.group import Group
from ansible.inventory.host import Host

MARKS = frozenset({"mailbox", "mailbox_file", "mailbox_error"})
"""The variables of which a mailbox has at least one."""
_SHOWN = 5


def is_mailbox(host: Any) -> bool:
    """Tell whether an inventory host is a mailbox, be it an invalid one."""
    return not MARKS.isdisjoint(host.vars)


def has_machines(group: Any) -> bool:
    """Tell whether a group has hosts that are no mailboxes."""
    return not all(is_mailbox(host) for host in group.get_hosts())


def shared_names(groups: Mapping[str, Any], hosts: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each mailbox whose name is also that of a group with other hosts."""
    told = []
    for name in sorted(groups.keys() & hosts.keys()):
        others = [host.name for host in groups[name].get_hosts() if host.name != name]
        if others and is_mailbox(hosts[name]):
            some = ", ".join(others[:_SHOWN]) + (", …" if len(others) > _SHOWN else "")
            told.append(
                f"{name} is the name of a mailbox and of a group of other hosts ({some}). A play with hosts: {name} "
                "would run for the mailbox alone, and on the controller. Choose another id, or rename the group."
            )
    return told


class Constructed:
    """What ``compose``, ``groups`` and ``keyed_groups`` make of a mailbox, until the names of all groups are known.

    Stands in for the inventory while they are rendered.
    """

    HOST = "\0"
    """The host where a method asks for its name, which no group can have."""

    def __init__(self, name: str, mailboxes: Group, source: str | None) -> None:
        """Take the name of the host, its group, and the inventory it is from."""
        self._host = Host(name)
        self._host.add_group(mailboxes)
        self._host.set_variable("inventory_file", source)
        self._variables: dict[str, Any] = {}
        self._steps: list[tuple[str, str | None]] = []

    @property
    def groups(self) -> set[str]:
        """The names of all groups."""
        return {group for group, _child in self._steps}

    def get_host(self, _name: str) -> Host:
        """Return the host as it is by then."""
        return self._host

    def set_variable(self, _name: str, key: str, value: Any) -> None:
        """Set a variable of the host."""
        self._variables[key] = value
        self._host.set_variable(key, value)

    def add_group(self, name: str) -> str:
        """Add a group and return its name, in which Ansible may replace letters."""
        name = Group(name).name
        self._steps.append((name, None))
        return name

    def add_host(self, name: str, group: str) -> None:
        """Put the host into a group."""
        self.add_child(group, name)

    def add_child(self, group: str, child: str) -> None:
        """Put the host, or another group, into a group."""
        self._steps.append((Group(group).name, child))

    def apply(self, inventory: Any, name: str) -> None:
        """Make all of it in an inventory.

        :raises AnsibleError: where groups would hold each other.
        """
        for key, value in self._variables.items():
            inventory.hosts[name].set_variable(key, value)
        for group, child in self._steps:
            inventory.add_group(group)
            if child == self.HOST:
                inventory.add_host(name, group)
            elif child is not None:
                inventory.add_child(group, child)
