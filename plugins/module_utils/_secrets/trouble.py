# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What can go wrong with Vault, apart from whose secret was asked for; and how it is told for one reference."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field, replace
from typing import Any

from .._models.failure import Cause, Failure, StageError
from .._models.names import Category, Confidence, Stage, StageStatus
from .settings import VaultSettings
from .source import VaultReference

_REPLY_LIMIT = 300
FIELD = "FIELD=-"
"""Stands in a remedy for the field: a path is read once for all of its fields, and told for each of them."""


@dataclass(frozen=True)
class Trouble:
    """One trouble with Vault. ``what`` continues the sentence "Vault at <address> ...".

    ``complete`` when that already says which field is meant; otherwise it is added.
    """

    category: Category
    what: str
    causes: tuple[Cause, ...]
    retryable: bool = False
    retry_after: float | None = None
    reply: str | None = None
    http_status: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    complete: bool = False


class VaultTrouble(Exception):
    """Carries a :class:`Trouble` to the place that knows which secret was asked for."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.what)
        self.trouble = trouble


class VaultReply(Exception):
    """A reply of Vault with an error status, to be understood by the caller."""

    def __init__(self, status: int, errors: tuple[str, ...], body: dict[str, Any], retry_after: float | None) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.errors = errors
        self.body = body
        self.retry_after = retry_after


def cause(text: str, remedy: str, confidence: Confidence = Confidence.MEDIUM) -> Cause:
    """Return a :class:`Cause`; exists so that tables of causes stay readable."""
    return Cause(text, remedy, confidence)


def reply_text(errors: tuple[str, ...]) -> str | None:
    """Return what Vault said, bounded and on one line, or None when it said nothing."""
    text = " ".join(" ".join(errors).split())
    text = "".join(char if char.isprintable() else "?" for char in text)
    if len(text) > _REPLY_LIMIT:
        text = f"{text[:_REPLY_LIMIT]}..."
    return text or None


def as_error(trouble: Trouble, settings: VaultSettings, reference: VaultReference) -> StageError:
    """Tell a trouble for one reference: who was asked, for what, what happened, what to do."""
    asked = f"Vault at {settings.address}"
    if settings.namespace:
        asked += f" (namespace {settings.namespace})"
    where = f"the field {reference.field} of {reference.path} on the mount {reference.mount}"
    tail = "" if trouble.complete else f", so {where} could not be read"
    evidence: dict[str, Any] = {
        "vault": settings.address,
        "namespace": settings.namespace,
        "mount": reference.mount,
        "path": reference.path,
        "field": reference.field,
        "version": reference.version,
        "http_status": trouble.http_status,
    }
    evidence.update(trouble.facts)
    stored = shlex.quote(f"{reference.field}=-")
    return StageError(
        Failure(
            category=trouble.category,
            stage=Stage.SECRET,
            sentence=f"{asked} {trouble.what}{tail}.",
            causes=tuple(replace(one, remedy=one.remedy.replace(FIELD, stored)) for one in trouble.causes),
            # A Vault that is down for now gives no definite answer, so the last known verdict may count.
            status=StageStatus.INCONCLUSIVE if trouble.retryable else StageStatus.FAILED,
            reply=trouble.reply,
            retryable=trouble.retryable,
            retry_after=trouble.retry_after,
            evidence=evidence,
        )
    )


def from_reply(reply: VaultReply, settings: VaultSettings) -> Trouble:
    """Explain an error status that means the same whatever was asked for."""
    said = reply_text(reply.errors)
    spoken = " ".join(reply.errors).lower()
    if reply.status == 429:
        return Trouble(
            Category.SECRET_VAULT_ERROR,
            "turned the request away because its rate limit was used up (HTTP 429)",
            (
                cause(
                    "A rate limit quota applies to this token, mount or address.",
                    "Run again later, or have the quota raised (vault read sys/quotas/rate-limit/<name>).",
                    Confidence.HIGH,
                ),
            ),
            True,
            reply.retry_after,
            said,
            429,
        )
    if reply.status == 400 and "https server" in spoken:
        return Trouble(
            Category.SECRET_VAULT_TLS,
            "expects TLS but was spoken to in plain HTTP",
            (cause("The address begins with http://.", "Write https:// in url or VAULT_ADDR.", Confidence.HIGH),),
            reply=said,
            http_status=400,
        )
    if settings.namespace and ("namespace" in spoken or (reply.status == 404 and "no handler" in spoken)):
        return Trouble(
            Category.SECRET_VAULT_ERROR,
            f"does not serve the namespace {settings.namespace} (HTTP {reply.status})",
            (
                cause(
                    "The namespace does not exist, or this Vault is the community edition, which has none.",
                    "Correct the option namespace or VAULT_NAMESPACE, or take it away.",
                    Confidence.HIGH,
                ),
            ),
            reply=said,
            http_status=reply.status,
        )
    if reply.status >= 500:
        return Trouble(
            Category.SECRET_VAULT_ERROR,
            f"failed with HTTP {reply.status}, also after {settings.retries} more attempts",
            (
                cause(
                    "Vault, its storage or a load balancer before it is in trouble; no active node is one such case.",
                    "Look at 'vault status' and at the log of Vault, then run again.",
                ),
            ),
            True,
            reply=said,
            http_status=reply.status,
        )
    return Trouble(
        Category.SECRET_VAULT_ERROR,
        f"answered the request with HTTP {reply.status}",
        (
            cause(
                "The request reached something that does not accept it: a mount of another kind, or not Vault at all.",
                "Check mount and path, and that the address is the one of the Vault API.",
            ),
        ),
        reply=said,
        http_status=reply.status,
    )


def sealed(errors: tuple[str, ...], status: int) -> Trouble | None:
    """Return the trouble of a Vault that is sealed or not set up yet, when that is what it says."""
    spoken = " ".join(errors).lower()
    if "not initialized" in spoken or "not yet initialized" in spoken:
        what, text = "has not been initialized yet", "This Vault is new and was never set up."
        remedy = "Run 'vault operator init' and unseal it, or correct the address."
    elif "sealed" in spoken:
        what, text = "is sealed", "Vault was restarted or sealed by an operator, and nobody has unsealed it since."
        remedy = "Have Vault unsealed ('vault operator unseal'; 'vault status' shows the state), then run again."
    else:
        return None
    causes = (cause(text, remedy, Confidence.HIGH),)
    return Trouble(Category.SECRET_VAULT_SEALED, what, causes, True, reply=reply_text(errors), http_status=status)
