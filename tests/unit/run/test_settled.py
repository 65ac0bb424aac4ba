# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is found goes where a declaration says nothing, and nowhere else."""

from __future__ import annotations

import pytest
from providers.test_seeds import ADDRESSES, ROWS, Row
from run.found import IMAP, SMTP, Exchanges, Finding, Origin, Told, Trust, candidate, settings

from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.discover import Discoverer, DiscoveryOptions
from ansible_collections.mailops.mailbox.plugins.module_utils._dns import client as dns_client
from ansible_collections.mailops.mailbox.plugins.module_utils._models.failure import StageError
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol, StageStatus
from ansible_collections.mailops.mailbox.plugins.module_utils._models.parse import parse_mailbox
from ansible_collections.mailops.mailbox.plugins.module_utils._models.problems import DeclarationError
from ansible_collections.mailops.mailbox.plugins.module_utils._providers.model import UserName
from ansible_collections.mailops.mailbox.plugins.module_utils._run.finder import Finder, finder_of, origin_of
from ansible_collections.mailops.mailbox.plugins.module_utils._run.settled import with_settings

SECRET = {"vault": {"path": "mail/a", "field": "app_password"}}
PATTERN = {"username": UserName.OTHER, "username_pattern": "x-%EMAILLOCALPART%"}
FOUND = settings(
    candidate(SMTP, "smtp.found.example", 465),
    candidate(IMAP, "imap.found.example", 993, username=UserName.LOCAL_PART),
    candidate(SMTP, "smtp.found.example", 587, "starttls"),
    candidate(SMTP, "relay.found.example", 2525, "starttls", origin=Origin.ISPDB, trust=Trust.MEDIUM),
    candidate(SMTP, "relay.found.example", 25, "none", origin=Origin.ISPDB, trust=Trust.MEDIUM),
    candidate(IMAP, "imap.found.example", 143, "starttls", **PATTERN),
    candidate(IMAP, "guess.found.example", 10143, "starttls", origin=Origin.GUESS, trust=Trust.LOW),
    candidate(IMAP, "no such\nhost", 10993, "tls"),
)  # fmt: skip


def declared(**more):
    return parse_mailbox({"email": "a@acme.example", "secret": SECRET, **more})


@pytest.mark.parametrize(
    ("more", "smtp", "imap"),
    [
        ({}, "smtp.found.example 465 tls a@acme.example", "imap.found.example 993 tls a"),
        ({"provider": "auto"}, "smtp.found.example 465 tls a@acme.example", "imap.found.example 993 tls a"),
        ({"smtp": {"host": "own.example"}}, "own.example 465 tls a@acme.example", "imap.found.example 993 tls a"),
        ({"smtp": {"host": "own.example", "security": "starttls"}}, "own.example 587 starttls a@acme.example", None),
        ({"smtp": {"port": 587}}, "smtp.found.example 587 starttls a@acme.example", None),
        ({"smtp": {"port": "465"}}, "smtp.found.example 465 tls a@acme.example", None),
        ({"smtp": {"security": "starttls"}}, "smtp.found.example 587 starttls a@acme.example", None),
        ({"smtp": {"port": 2525}}, "relay.found.example 2525 starttls a@acme.example", None),
        # Without protection only for those who ask for it by name.
        ({"smtp": {"security": "none"}}, "relay.found.example 25 none a@acme.example", None),
        ({"smtp": {"port": 25}}, "None 25 auto None", None),
        # Nobody's server has this.
        ({"smtp": {"port": 465, "security": "starttls"}}, "None 465 starttls None", None),
        ({"smtp": {"port": 26, "security": "tls"}}, "None 26 tls None", None),
        ({"imap": {"security": "starttls"}}, None, "imap.found.example 143 starttls x-a"),
        # What only exists by name is never taken, nor what can't be a host.
        ({"imap": {"port": 10143}}, None, "None 10143 auto None"),
        ({"imap": {"port": 10993}}, None, "None 10993 auto None"),
        ({"username": "b"}, "smtp.found.example 465 tls b", "imap.found.example 993 tls b"),
        ({"username": "b", "imap": {"username": "c"}}, "smtp.found.example 465 tls b", "imap.found.example 993 tls c"),
        ({"protocols": ["imap"]}, "None", "imap.found.example 993 tls a"),
        ({"protocols": ["smtp"]}, "smtp.found.example 465 tls a@acme.example", "None"),
    ],
)
def test_what_is_declared_wins_and_the_rest_is_found(more, smtp, imap):
    mailbox = with_settings(declared(**more), FOUND).mailbox
    for endpoint, expected in ((mailbox.smtp, smtp), (mailbox.imap, imap)):
        if expected is not None:
            told = endpoint and f"{endpoint.host} {endpoint.port} {endpoint.security.value} {endpoint.username}"
            assert str(told) == expected


def test_only_what_was_found_has_an_origin():
    settled = with_settings(declared(smtp={"host": "own.example"}), FOUND)
    assert origin_of(settled.taken.get(SMTP)) is None
    assert origin_of(settled.taken.get(IMAP)) == {
        "origin": "srv", "trust": "high", "source": "the SRV record of acme.example",
    }  # fmt: skip


def test_everything_else_of_a_service_stays():
    imap = {"folders": ["Archive"], "tls": {"warn_days": 3}, "auth": {"mechanisms": ["login"]}}
    mailbox = with_settings(declared(imap=imap, smtp={"recipient": "b@acme.example"}), FOUND).mailbox
    assert (mailbox.imap.folders, mailbox.imap.tls.warn_days, mailbox.imap.auth.offered) == (
        ("Archive",),
        3,
        ("LOGIN",),
    )
    assert (mailbox.smtp.recipient, mailbox.smtp.secret) == ("b@acme.example", mailbox.secret)


def test_what_the_domain_does_not_offer_is_not_taken():
    refused = settings(candidate(SMTP, "s.example", 465), chosen=(), not_offered=(SMTP,))
    assert with_settings(declared(smtp={"port": 465}), refused).mailbox.without_server == (SMTP, IMAP)


@pytest.mark.parametrize("more", [{}, {"provider": "gmail"}, {"provider": "auto"}])
def test_a_mailbox_that_declares_its_servers_causes_no_look_up(more):
    told = Told()
    mailbox = declared(smtp={"host": "s.example"}, imap={"host": "i.example"}, **more)
    finder = Finder(told)
    finder.prepare([mailbox])
    settled, notices = finder.settle(mailbox)
    assert (settled.mailbox, settled.taken, notices, told.asked, told.prepared) == (mailbox, {}, [], [], [])
    assert settled.provider == (mailbox.named_provider or "")


def test_only_what_will_be_asked_for_is_prepared():
    told = Told()
    whole = declared(smtp={"host": "s.example"}, imap={"host": "i.example"})
    Finder(told).prepare([whole, declared(provider="gmail"), declared(provider="auto"), declared(id="b")])
    assert told.prepared == ["a@acme.example"] * 2


@pytest.mark.parametrize(("address", "exchange", "table"), ADDRESSES, ids=lambda value: value or "-")
def test_an_address_and_a_secret_are_enough(address, exchange, table):
    """What is published for the provider is what comes out, from the address, or from who receives its mail."""
    domain = address.rpartition("@")[2]
    dns = Exchanges({domain: exchange.lower().rstrip(".")} if exchange else {})
    discoverer = Discoverer(DiscoveryOptions(), dns)
    finder = Finder(discoverer)
    mailbox = parse_mailbox({"email": address, "secret": SECRET})
    if exchange and table == "icloud":
        # Not the address logs in there, and which one does is told by nobody.
        with pytest.raises(StageError, match="The login name of .* is not known"):
            finder.settle(mailbox)
        mailbox = parse_mailbox({"email": address, "secret": SECRET, "username": "owner@icloud.com"})
    settled, _notices = finder.settle(mailbox)
    for protocol, endpoint in settled.mailbox.endpoints:
        row = Row(protocol, endpoint.host, endpoint.port, endpoint.mode)
        assert row in ROWS[table]
        alternatives = [one for one in ROWS[table] if one.protocol is protocol and one.security.value == "tls"]
        assert endpoint.mode.value == ("tls" if alternatives else "starttls")
        if mailbox.username == address:
            bare = table == "icloud" and protocol is Protocol.IMAP
            assert endpoint.username == (address.partition("@")[0] if bare else address)
    assert discoverer.lookups == (1 if exchange else 0)
    assert settled.provider
    assert bool(dns.questions) == bool(exchange)


def test_medium_trust_is_used_and_told_and_other_findings_too():
    found = settings(
        candidate(SMTP, "smtp.isp.example", 465, trust=Trust.MEDIUM),
        candidate(IMAP, "imap.acme.example", 993),
        findings=(
            Finding("discovery.mx_mixed", "Some say this, some that."),
            Finding("discovery.autoconfig_failed", "No page."),
        ),
    )
    _settled, notices = Finder(Told(found)).settle(declared())
    assert [(one.id, one.protocol) for one in notices] == [
        ("discovery.mx_mixed", None), ("discovery.unconfirmed", SMTP),
    ]  # fmt: skip
    assert "smtp.isp.example port 465 was found by the SRV record" in notices[1].text


def failure_of(found, **more):
    with pytest.raises(StageError) as caught:
        Finder(Told(found)).settle(declared(**more))
    return caught.value.failure


def test_what_can_not_be_found_says_where_was_looked_and_what_to_declare():
    failure = failure_of(
        settings(
            candidate(SMTP, "smtp.acme.example", 587, "starttls", origin=Origin.GUESS, trust=Trust.LOW),
            chosen=(),
            findings=(Finding("discovery.gateway", "A filter receives its mail."),),
        )
    )
    assert (failure.category.value, failure.stage.value, failure.status) == (
        "config.settings_not_found", "config", StageStatus.FAILED,
    )  # fmt: skip
    assert (
        failure.sentence
        == "No SMTP or IMAP server was found for the domain acme.example, and the declaration names none."
    )
    texts = [f"{cause.cause} {cause.remedy}" for cause in failure.causes]
    assert "smtp.acme.example port 587 (starttls)" in texts[0]
    assert "declare it as smtp.host" in texts[0]
    assert "A filter receives its mail." in texts[1]
    assert "Declare smtp.host and imap.host, or provider" in texts[1]
    assert failure.evidence["candidates"][0]["trust"] == "low"


def test_one_protocol_without_a_server_fails_by_itself():
    failure = failure_of(settings(candidate(SMTP, "smtp.acme.example", 465)))
    assert (failure.protocol, failure.sentence) == (
        IMAP, "No IMAP server was found for the domain acme.example, and the declaration names none.",
    )  # fmt: skip
    assert "leave imap out of protocols" in failure.causes[-1].remedy


def test_a_declared_port_that_nobody_has_is_named():
    failure = failure_of(FOUND, smtp={"port": 26, "security": "tls"})
    text = failure.causes[0].cause
    assert "the declared smtp.port and smtp.security" in text
    assert "smtp.found.example port 465 (tls), smtp.found.example port 587 (starttls)" in text
    assert "guess" not in text


def test_what_was_found_and_can_not_be_taken_says_why():
    plain = candidate(SMTP, "smtp.acme.example", 25, "none", lost="it has no TLS")
    failure = failure_of(settings(plain, candidate(IMAP, "i.example", 993), chosen=[candidate(IMAP, "i.example", 993)]))
    assert (
        failure.causes[0].cause
        == "smtp.acme.example port 25 (none) can't be taken for SMTP. smtp.acme.example: it has no TLS"
    )


@pytest.mark.parametrize("silent", [True, False])
def test_silence_of_dns_says_nothing_about_the_mailbox(silent):
    discoverer = Discoverer(DiscoveryOptions(timeout=0.3), Exchanges({}, silent=silent))
    with pytest.raises(StageError) as caught:
        Finder(discoverer).settle(declared())
    failure = caught.value.failure
    assert failure.status is (StageStatus.INCONCLUSIVE if silent else StageStatus.FAILED)
    assert failure.retryable is silent
    said = "DNS did not answer for acme.example (MX)" if silent else "DNS knows no domain acme.example."
    assert said in failure.causes[0].cause
    assert failure.sentence.startswith("The servers of acme.example could not be looked up" if silent else "No SMTP or")
    assert failure.causes[0].remedy.startswith("Check the name servers" if silent else "Declare smtp.host")


def test_a_look_up_without_dnspython_says_what_to_install(monkeypatch):
    monkeypatch.setattr(dns_client, "missing_dnspython", lambda: "dnspython is missing.")
    discoverer = Discoverer(DiscoveryOptions(timeout=0.3), Exchanges({}, silent=True))
    with pytest.raises(StageError) as caught:
        Finder(discoverer).settle(declared())
    failure = caught.value.failure
    assert (failure.status, failure.retryable) == (StageStatus.INCONCLUSIVE, False)
    assert failure.sentence.startswith("The servers of acme.example could not be looked up")
    assert "dnspython is missing." in failure.causes[0].cause
    assert "It was looked up" not in failure.causes[0].cause
    assert "pip install dnspython" in failure.causes[0].remedy


def test_nothing_is_looked_up_where_that_is_turned_off():
    finder = finder_of({"enabled": False, "nameservers": ["192.0.2.53"]})
    known, _notices = finder.settle(parse_mailbox({"email": "a@gmail.com", "secret": SECRET}))
    assert known.mailbox.smtp.host == "smtp.gmail.com"
    named, _notices = finder.settle(declared(provider="gmail"))
    assert (named.mailbox.imap.host, named.taken[IMAP].origin.value) == ("imap.gmail.com", "provider_name")
    with pytest.raises(StageError) as caught:
        finder.settle(declared())
    assert "turned off (discovery.enabled)" in caught.value.failure.causes[0].cause


def test_a_provider_without_a_service_says_so():
    failure = failure_of(settings(candidate(SMTP, "smtp.x.example", 465)), provider="gmail")
    assert failure.causes[0].cause == "Of the provider gmail, no server is known that fits."


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"timeout": 0.0}, "discovery.timeout"),
        ({"dns_port": 0}, "discovery.dns_port"),
        ({"nameservers": ["192.0.2.1", "resolver.example"]}, "discovery.nameservers[1]"),
        ({"ispdb_url": "http://v1.ispdb.net"}, "discovery.ispdb_url"),
        ({"autoconfig_user": "a@acme.example"}, "discovery.autoconfig_user"),
    ],
)
def test_options_that_make_no_look_up(options, path):
    with pytest.raises(DeclarationError) as caught:
        finder_of(options)
    assert [problem.path for problem in caught.value.problems] == [path]


def test_what_ansible_hands_over_is_right():
    assert finder_of(None)
    assert finder_of({"enabled": True, "timeout": 10.0, "sources": None, "ispdb_path": "~/x", "autoconfig_user": ""})
