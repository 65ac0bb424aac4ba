# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The report for monitoring: the text format of Prometheus, for the textfile collector of node_exporter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .view import MARK, Row, compare, counts, line, number, rows, seconds

_MARKED = f"# {MARK}\n"
BEGIN = re.compile(re.escape(f"{_MARKED}# HELP mailbox_".encode()))
"""How a report begins: the comment alone may stand at the head of a playbook as well."""

_UP = {"ok": 1, "warning": 1, "failed": 0}
_METRICS = {
    "mailbox_up": "Whether a service of a mailbox works; there is no sample where nothing was learnt about it.",
    "mailbox_verdict_info": "The verdict on a mailbox and the category of what matters most; always 1.",
    "mailbox_broken_since_timestamp_seconds": "When a mailbox that is broken was first seen broken.",
    "mailbox_stage_duration_seconds": "How long a stage of a mailbox's probe took.",
    "mailbox_certificate_expiry_timestamp_seconds": "When the certificate that a service showed expires.",
    "mailbox_fleet_mailboxes": "How many mailboxes have a verdict.",
    "mailbox_fleet_policy_passed": "Whether the policy of the fleet was met.",
    "mailbox_fleet_interrupted": "Whether the run ended before every mailbox had a verdict.",
    "mailbox_fleet_last_run_timestamp_seconds": "When the run began.",
    "mailbox_fleet_run_duration_seconds": "How long the run took.",
}


def render(
    fleet: Mapping[str, Any], results: Mapping[str, Mapping[str, Any]], previous: Mapping[str, Any] | None = None
) -> str:
    """Return the whole report."""
    return "".join(parts(fleet, results, previous))


def parts(
    fleet: Mapping[str, Any], results: Mapping[str, Mapping[str, Any]], previous: Mapping[str, Any] | None = None
) -> Iterator[str]:
    """Yield the report. The samples of a metric stand together, as the format demands; no sample has a time."""
    run = fleet.get("run") or {}
    name = line(run.get("fleet") or "")
    comparison = compare(fleet, results, previous)
    samples: dict[str, list[str]] = {metric: [] for metric in _METRICS}
    for row in rows(results):
        for metric, labels, value in _of_mailbox(row):
            samples[metric].append(_sample(metric, {"fleet": name, **labels}, value))
        broken = seconds(comparison.since.get(row.id))
        if broken is not None:
            metric = "mailbox_broken_since_timestamp_seconds"
            samples[metric].append(_sample(metric, {"fleet": name, "id": row.id}, broken))
    for metric, labels, value in _of_fleet(fleet, run):
        samples[metric].append(_sample(metric, {"fleet": name, **labels}, value))
    yield _MARKED
    for metric, found in samples.items():
        if found:
            yield f"# HELP {metric} {_METRICS[metric]}\n# TYPE {metric} gauge\n"
            yield "".join(found)


def _of_mailbox(row: Row) -> Iterator[tuple[str, dict[str, str], float]]:
    labels = {"id": row.id, "provider": row.provider}
    for protocol, status in row.services.items():
        if status in _UP:
            yield "mailbox_up", {**labels, "protocol": protocol}, _UP[status]
    told = {"status": row.status, "category": row.category, "reason": row.reason}
    yield "mailbox_verdict_info", {**labels, **told}, 1
    spent: dict[tuple[str, str], float] = {}
    for stage in row.stages:
        if stage.status != "skipped":
            key = (stage.protocol, stage.stage)
            spent[key] = spent.get(key, 0.0) + stage.ms
    for (protocol, stage_name), ms in spent.items():
        stage_labels = {"id": row.id, "protocol": protocol, "stage": stage_name}
        yield "mailbox_stage_duration_seconds", stage_labels, ms / 1000
    for protocol, ends in row.expiry.items():
        certificate = {"id": row.id, "protocol": protocol, "host": row.hosts.get(protocol, "")}
        yield "mailbox_certificate_expiry_timestamp_seconds", certificate, ends


def _of_fleet(fleet: Mapping[str, Any], run: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str], float]]:
    for status, count in counts(fleet).items():
        yield "mailbox_fleet_mailboxes", {"status": status}, count
    policy = fleet.get("policy") or {}
    yield "mailbox_fleet_policy_passed", {}, int(bool(policy.get("passed", True)))
    yield "mailbox_fleet_interrupted", {}, int(bool(run.get("interrupted")))
    started = seconds(run.get("started_at"))
    if started is not None:
        yield "mailbox_fleet_last_run_timestamp_seconds", {}, started
    yield "mailbox_fleet_run_duration_seconds", {}, number(run.get("duration_ms")) / 1000


def _sample(metric: str, labels: Mapping[str, str], value: float) -> str:
    return f"{metric}{{{_labels(labels.items())}}} {_number(value)}\n"


def _labels(labels: Iterable[tuple[str, str]]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.4f}".rstrip("0")
