# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Google: Gmail and Workspace."""

from __future__ import annotations

from ..._models.names import Category, StageStatus
from .model import (
    AFTER_LOGIN,
    FOLDER,
    GREET,
    IMAP,
    LOGIN,
    NO,
    SMTP,
    TO,
    UNKNOWN,
    YES,
    Rule,
    likely,
    maybe,
    rarely,
    words,
)

_HERE = frozenset({"gmail"})
_HELP = "https://support.google.com/a/answer/3726730"
_APP_PASSWORD = (
    "Create an app password at https://myaccount.google.com/apppasswords (the account needs 2-Step Verification; a"
    " Workspace administrator may have forbidden app passwords) and declare it as the secret."
)
_BROWSER = (
    "Sign in to the account once with a browser, best from the network the probe runs in, "
    "confirm the activity, then"
    " log in with an app password."
)
_ADMIN_IMAP = "In the Google Admin console open Apps > Google Workspace > Gmail > End user access and allow IMAP."

RULES: tuple[Rule, ...] = (
    Rule(
        "gmail-app-password",
        Category.AUTH_APP_PASSWORD_REQUIRED,
        "Google wants an app password, not the account's own password",
        (likely("The secret is the account's normal password, or the app password was revoked.", _APP_PASSWORD),),
        stages=LOGIN,
        text=words(r"Application-specific password required|InvalidSecondFactor"),
        password_at_fault=YES,
        source="https://github.com/LukeSmithxyz/mutt-wizard/issues/831",
    ),
    Rule(
        "gmail-web-login",
        Category.AUTH_BLOCKED_WEB_LOGIN,
        "Google wants the sign-in confirmed in a browser first",
        (
            likely("Google finds the sign-in suspicious, for example because of a new place or network.", _BROWSER),
            maybe("The account's normal password is used.", _APP_PASSWORD),
        ),
        stages=LOGIN,
        text=words(r"log in (?:with|through|via) your web browser|Web login required"),
        password_at_fault=NO,
        source="https://github.com/barbushin/php-imap/issues/87",
    ),
    Rule(
        "gmail-web-login-code",
        Category.AUTH_BLOCKED_WEB_LOGIN,
        "Google wants the sign-in confirmed in a browser first",
        (likely("Google blocked the sign-in until a person confirms it.", _BROWSER),),
        protocols=IMAP,
        stages=LOGIN,
        response_code="WEBALERT",
        source="https://github.com/pmengal/MailSystem.NET/issues/17",
    ),
    Rule(
        "gmail-534-browser",
        Category.AUTH_BLOCKED_WEB_LOGIN,
        "Google wants the sign-in confirmed in a browser first",
        (likely("Google blocked the sign-in until a person confirms it.", _BROWSER),),
        protocols=SMTP,
        stages=LOGIN,
        providers=_HERE,
        code="534",
        enhanced=r"5\.7\.14",
        source=_HELP,
    ),
    Rule(
        "gmail-534",
        Category.AUTH_APP_PASSWORD_REQUIRED,
        "Google wants an app password, not the account's own password",
        (
            likely("The secret is the account's normal password.", _APP_PASSWORD),
            maybe("Google wants the sign-in confirmed in a browser.", _BROWSER),
        ),
        protocols=SMTP,
        stages=LOGIN,
        providers=_HERE,
        code="534",
        text=words(r"^(?!.*web browser)"),
        password_at_fault=YES,
        source=_HELP,
    ),
    Rule(
        "gmail-bad-credentials",
        Category.AUTH_CREDENTIALS,
        "Google does not accept this user name and password together",
        (
            likely("An app password is wrong, was revoked, or belongs to another account.", _APP_PASSWORD),
            maybe("The account's normal password is used; Google takes it no more.", _APP_PASSWORD),
            rarely("The user name is an alias.", "Log in with the account's primary address."),
        ),
        protocols=SMTP,
        stages=LOGIN,
        text=words(r"Username and Password not accepted|BadCredentials"),
        password_at_fault=YES,
        source=_HELP,
    ),
    Rule(
        "gmail-imap-credentials",
        Category.AUTH_CREDENTIALS,
        "Google does not accept this user name and secret together",
        (
            likely("The app password is wrong, was revoked, or the account's normal password is used.", _APP_PASSWORD),
            maybe("IMAP is off for the account or the organisation.", _ADMIN_IMAP),
            rarely(
                "With OAuth2: the token is of another user or lacks the scope.",
                "Ask for a token of this user with the scope https://mail.google.com/.",
            ),
        ),
        protocols=IMAP,
        stages=LOGIN,
        text=words(r"Invalid credentials \(Failure\)"),
        password_at_fault=UNKNOWN,
        source="https://github.com/imapsync/imapsync/issues/175",
    ),
    Rule(
        "gmail-imap-child",
        Category.AUTH_PROTOCOL_DISABLED,
        "IMAP is barred for this Google account",
        (
            likely(
                "It is a supervised (Family Link) account, for which IMAP can't be switched on.",
                "Use another account for this mailbox.",
            ),
            rarely("The organisation forbids IMAP.", _ADMIN_IMAP),
        ),
        protocols=IMAP,
        stages=LOGIN,
        text=words(r"IMAP access is not allowed for this account"),
        source="https://github.com/M66B/FairEmail/blob/master/FAQ.md#faq6",
    ),
    Rule(
        "gmail-imap-off",
        Category.AUTH_PROTOCOL_DISABLED,
        "IMAP is switched off for this Google account",
        (
            likely("The organisation switched it off, as only an organisation can since 2025.", _ADMIN_IMAP),
            maybe(
                "The account is one that still has a switch of its own, and it is off.",
                "Switch IMAP on in Gmail under Settings > Forwarding and POP/IMAP.",
            ),
        ),
        protocols=IMAP,
        stages=LOGIN,
        text=words(r"not enabled for IMAP use"),
        source=_HELP,
    ),
    Rule(
        "gmail-imap-domain-off",
        Category.AUTH_PROTOCOL_DISABLED,
        "IMAP is switched off for the whole Google domain",
        (likely("A Workspace administrator switched IMAP off.", _ADMIN_IMAP),),
        protocols=IMAP,
        stages=LOGIN,
        text=words(r"IMAP access is disabled for your domain"),
        source=_HELP,
    ),
    Rule(
        "gmail-oauth-challenge",
        Category.AUTH_TOKEN,
        "the access token is not accepted",
        (
            likely(
                "The access token has expired.", "Get a fresh access token; the refresh token may have been revoked."
            ),
            maybe(
                "The token is for another user or lacks the scope.",
                "Ask for a token of this very user with the full mail scope of the provider.",
            ),
        ),
        stages=LOGIN,
        text=words(r'"status"\s*:\s*"(?:400|401)".*"(?:scope|schemes)"'),
        password_at_fault=UNKNOWN,
        source="https://developers.google.com/gmail/imap/xoauth2-protocol",
    ),
    Rule(
        "gmail-imap-connections",
        Category.CONN_LIMIT,
        "the account has too many IMAP connections open",
        (
            likely(
                "Google allows 15 IMAP connections to an account at a time.",
                "Close other clients of this account or wait a few minutes, then probe again.",
            ),
        ),
        protocols=IMAP,
        text=words(r"Too many simultaneous connections"),
        retryable=True,
        retry_after=300,
        status=StageStatus.INCONCLUSIVE,
        source="https://github.com/wenfxl/openai-cpa/issues/66",
    ),
    Rule(
        "gmail-imap-bandwidth",
        Category.QUOTA_BANDWIDTH,
        "the account used up its IMAP traffic for the day",
        (
            likely(
                "Google limits commands and bytes over IMAP per day; other clients of the account count too.",
                "Wait up to 24 hours, and find the client that reads so much.",
            ),
        ),
        protocols=IMAP,
        text=words(r"exceeded (?:command or )?bandwidth limits"),
        retryable=True,
        retry_after=86400,
        status=StageStatus.INCONCLUSIVE,
        source=_HELP,
    ),
    Rule(
        "gmail-folder-blanks",
        Category.MAILBOX_NAME,
        "the folder's name has blanks where Google allows none",
        (likely("The name begins or ends with a blank, or has two in a row.", "Correct the folder's name."),),
        protocols=IMAP,
        stages=FOLDER,
        text=words(r"Folder contains excess whitespace"),
        source="imapsync FAQ.Gmail",
    ),
    Rule(
        "gmail-temporary-auth",
        Category.SERVER_TEMPORARY,
        "Google can't check logins at this moment",
        (likely("A fault at Google.", "Do not change the password; probe again later."),),
        protocols=SMTP,
        text=words(r"Cannot authenticate due to temporary system problem"),
        retryable=True,
        retry_after=600,
        source=_HELP,
    ),
    Rule(
        "gmail-daily-limit",
        Category.QUOTA_SENDING,
        "the account used up what it may send in a day",
        (
            likely(
                "Google limits messages a day (some 500 for free accounts, 2,000 for Workspace), and their recipients.",
                "Wait up to 24 hours and lower daily_limit, or send through a relay service.",
            ),
        ),
        protocols=SMTP,
        text=words(r"Daily (?:user sending|SMTP relay|sending) (?:limit|quota)"),
        retryable=True,
        retry_after=86400,
        source=_HELP,
    ),
    Rule(
        "gmail-pipelined-starttls",
        Category.PROTOCOL_VIOLATION,
        "the server saw commands behind STARTTLS",
        (likely("Commands and STARTTLS went out in one write.", "Set probe.pipelining to off and report the fault."),),
        protocols=SMTP,
        text=words(r"no commands allowed to pipeline after STARTTLS"),
        status=StageStatus.FAILED,
        source=_HELP,
    ),
    Rule(
        "gmail-auth-required",
        Category.AUTH_REQUIRED,
        "Google takes mail only after a login",
        (
            likely("The mailbox is declared without a login.", "Declare a secret, or remove auth.mechanisms none."),
            rarely(
                "The Workspace relay trusts addresses, and this one is not on its list.",
                "Add the sending address in Gmail > Routing > SMTP relay service.",
            ),
        ),
        protocols=SMTP,
        providers=_HERE,
        code="530",
        text=words(r"Authentication Required"),
        source=_HELP,
    ),
    Rule(
        "gmail-client",
        Category.POLICY_CLIENT,
        "Google turns this client away",
        (
            likely(
                "The EHLO name is generic or not a real name, which the Google relay takes for abuse.",
                "Declare smtp.ehlo with the real full host name of the machine, and try later.",
            ),
            maybe("Too many attempts came from this address.", "Lower the concurrency and try later."),
        ),
        protocols=SMTP,
        stages=GREET | AFTER_LOGIN,
        providers=_HERE,
        code="421",
        enhanced=r"4\.7\.0",
        text=words(r"Try again later, closing connection"),
        retryable=True,
        retry_after=3600,
        source=_HELP,
    ),
    Rule(
        "gmail-busy",
        Category.SERVER_TEMPORARY,
        "Google is busy",
        (likely("Overload at Google.", "Probe again in a few minutes."),),
        protocols=SMTP,
        providers=_HERE,
        code="421",
        enhanced=r"4\.4\.5",
        retryable=True,
        retry_after=300,
        source=_HELP,
    ),
    Rule(
        "gmail-rcpt-rate",
        Category.RCPT_RATE,
        "the recipient gets mail faster than Google lets it",
        (likely("Google slows down mail to this recipient.", "Probe again later, or use another recipient."),),
        protocols=SMTP,
        stages=TO,
        text=words(r"receiving mail (?:too quickly|at a rate)"),
        retryable=True,
        retry_after=3600,
        source=_HELP,
    ),
    Rule(
        "gmail-admin-rule",
        Category.POLICY_ADMIN_RULE,
        "a rule of the Workspace administrator forbids it",
        (
            likely(
                "A content or routing rule of the organisation matched (Google's mark for it is gcdp).",
                "Ask the Workspace administrator which rule it is.",
            ),
        ),
        protocols=SMTP,
        text=words(r"- gcdp "),
        source=_HELP,
    ),
    Rule(
        "gmail-unauthenticated-mail",
        Category.DELIVERABILITY_AUTH,
        "the sending domain does not prove that the mail is its own",
        (
            likely(
                "SPF or DKIM is missing, fails, or does not match the From address.",
                "Publish SPF, DKIM and DMARC for the sending domain and sign with it.",
            ),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        code="4..|550",
        enhanced=r"5\.7\.2[67]",
        # RFC 7505 has 5.7.27 for another fault of the sender's domain.
        text=words(r"^(?!.*nullMX)"),
        source="https://f5.pm/go-219786.html",
    ),
)
