# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""How the evaluators ask DNS, and how they show what it said."""

from __future__ import annotations

from collections.abc import Callable

from .._dns.answer import Answer, Outcome

Ask = Callable[[str, str], Answer]
"""Asks for a name and a kind (``TXT``, ``MX``, …); never raises for what DNS may say."""

_SHOWN = 300


def normal(name: str) -> str:
    """Return a domain in lower case without blanks and without the last dot."""
    name = name.strip().lower()
    return name[:-1] if name.endswith(".") else name


def once(ask: Ask) -> Ask:
    """Return an ``ask`` that asks every question once."""
    known: dict[tuple[str, str], Answer] = {}

    def asked(name: str, kind: str) -> Answer:
        key = (normal(name), kind)
        if key not in known:
            known[key] = ask(key[0], kind)
        return known[key]

    return asked


def octets(answer: Answer) -> list[bytes]:
    """Return the TXT records of an answer; empty where there is none."""
    if answer.outcome is not Outcome.FOUND:
        return []
    return [record if isinstance(record, bytes) else str(record).encode("utf-8") for record in answer.records]


def shown(raw: bytes | str) -> str:
    """Return what a record says for people: ASCII without control characters, cut where it is very long."""
    text = raw.decode("ascii", "backslashreplace") if isinstance(raw, bytes) else raw
    text = "".join(
        character if " " <= character <= "~" else character.encode("unicode_escape").decode("ascii")
        for character in text[: _SHOWN + 1]
    )
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
