# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is fuzzed: functions that take any bytes, and raise where the engine does what it must not.

The bytes are read in one way by the fuzzer and by the tests that replay the corpus, so none of it needs the fuzzer.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.diagnose import Context, diagnose
from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.message import render
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import (
    AddressResult,
    Depth,
    Pipelining,
    Protocol,
    Security,
    Stage,
    Verdict,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe import (
    imap_data,
    imap_framing,
    imap_names,
    imap_parsing,
    smtp_framing,
    smtp_parsing,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import (
    Interruption,
    LimitExceeded,
    PeerClosed,
    Secret,
    TimedOut,
    Unparsable,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import (
    AddressAttempt,
    CertificateFacts,
    Fault,
    FaultKind,
    ProtocolEvidence,
    StageEvidence,
    TlsFacts,
    TlsFault,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import (
    Credentials,
    ImapPlan,
    SmtpPlan,
    Target,
    TlsPlan,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.redaction import shown
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.sasl import wire_forms
from ansible_collections.mailops.mailbox.plugins.module_utils._run.result import protocol_section, result
from ansible_collections.mailops.mailbox.tests.fuzz.model import Server, Violation

USER = "sales01@acme.example"
PASSWORDS = (b"open-Sesame/7", b'quo"te\\back slash', "p\u00e4ssw\u00f6rd-\u4e2d\u6587".encode(), b"t" * 1024)
_FOLDERS = ("INBOX", "Sent", "Entw\u00fcrfe", "A/B")
_LIMITS = (TimedOut(8.0, whole=False), TimedOut(30.0, whole=True), PeerClosed(reset=True), PeerClosed(reset=False))


class Octets:
    """Reads choices off the front of the fuzzer's bytes; past their end every choice is the first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def pick(self, count: int) -> int:
        """A number below ``count``."""
        value = self._data[self._at] if self._at < len(self._data) else 0
        self._at += 1
        return value % count

    def chunk(self) -> bytes:
        """Bytes up to the next NUL."""
        end = self._data.find(b"\0", self._at)
        end = len(self._data) if end < 0 else end
        found = self._data[self._at : end]
        self._at = end + 1
        return found

    def rest(self) -> bytes:
        """All that is left."""
        found = self._data[self._at :]
        self._at = len(self._data)
        return found


def smtp_framing_and_parsing(data: bytes) -> None:
    """Whole or in pieces, a stream gives the same replies, within limits; every reply can be read."""
    octets = Octets(data)
    size = 1 + octets.pick(64)
    stream = octets.rest()
    whole = _smtp_replies([stream])
    pieces = _smtp_replies([stream[at : at + size] for at in range(0, len(stream), size)])
    # Only for a peer that speaks no SMTP may the moment of the verdict depend on how its bytes come.
    if whole != pieces:
        raise Violation("the same bytes gave other replies")
    for reply in whole[0]:
        if not 200 <= reply.code <= 599 or len(reply.raw) > smtp_framing.REPLY_LIMIT:
            raise Violation("a reply beyond the limits")
        if len(reply.lines) > smtp_framing.REPLY_LINES:
            raise Violation("more lines than allowed")
        smtp_parsing.enhanced_code(reply)
        smtp_parsing.keyword_lines(smtp_parsing.ehlo_keywords(reply))
        shown(reply.shown)


def _smtp_replies(pieces: list[bytes]) -> tuple[list[smtp_parsing.Reply], str]:
    framer = smtp_framing.SmtpFramer()
    found = []
    try:
        for piece in pieces:
            framer.feed(piece)
            while (reply := framer.next_frame()) is not None:
                found.append(reply)
            if len(framer.pending) > smtp_framing.REPLY_LIMIT + smtp_framing.LINE_LIMIT:
                raise Violation("more bytes kept than one reply may have")
    except (LimitExceeded, Unparsable) as problem:
        return found, type(problem).__name__
    return found, ""


def imap_framing_and_parsing(data: bytes) -> None:
    """Whole or in pieces, a stream gives the same responses, within limits; each is read without complaint."""
    octets = Octets(data)
    size = 1 + octets.pick(64)
    stream = octets.rest()
    whole = _imap_frames([stream])
    if whole != _imap_frames([stream[at : at + size] for at in range(0, len(stream), size)]):
        raise Violation("the same bytes gave other responses")
    responses = []
    for frame in whole[0]:
        if len(frame.raw) > imap_framing.RESPONSE_LIMIT:
            raise Violation("a response beyond the limits")
        try:
            responses.append(imap_parsing.parse(frame))
        except LimitExceeded:
            continue
        _within_depth(responses[-1].data, 0)
        shown(frame.raw)
    imap_data.capabilities(responses)
    imap_data.namespaces(responses)
    imap_data.server_id(responses)
    imap_data.storage_quota(responses)
    imap_data.my_rights(responses)
    imap_data.opened(responses)
    for response in responses:
        for value in response.data:
            if isinstance(value, bytes):
                imap_names.decode(value)


def _imap_frames(pieces: list[bytes]) -> tuple[list[imap_framing.Frame], str]:
    framer = imap_framing.ImapFramer()
    found = []
    stopped = ""
    for piece in pieces:
        try:
            framer.feed(piece)
        except LimitExceeded as problem:
            stopped = problem.limit
        while (frame := framer.next_frame()) is not None:
            found.append(frame)
        if stopped:
            break
    return found, stopped


def _within_depth(values: imap_parsing.Value, depth: int) -> None:
    if depth > imap_parsing.DEPTH_LIMIT + 1:
        raise Violation("lists nested deeper than allowed")
    if isinstance(values, tuple):
        for value in values:
            _within_depth(value, depth + 1)


def _target(octets: Octets, protocol: Protocol) -> Target:
    security = (Security.STARTTLS, Security.TLS, Security.NONE)[octets.pick(3)]
    bits = octets.pick(4)
    tls = TlsPlan("mail.acme.example", verify=not bits & 2)
    return Target(protocol, "mail.acme.example", 587, security, tls, allow_plaintext_auth=bool(bits & 1))


def _credentials(octets: Octets) -> Credentials | None:
    choice = octets.pick(len(PASSWORDS) + 1)
    if choice == len(PASSWORDS):
        return None
    return Credentials(USER, Secret(PASSWORDS[choice]))


def _mechanisms(octets: Octets) -> tuple[str, ...]:
    return (("PLAIN", "LOGIN"), ("LOGIN",), ("LOGIN", "PLAIN"), ("PLAIN",), ())[octets.pick(5)]


def _script(octets: Octets) -> list[bytes | Interruption]:
    """Each piece up to a NUL is one read; one that begins with 0x01 to 0x04 is what comes instead of it."""
    pieces = octets.rest().split(b"\0")
    return [_LIMITS[piece[0] - 1] if piece[:1] in (b"\1", b"\2", b"\3", b"\4") else piece for piece in pieces]


def smtp_flow(data: bytes) -> None:
    """Whatever a server says, the probe keeps to the model, ends, and tells no secret."""
    octets = Octets(data)
    plan = SmtpPlan(
        target=_target(octets, Protocol.SMTP),
        ehlo="probe.acme.example",
        senders=((USER,), (USER, "offers@acme.example"), ("\u00e4@acme.example",))[octets.pick(3)],
        recipient=(USER, "someone@other.example")[octets.pick(2)],
        own_address=USER,
        credentials=_credentials(octets),
        mechanisms=_mechanisms(octets),
        depth=(Depth.RECIPIENT, Depth.AUTH, Depth.SENDER, Depth.MESSAGE)[octets.pick(4)],
        pipelining=(Pipelining.AUTO, Pipelining.OFF)[octets.pick(2)],
        message=b"Subject: Test\r\n\r\n.\r\n",
    )
    _converse(plan, octets)


def imap_flow(data: bytes) -> None:
    """Whatever a server says, the probe keeps to the model, ends, and tells no secret."""
    octets = Octets(data)
    plan = ImapPlan(
        target=_target(octets, Protocol.IMAP),
        credentials=_credentials(octets),
        mechanisms=_mechanisms(octets),
        mailbox=_FOLDERS[octets.pick(4)],
        folders=((), ("Sent", "Trash"))[octets.pick(2)],
        sent_folder=(None, "Sent")[octets.pick(2)],
        pipelining=(Pipelining.AUTO, Pipelining.OFF)[octets.pick(2)],
    )
    _converse(plan, octets)


def _converse(plan: SmtpPlan | ImapPlan, octets: Octets) -> None:
    tls_fails = octets.pick(16) == 15
    script = _script(octets)
    evidence = Server(plan, script, tls_fails=tls_fails).converse()
    forms = wire_forms(plan.credentials) if plan.credentials is not None else ()
    trace = evidence.trace.lines(evidence.protocol, forms) if evidence.trace is not None else []
    _tells_nothing("\n".join([_explained(evidence, forms), *trace]), plan.credentials)


def _explained(evidence: ProtocolEvidence, forms: tuple[bytes, ...]) -> str:
    """Make the whole result of the evidence, as a text."""
    smtp, imap = (evidence, None) if evidence.protocol is Protocol.SMTP else (None, evidence)
    users = {evidence.protocol: USER}
    diagnosis = diagnose(Context(USER, users, smtp, imap, forms, secret_kind="vault"))
    for failure in diagnosis.failures:
        if not failure.sentence or not failure.causes:
            raise Violation("a failure that explains nothing")
    section = protocol_section(
        evidence, diagnosis.outcome[evidence.protocol], diagnosis.statuses[evidence.protocol], forms
    )
    told = result(
        USER,
        Verdict.FAILED if diagnosis.failures else Verdict.VERIFIED,
        sections={evidence.protocol: section},
        failures=diagnosis.failures,
        notices=diagnosis.warnings,
    )
    told["timing"] = {"duration_ms": 1.0}
    return render(told) + json.dumps(told, ensure_ascii=False)


def _tells_nothing(text: str, credentials: Credentials | None) -> None:
    if credentials is None:
        return
    password = credentials.password.octets
    plain = base64.b64encode(b"\0" + USER.encode() + b"\0" + password).decode()
    for form in (password.decode(), json.dumps(password.decode())[1:-1], base64.b64encode(password).decode(), plain):
        if form in text:
            raise Violation("a secret in the result")


_REPLIES = (
    b"",
    b"535 5.7.8 ",
    b"451 4.7.1 ",
    b"* NO ",
    b"M0001 NO [AUTHENTICATIONFAILED] ",
    b"* BYE ",
    b"421 ",
    b"554 ",
)


def diagnosis(data: bytes) -> None:
    """Whatever evidence there is, the rules explain it, and tell no secret."""
    octets = Octets(data)
    credentials = Credentials(USER, Secret(PASSWORDS[0]))
    forms = wire_forms(credentials)
    evidence = [_evidence(octets, protocol) for protocol in (Protocol.SMTP, Protocol.IMAP) if octets.pick(4)]
    if not evidence:
        return
    for one in evidence:
        _tells_nothing(_explained(one, forms), credentials)
    by_protocol = {one.protocol: one for one in evidence}
    context = Context(
        USER,
        dict.fromkeys(by_protocol, USER),
        by_protocol.get(Protocol.SMTP),
        by_protocol.get(Protocol.IMAP),
        forms,
        secret_kind=("none", "vault", "inline")[octets.pick(3)],
        same_secret=bool(octets.pick(2)),
    )
    if diagnose(context) != diagnose(context):
        raise Violation("the same evidence gave two answers")


def _evidence(octets: Octets, protocol: Protocol) -> ProtocolEvidence:
    security = list(Security)[octets.pick(len(Security))]
    hosts = ("mail.acme.example", "smtp.gmail.com", "outlook.office365.com", "192.0.2.1", "imap.qq.com")
    evidence = ProtocolEvidence(
        protocol, hosts[octets.pick(len(hosts))], (25, 465, 587, 993, 143)[octets.pick(5)], security
    )
    bits = octets.pick(64)
    certificate = CertificateFacts(
        "CN=a", "CN=b", ("a.example",), "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", 3 - bits
    )
    if bits & 1:
        evidence.tls = TlsFacts("TLSv1.3", "X", not bits & 2, certificate if bits & 4 else None)
    evidence.submitted, evidence.authenticated = bool(bits & 8), bool(bits & 16)
    evidence.addresses = (AddressAttempt("192.0.2.1", list(AddressResult)[octets.pick(len(AddressResult))], 1.0),)
    evidence.mechanism = (None, "PLAIN", "LOGIN")[octets.pick(3)]
    evidence.greeting = octets.chunk()
    evidence.capabilities = tuple(octets.chunk().decode("latin-1").split("\n")[:20])
    evidence.alerts = tuple(octets.chunk().decode("utf-8", "replace").split("\n")[:3]) if bits & 32 else ()
    for _turn in range(1 + octets.pick(3)):
        stage = list(Stage)[octets.pick(len(Stage))]
        entry = StageEvidence(stage, 0.0, 1.0)
        if octets.pick(4):
            entry.fault = _fault(octets)
        evidence.stages.append(entry)
    return evidence


def _fault(octets: Octets) -> Fault:
    kind = list(FaultKind)[octets.pick(len(FaultKind))]
    reply = _REPLIES[octets.pick(len(_REPLIES))] + octets.chunk()
    text = octets.chunk().decode("utf-8", "replace")
    code = reply[:3].decode("latin-1")
    detail = {
        FaultKind.REPLY: {
            "code": int(code) if code.isascii() and code.isdigit() else 0,
            "enhanced": None,
            "command": text,
        },
        FaultKind.RESOLVE: {"kind": ("nxdomain", "servfail", "timeout", "failed")[octets.pick(4)], "text": text},
        FaultKind.CONNECT: {"attempts": (AddressAttempt("192.0.2.1", AddressResult.REFUSED, 1.0, text),)},
        FaultKind.TIMEOUT: {"seconds": 8.0, "whole": bool(octets.pick(2))},
        FaultKind.CLOSED: {"reset": bool(octets.pick(2))},
        FaultKind.LIMIT: {"limit": "bytes of a line", "allowed": 4096},
        FaultKind.UNPARSABLE: {"text": text},
        FaultKind.MISSING: {
            "what": ("starttls", "auth", "mechanism", "smtputf8", "login")[octets.pick(5)],
            "offered": [text],
        },
        FaultKind.WITHHELD: {"why": text},
        FaultKind.ABSENT: {"folder": text, "near": [text], "why": "not_listed", "all": []},
    }.get(kind, {})
    fault = None
    if kind is FaultKind.TLS:
        fault = TlsFault(text, octets.chunk().decode("latin-1"), octets.pick(100), text, octets.chunk()[:512])
    return Fault(kind, b"" if kind is FaultKind.TLS else reply[:512], detail, fault)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "smtp_framing": smtp_framing_and_parsing,
    "imap_framing": imap_framing_and_parsing,
    "smtp_flow": smtp_flow,
    "imap_flow": imap_flow,
    "diagnosis": diagnosis,
}
"""Each target by the name of its corpus."""
