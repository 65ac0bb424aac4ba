# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What a probe saw: bytes, offers, times. Never a category; that is the diagnosis' business."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from .._models.names import AddressResult, Protocol, Security, Stage

if TYPE_CHECKING:
    from .trace import Trace


class FaultKind(str, Enum):
    """What kept a stage from completing."""

    REPLY = "reply"
    """The server answered, and the answer is a refusal."""
    RESOLVE = "resolve"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    CLOSED = "closed"
    LIMIT = "limit"
    UNPARSABLE = "unparsable"
    MISSING = "missing"
    """The server lacks what the stage needs (``detail['what']``: starttls, auth, mechanism, smtputf8, login)."""
    INJECTED = "injected"
    """Bytes followed the reply to STARTTLS before the handshake (NO STARTTLS, 2021)."""
    PREAUTH = "preauth"
    WITHHELD = "withheld"
    """The guard refused to send credentials (``detail['why']``)."""
    ABSENT = "absent"
    """A folder that was asked for does not exist (``detail['folder']``, ``detail['near']``)."""


@dataclass(frozen=True)
class Fault:
    """The decisive evidence of a stage that did not complete.

    ``reply`` is the server's reply as received, without line ends between lines being lost. ``detail`` holds what the
    kind needs: ``resolve``: kind, text; ``timeout``: seconds, whole; ``closed``: reset, leftover; ``limit``: limit,
    allowed; ``unparsable``: text, head; ``missing``: what, offered; ``withheld``: why; ``absent``: folder, near.
    """

    kind: FaultKind
    reply: bytes = b""
    detail: dict[str, Any] = field(default_factory=dict)
    tls: TlsFault | None = None

    @property
    def heard(self) -> bytes:
        """What the server said: its reply, or the first bytes of a peer that answered a handshake with plain text."""
        if self.reply or self.tls is None or self.tls.peer_bytes[:1] in _TLS_RECORDS:
            return self.reply
        return self.tls.peer_bytes


_TLS_RECORDS = (b"\x14", b"\x15", b"\x16", b"\x17")
"""How a TLS record begins (RFC 8446 §5.1)."""


@dataclass(frozen=True)
class TlsFault:
    """Why a handshake failed.

    ``reason`` is OpenSSL's reason text; ``alert`` the peer's alert name, if it sent one; ``verify_code`` and
    ``verify_text`` are OpenSSL's X.509 verdict (0 and "" when verification was not what failed). ``peer_bytes`` are the
    first bytes the peer sent (at most 512), which name a peer that does not speak TLS.
    """

    reason: str
    alert: str = ""
    verify_code: int = 0
    verify_text: str = ""
    peer_bytes: bytes = b""
    timed_out: bool = False


@dataclass(frozen=True)
class CertificateFacts:
    """The certificate the server showed. Times are ISO 8601 UTC; ``days_left`` may be negative."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: str
    not_after: str
    days_left: int
    self_signed: bool = False


@dataclass(frozen=True)
class TlsFacts:
    """What the handshake agreed."""

    version: str
    cipher: str
    verified: bool
    certificate: CertificateFacts | None = None


@dataclass(frozen=True)
class AddressAttempt:
    """One address of the endpoint and what became of it. ``ms`` is None where it was never tried.

    ``error`` is the system's text, which may be in the user's language; ``code`` is its name (``EMFILE``).
    """

    address: str
    result: AddressResult
    ms: float | None = None
    error: str = ""
    code: str = ""


@dataclass
class StageEvidence:
    """One stage of one protocol. ``started`` is the runner's clock; ``duration_ms`` is set when the next begins."""

    stage: Stage
    started: float
    duration_ms: float = 0.0
    fault: Fault | None = None
    skipped: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass
class ProtocolEvidence:
    """All that one protocol's probe saw.

    ``capabilities`` is the last set that counted (after TLS and login); ``offered_before_tls`` is kept to explain,
    never to act on. ``submitted`` tells whether the credential went to the wire. ``alerts`` are ALERT texts received
    under TLS. ``identity`` is what the server says it is (IMAP ID). ``follow_up`` holds what credential-free second
    connections found: ``certificate`` (:class:`CertificateFacts`), ``implicit_tls`` (bool), ``banner`` (bytes),
    ``siblings`` (the evidence of looks at other ports, which mailboxes of a run share).
    ``trace`` is set by who wants the dialogue noted.
    """

    protocol: Protocol
    host: str
    port: int
    security: Security
    addresses: tuple[AddressAttempt, ...] = ()
    tls: TlsFacts | None = None
    greeting: bytes = b""
    capabilities: tuple[str, ...] = ()
    offered_before_tls: tuple[str, ...] = ()
    mechanism: str | None = None
    submitted: bool = False
    authenticated: bool = False
    relay_proven: bool = False
    alerts: tuple[str, ...] = ()
    identity: dict[str, str] = field(default_factory=dict)
    stages: list[StageEvidence] = field(default_factory=list)
    follow_up: dict[str, Any] = field(default_factory=dict)
    trace: Trace | None = field(default=None, compare=False)

    def stage(self, stage: Stage) -> StageEvidence | None:
        """Return the evidence of a stage, or None when it was not reached."""
        return next((entry for entry in self.stages if entry.stage is stage), None)

    @property
    def stopped_at(self) -> StageEvidence | None:
        """The first stage with a fault, or None."""
        return next((entry for entry in self.stages if entry.fault is not None), None)
