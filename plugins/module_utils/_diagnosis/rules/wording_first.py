# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Families of words that would be misread by the other wording: asked before it, and narrow."""

from __future__ import annotations

from ..._models.names import Category, Stage, StageStatus
from .generic import RULES as GENERIC
from .model import AFTER_LOGIN, GREET, IMAP, LOGIN, READ, SMTP, TO, UNKNOWN, Rule, likely, maybe, reworded, words
from .response_codes import RULES as RESPONSE_CODES
from .wording_login import RULES as WORDING_LOGIN
from .wording_mail import RULES as WORDING_MAIL

_USE_TLS = "Declare security tls or starttls, with the port that goes with it."
_LATER = "Do not change anything; probe again later."
_ADDRESSES = frozenset({Stage.SENDER, Stage.RECIPIENT})
_SEEN = "tests/unit/diagnosis/families.py"

# Nouns that make "secure" and "encrypted" a word about the line, and not about what is sent over it.
_LINE = r"(?:session|connection|channel|transport|link|login|logon)s?"
_TLS_WANTED = (
    r"\bSTART ?TLS must\b|\b(?:use|issue|start|run|enable|requires?|needs?|must|only|before|without|please)\b<25>"
    r"\b(?:START ?TLS|TLS|SSL)\b(?! ?v?\d)"
    r"|\b(?:TLS|SSL|encryption|transport layer security)\b(?: " + _LINE + r")?"
    r" (?:is |was )?(?:required|needed|mandatory|necessary|expected|only)\b"
    r"|\b(?:secured?|encrypted)\b(?: network)? " + _LINE + r"\b<15>\b(?:required|needed|mandatory|necessary|only)\b"
    r"|\b(?:requires?|needs?|must|only)\b<20>\b(?:secured?|encrypted)\b(?: network)? " + _LINE + r"\b"
    r"|\b(?:un-?encrypted|in-?secured?|non-?secured?|unsecured?|plain-?text) (?:\w+ )?" + _LINE + r"\b"
    r"|\b" + _LINE + r" is not (?:secured?|encrypted)\b"
)
# SASL names as servers write them, so that the word "plain" is none of them.
_SASL = r"(?-i:PLAIN|LOGIN|CRAM-MD5|DIGEST-MD5|NTLM|GSSAPI|X?OAUTH2|OAUTHBEARER|SCRAM[-A-Z0-9]*)"

RULES: tuple[Rule, ...] = (
    # The code outranks the words beside it, which speak of an internal error and no more.
    reworded(RESPONSE_CODES, "imap-serverbug", id="first-serverbug", stages=READ),
    reworded(
        WORDING_LOGIN,
        "words-expired",
        id="first-expired",
        text=words(r"\bpassword\b<25>\bexpired\b|\bset a new password\b"),
        source=_SEEN,
    ),
    Rule(
        "first-app-password",
        Category.AUTH_APP_PASSWORD_REQUIRED,
        "the server wants a password made for mail programs",
        (
            likely(
                "The account's normal password is used where a second factor is on.",
                "Look in the provider's account security pages for app passwords, create one, and declare it.",
            ),
        ),
        stages=LOGIN,
        text=words(
            r"^(?!.*\b(?:invalid|incorrect|wrong|bad)\b<10>\b(?:app|device|authori[sz]ation code))(?:.*)"
            r"(?:\bapp(?:lication)?s?[- ]?(?:specific )?(?:pass(?:word|code)|token)s?\b|\b(?:device"
            r"|(?:mail )?client|external)[- ](?:specific )?password"
            r"|\b(?:use|enter|needs?|requires?|create|generate)\b<20>\bauthori[sz]ation code"
            r"|\bauthori[sz]ation code (?:is )?(?:required|needed)"
            r"|\b(?:2FA|two[- ](?:factor|step)|2[- ]step|multi-?factor|MFA)\b)"
        ),
        password_at_fault=UNKNOWN,
        source=_SEEN,
    ),
    reworded(
        WORDING_LOGIN,
        "words-no-passwords",
        id="first-no-passwords",
        text=words(
            r"\b(?:basic|password|legacy) (?:auth\w*|log-?ins?)\b<10>"
            r"\b(?:disabled|blocked|turned off|not (?:allowed|supported|permitted))"
        ),
        password_at_fault=UNKNOWN,
        source=_SEEN,
    ),
    reworded(
        GENERIC,
        "protocol-off",
        id="first-protocol-off",
        text=words(
            r"\b(?:IMAP4?|SMTP|POP3?)\b(?: (?:access|service|client|protocol|logins?|usage|connections?))?"
            r" (?:is |are |was |has been |have been )?(?:disabled|blocked|(?:not|no longer) "
            r"(?:enabled|activated|active|available|allowed|permitted|granted|included|part of|authori[sz]ed))"
            r"|\bSMTP AUTH\w*\b<12>\b(?:not|disabled)\b<20>\b(?:user|mailbox|account|tenant|organi[sz]ation|domain)\b"
            r"|\b(?:not (?:allowed|permitted|authori[sz]ed|enabled|entitled|include|have)|doesn't (?:include"
            r"|have))\b<25>"
            r"\b(?:IMAP4?|SMTP|POP3?)\b(?! (?:with|over|server|auth))"
            r"|\b(?:access to|no|permission to\b<15>\bvia) (?:IMAP4?|SMTP|POP3?)\b(?: (?:rights?|access|permissions?))?"
            r"(?: is (?:forbidden|denied|disabled|not allowed)|$| for\b)(?<!no SMTP)"
            r"|\b(?:enable|activate|turn on|switch on) (?:the )?(?:IMAP4?|SMTP|POP3?)\b"
        ),
        password_at_fault=UNKNOWN,
        source=_SEEN,
    ),
    Rule(
        "first-place-barred",
        Category.POLICY_IP,
        "logins are not taken from where the probe runs",
        (
            maybe("The account or the server allows logins from some networks only.", "Probe from an allowed network."),
            maybe("Failed logins barred the address for a while.", "Wait for the ban to end, then try once."),
        ),
        stages=LOGIN,
        text=words(
            r"(?:not (?:allowed|permitted|accepted)|denied|blocked|forbidden|disallowed|restricted)\b<25>"
            r"\bfrom\b (?:your|this|the|IP|host|address|country|location|\[?\d)"
            r"|\bfrom your (?:country|location|region)\b<20>\b(?:not|denied|blocked|forbidden)"
        ),
        password_at_fault=UNKNOWN,
        source=_SEEN,
    ),
    Rule(
        "first-mechanism",
        Category.AUTH_MECHANISM,
        "the server does not take this mechanism",
        (
            likely("The mechanism is not offered here.", "Leave auth.mechanisms at auto, or name one that is listed."),
            maybe("It is offered only under TLS.", _USE_TLS),
        ),
        stages=LOGIN,
        text=words(
            _SASL + r"(?: auth\w*)?(?: mechanism| method)? (?:is |are )?"
            r"(?:not (?:supported|available|allowed|permitted|implemented)|unsupported|disabled)(?!\b<25>\b(?:conn"
            r"|before|without))"
            r"(?<!^LOGIN is disabled)(?<!^LOGIN disabled)"
            r"|\bno (?:such|usable|common)\b<20>\bmechanism|\bmechanism\b<10>\btoo weak"
        ),
        password_at_fault=UNKNOWN,
        source=_SEEN,
    ),
    Rule(
        "first-session-at-login",
        Category.TLS_REQUIRED,
        "the server wants TLS first",
        (likely("The connection is not protected.", _USE_TLS),),
        protocols=SMTP,
        stages=LOGIN,
        # RFC 3207 section 4: with this code the server means every command, not the login alone.
        code="530",
        text=words(_TLS_WANTED),
        source="RFC 3207",
    ),
    Rule(
        "first-clear-login",
        Category.AUTH_PLAINTEXT_REFUSED,
        "logins are taken only under TLS",
        (likely("The connection is not protected.", _USE_TLS),),
        stages=LOGIN,
        text=words(
            _TLS_WANTED + r"|^LOGIN (?:command )?(?:is )?disabled\W*$|\bmust be encrypted\b|\bwithout encryption\b"
        ),
        source=_SEEN,
    ),
    Rule(
        "first-clear-session",
        Category.TLS_REQUIRED,
        "the server wants TLS first",
        (likely("The connection is not protected.", _USE_TLS),),
        stages=GREET | AFTER_LOGIN | READ,
        text=words(_TLS_WANTED + r"|\bencryption (?:is )?needed|\brequires? encrypted\b"),
        source=_SEEN,
    ),
    Rule(
        "first-not-logged-in",
        Category.AUTH_REQUIRED,
        "the server says that no login took place",
        (maybe("The server lost or did not count the login.", "Probe again; report the reply if it stays."),),
        protocols=IMAP,
        stages=READ,
        code="NO|BAD",
        text=words(
            r"\bnot (?:authenticated|logged[- ]?in)\b|\b(?:authentication|log-?in) (?:is )?(?:required|first)"
            r"|\bplease log-?in\b"
        ),
        source=_SEEN,
    ),
    reworded(
        GENERIC,
        "login-words",
        id="first-authorization",
        protocols=SMTP,
        code="535",
        text=words(r"^authori[sz]ation fail\w*\W*(?:\(#[\d.]+\))?\W*$|^un-?authori[sz]ed\W*$"),
        source="https://cr.yp.to/qmail.html",
    ),
    Rule(
        "first-own-fault",
        Category.SERVER_TEMPORARY,
        "a step of the server's own fails at this moment",
        (likely("A fault of the server that may pass.", _LATER),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        code="4..",
        text=words(
            r"\b(?:DKIM|ARC) sign\w*\b<10>\b(?:fail\w*|error)"
            r"|\b(?:SPF|DKIM|DMARC)\b<15>\b(?:lookup|query)\b<10>\bfail|\berror (?:evaluating|checking|looking up)\b"
            r"|\b(?:plug-?in|milter|scanner|anti-?virus|content filter|hook|exception)\b"
        ),
        retryable=True,
        retry_after=600,
        source=_SEEN,
    ),
    Rule(
        "first-connection-pace",
        Category.CONN_RATE_LIMITED,
        "connections come faster than the server lets them",
        (likely("Too many connections in a short time.", "Lower the concurrency, wait, then probe again."),),
        stages=GREET | AFTER_LOGIN,
        text=words(
            r"\bconnection (?:rate|frequency)|\bconnection attempts\b|\bconnections?\b<10>\b(?:in the last|per"
            r"|an?) (?:second|minute|hour)"
            r"|\bconnect(?:ing|ions?)\b<15>\btoo (?:fast|often|frequent\w*|quickly)"
        ),
        retryable=True,
        retry_after=600,
        status=StageStatus.INCONCLUSIVE,
        source=_SEEN,
    ),
    reworded(
        WORDING_MAIL,
        "words-recipient-pace",
        id="first-recipient-pace",
        text=words(
            r"\brecipient has exceeded\b<20>\brate|\brecipient thread limit|\bnot to accept more than \d+ messages"
            r"|\b(?:user|recipient|mailbox)\b<40>\breceiving\b<15>\b(?:quickly|high)"
        ),
        source=_SEEN,
    ),
    Rule(
        "first-recipient-count",
        Category.RCPT_LIMIT,
        "the server takes no more recipients in one go",
        (maybe("A limit of the server for this message or session.", "Probe again later."),),
        protocols=SMTP,
        stages=frozenset({Stage.RECIPIENT}),
        text=words(
            r"^(?!.*\b(?:today|daily|hourly|monthly|hour|day|minute|month|from)\b).*"
            r"(?:\b(?:max\w*|limit\w*|no more than|at most|exceed\w*)\b<25>\brecipients\b"
            r"|\brecipients? (?:count|limit)\b|\brecipients per (?:message|mail|transaction|session)\b)"
        ),
        retryable=True,
        source=_SEEN,
    ),
    reworded(
        WORDING_MAIL,
        "words-size",
        id="first-size",
        text=words(
            r"^(?!.*\b(?:mailbox|inbox|quota|storage|account|rate|headers?)\b).*"
            r"(?:\b(?:size|length)\b<15>\b(?:too (?:large|big)|exceed\w*|limit)|\bexceed\w*\b<20>\bsize\b"
            r"|\blimit of \d+ ?[KMG]i?B\b"
            r"|\b(?:data|message|mail|attachments?)\b<15>\b(?:too (?:large|big|long)|larger than)"
            r"|\btoo much (?:mail|message)? ?data|^too (?:large|big|long)\b)"
        ),
        source=_SEEN,
    ),
    Rule(
        "first-content",
        Category.POLICY_REFUSED,
        "a filter of the server dislikes what the message holds",
        (
            maybe(
                "A filter about content, links or attachments.", "Read the reply; its words name the rule, if any do."
            ),
        ),
        protocols=SMTP,
        stages=frozenset({Stage.MESSAGE}),
        code="5..",
        text=words(
            r"\b(?:attachments?|executables?|malware|infected|file (?:type|extension)s?)\b|\bcontains? (?:spam"
            r"|a? ?virus)"
            r"|\b(?:black|block)-?listed (?:URL|link)|\b(?:banned|forbidden|prohibited) (?:content|words?|phrase"
            r"|file|link)"
            r"|\bcontent[- ]filter|\bcontent\b<15>\b(?:not acceptable|restrict\w+|violat\w+)"
        ),
        source=_SEEN,
    ),
    Rule(
        "first-address-form",
        Category.ADDRESS_SYNTAX,
        "the server can't read the address",
        (likely("The declared address is malformed.", "Correct email, smtp.from or smtp.recipient."),),
        protocols=SMTP,
        stages=_ADDRESSES,
        code="5(?!00|02|03).+",
        text=words(
            r"\b(?:address|mailbox|recipient|sender|e-?mail|path)\b<15>\b(?:syntax|format|malformed)\b"
            r"|\b(?:syntax|format|malformed|unbalanced|parse)\b<20>\b(?:address|mailbox|recipient|sender|path|from|'<')"
            r"|\b(?:illegal|invalid|bad)\b<10>\bcharacters?\b|\bnot a valid RFC|^syntax error\b|\bunbalanced\b"
            r"|^(?:<[^>]*> )?invalid e-?mail address\W*$|\billegal (?:sender|recipient|address)"
            r"|\binvalid (?:MAIL FROM|return-?path) address"
            r"|\b(?:must (?:have|contain)|required for)\b<20>\b(?:domain|address)\b"
        ),
        source=_SEEN,
    ),
    reworded(
        WORDING_MAIL,
        "words-sender-unverified",
        id="first-sender-missing",
        code="5..",
        text=words(
            r"(?<!of )(?<!of the )\bsender(?: address)? (?:does(?: not|n't) exist|not found)"
            r"|\b(?:verify|verifying|verification of)\b<10>\b(?:the )?sender\b"
            r"|\b(?:callback|callout)\b(?!<60>\brecipient)<40>\b(?:fail\w*|refused|rejected)\b"
        ),
        source=_SEEN,
    ),
    reworded(
        WORDING_MAIL,
        "words-not-yours",
        id="first-foreign-header",
        code="5..",
        text=words(
            r"\bheader\b<10>\bfrom\b<20>\b(?:match|one of your|belong)|\bfrom header\b<20>\b(?:match|one of your"
            r"|belong)"
            r"|\bsender is not the (?:auth\w*|logged)|\bsend from your own address"
            r"|\bnot authori[sz]ed to send\b<20>\b(?:with|using|as)\b<10>\baddress"
            r"|\bunauthori[sz]ed use of\b<10>\bsender"
        ),
        source=_SEEN,
    ),
    reworded(
        WORDING_MAIL,
        "words-login-first",
        id="first-login-first",
        text=words(
            r"\bno authentication, no\b|^authori[sz]ation required\W*$|\brelay\w* requires? (?:log-?in|auth\w*)"
            r"|\bauthentication needed\b"
        ),
        source=_SEEN,
    ),
    Rule(
        "first-account-stopped",
        Category.POLICY_ACCOUNT,
        "the provider stopped this account from sending",
        (
            likely(
                "The account is suspended, under review, or not approved yet.",
                "Sign in at the provider for the reason; do not change the declaration.",
            ),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(
            r"\b(?:suspended|restricted|disabled|blocked|barred|banned) (?:for|from) sending\b"
            r"|\bmay not send (?:e-?)?mail\b"
            r"|\bsending\b(?: mail| is| has been| was)*\b<5>\b(?:paused|suspended|disabled|restricted|blocked)\b"
            r"|\b(?:outbound|outgoing)(?: e?-?mail)?\b<12>\b(?:disabled|suspended|paused)\b"
            r"|\b(?:account|user|domain)\b<25>(?:not (?:allowed|approved|enabled|permitted) (?:to send(?! (?:as"
            r"|from|with|using)|:)|for sending)"
            r"|(?:restricted|blocked|banned|barred) (?:for|from) sending)"
            r"|\baccount\b<12>\b(?:under review|pending (?:approval|review|verification))"
            r"|\bmail server\b<12>\bsuspended\b"
        ),
        status=StageStatus.FAILED,
        source=_SEEN,
    ),
    reworded(
        WORDING_LOGIN,
        "words-login-barred",
        id="first-sender-blocked",
        category=Category.POLICY_ACCOUNT,
        protocols=SMTP,
        text=words(
            r"\bsender(?: address)? (?:is |has been )?(?:blocked|suspended|banned)\b"
            r"|\bmessage looks like spam\b"
        ),
        source=_SEEN,
    ),
    Rule(
        "first-first-contact",
        Category.RCPT_GREYLISTED,
        "the server puts off the first attempt of a sender that it does not know",
        (maybe("Greylisting: the first attempt is put off.", "Nothing to do; a later attempt is taken."),),
        protocols=SMTP,
        stages=TO,
        code="4..",
        text=words(r"\btriplet\b|\bfirst (?:contact|time|attempt)\b|\btemporarily deferred\b"),
        retryable=True,
        retry_after=600,
        source=_SEEN,
    ),
)
