# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Mail as a business of its own: Fastmail, Migadu, mailbox.org, Posteo, Proton."""

from __future__ import annotations

from .._models.names import Protocol, Security
from .model import Actor, Credential, Provider, Quirk, Service, Source, Step, Variant
from .usual import imap_starttls, imaps, submission, submissions

_FASTMAIL = Provider(
    name="fastmail",
    title="Fastmail",
    identity="fastmail",
    hosts=("fastmail.com", "messagingengine.com"),
    sources={
        "servers": Source(
            "https://www.fastmail.com/help/technical/servernamesandports.html", "2026-11", "Server names and ports"
        ),
        "app_passwords": Source("https://www.fastmail.com/help/clients/apppassword.html", "2026-11", "App passwords"),
        "starttls": Source("https://xenocept.com/docs/email-setup/fastmail.html", "2026-11", "Fastmail"),
        "dns": Source("https://www.fastmail.help/hc/en-us/articles/360060591153", "2026-11", "DKIM and DNS records"),
        "spf": Source("https://mailflowauthority.com/email-authentication/fastmail-email-auth", "2026-11"),
        "mx": Source("https://mailermonk.com/guides/spf/fastmail", "2026-11"),
    },
    variants=(
        Variant(
            "fastmail",
            "Fastmail",
            (
                submissions("smtp.fastmail.com", "servers"),
                submission("smtp.fastmail.com", "starttls"),
                imaps("imap.fastmail.com", "servers"),
            ),
            (Credential.APP_PASSWORD,),
            domains=("fastmail.com",),
            mx=(".messagingengine.com",),
            account="Fastmail",
        ),
    ),
    preparation=(
        Step(
            "Create an app password with access to mail (Settings, Privacy & Security, Integrations); "
            "the password of the account is refused.",
            Actor.USER,
            ("app_passwords", "servers"),
        ),
    ),
    quirks=(
        Quirk("Accounts of the Basic plan have no IMAP and SMTP, and cannot create app passwords.", ("app_passwords",)),
        Quirk(
            "An address of an own domain logs in under the address the account was made with; it may send as any "
            "alias that was verified.",
            ("starttls",),
        ),
    ),
    sending_include=("spf.messagingengine.com",),
    dkim_selectors=("fm1", "fm2", "fm3"),
    fact_sources={
        "domains": ("servers",),
        "mx": ("mx",),
        "sending_include": ("spf", "mx"),
        "dkim_selectors": ("dns", "spf"),
    },
)

_MIGADU = Provider(
    name="migadu",
    title="Migadu",
    sources={
        "servers": Source(
            "https://github.com/chatmail/provider-db/blob/master/_providers/migadu.md", "2024-09", "Migadu"
        ),
        "dns": Source(
            "https://gist.github.com/tennox/f2836fb57e2ac3b54c0c044b7777eb35", "2024-03", "Migadu's records for DNS"
        ),
        "config": Source("https://www.migadu.com/en/guides/config.html", "2026-11", "Default mailbox configuration"),
        "plans": Source("https://www.migadu.com/en/guides/mailbox_pricing.html", "2026-11", "Pricing per mailbox"),
        "junk": Source("https://www.migadu.com/en/guides/pop.html", "2026-11", "You prefer POP instead of IMAP?"),
    },
    variants=(
        Variant(
            "migadu",
            "Migadu",
            (
                submissions("smtp.migadu.com", "dns", "servers"),
                submission("smtp.migadu.com", "servers", "config"),
                imaps("imap.migadu.com", "servers"),
            ),
            (Credential.PASSWORD,),
            mx=(".migadu.com",),
            account="Migadu",
        ),
    ),
    quirks=(
        Quirk("Spam is put into the folder Junk.", ("junk",), {"junk": "Junk"}),
        Quirk("What a plan limits is the outgoing messages of a day over all mailboxes of the account.", ("plans",)),
    ),
    sending_include=("spf.migadu.com",),
    dkim_selectors=("key1", "key2", "key3"),
    fact_sources={"mx": ("dns",), "sending_include": ("dns",), "dkim_selectors": ("dns",)},
)

_MAILBOX_ORG = Provider(
    name="mailbox-org",
    title="mailbox.org",
    sources={
        "servers": Source(
            "https://kb.mailbox.org/en/private/e-mail/e-mail-configuration", "2026-11", "E-mail configuration"
        ),
        "dns": Source(
            "https://kb.mailbox.org/de/privat/e-mail-mit-eigener-domain/"
            "spam-reputation-der-eigenen-domain-verbessern-mit-spf-dkim-und-dmarc",
            "2026-11",
            "SPF, DKIM und DMARC",
        ),
        "mx": Source(
            "https://github.com/wombelix/domain-mgmt/blob/main/records_mycloudoffice_de.tf",
            "2025-01",
            "Zone of a customer",
        ),
        "domains": Source(
            "https://kb.mailbox.org/en/business/e-mail-article/using-e-mail-addresses-of-your-domain", "2026-11"
        ),
    },
    variants=(
        Variant(
            "mailbox-org",
            "mailbox.org",
            (
                submissions("smtp.mailbox.org", "servers"),
                submission("smtp.mailbox.org", "servers"),
                imaps("imap.mailbox.org", "servers"),
            ),
            (Credential.PASSWORD, Credential.APP_PASSWORD),
            domains=("mailbox.org", "secure.mailbox.org"),
            mx=(".mailbox.org",),
            account="mailbox.org",
        ),
    ),
    preparation=(
        Step(
            "Where two-factor authentication is on, create an application password "
            "(All settings, Security, Application passwords); the password of the mailbox is refused then.",
            Actor.USER,
            ("servers",),
        ),
    ),
    quirks=(
        Quirk(
            "The user name is the main address of the account, also for aliases of an own domain.",
            ("servers", "domains"),
        ),
    ),
    sending_include=("mailbox.org",),
    dkim_selectors=("MBO0001", "MBO0002", "MBO0003", "MBO0004"),
    fact_sources={
        "domains": ("domains",),
        "mx": ("mx",),
        "sending_include": ("dns",),
        "dkim_selectors": ("dns",),
    },
)

_POSTEO = Provider(
    name="posteo",
    title="Posteo",
    sources={
        "servers": Source(
            "https://github.com/chatmail/provider-db/blob/master/_providers/posteo.md", "2026-01", "Posteo"
        ),
        "ispdb": Source("https://github.com/thunderbird/autoconfig/blob/master/ispdb/posteo.de.xml", "2026-03"),
    },
    variants=(
        Variant(
            "posteo",
            "Posteo",
            (
                submissions("posteo.de", "servers", "ispdb"),
                submission("posteo.de", "servers", "ispdb"),
                imaps("posteo.de", "servers", "ispdb"),
                imap_starttls("posteo.de", "servers", "ispdb"),
            ),
            (Credential.APP_PASSWORD, Credential.PASSWORD),
            domains=("posteo.de", "posteo.net", "posteo.org", "posteo.eu", "posteo.at", "posteo.ch"),
            account="Posteo",
        ),
    ),
    preparation=(Step("Create a password for programs in the settings of the mailbox.", Actor.USER, ("servers",)),),
    fact_sources={"domains": ("servers", "ispdb")},
)

_LOCAL = "127.0.0.1"

_PROTON = Provider(
    name="proton",
    title="Proton Mail Bridge",
    identity="proton-bridge",
    hosts=("smtp.protonmail.ch",),
    sources={
        "faq": Source("https://proton.me/support/protonmail-bridge-faq", "2026-11", "Proton Mail Bridge FAQ"),
        "ports": Source(
            "https://email-client-prod-marketing.pages.dev/docs/accounts/imap/", "2026-11", "IMAP / POP accounts"
        ),
        "bridge": Source("https://xenocept.com/docs/email-setup/proton.html", "2026-11", "Proton Mail"),
        "tls": Source(
            "https://upget.mystrikingly.com/blog/outlook-for-mac-loses-connection",
            "2026-11",
            "Proton's article on the connection to Bridge, quoted",
        ),
        "submission": Source(
            "https://dotcompc.ir/support/fr/smtp-submission", "2026-11", "Proton's article on SMTP submission, mirrored"
        ),
        "host": Source("https://docs.gitlab.com/omnibus/settings/smtp/", "2026-11", "SMTP settings of many providers"),
        "domains": Source(
            "https://github.com/chatmail/provider-db/blob/master/_providers/protonmail.md", "2019-02", "ProtonMail"
        ),
        "dns": Source("https://domaincheckup.net/domain/proton.me", "2025-10", "proton.me"),
        "selectors": Source("https://domainsecurityscanner.com/guides/proton-mail", "2026-11", "Proton Mail"),
        "errors": Source("https://github.com/ProtonMail/gluon", "2026-11", "gluon, internal/backend/errors.go"),
    },
    variants=(
        Variant(
            "proton-bridge",
            "Proton Mail Bridge",
            (
                Service(Protocol.SMTP, _LOCAL, 1025, Security.STARTTLS, ("ports", "bridge", "tls")),
                Service(Protocol.IMAP, _LOCAL, 1143, Security.STARTTLS, ("ports", "tls")),
            ),
            (Credential.APP_PASSWORD,),
            domains=("proton.me", "protonmail.com", "protonmail.ch", "pm.me"),
            mx=(".protonmail.ch",),
            account="Proton Mail by Bridge",
        ),
        Variant(
            "proton-smtp",
            "Proton Mail, SMTP submission",
            (submission("smtp.protonmail.ch", "host"),),
            (Credential.APP_PASSWORD,),
            account="Proton for Business with an own domain",
        ),
    ),
    preparation=(
        Step(
            "Install Proton Mail Bridge on the machine that looks, sign in to it with a paid account and keep it "
            "running; take user name, password, ports and TLS mode from its mailbox details.",
            Actor.USER,
            ("faq", "bridge"),
            variants=("proton-bridge",),
        ),
        Step(
            "Create an SMTP token for an address of an own domain in the settings of Proton Mail; it is the password.",
            Actor.USER,
            ("submission",),
            (Protocol.SMTP,),
            variants=("proton-smtp",),
        ),
    ),
    quirks=(
        Quirk(
            "Bridge signs its certificate itself, and takes another port where 1025 or 1143 is in use.",
            ("tls", "bridge"),
        ),
        Quirk("Bridge refuses logins for a while after several wrong passwords.", ("errors",)),
        Quirk("An SMTP token can only send; there is no IMAP with it.", ("submission",)),
    ),
    sending_include=("_spf.protonmail.ch",),
    dkim_selectors=("protonmail", "protonmail2", "protonmail3"),
    fact_sources={
        "domains": ("domains", "dns"),
        "mx": ("dns",),
        "sending_include": ("dns", "selectors"),
        "dkim_selectors": ("selectors",),
    },
)

PROVIDERS = (_FASTMAIL, _MIGADU, _MAILBOX_ORG, _POSTEO, _PROTON)
