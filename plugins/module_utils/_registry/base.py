# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What a registry holds, and what every registry can do."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from typing_extensions import Self

SECRET_KEYS = frozenset(
    ("access_token", "client_secret", "pass", "passphrase", "passwd", "password", "refresh_token", "secret", "token")
)
_URL_PASSWORD = re.compile(r"://[^/@\s]*:[^/@\s]+@")


def utc_now() -> datetime:
    """Return the current moment in UTC."""
    return datetime.now(timezone.utc)


def utc_text(moment: datetime) -> str:
    """Return ``moment`` as ISO 8601 in UTC with whole seconds, so that text order is time order."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def utc_normal(text: str) -> str:
    """Return an ISO 8601 time with offset or ``Z`` in the form of :func:`utc_text`; ValueError for anything else."""
    moment = datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
    if moment.tzinfo is None:
        raise ValueError("a time without an offset has no place in a registry")
    return utc_text(moment)


@dataclass(frozen=True)
class SecretMark:
    """How a secret is told from another one without being stored.

    ``reference`` is where the secret lies, as ``mount/path#field``; ``version`` is its KV v2 version and ``written_at``
    when that was written, as Vault says it: a path whose metadata was deleted begins with version 1 again, and so does
    another Vault. ``fingerprint`` is the slow keyed hash of a secret that has no version (see ``fingerprint.py``), or
    None when it was not made.
    """

    kind: Literal["vault", "inline", "none"]
    reference: str | None = None
    version: int | None = None
    fingerprint: str | None = field(default=None, repr=False)
    written_at: str | None = None

    def same_as(self, other: SecretMark) -> bool | None:
        """Tell whether both marks stand for one secret; None when nothing can tell."""
        if self.kind != other.kind or self.reference != other.reference:
            return False
        if self.kind == "none":
            return True
        if self.version is not None and other.version is not None:
            # Marks of earlier releases don't say when.
            dated = self.written_at is not None and other.written_at is not None
            return self.version == other.version and (not dated or self.written_at == other.written_at)
        if self.fingerprint is not None and other.fingerprint is not None:
            return self.fingerprint == other.fingerprint
        return None

    def label(self) -> str:
        """Return the mark for people; the fingerprint is left out."""
        words: list[str] = [self.kind]
        if self.reference is not None:
            words.append(self.reference)
        if self.version is not None:
            words.append(f"version {self.version}")
        return " ".join(words)

    def as_dict(self) -> dict[str, Any]:
        """Return the mark as a registry stores it."""
        return {
            "kind": self.kind,
            "reference": self.reference,
            "version": self.version,
            "fingerprint": self.fingerprint,
            "written_at": self.written_at,
        }


@dataclass(frozen=True)
class Registration:
    """One mailbox as a registry holds it.

    ``settings`` is the public part of the declaration, without what the user left unset, as plain JSON data; a secret
    in it is refused with ValueError. ``secrets`` is keyed by protocol. Times are ISO 8601 in UTC.
    """

    id: str
    email: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, SecretMark] = field(default_factory=dict)
    verdict: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    verified_at: str | None = None

    def __post_init__(self) -> None:
        plain_settings = plain(self.settings)
        refuse_secrets(plain_settings)
        object.__setattr__(self, "settings", plain_settings)


@dataclass(frozen=True)
class VerdictRecord:
    """What one run found out about one mailbox."""

    id: str
    email: str
    verdict: str
    at: str
    summary: str


@dataclass(frozen=True)
class RefusedSecret:
    """A secret that a server refused; it is not tried again before a time, a new secret or force."""

    account: str
    mark: SecretMark
    at: str
    category: str
    reply: str | None

    def is_of(self, mark: SecretMark) -> bool:
        """Tell whether this very secret was refused; one that can't be compared counts as another one."""
        return self.mark.kind != "none" and self.mark.same_as(mark) is True


class Registry(Protocol):
    """What every registry can do; every method raises StageError (stage ``register``) with an explanation."""

    def find(self, id: str) -> Registration | None:
        """Return what is registered under ``id``."""

    def list(self) -> tuple[Registration, ...]:
        """Return everything that is registered, ordered by id."""

    def create(self, registration: Registration) -> Registration:
        """Register a mailbox that was not there and return it as stored."""

    def update(self, registration: Registration) -> Registration:
        """Replace what is registered under the same id and return it as stored."""

    def delete(self, id: str) -> bool:
        """Remove a mailbox; False when it was not there."""

    def close(self) -> None:
        """Give everything back; a second call does nothing."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def plain(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``value`` as it reads back from JSON, so that stored and wanted settings compare alike."""
    result: dict[str, Any] = json.loads(json.dumps(value, allow_nan=False))
    return result


def refuse_secrets(value: Any, where: str = "settings") -> None:
    """Raise ValueError with the key path, never the value, when ``value`` looks as if it held a secret."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.lower() in SECRET_KEYS and isinstance(inner, (str, int, float)) and not isinstance(inner, bool):
                raise ValueError(f"{where}.{key} would put a secret into the registry")
            refuse_secrets(inner, f"{where}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            refuse_secrets(inner, f"{where}[{index}]")
    elif isinstance(value, str) and _URL_PASSWORD.search(value):
        raise ValueError(f"{where} is a URL with a password, which would put a secret into the registry")
