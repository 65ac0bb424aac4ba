# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said about a declaration before any packet is sent."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.sanity import (
    Check,
    Severity,
    check,
    password_checks,
    shared_secrets,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._models.checks import REQUIRED, CheckId
from ansible_collections.mailops.mailbox.plugins.module_utils._models.mailbox import Mailbox
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol
from ansible_collections.mailops.mailbox.plugins.module_utils._models.parse import parse_mailbox
from ansible_collections.mailops.mailbox.tests.unit.diagnosis.test_sanity_provider import CASES as PROVIDER_CASES

SECRET = "pl4nted-S3cret"


def mailbox(smtp: dict[str, Any] | None = None, imap: dict[str, Any] | None = None, **more: Any) -> Mailbox:
    return parse_mailbox(
        {
            "email": "a@acme.example",
            "secret": {"vault": {"path": "mail/a", "field": "app_password"}},
            "smtp": {"host": "mx.acme.example", **(smtp or {})},
            "imap": {"host": "mx.acme.example", **(imap or {})},
            **more,
        }
    )


def ids(found: tuple[Check, ...]) -> list[str]:
    return [f"{item.severity.value} {item.id.value} {item.path}" for item in found]


CASES: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"smtp": {"host": "smtp.acme.example"}, "imap": {"host": "imap.acme.example"}}, []),
    (
        {"smtp": {"host": "imap.acme.example"}, "imap": {"host": "smtp-mail.acme.example"}},
        ["error config.hosts_swapped smtp.host"],
    ),
    ({"smtp": {"host": "imap4.acme.example"}}, ["warning config.host_other_protocol smtp.host"]),
    ({"imap": {"host": "smtppro.acme.example"}}, ["warning config.host_other_protocol imap.host"]),
    ({"imap": {"host": "pop3.acme.example"}}, ["warning config.host_pop imap.host"]),
    ({"imap": {"host": "popular.acme.example"}}, []),
    ({"smtp": {"host": "webmail.acme.example"}}, ["warning config.host_web smtp.host"]),
    ({"smtp": {"port": 587, "security": "tls"}}, ["warning config.port_security smtp.security"]),
    ({"smtp": {"port": 465, "security": "starttls"}}, ["warning config.port_security smtp.security"]),
    ({"imap": {"port": 143, "security": "tls"}}, ["warning config.port_security imap.security"]),
    ({"imap": {"port": 993, "security": "starttls"}}, ["warning config.port_security imap.security"]),
    ({"smtp": {"port": 2525, "security": "tls"}}, []),
    ({"imap": {"port": 995, "security": "tls"}}, ["warning config.port_pop imap.port"]),
    ({"imap": {"port": 110, "security": "starttls"}}, ["warning config.port_pop imap.port"]),
    ({"smtp": {"port": 443, "security": "tls"}}, ["warning config.port_web smtp.port"]),
    ({"imap": {"port": 465, "security": "tls"}}, ["warning config.port_other_protocol imap.port"]),
    ({"smtp": {"port": 993, "security": "tls"}}, ["warning config.port_other_protocol smtp.port"]),
    ({"smtp": {"port": 25}}, ["warning config.port_25 smtp.port"]),
    ({"smtp": {"port": 25, "security": "none", "auth": {"mechanisms": ["none"]}}}, []),
    ({"smtp": {"username": "a"}}, ["warning config.username_bare smtp.username"]),
    ({"smtp": {"username": "key-1"}}, []),
    ({"imap": {"host": "imap.mail.me.com", "username": "a"}}, []),
    ({"smtp": {"from": ["x@other.example"]}}, ["warning config.from_domain smtp.from"]),
    ({"smtp": {"username": "a@other.example"}}, ["warning config.from_domain smtp.from"]),
    ({"imap": {"tls": {"verify": False}}}, ["warning config.tls_not_verified imap.tls.verify"]),
    ({"imap": {"port": 1143, "security": "none"}}, ["warning config.plaintext_auth imap.security"]),
    ({"secret": {"password": f" {SECRET}"}}, ["warning config.password_blanks secret"]),
    ({"secret": {"password": "abcd efgh ijkl mnop"}}, ["warning config.app_password_blanks secret"]),
    ({"secret": {"password": "abcd-efgh-ijkl-mnop"}}, []),
    ({"secret": {"password": "correct horse battery"}}, []),
]


@pytest.mark.parametrize(("declared", "expected"), CASES)
def test_checks(declared: dict[str, Any], expected: list[str]) -> None:
    found = check(mailbox(**declared))
    assert ids(found) == expected
    assert all(item.text.endswith(".") and item.remedy.endswith(".") for item in found)


@pytest.mark.parametrize(("declared", "expected"), [case for case in CASES if case[1]])
def test_each_check_can_be_turned_off_unless_a_protection_is(declared: dict[str, Any], expected: list[str]) -> None:
    name = CheckId(expected[0].split()[1])
    if name in REQUIRED:
        assert ids(check(mailbox(**declared))) == expected
    else:
        assert check(mailbox(**declared, ignore_checks=[name.value])) == ()


def test_every_id_is_tested() -> None:
    seen = {name.split()[1] for _declared, expected in CASES for name in expected}
    elsewhere = {CheckId.PASSWORD_LINE_BREAK.value, CheckId.SECRET_SHARED.value}
    of_providers = {line.split()[1] for cases in PROVIDER_CASES.values() for case in cases for line in case.expected}
    assert seen | elsewhere | of_providers == {name.value for name in CheckId}


@pytest.mark.parametrize("mark", ["\n", "\r\n", "\0"])
def test_a_line_end_in_a_password_from_vault_is_an_error_and_told_once(mark: str) -> None:
    password = SECRET + mark
    passwords = {Protocol.SMTP: password, Protocol.IMAP: password}
    found = check(mailbox(), passwords=passwords)
    assert ids(found) == ["error config.password_line_break secret"]
    assert "printf %s" in found[0].remedy
    assert found == password_checks(mailbox(), passwords)
    assert SECRET not in repr(found)


def test_a_password_of_one_service_is_told_there() -> None:
    found = check(mailbox(imap={"secret": {"password": f"{SECRET} "}}))
    assert ids(found) == ["warning config.password_blanks imap.secret"]
    assert found[0].protocol is Protocol.IMAP
    assert SECRET not in repr(found)


def test_plaintext_says_whether_the_password_is_sent() -> None:
    withheld, sent = (
        check(mailbox(imap={"port": 1143, "security": "none", "allow_plaintext_auth": allowed}))[0].text
        for allowed in (False, True)
    )
    assert "will not be sent" in withheld
    assert "is sent without encryption" in sent


def test_a_secret_that_serves_two_addresses() -> None:
    first, second = mailbox(), mailbox(email="b@acme.example")
    third = mailbox(email="c@acme.example", secret={"vault": {"path": "mail/a", "field": "other"}})
    assert set(shared_secrets([first, second, third])) == {"a@acme.example", "b@acme.example"}
    assert ids(check(first, [second, third])) == ["warning config.secret_shared secret.vault"]
    assert "b@acme.example" in check(first, [second])[0].text
    assert check(third, [first, second]) == ()
    assert check(first, [mailbox(id="again")]) == ()


def test_errors_come_first() -> None:
    found = check(
        mailbox(smtp={"host": "imap.acme.example", "port": 25}, imap={"host": "smtp.acme.example", "username": "a"})
    )
    assert [item.severity for item in found] == [Severity.ERROR, Severity.WARNING, Severity.WARNING]


@pytest.mark.parametrize(
    ("email", "host", "right"),
    [
        ("a@gmail.com", "smtp.gmail.com", "Declare imap.host: imap.gmail.com."),
        ("a@icloud.com", "pop.mail.me.com", "Declare imap.host: imap.mail.me.com."),
        ("a@att.net", "inbound.att.net", "Declare imap.host: imap.mail.att.net."),
        ("a@acme.example", "webmail.acme.example", "Look up the provider's IMAP server."),
    ],
)
def test_the_right_host_is_named_where_it_is_known(email: str, host: str, right: str) -> None:
    found = check(
        parse_mailbox({"email": email, "secret": {"password": "x"}, "imap": {"host": host}, "protocols": ["imap"]})
    )
    assert right in [item.remedy for item in found if item.path == "imap.host"]
