# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""One mailbox from its declaration to its result: checks, secret, probe, diagnosis, registry, in this order only."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from .._diagnosis.diagnose import Context, Diagnosis, diagnose
from .._models.failure import Failure, Notice, StageError
from .._models.mailbox import Mailbox
from .._models.names import Protocol, Reason, Stage, StageStatus, Verdict
from .._probe.actions import Secret
from .._probe.evidence import ProtocolEvidence
from .._probe.plan import Credentials
from .._probe.sasl import wire_forms
from .._registry.base import Registration, utc_text
from .._registry.reconcile import Change
from .._registry.sqlite import SqliteRegistry
from .._secrets.source import ResolvedSecret
from . import checks, domain_stage
from .domain_stage import DomainChecks, Judged
from .finder import Finder, origin_of
from .plans import mailbox_plan
from .probe import MailboxPlan, probe_mailbox
from .records import Records, Request, registered
from .refused import spared
from .result import SharedStage, protocol_section, result, unprobed_section, verdict_of
from .secrets import SecretReader
from .settled import Settled

if TYPE_CHECKING:
    from .._domain.inspect import Inspection


@dataclass(frozen=True)
class Outcome:
    """The result in the form of the contract, whether the task fails, and what ``--diff`` shows."""

    result: dict[str, Any]
    failed: bool
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


class MailboxRun:
    """Verifies one mailbox, and registers it when asked to.

    :meth:`run` does it all. Who probes many mailboxes at once calls the steps: :meth:`check`, :meth:`prepare`, then
    :meth:`conclude` with what the probe saw; :meth:`stopped` for a :class:`StageError` of any of them. In place of
    :meth:`conclude`, which may wait for a domain, there are :meth:`judge` and :meth:`finish`.
    """

    def __init__(self, request: Request, finder: Finder | None = None, domains: DomainChecks | None = None) -> None:
        self._domains = domains or DomainChecks()
        self._inspecting: Future[Inspection] | None = None
        self._inspection: Inspection | None = None
        self._finder = finder or Finder()
        self._settled = Settled(request.mailbox, provider=request.mailbox.named_provider or "")
        self._request = request
        self._mailbox = request.mailbox
        self._records = Records(request)
        self._began = time.monotonic()
        self._now = datetime.now(timezone.utc)
        self._stages: list[SharedStage] = []
        self._notices: list[Notice] = []
        self._failures: list[Failure] = []
        self._sections: dict[Protocol, dict[str, Any]] = {}
        self._trace: list[str] = []
        self._verdict = Verdict.FAILED
        self._reason: Reason | None = None
        self._stored: Registration | None = None
        self._secrets: Mapping[Protocol, ResolvedSecret] = {}
        self._held: dict[Protocol, Failure] = {}
        self._spared: Failure | None = None

    @property
    def refused_before(self) -> tuple[Protocol, ...]:
        """The protocols whose server refused the login earlier, which forbids another; known after :meth:`prepare`."""
        return tuple(protocol for protocol, why in self._held.items() if why is not self._spared)

    @property
    def mailbox(self) -> Mailbox:
        """The mailbox; after :meth:`check` with all its servers."""
        return self._mailbox

    @property
    def providers(self) -> dict[Protocol, str]:
        """Who runs the servers, as rules and paces know them: where that is not told by the servers' names."""
        return self._settled.providers

    def run(self, reader: SecretReader) -> Outcome:
        """Do what the request asks. Whatever goes wrong on the way is part of the outcome."""
        try:
            self.check()
            # Opened before any packet: a login for a registration that can't be kept helps nobody.
            with self._records.open(self._request.writes) as registry:
                plan = self.prepare(registry, reader)
                evidence = probe_mailbox(plan) if plan is not None else {}
                return self.conclude(registry, evidence)
        except StageError as error:
            return self.stopped(error.failure)

    def check(self) -> None:
        """Make the checks that need neither secret nor packet. Raises :class:`StageError`."""
        with self._stage(Stage.CONFIG):
            self._settle()
            self._notices += checks.before_the_secret(self._mailbox)

    def _settle(self) -> None:
        """Find the servers that the declaration leaves out."""
        self._settled, notices = self._finder.settle(self._request.mailbox)
        self._notices += notices
        if self._settled.mailbox is not self._mailbox:
            self._mailbox = self._settled.mailbox
            self._request = replace(self._request, mailbox=self._mailbox)
            self._records = Records(self._request)

    def prepare(self, registry: SqliteRegistry, reader: SecretReader) -> MailboxPlan | None:
        """Read the secrets and return what is to be probed; None when nothing is. Raises :class:`StageError`."""
        self._stored = registry.find(self._request.id)
        with self._stage(Stage.SECRET):
            self._secrets = reader.read(self._mailbox)
            self._notices += reader.notices
            self._notices += checks.of_the_secrets(self._mailbox, self._secrets)
        if self._records.recently_verified(self._stored, self._secrets, self._now):
            self._reason = Reason.RECENTLY_VERIFIED
            for protocol, _endpoint in self._mailbox.endpoints:
                self._sections[protocol] = self._unprobed(protocol, StageStatus.SKIPPED)
            return None
        self._held = self._records.refused_before(registry, self._secrets, self._now)
        self._spared = spared(self._held, self._mailbox, self._secrets)
        if self._spared is not None:
            self._held[Protocol.IMAP] = self._spared
        for protocol, why in self._held.items():
            self._sections[protocol] = self._unprobed(protocol, StageStatus.FAILED, why)
        probed = frozenset(protocol for protocol, _endpoint in self._mailbox.endpoints) - self._held.keys()
        if not probed:
            self._reason = Reason.SECRET_REFUSED_BEFORE
            return None
        passwords = {protocol: secret.value for protocol, secret in self._secrets.items()}
        return mailbox_plan(
            self._mailbox, passwords, only=probed, may_send=not self._request.check_mode, trace=self._request.trace
        )

    def mark_ahead(self) -> None:
        """Make what registration will need and takes long (some 30 ms for an inline secret); any thread may call it."""
        self._records.mark_ahead(self._secrets)

    def conclude(self, registry: SqliteRegistry, evidence: Mapping[Protocol, ProtocolEvidence]) -> Outcome:
        """Diagnose what the probe saw, and keep what is to be kept. Raises :class:`StageError`."""
        self.judge(registry, evidence)
        return self.finish(registry)

    @property
    def notices(self) -> list[Notice]:
        """What there is to say so far, without what the declaration turns off."""
        ignored = frozenset(self._mailbox.ignore_checks)
        return [notice for notice in dict.fromkeys(self._notices) if notice.id not in ignored]

    @property
    def waits(self) -> bool:
        """Whether :meth:`finish` would have to wait for what is found out about the domain."""
        return self._inspecting is not None and not self._inspecting.done()

    @property
    def _works(self) -> bool:
        return self._verdict in (Verdict.VERIFIED, Verdict.PARTIAL)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What has failed so far."""
        return tuple(self._failures)

    def judge(self, registry: SqliteRegistry, evidence: Mapping[Protocol, ProtocolEvidence]) -> None:
        """Diagnose what the probe saw, and have the domain looked at where something works."""
        if self._reason is Reason.RECENTLY_VERIFIED:
            self._verdict = Verdict.VERIFIED
            return
        outcomes = [StageStatus.FAILED] * len(self._held)
        if evidence:
            diagnosis = self._diagnose(evidence)
            outcomes += diagnosis.outcome.values()
            self._failures += diagnosis.failures
            self._notices += diagnosis.warnings
            self._remember(registry, evidence, diagnosis.failures)
        self._failures += self._held.values()
        self._verdict = verdict_of(outcomes)
        if self._works and domain_stage.wanted(self._mailbox) and not domain_stage.not_possible():
            self._inspecting = self._domains.begin(self._mailbox, self._settled.provider)

    def finish(self, registry: SqliteRegistry, *, wait: bool = True) -> Outcome:
        """Take in what was found out about the domain, and register. Raises :class:`StageError`.

        Without ``wait`` a domain that is still being looked at is passed over.
        """
        if self._reason is Reason.RECENTLY_VERIFIED:
            return self._outcome(None, failed=False)
        if domain_stage.wanted(self._mailbox):
            self._judge_domain(wait)
        change = self._register(registry)
        return self._outcome(change, failed=not self._request.accepts(self._verdict))

    def _judge_domain(self, wait: bool) -> None:
        with self._stage(Stage.DOMAIN) as stage:
            judged = self._judged(wait)
            if isinstance(judged, str):
                stage.facts["why"] = judged
                return
            self._notices += judged.notices
        stage.status = judged.status
        if judged.failure is not None:
            self._failures.append(judged.failure)
            self._verdict = Verdict.FAILED

    def _judged(self, wait: bool) -> Judged | str:
        """Return what the domain means for the mailbox, or why it was not looked at."""
        declared = self._mailbox.domain
        if declared is None or self._inspecting is None:
            missing = domain_stage.not_possible()
            if missing is None or not self._works:
                return "nothing works, so the domain was not looked at"
            return domain_stage.not_looked_at(self._mailbox, missing) or missing
        if not wait and self.waits:
            return "the run was stopped"
        fault = self._inspecting.exception()
        if fault is not None:
            # What nobody foresaw says nothing about the mailbox, which works.
            return f"the collection met a fault of its own ({type(fault).__name__})"
        self._inspection = self._inspecting.result().without(frozenset(self._mailbox.ignore_checks))
        return domain_stage.judge(self._inspection, declared.fail_on)

    def stopped(self, failure: Failure) -> Outcome:
        """Return the outcome of a run that ended before its probe, or after it at the registry."""
        self._failures.append(failure)
        if failure.status is StageStatus.INCONCLUSIVE:
            self._verdict = Verdict.INCONCLUSIVE
        elif self._request.accepts(self._verdict):
            # It works, but is not registered, which is what was asked for.
            self._verdict = Verdict.FAILED
        return self._outcome(None, failed=True)

    def _remember(
        self, registry: SqliteRegistry, evidence: Mapping[Protocol, ProtocolEvidence], failures: Sequence[Failure]
    ) -> None:
        """Keep what was refused and forget what works again; where that fails, the verdict is the same."""
        try:
            why = self._records.remember(registry, evidence, failures, self._secrets)
        except StageError as error:
            why = error.failure.sentence
        if why is not None:
            text = f"What the servers refused is not remembered for later runs: {why}"
            self._notices.append(Notice("refusals_not_remembered", text, Stage.REGISTER))

    def _unprobed(self, protocol: Protocol, status: StageStatus, why: Failure | None = None) -> dict[str, Any]:
        endpoint = self._mailbox.endpoint(protocol)
        if endpoint is None:
            raise ValueError(f"the mailbox has no {protocol.value} section")
        origin = origin_of(self._settled.taken.get(protocol))
        return unprobed_section(protocol, endpoint.host or "", endpoint.port or 0, endpoint.mode, status, why, origin)

    def _diagnose(self, evidence: Mapping[Protocol, ProtocolEvidence]) -> Diagnosis:
        endpoints = dict(self._mailbox.endpoints)
        forms = tuple(
            form
            for protocol, secret in self._secrets.items()
            for form in wire_forms(Credentials(endpoints[protocol].username or "", Secret(secret.value.encode())))
        )
        context = Context(
            email=self._mailbox.email,
            usernames={protocol: endpoint.username or "" for protocol, endpoint in endpoints.items()},
            smtp=evidence.get(Protocol.SMTP),
            imap=evidence.get(Protocol.IMAP),
            secrets=forms,
            warn_days=self._mailbox.tls.warn_days,
            secret_kind=next((secret.kind for secret in self._secrets.values()), "none"),
            disabled=frozenset(self._mailbox.ignore_checks),
            same_secret=len({secret.value for secret in self._secrets.values()}) < 2,
            provider=self._settled.common_provider,
        )
        diagnosis = diagnose(context)
        for protocol, seen in evidence.items():
            statuses = diagnosis.statuses.get(protocol, {})
            origin = origin_of(self._settled.taken.get(protocol))
            self._sections[protocol] = protocol_section(seen, diagnosis.outcome[protocol], statuses, forms, origin)
            if seen.trace is not None:
                self._trace += seen.trace.lines(protocol, forms)
        return diagnosis

    def _register(self, registry: SqliteRegistry) -> Change | None:
        if not self._request.writes:
            return self._records.predicted(self._stored, self._secrets, self._verdict, self._now)
        with self._stage(Stage.REGISTER) as stage:
            summary = self._failures[0].sentence if self._failures else ""
            change = self._records.register(registry, self._secrets, self._verdict, self._now, summary)
            if change is None:
                stage.facts["why"] = "only a mailbox that works is registered; what was registered stays as it was"
            return change

    @contextlib.contextmanager
    def _stage(self, stage: Stage) -> Iterator[SharedStage]:
        """Time a stage of the whole mailbox; its status follows from what it adds, a ``why`` says it was skipped."""
        started, noticed = time.monotonic(), len(self._notices)
        entry = SharedStage(stage, StageStatus.FAILED)
        self._stages.append(entry)
        try:
            yield entry
            if "why" in entry.facts:
                entry.status = StageStatus.SKIPPED
            else:
                entry.status = StageStatus.WARNING if len(self._notices) > noticed else StageStatus.OK
        except StageError as error:
            entry.status = error.failure.status
            raise
        finally:
            entry.duration_ms = round((time.monotonic() - started) * 1000, 1)

    def _outcome(self, change: Change | None, *, failed: bool) -> Outcome:
        before = after = registered(self._stored)
        if change is not None and change.changed:
            before, after = change.before, change.after
        told = result(
            self._request.id,
            self._verdict,
            changed=change is not None and change.changed,
            reason=self._reason,
            provider=self._settled.provider or None,
            sections=self._sections,
            domain=self._inspection.as_dict() if self._inspection is not None else None,
            stages=self._stages,
            failures=self._failures,
            notices=self.notices,
            registration={
                "registry": SqliteRegistry.kind,
                "id": self._request.id,
                "before": before,
                "after": after,
            },
            timing={
                "started_at": utc_text(self._now),
                "duration_ms": round((time.monotonic() - self._began) * 1000, 1),
            },
        )
        if self._request.trace:
            told["trace"] = self._trace
        return Outcome(told, failed, before, after)
