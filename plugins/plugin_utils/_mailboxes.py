# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""From the content of a file of mailboxes to inventory entries; what is wrong becomes an entry, too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.provider import provider_of_host
from ansible_collections.mailops.mailbox.plugins.module_utils._models.parse import parse_mailbox
from ansible_collections.mailops.mailbox.plugins.module_utils._models.problems import DeclarationError
from ansible_collections.mailops.mailbox.plugins.plugin_utils._plain import Encrypted

KEYS = frozenset(
    {
        "plugin",
        "mailboxes",
        "defaults",
        "providers",
        "domains",
        "tags",
        "strict",
        "compose",
        "groups",
        "keyed_groups",
        "leading_separator",
        "use_extra_vars",
    }
)
RESERVED = frozenset({"all", "ungrouped", "localhost", "127.0.0.1", "::1", "mailboxes", "mailboxes_invalid"})
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ADDRESS = re.compile(r"[^@\s]+@([^@\s]+)")


@dataclass
class Entry:
    """A mailbox: ``base`` is from the file's templates, ``own`` from its declaration; with ``faults`` it is invalid."""

    name: str
    base: dict[str, Any] = field(default_factory=dict)
    own: dict[str, Any] = field(default_factory=dict)
    line: int = 0
    faults: list[dict[str, Any]] = field(default_factory=list)

    @property
    def merged(self) -> dict[str, Any]:
        """The declaration over the templates."""
        return merged(self.base, self.own)

    @property
    def groups(self) -> list[str]:
        """The groups by provider, domain and tag."""
        data = self.merged
        found = [f"provider_{provider(data) or 'unknown'}"]
        if domain := domain_of(data):
            found.append(f"domain_{domain}")
        found += [f"tag_{tag}" for tag in tags_of(data)]
        return [re.sub(r"\W", "_", name) for name in found]


def fault(file: str, line: int, key: str, text: str) -> dict[str, Any]:
    """Return one thing that is wrong, as the host variable ``mailbox_error`` lists it."""
    return {"file": file, "line": line, "key": key, "text": text}


def yaml_fault(file: str, error: yaml.YAMLError) -> dict[str, Any]:
    """Return what a YAML parser said, without the text around it, which may hold a password."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it is not valid YAML"
    return fault(file, mark.line + 1 if mark else 1, "", f"The file can't be read as YAML: {problem}.")


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` with ``over`` on top, key by key; a list replaces a list."""
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return result


def without_secrets(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a declaration without any of its secrets, for what only sorts mailboxes into groups."""
    return {
        key: without_secrets(value) if isinstance(value, Mapping) else value
        for key, value in data.items()
        if key != "secret"
    }


def is_template(value: Any) -> bool:
    """Tell whether a value is only known in the run: a template, or encrypted."""
    return isinstance(value, Encrypted) or (isinstance(value, str) and ("{{" in value or "{%" in value))


def known(value: Any) -> Any:
    """Return ``value`` as plain Python without what is only known in the run."""
    if isinstance(value, Mapping):
        return {str(key): known(item) for key, item in value.items() if not _open(item)}
    if isinstance(value, (list, tuple)):
        return [known(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    for kind in (str, int, float):
        if isinstance(value, kind):
            return kind.__str__(value) if kind is str else kind(value)
    return value


def _open(value: Any) -> bool:
    return is_template(value) or (isinstance(value, (list, tuple)) and any(is_template(item) for item in value))


def provider(data: Mapping[str, Any]) -> str:
    """Return the provider by the host names of a declaration, or ""."""
    for section in ("smtp", "imap"):
        service = data.get(section)
        host = service.get("host") if isinstance(service, Mapping) else None
        if isinstance(host, str) and not is_template(host) and (found := provider_of_host(host)):
            return found
    return ""


def domain_of(data: Mapping[str, Any]) -> str:
    """Return the domain of the address, or ""."""
    found = _ADDRESS.fullmatch(str(known({"email": data.get("email")}).get("email") or ""))
    return found[1].lower() if found else ""


def tags_of(data: Mapping[str, Any]) -> list[str]:
    """Return the tags, which may be one text with commas."""
    tags = known({"tags": data.get("tags")}).get("tags")
    if isinstance(tags, str):
        tags = tags.split(",")
    return [str(tag).strip() for tag in tags if str(tag).strip()] if isinstance(tags, list) else []


class Lines:
    """Where in a YAML text a key stands."""

    def __init__(self, text: str) -> None:
        """Read the text.

        :raises yaml.YAMLError: when it is not YAML.
        """
        self.root = yaml.compose(text, Loader=_LOADER)

    def of(self, *path: str | int) -> int | None:
        """Return the line of a key path, or of the deepest part of it that exists below the first two steps."""
        node, line = self.root, None
        for depth, step in enumerate(path):
            found = _child(node, step)
            if found is None:
                return line if depth > 1 else None
            line, node = found
        return line

    def has(self, *path: str | int) -> bool:
        """Tell whether there is such a key path."""
        node = self.root
        for step in path:
            found = _child(node, step)
            if found is None:
                return False
            node = found[1]
        return True

    def doubles(self) -> Iterator[tuple[tuple[str | int, ...], int]]:
        """Yield each key that is written twice in one mapping, with the line of the second one."""
        yield from _doubles(self.root, ())


def _child(node: Any, step: str | int) -> tuple[int, Any] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item.start_mark.line + 1, item
    if isinstance(node, yaml.MappingNode):
        for key, value in reversed(node.value):
            if key.value == step:
                return key.start_mark.line + 1, value
        for key, value in node.value:
            if key.tag.endswith(":merge") and (found := _child(value, step)) is not None:
                return found
    return None


def _doubles(node: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], int]]:
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _doubles(item, (*path, index))
    elif isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            name = key.value if isinstance(key.value, str) else ""
            if name in seen and name != "<<":
                yield (*path, name), key.start_mark.line + 1
            seen.add(name)
            yield from _doubles(value, (*path, name))


def entries(file: str, data: Any, lines: Lines) -> list[Entry]:
    """Return an entry for each mailbox of a file, and one for what is wrong with the file itself."""
    whole = Entry(file.rpartition("/")[2])
    if not isinstance(data, Mapping):
        text = "The file is empty." if data is None else "The file is not a mapping of keys to values."
        whole.faults.append(fault(file, 1, "", text))
        return [whole]
    for key in data:
        if key not in KEYS:
            text = f"is not a known key. Known here are {', '.join(sorted(KEYS))}."
            whole.faults.append(fault(file, lines.of(str(key)) or _line(lines, key), str(key), text))
    layers = _layers(file, data, lines, whole)
    found = list(_declared(file, data, lines, whole))
    for entry, place in found:
        _fill(entry, place, file, lines, layers)
    listed = [entry for entry, _place in found]
    _double_keys(file, found, lines, whole)
    if not listed and not whole.faults:
        whole.faults.append(fault(file, 1, "mailboxes", "holds no mailbox."))
    _tell_doubles(file, listed)
    return [*([whole] if whole.faults else []), *listed]


def _line(lines: Lines, key: Any) -> int:
    found = _child(lines.root, str(key))
    return found[0] if found else 1


def _layers(file: str, data: Mapping[str, Any], lines: Lines, whole: Entry) -> dict[str, Mapping[str, Any]]:
    layers: dict[str, Mapping[str, Any]] = {}
    for key in ("defaults", "providers", "domains", "tags"):
        value = data.get(key) or {}
        sections = [value] if key == "defaults" or not isinstance(value, Mapping) else [value, *value.values()]
        if all(isinstance(section, Mapping) or section is None for section in sections):
            layers[key] = {str(name).lower() if key != "defaults" else name: item for name, item in value.items()}
        else:
            whole.faults.append(fault(file, _line(lines, key), key, "must be a mapping of keys to values."))
            layers[key] = {}
    return layers


def _declared(
    file: str, data: Mapping[str, Any], lines: Lines, whole: Entry
) -> Iterator[tuple[Entry, tuple[str | int, ...]]]:
    raw = data.get("mailboxes")
    if isinstance(raw, Mapping):
        items: list[tuple[str | int, Any]] = [(str(key), value) for key, value in raw.items()]
    elif isinstance(raw, (list, tuple)):
        items = list(enumerate(raw))
    else:
        if raw is not None:
            whole.faults.append(fault(file, _line(lines, "mailboxes"), "mailboxes", "must be a list or a mapping."))
        return
    for key, value in items:
        line = lines.of("mailboxes", key) or _line(lines, "mailboxes")
        spare = f"{whole.name}_line_{line}"
        if not isinstance(value, Mapping):
            entry = Entry(key if isinstance(key, str) else spare, line=line)
            entry.faults.append(fault(file, line, "", "must be a mapping of keys to values, such as email: and smtp:."))
        else:
            own = dict(value)
            if isinstance(key, str):
                own.setdefault("id", key)
            plain = known({name: own.get(name) for name in ("id", "email")})
            entry = Entry(str(plain.get("id") or plain.get("email") or spare), own=own, line=line)
        yield entry, ("mailboxes", key)


def _fill(
    entry: Entry,
    place: tuple[str | int, ...],
    file: str,
    lines: Lines,
    layers: Mapping[str, Mapping[str, Any]],
) -> None:
    """Put the templates below a declaration and check the whole."""
    if entry.faults:
        return
    used: list[tuple[str, ...]] = [("defaults",)]
    upper = merged(layers["defaults"], {})
    if (domain := domain_of(merged(upper, entry.own))) in layers["domains"]:
        upper = merged(upper, layers["domains"][domain] or {})
        used.append(("domains", domain))
    for tag in tags_of(merged(upper, entry.own)):
        if tag.lower() in layers["tags"]:
            upper = merged(upper, layers["tags"][tag.lower()] or {})
            used.append(("tags", tag.lower()))
    named = provider(merged(upper, entry.own))
    if named in layers["providers"]:
        upper = merged(merged(layers["defaults"], layers["providers"][named] or {}), upper)
        used.insert(1, ("providers", named))
    entry.base = upper
    for path, text in _wrong(entry.merged):
        steps = tuple(re.split(r"[.\[]", path)) if path else ()
        where = next(
            (
                line
                for start in (place, *reversed(used))
                if steps
                and lines.has(*start, *steps[:1])
                and (line := lines.of(*start, *(step.rstrip("]") for step in steps)))
            ),
            entry.line,
        )
        entry.faults.append(fault(file, where, path, text))
    if entry.name.lower() in RESERVED:
        text = "is a name that Ansible uses itself. Choose another id."
        entry.faults.append(fault(file, lines.of(*place, "id") or entry.line, "id", text))
        entry.name = f"{file.rpartition('/')[2]}_line_{entry.line}"


def _wrong(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is certainly wrong; what is missing may still come from group variables or a template."""
    try:
        parse_mailbox(known(data))
    except DeclarationError as error:
        for problem in error.problems:
            if not problem.incomplete:
                yield problem.path, f"{problem.text} {problem.fix}".rstrip()
    if not data.get("email"):
        yield "email", "is required. Add it."


def _double_keys(file: str, found: list[tuple[Entry, tuple[str | int, ...]]], lines: Lines, whole: Entry) -> None:
    """Blame a key that is written twice on its mailbox: YAML keeps only the last one."""
    for path, line in lines.doubles():
        owner = next((entry for entry, place in found if path[:2] == place), whole)
        key = ".".join(str(step) for step in path[2:] or path[-1:])
        owner.faults.append(fault(file, line, key, "is written twice. Remove one of them."))


def _tell_doubles(file: str, listed: list[Entry]) -> None:
    """Make all entries invalid that share an id or an address, and give each a name of its own."""
    for key in ("id", "email"):
        seen: dict[str, Entry] = {}
        for entry in listed:
            value = entry.name if key == "id" else str(known({"e": entry.merged.get("email")}).get("e") or "")
            if not value:
                continue
            first = seen.setdefault(value.casefold(), entry)
            if first is not entry:
                first.faults.append(fault(file, first.line, key, f"is used again in line {entry.line}."))
                entry.faults.append(fault(file, entry.line, key, f"is used already in line {first.line}."))
                if key == "id":
                    entry.name = f"{entry.name}_line_{entry.line}"
