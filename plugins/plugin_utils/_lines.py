# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Where in a YAML text a key stands."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any, Union

import yaml

from ansible_collections.mailops.mailbox.plugins.plugin_utils._entry import Found

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEXT = "tag:yaml.org,2002:str"
Step = Union[str, int]


def line_of(error: yaml.YAMLError) -> int:
    """Return the line where a text ceases to be YAML; the parser's own words may quote it."""
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark else 1


class Lines:
    """The positions of the keys of a YAML text."""

    def __init__(self, text: str) -> None:
        """Read the text.

        :raises yaml.YAMLError: when it is not YAML.
        """
        self.root = yaml.compose(text, Loader=LOADER)
        self._texts: dict[tuple[Step, ...], dict[object, Any]] = {}
        self._indexes: dict[int, dict[str, tuple[int, Any]]] = {}

    def of(self, *path: Step) -> int | None:
        """Return the line of a key path, or of the deepest part of it that exists."""
        node, line = self.root, None
        for step in path:
            found = self._child(node, step)
            if found is None:
                break
            line, node = found
        return line

    def top(self, key: object) -> int:
        """Return the line of a key of the file itself, or 1."""
        found = self._child(self.root, str(key))
        return found[0] if found else 1

    def has(self, *path: Step) -> bool:
        """Tell whether there is such a key path."""
        node = self.root
        for step in path:
            found = self._child(node, step)
            if found is None:
                return False
            node = found[1]
        return True

    def written(self, key: object, *path: Step) -> str:
        """Return how a key that is no text for YAML is written in the mapping under a path: 7 may be 007, True yes."""
        texts = self._texts.get(path)
        if texts is None:
            node = self.root
            for step in path:
                found = self._child(node, step)
                node = found[1] if found else None
            pairs = node.value if isinstance(node, yaml.MappingNode) else ()
            texts = self._texts[path] = {_read(name): name.value for name, _value in pairs}
        return str(texts.get(key, key))

    def doubles(self) -> Iterator[tuple[tuple[Step, ...], int, str]]:
        """Yield each key that is written twice in one mapping, with line and text of the second one."""
        yield from _doubles(self.root, ())

    def _child(self, node: Any, step: Step) -> tuple[int, Any] | None:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            item = node.value[step]
            return item.start_mark.line + 1, item
        if isinstance(node, yaml.MappingNode) and isinstance(step, str):
            return self._index(node).get(step)
        return None

    def _index(self, node: Any) -> dict[str, tuple[int, Any]]:
        """Return the keys of a mapping; without it, a file of n mailboxes would be walked through n times."""
        index = self._indexes.get(id(node))
        if index is None:
            index = self._indexes[id(node)] = {}
            for key, value in node.value:
                if key.tag.endswith(":merge"):
                    for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                        if isinstance(source, yaml.MappingNode) and source is not node:
                            index |= {name: found for name, found in self._index(source).items() if name not in index}
            for key, value in node.value:
                if isinstance(key.value, str):
                    index[key.value] = (key.start_mark.line + 1, value)
        return index


class YamlPlace:
    """A mapping of a YAML file, which holds a declaration or a part of one."""

    def __init__(self, file: str, lines: Lines, *start: Step) -> None:
        """Name the file and the key path in it."""
        self.file = file
        self.start = start
        self._lines = lines

    @property
    def line(self) -> int | None:
        """The line where it begins."""
        return self._lines.of(*self.start)

    def find(self, path: str) -> Found | None:
        """Return where a key path (``imap.folders[2]``) stands, if its first step is here."""
        steps: list[Step] = [step.rstrip("]") for step in re.split(r"[.\[]", path)]
        if not path or not self._lines.has(*self.start, steps[0]):
            return None
        line = self._lines.of(*self.start, *steps)
        return Found(line, path, self._lines.has(*self.start, *steps)) if line else None

    def path_of(self, key: str) -> str:
        """Return the key path that a fault means by its key."""
        return key


def _doubles(node: Any, path: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], int, str]]:
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _doubles(item, (*path, index))
    elif isinstance(node, yaml.MappingNode):
        # Of keys that are the same for YAML, as 1, 01 and yes are, the last one stays.
        pairs = [(_read(key), key, value) for key, value in node.value]
        names = {read: key.value if isinstance(key.value, str) else "" for read, key, _value in pairs}
        seen = set()
        for read, key, value in pairs:
            name = names[read]
            if read in seen and name != "<<":
                yield (*path, name), key.start_mark.line + 1, str(key.value)
            seen.add(read)
            yield from _doubles(value, (*path, name))


def _read(key: Any) -> Any:
    """Return what YAML reads a key as, or "" for one that is a list or a mapping."""
    if not isinstance(key, yaml.ScalarNode):
        return ""
    if key.tag != _TEXT:
        with contextlib.suppress(yaml.YAMLError, ValueError):
            return yaml.constructor.SafeConstructor().construct_object(key)
    return key.value
