# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replies reach their category, unknown ones the coarse one of their stage, and nothing a server says breaks it."""

from __future__ import annotations

import base64
import re

import pytest
from diagnosis.build import EMAIL, IMAP, ORDER, SMTP, judge, replied, seen
from diagnosis.vectors import GREETINGS, HOSTS, VECTORS, Vector
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.provider import Identity
from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.reply import Reply
from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.rules.book import PROVIDERS, RULES, doubtful
from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.rules.coarse import RULES as COARSE
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import (
    Category,
    Confidence,
    PasswordAtFault,
    Protocol,
    Security,
    Stage,
    StageStatus,
)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.id)
def test_known_replies_reach_their_category(vector: Vector) -> None:
    """What real servers say is recognised, whatever charset they say it in."""
    raw = vector.reply.encode("gb18030" if "gbk" in vector.id else "utf-8")
    evidence = replied(
        Protocol(vector.protocol),
        Stage(vector.stage),
        raw,
        host=HOSTS.get(vector.provider, "mail.acme.example"),
        greeting=GREETINGS.get(vector.provider, b""),
        authenticated=False,
    )
    (failure,) = judge(evidence).failures
    assert failure.category.value == vector.category
    assert failure.causes
    assert all(cause.cause and cause.remedy for cause in failure.causes)


@pytest.mark.parametrize(
    ("host", "protocol", "stage", "reply", "category", "foreign"),
    [
        ("imap.gmx.net", IMAP, Stage.AUTH, b"NO LOGIN failed.", "auth.credentials", "OAuth2"),
        (
            "mail.acme.example",
            SMTP,
            Stage.GREETING,
            b"421 Too many concurrent connections from this client (G2)",
            "conn.limit",
            "Microsoft",
        ),
        (
            "smtp.mail.yahoo.com",
            SMTP,
            Stage.SENDER,
            b"550 5.4.5 Daily sending quota exceeded",
            "quota.sending",
            "Google",
        ),
        (
            "imap.mail.yahoo.com",
            IMAP,
            Stage.AUTH,
            b"NO [LIMIT] Too many simultaneous connections",
            "conn.limit",
            "Google",
        ),
        ("smtp.mail.yahoo.com", SMTP, Stage.AUTH, b"421 4.7.0 Concurrent connections limit", "conn.limit", "Microsoft"),
        (
            "imap.zoho.com",
            IMAP,
            Stage.AUTH,
            b"NO account is not enabled for IMAP use",
            "auth.protocol_disabled",
            "Gmail",
        ),
        ("smtp.gmail.com", SMTP, Stage.SENDER, b"550 5.4.6 Unusual sending activity detected", "", "Zoho"),
        ("mail.acme.example", IMAP, Stage.AUTH, b"NO Login failed.", "auth.credentials", "Exchange"),
    ],
)
def test_one_vendor_s_words_mean_nothing_where_another_one_is_known(
    host: str, protocol: Protocol, stage: Stage, reply: bytes, category: str, foreign: str
) -> None:
    greeting = b"* OK [CAPABILITY IMAP4rev1] Courier-IMAP ready." if host == "mail.acme.example" else b""
    (failure,) = judge(replied(protocol, stage, reply, host=host, greeting=greeting, authenticated=False)).failures
    told = [failure.sentence, *(f"{cause.cause} {cause.remedy}" for cause in failure.causes)]
    assert not [text for text in told if foreign in text]
    assert not category or failure.category.value == category


def test_a_login_that_was_accepted_is_no_missing_login() -> None:
    """Relay denied behind an accepted login is about the sender or the recipient (seen with submission servers)."""
    for reply in (b"550 5.7.1 Relay denied", b"550 relaying to this domain, no", b"551 please try mx2.acme.example"):
        for authenticated in (True, False):
            evidence = replied(SMTP, Stage.RECIPIENT, reply, authenticated=authenticated)
            (failure,) = judge(evidence).failures
            assert failure.category is Category.RCPT_RELAY
            assert failure.causes
            assert any("No login took place" in cause.cause for cause in failure.causes) is not authenticated


@pytest.mark.parametrize(
    "reply", [b"NO STARTTLS is required.", b"NO TLS required", b"NO authentication is not allowed on this port"]
)
def test_what_to_do_about_imap_names_no_port_of_smtp(reply: bytes) -> None:
    (failure,) = judge(replied(IMAP, Stage.AUTH, reply)).failures
    assert failure.causes
    assert not [cause for cause in failure.causes if re.search("587|465|submission", cause.remedy)]


@pytest.mark.parametrize(
    ("protocol", "stage", "reply", "category", "status"),
    [
        (SMTP, Stage.GREETING, b"554 5.3.2 xyzzy", "server.refused", "failed"),
        (SMTP, Stage.GREETING, b"421 xyzzy", "server.temporary", "inconclusive"),
        (SMTP, Stage.AUTH, b"535 xyzzy", "auth.refused", "failed"),
        (SMTP, Stage.AUTH, b"454 xyzzy", "server.temporary", "inconclusive"),
        (SMTP, Stage.SENDER, b"550 xyzzy", "sender.refused", "failed"),
        (SMTP, Stage.SENDER, b"450 xyzzy", "server.temporary", "inconclusive"),
        (SMTP, Stage.RECIPIENT, b"550 xyzzy", "rcpt.refused", "failed"),
        (SMTP, Stage.MESSAGE, b"554 xyzzy", "message.refused", "failed"),
        (SMTP, Stage.STARTTLS, b"502 xyzzy", "tls.unavailable", "failed"),
        (SMTP, Stage.STARTTLS, b"454 xyzzy", "tls.server_problem", "inconclusive"),
        (IMAP, Stage.GREETING, b"* BYE xyzzy", "server.temporary", "inconclusive"),
        (IMAP, Stage.AUTH, b"a1 NO xyzzy", "auth.refused", "failed"),
        (IMAP, Stage.SESSION, b"a1 BAD xyzzy", "server.rejects_command", "failed"),
        (IMAP, Stage.LIST, b"a1 NO xyzzy", "mailbox.refused", "failed"),
        (IMAP, Stage.SELECT, b"a1 NO xyzzy", "mailbox.refused", "failed"),
        (IMAP, Stage.AUTH, b"a1 NO [LIMIT] xyzzy", "conn.limit", "inconclusive"),
        (IMAP, Stage.AUTH, b"a1 NO [CONTACTADMIN] xyzzy", "auth.account_disabled", "failed"),
    ],
)
def test_unknown_replies_reach_the_coarse_category(
    protocol: Protocol, stage: Stage, reply: bytes, category: str, status: str
) -> None:
    """Nothing is claimed that the reply does not say, and 4xx says nothing about the mailbox."""
    diagnosis = judge(replied(protocol, stage, reply))
    (failure,) = diagnosis.failures
    assert (failure.category.value, failure.status.value) == (category, status)
    assert diagnosis.outcome[protocol] is failure.status
    assert diagnosis.statuses[protocol][stage] is failure.status


@pytest.mark.parametrize(
    ("host", "reply", "protocol", "not_this"),
    [
        ("mail.acme.example", b"2 NO authentication failed", IMAP, "auth.protocol_disabled"),
        (
            "mail.acme.example",
            b"a1 NO [AUTHENTICATIONFAILED] Authentication failed",
            IMAP,
            "auth.app_password_required",
        ),
        ("mail.acme.example", b"534 5.7.9 xyzzy", SMTP, "auth.app_password_required"),
        ("notgmail.com.acme.example", b"534 5.7.9 xyzzy", SMTP, "auth.app_password_required"),
        ("mail.acme.example", b"2 NO Incorrect username or password.", IMAP, "auth.app_password_required"),
    ],
)
def test_a_provider_rule_needs_its_provider(host: str, reply: bytes, protocol: Protocol, not_this: str) -> None:
    """A text that many servers write is not taken for one provider's."""
    (failure,) = judge(replied(protocol, Stage.AUTH, reply, host=host)).failures
    assert failure.category.value != not_this
    assert failure.password_at_fault is PasswordAtFault.UNKNOWN


@pytest.mark.parametrize(
    ("host", "greeting"),
    [
        ("mail.acme.example", b"* OK Gimap ready for requests from 203.0.113.9 x1mb1"),
        ("imap.gmail.com", b""),
    ],
)
def test_a_vanity_name_does_not_hide_the_provider(host: str, greeting: bytes) -> None:
    """Who answers is told by the greeting where the host name is the customer's own."""
    reply = b"a1 NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)"
    (failure,) = judge(replied(IMAP, Stage.AUTH, reply, host=host, greeting=greeting)).failures
    assert failure.evidence["provider"] == "gmail"
    assert "app password" in failure.causes[0].cause.lower()


def test_a_refused_plain_login_without_tls_is_about_tls() -> None:
    """On a port in the clear, a server that wants TLS says nothing about the password."""
    evidence = replied(SMTP, Stage.AUTH, b"530 5.7.0 TLS required.", security=Security.NONE, port=25)
    (failure,) = judge(evidence).failures
    assert failure.category is Category.TLS_REQUIRED
    assert failure.password_at_fault is PasswordAtFault.NO


def test_words_alone_make_no_cause_certain() -> None:
    """Words are a likely reading; a code that says the same makes it certain, and another one does not."""
    found = {
        text: judge(replied(SMTP, Stage.RECIPIENT, text, authenticated=False)).failures[0]
        for text in (b"550 mailbox unknown", b"550 5.1.1 mailbox unknown", b"550 5.3.5 mailbox unknown")
    }
    assert {failure.category for failure in found.values()} == {Category.RCPT_UNKNOWN}
    assert [failure.causes[0].confidence for failure in found.values()] == [
        Confidence.MEDIUM,
        Confidence.HIGH,
        Confidence.MEDIUM,
    ]


def test_the_words_of_a_provider_are_doubted_where_nothing_else_names_it() -> None:
    """A text that some provider is known for may come from anybody."""
    reply = Reply(code="550", text="mailbox unknown")
    for rule in PROVIDERS:
        if not rule.providers:
            assert doubtful(rule, reply, SMTP, Stage.RECIPIENT, Identity())
            assert not doubtful(rule, reply, SMTP, Stage.RECIPIENT, Identity(provider="gmail"))


def test_no_cause_is_certain_where_only_stage_and_class_are_known() -> None:
    """The last layer names the kind of trouble and never one cause for sure."""
    for protocol, reply in ((SMTP, b"550 xyzzy"), (SMTP, b"450 xyzzy"), (IMAP, b"a1 NO xyzzy"), (IMAP, b"* BYE xyzzy")):
        for stage in ORDER[protocol][3:]:
            (failure,) = judge(replied(protocol, stage, reply, authenticated=False)).failures
            if failure.evidence["rule"] in {rule.id for rule in COARSE}:
                assert all(cause.confidence is not Confidence.HIGH for cause in failure.causes), (stage, reply)


def test_534_at_google_wants_an_app_password() -> None:
    """The same code means another thing at Google, wrapped over lines as Google does."""
    reply = b"534-5.7.9 Application-specific password required. Learn more at\r\n534 5.7.9  https://example/x - gsmtp"
    (failure,) = judge(replied(SMTP, Stage.AUTH, reply)).failures
    assert failure.category is Category.AUTH_APP_PASSWORD_REQUIRED
    assert failure.evidence["provider"] == "gmail"
    assert failure.password_at_fault is PasswordAtFault.YES


def test_server_fault_never_blames_the_password() -> None:
    """Who reads 454 must not change the password."""
    (failure,) = judge(replied(SMTP, Stage.AUTH, b"454 4.7.0 Temporary authentication failure")).failures
    assert failure.password_at_fault is PasswordAtFault.NO
    assert "Do not change the password" in failure.causes[0].remedy
    assert failure.retryable


def test_backoff_time_is_told() -> None:
    """Exchange says how long to wait."""
    reply = b"A1 BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds"
    (failure,) = judge(replied(IMAP, Stage.SELECT, reply)).failures
    assert failure.retry_after == 92.4


def test_secret_accepted_by_the_other_protocol_is_right() -> None:
    """IMAP refuses what SMTP took: the password is not at fault, IMAP is probably off."""
    diagnosis = judge(seen(SMTP), replied(IMAP, Stage.AUTH, b"a1 NO [AUTHENTICATIONFAILED] xyzzy"))
    (failure,) = diagnosis.failures
    assert failure.category is Category.AUTH_REFUSED
    assert failure.password_at_fault is PasswordAtFault.NO
    assert "switched off" in failure.causes[0].cause
    assert not [cause for cause in failure.causes if "password is wrong" in cause.cause]
    assert diagnosis.outcome == {SMTP: StageStatus.OK, IMAP: StageStatus.FAILED}


def test_disabled_login_beside_a_working_one_is_a_disabled_protocol() -> None:
    """Dovecot says that the user's login is disabled; SMTP took it, so it is IMAP that is off."""
    imap = replied(IMAP, Stage.AUTH, b"a1 NO [CONTACTADMIN] Login disabled for this user")
    (alone,) = judge(imap).failures
    assert alone.category is Category.AUTH_ACCOUNT_DISABLED
    (failure,) = judge(seen(SMTP), imap).failures
    assert failure.category is Category.AUTH_PROTOCOL_DISABLED
    assert "IMAP is switched off" in failure.sentence
    assert failure.password_at_fault is PasswordAtFault.NO


def test_clear_words_outrank_what_the_other_protocol_suggests() -> None:
    """Who is told that an app password is needed hears that first, though SMTP took this one."""
    imap = replied(
        IMAP, Stage.AUTH, b"a1 NO [ALERT] Application-specific password required: https://x.example (Failure)"
    )
    (failure,) = judge(seen(SMTP), imap).failures
    assert failure.category is Category.AUTH_APP_PASSWORD_REQUIRED
    assert "app password" in failure.causes[0].cause
    assert any("SMTP alone" in cause.cause for cause in failure.causes)


def test_other_secrets_prove_nothing_about_this_one() -> None:
    """Two secrets: what SMTP took says nothing about IMAP's."""
    imap = replied(IMAP, Stage.AUTH, b"a1 NO [AUTHENTICATIONFAILED] xyzzy")
    (failure,) = judge(seen(SMTP), imap, same_secret=False).failures
    assert failure.category is Category.AUTH_CREDENTIALS
    assert failure.password_at_fault is PasswordAtFault.UNKNOWN


def test_bare_user_name_is_a_cause() -> None:
    """Most servers want the full address."""
    evidence = replied(SMTP, Stage.AUTH, b"535 5.7.8 Error: authentication failed:")
    (failure,) = judge(evidence, usernames={SMTP: "sales01"}).failures
    assert failure.causes[0].confidence is Confidence.HIGH
    assert EMAIL in failure.causes[0].remedy


def test_icloud_wants_the_name_part_for_imap() -> None:
    """There, the bare name is right and the address is not."""
    imap = replied(IMAP, Stage.AUTH, b"1 NO [AUTHENTICATIONFAILED] Authentication failed", host="imap.mail.me.com")
    causes = judge(imap).failures[0].causes
    assert any("name part" in cause.cause for cause in causes)
    (failure,) = judge(imap, usernames={IMAP: "sales01"}).failures
    assert not [cause for cause in failure.causes if "not a full address" in cause.cause]


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_refused_tokens_are_no_passwords(mechanism: str) -> None:
    """With OAuth2 the advice is about tokens."""
    evidence = replied(
        IMAP, Stage.AUTH, b"a1 NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)", mechanism=mechanism
    )
    assert judge(evidence).failures[0].category is Category.AUTH_TOKEN


def test_oauth_challenge_is_decoded() -> None:
    """The reason is base64 in the challenge, and the final reply is vague."""
    challenge = base64.b64encode(b'{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}')
    raw = b"334 " + challenge + b"\r\n535 5.7.8 no"
    assert judge(replied(SMTP, Stage.AUTH, raw)).failures[0].category is Category.AUTH_TOKEN


def test_hashed_mechanism_leaves_the_password_open() -> None:
    """A server may offer CRAM-MD5 although the stored hash can't do it."""
    evidence = replied(SMTP, Stage.AUTH, b"535 5.7.0 (#MBR1212) Incorrect username or password", mechanism="CRAM-MD5")
    (failure,) = judge(evidence).failures
    assert failure.password_at_fault is PasswordAtFault.UNKNOWN
    assert any("CRAM-MD5" in cause.cause for cause in failure.causes)


def test_greylisting_after_a_login_is_a_warning() -> None:
    """45x at RCPT says nothing bad about a mailbox that could log in."""
    evidence = replied(SMTP, Stage.RECIPIENT, b"451 4.7.1 Greylisted, please try again later")
    diagnosis = judge(evidence)
    assert diagnosis.failures == ()
    assert [notice.id for notice in diagnosis.warnings] == ["rcpt.greylisted"]
    assert diagnosis.outcome[SMTP] is StageStatus.OK
    assert diagnosis.statuses[SMTP][Stage.RECIPIENT] is StageStatus.WARNING
    without_login = judge(replied(SMTP, Stage.RECIPIENT, b"451 4.7.1 xyzzy", authenticated=False))
    assert without_login.outcome[SMTP] is StageStatus.INCONCLUSIVE


@pytest.mark.parametrize(
    ("host", "first"),
    [("outlook.office365.com", "Passwords are not taken over IMAP any more."), ("mail.acme.example", "The password")],
)
def test_only_in_the_cloud_passwords_have_ended(host: str, first: str) -> None:
    """Exchange on the premises words its refusal as Microsoft 365 does, and takes passwords."""
    (failure,) = judge(replied(IMAP, Stage.AUTH, b"A00000002 NO LOGIN failed.", host=host)).failures
    assert failure.causes[0].cause.startswith(first)


def test_own_mailbox_full() -> None:
    """5.2.2 at RCPT to oneself is the own quota."""
    (failure,) = judge(replied(SMTP, Stage.RECIPIENT, b"552 5.2.2 xyzzy")).failures
    assert failure.category is Category.QUOTA_MAILBOX
    assert failure.sentence.startswith(f"Your own mailbox {EMAIL} is full")


@pytest.mark.parametrize("stage", [Stage.SENDER, Stage.RECIPIENT])
def test_objections_to_the_sender_are_about_the_sender(stage: Stage) -> None:
    """Postfix tells of the sender only at RCPT."""
    reply = b"553 5.7.1 <a@acme.example>: Sender address rejected: not owned by user b@acme.example"
    (failure,) = judge(replied(SMTP, stage, reply)).failures
    assert failure.category is Category.SENDER_NOT_OWNED
    assert failure.sentence.startswith(f"The sender {EMAIL} was refused")


def test_every_rule_is_whole() -> None:
    """Ids are unique, and every rule has a reason, a source, causes and remedies in plain words."""
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.source and rule.source != "remembered", rule.id
        assert isinstance(rule.category, Category) and isinstance(rule.password_at_fault, PasswordAtFault), rule.id
        assert all(isinstance(cause.confidence, Confidence) for cause in rule.causes), rule.id
        assert rule.retry_after is None or rule.retryable, rule.id
        assert rule.causes, rule.id
        assert rule.because and not rule.because.endswith("."), rule.id
        for cause in rule.causes:
            assert cause.cause.endswith(".") and cause.remedy.endswith("."), rule.id
        assert not re.search("unknown error", f"{rule.because}{rule.causes}", re.IGNORECASE), rule.id


_REPLIES = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=120).map(lambda text: f"535 5.7.8 {text}".encode("utf-8", "replace")),
    st.text(max_size=120).map(lambda text: f"a1 NO [{text[:9]}] {text}".encode("utf-8", "replace")),
    st.tuples(st.integers(200, 599), st.text(max_size=80)).map(
        lambda pair: f"{pair[0]} {pair[1]}".encode("utf-8", "replace")
    ),
)


@settings(max_examples=300)
@given(data=st.data(), raw=_REPLIES, protocol=st.sampled_from(Protocol))
def test_any_bytes_at_any_stage_are_explained(data: st.DataObject, raw: bytes, protocol: Protocol) -> None:
    """Whatever a server says: a category, a sentence, a cause and a remedy."""
    stage = data.draw(st.sampled_from(ORDER[protocol][3:]))
    diagnosis = judge(replied(protocol, stage, raw, authenticated=False))
    (failure,) = diagnosis.failures
    assert failure.stage is stage
    assert failure.sentence.endswith(".")
    assert failure.causes and all(cause.remedy for cause in failure.causes)
    if failure.status is StageStatus.INCONCLUSIVE:
        assert failure.retryable
