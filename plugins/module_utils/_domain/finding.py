# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What is found about a sending domain: findings with stable ids, gathered by section."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from .._models.names import FailOn


class Severity(str, Enum):
    """``error``: mail is refused or forged for it. ``warning``: it may be. ``info``: worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


COUNTED: Mapping[FailOn, tuple[Severity, ...]] = {
    FailOn.NEVER: (),
    FailOn.ERROR: (Severity.ERROR,),
    FailOn.WARNING: (Severity.ERROR, Severity.WARNING),
}
"""The severities that fail, by the option ``fail_on``."""


class Status(str, Enum):
    """What a section came to; ``unknown`` where DNS or https did not give a definite answer."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    ABSENT = "absent"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """One thing about a domain. ``id`` (``spf.too_many_lookups``) is stable, and can be turned off.

    ``reference`` is the section of the standard (``RFC 7208 §4.6.4``). ``evidence`` holds plain values.
    """

    id: str
    severity: Severity
    text: str
    cause: str
    remedy: str
    reference: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Section:
    """What was found of one mechanism (``spf``, ``dkim``, …); ``facts`` holds plain values."""

    name: str
    status: Status
    facts: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def status_of(findings: tuple[Finding, ...], otherwise: Status = Status.OK) -> Status:
    """Return the status that findings amount to."""
    severities = {finding.severity for finding in findings}
    if Severity.ERROR in severities:
        return Status.FAILED
    return Status.WARNING if Severity.WARNING in severities else otherwise
