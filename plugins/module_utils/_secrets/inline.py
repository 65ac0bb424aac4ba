# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""A secret that is given in the declaration itself, for instance out of an ansible-vault file."""

from __future__ import annotations

from .._models.failure import Cause, Failure, StageError
from .._models.names import Category, Confidence, Stage
from .source import ResolvedSecret, hints_for


class InlineSecret:
    """A password from the declaration."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __repr__(self) -> str:
        return "InlineSecret(...)"

    def resolve(self) -> ResolvedSecret:
        """Return the password as it was given; an empty one raises :class:`StageError`."""
        if not self._value.strip():
            raise StageError(
                Failure(
                    category=Category.SECRET_UNUSABLE,
                    stage=Stage.SECRET,
                    sentence="The password in the declaration of this mailbox is empty.",
                    causes=(
                        Cause(
                            "The variable that the declaration takes the password from is empty or holds only blanks.",
                            "Give the variable its value, or name a Vault path instead of a password.",
                            Confidence.HIGH,
                        ),
                    ),
                )
            )
        return ResolvedSecret(value=self._value, kind="inline", hints=hints_for(self._value))
