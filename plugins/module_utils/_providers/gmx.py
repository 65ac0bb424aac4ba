# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""GMX, WEB.DE and mail.com, which one operator runs."""

from __future__ import annotations

from .._models.names import Protocol, Security
from .model import Actor, Credential, Provider, Quirk, Service, Source, Step, UserName, Variant
from .references import SMARTLEAD, ispdb, outreach

_PASSWORDS = (Credential.PASSWORD, Credential.APP_PASSWORD)

PROVIDERS = (
    Provider(
        name="gmx",
        title="GMX / web.de",
        identity="gmx",
        sources={
            "gmx_com": ispdb("gmx.com", "2022-11-19"),
            "gmx_net": ispdb("gmx.net", "2024-02-27"),
            "web_de": ispdb("web.de", "2024-02-29"),
            "mail_com": ispdb("mail.com", "2022-11-19"),
            "gmx_net_settings": Source(
                "https://hilfe.gmx.net/pop-imap/imap/imap-serverdaten.html",
                "2024-02-27",
                "GMX: server data for IMAP, as Thunderbird's database cites it",
            ),
            "web_de_settings": Source(
                "https://hilfe.web.de/pop-imap/imap/imap-serverdaten.html",
                "2024-02-29",
                "WEB.DE: server data for IMAP, as Thunderbird's database cites it",
            ),
            "mail_com_settings": Source(
                "https://support.mail.com/premium/imap/server.html",
                "2026-08-22",
                "mail.com: server data for IMAP, as FairEmail cites it",
            ),
            "gmx_com_switch": Source(
                "https://support.gmx.com/pop-imap/toggle.html",
                "2026-08-22",
                "GMX: switch POP3 and IMAP on, as FairEmail cites it",
            ),
            "gmx_net_switch": Source(
                "https://hilfe.gmx.net/pop-imap/einschalten.html",
                "2026-08-22",
                "GMX: switch POP3 and IMAP on (German), as FairEmail cites it",
            ),
            "web_de_switch": Source(
                "https://github.com/chatmail/provider-db/blob/master/_providers/web.de.md",
                "2024-11",
                "WEB.DE: switch IMAP on",
            ),
            "app_passwords": Source(
                "https://hilfe.gmx.net/sicherheit/2fa/anwendungsspezifisches-passwort.html",
                "2026-11",
                "GMX: application-specific passwords (German)",
            ),
            "mail_com_app_passwords": Source(
                "https://github.com/M66B/FairEmail/blob/master/app/src/main/res/xml/providers.xml",
                "2026-08-22",
                "FairEmail: providers",
            ),
            "reply": Source(
                "https://github.com/thunderbird/thunderbird-android/issues/5780",
                "2026-11",
                "Why GMX and WEB.DE refuse logins over IMAP",
            ),
            "folders": Source(
                "https://github.com/chatmail/provider-db/issues/56",
                "2020-01-29",
                "Folders of GMX and WEB.DE",
            ),
            "smartlead": SMARTLEAD,
        },
        hosts=("gmx.net", "gmx.com", "gmx.de", "gmx.at", "gmx.ch", "web.de", "mail.com"),
        variants=(
            Variant(
                "gmx",
                "GMX (.com)",
                (
                    Service(Protocol.SMTP, "mail.gmx.com", 465, Security.TLS, ("smartlead", "gmx_com")),
                    Service(Protocol.SMTP, "mail.gmx.com", 587, Security.STARTTLS, ("smartlead", "gmx_com")),
                    Service(Protocol.IMAP, "imap.gmx.com", 993, Security.TLS, ("smartlead", "gmx_com")),
                    Service(Protocol.IMAP, "imap.gmx.com", 143, Security.STARTTLS, ("gmx_com",)),
                ),
                _PASSWORDS,
                domains=("gmx.com", "gmx.us", "gmx.co.uk", "gmx.fr", "gmx.es", "gmx.it", "gmx.ca"),
                account="GMX",
            ),
            Variant(
                "gmx-net",
                "GMX (.net)",
                (
                    Service(Protocol.SMTP, "mail.gmx.net", 587, Security.STARTTLS, ("smartlead", "gmx_net")),
                    Service(Protocol.SMTP, "mail.gmx.net", 465, Security.TLS, ("gmx_net", "gmx_net_settings")),
                    Service(Protocol.IMAP, "imap.gmx.net", 993, Security.TLS, ("smartlead", "gmx_net")),
                    Service(Protocol.IMAP, "imap.gmx.net", 143, Security.STARTTLS, ("gmx_net",)),
                ),
                _PASSWORDS,
                domains=("gmx.net", "gmx.de", "gmx.at", "gmx.ch", "gmx.eu", "gmx.org", "gmx.info", "gmx.biz"),
                mx=(".gmx.net",),
                account="GMX",
            ),
            Variant(
                "web-de",
                "WEB.DE",
                (
                    Service(
                        Protocol.SMTP,
                        "smtp.web.de",
                        465,
                        Security.TLS,
                        ("web_de", "web_de_settings"),
                        UserName.LOCAL_PART,
                    ),
                    Service(
                        Protocol.SMTP,
                        "smtp.web.de",
                        587,
                        Security.STARTTLS,
                        ("web_de", "web_de_settings"),
                        UserName.LOCAL_PART,
                    ),
                    Service(
                        Protocol.IMAP,
                        "imap.web.de",
                        993,
                        Security.TLS,
                        ("web_de", "web_de_settings"),
                        UserName.LOCAL_PART,
                    ),
                    Service(Protocol.IMAP, "imap.web.de", 143, Security.STARTTLS, ("web_de",), UserName.LOCAL_PART),
                ),
                _PASSWORDS,
                domains=("web.de",),
                mx=(".web.de",),
                account="WEB.DE",
            ),
            Variant(
                "mail-com",
                "mail.com",
                (
                    Service(Protocol.SMTP, "smtp.mail.com", 465, Security.TLS, ("mail_com", "mail_com_settings")),
                    Service(Protocol.SMTP, "smtp.mail.com", 587, Security.STARTTLS, ("mail_com", "mail_com_settings")),
                    Service(Protocol.IMAP, "imap.mail.com", 993, Security.TLS, ("mail_com", "mail_com_settings")),
                    Service(Protocol.IMAP, "imap.mail.com", 143, Security.STARTTLS, ("mail_com",)),
                ),
                (Credential.APP_PASSWORD, Credential.PASSWORD),
                domains=(
                    "mail.com",
                    "email.com",
                    "usa.com",
                    "post.com",
                    "europe.com",
                    "consultant.com",
                    "engineer.com",
                    "techie.com",
                    "myself.com",
                    "iname.com",
                    "writeme.com",
                    "cheerful.com",
                    "accountant.com",
                ),
                mx=(".mail.com",),
                account="mail.com",
            ),
        ),
        preparation=(
            Step(
                "Switch on POP3 and IMAP in the settings of the web page, best from a desktop computer; both are off at"
                " first, and go off again when they are not used.",
                Actor.USER,
                ("gmx_com_switch", "gmx_net_switch", "web_de_switch", "reply", "smartlead"),
                variants=("gmx", "gmx-net", "web-de"),
            ),
            Step(
                "With two-factor authentication, create an application-specific password under My Account > Security"
                " and switch POP3 and IMAP on again.",
                Actor.USER,
                ("app_passwords",),
                variants=("gmx", "gmx-net", "web-de"),
            ),
            Step(
                "Create an app password.",
                Actor.USER,
                ("mail_com_app_passwords",),
                variants=("mail-com",),
            ),
        ),
        limits=(outreach("gmx", "gmx-net"),),
        quirks=(
            Quirk(
                "A refused login does not say why: IMAP may be off, two-factor authentication may want another"
                " password, the account may be locked, or the password is wrong.",
                ("reply",),
            ),
            Quirk("TLS 1.0 and 1.1 are refused.", ("smartlead",)),
            Quirk("A free account holds 20 folders at GMX, 40 at WEB.DE.", ("folders",)),
        ),
        fact_sources={
            "domains": ("gmx_com", "gmx_net", "web_de", "mail_com"),
            "mx": ("gmx_net", "web_de", "mail_com"),
            "username": ("web_de",),
            "credentials": ("smartlead", "app_passwords", "mail_com_app_passwords"),
        },
    ),
)
