# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Finds the settings of mail domains: every source at once, one lookup for each domain, in time.

Nothing here has a credential, and no source is told an address: DNS and https see domains, and autoconfig hosts besides
a stand-in that every domain has (``postmaster``).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING

from .._dns.answer import Answer, Outcome
from .._models.address import mail_address
from .._models.names import AUTO_PROVIDER, Protocol, Security
from .._providers import table
from . import guess, known, srv
from .autoconfig import Autoconfig, places
from .candidate import Candidate, Finding, Origin, Settings, Trust
from .described import Told, oauth2_only
from .exchange import MailExchange, domains_of, judge
from .ispdb import IspdbDirectory
from .lookup import AUTOCONFIG, GUESS, ISPDB, MX, NOTHING, SRV, TABLE, DiscoveryOptions, Found, Id
from .rank import disagreements, not_offered, ranked
from .together import OneFlight, side_by_side

if TYPE_CHECKING:
    from .._dns.client import DnsClient
    from .._web.https import HttpsClient

__all__ = ["Discoverer", "DiscoveryOptions"]

AT_ONCE = 8
"""Mail domains that :meth:`Discoverer.prepare` looks up side by side."""
_QUESTIONS = 32
"""Questions that one lookup has under way at most, so that one whose servers are silent takes nothing from others."""

_MX_SHARE = 0.5
"""The share of the time that the first question may take."""
_OWN_SHARE = 0.9
"""The share of the time after which sources give up by themselves, so that they can say what failed."""

_Work = dict[str, Callable[[], "Found | srv.Asked"]]


class Discoverer:
    """Finds settings; made once for a run. Thread-safe: a domain is looked up once, whoever asks and how often."""

    def __init__(self, options: DiscoveryOptions, dns: DnsClient | None = None, web: HttpsClient | None = None) -> None:
        self._options = options
        self._dns = dns
        self._web = web
        self._database = IspdbDirectory(options.ispdb_path) if options.ispdb_path else None
        self._flights: OneFlight[Settings] = OneFlight()
        self._lock = threading.Lock()
        self.lookups = 0
        """How many domains were looked up over the network."""

    def settings_for(self, email: str, provider: str | None = None) -> Settings:
        """Return what was found for the domain of an address.

        ``provider`` is a name of the table, or None or ``auto`` to find out. With a name, and for domains of the table,
        nothing is asked of anybody.

        :raises ValueError: with the id of a fault, where ``email`` is no address.
        """
        domain = mail_address(email).rpartition("@")[2]
        name = provider if provider and provider != AUTO_PROVIDER else ""
        return self._flights.get((domain, name), lambda: self._named(domain, name) if name else self._found(domain))

    def prepare(self, emails: Iterable[str]) -> None:
        """Look up the domains of all these addresses, side by side; afterwards :meth:`settings_for` answers at once.

        It takes at most the timeout for every :data:`AT_ONCE` domains. What is no address is passed over.
        """
        waiting: list[str] = []
        for email in emails:
            try:
                waiting.append(mail_address(email).rpartition("@")[2])
            except ValueError:
                continue
        domains = iter(sorted(set(waiting)))
        lock = threading.Lock()

        def work() -> None:
            while True:
                with lock:
                    domain = next(domains, None)
                if domain is None:
                    return
                # What nobody foresaw is raised again for whoever asks for the settings.
                with suppress(Exception):
                    self._flights.get((domain, ""), partial(self._found, domain))

        threads = [
            threading.Thread(target=work, name="discovery", daemon=True)
            for _unused in range(min(AT_ONCE, len(set(waiting))))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _named(self, domain: str, name: str) -> Settings:
        entry = table.meant_by(name, domain)
        if entry is None:
            near = get_close_matches(name, table.names(), n=3)
            hint = f" Near names: {', '.join(near)}." if near else ""
            finding = Id.PROVIDER_UNKNOWN.finding(f"There is no provider {name} in the table.{hint}")
            return Settings(domain, findings=(finding,))
        found = known.candidates_of(entry, domain, Origin.PROVIDER_NAME, Trust.HIGH)
        return _settled(domain, found, (), provider=entry.variant.name)

    def _found(self, domain: str) -> Settings:
        entry = table.by_domain(domain) if TABLE in self._options.sources else None
        if entry is not None:
            sure = known.candidates_of(entry, domain, Origin.PROVIDER_DOMAIN, Trust.HIGH, f"by the domain {domain}")
            told = self._database.of_domain(domain) if self._database and ISPDB in self._options.sources else NOTHING
            return _settled(domain, (*sure, *told.candidates), told.findings, provider=entry.variant.name)
        if domain.startswith("["):
            text = "The address names a host by its number, so that there is no domain to ask. Declare the hosts."
            return Settings(domain, findings=(Id.ADDRESS_LITERAL.finding(text),))
        return _Lookup(domain, self._options, *self._clients(), self._database).run()

    def _clients(self) -> tuple[DnsClient, HttpsClient]:
        from .._dns.client import DnsClient
        from .._web.https import HttpsClient

        options = self._options
        with self._lock:
            self.lookups += 1
            if self._dns is None:
                self._dns = DnsClient(
                    nameservers=options.nameservers, port=options.dns_port, at_once=AT_ONCE * _QUESTIONS
                )
            if self._web is None:
                self._web = HttpsClient(self._dns, ca=options.ca, allow_private=options.allow_private)
            return self._dns, self._web


class _Lookup:
    """One lookup of one domain."""

    def __init__(
        self, domain: str, options: DiscoveryOptions, dns: DnsClient, web: HttpsClient, database: IspdbDirectory | None
    ) -> None:
        self._domain = domain
        self._options = options
        self._dns = dns
        self._autoconfig = Autoconfig(dns, web)
        self._database = database
        self._began = time.monotonic()
        self._end = self._began + options.timeout
        self._own_end = self._began + options.timeout * _OWN_SHARE

    def run(self) -> Settings:
        """Ask who receives the mail, then all sources at once, and rank what they say."""
        answer = self._mail_answer()
        mail = judge(self._domain, answer, use_table=self._uses(TABLE)) if answer is not None else MailExchange()
        findings = list(mail.findings)
        if answer is not None and not answer.outcome.definite:
            findings.append(_unanswered(self._domain, answer))
        work = self._work(mail, answer)
        done = side_by_side(work, self._end)
        late = [name for name in work if name not in done]
        if late:
            text = f"These sources did not answer for {self._domain} in {self._options.timeout:g} s: {', '.join(late)}."
            findings.append(Id.TIMEOUT.finding(text))
        refused: frozenset[tuple[Protocol, Security]] = frozenset()
        candidates = list(mail.candidates(self._domain))
        for found in done.values():
            if isinstance(found, srv.Asked):
                found = srv.offered(self._domain, found, mail)
                refused = found.refused
            candidates += found.candidates
            findings += found.findings
        return _settled(
            self._domain,
            candidates,
            findings,
            refused=refused,
            provider=mail.known.variant.name if mail.known else "",
            gateway=mail.gateway.title if mail.gateway else "",
            began=self._began,
        )

    def _uses(self, source: str) -> bool:
        return source in self._options.sources

    def _mail_answer(self) -> Answer | None:
        """Return the MX records; the first question tells whether there is such a domain, too."""
        if not self._uses(MX) and not any(self._uses(source) for source in (SRV, AUTOCONFIG, GUESS)):
            return None
        return self._dns.ask(self._domain, "MX", self._began + self._options.timeout * _MX_SHARE)

    def _work(self, mail: MailExchange, answer: Answer | None) -> _Work:
        """Return what there is to ask: nothing in a domain that is not there, or whose name servers don't answer."""
        domain, end = self._domain, self._own_end
        work: _Work = {}
        if answer is not None and answer.outcome in (Outcome.FOUND, Outcome.NO_DATA):
            if self._uses(SRV):
                work["SRV"] = partial(srv.ask, domain, self._dns, end)
            if self._uses(AUTOCONFIG):
                for number, place in enumerate(places(domain, self._options.stand_in)):
                    name = "autoconfig" if place.dedicated else "well-known"
                    work[name] = partial(self._autoconfig.of_domain, domain, place, 100 * number, end)
            if self._uses(GUESS):
                work["common names"] = partial(guess.guesses, domain, self._dns, end)
            if self._uses(MX) and mail.best and mail.known is None and mail.gateway is None:
                work["MX"] = partial(self._of_mail_exchange, mail.best)
        if self._uses(ISPDB) and self._database is not None:
            work["database"] = partial(self._database.of_domain, domain)
        if self._uses(ISPDB) and self._options.ispdb_url:
            work["database over https"] = partial(self._of_database, domain, Origin.ISPDB)
        return work

    def _of_mail_exchange(self, exchange: str) -> Found:
        found = NOTHING
        if self._uses(ISPDB) and self._database is not None:
            found += self._database.of_mail_exchange(self._domain, exchange)
        places_of_mx = [name for name in domains_of(exchange, self._dns, self._own_end) if name != self._domain]
        for number, name in enumerate(places_of_mx):
            if self._uses(ISPDB) and self._options.ispdb_url:
                found += self._of_database(name, Origin.ISPDB_MX)
            if self._uses(AUTOCONFIG):
                found += self._autoconfig.of_mail_exchange(self._domain, name, 100 * number, self._own_end)
        return found

    def _of_database(self, key: str, origin: Origin) -> Found:
        url = f"{(self._options.ispdb_url or '').rstrip('/')}/{key}"
        told = Told(origin, Trust.MEDIUM, f"the database of settings ({url})")
        return self._autoconfig.of_database(self._domain, url, told, self._own_end)


def _unanswered(domain: str, answer: Answer) -> Finding:
    from .._dns.client import missing_dnspython

    missing = missing_dnspython()
    if missing is not None:
        return Id.DNS_LIBRARY.finding(f"{missing} Only the table and a directory of settings can be used for {domain}.")
    detail = answer.detail or f"DNS did not answer for {domain} (MX)."
    return Id.DNS_FAILED.finding(
        f"{detail} Nothing in {domain} was asked further, because its names can't be looked up."
    )


def _settled(
    domain: str,
    candidates: Iterable[Candidate],
    findings: Iterable[Finding],
    *,
    refused: frozenset[tuple[Protocol, Security]] = frozenset(),
    provider: str = "",
    gateway: str = "",
    began: float | None = None,
) -> Settings:
    told, chosen = ranked((_owned(domain, candidate) for candidate in candidates), refused)
    without = not_offered(refused, chosen)
    all_findings = [*findings, *disagreements(domain, told, chosen)]
    for protocol in Protocol:
        name = protocol.value.upper()
        if protocol in without:
            text = f'{domain} says by SRV (target ".") that it offers no {name}; nothing is taken for it.'
            all_findings.append(Id.NOT_OFFERED.finding(text))
        elif protocol not in chosen:
            all_findings.append(Id.NOT_FOUND.finding(f"No settings for {name} were found for {domain}."))
        elif oauth2_only(chosen[protocol]):
            text = f"{chosen[protocol].host} takes no password for {name}, only OAuth2 or the like."
            all_findings.append(Id.OAUTH2_ONLY.finding(text))
    return Settings(
        domain=domain,
        candidates=told,
        provider=provider or _provider_of(domain, chosen),
        gateway=gateway,
        findings=tuple(dict.fromkeys(all_findings)),
        elapsed=0.0 if began is None else time.monotonic() - began,
        chosen=chosen,
        not_offered=without,
    )


def _owned(domain: str, candidate: Candidate) -> Candidate:
    owner = None if candidate.provider else known.by_host(candidate.host, domain)
    return candidate if owner is None else replace(candidate, provider=owner.variant.name)


def _provider_of(domain: str, chosen: dict[Protocol, Candidate]) -> str:
    """Return whose servers were chosen, where all of them are one provider's."""
    owners = [known.by_host(candidate.host, domain) for candidate in chosen.values()]
    names = {owner.variant.name if owner else "" for owner in owners}
    return names.pop() if len(names) == 1 else ""
