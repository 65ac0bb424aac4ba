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
        "refused": {"NAMESPACE": f"M0003 NO you are {form}".encode()},
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


def test_what_is_ours_is_told_by_its_place_and_not_by_its_name() -> None:
    """A server names the fields of its identity itself."""
    entry = StageEvidence(Stage.SESSION, 0.0)
    entry.facts = {"id": {"address": PASSWORD, "sender": PASSWORD, "mechanism": PASSWORD, "addresses": PASSWORD}}
    evidence = ProtocolEvidence(Protocol.IMAP, "h", 993, Security.TLS)
    evidence.stages.append(entry)
    assert PASSWORD not in json.dumps(protocol_section(evidence, StageStatus.OK, {}, FORMS))


@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.REPLY, reply=b"M0001 NO [hunter2-Hunter] Login failed."),
        Fault(FaultKind.MISSING, detail={"what": "mechanism", "offered": ("XOAUTH2", "HUNTER2-HUNTER")}),
        Fault(FaultKind.MISSING, detail={"what": "login", "offered": ["HUNTER2-HUNTER", "XOAUTH2"]}),
    ],
    ids=["response code", "mechanisms", "capabilities"],
)
def test_section_7_1_no_word_of_the_protocol_tells_the_password(fault: Fault) -> None:
    entry = StageEvidence(Stage.AUTH, 0.0)
    entry.fault = fault
    evidence = ProtocolEvidence(Protocol.IMAP, "h", 993, Security.TLS)
    evidence.stages.append(entry)
    forms = wire_forms(Credentials(USER, Secret(b"hunter2-Hunter")))
    told = [failure.as_dict() for failure in diagnose(Context(email=USER, imap=evidence, secrets=forms)).failures]
    assert "hunter2-hunter" not in json.dumps(told).lower()
    assert fault.kind is FaultKind.REPLY or "XOAUTH2" in json.dumps(told)


@pytest.mark.parametrize("unseen", ["\x9b2J", "\u202eflow", "\x1b[2J"])
def test_what_no_one_sees_is_made_visible_wherever_a_server_wrote_it(unseen: str) -> None:
    entry = StageEvidence(Stage.LIST, 0.0)
    entry.facts = {"names": [unseen], "id": {unseen: unseen}, "keywords": {"X": [unseen]}}
    absent = {"folder": "Sales", "near": [unseen], "why": "not_listed"}
    entry.fault = Fault(FaultKind.ABSENT, detail={**absent, "all": [absent]})
    evidence = ProtocolEvidence(Protocol.IMAP, "h", 993, Security.TLS, capabilities=("IMAP4rev1", unseen))
    lacking = StageEvidence(Stage.AUTH, 0.0)
    lacking.fault = Fault(FaultKind.MISSING, detail={"what": "mechanism", "offered": (unseen,)})
    other = ProtocolEvidence(Protocol.SMTP, "h", 465, Security.TLS)
    evidence.stages.append(entry)
    other.stages.append(lacking)
    section = protocol_section(evidence, StageStatus.OK, {}, FORMS)
    diagnosis = diagnose(Context(email=USER, imap=evidence, smtp=other, secrets=FORMS))
    told = json.dumps([section, [failure.as_dict() for failure in diagnosis.failures]], ensure_ascii=False)
    assert unseen[0] not in told
    assert unseen[0].encode("unicode_escape").decode().replace("\\", "\\\\") in told


def test_what_a_server_says_of_a_refused_command_is_a_reply_like_others() -> None:
    entry = StageEvidence(Stage.SESSION, 0.0)
    entry.facts = {"refused": {"ID": b"M0002 NO [WEBALERT https://mail.acme.example/x?plt=TOKEN] Log in by the web."}}
    evidence = ProtocolEvidence(Protocol.IMAP, "h", 993, Security.TLS)
    evidence.stages.append(entry)
    assert "TOKEN" not in json.dumps(protocol_section(evidence, StageStatus.OK, {}, FORMS))
