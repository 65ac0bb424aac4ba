# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attacks on what comes before TLS (NO STARTTLS, USENIX Security 2021), over real sockets.

Every server plays along with a client that goes on, and records each byte, in the clear and decrypted. All cases run
side by side once; each test then looks at one of them. docs/security.md has the same table for people.
"""

from __future__ import annotations

import base64
import re
import ssl
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from attacks import ASKED, ATTACKS, HELLO, IMAP, INJECTION, ITALKS, OFFER, PREAUTH, SMTP
from hostile import PASSWORD, USER, Case, Seen, forms, leaks, logins, probe_all, tempt
from pki import make_pki
from scripted import ScriptedServer, Step, expect, hang, imap_loop, send, server_context, smtp_loop, starttls

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import (
    Category,
    PasswordAtFault,
    Protocol,
    Security,
    Stage,
)

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    pki = make_pki(tmp_path_factory.mktemp("attacks") / "pki")
    good = pki.leaves["good"]
    context = server_context(str(good.cert), str(good.key))
    cases = {name: Case(a.protocol, [*a.script, tempt(a.protocol, context)]) for name, a in ATTACKS.items()}
    return probe_all(cases, str(pki.ca))


@pytest.mark.parametrize("name", ATTACKS)
def test_section_7_3_no_attack_before_tls_gets_the_password(seen: dict[str, Seen], name: str) -> None:
    attack, found = ATTACKS[name], seen[name]
    assert found.leaks == []
    assert logins(found.clear + found.secured) == []
    assert not found.evidence.submitted
    assert not found.evidence.authenticated
    failure = found.failure
    assert failure.stage is attack.stage, failure
    assert failure.category in (attack.category, *attack.or_else), failure
    assert attack.sentence in failure.sentence
    # What anybody on the way can write must not make people change passwords.
    assert failure.password_at_fault is PasswordAtFault.NO
    if failure.reply:
        assert failure.evidence["before_tls"] is True
    assert found.evidence.alerts == ()
    assert not [notice for notice in found.diagnosis.warnings if notice.id == "imap.alert"]


def test_section_5_6_a_client_that_hung_up_has_not_even_begun_tls(seen: dict[str, Seen]) -> None:
    for name, found in seen.items():
        if ATTACKS[name].category is INJECTION and "late" not in name:
            assert b"\x16\x03" not in found.clear, name
            assert found.clear.endswith((b"STARTTLS\r\n", b"EHLO probe.lab.test\r\n")), name


def test_section_5_3_nothing_shares_a_write_with_starttls(seen: dict[str, Seen]) -> None:
    for name in ("smtp-injected-late", "imap-injected-late"):
        clear = seen[name].clear
        assert re.search(rb"STARTTLS\r\n(\x16\x03|\Z)", clear), clear


# What was said before TLS is forgotten, and what is said inside it is never followed elsewhere.

CAN_IN_TLS = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\nM0002 OK\r\n"
NAMES = b'* LIST () "/" INBOX\r\n* LIST () "/" Real\r\n'
TAMPERING = (
    b'* LIST () "/" Evil\r\n* LSUB () "/" Evil\r\n* STATUS Evil (MESSAGES 5)\r\n* SEARCH 1 2\r\n* FLAGS (\\Evil)\r\n'
    b"* 66 EXISTS\r\n* 6 RECENT\r\n* 1 EXPUNGE\r\n* 1 FETCH (FLAGS ())\r\n* OK [ALERT] Evil says call me\r\n"
    b'* NAMESPACE (("Evil" "/")) NIL NIL\r\n* ID ("name" "Evil")\r\n* CAPABILITY IMAP4rev1 AUTH=EVIL\r\n'
    b"* PREAUTH in\r\n"
)


def _imap_in_tls(before: bytes, context: ssl.SSLContext) -> list[Step]:
    """STARTTLS with something in front of the reply, then an honest session."""
    opened = b"* 3 EXISTS\r\n%t OK [READ-ONLY]\r\n"
    session = {b"LIST": NAMES + b"%t OK\r\n", b"EXAMINE": opened, b"CAPABILITY": CAN_IN_TLS.replace(b"M0002", b"%t")}
    return [*ITALKS, send(before + b"M0001 OK go\r\n"), starttls(context), imap_loop(session), hang()]


def _smtp_in_tls(offer_before: bytes, auth_after: bytes, context: ssl.SSLContext) -> list[Step]:
    session = {b"EHLO": b"250-lab\r\n250 AUTH " + auth_after + b"\r\n", b"AUTH": b"235 2.7.0 in\r\n"}
    return [
        *HELLO,
        send(offer_before),
        expect(b"STARTTLS"),
        send(b"220 go\r\n"),
        starttls(context),
        smtp_loop(session),
        hang(),
    ]


class Inside(NamedTuple):
    """The cases with TLS, and the server that referrals point to."""

    seen: dict[str, Seen]
    elsewhere: ScriptedServer


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inside]:
    pki = make_pki(tmp_path_factory.mktemp("inside") / "pki")
    good = pki.leaves["good"]
    tls = server_context(str(good.cert), str(good.key))
    with ScriptedServer([hang()]) as elsewhere:
        url = b"imap://someone@127.0.0.1:%d/INBOX" % elsewhere.port
        can = [send(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] lab\r\n"), expect(b"M0001")]
        weak = b"250-lab\r\n250-STARTTLS\r\n250 AUTH LOGIN CRAM-MD5\r\n"
        no_login = b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n%t OK\r\n"
        names = {b"LIST": NAMES + b"%t OK\r\n"}
        cases = {
            "imap-tampered": Case(IMAP, _imap_in_tls(TAMPERING, tls)),
            "imap-lying-code": Case(IMAP, _imap_in_tls(b"* OK [CAPABILITY IMAP4rev1 AUTH=EVIL] x\r\n", tls)),
            "smtp-downgrade": Case(SMTP, _smtp_in_tls(weak, b"PLAIN LOGIN", tls)),
            "smtp-downgrade-inside": Case(SMTP, _smtp_in_tls(OFFER, b"CRAM-MD5", tls)),
            "imap-nothing-inside": Case(
                IMAP, [*ITALKS, send(b"M0001 OK\r\n"), starttls(tls), imap_loop({b"CAPABILITY": no_login}), hang()]
            ),
            "imap-preauth": Case(
                IMAP, [send(b"* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n"), imap_loop(names), hang()], Security.TLS, tls
            ),
            "imap-ok-before-password": Case(
                IMAP,
                [
                    *(send(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN LOGINDISABLED] lab\r\n"), expect(b"M0001")),
                    *(send(b"M0001 OK you are in\r\n"), imap_loop(names), hang()),
                ],
                Security.TLS,
                tls,
            ),
            "smtp-235-before-password": Case(
                SMTP,
                [
                    *HELLO,
                    send(b"250-lab\r\n250 AUTH LOGIN\r\n"),
                    expect(b"AUTH"),
                    send(b"235 in\r\n"),
                    smtp_loop({}),
                    hang(),
                ],
                Security.TLS,
                tls,
            ),
            "imap-ok-after-cancel": Case(
                IMAP,
                [
                    *(*can, send(b"+ more, please\r\n"), expect(b"*")),
                    *(send(b"M0001 OK you are in\r\n"), imap_loop(names), hang()),
                ],
                Security.TLS,
                tls,
            ),
            "imap-referral-login": Case(
                IMAP,
                [*can, send(b"M0001 NO [REFERRAL " + url + b"] try there\r\n"), tempt(IMAP, tls)],
                Security.TLS,
                tls,
            ),
            "imap-referral-ok": Case(
                IMAP,
                [*can, send(b"M0001 OK [REFERRAL " + url + b"] or there\r\n"), tempt(IMAP, tls)],
                Security.TLS,
                tls,
            ),
            "imap-referral-select": Case(
                IMAP,
                [
                    *can,
                    send(b"M0001 OK in\r\n"),
                    imap_loop({**names, b"EXAMINE": b"%t NO [REFERRAL " + url + b"] x\r\n"}),
                    hang(),
                ],
                Security.TLS,
                tls,
            ),
            "imap-referral-select-ok": Case(
                IMAP,
                [
                    *can,
                    send(b"M0001 OK in\r\n"),
                    imap_loop({**names, b"EXAMINE": b"%t OK [REFERRAL " + url + b"] x\r\n"}),
                    hang(),
                ],
                Security.TLS,
                tls,
            ),
        }
        yield Inside(probe_all(cases, str(pki.ca)), elsewhere)


@pytest.mark.parametrize("name", ["imap-tampered", "imap-lying-code", "smtp-downgrade"])
def test_section_5_3_what_was_said_before_tls_counts_no_longer(inside: Inside, name: str) -> None:
    found = inside.seen[name]
    assert found.diagnosis.failures == (), found.failure
    assert leaks(found.clear) == []
    assert logins(found.clear) == []
    assert len(logins(found.secured)) == 1
    assert found.evidence.mechanism == "PLAIN"
    for entry in found.evidence.stages:
        assert "Evil" not in repr(entry.facts)
    assert "EVIL" not in repr((found.evidence.capabilities, found.evidence.alerts, found.diagnosis.warnings))
    if name == "imap-tampered":
        select = found.evidence.stage(Stage.SELECT)
        assert select is not None
        assert select.facts["exists"] == 3


@pytest.mark.parametrize(
    ("name", "category", "sentence"),
    [
        ("smtp-downgrade-inside", Category.AUTH_MECHANISM, "none of the ways of logging in that may be used"),
        ("imap-nothing-inside", Category.AUTH_METHOD_DISABLED, "takes no password logins"),
        ("imap-preauth", PREAUTH, "before any login, which proves no password"),
        ("imap-ok-before-password", Category.PROTOCOL_VIOLATION, "success before the password was sent"),
        ("smtp-235-before-password", Category.PROTOCOL_VIOLATION, "success before the password was sent"),
    ],
)
def test_section_5_6_no_password_for_who_asks_for_none_inside_tls(
    inside: Inside, name: str, category: Category, sentence: str
) -> None:
    found = inside.seen[name]
    assert found.leaks == []
    assert "before-password" in name or logins(found.clear + found.secured) == []
    assert (found.failure.category, found.failure.stage) == (category, Stage.AUTH)
    assert sentence in found.failure.sentence
    assert not found.evidence.authenticated


def test_section_5_1_a_challenge_too_many_is_not_answered_with_the_password_again(inside: Inside) -> None:
    found = inside.seen["imap-ok-after-cancel"]
    assert (found.failure.category, found.failure.stage) == (Category.PROTOCOL_VIOLATION, Stage.AUTH)
    assert "success after the login was cancelled" in found.failure.sentence
    assert not found.evidence.authenticated
    assert len(logins(found.secured)) == 1
    assert found.secured.endswith(b"\r\n*\r\n")


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("imap-referral-login", Stage.AUTH),
        ("imap-referral-ok", Stage.AUTH),
        ("imap-referral-select", Stage.SELECT),
        ("imap-referral-select-ok", Stage.SELECT),
    ],
)
def test_section_7_3_referrals_are_never_followed(inside: Inside, name: str, stage: Stage) -> None:
    found = inside.seen[name]
    assert (found.failure.category, found.failure.stage) == (Category.AUTH_REFERRAL, stage), found.failure
    assert "sends the client to another server" in found.failure.sentence
    assert leaks(found.clear) == []
    assert len(logins(found.secured)) == 1
    assert (found.connections, inside.elsewhere.connections) == (1, 0)


# The recorder can see a secret: the same servers, and a user who allows what is forbidden by default.


ALLOWED: dict[str, tuple[Protocol, tuple[str, ...], list[Step]]] = {
    "smtp-plain": (SMTP, ("PLAIN",), [*HELLO, send(b"250-lab\r\n250 AUTH PLAIN\r\n")]),
    "smtp-login": (SMTP, ("LOGIN",), [*HELLO, send(b"250-lab\r\n250 AUTH LOGIN\r\n")]),
    "imap-plain-ir": (IMAP, ("PLAIN",), [send(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] lab\r\n")]),
    "imap-plain": (IMAP, ("PLAIN",), [send(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] lab\r\n")]),
    "imap-login": (IMAP, ("LOGIN",), [send(b"* OK [CAPABILITY IMAP4rev1] lab\r\n")]),
}


@pytest.fixture(scope="module")
def control(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    pki = make_pki(tmp_path_factory.mktemp("control") / "pki")
    good = pki.leaves["good"]
    context = server_context(str(good.cert), str(good.key))
    cases = {}
    for name, (protocol, mechanisms, script) in ALLOWED.items():
        whole = [*script, tempt(protocol, context)]
        cases[f"{name} in the clear"] = Case(protocol, whole, Security.NONE, plaintext_auth=True, mechanisms=mechanisms)
        cases[f"{name} inside TLS"] = Case(protocol, whole, Security.TLS, context, mechanisms=mechanisms)
    honest = [*ASKED, send(b"220 go\r\n"), starttls(context), tempt(SMTP, context)]
    cases["smtp-starttls inside TLS"] = Case(SMTP, honest)
    honest = [*ITALKS, send(b"M0001 OK go\r\n"), starttls(context), tempt(IMAP, context)]
    cases["imap-starttls inside TLS"] = Case(IMAP, honest)
    return probe_all(cases, str(pki.ca))


@pytest.mark.parametrize(
    "name",
    [
        *(f"{name} {where}" for name in ALLOWED for where in ("in the clear", "inside TLS")),
        "smtp-starttls inside TLS",
        "imap-starttls inside TLS",
    ],
)
def test_the_recorder_sees_a_secret_that_is_sent(control: dict[str, Seen], name: str) -> None:
    found = control[name]
    in_clear = name.endswith("clear")
    assert found.evidence.authenticated, found.evidence.stopped_at
    assert leaks(found.clear if in_clear else found.secured), (found.clear, found.secured)
    assert {leak.partition(":")[0] for leak in found.leaks} == {"password", "user"}
    assert logins(found.clear if in_clear else found.secured)
    if not in_clear:
        assert leaks(found.clear) == []


@pytest.mark.parametrize("before", range(6))
@pytest.mark.parametrize("after", range(4))
def test_the_search_finds_base64_at_every_alignment_and_across_lines(before: int, after: int) -> None:
    encoded = base64.b64encode(b"x" * before + PASSWORD.encode() + b"y" * after)
    assert leaks(b"AUTH PLAIN " + encoded + b"\r\n", {"password": PASSWORD.encode()})
    assert leaks(b"\r\n".join((encoded[:9], encoded[9:])), {"password": PASSWORD.encode()})


def test_the_search_finds_every_form_and_nothing_in_an_honest_record(seen: dict[str, Seen]) -> None:
    for name, octets in forms(PASSWORD.encode()).items():
        assert any(name in leak for leak in leaks(b"noise " + octets + b" noise")), name
    assert leaks(b"EHLO probe.lab.test\r\nSTARTTLS\r\n") == []
    assert any(found.clear for found in seen.values())
    assert USER.encode() in forms(USER.encode()).values()
