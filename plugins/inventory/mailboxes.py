# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: mailboxes
short_description: Mailboxes of a YAML file as inventory hosts
version_added: 0.1.0
author:
  - The mailops.mailbox contributors (@mailops)
description:
  - Makes a host of every mailbox that a YAML file declares. Its name is the mailbox's C(id), its variable C(mailbox)
    the declaration. Its connection is always C(local), so that a mailbox is never logged in to as a machine.
  - All hosts are in the group C(mailboxes), and in groups by provider (C(provider_gmail), C(provider_unknown)), domain
    (C(domain_acme_example)) and tag (C(tag_outreach)).
  - A declaration that is certainly wrong does not vanish. It becomes a host of the group C(mailboxes_invalid), which is
    part of C(mailboxes), and has the variable C(mailbox_error) instead of C(mailbox), a list of C(file), C(line),
    C(key) and C(text). So does a file that is empty or can't be read.
  - What is only missing may still come from group variables, and is found by the task that uses the mailbox.
requirements:
  - python >= 3.10
  - pydantic >= 2
extends_documentation_fragment:
  - constructed
options:
  plugin:
    description: Marks the file as one of this plugin.
    type: str
    required: true
    choices: [mailops.mailbox.mailboxes]
  mailboxes:
    description:
      - The mailboxes, as a list of declarations, or as a mapping of their ids to them.
      - A declaration has the keys of O(mailops.mailbox.mailbox_connection#module:mailbox).
    type: raw
  defaults:
    description: What every mailbox of the file has unless it says otherwise. Mappings are merged, lists replaced.
    type: dict
    default: {}
  providers:
    description: By provider, as its group is named, what its mailboxes have over O(defaults).
    type: dict
    default: {}
  domains:
    description: By domain, what its mailboxes have over O(providers).
    type: dict
    default: {}
  tags:
    description: By tag, what its mailboxes have over O(domains).
    type: dict
    default: {}
notes:
  - The variable C(mailbox_defaults), set in C(group_vars) or anywhere else, is merged over what the file's templates
    say and under what the mailbox itself says. The groups are told from the file alone.
"""

EXAMPLES = r"""
# mailboxes.yml
plugin: mailops.mailbox.mailboxes
defaults:
  smtp: {host: smtp.acme.example, port: 465}
  imap: {host: imap.acme.example, port: 993}
tags:
  slow:
    probe: {timeout: 120}
mailboxes:
  sales01:
    email: sales01@acme.example
    secret: {vault: {path: mail/sales01, field: app_password}}
    tags: [outreach]
  support:
    email: support@acme.example
    secret: {vault: {path: mail/support, field: app_password}}
    tags: [slow]
keyed_groups:
  - key: mailbox.daily_limit | default(0) | string
    prefix: limit
"""

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleError
from ansible.plugins.inventory import BaseInventoryPlugin, Constructable

from ansible_collections.mailops.mailbox.plugins.module_utils._deps import missing_pydantic
from ansible_collections.mailops.mailbox.plugins.plugin_utils._mailboxes import (
    Entry,
    Lines,
    entries,
    fault,
    without_secrets,
    yaml_fault,
)

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core before 2.19, where every text is a template

    def trust_as_template(value: str) -> str:
        return value


_MAILBOX = "{{ mailbox_file.base | combine(mailbox_defaults | default({}), mailbox_file.own, recursive=true) }}"


class InventoryModule(BaseInventoryPlugin, Constructable):
    """Hosts out of a file of mailboxes."""

    NAME = "mailops.mailbox.mailboxes"

    def verify_file(self, path: str) -> bool:
        """Take files that name this plugin, and every file called mailboxes.yml, so that an empty one is noticed."""
        if not super().verify_file(path) or not path.endswith((".yml", ".yaml")):
            return False
        if path.endswith(("mailboxes.yml", "mailboxes.yaml")):
            return True
        return self.NAME.encode() in Path(path).read_bytes()

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Add the hosts; whatever goes wrong becomes a host of mailboxes_invalid."""
        super().parse(inventory, loader, path, cache)
        for group in ("mailboxes", "mailboxes_invalid"):
            inventory.add_group(group)
        inventory.add_child("mailboxes", "mailboxes_invalid")
        data, found = self._read(path)
        if isinstance(data, Mapping):
            small = {key: data[key] for key in data if key in ("strict", "compose", "groups", "keyed_groups")}
            small |= {key: data[key] for key in data if key in ("leading_separator", "use_extra_vars")}
            self.set_options(direct={"plugin": self.NAME, **small})
        for entry in found:
            self._add(entry, path)

    def _read(self, path: str) -> tuple[Any, list[Entry]]:
        name = path.rpartition("/")[2]

        def broken(what: dict[str, Any]) -> tuple[Any, list[Entry]]:
            return None, [Entry(name, faults=[what])]

        if missing_pydantic() is not None:
            return broken(fault(path, 1, "", "Mailboxes can't be checked, because pydantic >= 2 is not installed."))
        try:
            contents, _shown = self.loader._get_file_contents(path)
            lines = Lines(contents.decode("utf-8"))
            known = inspect.signature(self.loader.load_from_file).parameters
            options = {"trusted_as_template": True} if "trusted_as_template" in known else {}
            data = self.loader.load_from_file(path, cache="none" if options else False, **options)
            return data, entries(path, data, lines)
        except yaml.YAMLError as error:
            return broken(yaml_fault(path, error))
        except UnicodeDecodeError:
            return broken(fault(path, 1, "", "The file can't be read, because it is not UTF-8."))
        except Exception as error:
            # Ansible's own text may quote the line, and with it a password.
            return broken(fault(path, 1, "", f"The file can't be read ({type(error).__name__})."))

    def _add(self, entry: Entry, path: str) -> None:
        inventory = self.inventory
        old = inventory.get_host(entry.name)
        if old is not None and ({"mailbox_file", "mailbox_error"} & set(old.get_vars())):
            entry.faults.append(fault(path, entry.line, "id", "is used already in another inventory file."))
            entry.name = f"{entry.name}_{path.rpartition('/')[2]}_line_{entry.line}"
        name = inventory.add_host(entry.name, "mailboxes")
        shown = without_secrets(entry.merged)
        if not entry.faults and self._options:
            self._construct(entry, name, shown, path)
        for group in entry.groups if entry.own else ():
            inventory.add_child(inventory.add_group(group), name)
        inventory.set_variable(name, "ansible_connection", "local")
        inventory.set_variable(name, "ansible_python_interpreter", trust_as_template("{{ ansible_playbook_python }}"))
        if entry.faults:
            inventory.add_child("mailboxes_invalid", name)
            inventory.set_variable(name, "mailbox_error", entry.faults)
        else:
            inventory.set_variable(name, "mailbox_file", {"base": entry.base, "own": entry.own})
            inventory.set_variable(name, "mailbox", trust_as_template(_MAILBOX))

    def _construct(self, entry: Entry, name: str, shown: dict[str, Any], path: str) -> None:
        strict = self.get_option("strict")
        variables = {"mailbox": shown}
        try:
            self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
            self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
            self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)
        except AnsibleError:
            # Ansible's own text quotes what it rendered.
            text = "can't be put into its groups: compose, groups or keyed_groups fail for it. Render them by hand."
            entry.faults.append(fault(path, entry.line, "", text))
