# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""How servers word a refused login or a refused connection: by classes of words, whoever they are."""

from __future__ import annotations

from ..._models.names import Category, Stage, StageStatus
from .model import GREET, IMAP, LOGIN, SMTP, UNKNOWN, YES, Rule, likely, maybe, words

_USE_TLS = "Declare security tls or starttls, with the port that goes with it."
_APP = "Look in the provider's account security pages for app passwords, create one, and declare it as the secret."
_MECHANISM = "Choose one that the server lists, or leave auth.mechanisms at auto."
_STARTTLS = frozenset({Stage.STARTTLS})

RULES: tuple[Rule, ...] = (
    Rule(
        "words-login-flood",
        Category.AUTH_RATE_LIMITED,
        "too many logins came, or failed, in a short time",
        (likely("The server limits logins.", "Stop other clients of the account, wait, then try once."),),
        stages=LOGIN,
        text=words(
            r"too (?:many|much)\b[^.;]{0,40}\b(?:auth\w*|log-?(?:in|on)s?|fail\w*|attempts?|times)\b"
            r"|\b(?:auth\w*|log-?(?:in|on)s?|fail\w*|attempts?)\b[^.;]{0,30}\btoo (?:many|often)\b"
        ),
        password_at_fault=UNKNOWN,
        retryable=True,
        retry_after=1800,
        status=StageStatus.INCONCLUSIVE,
        source="common",
    ),
    Rule(
        "words-app-password",
        Category.AUTH_APP_PASSWORD_REQUIRED,
        "the server wants an app password",
        (likely("The account's normal password is used.", _APP),),
        stages=LOGIN,
        text=words(
            r"(?:create|generate|use|need|requires?|want)\w* (?:an? )?(?:new )?"
            r"app(?:lication)?(?:[- ]specific)?[- ]?password"
        ),
        password_at_fault=YES,
        source="common",
    ),
    Rule(
        "words-clear-login",
        Category.AUTH_PLAINTEXT_REFUSED,
        "plain logins are allowed only under TLS",
        (likely("The connection is not protected.", _USE_TLS),),
        stages=LOGIN,
        text=words(
            r"\b(?:plain|clear)[- ]?(?:text)?\b[^.;]{0,30}"
            r"\b(?:disabled|disallowed|forbidden|refused|not (?:allowed|permitted|supported))"
            r"|(?:log-?in|auth\w*)[^.;]{0,20}\bonly\b[^.;]{0,20}\b(?:layer|TLS|SSL|secure|encrypt\w*)\b"
        ),
        source="common",
    ),
    Rule(
        "words-clear-session",
        Category.TLS_REQUIRED,
        "the server wants TLS first",
        (likely("The connection is not protected.", _USE_TLS),),
        text=words(
            r"without (?:using )?(?:SSL|TLS|encryption)[^.;]{0,30}\bnot\b"
            r"|\b(?:SSL|START ?TLS|TLS|encryption)\b (?:\w+ )?(?:is )?(?:required|mandatory|needed)"
        ),
        source="common",
    ),
    Rule(
        "words-mechanism",
        Category.AUTH_MECHANISM,
        "the server does not know or take this mechanism",
        (
            likely("The mechanism is not offered here.", _MECHANISM),
            maybe("It is offered only under TLS.", _USE_TLS),
        ),
        stages=LOGIN,
        text=words(
            r"\b(?:mechanism|(?:sasl |auth\w* )(?:method|type|scheme))\b[^.;]{0,20}"
            r"\b(?:un\w+|in(?:valid|correct)|not \w+)\b"
            r"|\b(?:unsupported|unknown|unrecogni[sz]ed|invalid|bad)\b[^.;]{0,20}"
            r"\b(?:mechanism|auth\w* (?:method|type|scheme))\b"
        ),
        source="common",
    ),
    Rule(
        "words-other-host",
        Category.AUTH_REFERRAL,
        "the account lives on another host",
        (
            likely(
                "The account moved, or the declared host is one of several that hold accounts.",
                "Ask the provider for the account's server and declare that as the host.",
            ),
        ),
        stages=LOGIN,
        text=words(r"\bwrong (?:host|server|node|shard|proxy)\b"),
        source="common",
    ),
    Rule(
        "words-tls-fault",
        Category.TLS_SERVER_PROBLEM,
        "the server can't do TLS because of a fault of its own",
        (
            likely(
                "Certificate or key can't be loaded by the server.", "Administrator: check certificate and key files."
            ),
            maybe("The fault is passing.", "Probe again later, or use the port with implicit TLS."),
        ),
        protocols=IMAP,
        stages=_STARTTLS,
        text=words(r"\berror\b|fail(?:ed|ure)|problem|can(?:no|')t"),
        source="common",
    ),
    Rule(
        "words-tls-flood",
        Category.CONN_RATE_LIMITED,
        "the server slows this client down",
        (likely("Too many new sessions in a short time.", "Lower the concurrency, wait, then probe again."),),
        stages=_STARTTLS,
        text=words(r"too (?:many|much)\b"),
        retryable=True,
        retry_after=300,
        status=StageStatus.INCONCLUSIVE,
        source="common",
    ),
    Rule(
        "words-ehlo-name",
        Category.POLICY_CLIENT,
        "the server does not like the EHLO name",
        (
            likely(
                "The name is not a full host name, or does not resolve.",
                "Declare smtp.ehlo with a real full host name, or an address in brackets.",
            ),
        ),
        protocols=SMTP,
        stages=GREET,
        code="5..",
        text=words(
            r"\b(?:helo|ehlo)\b[^;]{0,30}\b(?:in ?valid|bad|rejected|requires?|malformed|argument|domain|name)"
            r"|\b(?:invalid|bad|malformed|syntactically)\b[^;]{0,30}\b(?:helo|ehlo|domain|host ?name)\b"
        ),
        source="common",
    ),
    Rule(
        "words-session-over",
        Category.CONN_DROPPED,
        "the server ended the session",
        (
            maybe("A limit on the length or the number of sessions.", "Probe again with less at the same time."),
            maybe("A restart or a fault behind the server.", "Probe again later."),
        ),
        protocols=IMAP,
        code="BYE",
        text=words(
            r"\blogging (?:you )?out\b|\bsession (?:has )?(?:expired|timed out|terminated|closed|ended)"
            r"|\bconnection (?:was |is )?(?:closed|terminated|reset)|\bdisconnect(?:ed|ing)\b"
        ),
        retryable=True,
        retry_after=300,
        status=StageStatus.INCONCLUSIVE,
        source="common",
    ),
)
