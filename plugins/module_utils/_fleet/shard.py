# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Which probe host takes which mailbox: rendezvous hashing (Thaler and Ravishankar, 1998); pure.

A mailbox goes to the probe host that scores highest for it. So a host that comes or goes moves only its own share, and
a mailbox meets the probe host again that remembers which of its passwords were refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence


def winner(name: str, probes: Sequence[str]) -> str:
    """Return the one of ``probes`` that takes the mailbox ``name``, whatever their order; at least one is needed."""
    return max(probes, key=lambda probe: (_score(name, probe), probe))


def share(names: Iterable[str], probes: Sequence[str], probe: str) -> list[str]:
    """Return those of ``names`` that fall to ``probe``, in their order."""
    return [name for name in names if winner(name, probes) == probe]


def _score(name: str, probe: str) -> bytes:
    # The length in front keeps ("ab", "c") and ("a", "bc") apart. Python's own hash differs from process to process.
    return hashlib.sha256(f"{len(probe)}:{probe}{name}".encode("utf-8", "surrogatepass")).digest()
