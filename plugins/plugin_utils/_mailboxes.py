# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""From the content of files of mailboxes to inventory entries; what is wrong becomes an entry, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ansible.module_utils.parsing.convert_bool import BOOLEANS

from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.provider import SOFTWARE, TITLES
from ansible_collections.mailops.mailbox.plugins.module_utils._models.address import known_address
from ansible_collections.mailops.mailbox.plugins.module_utils._models.parse import parse_mailbox
from ansible_collections.mailops.mailbox.plugins.module_utils._models.problems import FAULTS, DeclarationError
from ansible_collections.mailops.mailbox.plugins.module_utils._providers import table
from ansible_collections.mailops.mailbox.plugins.plugin_utils import _columns as columns
from ansible_collections.mailops.mailbox.plugins.plugin_utils._entry import (
    RESERVED,
    Entry,
    Place,
    basename,
    domain_of,
    fault,
    known,
    merged,
    provider,
    tags_of,
)
from ansible_collections.mailops.mailbox.plugins.plugin_utils._lines import Lines, Step, YamlPlace
from ansible_collections.mailops.mailbox.plugins.plugin_utils._mailboxes_csv import RowPlace, Sheet

CONSTRUCTED = frozenset({"strict", "compose", "groups", "keyed_groups", "leading_separator", "use_extra_vars"})
KEYS = CONSTRUCTED | {"plugin", "mailboxes", "source", "columns", "defaults", "providers", "domains", "tags"}
NAME = "mailops.mailbox.mailboxes"
_GROUPED = tuple(sorted({*TITLES, *map(table.known_as, table.names())} - SOFTWARE))
"""The providers by which mailboxes are grouped."""
_STATIC = frozenset({"hosts", "vars", "children"})
_BOOLEANS = frozenset(map(str, BOOLEANS))
_NO_TEXT = (int, float, date)
_NOT_TEXT = " ".join(FAULTS["not_text"])
_NO_MAPPING = "must be a mapping of keys to values."


@dataclass
class Opened:
    """What a name in ``source`` led to: a spreadsheet, or YAML; ``refused`` says why it led nowhere."""

    file: str
    sheet: Sheet | None = None
    data: Any = None
    lines: Lines | None = None
    fault: dict[str, Any] | None = None
    refused: str = ""


Open = Callable[[str, Mapping[str, Any]], Opened]


class Layers:
    """What a file says for many mailboxes at once."""

    def __init__(self, file: str = "", data: Mapping[str, Any] | None = None, lines: Lines | None = None) -> None:
        """Take what is usable; :meth:`faults` tells what is not."""
        self._file, self._lines, self._data = file, lines, data or {}
        self._parts: dict[str, dict[str, tuple[str, Mapping[str, Any]]]] = {}
        for key in ("providers", "domains", "tags"):
            value = self._data.get(key)
            items = value.items() if isinstance(value, Mapping) else ()
            self._parts[key] = {
                _plain_name(key, name): (str(name), item) for name, item in items if isinstance(item, Mapping)
            }
        defaults = self._data.get("defaults")
        self._defaults = defaults if isinstance(defaults, Mapping) else {}

    def faults(self) -> Iterator[tuple[str, str]]:
        """Yield key and text of each part that can't be used."""
        for key in ("defaults", "providers", "domains", "tags"):
            value = self._data.get(key)
            inner = value.values() if isinstance(value, Mapping) and key != "defaults" else ()
            if any(not isinstance(part, Mapping) and part is not None for part in (value, *inner)):
                yield key, _NO_MAPPING
        for wanted, (name, _unused) in self._parts["providers"].items():
            if wanted not in _GROUPED:
                whole = table.known_as(wanted)
                fix = f"Write {whole}, for all of that provider." if whole else f"These are: {', '.join(_GROUPED)}."
                yield f"providers.{name}", f"is no provider by which mailboxes are grouped. {fix}"

    def under(self, own: Mapping[str, Any]) -> tuple[dict[str, Any], list[Place]]:
        """Return what lies below a declaration, and where it stands, the nearest first."""
        upper: dict[str, Any] = {}
        used: list[tuple[str, ...]] = []
        # Most files have only defaults, and to ask for the names takes longer than all else here.
        for key, names_in in (("domains", _domains_of), ("tags", tags_of)):
            parts = self._parts[key]
            for name in names_in(merged(merged(self._defaults, upper), own)) if parts else ():
                found = parts.get(_plain_name(key, name))
                if found is not None:
                    upper = merged(upper, found[1])
                    used.insert(0, (key, found[0]))
        base = merged(self._defaults, upper)
        providers = self._parts["providers"]
        named = providers.get(provider(merged(base, own))) if providers else None
        if named is not None:
            base = merged(merged(self._defaults, named[1]), upper)
            used.append(("providers", named[0]))
        if self._lines is None:
            return base, []
        return base, [YamlPlace(self._file, self._lines, *steps) for steps in (*used, ("defaults",))]


def _domains_of(data: Mapping[str, Any]) -> list[str]:
    return [domain_of(data)]


def _plain_name(key: str, name: object) -> str:
    plain = str(name).casefold()
    return plain.replace("_", "-") if key == "providers" else plain


def entries(file: str, data: Any, lines: Lines, opener: Open) -> list[Entry]:
    """Return an entry for each mailbox of a file and its sources, and one for what is wrong with the file itself."""
    whole = Entry(basename(file), file, line=1, whole=True)
    if not isinstance(data, Mapping):
        whole.wrong("", "The file is empty." if data is None else "The file is not a mapping of keys to values.")
        return [whole]
    for key in data:
        if key not in KEYS:
            text = f"is not a known key. Known here are {', '.join(sorted(KEYS))}."
            whole.wrong(str(key), text, lines.top(key))
    for key, text in unusable(data):
        whole.wrong(key, text, lines.top(key))
    if data.get("plugin") != NAME:
        whole.wrong("plugin", f"must be {NAME}.", lines.top("plugin"))
    layers = Layers(file, data, lines)
    for key, text in layers.faults():
        whole.wrong(key, text, lines.of(*key.split(".", 1)) or lines.top(key.partition(".")[0]))
    found = list(_listed(file, data.get("mailboxes"), lines, ("mailboxes",), whole))
    _double_keys(file, lines, [whole, *found], whole)
    names = _own_columns(data, lines, whole)
    for name, key, line in _sources(data, lines, whole):
        opened = opener(name, names)
        if opened.refused:
            whole.wrong(key, opened.refused, line)
        else:
            found += _from_source(opened)
    return _finished(found, layers, whole)


def unusable(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield key and text of each option of the plugin constructed whose type is wrong: Ansible would drop the file."""
    for key in sorted(CONSTRUCTED & set(data)):
        value = data[key]
        if value is None:
            continue
        if key in ("compose", "groups"):
            if not isinstance(value, Mapping):
                yield key, _NO_MAPPING
        elif key == "keyed_groups":
            if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
                yield key, "must be a list of mappings, each with key: and prefix:."
        elif not isinstance(value, bool) and str(known(value)).lower() not in _BOOLEANS:
            yield key, "must be true or false."


def is_foreign(data: Any) -> bool:
    """Tell whether a YAML file is an inventory of another plugin, or one that Ansible's own plugin yaml reads."""
    if not isinstance(data, Mapping) or not data:
        return False
    if "plugin" in data:
        return not str(data["plugin"]).startswith(NAME.rpartition(".")[0])
    return all(part is None or (isinstance(part, Mapping) and set(part) <= _STATIC) for part in data.values())


def sheet_entries(file: str, sheet: Sheet) -> list[Entry]:
    """Return an entry for each row of a spreadsheet that is an inventory by itself."""
    whole = Entry(basename(file), file, line=1, whole=True)
    return _finished(list(_rows(file, sheet)), Layers(), whole)


def _finished(found: list[Entry], layers: Layers, whole: Entry) -> list[Entry]:
    for entry in found:
        _fill(entry, layers)
        entry.mark_unsorted()
    if not found and not whole.faults:
        whole.wrong("", "There is no mailbox in it.")
    _tell_doubles(found)
    found = [*([whole] if whole.faults else []), *found]
    name_apart(found, set())
    return found


def name_apart(found: list[Entry], taken: set[str]) -> None:
    """Give each entry that can't have its id as a name one of its own: of two with one name, one would be gone."""
    kept = [not entry.faults and entry.name == named(entry.own) for entry in found]
    taken |= {entry.name for entry, keeps in zip(found, kept, strict=True) if keeps}
    for entry, keeps in zip(found, kept, strict=True):
        if not keeps:
            number, name = 1, entry.name
            if name in taken and name == named(entry.own):
                name = f"{name}_{basename(entry.file)}_line_{entry.line}"
            entry.name = name
            while entry.name in taken:
                number += 1
                entry.name = f"{name}_{number}"
            taken.add(entry.name)


def _sources(data: Mapping[str, Any], lines: Lines, whole: Entry) -> Iterator[tuple[str, str, int]]:
    """Yield each name in ``source`` with its key and line."""
    raw = data.get("source")
    if raw is None:
        return
    for number, name in enumerate(raw if isinstance(raw, (list, tuple)) else [raw]):
        key = f"source[{number}]" if isinstance(raw, (list, tuple)) else "source"
        line = lines.of("source", number) or lines.top("source")
        if isinstance(name, str) and name.strip():
            yield str(known(name)), key, line
        else:
            whole.wrong(key, "must be the name of a file, or a list of them.", line)


def _own_columns(data: Mapping[str, Any], lines: Lines, whole: Entry) -> dict[str, str | None]:
    """Return the headers that the user has named; what is wrong with them is told once."""
    raw = data.get("columns") or {}
    if not isinstance(raw, Mapping):
        whole.wrong("columns", _NO_MAPPING, lines.top("columns"))
        return {}
    found: dict[str, str | None] = {}
    for header, value in raw.items():
        path = columns.path_of(str(known(value))) if isinstance(value, str) else None
        found[str(known(header))] = path
        if path is None and value is not None:
            text = "must name a key of a declaration, such as smtp.host; nothing after the colon ignores the column."
            whole.wrong(f"columns.{header}", text, lines.of("columns", str(header)))
    return found


def _from_source(opened: Opened) -> list[Entry]:
    broken = Entry(basename(opened.file), opened.file, line=1, whole=True)
    if opened.fault is not None:
        broken.faults.append(opened.fault)
        return [broken]
    found: list[Entry] = []
    if opened.sheet is not None:
        found = list(_rows(opened.file, opened.sheet))
    elif opened.lines is not None:
        data = opened.data
        start: tuple[Step, ...] = ()
        if isinstance(data, Mapping) and "plugin" in data:
            broken.wrong("plugin", "is an inventory of its own. Give it with an -i of its own, or take this key out.")
            return [broken]
        if isinstance(data, Mapping) and set(data) == {"mailboxes"}:
            data, start = data["mailboxes"], ("mailboxes",)
        found = list(_listed(opened.file, data, opened.lines, start, broken))
        _double_keys(opened.file, opened.lines, [broken, *found], broken)
    if not found and not broken.faults:
        broken.wrong("", "There is no mailbox in it.")
    return [*([broken] if broken.faults else []), *found]


def _listed(file: str, raw: Any, lines: Lines, start: tuple[Step, ...], whole: Entry) -> Iterator[Entry]:
    """Yield an entry for each declaration of a list, or of a mapping of ids."""
    if isinstance(raw, Mapping):
        odd = {lines.written(key, *start) for key in raw if not isinstance(key, str)}
        items: list[tuple[str | int, Any]] = [
            (str(key) if isinstance(key, str) else lines.written(key, *start), value) for key, value in raw.items()
        ]
    elif isinstance(raw, (list, tuple)):
        items, odd = list(enumerate(raw)), set()
    else:
        if raw is not None:
            key, line = ("mailboxes", lines.top("mailboxes")) if start else ("", 1)
            whole.wrong(key, f"{'' if key else 'The file '}must be a list or a mapping of mailboxes.", line)
        return
    for key, value in items:
        place = YamlPlace(file, lines, *start, key)
        line = place.line or (lines.top(*start) if start else 1)
        spare = f"{basename(file)}_line_{line}"
        entry = Entry(key if isinstance(key, str) else spare, file, line, place=place)
        if isinstance(value, Mapping):
            entry.own = {str(name): item for name, item in value.items()}
            if isinstance(entry.own.get("id"), _NO_TEXT):
                # 007 is 7 for YAML, which nobody wrote.
                del entry.own["id"]
                blame(entry, "id", _NOT_TEXT)
            if isinstance(key, str):
                entry.own.setdefault("id", key)
            entry.name = named(entry.own) or spare
        else:
            entry.wrong("", "The declaration must be a mapping of keys to values, such as email: and smtp:.")
        if key in odd:
            entry.wrong("id", _NOT_TEXT)
        yield entry


def _rows(file: str, sheet: Sheet) -> Iterator[Entry]:
    for row in sheet.rows:
        name = named(row.own) or f"{basename(file)}_line_{row.line}"
        entry = Entry(name, file, row.line, own=row.own, place=RowPlace(file, row), whole=row.whole)
        entry.faults = [fault(file, *trouble) for trouble in (*sheet.troubles, *row.troubles)]
        yield entry
    if sheet.troubles and not sheet.rows:
        faults = [fault(file, *trouble) for trouble in sheet.troubles]
        yield Entry(basename(file), file, line=1, faults=faults, whole=True)


def named(own: Mapping[str, Any]) -> str:
    """Return the name that a declaration gives its host, or ""; where columns are swapped, email is the password."""
    plain = known({name: own.get(name) for name in ("id", "email")})
    email = str(plain.get("email") or "")
    name = str(plain.get("id") or (email if known_address(email) else ""))
    return name if name.isprintable() else ""


def _fill(entry: Entry, layers: Layers) -> None:
    """Put the templates below a declaration and check the whole."""
    if not entry.own:
        if not entry.faults:
            entry.wrong("", "The declaration is empty.")
        return
    entry.base, places = layers.under(entry.own)
    if entry.place is not None:
        places = [entry.place, *places]
    # A wrong header or a wrong cell makes more of the same; what is wrong already is enough.
    for path, text in () if entry.faults else _wrong(entry.merged):
        found = [(place.file, where) for place in places if (where := place.find(path))]
        found = [one for one in found if one[1].exact] or found
        if found:
            file, where = found[0]
            entry.faults.append(fault(file, where.line, where.key, text))
        else:
            entry.wrong(path, text)
    if entry.name.lower() in RESERVED:
        blame(entry, "id", "is a name that Ansible uses itself. Choose another id.")
        entry.name = f"{basename(entry.file)}_line_{entry.line}"


def _wrong(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is certainly wrong; what is missing may still come from group variables or a template."""
    try:
        parse_mailbox(known(data))
    except DeclarationError as error:
        for problem in error.problems:
            if not problem.incomplete:
                yield problem.path, f"{problem.text} {problem.fix}".rstrip()
    email = data.get("email")
    # Whether an encrypted text is empty can't be told without opening it.
    if email is None or (isinstance(email, str) and not email):
        yield "email", "is required. Add it."


def _double_keys(file: str, lines: Lines, found: list[Entry], whole: Entry) -> None:
    """Blame a key that is written twice on its mailbox: YAML keeps only the last one."""
    owners = {entry.place.start: entry for entry in found if isinstance(entry.place, YamlPlace)}
    for path, line, written in lines.doubles():
        start = next((path[:depth] for depth in (1, 2) if path[:depth] in owners), None)
        owner = owners[start] if start is not None else whole
        key = ".".join(str(step) for step in (path[len(start) :] if start is not None else ()) or path[-1:])
        text = "is written twice. Remove one of them."
        if isinstance(path[-1], str) and written != path[-1]:
            text = f"is one key for YAML with {written}. Put quotes around both, or remove one of them."
        owner.faults.append(fault(file, line, key, text))


def _tell_doubles(listed: list[Entry]) -> None:
    """Make all entries invalid that share an id or an address, and give each a name of its own."""
    for key in ("id", "email"):
        seen: dict[str, Entry] = {}
        for entry in listed:
            # A name that was made up because there is none may be that of another file's row.
            value = named(entry.own).casefold() if key == "id" else entry.address
            if not value:
                continue
            first = seen.setdefault(value, entry)
            if first is not entry:
                tell_pair(first, entry, key)
                if key == "id":
                    entry.name = f"{entry.name}_line_{entry.line}"


def tell_pair(first: Entry, second: Entry, key: str) -> None:
    """Blame a value that two entries share on both."""
    for entry, other, when in ((first, second, "again"), (second, first, "already")):
        where = f"in line {other.line}" + (f" of {other.file}" if other.file != entry.file else "")
        blame(entry, key, f"is used {when} {where}.")


def blame(entry: Entry, key: str, text: str) -> None:
    """Add something that is wrong with a key, where it stands."""
    place = entry.place.find(key) if entry.place else None
    entry.wrong(place.key if place else key, text, place.line if place else None)
