# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What a person is told when a stage does not succeed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .names import Category, Confidence, PasswordAtFault, Protocol, Stage, StageStatus


@dataclass(frozen=True)
class Cause:
    """One possible cause of a failure and what to do about it."""

    cause: str
    remedy: str
    confidence: Confidence = Confidence.MEDIUM


@dataclass(frozen=True)
class Failure:
    """One failure of a mailbox run, ready to be shown.

    ``sentence`` is one full sentence that says what happened. ``reply`` is the server's own word,
    already redacted. ``status`` is ``inconclusive`` where the evidence says nothing about the mailbox.
    ``retry_after`` is in seconds. ``evidence`` holds further facts for machines, never a secret.
    """

    category: Category
    stage: Stage
    sentence: str
    causes: tuple[Cause, ...]
    protocol: Protocol | None = None
    status: StageStatus = StageStatus.FAILED
    reply: str | None = None
    password_at_fault: PasswordAtFault = PasswordAtFault.NO
    retryable: bool = False
    retry_after: float | None = None
    evidence: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the failure in the form of the result contract."""
        return {
            "category": self.category.value,
            "protocol": self.protocol.value if self.protocol else None,
            "stage": self.stage.value,
            "status": self.status.value,
            "sentence": self.sentence,
            "reply": self.reply,
            "causes": [{"cause": c.cause, "remedy": c.remedy, "confidence": c.confidence.value} for c in self.causes],
            "password_at_fault": self.password_at_fault.value,
            "retryable": self.retryable,
            "retry_after": self.retry_after,
            "evidence": self.evidence,
        }


@dataclass(frozen=True)
class Notice:
    """Something that works today and may not tomorrow; ``id`` is stable and can be turned off."""

    id: str
    text: str
    stage: Stage
    protocol: Protocol | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the warning in the form of the result contract."""
        return {
            "id": self.id,
            "protocol": self.protocol.value if self.protocol else None,
            "stage": self.stage.value,
            "text": self.text,
        }


class StageError(Exception):
    """A stage outside the wire (secret, register) failed in a way that can be explained."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.sentence)
        self.failure = failure
