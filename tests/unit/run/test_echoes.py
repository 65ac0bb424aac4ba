# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that was told the password can't get it into a result by any of its words."""

from __future__ import annotations

import json

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.diagnose import Context, diagnose
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import (
    Protocol,
    Security,
    Stage,
    StageStatus,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import Secret
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import (
    Fault,
    FaultKind,
    ProtocolEvidence,
    StageEvidence,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import Credentials
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.sasl import wire_forms
from ansible_collections.mailops.mailbox.plugins.module_utils._run.result import protocol_section

PASSWORD = "acme-Sesame/7"
USER = "u@acme.example"
FORMS = wire_forms(Credentials(USER, Secret(PASSWORD.encode())))


@pytest.mark.parametrize("form", [form.decode() for form in FORMS])
def test_section_7_1_no_fact_of_the_server_holds_the_password(form: str) -> None:
    entry = StageEvidence(Stage.LIST, 0.0)
    entry.facts = {
        "names": ["INBOX", form, f"x/{form}"],
        "id": {"name": form, form: "value"},
        "refused": {"NAMESPACE": f"NO you are {form}"},
    }
    absent = {"folder": "Sales", "near": [form, "Sale"], "why": "not_listed"}
    entry.fault = Fault(FaultKind.ABSENT, detail={**absent, "all": [absent]})
    evidence = ProtocolEvidence(Protocol.IMAP, "h", 993, Security.TLS, capabilities=("IMAP4rev1", form))
    evidence.stages.append(entry)
    section = protocol_section(evidence, StageStatus.OK, {}, FORMS)
    diagnosis = diagnose(Context(email=USER, imap=evidence, secrets=FORMS))
    told = json.dumps([section, [failure.as_dict() for failure in diagnosis.failures]])
    assert form not in told
    assert "INBOX" in told
    assert "Sale" in told


def test_a_password_that_is_part_of_an_address_does_not_maim_facts() -> None:
    entry = StageEvidence(Stage.SENDER, 0.0)
    entry.facts = {"addresses": [{"address": USER, "sender": USER, "code": 250, "reply": b"250 2.1.0 Ok"}]}
    evidence = ProtocolEvidence(Protocol.SMTP, "h", 465, Security.TLS)
    evidence.stages.append(entry)
    section = protocol_section(evidence, StageStatus.OK, {}, (b"acme",))
    assert section["stages"][0]["facts"]["addresses"][0]["address"] == USER
