# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builders of evidence for the tests of the diagnosis."""

from __future__ import annotations

from typing import Any

from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.diagnose import Context, Diagnosis, diagnose
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import (
    AddressResult,
    Protocol,
    Security,
    Stage,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import (
    AddressAttempt,
    Fault,
    FaultKind,
    ProtocolEvidence,
    StageEvidence,
    TlsFacts,
)

EMAIL = "sales01@acme.example"
SMTP, IMAP = Protocol.SMTP, Protocol.IMAP
TLS = TlsFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384", True)

ORDER = {
    SMTP: [Stage.DNS, Stage.CONNECT, Stage.TLS, Stage.GREETING, Stage.CAPABILITY, Stage.STARTTLS, Stage.AUTH,
           Stage.SENDER, Stage.RECIPIENT, Stage.MESSAGE],
    IMAP: [Stage.DNS, Stage.CONNECT, Stage.TLS, Stage.GREETING, Stage.CAPABILITY, Stage.STARTTLS, Stage.AUTH,
           Stage.SESSION, Stage.LIST, Stage.SELECT, Stage.SPECIAL_USE],
}  # fmt: skip

_BEFORE_TLS = (Stage.DNS, Stage.CONNECT, Stage.TLS, Stage.STARTTLS)


def seen(
    protocol: Protocol, stage: Stage | None = None, fault: Fault | None = None, **changes: Any
) -> ProtocolEvidence:
    """Return evidence of a probe that went well up to the stage, and stopped there with the fault."""
    security = changes.pop("security", Security.STARTTLS if stage is Stage.STARTTLS else Security.TLS)
    skip = Stage.TLS if security is not Security.TLS else Stage.STARTTLS
    order = [entry for entry in ORDER[protocol] if entry is not skip]
    reached = order if stage is None else order[: order.index(stage) + 1]
    logged_in = stage is None or order.index(stage) > order.index(Stage.AUTH)
    defaults: dict[str, Any] = {
        "host": f"{protocol.value}.acme.example",
        "port": {SMTP: 465, IMAP: 993}[protocol],
        "addresses": (AddressAttempt("192.0.2.25", AddressResult.CONNECTED, 12.0),),
        "tls": TLS if security is not Security.NONE and stage not in _BEFORE_TLS else None,
        "submitted": stage is None or order.index(stage) >= order.index(Stage.AUTH),
        "authenticated": logged_in,
        "mechanism": "PLAIN" if stage is None or order.index(stage) >= order.index(Stage.AUTH) else None,
    }
    evidence = ProtocolEvidence(protocol, security=security, **{**defaults, **changes})
    evidence.stages = [StageEvidence(entry, 0.0, 10.0) for entry in reached]
    if fault is not None:
        evidence.stages[-1].fault = fault
    return evidence


def replied(protocol: Protocol, stage: Stage, reply: bytes, **changes: Any) -> ProtocolEvidence:
    """Return evidence of a probe that was refused."""
    return seen(protocol, stage, Fault(FaultKind.REPLY, reply), **changes)


def judge(*evidence: ProtocolEvidence, **changes: Any) -> Diagnosis:
    """Diagnose the evidence for the usual mailbox."""
    by_protocol = {entry.protocol: entry for entry in evidence}
    context: dict[str, Any] = {
        "email": EMAIL,
        "usernames": {SMTP: EMAIL, IMAP: EMAIL},
        "smtp": by_protocol.get(SMTP),
        "imap": by_protocol.get(IMAP),
    }
    return diagnose(Context(**{**context, **changes}))
