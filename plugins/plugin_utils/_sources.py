# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Which inventory sources Ansible did not read. It only warns of them, and goes on with what is left."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible.inventory.manager import IGNORED

from ansible_collections.mailops.mailbox.plugins.plugin_utils._group_names import MARKS
from ansible_collections.mailops.mailbox.plugins.plugin_utils._lines import LOADER, line_of

# The default that Ansible takes where no inventory is named; it need not exist.
_NOT_NAMED = "/etc/ansible/hosts"
_PLUGIN = re.compile(rb"""^["']?(\w+)["']?\s*:\s*["']?(mailops\.mailbox\.\w+)""", re.MULTILINE)
# Any other value of a key may be a secret.
_SHORT = re.compile(rb"""^["']?plugin["']?\s*:\s*["']?((?:mailops\.)?mailbox(?:es)?)["']?\s*(?:#|$)""", re.MULTILINE)
_OURS = (b"plugin", b"mailops.mailbox.mailboxes")
_YAML = (".yml", ".yaml")
_NAMES = tuple(f"{before}mailboxes{ending}" for before in ("/", ".") for ending in _YAML)
_NULL = "tag:yaml.org,2002:null"
_SHEETS = (".csv", ".tsv", ".xlsx")
_ROW = re.compile("[,;@]")
_HAS_TO_BE = "it has to be plugin: mailops.mailbox.mailboxes"
_AGAIN = "To see Ansible's own words: ansible-inventory --list -i"


def unread_sources(
    sources: Iterable[str], read: Collection[str], gave_hosts: Collection[str], gave_rows: Collection[str] = ()
) -> list[str]:
    """Return a sentence for each source of which Ansible made nothing, or hosts out of the rows of a spreadsheet.

    ``sources`` are those that were named, ``read`` those that a plugin took, ``gave_hosts`` the files of all hosts,
    ``gave_rows`` those of hosts that are rows (:func:`is_row`). No sentence quotes a file, because it may hold
    passwords.
    """
    told = []
    for source in _each(sources):
        if source not in read:
            if source != _NOT_NAMED or os.path.lexists(source):
                told.append(_unread(source))
        elif "," in source:
            if files := [part for part in map(str.strip, source.split(",")) if _is_file(part)]:
                told.append(
                    f"The inventory source {source} is a list of hosts because of its comma, so {' and '.join(files)} "
                    "in it was not read as an inventory. Name each file behind an -i of its own, without a comma."
                )
        elif _is_sheet(source) and (source in gave_rows or source not in gave_hosts):
            told.append(_no_mailbox(source))
        elif source not in gave_hosts and (text := _useless(source)):
            told.append(text)
    return told


def is_row(name: str, variables: Mapping[str, Any]) -> bool:
    """Tell whether a host is a line of a spreadsheet that Ansible's own plugin ``ini`` took for a host."""
    return _ROW.search(name) is not None and MARKS.isdisjoint(variables)


def _each(sources: Iterable[str]) -> Iterator[str]:
    """Yield the sources, of a directory its files as Ansible walks through them."""
    for source in map(str, sources):
        if "," in source or not stat.S_ISDIR(_mode(source)):
            yield source
        else:
            names = sorted(path.name for path in Path(source).iterdir())
            folder = source.rstrip("/")
            yield from _each(f"{folder}/{name}" for name in names if not IGNORED.search(os.fsencode(name)))


def _is_file(name: str) -> bool:
    """Tell whether a name in a list of hosts is that of a file, or a path of a folder."""
    mode = _mode(name)
    return stat.S_ISREG(mode) or ("/" in name and stat.S_ISDIR(mode))


def _unread(source: str) -> str:
    if "," in source:
        return f"The inventory source {source} is no list of hosts. Correct it, or leave it out."
    if not _mode(source):
        what = "is a link to a file that does not exist" if os.path.lexists(source) else "does not exist"
        return f"The inventory source {source} {what}. Correct the path behind -i, or inventory in ansible.cfg."
    if not os.access(source, os.R_OK):
        return f"The inventory source {source} may not be read by this user. Correct its rights or its owner."
    if _is_sheet(source):
        return _no_mailbox(source)
    content = _content(source)
    line = _slip(content) if source.endswith(_YAML) else 0
    why = ""
    if line:
        why = f"It is not YAML from line {line} on, or just before it. "
    elif said := _near_miss(content):
        why = f"It says {said}, and {_HAS_TO_BE}. "
    return f"No inventory plugin could read the inventory source {source}. {why}{_AGAIN} {source}"


def _useless(source: str) -> str:
    """Say why a file that was read, and gave no host, can't have been meant so; empty where it can."""
    if not source.endswith(_YAML) or not stat.S_ISREG(_mode(source)):
        return ""
    content = _content(source)
    if not content.strip() or (_is_meant(source, content) and _holds_nothing(content)):
        return f"The inventory source {source} is empty. Leave it out, or bring its content back."
    if said := _near_miss(content):
        return f"The inventory source {source} says {said} and gave no host; {_HAS_TO_BE}."
    return ""


def _is_meant(source: str, content: bytes) -> bool:
    """Tell whether a file is one of this plugin by its name, or names it anywhere."""
    return source.endswith(_NAMES) or _OURS[1] in content


def _holds_nothing(content: bytes) -> bool:
    """Tell whether a text is YAML without a value, such as comments alone."""
    try:
        node = yaml.compose(content, Loader=LOADER)
    except yaml.YAMLError:
        return False
    return node is None or node.tag == _NULL


def _near_miss(content: bytes) -> str:
    """Return the line by which a file is nearly one of this plugin; empty where it is one, or no such thing."""
    found = _PLUGIN.search(content)
    if found:
        return "" if found.groups() == _OURS else f"{found[1].decode()}: {found[2].decode()}"
    short = _SHORT.search(content)
    return f"plugin: {short[1].decode()}" if short else ""


def _is_sheet(source: str) -> bool:
    return source.lower().endswith(_SHEETS)


def _no_mailbox(source: str) -> str:
    first = "Save it as CSV UTF-8, and name that" if source.lower().endswith(".xlsx") else "Name it"
    return (
        f"No mailbox came out of the inventory source {source}, because it is a spreadsheet. {first} as source: in a "
        "YAML file with plugin: mailops.mailbox.mailboxes, and that file behind -i (docs/inventory.md)."
    )


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
