# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection that explains a failed one has no credential in reach."""

from __future__ import annotations

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol, Security, Stage
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import Secret
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import (
    Fault,
    FaultKind,
    ProtocolEvidence,
    StageEvidence,
    TlsFault,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import Credentials, ImapPlan, Target, TlsPlan
from ansible_collections.mailops.mailbox.plugins.module_utils._run.probe import second_look

TLS = TlsPlan("imap.acme.example", client_cert="/c.pem", client_key="/k.pem")
PLAN = ImapPlan(
    Target(Protocol.IMAP, "imap.acme.example", 993, Security.TLS, TLS), Credentials("u", Secret(b"open-Sesame/7"))
)


def stopped(stage: Stage, fault: Fault | None) -> ProtocolEvidence:
    evidence = ProtocolEvidence(Protocol.IMAP, "imap.acme.example", 993, Security.TLS)
    evidence.stages.append(StageEvidence(stage, 0.0, fault=fault))
    return evidence


def test_section_5_7_the_second_connection_has_no_credential_in_reach() -> None:
    fault = Fault(FaultKind.TLS, tls=TlsFault("certificate verify failed", verify_code=10))
    second = second_look(PLAN, stopped(Stage.TLS, fault))
    assert second is not None
    assert second.credentials is None
    assert (second.target.tls.client_cert, second.target.tls.client_key) == (None, None)
    assert second.target.tls.verify is False
    assert second.withheld


def test_no_second_connection_where_it_explains_nothing() -> None:
    assert second_look(PLAN, stopped(Stage.AUTH, Fault(FaultKind.REPLY, b"a NO no"))) is None
    assert second_look(PLAN, stopped(Stage.AUTH, None)) is None
