# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS and https in memory: what is not said otherwise exists and is healthy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.mailops.mailbox.plugins.module_utils._dns.answer import Answer, Mx, Outcome, Tlsa
from ansible_collections.mailops.mailbox.plugins.module_utils._web.https import FetchError, FetchTrouble, Page

DOMAIN = "acme.example"
PUBLIC = "203.0.114.7"
"""Not of a documentation range, which is no public address."""

DIGEST = "ab" * 32
HEALTHY: dict[tuple[str, str], Any] = {
    (DOMAIN, "MX"): [Mx(10, "mx1.acme.example"), Mx(20, "mx2.acme.example")],
    ("mx1.acme.example", "A"): [PUBLIC],
    ("mx2.acme.example", "A"): [PUBLIC],
    (".", "NS"): Answer(".", "NS", Outcome.FOUND, ("a.root.example",), authentic=True),
    (DOMAIN, "DS"): ["20326 8 2 e06d"],
    ("_mta-sts.acme.example", "TXT"): [b"v=STSv1; id=20260131T093000;"],
    ("mta-sts.acme.example", "A"): [PUBLIC],
    ("_smtp._tls.acme.example", "TXT"): [b"v=TLSRPTv1; rua=mailto:tls@acme.example,https://report.acme.example/v1"],
    ("_25._tcp.mx1.acme.example", "TLSA"): [Tlsa(3, 1, 1, DIGEST)],
    ("_25._tcp.mx2.acme.example", "TLSA"): [Tlsa(2, 0, 2, "cd" * 64)],
    ("2.0.0.127.list.example", "A"): ["127.0.0.2"],
    ("link.acme.example", "A"): [PUBLIC],
    ("link.acme.example", "AAAA"): Outcome.NO_DATA,
    ("link.acme.example", "CNAME"): ["custom.tracker.example"],
}
POLICY = b"version: STSv1\r\nmode: enforce\r\nmx: mx1.acme.example\r\nmx: *.acme.example\r\nmax_age: 2419200\r\n"


class Memory:
    """An ``ask`` over ``{(name, kind): records or outcome}``; ``authentic`` is said of all that is found."""

    def __init__(self, changes: Mapping[tuple[str, str], Any] | None = None, *, authentic: bool = True) -> None:
        self.records = {**HEALTHY, **(changes or {})}
        self.authentic = authentic
        self.asked: list[tuple[str, str]] = []

    def __call__(self, name: str, kind: str) -> Answer:
        self.asked.append((name, kind))
        found = self.records.get((name, kind))
        if isinstance(found, Answer):
            return found
        if isinstance(found, Outcome):
            return Answer(name, kind, found)
        exists = any(other == name or other.endswith(f".{name}") for other, _kind in self.records)
        if found is None:
            outcome = Outcome.NO_DATA if exists else Outcome.NXDOMAIN
            return Answer(name, kind, outcome, aliases=self._aliases(name), authentic=self.authentic)
        aliases = self._aliases(name) if kind != "CNAME" else ()
        return Answer(name, kind, Outcome.FOUND, tuple(found), aliases, authentic=self.authentic)

    def _aliases(self, name: str) -> tuple[str, ...]:
        target = self.records.get((name, "CNAME"))
        return tuple(target) if isinstance(target, list) else ()


def page(body: bytes = POLICY, content_type: str = "text/plain") -> Callable[[str], Page]:
    """A web server that has the policy."""
    return lambda url: Page(url, 200, content_type, body, ())


def trouble(kind: FetchTrouble, status: int | None = None) -> Callable[[str], Page]:
    """A web server that does not give the page."""

    def fetch(url: str) -> Page:
        raise FetchError(kind, f"{url} had trouble.", status)

    return fetch
