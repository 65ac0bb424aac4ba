# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What SMTP's own codes mean: reply codes and enhanced status codes (RFC 3463, 4954, 5248)."""

from __future__ import annotations

from ..._models.names import Category, StageStatus
from .model import AFTER_LOGIN, LOGIN, SMTP, TO, UNKNOWN, Rule, likely, maybe, rarely

_CHECK_PASSWORD = (
    "Check the password by signing in to the provider's webmail; create an app password where it offers them."
)
_CHECK_USER = "Check the user name's form; most servers want the full address."
_USE_TLS = "Declare security starttls or tls with the port that goes with it."
_KEEP = "Do not change the password; probe again later."
_REFUSED = (
    likely("The password is wrong, or the provider wants an app password.", _CHECK_PASSWORD),
    likely("The user name has the wrong form.", _CHECK_USER),
    maybe("The protocol is switched off for the account.", "Look in the account's settings for IMAP and SMTP access."),
)

RULES: tuple[Rule, ...] = (
    Rule(
        "code-5.7.8",
        Category.AUTH_CREDENTIALS,
        "the server does not accept this user name and password together",
        _REFUSED,
        protocols=SMTP,
        stages=LOGIN,
        enhanced=r"5\.7\.8",
        password_at_fault=UNKNOWN,
        source="RFC 4954",
    ),
    Rule(
        "code-5.7.9",
        Category.AUTH_MECHANISM,
        "the server finds this way of logging in too weak for the user",
        (
            likely("The server wants a stronger mechanism.", "Name another mechanism in smtp.auth.mechanisms."),
            likely("The provider wants an app password or OAuth2.", "Look in its account security pages for both."),
        ),
        protocols=SMTP,
        stages=LOGIN,
        code="534",
        password_at_fault=UNKNOWN,
        source="RFC 4954",
    ),
    Rule(
        "code-538",
        Category.AUTH_PLAINTEXT_REFUSED,
        "this way of logging in is allowed only under TLS",
        (maybe("The connection is not protected.", _USE_TLS),),
        protocols=SMTP,
        stages=LOGIN,
        code="538|523",
        source="RFC 4954",
    ),
    Rule(
        "code-5.7.11",
        Category.AUTH_PLAINTEXT_REFUSED,
        "this way of logging in is allowed only under TLS",
        (likely("The connection is not protected.", _USE_TLS),),
        protocols=SMTP,
        enhanced=r"5\.7\.1[01]",
        source="RFC 5248",
    ),
    Rule(
        "code-525",
        Category.AUTH_ACCOUNT_DISABLED,
        "the account is disabled",
        (likely("The account is disabled on the server.", "Ask the administrator to enable the account."),),
        protocols=SMTP,
        stages=LOGIN,
        enhanced=r"5\.7\.13",
        source="RFC 5248",
    ),
    Rule(
        "code-432",
        Category.AUTH_TRANSITION,
        "the server first wants one plain login, to convert the stored password",
        (
            likely(
                "The password is stored in an old form.",
                "Log in once with PLAIN over TLS: smtp.auth.mechanisms [PLAIN].",
            ),
        ),
        protocols=SMTP,
        stages=LOGIN,
        enhanced=r"4\.7\.12",
        status=StageStatus.FAILED,
        source="RFC 4954",
    ),
    Rule(
        "code-454",
        Category.SERVER_TEMPORARY,
        "the server can't check logins at this moment",
        (maybe("The service behind the login is down.", _KEEP),),
        protocols=SMTP,
        stages=LOGIN,
        code="4..",
        retryable=True,
        retry_after=600,
        source="RFC 4954",
    ),
    Rule(
        "code-530",
        Category.AUTH_REQUIRED,
        "the server takes commands only after a login",
        (maybe("The mailbox is declared without a login.", "Declare a secret, or remove auth.mechanisms none."),),
        protocols=SMTP,
        code="530",
        source="RFC 4954",
    ),
    Rule(
        "code-504",
        Category.AUTH_MECHANISM,
        "the server does not know this mechanism",
        (
            maybe(
                "The mechanism is not offered here.",
                "Choose one that the server lists, or leave auth.mechanisms at auto.",
            ),
        ),
        protocols=SMTP,
        stages=LOGIN,
        code="504",
        source="RFC 4954",
    ),
    Rule(
        "code-500-auth",
        Category.AUTH_UNAVAILABLE,
        "the server does not know the AUTH command here",
        (
            maybe("This port takes mail from other servers; it is not for logins.", "Use port 587 or 465."),
            maybe("Logins are not configured.", "Administrator: switch SASL on for the submission port."),
        ),
        protocols=SMTP,
        stages=LOGIN,
        code="50[02]",
        source="RFC 4954",
    ),
    Rule(
        "code-x.2.2",
        Category.QUOTA_MAILBOX,
        "the mailbox is full",
        (maybe("The mailbox reached its quota.", "Delete or archive mail, or raise the quota."),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        enhanced=r"[45]\.2\.2",
        source="RFC 3463",
    ),
    Rule(
        "code-5.2.1",
        Category.RCPT_ACCOUNT,
        "the recipient's mailbox is disabled",
        (maybe("The provider or the administrator disabled it.", "Have it enabled, or use another recipient."),),
        protocols=SMTP,
        stages=TO,
        enhanced=r"5\.2\.1",
        source="RFC 3463",
    ),
    Rule(
        "code-5.1.1",
        Category.RCPT_UNKNOWN,
        "the server knows no such recipient",
        (
            likely("The address does not exist there, or not any more.", "Correct email or smtp.recipient."),
            maybe("The host does not hold the mailboxes of this domain.", "Check smtp.host against the domain's MX."),
        ),
        protocols=SMTP,
        stages=TO,
        enhanced=r"5\.1\.(?:1|2|6|10)",
        source="RFC 3463",
    ),
    Rule(
        "code-5.1.3",
        Category.ADDRESS_SYNTAX,
        "the server can't read the address",
        (maybe("The declared address is malformed.", "Correct email, smtp.from or smtp.recipient."),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        enhanced=r"5\.1\.[37]",
        source="RFC 3463",
    ),
    Rule(
        "code-5.1.8",
        Category.DELIVERABILITY_DNS,
        "the sender's domain can't be used",
        (
            maybe("The sender's domain has no mail records.", "Publish MX and address records, or correct smtp.from."),
            maybe("The account is blocked from sending.", "Sign in by browser and look for a notice."),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        enhanced=r"[45]\.1\.8",
        source="RFC 3463",
    ),
    Rule(
        "code-5.6.7",
        Category.ADDRESS_UTF8,
        "the address has letters beyond ASCII and the server does not take them",
        (likely("The server does not support SMTPUTF8 for it.", "Use an address of ASCII letters."),),
        protocols=SMTP,
        enhanced=r"5\.6\.(?:7|9)",
        source="RFC 6531",
    ),
    Rule(
        "code-5.3.4",
        Category.SIZE,
        "the message is larger than the server takes",
        (likely("The server's size limit.", "Make the message smaller."),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        enhanced=r"5\.[23]\.[34]",
        code="552",
        source="RFC 3463",
    ),
    Rule(
        "code-4.5.3",
        Category.RCPT_LIMIT,
        "the server takes no more recipients in one go",
        (maybe("A limit of the server for this session.", "Probe again later."),),
        protocols=SMTP,
        stages=TO,
        enhanced=r"[45]\.5\.3",
        retryable=True,
        source="RFC 3463",
    ),
    Rule(
        "code-5.7.1-sender",
        Category.SENDER_NOT_OWNED,
        "the server does not let this login use the sender",
        (
            maybe("The sender is not an address of the login.", "Use an address of the login in smtp.from."),
            maybe("A rule of the server forbids it.", "Read the reply, and ask the administrator."),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        code="553",
        enhanced=r"5\.7\.1",
        source="RFC 3463",
    ),
    Rule(
        "code-5.7.1",
        Category.POLICY_REFUSED,
        "a policy of the server forbids it",
        (
            maybe("A rule about sender, recipient or client.", "Read the reply; its words name the rule, if any do."),
            maybe("The sender is not an address of the login.", "Use an address of the login in smtp.from."),
            rarely("The address the probe comes from is distrusted.", "Probe from another network to compare."),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        enhanced=r"5\.7\.\d+",
        source="RFC 3463",
    ),
)
