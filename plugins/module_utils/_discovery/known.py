# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What the table of providers knows, as candidates."""

from __future__ import annotations

from .._providers import table
from .._providers.model import Variant
from .._providers.table import Known
from .candidate import Candidate, Origin, Trust
from .clientconfig import oddities

EMAIL_DOMAIN = "%EMAILDOMAIN%"


def candidates_of(known: Known, domain: str, origin: Origin, trust: Trust, found_by: str = "") -> tuple[Candidate, ...]:
    """Return the services of a provider; ``found_by`` says how it was told, for people."""
    source = f"the table of providers ({known.variant.title}{f', {found_by}' if found_by else ''})"
    return tuple(
        Candidate(
            protocol=service.protocol,
            host=service.host.replace(EMAIL_DOMAIN, domain),
            port=service.port,
            security=service.security,
            origin=origin,
            trust=trust,
            source=source,
            username=service.username,
            provider=known.variant.name,
            notes=oddities(service.host),
            position=position,
        )
        for position, service in enumerate(known.variant.services)
    )


def by_host(host: str, domain: str) -> Known | None:
    """Return whose server ``host`` is.

    Several variants may share a server. For a customer's own domain that is the one which receives mail for such
    domains, not the one with addresses in domains of the provider.
    """
    known = table.by_host(host)
    if known is None or domain in known.variant.domains:
        return known
    for variant in known.provider.variants:
        if variant.mx and not variant.domains and any(service.host == host for service in variant.services):
            return Known(known.provider, variant)
    return known


def like_it(known: Known) -> tuple[str, ...]:
    """Return the names of other variants that the same mail exchangers may stand for.

    Those are the ones that share an end of a name, and those that neither mail exchangers nor domains tell.
    """
    ends = set(known.variant.mx)
    return tuple(
        variant.name
        for variant in known.provider.variants
        if variant.services != known.variant.services and (ends & set(variant.mx) or not _told(variant))
    )


def _told(variant: Variant) -> bool:
    return bool(variant.mx or variant.domains or variant.domain_patterns)
