# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When another port is looked at, which ones, and that no credential is in reach of it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import (
    AddressResult,
    Protocol,
    Security,
    Stage,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import Secret
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import (
    AddressAttempt,
    Fault,
    FaultKind,
    ProtocolEvidence,
    StageEvidence,
    TlsFault,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import (
    Credentials,
    ImapPlan,
    SmtpPlan,
    Target,
    TlsPlan,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._run.siblings import Siblings, sibling_plans

TLS, STARTTLS, NONE = Security.TLS, Security.STARTTLS, Security.NONE
HOST = "mail.acme.example"
CREDENTIALS = Credentials("u", Secret(b"open-Sesame/7"))


def smtp(port: int = 587, security: Security = STARTTLS) -> SmtpPlan:
    tls = TlsPlan(HOST, ca="/ca.pem", client_cert="/c.pem", client_key="/k.pem")
    target = Target(Protocol.SMTP, HOST, port, security, tls, allow_plaintext_auth=True)
    return SmtpPlan(target, "probe.test", ("a@acme.example",), "a@acme.example", "a@acme.example", CREDENTIALS)


def stopped(plan: Any, stage: Stage, fault: Fault | None, **changes: Any) -> ProtocolEvidence:
    target = plan.target
    evidence = ProtocolEvidence(target.protocol, target.host, target.port, target.security, **changes)
    evidence.stages.append(StageEvidence(stage, 0.0, fault=fault))
    return evidence


def closed(result: AddressResult = AddressResult.REFUSED, code: str = "ECONNREFUSED") -> Fault:
    return Fault(FaultKind.CONNECT, detail={"attempts": (AddressAttempt("192.0.2.25", result, 1.0, "x", code),)})


def shaken(**facts: Any) -> Fault:
    return Fault(FaultKind.TLS, tls=TlsFault("reason", **facts))


def ways(plan: Any, stage: Stage, fault: Fault | None, **changes: Any) -> list[tuple[int, str]]:
    found = sibling_plans(plan, stopped(plan, stage, fault, **changes))
    return [(one.target.port, one.target.security.value) for one in found]


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (smtp(587), [(465, "tls")]),
        (smtp(465, TLS), [(587, "starttls")]),
        (smtp(25), [(465, "tls"), (587, "starttls")]),
        (smtp(587, TLS), [(465, "tls")]),
        (ImapPlan(Target(Protocol.IMAP, HOST, 143, STARTTLS, TlsPlan(HOST)), CREDENTIALS), [(993, "tls")]),
        (ImapPlan(Target(Protocol.IMAP, HOST, 1143, NONE, TlsPlan(HOST))), [(993, "tls"), (143, "starttls")]),
    ],
)
def test_after_no_connection_the_other_usual_ports_are_asked_and_never_25(plan: Any, expected: Any) -> None:
    assert ways(plan, Stage.CONNECT, closed()) == expected


def test_a_port_that_answers_is_asked_in_its_other_mode() -> None:
    plain = shaken(peer_bytes=b"220 mail.acme.example ESMTP\r\n")
    assert ways(smtp(587, TLS), Stage.TLS, plain) == [(465, "tls"), (587, "starttls")]


@pytest.mark.parametrize(
    ("stage", "fault"),
    [
        (Stage.CONNECT, closed(AddressResult.TIMED_OUT, "")),
        (Stage.CONNECT, closed(AddressResult.UNREACHABLE, "EHOSTUNREACH")),
        (Stage.CONNECT, Fault(FaultKind.TIMEOUT, detail={"whole": False})),
        (Stage.TLS, shaken(timed_out=True)),
        (Stage.TLS, Fault(FaultKind.CLOSED)),
        (Stage.GREETING, Fault(FaultKind.TIMEOUT)),
        (Stage.GREETING, Fault(FaultKind.UNPARSABLE, b"HTTP/1.1 400")),
        (Stage.STARTTLS, Fault(FaultKind.MISSING, detail={"what": "starttls"})),
        (Stage.STARTTLS, Fault(FaultKind.REPLY, b"454 4.7.0 no TLS today")),
        (Stage.AUTH, Fault(FaultKind.MISSING, detail={"what": "auth"})),
    ],
)
def test_what_another_port_may_mend_is_looked_into(stage: Stage, fault: Fault) -> None:
    assert ways(smtp(2525), stage, fault)


@pytest.mark.parametrize(
    ("stage", "fault", "changes"),
    [
        (Stage.DNS, Fault(FaultKind.RESOLVE, detail={"kind": "nxdomain"}), {}),
        (Stage.CONNECT, closed(AddressResult.UNREACHABLE, "ENETUNREACH"), {}),
        (Stage.CONNECT, closed(AddressResult.UNREACHABLE, "EMFILE"), {}),
        (Stage.CONNECT, closed(AddressResult.CANCELLED, ""), {}),
        (Stage.CONNECT, Fault(FaultKind.TIMEOUT, detail={"whole": True}), {}),
        (Stage.TLS, shaken(verify_code=10, peer_bytes=b"\x16\x03\x03"), {}),
        (Stage.TLS, shaken(alert="handshake failure", peer_bytes=b"\x15\x03\x03"), {}),
        (Stage.TLS, shaken(), {}),
        (Stage.GREETING, Fault(FaultKind.CLOSED), {}),
        (Stage.GREETING, Fault(FaultKind.REPLY, b"554 go away"), {}),
        (Stage.STARTTLS, Fault(FaultKind.INJECTED, b"220 evil"), {}),
        (Stage.STARTTLS, shaken(peer_bytes=b"250 in the clear"), {}),
        (Stage.AUTH, Fault(FaultKind.MISSING, detail={"what": "mechanism"}), {}),
        (Stage.AUTH, Fault(FaultKind.MISSING, detail={"what": "auth"}), {"submitted": True}),
        (Stage.AUTH, Fault(FaultKind.REPLY, b"535 no"), {"submitted": True}),
        (Stage.RECIPIENT, None, {}),
    ],
)
def test_what_no_other_port_can_mend_is_not(stage: Stage, fault: Fault | None, changes: dict[str, Any]) -> None:
    assert ways(smtp(2525), stage, fault, **changes) == []


@pytest.mark.parametrize("mechanisms", [("PLAIN",), ()], ids=["login", "trusted relay"])
def test_section_5_7_a_look_at_another_port_has_no_credential_in_reach(mechanisms: tuple[str, ...]) -> None:
    plan = SmtpPlan(**{**smtp(2525).__dict__, "mechanisms": mechanisms})
    for look in sibling_plans(plan, stopped(plan, Stage.CONNECT, closed())):
        tls = look.target.tls
        assert look.credentials is None
        assert look.withheld
        # Or a relay that trusts the address would be handed an envelope.
        assert look.mechanisms
        assert (tls.client_cert, tls.client_key) == (None, None)
        assert (tls.verify, tls.ca) == (True, "/ca.pem")
        assert look.target.allow_plaintext_auth is False


def test_a_port_is_looked_at_once_and_all_are_told() -> None:
    shared, told = Siblings(), list[ProtocolEvidence]()
    target, other = smtp(465, TLS).target, smtp(587).target
    assert shared.wanted(target, told.append)
    assert not shared.wanted(target, told.append)
    assert shared.wanted(other, told.append)
    assert told == []
    seen = stopped(smtp(465, TLS), Stage.AUTH, None)
    shared.found(target, seen)
    assert not shared.wanted(target, told.append)
    assert told == [seen, seen]
