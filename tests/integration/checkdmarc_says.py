# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints what checkdmarc makes of domains, as JSON; runs in an environment of its own, which has checkdmarc.

Usage: checkdmarc_says.py ADDRESS PORT < {"domain": "spf" or "dmarc", ...}
"""

from __future__ import annotations

import json
import sys

import dns.resolver
from checkdmarc.dmarc import check_dmarc
from checkdmarc.spf import check_spf


def main() -> None:
    address, port = sys.argv[1:]
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = [address], int(port)
    checks = {"spf": check_spf, "dmarc": check_dmarc}
    said = {}
    for domain, kind in json.load(sys.stdin).items():
        result = checks[kind](domain, resolver=resolver, timeout=2.0, retries=0)
        said[domain] = {key: result.get(key) for key in ("valid", "error", "warnings", "dns_lookups", "location")}
        said[domain]["voids"] = result.get("void_dns_lookups")
    json.dump(said, sys.stdout, default=str)


if __name__ == "__main__":
    main()
