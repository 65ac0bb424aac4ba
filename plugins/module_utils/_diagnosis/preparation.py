# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What must be done at the provider before a login works, as causes of a login that was refused."""

from __future__ import annotations

from dataclasses import replace

from .._models.failure import Cause, Failure
from .._models.names import Category, Confidence, PasswordAtFault, StageStatus
from .._providers import match
from .._providers.model import Actor, Step
from .._providers.preparation import gives_access, makes_secret, steps
from .._providers.table import PROVIDERS, Known
from .context import View
from .provider import Identity

# Which steps may be what is missing: those that switch something on, those that make a secret.
_FITTING = {
    Category.AUTH_PROTOCOL_DISABLED: (True, False),
    Category.AUTH_METHOD_DISABLED: (True, True),
    Category.AUTH_APP_PASSWORD_REQUIRED: (False, True),
    Category.AUTH_CREDENTIALS: (True, True),
    Category.AUTH_REFUSED: (True, True),
}
_VAGUE = frozenset({Category.AUTH_CREDENTIALS, Category.AUTH_REFUSED})
_WHO = {Actor.USER: "the user", Actor.ADMINISTRATOR: "an administrator"}


def with_preparation(view: View, identity: Identity, failure: Failure) -> Failure:
    """Return the failure with the provider's steps that fit it as further causes, one for each who can do them."""
    fitting = _FITTING.get(failure.category)
    known = _known(view, identity) if fitting and failure.status is StageStatus.FAILED else None
    if fitting is None or known is None:
        return failure
    access, secret = fitting
    if failure.password_at_fault is PasswordAtFault.NO and failure.category in _VAGUE:
        secret = False
    confidence = Confidence.LOW if failure.category in _VAGUE else Confidence.MEDIUM
    missing = [
        step
        for step in steps(known, [view.protocol])
        if (access and gives_access(step)) or (secret and makes_secret(step))
    ]
    return replace(failure, causes=(*failure.causes, *_causes(view, known, missing, confidence)))


def _causes(view: View, known: Known, missing: list[Step], confidence: Confidence) -> list[Cause]:
    return [
        Cause(
            f"{known.provider.title} takes {view.name} logins only after some preparation by {who}.",
            " ".join(step.text for step in missing if step.by is actor),
            confidence,
        )
        for actor, who in _WHO.items()
        if any(step.by is actor for step in missing)
    ]


def _known(view: View, identity: Identity) -> Known | None:
    username = view.context.usernames.get(view.protocol, "")
    login = username if "@" in username else view.context.email
    known = match.server_of(view.this.host, view.protocol, login)
    if known is not None:
        return known
    provider = next((one for one in PROVIDERS if one.identity and one.identity == identity.provider), None)
    return Known(provider, provider.variants[0]) if provider is not None else None
