# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a look at the other usual ports says about the failure at the declared one."""

from __future__ import annotations

from typing import Any

import pytest
from diagnosis.build import IMAP, SMTP, judge, seen

from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.siblings import Outcome, outcome_of
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import AddressResult, Security, Stage
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import (
    AddressAttempt,
    Fault,
    FaultKind,
    ProtocolEvidence,
    TlsFault,
)

TLS, STARTTLS = Security.TLS, Security.STARTTLS
WITHHELD = Fault(FaultKind.MISSING, detail={"what": "credentials"})
NO_AUTH = Fault(FaultKind.MISSING, detail={"what": "auth"})
SILENT = Fault(FaultKind.TIMEOUT, detail={"seconds": 3.0})


def closed(result: AddressResult) -> Fault:
    return Fault(FaultKind.CONNECT, detail={"attempts": (AddressAttempt("192.0.2.25", result, 1.0, "x", "y"),)})


def shaken(**facts: Any) -> Fault:
    return Fault(FaultKind.TLS, tls=TlsFault("reason", **facts))


REFUSED, TIMED_OUT = closed(AddressResult.REFUSED), closed(AddressResult.TIMED_OUT)
EXPIRED = shaken(verify_code=10, verify_text="certificate has expired")


def look(port: int, security: Security, stage: Stage | None, fault: Fault | None = None) -> ProtocolEvidence:
    protocol = IMAP if port in (143, 993) else SMTP
    return seen(protocol, stage, fault, port=port, security=security, greeting=b"220 mail.acme.example ESMTP")


def failed(fault: Fault, stage: Stage, *looks: ProtocolEvidence, **changes: Any) -> Any:
    (failure,) = judge(seen(SMTP, stage, fault, follow_up={"siblings": looks}, **changes)).failures
    return failure


@pytest.mark.parametrize(
    ("stage", "fault", "outcome"),
    [
        (None, None, Outcome.ANSWERS),
        (Stage.AUTH, WITHHELD, Outcome.ANSWERS),
        (Stage.AUTH, NO_AUTH, Outcome.NO_LOGIN),
        (Stage.CONNECT, REFUSED, Outcome.REFUSED),
        (Stage.CONNECT, TIMED_OUT, Outcome.SILENT),
        (Stage.CONNECT, Fault(FaultKind.CONNECT), Outcome.SILENT),
        (Stage.TLS, EXPIRED, Outcome.CERTIFICATE),
        (Stage.TLS, shaken(peer_bytes=b"* OK IMAP4rev1 ready\r\n"), Outcome.OTHER_SERVICE),
        (Stage.TLS, shaken(peer_bytes=b"220 mail.acme.example ESMTP\r\n"), Outcome.NO_TLS),
        (Stage.TLS, shaken(timed_out=True), Outcome.SILENT),
        (Stage.TLS, shaken(), Outcome.BROKEN),
        (Stage.GREETING, Fault(FaultKind.UNPARSABLE, b"\x00\x01"), Outcome.OTHER_SERVICE),
        (Stage.GREETING, Fault(FaultKind.REPLY, b"+OK POP3 ready\r\n"), Outcome.OTHER_SERVICE),
        (Stage.GREETING, SILENT, Outcome.SILENT),
        (Stage.GREETING, Fault(FaultKind.REPLY, b"554 no service for you\r\n"), Outcome.TURNED_AWAY),
        (Stage.GREETING, Fault(FaultKind.CLOSED), Outcome.BROKEN),
    ],
)
def test_a_look_comes_to_one_of_few_things(stage: Stage | None, fault: Fault | None, outcome: Outcome) -> None:
    assert outcome_of(look(465, TLS, stage, fault)) is outcome


def test_a_port_without_starttls_has_no_tls() -> None:
    fault = Fault(FaultKind.MISSING, detail={"what": "starttls"})
    assert outcome_of(look(587, STARTTLS, Stage.STARTTLS, fault)) is Outcome.NO_TLS


def test_the_port_that_answers_is_the_first_cause_and_the_sentence_stays() -> None:
    answers = look(587, STARTTLS, Stage.AUTH, WITHHELD)
    alone = failed(REFUSED, Stage.CONNECT)
    with_look = failed(REFUSED, Stage.CONNECT, answers)
    assert with_look.sentence == alone.sentence
    assert "Port 587 with STARTTLS answers on the same host" in with_look.causes[0].cause
    assert with_look.causes[0].remedy == "Declare smtp.port: 587 and smtp.security: starttls."
    assert with_look.evidence["siblings"] == [
        {
            "port": 587,
            "security": "starttls",
            "answers": True,
            "result": "answers",
            "verified": True,
            "greeting": "220 mail.acme.example ESMTP",
        }
    ]
    assert "siblings" not in alone.evidence


def test_the_same_port_in_another_mode_keeps_its_number() -> None:
    cause = failed(shaken(peer_bytes=b"220 x ESMTP\r\n"), Stage.TLS, look(465, STARTTLS, Stage.AUTH, WITHHELD)).causes[
        0
    ]
    assert (cause.cause, cause.remedy) == (
        "Port 465 answers with STARTTLS.",
        "Declare smtp.security: starttls and keep the port.",
    )


def test_several_ports_that_answer_are_all_named() -> None:
    looks = look(587, STARTTLS, Stage.AUTH, WITHHELD), look(465, TLS, Stage.AUTH, WITHHELD)
    cause = failed(REFUSED, Stage.CONNECT, *looks, port=2525).causes[0].cause
    assert "Port 587 with STARTTLS answers on the same host, and so does port 465 with TLS." in cause


@pytest.mark.parametrize(("port", "often"), [(465, True), (2525, False)])
def test_a_port_that_only_is_silent_was_dropped_on_the_way(port: int, often: bool) -> None:
    causes = failed(TIMED_OUT, Stage.CONNECT, look(587, STARTTLS, Stage.AUTH, WITHHELD), port=port).causes
    told = " ".join(one.cause for one in causes)
    assert f"port {port}" in told
    assert ("as networks often do" in told) is (often and f"drops port {port}" in told)


def test_a_certificate_that_is_not_accepted_makes_the_host_doubtful() -> None:
    cause = failed(REFUSED, Stage.CONNECT, look(587, STARTTLS, Stage.STARTTLS, EXPIRED)).causes[0]
    assert "its certificate is not accepted (certificate has expired)" in cause.cause
    assert cause.remedy.startswith("Check smtp.host first")


@pytest.mark.parametrize(
    ("fault", "looks", "said"),
    [
        (TIMED_OUT, [(587, Stage.CONNECT, TIMED_OUT)], "All usual SMTP ports of the host are silent"),
        (REFUSED, [(587, Stage.CONNECT, REFUSED)], "The host has no SMTP service at the usual ports"),
        (REFUSED, [(587, Stage.CONNECT, TIMED_OUT)], "The host has no SMTP service at the usual ports"),
        (REFUSED, [(587, Stage.AUTH, NO_AUTH)], "No other usual port of the host is of use either"),
    ],
)
def test_where_no_port_is_of_use_it_is_the_host_or_the_network(fault: Fault, looks: list[Any], said: str) -> None:
    seen_there = [look(port, STARTTLS, stage, trouble) for port, stage, trouble in looks]
    assert failed(fault, Stage.CONNECT, *seen_there).causes[0].cause.startswith(said)


def test_a_look_that_found_nothing_says_nothing_where_the_port_speaks_the_protocol() -> None:
    fault = Fault(FaultKind.REPLY, b"554 no service for you\r\n")
    alone = failed(fault, Stage.GREETING)
    assert failed(fault, Stage.GREETING, look(587, STARTTLS, Stage.CONNECT, REFUSED)).causes == alone.causes
