# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which URLs and addresses pages are taken from."""

from __future__ import annotations

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._web.places import (
    is_allowed,
    redirect_target,
    target_of,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._web.trouble import FetchError, FetchTrouble


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://acme.example", "https://acme.example/"),
        ("https://ACME.example:443/a?b=c#d", "https://acme.example/a?b=c"),
        ("https://b\u00fccher.example/x", "https://xn--bcher-kva.example/x"),
        ("https://acme.example:8443/x", "https://acme.example:8443/x"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]/x"),
        ("https://acme.example/\u00fc?q=\u00fc", "https://acme.example/%C3%BC?q=%C3%BC"),
        ("https://acme.example/?emailaddress=a%40acme.example", "https://acme.example/?emailaddress=a%40acme.example"),
    ],
)
def test_a_url_in_its_form_for_the_wire(url: str, canonical: str) -> None:
    assert target_of(url).url == canonical


@pytest.mark.parametrize(
    ("url", "trouble"),
    [
        ("http://acme.example/", FetchTrouble.REDIRECT_REFUSED),
        ("ftp://acme.example/", FetchTrouble.REDIRECT_REFUSED),
        ("file:///etc/passwd", FetchTrouble.REDIRECT_REFUSED),
        ("acme.example", FetchTrouble.REDIRECT_REFUSED),
        ("https://user:word@acme.example/", FetchTrouble.REDIRECT_REFUSED),
        ("https://user@acme.example/", FetchTrouble.REDIRECT_REFUSED),
        ("https:///x", FetchTrouble.MALFORMED),
        ("https://acme.example:99999/", FetchTrouble.MALFORMED),
        ("https://acme.example:0/", FetchTrouble.MALFORMED),
        ("https://acme.example/a b", FetchTrouble.MALFORMED),
        ("https://acme.example/a\r\nX: y", FetchTrouble.MALFORMED),
        ("https://acme.example\\@evil.example/", FetchTrouble.MALFORMED),
        ("https://acme..example/", FetchTrouble.MALFORMED),
        ("https://[::1/", FetchTrouble.MALFORMED),
        ("https://acme.example/" + "a" * 3000, FetchTrouble.MALFORMED),
    ],
)
def test_a_url_that_is_not_asked_for(url: str, trouble: FetchTrouble) -> None:
    with pytest.raises(FetchError) as caught:
        target_of(url)
    assert caught.value.trouble is trouble
    assert "word" not in caught.value.text.replace("password", "")


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        ("/other", "https://acme.example/other"),
        ("https://mail.acme.example/x", "https://mail.acme.example/x"),
        ("//mail.acme.example/x", "https://mail.acme.example/x"),
        ("https://mail.acme.example:443/x", "https://mail.acme.example/x"),
        ("?q", "https://acme.example/page?q"),
    ],
)
def test_where_a_redirect_leads(location: str, leads_to: str) -> None:
    assert redirect_target(target_of("https://acme.example/page"), location, 302).url == leads_to


@pytest.mark.parametrize(
    ("location", "trouble"),
    [
        ("", FetchTrouble.MALFORMED),
        ("http://acme.example/", FetchTrouble.REDIRECT_REFUSED),
        ("https://acme.example:8443/", FetchTrouble.REDIRECT_REFUSED),
        ("https://a:b@acme.example/", FetchTrouble.REDIRECT_REFUSED),
        ("javascript:alert(1)", FetchTrouble.REDIRECT_REFUSED),
        ("https://[x/", FetchTrouble.MALFORMED),
        ("https://acme.example/\xff\xfe", FetchTrouble.MALFORMED),
    ],
)
def test_a_redirect_that_is_not_followed(location: str, trouble: FetchTrouble) -> None:
    with pytest.raises(FetchError) as caught:
        redirect_target(target_of("https://acme.example/page?secret=1"), location, 301)
    assert (caught.value.trouble, caught.value.status) == (trouble, 301)
    assert "secret" not in caught.value.text


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "64:ff9b::101:101", "::ffff:1.1.1.1"])
def test_public_addresses(address: str) -> None:
    assert is_allowed(address, allow_private=False)


PRIVATE = [
    "127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.1.2.3",
    "192.0.2.1",
    "255.255.255.255",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fd00::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::7f00:1",
    "2002:7f00:1::1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_only_on_request(address: str) -> None:
    assert not is_allowed(address, allow_private=False)
    assert is_allowed(address, allow_private=True)


@pytest.mark.parametrize("address", ["224.0.0.1", "ff02::1", "0.0.0.0", "::", "::ffff:224.0.0.1", "nonsense"])
def test_what_is_no_machines_address_never(address: str) -> None:
    assert not is_allowed(address, allow_private=True)
