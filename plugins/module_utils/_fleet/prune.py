# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Removing what a fleet registered and no longer declares: only its own, and never by mistake."""

from __future__ import annotations

from collections.abc import Collection

from .._registry.sqlite import SqliteRegistry
from .request import FleetRefused, FleetRequest

_NOTHING = "Nothing was removed, and nothing was sent to any server."


def prune_plan(
    request: FleetRequest, registry: SqliteRegistry, declared: Collection[str], invalid: int
) -> tuple[str, ...]:
    """Return the ids to remove after the run.

    :raises FleetRefused: where the list may not be the whole fleet, or too much would go.
    """
    if not request.fleet:
        raise FleetRefused(
            f"prune needs fleet, the name under which this fleet registers its mailboxes. {_NOTHING} Only mailboxes "
            "that were registered under that name are ever removed."
        )
    if request.cut:
        raise FleetRefused(f"prune was refused, because {request.cut}. {_NOTHING} Run it without prune, or for all.")
    if not declared:
        raise FleetRefused(f"prune was refused, because no mailboxes are declared. {_NOTHING}")
    if invalid:
        noun = "declaration is" if invalid == 1 else "declarations are"
        raise FleetRefused(
            f"prune was refused, because {invalid} {noun} invalid, and it can't be told which mailboxes they mean. "
            f"{_NOTHING} Correct the declarations first."
        )
    if request.unread:
        raise FleetRefused(f"prune was refused, because the list may not be whole. {_NOTHING} {request.unread[0]}")
    owned = registry.fleet_members(request.fleet)
    gone = tuple(sorted(set(owned) - set(declared)))
    if owned and 100 * len(gone) > request.prune_max * len(owned):
        names = ", ".join(gone[:10]) + (f" and {len(gone) - 10} more" if len(gone) > 10 else "")
        raise FleetRefused(
            f"prune was refused, because {len(gone)} of the {len(owned)} mailboxes of the fleet {request.fleet} would "
            f"go ({100 * len(gone) / len(owned):.0f} %), and prune_max is {request.prune_max:g} %: {names}. {_NOTHING} "
            "Where that is meant, raise prune_max for one run."
        )
    return gone


def prune(registry: SqliteRegistry, fleet: str, ids: Collection[str], *, check_mode: bool) -> list[str]:
    """Remove what is still registered by this fleet, and return what went, or would go in check mode."""
    owned = set(registry.fleet_members(fleet))
    gone = [mailbox for mailbox in ids if mailbox in owned]
    if not check_mode:
        for mailbox in gone:
            registry.unregister(mailbox)
    return gone
