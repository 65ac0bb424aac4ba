# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Mail that comes with access to the network, or with a portal: T-Online, freenet, Bluewin, Seznam, Xfinity."""

from __future__ import annotations

from .model import Actor, Credential, Provider, Quirk, Source, Step, Variant
from .usual import imap_starttls, imaps, submission, submissions

_ISPDB = "https://github.com/thunderbird/autoconfig/blob/master/ispdb/"
_PROVIDER_DB = "https://github.com/chatmail/provider-db/blob/master/_providers/"

_T_ONLINE = Provider(
    name="t-online",
    title="Telekom Mail (T-Online)",
    sources={
        "ispdb": Source(f"{_ISPDB}t-online.de.xml", "2026-03"),
        "password": Source(f"{_PROVIDER_DB}t-online.md", "2020-02", "T-Online"),
    },
    variants=(
        Variant(
            "t-online",
            "T-Online",
            (
                submissions("securesmtp.t-online.de", "ispdb", "password"),
                submission("securesmtp.t-online.de", "ispdb"),
                imaps("secureimap.t-online.de", "ispdb", "password"),
            ),
            (Credential.APP_PASSWORD,),
            domains=("t-online.de", "magenta.de"),
            account="Telekom Mail",
        ),
    ),
    preparation=(
        Step(
            "Set the password for mail programs in the settings of the web mail (Passwörter, "
            "Passwort für E-Mail-Programme); the login of Telekom is refused.",
            Actor.USER,
            ("password",),
        ),
    ),
    app_password_page="https://email.t-online.de/pr?a=globalsettings.passwords",
    fact_sources={"domains": ("ispdb", "password"), "app_password_page": ("password",)},
)

_FREENET = Provider(
    name="freenet",
    title="freenet Mail",
    sources={"servers": Source(f"{_PROVIDER_DB}freenet.de.md", "2024-08", "freenet.de")},
    variants=(
        Variant(
            "freenet",
            "freenet Mail",
            (
                submissions("mx.freenet.de", "servers"),
                submission("mx.freenet.de", "servers"),
                imaps("mx.freenet.de", "servers"),
                imap_starttls("mx.freenet.de", "servers"),
            ),
            (Credential.PASSWORD,),
            domains=("freenet.de",),
            account="freenet Mail",
        ),
    ),
    preparation=(
        Step(
            "Switch on POP3, IMAP and SMTP in the settings of the mailbox (POP3/IMAP/SMTP, Einrichtung POP3/IMAP).",
            Actor.USER,
            ("servers",),
        ),
    ),
    fact_sources={"domains": ("servers",)},
)

_BLUEWIN = Provider(
    name="bluewin",
    title="Swisscom Bluewin",
    sources={
        "ispdb": Source(f"{_ISPDB}bluewin.ch.xml", "2026-03"),
        "servers": Source(f"{_PROVIDER_DB}bluewin.ch.md", "2017-12", "Swisscom / Bluewin"),
    },
    variants=(
        Variant(
            "bluewin",
            "Bluewin",
            (
                submissions("smtpauths.bluewin.ch", "ispdb", "servers"),
                imaps("imaps.bluewin.ch", "ispdb", "servers"),
            ),
            (Credential.PASSWORD,),
            domains=("bluewin.ch",),
            account="Bluewin",
        ),
    ),
    fact_sources={"domains": ("ispdb", "servers")},
)

_SEZNAM = Provider(
    name="seznam",
    title="Seznam Email",
    sources={
        "smtp": Source(
            "https://podpora.supportbox.cz/help/jak-si-nastavit-vlastni-smtp-pro-seznam", "2026-11", "SMTP pro Seznam"
        ),
        "imap": Source("https://readgur.com/doc/144732/", "2026-11", "Nastavení klienta elektronické pošty"),
        "ispdb": Source(f"{_ISPDB}seznam.cz.xml", "2026-03"),
        "own": Source(
            "https://napoveda.seznam.cz/cz/login/smluvni-podminky-sluzby-emailseznamcz-pro-e-maily-na-vlastni-domene/",
            "2026-11",
        ),
    },
    variants=(
        Variant(
            "seznam",
            "Seznam Email",
            (
                submissions("smtp.seznam.cz", "smtp", "imap", "ispdb"),
                imaps("imap.seznam.cz", "imap", "ispdb"),
            ),
            (Credential.PASSWORD,),
            domains=("seznam.cz", "email.cz", "post.cz", "spoluzaci.cz"),
            account="Seznam Email",
        ),
    ),
    quirks=(
        Quirk("The user name is the whole address.", ("smtp", "imap")),
        Quirk("Mailboxes of an own domain exist too (up to ten addresses beside the first).", ("own",)),
    ),
    fact_sources={"domains": ("ispdb",)},
)

_XFINITY = Provider(
    name="xfinity",
    title="Comcast Xfinity",
    sources={
        "ports": Source("https://constantguard.comcast.net/dedicated-support/email-issues", "2026-11", "Email issues"),
        "ispdb": Source(f"{_ISPDB}comcast.net.xml", "2026-03"),
    },
    variants=(
        Variant(
            "xfinity",
            "Xfinity",
            (
                submissions("smtp.comcast.net", "ispdb", "ports"),
                submission("smtp.comcast.net", "ispdb", "ports"),
                imaps("imap.comcast.net", "ispdb"),
                imap_starttls("imap.comcast.net", "ispdb"),
            ),
            (Credential.OAUTH2, Credential.PASSWORD),
            domains=("comcast.net",),
            account="Xfinity",
        ),
    ),
    preparation=(
        Step(
            "Allow access by third-party mail programs in the settings of the Xfinity web mail.",
            Actor.USER,
            ("ispdb",),
        ),
    ),
    fact_sources={"domains": ("ispdb",)},
)

PROVIDERS = (_T_ONLINE, _FREENET, _BLUEWIN, _SEZNAM, _XFINITY)
