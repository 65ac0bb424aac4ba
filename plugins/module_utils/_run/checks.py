# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The checks that need no packet, as part of a run: warnings go on, errors end it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .._diagnosis.sanity import Check, Severity, check, password_checks
from .._models.failure import Cause, Failure, Notice, StageError
from .._models.mailbox import Mailbox
from .._models.names import Category, Confidence, Protocol, Stage
from .._secrets.source import ResolvedSecret


def before_the_secret(mailbox: Mailbox) -> list[Notice]:
    """Return what is odd about a declaration; raise :class:`StageError` for what can't work at all."""
    return _sorted(check(mailbox), Stage.CONFIG)


def of_the_secrets(mailbox: Mailbox, secrets: Mapping[Protocol, ResolvedSecret]) -> list[Notice]:
    """Return what is odd about the passwords that were read; raise :class:`StageError` for one that can't be sent."""
    from_vault = {protocol: secret.value for protocol, secret in secrets.items() if secret.kind == "vault"}
    return _sorted(password_checks(mailbox, from_vault), Stage.SECRET)


def _sorted(found: Sequence[Check], stage: Stage) -> list[Notice]:
    errors = [entry for entry in found if entry.severity is Severity.ERROR]
    if errors:
        raise StageError(_failure(errors, stage))
    return [Notice(entry.id.value, f"{entry.text} {entry.remedy}", stage, entry.protocol) for entry in found]


def _failure(errors: Sequence[Check], stage: Stage) -> Failure:
    """Return all errors as one failure, so that they are mended at once."""
    return Failure(
        category=Category.CONFIG_INVALID if stage is Stage.CONFIG else Category.SECRET_UNUSABLE,
        stage=stage,
        sentence=errors[0].text,
        causes=tuple(Cause(f"{entry.path}: {entry.text}", entry.remedy, Confidence.HIGH) for entry in errors),
        evidence={"checks": [entry.id.value for entry in errors]},
    )
