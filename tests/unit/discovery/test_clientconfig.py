# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reader of clientConfig files: what it takes out of them, and what it never does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mailnet import config, server

from ansible_collections.mailops.mailbox.plugins.module_utils._discovery import clientconfig
from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.candidate import Origin, Trust
from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.clientconfig import (
    ClientConfig,
    Unreadable,
    host_of,
    is_web_page,
    read,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.described import Told, candidates_of
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol, Security
from ansible_collections.mailops.mailbox.plugins.module_utils._providers.model import UserName

TOLD = Told(Origin.AUTOCONFIG, Trust.HIGH, "a file", "postmaster")


def config_of(body: bytes) -> ClientConfig:
    got = read(body)
    assert isinstance(got, ClientConfig), got
    return got


def refused(body: bytes) -> Unreadable:
    got = read(body)
    assert isinstance(got, Unreadable), got
    return got


def only(one: str):
    found = candidates_of(config_of(config(one)), "acme.example", TOLD)
    assert len(found.candidates) == 1, found.findings
    return found.candidates[0]


def skipped(one: str) -> str:
    found = candidates_of(config_of(config(one)), "acme.example", TOLD)
    assert found.candidates == ()
    return found.findings[0].text


def test_servers_come_in_their_order_with_all_they_say() -> None:
    got = config_of(
        config(
            server("imap", "one.example", 993),
            server("pop3", "pop.example", 995),
            server("imap", "two.example", 143, "STARTTLS", "%EMAILLOCALPART%", ("OAuth2", "password-encrypted")),
            server("smtp", "out.example", 25, "plain"),
            domains=("Acme.Example", "b\u00fccher.example", "%EMAILDOMAIN%", "not a domain"),
        )
    )
    assert got.domains == ("acme.example", "xn--bcher-kva.example")
    assert (got.name, got.pop3) == ("Acme", True)
    assert [(one.protocol, one.host, one.port, one.security, one.position) for one in got.servers] == [
        (Protocol.IMAP, "one.example", 993, Security.TLS, 0),
        (Protocol.IMAP, "two.example", 143, Security.STARTTLS, 1),
        (Protocol.SMTP, "out.example", 25, Security.NONE, 2),
    ]
    assert got.servers[1].authentication == ("OAuth2", "password-encrypted")


@pytest.mark.parametrize(
    ("text", "kind", "login"),
    [
        ("%EMAILADDRESS%", UserName.ADDRESS, "Sales@acme.example"),
        ("", UserName.ADDRESS, "Sales@acme.example"),
        ("%EMAILLOCALPART%", UserName.LOCAL_PART, "Sales"),
        ("%EMAILLOCALPART%@%EMAILDOMAIN%", UserName.ADDRESS, "Sales@acme.example"),
        ("%EMAILLOCALPART%.%EMAILDOMAIN%", UserName.OTHER, "Sales.acme.example"),
        ("%EMAILDOMAIN%/%EMAILADDRESS%", UserName.OTHER, "acme.example/Sales@acme.example"),
        # What a server made of the address that it was asked with, is made of each address.
        ("postmaster@acme.example", UserName.ADDRESS, "Sales@acme.example"),
        ("postmaster", UserName.LOCAL_PART, "Sales"),
    ],
)
def test_placeholders_of_user_names(text: str, kind: UserName, login: str) -> None:
    got = only(server("imap", "imap.acme.example", 993, username=text))
    assert (got.username, got.login_of("Sales@acme.example"), got.notes) == (kind, login, ())


@pytest.mark.parametrize(("text", "note"), [("u12345", "one fixed user name"), ("%USERNAME%", "%USERNAME%")])
def test_a_user_name_that_no_address_tells_is_noted(text: str, note: str) -> None:
    got = only(server("imap", "imap.acme.example", 993, username=text))
    assert got.username is UserName.ADDRESS
    assert note in got.notes[0]


def test_placeholders_of_hosts() -> None:
    assert only(server("smtp", "smtp.%EMAILDOMAIN%", 465)).host == "smtp.acme.example"
    assert "depends on the single address" in skipped(server("smtp", "%EMAILLOCALPART%.acme.example", 465))


@pytest.mark.parametrize(
    ("host", "note"),
    [
        ("10.1.2.3", "private"),
        ("127.0.0.1", "this machine"),
        ("fd00::1", "private"),
        ("169.254.169.254", "private"),
        ("93.184.216.34", "an address instead of a name"),
        ("intranet", "inside a network"),
        ("mail.acme.local", "inside a network"),
    ],
)
def test_hosts_that_are_no_public_names_are_noted(host: str, note: str) -> None:
    assert any(note in one for one in only(server("imap", host, 993)).notes)


@pytest.mark.parametrize(
    "host",
    ["", "imap acme.example", "imap\tacme", "a/b.example", "https://x.example", "imap.acme.example:993", "x@y.example",
     "-x.example", "a" * 300, "x..example", "1.2.3"],
)  # fmt: skip
def test_hosts_that_are_none_are_left_out(host: str) -> None:
    assert "IMAP server 1" in skipped(server("imap", host, 993))


@pytest.mark.parametrize("port", ["0", "65536", "-1", "x", "", "\u0663", "999999999999"])
def test_ports_that_are_none_are_left_out(port: str) -> None:
    assert "port" in skipped(server("imap", "imap.acme.example", 993).replace("993", port))


def test_socket_types_that_are_not_known_are_left_out() -> None:
    assert "socketType" in skipped(server("imap", "imap.acme.example", 993, "TLS"))
    assert only(server("imap", "imap.acme.example", 143, "starttls")).security is Security.STARTTLS


def test_oauth2_alone_is_noted() -> None:
    assert "no password" in only(server("imap", "i.example", 993, authentication=("OAuth2",))).notes[0]
    assert only(server("imap", "i.example", 993, authentication=("OAuth2", "password-cleartext"))).notes == ()


def test_only_the_first_provider_counts_and_strange_elements_are_passed_over() -> None:
    second = b"<emailProvider><domain>evil.example</domain>" + server("imap", "evil.example", 993).encode()
    body = config("<x><incomingServer type='imap'/></x>", server("imap", "i.example", 993), "<y z='1'>text<z/></y>")
    body = body.replace(b"</clientConfig>", second + b"</emailProvider><oAuth2/></clientConfig>")
    got = config_of(body)
    assert [one.host for one in got.servers] == ["i.example"]
    assert got.domains == ("acme.example",)


def test_no_more_servers_than_anybody_needs() -> None:
    got = config_of(config(*[server("imap", f"i{number}.example", 993) for number in range(200)]))
    assert len(got.servers) == clientconfig.MAX_SERVERS


LOL = '<!DOCTYPE lolz [<!ENTITY a "lol">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)
QUADRATIC = f'<!DOCTYPE q [<!ENTITY q "{"q" * 50000}">]>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
REMOTE = '<!DOCTYPE x SYSTEM "https://evil.example/x.dtd">'
PARAMETER = '<!DOCTYPE x [<!ENTITY % p SYSTEM "https://evil.example/p"> %p;]>'


@pytest.mark.parametrize("before", [f"{LOL}]>", QUADRATIC, EXTERNAL, REMOTE, PARAMETER, "<!DOCTYPE clientConfig>"])
@pytest.mark.parametrize("use", ["&j;", "&q;&q;&q;", "&x;", ""])
def test_a_document_type_is_refused_before_any_entity_exists(before: str, use: str) -> None:
    got = refused(config(server("imap", f"{use}i.example", 993), before=before))
    assert got.hostile and "document type" in got.why


def test_entities_of_xml_itself_are_read() -> None:
    assert config_of(config(server("imap", "i.example", 993, username="&#37;EMAILADDRESS&#x25;"))).servers[
        0
    ].username == ("%EMAILADDRESS%")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not well-formed"),
        (b"<clientConfig>", "not well-formed"),
        (b"<clientConfig><emailProvider></clientConfig>", "not well-formed"),
        (config("&nothing;"), "not well-formed"),
        (b"\x00\x01\x02", "not well-formed"),
        (b"<html/>", "not a clientConfig"),
        (b"<clientConfig/>", "no emailProvider"),
        (b"<?xml version='1.0' encoding='hex'?><clientConfig/>", "encoding"),
        (b"<?xml version='1.0' encoding='utf-7'?><clientConfig/>", "encoding"),
    ],
)
def test_what_can_not_be_read_is_said(body: bytes, why: str) -> None:
    got = refused(body)
    assert why in got.why and not got.hostile


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<clientConfig>" + b" " * clientconfig.MAX_BYTES + b"</clientConfig>", "larger"),
        (b"<clientConfig>" + b"<a>" * 50 + b"</a>" * 50 + b"</clientConfig>", "nested"),
        (b"<clientConfig>" + b"<a/>" * 5000 + b"</clientConfig>", "elements"),
        (b"<a>" * 40000, "nested"),
    ],
)
def test_limits(body: bytes, why: str) -> None:
    got = refused(body)
    assert why in got.why and got.hostile


def test_texts_that_are_too_long_are_none() -> None:
    assert "no host name" in skipped(server("imap", "x" * 5000, 993))


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16"])
def test_encodings(encoding: str) -> None:
    text = f"<?xml version='1.0' encoding='{encoding}'?>" + config(server("imap", "i.example", 993)).decode()
    assert len(config_of(text.encode(encoding)).servers) == 1


def test_web_pages_are_told_from_files() -> None:
    assert is_web_page(b"\xef\xbb\xbf \n<!DOCTYPE HTML><html>")
    assert is_web_page(b"anything", "text/html; charset=utf-8")
    assert not is_web_page(config())
    assert not is_web_page(b"<!DOCTYPE clientConfig [<!ENTITY a 'b'>]>", "text/xml")


PIECES = st.sampled_from(
    [
        *(mark for name in ("clientConfig", "domain", "hostname", "username") for mark in (f"<{name}>", f"</{name}>")),
        *("<emailProvider id='x'>", "</emailProvider>", "<port>993</port>", "<socketType>SSL</socketType>"),
        *("<incomingServer type='imap'>", "</incomingServer>", "<outgoingServer type='smtp'>", "</outgoingServer>"),
        *("%EMAILDOMAIN%", "%EMAILADDRESS%", "imap.acme.example", "<authentication>OAuth2</authentication>"),
        *("&amp;", "&#0;", "<!DOCTYPE a [", "<![CDATA[", "]]>", "<!--", "-->", "<?pi ?>", "\xff\xfe", "\x00", "\r\n"),
    ]
).map(lambda text: text.encode("latin-1"))


@settings(max_examples=300)
@given(st.lists(st.one_of(PIECES, st.binary(max_size=8)), max_size=40))
def test_no_octets_make_it_raise(pieces: list[bytes]) -> None:
    got = read(b"".join(pieces))
    if isinstance(got, ClientConfig):
        candidates_of(got, "acme.example", TOLD)


@settings(max_examples=200)
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=8))
def test_no_text_of_a_server_makes_it_raise(host: str, username: str, port: str) -> None:
    from xml.sax.saxutils import escape

    given_server = server("imap", escape(host), 993, username=escape(username)).replace("993", escape(port))
    try:
        body = config(given_server)
    except UnicodeEncodeError:
        return
    got = read(body)
    if isinstance(got, ClientConfig):
        for one in candidates_of(got, "acme.example", TOLD).candidates:
            assert one.host and not any(sign.isspace() for sign in one.host + one.login_of("a@acme.example"))


def test_host_of_says_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="is not a host name"):
        host_of("a b", "acme.example")
