# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The TLS settings for pages, and what a client makes of answers of DNS; nothing is connected to."""

from __future__ import annotations

import ssl
import time
from typing import Any

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._dns.answer import Answer, Outcome
from ansible_collections.mailops.mailbox.plugins.module_utils._dns.client import DnsClient
from ansible_collections.mailops.mailbox.plugins.module_utils._web.https import FetchError, FetchTrouble, HttpsClient
from ansible_collections.mailops.mailbox.plugins.module_utils._web.places import addresses_of, target_of


def test_tls_is_verified_and_not_old() -> None:
    client = HttpsClient(DnsClient(nameservers=["127.0.0.1"]))
    context = client._settings()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert not context.hostname_checks_common_name
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert client._settings() is context


class Names(DnsClient):
    """Answers out of a table."""

    def __init__(self, four: Answer, six: Answer) -> None:
        super().__init__(nameservers=["127.0.0.1"])
        self._table = {"A": four, "AAAA": six}

    def ask_all(self, questions: Any, deadline: float) -> dict[tuple[str, str], Answer]:
        return {(name, kind): self._table[kind] for name, kind in questions}


def found(kind: str, *records: str) -> Answer:
    return Answer("acme.example", kind, Outcome.FOUND if records else Outcome.NO_DATA, records)


def addresses(names: Names) -> tuple[str, ...]:
    return addresses_of(target_of("https://acme.example/"), names, time.monotonic() + 9, allow_private=False)


def test_families_take_turns_and_private_ones_are_left_out() -> None:
    four, six = found("A", "1.1.1.1", "10.0.0.1", "1.0.0.1"), found("AAAA", "2606:4700::1111")
    assert addresses(Names(four, six)) == ("1.1.1.1", "2606:4700::1111", "1.0.0.1")
    assert addresses(Names(found("A"), six)) == ("2606:4700::1111",)


@pytest.mark.parametrize(
    ("four", "six", "says"),
    [
        (Outcome.NO_DATA, Outcome.NO_DATA, "has no address"),
        (Outcome.NO_DATA, Outcome.SERVFAIL, "AAAA says servfail"),
        (Outcome.SERVFAIL, Outcome.NO_DATA, "A says servfail"),
        (Outcome.NXDOMAIN, Outcome.NXDOMAIN, "A says nxdomain"),
    ],
)
def test_why_there_is_no_address(four: Outcome, six: Outcome, says: str) -> None:
    table = {
        kind: Answer("acme.example", kind, out, detail=f"{kind} says {out.value}.")
        for kind, out in (("A", four), ("AAAA", six))
    }
    with pytest.raises(FetchError) as caught:
        addresses(Names(table["A"], table["AAAA"]))
    assert caught.value.trouble is FetchTrouble.DNS
    assert says in caught.value.text


def test_an_error_has_its_text() -> None:
    error = FetchError(FetchTrouble.STATUS, "It answers with status 404.", 404)
    assert (str(error), error.status) == ("It answers with status 404.", 404)
