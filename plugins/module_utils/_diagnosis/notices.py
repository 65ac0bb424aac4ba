# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What works today and may not tomorrow. Every notice has an id that the user can turn off.

That a protection is off (no verification, no TLS) is told by the checks of the declaration, once.
"""

from __future__ import annotations

from collections.abc import Iterator

from .._models.failure import Notice
from .._models.names import Security, Stage
from .._probe.evidence import ProtocolEvidence
from .._probe.redaction import shown
from .context import Context

NOTICES: dict[str, str] = {
    "discovery.unconfirmed": "A server was found in the network, and nothing confirms that it is the mailbox's.",
    "tls.expires_soon": "The server's certificate expires within tls.warn_days.",
    "tls.old_version": "The server speaks TLS 1.0 or 1.1, which clients stop accepting.",
    "rcpt.greylisted": "The recipient test was put off (greylisting); the login before it was accepted.",
    "imap.alert": "The server has a message from its operator for the user of the mailbox.",
    "quota.nearly_full": "The mailbox is at least 90 % full.",
}
"""Every id, and what it means."""

_NEARLY_FULL = 0.9
_SAYS = "The server's operator says: "


def notices(context: Context) -> tuple[Notice, ...]:
    """Return the notices that follow from the evidence alone."""
    found = [notice for evidence in context.protocols for notice in _of(context, evidence)]
    return tuple(notice for notice in found if wanted(context, notice))


def wanted(context: Context, notice: Notice) -> bool:
    """Whether the user wants to see it."""
    return notice.id not in context.disabled


def told(notice: Notice) -> str:
    """Return the operator's own words of an ``imap.alert``."""
    return notice.text.removeprefix(_SAYS)


def greylisted(context: Context, evidence: ProtocolEvidence, reply: bytes) -> Notice:
    """Make the notice about a recipient that was put off after a good login."""
    heard = shown(reply, context.secrets)
    return Notice(
        "rcpt.greylisted",
        f"The server put the recipient test off after accepting the login, as greylisting does: {heard}",
        Stage.RECIPIENT,
        evidence.protocol,
    )


def _of(context: Context, evidence: ProtocolEvidence) -> Iterator[Notice]:
    protocol = evidence.protocol
    secure_stage = Stage.STARTTLS if evidence.security is Security.STARTTLS else Stage.TLS
    if evidence.tls is not None:
        certificate = evidence.tls.certificate
        if certificate is not None and certificate.days_left <= context.warn_days:
            expires = f"expires in {certificate.days_left} days" if certificate.days_left >= 0 else "expired"
            yield Notice(
                "tls.expires_soon",
                f"The certificate of {evidence.host} {expires} ({certificate.not_after}).",
                secure_stage,
                protocol,
            )
        if evidence.tls.version in ("SSLv3", "TLSv1", "TLSv1.1"):
            yield Notice(
                "tls.old_version",
                f"{evidence.host} speaks {evidence.tls.version}, which clients stop accepting.",
                secure_stage,
                protocol,
            )
    for alert in evidence.alerts:
        yield Notice(
            "imap.alert",
            f"{_SAYS}{shown(alert.encode(), context.secrets)}",
            Stage.SESSION,
            protocol,
        )
    share = _filled(evidence)
    if share is not None and share >= _NEARLY_FULL:
        yield Notice("quota.nearly_full", f"The mailbox is {share:.0%} full.", Stage.SESSION, protocol)


def _filled(evidence: ProtocolEvidence) -> float | None:
    """Return how full the mailbox is, from the facts of a stage (``quota_used`` and ``quota_limit``, octets)."""
    for entry in evidence.stages:
        used, limit = entry.facts.get("quota_used"), entry.facts.get("quota_limit")
        if isinstance(used, (int, float)) and isinstance(limit, (int, float)) and limit > 0:
            return float(used) / float(limit)
    return None
