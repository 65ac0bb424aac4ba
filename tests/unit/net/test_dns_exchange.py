# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a name server's bytes become; the socket is a stand-in that hands out what the test wrote."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.mailops.mailbox.plugins.module_utils._dns import exchange as module
from ansible_collections.mailops.mailbox.plugins.module_utils._dns.answer import Answer, Mx, Outcome, Srv
from ansible_collections.mailops.mailbox.plugins.module_utils._dns.exchange import Exchange, Server
from ansible_collections.mailops.mailbox.plugins.module_utils._dns.reading import KINDS

SERVER = Server("127.0.0.1", 53)
Script = Callable[[bytes, bool], list[bytes]]


class Wire:
    """A connected socket: what is sent to it is answered by the script, and after that comes nothing in time."""

    def __init__(self, script: Script, tcp: bool) -> None:
        self._script, self._tcp = script, tcp
        self._replies: Iterator[bytes] = iter(())
        self._stream = b""

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_unused: object) -> None:
        return

    def settimeout(self, _seconds: float) -> None:
        return

    def send(self, data: bytes) -> None:
        self._replies = iter(self._script(data, False))

    def sendall(self, data: bytes) -> None:
        self._stream = b"".join(self._script(data[2:], True))

    def recv(self, size: int) -> bytes:
        if self._tcp:
            piece, self._stream = self._stream[:size], self._stream[size:]
            return piece
        try:
            return next(self._replies)
        except StopIteration:
            raise TimeoutError from None


def ask(script: Script, kind: str = "A", name: str = "acme.example", *, validating: bool = True) -> Answer:
    def connected(_server: Server, sort: socket.SocketKind, _end: float) -> Any:
        return Wire(script, sort == socket.SOCK_STREAM)

    real, module._connected = module._connected, connected
    try:
        return Exchange(name, kind, validating=validating).ask(SERVER, 5)
    finally:
        module._connected = real


def answering(*records: str, rcode: str = "NOERROR", flags: int = 0, authority: str = "") -> Script:
    def script(data: bytes, tcp: bool) -> list[bytes]:
        query = dns.message.from_wire(data)
        message = dns.message.make_response(query)
        message.flags |= flags
        message.set_rcode(dns.rcode.from_text(rcode))
        for record in records:
            owner, ttl, kind, text = record.split(" ", 3)
            message.answer.append(dns.rrset.from_text(owner, int(ttl), "IN", kind, text))
        if authority:
            owner, ttl, kind, text = authority.split(" ", 3)
            message.authority.append(dns.rrset.from_text(owner, int(ttl), "IN", kind, text))
        wire = message.to_wire()
        return [len(wire).to_bytes(2, "big") + wire if tcp else wire]

    return script


def test_what_is_asked() -> None:
    sent: list[dns.message.Message] = []

    def script(data: bytes, _tcp: bool) -> list[bytes]:
        sent.append(dns.message.from_wire(data))
        return []

    ask(script, "MX")
    ask(script, "MX")
    query = sent[0]
    assert query.question[0].to_text() == "acme.example. IN MX"
    assert (query.edns, query.payload, bool(query.ednsflags & dns.flags.DO)) == (0, 1232, True)
    assert query.flags == dns.flags.RD | dns.flags.AD
    assert sent[0].id != sent[1].id, "ids are drawn; two are alike once in 65,536 runs"


@pytest.mark.parametrize(
    ("record", "value"),
    [
        ("acme.example. 60 MX 5 MAIL.Acme.Example.", Mx(5, "mail.acme.example")),
        ("acme.example. 60 MX 0 .", Mx(0, "")),
        ("acme.example. 60 SRV 1 2 465 .", Srv(1, 2, 465, "")),
        ('acme.example. 60 TXT "a" "" "b\\255"', b"ab\xff"),
        ("acme.example. 60 NS A.example.", "a.example"),
        ("acme.example. 60 PTR .", ""),
        ("acme.example. 60 AAAA 2001:DB8:0::1", "2001:db8::1"),
        (f"acme.example. 60 DS 1 13 2 {'AB' * 32}", f"1 13 2 {'ab' * 32}"),
    ],
)
def test_the_form_of_records(record: str, value: Any) -> None:
    answer = ask(answering(record), record.split()[2])
    assert (answer.outcome, answer.records, answer.ttl) == (Outcome.FOUND, (value,), 60)


def test_records_have_one_order() -> None:
    records = [
        "acme.example. 60 MX 20 a.example.",
        "acme.example. 60 MX 10 c.example.",
        "acme.example. 60 MX 10 b.example.",
    ]
    there, back = ask(answering(*records), "MX"), ask(answering(*reversed(records)), "MX")
    assert there == back
    assert [mx.exchange for mx in there.records] == ["b.example", "c.example", "a.example"]


def test_the_lowest_ttl_counts_and_absence_has_that_of_the_soa() -> None:
    chain = ("acme.example. 30 CNAME b.example.", "b.example. 600 A 192.0.2.1")
    assert ask(answering(*chain)).ttl == 30
    soa = "example. 900 SOA ns.example. h.example. 1 2 3 4 45"
    assert ask(answering(authority=soa)).ttl == 45
    assert ask(answering()).ttl is None


@pytest.mark.parametrize("rcode", ["NOERROR", "NXDOMAIN"])
@pytest.mark.parametrize("validating", [True, False])
def test_the_ad_bit(rcode: str, validating: bool) -> None:
    for flags in (0, int(dns.flags.AD)):
        answer = ask(answering(rcode=rcode, flags=flags), validating=validating)
        assert answer.authentic is (validating and bool(flags))


def test_the_servers_own_reason() -> None:
    def script(data: bytes, _tcp: bool) -> list[bytes]:
        message = dns.message.make_response(dns.message.from_wire(data))
        message.set_rcode(dns.rcode.SERVFAIL)
        option = dns.edns.EDEOption(6, "no\x1b[31m match" + "x" * 300)
        message.use_edns(0, 0, 1232, options=[option])
        return [message.to_wire()]

    answer = ask(script)
    assert answer.outcome is Outcome.SERVFAIL
    assert "DNSSEC bogus (no[31m match" in answer.detail
    assert len(answer.detail) < 320
    assert answer.detail.isprintable()


@pytest.mark.parametrize("flags", [0, int(dns.flags.AD)])
def test_a_cut_off_answer_is_not_used(flags: int) -> None:
    whole = answering("acme.example. 60 A 192.0.2.1", "acme.example. 60 A 192.0.2.2", flags=flags)
    part = answering("acme.example. 60 A 192.0.2.1", flags=int(dns.flags.TC))
    answer = ask(lambda data, tcp: whole(data, tcp) if tcp else part(data, tcp))
    assert answer.records == ("192.0.2.1", "192.0.2.2")


def test_an_answer_cut_in_the_middle_of_a_record_goes_to_tcp_as_well() -> None:
    whole = answering("acme.example. 60 A 192.0.2.1")
    part = answering("acme.example. 60 A 192.0.2.1", flags=int(dns.flags.TC))
    assert ask(lambda data, tcp: whole(data, tcp) if tcp else [part(data, tcp)[0][:-13]]).outcome is Outcome.FOUND


def test_a_system_without_a_way_to_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_unused: object) -> Any:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(module, "_connected", unreachable)
    answer = Exchange("acme.example", "A", validating=False).ask(SERVER, 5)
    assert (answer.outcome, "Network is unreachable" in answer.detail) == (Outcome.TIMEOUT, True)


def test_an_address_that_is_none() -> None:
    answer = Exchange("acme.example", "A", validating=False).ask(Server("dns.example", 53), 5)
    assert not answer.outcome.definite


def sane(answer: Answer) -> None:
    assert isinstance(answer, Answer)
    assert isinstance(answer.outcome, Outcome)
    assert bool(answer.detail) is (answer.outcome is not Outcome.FOUND)
    assert bool(answer.records) is (answer.outcome is Outcome.FOUND)
    hash(answer)


kinds = st.sampled_from(sorted(KINDS))


@settings(max_examples=300)
@given(st.lists(st.binary(max_size=120), max_size=3), st.binary(max_size=200), kinds)
def test_no_bytes_are_too_strange(datagrams: list[bytes], stream: bytes, kind: str) -> None:
    sane(ask(lambda data, tcp: [stream] if tcp else [data[:2] + datagram for datagram in datagrams], kind))


@settings(max_examples=500)
@given(
    kinds,
    st.sampled_from(["udp", "tcp"]),
    st.integers(0, 2**16 - 1),
    st.integers(0, 255),
    st.binary(max_size=150),
    st.integers(0, 3),
)
def test_no_records_are_too_strange(kind: str, transport: str, flags: int, count: int, rest: bytes, code: int) -> None:
    """The right id and question, and anything after that."""

    def script(data: bytes, tcp: bool) -> list[bytes]:
        if transport == "tcp" and not tcp:
            return [data[:2] + b"\x82\x00" + data[4:6] + bytes(6) + data[12:]]
        end = data.index(b"\0", 12) + 5
        wire = (
            data[:2] + (flags & 0x7FF0 | 0x8000 | code).to_bytes(2, "big") + b"\0\1" + bytes([0, count % 5]) + bytes(4)
        )
        wire += data[12:end] + b"\xc0\x0c" + data[end - 4 : end] + rest
        return [len(wire).to_bytes(2, "big") + wire if tcp else wire]

    begun = time.monotonic()
    sane(ask(script, kind))
    assert time.monotonic() - begun < 60, "bounded, whatever it is"


TEXTS = {
    "A": "192.0.2.1",
    "AAAA": "2001:db8::1",
    "CNAME": "b.example.",
    "DS": f"1 13 2 {'ab' * 32}",
    "MX": "1 b.example.",
    "NS": "b.example.",
    "PTR": "b.example.",
    "SRV": "1 2 3 b.example.",
    "TLSA": f"3 1 1 {'ab' * 32}",
    "TXT": '"a" "b"',
}


@settings(max_examples=300)
@given(kinds, st.data())
def test_no_damage_to_a_good_answer_is_too_strange(kind: str, data: st.DataObject) -> None:
    good = answering(f"acme.example. 60 {kind} {TEXTS[kind]}")

    def script(query: bytes, tcp: bool) -> list[bytes]:
        wire = bytearray(good(query, False)[0])
        for _unused in range(data.draw(st.integers(1, 4))):
            wire[data.draw(st.integers(2, len(wire) - 1))] = data.draw(st.integers(0, 255))
        damaged = bytes(wire)
        return [len(damaged).to_bytes(2, "big") + damaged if tcp else damaged]

    sane(ask(script, kind))
