# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declarations: every default, every rule, all problems at once, and no value in any of them."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.mailops.mailbox.plugins.module_utils._models.mailbox import Mailbox
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol, Security
from ansible_collections.mailops.mailbox.plugins.module_utils._models.parse import parse_mailbox
from ansible_collections.mailops.mailbox.plugins.module_utils._models.problems import DeclarationError
from ansible_collections.mailops.mailbox.plugins.module_utils._providers import table
from ansible_collections.mailops.mailbox.plugins.module_utils._providers.model import Service, UserName

PLANTED = "pl4nted-S3cret"
GOOD: dict[str, Any] = {
    "email": "a@acme.example",
    "secret": {"vault": {"path": "mail/a", "field": "app_password"}},
    "smtp": {"host": "smtp.acme.example"},
    "imap": {"host": "imap.acme.example"},
}


def declared(**changes: Any) -> dict[str, Any]:
    """A good declaration, changed at key paths written with ``__``; None removes."""
    data = copy.deepcopy(GOOD)
    for path, value in changes.items():
        *sections, key = path.split("__")
        place = data
        for section in sections:
            place = place.setdefault(section, {})
        place[key] = value
    return data


def problems(**changes: Any) -> dict[str, str]:
    with pytest.raises(DeclarationError) as caught:
        parse_mailbox(declared(**changes))
    return {problem.path: f"{problem.text} {problem.fix}" for problem in caught.value.problems}


def at(mailbox: Mailbox, path: str) -> Any:
    value: Any = mailbox
    for step in path.split("."):
        value = getattr(value, step)
    return value


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("id", "a@acme.example"),
        ("name", None),
        ("provider", None),
        ("protocols", (Protocol.SMTP, Protocol.IMAP)),
        ("username", "a@acme.example"),
        ("secret.vault.mount", "secret"),
        ("secret.vault.version", None),
        ("smtp.port", 465),
        ("smtp.mode", Security.TLS),
        ("smtp.username", "a@acme.example"),
        ("smtp.senders", ("a@acme.example",)),
        ("smtp.recipient", "a@acme.example"),
        ("smtp.ehlo", None),
        ("smtp.auth.offered", ("PLAIN", "LOGIN")),
        ("smtp.allow_plaintext_auth", False),
        ("imap.port", 993),
        ("imap.mode", Security.TLS),
        ("imap.mailbox", "INBOX"),
        ("imap.folders", ()),
        ("imap.sent_folder", None),
        ("imap.auth.offered", ("PLAIN", "LOGIN")),
        ("tls.verify", True),
        ("tls.min_version", "TLSv1.2"),
        ("tls.warn_days", 14),
        ("smtp.tls.verify", True),
        ("probe.timeout", 30),
        ("probe.depth", "recipient"),
        ("probe.auth_order", "parallel"),
        ("probe.pipelining", "auto"),
        ("probe.revalidate_after", 0),
        ("daily_limit", None),
        ("tags", ()),
        ("registry", None),
        ("ignore_checks", ()),
    ],
)
def test_defaults(path: str, expected: object) -> None:
    assert at(parse_mailbox(GOOD), path) == expected


@pytest.mark.parametrize(
    ("protocol", "port", "security", "expected"),
    [
        ("smtp", 465, None, (465, "tls")),
        ("smtp", 587, "auto", (587, "starttls")),
        ("smtp", 25, None, (25, "starttls")),
        ("smtp", None, "starttls", (587, "starttls")),
        ("smtp", None, "none", (25, "none")),
        ("smtp", 587, "tls", (587, "tls")),
        ("imap", 993, None, (993, "tls")),
        ("imap", 143, None, (143, "starttls")),
        ("imap", None, "starttls", (143, "starttls")),
        ("imap", None, "none", (143, "none")),
        ("imap", None, None, (993, "tls")),
        ("imap", 1993, "tls", (1993, "tls")),
    ],
)
def test_port_and_security_follow_from_each_other(
    protocol: str, port: int | None, security: str | None, expected: tuple[int, str]
) -> None:
    mailbox = parse_mailbox(declared(**{f"{protocol}__port": port, f"{protocol}__security": security}))
    endpoint = mailbox.endpoint(Protocol(protocol))
    assert endpoint is not None
    assert (endpoint.port, endpoint.mode.value) == expected


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"smtp__port": 2525}, "smtp.security", "tls"),
        ({"imap__port": 465}, "imap.security", "starttls"),
        ({"smtp__port": 0}, "smtp.port", "at least 1"),
        ({"smtp__port": 65536}, "smtp.port", "at most 65535"),
        ({"smtp__port": True}, "smtp.port", "whole number"),
        ({"smtp__port": "x"}, "smtp.port", "whole number"),
        ({"smtp__security": "ssl"}, "smtp.security", "starttls or none"),
        ({"smtp__host": "https://smtp.acme.example/"}, "smtp.host", "URL"),
        ({"smtp__host": "smtp.acme.example:465"}, "smtp.host", "port"),
        ({"smtp__host": "a@acme.example"}, "smtp.host", "mail address"),
        ({"smtp__host": "a b"}, "smtp.host", "not a valid host name"),
        ({"smtp__host": "1.2.3"}, "smtp.host", "IP address"),
        ({"smtp__host": "stra\u00dfe.example"}, "smtp.host", "xn--"),
        ({"smtp__host": ""}, "smtp.host", "empty"),
        ({"smtp__hots": "smtp.acme.example"}, "smtp.hots", "Did you mean smtp.host?"),
        ({"provider": "gmial"}, "provider", "Did you mean gmail?"),
        ({"provider": "Google"}, "provider", "Did you mean gmail?"),
        ({"provider": "office365"}, "provider", "Did you mean microsoft365?"),
        ({"provider": "Office 365"}, "provider", "Did you mean microsoft365?"),
        ({"provider": "O365"}, "provider", "Did you mean microsoft365?"),
        ({"provider": "G Suite"}, "provider", "Did you mean google-workspace?"),
        ({"provider": "Hotmail"}, "provider", "Did you mean outlook?"),
        ({"provider": "workspace"}, "provider", "Did you mean google-workspace?"),
        ({"provider": PLANTED}, "provider", "docs/providers.md"),
        ({"provider": ["gmail"]}, "provider", "text"),
        ({"provider": ""}, "provider", "empty"),
        ({"email": None}, "email", "required"),
        ({"email": "acme.example"}, "email", "not a mail address"),
        ({"email": "A <a@acme.example>"}, "email", "bare address"),
        ({"email": "a..b@acme.example"}, "email", "not a mail address"),
        ({"email": "a" * 65 + "@acme.example"}, "email", "too long"),
        ({"smtp__from": ["a@acme.example", "b"]}, "smtp.from", "not a mail address"),
        ({"smtp__recipient": "b"}, "smtp.recipient", "not a mail address"),
        ({"smtp__ehlo": "192.0.2.1"}, "smtp.ehlo", "brackets"),
        ({"secret": None}, "secret", "required"),
        ({"secret": None, "smtp__auth": {"mechanisms": "none"}}, "imap.secret", "required"),
        ({"secret__password": PLANTED}, "secret", "exactly one"),
        ({"secret": {}}, "secret", "exactly one"),
        ({"secret": PLANTED}, "secret", "vault and password"),
        ({"secret": {"password": ""}}, "secret.password", "empty"),
        ({"secret": {"password": 12345}}, "secret.password", "quotes"),
        ({"secret": {"vault": {"path": "x"}}}, "secret.vault.field", "required"),
        ({"secret__vault__path": "a/../b"}, "secret.vault.path", "path"),
        ({"secret__vault__version": 0}, "secret.vault.version", "at least 1"),
        ({"smtp__auth": {"mechanisms": ["auto", "plain"]}}, "smtp.auth.mechanisms", "alone"),
        ({"imap__auth": {"mechanisms": ["none"]}}, "imap.auth.mechanisms[0]", "auto, plain or login"),
        ({"tls__ca": "/nonexistent/ca.pem"}, "tls.ca", "can't be read"),
        ({"tls__client_key": "/dev/null"}, "tls.client_key", "client_cert"),
        ({"imap__tls": {"client_key": "/dev/null"}}, "imap.tls.client_key", "client_cert"),
        ({"tls__min_version": "SSLv3"}, "tls.min_version", "TLSv1.3"),
        ({"tls__verify": "perhaps"}, "tls.verify", "true or false"),
        ({"probe__timeout": 601}, "probe.timeout", "at most 600"),
        ({"protocols": []}, "protocols", "empty"),
        ({"protocols": ["pop3"]}, "protocols[0]", "smtp or imap"),
        ({"daily_limit": 0}, "daily_limit", "at least 1"),
        ({"imap__folders": ["a", {"b": 1}]}, "imap.folders[1]", "text"),
        ({"imap__folders": ["a", "b\r\nc"]}, "imap.folders[1]", "line break"),
        ({"username": "a\0b"}, "username", "NUL"),
        ({"name": {"a": 1}}, "name", "mapping"),
        ({"ignore_checks": ["config.nothing"]}, "ignore_checks", "id of a check"),
        ({"ignore_checks": ["config.tls_not_verified"]}, "ignore_checks", "protection is off"),
        ({"id": " a"}, "id", "blank"),
        ({"id": "a\u00a0b"}, "id", "can't be seen"),
        ({"id": "a\u200bb"}, "id", "can't be seen"),
        ({"id": "a\tb"}, "id", "can't be seen"),
        ({"id": "a\u200b", "email": "a\u200b@acme.example"}, "id", "can't be seen"),
        ({"email": "a\u200b@acme.example"}, "email", "give the mailbox an id"),
    ],
)
def test_rules(changes: dict[str, Any], path: str, words: str) -> None:
    found = problems(**changes)
    assert list(found) == [path]
    assert words in found[path]


@pytest.mark.parametrize("name", ["a b", "a  b", "Büro", "東京", "a@acme.example", "~x!"])
def test_an_id_may_be_any_text_that_can_be_seen(name: str) -> None:
    assert parse_mailbox(declared(id=name)).id == name


def test_an_address_may_hold_a_joiner_where_there_is_an_id() -> None:
    mailbox = parse_mailbox(declared(id="a", email="a\u200cb@acme.example"))
    assert (mailbox.id, mailbox.email) == ("a", "a\u200cb@acme.example")


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("smtp__hostname", "smtp.host"),
        ("smtp__ssl", "smtp.security"),
        ("smtp__secure", "smtp.security"),
        ("smtp__user", "smtp.username"),
        ("smtp__pass", "smtp.secret.password"),
        ("smtp__auth__user", "smtp.username"),
        ("smtp__auth__pass", "smtp.secret.password"),
        ("smtp__prot", "smtp.port"),
        ("imap__sentMailPath", "imap.sent_folder"),
        ("imap__folder", "imap.mailbox"),
        ("imap__tls__rejectUnauthorized", "imap.tls.verify"),
        ("password", "secret.password"),
        ("mailbox__folder", "imap.mailbox"),
        ("user", "username"),
        ("depth", "probe.depth"),
        ("secret__pass", "secret.password"),
        ("secret__vault__mount_point", "secret.vault.mount"),
        ("tag", "tags"),
    ],
)
def test_an_unknown_key_names_the_nearest(path: str, near: str) -> None:
    text = " ".join(problems(**{path: "x"}).values())
    assert f"Did you mean {near}?" in text


@pytest.mark.parametrize("path", ["proxy", "secret__oauth2", "probe__round_trip"])
def test_what_this_version_does_not_do_is_told_as_that(path: str) -> None:
    found = problems(**{path: "x"})
    assert found[path.replace("__", ".")].startswith("is not supported in this version. ")


def test_a_key_that_may_be_a_secret_is_not_shown() -> None:
    with pytest.raises(DeclarationError) as caught:
        parse_mailbox(declared(secret={PLANTED: None}))
    assert PLANTED not in str(caught.value)


def test_all_problems_are_told_at_once_in_the_order_of_the_keys() -> None:
    found = problems(email="x", smtp={"port": 2525, "hostname": "x"}, imap__port="x", secret={"vault": {}}, proxy="x")
    assert list(found) == [
        "email",
        "secret.vault.path",
        "secret.vault.field",
        "smtp.hostname",
        "imap.port",
        "proxy",
    ]


@pytest.mark.parametrize("raw", [None, "x", 1, [], ["email"]])
def test_what_is_no_mapping(raw: Any) -> None:
    with pytest.raises(DeclarationError, match="mapping"):
        parse_mailbox(raw)


def test_ansible_scalars_and_options_that_were_not_given() -> None:
    mailbox = parse_mailbox(
        declared(
            smtp__port="587",
            tls__verify="no",
            tags="a, b",
            name=123,
            username=None,
            probe__pipelining=False,
            imap__tls={},
        )
    )
    assert mailbox.smtp is not None
    assert mailbox.smtp.port == 587
    assert mailbox.name == "123"
    assert mailbox.tls.verify is False
    assert mailbox.tags == ("a", "b")
    assert mailbox.probe.pipelining.value == "off"


@pytest.mark.parametrize(("written", "number"), [(50, 50), ("50", 50), (" 50 ", 50), ("993.0", 993), ("993.00", 993)])
def test_ways_to_write_a_whole_number(written: object, number: int) -> None:
    assert parse_mailbox(declared(daily_limit=written)).daily_limit == number


NUMBERS = (
    "daily_limit",
    "smtp__port",
    "imap__port",
    "tls__warn_days",
    "smtp__tls__warn_days",
    "probe__timeout",
    "probe__revalidate_after",
    "registry__timeout",
    "secret__vault__version",
)


@pytest.mark.parametrize(
    ("path", "written"),
    [(path, "1.000") for path in NUMBERS]
    + [("daily_limit", text) for text in ("1,000", "1_000", "1 000", "1.000.000", "1.5", "1.", "1e3", "\u0663", "")],
)
def test_a_number_that_means_another_one_elsewhere_is_refused(path: str, written: str) -> None:
    key = path.replace("__", ".")
    found = problems(**{path: written})
    assert list(found) == [key]
    assert "must be a whole number. Write it in digits alone" in found[key]


def test_services_override_the_mailbox_key_by_key() -> None:
    mailbox = parse_mailbox(
        declared(
            username="login",
            tls={"verify": False, "warn_days": 30},
            imap__tls={"verify": True},
            imap__username="other",
            imap__secret={"password": PLANTED},
        )
    )
    assert mailbox.smtp is not None
    assert mailbox.smtp.tls is not None
    assert mailbox.imap is not None
    assert mailbox.imap.tls is not None
    assert (mailbox.smtp.username, mailbox.smtp.tls.verify) == ("login", False)
    assert (mailbox.imap.username, mailbox.imap.tls.verify, mailbox.imap.tls.warn_days) == ("other", True, 30)
    assert mailbox.imap.secret is not None
    assert mailbox.imap.secret.vault is None


def test_names_become_a_labels() -> None:
    mailbox = parse_mailbox(declared(email="j\u00f6rg@B\u00fccher.example", smtp__host="Smtp.B\u00fccher.example."))
    assert mailbox.email == "j\u00f6rg@xn--bcher-kva.example"
    assert at(mailbox, "smtp.host") == "smtp.xn--bcher-kva.example"
    assert at(parse_mailbox(declared(smtp__host="[2001:DB8::1]")), "smtp.host") == "2001:db8::1"


def test_a_relay_needs_no_secret() -> None:
    data = declared(protocols=["smtp"], secret=None, imap=None, smtp__auth={"mechanisms": ["none"]})
    mailbox = parse_mailbox(data)
    assert mailbox.smtp is not None
    assert mailbox.smtp.secret is None
    assert mailbox.smtp.auth.offered == ()
    assert mailbox.imap is None


def test_a_section_that_is_not_used_is_left_out() -> None:
    assert parse_mailbox(declared(protocols=["imap"])).smtp is None


@pytest.mark.parametrize(
    ("changes", "without"),
    [
        ({}, ()),
        ({"smtp": None}, (Protocol.SMTP,)),
        ({"smtp": None, "imap": None}, (Protocol.SMTP, Protocol.IMAP)),
        ({"smtp": None, "protocols": ["imap"]}, ()),
        ({"imap": {"folders": ["Archive"]}}, (Protocol.IMAP,)),
        # Which security a port of one's own has can still be found with the host.
        ({"smtp": {"port": 2525}}, (Protocol.SMTP,)),
    ],
)
def test_a_service_without_a_host_is_left_to_be_found(changes: dict[str, Any], without: tuple[Protocol, ...]) -> None:
    mailbox = parse_mailbox(declared(**changes))
    assert mailbox.without_server == without
    for protocol in without:
        endpoint = mailbox.endpoint(protocol)
        assert endpoint is not None
        # All that does not depend on the server is settled.
        assert (endpoint.secret, endpoint.tls, endpoint.username) == (mailbox.secret, mailbox.tls, None)


@pytest.mark.parametrize(
    ("written", "stands", "named"), [("gmail", "gmail", "gmail"), (" Gmail ", "gmail", "gmail"), ("AUTO", "auto", None)]
)
def test_a_provider_is_named(written: str, stands: str, named: str | None) -> None:
    mailbox = parse_mailbox(declared(provider=written))
    assert (mailbox.provider, mailbox.named_provider) == (stands, named)
    # What is explicit wins.
    assert at(mailbox, "smtp.host") == "smtp.acme.example"


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider whose servers are not at the usual ports, and that wants two forms of a user name."""
    services = (
        Service(Protocol.SMTP, "smtp.shop.example", 587, Security.STARTTLS, ()),
        Service(Protocol.SMTP, "smtp.shop.example", 2465, Security.TLS, ()),
        Service(Protocol.IMAP, "imap.shop.example", 993, Security.TLS, (), UserName.LOCAL_PART),
    )
    known = {(one.host, one.protocol): tuple(s for s in services if s.protocol is one.protocol) for one in services}
    monkeypatch.setattr(table, "services_at", lambda host, protocol: known.get((host, protocol), ()))


@pytest.mark.parametrize(
    ("service", "more", "expected"),
    [
        ("smtp", {}, (587, "starttls", "a@acme.example")),
        ("smtp", {"security": "tls"}, (2465, "tls", "a@acme.example")),
        ("smtp", {"port": 2465}, (2465, "tls", "a@acme.example")),
        ("smtp", {"port": 465}, (465, "tls", "a@acme.example")),
        ("smtp", {"security": "none"}, (25, "none", "a@acme.example")),
        ("imap", {}, (993, "tls", "a")),
        ("imap", {"username": "b"}, (993, "tls", "b")),
        ("imap", {"port": 143}, (143, "starttls", "a")),
    ],
)
@pytest.mark.usefixtures("shop")
def test_at_a_known_host_the_provider_fills_what_is_not_declared(
    service: str, more: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    mailbox = parse_mailbox(declared(**{service: {"host": f"{service}.shop.example", **more}}))
    endpoint = mailbox.endpoint(Protocol(service))
    assert endpoint is not None
    assert (endpoint.port, endpoint.mode.value, endpoint.username) == expected


def test_an_address_is_no_known_host() -> None:
    """A program of one provider listens on this machine; what else listens there is none of its."""
    assert table.by_name("proton-bridge") is not None
    assert at(parse_mailbox(declared(smtp={"host": "127.0.0.1"})), "smtp.port") == 465


@pytest.mark.parametrize(
    ("email", "more", "username"),
    [
        ("a@icloud.com", {}, "a"),
        # A domain of one's own is an alias there: neither form of it logs in, and the address is the better guess.
        ("a@acme.example", {}, "a@acme.example"),
        ("a@acme.example", {"provider": "icloud"}, "a@acme.example"),
        ("a@icloud.com", {"provider": "icloud"}, "a"),
        ("a@icloud.com", {"username": "b"}, "b"),
    ],
)
def test_variants_at_one_host_may_want_different_user_names(email: str, more: dict[str, Any], username: str) -> None:
    mailbox = parse_mailbox(declared(email=email, imap={"host": "imap.mail.me.com"}, **more))
    assert at(mailbox, "imap.username") == username
    assert at(mailbox, "imap.port") == 993


def test_what_is_public_holds_no_secret() -> None:
    mailbox = parse_mailbox(declared(secret={"password": PLANTED}, imap__secret={"vault": {"path": "p", "field": "f"}}))
    public = mailbox.public()
    assert PLANTED not in repr(public) + repr(mailbox) + str(mailbox)
    assert public["smtp"]["secret"] == {"password": "inline"}
    assert public["imap"]["secret"] == {"vault": {"path": "p", "field": "f", "mount": "secret", "version": None}}
    assert list(public) == ["id", "email", "name", "protocols", "smtp", "imap", "daily_limit", "tags"]


def test_a_mailbox_is_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        parse_mailbox(GOOD).email = "b@acme.example"


KEYS = st.sampled_from(
    [
        "id",
        "email",
        "name",
        "provider",
        "protocols",
        "username",
        "secret",
        "smtp",
        "imap",
        "tls",
        "probe",
        "registry",
        "tags",
        "host",
        "port",
        "security",
        "auth",
        "vault",
        "path",
        "field",
        "password",
        "mechanisms",
        "from",
        "recipient",
        "folders",
        "ca",
        "verify",
        "timeout",
        "type",
        "oauth2",
        "pass",
        "ignore_checks",
        "version",
        "ehlo",
    ]
)
LEAVES = st.one_of(
    st.just(PLANTED),
    st.just(f"{PLANTED}\n"),
    st.just(f"https://u:{PLANTED}@host:1/"),
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(), max_size=6),
    st.binary(max_size=4),
    st.sampled_from(
        ["a@acme.example", "smtp.acme.example", "auto", "\ud800", "a@\ud800", "xn--", "tls", "~nobody-here/x"]
    ),
)
GARBAGE = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(KEYS, st.text(max_size=3), st.integers()), inner, max_size=5),
    ),
    max_leaves=25,
)


@settings(max_examples=600)
@given(st.dictionaries(KEYS, GARBAGE, max_size=8))
def test_garbage_is_told_and_never_shown(raw: dict[str, Any]) -> None:
    for data in (raw, {**GOOD, **raw}):
        try:
            mailbox = parse_mailbox(data)
        except DeclarationError as error:
            told = f"{error} {error!r} {error.__cause__!r} {error.__context__!r} {error.problems}"
            assert PLANTED not in told
            assert error.problems
        else:
            assert isinstance(mailbox, Mailbox)
