# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""A thousand failures as a handful of causes; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._diagnosis.message import clean
from .._diagnosis.provider import TITLES, provider_of_host
from .._providers.table import known_as

IDS = 10
_LEAST = 3
_REACH = ("dns.", "connect.")
_REACH_TOO = frozenset({"run.network", "conn.timeout"})
_ANSWERED = "connect.refused"
"""Somebody was there to refuse it."""
_ADDRESS = "policy.ip"


@dataclass
class Group:
    """Mailboxes that fail for one cause."""

    category: str
    provider: str
    protocol: str | None
    sentence: str
    remedy: str
    ids: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    count: int = 0


class Summary:
    """Collects the leading failure of each mailbox as results come in."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str, str | None], Group] = {}
        self._reached: set[str] = set()
        self._unreached: dict[str, int] = {}

    def add(self, mailbox: str, result: Mapping[str, Any]) -> None:
        """Take a full result in."""
        hosts = [str(result[key]["host"]) for key in ("smtp", "imap") if result.get(key)]
        failures = result.get("failures") or ()
        here = {str(result[key]["host"]) for key in ("smtp", "imap") if _reached(result.get(key))}
        self._reached |= here
        reached = bool(here)
        if not failures or result.get("status") in ("verified", "skipped"):
            return
        first = failures[0]
        protocol = first.get("protocol")
        section = result.get(protocol) if protocol else None
        host = str(section["host"]) if section else (hosts[0] if hosts else "")
        found = section is None or section.get("settings") is not None
        provider = (known_as(result.get("provider")) if found else "") or provider_of_host(host)
        key = (first["category"], provider, protocol)
        group = self._groups.get(key)
        if group is None:
            causes = first.get("causes") or ()
            remedy = clean(causes[0].get("remedy", "")) if causes else ""
            group = Group(first["category"], provider, protocol, clean(first.get("sentence", "")), remedy)
            self._groups[key] = group
        group.count += 1
        group.hosts.add(host)
        if len(group.ids) < IDS:
            group.ids.append(mailbox)
        if not reached and _is_reach(first["category"]):
            for name in dict.fromkeys(hosts):
                self._unreached[name] = self._unreached.get(name, 0) + 1

    def groups(self) -> list[Group]:
        """The causes, the most frequent first, in a stable order."""
        return sorted(self._groups.values(), key=lambda g: (-g.count, g.category, g.provider, g.protocol or ""))

    def as_list(self) -> list[dict[str, Any]]:
        """The causes in the form of the fleet result."""
        return [
            {
                "category": group.category,
                "provider": group.provider,
                "protocol": group.protocol,
                "count": group.count,
                "ids": list(group.ids),
                "sentence": headline(group),
                "remedy": group.remedy,
            }
            for group in self.groups()
        ]

    def network(self) -> list[str]:
        """Say where failures are the network's and not the mailboxes'."""
        notes = []
        unreached = sum(group.count for group in self.groups() if _is_reach(group.category))
        if unreached >= _LEAST and len(self._unreached) > 1 and not self._reached:
            notes.append(
                f"No server could be reached from this machine, by any of {unreached} mailboxes at "
                f"{len(self._unreached)} hosts. That is the network (or firewall, DNS, VPN) of the machine that runs "
                "the probe, and not the mailboxes: change no passwords."
            )
        else:
            for host, count in sorted(self._unreached.items(), key=lambda item: (-item[1], item[0])):
                if count >= _LEAST and host not in self._reached:
                    notes.append(
                        f"All {count} mailboxes that failed at {host} failed before a login, because the host was not "
                        "reached. That is the way to it or the host itself, and not the mailboxes."
                    )
        refused = [group for group in self.groups() if group.category == _ADDRESS]
        if sum(group.count for group in refused) >= _LEAST:
            names = sorted({TITLES.get(group.provider, "") or sorted(group.hosts)[0] for group in refused})
            notes.append(
                f"{' and '.join(names)} turned away the address of this machine for "
                f"{sum(group.count for group in refused)} mailboxes. They share that one source address, so it is the "
                "network, and not the mailboxes."
            )
        return notes[:5]


def headline(group: Group) -> str:
    """Return one line for people: how many, what, where."""
    noun = "mailbox" if group.count == 1 else "mailboxes"
    where = TITLES.get(group.provider, "")
    others = len(group.hosts - {""}) - 1
    more = f" (The same at {others} other host{'' if others == 1 else 's'}.)" if others > 0 else ""
    return f"{group.count} {noun}{f' ({where})' if where else ''}: {group.sentence}{more}"


def told(counts: Mapping[str, int], total: int, lines: Sequence[str]) -> str:
    """Return the message of a fleet: what it came to in one sentence, then ``lines``."""
    works = counts["verified"]
    parts = [f"{counts[name]} {name}" for name in ("partial", "failed", "inconclusive", "skipped") if counts[name]]
    if not total:
        head = "There are no mailboxes."
    elif works == total:
        head = f"All {total} mailboxes work." if total > 1 else "The mailbox works."
    else:
        head = f"{works} of {total} mailboxes work" + (f"; {', '.join(parts)}." if parts else ".")
    return "\n".join([head, *lines])


def _is_reach(category: str) -> bool:
    return category in _REACH_TOO or (category.startswith(_REACH) and category != _ANSWERED)


def _reached(section: Mapping[str, Any] | None) -> bool:
    """Tell whether any address took the connection."""
    addresses = section.get("addresses") if section else None
    return any(entry.get("result") == "connected" for entry in addresses or ())
