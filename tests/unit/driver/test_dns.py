# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Explaining a failed look-up, against a name server of the test's own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._driver.connect import interleave
from ansible_collections.mailops.mailbox.plugins.module_utils._driver.dns_explain import explain

NO_NAME = socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@contextmanager
def name_server(rcode: dns.rcode.Rcode | None, records: dict[str, str]) -> Iterator[int]:
    """Answer every question with ``rcode`` (None: not at all) and the record of its type, if there is one."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    sock.settimeout(10)

    def serve() -> None:
        while True:
            try:
                data, peer = sock.recvfrom(4096)
            except OSError:
                return
            if rcode is None:
                continue
            query = dns.message.from_wire(data)
            question = query.question[0]
            answer = dns.message.make_response(query)
            answer.flags |= dns.flags.RA
            answer.set_rcode(rcode)
            kind = dns.rdatatype.to_text(question.rdtype)
            if kind in records:
                answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, records[kind]))
            sock.sendto(answer.to_wire(), peer)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield sock.getsockname()[1]
    finally:
        sock.close()


@pytest.mark.parametrize(
    ("rcode", "records", "kind"),
    [
        (dns.rcode.NXDOMAIN, {}, "nxdomain"),
        (dns.rcode.NOERROR, {}, "no_address"),
        (dns.rcode.NOERROR, {"MX": "10 mx.acme.example."}, "mx_only"),
        (dns.rcode.NOERROR, {"A": "192.0.2.1"}, "failed"),
        (dns.rcode.SERVFAIL, {}, "servfail"),
        (None, {}, "timeout"),
    ],
)
def test_dns_says_why(rcode: dns.rcode.Rcode | None, records: dict[str, str], kind: str) -> None:
    with name_server(rcode, records) as port:
        reason = explain("mail.acme.example", NO_NAME, nameservers=["127.0.0.1"], port=port, lifetime=1.5)
    assert reason.kind == kind
    assert "mail.acme.example" in reason.text


def test_families_alternate_beginning_with_the_first() -> None:
    assert interleave(["2001:db8::1", "2001:db8::2", "192.0.2.1"]) == ("2001:db8::1", "192.0.2.1", "2001:db8::2")
    assert interleave([]) == ()
