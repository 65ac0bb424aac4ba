# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""SMTP server software before and after the login: greeting, STARTTLS, sender, recipient, message."""

from __future__ import annotations

from ..._models.names import Category, Stage, StageStatus
from .model import AFTER_LOGIN, GREET, LOGIN, NO, NO_LOGIN, SMTP, TO, Rule, likely, maybe, rarely, words

_POSTFIX = "https://github.com/vdukhovni/postfix"
_EXIM = "https://github.com/Exim/exim"
_HMAIL = "https://github.com/hmailserver/hmailserver"
_USE_TLS = "Declare security starttls on port 587, or tls on port 465."
_DECLARE = "Declare a secret for smtp, or have the administrator allow this address to relay."
_STARTTLS = frozenset({Stage.STARTTLS})

RULES: tuple[Rule, ...] = (
    Rule(
        "starttls-first",
        Category.TLS_REQUIRED,
        "the server wants TLS first",
        (likely("The mailbox is declared with security none.", _USE_TLS),),
        protocols=SMTP,
        text=words(r"Must issue a? ?STARTTLS command first"),
        source=_POSTFIX,
    ),
    Rule(
        "auth-required",
        Category.AUTH_REQUIRED,
        "the server takes mail only after a login",
        (likely("The mailbox is declared without a login.", _DECLARE),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"authentication (?:is )?required|must authenticate|need to authenticate"),
        source=_HMAIL,
    ),
    Rule(
        "sender-login",
        Category.SENDER_NOT_OWNED,
        "the sender does not belong to this login",
        (
            likely(
                "The login may send only as its own addresses.",
                "Use an address of the login in smtp.from, or log in as the owner of the address.",
            ),
            maybe(
                "The server's list of owners lacks the pair.",
                "Administrator: add it (Postfix: smtpd_sender_login_maps).",
            ),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(
            r"not owned by user|not logged in as (?:the )?owner"
            r"|(?<![\d\]] is )not allowed to send (?:mail )?(?:as|from)"
            r"|sender (?:address )?(?:is )?not (?:allowed|authorized|permitted)"
        ),
        source=_POSTFIX,
    ),
    Rule(
        "recipient-domain",
        Category.RCPT_UNKNOWN,
        "the recipient's domain does not exist",
        (
            likely("The domain is misspelt, or gone from DNS.", "Correct email or smtp.recipient."),
            maybe("The server's own DNS does not answer.", "Probe again later."),
        ),
        protocols=SMTP,
        stages=TO,
        text=words(r"recipient address rejected: domain not found"),
        source=_POSTFIX,
    ),
    Rule(
        "sender-domain-missing",
        Category.DELIVERABILITY_DNS,
        "the sender's domain does not exist in DNS, or takes no mail",
        (
            likely("The domain is misspelt, or has no MX and no address.", "Publish its MX, or correct smtp.from."),
            maybe('It publishes the null MX ("MX 0 ."), which says that it takes no mail.', "Remove that record."),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(
            r"domain of sender'?s? address\b<80>\bdoes not (?:exist|resolve)|sender address rejected:<80>\(nullMX\)"
        ),
        source=_POSTFIX,
    ),
    Rule(
        "sender-domain-foreign",
        Category.SENDER_NOT_OWNED,
        "the sender's domain is not one that this login may send from",
        (likely("The domain is not registered with the service.", "Use a domain that is, or register it there."),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"\bfrom domain (?:is )?not trusted"),
        source="https://docs.selectel.ru/en/email-service/smtp-errors/",
    ),
    Rule(
        "sender-permission",
        Category.SENDER_NOT_OWNED,
        "the login may not send as this address",
        (likely("The sender is not an address of the login.", "Use the login's own address in smtp.from."),),
        protocols=SMTP,
        stages=frozenset({Stage.SENDER}),
        code="501",
        enhanced=r"5\.7\.1",
        source="https://docs.icewarp.com (replies of class 5xx)",
    ),
    Rule(
        "haraka-spoof",
        Category.AUTH_REQUIRED,
        "the server takes mail of its own domains only after a login",
        (likely(NO_LOGIN, _DECLARE),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"mail from domain \S+ is not allowed from your host"),
        source="https://github.com/haraka/Haraka",
    ),
    Rule(
        "sync-error",
        Category.PROTOCOL_VIOLATION,
        "the server heard the client before it had greeted",
        (
            maybe("TLS was spoken to a port that begins in the clear.", _USE_TLS),
            maybe("A proxy or balancer in front sends bytes of its own.", "Probe again without it."),
        ),
        protocols=SMTP,
        text=words(r"SMTP (?:protocol )?synchroni[sz]ation error"),
        source=_EXIM,
    ),
    Rule(
        "too-many-connections",
        Category.CONN_LIMIT,
        "too many connections come from this address",
        (
            likely(
                "The server limits connections for an address.",
                "Lower the concurrency for this destination and try later.",
            ),
        ),
        text=words(r"too many (?:concurrent |simultaneous )?(?:SMTP |IMAP )?connections(?! in the)"),
        retryable=True,
        retry_after=300,
        status=StageStatus.INCONCLUSIVE,
        source=_POSTFIX,
    ),
    Rule(
        "server-timeout",
        Category.CONN_TIMEOUT,
        "the server lost patience",
        (maybe("The line is slow, or the probe's machine is overloaded.", "Probe again with less at the same time."),),
        protocols=SMTP,
        code="4..",
        text=words(r"^(?!.*\bback-?end\b).*(?:timeout exceeded|idle timeout|\btime(?:d)?[- ]?out)"),
        retryable=True,
        source=_POSTFIX,
    ),
    Rule(
        "tls-local",
        Category.TLS_SERVER_PROBLEM,
        "the server can't do TLS because of a fault of its own",
        (
            likely(
                "Certificate or key can't be loaded by the server.", "Administrator: check certificate and key files."
            ),
            maybe("The fault is passing.", "Probe again later, or use port 465 with security tls."),
        ),
        protocols=SMTP,
        stages=_STARTTLS,
        code="454|4..",
        retryable=True,
        source=_POSTFIX,
    ),
    Rule(
        "starttls-off",
        Category.TLS_UNAVAILABLE,
        "the server does not do STARTTLS here",
        (
            likely("TLS is not configured on this port.", "Use port 465 with security tls, if the server has it."),
            maybe("Something on the way removes STARTTLS.", "Compare what EHLO offers from another network."),
        ),
        protocols=SMTP,
        stages=_STARTTLS,
        code="5..",
        source=_POSTFIX,
    ),
    Rule(
        "helo-name",
        Category.POLICY_CLIENT,
        "the server does not like the EHLO name",
        (
            likely(
                "The name is not a full host name, or does not resolve.",
                "Declare smtp.ehlo with a real full host name.",
            ),
        ),
        protocols=SMTP,
        stages=GREET | AFTER_LOGIN,
        text=words(r"need fully-qualified hostname|(?:Helo|EHLO) command rejected|invalid (?:helo|ehlo)"),
        source=_POSTFIX,
    ),
    Rule(
        "smtputf8",
        Category.ADDRESS_UTF8,
        "the address has letters beyond ASCII and the server was not told so",
        (likely("The server and the address don't agree on SMTPUTF8.", "Use an address of ASCII letters."),),
        protocols=SMTP,
        text=words(r"Must declare SMTPUTF8|SMTPUTF8 (?:is )?(?:required|not supported)"),
        source=_POSTFIX,
    ),
    Rule(
        "sender-syntax",
        Category.ADDRESS_SYNTAX,
        "the server can't read the address",
        (likely("The declared address is malformed.", "Correct email, smtp.from or smtp.recipient."),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"Bad (?:sender|recipient) address syntax|malformed address"),
        source=_POSTFIX,
    ),
    Rule(
        "rcpt-many",
        Category.RCPT_LIMIT,
        "the server takes no more recipients in one go",
        (maybe("A limit of the server for this session.", "Probe again later."),),
        protocols=SMTP,
        stages=TO,
        text=words(r"too many recipients(?! (?:from|today|per|in an?|an?)\b)"),
        retryable=True,
        source=_POSTFIX,
    ),
    Rule(
        "relay-denied",
        Category.RCPT_RELAY,
        "the server won't pass mail on to this recipient's domain for this client",
        (
            likely(NO_LOGIN, "Log in, on port 587 or 465."),
            maybe("The sender's domain is not one the server sends for.", "Use a sender of the login's own domain."),
            rarely("The server holds no mailboxes of the recipient's domain.", "Check smtp.host and smtp.recipient."),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(
            r"relay access denied|relay(?:ing)? (?:is )?(?:not permitted|denied|not allowed"
            r"|prohibited)|not permitted to relay|unable to relay"
            r"|Delivery is not allowed to this address|we do not relay"
        ),
        source=_POSTFIX,
    ),
    Rule(
        "size",
        Category.SIZE,
        "the message is larger than the server takes",
        (
            likely(
                "The server's size limit, or its disk is full.",
                "Make the message smaller; administrator: check limit and disk.",
            ),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"message size exceeds|message (?:is )?too (?:big|large)"),
        source=_POSTFIX,
    ),
    Rule(
        "starttls-imposed",
        Category.TLS_REQUIRED,
        "the server wants TLS first",
        (likely("The connection is not protected.", _USE_TLS),),
        protocols=SMTP,
        stages=LOGIN | AFTER_LOGIN | GREET,
        text=words(r"STARTTLS is required|(?:TLS|SSL|encryption) (?:is )?required"),
        password_at_fault=NO,
        source=_HMAIL,
    ),
)
