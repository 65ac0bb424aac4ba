# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The one place that decides whether a credential may go out now (RFC 8314 §4, RFC 3207 §5, RFC 9051 §11.1)."""

from __future__ import annotations

from .._models.names import Security
from .plan import Target


def why_not(target: Target, *, tls: bool) -> str | None:
    """Return why a credential must not be sent in this state, or None when it may.

    ``tls`` tells whether the bytes would travel inside TLS at this moment.
    """
    if tls:
        return None
    if target.security is not Security.NONE:
        return "the connection is not encrypted although the declaration asks for it"
    if not target.allow_plaintext_auth:
        return "security is none and allow_plaintext_auth is not set"
    return None
