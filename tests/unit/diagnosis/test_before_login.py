# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said before the login, and before TLS by anybody, tells nothing of an account or its password."""

from __future__ import annotations

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.diagnose import Context, diagnose
from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.rules.model import ANONYMOUS, is_personal
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import (
    Category,
    PasswordAtFault,
    Protocol,
    Security,
    Stage,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import (
    Fault,
    FaultKind,
    ProtocolEvidence,
    StageEvidence,
)
from ansible_collections.mailops.mailbox.tests.unit.diagnosis.vectors import VECTORS


@pytest.mark.parametrize("stage", sorted(ANONYMOUS, key=lambda stage: stage.value), ids=lambda stage: stage.value)
@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS], ids=lambda security: security.value)
def test_section_7_3_no_known_reply_blames_the_account_before_the_login(stage: Stage, security: Security) -> None:
    assert len(VECTORS) > 100
    for vector in VECTORS:
        protocol = Protocol(vector.protocol)
        raw = vector.reply.encode()
        if protocol is Protocol.IMAP and not raw.startswith((b"*", b"M")):
            raw = (b"* " if stage is Stage.GREETING else b"M0001 ") + raw
        evidence = ProtocolEvidence(protocol, "mail.acme.example", 587, security)
        evidence.stages.append(StageEvidence(stage, 0.0, fault=Fault(FaultKind.REPLY, raw)))
        smtp = protocol is Protocol.SMTP
        context = Context(email="u@acme.example", smtp=evidence if smtp else None, imap=None if smtp else evidence)
        (failure,) = diagnose(context).failures
        assert failure.password_at_fault is PasswordAtFault.NO, vector
        assert not is_personal(failure.category), (vector, failure.category)
        assert failure.category is not Category.SERVER_ALERT or security is Security.TLS
