# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The report for programs: the fleet result with every mailbox's full result (docs/reports.md)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .view import MARK, compare

VERSION = 1
BEGIN = re.compile(rb'\{\s*"report":\s*"' + re.escape(MARK.encode()) + b'"')
"""How a report begins, also where another program laid it out anew."""
_RESULTS = ', "results": {\n'


def render(
    fleet: Mapping[str, Any], results: Mapping[str, Mapping[str, Any]], previous: Mapping[str, Any] | None = None
) -> str:
    """Return the whole report."""
    return "".join(parts(fleet, results, previous))


def parts(
    fleet: Mapping[str, Any], results: Mapping[str, Mapping[str, Any]], previous: Mapping[str, Any] | None = None
) -> Iterator[str]:
    """Yield the report: a first line with all but the results, then one line for each mailbox.

    The layout lets the next run read its predecessor's first line only, and ``grep`` find a mailbox.
    """
    head = {"report": MARK, "version": VERSION, **fleet, "comparison": compare(fleet, results, previous).as_dict()}
    head.pop("results", None)
    yield _dump(head)[:-1] + _RESULTS
    separator = ""
    for mailbox, result in results.items():
        yield f"{separator}{_dump(mailbox)}: {_dump(result)}"
        separator = ",\n"
    yield "\n}}\n"


def head(text: str) -> dict[str, Any] | None:
    """Return a report without its results from its first line, or from the whole text where it was laid out anew."""
    begin, found, _rest = text.partition(_RESULTS)
    try:
        loaded = json.loads(begin + "}" if found else text)
    except ValueError:
        return None
    if not isinstance(loaded, dict) or loaded.get("report") != MARK or loaded.get("version") != VERSION:
        return None
    loaded.pop("results", None)
    return loaded


def _dump(value: object) -> str:
    # ASCII only: what a server wrote may hold lone surrogates. What JSON has no form for is shown as a text.
    return json.dumps(value, ensure_ascii=True, default=str)
