# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guard, case by case: a credential goes through TLS, or in the clear where both flags say so."""

from __future__ import annotations

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol, Security
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.guard import why_not
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import Target, TlsPlan

UNPROTECTED = "the connection is not encrypted although the declaration asks for it"
NOT_ALLOWED = "security is none and allow_plaintext_auth is not set"


@pytest.mark.parametrize(
    ("security", "allowed", "tls", "why"),
    [
        (Security.TLS, False, True, None),
        (Security.TLS, True, False, UNPROTECTED),
        (Security.TLS, False, False, UNPROTECTED),
        (Security.STARTTLS, False, True, None),
        (Security.STARTTLS, True, False, UNPROTECTED),
        (Security.STARTTLS, False, False, UNPROTECTED),
        (Security.NONE, True, False, None),
        (Security.NONE, False, False, NOT_ALLOWED),
        (Security.NONE, False, True, None),
    ],
)
def test_section_7_3_when_a_credential_may_be_sent(
    security: Security, allowed: bool, tls: bool, why: str | None
) -> None:
    target = Target(Protocol.SMTP, "mail.acme.example", 587, security, TlsPlan("mail.acme.example"), allowed)
    assert why_not(target, tls=tls) == why
