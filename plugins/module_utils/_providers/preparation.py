# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What must be done at a provider before a login works, and by whom."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from .._models.names import Protocol
from .model import Step
from .table import Known

_SECRET = re.compile(
    r"app(?:lication)?(?:-specific)? password|password (?:for|of its own)|authorization code|mail key|token|OAuth2"
    r"|two-factor|two-step|2-Step",
    re.IGNORECASE,
)
_ACCESS = re.compile(
    r"switch(?:es)? (?:it |them )?o(?:n|ff)|switch on|allow\b|enabled|leave IMAP on|scope of", re.IGNORECASE
)


def steps(known: Known, protocols: Iterable[Protocol] = tuple(Protocol)) -> tuple[Step, ...]:
    """Return the steps that concern a variant and any of the protocols, in the order in which they are done."""
    wanted = frozenset(protocols)
    return tuple(
        step for step in known.provider.preparation if wanted & frozenset(step.protocols) and known.concerned_by(step)
    )


def makes_secret(step: Step) -> bool:
    """Tell whether a step is about what serves as password."""
    return _SECRET.search(step.text) is not None


def gives_access(step: Step) -> bool:
    """Tell whether a step switches something on, or is about anything else than a secret."""
    return _ACCESS.search(step.text) is not None or not makes_secret(step)


def checklist(known: Known, protocols: Iterable[Protocol] = tuple(Protocol)) -> list[dict[str, Any]]:
    """Return the steps as plain values: ``text``, ``by`` (user or administrator), ``protocols``, ``sources``."""
    return [
        {
            "text": step.text,
            "by": step.by.value,
            "protocols": [protocol.value for protocol in step.protocols],
            "sources": known.cited(step.sources),
        }
        for step in steps(known, protocols)
    ]
