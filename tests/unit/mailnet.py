# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS and https as tables, and clientConfig files by a few words."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Union

from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.candidate import Settings
from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.discover import Discoverer, DiscoveryOptions
from ansible_collections.mailops.mailbox.plugins.module_utils._dns.answer import Answer, Mx, Outcome, Srv
from ansible_collections.mailops.mailbox.plugins.module_utils._web.https import FetchError, FetchTrouble, Page

Record = Union[Mx, Srv, str]
Given = Union[Outcome, tuple[Record, ...], Answer]


class TableDns:
    """Answers out of a table of ``(name, kind)``; a name that is not in it is NXDOMAIN, another kind of it NODATA."""

    validating = False

    def __init__(self, table: Mapping[tuple[str, str], Given], delay: float = 0.0) -> None:
        self.table = dict(table)
        self.delay = delay
        self.asked: list[tuple[str, str]] = []
        self._lock = threading.Lock()

    def ask(self, name: str, kind: str, deadline: float) -> Answer:
        with self._lock:
            self.asked.append((name, kind))
        if self.delay:
            time.sleep(min(self.delay, max(0.0, deadline - time.monotonic())))
        given = self.table.get((name, kind))
        if given is None:
            known = any(other == name or other.endswith(f".{name}") for other, _kind in self.table)
            return Answer(name, kind, Outcome.NO_DATA if known else Outcome.NXDOMAIN)
        if isinstance(given, Answer):
            return given
        if isinstance(given, Outcome):
            return Answer(name, kind, given, detail=f"{name} {kind}: {given.value}.")
        return Answer(name, kind, Outcome.FOUND, given)

    def ask_all(self, questions: Iterable[tuple[str, str]], deadline: float) -> dict[tuple[str, str], Answer]:
        return {question: self.ask(*question, deadline) for question in questions}


class TableWeb:
    """Pages out of a table by URL without its query; what is not in it is 404."""

    def __init__(self, pages: Mapping[str, Union[bytes, FetchError, Callable[[], bytes]]]) -> None:
        self.pages = dict(pages)
        self.urls: list[str] = []

    def get(self, url: str, deadline: float, *, max_bytes: int = 65536, redirects: int = 0) -> Page:
        self.urls.append(url)
        page = self.pages.get(url.partition("?")[0])
        if page is None:
            raise FetchError(FetchTrouble.STATUS, "It answers with status 404.", 404)
        if isinstance(page, FetchError):
            raise page
        body = page if isinstance(page, bytes) else page()
        return Page(url, 200, "text/html" if b"<html" in body else "text/xml", body, ())


def server(
    kind: str,
    host: str,
    port: int,
    mode: str = "SSL",
    username: str = "%EMAILADDRESS%",
    authentication: tuple[str, ...] = ("password-cleartext",),
) -> str:
    """One server of a clientConfig."""
    element = "outgoingServer" if kind == "smtp" else "incomingServer"
    ways = "".join(f"<authentication>{way}</authentication>" for way in authentication)
    return (
        f'<{element} type="{kind}"><hostname>{host}</hostname><port>{port}</port><socketType>{mode}</socketType>'
        f"<username>{username}</username>{ways}</{element}>"
    )


def config(*servers: str, domains: tuple[str, ...] = ("acme.example",), before: str = "") -> bytes:
    """A whole clientConfig."""
    named = "".join(f"<domain>{domain}</domain>" for domain in domains)
    return (
        f'{before}<clientConfig version="1.1"><emailProvider id="acme">{named}<displayName>Acme</displayName>'
        f"{''.join(servers)}</emailProvider></clientConfig>"
    ).encode()


def a(name: str) -> dict[tuple[str, str], Given]:
    """An address for a name."""
    return {(name, "A"): ("192.0.2.1",)}


def found(
    email: str = "sales@acme.example",
    dns: Mapping[tuple[str, str], Given] | None = None,
    pages: Mapping[str, Any] | None = None,
    provider: str | None = None,
    **options: Any,
) -> Settings:
    """What a lookup over tables comes to."""
    discoverer = Discoverer(
        DiscoveryOptions(**options),
        TableDns(dns if dns is not None else {}),  # type: ignore[arg-type]
        TableWeb(pages or {}),  # type: ignore[arg-type]
    )
    return discoverer.settings_for(email, provider)


def ids(settings: Settings) -> list[str]:
    """The ids of findings without their first part."""
    return [one.id.partition(".")[2] for one in settings.findings]


def taken(settings: Settings) -> dict[str, str]:
    """What was chosen, as host and port by protocol."""
    return {protocol.value: f"{one.host}:{one.port}" for protocol, one in settings.chosen.items()}


def lost(settings: Settings, host: str, port: int) -> str | None:
    """Why a candidate lost."""
    return next(one.lost for one in settings.candidates if (one.host, one.port) == (host, port))
