# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Yandex, Mail.ru, QQ, NetEase and Aliyun."""

from __future__ import annotations

from ..._models.names import Category, StageStatus
from .model import AFTER_LOGIN, IMAP, LOGIN, READ, SMTP, UNKNOWN, YES, Rule, likely, maybe, rarely, words

_CODE = "Create an authorization code in the webmail's account settings (POP3/IMAP/SMTP service) and declare it."

_MARKS = "https://biecuoliao.com/pa/MBRrwEM.html (NetEase's list of reply marks)"


def _mark(name: str, category: Category, because: str, pattern: str, cause: str, remedy: str) -> Rule:
    return Rule(
        f"netease-{name}",
        category,
        because,
        (likely(cause, remedy),),
        protocols=SMTP,
        text=words(pattern),
        retryable=True,
        retry_after=3600,
        status=StageStatus.INCONCLUSIVE,
        source=_MARKS,
    )


# NetEase says why by a mark of two letters and three: HL the host, MI and RP the pace, DT the content.
_NETEASE: tuple[Rule, ...] = (
    _mark(
        "host",
        Category.POLICY_IP,
        "NetEase distrusts the address the probe comes from",
        r"\bHL:(?:REP|MEP|IPB)\b|\bDT:RBL\b|\bWM:BLI\b",
        "Its rating of the address is poor, or the address is on a list.",
        "Probe from another network, or write to NetEase's postmaster about the address.",
    ),
    _mark(
        "connections",
        Category.CONN_LIMIT,
        "too many connections come from this address",
        r"\bHL:ICC\b",
        "NetEase limits connections for an address.",
        "Lower the concurrency for this destination and try later.",
    ),
    _mark(
        "pace",
        Category.QUOTA_SENDING,
        "too many messages were sent in a short time",
        r"\bHL:IFC\b|\bMI:(?:DMC|SFQ)\b",
        "The pace that NetEase allows to a sender is used up.",
        "Wait an hour and lower daily_limit.",
    ),
    _mark(
        "recipients",
        Category.RCPT_LIMIT,
        "the server takes no more recipients in one go",
        r"\bRP:DRC\b",
        "A limit of the server for this session.",
        "Probe again later.",
    ),
    _mark(
        "content",
        Category.POLICY_REFUSED,
        "a filter of NetEase dislikes the message",
        r"\bDT:SPM\b",
        "Content or sender look like spam.",
        "Publish SPF, DKIM and DMARC for the sending domain, and try later with other words.",
    ),
)

RULES: tuple[Rule, ...] = (
    *_NETEASE,
    Rule(
        "yandex-access",
        Category.AUTH_PROTOCOL_DISABLED,
        "mail clients are switched off for this Yandex account",
        (
            likely(
                "Access for mail clients is off.",
                "In the Yandex Mail settings under Email clients allow IMAP with app passwords.",
            ),
            likely("The account's normal password is used.", "Create an app password in Yandex ID > Security."),
        ),
        stages=LOGIN,
        text=words(r"does not have access rights to this service"),
        password_at_fault=UNKNOWN,
        source="Yandex Mail help, Email clients",
    ),
    Rule(
        "yandex-imap-off",
        Category.AUTH_CREDENTIALS,
        "Yandex refused the login, or IMAP is off",
        (
            likely("IMAP is off for the account.", "Allow it in the Yandex Mail settings under Email clients."),
            likely("The account's normal password is used.", "Create an app password in Yandex ID > Security."),
        ),
        protocols=IMAP,
        stages=LOGIN,
        text=words(r"invalid credentials or IMAP is disabled"),
        password_at_fault=UNKNOWN,
        source="https://github.com/Foundry376/Mailspring/issues/2111",
    ),
    Rule(
        "yandex-sender",
        Category.SENDER_NOT_OWNED,
        "the sender does not belong to this login",
        (likely("The sender is not the account's address.", "Use the login's own address in smtp.from."),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"not owned by auth user"),
        source="https://github.com/fictionco/fiction/issues/228",
    ),
    Rule(
        "qq-authorization-code",
        Category.AUTH_APP_PASSWORD_REQUIRED,
        "QQ Mail wants an authorization code, not the account's password",
        (likely("The account's password is used.", _CODE),),
        stages=LOGIN,
        text=words(r"使用授权码登录|authorization code to log ?in"),
        password_at_fault=YES,
        source="https://github.com/pandolia/qqbot/issues/36",
    ),
    Rule(
        "qq-login-fail",
        Category.AUTH_CREDENTIALS,
        "QQ Mail or NetEase refused the login",
        (
            likely("The account's password is used, or the code was revoked.", _CODE),
            maybe("The SMTP/IMAP service is off for the account.", "Switch it on in the webmail's account settings."),
            rarely("Too many logins in a short time.", "Wait an hour, then try once."),
        ),
        stages=LOGIN,
        providers=frozenset({"qq", "netease"}),
        code="535|550|NO",
        text=words(r"^(?!.*authorization code).*(?:login fail|authentication failed|user has no permission)"),
        password_at_fault=UNKNOWN,
        source="https://github.com/chengazhen/cursor-auto-free/issues/294",
    ),
    Rule(
        "netease-unsafe",
        Category.POLICY_CLIENT_ID,
        "NetEase wants the client to introduce itself before it reads",
        (
            likely(
                "The server did not see, or not like, the IMAP ID command after the login. The login itself is right.",
                "Do not change the password. Probe again; if it stays, write to the address in the reply.",
            ),
        ),
        protocols=IMAP,
        stages=READ | LOGIN,
        text=words(r"Unsafe Login\. ?Please contact"),
        source="https://github.com/mjs/imapclient/issues/544",
    ),
    Rule(
        "mailru-blocked",
        Category.POLICY_ACCOUNT,
        "the provider stopped this account from sending",
        (
            likely(
                "The mailbox was blocked because it seemed to be abused.",
                "Sign in by browser, change the password, and declare the new one.",
            ),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"message sending for this account is disabled"),
        source="https://mailout.ru/2015/09",
    ),
    Rule(
        "aliyun-sender",
        Category.SENDER_NOT_OWNED,
        "the sender is not the address of the login",
        (likely("smtp.from is not the login's address.", "Use the login's own address in smtp.from."),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"doesn'?t conform with auth|^\W*MAIL FROM\W+is non-local account"),
        status=StageStatus.FAILED,
        source="https://github.com/outline/outline/issues/7929",
    ),
    Rule(
        "aliyun-pace",
        Category.QUOTA_SENDING,
        "the account used up what it may send for now",
        (likely("The provider's limit of recipients or messages is reached.", "Wait a day and lower daily_limit."),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"RCPTs?(?: attempts)? is achieved the maximum|domain frequency limited"),
        retryable=True,
        retry_after=3600,
        status=StageStatus.INCONCLUSIVE,
        source="https://help.aliyun.com/document_detail/36612.html",
    ),
)
