# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Words that many servers use, whoever they are. Vague ones get several ranked causes."""

from __future__ import annotations

from ..._models.names import Category, StageStatus
from .model import (
    AFTER_LOGIN,
    ANY,
    LOGIN,
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

_CHECK_PASSWORD = "Check the password by signing in to the provider's webmail."
_CHECK_USER = "Check the user name's form; most servers want the full address."
_APP = "Look in the provider's account security pages for app passwords, create one, and declare it as the secret."
_WAIT = "Do not change anything; probe again later."

RULES: tuple[Rule, ...] = (
    Rule(
        "country-blocked",
        Category.POLICY_IP,
        "the server bars the country or network of the client",
        (
            likely(
                "The address the probe comes from lies in a barred country or list.",
                "Probe from an allowed network or through a proxy there, or have the administrator allow the address.",
            ),
        ),
        text=words(r"COUNTRY IS BLACKLISTED|country (?:is )?(?:blocked|not allowed)"),
        source="imapsync FAQ.OnlineUI",
    ),
    Rule(
        "address-blocked",
        Category.POLICY_IP,
        "the server distrusts the address the probe comes from",
        (
            likely(
                "The address is on a blocklist, or is a dial-up address.",
                "Look the address up in the list that the reply names, or probe from another network.",
            ),
        ),
        text=words(
            r"spamhaus|spamcop|barracudacentral|\bDNSBL\b|\bRBL\b|block ?list|blacklist|listed (?:at|in|by|on)\b"
        ),
        source="common",
    ),
    Rule(
        "app-password",
        Category.AUTH_APP_PASSWORD_REQUIRED,
        "the server wants an app password",
        (likely("The account's normal password is used.", _APP),),
        stages=LOGIN,
        text=words(
            r"(?:app(?:lication)?)[- ]?(?:specific )?password (?:is )?(?:required|needed)"
            r"|use an app(?:lication)?[- ](?:specific )?password"
        ),
        password_at_fault=YES,
        source="common",
    ),
    Rule(
        "protocol-off",
        Category.AUTH_PROTOCOL_DISABLED,
        "this kind of access is switched off for the account",
        (
            likely(
                "The provider or the administrator switched the protocol off for the account.",
                "Do not change the password; have the protocol switched on in the account's settings.",
            ),
        ),
        stages=LOGIN,
        text=words(
            r"(?:IMAP|SMTP|protocol|mail client|third[- ]party)(?: client)?s? (?:access )?(?:is "
            r"|are |has been )?(?:disabled|turned off|switched off|not enabled)"
        ),
        source="common",
    ),
    Rule(
        "password-expired",
        Category.AUTH_EXPIRED,
        "the password has expired",
        (likely("The password's time is over.", "Set a new password, and declare it."),),
        stages=LOGIN,
        text=words(r"password (?:has |is )?expired"),
        password_at_fault=YES,
        source="common",
    ),
    Rule(
        "account-locked",
        Category.AUTH_ACCOUNT_DISABLED,
        "the account is locked or disabled",
        (
            likely(
                "The provider or the administrator locked it.",
                "Sign in by browser for the reason, or ask the administrator.",
            ),
            maybe(
                "Too many wrong logins locked it for a while.",
                "Stop other clients of the account, wait, then try once.",
            ),
        ),
        stages=LOGIN,
        text=words(
            r"(?:account|user|mailbox) (?:is |has been )?(?:temporarily )?(?:locked|blocked"
            r"|suspended|disabled|deactivated|inactive)"
        ),
        password_at_fault=UNKNOWN,
        source="common",
    ),
    Rule(
        "login-rate",
        Category.AUTH_RATE_LIMITED,
        "too many logins came in a short time",
        (likely("The server limits logins.", "Stop other clients of the account, wait, then try once."),),
        stages=LOGIN,
        text=words(r"too many (?:\w+ ){0,3}(?:login|log-in|logon|auth|attempt|failure)|login rate|rate limit"),
        password_at_fault=UNKNOWN,
        retryable=True,
        retry_after=1800,
        status=StageStatus.INCONCLUSIVE,
        source="common",
    ),
    Rule(
        "token-words",
        Category.AUTH_TOKEN,
        "the access token is not accepted",
        (
            likely(
                "The access token has expired.", "Get a fresh access token; the refresh token may have been revoked."
            ),
            maybe(
                "The token is for another user or lacks the scope.", "Ask for a token of this user with the mail scope."
            ),
        ),
        stages=LOGIN,
        text=words(
            r"(?:invalid|expired|bad) (?:access |bearer |oauth2? )?token|token (?:is "
            r"|has )?(?:expired|invalid)|invalid SASL argument"
        ),
        password_at_fault=UNKNOWN,
        source="common",
    ),
    Rule(
        "rate-words",
        Category.CONN_RATE_LIMITED,
        "the server slows this client down",
        (
            likely(
                "Too many commands or connections in a short time.", "Lower the concurrency, wait, then probe again."
            ),
        ),
        text=words(r"rate[- ]limit|throttl|too many (?:commands|requests|sessions)|connection rate"),
        retryable=True,
        retry_after=600,
        status=StageStatus.INCONCLUSIVE,
        source="common",
    ),
    Rule(
        "greylisting",
        Category.RCPT_GREYLISTED,
        "the server asks to try again later, as it does with senders it does not know",
        (likely("Greylisting: the first attempt is put off.", "Nothing to do; a later attempt is taken."),),
        protocols=SMTP,
        stages=TO,
        code="4..",
        text=words(r"gr[ea]y-?list"),
        retryable=True,
        retry_after=600,
        source="RFC 6647",
    ),
    Rule(
        "recipient-unknown",
        Category.RCPT_UNKNOWN,
        "the server knows no such recipient",
        (
            likely("The address does not exist there, or not any more.", "Correct email or smtp.recipient."),
            maybe("The host does not hold the mailboxes of this domain.", "Check smtp.host against the domain's MX."),
        ),
        protocols=SMTP,
        stages=TO,
        code="5..",
        text=words(
            r"user unknown|unknown (?:user|recipient|mailbox)|no such (?:user|recipient|mailbox)"
            r"|(?:recipient|user|mailbox) (?:does not exist|not found|unknown)|does not exist"
            r"|no mailbox here"
        ),
        source="RFC 3463",
    ),
    Rule(
        "mailbox-full",
        Category.QUOTA_MAILBOX,
        "the mailbox is full",
        (likely("The mailbox reached its quota.", "Delete or archive mail, or raise the quota."),),
        stages=ANY,
        text=words(
            r"(?:mailbox|quota|storage) (?:is )?(?:full|exceeded)|over ?quota|exceeded (?:the "
            r"|its |your )?(?:storage|quota)|quota has been exceeded"
        ),
        source="RFC 3463",
    ),
    Rule(
        "sending-limit",
        Category.QUOTA_SENDING,
        "the account used up what it may send for now",
        (likely("The provider's sending limit is reached.", "Wait for the limit to renew and lower daily_limit."),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(
            r"(?:sending|message|mail|hourly|daily)\b.{0,20}\b(?:limit"
            r"|quota)\b.{0,20}\b(?:exceeded|reached)|(?:exceeded|reached) (?:the "
            r"|your )?.{0,25}(?:sending|hourly|daily) (?:limit|quota)"
        ),
        retryable=True,
        retry_after=3600,
        source="common",
    ),
    Rule(
        "sender-domain",
        Category.DELIVERABILITY_DNS,
        "the sender's domain can't be found in DNS",
        (
            likely(
                "The domain of the sender has no MX or address record.", "Publish the records, or correct smtp.from."
            ),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(
            r"sender (?:address rejected: )?domain not found|domain of sender .*does not (?:exist"
            r"|resolve)|sender verify failed"
        ),
        source="common",
    ),
    Rule(
        "mail-authentication",
        Category.DELIVERABILITY_AUTH,
        "the sending domain does not prove that the mail is its own",
        (
            likely(
                "SPF, DKIM or DMARC is missing or fails.",
                "Publish SPF, DKIM and DMARC for the sending domain and sign with it.",
            ),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"\b(?:SPF|DKIM|DMARC)\b"),
        source="common",
    ),
    Rule(
        "sender-owner",
        Category.SENDER_NOT_OWNED,
        "the server does not let this login use the sender",
        (
            maybe("The sender is not an address of the login.", "Use an address of the login in smtp.from."),
            maybe("The server's list of owners lacks the pair.", "Ask the administrator to allow it."),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        code="55[03]",
        text=words(r"sender address rejected|sender rejected.*(?:own|login|auth)"),
        source="common",
    ),
    Rule(
        "login-words",
        Category.AUTH_CREDENTIALS,
        "the server does not accept this user name and password together",
        (
            maybe("The password is wrong, or the provider wants an app password.", f"{_CHECK_PASSWORD} {_APP}"),
            maybe("The user name has the wrong form.", _CHECK_USER),
            maybe(
                "The protocol is switched off for the account.",
                "Look in the account's settings for IMAP and SMTP access.",
            ),
            rarely("The account is locked after wrong logins.", "Wait an hour before the next try."),
        ),
        stages=LOGIN,
        code="5..|NO",
        text=words(
            r"(?:authenti?cation|login|log-?in|logon)[\w ]{0,20}(?:failed|failure|unsuccessful"
            r"|invalid|incorrect|rejected|error|refused)"
            r"|(?:invalid|incorrect|bad|wrong|unknown) (?:user|login|log-in|credential|pass|auth|e-?mail|account)"
            r"|(?:user|password|credential)s?[\w ]{0,20}(?:not accepted|incorrect|invalid|wrong"
            r"|mismatch|do not match)"
        ),
        password_at_fault=UNKNOWN,
        source="common",
    ),
    Rule(
        "come-later",
        Category.SERVER_TEMPORARY,
        "the server is not able to do it at this moment",
        (likely("A fault of the server that may pass.", _WAIT),),
        code="4..|NO|BYE",
        text=words(
            r"try (?:again )?later|temporar(?:y|ily)|server (?:is )?busy"
            r"|service (?:is )?unavailable|shutting down|maintenance"
        ),
        retryable=True,
        retry_after=600,
        status=StageStatus.INCONCLUSIVE,
        source="common",
    ),
)
