# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Mail in Russia, Ukraine and Korea, and Lark: Yandex, Mail.ru, Rambler, UKR.NET, Naver."""

from __future__ import annotations

from .model import Actor, Credential, Limit, Provider, Quirk, Source, Step, Unit, Variant
from .usual import imap_starttls, imaps, submission, submissions

_GITLAB = Source("https://docs.gitlab.com/omnibus/settings/smtp/", "2026-11", "SMTP settings of many providers")
_ISPDB = "https://github.com/thunderbird/autoconfig/blob/master/ispdb/"
_PROVIDER_DB = "https://github.com/chatmail/provider-db/blob/master/_providers/"

_YANDEX = Provider(
    name="yandex",
    title="Yandex",
    identity="yandex",
    hosts=("yandex.com", "yandex.ru", "yandex.net"),
    sources={
        "servers": Source(f"{_PROVIDER_DB}yandex.ru.md", "2020-03", "yandex.ru"),
        "ispdb": Source(f"{_ISPDB}yandex.ru.xml", "2026-03"),
        "gitlab": _GITLAB,
        "ru": Source("https://tl.termotools.com/5561-abviewer-110.html", "2026-11", "Yandex Mail in a mail program"),
        "mx": Source("https://github.com/postalsys/emailengine", "2026-11", "EmailEngine, rules by mail exchanger"),
        "limits": Source(
            "https://yandex.com/support/mail/web/letter/create/send-many-letters.html",
            "2026-11",
            "Sending a large number of messages",
        ),
        "sender": Source("https://github.com/fictionco/fiction/issues/228", "2026-11", "not owned by auth user"),
    },
    variants=(
        Variant(
            "yandex",
            "Yandex",
            (
                submissions("smtp.yandex.com", "ispdb", "servers"),
                submissions("smtp.yandex.ru", "gitlab", "ru"),
                imaps("imap.yandex.com", "ispdb", "servers"),
                imaps("imap.yandex.ru", "ru"),
            ),
            (Credential.APP_PASSWORD, Credential.OAUTH2, Credential.PASSWORD),
            domains=("yandex.com", "yandex.ru", "yandex.by", "yandex.kz", "yandex.ua", "ya.ru", "narod.ru"),
            mx=("mx.yandex.net",),
            account="Yandex",
        ),
    ),
    preparation=(
        Step(
            "Switch on IMAP in the settings of Yandex Mail (All settings, Mail programs).",
            Actor.USER,
            ("servers", "ru"),
        ),
    ),
    limits=(Limit("Yandex", Unit.RECIPIENTS, ("limits",), per_day=500),),
    quirks=(
        Quirk("A sender that is not an address of the account is refused with 553 5.7.1.", ("sender",)),
        Quirk(
            "A message sent by SMTP may have 35 recipients; who passes a limit cannot send for 24 hours, and for "
            "another 24 after each attempt.",
            ("limits",),
        ),
    ),
    fact_sources={"domains": ("ispdb", "servers"), "mx": ("mx",), "hosts": ("ispdb", "gitlab", "mx")},
)

_MAIL_RU = Provider(
    name="mail-ru",
    title="Mail.ru",
    sources={
        "servers": Source(f"{_PROVIDER_DB}mail.ru.md", "2026-04", "Mail.ru"),
        "ispdb": Source(f"{_ISPDB}mail.ru.xml", "2026-03"),
        "mx": Source(
            "https://github.com/search?type=code&q=%22emx.mail.ru%22", "2026-11", "Zone files in public repositories"
        ),
    },
    variants=(
        Variant(
            "mail-ru",
            "Mail.ru",
            (
                submissions("smtp.mail.ru", "servers", "ispdb"),
                submission("smtp.mail.ru", "ispdb"),
                imaps("imap.mail.ru", "servers", "ispdb"),
                imap_starttls("imap.mail.ru", "ispdb"),
            ),
            (Credential.APP_PASSWORD, Credential.OAUTH2),
            domains=("mail.ru", "inbox.ru", "internet.ru", "bk.ru", "list.ru"),
            mx=("emx.mail.ru",),
            account="Mail.ru",
        ),
    ),
    preparation=(
        Step("Create a password for external applications in the web mail of Mail.ru.", Actor.USER, ("servers",)),
    ),
    fact_sources={"domains": ("servers", "ispdb"), "mx": ("mx",)},
)

_RAMBLER = Provider(
    name="rambler",
    title="Rambler",
    sources={
        "servers": Source(f"{_PROVIDER_DB}rambler.ru.md", "2024-03", "rambler.ru"),
        "ispdb": Source(f"{_ISPDB}rambler.ru.xml", "2026-03"),
    },
    variants=(
        Variant(
            "rambler",
            "Rambler",
            (
                submissions("smtp.rambler.ru", "servers", "ispdb"),
                imaps("imap.rambler.ru", "servers", "ispdb"),
                imap_starttls("imap.rambler.ru", "servers"),
            ),
            (Credential.PASSWORD,),
            domains=("rambler.ru", "autorambler.ru", "myrambler.ru", "rambler.ua", "lenta.ru", "ro.ru"),
            account="Rambler",
        ),
    ),
    preparation=(
        Step("Switch on access by mail programs in the settings at mail.rambler.ru.", Actor.USER, ("servers",)),
    ),
    fact_sources={"domains": ("servers",)},
)

_UKR_NET = Provider(
    name="ukr-net",
    title="UKR.NET",
    sources={"servers": Source(f"{_PROVIDER_DB}ukr.net.md", "2024-08", "ukr.net")},
    variants=(
        Variant(
            "ukr-net",
            "UKR.NET",
            (submissions("smtp.ukr.net", "servers"), imaps("imap.ukr.net", "servers")),
            (Credential.PASSWORD,),
            domains=("ukr.net",),
            account="UKR.NET",
        ),
    ),
    preparation=(
        Step(
            "Switch on access by IMAP for other programs in the settings of the mailbox (Manage IMAP access).",
            Actor.USER,
            ("servers",),
        ),
    ),
    fact_sources={"domains": ("servers",)},
)

_NAVER = Provider(
    name="naver",
    title="Naver",
    sources={
        "ispdb": Source(f"{_ISPDB}naver.com.xml", "2026-03"),
        "servers": Source(f"{_PROVIDER_DB}naver.md", "2021-06", "Naver Mail"),
        "password": Source("https://it-learner.tistory.com/159", "2025-12", "Naver IMAP and two-step verification"),
        "mx": Source("https://github.com/postalsys/emailengine", "2026-11", "EmailEngine, rules by mail exchanger"),
    },
    variants=(
        Variant(
            "naver",
            "Naver",
            (
                submissions("smtp.naver.com", "ispdb"),
                submission("smtp.naver.com", "servers"),
                imaps("imap.naver.com", "ispdb", "servers"),
            ),
            (Credential.APP_PASSWORD, Credential.PASSWORD),
            domains=("naver.com",),
            mx=(".naver.com",),
            account="Naver",
        ),
    ),
    preparation=(
        Step("Switch on IMAP/SMTP in the settings of Naver Mail.", Actor.USER, ("servers",)),
        Step(
            "Turn on two-step verification and create an application password; the password of the account soon "
            "stops working in mail programs.",
            Actor.USER,
            ("password",),
        ),
    ),
    fact_sources={"domains": ("ispdb", "servers"), "mx": ("mx",)},
)

_LARK = Provider(
    name="lark",
    title="Lark Mail",
    sources={
        "servers": Source(
            "https://github.com/Akbarsait/cashlifydocs/blob/main/docs/thoughtaspires/larkemail-setup-guide.md",
            "2026-11",
            "Complete guide to setting up Larksuite email",
        ),
        "faq": Source("https://www.larksuite.com/hc/zh-CN/articles/360048488003", "2026-11", "Mail FAQ"),
        "spf": Source("https://www.larksuite.com/hc/zh-CN/articles/484507441712", "2026-11", "SMTP of other systems"),
        "public": Source("https://www.larksuite.com/hc/en-US/articles/360048487998", "2026-11", "Public mailboxes"),
        "mx": Source("https://github.com/postalsys/emailengine", "2026-11", "EmailEngine, rules by mail exchanger"),
    },
    variants=(
        Variant(
            "lark",
            "Lark Mail",
            (submissions("smtp.larksuite.com", "servers"), imaps("imap.larksuite.com", "servers")),
            (Credential.APP_PASSWORD,),
            mx=(".larksuite.com",),
            account="Lark Mail",
        ),
    ),
    preparation=(
        Step(
            "Allow third-party email clients in the Admin Console (Product Settings, Mail).",
            Actor.ADMINISTRATOR,
            ("faq", "servers"),
        ),
        Step(
            "Switch on IMAP/SMTP for the mailbox where it is a public mailbox.",
            Actor.ADMINISTRATOR,
            ("public",),
        ),
        Step(
            "Generate a password of its own for the program in Lark (Settings, Email, third-party email client login).",
            Actor.USER,
            ("faq", "servers"),
        ),
    ),
    sending_include=("spf.onlarksuite.com",),
    fact_sources={"mx": ("mx", "servers"), "sending_include": ("spf", "servers")},
)

PROVIDERS = (_YANDEX, _MAIL_RU, _RAMBLER, _UKR_NET, _NAVER, _LARK)
