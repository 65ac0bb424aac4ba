# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Where a password comes from: a reference into Vault, or the password itself."""

from __future__ import annotations

from typing import Any

from .._deps import Field, SecretStr, field_validator
from .declared import Declared


class VaultReference(Declared):
    """A field of a secret in a KV engine; ``version`` None is the newest (and the only one of KV version 1)."""

    path: str = Field(min_length=1)
    field: str = Field(min_length=1)
    mount: str = Field(default="secret", min_length=1)
    version: int | None = Field(default=None, ge=1)

    @field_validator("path", "mount", mode="after")
    @classmethod
    def _relative(cls, value: str) -> str:
        value = value.strip("/")
        if "://" in value or any(part in ("", ".", "..") for part in value.split("/")):
            raise ValueError("url_path")
        return value

    def public(self) -> dict[str, Any]:
        """Return the reference; it is no secret."""
        return {"path": self.path, "field": self.field, "mount": self.mount, "version": self.version}


class SecretSource(Declared):
    """Exactly one source of a password; :mod:`.rules` checks that it is one."""

    vault: VaultReference | None = None
    password: SecretStr | None = None

    TEXTS = frozenset({"password"})

    @field_validator("password", mode="after")
    @classmethod
    def _not_empty(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value():
            raise ValueError("empty")
        return value

    def public(self) -> dict[str, Any]:
        """Return the reference into Vault, or that the password is in the declaration; never the password."""
        if self.vault is not None:
            return {"vault": self.vault.public()}
        return {"password": "inline"}
