# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What each finding says: one rule for an id, so that texts, documentation and validation share one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .finding import Finding, Severity


@dataclass(frozen=True)
class Rule:
    """The words of one finding. ``text`` is a full sentence whose ``{names}`` are filled from the evidence.

    ``title`` is what documentation lists; ``reference`` is the section of the standard.
    """

    severity: Severity
    title: str
    text: str
    cause: str
    remedy: str
    reference: str


def finding(rules: Mapping[str, Rule], which: str, severity: Severity | None = None, /, **evidence: Any) -> Finding:
    """Return the finding that a rule words. Every name in its texts has to be in ``evidence``."""
    rule = rules[which]
    return Finding(
        id=which,
        severity=severity or rule.severity,
        text=rule.text.format_map(evidence),
        cause=rule.cause.format_map(evidence),
        remedy=rule.remedy.format_map(evidence),
        reference=rule.reference,
        evidence=evidence,
    )
