# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Which inventory sources Ansible did not read. It only warns of them, and goes on with what is left."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import yaml
from ansible.inventory.manager import IGNORED

from ansible_collections.mailops.mailbox.plugins.plugin_utils._lines import LOADER, line_of

# The default that Ansible takes where no inventory is named; it need not exist.
_NOT_NAMED = "/etc/ansible/hosts"
_PLUGIN = re.compile(rb"""^["']?(\w+)["']?\s*:\s*["']?(mailops\.mailbox\.\w+)""", re.MULTILINE)
_OURS = (b"plugin", b"mailops.mailbox.mailboxes")
_YAML = (".yml", ".yaml")
_HAS_TO_BE = "it has to be plugin: mailops.mailbox.mailboxes"
_AGAIN = "To see Ansible's own words: ansible-inventory --list -i"


def unread_sources(sources: Iterable[str], read: Collection[str], gave_hosts: Collection[str]) -> list[str]:
    """Return a sentence for each source of which Ansible made nothing.

    ``sources`` are those that were named, ``read`` those that a plugin took, ``gave_hosts`` the files of all hosts. No
    sentence quotes a file, because it may hold passwords.
    """
    told = []
    for source in _each(sources):
        if source not in read:
            if source != _NOT_NAMED or os.path.lexists(source):
                told.append(_unread(source))
        elif source not in gave_hosts and (text := _useless(source)):
            told.append(text)
    return told


def _each(sources: Iterable[str]) -> Iterator[str]:
    """Yield the sources, of a directory its files as Ansible walks through them."""
    for source in map(str, sources):
        if "," in source or not stat.S_ISDIR(_mode(source)):
            yield source
        else:
            names = sorted(path.name for path in Path(source).iterdir())
            folder = source.rstrip("/")
            yield from _each(f"{folder}/{name}" for name in names if not IGNORED.search(os.fsencode(name)))


def _unread(source: str) -> str:
    if "," in source:
        return f"The inventory source {source} is no list of hosts. Correct it, or leave it out."
    if not _mode(source):
        what = "is a link to a file that does not exist" if os.path.lexists(source) else "does not exist"
        return f"The inventory source {source} {what}. Correct the path behind -i, or inventory in ansible.cfg."
    if not os.access(source, os.R_OK):
        return f"The inventory source {source} may not be read by this user. Correct its rights or its owner."
    content = _content(source)
    found = _PLUGIN.search(content)
    line = _slip(content) if source.endswith(_YAML) else 0
    why = ""
    if line:
        why = f"It is not YAML from line {line} on, or just before it. "
    elif found and found.groups() != _OURS:
        why = f"It says {found[1].decode()}: {found[2].decode()}, and {_HAS_TO_BE}. "
    return f"No inventory plugin could read the inventory source {source}. {why}{_AGAIN} {source}"


def _useless(source: str) -> str:
    """Say why a file that was read, and gave no host, can't have been meant so; empty where it can."""
    if not source.endswith(_YAML) or not stat.S_ISREG(_mode(source)):
        return ""
    content = _content(source)
    if not content.strip():
        return f"The inventory source {source} is empty. Leave it out, or bring its content back."
    found = _PLUGIN.search(content)
    if found and found.groups() != _OURS:
        what = f"{found[1].decode()}: {found[2].decode()}"
        return f"The inventory source {source} says {what} and gave no host; {_HAS_TO_BE}."
    return ""


def _mode(source: str) -> int:
    """Return what a path is, as the mode of a file, or 0 where it leads nowhere."""
    try:
        return Path(source).stat().st_mode
    except OSError:
        return 0


def _content(source: str) -> bytes:
    try:
        return Path(source).read_bytes() if stat.S_ISREG(_mode(source)) else b""
    except OSError:
        return b""


def _slip(content: bytes) -> int:
    """Return the line where a text ceases to be YAML, or 0."""
    try:
        yaml.compose(content, Loader=LOADER)
    except yaml.YAMLError as error:
        return line_of(error)
    return 0
