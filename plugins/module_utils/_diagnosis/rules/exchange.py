# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What Exchange says in words of its own, in Microsoft's cloud and on the premises: its table of replies."""

from __future__ import annotations

from ..._models.names import Category, StageStatus
from .model import AFTER_LOGIN, BOTH, IMAP, LOGIN, NO, SMTP, TO, UNKNOWN, YES, Rule, likely, maybe, words

_TABLE = "Microsoft.Exchange.Data.Transport, SmtpResponse"
_IMAP_TABLE = "Microsoft.Exchange.Imap4, Imap4ResponseFactory"
_DEVICES = "https://learn.microsoft.com/exchange/mail-flow-best-practices/fix-issues-with-printers-scanners-and-lob-applications"
_TLS = "Use security tls on port 993, or starttls on port 143."

RULES: tuple[Rule, ...] = (
    Rule(
        "exchange-submission-off",
        Category.POLICY_ACCOUNT,
        "the mailbox may not send: its quota for sending is zero",
        (
            likely(
                "ProhibitSendQuota of the mailbox is 0. The login itself was accepted.",
                "Administrator: raise it with Set-Mailbox -ProhibitSendQuota. Do not change the password.",
            ),
        ),
        protocols=SMTP,
        stages=LOGIN | AFTER_LOGIN,
        text=words(r"submission has been disabled for this account"),
        password_at_fault=NO,
        source=_TABLE,
    ),
    Rule(
        "exchange-no-mailbox",
        Category.AUTH_AUTHZ,
        "the login counts, but there is no mailbox behind it",
        (
            likely(
                "The user has no mailbox, or no license for one.",
                "Administrator: give the user a license with a mailbox. Do not change the password.",
            ),
            maybe("The login is not the mailbox's own.", "Log in as a user who has a mailbox, and declare smtp.from."),
        ),
        protocols=SMTP,
        stages=LOGIN,
        text=words(r"mailbox cannot be accessed"),
        password_at_fault=NO,
        source="https://github.com/nodemailer/nodemailer/issues/949",
    ),
    Rule(
        "exchange-login-in-clear",
        Category.AUTH_PLAINTEXT_REFUSED,
        "logins are taken only under TLS",
        (likely("The connection is not protected, and the server's LoginType wants that.", _TLS),),
        protocols=IMAP,
        stages=LOGIN,
        code="BAD",
        text=words(r"command received in invalid state"),
        source=_IMAP_TABLE,
    ),
    Rule(
        "exchange-mechanism",
        Category.AUTH_MECHANISM,
        "the server does not know this mechanism",
        (likely("The mechanism is not offered here.", "Leave imap.auth.mechanisms at auto, or name PLAIN."),),
        protocols=IMAP,
        stages=LOGIN,
        text=words(r"command argument error\. ?11\b"),
        password_at_fault=UNKNOWN,
        source=_IMAP_TABLE,
    ),
    Rule(
        "exchange-login-characters",
        Category.CLIENT_QUOTING,
        "the server can't read the login as it was sent",
        (
            likely(
                "User name or password has characters that Exchange does not take in a LOGIN command, or is too long.",
                "Name PLAIN in imap.auth.mechanisms.",
            ),
        ),
        protocols=IMAP,
        stages=LOGIN,
        text=words(r"command argument error\. ?12\b|command error\. ?1[01]\b"),
        password_at_fault=UNKNOWN,
        source=_IMAP_TABLE,
    ),
    Rule(
        "exchange-old-tls",
        Category.TLS_VERSION,
        "the server wants TLS 1.2 at least",
        (
            likely(
                "The machine that probes spoke TLS 1.0 or 1.1.",
                "Update OpenSSL there, or allow TLS 1.2 in its configuration (MinProtocol, system-wide crypto policy).",
            ),
        ),
        protocols=BOTH,
        text=words(r"TLS 1\.0 and 1\.1 are not supported"),
        status=StageStatus.FAILED,
        source="https://aka.ms/smtp_auth_tls",
    ),
    Rule(
        "exchange-weak-cipher",
        Category.TLS_CIPHER,
        "the cipher that was agreed on is too weak for the server",
        (likely("The machine that probes offers weak ciphers alone.", "Allow stronger ciphers there."),),
        protocols=SMTP,
        text=words(r"negotiated TLS cipher strength is too weak"),
        status=StageStatus.FAILED,
        source=_TABLE,
    ),
    Rule(
        "exchange-directory",
        Category.SERVER_TEMPORARY,
        "the server can't look up the account at this moment",
        (likely("Its directory does not answer.", "Do not change the password; probe again later."),),
        protocols=SMTP,
        stages=LOGIN,
        code="4..",
        text=words(r"temporary authorization failure"),
        retryable=True,
        retry_after=600,
        source=_TABLE,
    ),
    Rule(
        "exchange-queue",
        Category.CONN_RATE_LIMITED,
        "the organisation has too much mail waiting at the server",
        (
            likely(
                "Mail of the whole organisation has piled up; no mailbox is full.",
                "Stop bulk senders of the organisation, let the queue drain, and probe later.",
            ),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"organization queue quota exceeded"),
        retryable=True,
        retry_after=3600,
        status=StageStatus.INCONCLUSIVE,
        source="https://github.com/ActiveCampaign/smtp-field-manual",
    ),
    Rule(
        "exchange-administrator",
        Category.POLICY_ADMIN_RULE,
        "an administrator of the server has this mail stopped",
        (
            likely(
                "A transport rule or an agent of the organisation took the message.",
                "Ask the organisation's administrator which rule it was.",
            ),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"(?:intercepted|discarded)\b<20>\bby administrative action"),
        status=StageStatus.FAILED,
        source=_TABLE,
    ),
    Rule(
        "exchange-errors",
        Category.MESSAGE_REFUSED,
        "the server gave the message up after errors that it does not name",
        (
            maybe(
                "The message, or the session before it, caused too many errors.", "Probe again; report it if it stays."
            ),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"too many related errors"),
        source=_TABLE,
    ),
    Rule(
        "m365-tenant-locked",
        Category.AUTH_ACCOUNT_DISABLED,
        "Microsoft locked the whole organisation",
        (likely("The tenant is locked out.", "The organisation's administrator has to ask Microsoft's support."),),
        protocols=SMTP,
        stages=LOGIN,
        text=words(r"tenant locked out"),
        password_at_fault=NO,
        source=_TABLE,
    ),
    Rule(
        "exchange-login-bug",
        Category.SERVER_BUG,
        "the server can't check this login because of a fault of its own that stays",
        (likely("A fault of the server or of its directory.", "Do not change the password; tell the administrator."),),
        protocols=SMTP,
        stages=LOGIN,
        text=words(r"due to permanent server error"),
        password_at_fault=NO,
        source=_TABLE,
    ),
    Rule(
        "m365-federation-down",
        Category.SERVER_TEMPORARY,
        "the organisation's own sign-in server could not be asked",
        (
            likely(
                "The federation server (AD FS or its like) does not answer Microsoft.",
                "Do not change the password; the organisation's administrator has to repair that server.",
            ),
        ),
        protocols=SMTP,
        stages=LOGIN,
        text=words(r"federated STS\b<30>\bunreachable"),
        password_at_fault=NO,
        retryable=True,
        retry_after=600,
        status=StageStatus.INCONCLUSIVE,
        source=_DEVICES,
    ),
    Rule(
        "m365-federation-plain",
        Category.AUTH_UNAVAILABLE,
        "the organisation's own sign-in server has no HTTPS address",
        (
            likely(
                "The address of the federation server begins with http://.",
                "The organisation's administrator has to give it HTTPS, and enter that address.",
            ),
        ),
        protocols=SMTP,
        stages=LOGIN,
        text=words(r"federated STS\b<30>\bHTTPS"),
        password_at_fault=NO,
        source=_DEVICES,
    ),
    Rule(
        "m365-user-missing",
        Category.AUTH_CREDENTIALS,
        "Microsoft knows no such user",
        (likely("The user name is not the user principal name of an account.", "Check smtp.username."),),
        protocols=SMTP,
        stages=LOGIN,
        text=words(r"authentication unsuccessful\b<5>user not found"),
        password_at_fault=UNKNOWN,
        source=_TABLE,
    ),
    Rule(
        "m365-wrong-password",
        Category.AUTH_CREDENTIALS,
        "Microsoft does not accept this user name and password together",
        (
            likely("The password is wrong.", "Check it by signing in at https://outlook.office.com."),
            likely("The user name is not the user principal name of the account.", "Check smtp.username."),
        ),
        protocols=SMTP,
        stages=LOGIN,
        text=words(r"authentication unsuccessful\b<5>the user credentials were incorrect"),
        password_at_fault=YES,
        source=_DEVICES,
    ),
    Rule(
        "m365-no-such-recipient",
        Category.RCPT_UNKNOWN,
        "Microsoft knows no such recipient",
        (likely("The address does not exist in the organisation.", "Correct email or smtp.recipient."),),
        protocols=SMTP,
        stages=TO,
        enhanced=r"5\.4\.1",
        text=words(r"recipient address(?:es)? rejected ?: ?access denied"),
        source="https://learn.microsoft.com/exchange/mail-flow-best-practices/use-directory-based-edge-blocking",
    ),
    Rule(
        "m365-sender-domain-listed",
        Category.SENDER_REFUSED,
        "the domain of the sender is on a blocklist",
        (likely("Spamhaus lists the domain, whatever address it sends from.", "Ask at https://check.spamhaus.org."),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"MailFrom domain is listed"),
        source="https://github.com/ActiveCampaign/smtp-field-manual",
    ),
    Rule(
        "outlook-day-quota",
        Category.QUOTA_SENDING,
        "the account used up what it may send for now",
        (likely("The day's quota of the account.", "Wait a day and lower daily_limit."),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"verdict is RefuseQuota"),
        retryable=True,
        retry_after=3600,
        status=StageStatus.INCONCLUSIVE,
        source="https://github.com/Youans/nodejs-nodemailer-outlook/issues/11",
    ),
)
