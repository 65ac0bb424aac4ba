# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: mailboxes
short_description: Mailboxes of a YAML file or a spreadsheet as inventory hosts
version_added: 0.1.0
author:
  - The mailops.mailbox contributors (@mailops)
description:
  - Makes a host of every mailbox that a YAML file declares, or a spreadsheet (CSV) that it names. Its name is the
    mailbox's C(id), its variable C(mailbox) the declaration. Its connection is always C(local), so that a mailbox is
    never logged in to as a machine.
  - All hosts are in the group C(mailboxes), and in groups by provider (C(provider_gmail), C(provider_unknown)), domain
    (C(domain_acme_example)) and tag (C(tag_outreach)). The provider is the one that is declared, else the one whose
    mail domain it is, else that of the hosts. Nothing is looked up in the network.
  - A declaration that is certainly wrong does not vanish. It becomes a host of the group C(mailboxes_invalid), which is
    part of C(mailboxes), and has the variable C(mailbox_error) instead of C(mailbox), a list of C(file), C(line),
    C(key) and C(text). So does a file that is empty, can't be read, or has a fault of its own; C(whole) is true then,
    because nobody knows how many mailboxes are behind it. C(unsorted) is true where it leaves open to which groups by
    provider, domain and tag the mailbox belongs, or to which constructed ones.
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
  source:
    description:
      - More mailboxes, in files of their own. A relative name begins at the folder of this file.
      - A file whose name ends in C(.yml) or C(.yaml) holds what O(mailboxes) takes. Every other file is a spreadsheet,
        with a first line that names the columns.
      - A column is named by a key path such as C(smtp.host), C(imap.port) or C(secret.vault.path), or as exports name
        it, such as C(from_email), C(smtp_port) or C(Daily Limit). Cells are text and never templates.
    type: list
    elements: str
    default: []
  columns:
    description:
      - Columns of the spreadsheets that have other names, with the key path that each one stands for. A column with no
        key path is left out.
    type: dict
    default: {}
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
  - Where the plugin is enabled, a spreadsheet can be an inventory by itself. Never give one to Ansible's default
    configuration, which makes a host of each line, with the whole line as its name.
"""

EXAMPLES = r"""
# mailboxes.yml, the shortest; servers are found by the domain of each address
plugin: mailops.mailbox.mailboxes
defaults:
  secret: {vault: {path: "mail/{{ inventory_hostname }}", field: app_password}}
mailboxes:
  sales01: {email: sales01@acme.example}
  support: {email: support@gmail.com}
---
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
---
# mailboxes.yml beside export.csv, which begins with: id,email,tags,Owner
plugin: mailops.mailbox.mailboxes
source: export.csv
columns:
  Owner:
defaults:
  smtp: {host: smtp.acme.example, port: 465}
  imap: {host: imap.acme.example, port: 993}
  secret: {vault: {path: "mail/{{ inventory_hostname }}", field: app_password}}
"""

import contextlib
import gc
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible import constants as C
from ansible import context
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Constructable

from ansible_collections.mailops.mailbox.plugins.module_utils._deps import missing_pydantic
from ansible_collections.mailops.mailbox.plugins.plugin_utils._entry import (
    Entry,
    address_of,
    basename,
    fault,
    merged,
    sole_secrets,
    without_secrets,
)
from ansible_collections.mailops.mailbox.plugins.plugin_utils._group_names import Constructed, has_machines, is_mailbox
from ansible_collections.mailops.mailbox.plugins.plugin_utils._mailbox_files import VAULTED, Files
from ansible_collections.mailops.mailbox.plugins.plugin_utils._mailboxes import (
    CONSTRUCTED,
    NAME,
    blame,
    is_foreign,
    name_apart,
    named,
    tell_pair,
    unusable,
)
from ansible_collections.mailops.mailbox.plugins.plugin_utils._plain import OF_FILE, trust_as_template

_OURS = ("mailbox_file", "mailbox_error")
_CHOOSE = "Choose another id."
_NOT_CONSTRUCTED = "The mailbox can't be put into groups: compose, groups or keyed_groups fail. Render them by hand."
MANY = 100
"""Mailboxes from which on the hosts are kept out of garbage collections."""


class InventoryModule(BaseInventoryPlugin, Constructable):
    """Hosts out of a file of mailboxes."""

    NAME = NAME

    def verify_file(self, path: str) -> bool:
        """Take files that name this plugin, and by its name alone mailboxes.yml or a spreadsheet, be it empty or gone.

        Whether a file is one of another plugin is told when it is read: it may be encrypted.
        """
        if path.endswith(".csv"):
            return "," not in path or Path(path).exists()
        if not path.endswith((".yml", ".yaml")) or Path(path).is_dir():
            return False
        if basename(path) in ("mailboxes.yml", "mailboxes.yaml"):
            return True
        if not super().verify_file(path):
            return False
        content = Path(path).read_bytes()
        return NAME.encode() in content or content.startswith(VAULTED)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Add the hosts; whatever goes wrong becomes a host of mailboxes_invalid.

        :raises AnsibleParserError: for a file of another plugin, which is asked next then.
        """
        super().parse(inventory, loader, path, cache)
        if path in {host.vars.get("inventory_file") for host in inventory.hosts.values() if is_mailbox(host)}:
            # It is named, and in a folder that is named, too: read again, each of its mailboxes would be a double.
            return
        try:
            data, found = self._read(path)
        except Exception as error:  # Its text could hold anything, and Ansible would only warn and go on.
            data, found = None, [self._broken(path, f"The file can't be read ({type(error).__name__}).")]
        if is_foreign(data):
            raise AnsibleParserError(f"{path} is no file of {NAME}")
        inventory.add_group("mailboxes")
        self._add_group("mailboxes_invalid")
        if isinstance(data, Mapping):
            wrong = dict(unusable(data))
            small = {key: data[key] for key in data if key in CONSTRUCTED and key not in wrong}
            self.set_options(direct={"plugin": self.NAME, **small})
        self._constructs = any(self._options.get(key) for key in ("compose", "groups", "keyed_groups"))
        self._tell_other_files(found)
        groups = {group: priority for entry in found if entry.own for group, priority in entry.groups.items()}
        constructed = self._tell_groups(path, found, set(groups))
        closed = {group for group in groups if not self._add_group(group)}
        for group in groups.keys() - closed:
            inventory.set_variable(group, "ansible_group_priority", groups[group])
        for entry in found:
            self._add(entry, closed, constructed.get(entry.name))
        if len(found) >= MANY:
            # Workers are forks: what their garbage collectors look at is copied, and all of this lasts as long as they.
            gc.freeze()

    def _add_group(self, name: str) -> bool:
        """Add a group as a child of mailboxes, so that its variables win over those of all mailboxes.

        Return whether mailboxes may be in it: what a play does with machines of that group would be done here for them.
        """
        known = self.inventory.groups.get(name)
        if known is not None and has_machines(known):
            self.display.warning(
                f"The group {name} of another inventory has hosts that are no mailboxes, so no mailbox was put into "
                "it. Rename that group, or what the mailboxes are grouped by."
            )
            return False
        self.inventory.add_group(name)
        # It may be an ancestor already, in another inventory of the user's.
        with contextlib.suppress(AnsibleError):
            self.inventory.add_child("mailboxes", name)
        return True

    def _broken(self, path: str, text: str) -> Entry:
        return Entry(basename(path), path, faults=[fault(path, 1, "", text)], whole=True)

    def _read(self, path: str) -> tuple[Any, list[Entry]]:
        if missing_pydantic() is not None:
            text = "Mailboxes can't be checked, because pydantic >= 2 is not installed."
            return None, [self._broken(path, text)]
        files = Files(self.loader, context.CLIARGS.get("inventory") or C.DEFAULT_HOST_LIST or ())
        data, found = files.entries(path)
        for note in files.notes:
            self.display.warning(note)
        return data, found

    def _tell_other_files(self, found: list[Entry]) -> None:
        """Blame an id or address that another inventory file has, too, on both; Ansible would let the last one win."""
        hosts = self.inventory.groups["mailboxes"].get_hosts()
        ours = {host.name: host for host in hosts if set(_OURS) & set(host.get_vars())}
        by_id = {name.casefold(): name for name in ours}
        by_address = {}
        for name, host in ours.items():
            file = host.get_vars().get("mailbox_file") or {}
            if address := address_of(merged(file.get("base", {}), file.get("own", {}))):
                by_address[address] = name
        for entry in found:
            # A name that was made up because there is none may be that of another file's row.
            name = named(entry.own)
            other = ours.get(by_id.get(name.casefold()) or by_address.get(entry.address, ""))
            if other is not None:
                first = _origin(other)
                tell_pair(first, entry, "id" if other.name.casefold() == name.casefold() else "email")
                self._spoil(other.name, first.faults)
            elif name and (stranger := self.inventory.hosts.get(name)) is not None:
                # Its connection would become local, and what is meant for that machine would run on the controller.
                text = "is the name of a host of another inventory. Choose another id; group mailboxes by their tags."
                entry.wrong("id", text)
                if "mailbox" in stranger.get_vars():
                    text = f"is used again in line {entry.line} of {entry.file}."
                    self._spoil(name, [fault("another inventory", 0, "id", text)])

    def _tell_groups(self, path: str, found: list[Entry], groups: set[str]) -> dict[str, Constructed]:
        """Blame each id that is the name of a group, and give the mailbox another name; return what is constructed.

        ``groups`` are those by provider, domain and tag that this file will add.
        """
        old = set(self.inventory.groups)
        _tell_named(found, old | groups)
        constructed = {}
        if self._constructs:
            constructed = {entry.name: self._construct(entry) for entry in found if not entry.faults}
        made = {group for one in constructed.values() for group in one.groups} - old - groups
        _tell_named(found, made)
        for name in self.inventory.hosts.keys() & ((groups | made) - old):
            if is_mailbox(self.inventory.hosts[name]):
                first = _origin(self.inventory.hosts[name])
                first.wrong("id", f"is the name of a group of {path}. {_CHOOSE}")
                self._spoil(name, first.faults)
        name_apart(found, old | groups | made | self.inventory.hosts.keys())
        return constructed

    def _spoil(self, name: str, faults: list[dict[str, Any]]) -> None:
        """Make a host invalid that was added before."""
        host = self.inventory.hosts[name]
        found = host.vars.get("mailbox_error") or []
        host.vars.pop("mailbox", None)
        self.inventory.add_host(name, "mailboxes_invalid")
        host.set_variable("mailbox_error", [*found, *faults])
        if not {"ansible_connection", "ansible_host"} & set(host.vars):
            host.set_variable("ansible_connection", "local")

    def _add(self, entry: Entry, closed: set[str], constructed: Constructed | None) -> None:
        inventory = self.inventory
        name = inventory.add_host(entry.name, "mailboxes")
        if not entry.faults and constructed is not None:
            try:
                constructed.apply(inventory, name)
            except Exception:
                entry.wrong("", _NOT_CONSTRUCTED)
        # By name, a host can't be told from a group.
        host = inventory.hosts[name]
        for group in entry.groups if entry.own else ():
            if group not in closed:
                inventory.add_host(name, group)
        host.set_variable("ansible_connection", "local")
        host.set_variable("ansible_python_interpreter", trust_as_template("{{ ansible_playbook_python }}"))
        if entry.faults:
            inventory.add_host(name, "mailboxes_invalid")
            # Which of the constructed groups it belongs to was not asked.
            told = [{**one, "unsorted": True} for one in entry.errors] if self._constructs else entry.errors
            host.set_variable("mailbox_error", told)
        else:
            origin = {"path": entry.file, "line": entry.line, "base": entry.base, "own": sole_secrets(entry.own)}
            host.set_variable("mailbox_file", origin)
            host.set_variable("mailbox", trust_as_template(OF_FILE))

    def _construct(self, entry: Entry) -> Constructed:
        strict = self.get_option("strict")
        variables = {"mailbox": without_secrets(entry.merged)}
        inventory, host = self.inventory, Constructed.HOST
        made = Constructed(entry.name, inventory.groups["mailboxes"], inventory.current_source)
        self.inventory = made
        try:
            self._set_composite_vars(self.get_option("compose"), variables, host, strict=strict)
            self._add_host_to_composed_groups(self.get_option("groups"), variables, host, strict=strict)
            self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host, strict=strict)
        except Exception:  # Ansible's own text quotes what it rendered, and not all of its errors are of one kind.
            entry.wrong("", _NOT_CONSTRUCTED)
        finally:
            self.inventory = inventory
        return made


def _origin(host: Any) -> Entry:
    """Return where a mailbox comes from that is a host already."""
    file = host.vars.get("mailbox_file") or {}
    return Entry(host.name, file.get("path", "another inventory"), file.get("line", 0))


def _tell_named(found: list[Entry], groups: set[str]) -> None:
    for entry in found:
        if entry.name in groups and entry.name == named(entry.own):
            blame(entry, "id", f"is the name of a group. {_CHOOSE}")
