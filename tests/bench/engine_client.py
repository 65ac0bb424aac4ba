# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine alone, as one client of the bench: a job (JSON) on standard input, what came of it on standard output."""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from collections import deque
from functools import partial
from pathlib import Path
from typing import Any

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol, Security, Stage
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import Secret
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import ProtocolEvidence
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import (
    Credentials,
    ImapPlan,
    SmtpPlan,
    Target,
    TlsPlan,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._run.crew import Crew, Probe
from ansible_collections.mailops.mailbox.plugins.module_utils._run.probe import Engine, MailboxPlan

TIMEOUT = 60.0
LAST_STAGES = {Protocol.SMTP: (Stage.AUTH, Stage.RECIPIENT), Protocol.IMAP: (Stage.AUTH, Stage.LIST, Stage.SELECT)}


class Job:
    """The mailboxes that are left, and what became of the others."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._given = given
        self.host: str = given["host"]
        self.waiting = deque(given["users"])
        self.verified = 0
        self.problems: list[str] = []
        self.durations: list[float] = []
        self.kept: list[dict[Protocol, ProtocolEvidence]] = []

    def plan(self, user: str) -> MailboxPlan:
        """Return what to probe of a user's mailbox."""
        given = self._given
        tls = TlsPlan(given["host"], ca=given["ca"])
        smtp = Target(Protocol.SMTP, given["host"], given["smtp_port"], Security.TLS, tls)
        imap = Target(Protocol.IMAP, given["host"], given["imap_port"], Security.TLS, tls)
        credentials = Credentials(user, Secret(given["password"].encode()))
        return MailboxPlan(
            SmtpPlan(smtp, "[127.0.0.1]", (user,), user, user, credentials), ImapPlan(imap, credentials), TIMEOUT
        )

    def count(self, user: str, evidence: dict[Protocol, ProtocolEvidence], took: float) -> None:
        """Take down the result of one mailbox."""
        problem = why_not_verified(evidence)
        self.durations.append(took)
        if self._given.get("keep_evidence"):
            self.kept.append(evidence)
        if problem is None:
            self.verified += 1
        elif len(self.problems) < 5:
            self.problems.append(f"{user}: {problem}")


def why_not_verified(evidence: dict[Protocol, ProtocolEvidence]) -> str | None:
    """Return what a mailbox lacks of a complete proof, or None."""
    for protocol, stages in LAST_STAGES.items():
        seen = evidence[protocol]
        stopped = seen.stopped_at
        if stopped is not None:
            return f"{protocol.value} stopped at {stopped.stage.value}: {stopped.fault}"
        if seen.tls is None or not seen.tls.verified or not seen.authenticated:
            return f"{protocol.value} proved no login under verified TLS"
        missing = [stage.value for stage in stages if seen.stage(stage) is None]
        if missing:
            return f"{protocol.value} did not reach {', '.join(missing)}"
    return None


def run(job: Job, in_flight: int, helper: bool) -> None:
    """Probe mailboxes until none is left, with a helper where a fleet would have one, or without."""
    crew = Crew(Engine())
    plans = {user: job.plan(user) for user in job.waiting}
    if helper:
        crew.enlist(plans)
    addresses = {job.host: (job.host,)}
    running = 0

    def start_next() -> None:
        nonlocal running
        if job.waiting:
            user = job.waiting.popleft()
            began = time.monotonic()
            finished = partial(done, user, began)
            crew.start(user, plans[user], finished, addresses=addresses, running=running)
            running += 1

    def done(user: str, began: float, probe: Probe) -> None:
        nonlocal running
        running -= 1
        job.count(user, probe.evidence, time.monotonic() - began)
        start_next()

    try:
        for _unused in range(in_flight):
            start_next()
        crew.engine.loop.run_until(lambda: not running)
    finally:
        crew.close()
        crew.engine.loop.close()


def cpu_seconds() -> float:
    """Return the CPU time of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peak_kib() -> int:
    """Return this process's peak RSS, without what it was before exec (as ru_maxrss has it)."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def main() -> None:
    """Run the job."""
    given = json.load(sys.stdin)
    job = Job(given)
    before = cpu_seconds()
    run(job, given["in_flight"], given["helper"])
    outcome = {
        "verified": job.verified,
        "problems": job.problems,
        "cpu_before": before,
        "median_s": statistics.median(job.durations),
        "peak_kib": peak_kib(),
    }
    json.dump(outcome, sys.stdout)


if __name__ == "__main__":
    main()
