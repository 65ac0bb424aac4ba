# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/providers.md from the table of providers.

Usage: PYTHONPATH=.cache/tree python tests/tools/providers.py > docs/providers.md
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol, Security
from ansible_collections.mailops.mailbox.plugins.module_utils._providers.model import (
    Actor,
    Credential,
    Limit,
    Provider,
    Service,
    UserName,
    Variant,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._providers.table import PROVIDERS

_WIDTH = 140
_SECURITY = {Security.TLS: "TLS", Security.STARTTLS: "STARTTLS", Security.NONE: "unprotected"}
_USER_NAMES = {
    UserName.ADDRESS: "the whole address",
    UserName.LOCAL_PART: "the part before the @",
    UserName.OTHER: "to be declared",
}
_CREDENTIALS = {
    Credential.PASSWORD: "password",
    Credential.APP_PASSWORD: "app password",
    Credential.OAUTH2: "OAuth2",
}
_ACTORS = {Actor.USER: "The user", Actor.ADMINISTRATOR: "An administrator"}
_HEAD = """\
<!--
Copyright (c) 2026, the mailops.mailbox contributors
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
-->

# Providers

What this collection knows of {count} providers: where their servers are, what they take as user name and as secret,
what must be switched on first and by whom, how much may be sent, and what surprises people. The page is generated from
the table that `provider:` and `provider: auto` use.

**Facts age.** Providers change hosts, limits and rules without a word, and nothing here is asked of them at run time.
Every fact names its sources by number, and every source its date: of the page where it has one, else of the reading.
The oldest source is of {oldest}, the newest of {newest}; {recent} of {sources} are of {year}. Before you rely on a
figure, look at its source. A declaration that gives a `host`, a `port` or a `username` goes before all of this.

- **Servers**: the first of a protocol is what is used; the others work too.
- **Told by**: addresses of these domains, or of custom domains whose mail these exchangers receive, belong here.
- **Practical** limits are no rules of the provider: they are what senders find before they are slowed down.
- DKIM selectors are those that the provider uses where its customer chose no other.
- `%EMAILDOMAIN%` stands for the domain of the address.
"""


def page() -> str:
    """Return the whole page."""
    dates = sorted(source.seen for provider in PROVIDERS for source in provider.sources.values())
    year = dates[-1][:4]
    head = _HEAD.format(
        count=len(PROVIDERS),
        oldest=dates[0],
        newest=dates[-1],
        recent=sum(date.startswith(year) for date in dates),
        sources=len(dates),
        year=year,
    )
    index = ["## Names\n", "| `provider:` | is |", "|---|---|"]
    index += sorted(
        f"| [`{variant.name}`](#{provider.name}) | {variant.title} |"
        for provider in PROVIDERS
        for variant in provider.variants
    )
    parts = [head, "\n".join(index) + "\n"]
    parts += ("\n".join(_section(provider)) for provider in sorted(PROVIDERS, key=lambda each: each.title.casefold()))
    return "\n".join(parts)


def _section(provider: Provider) -> Iterator[str]:
    numbers = {key: number for number, key in enumerate(provider.sources, 1)}

    def cited(keys: Sequence[str]) -> str:
        found = ", ".join(str(number) for number in sorted(numbers[key] for key in keys))
        return f" ({found})" if found else ""

    def fact(name: str) -> str:
        return cited(provider.fact_sources.get(name, ()))

    yield f'<a id="{provider.name}"></a>\n'
    yield f"## {provider.title}\n"
    yield "| `provider:` | SMTP | IMAP | told by |"
    yield "|---|---|---|---|"
    for variant in provider.variants:
        smtp, imap = (_servers(variant, protocol, cited) for protocol in Protocol)
        yield f"| `{variant.name}` | {smtp} | {imap} | {_told_by(variant)} |"
    yield ""
    for text in _user_names(provider):
        yield from _item(f"User name: {text}{fact('username')}.")
    for text in _secrets(provider):
        yield from _item(f"Secret: {text}{fact('credentials')}.")
    if provider.app_password_page:
        yield from _item(f"App passwords are made at <{provider.app_password_page}>{fact('app_password_page')}.")
    if provider.app_password:
        yield from _item(f"An app password looks like `{provider.app_password}`{fact('app_password')}.")
    if provider.oauth2:
        yield from _item(f"{provider.oauth2}{fact('oauth2')}")
    origins = (("domains", "Domains"), ("mx", "Mail exchangers"))
    if origin := " ".join(f"{label}: see{fact(name)}." for name, label in origins if fact(name)):
        yield from _item(origin)
    for name, label in (
        ("sending_include", "SPF of customers' domains: include"),
        ("dkim_selectors", "DKIM selectors:"),
    ):
        values = ", ".join(f"`{value}`" for value in getattr(provider, name))
        if values:
            yield from _item(f"{label} {values}{fact(name)}.")
    pace = provider.pacing
    if pace and pace.logins_per_minute:
        yield from _item(f"A fleet makes at most {pace.logins_per_minute} logins a minute here{cited(pace.sources)}.")
    if pace and pace.connections:
        yield from _item(f"At most {pace.connections} IMAP connections to one account{cited(pace.sources)}.")
    if provider.preparation:
        yield "\nBefore the first login:\n"
        for step in provider.preparation:
            where = _only(step.variants, provider)
            what = "" if len(step.protocols) > 1 else f" for {step.protocols[0].value.upper()}"
            yield from _item(f"{_ACTORS[step.by]}{what}{where}: {step.text}{cited(step.sources)}")
    if provider.limits:
        yield "\n| may send | messages or recipients | |"
        yield "|---|---|---|"
        for limit in provider.limits:
            account = f"{limit.account}{_only(limit.variants, provider)}"
            kind = "practical" if limit.practical else ""
            yield f"| {account} | {_amount(limit)}{cited(limit.sources)} | {kind} |"
    if provider.quirks:
        yield "\nWorth knowing:\n"
        for quirk in provider.quirks:
            names = ", ".join(f"{use} `{name}`" for use, name in quirk.folders.items())
            folders = f" Folders: {names}." if names else ""
            yield from _item(f"{quirk.text}{folders}{cited(quirk.sources)}")
    yield "\nSources:\n"
    for key, number in numbers.items():
        source = provider.sources[key]
        yield f"{number}. [{source.title or source.url}]({source.url}), {source.seen}"
    yield ""


def _item(text: str) -> Iterator[str]:
    yield textwrap.fill(
        text,
        _WIDTH,
        initial_indent="- ",
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _servers(variant: Variant, protocol: Protocol, cited: Callable[[Sequence[str]], str]) -> str:
    return "<br>".join(
        f"`{service.host}:{service.port}` {_SECURITY[service.security]}{cited(service.sources)}"
        for service in variant.services
        if service.protocol is protocol
    )


def _told_by(variant: Variant) -> str:
    parts = [", ".join(variant.domains)]
    parts += (f"`{pattern}`".replace("|", "\\|") for pattern in variant.domain_patterns)
    parts += (f"MX `{end}`" for end in variant.mx)
    return "<br>".join(part for part in parts if part) or "its name alone"


def _user_names(provider: Provider) -> list[str]:
    return _grouped(
        provider,
        lambda variant: _by_protocol(variant, lambda service: _USER_NAMES[service.username]),
    )


def _secrets(provider: Provider) -> list[str]:
    return _grouped(
        provider,
        lambda variant: _by_protocol(
            variant,
            lambda service: " or ".join(_CREDENTIALS[each] for each in service.credentials or variant.credentials),
        ),
    )


def _by_protocol(variant: Variant, said: Callable[[Service], str]) -> str:
    words = {
        protocol: said(next(service for service in variant.services if service.protocol is protocol))
        for protocol in Protocol
        if any(service.protocol is protocol for service in variant.services)
    }
    if len(set(words.values())) == 1:
        return next(iter(words.values()))
    return ", ".join(f"{word} for {protocol.value.upper()}" for protocol, word in words.items())


def _grouped(provider: Provider, said: Callable[[Variant], str]) -> list[str]:
    """Say of all variants at once what is the same for them."""
    groups: dict[str, list[str]] = {}
    for variant in provider.variants:
        groups.setdefault(said(variant), []).append(variant.name)
    if len(groups) == 1:
        return list(groups)
    return [f"{text} ({', '.join(f'`{name}`' for name in names)})" for text, names in groups.items()]


def _only(names: Sequence[str], provider: Provider) -> str:
    if not names or len(names) == len(provider.variants):
        return ""
    return f" (`{'`, `'.join(names)}`)"


def _amount(limit: Limit) -> str:
    spans = ((limit.per_day, "a day"), (limit.per_hour, "an hour"))
    return ", ".join(f"{amount:,} {limit.unit.value} {span}" for amount, span in spans if amount is not None)


if __name__ == "__main__":
    sys.stdout.write(page())
