# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Yahoo, and what runs on its servers: AOL and AT&T."""

from __future__ import annotations

from .._models.names import Protocol, Security
from .model import Actor, Credential, Limit, Provider, Quirk, Service, Source, Step, Unit, UserName, Variant
from .references import PACE, SMARTLEAD, ispdb, outreach, paced

_FAIREMAIL = Source(
    "https://github.com/M66B/FairEmail/blob/master/FAQ.md#faq88",
    "2026-08-22",
    "FairEmail: Yahoo, AT&T and AOL accounts",
)
_FOLDER_NAMES = Source(
    "https://github.com/jstedfast/MailKit/issues/1478",
    "2022-11-30",
    "Names of special folders in several languages",
)
_JUNK = Source("https://github.com/jstedfast/MailKit/issues/959", "2019-12-02", "Special folders of Yahoo")
_BAD_AUTH = Source("https://github.com/PHPMailer/PHPMailer/issues/2034", "2026-11", "Too many bad auth attempts")
_SAY_OAUTH2 = "Use OAuth2, which the servers take beside app passwords."
_MISLEADING = Quirk(
    "The reply 'Too many bad auth attempts' to the first try means that the account's own password was sent instead of"
    " the one made for the app.",
    ("bad_auth",),
)
_FOLDERS = Quirk(
    "The server did not always offer SPECIAL-USE, and folders have names of their own.",
    ("folder_names", "junk"),
    {"drafts": "Draft", "junk": "Bulk Mail"},
)

_YAHOO = Provider(
    name="yahoo",
    title="Yahoo",
    identity="yahoo",
    sources={
        "settings": Source(
            "https://help.yahoo.com/kb/SLN4075.html",
            "2026-11",
            "IMAP server settings for Yahoo Mail, as Smartlead and EspoCRM cite them",
        ),
        "app_passwords": Source(
            "https://help.yahoo.com/kb/generate-manage-rd-party-passwords-sln15241.html",
            "2026-11",
            "Generate and manage third-party app passwords",
        ),
        "shape": Source(
            "https://blog.tuttosemplice.com/en/yahoo-app-password-complete-generation-guide/",
            "2026-03-11",
            "Yahoo app passwords",
        ),
        "large": Source(
            "https://help.yahoo.com/kb/download-email-yahoo-mail-third-party-sln28681.html",
            "2026-08-22",
            "Download all mail with a third-party program, as FairEmail cites it",
        ),
        "page": Source(
            "https://github.com/chatmail/provider-db/blob/master/_providers/yahoo.md",
            "2024-11",
            "App passwords at Yahoo",
        ),
        "ispdb": ispdb("yahoo.com", "2025-11-17"),
        "fairemail": _FAIREMAIL,
        "bad_auth": _BAD_AUTH,
        "folder_names": _FOLDER_NAMES,
        "junk": _JUNK,
        "smartlead": SMARTLEAD,
        "pace": PACE,
    },
    hosts=("yahoo.com", "mail.yahoo.com"),
    variants=(
        Variant(
            "yahoo",
            "Yahoo Mail",
            (
                Service(Protocol.SMTP, "smtp.mail.yahoo.com", 465, Security.TLS, ("settings", "smartlead", "ispdb")),
                Service(Protocol.SMTP, "smtp.mail.yahoo.com", 587, Security.STARTTLS, ("settings", "smartlead")),
                Service(Protocol.IMAP, "imap.mail.yahoo.com", 993, Security.TLS, ("settings", "smartlead", "ispdb")),
                Service(Protocol.IMAP, "export.imap.mail.yahoo.com", 993, Security.TLS, ("ispdb", "fairemail")),
            ),
            (Credential.APP_PASSWORD, Credential.OAUTH2),
            domains=("yahoo.com", "ymail.com", "rocketmail.com", "myyahoo.com"),
            domain_patterns=(r"yahoo\.(?:ca|co\.(?:in|nz|uk)|com\.(?:ar|au|br|mx)|de|es|fr|it|se)",),
            mx=(".yahoodns.net",),
            account="Yahoo Mail",
        ),
    ),
    preparation=(
        Step(
            "Create an app password on the Account Security page, in a browser that has signed in to Yahoo for some"
            " days; Yahoo does not offer one to every account.",
            Actor.USER,
            ("app_passwords", "smartlead"),
        ),
        Step(
            "Where the account's settings have a switch for IMAP, see that it is on.",
            Actor.USER,
            ("smartlead",),
            protocols=(Protocol.IMAP,),
        ),
    ),
    limits=(Limit("Yahoo Mail", Unit.MESSAGES, ("smartlead",), per_day=500), outreach()),
    pacing=paced(60),
    quirks=(
        _FOLDERS,
        _MISLEADING,
        Quirk(
            "Where INBOX holds more than 10,000 messages, IMAP shows a part of them; export.imap.mail.yahoo.com"
            " shows all.",
            ("fairemail", "large"),
        ),
        Quirk("App passwords were reported to be refused for some accounts; OAuth2 worked there.", ("fairemail",)),
    ),
    app_password="[A-Za-z]{16}",
    app_password_page="https://login.yahoo.com/account/security",
    oauth2=_SAY_OAUTH2,
    fact_sources={
        "domains": ("ispdb",),
        "mx": ("ispdb",),
        "credentials": ("app_passwords", "ispdb"),
        "app_password": ("shape",),
        "app_password_page": ("page",),
        "oauth2": ("ispdb", "fairemail"),
    },
)

_YAHOO_JAPAN = Provider(
    name="yahoo-japan",
    title="Yahoo! JAPAN",
    identity="yahoo",
    sources={
        "ispdb": ispdb("yahoo.co.jp", "2022-11-19"),
        "fairemail": Source(
            "https://github.com/M66B/FairEmail/blob/master/app/src/main/res/xml/providers.xml",
            "2026-08-22",
            "FairEmail: providers",
        ),
    },
    hosts=("yahoo.co.jp", "mail.yahoo.co.jp"),
    variants=(
        Variant(
            "yahoo-japan",
            "Yahoo! JAPAN Mail",
            (
                Service(
                    Protocol.SMTP,
                    "smtp.mail.yahoo.co.jp",
                    465,
                    Security.TLS,
                    ("ispdb", "fairemail"),
                    UserName.LOCAL_PART,
                ),
                Service(
                    Protocol.IMAP,
                    "imap.mail.yahoo.co.jp",
                    993,
                    Security.TLS,
                    ("fairemail",),
                    UserName.LOCAL_PART,
                ),
            ),
            (Credential.PASSWORD,),
            domains=("yahoo.co.jp",),
            account="Yahoo! JAPAN Mail",
        ),
    ),
)

_AOL = Provider(
    name="aol",
    title="AOL",
    identity="aol",
    sources={
        "settings": Source(
            "https://help.aol.com/articles/how-do-i-use-other-email-applications-to-send-and-receive-my-aol-mail",
            "2026-11",
            "Other email applications with AOL Mail, as Thunderbird's database cites it",
        ),
        "app_passwords": Source(
            "https://help.aol.com/articles/Create-and-manage-app-password",
            "2026-11",
            "Create and manage third-party app passwords",
        ),
        "page": Source(
            "https://github.com/chatmail/provider-db/blob/master/_providers/aol.md",
            "2024-11",
            "App passwords at AOL",
        ),
        "shape": Source("https://videoshala.com/tutorial/aol-mail-app-password.html", "2026-11", "AOL app passwords"),
        "ispdb": ispdb("aol.com", "2022-11-19"),
        "bad_auth": _BAD_AUTH,
        "folder_names": _FOLDER_NAMES,
        "smartlead": SMARTLEAD,
    },
    hosts=("aol.com",),
    variants=(
        Variant(
            "aol",
            "AOL Mail",
            (
                Service(Protocol.SMTP, "smtp.aol.com", 465, Security.TLS, ("smartlead", "ispdb", "settings")),
                Service(Protocol.SMTP, "smtp.aol.com", 587, Security.STARTTLS, ("smartlead",)),
                Service(Protocol.IMAP, "imap.aol.com", 993, Security.TLS, ("smartlead", "ispdb", "settings")),
            ),
            (Credential.APP_PASSWORD, Credential.OAUTH2),
            domains=("aol.com", "aim.com", "netscape.net", "compuserve.com", "cs.com"),
            domain_patterns=(r"aol\.(?:co\.(?:nz|uk)|com\.(?:ar|au|br|mx)|de|es|fr|it|se)",),
            mx=(".mail.gm0.yahoodns.net",),
            account="AOL Mail",
        ),
    ),
    preparation=(
        Step(
            "Turn on 2-Step Verification and create an app password on the Account Security page; AOL does not offer"
            " one to every account.",
            Actor.USER,
            ("app_passwords", "smartlead"),
        ),
    ),
    limits=(outreach(),),
    quirks=(
        Quirk("The folder for drafts has a name of its own.", ("folder_names",), {"drafts": "Draft"}),
        _MISLEADING,
    ),
    app_password="[A-Za-z0-9]{16}",
    app_password_page="https://login.aol.com/account/security",
    oauth2=_SAY_OAUTH2,
    fact_sources={
        "domains": ("ispdb",),
        "mx": ("ispdb",),
        "credentials": ("app_passwords", "ispdb"),
        "app_password": ("shape",),
        "app_password_page": ("page",),
        "oauth2": ("ispdb",),
    },
)

_ATT = Provider(
    name="att",
    title="AT&T",
    identity="yahoo",
    sources={
        "settings": Source(
            "https://www.att.com/support/article/email-support/KM1010523/",
            "2025-08",
            "POP3 and IMAP email settings, as Smartlead cites them",
        ),
        "mail_key": Source(
            "https://www.att.com/support/article/email-support/KM1240308",
            "2026-08-22",
            "Secure mail key, as FairEmail cites it",
        ),
        "ispdb": ispdb("att.net", "2025-12-10"),
        "bad_auth": _BAD_AUTH,
        "smartlead": SMARTLEAD,
    },
    hosts=("mail.att.net", "att.yahoo.com", "outbound.att.net", "inbound.att.net"),
    variants=(
        Variant(
            "att",
            "AT&T Mail",
            (
                Service(Protocol.SMTP, "smtp.mail.att.net", 465, Security.TLS, ("settings", "smartlead", "ispdb")),
                Service(Protocol.SMTP, "smtp.mail.att.net", 587, Security.STARTTLS, ("smartlead",)),
                Service(Protocol.SMTP, "outbound.att.net", 465, Security.TLS, ("smartlead", "ispdb")),
                Service(Protocol.IMAP, "imap.mail.att.net", 993, Security.TLS, ("settings", "smartlead", "ispdb")),
            ),
            (Credential.APP_PASSWORD, Credential.OAUTH2),
            domains=(
                "att.net",
                "ameritech.net",
                "bellsouth.net",
                "currently.com",
                "flash.net",
                "nvbell.net",
                "pacbell.net",
                "prodigy.net",
                "sbcglobal.net",
                "snet.net",
                "swbell.net",
                "wans.net",
            ),
            account="AT&T Mail",
        ),
    ),
    preparation=(
        Step(
            "Create a secure mail key in the AT&T account management; it takes the place of the password in every"
            " program.",
            Actor.USER,
            ("mail_key", "smartlead"),
        ),
    ),
    limits=(outreach(),),
    quirks=(
        Quirk(
            "outbound.att.net is the older SMTP server, made for POP3; it still answers.",
            ("smartlead", "ispdb"),
        ),
        Quirk("The servers are Yahoo's, and so are their replies.", ("smartlead",)),
        _MISLEADING,
    ),
    oauth2=_SAY_OAUTH2,
    fact_sources={
        "domains": ("smartlead", "ispdb"),
        "credentials": ("mail_key", "smartlead", "ispdb"),
        "oauth2": ("ispdb",),
    },
)

PROVIDERS = (_YAHOO, _YAHOO_JAPAN, _AOL, _ATT)
