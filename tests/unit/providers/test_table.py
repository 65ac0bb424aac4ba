# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of providers holds together, and every check of it finds what it is there for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from providers.faults import faults

from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis import provider as diagnosis
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.pace import LOGINS_PER_MINUTE, Pace
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol, Security
from ansible_collections.mailops.mailbox.plugins.module_utils._providers.model import (
    Actor,
    Credential,
    Limit,
    Pacing,
    Provider,
    Quirk,
    Service,
    Source,
    Step,
    Unit,
    Variant,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._providers.table import (
    PROVIDERS,
    Known,
    by_domain,
    by_host,
    by_mx,
    by_name,
    meant_by,
    names,
)

TLS = Service(Protocol.SMTP, "smtp.acme.example", 465, Security.TLS, ("page",))
STARTTLS = Service(Protocol.SMTP, "smtp.acme.example", 587, Security.STARTTLS, ("page",))
IMAP = Service(Protocol.IMAP, "imap.acme.example", 993, Security.TLS, ("page",))
VARIANT = Variant(
    "acme",
    "Acme",
    (TLS, STARTTLS, IMAP),
    (Credential.PASSWORD,),
    domains=("acme.example",),
    domain_patterns=(r"acme\.(?:test|invalid)",),
    mx=(".mx.acme.example",),
)
ACME = Provider(
    name="acme",
    title="Acme",
    variants=(VARIANT,),
    sources={"page": Source("https://help.acme.example/mail", "2026-11-21")},
    hosts=("acme.example",),
    preparation=(Step("Switch on IMAP.", Actor.USER, ("page",), variants=("acme",)),),
    limits=(Limit("Acme", Unit.MESSAGES, ("page",), per_day=100),),
    pacing=Pacing(("page",), logins_per_minute=60),
    quirks=(Quirk("Sent mail is in Out.", ("page",), {"sent": "Out"}),),
    app_password="[a-z]{8}",
    app_password_page="https://acme.example/passwords",
    fact_sources={"app_password": ("page",), "app_password_page": ("page",), "mx": ("page",)},
)
OTHER = replace(
    ACME,
    name="other",
    variants=(
        replace(VARIANT, name="other", domains=("other.example",), domain_patterns=(), mx=(".mx.other.example",)),
    ),
    hosts=("other.example",),
    preparation=(),
)


def variant(**changes: Any) -> Provider:
    """Return Acme with another variant."""
    return replace(ACME, variants=(replace(VARIANT, **changes),))


def services(*them: Service) -> Provider:
    """Return Acme with other services."""
    return variant(services=them)


def source(url: str = "https://help.acme.example/mail", seen: str = "2026") -> Provider:
    """Return Acme with another source."""
    return replace(ACME, sources={"page": Source(url, seen)})


def also(**changes: Any) -> tuple[Provider, ...]:
    """Return Acme beside another provider with another variant."""
    return ACME, replace(OTHER, variants=(replace(OTHER.variants[0], **changes),))


BROKEN: dict[str, tuple[Provider | tuple[Provider, ...], str]] = {
    "unknown source of a service": (
        services(replace(TLS, sources=("page", "nowhere")), IMAP),
        "unknown source nowhere",
    ),
    "service without source": (services(replace(TLS, sources=()), IMAP), "has no source"),
    "step without source": (replace(ACME, preparation=(Step("Do it.", Actor.USER, ()),)), "has no source"),
    "limit without source": (replace(ACME, limits=(Limit("Acme", Unit.MESSAGES, (), per_day=1),)), "has no source"),
    "quirk without source": (replace(ACME, quirks=(Quirk("So it is.", ()),)), "has no source"),
    "pace without source": (replace(ACME, pacing=Pacing((), logins_per_minute=1)), "the pace has no source"),
    "plain fact without source": (replace(ACME, oauth2="Use a token."), "oauth2 has no source"),
    "plain fact with unknown source": (replace(ACME, fact_sources={**ACME.fact_sources, "mx": ("x",)}), "source x"),
    "source without fact": (replace(ACME, fact_sources={**ACME.fact_sources, "oauth2": ("page",)}), "which is empty"),
    "source of nothing": (replace(ACME, fact_sources={**ACME.fact_sources, "colour": ("page",)}), "is no fact"),
    "plain http": (source(url="http://help.acme.example/mail"), "no https address"),
    "no host": (source(url="https:///mail"), "no https address"),
    "no date": (source(seen=""), "source page has no date"),
    "date of no calendar": (source(seen="2026-13"), "source page has no date"),
    "name of two providers": ((ACME, replace(OTHER, name="acme")), "provider acme stands twice"),
    "name of two variants": (also(name="acme"), "variant acme stands twice"),
    "name with blanks": (variant(name="Acme Mail"), "is no name for a declaration"),
    "domain of two": (also(domains=("acme.example",)), "domain acme.example stands twice"),
    "domain in capitals": (variant(domains=("Acme.example",)), "Acme.example is no domain"),
    "pattern that does not compile": (variant(domain_patterns=("acme[",)), "does not compile"),
    "pattern that takes another's": (also(domain_patterns=(r"[a-z]+\.example",)), "matches acme.example of acme"),
    "mail exchanger of two": (also(mx=(".mx.acme.example",)), "mail exchanger .mx.acme.example stands twice"),
    "mail exchanger with blanks": (variant(mx=("mx acme",)), "mx acme is no domain"),
    "host of two": ((ACME, replace(OTHER, hosts=("acme.example",))), "host acme.example stands twice"),
    "host with blanks": (replace(ACME, hosts=("acme example",)), "acme example is no host name"),
    "server with blanks": (services(replace(TLS, host="smtp acme"), IMAP), "smtp acme is no host name"),
    "include with blanks": (
        replace(ACME, sending_include=("_spf acme",), fact_sources={**ACME.fact_sources, "sending_include": ("page",)}),
        "_spf acme is no host name",
    ),
    "465 with STARTTLS": (services(replace(TLS, security=Security.STARTTLS), IMAP), "does not go with starttls"),
    "587 with TLS": (services(replace(STARTTLS, security=Security.TLS), IMAP), "does not go with tls"),
    "143 with TLS": (services(TLS, replace(IMAP, port=143)), "does not go with tls"),
    "no protection": (services(TLS, replace(IMAP, port=1143, security=Security.NONE)), "does not go with none"),
    "port of the other protocol": (services(replace(TLS, port=993), IMAP), "is not for smtp"),
    "no port": (services(replace(TLS, port=0), IMAP), "0 is no port"),
    "service twice": (services(TLS, TLS, IMAP), "stands twice"),
    "STARTTLS first": (services(STARTTLS, TLS, IMAP), "smtp begins with smtp.acme.example:587"),
    "not as the seed has it": (
        replace(
            services(TLS, replace(STARTTLS, sources=("smartlead",)), IMAP),
            sources={**ACME.sources, "smartlead": Source("https://seed.example", "2026")},
        ),
        "smtp begins with smtp.acme.example:465",
    ),
    "no IMAP": (services(TLS), "no imap service"),
    "no SMTP": (services(IMAP), "no smtp service"),
    "no services": (variant(services=()), "no service, or no credential"),
    "no credentials": (variant(credentials=()), "no service, or no credential"),
    "tokens without a word": (variant(credentials=(Credential.OAUTH2,)), "does not say how"),
    "limit of nothing": (replace(ACME, limits=(Limit("Acme", Unit.MESSAGES, ("page",)),)), "no positive number"),
    "limit of zero": (
        replace(ACME, limits=(Limit("Acme", Unit.MESSAGES, ("page",), per_hour=0),)),
        "no positive number",
    ),
    "pace of zero": (replace(ACME, pacing=Pacing(("page",), logins_per_minute=0)), "the pace is no positive number"),
    "pace of nothing": (replace(ACME, pacing=Pacing(("page",))), "the pace is no positive number"),
    "limit of a stranger": (
        replace(ACME, limits=(Limit("Acme", Unit.MESSAGES, ("page",), per_day=1, variants=("x",)),)),
        "no variant x",
    ),
    "use of no folder": (
        replace(ACME, quirks=(Quirk("So.", ("page",), {"inbox": "In"}),)),
        "folders have no use inbox",
    ),
    "shape that does not compile": (replace(ACME, app_password="[a-z"), "app passwords does not compile"),
    "page by http": (replace(ACME, app_password_page="http://acme.example"), "page for app passwords"),
}


def test_the_table_has_no_faults() -> None:
    """Everything below holds for the real one."""
    assert faults(PROVIDERS) == []


def test_acme_has_no_faults() -> None:
    """What the broken ones are made of is whole."""
    assert faults((ACME, OTHER)) == []


@pytest.mark.parametrize("what", BROKEN)
def test_every_check_finds_its_fault(what: str) -> None:
    """A provider that is wrong in one way is told so."""
    broken, text = BROKEN[what]
    found = faults(broken if isinstance(broken, tuple) else (broken,))
    assert any(text in fault for fault in found), found


def test_names_lead_back() -> None:
    """Every name a declaration may use is found, and is the one that was asked for."""
    assert len(names()) == len(set(names())) >= 25
    for name in names():
        known = by_name(name)
        assert known is not None and name in (known.variant.name, known.provider.name)
        assert known.variant in known.provider.variants
    assert by_name("Gmail") is None


def test_domains_lead_back() -> None:
    """Every domain and exchanger of the table is found by its variant, even where ends lie below each other."""
    for provider in PROVIDERS:
        for each in provider.variants:
            for domain in each.domains:
                known = by_domain(domain)
                assert known is not None and known.variant is each, domain
            for end in each.mx:
                known = by_mx("mx1" + end if end.startswith(".") else end)
                assert known is not None and known.variant is each, end
    assert by_domain("mail.gmail.com") is None
    assert by_mx("notgoogle.com") is None
    assert by_mx("ASPMX.L.Google.com.") == by_name("google-workspace")
    assert by_mx("outlook-com.olc.protection.outlook.com") == by_name("outlook")


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("smtp.gmail.com", "gmail"),
        ("outlook.office365.com", "microsoft365"),
        ("smtp-mail.outlook.com", "outlook"),
        ("SMTPPRO.zoho.eu.", "zoho-pro-eu"),
        ("imap.zoho.com", "zoho"),
        ("outbound.att.net", "att"),
        ("imap.web.de", "web-de"),
        ("p42-imap.mail.me.com", "icloud"),
    ],
)
def test_hosts_lead_to_their_variant(host: str, name: str) -> None:
    """A server's own name goes before the domain it lives under."""
    known = by_host(host)
    assert known is not None and known.variant.name == name


def test_diagnosis_knows_the_same_hosts() -> None:
    """There is one list of hosts: what the table says, rules go by."""
    for provider in PROVIDERS:
        if provider.identity:
            assert provider.identity in diagnosis.TITLES
            assert provider.identity not in diagnosis.SOFTWARE
        for host in provider.hosts:
            assert diagnosis.provider_of_host(host) == provider.identity, host
            assert diagnosis.provider_of_host(f"any.{host}.") in {p.identity for p in PROVIDERS}, host
    assert diagnosis.provider_of_host("mail.acme.example") == ""


def test_what_a_declaration_names_has_an_identity() -> None:
    """Names of variants and names of rules both lead to rules, software leads nowhere."""
    assert diagnosis.identity_of("zoho-pro-eu") == "zoho"
    assert diagnosis.identity_of("att") == "yahoo"
    assert diagnosis.identity_of("outlook") == "outlook"
    assert diagnosis.identity_of("yandex") == "yandex"
    assert diagnosis.identity_of("dovecot") == ""
    assert diagnosis.identity_of("auto") == ""


def test_pace_is_the_tables() -> None:
    """The documented pace of providers stands in the table, and can be changed by name."""
    documented = {"gmail": 120, "microsoft365": 120, "yahoo": 60, "icloud": 60, "default": 120, "loopback": 0}
    assert documented.items() <= LOGINS_PER_MINUTE.items()
    for provider in PROVIDERS:
        if provider.pacing and provider.pacing.logins_per_minute:
            assert LOGINS_PER_MINUTE[provider.identity] <= provider.pacing.logins_per_minute
    assert Pace().rate("icloud") == 60
    assert Pace(logins_per_minute={"icloud": 6}).rate("icloud") == 6
    assert Pace(logins_per_minute={"icloud": 6}).rate("gmail") == 120


def test_a_provider_s_name_means_its_first_variant() -> None:
    """Unless a variant has that very name."""
    for provider in PROVIDERS:
        named = [variant for variant in provider.variants if variant.name == provider.name]
        assert by_name(provider.name) == Known(provider, (named or provider.variants)[0])


@pytest.mark.parametrize(
    ("name", "domain", "variant"),
    [
        ("zoho", "zoho.eu", "zoho-eu"),
        ("zoho", "zohomail.in", "zoho-in"),
        ("gmx", "gmx.de", "gmx-net"),
        ("netease", "126.com", "netease-126"),
        ("gmail", "gmail.com", "gmail"),
        # A domain of one's own is with the one kind of account that has such domains.
        ("gmail", "acme.example", "google-workspace"),
        ("icloud", "acme.example", "icloud-custom"),
        ("aliyun", "acme.example", "aliyun-enterprise"),
        # Zoho has one in each data centre, so that nothing tells which.
        ("zoho", "acme.example", "zoho"),
        ("proton", "acme.example", "proton-bridge"),
        # Who names a variant means it, and so does who names a provider for an address of another one.
        ("zoho-pro-eu", "zoho.in", "zoho-pro-eu"),
        ("google-workspace", "gmail.com", "google-workspace"),
        ("gmail", "yahoo.com", "gmail"),
    ],
)
def test_a_provider_s_name_means_the_variant_that_has_the_domain(name: str, domain: str, variant: str) -> None:
    known = meant_by(name, domain)
    assert known is not None and known.variant.name == variant


def test_a_name_of_nobody_means_nobody() -> None:
    assert meant_by("zohoo", "zoho.eu") is None


@pytest.mark.parametrize("host", ["127.0.0.1", "mail.acme.example", "mail.%EMAILDOMAIN%"])
def test_a_host_that_is_nobody_s_in_particular_is_nobody_s(host: str) -> None:
    assert by_host(host) is None
