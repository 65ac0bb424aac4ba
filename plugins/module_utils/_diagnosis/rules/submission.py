# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""SMTP server software at the login: Postfix, Exim, Dovecot submission, hMailServer."""

from __future__ import annotations

from ..._models.names import Category, StageStatus
from .model import LOGIN, SMTP, UNKNOWN, Rule, likely, maybe, rarely, words

_POSTFIX = "https://github.com/vdukhovni/postfix"
_EXIM = "https://github.com/Exim/exim"
_HMAIL = "https://github.com/hmailserver/hmailserver"
_DOVECOT = "https://github.com/dovecot/core src/submission-login"
_USE_TLS = "Declare security starttls on port 587, or tls on port 465."
_CHECK_USER = "Check the user name's form; most servers want the full address."

RULES: tuple[Rule, ...] = (
    Rule(
        "auth-encryption",
        Category.AUTH_PLAINTEXT_REFUSED,
        "this way of logging in is allowed only under TLS",
        (likely("The connection is not protected.", _USE_TLS),),
        protocols=SMTP,
        text=words(r"Encryption required for requested authentication|SSL/TLS-connection is required"),
        source=_POSTFIX,
    ),
    Rule(
        "sasl-limit",
        Category.AUTH_TOKEN,
        "the server finds the login data too long",
        (
            likely(
                "A large OAuth token does not fit the server's line limit.",
                "Ask for a token with fewer scopes; administrator: raise the line limits.",
            ),
        ),
        protocols=SMTP,
        stages=LOGIN,
        text=words(r"SASL response limit exceeded|line too long"),
        source=_POSTFIX,
    ),
    Rule(
        "auth-aborted",
        Category.AUTH_ABORTED,
        "the exchange was broken off",
        (
            maybe(
                "The mechanism could not be carried through with this server.",
                "Name another one in smtp.auth.mechanisms.",
            ),
        ),
        protocols=SMTP,
        stages=LOGIN,
        text=words(r"Authentication (?:aborted|cancel+ed)"),
        source=_POSTFIX,
    ),
    Rule(
        "auth-too-many",
        Category.AUTH_RATE_LIMITED,
        "too many logins came in a short time",
        (likely("The server limits logins for an address.", "Wait ten minutes and lower the concurrency."),),
        protocols=SMTP,
        text=words(r"too many AUTH commands"),
        retryable=True,
        retry_after=600,
        source=_POSTFIX,
    ),
    Rule(
        "hmail-many",
        Category.AUTH_RATE_LIMITED,
        "too many logins failed before",
        (
            likely(
                "The server bars the address or the account for a while.",
                "Wait for the ban to end, or remove it in the server's administration; then try once.",
            ),
        ),
        stages=LOGIN,
        text=words(r"Too many invalid logon attempts"),
        retryable=True,
        retry_after=3600,
        password_at_fault=UNKNOWN,
        status=StageStatus.INCONCLUSIVE,
        source=_HMAIL,
    ),
    Rule(
        "postfix-mechanism",
        Category.AUTH_MECHANISM,
        "the server does not take this mechanism",
        (likely("The mechanism is not offered here.", "Name PLAIN in smtp.auth.mechanisms (needs TLS)."),),
        protocols=SMTP,
        stages=LOGIN,
        text=words(r"authentication failed:<5>invalid authentication mechanism"),
        source=_POSTFIX,
    ),
    Rule(
        "postfix-auth",
        Category.AUTH_CREDENTIALS,
        "the server does not accept this user name and password together",
        (
            likely("The password is wrong.", "Check the password, for example by signing in to the webmail."),
            likely("The user name has the wrong form.", _CHECK_USER),
            rarely("The server can't check this mechanism.", "Name PLAIN in smtp.auth.mechanisms (needs TLS)."),
        ),
        protocols=SMTP,
        stages=LOGIN,
        code="535",
        # What follows the colon is the login service's own reason; base64 is its last challenge.
        text=words(
            r"^Error: authentication failed:?(?! *generic failure) *(?:[A-Za-z0-9+/]{8,}=*|[\w ]*(?:fail\w*"
            r"|invalid[\w ]*))?\.?$"
        ),
        password_at_fault=UNKNOWN,
        source=_POSTFIX,
    ),
    Rule(
        "postfix-auth-backend",
        Category.AUTH_UNAVAILABLE,
        "the server can't check logins at this moment",
        (maybe("The service behind the login is down or restarts.", "Do not change the password; probe again later."),),
        protocols=SMTP,
        stages=LOGIN,
        text=words(
            r"^Error: authentication failed:<10>(?:connection (?:lost|refused|reset|timed)"
            r"|(?:internal|temporary|server) |(?:un)?able to connect|can(?:no|')t connect)"
        ),
        password_at_fault=UNKNOWN,
        retryable=True,
        retry_after=600,
        status=StageStatus.INCONCLUSIVE,
        source=_POSTFIX,
    ),
    Rule(
        "postfix-auth-reason",
        Category.AUTH_CREDENTIALS,
        "the server does not accept the login, for the reason that it quotes",
        (
            maybe("The password is wrong.", "Check the password, for example by signing in to the webmail."),
            maybe("The user name has the wrong form.", _CHECK_USER),
            rarely("The server can't check this mechanism.", "Name PLAIN in smtp.auth.mechanisms (needs TLS)."),
        ),
        protocols=SMTP,
        stages=LOGIN,
        code="535",
        text=words(r"^Error: authentication failed"),
        password_at_fault=UNKNOWN,
        source=_POSTFIX,
    ),
    Rule(
        "exim-auth",
        Category.AUTH_CREDENTIALS,
        "the server does not accept this user name and password together",
        (
            likely("The password is wrong.", "Check the password, for example by signing in to the webmail."),
            likely("The user name has the wrong form (cPanel: the full address).", _CHECK_USER),
            maybe("cPHulk locked the account or the address.", "Administrator: look at the block list of cPHulk."),
        ),
        protocols=SMTP,
        stages=LOGIN,
        text=words(r"Incorrect authentication data"),
        password_at_fault=UNKNOWN,
        source=_EXIM,
    ),
    Rule(
        "hmail-auth",
        Category.AUTH_CREDENTIALS,
        "the server does not accept this user name and password together",
        (
            likely("The user name is not the full address.", _CHECK_USER),
            likely("The password is wrong.", "Check the password."),
        ),
        protocols=SMTP,
        stages=LOGIN,
        text=words(r"Restarting authentication process"),
        password_at_fault=UNKNOWN,
        source=_HMAIL,
    ),
    Rule(
        "exim-temporary",
        Category.SERVER_TEMPORARY,
        "the server can't check logins at this moment",
        (
            likely(
                "The service behind the login (Dovecot, SQL, LDAP) is down.",
                "Do not change the password; tell the administrator.",
            ),
        ),
        protocols=SMTP,
        stages=LOGIN,
        text=words(r"Unable to authenticate at present|Temporary authentication failure(?!.*\b(?:too many|rate))"),
        retryable=True,
        retry_after=600,
        source=_EXIM,
    ),
    Rule(
        "auth-not-advertised",
        Category.AUTH_MECHANISM,
        "the server does not offer a login here",
        (
            likely("Logins are offered only under TLS, or not on this port.", _USE_TLS),
            maybe(
                "Logins are not offered to this address.", "Administrator: check for which hosts AUTH is advertised."
            ),
        ),
        protocols=SMTP,
        text=words(r"AUTH command used when not advertised|Authentication not enabled"),
        source=_EXIM,
    ),
    Rule(
        "dovecot-submission-user",
        Category.AUTH_ACCOUNT_DISABLED,
        "logins are switched off for this user",
        (likely("The account is disabled on the server.", "Ask the administrator to enable the account."),),
        stages=LOGIN,
        text=words(r"Login disabled for this user|account (?:is )?(?:disabled|suspended|deactivated)"),
        source=_DOVECOT,
    ),
    Rule(
        "auth-off",
        Category.AUTH_UNAVAILABLE,
        "the server does not know the AUTH command here",
        (
            likely("This port takes mail from other servers; it is not for logins.", _USE_TLS),
            maybe("Logins are not configured.", "Administrator: switch SASL on for the submission port."),
        ),
        protocols=SMTP,
        stages=LOGIN,
        code="50[02]",
        text=words(r"not implemented|unrecogni[sz]ed|not recogni[sz]ed|not supported|unknown command"),
        source=_POSTFIX,
    ),
)
