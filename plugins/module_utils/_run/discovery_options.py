# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The options of a look-up, as Ansible hands them over: of ``discovery``, and of ``mailbox_settings_info``."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .._discovery.lookup import SOURCES, STAND_IN, DiscoveryOptions
from .._models.home import expanded
from .._models.problems import FAULTS, Problem

_USER = re.compile(r"[A-Za-z0-9._+-]{0,64}")
_LIMITS = "Choose a number within the limits."
_DEFAULT = DiscoveryOptions()


def options_of(given: Mapping[str, Any] | None) -> DiscoveryOptions:
    """Return the options; what is left out or None has its default. They have to be without :func:`problems_of`."""
    options = _given(given)
    return DiscoveryOptions(
        timeout=float(options.get("timeout", _DEFAULT.timeout)),
        sources=tuple(options.get("sources", SOURCES)),
        nameservers=tuple(options.get("nameservers", ())),
        dns_port=options.get("dns_port", _DEFAULT.dns_port),
        ispdb_url=options.get("ispdb_url"),
        ispdb_path=_path(options.get("ispdb_path")),
        ca=_path(options.get("ca")),
        allow_private=options.get("allow_private", False),
        # Servers answer with the name in lower case, by which it is found again in their answer.
        stand_in=options.get("autoconfig_user", STAND_IN).lower(),
    )


def problems_of(given: Mapping[str, Any] | None, prefix: str = "") -> Iterator[Problem]:
    """Yield what is wrong with options; ``prefix`` stands before their names."""
    options = _given(given)
    if not 0.1 <= float(options.get("timeout", _DEFAULT.timeout)) <= 300:
        yield Problem(f"{prefix}timeout", "is not between 0.1 and 300 seconds.", _LIMITS)
    if not 1 <= options.get("dns_port", _DEFAULT.dns_port) <= 65535:
        yield Problem(f"{prefix}dns_port", "is not between 1 and 65535.", _LIMITS)
    for number, address in enumerate(options.get("nameservers", ())):
        try:
            ipaddress.ip_address(address)
        except ValueError:
            fix = "Write the IP address of a resolver."
            yield Problem(f"{prefix}nameservers[{number}]", "is not an IP address.", fix)
    if not (options.get("ispdb_url") or "https://").startswith("https://"):
        yield Problem(f"{prefix}ispdb_url", "does not begin with https://.", "Nothing is fetched without TLS.")
    for name in ("ispdb_path", "ca"):
        if expanded(options.get(name) or "") is None:
            yield Problem(f"{prefix}{name}", *FAULTS["home"])
    if not _USER.fullmatch(options.get("autoconfig_user", STAND_IN)):
        yield Problem(f"{prefix}autoconfig_user", "is not a plain local part.", "Leave out the @ and what follows.")


def _given(options: Mapping[str, Any] | None) -> dict[str, Any]:
    return {key: value for key, value in (options or {}).items() if value is not None}


def _path(path: str | None) -> str | None:
    return str(Path(path).expanduser()) if path else None
