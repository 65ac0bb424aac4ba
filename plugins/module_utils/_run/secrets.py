# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Reading the secrets of a mailbox, and the marks by which they are told apart without being kept."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any

from .._models.failure import Notice
from .._models.home import home_folder
from .._models.mailbox import Mailbox
from .._models.names import Protocol
from .._models.secret import SecretSource
from .._registry.base import SecretMark
from .._registry.fingerprint import Fingerprinter
from .._secrets.inline import InlineSecret
from .._secrets.settings import VaultSettings
from .._secrets.source import ResolvedSecret, VaultReference
from .._secrets.vault import VaultSource


def vault_settings(options: Mapping[str, Any] | None, declared: Iterable[Any]) -> VaultSettings:
    """Return how to reach Vault; raise :class:`VaultSettingsError`.

    Where no declaration names a secret in Vault, nothing is looked at: a variable that is there for other programs must
    not stop mailboxes that have nothing to do with it.
    """
    if not any(_in_vault(one) for one in declared):
        return VaultSettings()
    return VaultSettings.from_options(options, os.environ, home_folder())


def _in_vault(declared: Any) -> bool:
    """Tell whether a declaration names a secret in Vault; it may be of any shape."""
    sections = (declared, declared.get("smtp"), declared.get("imap")) if isinstance(declared, Mapping) else ()
    secrets = [section.get("secret") for section in sections if isinstance(section, Mapping)]
    return any(isinstance(secret, Mapping) and secret.get("vault") is not None for secret in secrets)


class SecretReader:
    """Reads secrets for one run: one Vault, one login, closed at the end."""

    def __init__(self, vault: VaultSettings) -> None:
        self._vault = VaultSource(vault)

    def __enter__(self) -> SecretReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._vault.close()

    @property
    def notices(self) -> list[Notice]:
        """What there is to say about Vault itself."""
        return self._vault.notices

    def read(self, mailbox: Mailbox) -> dict[Protocol, ResolvedSecret]:
        """Return the secret of each protocol that logs in; raise :class:`StageError` (stage ``secret``)."""
        return {
            protocol: self._resolve(endpoint.secret)
            for protocol, endpoint in mailbox.endpoints
            if endpoint.secret is not None
        }

    def _resolve(self, secret: SecretSource) -> ResolvedSecret:
        if secret.vault is not None:
            where = secret.vault
            return self._vault.read(VaultReference(where.path, where.field, where.mount, where.version))
        password = secret.password.get_secret_value() if secret.password is not None else ""
        return InlineSecret(password).resolve()


class SecretMarks:
    """Makes marks. The key of fingerprints is created only when a mark is to be kept."""

    def __init__(self, registry_path: str, context: str) -> None:
        self._fingerprints = Fingerprinter(registry_path)
        self._context = context

    def of(self, secret: ResolvedSecret | None) -> SecretMark:
        """Return the mark to compare with; without a key yet, it equals none that is kept."""
        return self._mark(secret, create=False)

    def lasting(self, secret: ResolvedSecret | None) -> SecretMark:
        """Return the mark to keep."""
        return self._mark(secret, create=True)

    def _mark(self, secret: ResolvedSecret | None, *, create: bool) -> SecretMark:
        if secret is None:
            return SecretMark("none")
        if secret.version is not None:
            return SecretMark(secret.kind, secret.reference, secret.version, written_at=secret.written_at)
        fingerprint = self._fingerprints.fingerprint(secret.value, self._context, create=create)
        return SecretMark(secret.kind, secret.reference, fingerprint=fingerprint)
