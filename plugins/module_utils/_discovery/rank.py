# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Which candidate is taken, and why the others are not: by trust, then by how specific a source is for the domain.

The order does not depend on who answered first. Where trust is equal, the more specific source goes first. Trust
changes that order in three places:

* SRV that could have been forged (not authentic, and leading out of the mail domain) comes after the database of
  settings: that one can't be changed by who sits between this machine and its resolver.
* A provider told by MX is not certain while further mail exchangers belong to somebody else. It then comes after what
  the domain says itself, and after the database.
* What SRV says the domain does not offer (a target of ".") is not taken from any source but an explicit name and the
  table's own domains: not logging in harms nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from .._models.names import Protocol, Security
from .candidate import Candidate, Finding, Origin, Trust
from .described import oauth2_only
from .lookup import Id

ORDER: tuple[tuple[Trust, Origin], ...] = (
    (Trust.HIGH, Origin.PROVIDER_NAME),
    (Trust.HIGH, Origin.PROVIDER_DOMAIN),
    (Trust.HIGH, Origin.PROVIDER_MX),
    (Trust.HIGH, Origin.SRV),
    (Trust.HIGH, Origin.AUTOCONFIG),
    (Trust.MEDIUM, Origin.ISPDB),
    (Trust.MEDIUM, Origin.PROVIDER_MX),
    (Trust.MEDIUM, Origin.SRV),
    (Trust.MEDIUM, Origin.ISPDB_MX),
    (Trust.MEDIUM, Origin.AUTOCONFIG_MX),
    (Trust.LOW, Origin.GUESS),
)

LABELS: dict[Origin, str] = {
    Origin.PROVIDER_NAME: "the provider that was named",
    Origin.PROVIDER_DOMAIN: "the table of providers, by domain",
    Origin.PROVIDER_MX: "the table of providers, by MX",
    Origin.SRV: "SRV",
    Origin.AUTOCONFIG: "autoconfig of the domain",
    Origin.ISPDB: "the database of settings, by domain",
    Origin.AUTOCONFIG_MX: "autoconfig of the mail exchanger's domain",
    Origin.ISPDB_MX: "the database of settings, by MX",
    Origin.GUESS: "a common name",
}

_TABLE = (Origin.PROVIDER_NAME, Origin.PROVIDER_DOMAIN, Origin.PROVIDER_MX)
_ABOVE_SRV = (Origin.PROVIDER_NAME, Origin.PROVIDER_DOMAIN)
_PROTOCOLS = tuple(Protocol)
_SECURITIES = tuple(Security)

Ways = Collection[tuple[Protocol, Security]]


def ranked(
    candidates: Iterable[Candidate], refused: Ways = ()
) -> tuple[tuple[Candidate, ...], dict[Protocol, Candidate]]:
    """Return all candidates in the order of their rank with the reasons why they lost, and the chosen ones."""
    sorted_out = sorted((_sorted_out(candidate, refused) for candidate in dict.fromkeys(candidates)), key=_rank)
    chosen: dict[Protocol, Candidate] = {}
    told: list[Candidate] = []
    for candidate in sorted_out:
        if candidate.lost is None:
            best = chosen.setdefault(candidate.protocol, candidate)
            told.append(candidate if best is candidate else candidate.losing(_why(best, candidate)))
        else:
            told.append(candidate)
    return tuple(told), chosen


def not_offered(refused: Ways, chosen: Collection[Protocol]) -> tuple[Protocol, ...]:
    """Return the protocols that the domain says it has not, in any way."""
    both = (Security.TLS, Security.STARTTLS)
    return tuple(
        protocol
        for protocol in _PROTOCOLS
        if protocol not in chosen and all((protocol, security) in refused for security in both)
    )


def disagreements(
    domain: str, candidates: Iterable[Candidate], chosen: dict[Protocol, Candidate]
) -> tuple[Finding, ...]:
    """Return what sources that could have been taken say otherwise than the chosen one: another host."""
    told = [entry for entry in candidates if entry.trust is not Trust.LOW and entry.security is not Security.NONE]
    lines = []
    for protocol, best in chosen.items():
        agreed = {entry.host for entry in told if _source(entry) == _source(best) and entry.protocol is protocol}
        heard: set[tuple[Origin, str]] = set()
        for entry in told:
            if entry.protocol is not protocol or _source(entry) in heard or _source(entry) == _source(best):
                continue
            heard.add(_source(entry))
            if entry.host not in agreed:
                lines.append(f"{protocol.value.upper()}: {entry.source} names {entry.host}, and {best.host} is taken")
    if not lines:
        return ()
    return (Id.SOURCES_DISAGREE.finding(f"Sources disagree about {domain}. {'; '.join(lines)}."),)


def _sorted_out(candidate: Candidate, refused: Ways) -> Candidate:
    """Return the candidate with the reason why it can't be taken at all, where there is one."""
    if candidate.lost is not None:
        return candidate
    if candidate.security is Security.NONE:
        return candidate.losing("it has no TLS, and the password would travel in the clear")
    if candidate.trust is Trust.LOW:
        return candidate.losing("nobody said so, the name merely exists; declare the host if it is right")
    if (candidate.protocol, candidate.security) in refused and candidate.origin not in (*_ABOVE_SRV, Origin.SRV):
        how = "implicit TLS" if candidate.security is Security.TLS else "STARTTLS"
        return candidate.losing(
            f'the domain says by SRV that it has no {candidate.protocol.value.upper()} with {how} (".")'
        )
    return candidate


def _rank(candidate: Candidate) -> tuple[object, ...]:
    place = (candidate.trust, candidate.origin)
    ours = candidate.origin in _TABLE
    return (
        _PROTOCOLS.index(candidate.protocol),
        candidate.lost is not None,
        ORDER.index(place) if place in ORDER else len(ORDER),
        oauth2_only(candidate),
        # The table is in the order in which services are to be used.
        0 if ours else _SECURITIES.index(candidate.security),
        candidate.position,
        candidate.source,
        candidate.host,
        candidate.port,
        # So that even those which differ in nothing that matters have an order.
        repr(candidate),
    )


def _source(candidate: Candidate) -> tuple[Origin, str]:
    return candidate.origin, "" if candidate.origin is Origin.SRV else candidate.source


def _settings(candidate: Candidate) -> tuple[object, ...]:
    return candidate.host, candidate.port, candidate.security, candidate.username, candidate.username_pattern


def _why(best: Candidate, other: Candidate) -> str:
    if _settings(best) == _settings(other):
        return "it has the same settings as the chosen one"
    if best.origin is other.origin and best.trust is other.trust:
        return _why_inside(best, other)
    origins = tuple(Origin)
    if origins.index(other.origin) < origins.index(best.origin):
        return f"it is trusted less ({other.trust.value}) than {LABELS[best.origin]}"
    return f"{LABELS[best.origin]} outranks {LABELS[other.origin]}"


def _why_inside(best: Candidate, other: Candidate) -> str:
    if oauth2_only(other) and not oauth2_only(best):
        return "it takes no password"
    if other.security is Security.STARTTLS and best.security is Security.TLS:
        return f"port {other.port} with STARTTLS comes after implicit TLS (RFC 8314 s. 3.3)"
    return f"the same source puts {best.host} port {best.port} first"
