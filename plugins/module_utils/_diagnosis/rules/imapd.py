# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""IMAP server software: Dovecot, Courier, hMailServer, and what several share."""

from __future__ import annotations

from ..._models.names import Category, Stage, StageStatus
from .model import (
    FOLDER,
    GREET,
    IMAP,
    LOGIN,
    NO,
    READ,
    UNKNOWN,
    YES,
    Rule,
    likely,
    maybe,
    rarely,
    words,
)

_DOVECOT = "https://github.com/dovecot/core"
_HMAIL = "https://github.com/hmailserver/hmailserver"
_USE_LIST = "Use a name from the folder list, with the server's own separator and prefix."
_CHECK_PASSWORD = "Check the password, for example by signing in to the webmail."
_CHECK_USER = "Check the user name's form; most servers want the full address."

RULES: tuple[Rule, ...] = (
    Rule(
        "dovecot-user-ip",
        Category.CONN_LIMIT,
        "this user has too many connections open from this address",
        (
            likely(
                "Other clients of the mailbox run behind the same address.",
                "Close some, or raise mail_max_userip_connections; then probe again.",
            ),
        ),
        protocols=IMAP,
        text=words(r"Maximum number of connections"),
        retryable=True,
        retry_after=300,
        status=StageStatus.INCONCLUSIVE,
        source=_DOVECOT,
    ),
    Rule(
        "dovecot-temporary",
        Category.SERVER_TEMPORARY,
        "the server can't check logins at this moment",
        (
            likely(
                "The service behind the login (LDAP, SQL, PAM) is down.",
                "Do not change the password; tell the administrator.",
            ),
        ),
        protocols=IMAP,
        stages=LOGIN,
        text=words(r"Temporary authentication failure(?!.*\brate)|Internal (?:login|authentication) failure"),
        retryable=True,
        retry_after=600,
        status=StageStatus.INCONCLUSIVE,
        source=_DOVECOT,
    ),
    Rule(
        "dovecot-plaintext",
        Category.AUTH_PLAINTEXT_REFUSED,
        "plain logins are allowed only under TLS",
        (likely("The connection is not protected.", "Declare security tls on port 993, or starttls on port 143."),),
        protocols=IMAP,
        stages=LOGIN,
        text=words(
            r"(?:plaintext|cleartext) authentication (?:is )?(?:disallowed|disabled)"
            # Stalwart and Courier.
            r"|login is disabled on the clear-text port|IMAP access disabled via insecure connection"
        ),
        status=StageStatus.FAILED,
        source=_DOVECOT,
    ),
    Rule(
        "dovecot-imap-off",
        Category.AUTH_PROTOCOL_DISABLED,
        "IMAP is switched off for this user",
        (
            likely(
                "The server's administrator, or the plan, allows this user no IMAP.",
                "Do not change the password; have IMAP switched on for the user.",
            ),
        ),
        protocols=IMAP,
        stages=LOGIN,
        text=words(
            r"(?<!\bor )IMAP4? (?:access )?(?:is |has been )?(?:disabled|not (?:enabled|allowed|permitted))"
            r"|not (?:enabled|allowed|authorized) (?:for|to use) IMAP"
            r"|service .?imap.? (?:is )?(?:disabled|denied)"
        ),
        source=_DOVECOT,
    ),
    Rule(
        "dovecot-login-disabled",
        Category.AUTH_ACCOUNT_DISABLED,
        "logins are switched off for this user",
        (likely("The account is disabled on the server.", "Ask the administrator to enable the account."),),
        protocols=IMAP,
        stages=LOGIN,
        text=words(r"Login disabled for this user|user is disabled|account (?:is )?disabled"),
        source=_DOVECOT,
    ),
    Rule(
        "imap-starttls",
        Category.TLS_REQUIRED,
        "the server wants TLS first",
        (likely("The connection is not protected.", "Declare security tls on port 993, or starttls on port 143."),),
        protocols=IMAP,
        text=words(r"STARTTLS is required|(?:TLS|SSL|encryption) (?:is )?required"),
        source=_HMAIL,
    ),
    Rule(
        "imap-starttls-down",
        Category.TLS_SERVER_PROBLEM,
        "the server can't do TLS at the moment",
        (likely("A part of the server is down.", "Probe again later, or use port 993 with security tls."),),
        protocols=IMAP,
        stages=frozenset({Stage.STARTTLS}),
        response_code="UNAVAILABLE",
        retryable=True,
        status=StageStatus.INCONCLUSIVE,
        source="RFC 5530",
    ),
    Rule(
        "imap-starttls-refused",
        Category.TLS_UNAVAILABLE,
        "the server does not do STARTTLS here",
        (
            likely("TLS is not configured on this port.", "Use port 993 with security tls."),
            maybe(
                "Something on the way interferes with STARTTLS.", "Compare what the port offers from another network."
            ),
        ),
        protocols=IMAP,
        stages=frozenset({Stage.STARTTLS}),
        code="NO|BAD",
        source="RFC 9051 section 6.2.1",
    ),
    Rule(
        "cyrus-authorization",
        Category.AUTH_AUTHZ,
        "the password is right, but the account may not use this service",
        (
            likely(
                "IMAP is switched off for the account.", "Administrator: look at cyr_deny and the account's rights."
            ),
            maybe("The user name asks for another user's mailbox.", "Check the user name."),
        ),
        protocols=IMAP,
        stages=LOGIN,
        text=words(r"^(?:Login failed: )?authorization failure$"),
        source="https://github.com/cyrusimap/cyrus-imapd",
    ),
    Rule(
        "imap-referral",
        Category.AUTH_REFERRAL,
        "the server sends the client to another server",
        (
            likely(
                "The account moved. A forged reply looks the same, so it is never followed.",
                "Ask the provider for the account's server and declare that as imap.host.",
            ),
        ),
        protocols=IMAP,
        stages=GREET | LOGIN | FOLDER,
        response_code="REFERRAL",
        source=_DOVECOT,
    ),
    Rule(
        "dovecot-invalid",
        Category.PROTOCOL_VIOLATION,
        "the server counted too many commands that it can't read",
        (
            likely("Port and security don't go together.", "Use port 993 with tls, or port 143 with starttls."),
            maybe("Something between probe and server changes the bytes.", "Probe from another network."),
        ),
        protocols=IMAP,
        text=words(r"Too many invalid IMAP commands"),
        status=StageStatus.FAILED,
        source=_DOVECOT,
    ),
    Rule(
        "dovecot-idle",
        Category.CONN_DROPPED,
        "the server found the session idle",
        (maybe("The line is slow, or the probe's machine is overloaded.", "Probe again with less at the same time."),),
        protocols=IMAP,
        code="BYE",
        text=words(r"for inactivity|Autologout|idle for too long"),
        retryable=True,
        status=StageStatus.INCONCLUSIVE,
        source=_DOVECOT,
    ),
    Rule(
        "dovecot-waiting",
        Category.SERVER_SLOW,
        "the server's login service is slow",
        (
            likely(
                "The service behind the login is slow or down.",
                "Do not change the password; probe again, tell the administrator.",
            ),
        ),
        protocols=IMAP,
        text=words(r"Waiting for authentication"),
        retryable=True,
        retry_after=300,
        status=StageStatus.INCONCLUSIVE,
        source=_DOVECOT,
    ),
    Rule(
        "hmail-user-form",
        Category.AUTH_USERNAME_FORM,
        "the server wants the full address as the user name",
        (likely("The user name is only the name part.", "Declare username with the full address."),),
        stages=LOGIN,
        text=words(r"use (?:your )?full e-?mail address as (?:your )?(?:user ?name|login)"),
        password_at_fault=NO,
        source=_HMAIL,
    ),
    Rule(
        "courier-login",
        Category.AUTH_CREDENTIALS,
        "the server does not accept this user name and password together",
        (
            likely("The password is wrong.", _CHECK_PASSWORD),
            likely("The user name has the wrong form.", _CHECK_USER),
            rarely("IMAP is off for the account.", "Ask the administrator."),
        ),
        protocols=IMAP,
        stages=LOGIN,
        code="NO",
        text=words(r"^Login failed\.?$|Invalid user ?name or password"),
        password_at_fault=UNKNOWN,
        source=_HMAIL,
    ),
    Rule(
        "imap-expired",
        Category.AUTH_EXPIRED,
        "the password has expired",
        (likely("The password's time is over.", "Set a new password, and declare it."),),
        protocols=IMAP,
        stages=LOGIN,
        response_code="EXPIRED",
        password_at_fault=YES,
        source="RFC 5530",
    ),
    Rule(
        "atom-quoting",
        Category.CLIENT_QUOTING,
        "the server misread the login line",
        (
            likely(
                "The server can't read special characters in a LOGIN command.",
                "Name PLAIN in imap.auth.mechanisms, and report this reply as a fault of the probe.",
            ),
        ),
        protocols=IMAP,
        stages=LOGIN,
        text=words(r"Invalid characters in atom"),
        source="imapsync FAQ.Authentication",
    ),
    Rule(
        "folder-missing",
        Category.MAILBOX_NONEXISTENT,
        "there is no such folder",
        (
            likely("The name is wrong, or in another language.", _USE_LIST),
            maybe("The server keeps folders under a prefix such as INBOX.", _USE_LIST),
        ),
        protocols=IMAP,
        stages=FOLDER,
        text=words(
            r"(?:does not|doesn.t) exist|no such (?:mailbox|folder)|(?:mailbox|folder) (?:could not be found|not found)"
            r"|unknown (?:mailbox|folder)|non-?existent"
        ),
        source=_DOVECOT,
    ),
    Rule(
        "folder-name",
        Category.MAILBOX_NAME,
        "the server does not take this folder name",
        (likely("Wrong separator, or characters that the server forbids.", _USE_LIST),),
        protocols=IMAP,
        stages=FOLDER,
        text=words(
            r"(?:invalid|bad|illegal) (?:mailbox |folder )?name|character not allowed"
            r"|name (?:is )?(?:invalid|reserved|not valid|too long)"
        ),
        source=_DOVECOT,
    ),
    Rule(
        "folder-rights",
        Category.MAILBOX_PERM,
        "the login has no rights on the folder",
        (
            likely(
                "The folder is shared without the right to read it.",
                "Have its owner grant the rights l and r, at least.",
            ),
        ),
        protocols=IMAP,
        stages=READ,
        text=words(
            r"^(?!.*\bnot authenticated\b).*(?:\b(?:permission|access)\b<10>\bdenied|not (?:authori[sz]ed|permitted"
            r"|allowed))"
        ),
        source=_DOVECOT,
    ),
    Rule(
        "imap-sequence",
        Category.PROTOCOL_VIOLATION,
        "the server finds the command wrong at this point",
        (
            maybe("Server and probe don't agree on the state of the session.", "Set probe.pipelining to off."),
            maybe("A name in the command has characters that the server can't read.", _USE_LIST),
        ),
        protocols=IMAP,
        stages=READ,
        text=words(
            r"\b(?:invalid|wrong) (?:\w+ )?state\b|\bmust be in\b<30>\bstate\b"
            r"|(?:invalid|wrong|bad) sequence"
        ),
        source="RFC 9051 section 3",
    ),
)
