# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What is asked of a fleet run, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._models.names import State
from .._models.problems import Problem


class FleetRefused(Exception):
    """The run was not begun, or a part of it was refused, whatever the policy says; the text is for people."""


@dataclass(frozen=True)
class Declared:
    """One declaration: where it comes from (a host name, ``mailboxes[3]``), and what it says or why it says nothing."""

    label: str
    raw: Mapping[str, Any] | None
    error: Sequence[Problem] = ()


@dataclass(frozen=True)
class Policy:
    """When a fleet is good enough. Limits that are None don't count; ``last_known_max_age`` is in seconds."""

    max_failures: int | None = None
    max_failure_percent: float | None = None
    required: tuple[str, ...] = ()
    min_capacity: int | None = None
    on_inconclusive: str = "last_known"
    last_known_max_age: int = 86400


@dataclass(frozen=True)
class FleetRequest:
    """What is asked. ``cut`` says why the list is known to be only a part of the fleet, empty where it is whole.

    ``unread`` holds a sentence for each inventory source that could not be read: its mailboxes are unknown.
    ``trace`` puts the redacted dialogues into the results of mailboxes.
    """

    state: State
    registry_path: str
    registry_timeout: float = 10.0
    allow_partial: bool = False
    retry_refused_after: int = 86400
    force: bool = False
    check_mode: bool = False
    diff: bool = False
    fails: bool = True
    isolate: bool = True
    policy: Policy = field(default_factory=Policy)
    pace: Mapping[str, Any] = field(default_factory=dict)
    full: bool = False
    fleet: str | None = None
    prune: bool = False
    prune_max: float = 10.0
    journal: str | None = None
    rebuild: bool = False
    report: Mapping[str, str] = field(default_factory=dict)
    cut: str = ""
    unread: tuple[str, ...] = ()
    trace: bool = False
    stopping: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class FleetOutcome:
    """The fleet result, whether the task fails, what ``--diff`` shows, and warnings for the person at the terminal."""

    result: dict[str, Any]
    failed: bool
    diff: tuple[dict[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()
