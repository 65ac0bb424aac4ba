# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""One mailbox from its declaration to its result: checks, secret, probe, diagnosis, registry, in this order only."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .._diagnosis.diagnose import Context, Diagnosis, diagnose
from .._models.failure import Failure, Notice, StageError
from .._models.mailbox import Mailbox
from .._models.names import Protocol, Reason, Stage, StageStatus, State, Verdict
from .._probe.actions import Secret
from .._probe.evidence import ProtocolEvidence
from .._probe.plan import Credentials
from .._probe.sasl import wire_forms
from .._registry.base import Registration, utc_text
from .._registry.reconcile import Change, reconcile
from .._registry.sqlite import SqliteRegistry
from .._secrets.source import ResolvedSecret
from . import checks
from .plans import mailbox_plan
from .probe import probe_mailbox
from .refused import Refusal, account, failure_for, refusals, still_counts
from .result import SharedStage, protocol_section, result, unprobed_section, verdict_of
from .secrets import SecretMarks, SecretReader


@dataclass(frozen=True)
class Request:
    """What is asked for one mailbox. ``registry_timeout`` and ``retry_refused_after`` are in seconds."""

    mailbox: Mailbox
    state: State
    registry_path: str
    registry_timeout: float = 10.0
    allow_partial: bool = False
    retry_refused_after: int = 86400
    force: bool = False
    check_mode: bool = False

    @property
    def writes(self) -> bool:
        """Whether the registration may be written."""
        return self.state is State.PRESENT and not self.check_mode


@dataclass(frozen=True)
class Outcome:
    """The result in the form of the contract, whether the task fails, and what ``--diff`` shows."""

    result: dict[str, Any]
    failed: bool
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


class MailboxRun:
    """Verifies one mailbox, and registers it when asked to."""

    def __init__(self, request: Request, reader: SecretReader) -> None:
        self._request = request
        self._mailbox = request.mailbox
        self._id = request.mailbox.id or request.mailbox.email
        self._reader = reader
        self._marks = SecretMarks(request.registry_path, self._id)
        self._began = time.monotonic()
        self._now = datetime.now(timezone.utc)
        self._stages: list[SharedStage] = []
        self._notices: list[Notice] = []
        self._failures: list[Failure] = []
        self._sections: dict[Protocol, dict[str, Any]] = {}
        self._verdict = Verdict.FAILED
        self._stored: Registration | None = None

    def run(self) -> Outcome:
        """Do what the request asks. Whatever goes wrong on the way is part of the outcome."""
        try:
            with self._stage(Stage.CONFIG):
                self._notices += checks.before_the_secret(self._mailbox)
            # Opened before any packet: a login for a registration that can't be kept helps nobody.
            with self._open(self._request.writes) as registry:
                self._stored = registry.find(self._id)
                return self._prove(registry)
        except StageError as error:
            self._failures.append(error.failure)
            return self._outcome(None, failed=True)

    def _prove(self, registry: SqliteRegistry) -> Outcome:
        with self._stage(Stage.SECRET):
            secrets = self._reader.read(self._mailbox)
            self._notices += checks.of_the_secrets(self._mailbox, secrets)
        if self._recently_verified(secrets):
            self._verdict = Verdict.VERIFIED
            for protocol, _endpoint in self._mailbox.endpoints:
                self._sections[protocol] = self._unprobed(protocol, StageStatus.SKIPPED)
            return self._outcome(None, failed=False, reason=Reason.RECENTLY_VERIFIED)
        held = self._refused_before(registry, secrets)
        probed = frozenset(protocol for protocol, _endpoint in self._mailbox.endpoints) - held.keys()
        outcomes = [StageStatus.FAILED] * len(held)
        if probed:
            diagnosis, evidence = self._probe(probed, secrets)
            outcomes += diagnosis.outcome.values()
            self._failures += diagnosis.failures
            self._notices += diagnosis.warnings
            self._remember(registry, evidence, diagnosis.failures, secrets)
        self._failures += held.values()
        self._verdict = verdict_of(outcomes)
        change = self._register(registry, secrets)
        reason = Reason.SECRET_REFUSED_BEFORE if held and not probed else None
        return self._outcome(change, failed=not self._good_enough, reason=reason)

    # What need not be tried

    def _recently_verified(self, secrets: Mapping[Protocol, ResolvedSecret]) -> bool:
        after, stored = self._mailbox.probe.revalidate_after, self._stored
        if self._request.force or not after or stored is None or stored.verified_at is None:
            return False
        fresh = self._age(stored.verified_at) < after
        unchanged = fresh and not reconcile(stored, self._wanted(secrets)).changed
        return unchanged and stored.verdict == Verdict.VERIFIED.value

    def _age(self, at: str) -> float:
        then = datetime.strptime(at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
        return (self._now - then).total_seconds()

    def _refused_before(
        self, registry: SqliteRegistry, secrets: Mapping[Protocol, ResolvedSecret]
    ) -> dict[Protocol, Failure]:
        held: dict[Protocol, Failure] = {}
        if self._request.force:
            return held
        after = self._request.retry_refused_after
        for protocol, secret in secrets.items():
            refused = registry.refused(account(self._mailbox, protocol), self._marks.of(secret))
            if refused is not None and still_counts(refused, now=self._now, after=after):
                held[protocol] = failure_for(refused, protocol, now=self._now, after=after)
                self._sections[protocol] = self._unprobed(protocol, StageStatus.FAILED, held[protocol])
        return held

    def _unprobed(self, protocol: Protocol, status: StageStatus, why: Failure | None = None) -> dict[str, Any]:
        endpoint = self._mailbox.endpoint(protocol)
        if endpoint is None:
            raise ValueError(f"the mailbox has no {protocol.value} section")
        return unprobed_section(protocol, endpoint.host or "", endpoint.port or 0, endpoint.mode, status, why)

    # The probe

    def _probe(
        self, probed: frozenset[Protocol], secrets: Mapping[Protocol, ResolvedSecret]
    ) -> tuple[Diagnosis, dict[Protocol, ProtocolEvidence]]:
        passwords = {protocol: secret.value for protocol, secret in secrets.items()}
        plan = mailbox_plan(self._mailbox, passwords, only=probed, may_send=not self._request.check_mode)
        evidence = probe_mailbox(plan)
        endpoints = dict(self._mailbox.endpoints)
        forms = tuple(
            form
            for protocol, password in passwords.items()
            for form in wire_forms(Credentials(endpoints[protocol].username or "", Secret(password.encode())))
        )
        context = Context(
            email=self._mailbox.email,
            usernames={protocol: endpoint.username or "" for protocol, endpoint in endpoints.items()},
            smtp=evidence.get(Protocol.SMTP),
            imap=evidence.get(Protocol.IMAP),
            secrets=forms,
            warn_days=self._mailbox.tls.warn_days,
            tls_verify={p: endpoint.tls is None or endpoint.tls.verify for p, endpoint in endpoints.items()},
            secret_kind=next((secret.kind for secret in secrets.values()), "none"),
            disabled=frozenset(self._mailbox.ignore_checks),
            same_secret=len({secret.value for secret in secrets.values()}) < 2,
        )
        diagnosis = diagnose(context)
        for protocol, seen in evidence.items():
            statuses = diagnosis.statuses.get(protocol, {})
            self._sections[protocol] = protocol_section(seen, diagnosis.outcome[protocol], statuses, forms)
        return diagnosis, evidence

    # The registry

    def _open(self, writes: bool) -> SqliteRegistry:
        return SqliteRegistry(self._request.registry_path, writes, timeout=self._request.registry_timeout)

    def _remember(
        self,
        registry: SqliteRegistry,
        evidence: Mapping[Protocol, ProtocolEvidence],
        failures: Iterable[Failure],
        secrets: Mapping[Protocol, ResolvedSecret],
    ) -> None:
        """Keep what was refused now and forget what works again; in check mode nothing is written."""
        if self._request.check_mode:
            return
        found = refusals(self._mailbox, evidence, failures)
        outdated = [
            account(self._mailbox, protocol)
            for protocol, secret in secrets.items()
            if protocol in evidence
            and evidence[protocol].authenticated
            and registry.refused(account(self._mailbox, protocol), self._marks.of(secret)) is not None
        ]
        if found or outdated:
            with contextlib.nullcontext(registry) if not registry.read_only else self._open(True) as memory:
                self._write_memory(memory, found, outdated, secrets)

    def _write_memory(
        self,
        memory: SqliteRegistry,
        found: Iterable[Refusal],
        outdated: Iterable[str],
        secrets: Mapping[Protocol, ResolvedSecret],
    ) -> None:
        for refusal in found:
            mark = self._marks.lasting(secrets[refusal.protocol])
            memory.remember_refused(refusal.account, mark, None, refusal.category.value, refusal.reply)
        for name in outdated:
            memory.forget_refused(name)

    @property
    def _good_enough(self) -> bool:
        return self._verdict is Verdict.VERIFIED or (self._request.allow_partial and self._verdict is Verdict.PARTIAL)

    def _wanted(self, secrets: Mapping[Protocol, ResolvedSecret], *, lasting: bool = False) -> Registration:
        mark = self._marks.lasting if lasting else self._marks.of
        verified = self._verdict is Verdict.VERIFIED
        return Registration(
            id=self._id,
            email=self._mailbox.email,
            settings=self._settings(),
            secrets={protocol: mark(secrets.get(protocol)) for protocol, _endpoint in self._mailbox.endpoints},
            verdict=self._verdict.value,
            verified_at=utc_text(self._now) if verified else None,
        )

    def _settings(self) -> dict[str, Any]:
        """Return the public declaration; where the secret comes from is the mark's to say."""
        settings = self._mailbox.public()
        for protocol in Protocol:
            if settings[protocol.value] is not None:
                settings[protocol.value].pop("secret")
        return settings

    def _register(self, registry: SqliteRegistry, secrets: Mapping[Protocol, ResolvedSecret]) -> Change | None:
        """Register what is good enough, or tell what would be; leave what is registered alone where it is not."""
        if self._request.state is not State.PRESENT:
            return None
        if not self._request.writes:
            return reconcile(self._stored, self._wanted(secrets)) if self._good_enough else None
        with self._stage(Stage.REGISTER) as stage:
            change = registry.register(self._wanted(secrets, lasting=True)) if self._good_enough else None
            if change is None:
                stage.facts["why"] = "only a mailbox that works is registered; what was registered stays as it was"
            summary = self._failures[0].sentence if self._failures else ""
            registry.record_verdict(self._id, self._mailbox.email, self._verdict.value, None, summary)
        return change

    # The outcome

    @contextlib.contextmanager
    def _stage(self, stage: Stage) -> Iterator[SharedStage]:
        """Time a stage of the whole mailbox; its status follows from what it adds, and a ``why`` says it was skipped."""
        started, noticed = time.monotonic(), len(self._notices)
        entry = SharedStage(stage, StageStatus.FAILED)
        self._stages.append(entry)
        try:
            yield entry
            if "why" in entry.facts:
                entry.status = StageStatus.SKIPPED
            else:
                entry.status = StageStatus.WARNING if len(self._notices) > noticed else StageStatus.OK
        finally:
            entry.duration_ms = round((time.monotonic() - started) * 1000, 1)

    def _outcome(self, change: Change | None, *, failed: bool, reason: Reason | None = None) -> Outcome:
        before, after = registered(self._stored), registered(self._stored)
        if change is not None and change.changed:
            before, after = change.before, change.after
        told = result(
            self._id,
            self._verdict,
            changed=change is not None and change.changed,
            reason=reason,
            sections=self._sections,
            stages=self._stages,
            failures=self._failures,
            notices=self._notices_once(),
            registration={"registry": SqliteRegistry.kind, "id": self._id, "before": before, "after": after},
            timing={
                "started_at": utc_text(self._now),
                "duration_ms": round((time.monotonic() - self._began) * 1000, 1),
            },
        )
        return Outcome(told, failed, before, after)

    def _notices_once(self) -> list[Notice]:
        ignored = frozenset(self._mailbox.ignore_checks)
        told = [*self._notices, *self._reader.notices]
        return [notice for notice in dict.fromkeys(told) if notice.id not in ignored]


def registered(stored: Registration | None) -> dict[str, Any] | None:
    """Return a registration as a diff shows it; None where there is none."""
    return reconcile(stored, stored).before if stored is not None else None
