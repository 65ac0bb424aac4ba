# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""From the bytes of a spreadsheet of mailboxes (RFC 4180, and what programs really write) to declarations.

Every row that holds anything becomes a :class:`Row`, whatever is wrong with it. No text of a fault holds a cell.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ansible_collections.mailops.mailbox.plugins.plugin_utils import _columns as columns
from ansible_collections.mailops.mailbox.plugins.plugin_utils._entry import Found

_TEMPLATES = ("{{", "{%", "{#")
_LONGEST = 100_000
_BREAK = re.compile("[\r\n]")
_QUOTES = (
    "can't be read as CSV: a quote is not closed, text follows the closing one, or a cell is too long. "
    "Write a quote inside of a quoted cell twice."
)
_LINES = (
    "holds several lines, and other rows may be among them: a quote may not be closed in its cell. "
    "Close it, or write the cell in one line."
)
_COMMENT = (
    "This row begins with #, and CSV has no comments: it would be a mailbox like any other. "
    "Delete the row, or take the # away."
)


class Trouble(NamedTuple):
    """One thing that is wrong; ``column`` is empty where it is the row or the file."""

    line: int
    column: str
    text: str


class SheetError(Exception):
    """The file has no table that can be read."""

    def __init__(self, line: int, text: str) -> None:
        self.trouble = Trouble(line, "", text)
        super().__init__(text)


@dataclass
class Row:
    """A row. ``line`` is the first of its lines in the file; ``columns`` says which header holds which key path.

    ``whole`` marks one that may have other rows in it.
    """

    line: int
    own: dict[str, Any] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    whole: bool = False


@dataclass
class Sheet:
    """The rows; ``troubles`` is what is wrong with the header, and thereby with every row."""

    rows: list[Row] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    @property
    def has_passwords(self) -> bool:
        """Tell whether passwords stand in it."""
        return any(path.rpartition(".")[2] == "password" for row in self.rows for path in row.columns)


class _Column(NamedTuple):
    shown: str
    path: str | None
    nameless: bool = False


def read(content: bytes, names: Mapping[str, str | None] | None = None) -> Sheet:
    """Read a file. ``names`` says for headers of the user's own which key path they stand for, or None for no one.

    :raises SheetError: when it is no text, or holds no header.
    """
    records = _records(_text(content))
    header = next(records, None)
    if header is None:
        raise SheetError(
            1, "The file is empty. Its first line must name the columns, such as email,smtp_host,smtp_port."
        )
    if isinstance(header, Row):
        raise SheetError(header.line, header.troubles[0].text)
    line, cells, _rest = header
    sheet = Sheet()
    table = _header(line, cells, names or {}, sheet)
    for record in records:
        sheet.rows.append(record if isinstance(record, Row) else _row(*record, table))
    return sheet


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or _every_other_is_nul(content[:1024]):
        raise SheetError(1, "The file is UTF-16. Save it as CSV UTF-8.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        line = before.count(b"\n") + 1
        raise SheetError(
            line, "The file can't be read, because this line is not UTF-8. Save it as CSV UTF-8."
        ) from None


def _every_other_is_nul(begin: bytes) -> bool:
    """Tell whether this is UTF-16 without a mark: each ASCII character has an octet of zero, all on the same side."""
    return max(begin[::2].count(0), begin[1::2].count(0)) * 8 > len(begin)


def _records(text: str) -> Iterator[tuple[int, list[str], list[list[str]]] | Row]:
    """Yield each row that holds anything, the header first: its first line, its cells, and its further lines.

    A further line stands as what its cells are if it is a row of its own.
    """
    lines = io.StringIO(text, newline="")
    skipped, separator, start = 0, "", 0
    for line in lines:
        if line.strip():
            break
        skipped, start = skipped + 1, lines.tell()
    else:
        return
    # Some programs write the separator into a line before the header.
    if line.strip().strip('"').lower().startswith("sep=") and len(line.strip().strip('"')) <= 5:
        separator, skipped, start = line.strip().strip('"')[4:] or "\t", skipped + 1, lines.tell()
        line = lines.readline()
    lines.seek(start)
    separator = separator or _separator(line)
    record: list[str] = []
    reader = csv.reader(_kept(lines, record), delimiter=separator, strict=True, skipinitialspace=True)
    while True:
        first = reader.line_num + 1
        record.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield _unclosed(first + skipped, record, separator)
            continue
        if any(cell.strip() for cell in cells):
            yield first + skipped, cells, [line.split(separator) for line in record[1:]]


def _kept(lines: Iterable[str], record: list[str]) -> Iterator[str]:
    for line in lines:
        record.append(line)
        yield line


def _unclosed(first: int, record: list[str], separator: str) -> Row:
    """Return what becomes of the lines of a row whose quotes are wrong."""
    if len(record) == 1:
        return Row(first, troubles=[Trouble(first, "", f"This row {_QUOTES}")])
    line = first + _opening(record, separator)
    text = (
        f"The quote that opens here is not closed in its cell, so the lines up to {first + len(record) - 1} are lost. "
        "Close it; write a quote inside of a quoted cell twice."
    )
    return Row(line, troubles=[Trouble(line, "", text)], whole=True)


def _opening(record: list[str], separator: str) -> int:
    """Return in which of its lines the quote opens at which a row ceases to be CSV."""
    opened, quoted, before = 0, False, separator
    for number, line in enumerate(record):
        for letter in line:
            if quoted:
                quoted, before = letter != '"', letter
            elif before == '"' and letter not in (separator, '"'):
                return opened
            elif letter == '"' and before in (separator, '"'):
                quoted, opened = True, number if before == separator else opened
            elif letter != " " or before != separator:
                before = letter
    return opened


def _separator(line: str) -> str:
    """Return the separator of the header: the one that is there most often outside of quotes."""
    bare = "".join(part for part in line.split('"')[::2])
    return max((",", ";", "\t"), key=bare.count)


def _header(line: int, cells: list[str], names: Mapping[str, str | None], sheet: Sheet) -> list[_Column]:
    own = {columns.normal(name): path for name, path in names.items()}
    table: list[_Column] = []
    seen: dict[str, str] = {}
    unknown: list[tuple[int, str]] = []
    for number, cell in enumerate(cells, start=1):
        header = cell.strip()
        shown = header if columns.showable(header) else f"column {number}"
        key = columns.normal(header)
        path = own[key] if key in own else columns.path_of(header)
        table.append(_Column(shown, path, nameless=not header))
        if path is not None:
            if path in seen:
                text = f"stands for {_told(path)}, as {seen[path]} does. Remove one of the two."
                sheet.troubles.append(Trouble(line, shown, text))
            seen.setdefault(path, shown)
        elif key in columns.IGNORED and key not in own:
            sheet.ignored.append(shown)
        elif header and key not in own:
            unknown.append((number, header))
    if unknown and (not seen or any(columns.like_data(cell) for cell in cells)):
        # Its cells may be anything, a password too, so none of them is named.
        text = "must name the columns, such as email,smtp_host,smtp_port; it names none that is known, or holds data."
        sheet.troubles = [Trouble(line, "", f"The first line {text}")]
        return [_Column(f"column {number}", column.path) for number, column in enumerate(table, start=1)]
    for number, header in unknown:
        near = columns.nearest(header)
        shown = header if columns.showable(header) else f"column {number}"
        example = f"columns: {{{shown if shown == header else 'HEADER'}: KEY}}"
        other = (
            f"Say which key it stands for in the YAML file that names this one, as in {example} (without KEY it is "
            "ignored), or take it out."
        )
        fix = f"Did you mean {near}?" if near else other
        sheet.troubles.append(Trouble(line, shown, f"is not a known column. {fix}"))
    if not seen and not sheet.troubles:
        sheet.troubles.append(Trouble(line, "", "The first line names no column that a declaration needs."))
    return table


def _told(path: str) -> str:
    return "name" if path in (columns.FIRST, columns.LAST) else path


def _row(line: int, cells: list[str], rest: list[list[str]], table: list[_Column]) -> Row:
    if cells[0].lstrip().startswith("#") and not (table[0].path or "").endswith(".password"):
        return Row(line, troubles=[Trouble(line, "", _COMMENT)], whole=bool(rest))
    if len(cells) != len(table):
        # A separator too many shifts cells: a password may stand where the id should be. So nothing of it is used.
        text = f"This row has {len(cells)} cells, the first line {len(table)}. Quote a cell that holds the separator."
        # Where it is several lines, a quote that is not closed may have taken other rows in.
        return Row(line, troubles=[Trouble(line, "", text)], whole=bool(rest))
    row = Row(line)
    found: dict[str, str] = {}
    parts: dict[str, str] = {}
    # An ignored cell may be a text of any form.
    rows = any(_may_be_row(further, table) for further in rest)
    for column, cell in zip(table, cells, strict=True):
        if not cell.strip():
            continue
        if column.nameless:
            row.troubles.append(Trouble(line, column.shown, "has a value here, but the first line names no column."))
        lines = _BREAK.search(cell.strip()) is not None
        if lines and (rows or column.path is not None):
            row.troubles.append(Trouble(line, column.shown, _LINES))
            row.whole = True
        if column.path is None:
            continue
        found.setdefault(_told(column.path), column.shown)
        wrong = _wrong(cell)
        if wrong:
            row.troubles.append(Trouble(line, column.shown, wrong))
        elif column.path in (columns.FIRST, columns.LAST):
            parts[column.path] = cell.strip()
        else:
            # A password is used as it stands; around other values blanks mean nothing.
            secret = column.path.endswith(".password")
            _put(row.own, column.path, cell if secret else columns.value_of(column.path, cell.strip()))
    if parts:
        row.own.setdefault("name", " ".join(parts[key] for key in (columns.FIRST, columns.LAST) if key in parts))
    row.columns = found
    return row


def _may_be_row(cells: list[str], table: list[_Column]) -> bool:
    """Tell whether a line within a quoted cell looks like a row of its own."""
    if len(cells) != len(table):
        return False
    return all("@" in cell for column, cell in zip(table, cells, strict=True) if column.path == "email")


def _wrong(cell: str) -> str:
    if len(cell) > _LONGEST:
        return "is too long."
    # Before ansible-core 2.19 a text may also begin with other marks for its own templates.
    if any(mark in cell for mark in _TEMPLATES) or cell.lstrip().lower().startswith("#jinja2"):
        return (
            "looks like a template (two opening braces, one before % or #, or #jinja2); cells are data and never "
            "rendered. Keep a password with such signs in Vault, and write templates into defaults of a YAML file."
        )
    return ""


def _put(own: dict[str, Any], path: str, value: Any) -> None:
    *sections, name = path.split(".")
    for section in sections:
        own = own.setdefault(section, {})
    own[name] = value


class RowPlace:
    """Where in a spreadsheet a declaration stands."""

    def __init__(self, file: str, row: Row) -> None:
        """Name the file and the row."""
        self.file = file
        self._row = row

    def find(self, path: str) -> Found | None:
        """Return the row and the column of a key path, or of what is above or below it."""
        wanted = path.partition("[")[0]
        for known, column in self._row.columns.items():
            if known == wanted or known.startswith(f"{wanted}.") or wanted.startswith(f"{known}."):
                return Found(self._row.line, column, known == wanted)
        return None

    def path_of(self, key: str) -> str:
        """Return the key path that a fault means by its key, which is a column."""
        return next((path for path, column in self._row.columns.items() if column == key), key)
