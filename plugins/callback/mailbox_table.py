# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints a table of the mailboxes that a run has seen."""

from __future__ import annotations

DOCUMENTATION = r"""
name: mailbox_table
type: aggregate
short_description: Print a table of all mailboxes at the end of a run
version_added: 0.1.0
author:
  - The mailops.mailbox contributors (@mailops)
description:
  - Collects what M(mailops.mailbox.mailbox_fleet) and M(mailops.mailbox.mailbox_connection) found out
    about mailboxes, and prints one aligned table of it after the play recap, the most important mailboxes first.
  - It adds to the output and changes nothing of it, so it can be used beside any stdout callback.
  - Signs that the encoding of the terminal does not have are written in ASCII.
requirements:
  - enabled in C(callbacks_enabled) as V(mailops.mailbox.mailbox_table)
options:
  max_rows:
    description:
      - How many mailboxes are shown at most; the others are counted in a last line.
      - V(0) shows all of them.
    type: int
    default: 200
    env:
      - name: MAILBOX_TABLE_MAX_ROWS
    ini:
      - section: mailbox_table
        key: max_rows
  width:
    description:
      - The width of the table in characters; what does not fit is cut.
      - V(0) takes the width of the terminal, and 160 where there is none.
    type: int
    default: 0
    env:
      - name: MAILBOX_TABLE_WIDTH
    ini:
      - section: mailbox_table
        key: width
"""

EXAMPLES = r"""
# ansible.cfg
ansible_cfg: |
  [defaults]
  callbacks_enabled = mailops.mailbox.mailbox_table

  [mailbox_table]
  max_rows = 50
"""

import shutil
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible.plugins.callback import CallbackBase

from ansible_collections.mailops.mailbox.plugins.module_utils._report.view import (
    PROTOCOLS,
    STATUSES,
    line,
)

_TASKS = frozenset({"mailops.mailbox.mailbox_fleet", "mailops.mailbox.mailbox_connection"})
_HEAD = ("MAILBOX", "VERDICT", "SMTP", "IMAP", "CATEGORY", "WHAT HAPPENED")
_LIMITS = (40, 12, 4, 4, 30)
_GAP = 2
_NO_TERMINAL = 160
_LEAST = 20
# A service by its status, with and without the signs.
_SIGNS = {
    "ok": ("✓", "ok"),
    "warning": ("!", "!"),
    "failed": ("✗", "FAIL"),
    "inconclusive": ("~", "?"),
    "skipped": ("–", "-"),
}
_NONE = ("·", "")


class CallbackModule(CallbackBase):
    """Collects results as tasks end and prints the table when all plays have."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "mailops.mailbox.mailbox_table"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._seen: dict[str, dict[str, Any]] = {}
        self._left_out = 0

    def v2_runner_on_ok(self, result: Any) -> None:
        """A task that succeeded."""
        self._take(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """A task that failed; what it found out is in its result all the same."""
        self._take(result)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        """An item of a loop that succeeded."""
        self._take(result)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        """An item of a loop that failed."""
        self._take(result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """All plays have ended."""
        if not self._seen:
            return
        width = self.get_option("width") or shutil.get_terminal_size((_NO_TERMINAL, 24)).columns
        for printed in table(self._seen, self.get_option("max_rows"), width, _plain_only(), self._left_out):
            self._display.display(printed)

    def _take(self, event: Any) -> None:
        task, result = _parts(event)
        if _action(task) not in _TASKS or not isinstance(result, Mapping):
            return
        found = result.get("results")
        if isinstance(found, Mapping):
            for mailbox, entry in found.items():
                self._keep(str(mailbox), entry)
            self._left_out += int(result.get("results_left_out") or 0)
        elif result.get("id"):
            self._keep(str(result["id"]), result)

    def _keep(self, mailbox: str, result: Any) -> None:
        # Only what the table shows is kept: full results of thousands of mailboxes are large.
        if isinstance(result, Mapping) and result.get("status"):
            self._seen[mailbox] = _short(result)


def _parts(event: Any) -> tuple[Any, Any]:
    """Return the task and the result of an event: ansible-core 2.19 gave them new names, 2.23 takes the old away."""
    if hasattr(event, "task") and hasattr(event, "result"):
        return event.task, event.result
    return event._task, event._result


def _action(task: Any) -> str:
    return str(getattr(task, "resolved_action", None) or getattr(task, "action", ""))


def _short(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the table shows. A fleet tells successes in short, so services follow from the verdict there."""
    failures = [entry for entry in result.get("failures") or () if isinstance(entry, Mapping)]
    first = failures[0] if failures else {}
    status = line(result["status"])
    services = {}
    for name in PROTOCOLS:
        section = result.get(name)
        if isinstance(section, Mapping):
            services[name] = line(section.get("status") or "")
        elif name not in result:
            services[name] = _guessed(name, status, failures)
    sentence = first.get("sentence") or str(result.get("msg") or "").partition("\n")[0]
    if status == "verified" and not failures:
        sentence = "; ".join(str(notice.get("text", "")) for notice in result.get("notices") or ())
    return {
        "status": status,
        "services": services,
        "category": line(first.get("category") or result.get("reason") or ""),
        "sentence": line(sentence),
    }


def _guessed(protocol: str, status: str, failures: Sequence[Mapping[str, Any]]) -> str:
    """Return the status of a service from a short result; empty where it can't be told."""
    own = [str(entry.get("status") or "failed") for entry in failures if entry.get("protocol") in (protocol, None)]
    if own:
        return "failed" if "failed" in own else own[0]
    return "ok" if status in ("verified", "partial") else ""


def table(
    seen: Mapping[str, Mapping[str, Any]], max_rows: int, width: int, plain: bool, left_out: int = 0
) -> Iterator[str]:
    """Yield the lines of the table. ``plain`` is for encodings without the signs; ``left_out`` were never told."""
    ranks = {status: rank for rank, status in enumerate(STATUSES)}
    order = sorted(seen, key=lambda mailbox: (ranks.get(seen[mailbox]["status"], -1), mailbox))
    shown = order[:max_rows] if max_rows > 0 else order
    cells = [_HEAD, *(_cells(mailbox, seen[mailbox], plain) for mailbox in shown)]
    widths = [min(limit, max(_columns(row[column]) for row in cells)) for column, limit in enumerate(_LIMITS)]
    rest = max(_LEAST, width - sum(widths) - _GAP * len(widths))
    counted = {status: sum(1 for entry in seen.values() if entry["status"] == status) for status in STATUSES}
    yield ""
    yield "MAILBOXES: " + ", ".join(f"{count} {status}" for status, count in counted.items() if count)
    for row in cells:
        fitted = [_fit(cell, room, plain) for cell, room in zip(row, [*widths, rest], strict=True)]
        yield (" " * _GAP).join(fitted).rstrip()
    missing = len(order) - len(shown) + left_out
    if missing:
        yield f"and {missing} more"


def _cells(mailbox: str, entry: Mapping[str, Any], plain: bool) -> tuple[str, ...]:
    services = [_SIGNS.get(entry["services"].get(name, ""), _NONE)[plain] for name in PROTOCOLS]
    texts = (line(mailbox), entry["status"], *services, entry["category"], entry["sentence"])
    return tuple(_ascii(text) for text in texts) if plain else texts


_IN_ASCII = str.maketrans(
    {"\u2013": "-", "\u2014": "-", "\u2026": "...", "\u2192": "->"}
    | dict.fromkeys("\u2018\u2019", "'")
    | dict.fromkeys("\u201c\u201d", '"')
)


def _ascii(text: str) -> str:
    """Return a text in ASCII: letters lose their accents, what has no ASCII form becomes a question mark."""
    parted = unicodedata.normalize("NFKD", text.translate(_IN_ASCII))
    return "".join(char for char in parted if not unicodedata.combining(char)).encode("ascii", "replace").decode()


def _columns(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(_wide(char) for char in text)


def _wide(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _fit(text: str, room: int, plain: bool) -> str:
    """Return a text in exactly ``room`` columns, cut where it is longer."""
    if _columns(text) <= room:
        return text + " " * (room - _columns(text))
    end = "..." if plain else "…"
    kept = ""
    for char in text:
        if _columns(kept) + _wide(char) > room - len(end):
            break
        kept += char
    return kept + end + " " * (room - _columns(kept) - len(end))


def _plain_only() -> bool:
    """Tell whether the encoding of the terminal lacks the signs."""
    try:
        "✓✗–·…".encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return True
    return False
