# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Hosts of domains in Europe with servers by country or product: IONOS, OVHcloud, Hetzner, STRATO, DomainFactory."""

from __future__ import annotations

from .model import Actor, Credential, Limit, Provider, Quirk, Source, Step, Unit, Variant
from .usual import imaps, submission, submissions

_GITLAB = Source("https://docs.gitlab.com/omnibus/settings/smtp/", "2026-11", "SMTP settings of many providers")
_ISPDB = "https://github.com/thunderbird/autoconfig/blob/master/ispdb/"
_IN_REPOSITORIES = "https://github.com/search?type=code&q="
_OVH_DOCS = "https://github.com/ovh/docs/blob/develop/pages/web_cloud/"


def _ionos(ending: str, place: str, imap: tuple[str, ...], smtp: tuple[str, ...], mx: tuple[str, ...] = ()) -> Variant:
    return Variant(
        f"ionos-{ending.replace('.', '-')}",
        f"IONOS {place}",
        (
            submissions(f"smtp.ionos.{ending}", *smtp),
            submission(f"smtp.ionos.{ending}", *smtp),
            imaps(f"imap.ionos.{ending}", *imap),
        ),
        (Credential.PASSWORD,),
        mx=(f".ionos.{ending}", *mx),
        account="IONOS",
    )


_IONOS = Provider(
    name="ionos",
    title="IONOS",
    identity="ionos",
    hosts=(
        "ionos.com",
        "ionos.de",
        "ionos.co.uk",
        "ionos.fr",
        "ionos.es",
        "ionos.it",
        "1and1.com",
        "1und1.de",
        "kundenserver.de",
        "perfora.net",
    ),
    sources={
        "com": Source("https://sendsmartly.site/ionos-smtp-settings", "2026-11", "IONOS SMTP settings"),
        "gitlab": _GITLAB,
        "fr": Source(
            "https://ionos.fr/assistance/email/mise-en-place-demail-made-in-germany/serveur-entrant",
            "2026-11",
            "Serveur entrant",
        ),
        "in_use": Source(f"{_IN_REPOSITORIES}%22smtp.ionos%22", "2026-11", "Settings in public repositories"),
        "mx": Source(f"{_IN_REPOSITORIES}%22mx00.ionos%22", "2026-11", "Zone files in public repositories"),
        "ispdb": Source(f"{_ISPDB}1und1.de.xml", "2026-03"),
        "limits": Source(
            "https://www.ionos.co.uk/help/index.php?id=17026", "2026-11", "What are the mass mailing limits?"
        ),
        "limits_de": Source(
            "https://www.ionos.de/hilfe/e-mail/allgemeine-themen/"
            "welche-beschraenkungen-gibt-es-beim-versand-von-massenmails/",
            "2026-11",
            "Beschränkungen beim Versand von Massenmails",
        ),
        "errors": Source(
            "https://www.ionos.de/hilfe/e-mail/postmaster/smtp-fehlermeldungen-der-11-ionos-mailserver", "2026-11"
        ),
    },
    variants=(
        _ionos("com", "(.com)", ("com", "in_use"), ("com", "in_use"), (".perfora.net",)),
        _ionos("de", "Deutschland", ("in_use",), ("gitlab", "in_use"), (".kundenserver.de",)),
        _ionos("co.uk", "UK", ("in_use",), ("in_use",)),
        _ionos("fr", "France", ("fr",), ("in_use",)),
        _ionos("es", "España", ("in_use",), ("in_use",)),
        _ionos("it", "Italia", ("in_use",), ("in_use",)),
    ),
    quirks=(
        Quirk(
            "The user name is the whole address, the password that of the mailbox, not of the contract.", ("gitlab",)
        ),
        Quirk("Who sends too fast is answered with 421 or 450 until some time has passed.", ("errors", "limits")),
        Quirk(
            "For contracts of more than 30 days the German help names 5,000 recipients an hour where the English one "
            "names 500 messages.",
            ("limits", "limits_de"),
        ),
    ),
    limits=(
        Limit("Mail Basic and Mail Business, contract of up to 7 days", Unit.MESSAGES, ("limits",), per_hour=50),
        Limit("Mail Basic and Mail Business, contract of up to 14 days", Unit.MESSAGES, ("limits",), per_hour=100),
        Limit("Mail Basic and Mail Business, contract of up to 30 days", Unit.MESSAGES, ("limits",), per_hour=400),
        Limit("Mail Basic and Mail Business", Unit.MESSAGES, ("limits",), per_hour=500),
    ),
    fact_sources={"mx": ("mx", "ispdb"), "hosts": ("ispdb", "com", "gitlab", "in_use")},
)


def _ovh_numbered(name: str, product: str, label: str, source: str) -> Variant:
    host = f"{label}.mail.ovh.net"
    return Variant(
        name,
        f"OVHcloud {product} on {host}",
        (submission(host, source, "numbers"), imaps(host, source, "numbers")),
        (Credential.PASSWORD,),
        account=f"OVHcloud {product}",
    )


_OVH = Provider(
    name="ovh",
    title="OVHcloud",
    identity="ovh",
    hosts=("ovh.net", "ovh.com", "ovh.ca", "mail.ovh.net"),
    sources={
        "mx_plan": Source(
            f"{_OVH_DOCS}email_and_collaborative_solutions/mx_plan/email_generalities/guide.en-gb.md",
            "2021-07",
            "Getting started with the MX Plan solution",
        ),
        "email_pro": Source(
            f"{_OVH_DOCS}email_and_collaborative_solutions/email_pro/first_config/guide.en-gb.md",
            "2024-05",
            "Configuring your Email Pro solution",
        ),
        "numbers": Source(
            f"{_IN_REPOSITORIES}%22ex5.mail.ovh.net%22", "2026-11", "Platforms in use, in public repositories"
        ),
        "mx": Source(f"{_OVH_DOCS}domains/dns_zone_mx/guide.en-gb.md", "2024-02", "Configure an MX record"),
        "spf": Source(f"{_OVH_DOCS}domains/dns_zone_spf/guide.en-gb.md", "2026-11", "Configuring an SPF record"),
        "dkim": Source(f"{_OVH_DOCS}domains/dns_zone_dkim/guide.en-gb.md", "2024-04", "DKIM record"),
        "gitlab": _GITLAB,
    },
    variants=(
        Variant(
            "ovh-mx-plan",
            "OVHcloud MX Plan",
            (submissions("ssl0.ovh.net", "mx_plan", "gitlab"), imaps("ssl0.ovh.net", "mx_plan")),
            (Credential.PASSWORD,),
            mx=(".mail.ovh.net",),
            account="OVHcloud MX Plan",
        ),
        *(_ovh_numbered(f"ovh-email-pro-{n}", "Email Pro", f"pro{n}", "email_pro") for n in (1, 2, 3)),
        *(_ovh_numbered(f"ovh-exchange-{n}", "Exchange", f"ex{n}", "numbers") for n in (2, 3, 4, 5)),
    ),
    preparation=(
        Step(
            "Read in the control panel which product the address belongs to; for Email Pro and Exchange the name of "
            "the server stands under Connection in the general information.",
            Actor.ADMINISTRATOR,
            ("email_pro",),
        ),
    ),
    quirks=(
        Quirk(
            "MX Plan, Email Pro and Exchange share their mail exchangers, so DNS does not tell which server is right; "
            "MX Plan is assumed.",
            ("mx",),
        ),
        Quirk(
            "Selectors of DKIM hold the number of the platform (as in ovhex123456-selector1), and DKIM is off for "
            "Email Pro and Exchange until it is switched on.",
            ("dkim",),
        ),
    ),
    sending_include=("mx.ovh.com",),
    fact_sources={"mx": ("mx",), "sending_include": ("spf",), "hosts": ("mx_plan", "mx")},
)

_HETZNER = Provider(
    name="hetzner",
    title="Hetzner",
    sources={
        "gitlab": _GITLAB,
        "ispdb": Source(f"{_ISPDB}hetzner.de.xml", "2026-03"),
        "username": Source(
            "https://docs.hetzner.com/de/konsoleh/account-management/email/mailboxes", "2026-11", "E-Mail-Accounts"
        ),
    },
    variants=(
        Variant(
            "hetzner",
            "Hetzner web hosting (konsoleH)",
            (
                submissions("mail.your-server.de", "ispdb"),
                submission("mail.your-server.de", "gitlab"),
                imaps("mail.your-server.de", "ispdb"),
            ),
            (Credential.PASSWORD,),
            mx=(".your-server.de",),
            account="konsoleH",
        ),
    ),
    quirks=(Quirk("The user name is the whole address.", ("username",)),),
    fact_sources={"mx": ("ispdb",)},
)

_STRATO = Provider(
    name="strato",
    title="STRATO",
    sources={"gitlab": _GITLAB, "ispdb": Source(f"{_ISPDB}strato.de.xml", "2026-03")},
    variants=(
        Variant(
            "strato",
            "STRATO",
            (
                submissions("smtp.strato.de", "gitlab", "ispdb"),
                submission("smtp.strato.de", "ispdb"),
                imaps("imap.strato.de", "ispdb"),
            ),
            (Credential.PASSWORD,),
            mx=(".rzone.de",),
            account="STRATO",
        ),
    ),
    fact_sources={"mx": ("ispdb",)},
)

_DOMAINFACTORY = Provider(
    name="domainfactory",
    title="DomainFactory",
    sources={"gitlab": _GITLAB, "ispdb": Source(f"{_ISPDB}df.eu.xml", "2026-03")},
    variants=(
        Variant(
            "domainfactory",
            "DomainFactory",
            (submissions("sslout.df.eu", "gitlab", "ispdb"), imaps("sslin.df.eu", "ispdb")),
            (Credential.PASSWORD,),
            mx=(".ispgateway.de",),
            account="DomainFactory",
        ),
    ),
    fact_sources={"mx": ("ispdb",)},
)

_ARUBA = Provider(
    name="aruba",
    title="Aruba",
    sources={
        "gitlab": _GITLAB,
        "in_use": Source(f"{_IN_REPOSITORIES}%22imaps.aruba.it%22", "2026-11", "Settings in public repositories"),
    },
    variants=(
        Variant(
            "aruba",
            "Aruba",
            (submissions("smtps.aruba.it", "gitlab", "in_use"), imaps("imaps.aruba.it", "in_use")),
            (Credential.PASSWORD,),
            account="Aruba",
        ),
    ),
)

PROVIDERS = (_IONOS, _OVH, _HETZNER, _STRATO, _DOMAINFACTORY, _ARUBA)
