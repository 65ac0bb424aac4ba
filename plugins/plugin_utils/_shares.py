# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The shares of a fleet as tasks of the play registered them: how one is told, and how all are found again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.collect import Share
from ansible_collections.mailops.mailbox.plugins.plugin_utils._plain import plain

_SHOWN = 300


def registered(names: Sequence[str], probes: int, variables: Mapping[str, Any]) -> list[Share]:
    """Return the shares that hosts of the play registered under ``names``, ``probes`` at most for each name.

    They are read as they are stored: rendering results of thousands of mailboxes takes longer than probing them. Hosts
    of another batch (serial) may hold shares of their own.
    """
    hostvars = variables.get("hostvars")
    found: dict[str, list[Share]] = {name: [] for name in names}
    for host in variables.get("ansible_play_batch") or ():
        # The hosts that carry a share are the first ones, so that of thousands only a few are looked at.
        wanted = [name for name in names if len(found[name]) < probes]
        if not wanted:
            break
        own = hostvars.raw_get(host) if hostvars is not None else None
        for name in wanted:
            told = own.get(name) if isinstance(own, Mapping) else None
            if isinstance(told, Mapping) and isinstance(told.get("shard"), Mapping):
                found[name].append(_share(plain(told)))
    return [one for name in names for one in found[name]]


def told(share: Share) -> dict[str, Any]:
    """Return the part ``shard`` of a task's result."""
    return {
        "name": share.probe,
        "hosts": list(share.hosts),
        "lost": share.lost,
        "why": share.why or None,
        "refused": share.refused or None,
        "started_at": share.started_at,
    }


def why(text: str, rest: str = "") -> str:
    """Return the reason of a loss in one line. ssh is talkative with -vvvv; what it says last is the reason."""
    lines = [line.strip() for line in f"{text}\n{rest}".splitlines()]
    lines = [line for line in lines if line and not line.startswith(("debug", "OpenSSH_", "Warning:"))]
    kept: list[str] = []
    for line in dict.fromkeys(lines[:1] + lines[-2:]):
        kept.append(line if line.endswith((".", "!", "?")) else f"{line}.")
    return " ".join(kept)[:_SHOWN] or "it gave no reason."


def _share(own: Mapping[str, Any]) -> Share:
    shard = own["shard"]
    run, results = own.get("run"), own.get("results")
    return Share(
        str(shard.get("name")),
        tuple(_texts(shard.get("hosts"))),
        bool(shard.get("lost")),
        str(shard.get("why") or ""),
        str(shard.get("refused") or ""),
        str(shard.get("started_at") or ""),
        results if isinstance(results, Mapping) else {},
        run if isinstance(run, Mapping) else {},
    )


def _texts(value: Any) -> Iterable[str]:
    return (str(one) for one in value) if isinstance(value, Sequence) and not isinstance(value, str) else ()
