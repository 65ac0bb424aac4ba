# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""From the arguments of ``mailbox_settings_info`` to its result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from .._discovery import plan
from .._discovery.candidate import Candidate, Settings
from .._discovery.discover import Discoverer
from .._discovery.lookup import Id
from .._models.address import mail_address
from .._models.names import AUTO_PROVIDER, Protocol
from .._providers import table
from .._providers.model import Credential
from .._providers.nearest import nearest
from .._providers.preparation import checklist
from .connection import Outcome
from .discovery_options import options_of, problems_of

_IDS = tuple(one.value for one in Id)
_VERBS = {Protocol.SMTP: "sends by", Protocol.IMAP: "reads from"}


def find(params: Mapping[str, Any], discoverer: Discoverer | None = None) -> Outcome:
    """Do what the arguments ask for."""
    problems = list(_problems(params))
    if problems:
        told = "\n".join(["Nothing was looked up, because the arguments can't be used.", *problems])
        return Outcome({"changed": False, "msg": told}, failed=True)
    emails = list(dict.fromkeys(mail_address(email) for email in params["email"]))
    discoverer = discoverer or Discoverer(options_of(params))
    if params["provider"] == AUTO_PROVIDER:
        discoverer.prepare(emails)
    ignored = frozenset(params["ignore_checks"] or ())
    found = {email: _heard(discoverer.settings_for(email, params["provider"]), ignored) for email in emails}
    missing = [email for email, settings in found.items() if _missing(settings)]
    result = {
        "changed": False,
        "msg": "\n".join(_sentence(email, settings) for email, settings in found.items()),
        "settings": {email: _result(email, settings) for email, settings in found.items()},
        "missing": missing,
        "lookups": discoverer.lookups,
        "plan": plan.plan(found),
    }
    return Outcome(result, failed=bool(missing) and params["fail_on_missing"])


def _problems(params: Mapping[str, Any]) -> Iterator[str]:
    for number, email in enumerate(params["email"]):
        try:
            mail_address(email)
        except ValueError:
            yield f"email[{number}] is not a mail address. Write local-part@domain."
    name = params["provider"]
    if name != AUTO_PROVIDER and table.by_name(name) is None:
        near = nearest(name)
        yield f"provider is not in the table. {f'Did you mean {near}?' if near else 'See docs/providers.md.'}"
    if not params["email"]:
        yield "email must not be empty."
    for one in params["ignore_checks"] or ():
        if one not in _IDS:
            like = get_close_matches(one, _IDS, n=1)
            hint = f"Did you mean {like[0]}?" if like else "They are listed in docs/discovery.md."
            yield f"ignore_checks: no finding has this id. {hint}"
    yield from (str(problem) for problem in problems_of(params))


def _heard(settings: Settings, ignored: frozenset[str]) -> Settings:
    return replace(settings, findings=tuple(one for one in settings.findings if one.id not in ignored))


def _missing(settings: Settings) -> list[Protocol]:
    return [one for one in Protocol if one not in settings.chosen and one not in settings.not_offered]


def _sentence(email: str, settings: Settings) -> str:
    if not settings.chosen:
        why = " ".join(one.text for one in settings.findings if one.id != Id.NOT_FOUND.value)
        return f"No settings were found for {email}.{' ' + why if why else ''}"
    parts = [
        f"{_VERBS[protocol]} {chosen.host} port {chosen.port} ({chosen.security.value}) as "
        f"{chosen.login_of(email)}, by {chosen.source}, trust {chosen.trust.value}"
        for protocol, chosen in sorted(settings.chosen.items(), key=lambda pair: list(Protocol).index(pair[0]))
    ]
    parts += [f"the domain offers no {one.value.upper()}" for one in settings.not_offered]
    parts += [f"nothing was found for {one.value.upper()}" for one in _missing(settings)]
    known = table.by_name(settings.provider) if settings.provider else None
    only = known is not None and set(known.variant.credentials) == {Credential.OAUTH2}
    return (
        f"{email} {'; '.join(parts)}.{f' {known.variant.title} takes OAuth2, no password.' if known and only else ''}"
    )


def _result(email: str, settings: Settings) -> dict[str, Any]:
    chosen = settings.chosen
    return {
        "email": email,
        "domain": settings.domain,
        "msg": _sentence(email, settings),
        **{one.value: _service(email, chosen[one]) if one in chosen else None for one in Protocol},
        "missing": [one.value for one in _missing(settings)],
        "not_offered": [one.value for one in settings.not_offered],
        "provider": _provider(settings.provider),
        "gateway": settings.gateway or None,
        "candidates": [
            {
                "protocol": one.protocol.value,
                **_service(email, one),
                "chosen": chosen.get(one.protocol) is one,
                "lost": one.lost,
            }
            for one in settings.candidates
        ],
        "findings": [{"id": one.id, "text": one.text} for one in settings.findings],
        "plan": plan.entry(email, settings),
        "elapsed": round(settings.elapsed, 3),
    }


def _service(email: str, candidate: Candidate) -> dict[str, Any]:
    return {
        "host": candidate.host,
        "port": candidate.port,
        "security": candidate.security.value,
        "username": candidate.login_of(email),
        "origin": candidate.origin.value,
        "trust": candidate.trust.value,
        "source": candidate.source,
        "provider": candidate.provider or None,
        "authentication": list(candidate.authentication),
        "notes": list(candidate.notes),
    }


def _provider(name: str) -> dict[str, Any] | None:
    known = table.by_name(name) if name else None
    if known is None:
        return None
    provider, variant = known.provider, known.variant
    return {
        "name": variant.name,
        "title": variant.title,
        "account": variant.account or None,
        "credentials": [kind.value for kind in variant.credentials],
        "app_password_page": provider.app_password_page or None,
        "oauth2": provider.oauth2 or None,
        "preparation": checklist(known),
        "limits": [
            {
                "account": one.account,
                "unit": one.unit.value,
                "per_day": one.per_day,
                "per_hour": one.per_hour,
                "practical": one.practical,
                "sources": known.cited(one.sources),
            }
            for one in provider.limits
            if known.concerned_by(one)
        ],
    }
