# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The numbers among the arguments of ``mailbox_fleet``: which can be meant, and the pace that they make."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from .._providers.nearest import nearest
from .._providers.table import known_as
from .pace import DEFAULT, LOOPBACK, Pace
from .request import FleetRefused

_BOUNDS: Mapping[str, Mapping[str, tuple[int, float]]] = {
    "policy": {
        "max_failures": (0, math.inf),
        "max_failure_percent": (0, 100),
        "min_capacity": (0, math.inf),
        "last_known_max_age": (0, math.inf),
    },
    "pace": {
        "concurrency": (1, 1000),
        "per_destination": (1, 1000),
        "retries": (0, 10),
    },
}
_PRUNE_MAX = (0, 100)
_RATES = "pace.logins_per_minute"


def check_limits(params: Mapping[str, Any]) -> None:
    """Refuse what would not limit anything, or can't be kept; NaN is in no bounds.

    :raises FleetRefused: with a sentence for each.
    """
    problems = [*_out_of_bounds(params), *_wrong_rates((params.get("pace") or {}).get("logins_per_minute") or {})]
    if problems:
        raise FleetRefused("\n".join(problems))


def pace_of(options: Mapping[str, Any]) -> Pace:
    """Return the pace that arguments ask for; what is not given is left to its defaults."""
    given = {key: options[key] for key in _BOUNDS["pace"] if options.get(key) is not None}
    rates = options.get("logins_per_minute") or {}
    return Pace(**given, logins_per_minute={_counted_as(name): int(rate) for name, rate in rates.items()})


def _out_of_bounds(params: Mapping[str, Any]) -> Iterator[str]:
    numbers = [
        (f"{option}.{key}", (params.get(option) or {}).get(key), bounds)
        for option, keys in _BOUNDS.items()
        for key, bounds in keys.items()
    ]
    for name, value, (least, most) in [*numbers, ("prune_max", params.get("prune_max"), _PRUNE_MAX)]:
        if value is not None and not least <= value <= most:
            yield f"{name} must be {f'at least {least}' if most == math.inf else f'from {least} to {most}'}."


def _wrong_rates(rates: Mapping[Any, Any]) -> Iterator[str]:
    known: dict[str, tuple[Any, int]] = {}
    for name, rate in rates.items():
        wrong = isinstance(rate, bool) or not str(rate).isdecimal() or int(rate) == 1
        if wrong:
            yield (
                f"{_RATES}.{name} must be a whole number of logins a minute, at least 2, because SMTP and IMAP of a "
                "mailbox are two; 0 means no limit."
            )
        provider = _counted_as(name)
        if not provider:
            near = nearest(str(name))
            yield (
                f"{_RATES}.{name} is not the name of a provider. {f'Did you mean {near}? ' if near else ''}"
                f"docs/providers.md lists the names; {DEFAULT} is for all others, and {LOOPBACK} for this machine."
            )
        elif not wrong:
            other, its = known.setdefault(provider, (name, int(rate)))
            if its != int(rate):
                yield f"{_RATES}.{name} and {other} are one provider, whose logins are counted together. Give only one."


def _counted_as(name: Any) -> str:
    """Return the name under which logins are counted, empty for no provider's."""
    return str(name) if name in (DEFAULT, LOOPBACK) else known_as(str(name))
