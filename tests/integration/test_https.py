# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages over https from real servers, good and hostile, with names from the lab's DNS."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from dnslab import DnsLab
from https import (
    Certificate,
    HttpsLab,
    Script,
    cut,
    drip,
    dripping_head,
    endless,
    head,
    in_chunks,
    raw,
    redirect,
    response,
)

from ansible_collections.mailops.mailbox.plugins.module_utils._dns.client import DnsClient
from ansible_collections.mailops.mailbox.plugins.module_utils._web import places
from ansible_collections.mailops.mailbox.plugins.module_utils._web.https import (
    FetchError,
    FetchTrouble,
    HttpsClient,
    Page,
)

pytestmark = pytest.mark.once

XML = "<clientConfig>" + "x" * 30000 + "</clientConfig>"
URL = "https://web.acme.test/page"


class Web:
    """The client under test beside the lab that it asks."""

    def __init__(self, dns_lab: DnsLab, https_lab: HttpsLab) -> None:
        self.lab = https_lab
        self.dns = DnsClient(nameservers=dns_lab.nameservers, port=dns_lab.port)

    def get(self, url: str = URL, *, seconds: float = 20, allow_private: bool = True, **options: Any) -> Page:
        client = HttpsClient(self.dns, ca=options.pop("ca", self.lab.ca), allow_private=allow_private)
        return client.get(url, time.monotonic() + seconds, **options)

    def trouble(self, *args: Any, **options: Any) -> FetchError:
        with pytest.raises(FetchError) as caught:
            self.get(*args, **options)
        assert "?" not in caught.value.text
        return caught.value


@pytest.fixture(scope="module")
def names(dns_servers: DnsLab, web_servers: HttpsLab) -> DnsLab:
    here = web_servers.address
    dns_servers.load(
        {
            "acme.test": f"""
                @ IN A {here}
                web IN A {here}
                old IN CNAME web
                xn--bcher-kva IN A {here}
                inside IN A 10.0.0.1
                inside IN AAAA fd00::1
                many IN A 0.0.0.0
                many IN A {here}
                nothing IN TXT "no address"
                nobody IN A 127.254.254.254
            """
        }
    )
    return dns_servers


@pytest.fixture
def web(names: DnsLab, https_lab: HttpsLab) -> Iterator[Web]:
    yield Web(names, https_lab)
    assert https_lab.plain == [], "nothing ever goes over plain http"


@pytest.mark.smoke
def test_a_page(web: Web) -> None:
    web.lab.serve(URL, XML)
    page = web.get(f"{URL}?emailaddress=a%40acme.test")
    assert (page.url, page.status, page.content_type) == (f"{URL}?emailaddress=a%40acme.test", 200, "text/xml")
    assert page.body == XML.encode()
    assert page.redirects == ()
    (request,) = web.lab.requests
    names = [line.partition(b":")[0].lower() for line in request.raw.split(b"\r\n")[1:] if line]
    assert names == [b"host", b"user-agent", b"accept", b"accept-encoding", b"connection"]
    assert request.path == "/page?emailaddress=a%40acme.test"


@pytest.mark.parametrize(
    ("url", "served"),
    [
        ("https://b\u00fccher.acme.test/page", "https://xn--bcher-kva.acme.test/page"),
        ("https://OLD.acme.test/page", "https://old.acme.test/page"),
        ("https://many.acme.test/page", "https://many.acme.test/page"),
    ],
)
def test_names_in_every_form(web: Web, url: str, served: str) -> None:
    web.lab.serve(served, "<x/>")
    assert web.get(url).url == served


@pytest.mark.parametrize(
    "script",
    [
        in_chunks(b"<a>", b"</a>"),
        raw(head("200 OK"), b"<a></a>"),
        raw(head("200 OK", "Content-Encoding: identity", "Content-Length: 7"), b"<a></a>"),
        raw(b"HTTP/1.1 100 Continue\r\n\r\n", head("200 OK", "Content-Length: 7"), b"<a>", 0.05, b"</a>"),
        drip(b"<a></a>", 0.01),
    ],
)
def test_every_way_to_frame_a_page(web: Web, script: Script) -> None:
    web.lab.serve(URL, script)
    assert web.get().body == b"<a></a>"


@pytest.mark.parametrize(
    ("script", "trouble", "says"),
    [
        (response(b"x" * 65537), FetchTrouble.TOO_LARGE, "65536"),
        (endless(chunked=True), FetchTrouble.TOO_LARGE, "65536"),
        (endless(chunked=False), FetchTrouble.TOO_LARGE, "65536"),
        (in_chunks(*[b"x"] * 65537), FetchTrouble.TOO_LARGE, ""),
        (raw(head("200 OK", *[f"X-{n}: " + "y" * 60000 for n in range(90)])), FetchTrouble.TOO_LARGE, ""),
        (raw(head("200 OK", *["X: y"] * 200)), FetchTrouble.MALFORMED, "not HTTP"),
        (raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 50000), FetchTrouble.TOO_LARGE, ""),
        (raw(b"* OK IMAP4rev1\r\n"), FetchTrouble.MALFORMED, "not HTTP"),
        (raw(b"\x00" * 70000), FetchTrouble.MALFORMED, "not HTTP"),
        (raw(), FetchTrouble.MALFORMED, ""),
        (raw(head("200 OK", "Content-Length: 1000000000"), 30.0), FetchTrouble.TOO_LARGE, "65536"),
        (cut(head("200 OK"), b"perhaps all"), FetchTrouble.MALFORMED, "in the middle"),
        (raw(head("200 OK", "Content-Length: 9"), b"short"), FetchTrouble.MALFORMED, "in the middle"),
        (raw(head("200 OK", "Transfer-Encoding: chunked"), b"5\r\nsh"), FetchTrouble.MALFORMED, "in the middle"),
        (raw(head("200 OK", "Transfer-Encoding: chunked"), b"-1\r\nxxx"), FetchTrouble.MALFORMED, ""),
        (raw(head("200 OK", "Content-Encoding: gzip"), b"\x1f\x8b"), FetchTrouble.MALFORMED, "compressed"),
        (response(b"", status="404 Not Found"), FetchTrouble.STATUS, "404"),
        (response(b"", status="204 No Content"), FetchTrouble.STATUS, "204"),
        (response(b"", status="401 Unauthorized"), FetchTrouble.STATUS, "401"),
        (response(b"", status="302 Found"), FetchTrouble.MALFORMED, "nowhere"),
    ],
)
def test_a_page_that_is_not_taken(web: Web, script: Script, trouble: FetchTrouble, says: str) -> None:
    web.lab.serve(URL, script)
    error = web.trouble(f"{URL}?q=secret")
    assert error.trouble is trouble
    assert says in error.text
    assert "secret" not in error.text


def test_the_limit_is_the_callers(web: Web) -> None:
    web.lab.serve(URL, XML)
    assert web.trouble(max_bytes=len(XML) - 1).trouble is FetchTrouble.TOO_LARGE
    assert len(web.get(max_bytes=len(XML)).body) == len(XML)


@pytest.mark.parametrize(
    ("certificate", "says"),
    [
        (Certificate.EXPIRED, "expired"),
        (Certificate.WRONG_NAME, "web.acme.test"),
        (Certificate.UNKNOWN_CA, "issuer certificate"),
        (Certificate.PLAIN, "TLS with web.acme.test failed"),
        (Certificate.OLD_TLS, "protocol version"),
    ],
)
def test_a_server_that_is_not_proven(web: Web, certificate: Certificate, says: str) -> None:
    web.lab.serve(URL, XML, certificate)
    error = web.trouble()
    assert error.trouble is FetchTrouble.TLS
    assert says in error.text
    assert web.lab.requests == []


def test_the_systems_bundle_knows_nothing_of_the_lab(web: Web) -> None:
    web.lab.serve(URL, XML)
    assert web.trouble(ca=None).trouble is FetchTrouble.TLS
    error = web.trouble(ca="/nonexistent/ca.pem")
    assert (error.trouble, error.text.count("/nonexistent/ca.pem")) == (FetchTrouble.TLS, 1)


@pytest.mark.parametrize(
    ("script", "certificate"),
    [
        (drip(b"x" * 60000), Certificate.GOOD),
        (dripping_head(), Certificate.GOOD),
        (response(b"late", after=30), Certificate.GOOD),
        (raw(head("200 OK"), b"x", 30.0), Certificate.GOOD),
        (response(b""), Certificate.SILENT),
    ],
    ids=["drip", "dripping head", "late", "no end", "no TLS"],
)
def test_a_slow_server_costs_the_deadline_and_no_more(web: Web, script: Script, certificate: Certificate) -> None:
    web.lab.serve(URL, script, certificate)
    begun = time.monotonic()
    assert web.trouble(seconds=0.6).trouble is FetchTrouble.TIMEOUT
    assert time.monotonic() - begun < 15, "each of these would take 30 s and more"


def test_redirects_are_counted(web: Web) -> None:
    web.lab.serve("https://acme.test/a", redirect("/b"))
    web.lab.serve("https://acme.test/b", redirect("//web.acme.test/c", "308 Permanent Redirect"))
    web.lab.serve("https://web.acme.test/c", "<x/>")
    page = web.get("https://acme.test/a", redirects=2)
    assert page.url == "https://web.acme.test/c"
    assert page.redirects == ("https://acme.test/b", "https://web.acme.test/c")
    for allowed in (0, 1):
        error = web.trouble("https://acme.test/a", redirects=allowed)
        assert error.trouble is FetchTrouble.REDIRECT_REFUSED
        assert error.status == (302, 308)[allowed]


@pytest.mark.parametrize(
    ("location", "trouble", "says"),
    [
        ("http://web.acme.test/page", FetchTrouble.REDIRECT_REFUSED, "Only https"),
        ("ftp://web.acme.test/page", FetchTrouble.REDIRECT_REFUSED, "Only https"),
        ("https://web.acme.test:8443/page", FetchTrouble.REDIRECT_REFUSED, "port 8443"),
        ("https://me:word@web.acme.test/page", FetchTrouble.REDIRECT_REFUSED, "user name"),
        ("https://acme.test/start", FetchTrouble.REDIRECT_REFUSED, "loop"),
        ("https://nobody.elsewhere/", FetchTrouble.DNS, "does not exist"),
        ("https://224.0.0.1/", FetchTrouble.PRIVATE_ADDRESS, "224.0.0.1"),
        ("https://[::ffff:0.0.0.0]/", FetchTrouble.PRIVATE_ADDRESS, "special network"),
        ("https://a b/", FetchTrouble.MALFORMED, "not followed"),
    ],
)
def test_a_redirect_that_is_not_followed(web: Web, location: str, trouble: FetchTrouble, says: str) -> None:
    web.lab.serve("https://acme.test/start", redirect(location))
    error = web.trouble("https://acme.test/start", redirects=5)
    assert error.trouble is trouble
    assert says in error.text
    assert "word@" not in error.text
    assert len(web.lab.requests) == 1


@pytest.mark.parametrize(
    "target", ["https://inside.acme.test/", "https://10.0.0.1/", "https://[fd00::1]/", "https://localhost.acme.test/"]
)
def test_a_redirect_into_a_private_network(web: Web, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    here, allowed = web.lab.address, places.is_allowed
    monkeypatch.setattr(
        places, "is_allowed", lambda address, *, allow_private: address == here or allowed(address, allow_private=False)
    )
    web.lab.serve("https://acme.test/start", redirect(target))
    error = web.trouble("https://acme.test/start", redirects=5)
    expected = FetchTrouble.DNS if "localhost" in target else FetchTrouble.PRIVATE_ADDRESS
    assert error.trouble is expected


@pytest.mark.parametrize(
    "url", ["https://acme.test/", "https://inside.acme.test/", "https://127.0.0.1/", "https://[::1]/"]
)
def test_a_private_address_is_not_asked(web: Web, url: str) -> None:
    error = web.trouble(url, allow_private=False)
    assert error.trouble is FetchTrouble.PRIVATE_ADDRESS
    assert web.lab.requests == []


@pytest.mark.parametrize(
    ("host", "trouble", "says"),
    [
        ("nothing.acme.test", FetchTrouble.DNS, "no address"),
        ("missing.acme.test", FetchTrouble.DNS, "does not exist"),
        ("nobody.acme.test", FetchTrouble.CONNECT, "127.254.254.254: Connection refused"),
    ],
)
def test_no_server(web: Web, host: str, trouble: FetchTrouble, says: str) -> None:
    error = web.trouble(f"https://{host}/")
    assert error.trouble is trouble
    assert says in error.text


def test_no_proxy_is_taken_from_the_environment(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    web.lab.serve(URL, XML)
    assert web.get().status == 200


def test_the_address_that_was_checked_is_the_one_connected_to(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name whose address changes between the check and the connection gains nothing: it is asked for once."""
    asked: list[tuple[str, str]] = []
    ask_all = web.dns.ask_all

    def counted(questions: list[tuple[str, str]], deadline: float) -> Any:
        asked.extend(questions)
        return ask_all(questions, deadline)

    monkeypatch.setattr(web.dns, "ask_all", counted)
    monkeypatch.setattr("socket.getaddrinfo", _only_numbers)
    web.lab.serve(URL, XML)
    assert web.get().status == 200
    assert asked == [("web.acme.test", "A"), ("web.acme.test", "AAAA")]


_getaddrinfo = __import__("socket").getaddrinfo


def _only_numbers(host: str, *args: Any, **options: Any) -> Any:
    assert host.replace(".", "").isdigit(), f"{host} was looked up a second time"
    return _getaddrinfo(host, *args, **options)


def test_the_hosts_file_counts_where_the_systems_dns_knows_nothing(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    web.lab.serve("https://printer.internal/page", XML)
    monkeypatch.setattr(
        "socket.getaddrinfo",
        lambda host, *args, **options: _getaddrinfo(
            web.lab.address if host == "printer.internal" else host, *args, **options
        ),
    )
    assert web.trouble("https://printer.internal/page").trouble is FetchTrouble.DNS
    web.dns.system = True
    assert web.get("https://printer.internal/page").status == 200
