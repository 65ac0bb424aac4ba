# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Apple: iCloud Mail."""

from __future__ import annotations

from .._models.names import Protocol, Security
from .model import Actor, Credential, Limit, Provider, Quirk, Service, Source, Step, Unit, UserName, Variant
from .references import PACE, SMARTLEAD, ispdb, outreach, paced

_SMTP = ("smtp.mail.me.com", 587, Security.STARTTLS, ("settings", "smartlead", "ispdb"))
_IMAP = ("imap.mail.me.com", 993, Security.TLS, ("settings", "smartlead", "ispdb"))

PROVIDERS = (
    Provider(
        name="icloud",
        title="iCloud",
        identity="icloud",
        sources={
            "settings": Source(
                "https://support.apple.com/en-us/102525",
                "2026-11",
                "iCloud Mail server settings for other apps, as Smartlead cites them",
            ),
            "app_passwords": Source(
                "https://support.apple.com/en-us/102654",
                "2026-11",
                "Sign in to apps with app-specific passwords",
            ),
            "shape": Source("https://sowebmail.com/email-setup/icloud", "2026-11", "iCloud Mail with IMAP and SMTP"),
            "limits": Source(
                "https://support.apple.com/en-us/102198",
                "2026-11",
                "Mailbox size and message sending limits in iCloud",
            ),
            "ispdb": ispdb("me.com", "2023-05-21"),
            "custom": Source(
                "https://github.com/chatmail/provider-db/blob/master/_providers/icloud.md",
                "2024-10",
                "iCloud Mail with a custom domain",
            ),
            "alias": Source(
                "https://github.com/M66B/FairEmail/blob/master/FAQ.md#faq148",
                "2026-08-22",
                "FairEmail: iCloud accounts",
            ),
            "dns": Source(
                "https://www.suped.com/email-deliverability/answers/"
                "how-do-i-set-up-and-use-custom-email-domains-with-icloud-and-what-are-common-issues-with-it",
                "2026-06-04",
                "Custom email domains with iCloud",
            ),
            "spf": Source("https://mxhelper.com/fr/mail-providers/icloud", "2026-11", "SPF of iCloud Mail"),
            "sent": Source(
                "https://github.com/kellylford/QuickMail/issues/149",
                "2026-06-26",
                "The folder for sent mail of iCloud",
            ),
            "sent_twice": Source(
                "https://github.com/kellylford/QuickMail/issues/150",
                "2026-06-26",
                "iCloud keeps sent mail by itself",
            ),
            "smartlead": SMARTLEAD,
            "pace": PACE,
        },
        hosts=("mail.me.com", "icloud.com"),
        variants=(
            Variant(
                "icloud",
                "iCloud Mail",
                (
                    Service(Protocol.SMTP, *_SMTP),
                    Service(Protocol.IMAP, *_IMAP, UserName.LOCAL_PART),
                ),
                (Credential.APP_PASSWORD,),
                domains=("icloud.com", "me.com", "mac.com"),
                account="iCloud Mail",
            ),
            Variant(
                "icloud-custom",
                "iCloud Mail with a custom domain",
                (
                    Service(Protocol.SMTP, *_SMTP, UserName.OTHER),
                    Service(Protocol.IMAP, *_IMAP, UserName.OTHER),
                ),
                (Credential.APP_PASSWORD,),
                mx=(".icloud.com",),
                account="iCloud Mail with a custom domain",
            ),
        ),
        preparation=(
            Step("Turn on two-factor authentication for the Apple Account.", Actor.USER, ("app_passwords",)),
            Step(
                "Create an app-specific password at account.apple.com under Sign-In and Security.",
                Actor.USER,
                ("app_passwords", "smartlead"),
            ),
            Step(
                "Declare the user names: the account's own iCloud address for SMTP, its part before the @ for IMAP."
                " An address of the custom domain does not log in.",
                Actor.USER,
                ("custom", "alias"),
                variants=("icloud-custom",),
            ),
        ),
        limits=(
            Limit("iCloud Mail", Unit.MESSAGES, ("limits",), per_day=1000),
            Limit("iCloud Mail", Unit.RECIPIENTS, ("limits",), per_day=1000),
            outreach(),
        ),
        pacing=paced(60),
        quirks=(
            Quirk(
                "IMAP takes the part of the address before the @ as user name, SMTP the whole address; aliases do not"
                " log in.",
                ("settings", "smartlead", "alias"),
            ),
            Quirk(
                "Sent mail is in Sent Messages, and the server files a copy there by itself.",
                ("sent", "sent_twice"),
                {"sent": "Sent Messages"},
            ),
            Quirk(
                "A new password of the Apple Account revokes every app-specific password.",
                ("app_passwords",),
            ),
            Quirk("There is no POP3.", ("smartlead",)),
        ),
        sending_include=("icloud.com",),
        app_password="[A-Za-z0-9]{4}(?:-?[A-Za-z0-9]{4}){3}",
        app_password_page="https://account.apple.com",
        fact_sources={
            "domains": ("ispdb", "shape"),
            "mx": ("dns", "ispdb"),
            "username": ("settings", "smartlead", "custom"),
            "credentials": ("settings", "app_passwords"),
            "sending_include": ("spf",),
            "app_password": ("shape",),
            "app_password_page": ("app_passwords",),
        },
    ),
)
