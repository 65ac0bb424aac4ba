# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of a provider, held against a declaration: each check beside a neighbour that is healthy."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.sanity import Check, check, password_checks
from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.sanity_provider import provider_of
from ansible_collections.mailops.mailbox.plugins.module_utils._models.checks import CheckId
from ansible_collections.mailops.mailbox.plugins.module_utils._models.mailbox import Mailbox
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol
from ansible_collections.mailops.mailbox.plugins.module_utils._models.parse import parse_mailbox
from ansible_collections.mailops.mailbox.plugins.module_utils._providers.model import Credential, UserName
from ansible_collections.mailops.mailbox.plugins.module_utils._providers.table import PROVIDERS

GMAIL = {"smtp": {"host": "smtp.gmail.com"}, "imap": {"host": "imap.gmail.com"}}
OUTLOOK = {
    "smtp": {"host": "smtp-mail.outlook.com", "port": 587},
    "imap": {"host": "outlook.office365.com"},
}
M365 = {"smtp": {"host": "smtp.office365.com", "port": 587}, "imap": {"host": "outlook.office365.com"}}
YAHOO = {"smtp": {"host": "smtp.mail.yahoo.com"}, "imap": {"host": "imap.mail.yahoo.com"}}
ICLOUD = {
    "smtp": {"host": "smtp.mail.me.com", "port": 587},
    "imap": {"host": "imap.mail.me.com", "username": "a"},
}
GMX = {"smtp": {"host": "mail.gmx.com"}, "imap": {"host": "imap.gmx.com"}}
OWN = {"smtp": {"host": "mx.acme.example"}, "imap": {"host": "mx.acme.example"}}


def zoho(smtp: str = "smtp.zoho.com", imap: str = "imap.zoho.com") -> dict[str, Any]:
    return {"smtp": {"host": smtp}, "imap": {"host": imap}}


def mailbox(email: str, declared: dict[str, Any], password: str | None = None, **more: Any) -> Mailbox:
    vault = {"vault": {"path": "mail/a", "field": "app_password"}}
    secret = {"password": password} if password is not None else vault
    return parse_mailbox({"email": email, "secret": secret, **declared, **more})


def told(found: tuple[Check, ...]) -> list[str]:
    return [f"{item.severity.value} {item.id.value} {item.path}" for item in found]


class Case(NamedTuple):
    email: str
    declared: dict[str, Any]
    expected: list[str]
    words: str = ""
    password: str | None = None


def changed(base: dict[str, Any], **changes: Any) -> dict[str, Any]:
    merged = {**base}
    for key, value in changes.items():
        merged[key] = {**base[key], **value} if isinstance(base.get(key), dict) else value
    return merged


CASES: dict[str, list[Case]] = {
    "config.passwords_ended": [
        Case(
            "a@outlook.com",
            OUTLOOK,
            ["error config.passwords_ended secret"],
            "Outlook.com takes no password for SMTP and IMAP any more, app passwords included (as of",
        ),
        Case("a@hotmail.com", {**OUTLOOK, "protocols": ["imap"]}, ["error config.passwords_ended imap.secret"]),
        Case(
            "a@acme.example", {**M365, "protocols": ["imap"]}, ["error config.passwords_ended imap.secret"], "Microsoft"
        ),
        # SMTP may still work there, so that nothing is stopped.
        Case(
            "a@acme.example",
            M365,
            ["warning config.passwords_ended imap.secret", "warning config.password_doubtful smtp.secret"],
        ),
    ],
    "config.password_doubtful": [
        Case(
            "a@acme.example",
            {**M365, "protocols": ["smtp"]},
            ["warning config.password_doubtful smtp.secret"],
            "Microsoft 365 wants OAuth2 for SMTP; a password works only where it was allowed",
        ),
    ],
    "config.app_password_shape": [
        Case("a@gmail.com", GMAIL, ["warning config.app_password_shape secret"], "of Google", "Correct-horse1"),
        Case("a@acme.example", GMAIL, ["warning config.app_password_shape secret"], "Workspace", "Correct-horse1"),
        Case("a@yahoo.com", YAHOO, ["warning config.app_password_shape secret"], "of Yahoo", "Correct-horse1"),
        Case("a@icloud.com", ICLOUD, ["warning config.app_password_shape secret"], "of iCloud", "Correct-horse1"),
        Case(
            "a@qq.com",
            {"smtp": {"host": "smtp.qq.com"}, "imap": {"host": "imap.qq.com"}},
            ["warning config.app_password_shape secret"],
            "of QQ",
            "Correct-horse1",
        ),
    ],
    "config.app_password_blanks": [
        Case("a@gmail.com", GMAIL, ["warning config.app_password_blanks secret"], "Google", "abcd efgh ijkl mnop"),
        Case("a@zoho.com", zoho(), ["warning config.app_password_blanks secret"], "Zoho", "aB3d eFg4 iJkl"),
    ],
    "config.username_form": [
        Case(
            "a@icloud.com",
            changed(ICLOUD, imap={"username": "a@icloud.com"}),
            ["warning config.username_form imap.username"],
            "only the part before the @",
        ),
        Case(
            "a@acme.example",
            {**changed(ICLOUD, imap={"username": "a@acme.example"}), "protocols": ["imap"]},
            ["warning config.username_form imap.username"],
            "does not take the mailbox's own address",
        ),
    ],
    "config.username_bare": [
        Case("a@icloud.com", changed(ICLOUD, smtp={"username": "a"}), ["warning config.username_bare smtp.username"]),
    ],
    "config.provider_host": [
        Case(
            "a@zoho.eu",
            zoho("smtp.zoho.com", "imap.zoho.eu"),
            ["warning config.provider_host smtp.host"],
            "belongs to Zoho Mail, Europe",
        ),
        Case("a@zohomail.com", zoho("smtppro.zoho.com"), ["warning config.provider_host smtp.host"], "paid"),
        Case(
            "a@zoho.eu",
            {**zoho("smtp.zoho.com", "imap.zoho.eu"), "provider": "zoho"},
            ["warning config.provider_host smtp.host"],
            "belongs to Zoho Mail, Europe",
        ),
        Case(
            "a@acme.example",
            zoho("smtppro.zoho.com", "imappro.zoho.eu"),
            ["warning config.provider_host imap.host"],
            "lives in one of them",
        ),
    ],
    "config.provider_plan": [
        Case(
            "a@acme.example",
            zoho("smtp.zoho.eu", "imappro.zoho.eu"),
            ["warning config.provider_host imap.host", "warning config.provider_plan smtp.host"],
            "",
        ),
        Case(
            "a@acme.example",
            {**zoho("smtp.zoho.eu"), "protocols": ["smtp"]},
            ["warning config.provider_plan smtp.host"],
            "acme.example is a domain of its own",
        ),
        Case(
            "a@acme.example",
            {**zoho("smtp.zoho.com"), "protocols": ["smtp"], "provider": "zoho"},
            ["warning config.provider_plan smtp.host"],
            "smtp.zoho.com is for personal Zoho Mail, or a free organisation, and acme.example is a domain of its own",
        ),
    ],
    "config.provider_port": [
        Case(
            "a@acme.example",
            changed({**M365, "protocols": ["smtp"]}, smtp={"port": 465}),
            ["warning config.provider_port smtp.port", "warning config.password_doubtful smtp.secret"],
            "Microsoft 365 has port 587 with starttls for SMTP, not port 465 with tls",
        ),
        Case("a@gmail.com", changed(GMAIL, imap={"port": 143}), ["warning config.provider_port imap.port"]),
    ],
    "config.port_security": [
        # One word about a port is enough.
        Case(
            "a@gmail.com",
            changed(GMAIL, smtp={"port": 587, "security": "tls"}),
            ["warning config.port_security smtp.security"],
        ),
    ],
    "config.foreign_host": [
        Case(
            "a@gmail.com",
            changed(GMAIL, imap={"host": "imap.mail.yahoo.com"}),
            ["warning config.foreign_host imap.host"],
            "a@gmail.com is an address of Gmail",
        ),
    ],
    "config.host_split": [
        Case("a@gmx.com", changed(GMX, imap={"host": "mail.gmx.com"}), ["warning config.host_split imap.host"]),
    ],
    "config.host_other_protocol": [
        Case(
            "a@gmail.com",
            changed(GMAIL, imap={"host": "smtp.gmail.com"}),
            ["warning config.host_other_protocol imap.host"],
        ),
    ],
    "config.daily_limit": [
        Case("a@gmail.com", {**GMAIL, "daily_limit": 501}, ["warning config.daily_limit daily_limit"], "500 messages"),
        Case(
            "a@acme.example",
            {**GMAIL, "daily_limit": 2001},
            ["warning config.daily_limit daily_limit"],
            "2000 messages",
        ),
        Case(
            "a@acme.example",
            {**GMAIL, "daily_limit": 2001, "provider": "gmail"},
            ["warning config.daily_limit daily_limit"],
            "2000 messages",
        ),
        Case("a@gmail.com", {**OWN, "daily_limit": 501}, ["warning config.daily_limit daily_limit"]),
    ],
    "config.daily_limit_practical": [
        Case(
            "a@gmail.com",
            {**GMAIL, "daily_limit": 500},
            ["warning config.daily_limit_practical daily_limit"],
            "some 200 messages a day",
        ),
    ],
}
ALL = [pytest.param(case, id=f"{name} {number}") for name, cases in CASES.items() for number, case in enumerate(cases)]

HEALTHY: dict[str, tuple[str, dict[str, Any], str | None]] = {
    "gmail": ("a@gmail.com", GMAIL, "abcdefghijklmnop"),
    "gmail starttls": ("a@gmail.com", changed(GMAIL, smtp={"port": 587}), "abcdefghijklmnop"),
    "workspace": ("a@acme.example", {**GMAIL, "daily_limit": 200}, "abcdefghijklmnop"),
    "paid organisation, named": (
        "a@acme.example",
        {**zoho("smtppro.zoho.eu", "imappro.zoho.eu"), "provider": "zoho-pro-eu"},
        None,
    ),
    "yahoo": ("a@yahoo.com", YAHOO, "AbcdefghijklmnoP"),
    "icloud": ("a@icloud.com", ICLOUD, "abcd-efgh-ijkl-mnop"),
    "icloud, own domain": ("a@acme.example", {**ICLOUD, "protocols": ["imap"]}, None),
    "zoho": ("a@zoho.com", zoho(), "any password"),
    "zoho europe": ("a@zoho.eu", zoho("smtp.zoho.eu", "imap.zoho.eu"), None),
    "zoho pro": ("a@acme.example", zoho("smtppro.zoho.eu", "imappro.zoho.eu"), "Correct-horse1"),
    "gmx": ("a@gmx.com", GMX, "Correct-horse1"),
    "gmx imap starttls": ("a@gmx.com", changed(GMX, imap={"port": 143}), None),
    "web.de": (
        "a@web.de",
        {"smtp": {"host": "smtp.web.de", "username": "a"}, "imap": {"host": "imap.web.de", "username": "a"}},
        None,
    ),
    "att": ("a@sbcglobal.net", {"smtp": {"host": "smtp.mail.att.net"}, "imap": {"host": "imap.mail.att.net"}}, None),
    "att at yahoo": ("a@sbcglobal.net", changed(YAHOO), "abcdefghijklmnop"),
    "own server": ("a@acme.example", {**OWN, "daily_limit": 100000}, "Correct-horse1"),
    "somebody's relay": ("a@gmail.com", OWN, "Correct-horse1"),
    "this machine": ("a@gmail.com", {"smtp": {"host": "127.0.0.1"}, "imap": {"host": "::1"}}, "Correct-horse1"),
    "another account's login": (
        "a@gmail.com",
        {
            "smtp": {"host": "smtp.mail.yahoo.com", "username": "b@yahoo.com", "from": ["b@yahoo.com"]},
            "protocols": ["smtp"],
        },
        None,
    ),
    "trusted relay": (
        "a@outlook.com",
        {
            "smtp": {"host": "smtp-mail.outlook.com", "port": 587, "auth": {"mechanisms": ["none"]}},
            "protocols": ["smtp"],
        },
        None,
    ),
}


@pytest.mark.parametrize("case", ALL)
def test_a_contradiction_is_told(case: Case) -> None:
    found = check(mailbox(case.email, case.declared, case.password))
    assert told(found) == case.expected
    assert not case.words or case.words in found[0].text
    for item in found:
        assert item.text.endswith(".")
        assert item.remedy.endswith(".")
        assert case.password is None or case.password not in repr(item)


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_neighbour_is_left_alone(name: str) -> None:
    email, declared, password = HEALTHY[name]
    assert told(check(mailbox(email, declared, password))) == []


@pytest.mark.parametrize("case", ALL)
def test_each_check_can_be_turned_off(case: Case) -> None:
    ids = sorted({line.split()[1] for line in case.expected})
    assert check(mailbox(case.email, case.declared, case.password, ignore_checks=ids)) == ()


def test_every_id_of_a_provider_is_tested() -> None:
    ours = {
        CheckId.PASSWORDS_ENDED,
        CheckId.PASSWORD_DOUBTFUL,
        CheckId.APP_PASSWORD_SHAPE,
        CheckId.USERNAME_FORM,
        CheckId.PROVIDER_HOST,
        CheckId.PROVIDER_PLAN,
        CheckId.PROVIDER_PORT,
        CheckId.FOREIGN_HOST,
        CheckId.HOST_SPLIT,
        CheckId.DAILY_LIMIT,
        CheckId.DAILY_LIMIT_PRACTICAL,
    }
    assert {name.value for name in ours} <= {
        line.split()[1] for cases in CASES.values() for c in cases for line in c.expected
    }


def test_the_shape_is_checked_after_the_secret_was_read_and_says_nothing_of_it() -> None:
    one = mailbox("a@gmail.com", GMAIL)
    assert check(one) == ()
    found = password_checks(one, dict.fromkeys(Protocol, "hunter2-is-no-app-password"))
    assert told(found) == ["warning config.app_password_shape secret"]
    assert "hunter2" not in repr(found)
    assert not any(sign.isdigit() for sign in found[0].text)


def test_a_relay_s_password_is_not_held_against_the_other_s_provider() -> None:
    declared = {"smtp": {"host": "mx.acme.example"}, "imap": {"host": "imap.gmail.com"}}
    found = password_checks(mailbox("a@gmail.com", declared), dict.fromkeys(Protocol, "Correct-horse1"))
    assert told(found) == ["warning config.app_password_shape secret"]


@pytest.mark.parametrize(
    ("email", "declared", "name"),
    [
        ("a@gmail.com", OWN, "gmail"),
        ("a@acme.example", GMAIL, "google-workspace"),
        ("a@acme.example", M365, "microsoft365"),
        ("a@live.com", OUTLOOK, "outlook"),
        ("a@acme.example", zoho("smtppro.zoho.in", "imappro.zoho.in"), "zoho-pro-in"),
        ("a@acme.example", OWN, None),
    ],
)
def test_whose_mailbox_it_is(email: str, declared: dict[str, Any], name: str | None) -> None:
    known = provider_of(mailbox(email, declared))
    assert (known.variant.name if known else None) == name


def _as_the_table_has_it() -> list[Any]:
    cases = []
    for provider in PROVIDERS:
        for variant in provider.variants:
            domain = variant.domains[0] if variant.domains else "acme.example"
            if all("%" not in one.host and not one.host[0].isdigit() for one in variant.services):
                cases.append(pytest.param(variant, domain, id=variant.name))
    return cases


@pytest.mark.parametrize(("variant", "domain"), _as_the_table_has_it())
def test_what_the_table_says_contradicts_nothing_of_it(variant: Any, domain: str) -> None:
    """Every service of every provider, declared just as the table has it."""
    for service in variant.services:
        local = service.username is UserName.LOCAL_PART
        username = "a" if local else "login" if service.username is UserName.OTHER else f"a@{domain}"
        declared = {
            "protocols": [service.protocol.value],
            service.protocol.value: {
                "host": service.host,
                "port": service.port,
                "security": service.security.value,
                "username": username,
            },
        }
        found = {item.id for item in check(mailbox(f"a@{domain}", declared))}
        kinds = service.credentials or variant.credentials
        if kinds[0] is Credential.OAUTH2:
            found -= {CheckId.PASSWORDS_ENDED, CheckId.PASSWORD_DOUBTFUL}
        assert found == set(), service


def test_kinds_of_accounts_that_share_a_host_may_want_other_user_names() -> None:
    declared = {"imap": {"host": "imap.mail.me.com"}, "protocols": ["imap"]}
    personal, custom = mailbox("a@icloud.com", declared), mailbox("a@acme.example", declared)
    assert personal.imap is not None and custom.imap is not None
    assert (personal.imap.username, custom.imap.username) == ("a", "a@acme.example")
    assert check(personal) == ()
    assert told(check(custom)) == ["warning config.username_form imap.username"]


@pytest.mark.parametrize(
    ("declared", "remedy"),
    [
        (
            changed(M365, smtp={"port": 587, "security": "tls"}),
            "Set security to starttls, or use port 587 with starttls.",
        ),
        (
            changed(OWN, smtp={"port": 587, "security": "tls"}),
            "Set security to starttls, or use port 465 with tls or port 587 with starttls.",
        ),
    ],
)
def test_what_to_do_about_a_port_names_what_the_provider_has(declared: dict[str, Any], remedy: str) -> None:
    found = [one for one in check(mailbox("a@acme.example", declared)) if one.id is CheckId.PORT_SECURITY]
    assert [one.remedy for one in found] == [remedy]
