# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of the callback mailbox_table: order, alignment, bounds, ASCII."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from report import samples

from ansible_collections.mailops.mailbox.plugins.callback import mailbox_table

RESULTS = samples.RESULTS
FLEET = "mailops.mailbox.mailbox_fleet"
ITEM = "mailops.mailbox.mailbox_connection"


@pytest.fixture
def callback(monkeypatch: pytest.MonkeyPatch) -> Any:
    made = mailbox_table.CallbackModule()
    options = {"max_rows": 200, "width": 120}
    printed: list[str] = []
    monkeypatch.setattr(made, "get_option", options.__getitem__)
    monkeypatch.setattr(made, "_display", SimpleNamespace(display=printed.append))
    made.options, made.printed = options, printed
    return made


def event(action: str, result: Any, new: bool = False) -> Any:
    task = SimpleNamespace(resolved_action=action, action="short")
    names = ("task", "result") if new else ("_task", "_result")
    return SimpleNamespace(**dict(zip(names, (task, result), strict=True)))


def compact(name: str) -> dict[str, Any]:
    full = RESULTS[name]
    kept = ("id", "status", "reason", "changed")
    return {key: full[key] for key in (*kept, *(() if full["status"] == "verified" else ("failures", "msg")))}


@pytest.mark.parametrize("new", [False, True])
def test_a_fleet(callback: Any, new: bool) -> None:
    callback.v2_runner_on_failed(event(FLEET, {"results": {name: compact(name) for name in RESULTS}}, new))
    callback.v2_playbook_on_stats(None)
    head, titles, *lines = callback.printed[1:]
    assert head == "MAILBOXES: 5 failed, 3 partial, 2 verified"
    assert titles.split() == ["MAILBOX", "VERDICT", "SMTP", "IMAP", "CATEGORY", "WHAT", "HAPPENED"]
    assert [entry.split()[0] for entry in lines][:2] == ["expired", "swapped"]
    assert [entry.split()[1] for entry in lines] == ["failed"] * 5 + ["partial"] * 3 + ["verified"] * 2
    assert max(map(len, lines)) <= 120
    columns = {entry.index(word) for entry, word in zip(lines, [e.split()[1] for e in lines], strict=True)}
    assert columns == {titles.index("VERDICT")}
    (disabled,) = [entry for entry in lines if entry.startswith("imap-disabled")]
    assert disabled.split()[2:5] == ["✓", "✗", "auth.protocol_disabled"]


def test_single_mailboxes_and_loops(callback: Any) -> None:
    callback.v2_runner_on_ok(event(ITEM, RESULTS["ok4"]))
    callback.v2_runner_item_on_ok(event(ITEM, RESULTS["ok5"]))
    callback.v2_runner_item_on_failed(event(ITEM, RESULTS["expired"]))
    callback.v2_runner_on_failed(event(ITEM, {"results": [RESULTS["ok5"], RESULTS["expired"]], "failed": True}))
    callback.v2_playbook_on_stats(None)
    assert [entry.split()[0] for entry in callback.printed[3:]] == ["expired", "ok4", "ok5"]


@pytest.mark.parametrize("result", [{"results": {"a": {"status": "failed"}}}, {"id": "a", "status": "failed"}])
def test_tasks_of_others_are_left_alone(callback: Any, result: Any) -> None:
    callback.v2_runner_on_ok(event("ansible.builtin.debug", result))
    callback.v2_runner_on_ok(event(FLEET, {"censored": "hidden"}))
    callback.v2_playbook_on_stats(None)
    assert callback.printed == []


def test_the_table_is_bounded(callback: Any) -> None:
    results = {f"box{number:04}": {"status": "verified"} for number in range(1000)}
    callback.v2_runner_on_failed(event(FLEET, {"results": {**results, "z": compact("expired")}, "results_left_out": 7}))
    callback.v2_playbook_on_stats(None)
    assert len(callback.printed) == 3 + 200 + 1
    assert callback.printed[3].startswith("z ")
    assert callback.printed[-1] == "and 808 more"


def test_everything_on_request(callback: Any) -> None:
    callback.options["max_rows"] = 0
    callback.v2_runner_on_ok(event(FLEET, {"results": {str(number): {"status": "verified"} for number in range(300)}}))
    callback.v2_playbook_on_stats(None)
    assert len(callback.printed) == 303


def test_a_terminal_without_the_signs(callback: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox_table.sys, "stdout", SimpleNamespace(encoding="ascii"))
    odd = {
        **compact("expired"),
        "failures": [{"sentence": "Zürich \u2013 \u201c日本\u201d " + "x" * 500, "category": "a"}],
    }
    callback.v2_runner_on_failed(event(FLEET, {"results": {"müller": odd}}))
    callback.v2_playbook_on_stats(None)
    "".join(callback.printed).encode("ascii")
    assert callback.printed[3].startswith("muller   failed")
    assert "Zurich - " in callback.printed[3]
    assert callback.printed[3].endswith("...")


def test_wide_letters_stay_aligned(callback: Any) -> None:
    results = {name: {"status": "verified", "notices": [{"text": "X"}]} for name in ("日本語", "abcdef")}
    callback.v2_runner_on_ok(event(FLEET, {"results": results}))
    callback.v2_playbook_on_stats(None)
    latin, wide = callback.printed[3:]
    assert latin.index("verified") == wide.index("verified") + 3


def test_a_server_cannot_move_the_cursor(callback: Any) -> None:
    callback.v2_runner_on_failed(event(FLEET, {"results": samples.poisoned()}))
    callback.v2_playbook_on_stats(None)
    assert len(callback.printed) == 3 + len(RESULTS)
    assert not any(char in "".join(callback.printed) for char in "\x1b\n\x00\ud800\u2028")
