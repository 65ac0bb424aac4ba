# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The report for CI systems: JUnit XML, one test case for each mailbox and one for the policy.

Laid out for the schema that Jenkins checks against (junit-10.xsd) and that others read: it knows no properties of a
single test case, so the category of a failure is its ``type`` and the suites count categories in their properties.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from .view import BROKEN, MARK, Row, line, number, rows, text, title

_BEGIN = f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- {MARK} -->\n<testsuites'
BEGIN = re.compile(re.escape(_BEGIN.encode()))
"""How a report begins."""

_POLICY = "policy"
_QUOTE = {'"': "&quot;"}


def render(
    fleet: Mapping[str, Any], results: Mapping[str, Mapping[str, Any]], previous: Mapping[str, Any] | None = None
) -> str:
    """Return the whole report; ``previous`` changes nothing here."""
    return "".join(parts(fleet, results, previous))


def parts(
    fleet: Mapping[str, Any], results: Mapping[str, Mapping[str, Any]], previous: Mapping[str, Any] | None = None
) -> Iterator[str]:
    """Yield the report, suite by suite: the policy's, then one for each provider."""
    run = fleet.get("run") or {}
    started = line(run.get("started_at") or "").rstrip("Z")
    name = line(run.get("fleet") or "mailboxes")
    suites: dict[str, list[str]] = {}
    tallies: dict[str, _Tally] = {}
    for row in rows(results):
        tallies.setdefault(row.provider, _Tally()).add(row)
        suites.setdefault(row.provider, []).append(_case(row))
    policy, unmet = _policy(fleet)
    failures = sum(tally.failures for tally in tallies.values()) + unmet
    yield _BEGIN
    yield _attributes(
        name=name,
        tests=sum(tally.tests for tally in tallies.values()) + 1,
        failures=failures,
        errors=0,
        time=_seconds(number(run.get("duration_ms"))),
    )
    yield ">\n"
    total = _Tally(tests=1, failures=unmet)
    yield _suite(_POLICY, started, total, {"fleet": name}, [policy])
    for provider in sorted(suites):
        tally = tallies[provider]
        properties = {f"category.{category}": str(count) for category, count in sorted(tally.categories.items())}
        yield _suite(title(provider), started, tally, properties, suites[provider])
    yield "</testsuites>\n"


class _Tally:
    """What a suite's attributes count."""

    def __init__(self, tests: int = 0, failures: int = 0) -> None:
        self.tests = tests
        self.failures = failures
        self.skipped = 0
        self.ms = 0.0
        self.categories: Counter[str] = Counter()

    def add(self, row: Row) -> None:
        self.tests += 1
        self.ms += row.ms
        if row.status in BROKEN:
            self.failures += 1
        elif row.status != "verified":
            self.skipped += 1
        if row.category:
            self.categories[row.category] += 1


def _suite(name: str, started: str, tally: _Tally, properties: Mapping[str, str], cases: Sequence[str]) -> str:
    attributes = _attributes(
        name=name,
        tests=tally.tests,
        failures=tally.failures,
        errors=0,
        skipped=tally.skipped,
        time=_seconds(tally.ms),
        timestamp=started,
    )
    listed = "".join(f"   <property{_attributes(name=key, value=value)}/>\n" for key, value in properties.items())
    known = f"  <properties>\n{listed}  </properties>\n" if listed else ""
    return f" <testsuite{attributes}>\n{known}{''.join(cases)} </testsuite>\n"


def _case(row: Row) -> str:
    attributes = _attributes(classname=f"mailboxes.{_class(row)}", time=_seconds(row.ms))
    begin = f'  <testcase name="{escape(row.id, _QUOTE)}"{attributes}'
    if row.status == "verified":
        return f"{begin}/>\n"
    message = row.msg.partition("\n")[0] or row.sentence
    if row.status in BROKEN:
        told = f"<failure{_attributes(message=message, type=row.category or row.status)}>{_text(row.msg)}</failure>"
    else:
        told = f"<skipped{_attributes(message=message, type=row.category or row.reason or row.status)}/>"
        told += f"<system-out>{_text(row.msg)}</system-out>"
    return f"{begin}>{told}</testcase>\n"


def _policy(fleet: Mapping[str, Any]) -> tuple[str, int]:
    """Return the test case of the policy, and 1 where the policy was not met."""
    policy = fleet.get("policy") or {}
    reasons = [text(reason) for reason in policy.get("reasons") or ()]
    begin = f"  <testcase{_attributes(name='The policy of the fleet is met', classname='mailboxes.policy', time='0')}"
    if policy.get("passed", True):
        return f"{begin}/>\n", 0
    whole = "\n".join(reasons) or "The policy was not met."
    attributes = _attributes(message=whole.partition("\n")[0], type=_POLICY)
    return f"{begin}><failure{attributes}>{_text(whole)}</failure></testcase>\n", 1


def _class(row: Row) -> str:
    # Dots part the packages of a class name.
    return (row.provider or "none").replace(".", "_")


def _seconds(ms: float) -> str:
    return f"{ms / 1000:.3f}"


def _attributes(**values: object) -> str:
    return "".join(f" {name}={_quoted(value)}" for name, value in values.items())


def _quoted(value: object) -> str:
    return '"' + escape(line(value), _QUOTE) + '"'


def _text(value: str) -> str:
    return escape(text(value))
