# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Secrets out of HashiCorp Vault: one login a run, every path read once, our own token revoked at the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from .._models.failure import Notice
from .._models.names import Category, Stage
from . import refusals
from .kv import Entry, KvReader
from .settings import VaultSettings
from .single_flight import SingleFlight
from .source import ResolvedSecret, VaultReference, hints_for
from .trouble import Trouble, VaultReply, VaultTrouble, as_error
from .vault_auth import METHODS, Login
from .vault_http import make_client

DOWN_MEMORY = 15.0
"""Seconds for which a Vault that was sealed or out of reach is not asked again."""

_PASSING = frozenset({Category.SECRET_VAULT_UNREACHABLE, Category.SECRET_VAULT_SEALED})
_PERMANENT = frozenset({Category.SECRET_VAULT_TLS, Category.SECRET_VAULT_LOGIN})


@dataclass(frozen=True)
class VaultSecret:
    """One secret in one Vault, as a :class:`SecretSource`."""

    source: VaultSource
    reference: VaultReference

    def resolve(self) -> ResolvedSecret:
        """Read the secret; raise :class:`StageError` when it can't be had."""
        return self.source.read(self.reference)


class VaultSource:
    """A Vault to read from, safe for several threads; nothing is sent before the first read.

    ``sleep`` takes seconds and ``clock`` returns them; tests replace both. ``notices`` holds what the run as a whole
    should be told.
    """

    def __init__(
        self,
        settings: VaultSettings,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.notices: list[Notice] = _notices(settings)
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()
        self._client: Any = None
        self._reader: KvReader | None = None
        self._login: Login | None = None
        self._login_ends = float("inf")
        self._namespace_checked = False
        self._down: tuple[Trouble, float] | None = None
        self._entries: SingleFlight[Entry] = SingleFlight()

    def __repr__(self) -> str:
        return f"VaultSource({self.settings.address!r})"

    def __enter__(self) -> VaultSource:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def at(self, reference: VaultReference) -> VaultSecret:
        """Return the source of one secret."""
        return VaultSecret(self, reference)

    def read(self, reference: VaultReference) -> ResolvedSecret:
        """Return the value of a field; raise :class:`StageError` that tells what is wrong and what to do."""
        try:
            return self._read(reference)
        except VaultTrouble as error:
            trouble = error.trouble
        # Raised here, the error has no context: what hvac and urllib3 raise may hold requests with tokens.
        raise as_error(trouble, self.settings, reference)

    def close(self) -> None:
        """Revoke the token that was issued to us, and close the connections; a token of the user stays as it is."""
        with self._lock:
            client, login = self._client, self._login
            self._client = self._reader = self._login = None
        if client is None:
            return
        if login is not None and login.revocable:
            try:
                client.auth.token.revoke_self()
            except (VaultReply, VaultTrouble):
                text = (
                    "The Vault token that was issued for this run could not be revoked; it ends by itself with its "
                    "time to live."
                )
                self.notices.append(Notice("vault_token_not_revoked", text, Stage.SECRET))
        client.token = ""
        client.adapter.close()

    def _read(self, reference: VaultReference) -> ResolvedSecret:
        mount, path = reference.mount.strip("/"), reference.path.strip("/")
        key = (self.settings.namespace, mount, path, reference.version)
        entry = self._entries.get(key, lambda: self._guarded(lambda: self._fetch(mount, path, reference.version)))
        value = _text(entry, reference.field, path, mount)
        return ResolvedSecret(
            value=value,
            kind="vault",
            reference=reference.text(self.settings.namespace),
            version=entry.version,
            written_at=entry.written_at,
            hints=hints_for(value),
        )

    def _fetch(self, mount: str, path: str, version: int | None) -> Entry:
        return self._logged_in().read(mount, path, version)

    def _guarded(self, fetch: Callable[[], Entry]) -> Entry:
        """Spare a Vault that is down further attempts, and every further mailbox the wait."""
        down = self._down
        if down is not None and self._clock() < down[1]:
            raise VaultTrouble(down[0])
        try:
            return fetch()
        except VaultTrouble as error:
            if error.trouble.category in _PERMANENT:
                self._down = error.trouble, float("inf")
            elif error.trouble.category in _PASSING:
                self._down = error.trouble, self._clock() + DOWN_MEMORY
            raise

    def _logged_in(self) -> KvReader:
        with self._lock:
            # Others may have found out while this thread waited for the lock.
            if self._down is not None and self._clock() < self._down[1]:
                raise VaultTrouble(self._down[0])
            if self._client is None:
                self._client = make_client(self.settings, self._sleep)
            if self._reader is None or self._clock() >= self._login_ends:
                try:
                    self._log_in()
                except VaultTrouble as error:
                    self._down = (
                        error.trouble,
                        float("inf") if not error.trouble.retryable else self._clock() + DOWN_MEMORY,
                    )
                    raise
            reader = self._reader
        if reader is None:
            raise RuntimeError("a login without a reader")
        return reader

    def _log_in(self) -> None:
        """Log in, or log in anew in a run that outlives its token."""
        self._client.token = ""
        login = METHODS[self.settings.auth_method].login(self._client, self.settings)
        self._client.token = login.token
        self._login = login
        self._login_ends = self._clock() + login.lifetime * 0.9 if login.lifetime else float("inf")
        self._reader = KvReader(self._client, self.settings)
        if self.settings.namespace and not self._namespace_checked:
            self._check_namespace()

    def _check_namespace(self) -> None:
        """The community edition ignores the namespace, so what is read may not be what was meant."""
        self._namespace_checked = True
        try:
            health = self._client.adapter.get("/v1/sys/health?standbyok=true&perfstandbyok=true")
        except (VaultReply, VaultTrouble):
            return
        if isinstance(health, dict) and health.get("enterprise") is False:
            text = (
                f"The namespace {self.settings.namespace} is set, but Vault at {self.settings.address} is the "
                "community edition, which has no namespaces and ignores it. Take it away, or correct the address."
            )
            self.notices.append(Notice("vault_namespace_ignored", text, Stage.SECRET))


def _text(entry: Entry, name: str, path: str, mount: str) -> str:
    if name not in entry.fields:
        raise VaultTrouble(refusals.field_missing(name, path, mount, entry.fields))
    value = entry.fields[name]
    if not isinstance(value, str):
        raise VaultTrouble(refusals.not_text(name, path, mount, value))
    if not value.strip():
        raise VaultTrouble(refusals.empty(name, path, mount))
    return value


def _notices(settings: VaultSettings) -> list[Notice]:
    notices = []
    if settings.plaintext:
        text = (
            f"Vault at {settings.address} is spoken to without TLS, so its token and every secret cross the network "
            "readable. Use https://."
        )
        notices.append(Notice("vault_plaintext", text, Stage.SECRET))
    elif not settings.verify and settings.url.startswith("https"):
        text = (
            f"The certificate of Vault at {settings.address} is not verified, so anybody on the way can take its token "
            "and every secret. Name the CA certificate as ca instead."
        )
        notices.append(Notice("vault_tls_unverified", text, Stage.SECRET))
    return notices
