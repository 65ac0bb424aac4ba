# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The domain stage of a mailbox run: each domain is looked at once a run, beside whatever else goes on."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._dns.client import DnsClient, missing_dnspython
from .._domain.finding import COUNTED, Finding, Severity, Status
from .._models.address import domain_of
from .._models.failure import Cause, Failure, Notice
from .._models.mailbox import Mailbox
from .._models.names import Category, Confidence, FailOn, Protocol, Stage, StageStatus
from .._providers import table
from .discovery_options import options_of

if TYPE_CHECKING:
    # What looks at domains takes a tenth of the time of all imports, and few mailboxes ask for it.
    from .._domain.inspect import DomainRequest, Inspection
    from .._web.https import HttpsClient


@dataclass(frozen=True)
class Judged:
    """What a domain means for one of its mailboxes."""

    status: StageStatus
    notices: tuple[Notice, ...]
    failure: Failure | None


class DomainChecks:
    """Looks at domains in threads of its own. :meth:`begin` is called from one thread; no mail server is contacted.

    ``options`` are those of ``discovery``: who answers questions to DNS, whom https trusts, and the time for a domain.
    """

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        self._options = options_of(options)
        self._begun: dict[DomainRequest, Future[Inspection]] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._clients: tuple[DnsClient, HttpsClient] | None = None

    def begin(self, mailbox: Mailbox, provider: str) -> Future[Inspection]:
        """Have the domain of a mailbox looked at, unless it was. ``provider`` is the name of a variant, or empty."""
        request = self._request(mailbox, provider)
        if request not in self._begun:
            self._begun[request] = self._submit(request)
        return self._begun[request]

    def close(self) -> None:
        """Begin nothing any more; what is under way ends at its deadline."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _submit(self, request: DomainRequest) -> Future[Inspection]:
        from .._domain.inspect import AT_ONCE, inspect
        from .._web.https import HttpsClient

        if self._pool is None or self._clients is None:
            options = self._options
            dns = DnsClient(nameservers=options.nameservers, port=options.dns_port)
            self._clients = (dns, HttpsClient(dns, ca=options.ca, allow_private=options.allow_private))
            self._pool = ThreadPoolExecutor(AT_ONCE, "mailbox-domain")
        return self._pool.submit(inspect, request, *self._clients)

    def _request(self, mailbox: Mailbox, provider: str) -> DomainRequest:
        from .._domain.inspect import DomainRequest

        declared = mailbox.domain
        if declared is None:
            raise ValueError("the mailbox does not ask for its domain")
        smtp = mailbox.endpoint(Protocol.SMTP)
        by_host = table.by_host(smtp.host) if smtp is not None and smtp.host else None
        return DomainRequest(
            domain=domain_of(mailbox.email),
            provider=provider or (by_host.variant.name if by_host else ""),
            dkim_selectors=declared.dkim_selectors,
            sending_ips=declared.sending_ips,
            tracking_hosts=declared.tracking_hosts,
            blocklists=declared.blocklists,
            timeout=self._options.timeout,
            allow_private=self._options.allow_private,
        )


def wanted(mailbox: Mailbox) -> bool:
    """Tell whether a mailbox asks for its domain to be looked at."""
    return mailbox.domain is not None and mailbox.domain.check


def not_possible() -> str | None:
    """Return why domains can't be looked at here, or None."""
    return missing_dnspython()


def not_looked_at(mailbox: Mailbox, missing: str) -> Judged | None:
    """Return what it means that domains can't be looked at here; None for a mailbox that does not depend on it."""
    if mailbox.domain is None or mailbox.domain.fail_on is FailOn.NEVER:
        return None
    domain = domain_of(mailbox.email)
    failure = Failure(
        category=Category.DELIVERABILITY_DNS,
        stage=Stage.DOMAIN,
        sentence=f"The domain {domain} was not looked at, and domain.fail_on asks for one that is in order.",
        causes=(
            Cause(
                missing,
                "Install it on the machine that runs this task (python -m pip install dnspython), or take "
                "domain.fail_on out of the declaration.",
                Confidence.HIGH,
            ),
        ),
        evidence={"domain": domain, "findings": []},
    )
    return Judged(StageStatus.FAILED, (), failure)


def judge(inspection: Inspection, fail_on: FailOn) -> Judged:
    """Tell failures, warnings and what is only worth knowing apart; the last is in the result alone."""
    counted = COUNTED[fail_on]
    faults = [entry for entry in inspection.findings if entry.severity in counted]
    others = [
        entry for entry in inspection.findings if entry.severity is not Severity.INFO and entry.severity not in counted
    ]
    notices = tuple(Notice(entry.id, f"{entry.text} {entry.remedy}", Stage.DOMAIN) for entry in others)
    if faults:
        return Judged(StageStatus.FAILED, notices, _failure(inspection.domain, faults))
    if notices:
        return Judged(StageStatus.WARNING, notices, None)
    if inspection.status is not Status.UNKNOWN:
        return Judged(StageStatus.OK, (), None)
    return Judged(StageStatus.INCONCLUSIVE, () if inspection.judged else (_unanswered(inspection.domain),), None)


def _unanswered(domain: str) -> Notice:
    text = (
        f"Nothing could be found out about the domain {domain}, because no name server answered in time. Check the "
        "resolver of the machine that runs this task, or name others as discovery.nameservers."
    )
    return Notice("domain.unanswered", text, Stage.DOMAIN)


def _failure(domain: str, faults: list[Finding]) -> Failure:
    first = faults[0].text
    more = len(faults) - 1
    rest = f" {more} more of its findings fail{'s' if more == 1 else ''} it too." if more else ""
    return Failure(
        category=Category.DELIVERABILITY_DNS,
        stage=Stage.DOMAIN,
        sentence=f"The domain {domain} is not in order, and domain.fail_on asks for that: {first}{rest}",
        causes=tuple(
            Cause(f"{entry.text} {entry.cause} ({entry.id}, {entry.reference})", entry.remedy, Confidence.HIGH)
            for entry in faults
        ),
        evidence={"domain": domain, "findings": [entry.id for entry in faults]},
    )
