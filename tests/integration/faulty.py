# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Domains that are wrong in one way each, as zones for a real name server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Records = Mapping[str, Mapping[str, list[str]]]
"""Records by the name within the zone ("" for the domain itself) and by kind; ``$D`` stands for the domain."""


@dataclass(frozen=True)
class Case:
    """One domain.

    ``finds`` are the ids of all findings, those that only inform too.
    """

    domain: str
    kind: str
    records: Records
    finds: frozenset[str]

    @property
    def name(self) -> str:
        """What is wrong, in short."""
        return self.domain.partition("-")[2].removesuffix(".test")

    def zone(self) -> str:
        """The zone in master-file text."""
        lines = []
        for name, kinds in self.records.items():
            for kind, values in kinds.items():
                for value in values:
                    value = value.replace("$D", self.domain)
                    lines.append(f"{name or '@'} IN {kind} {strings(value) if kind == 'TXT' else value}")
        return "\n".join(lines)


def case(kind: str, name: str, records: Iterable[Records], finds: str) -> Case:
    """Return a case whose findings are named without their prefix."""
    merged: dict[str, dict[str, list[str]]] = {}
    for part in records:
        for owner, kinds in part.items():
            for record_kind, values in kinds.items():
                merged.setdefault(owner, {}).setdefault(record_kind, []).extend(values)
    ids = frozenset(f"{kind}.{one}" for one in finds.split())
    return Case(f"{name}.test", kind, merged, ids)


def strings(text: str) -> str:
    """Return a TXT record's strings, quoted and escaped, of up to 255 octets each."""
    raw = text.encode("utf-8")
    parts = [raw[at : at + 255] for at in range(0, len(raw), 255)] or [b""]
    return " ".join('"' + "".join(_escaped(octet) for octet in part) + '"' for part in parts)


def _escaped(octet: int) -> str:
    return chr(octet) if chr(octet).isalnum() and octet < 128 or chr(octet) in " .:/=+-_~?%{},!@" else f"\\{octet:03d}"
