# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""All that is found about a sending domain: every mechanism side by side, in a fixed order, in time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import Any

from .._dns.client import DnsClient
from .._models.names import AUTO_PROVIDER
from .._providers import table
from .._web.https import HttpsClient
from . import block_lists, dane, dkim, dmarc, dnssec, mta_sts, mx, spf, tls_rpt, tracking
from .ask import Ask, normal
from .dane_rules import DOMAIN
from .finding import Finding, Section, Severity, Status, status_of
from .rules import finding

ORDER = ("mx", "spf", "dkim", "dmarc", "mta_sts", "tls_rpt", "dane", "dnssec", "block_lists", "tracking")
"""The sections of an inspection."""

AT_ONCE = 4
"""Domains that are inspected side by side."""

_GRACE = 0.5
"""Seconds for what ends together with the deadline."""

_BADGES = (Status.FAILED, Status.WARNING, Status.UNKNOWN)


@dataclass(frozen=True)
class DomainRequest:
    """What is to be inspected.

    ``provider`` is the name of a variant in the table of providers, whose SPF include and DKIM selectors the domain
    should have; ``auto`` takes the one that receives its mail, empty takes none. ``spf_domain`` is the domain of the
    envelope sender and ``dkim_domains`` are those that sign, where they are known. ``timeout`` is in seconds.
    """

    domain: str
    provider: str = ""
    dkim_selectors: tuple[str, ...] = ()
    sending_ips: tuple[str, ...] = ()
    tracking_hosts: tuple[str, ...] = ()
    blocklists: tuple[str, ...] = ()
    spf_domain: str | None = None
    dkim_domains: tuple[str, ...] = ()
    timeout: float = 15.0
    allow_private: bool = False


@dataclass(frozen=True)
class Inspection:
    """What was found, section by section in the order of :data:`ORDER`. ``provider`` receives its mail."""

    domain: str
    sections: tuple[Section, ...]
    provider: str = ""
    gateway: str = ""

    @property
    def status(self) -> Status:
        """The worst of the sections; a warning counts even where the section is merely absent."""
        statuses = {section.status for section in self.sections} | {status_of(self.findings)}
        return next((badge for badge in _BADGES if badge in statuses), Status.OK)

    @property
    def judged(self) -> bool:
        """Whether anything could be found out."""
        return any(section.status not in (Status.UNKNOWN, Status.SKIPPED) for section in self.sections)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, the worst first, else in the order of the sections."""
        found = [entry for section in self.sections for entry in section.findings]
        return tuple(sorted(found, key=lambda entry: list(Severity).index(entry.severity)))

    def without(self, ignored: frozenset[str]) -> Inspection:
        """Return the inspection as if findings with these ids had not been made."""
        if not any(entry.id in ignored for entry in self.findings):
            return self
        return replace(self, sections=tuple(_without(section, ignored) for section in self.sections))

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for a result."""
        return {
            "domain": self.domain,
            "status": self.status.value,
            "provider": self.provider or None,
            "gateway": self.gateway or None,
            "sections": {one.name: {"status": one.status.value, "facts": dict(one.facts)} for one in self.sections},
            "findings": [
                {
                    "id": entry.id,
                    "severity": entry.severity.value,
                    "text": entry.text,
                    "cause": entry.cause,
                    "remedy": entry.remedy,
                    "reference": entry.reference,
                    "evidence": dict(entry.evidence),
                }
                for entry in self.findings
            ],
        }


def inspect_all(requests: Sequence[DomainRequest], dns: DnsClient, web: HttpsClient) -> list[Inspection]:
    """Inspect several domains, some side by side, each with a deadline of its own; in the order of the requests."""
    with ThreadPoolExecutor(min(AT_ONCE, max(1, len(requests))), "mailbox-domain") as pool:
        return list(pool.map(lambda request: inspect(request, dns, web), requests))


def inspect(request: DomainRequest, dns: DnsClient, web: HttpsClient) -> Inspection:
    """Return all that is found about a domain within ``request.timeout`` seconds."""
    request = replace(request, domain=normal(request.domain))
    deadline = time.monotonic() + request.timeout

    def ask(name: str, kind: str) -> Any:
        return dns.ask(name, kind, deadline)

    work = _work(request, ask, web, deadline, local=dns.validating)
    pool = ThreadPoolExecutor(len(ORDER) + 1, "mailbox-domain")
    try:
        pool.submit(_ahead, request, dns, deadline)
        running = {name: pool.submit(work[name]) for name in ORDER}
        wait(running.values(), timeout=max(0.0, deadline + _GRACE - time.monotonic()))
        sections = tuple(_taken(request.domain, name, running[name]) for name in ORDER)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    first = sections[0]
    known = table.by_domain(request.domain)
    provider = mx.found_provider(first) if "records" in first.facts else ""
    gateway = str(first.facts.get("gateway") or "")
    return Inspection(request.domain, sections, known.variant.name if known else provider, gateway)


def _work(
    request: DomainRequest, ask: Ask, web: HttpsClient, deadline: float, *, local: bool
) -> dict[str, Callable[[], Section]]:
    domain, private = request.domain, request.allow_private
    named = "" if request.provider == AUTO_PROVIDER else request.provider

    def of_spf() -> Section:
        known = _provider(request, ask)
        includes = known.provider.sending_include if known else ()
        return spf.section(domain, ask, includes=includes, sending_ips=request.sending_ips)

    def of_dkim() -> Section:
        known = _provider(request, ask)
        expected = dict.fromkeys(known.provider.dkim_selectors, known.provider.title) if known else {}
        return dkim.section(domain, ask, selectors=request.dkim_selectors, expected=expected)

    return {
        "mx": lambda: mx.section(domain, ask, provider=named, allow_private=private),
        "spf": of_spf,
        "dkim": of_dkim,
        "dmarc": lambda: dmarc.section(domain, ask, spf_domain=request.spf_domain, dkim_domains=request.dkim_domains),
        "mta_sts": lambda: mta_sts.section(domain, ask, lambda url: web.get(url, deadline)),
        "tls_rpt": lambda: tls_rpt.section(domain, ask),
        "dane": lambda: dane.section(domain, ask, local=local),
        "dnssec": lambda: dnssec.section(domain, ask, local=local),
        "block_lists": lambda: block_lists.section(
            ask, ips=request.sending_ips, zones=request.blocklists, allow_private=private
        ),
        "tracking": lambda: tracking.section(domain, ask, hosts=request.tracking_hosts, allow_private=private),
    }


def _provider(request: DomainRequest, ask: Ask) -> table.Known | None:
    """Return whose SPF include and DKIM selectors the domain should have."""
    if request.provider != AUTO_PROVIDER:
        return table.by_name(request.provider) if request.provider else None
    return table.by_domain(request.domain) or table.by_name(
        mx.found_provider(mx.section(request.domain, ask, allow_private=True))
    )


def _ahead(request: DomainRequest, dns: DnsClient, deadline: float) -> None:
    """Ask side by side for what the sections ask for one after the other; the client asks every question once."""
    domain = request.domain
    below = (f"_dmarc.{domain}", f"_mta-sts.{domain}", f"_smtp._tls.{domain}")
    plain = [(domain, "MX"), (domain, "TXT"), (domain, "DS"), *((name, "TXT") for name in below)]
    dns.ask_all([*plain, *_of_lists(request)], deadline)
    hosts = (*mx.exchanges_of(domain, lambda name, kind: dns.ask(name, kind, deadline))[0], *request.tracking_hosts)
    dns.ask_all([(host, kind) for host in hosts for kind in ("A", "AAAA")], deadline)


def _of_lists(request: DomainRequest) -> Iterator[tuple[str, str]]:
    for zone in request.blocklists if request.sending_ips else ():
        yield block_lists.question(block_lists.TESTS[0][0], normal(zone)), "A"


def _taken(domain: str, name: str, future: Future[Section]) -> Section:
    if not future.done():
        told = finding(DOMAIN, "domain.late", section=name, domain=domain)
        return Section(name, Status.UNKNOWN, {}, (told,))
    error = future.exception()
    if error is None:
        return future.result()
    # One mechanism that nobody foresaw must not hide what the others found.
    told = finding(DOMAIN, "domain.fault", section=name, domain=domain, what=type(error).__name__)
    return Section(name, Status.UNKNOWN, {}, (told,))


def _without(section: Section, ignored: frozenset[str]) -> Section:
    kept = tuple(entry for entry in section.findings if entry.id not in ignored)
    if len(kept) == len(section.findings) or section.status not in (Status.FAILED, Status.WARNING):
        return replace(section, findings=kept)
    return replace(section, findings=kept, status=status_of(kept))
