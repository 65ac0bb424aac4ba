# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Zoho Mail: one pair of variants for every data centre, free and personal beside paid organisations."""

from __future__ import annotations

from dataclasses import dataclass

from .._models.names import Protocol, Security
from .model import Actor, Credential, Limit, Provider, Quirk, Service, Source, Step, Unit, Variant
from .references import SMARTLEAD, ispdb, outreach


@dataclass(frozen=True)
class _Centre:
    """A data centre: the end of its variants' names, its domain, the mail domains of personal accounts there.

    Servers are called smtp.DOMAIN and imap.DOMAIN, those of paid organisations smtppro.DOMAIN and imappro.DOMAIN.
    ``starttls`` are further sources, of port 587 and IMAP but not of port 465, which then comes second.
    """

    suffix: str
    place: str
    domain: str
    personal: tuple[str, ...]
    sources: tuple[str, ...]
    starttls: tuple[str, ...] = ()


_CENTRES = (
    _Centre(
        "",
        "United States",
        "zoho.com",
        ("zoho.com", "zohomail.com"),
        ("imap", "smtp", "smartlead"),
    ),
    # Smartlead has port 587 alone for Europe; Zoho's own pages have both ports everywhere.
    _Centre(
        "-eu",
        "Europe",
        "zoho.eu",
        ("zoho.eu", "zohomail.eu"),
        ("imap", "eu"),
        starttls=("smartlead",),
    ),
    _Centre("-in", "India", "zoho.in", ("zoho.in", "zohomail.in"), ("imap", "regions", "in")),
    _Centre("-au", "Australia", "zoho.com.au", ("zoho.com.au", "zohomail.com.au"), ("imap", "regions", "au")),
    _Centre("-jp", "Japan", "zoho.jp", ("zoho.jp", "zohomail.jp"), ("imap", "regions", "jp")),
    _Centre("-ca", "Canada", "zohocloud.ca", ("zohocloud.ca", "zohomailcloud.ca"), ("imap", "regions", "ca")),
    _Centre("-sa", "Saudi Arabia", "zoho.sa", ("zoho.sa",), ("imap", "regions")),
    _Centre("-cn", "China", "zoho.com.cn", ("zoho.com.cn",), ("imap", "regions")),
)


def _services(centre: _Centre, pro: str) -> tuple[Service, ...]:
    smtp = f"smtp{pro}.{centre.domain}"
    tls = Service(Protocol.SMTP, smtp, 465, Security.TLS, centre.sources)
    starttls = Service(Protocol.SMTP, smtp, 587, Security.STARTTLS, centre.sources + centre.starttls)
    return (
        *((starttls, tls) if centre.starttls else (tls, starttls)),
        Service(Protocol.IMAP, f"imap{pro}.{centre.domain}", 993, Security.TLS, centre.sources + centre.starttls),
    )


def _variants() -> tuple[Variant, ...]:
    credentials = (Credential.APP_PASSWORD, Credential.PASSWORD)
    found = []
    for centre in _CENTRES:
        found += [
            Variant(
                f"zoho{centre.suffix}",
                f"Zoho Mail, {centre.place}",
                _services(centre, ""),
                credentials,
                domains=centre.personal,
                account="personal Zoho Mail, or a free organisation",
            ),
            Variant(
                f"zoho-pro{centre.suffix}",
                f"Zoho Mail for paid organisations, {centre.place}",
                _services(centre, "pro"),
                credentials,
                # Custom domains belong to organisations, and IMAP to the paid plans of them.
                mx=(f".{centre.domain}",),
                account="paid organisation at Zoho Mail",
            ),
        ]
    return tuple(found)


PROVIDERS = (
    Provider(
        name="zoho",
        title="Zoho",
        identity="zoho",
        sources={
            "imap": Source(
                "https://www.zoho.com/mail/help/imap-access.html",
                "2026-11",
                "IMAP access, also as public programs cite it for all data centres",
            ),
            "smtp": Source(
                "https://wiki.stretchpowered.com/books/zoho/page/how-to-configure-email-server-with-zoho-smtp-settings",
                "2026-11",
                "Zoho's SMTP settings by account type",
            ),
            "regions": Source("https://postigo.net/smtp/zoho", "2026-01", "Zoho's servers by region"),
            "eu": Source("https://clean.email/blog/email-settings/zoho-mail-settings", "2026-11", "Zoho in Europe"),
            "in": Source(
                "https://intercom.help/getreplies/en/articles/9657392-enable-imap-smtp-for-your-zoho-mail-account",
                "2026-11",
                "Zoho in India",
            ),
            "au": Source("https://www.smartlead.ai/blog/zoho-imap-settings", "2026-11", "Zoho in Australia"),
            "jp": ispdb("zoho.jp", "2025-10-22"),
            "ca": ispdb("zohocloud.ca", "2025-10-22"),
            "domains": ispdb("zoho.com", "2025-10-22"),
            "mx": Source("https://mxrecordchecker.com/resources/zoho-mx-records", "2026-11", "MX records of Zoho"),
            "spf": Source("https://spfcreator.com/resources/spf-record-for-zoho", "2026-11", "SPF of Zoho by region"),
            "spf_eu": Source("https://mailermonk.com/guides/spf/zoho-mail", "2026-11", "SPF of Zoho in Europe"),
            "app_passwords": Source(
                "https://help.zoho.com/portal/kb/articles/manage-application-specific-passwords",
                "2026-11",
                "Application-specific passwords",
            ),
            "saml": Source(
                "https://help.zoho.com/portal/en/kb/solo/communication/settings/articles/how-to-generate-app-specific-password",
                "2026-11",
                "When an app-specific password is required",
            ),
            "blanks": Source(
                "https://adminconsole.wiki.zoho.com/mail/Application-Specific-Passwords.html",
                "2026-11",
                "Application-specific passwords in the admin console",
            ),
            "limits": Source(
                "https://www.zoho.com/mail/help/adminconsole/rates-and-limits.html",
                "2026-11",
                "Zoho Mail limits and policies",
            ),
            "free_plan": Source(
                "https://ai-productivity.pages.dev/guides/zoho-smtp-server-setup-guide/",
                "2026-11",
                "SMTP and IMAP by plan",
            ),
            "relaying": Source(
                "https://www.zoho.com/zeptomail/help/api/smtp-error-codes.html",
                "2026-11",
                "SMTP errors of Zoho",
            ),
            "smartlead": SMARTLEAD,
        },
        hosts=(
            "zoho.com",
            "zoho.eu",
            "zoho.in",
            "zoho.com.au",
            "zoho.jp",
            "zohocloud.ca",
            "zoho.sa",
            "zoho.com.cn",
        ),
        variants=_variants(),
        preparation=(
            Step(
                "Switch on IMAP Access in Zoho Mail under Settings > Mail Accounts > the address > IMAP.",
                Actor.USER,
                ("imap", "smartlead"),
                protocols=(Protocol.IMAP,),
            ),
            Step(
                "With multi-factor authentication or SAML, create an application-specific password under Security >"
                " App Passwords of the Zoho account, and enter it without blanks.",
                Actor.USER,
                ("app_passwords", "saml", "blanks"),
            ),
        ),
        limits=(
            Limit(
                "Zoho Mail, external, at the best reputation (50 at the worst)",
                Unit.MESSAGES,
                ("limits",),
                per_hour=500,
            ),
            outreach(),
        ),
        quirks=(
            Quirk(
                "An account lives in one data centre, and every other one refuses its login as if the password were"
                " wrong. The address of the web page (mail.zoho.eu, mail.zoho.in, ...) tells which it is.",
                ("smartlead", "regions", "mx"),
            ),
            Quirk(
                "Paid organisations use smtppro and imappro, personal accounts and free organisations smtp and imap;"
                " the wrong one refuses the login.",
                ("smartlead", "smtp"),
            ),
            Quirk("The free plan has no IMAP, POP3 or SMTP for programs.", ("free_plan",)),
            Quirk("The sender has to be the address of the login or an alias of it.", ("smtp", "relaying")),
        ),
        sending_include=("zoho.com", "zoho.eu", "zohomail.eu", "zoho.in", "zoho.com.au", "zoho.jp"),
        app_password="[A-Za-z0-9]{12}",
        app_password_page="https://accounts.zoho.com",
        fact_sources={
            "domains": ("domains", "jp", "ca", "regions"),
            "mx": ("mx", "regions"),
            "credentials": ("app_passwords", "imap"),
            "sending_include": ("spf", "spf_eu"),
            "app_password": ("app_passwords",),
            "app_password_page": ("app_passwords",),
        },
    ),
)
