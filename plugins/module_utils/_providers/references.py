# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Sources that several providers share, and what is said of all of them."""

from __future__ import annotations

from .model import Limit, Pacing, Source, Unit

SMARTLEAD = Source(
    "https://www.smartlead.ai/blog/smtp-settings",
    "2026-11",
    "Smartlead: SMTP and IMAP settings of the large providers",
)
"""Hosts, ports, user names and limits as a sender of much mail publishes them."""

PACE = Source(
    "https://github.com/mailops/mailops.mailbox/blob/main/docs/fleet.md",
    "2026-11",
    "A choice of this collection: no provider publishes how many logins from one address it takes",
)

OUTREACH_PER_DAY = 200
"""Messages a day from one mailbox to strangers after which the large providers slow down or suspend (SMARTLEAD)."""


def ispdb(entry: str, seen: str) -> Source:
    """Return an entry of Thunderbird's public database of providers; ``seen`` is when it was last changed."""
    return Source(f"https://autoconfig.thunderbird.net/v1.1/{entry}", seen, f"Thunderbird's database: {entry}")


def outreach(*variants: str) -> Limit:
    """Return the practical ceiling of one mailbox that writes to strangers; its source has the key smartlead."""
    return Limit(
        "one mailbox that writes to strangers",
        Unit.MESSAGES,
        ("smartlead",),
        per_day=OUTREACH_PER_DAY,
        practical=True,
        variants=variants,
    )


def paced(logins_per_minute: int, sources: tuple[str, ...] = (), connections: int | None = None) -> Pacing:
    """Return a pace that this collection chose; its source has the key pace."""
    return Pacing(("pace", *sources), logins_per_minute=logins_per_minute, connections=connections)
