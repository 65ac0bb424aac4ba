# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Asks a domain for its clientConfig over https, and never over http."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from .._dns.answer import Outcome
from .._web.https import FetchError, FetchTrouble
from .candidate import Origin, Trust
from .clientconfig import ClientConfig, is_web_page, read
from .described import Told, candidates_of
from .lookup import NOTHING, Found, Id

if TYPE_CHECKING:
    from .._dns.client import DnsClient
    from .._web.https import HttpsClient

MAX_BYTES = 65536
REDIRECTS = 3

# A host whose name is for this purpose should do its work; a web server may have its own reasons.
_NO_WEB_SERVER = (FetchTrouble.DNS, FetchTrouble.CONNECT, FetchTrouble.TLS)
_SUSPICIOUS = (FetchTrouble.REDIRECT_REFUSED, FetchTrouble.PRIVATE_ADDRESS, FetchTrouble.TOO_LARGE)


@dataclass(frozen=True)
class Place:
    """Where to ask: the host whose existence is looked up first, and the address.

    ``stand_in`` is the local part in its query. ``dedicated`` says that the host exists only to be asked.
    """

    host: str
    url: str
    stand_in: str = ""
    dedicated: bool = True


def places(domain: str, stand_in: str) -> tuple[Place, ...]:
    """Return where a mail domain keeps its configuration, the more specific place first."""
    query = f"?emailaddress={quote(f'{stand_in}@{domain}', safe='')}" if stand_in else ""
    host = f"autoconfig.{domain}"
    return (
        Place(host, f"https://{host}/mail/config-v1.1.xml{query}", stand_in),
        Place(domain, f"https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml", dedicated=False),
    )


class Autoconfig:
    """Reads configurations over https."""

    def __init__(self, dns: DnsClient, web: HttpsClient) -> None:
        self._dns = dns
        self._web = web

    def of_domain(self, domain: str, place: Place, first: int, deadline: float) -> Found:
        """Return what the mail domain itself says at ``place``; who answers there proved by TLS to be the domain."""
        told = Told(Origin.AUTOCONFIG, Trust.HIGH, place.url.partition("?")[0], place.stand_in, first)
        return self._found(domain, place, told, deadline)

    def of_mail_exchange(self, domain: str, mx_domain: str, first: int, deadline: float) -> Found:
        """Return what the domain of the mail exchanger says about ``domain``, whose name it is not told."""
        host = f"autoconfig.{mx_domain}"
        place = Place(host, f"https://{host}/mail/config-v1.1.xml")
        told = Told(Origin.AUTOCONFIG_MX, Trust.MEDIUM, place.url, "", first)
        return self._found(domain, place, told, deadline)

    def of_database(self, domain: str, url: str, told: Told, deadline: float) -> Found:
        """Return what a database says at ``url`` about ``domain``; 404 is *not in it*."""
        try:
            page = self._web.get(url, deadline, max_bytes=MAX_BYTES, redirects=REDIRECTS)
        except FetchError as error:
            if error.status in (404, 410):
                return NOTHING
            return Found(findings=(Id.ISPDB_FAILED.finding(f"The database of settings was not read: {error.text}"),))
        return self._described(page.body, domain, told, Id.ISPDB_FAILED)

    def _found(self, domain: str, place: Place, told: Told, deadline: float) -> Found:
        if not self._exists(place.host, deadline):
            return NOTHING
        try:
            page = self._web.get(place.url, deadline, max_bytes=MAX_BYTES, redirects=REDIRECTS)
        except FetchError as error:
            return _failed(told.source, error, dedicated=place.dedicated)
        if is_web_page(page.body, page.content_type):
            # Many web servers answer every address with a page for people.
            return NOTHING
        return self._described(page.body, domain, told, Id.AUTOCONFIG_FAILED)

    def _described(self, body: bytes, domain: str, told: Told, failed: Id) -> Found:
        config = read(body)
        if isinstance(config, ClientConfig):
            return candidates_of(config, domain, told)
        kind = Id.AUTOCONFIG_REFUSED if config.hostile else failed
        return Found(findings=(kind.finding(f"The file at {told.source} is not used: it {config.why}."),))

    def _exists(self, host: str, deadline: float) -> bool:
        """Tell whether a host may have an address; where DNS gives no answer, that is left to the connection."""
        answers = self._dns.ask_all([(host, "A"), (host, "AAAA")], deadline).values()
        return not all(answer.outcome.definite and answer.outcome is not Outcome.FOUND for answer in answers)


def _failed(source: str, error: FetchError, *, dedicated: bool) -> Found:
    missing = error.trouble is FetchTrouble.STATUS and error.status is not None and error.status < 500
    if missing or (error.trouble in _NO_WEB_SERVER and not dedicated):
        return NOTHING
    if error.trouble is FetchTrouble.TIMEOUT:
        kind = Id.TIMEOUT
    else:
        kind = Id.AUTOCONFIG_REFUSED if error.trouble in _SUSPICIOUS else Id.AUTOCONFIG_FAILED
    return Found(findings=(kind.finding(f"{source} was not read: {error.text}"),))
