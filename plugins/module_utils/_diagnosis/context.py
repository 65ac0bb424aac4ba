# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What the diagnosis is given, and the words that its parts share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._models.failure import Cause, Failure
from .._models.names import Category, Confidence, PasswordAtFault, Protocol, Security, Stage, StageStatus
from .._probe.evidence import Fault, ProtocolEvidence, StageEvidence
from .._probe.redaction import echoes, shown, visible


@dataclass(frozen=True)
class Context:
    """All that the diagnosis of one mailbox may know. Nothing else counts: no clock, no network, no file.

    ``secrets`` are wire forms, for redaction only. ``disabled`` are the ids of notices that the user turned off.
    ``secret_kind`` is vault, inline or none. ``same_secret`` tells whether both protocols log in with one secret.
    ``provider`` is who runs the mailbox as far as the settings tell (a name of the table of providers), empty where
    they don't; it counts where neither host nor dialogue names anybody.
    """

    email: str
    usernames: Mapping[Protocol, str] = field(default_factory=dict)
    smtp: ProtocolEvidence | None = None
    imap: ProtocolEvidence | None = None
    secrets: tuple[bytes, ...] = ()
    warn_days: int = 14
    secret_kind: str = "none"
    disabled: frozenset[str] = frozenset()
    same_secret: bool = True
    provider: str = ""

    @property
    def protocols(self) -> tuple[ProtocolEvidence, ...]:
        """The evidence that is there, SMTP first."""
        return tuple(evidence for evidence in (self.smtp, self.imap) if evidence is not None)

    def other(self, evidence: ProtocolEvidence) -> ProtocolEvidence | None:
        """Return the evidence of the other protocol, if there is any."""
        return next((entry for entry in self.protocols if entry.protocol is not evidence.protocol), None)


@dataclass(frozen=True)
class View:
    """One fault in its surroundings."""

    context: Context
    this: ProtocolEvidence
    entry: StageEvidence
    fault: Fault

    @property
    def stage(self) -> Stage:
        """The stage that did not complete."""
        return self.entry.stage

    @property
    def protocol(self) -> Protocol:
        """The protocol that was spoken."""
        return self.this.protocol

    @property
    def name(self) -> str:
        """The protocol's name for people."""
        return self.this.protocol.value.upper()

    @property
    def endpoint(self) -> str:
        """Host and port for people."""
        host = f"[{self.this.host}]" if ":" in self.this.host else self.this.host
        return f"{host} port {self.this.port}"

    @property
    def heard(self) -> str | None:
        """What the server said, redacted; None when it said nothing."""
        return shown(self.fault.heard, self.context.secrets) if self.fault.heard else None

    def sayable(self, words: Iterable[object]) -> list[str]:
        """Return words of the server without those that tell the password, which it may know by now."""
        secrets = self.context.secrets
        return [visible(word) for word in map(str, words) if not echoes(word.encode("utf-8", "replace"), secrets)]

    def failure(
        self,
        category: Category,
        sentence: str,
        *causes: Cause,
        status: StageStatus = StageStatus.FAILED,
        password: PasswordAtFault = PasswordAtFault.NO,
        retryable: bool | None = None,
        retry_after: float | None = None,
        stage: Stage | None = None,
        reply: str | None = None,
        evidence: Mapping[str, Any] | None = None,
    ) -> Failure:
        """Make a failure of this fault. What is inconclusive may be tried again unless said otherwise."""
        inconclusive = status is StageStatus.INCONCLUSIVE
        said = reply if reply is not None else self.heard
        unprotected = bool(said) and self.this.tls is None and self.this.security is not Security.NONE
        facts = {"before_tls": True} if unprotected else {}
        return Failure(
            category=category,
            stage=stage or self.stage,
            sentence=sentence,
            causes=causes,
            protocol=self.protocol,
            status=status,
            reply=said,
            password_at_fault=password,
            retryable=inconclusive if retryable is None else retryable,
            retry_after=retry_after,
            evidence={
                "fault": self.fault.kind.value,
                **facts,
                **(evidence or {}),
            },
        )


def high(cause: str, remedy: str) -> Cause:
    """A cause that fits the evidence well."""
    return Cause(cause, remedy, Confidence.HIGH)


def medium(cause: str, remedy: str) -> Cause:
    """A cause that is as good as others."""
    return Cause(cause, remedy, Confidence.MEDIUM)


def low(cause: str, remedy: str) -> Cause:
    """A cause worth a look when the others are ruled out."""
    return Cause(cause, remedy, Confidence.LOW)


USUAL_PORTS: dict[Protocol, dict[Security, int]] = {
    Protocol.SMTP: {Security.TLS: 465, Security.STARTTLS: 587},
    Protocol.IMAP: {Security.TLS: 993, Security.STARTTLS: 143},
}


def usual_settings(protocol: Protocol) -> str:
    """Say which ports and modes go together."""
    ports = USUAL_PORTS[protocol]
    return f"port {ports[Security.TLS]} with security tls, or port {ports[Security.STARTTLS]} with security starttls"
