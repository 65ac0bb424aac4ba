# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Google: Gmail and Workspace."""

from __future__ import annotations

from .._models.names import Protocol, Security
from .model import Actor, Credential, Limit, Provider, Quirk, Service, Source, Step, Unit, Variant
from .references import PACE, SMARTLEAD, outreach, paced

_SOURCES = {
    "clients": Source("https://support.google.com/mail/answer/7126229", "2026-11", "Add Gmail to another email client"),
    "app_passwords": Source("https://support.google.com/accounts/answer/185833", "2026-11", "App passwords"),
    "limits": Source("https://support.google.com/a/answer/166852", "2026-11", "Gmail sending limits in Workspace"),
    "oauth": Source(
        "https://developers.google.com/workspace/gmail/imap/xoauth2-protocol",
        "2026-11",
        "OAuth 2.0 with IMAP and SMTP",
    ),
    "passwords_ended": Source(
        "https://nanopo.st/reference/lsa-app-passwords-2026/",
        "2026",
        "The end of less secure apps, with Google's own words",
    ),
    "imap_switch": Source(
        "https://umzuzu.com/google-sunsets-less-secure-apps-access-making-the-transition-to-oauth-and-app-passwords",
        "2024",
        "What the end of less secure apps changed in the settings",
    ),
    "admin": Source(
        "https://docs.espocrm.com/user-guide/imap-smtp-configuration/",
        "2026-11",
        "EspoCRM: IMAP and SMTP of Google Workspace",
    ),
    "mx": Source(
        "https://app.dnspro.co.uk/articles/dns-records-needed-for-google-workspace",
        "2026-04-03",
        "DNS records of Google Workspace",
    ),
    "sending": Source("https://mxio.io/providers/google-workspace", "2026-02-27", "SPF and DKIM of Google Workspace"),
    "folders": Source("https://imapsync.lamiral.info/FAQ.d/FAQ.Gmail.txt", "2025-07", "imapsync: tips for Gmail"),
    "folder_names": Source(
        "https://github.com/jstedfast/MailKit/issues/1478",
        "2022-11-30",
        "Names of special folders in several languages",
    ),
    "connections": Source(
        "https://canarymail.io/help/too-many-simultaneous-connections-on-gmail/",
        "2026-11",
        "Too many simultaneous connections",
    ),
    "smartlead": SMARTLEAD,
    "pace": PACE,
}

_SERVICES = (
    Service(Protocol.SMTP, "smtp.gmail.com", 465, Security.TLS, ("clients", "smartlead")),
    Service(Protocol.SMTP, "smtp.gmail.com", 587, Security.STARTTLS, ("clients", "smartlead")),
    Service(Protocol.IMAP, "imap.gmail.com", 993, Security.TLS, ("clients", "smartlead")),
)

PROVIDERS = (
    Provider(
        name="gmail",
        title="Google",
        identity="gmail",
        sources=_SOURCES,
        hosts=("gmail.com", "googlemail.com", "google.com"),
        variants=(
            Variant(
                "gmail",
                "Gmail",
                _SERVICES,
                (Credential.APP_PASSWORD, Credential.OAUTH2),
                domains=("gmail.com", "googlemail.com"),
                account="personal Gmail",
            ),
            Variant(
                "google-workspace",
                "Google Workspace",
                _SERVICES,
                (Credential.OAUTH2, Credential.APP_PASSWORD),
                mx=(".google.com", ".googlemail.com"),
                account="Google Workspace",
            ),
        ),
        preparation=(
            Step(
                "Turn on 2-Step Verification, then create an app password for mail; or use OAuth2.",
                Actor.USER,
                ("app_passwords", "smartlead"),
            ),
            Step(
                "Allow IMAP in the Admin console under Apps > Google Workspace > Gmail > End user access.",
                Actor.ADMINISTRATOR,
                ("admin",),
                protocols=(Protocol.IMAP,),
                variants=("google-workspace",),
            ),
        ),
        limits=(
            Limit("Google Workspace", Unit.MESSAGES, ("limits",), per_day=2000, variants=("google-workspace",)),
            Limit("Google Workspace", Unit.RECIPIENTS, ("limits",), per_day=10000, variants=("google-workspace",)),
            Limit("Google Workspace on trial", Unit.MESSAGES, ("limits",), per_day=500, variants=("google-workspace",)),
            Limit("personal Gmail", Unit.MESSAGES, ("smartlead",), per_day=500, variants=("gmail",)),
            outreach(),
        ),
        pacing=paced(120, ("connections",), connections=15),
        quirks=(
            Quirk(
                "Special folders lie below [Gmail] and bear names in the language of the account; their use is told by"
                " SPECIAL-USE. A user may hide any of them from IMAP in the settings of labels.",
                ("folders", "folder_names"),
                {
                    "all": "[Gmail]/All Mail",
                    "drafts": "[Gmail]/Drafts",
                    "sent": "[Gmail]/Sent Mail",
                    "junk": "[Gmail]/Spam",
                    "flagged": "[Gmail]/Starred",
                    "trash": "[Gmail]/Trash",
                },
            ),
            Quirk(
                "The account's own password is refused everywhere: for personal accounts since May 2022, for Workspace"
                " since May 2025. An app password still works where 2-Step Verification is on.",
                ("passwords_ended", "smartlead"),
            ),
            Quirk(
                "Users can no longer switch IMAP on or off themselves; in Workspace the administrator can.",
                ("imap_switch",),
            ),
        ),
        sending_include=("_spf.google.com",),
        dkim_selectors=("google",),
        app_password="[a-z]{16}",
        app_password_page="https://myaccount.google.com/apppasswords",
        oauth2="Use OAuth2 with the scope https://mail.google.com/ for IMAP and SMTP alike.",
        fact_sources={
            "mx": ("mx",),
            "credentials": ("app_passwords", "oauth", "smartlead"),
            "sending_include": ("sending",),
            "dkim_selectors": ("sending",),
            "app_password": ("app_passwords",),
            "app_password_page": ("app_passwords",),
            "oauth2": ("oauth",),
        },
    ),
)
