# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of fault becomes a failure that a person can act on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from diagnosis.build import EMAIL, IMAP, SMTP, TLS, judge, replied, seen

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import (
    AddressResult,
    Category,
    PasswordAtFault,
    Protocol,
    Security,
    Stage,
    StageStatus,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import (
    AddressAttempt,
    CertificateFacts,
    Fault,
    FaultKind,
    TlsFault,
)

REFUSED, TIMED_OUT = AddressResult.REFUSED, AddressResult.TIMED_OUT
UNREACHABLE, CONNECTED = AddressResult.UNREACHABLE, AddressResult.CONNECTED
CERTIFICATE = CertificateFacts(
    "shared.host.example", "Some CA", ("shared.host.example", "*.host.example"), "2026-01-01T00:00:00Z",
    "2026-04-01T00:00:00Z", -30,
)  # fmt: skip


def one(protocol: Protocol, stage: Stage, fault: Fault, **changes: Any) -> tuple[str, str, str]:
    """Return category, status and sentence of the only failure."""
    diagnosis = judge(seen(protocol, stage, fault, **changes))
    (failure,) = diagnosis.failures
    assert failure.causes and all(cause.remedy for cause in failure.causes)
    assert failure.sentence.endswith(".") and "{" not in failure.sentence
    assert diagnosis.outcome[protocol] is failure.status
    return failure.category.value, failure.status.value, failure.sentence


@pytest.mark.parametrize(
    ("kind", "category", "status"),
    [
        ("nxdomain", "dns.nxdomain", "failed"),
        ("no_address", "dns.no_address", "failed"),
        ("not_found", "dns.no_address", "failed"),
        ("mx_only", "dns.mx_only", "failed"),
        ("servfail", "dns.servfail", "inconclusive"),
        ("timeout", "dns.timeout", "inconclusive"),
        ("failed", "dns.failed", "inconclusive"),
        ("unheard of", "dns.failed", "inconclusive"),
    ],
)
def test_resolve(kind: str, category: str, status: str) -> None:
    """A name that is not there is definite; DNS that does not answer is not."""
    fault = Fault(FaultKind.RESOLVE, detail={"kind": kind, "text": "x"})
    assert one(SMTP, Stage.DNS, fault)[:2] == (category, status)


def test_the_word_of_the_system_alone_says_nothing_about_dns() -> None:
    fault = Fault(FaultKind.RESOLVE, detail={"kind": "not_found", "text": "x"})
    (failure,) = judge(seen(SMTP, Stage.DNS, fault)).failures
    assert failure.sentence == "The operating system finds no address for the SMTP host smtp.acme.example."
    assert "misspelt" in failure.causes[0].cause
    assert "pip install dnspython" in failure.causes[-1].remedy


@pytest.mark.parametrize(
    ("attempts", "category", "status"),
    [
        ([("192.0.2.1", REFUSED, "")], "connect.refused", "failed"),
        ([("192.0.2.1", TIMED_OUT, "")], "connect.timeout", "inconclusive"),
        ([("192.0.2.1", REFUSED, ""), ("192.0.2.2", TIMED_OUT, "")], "connect.timeout", "inconclusive"),
        (
            [("2001:db8::1", UNREACHABLE, "Network is unreachable"), ("192.0.2.1", REFUSED, "")],
            "connect.refused",
            "failed",
        ),
        ([("192.0.2.1", UNREACHABLE, "No route to host")], "connect.unreachable", "inconclusive"),
        ([("192.0.2.1", UNREACHABLE, "Network is unreachable")], "run.network", "inconclusive"),
        ([], "connect.timeout", "inconclusive"),
    ],
)
def test_connect(attempts: list[tuple[str, AddressResult, str]], category: str, status: str) -> None:
    """Only a closed port is definite; an address family that this machine lacks does not count."""
    tried = tuple(AddressAttempt(address, result, 1.0, error) for address, result, error in attempts)
    found = one(SMTP, Stage.CONNECT, Fault(FaultKind.CONNECT, detail={"attempts": tried}), addresses=())
    assert found[:2] == (category, status)
    if len(tried) > 1:
        assert all(attempt.address in found[2] for attempt in tried)


@pytest.mark.parametrize(
    ("attempts", "category", "word"),
    [
        ([("192.0.2.1", "EMFILE")], "run.network", "ulimit -n"),
        ([("192.0.2.1", "EMFILE"), ("192.0.2.2", "ECONNREFUSED")], "run.network", "ulimit -n"),
        ([("192.0.2.1", "ENOBUFS")], "run.network", "pace.concurrency"),
        ([("192.0.2.1", "EADDRNOTAVAIL")], "run.network", "ip_local_port_range"),
        ([("::1", "EADDRNOTAVAIL"), ("127.0.0.1", "ECONNREFUSED")], "connect.refused", "declare"),
        ([("192.0.2.1", "ENETUNREACH")], "run.network", "network"),
    ],
)
def test_what_the_own_machine_lacks_is_never_the_mailboxs_failure(
    attempts: list[tuple[str, str]], category: str, word: str
) -> None:
    """The system's texts are in the user's language, so its names decide; and the remedy is one for that machine."""
    tried = tuple(
        AddressAttempt(
            address, REFUSED if code == "ECONNREFUSED" else UNREACHABLE, 1.0, "Zu viele offene Dateien", code
        )
        for address, code in attempts
    )
    fault = Fault(FaultKind.CONNECT, detail={"attempts": tried})
    (failure,) = judge(seen(SMTP, Stage.CONNECT, fault, addresses=())).failures
    assert failure.category.value == category
    assert (failure.status.value == "inconclusive") is (category == "run.network")
    assert word in failure.causes[0].remedy


def test_port_25_is_blocked_by_most_networks() -> None:
    """The likeliest reason for silence on port 25."""
    fault = Fault(FaultKind.CONNECT, detail={"attempts": (AddressAttempt("192.0.2.1", TIMED_OUT),)})
    (failure,) = judge(seen(SMTP, Stage.CONNECT, fault, port=25)).failures
    assert "587" in failure.causes[0].remedy


@pytest.mark.parametrize(
    ("tls", "category", "status"),
    [
        (TlsFault("WRONG_VERSION_NUMBER", peer_bytes=b"220 mx ESMTP\r\n"), "tls.mode_mismatch", "failed"),
        (TlsFault("WRONG_VERSION_NUMBER", peer_bytes=b"* OK IMAP4rev1 ready\r\n"), "port.wrong_protocol", "failed"),
        (TlsFault("WRONG_VERSION_NUMBER", peer_bytes=b"+OK POP3 ready\r\n"), "port.wrong_protocol", "failed"),
        (TlsFault("WRONG_VERSION_NUMBER", peer_bytes=b"HTTP/1.1 400 Bad Request\r\n"), "port.wrong_protocol", "failed"),
        (TlsFault("HTTP_REQUEST", peer_bytes=b"SSH-2.0-x\r\n"), "port.wrong_protocol", "failed"),
        (TlsFault("WRONG_VERSION_NUMBER"), "tls.mode_mismatch", "failed"),
        (TlsFault("CERTIFICATE_VERIFY_FAILED", verify_code=10), "tls.expired", "failed"),
        (TlsFault("CERTIFICATE_VERIFY_FAILED", verify_code=9), "tls.not_yet_valid", "failed"),
        (TlsFault("CERTIFICATE_VERIFY_FAILED", verify_code=62), "tls.name_mismatch", "failed"),
        (TlsFault("CERTIFICATE_VERIFY_FAILED", verify_code=64), "tls.name_mismatch", "failed"),
        (TlsFault("CERTIFICATE_VERIFY_FAILED", verify_code=18), "tls.self_signed", "failed"),
        (TlsFault("CERTIFICATE_VERIFY_FAILED", verify_code=19), "tls.self_signed", "failed"),
        (TlsFault("CERTIFICATE_VERIFY_FAILED", verify_code=20), "tls.unknown_ca", "failed"),
        (TlsFault("CERTIFICATE_VERIFY_FAILED", verify_code=66, verify_text="EE key too small"), "tls.cipher", "failed"),
        (
            TlsFault("CERTIFICATE_VERIFY_FAILED", verify_code=26, verify_text="unsuitable purpose"),
            "tls.failed",
            "failed",
        ),
        (
            TlsFault("SSLV3_ALERT_HANDSHAKE_FAILURE", alert="handshake failure", peer_bytes=b"\x16\x03\x03"),
            "tls.client_certificate",
            "failed",
        ),
        (TlsFault("WRONG_VERSION_NUMBER", peer_bytes=b"\xfe\xff\x00\x01"), "tls.failed", "inconclusive"),
        (TlsFault("TLSV1_ALERT_PROTOCOL_VERSION", alert="protocol version"), "tls.version", "failed"),
        (TlsFault("UNSUPPORTED_PROTOCOL"), "tls.version", "failed"),
        (TlsFault("SSLV3_ALERT_HANDSHAKE_FAILURE", alert="handshake failure"), "tls.cipher", "failed"),
        (
            TlsFault("TLSV13_ALERT_CERTIFICATE_REQUIRED", alert="certificate required"),
            "tls.client_certificate",
            "failed",
        ),
        (TlsFault("the CA certificates in /x cannot be used: no such file"), "config.invalid", "failed"),
        (TlsFault("", timed_out=True), "tls.failed", "inconclusive"),
        (TlsFault("UNEXPECTED_EOF_WHILE_READING"), "tls.failed", "inconclusive"),
    ],
)
def test_tls(tls: TlsFault, category: str, status: str) -> None:
    """First the peer's own bytes, then the certificate, then alerts, then what is vague."""
    assert one(SMTP, Stage.TLS, Fault(FaultKind.TLS, tls=tls))[:2] == (category, status)


def test_mode_mismatch_names_the_right_mode() -> None:
    """587 with implicit TLS, the classic, is told with its cure."""
    fault = Fault(FaultKind.TLS, tls=TlsFault("WRONG_VERSION_NUMBER", peer_bytes=b"220 mx ESMTP\r\n"))
    (failure,) = judge(seen(SMTP, Stage.TLS, fault, port=587)).failures
    assert "smtp.security: starttls and keep port 587" in failure.causes[0].remedy


def test_names_of_the_certificate_are_listed() -> None:
    """Whoever reads the mismatch sees which host to declare."""
    fault = Fault(FaultKind.TLS, tls=TlsFault("CERTIFICATE_VERIFY_FAILED", verify_code=62))
    (failure,) = judge(seen(SMTP, Stage.TLS, fault, follow_up={"certificate": CERTIFICATE})).failures
    assert "shared.host.example, *.host.example" in failure.sentence
    assert "shared.host.example" in failure.causes[0].remedy


@pytest.mark.parametrize(
    ("stage", "detail", "changes", "category", "status"),
    [
        (Stage.GREETING, {"seconds": 5.0}, {"follow_up": {"implicit_tls": True}}, "tls.mode_mismatch", "failed"),
        (Stage.GREETING, {"seconds": 5.0}, {}, "conn.timeout", "inconclusive"),
        (Stage.AUTH, {"seconds": 5.0}, {}, "conn.timeout", "inconclusive"),
        (Stage.AUTH, {"seconds": 5.0, "whole": True}, {}, "run.deadline", "inconclusive"),
        (Stage.DNS, {"seconds": 5.0}, {}, "dns.timeout", "inconclusive"),
        (Stage.CONNECT, {"seconds": 5.0}, {}, "connect.timeout", "inconclusive"),
        (Stage.MESSAGE, {"seconds": 5.0, "after_final_dot": True}, {}, "message.unknown", "inconclusive"),
    ],
)
def test_timeout(stage: Stage, detail: dict[str, Any], changes: dict[str, Any], category: str, status: str) -> None:
    """Silence is definite only where the cross-check knows better."""
    security = Security.STARTTLS if changes else Security.TLS
    fault = Fault(FaultKind.TIMEOUT, detail=detail)
    assert one(SMTP, stage, fault, security=security, **changes)[:2] == (category, status)


@pytest.mark.parametrize(("protocol", "told"), [(IMAP, True), (SMTP, False)])
def test_a_login_that_hangs_may_be_imap_switched_off(protocol: Protocol, told: bool) -> None:
    fault = Fault(FaultKind.TIMEOUT, detail={"seconds": 5.0})
    (failure,) = judge(seen(protocol, Stage.AUTH, fault, submitted=True)).failures
    assert any("IMAP is switched off" in cause.cause for cause in failure.causes) is told


def test_lost_receipt_is_not_retried() -> None:
    """A message that may have been delivered is never sent twice."""
    fault = Fault(FaultKind.CLOSED, detail={"reset": True, "after_final_dot": True})
    (failure,) = judge(seen(SMTP, Stage.MESSAGE, fault)).failures
    assert failure.category is Category.MESSAGE_UNKNOWN
    assert not failure.retryable


def test_closed_after_the_password_leaves_it_open() -> None:
    """The server hung up on the login without a word."""
    (failure,) = judge(seen(IMAP, Stage.AUTH, Fault(FaultKind.CLOSED, detail={"reset": False}))).failures
    assert (failure.category, failure.status) == (Category.CONN_DROPPED, StageStatus.INCONCLUSIVE)
    assert failure.password_at_fault is PasswordAtFault.UNKNOWN


def test_parting_word_counts() -> None:
    """A close that came with a reason has that reason."""
    fault = Fault(FaultKind.CLOSED, reply=b"* BYE Disconnected for inactivity.", detail={"reset": False})
    assert one(IMAP, Stage.SELECT, fault)[:2] == ("conn.dropped", "inconclusive")
    fault = Fault(FaultKind.CLOSED, reply=b"421 4.7.0 mx Error: too many connections from 192.0.2.1")
    assert one(SMTP, Stage.GREETING, fault)[:2] == ("conn.limit", "inconclusive")


@pytest.mark.parametrize(
    ("protocol", "stage", "fault", "category"),
    [
        (SMTP, Stage.GREETING, Fault(FaultKind.LIMIT, b"x", {"limit": "line", "allowed": 4096}), "protocol.limit"),
        (SMTP, Stage.GREETING, Fault(FaultKind.UNPARSABLE, b"+OK POP3 ready", {"text": "x"}), "port.wrong_protocol"),
        (SMTP, Stage.GREETING, Fault(FaultKind.UNPARSABLE, b"* OK ready", {"text": "x"}), "port.wrong_protocol"),
        (SMTP, Stage.GREETING, Fault(FaultKind.UNPARSABLE, b"HTTP/1.1 400 Bad", {"text": "x"}), "port.wrong_protocol"),
        (IMAP, Stage.GREETING, Fault(FaultKind.UNPARSABLE, b"220 mx ESMTP", {"text": "x"}), "port.wrong_protocol"),
        (
            IMAP,
            Stage.GREETING,
            Fault(FaultKind.UNPARSABLE, b"\x15\x03\x01\x00\x02", {"text": "x"}),
            "tls.mode_mismatch",
        ),
        (IMAP, Stage.GREETING, Fault(FaultKind.UNPARSABLE, b"garbage", {"text": "x"}), "port.wrong_protocol"),
        (IMAP, Stage.LIST, Fault(FaultKind.UNPARSABLE, b"garbage", {"text": "x"}), "protocol.violation"),
        (
            SMTP,
            Stage.STARTTLS,
            Fault(FaultKind.MISSING, detail={"what": "starttls", "offered": ["SIZE"]}),
            "tls.unavailable",
        ),
        (SMTP, Stage.AUTH, Fault(FaultKind.MISSING, detail={"what": "auth", "offered": []}), "auth.unavailable"),
        (
            SMTP,
            Stage.AUTH,
            Fault(FaultKind.MISSING, detail={"what": "mechanism", "offered": ["NTLM"]}),
            "auth.mechanism",
        ),
        (IMAP, Stage.AUTH, Fault(FaultKind.MISSING, detail={"what": "login", "offered": []}), "auth.method_disabled"),
        (SMTP, Stage.SENDER, Fault(FaultKind.MISSING, detail={"what": "smtputf8"}), "address.utf8"),
        (SMTP, Stage.STARTTLS, Fault(FaultKind.INJECTED, b"250 OK"), "tls.injection"),
        (IMAP, Stage.GREETING, Fault(FaultKind.PREAUTH), "tls.preauth"),
        (SMTP, Stage.AUTH, Fault(FaultKind.WITHHELD, detail={"why": "x"}), "auth.credentials_withheld"),
        (
            SMTP,
            Stage.AUTH,
            Fault(FaultKind.WITHHELD, detail={"reason": "secret_refused_before"}),
            "secret.refused_before",
        ),
        (
            IMAP,
            Stage.SELECT,
            Fault(FaultKind.ABSENT, detail={"folder": "Archiv", "near": ["Archive"]}),
            "mailbox.nonexistent",
        ),
    ],
)
def test_other_kinds_are_definite(protocol: Protocol, stage: Stage, fault: Fault, category: str) -> None:
    """What the server is or offers does not change by waiting."""
    assert one(protocol, stage, fault)[:2] == (category, "failed")


def test_every_kind_is_explained_without_any_detail() -> None:
    """A fault that comes with nothing but its kind is no reason to break."""
    for kind in FaultKind:
        for stage in (Stage.DNS, Stage.CONNECT, Stage.TLS, Stage.GREETING, Stage.AUTH, Stage.SELECT):
            (failure,) = judge(seen(IMAP, stage, Fault(kind))).failures
            assert failure.causes, (kind, stage)


def test_breaker_and_a_refusal_next_door_are_inconclusive() -> None:
    """What was not tried says nothing."""
    breaker = Fault(FaultKind.WITHHELD, detail={"why": "x", "reason": "breaker_open"})
    assert one(SMTP, Stage.AUTH, breaker)[:2] == ("run.auth_breaker", "inconclusive")
    smtp = replied(SMTP, Stage.AUTH, b"535 5.7.8 xyzzy")
    imap = seen(IMAP, Stage.AUTH, Fault(FaultKind.WITHHELD, detail={"why": "x"}), submitted=False)
    first, second = judge(smtp, imap).failures
    assert (first.protocol, first.status) == (SMTP, StageStatus.FAILED)
    assert (second.protocol, second.status) == (IMAP, StageStatus.INCONCLUSIVE)


def test_absent_folder_lists_the_near_names() -> None:
    """The name that was meant is in the sentence."""
    fault = Fault(FaultKind.ABSENT, detail={"folder": "Archiv", "near": ["Archive", "Archive/2026"]})
    assert "Archive, Archive/2026" in one(IMAP, Stage.SELECT, fault)[2]


@pytest.mark.parametrize("why", ["noselect", "nonexistent"])
def test_all_absent_folders_of_a_stage_are_named(why: str) -> None:
    """A second missing folder is not left for the next run; a level of the hierarchy is not called missing."""
    lost = {"folder": "Nope", "near": [], "why": "not_listed"}
    level = {"folder": "Projects", "near": ["Projects/2026"], "why": why}
    fault = Fault(FaultKind.ABSENT, detail={**lost, "all": [lost, level]})
    sentence = one(IMAP, Stage.LIST, fault)[2]
    assert 'There is no folder "Nope"' in sentence
    assert '"Projects" only holds other folders' in sentence
    assert "Projects/2026" in sentence


def test_swapped_hosts_are_one_failure() -> None:
    """Each protocol found the other: the mailbox's failure, not two."""
    smtp = seen(SMTP, Stage.GREETING, Fault(FaultKind.UNPARSABLE, b"* OK IMAP4rev1"), security=Security.STARTTLS)
    imap = seen(IMAP, Stage.GREETING, Fault(FaultKind.UNPARSABLE, b"220 mx ESMTP"), security=Security.STARTTLS)
    diagnosis = judge(smtp, imap)
    (failure,) = diagnosis.failures
    assert failure.protocol is None
    assert "swapped" in failure.sentence
    assert diagnosis.outcome == {SMTP: StageStatus.FAILED, IMAP: StageStatus.FAILED}


def test_one_host_that_is_not_there_is_one_failure() -> None:
    """Both protocols look up the same name."""
    fault = Fault(FaultKind.RESOLVE, detail={"kind": "nxdomain", "text": ""})
    both = [seen(protocol, Stage.DNS, fault, host="mail.acme.example") for protocol in (SMTP, IMAP)]
    (failure,) = judge(*both).failures
    assert failure.protocol is None
    assert "SMTP" not in failure.sentence
    apart = [seen(protocol, Stage.DNS, fault) for protocol in (SMTP, IMAP)]
    assert len(judge(*apart).failures) == 2


@pytest.mark.parametrize(("host", "first"), [("smtp.gmail.com", "resolver"), ("smtp.gmial.com", "misspelt")])
def test_a_well_known_host_that_does_not_exist_is_the_resolvers_word(host: str, first: str) -> None:
    fault = Fault(FaultKind.RESOLVE, detail={"kind": "nxdomain", "text": ""})
    (failure,) = judge(seen(SMTP, Stage.DNS, fault, host=host)).failures
    assert first in failure.causes[0].cause
    assert ("same stands in many mailboxes" in failure.causes[0].cause) is (first == "resolver")


def test_order_of_failures() -> None:
    """Attacks first, definite before open, early stages before late ones."""
    attack = seen(IMAP, Stage.STARTTLS, Fault(FaultKind.INJECTED, b"x"))
    login = replied(SMTP, Stage.AUTH, b"535 5.7.8 xyzzy")
    slow = seen(SMTP, Stage.GREETING, Fault(FaultKind.TIMEOUT, detail={"seconds": 5.0}))
    folder = seen(IMAP, Stage.SELECT, Fault(FaultKind.ABSENT, detail={"folder": "x", "near": []}))
    assert [f.protocol for f in judge(login, attack).failures] == [IMAP, SMTP]
    assert [f.protocol for f in judge(slow, folder).failures] == [IMAP, SMTP]
    assert [f.protocol for f in judge(login, folder).failures] == [SMTP, IMAP]


def test_consequences_are_not_failures_of_their_own() -> None:
    """RCPT without a sender is refused, of course."""
    evidence = replied(SMTP, Stage.RECIPIENT, b"503 5.5.1 Error: need MAIL command")
    evidence.stages[-2].fault = Fault(FaultKind.REPLY, b"553 5.7.1 not owned by user x")
    diagnosis = judge(evidence)
    assert [failure.category for failure in diagnosis.failures] == [Category.SENDER_NOT_OWNED]
    assert diagnosis.statuses[SMTP][Stage.RECIPIENT] is StageStatus.SKIPPED


@pytest.mark.parametrize("reply", [b"421 4.7.0 try again later", b"250 2.1.5 Ok"])
def test_the_recipient_that_was_asked_for_is_named(reply: bytes) -> None:
    evidence = replied(SMTP, Stage.RECIPIENT, reply)
    detail = {"address": "busy@elsewhere.example", "sender": EMAIL}
    evidence.stages[-1].fault = Fault(FaultKind.REPLY, reply, detail)
    (failure,) = judge(evidence).failures
    assert failure.sentence.startswith("The recipient busy@elsewhere.example ")


@pytest.mark.parametrize("stage", [Stage.SENDER, Stage.RECIPIENT])
def test_every_sender_that_was_refused_is_told(stage: Stage) -> None:
    reply = b"553 5.7.1 Sender address rejected: not owned by user u"
    evidence = replied(SMTP, stage, reply)
    asked = ["ok@acme.example", "a@acme.example", "b@acme.example", "c@acme.example"]
    recipient = stage is Stage.RECIPIENT
    evidence.stages[-1].facts["addresses"] = [
        {"address": EMAIL if recipient else one, "sender": one, "code": code, "reply": b""}
        for one, code in zip(asked, (250, 553, 553, None), strict=True)
    ]
    detail = {"address": EMAIL if recipient else asked[1], "sender": asked[1]}
    evidence.stages[-1].fault = Fault(FaultKind.REPLY, reply, detail)
    (failure,) = judge(evidence).failures
    assert failure.category is Category.SENDER_NOT_OWNED
    assert failure.sentence.startswith("The sender a@acme.example was refused because ")
    assert failure.sentence.endswith("; not taken either: b@acme.example.")
    assert failure.evidence["not_taken"] == ["a@acme.example", "b@acme.example"]


def test_notices() -> None:
    """What works and still is worth a word; each can be silenced."""
    old = replace(TLS, version="TLSv1", verified=False, certificate=replace(CERTIFICATE, days_left=3))
    evidence = seen(SMTP, tls=old)
    imap = seen(IMAP, security=Security.NONE, tls=None, alerts=("Maintenance on Sunday",))
    imap.stages[-1].facts.update(quota_used=95, quota_limit=100)
    past = replace(old, certificate=replace(CERTIFICATE, days_left=-1))
    (expired,) = (one for one in judge(seen(SMTP, tls=past)).warnings if one.id == "tls.expires_soon")
    assert expired.text == f"The certificate of smtp.acme.example expired ({CERTIFICATE.not_after})."
    ids = {"tls.expires_soon", "tls.old_version", "imap.alert", "quota.nearly_full"}
    diagnosis = judge(evidence, imap)
    assert {notice.id for notice in diagnosis.warnings} == ids
    assert set(diagnosis.outcome.values()) == {StageStatus.OK}
    assert judge(evidence, imap, disabled=frozenset(ids)).warnings == ()
    assert judge(seen(SMTP), seen(IMAP)).warnings == ()


def test_secrets_are_not_in_failures() -> None:
    """A server that echoes the password does not get it into the result."""
    secret = b"correct horse battery"
    evidence = replied(SMTP, Stage.AUTH, b"535 5.7.8 bad password correct horse battery")
    imap = seen(IMAP, alerts=("your password is correct horse battery",))
    diagnosis = judge(evidence, imap, secrets=(secret,))
    shown = repr([entry.as_dict() for entry in (*diagnosis.failures, *diagnosis.warnings)])
    assert "horse" not in shown
    assert EMAIL not in repr(diagnosis.failures[0].evidence)


def test_alert_of_a_refusal_is_told_once() -> None:
    """The reply of the failure has it already."""
    imap = replied(IMAP, Stage.AUTH, b"a1 NO [ALERT] Application-specific password required")
    imap.alerts = ("Application-specific password required", "Maintenance on Sunday")
    assert [notice.text for notice in judge(imap).warnings] == ["The server's operator says: Maintenance on Sunday"]
