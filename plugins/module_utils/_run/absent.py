# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Taking a mailbox out of the registry; this needs neither a probe nor a secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._models.address import mail_address
from .._models.failure import StageError
from .._models.names import Verdict
from .._models.problems import FAULTS, DeclarationError, Problem
from .._registry.reconcile import reconcile_absent
from .._registry.sqlite import SqliteRegistry
from .connection import Outcome
from .result import result


def mailbox_id(declared: Mapping[str, Any]) -> str:
    """Return the id that a declaration stands for, whatever else it says.

    :raises DeclarationError: where there is neither an id nor an address, or YAML made a number of the id.
    """
    given, email = declared.get("id"), declared.get("email")
    if isinstance(given, (int, float)):
        raise DeclarationError([Problem("id", *FAULTS["not_text"])])
    if given:
        return str(given)
    if not email:
        raise DeclarationError([Problem("email", "is required where there is no id.", "Add one of the two.")])
    try:
        return mail_address(str(email))
    except ValueError:
        fix = "Write local-part@domain, or give the id under which it is registered."
        raise DeclarationError([Problem("email", "is not a mail address.", fix)]) from None


def remove(mailbox: str, registry_path: str, registry_timeout: float, *, check_mode: bool) -> Outcome:
    """Remove the registration, or tell what removing it would change."""
    try:
        with SqliteRegistry(registry_path, False, timeout=registry_timeout) as registry:
            change = reconcile_absent(registry.find(mailbox))
        if change.changed and not check_mode:
            with SqliteRegistry(registry_path, timeout=registry_timeout) as registry:
                change = registry.unregister(mailbox)
    except StageError as error:
        return Outcome(result(mailbox, Verdict.FAILED, failures=[error.failure]), failed=True)
    told = result(
        mailbox,
        Verdict.SKIPPED,
        changed=change.changed,
        registration={
            "registry": SqliteRegistry.kind,
            "id": mailbox,
            "before": change.before,
            "after": change.after,
        },
    )
    return Outcome(told, False, change.before, change.after)
