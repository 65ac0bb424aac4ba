# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Microsoft: Microsoft 365 and Outlook.com."""

from __future__ import annotations

from .._models.names import Protocol, Security
from .model import Actor, Credential, Limit, Provider, Quirk, Service, Source, Step, Unit, Variant
from .references import PACE, SMARTLEAD, ispdb, outreach, paced

_OAUTH = Source(
    "https://learn.microsoft.com/en-us/exchange/client-developer/legacy-protocols/"
    "how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth",
    "2026-11",
    "Authenticate an IMAP, POP or SMTP connection using OAuth",
)
_SAY_OAUTH2 = (
    "Register an application in Microsoft Entra and use OAuth2 with the scopes"
    " https://outlook.office.com/IMAP.AccessAsUser.All, https://outlook.office.com/SMTP.Send and offline_access."
)
_FOLDERS = Source("https://github.com/huacnlee/omamail/pull/90", "2026-09-03", "Folders of Exchange Online over IMAP")
_FOLDER_NAMES = Source(
    "https://github.com/jstedfast/MailKit/issues/1478",
    "2022-11-30",
    "Names of special folders in several languages",
)
_IMAP = Service(Protocol.IMAP, "outlook.office365.com", 993, Security.TLS, ("settings", "smartlead"))

_MICROSOFT365 = Provider(
    name="microsoft365",
    title="Microsoft 365",
    identity="microsoft365",
    sources={
        "settings": Source(
            "https://learn.microsoft.com/en-us/exchange/clients-and-mobile-in-exchange-online/pop3-and-imap4/"
            "pop3-and-imap4",
            "2026-11",
            "POP3 and IMAP4 in Exchange Online",
        ),
        "smtp_auth": Source(
            "https://learn.microsoft.com/en-us/exchange/clients-and-mobile-in-exchange-online/"
            "authenticated-client-smtp-submission",
            "2026-11",
            "Enable or disable SMTP AUTH in Exchange Online",
        ),
        "devices": Source(
            "https://learn.microsoft.com/en-us/exchange/mail-flow-best-practices/"
            "how-to-set-up-a-multifunction-device-or-application-to-send-email-using-microsoft-365-or-office-365",
            "2026-11",
            "Devices and applications that send through Microsoft 365",
        ),
        "oauth": _OAUTH,
        "retirement": Source(
            "https://www.captaindns.com/en/blog/microsoft-exchange-basic-auth-smtp-end",
            "2026-02",
            "The end of passwords for SMTP AUTH",
        ),
        "limits": Source(
            "https://learn.microsoft.com/en-us/office365/servicedescriptions/exchange-online-service-description/"
            "exchange-online-limits",
            "2026-11",
            "Exchange Online limits",
        ),
        "mx": ispdb("office365.com", "2026-03-10"),
        "mx_microsoft": Source(
            "https://www.thomasjuhlolesen.dk/2026/02/"
            "microsofts-mx-change-in-july26-a-follow-up-on-my-dnssec-and-smtp-dane-articles.html",
            "2026-02",
            "Mail exchangers under mx.microsoft",
        ),
        "dns": Source(
            "https://gist.github.com/arjancornelissen/811af8d12b76373dec0b4a7362a5723e",
            "2018-06-17",
            "DNS records of Microsoft 365",
        ),
        "folders": _FOLDERS,
        "folder_names": _FOLDER_NAMES,
        "smartlead": SMARTLEAD,
        "pace": PACE,
    },
    hosts=("office365.com", "outlook.com", "office.com", "hotmail.com", "live.com", "partner.outlook.cn"),
    variants=(
        Variant(
            "microsoft365",
            "Microsoft 365",
            (
                Service(
                    Protocol.SMTP,
                    "smtp.office365.com",
                    587,
                    Security.STARTTLS,
                    ("settings", "smartlead"),
                    credentials=(Credential.OAUTH2, Credential.PASSWORD),
                ),
                _IMAP,
            ),
            (Credential.OAUTH2,),
            domain_patterns=(r"[a-z0-9-]+\.onmicrosoft\.com",),
            mx=(".mail.protection.outlook.com", ".mx.microsoft"),
            account="Microsoft 365",
        ),
    ),
    preparation=(
        Step(
            "Switch on Authenticated SMTP for the mailbox: Microsoft 365 admin center > Users > Active users > the user"
            " > Mail > Manage email apps. Organisations made after January 2020, and those with security defaults, have"
            " it off.",
            Actor.ADMINISTRATOR,
            ("smtp_auth", "devices"),
            protocols=(Protocol.SMTP,),
        ),
        Step(
            "Leave IMAP on for the mailbox (Manage email apps); security defaults switch it off.",
            Actor.ADMINISTRATOR,
            ("settings",),
            protocols=(Protocol.IMAP,),
        ),
        Step("Register an application and consent to it for OAuth2.", Actor.ADMINISTRATOR, ("oauth",)),
    ),
    limits=(
        Limit("Microsoft 365", Unit.RECIPIENTS, ("limits",), per_day=10000),
        Limit("newer tenants of Microsoft 365", Unit.MESSAGES, ("smartlead",), per_day=5000, practical=True),
        outreach(),
    ),
    pacing=paced(120),
    quirks=(
        Quirk(
            "IMAP offers no SPECIAL-USE, and folders bear names in the language of the mailbox; here are the English"
            " ones.",
            ("folders", "folder_names"),
            {
                "sent": "Sent Items",
                "drafts": "Drafts",
                "trash": "Deleted Items",
                "junk": "Junk Email",
                "archive": "Archive",
            },
        ),
        Quirk(
            "A mailbox may send 30 messages a minute; what is more waits or is refused.",
            ("limits",),
        ),
        Quirk(
            "IMAP takes no password any more. SMTP takes one only where the administrator left Authenticated SMTP on,"
            " and Microsoft is ending that too.",
            ("retirement", "smartlead"),
        ),
    ),
    sending_include=("spf.protection.outlook.com",),
    dkim_selectors=("selector1", "selector2"),
    oauth2=_SAY_OAUTH2,
    fact_sources={
        "mx": ("mx", "mx_microsoft"),
        "domains": ("mx",),
        "credentials": ("retirement", "smartlead", "oauth"),
        "sending_include": ("dns",),
        "dkim_selectors": ("dns",),
        "oauth2": ("oauth",),
    },
)

_OUTLOOK = Provider(
    name="outlook",
    title="Outlook.com",
    identity="outlook",
    sources={
        "settings": Source(
            "https://support.microsoft.com/en-us/office/"
            "pop-imap-and-smtp-settings-for-outlook-com-d088b986-291d-42b8-9564-9c414e2aa040",
            "2025-08",
            "POP, IMAP and SMTP settings for Outlook.com",
        ),
        "limits": Source(
            "https://support.microsoft.com/en-us/office/"
            "sending-limits-in-outlook-com-279ee200-594c-40f0-9ec8-bb6af7735c2e",
            "2026-11",
            "Sending limits in Outlook.com",
        ),
        "domains": ispdb("hotmail.com", "2025-07-28"),
        "passwords_ended": Source(
            "https://github.com/nodemailer/nodemailer/issues/1714",
            "2026-11",
            "Passwords and app passwords refused by Microsoft",
        ),
        "app_passwords_ended": Source(
            "https://github.com/chatmail/provider-db/blob/master/_providers/outlook.com.md",
            "2024-11",
            "App passwords at Outlook.com",
        ),
        "oauth": _OAUTH,
        "deleted": Source(
            "https://github.com/mjs/imapclient/issues/419", "2020-11-11", "Special folders of Outlook.com"
        ),
        "folder_names": _FOLDER_NAMES,
        "smartlead": SMARTLEAD,
    },
    hosts=("smtp-mail.outlook.com", "imap-mail.outlook.com"),
    variants=(
        Variant(
            "outlook",
            "Outlook.com",
            (
                Service(Protocol.SMTP, "smtp-mail.outlook.com", 587, Security.STARTTLS, ("settings", "smartlead")),
                _IMAP,
            ),
            (Credential.OAUTH2,),
            domains=("outlook.com", "hotmail.com", "live.com", "msn.com", "windowslive.com"),
            domain_patterns=(
                r"(?:hotmail|live|outlook)\.(?:be|cl|de|dk|fr|it)",
                r"(?:hotmail|live)\.(?:ca|co\.uk|co\.za|com\.ar|com\.au|fi|nl|no|se)",
                r"(?:hotmail|outlook)\.(?:com\.br|com\.tr|cz|es|hu|lv|my|ph|sg|sk)",
            ),
            mx=(".olc.protection.outlook.com",),
            account="Outlook.com",
        ),
    ),
    preparation=(
        Step(
            "Switch on 'Let devices and apps use IMAP' in Outlook.com under Settings > Mail > Forwarding and IMAP; it"
            " is off at first.",
            Actor.USER,
            ("settings", "smartlead"),
            protocols=(Protocol.IMAP,),
        ),
        Step("Consent to an application that uses OAuth2.", Actor.USER, ("oauth", "settings")),
    ),
    limits=(
        Limit("Outlook.com with a Microsoft 365 subscription", Unit.RECIPIENTS, ("limits",), per_day=5000),
        Limit("Outlook.com without a subscription", Unit.MESSAGES, ("smartlead",), per_day=300),
        outreach(),
    ),
    quirks=(
        Quirk(
            "IMAP offers no SPECIAL-USE. Deleted mail is in Deleted or in Deleted Items, as old as the account is.",
            ("deleted", "folder_names"),
            {"drafts": "Drafts", "trash": "Deleted"},
        ),
        Quirk(
            "Passwords are refused since September 2024, and app passwords with them.",
            ("passwords_ended", "app_passwords_ended", "settings"),
        ),
        Quirk(
            "A subscriber may write to 1,000 people a day who never had mail from the account; a new account to fewer.",
            ("limits",),
        ),
    ),
    oauth2=_SAY_OAUTH2,
    fact_sources={
        "domains": ("domains",),
        "mx": ("domains",),
        "credentials": ("settings", "passwords_ended", "app_passwords_ended"),
        "oauth2": ("oauth",),
    },
)

# A host that both use is Microsoft 365's: its rules of diagnosis hold for both.
PROVIDERS = (_MICROSOFT365, _OUTLOOK)
