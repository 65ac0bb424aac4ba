# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What is kept of a run, and what an earlier run kept: registrations, refused secrets, verdicts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .._models.failure import Failure, StageError
from .._models.mailbox import Mailbox
from .._models.names import Protocol, State, Verdict
from .._probe.evidence import ProtocolEvidence
from .._registry.base import RefusedSecret, Registration, utc_text
from .._registry.reconcile import Change, reconcile
from .._registry.sqlite import SqliteRegistry
from .._secrets.source import ResolvedSecret
from .refused import Refusal, account, age, failure_for, is_ahead, refusals, still_counts
from .secrets import SecretMarks

Secrets = Mapping[Protocol, ResolvedSecret]
CHECK_MODE = (
    "In check mode nothing is written, so each further run sends the refused password again, and repeated refusals "
    "lock accounts."
)


@dataclass(frozen=True)
class Request:
    """What is asked for one mailbox. ``registry_timeout`` and ``retry_refused_after`` are in seconds.

    ``trace`` puts the redacted dialogues into the result.
    """

    mailbox: Mailbox
    state: State
    registry_path: str
    registry_timeout: float = 10.0
    allow_partial: bool = False
    retry_refused_after: int = 86400
    force: bool = False
    check_mode: bool = False
    trace: bool = False

    @property
    def id(self) -> str:
        """The key of results and registrations."""
        return self.mailbox.id or self.mailbox.email

    @property
    def writes(self) -> bool:
        """Whether the registration may be written."""
        return self.state is State.PRESENT and not self.check_mode

    def accepts(self, verdict: Verdict) -> bool:
        """Whether a verdict is good enough."""
        return verdict is Verdict.VERIFIED or (self.allow_partial and verdict is Verdict.PARTIAL)


class Records:
    """The registry's side of one mailbox's run."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._mailbox = request.mailbox
        self._marks = SecretMarks(request.registry_path, request.id)

    def open(self, writes: bool) -> SqliteRegistry:
        """Open the registry. Raises :class:`StageError` (stage ``register``)."""
        return SqliteRegistry(self._request.registry_path, writes, timeout=self._request.registry_timeout)

    def mark_ahead(self, secrets: Secrets) -> None:
        """Make the marks that a registration will need; :class:`StageError` as there."""
        for secret in secrets.values():
            self._marks.lasting(secret)

    def recently_verified(self, stored: Registration | None, secrets: Secrets, now: datetime) -> bool:
        """Tell whether an unchanged mailbox was verified less than ``probe.revalidate_after`` seconds ago."""
        after = self._mailbox.probe.revalidate_after
        if self._request.force or not after or stored is None or stored.verified_at is None:
            return False
        if stored.verdict != Verdict.VERIFIED.value or is_ahead(stored.verified_at, now):
            return False
        if age(stored.verified_at, now) >= after:
            return False
        return not reconcile(stored, self._wanted(secrets, Verdict.VERIFIED, now)).changed

    def refused_before(self, registry: SqliteRegistry, secrets: Secrets, now: datetime) -> dict[Protocol, Failure]:
        """Return why the logins that an earlier refusal forbids are not tried."""
        held: dict[Protocol, Failure] = {}
        if self._request.force:
            return held
        after = self._request.retry_refused_after
        for protocol, secret in secrets.items():
            # The mark of an inline secret takes a slow hash, so what is cheap to ask comes first.
            refused = registry.refusal(account(self._mailbox, protocol))
            if refused is None or not still_counts(refused, now=now, after=after):
                continue
            if refused.is_of(self._marks.of(secret)):
                held[protocol] = failure_for(refused, protocol, now=now, after=after)
                if is_ahead(refused.at, now):
                    self._date_now(registry, refused, now)
        return held

    def _date_now(self, registry: SqliteRegistry, refused: RefusedSecret, now: datetime) -> None:
        """Have a refusal that a wrong clock dated hold no longer than one of now would."""
        if not self._request.check_mode:
            with contextlib.suppress(StageError), self._memory(registry) as memory:
                memory.remember_refused(refused.account, refused.mark, utc_text(now), refused.category, refused.reply)

    def remember(
        self,
        registry: SqliteRegistry,
        evidence: Mapping[Protocol, ProtocolEvidence],
        failures: Iterable[Failure],
        secrets: Secrets,
    ) -> str | None:
        """Keep what was refused now and forget what works again; return why not, where check mode forbids to write."""
        found = refusals(self._mailbox, evidence, failures)
        if self._request.check_mode:
            return CHECK_MODE if found else None
        outdated = [
            account(self._mailbox, protocol)
            for protocol in secrets
            if protocol in evidence
            and evidence[protocol].authenticated
            and registry.refusal(account(self._mailbox, protocol)) is not None
        ]
        if found or outdated:
            with self._memory(registry) as memory:
                self._write_memory(memory, found, outdated, secrets)
        return None

    def _memory(self, registry: SqliteRegistry) -> contextlib.AbstractContextManager[SqliteRegistry]:
        return contextlib.nullcontext(registry) if not registry.read_only else self.open(True)

    def _write_memory(
        self, memory: SqliteRegistry, found: Iterable[Refusal], outdated: Iterable[str], secrets: Secrets
    ) -> None:
        for refusal in found:
            mark = self._marks.lasting(secrets[refusal.protocol])
            memory.remember_refused(refusal.account, mark, None, refusal.category.value, refusal.reply)
        for name in outdated:
            memory.forget_refused(name)

    def predicted(
        self, stored: Registration | None, secrets: Secrets, verdict: Verdict, now: datetime
    ) -> Change | None:
        """Return what a run that may write would change; None where it would not register."""
        if self._request.state is not State.PRESENT or not self._request.accepts(verdict):
            return None
        return reconcile(stored, self._wanted(secrets, verdict, now))

    def register(
        self, registry: SqliteRegistry, secrets: Secrets, verdict: Verdict, now: datetime, summary: str
    ) -> Change | None:
        """Register what is good enough; leave what is registered alone where it is not. The verdict is kept anyway."""
        change = None
        if self._request.accepts(verdict):
            change = registry.register(self._wanted(secrets, verdict, now, lasting=True))
        registry.record_verdict(self._request.id, self._mailbox.email, verdict.value, None, summary)
        return change

    def _wanted(self, secrets: Secrets, verdict: Verdict, now: datetime, *, lasting: bool = False) -> Registration:
        mark = self._marks.lasting if lasting else self._marks.of
        return Registration(
            id=self._request.id,
            email=self._mailbox.email,
            settings=self._settings(),
            secrets={protocol: mark(secrets.get(protocol)) for protocol, _endpoint in self._mailbox.endpoints},
            verdict=verdict.value,
            verified_at=utc_text(now) if verdict is Verdict.VERIFIED else None,
        )

    def _settings(self) -> dict[str, Any]:
        """Return the public declaration; where the secret comes from is the mark's to say."""
        settings = self._mailbox.public()
        for protocol in Protocol:
            if settings[protocol.value] is not None:
                settings[protocol.value].pop("secret")
        return settings


def registered(stored: Registration | None) -> dict[str, Any] | None:
    """Return a registration as a diff shows it; None where there is none."""
    return reconcile(stored, stored).before if stored is not None else None
