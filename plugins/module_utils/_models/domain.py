# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What a mailbox declares about the domain of its address: whether to look at it, and by what it is judged."""

from __future__ import annotations

import ipaddress
import re

from .._deps import field_validator
from .address import a_label, host_name
from .declared import Declared
from .names import FailOn

_SELECTOR = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")


class DomainCheck(Declared):
    """How the domain is looked at. Without the section it is not looked at at all."""

    check: bool = True
    sending_ips: tuple[str, ...] = ()
    dkim_selectors: tuple[str, ...] = ()
    tracking_hosts: tuple[str, ...] = ()
    blocklists: tuple[str, ...] = ()
    fail_on: FailOn = FailOn.NEVER

    LISTS = frozenset({"sending_ips", "dkim_selectors", "tracking_hosts", "blocklists"})

    @field_validator("sending_ips", mode="after")
    @classmethod
    def _ips(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(ip_address(text) for text in value))

    @field_validator("dkim_selectors", mode="after")
    @classmethod
    def _selectors(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(selector(text) for text in value))

    @field_validator("tracking_hosts", "blocklists", mode="after")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(domain_name(text) for text in value))


def ip_address(text: str) -> str:
    """Return an IP address in its usual form; ValueError with the id of a fault, as in :mod:`.address`."""
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        raise ValueError("ip_address") from None


def selector(text: str) -> str:
    """Return a DKIM selector in lower case (RFC 6376 §3.1)."""
    text = text.strip().lower()
    if not _SELECTOR.fullmatch(text) or text.endswith("._domainkey"):
        raise ValueError("selector")
    return text


def domain_name(text: str) -> str:
    """Return a name of DNS that is no address."""
    name = host_name(text)
    return a_label(name)
