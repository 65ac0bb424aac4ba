# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines of the bench's table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

HEAD = ("part", "what", "median", "compared", "limit", "met")


@dataclass(frozen=True)
class Line:
    """One figure. ``compared`` is the figure that the limit is for: a ratio, or a difference."""

    part: str
    what: str
    value: float | None
    unit: str
    compared: float | None = None
    compared_unit: str = ""
    limit: float | None = None
    digits: int = 2
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the limit holds; None without one."""
        if self.limit is None:
            return None
        found = self.value if self.compared is None else self.compared
        return found is not None and found <= self.limit

    def cells(self) -> tuple[str, ...]:
        """The line as text."""

        def number(value: float | None, unit: str) -> str:
            return "" if value is None else f"{value:.{self.digits}f} {unit}".rstrip()

        limit_unit = self.unit if self.compared is None else self.compared_unit
        verdict = {None: "", True: "met", False: "MISSED"}[self.met]
        return (
            self.part,
            self.what,
            number(self.value, self.unit),
            number(self.compared, self.compared_unit),
            "" if self.limit is None else f"<= {self.limit:g} {limit_unit}",
            f"{verdict} {self.note}".strip(),
        )

    def as_json(self) -> dict[str, Any]:
        """The line for machines."""
        return {
            "part": self.part,
            "what": self.what,
            "value": self.value,
            "unit": self.unit,
            "compared": self.compared,
            "compared_unit": self.compared_unit,
            "limit": self.limit,
            "met": self.met,
            "note": self.note,
        }


def table(lines: Sequence[Line]) -> str:
    """Return the lines as a table."""
    rows = [HEAD, *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    right = {2, 3, 4}
    told = []
    for row in rows:
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        told.append("  ".join(cells).rstrip())
    return "\n".join(told)
