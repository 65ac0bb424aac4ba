# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Zones as text made whole, and signed well or badly."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import dns.dnssec
import dns.name
import dns.node
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.versioned
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec

DAY = 86400
NAME_SERVER = "ns.lab."
TTL = 300


class Signing(str, Enum):
    """What DNSSEC says of a zone."""

    SIGNED = "signed"
    UNSIGNED = "unsigned"
    """The root proves that the zone has no keys: answers are insecure, not bogus."""
    BOGUS = "bogus"
    """The root has keys for it, and the zone is signed with others."""
    EXPIRED = "expired"
    """Its signatures ended a week ago."""
    STRIPPED = "stripped"
    """The root has keys for it, but it has no signatures."""


@dataclass(frozen=True)
class ZoneText:
    """A zone to be served: master-file text, in which SOA, NS and ``$TTL`` may be left out."""

    text: str
    signing: Signing = Signing.UNSIGNED


@dataclass
class Key:
    """A key for a zone, made for the run."""

    private: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def public(self) -> Any:
        """The DNSKEY record."""
        return dns.dnssec.make_dnskey(self.private.public_key(), dns.dnssec.Algorithm.ECDSAP256SHA256, flags=257)

    def ds(self, zone: str) -> str:
        """The DS record for the parent, as text."""
        return str(dns.dnssec.make_ds(dns.name.from_text(zone), self.public, "SHA256").to_text())


def whole(name: str, text: str, serial: int = 1) -> str:
    """Return the zone with the parts that every zone needs."""
    lines = [f"$ORIGIN {name.rstrip('.')}.", f"$TTL {TTL}"]
    if " SOA " not in text:
        lines.append(f"@ IN SOA {NAME_SERVER} hostmaster.lab. {serial} 3600 600 86400 {TTL}")
    if "@ IN NS " not in text:
        lines.append(f"@ IN NS {NAME_SERVER}")
    return "\n".join([*lines, *(line.strip() for line in text.strip().splitlines()), ""])


def signed(name: str, text: str, key: Key, *, expired: bool = False) -> str:
    """Return the zone's text with DNSKEY, NSEC and RRSIG records."""
    zone = dns.zone.from_text(text, origin=dns.name.from_text(name), zone_factory=dns.versioned.Zone, relativize=False)
    now = int(time.time())
    begin, end = (now - 30 * DAY, now - 7 * DAY) if expired else (now - DAY, now + 30 * DAY)
    dns.dnssec.sign_zone(zone, keys=[(key.private, key.public)], inception=begin, expiration=end)
    return str(zone.to_text(relativize=False))
