# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What a source of secrets is, and what it gives."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, Protocol

from .._models.failure import Notice
from .._models.names import Stage

_CONTROL = re.compile("[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class ResolvedSecret:
    """A secret that is ready for use; its value never shows in a repr.

    ``reference`` names where it came from (``secret/mail/sales01#app_password``, with the namespace before it where
    one is set), ``version`` which version it is and ``written_at`` when Vault wrote that; each is None where the source
    has no such thing. ``hints`` are facts about the value that may explain a refused login later; the value itself is
    left as it was stored.
    """

    value: str = field(repr=False)
    kind: Literal["vault", "inline"]
    reference: str | None = None
    version: int | None = None
    written_at: str | None = None
    hints: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class VaultReference:
    """Where a secret lies in Vault; ``version`` None is the latest one, and KV version 1 has no versions."""

    path: str
    field: str
    mount: str = "secret"
    version: int | None = None

    def text(self, namespace: str | None = None) -> str:
        """Return the short form that results and registries show: ``mount/path#field``."""
        place = f"{self.mount.strip('/')}/{self.path.strip('/')}#{self.field}"
        return f"{namespace}/{place}" if namespace else place


class SecretSource(Protocol):
    """Something that can produce one secret."""

    def resolve(self) -> ResolvedSecret:
        """Return the secret; raise :class:`StageError` (stage ``secret``) when it can't be had."""


def hints_for(value: str) -> tuple[Notice, ...]:
    """Return what is odd about a value that may still be right, without showing any of it."""
    hints = []
    if value.endswith(("\n", "\r")):
        text = (
            "The secret ends with a line end, as happens when it is stored from a file or with echo; it is used as it "
            "is stored. Store it again without the line end (printf '%s') unless the line end belongs to it."
        )
        hints.append(Notice("secret_line_end", text, Stage.SECRET))
    body = value.rstrip("\r\n")
    if body != body.strip():
        text = (
            "The secret begins or ends with a blank, as happens with copy and paste; it is used as it is stored. "
            "Store it again without the blank unless the blank belongs to it."
        )
        hints.append(Notice("secret_outer_blanks", text, Stage.SECRET))
    if _CONTROL.search(body):
        text = (
            "The secret contains a control character, which hardly any mail server accepts in a password; it is used "
            "as it is stored. Store it again when the value was pasted from somewhere."
        )
        hints.append(Notice("secret_control_characters", text, Stage.SECRET))
    return tuple(hints)
