# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reports for programs: what they say, and that no text from outside can break their form."""

from __future__ import annotations

import json as stdlib_json
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from report import samples

from ansible_collections.mailops.mailbox.plugins.module_utils._report import json, junit, prometheus, view

RESULTS = samples.RESULTS
UNKNOWN = samples.variant("ok5", status="inconclusive", msg="Nobody knows.\nLater.")


def previous_of(results: dict[str, Any], started: str, before: Any = None, **changes: Any) -> dict[str, Any]:
    return stdlib_json.loads(json.render(samples.fleet_of(results, started, **changes), results, before))


# Ids that are one when blanks are folded and what can't be shown is replaced.
ALIKE = ("a b", "a  b", " a b", "a\tb", "a\nb", "a\u00a0b", "a\u200bb", "a\ufeffb", "a?b", "a\ud800b", "a\udfffb")


class TestComparison:
    """Newly broken, fixed and still broken."""

    def test_without_a_previous_report_nothing_is_new(self) -> None:
        found = view.compare(samples.fleet_of(RESULTS), RESULTS, None)
        assert (found.newly_broken, found.fixed, found.still_broken) == ((), (), ())
        assert found.since["expired"] == samples.STARTED
        assert "ok4" not in found.since

    def test_each_change_is_told_apart(self) -> None:
        first = {name: RESULTS[name] for name in ("expired", "swapped", "ok4", "ok5")}
        before = previous_of(first, "2026-11-20T05:00:00Z")
        second = {
            "expired": RESULTS["expired"],
            "swapped": samples.variant("ok4"),
            "ok4": RESULTS["imap-disabled"],
            "ok5": RESULTS["ok5"],
            "vault-403": RESULTS["vault-403"],
        }
        found = view.compare(samples.fleet_of(second), second, before)
        assert found.still_broken == ("expired",)
        assert found.fixed == ("swapped",)
        assert found.newly_broken == ("ok4", "vault-403")
        assert found.since == {
            "expired": "2026-11-20T05:00:00Z",
            "ok4": samples.STARTED,
            "vault-403": samples.STARTED,
        }
        assert [found.of(name) for name in ("expired", "swapped", "ok4", "ok5")] == [
            "still broken",
            "fixed",
            "newly broken",
            "",
        ]

    def test_an_inconclusive_run_neither_mends_nor_breaks(self) -> None:
        first = {"a": RESULTS["expired"], "b": RESULTS["ok4"]}
        second = {"a": UNKNOWN, "b": UNKNOWN}
        before = previous_of(first, "2026-11-19T05:00:00Z")
        between = previous_of(second, "2026-11-20T05:00:00Z", before)
        assert between["comparison"]["fixed"] == between["comparison"]["newly_broken"] == []
        found = view.compare(samples.fleet_of(first), first, between)
        assert found.still_broken == ("a",)
        assert found.since == {"a": "2026-11-19T05:00:00Z"}

    def test_a_run_of_a_part_forgets_nobody(self) -> None:
        whole = {"a": RESULTS["ok4"], "b": RESULTS["expired"], "c": RESULTS["expired"]}
        first = previous_of(whole, "2026-11-18T05:00:00Z")
        part = previous_of({"a": RESULTS["ok4"]}, "2026-11-19T05:00:00Z", first)
        assert part["comparison"] == {
            "previous": "2026-11-18T05:00:00Z",
            "newly_broken": [],
            "still_broken": [],
            "fixed": [],
            "since": {},
            "absent": {name: {"since": "2026-11-18T05:00:00Z", "seen": "2026-11-18T05:00:00Z"} for name in ("b", "c")},
        }
        other = previous_of({"a": RESULTS["expired"]}, "2026-11-20T05:00:00Z", part)
        assert other["comparison"]["absent"] == part["comparison"]["absent"]
        found = view.compare(samples.fleet_of({}), {**whole, "a": RESULTS["expired"], "c": RESULTS["ok5"]}, other)
        assert (found.newly_broken, found.fixed, found.still_broken) == ((), ("c",), ("a", "b"))
        assert found.since == {"a": "2026-11-20T05:00:00Z", "b": "2026-11-18T05:00:00Z"}
        assert found.absent == {}

    def test_an_interrupted_run_forgets_nobody(self) -> None:
        before = previous_of({"a": RESULTS["expired"]}, "2026-11-19T05:00:00Z")
        run = {**samples.fleet_of({})["run"], "interrupted": True}
        found = view.compare(samples.fleet_of({}, run=run), {}, before)
        assert found.since == {}
        assert found.absent == {"a": {"since": "2026-11-19T05:00:00Z", "seen": "2026-11-19T05:00:00Z"}}

    def test_who_is_not_seen_for_a_month_is_forgotten(self) -> None:
        first = previous_of({"a": RESULTS["expired"], "b": RESULTS["expired"]}, "2026-10-01T05:00:00Z")
        before = previous_of({"b": RESULTS["expired"]}, "2026-10-15T05:00:00Z", first)
        last = samples.fleet_of({}, "2026-10-31T05:00:00Z")
        assert list(view.compare(last, {}, before).absent) == ["a", "b"]
        later = samples.fleet_of({}, "2026-10-31T05:00:01Z")
        assert list(view.compare(later, {}, before).absent) == ["b"]

    def test_who_was_removed_from_the_registry_is_forgotten(self) -> None:
        before = previous_of({"a": RESULTS["expired"], "b": RESULTS["expired"]}, "2026-11-19T05:00:00Z")
        found = view.compare(samples.fleet_of({}, pruned=["a"]), {}, before)
        assert list(found.absent) == ["b"]

    def test_another_fleet_is_not_compared_with(self) -> None:
        run = {**samples.fleet_of({})["run"], "fleet": "other"}
        before = previous_of({"a": RESULTS["ok4"]}, "2026-11-19T05:00:00Z", run=run)
        found = view.compare(samples.fleet_of(RESULTS), {"a": RESULTS["expired"]}, before)
        assert found.newly_broken == ()
        assert found.previous is None

    def test_ids_that_look_alike_are_kept_apart(self) -> None:
        first = dict.fromkeys(ALIKE, RESULTS["ok4"])
        before = previous_of({**first, "a b": RESULTS["expired"]}, "2026-11-20T05:00:00Z")
        second = {**first, "a  b": RESULTS["expired"]}
        found = view.compare(samples.fleet_of(second), second, before)
        assert (found.fixed, found.newly_broken, found.still_broken) == (("a b",), ("a  b",), ())
        assert len({row.id for row in view.rows(first)}) == len(ALIKE)

    def test_short_results_are_used_where_they_are_whole(self) -> None:
        short = {"a": {"status": "failed", "reason": None}}
        found = view.compare(samples.fleet_of({}, results=short), {"a": RESULTS["ok4"]}, None)
        assert list(found.since) == ["a"]


class TestJson:
    def test_everything_is_in_it(self) -> None:
        fleet = samples.fleet_of(RESULTS, results={"short": 1})
        loaded = stdlib_json.loads(json.render(fleet, RESULTS))
        assert loaded["results"] == RESULTS
        assert loaded["report"] == "mailops.mailbox"
        assert loaded["version"] == 1
        assert loaded["contract"] == 1
        assert {key: loaded[key] for key in fleet if key != "results"} == {
            key: fleet[key] for key in fleet if key != "results"
        }

    def test_a_mailbox_is_a_line(self) -> None:
        lines = json.render(samples.fleet_of(RESULTS), RESULTS).splitlines()
        assert len(lines) == len(RESULTS) + 2
        assert stdlib_json.loads("{" + lines[1].rstrip(",") + "}") == {"wrong-password": RESULTS["wrong-password"]}

    def test_the_first_line_is_enough_for_the_next_run(self) -> None:
        text = json.render(samples.fleet_of(RESULTS), RESULTS)
        whole = stdlib_json.loads(text)
        del whole["results"]
        assert json.head(text.partition("\n")[0] + "\n") == whole
        assert json.head(stdlib_json.dumps(stdlib_json.loads(text), indent=2)) == whole

    @pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense", '{"report": "mailops.mailbox", "version": 99}'])
    def test_what_is_no_report_is_not_taken_for_one(self, text: str) -> None:
        assert json.head(text) is None

    def test_an_empty_fleet(self) -> None:
        assert stdlib_json.loads(json.render(samples.fleet_of({}), {}))["results"] == {}

    def test_hostile_texts_come_back_as_they_were(self) -> None:
        results = samples.poisoned()
        text = json.render(samples.fleet_of(results), results)
        text.encode("ascii")
        assert stdlib_json.loads(text)["results"] == results


CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase"},
    "properties": {"property"},
    "testcase": {"failure", "skipped", "system-out"},
}
ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
    "property": {"name", "value"},
    "testcase": {"name", "classname", "time"},
    "failure": {"message", "type"},
    "skipped": {"message", "type"},
}


def check_schema(element: ElementTree.Element) -> None:
    """What junit-10.xsd, the schema of Jenkins, allows of what is used here."""
    assert set(element.attrib) <= ATTRIBUTES.get(element.tag, set())
    for child in element:
        assert child.tag in CHILDREN.get(element.tag, set())
        check_schema(child)


class TestJunit:
    def read(self, results: dict[str, Any], **changes: Any) -> ElementTree.Element:
        root = ElementTree.fromstring(junit.render(samples.fleet_of(results, **changes), results).encode())
        check_schema(root)
        return root

    def test_verdicts(self) -> None:
        results = {**RESULTS, "unknown": UNKNOWN, "waits": samples.variant("ok4", status="skipped")}
        root = self.read(results)
        cases = {case.get("name"): case for case in root.iter("testcase")}
        assert set(cases) == {*results, "The policy of the fleet is met"}
        assert [child.tag for child in cases["ok4"]] == []
        assert [child.tag for child in cases["expired"]] == ["failure"]
        assert [child.tag for child in cases["imap-disabled"]] == ["failure"]
        assert [child.tag for child in cases["unknown"]] == ["skipped", "system-out"]
        assert [child.tag for child in cases["waits"]] == ["skipped", "system-out"]

    def test_a_failure_says_what_a_person_needs(self) -> None:
        case = next(case for case in self.read(RESULTS).iter("testcase") if case.get("name") == "wrong-password")
        failure = case[0]
        assert failure.get("message") == RESULTS["wrong-password"]["msg"].splitlines()[0]
        assert failure.get("type") == "auth.credentials"
        assert failure.text == RESULTS["wrong-password"]["msg"]

    def test_the_sums_are_right(self) -> None:
        root = self.read({**RESULTS, "unknown": UNKNOWN})
        suites = root.findall("testsuite")
        for suite in suites:
            assert int(suite.get("tests", "")) == len(suite.findall("testcase"))
            assert int(suite.get("failures", "")) == len(suite.findall("testcase/failure"))
            assert int(suite.get("skipped", "")) == len(suite.findall("testcase/skipped"))
            assert re.fullmatch(r"[0-9]+\.[0-9]{3}", suite.get("time", ""))
        assert int(root.get("tests", "")) == sum(int(suite.get("tests", "")) for suite in suites) == 12
        assert int(root.get("failures", "")) == sum(int(suite.get("failures", "")) for suite in suites) == 9

    def test_ids_that_look_alike_are_kept_apart(self) -> None:
        names = [case.get("name") for case in self.read(dict.fromkeys(ALIKE, RESULTS["ok4"])).iter("testcase")]
        assert names[1:3] == ["a b", "a  b"]
        assert len(set(names)) == len(ALIKE) + 1

    def test_the_policy_is_a_case_of_its_own(self) -> None:
        policy = {"passed": False, "reasons": ["Capacity is 10, and 20 are needed.", "ceo@acme.test must work."]}
        (case,) = self.read({}, policy=policy).iter("testcase")
        assert case[0].get("message") == "Capacity is 10, and 20 are needed."
        assert "ceo@acme.test" in str(case[0].text)

    def test_categories_are_counted(self) -> None:
        properties = {entry.get("name"): entry.get("value") for entry in self.read(RESULTS).iter("property")}
        assert properties["category.auth.credentials"] == "1"

    def test_hostile_texts_stay_texts(self) -> None:
        results = samples.poisoned()
        policy = {"passed": False, "reasons": [samples.HOSTILE]}
        root = self.read(results, policy=policy)
        assert len(list(root.iter("testcase"))) == len(results) + 1
        assert "\x1b" not in ElementTree.tostring(root, encoding="unicode")


SAMPLE = re.compile(r'^([a-z_]+)\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*"(?:,|(?=\})))*)\} (-?[0-9]+(?:\.[0-9]+)?)$')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\\n]|\\["\\n])*)"')


def read_metrics(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Read the text format as strictly as Prometheus does."""
    assert text.endswith("\n")
    found: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    typed: list[str] = []
    for entry in text[:-1].split("\n"):
        if entry.startswith("# TYPE "):
            name, kind = entry[7:].split(" ")
            assert kind == "gauge"
            assert name not in typed
            typed.append(name)
        elif not entry.startswith("#"):
            match = SAMPLE.match(entry)
            assert match, entry
            # The samples of a metric stand together, under its TYPE.
            assert match[1] == typed[-1]
            key = (match[1], frozenset(LABEL.findall(match[2])))
            assert key not in found
            found[key] = float(match[3])
    return found


class TestPrometheus:
    def test_a_run_of_a_part_tells_of_its_own_mailboxes_only(self) -> None:
        whole = {"a": RESULTS["expired"], "b": RESULTS["expired"]}
        first = previous_of(whole, "2026-11-18T05:00:00Z")
        part = {"a": RESULTS["expired"]}
        second = previous_of(part, "2026-11-19T05:00:00Z", first)
        text = prometheus.render(samples.fleet_of(part), part, second)
        assert 'id="a"' in text
        assert 'id="b"' not in text
        found = read_metrics(prometheus.render(samples.fleet_of(whole), whole, second))
        labels = frozenset({("fleet", "acme"), ("id", "b")})
        assert found["mailbox_broken_since_timestamp_seconds", labels] == view.seconds("2026-11-18T05:00:00Z")

    def test_ids_that_look_alike_are_kept_apart(self) -> None:
        results = dict.fromkeys(ALIKE, RESULTS["expired"])
        text = prometheus.render(samples.fleet_of(results), results)
        text.encode("utf-8")
        # A series that is given twice would be found there.
        found = read_metrics(text)
        for metric in ("mailbox_up", "mailbox_verdict_info", "mailbox_broken_since_timestamp_seconds"):
            assert len({dict(labels)["id"] for name, labels in found if name == metric}) == len(ALIKE)

    def test_services(self) -> None:
        text = prometheus.render(samples.fleet_of(RESULTS), RESULTS)
        up = {
            (dict(labels)["id"], dict(labels)["protocol"]): value
            for (name, labels), value in read_metrics(text).items()
            if name == "mailbox_up"
        }
        assert up["ok4", "smtp"] == up["ok4", "imap"] == up["imap-disabled", "smtp"] == 1
        assert up["imap-disabled", "imap"] == up["expired", "smtp"] == 0

    def test_what_is_not_known_has_no_sample(self) -> None:
        unknown = samples.variant("ok4", status="inconclusive")
        unknown["smtp"]["status"] = "inconclusive"
        text = prometheus.render(samples.fleet_of({}), {"a": unknown})
        assert 'protocol="smtp"} 1' not in "".join(
            entry for entry in text.splitlines() if entry.startswith("mailbox_up")
        )
        assert 'status="inconclusive"' in text

    def test_times_and_counts(self) -> None:
        found = read_metrics(prometheus.render(samples.fleet_of(RESULTS), RESULTS))
        fleet = frozenset({("fleet", "acme")})
        assert found["mailbox_fleet_last_run_timestamp_seconds", fleet] == view.seconds(samples.STARTED)
        assert found["mailbox_fleet_run_duration_seconds", fleet] == 12.3456
        assert found["mailbox_fleet_policy_passed", fleet] == 0
        assert found["mailbox_fleet_mailboxes", fleet | {("status", "verified")}] == 2
        labels = fleet | {("id", "ok4"), ("protocol", "imap"), ("host", "127.0.0.1")}
        assert found["mailbox_certificate_expiry_timestamp_seconds", labels] == view.seconds("2027-03-01T00:00:00Z")
        stage = fleet | {("id", "ok4"), ("protocol", "smtp"), ("stage", "auth")}
        (spent,) = [s["duration_ms"] for s in RESULTS["ok4"]["smtp"]["stages"] if s["stage"] == "auth"]
        assert found["mailbox_stage_duration_seconds", stage] == pytest.approx(spent / 1000)

    def test_hostile_texts_stay_texts(self) -> None:
        results = samples.poisoned()
        found = read_metrics(prometheus.render(samples.fleet_of(results), results))
        assert len([1 for name, _labels in found if name == "mailbox_verdict_info"]) == len(results)
