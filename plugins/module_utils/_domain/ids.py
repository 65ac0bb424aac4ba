# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""All findings about domains by their id, so that ids can be validated and documentation generated."""

from __future__ import annotations

from collections.abc import Mapping

from .dane_rules import BLOCK_LISTS, DANE, DOMAIN
from .dkim_rules import DKIM
from .dmarc_rules import DMARC
from .mx_rules import DNSSEC, MX, TRACKING
from .rules import Rule
from .spf_rules import SPF
from .tls_rules import MTA_STS, TLS_RPT

RULES: Mapping[str, Rule] = {
    **MX,
    **SPF,
    **DKIM,
    **DMARC,
    **MTA_STS,
    **TLS_RPT,
    **DANE,
    **DNSSEC,
    **BLOCK_LISTS,
    **TRACKING,
    **DOMAIN,
}
"""Every mechanism brings its own mapping; ids begin with the mechanism's name."""
