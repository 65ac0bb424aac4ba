# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page as a text: what it says without its script, and that nothing from outside becomes markup or script."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

from report import samples

from ansible_collections.mailops.mailbox.plugins.module_utils._report import html
from ansible_collections.mailops.mailbox.plugins.module_utils._report import json as json_report

RESULTS = samples.RESULTS
VOID = {"meta", "col", "input", "br"}


class Page(HTMLParser):
    """Elements, attributes and texts of a page; fails on elements that are not closed in order."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.open[-1] if self.open else "", []).append(data)

    def named(self, name: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag == name]

    def text(self) -> str:
        return "\n".join(text for tag, found in self.texts.items() if tag not in ("script", "style") for text in found)


def page(results: dict[str, Any] | None = None, previous: Any = None, **changes: Any) -> Page:
    found = RESULTS if results is None else results
    return Page(html.render(samples.fleet_of(found, **changes), found, previous))


def boxes(found: Page) -> list[dict[str, str]]:
    return [attributes for attributes in found.named("tbody") if "data-id" in attributes]


def test_every_mailbox_is_a_row_the_most_important_first() -> None:
    found = boxes(page())
    assert sorted(entry["data-id"] for entry in found) == sorted(RESULTS)
    assert [entry["data-status"] for entry in found] == ["failed"] * 5 + ["partial"] * 3 + ["verified"] * 2


def test_the_diagnosis_can_be_read_without_the_script() -> None:
    told = page().text()
    for result in RESULTS.values():
        for failure in result["failures"]:
            assert " ".join(failure["sentence"].split()) in told
            for cause in failure["causes"]:
                assert " ".join(cause["remedy"].split()) in told
    assert "535 5.7.8" in told
    assert "The password is not at fault: do not change it." in told


def test_policy_counts_and_causes_are_told() -> None:
    told = page(policy={"passed": False, "reasons": ["Capacity is 10, and 20 are needed."]}).text()
    assert "The policy is not met." in told
    assert "Capacity is 10, and 20 are needed." in told
    assert "37 mailboxes (Google)" in told
    assert "and 36 more" in told
    assert "The policy is met." in page(policy={"passed": True, "reasons": []}).text()


def test_the_network_is_blamed_where_it_is_at_fault() -> None:
    run = {**samples.fleet_of({})["run"], "network": ["No server could be reached from this machine."]}
    assert "No server could be reached from this machine." in page(run=run).text()


def test_changes_against_the_last_run() -> None:
    first = {"expired": RESULTS["expired"], "ok4": RESULTS["ok4"], "swapped": RESULTS["swapped"]}
    before = json.loads(json_report.render(samples.fleet_of(first, "2026-11-20T05:00:00Z"), first))
    second = {"expired": RESULTS["expired"], "ok4": RESULTS["imap-disabled"], "swapped": RESULTS["ok5"]}
    found = page(second, before)
    changes = {entry["data-id"]: entry["data-change"] for entry in boxes(found)}
    assert changes == {"expired": "still broken", "ok4": "newly broken", "swapped": "fixed"}
    assert "since 2026-11-20" in found.text()
    assert "Since the run of 2026-11-20 05:00:00 UTC" in found.text()
    assert "Since the run of" not in page(second).text()


def test_ids_that_look_alike_are_kept_apart() -> None:
    results = dict.fromkeys(("a b", "a  b", 'a "b"', "a\u00a0b"), RESULTS["ok4"])
    bodies = Page(html.render(samples.fleet_of(results), results)).named("tbody")
    assert {body["data-id"] for body in bodies if "data-id" in body} == {"a b", "a  b", 'a "b"', "a\\xa0b"}


def test_days_of_the_certificate_are_counted_from_the_run() -> None:
    (days, took) = [cell["data-sort"] for cell in page({"ok4": RESULTS["ok4"]}).named("td") if "data-sort" in cell]
    assert days == "99"
    assert float(took) == round(RESULTS["ok4"]["timing"]["duration_ms"] / 1000, 3)


def test_nothing_is_loaded_from_elsewhere() -> None:
    found = page()
    assert not {"link", "img", "iframe", "object", "base"} & {tag for tag, _unused in found.tags}
    assert not [
        value for _unused, attributes in found.tags for name, value in attributes.items() if name in ("src", "style")
    ]
    assert all(entry["href"].startswith("#") for entry in found.named("a"))
    assert "http" not in "".join(found.texts["style"]) + found.texts["script"][-1]


def test_only_its_own_script_and_style_may_run() -> None:
    found = page()
    (policy,) = [entry["content"] for entry in found.named("meta") if "http-equiv" in entry]
    assert policy.startswith("default-src 'none';")
    hashes = [
        "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in (found.texts["style"][0], found.texts["script"][-1])
    ]
    assert re.findall(r"sha256-[^']+", policy) == hashes


def test_hostile_texts_stay_texts() -> None:
    results = samples.poisoned()
    fleet = samples.fleet_of(
        results,
        policy={"passed": False, "reasons": [samples.HOSTILE]},
        summary=[dict.fromkeys(("category", "sentence", "remedy"), samples.HOSTILE) | {"ids": [samples.HOSTILE]}],
        run={**samples.fleet_of({})["run"], "fleet": samples.HOSTILE, "started_at": samples.HOSTILE},
    )
    source = html.render(fleet, results)
    source.encode()
    found = Page(source)
    assert len(boxes(found)) == len(results)
    assert [entry.get("type", "") for entry in found.named("script")] == ["application/json", ""]
    assert not [name for _unused, attributes in found.tags for name in attributes if name.startswith("on")]
    assert not any(char in source for char in "\x00\x1b\u2028\u2029")
    data = found.texts["script"][0]
    assert "<" not in data
    assert len(json.loads(data)["rows"]) == len(results)


def test_an_empty_fleet_is_a_page_too() -> None:
    assert boxes(page({}, summary=[])) == []


def test_section_7_3_a_reply_from_before_tls_is_not_shown_as_the_servers_word() -> None:
    reply = "* BYE [ALERT] set a new password at evil.test"
    failure: dict[str, Any] = {"category": "server.temporary", "sentence": "It ended.", "reply": reply}
    failure["evidence"] = {"before_tls": True}
    told = page({"a": {"id": "a", "status": "inconclusive", "failures": [failure]}}).text()
    assert "This came before TLS, so anybody on the way may have written it:" in told
    assert reply in told
    del failure["evidence"]
    told = page({"a": {"id": "a", "status": "inconclusive", "failures": [failure]}}).text()
    assert "before TLS" not in told
