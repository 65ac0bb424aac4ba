# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What a check of a declaration is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .._models.checks import CheckId
from .._models.names import Protocol


class Severity(str, Enum):
    """How certain a check is: an error stops the mailbox, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Check:
    """What one check found. ``text`` and ``remedy`` are full sentences and never hold a secret."""

    id: CheckId
    severity: Severity
    path: str
    text: str
    remedy: str

    @property
    def protocol(self) -> Protocol | None:
        """The service that it is about, or None for the whole mailbox."""
        top = self.path.partition(".")[0]
        return Protocol(top) if top in ("smtp", "imap") else None


def warning(name: CheckId, path: str, text: str, remedy: str) -> Check:
    """Make a check that stands beside the verdict of the probe."""
    return Check(name, Severity.WARNING, path, text, remedy)
