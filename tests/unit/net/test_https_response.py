# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is made of a response of https, byte by byte, and where redirects may lead; without any server."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._web import https as https_module
from ansible_collections.mailops.mailbox.plugins.module_utils._web.https import (
    FetchError,
    FetchTrouble,
    HttpsClient,
    Page,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._web.places import target_of
from ansible_collections.mailops.mailbox.plugins.module_utils._web.response import read_page
from ansible_collections.mailops.mailbox.plugins.module_utils._web.timed import Timed

TARGET = target_of("https://autoconfig.acme.example/mail/config-v1.1.xml")
OK = b"HTTP/1.1 200 OK\r\n"


def record_fault() -> ssl.SSLError:
    fault = ssl.SSLError(1, "[SSL: BAD_RECORD_TYPE] bad record type")
    fault.reason = "BAD_RECORD_TYPE"
    return fault


class Wire:
    """Stands in for a TLS socket: says what it was given, piece by piece, then ends or raises."""

    def __init__(self, *pieces: bytes, end: Exception | None = None) -> None:
        self.pieces, self.end = list(pieces), end
        self.sent = b""
        self.closed = False

    def settimeout(self, seconds: float) -> None:
        assert seconds > 0

    def recv_into(self, buffer: memoryview) -> int:
        if not self.pieces:
            if self.end is not None:
                raise self.end
            return 0
        piece = self.pieces.pop(0)
        now, later = piece[: len(buffer)], piece[len(buffer) :]
        if later:
            self.pieces.insert(0, later)
        buffer[: len(now)] = now
        return len(now)

    def sendall(self, octets: bytes) -> None:
        self.sent += octets

    def close(self) -> None:
        self.closed = True


def soon() -> float:
    return time.monotonic() + 30


def read(*pieces: bytes, max_bytes: int = 100, end: Exception | None = None) -> Page:
    return read_page(Timed(Wire(*pieces, end=end), soon(), max_bytes), TARGET, max_bytes)


def trouble(*pieces: bytes, max_bytes: int = 100, end: Exception | None = None) -> tuple[FetchTrouble, str]:
    with pytest.raises(FetchError) as found:
        read(*pieces, max_bytes=max_bytes, end=end)
    return found.value.trouble, found.value.text


def bytewise(octets: bytes) -> Iterable[bytes]:
    return (octets[place : place + 1] for place in range(len(octets)))


@pytest.mark.parametrize("cut", [lambda octets: (octets,), bytewise], ids=["at once", "byte by byte"])
@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"Content-Type: Text/XML; charset=utf-8\r\nContent-Length: 3\r\n\r\n", b"<a>"),
        (b"Content-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n", b"2\r\n<a\r\n1\r\n>\r\n0\r\n\r\n"),
        (b"Content-Type: text/xml\r\nContent-Encoding: IDENTITY\r\nConnection: close\r\n\r\n", b"<a>"),
    ],
    ids=["length", "chunks", "until the end"],
)
def test_a_page_is_read_however_it_is_framed(head: bytes, body: bytes, cut) -> None:
    page = read(*cut(OK + head + body))
    assert (page.status, page.content_type, page.body, page.url) == (200, "text/xml", b"<a>", TARGET.url)


def test_another_status_has_no_body_and_says_where_it_leads() -> None:
    page = read(b"HTTP/1.1 302 Found\r\nLocation: https://b.example/x\r\n\r\n" + b"x" * 5000)
    assert (page.status, page.url, page.body) == (302, "https://b.example/x", b"")
    assert read(b"HTTP/1.1 404 Not Found\r\n\r\n").url == ""


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 101\r\n\r\n",
        OK + b"\r\n" + b"x" * 101,
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"65\r\n" + b"x" * 101 + b"\r\n0\r\n\r\n",
    ],
    ids=["declared", "endless", "in one chunk"],
)
def test_no_more_is_read_than_is_wanted(answer: bytes) -> None:
    kind, text = trouble(answer)
    assert kind is FetchTrouble.TOO_LARGE
    assert "100 octets" in text


def test_a_head_without_end_is_given_up() -> None:
    assert trouble(OK, *[b"X-Pad: " + b"y" * 1000 + b"\r\n"] * 2000)[0] is FetchTrouble.MALFORMED
    chunks = OK + b"Transfer-Encoding: chunked\r\n\r\n"
    assert trouble(chunks, *[b"1;" + b"e" * 5000 + b"\r\nx\r\n"] * 200, max_bytes=10_000)[0] is FetchTrouble.TOO_LARGE


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (OK + b"Content-Length: 9\r\n\r\n<a>", "ends in the middle"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n9\r\n<a>", "ends in the middle"),
        (OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b", "compressed"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nnine\r\n<a>", "ends in the middle"),
        (b"220 mail.acme.example ESMTP\r\n", "not HTTP"),
        (b"", "not HTTP"),
        (b"HTTP/1.1 abc\r\n\r\n", "not HTTP"),
    ],
)
def test_what_is_no_whole_response_is_said_to_be_none(answer: bytes, said: str) -> None:
    kind, text = trouble(answer)
    assert kind is FetchTrouble.MALFORMED
    assert said in text


def test_a_stream_that_is_cut_off_is_not_taken_for_the_whole() -> None:
    cut = ssl.SSLEOFError(8, "EOF occurred in violation of protocol")
    assert trouble(OK + b"\r\n<a>", end=cut) == trouble(OK + b"Content-Length: 9\r\n\r\n<a>")


def test_time_is_over_even_where_something_comes() -> None:
    with pytest.raises(TimeoutError):
        read_page(Timed(Wire(OK), time.monotonic() - 1, 100), TARGET, 100)


class Site(HttpsClient):
    """A client whose pages come from a table."""

    def __init__(self, pages: dict[str, tuple[int, str]]) -> None:
        super().__init__(None)
        self.pages, self.asked = pages, []

    def _get_one(self, target, deadline, max_bytes) -> Page:
        self.asked.append(target.url)
        status, what = self.pages[target.url]
        return Page(target.url, 200, "text/plain", what.encode()) if status == 200 else Page(what, status, "", b"")


A, B, C = "https://a.example/", "https://b.example/", "https://c.example/"


def test_redirects_are_followed_as_far_as_they_may() -> None:
    site = Site({A: (301, B), B: (307, C), C: (200, "here")})
    page = site.get(A, soon(), redirects=2)
    assert (page.url, page.body, page.redirects) == (C, b"here", (B, C))


@pytest.mark.parametrize(
    ("pages", "redirects", "kind", "said"),
    [
        ({A: (301, B)}, 0, FetchTrouble.REDIRECT_REFUSED, "redirects are not followed"),
        ({A: (301, B), B: (301, C)}, 1, FetchTrouble.REDIRECT_REFUSED, "more than 1 redirects"),
        ({A: (301, B), B: (301, A)}, 5, FetchTrouble.REDIRECT_REFUSED, "a loop"),
        ({A: (301, "http://b.example/")}, 5, FetchTrouble.REDIRECT_REFUSED, ""),
        ({A: (301, "")}, 5, FetchTrouble.MALFORMED, ""),
        ({A: (404, "")}, 5, FetchTrouble.STATUS, "status 404"),
        ({A: (304, "")}, 5, FetchTrouble.STATUS, "status 304"),
    ],
)
def test_where_a_page_may_not_lead_is_told(pages, redirects, kind, said) -> None:
    site = Site(pages)
    with pytest.raises(FetchError) as found:
        site.get(A, soon(), redirects=redirects)
    assert found.value.trouble is kind
    assert said in found.value.text
    assert len(site.asked) <= redirects + 1


class Secured(HttpsClient):
    """A client whose connection is a :class:`Wire`."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(None)
        self.wire = wire

    def _secure(self, target, sock, deadline):
        return self.wire


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(https_module, "addresses_of", lambda *_given, **_more: ("192.0.2.1",))
    monkeypatch.setattr(https_module, "_connect", lambda *_given: None)


@pytest.mark.usefixtures("at_once")
def test_a_request_asks_for_the_page_and_tells_nothing_else() -> None:
    wire = Wire(OK + b"Content-Length: 2\r\n\r\nhi")
    assert Secured(wire).get(TARGET.url, soon()).body == b"hi"
    assert wire.closed
    head = wire.sent.decode().splitlines()
    assert head[:2] == ["GET /mail/config-v1.1.xml HTTP/1.1", "Host: autoconfig.acme.example"]
    assert {line.partition(":")[0] for line in head[2:] if line} == {
        "User-Agent", "Accept", "Accept-Encoding", "Connection",
    }  # fmt: skip


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("end", "kind", "said"),
    [
        (TimeoutError(), FetchTrouble.TIMEOUT, "did not come in time"),
        (ConnectionResetError(104, "Connection reset by peer"), FetchTrouble.CONNECT, "broke: Connection reset"),
        (record_fault(), FetchTrouble.TLS, "TLS with autoconfig.acme.example failed: bad record type"),
    ],
)
def test_a_connection_that_breaks_is_told_by_how_it_broke(end: Exception, kind: FetchTrouble, said: str) -> None:
    wire = Wire(OK, end=end)
    with pytest.raises(FetchError) as found:
        Secured(wire).get(TARGET.url, soon())
    assert found.value.trouble is kind
    assert said in found.value.text
    assert wire.closed


def test_every_address_that_was_tried_is_named(monkeypatch) -> None:
    monkeypatch.setattr(https_module, "addresses_of", lambda *_given, **_more: ("192.0.2.1", "192.0.2.2"))

    def refuse(place, timeout):
        raise TimeoutError if place[0].endswith("1") else ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(https_module.socket, "create_connection", refuse)
    with pytest.raises(FetchError) as found:
        HttpsClient(None).get(TARGET.url, soon())
    assert found.value.trouble is FetchTrouble.CONNECT
    assert "192.0.2.1 does not answer; 192.0.2.2: Connection refused" in found.value.text
    with pytest.raises(FetchError) as late:
        HttpsClient(None).get(TARGET.url, time.monotonic() - 1)
    assert late.value.trouble is FetchTrouble.TIMEOUT
