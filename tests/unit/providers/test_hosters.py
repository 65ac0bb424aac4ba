# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of hosts, access providers and server software: settings, and where each fact was read."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import fields

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis import provider as diagnosis
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol, Security
from ansible_collections.mailops.mailbox.plugins.module_utils._providers import (
    access,
    chinese,
    eastern,
    hosting,
    hosting_eu,
    independent,
    software,
    table,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._providers.model import (
    Credential,
    Provider,
    UserName,
    Variant,
)

MODULES = (access, chinese, eastern, hosting, hosting_eu, independent, software)
PROVIDERS: tuple[Provider, ...] = tuple(provider for module in MODULES for provider in module.PROVIDERS)
VARIANTS = [(provider, variant) for provider in PROVIDERS for variant in provider.variants]

TLS, STARTTLS = Security.TLS, Security.STARTTLS

# A mail domain, the variant it leads to, and the first service for sending and for reading.
BY_DOMAIN = [
    ("fastmail.com", "fastmail", ("smtp.fastmail.com", 465, TLS), ("imap.fastmail.com", 993, TLS)),
    ("mailbox.org", "mailbox-org", ("smtp.mailbox.org", 465, TLS), ("imap.mailbox.org", 993, TLS)),
    ("posteo.net", "posteo", ("posteo.de", 465, TLS), ("posteo.de", 993, TLS)),
    ("proton.me", "proton-bridge", ("127.0.0.1", 1025, STARTTLS), ("127.0.0.1", 1143, STARTTLS)),
    ("pm.me", "proton-bridge", ("127.0.0.1", 1025, STARTTLS), ("127.0.0.1", 1143, STARTTLS)),
    ("ik.me", "infomaniak", ("mail.infomaniak.com", 465, TLS), ("mail.infomaniak.com", 993, TLS)),
    ("t-online.de", "t-online", ("securesmtp.t-online.de", 465, TLS), ("secureimap.t-online.de", 993, TLS)),
    ("freenet.de", "freenet", ("mx.freenet.de", 465, TLS), ("mx.freenet.de", 993, TLS)),
    ("bluewin.ch", "bluewin", ("smtpauths.bluewin.ch", 465, TLS), ("imaps.bluewin.ch", 993, TLS)),
    ("email.cz", "seznam", ("smtp.seznam.cz", 465, TLS), ("imap.seznam.cz", 993, TLS)),
    ("comcast.net", "xfinity", ("smtp.comcast.net", 465, TLS), ("imap.comcast.net", 993, TLS)),
    ("ya.ru", "yandex", ("smtp.yandex.com", 465, TLS), ("imap.yandex.com", 993, TLS)),
    ("bk.ru", "mail-ru", ("smtp.mail.ru", 465, TLS), ("imap.mail.ru", 993, TLS)),
    ("lenta.ru", "rambler", ("smtp.rambler.ru", 465, TLS), ("imap.rambler.ru", 993, TLS)),
    ("ukr.net", "ukr-net", ("smtp.ukr.net", 465, TLS), ("imap.ukr.net", 993, TLS)),
    ("naver.com", "naver", ("smtp.naver.com", 465, TLS), ("imap.naver.com", 993, TLS)),
    ("foxmail.com", "qq", ("smtp.qq.com", 465, TLS), ("imap.qq.com", 993, TLS)),
    ("163.com", "netease-163", ("smtp.163.com", 465, TLS), ("imap.163.com", 993, TLS)),
    ("126.com", "netease-126", ("smtp.126.com", 465, TLS), ("imap.126.com", 993, TLS)),
    ("yeah.net", "netease-yeah", ("smtp.yeah.net", 465, TLS), ("imap.yeah.net", 993, TLS)),
    ("aliyun.com", "aliyun", ("smtp.aliyun.com", 465, TLS), ("imap.aliyun.com", 993, TLS)),
]

# A mail exchanger of a customer's domain, and what it leads to.
BY_MX = [
    ("in1-smtp.messagingengine.com.", "fastmail", ("smtp.fastmail.com", 465, TLS), ("imap.fastmail.com", 993, TLS)),
    ("aspmx1.migadu.com", "migadu", ("smtp.migadu.com", 465, TLS), ("imap.migadu.com", 993, TLS)),
    ("mxext2.mailbox.org", "mailbox-org", ("smtp.mailbox.org", 465, TLS), ("imap.mailbox.org", 993, TLS)),
    ("MAILSEC.protonmail.ch", "proton-bridge", ("127.0.0.1", 1025, STARTTLS), ("127.0.0.1", 1143, STARTTLS)),
    ("mx1.privateemail.com", "namecheap", ("mail.privateemail.com", 465, TLS), ("mail.privateemail.com", 993, TLS)),
    ("mx2.emailsrvr.com", "rackspace", ("secure.emailsrvr.com", 465, TLS), ("secure.emailsrvr.com", 993, TLS)),
    (
        "inbound-smtp.us-west-2.amazonaws.com",
        "workmail-us-west-2",
        ("smtp.mail.us-west-2.awsapps.com", 465, TLS),
        ("imap.mail.us-west-2.awsapps.com", 993, TLS),
    ),
    (
        "inbound-smtp.eu-west-1.amazonaws.com",
        "workmail-eu-west-1",
        ("smtp.mail.eu-west-1.awsapps.com", 465, TLS),
        ("imap.mail.eu-west-1.awsapps.com", 993, TLS),
    ),
    ("mta-gw.infomaniak.ch", "infomaniak", ("mail.infomaniak.com", 465, TLS), ("mail.infomaniak.com", 993, TLS)),
    ("spool.mail.gandi.net", "gandi", ("mail.gandi.net", 465, TLS), ("mail.gandi.net", 993, TLS)),
    ("mx1.hostinger.com", "hostinger", ("smtp.hostinger.com", 465, TLS), ("imap.hostinger.com", 993, TLS)),
    ("mx2.titan.email", "titan", ("smtp.titan.email", 465, TLS), ("imap.titan.email", 993, TLS)),
    (
        "mailstore1.secureserver.net",
        "godaddy",
        ("smtpout.secureserver.net", 465, TLS),
        ("imap.secureserver.net", 993, TLS),
    ),
    ("mx00.ionos.com", "ionos-com", ("smtp.ionos.com", 465, TLS), ("imap.ionos.com", 993, TLS)),
    ("mx01.kundenserver.de", "ionos-de", ("smtp.ionos.de", 465, TLS), ("imap.ionos.de", 993, TLS)),
    ("mx00.ionos.co.uk", "ionos-co-uk", ("smtp.ionos.co.uk", 465, TLS), ("imap.ionos.co.uk", 993, TLS)),
    ("mx01.ionos.es", "ionos-es", ("smtp.ionos.es", 465, TLS), ("imap.ionos.es", 993, TLS)),
    ("mx3.mail.ovh.net", "ovh-mx-plan", ("ssl0.ovh.net", 465, TLS), ("ssl0.ovh.net", 993, TLS)),
    ("www12.your-server.de", "hetzner", ("mail.your-server.de", 465, TLS), ("mail.your-server.de", 993, TLS)),
    ("smtpin.rzone.de", "strato", ("smtp.strato.de", 465, TLS), ("imap.strato.de", 993, TLS)),
    ("mx.yandex.net", "yandex", ("smtp.yandex.com", 465, TLS), ("imap.yandex.com", 993, TLS)),
    ("emx.mail.ru", "mail-ru", ("smtp.mail.ru", 465, TLS), ("imap.mail.ru", 993, TLS)),
    ("mx1.naver.com", "naver", ("smtp.naver.com", 465, TLS), ("imap.naver.com", 993, TLS)),
    ("mx1.larksuite.com", "lark", ("smtp.larksuite.com", 465, TLS), ("imap.larksuite.com", 993, TLS)),
    ("mxbiz1.qq.com", "exmail", ("smtp.exmail.qq.com", 465, TLS), ("imap.exmail.qq.com", 993, TLS)),
    (
        "mx1.qiye.aliyun.com",
        "aliyun-enterprise",
        ("smtp.qiye.aliyun.com", 465, TLS),
        ("imap.qiye.aliyun.com", 993, TLS),
    ),
    (
        "mxn.mxhichina.com",
        "aliyun-enterprise",
        ("smtp.qiye.aliyun.com", 465, TLS),
        ("imap.qiye.aliyun.com", 993, TLS),
    ),
]

# What only a name leads to.
BY_NAME = [
    ("dreamhost", ("smtp.dreamhost.com", 465, TLS), ("imap.dreamhost.com", 993, TLS)),
    ("one-com", ("send.one.com", 465, TLS), ("imap.one.com", 993, TLS)),
    ("aruba", ("smtps.aruba.it", 465, TLS), ("imaps.aruba.it", 993, TLS)),
    ("domainfactory", ("sslout.df.eu", 465, TLS), ("sslin.df.eu", 993, TLS)),
    ("ovh-email-pro-1", ("pro1.mail.ovh.net", 587, STARTTLS), ("pro1.mail.ovh.net", 993, TLS)),
    ("ovh-exchange-5", ("ex5.mail.ovh.net", 587, STARTTLS), ("ex5.mail.ovh.net", 993, TLS)),
    ("exmail-overseas", ("hwsmtp.exmail.qq.com", 465, TLS), ("hwimap.exmail.qq.com", 993, TLS)),
    ("cpanel", ("mail.%EMAILDOMAIN%", 465, TLS), ("mail.%EMAILDOMAIN%", 993, TLS)),
    ("zimbra", ("mail.%EMAILDOMAIN%", 465, TLS), ("mail.%EMAILDOMAIN%", 993, TLS)),
    ("exchange-server", ("mail.%EMAILDOMAIN%", 587, STARTTLS), ("mail.%EMAILDOMAIN%", 993, TLS)),
]

End = tuple[str, int, Security]


def first(variant: Variant, protocol: Protocol) -> End | None:
    """Return how a variant is reached by a protocol: what it names first."""
    for service in variant.services:
        if service.protocol is protocol:
            assert service.username is UserName.ADDRESS
            return (service.host, service.port, service.security)
    return None


def ends(variant: Variant) -> tuple[End | None, End | None]:
    """Return the first services for sending and for reading."""
    return first(variant, Protocol.SMTP), first(variant, Protocol.IMAP)


@pytest.mark.parametrize(("domain", "name", "smtp", "imap"), BY_DOMAIN)
def test_a_mail_domain_leads_to_its_settings(domain: str, name: str, smtp: End, imap: End) -> None:
    """An address at the provider's own domain needs no settings."""
    known = table.by_domain(domain)
    assert known is not None
    assert (known.variant.name, ends(known.variant)) == (name, (smtp, imap))


@pytest.mark.parametrize(("exchange", "name", "smtp", "imap"), BY_MX)
def test_a_mail_exchanger_leads_to_its_settings(exchange: str, name: str, smtp: End, imap: End) -> None:
    """A customer's own domain is known by who receives its mail."""
    known = table.by_mx(exchange)
    assert known is not None
    assert (known.variant.name, ends(known.variant)) == (name, (smtp, imap))


@pytest.mark.parametrize(("name", "smtp", "imap"), BY_NAME)
def test_a_name_leads_to_settings_that_nothing_else_leads_to(name: str, smtp: End, imap: End) -> None:
    """Products behind shared exchangers and software are named in a declaration."""
    known = table.by_name(name)
    assert known is not None
    assert ends(known.variant) == (smtp, imap)


def test_submission_tokens_of_proton_only_send() -> None:
    """There is no server for IMAP at Proton beside Bridge."""
    known = table.by_name("proton-smtp")
    assert known is not None
    assert ends(known.variant) == (("smtp.protonmail.ch", 587, STARTTLS), None)
    assert known.variant.credentials == (Credential.APP_PASSWORD,)


def test_software_has_neither_domains_nor_exchangers() -> None:
    """Nothing is taken for cPanel, Zimbra or Exchange unless a declaration says so."""
    assert not [
        variant.name
        for provider in software.PROVIDERS
        for variant in provider.variants
        if variant.domains or variant.mx or variant.domain_patterns
    ]


def test_a_domain_below_a_providers_name_is_not_the_providers() -> None:
    """Ends of names are whole labels."""
    assert table.by_domain("notfastmail.com") is None
    assert table.by_mx("mx.notrzone.de") is None
    assert table.by_mx("inbound-smtp.ap-south-1.amazonaws.com") is None


@pytest.mark.parametrize("attribute", ["domains", "domain_patterns", "mx"])
def test_no_domain_and_no_exchanger_belongs_to_two(attribute: str) -> None:
    """Over all modules: what is written twice would depend on the order of the table."""
    every = Counter(
        entry for provider in PROVIDERS for variant in provider.variants for entry in getattr(variant, attribute)
    )
    others = {
        entry
        for provider in table.PROVIDERS
        if provider not in PROVIDERS
        for variant in provider.variants
        for entry in getattr(variant, attribute)
    }
    assert not [entry for entry, times in every.items() if times > 1 or entry in others]


def test_names_are_unique() -> None:
    """Names of variants are what declarations say."""
    names = Counter(variant.name for provider in table.PROVIDERS for variant in provider.variants)
    assert not [name for name, times in names.items() if times > 1]
    assert all(re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", name) for name in names)


def test_every_provider_is_in_the_table() -> None:
    """A module that nobody names would be lost without a word."""
    assert all(provider in table.PROVIDERS for provider in PROVIDERS)


@pytest.mark.parametrize(("provider", "variant"), VARIANTS, ids=[variant.name for _provider, variant in VARIANTS])
def test_servers_are_sound(provider: Provider, variant: Variant) -> None:
    """Ports fit the security, the usual ports first, and something can be sent."""
    usual = {(465, TLS), (587, STARTTLS), (993, TLS), (143, STARTTLS), (1025, STARTTLS), (1143, STARTTLS)}
    assert {(service.port, service.security) for service in variant.services} <= usual
    assert len({(service.host, service.port) for service in variant.services}) == len(variant.services)
    assert first(variant, Protocol.SMTP) is not None
    assert variant.credentials
    assert all(domain == domain.lower() for domain in (*variant.domains, *variant.mx))
    sending = [service.security for service in variant.services if service.protocol is Protocol.SMTP]
    assert sending == sorted(sending, key=lambda security: security is not TLS)


@pytest.mark.parametrize("provider", PROVIDERS, ids=[provider.name for provider in PROVIDERS])
def test_every_fact_has_a_source(provider: Provider) -> None:
    """Each key that a fact names is a source, each source is named by a fact, and plain attributes have theirs."""
    named = {
        key
        for group in (
            *(service for variant in provider.variants for service in variant.services),
            *provider.preparation,
            *provider.limits,
            *provider.quirks,
            *((provider.pacing,) if provider.pacing else ()),
        )
        for key in group.sources
    } | {key for keys in provider.fact_sources.values() for key in keys}
    assert named == set(provider.sources)
    assert all(service.sources for variant in provider.variants for service in variant.services)
    plain = ("hosts", "sending_include", "dkim_selectors", "app_password", "app_password_page", "oauth2")
    stated = {attribute for attribute in plain if getattr(provider, attribute)}
    stated |= {
        attribute
        for attribute in ("domains", "mx")
        if any(getattr(variant, attribute) for variant in provider.variants)
    }
    unsourced = stated - set(provider.fact_sources)
    assert not unsourced - ({"hosts"} if provider.identity else set())
    assert set(provider.fact_sources) <= {field.name for field in (*fields(Provider), *fields(Variant))}


@pytest.mark.parametrize("provider", PROVIDERS, ids=[provider.name for provider in PROVIDERS])
def test_sources_say_where_and_when(provider: Provider) -> None:
    """A fact ages; the date is that of the page or of the reading, never after it."""
    for source in provider.sources.values():
        assert re.fullmatch(r"https://[^\s]+", source.url)
        assert re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", source.seen)
        assert source.seen <= "2026-11"


@pytest.mark.parametrize("provider", PROVIDERS, ids=[provider.name for provider in PROVIDERS])
def test_what_is_limited_to_variants_names_them(provider: Provider) -> None:
    """A step or limit of a variant that does not exist would never be shown."""
    names = {variant.name for variant in provider.variants}
    for fact in (*provider.preparation, *provider.limits):
        assert set(fact.variants) <= names


@pytest.mark.parametrize("provider", PROVIDERS, ids=[provider.name for provider in PROVIDERS])
def test_diagnosis_and_table_agree_about_who_runs_a_server(provider: Provider) -> None:
    """The rules of diagnosis know some providers by name; their hosts are the same."""
    hosts = {
        service.host
        for variant in provider.variants
        for service in variant.services
        if "%" not in service.host and not service.host.startswith("127.")
    }
    elsewhere = {"smtp.protonmail.ch"}  # Proton's own server, which is no Bridge
    assert {diagnosis.provider_of_host(host) for host in hosts - elsewhere} <= {provider.identity}
    if provider.identity:
        assert provider.identity in diagnosis.TITLES
        assert {diagnosis.provider_of_host(host) for host in provider.hosts} <= {provider.identity}


def test_shapes_of_app_passwords_are_expressions() -> None:
    """A shape fits what it was read for, and nothing longer."""
    known = table.by_name("qq")
    assert known is not None
    shape = re.compile(known.provider.app_password)
    assert shape.fullmatch("abcdefghijklmnop")
    assert not shape.fullmatch("Secret-2026")
