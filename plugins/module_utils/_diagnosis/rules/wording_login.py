# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""How servers word a refused login or a refused connection: by classes of words, whoever they are."""

from __future__ import annotations

from ..._models.names import Category, Stage, StageStatus
from .generic import RULES as GENERIC
from .model import GREET, IMAP, LOGIN, NO_TOKENS, SMTP, UNKNOWN, YES, Rule, likely, maybe, reworded, words

_USE_TLS = "Declare security tls or starttls, with the port that goes with it."
_APP = "Look in the provider's account security pages for app passwords, create one, and declare it as the secret."
_MECHANISM = "Choose one that the server lists, or leave auth.mechanisms at auto."
_STARTTLS = frozenset({Stage.STARTTLS})

_SASL = "https://github.com/cyrusimap/cyrus-sasl lib/common.c"

_NOT_HERE = words(
    r"\bauth(?:entication)?\b\W{0,3}(?:command )?(?:is )?not "
    r"(?:available|supported|implemented|offered|allowed|recogni[sz]ed|permitted)"
)

RULES: tuple[Rule, ...] = (
    reworded(
        GENERIC,
        "protocol-off",
        id="words-protocol-off",
        text=words(
            r"(?:IMAP|SMTP|POP3?)\b(?: \w+)? (?:is |are |has been )?"
            r"(?:disabled|turned off|switched off|blocked|not (?:en|acti))"
            r"|(?:does not|doesn't) (?:have|allow)\b<10>\b(?:IMAP|SMTP|POP3?)\b|\bno (?:IMAP|SMTP|POP3?) access"
        ),
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-weak-mechanism",
        Category.AUTH_MECHANISM,
        "the server does not take this mechanism for this user",
        (
            likely("The mechanism is too weak, or the stored password does not serve for it.", _MECHANISM),
            maybe("It is offered only under TLS.", _USE_TLS),
        ),
        stages=LOGIN,
        text=words(r"\btoo weak for\b|no mechanism available|no verifier for|mechanism doesn't support"),
        password_at_fault=UNKNOWN,
        source=_SASL,
    ),
    Rule(
        "words-encryption-needed",
        Category.AUTH_PLAINTEXT_REFUSED,
        "this way of logging in is allowed only under TLS",
        (likely("The connection is not protected.", _USE_TLS),),
        stages=LOGIN,
        text=words(r"encryption (?:is )?(?:needed|required) (?:to use|for)\b"),
        source=_SASL,
    ),
    Rule(
        "words-one-plain-login",
        Category.AUTH_TRANSITION,
        "the server first wants one plain login, to convert the stored password",
        (
            likely(
                "The password is stored in an old form.", "Log in once with PLAIN over TLS: auth.mechanisms [PLAIN]."
            ),
        ),
        stages=LOGIN,
        text=words(r"one time use of a plaintext password|password transition"),
        status=StageStatus.FAILED,
        source=_SASL,
    ),
    Rule(
        "words-expired",
        Category.AUTH_EXPIRED,
        "the password has expired, or has to be changed first",
        (likely("The password's time is over.", "Set a new password, and declare it."),),
        stages=LOGIN,
        text=words(
            r"pass(?:word|phrase)s?\b<20>\b(?:expired|(?:has|have|needs?) to be|must be) ?(?:reset|changed|renewed)?"
        ),
        password_at_fault=YES,
        source=_SASL,
    ),
    Rule(
        "words-login-flood",
        Category.AUTH_RATE_LIMITED,
        "too many logins came, or failed, in a short time",
        (likely("The server limits logins.", "Stop other clients of the account, wait, then try once."),),
        stages=LOGIN,
        text=words(
            r"too (?:many|much)\b<40>\b(?:auth\w*|log-?(?:in|on)s?|passwords?|fail\w*|attempts?|times|errors?)\b"
            r"|\b(?:maximum|max|limit)\b<40>\b(?:auth\w*|log-?(?:in|on)s?|fail\w*|attempts?)\b<30>\b(?:reach|exceed"
            r"|hit)"
            r"|\b(?:auth\w*|log[- ]?(?:in|on)s?|fail\w*|attempts?)\b<30>\btoo (?:many|often)\b"
        ),
        password_at_fault=UNKNOWN,
        retryable=True,
        retry_after=1800,
        status=StageStatus.INCONCLUSIVE,
        source="tests/replies/corpus.yaml",
    ),
    reworded(
        GENERIC,
        "app-password",
        id="words-app-password",
        text=words(
            r"(?:create|generate|use|need|requires?|want)\w* (?:an? )?(?:new )?"
            r"app(?:lication)?(?:[- ]specific)?[- ]?password"
        ),
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-clear-login",
        Category.AUTH_PLAINTEXT_REFUSED,
        "plain logins are allowed only under TLS",
        (likely("The connection is not protected.", _USE_TLS),),
        stages=LOGIN,
        text=words(
            r"\b(?:plain|clear)[- ]?(?:text)?\b<30>"
            r"\b(?:disabled|disallowed|forbidden|refused|not (?:allowed|permitted|supported))"
            r"|(?:log-?in|auth\w*)<20>\bonly\b<20>\b(?:layer|TLS|SSL|secure|encrypt\w*)\b"
        ),
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-clear-session",
        Category.TLS_REQUIRED,
        "the server wants TLS first",
        (likely("The connection is not protected.", _USE_TLS),),
        text=words(
            r"without (?:using )?(?:SSL|TLS|encryption)<30>\bnot\b"
            r"|\b(?:SSL|START ?TLS|TLS|encryption)\b (?:\w+ )?(?:is )?(?:required|mandatory|needed)"
        ),
        source="tests/replies/corpus.yaml",
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
            r"\b(?:mechanism|(?:sasl |auth\w* )(?:method|type|scheme))\b(?!.*\b(?:credentials|password)\b)<20>"
            r"\b(?:un\w+|in(?:valid|correct)|not \w+)\b"
            r"|\b(?:unsupported|unknown|unrecogni[sz]ed|invalid|bad)\b<20>"
            r"\b(?:mechanism|auth\w* (?:method|type|scheme))\b"
        ),
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-no-login-here",
        Category.AUTH_UNAVAILABLE,
        "the server offers no login here",
        (
            likely("This port takes mail from other servers; it is not for logins.", "Use port 587 or 465."),
            maybe("Logins are offered only under TLS.", _USE_TLS),
            maybe("Logins are not configured.", "Administrator: switch SASL on for the submission port."),
        ),
        protocols=SMTP,
        stages=LOGIN,
        text=_NOT_HERE,
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-no-imap-login-here",
        Category.AUTH_UNAVAILABLE,
        "the server offers no login here",
        (
            likely("Logins are offered only under TLS, or not on this port.", _USE_TLS),
            maybe("Logins are not configured.", "Administrator: switch on a way to log in for this port."),
        ),
        protocols=IMAP,
        stages=LOGIN,
        text=_NOT_HERE,
        source="tests/replies/corpus.yaml",
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
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-user-missing",
        Category.AUTH_CREDENTIALS,
        "the server knows no such user",
        (
            likely("The user name has the wrong form.", "Most servers want the full address as the user name."),
            likely("The account does not exist on this server.", "Check the address, and the declared host."),
        ),
        stages=LOGIN,
        text=words(
            r"\b(?:user|account|mailbox|login)\b (?:name )?(?:was |is )?(?:not found|unknown|does not exist)"
            r"|no such user"
        ),
        password_at_fault=UNKNOWN,
        source=_SASL,
    ),
    Rule(
        "words-login-barred",
        Category.AUTH_ACCOUNT_DISABLED,
        "the account is locked or disabled",
        (
            likely(
                "The provider or the administrator locked it.",
                "Sign in by browser for the reason, or ask the administrator.",
            ),
        ),
        stages=LOGIN,
        text=words(
            r"passphrase locked|\b(?:account|user|login|mailbox)\b<20>\b(?:locked|suspended|disabled|deactivated)\b"
            r"|\b(?:subscription|account|licen[cs]e|trial|plan|contract)\b<30>\b(?:expired|ended|lapsed|terminated"
            r"|cancel+ed|closed)"
        ),
        password_at_fault=UNKNOWN,
        source=_SASL,
    ),
    Rule(
        "words-authorization",
        Category.AUTH_AUTHZ,
        "the login counts, but the account may not use this service",
        (
            maybe(
                "The account's plan or its administrator leaves this service out.",
                "Do not change the password; have the service switched on for the account.",
            ),
            maybe("The user name asks for another user's mailbox.", "Check the user name."),
        ),
        stages=LOGIN,
        text=words(r"\bauthori[sz]ation fail|\bnot authori[sz]ed\b"),
        password_at_fault=UNKNOWN,
        source=_SASL,
    ),
    Rule(
        "words-login-service",
        Category.SERVER_TEMPORARY,
        "the server can't check logins at this moment",
        (maybe("The service behind the login is down or busy.", "Do not change the password; probe again later."),),
        stages=LOGIN,
        text=words(
            r"(?:authentication )?server (?:is )?(?:unavailable|down|busy)|transient failure|no memory available"
            r"|\b(?:system|service) (?:is )?(?:busy|unavailable|down)\b"
        ),
        retryable=True,
        retry_after=600,
        status=StageStatus.INCONCLUSIVE,
        source=_SASL,
    ),
    Rule(
        "words-no-passwords",
        Category.AUTH_METHOD_DISABLED,
        "the server takes no passwords for this account",
        (
            likely(
                "Passwords are switched off in favour of tokens or certificates.",
                f"Use OAuth2, if offered. {NO_TOKENS}",
            ),
        ),
        stages=LOGIN,
        text=words(r"\bpasswords\b (?:\w+ )?(?:are )?(?:not (?:permitted|allowed|supported)|disabled)"),
        source=_SASL,
    ),
    Rule(
        "words-broken-off",
        Category.AUTH_ABORTED,
        "the exchange was broken off",
        (
            maybe(
                "The mechanism could not be carried through with this server.", "Name another one in auth.mechanisms."
            ),
        ),
        stages=LOGIN,
        text=words(r"bad protocol ?/ ?cancel|\bcancel+ed\b|\baborted\b"),
        source=_SASL,
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
        source="tests/replies/corpus.yaml",
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
        source="tests/replies/corpus.yaml",
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
            r"\b(?:helo|ehlo)\b<30>\b(?:in ?valid|bad|rejected|requires?|malformed|argument|domain|name)"
            r"|\b(?:invalid|bad|malformed|syntactically)\b<30>\b(?:helo|ehlo|domain|host ?name)\b"
        ),
        source="tests/replies/corpus.yaml",
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
        source="tests/replies/corpus.yaml",
    ),
)
