# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What MX and SRV records say: providers, gateways, trust, and what is odd."""

from __future__ import annotations

import pytest
from mailnet import Given, TableDns, TableWeb, a, found, ids, lost, taken

from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.candidate import Trust
from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.discover import Discoverer, DiscoveryOptions
from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.exchange import domains_of
from ansible_collections.mailops.mailbox.plugins.module_utils._dns.answer import Answer, Mx, Outcome, Srv
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol, Security
from ansible_collections.mailops.mailbox.plugins.module_utils._providers import gateways, table

Zone = dict[tuple[str, str], Given]


def mx(*names: str) -> Zone:
    records = tuple(Mx(10 * (number + 1), name) for number, name in enumerate(names))
    return {("acme.example", "MX"): records}


def srv(service: str, *records: tuple[str, int], priority: int = 0, domain: str = "acme.example") -> Zone:
    made = tuple(Srv(priority + number, 1, port, target) for number, (target, port) in enumerate(records))
    return {(f"_{service}._tcp.{domain}", "SRV"): made}


def chosen_trust(settings) -> Trust:
    return settings.chosen[Protocol.IMAP].trust


GOOGLE = mx("aspmx.l.google.com", "alt1.aspmx.l.google.com")


# --- MX ---------------------------------------------------------------------------------------------------------------


def test_a_mail_exchanger_tells_the_provider() -> None:
    got = found(dns=GOOGLE)
    assert taken(got) == {"smtp": "smtp.gmail.com:465", "imap": "imap.gmail.com:993"}
    assert (got.provider, got.gateway, ids(got)) == ("google-workspace", "", [])
    assert "by MX aspmx.l.google.com" in got.chosen[Protocol.SMTP].source
    assert lost(got, "smtp.gmail.com", 587) == "port 587 with STARTTLS comes after implicit TLS (RFC 8314 s. 3.3)"


def test_variants_that_nothing_tells_apart_are_named() -> None:
    got = found(dns=mx("mx1.mail.ovh.net"))
    assert (got.provider, ids(got)) == ("ovh-mx-plan", ["variant_assumed"])
    assert "ovh-email-pro-1" in got.findings[0].text


def test_a_server_on_this_machine_is_noted() -> None:
    assert "this machine" in found(dns=mx("mail.protonmail.ch")).chosen[Protocol.IMAP].notes[-1]


def test_the_lowest_preference_decides() -> None:
    records = (Mx(20, "aspmx.l.google.com"), Mx(5, "mx.acme.example"))
    assert taken(found(dns={("acme.example", "MX"): records})) == {}


def test_exchangers_of_others_make_the_provider_uncertain() -> None:
    got = found(dns=mx("aspmx.l.google.com", "mx.other.example"))
    assert chosen_trust(got) is Trust.MEDIUM
    assert ids(got) == ["mx_mixed"]


@pytest.mark.parametrize(
    ("exchange", "name"),
    [
        ("mx1-us1.ppe-hosted.com", "Proofpoint"),
        ("mx0a-001.pphosted.com", "Proofpoint"),
        ("us-smtp-inbound-1.mimecast.com", "Mimecast"),
        ("d1234a.ess.barracudanetworks.com", "Barracuda"),
        ("cluster1.us.messagelabs.com", "Broadcom"),
        ("mx1.hc123-4.iphmx.com", "Cisco"),
        ("in.tmes.trendmicro.eu", "Trend Micro"),
        ("mx-01-eu-west-1.prod.hydra.sophos.com", "Sophos"),
        ("mx01.hornetsecurity.com", "Hornetsecurity"),
        ("mx.spamexperts.com", "SpamExperts"),
        ("filter10.antispamcloud.com", "SpamExperts"),
        ("route1.mx.cloudflare.net", "Cloudflare"),
        ("cust1-s.in.mailcontrol.com", "Forcepoint"),
    ],
)
def test_behind_a_gateway_the_provider_is_not_known(exchange: str, name: str) -> None:
    got = found(dns=mx(exchange))
    assert (got.provider, got.chosen, ids(got)) == ("", {}, ["gateway", "not_found", "not_found"])
    assert name in got.gateway


def test_a_backup_behind_a_gateway_is_a_hint_and_no_more() -> None:
    got = found(dns=mx("mx1.mimecast.com", "aspmx.l.google.com"))
    assert got.chosen == {}
    assert "provider: google-workspace" in got.findings[0].text


def test_every_gateway_has_sources_and_ends_that_are_whole_labels() -> None:
    for gateway in gateways.GATEWAYS:
        assert gateway.sources and set(gateway.sources) <= set(gateways.SOURCES), gateway.name
        assert all(end.startswith(".") and table.by_mx(f"mx{end}") is None for end in gateway.mx), gateway.name
    assert gateways.by_mx("evilmimecast.com") is None
    used = {key for gateway in gateways.GATEWAYS for key in gateway.sources}
    assert used == set(gateways.SOURCES)


def test_a_null_mx_is_said() -> None:
    assert ids(found(dns={("acme.example", "MX"): (Mx(0, ""),)})) == ["null_mx", "not_found", "not_found"]


def test_a_domain_that_is_not_there_is_asked_nothing_more() -> None:
    dns = TableDns({})
    got = Discoverer(DiscoveryOptions(), dns, TableWeb({})).settings_for("sales@acme.example")  # type: ignore[arg-type]
    assert ids(got) == ["no_domain", "not_found", "not_found"]
    assert dns.asked == [("acme.example", "MX")]


@pytest.mark.parametrize("outcome", [Outcome.SERVFAIL, Outcome.TIMEOUT, Outcome.REFUSED, Outcome.MALFORMED])
def test_a_domain_whose_servers_do_not_answer_is_asked_nothing_more(outcome: Outcome) -> None:
    got = found(dns={("acme.example", "MX"): outcome, **srv("imaps", ("imap.acme.example", 993))})
    assert ids(got) == ["dns_failed", "not_found", "not_found"]
    assert got.candidates == ()


@pytest.mark.parametrize(
    ("exchange", "zones", "expected"),
    [
        ("mx1.mail.hoster.example", ["hoster.example"], ("mail.hoster.example", "hoster.example")),
        ("mx1.mail.hoster.example", ["mail.hoster.example", "hoster.example"], ("mail.hoster.example",)),
        ("mx.hoster.co.example", ["hoster.co.example"], ("hoster.co.example",)),
        # The exchanger is a zone of its own: its parent belongs to others.
        ("hoster.example", ["hoster.example", "example"], ("hoster.example",)),
        ("mx.hoster.example", [], ()),
        (f"{'a.' * 50}hoster.example", ["hoster.example"], ()),
    ],
)
def test_domains_of_an_exchanger_end_at_its_zone(exchange: str, zones: list[str], expected: tuple[str, ...]) -> None:
    dns = TableDns({(zone, "NS"): ("ns.example",) for zone in zones})
    assert domains_of(exchange, dns, 0.0) == expected  # type: ignore[arg-type]


# --- SRV --------------------------------------------------------------------------------------------------------------


HERE = {("acme.example", "MX"): (Mx(10, "mx.acme.example"),), **a("imap.acme.example"), **a("smtp.acme.example")}


def test_srv_of_the_domain_itself_is_trusted() -> None:
    got = found(
        dns={
            **HERE,
            **srv("imaps", ("imap.acme.example", 993)),
            **srv("imap", ("imap.acme.example", 143)),
            **srv("submissions", ("smtp.acme.example", 465)),
            **srv("submission", ("smtp.acme.example", 587)),
        }
    )
    assert taken(got) == {"smtp": "smtp.acme.example:465", "imap": "imap.acme.example:993"}
    assert chosen_trust(got) is Trust.HIGH
    assert lost(got, "smtp.acme.example", 587) == "port 587 with STARTTLS comes after implicit TLS (RFC 8314 s. 3.3)"
    assert ids(got) == []


FOREIGN = {**srv("imaps", ("imap.hoster.example", 993)), **a("imap.hoster.example")}


def test_srv_that_leads_elsewhere_is_less_trusted_and_says_so() -> None:
    got = found(dns={**HERE, **FOREIGN})
    assert chosen_trust(got) is Trust.MEDIUM
    assert "could be forged" in got.chosen[Protocol.IMAP].notes[0]


def test_an_authentic_answer_may_lead_anywhere() -> None:
    name = "_imaps._tcp.acme.example"
    answer = Answer(name, "SRV", Outcome.FOUND, (Srv(0, 0, 993, "imap.hoster.example"),), authentic=True)
    got = found(dns={**HERE, **FOREIGN, (name, "SRV"): answer})
    assert (chosen_trust(got), got.chosen[Protocol.IMAP].notes) == (Trust.HIGH, ())


def test_srv_to_the_provider_that_receives_the_mail_is_trusted() -> None:
    google = {**srv("imaps", ("imap.gmail.com", 993)), **a("imap.gmail.com")}
    agreeing = found(dns={**GOOGLE, **google})
    assert [one.trust for one in agreeing.candidates if one.origin.value == "srv"] == [Trust.HIGH]
    elsewhere = found(dns={**HERE, **google})
    assert chosen_trust(elsewhere) is Trust.MEDIUM
    assert elsewhere.provider == "google-workspace"


def test_a_name_that_only_ends_like_the_domain_is_elsewhere() -> None:
    evil = {**srv("imaps", ("imap.notacme.example", 993)), **a("imap.notacme.example")}
    assert chosen_trust(found(dns={**HERE, **evil})) is Trust.MEDIUM


def test_priority_then_weight_then_name() -> None:
    name = ("_imaps._tcp.acme.example", "SRV")
    hosts = ("a", "b", "c", "d")
    addresses = {key: value for host in hosts for key, value in a(f"{host}.acme.example").items()}
    records = (
        Srv(5, 0, 993, "d.acme.example"),
        Srv(0, 10, 993, "a.acme.example"),
        Srv(0, 90, 993, "c.acme.example"),
        Srv(0, 90, 993, "b.acme.example"),
    )
    got = found(dns={**HERE, **addresses, name: records})
    order = [one.host[0] for one in got.candidates if one.origin.value == "srv"]
    assert order == ["b", "c", "a", "d"]


def test_a_target_of_a_dot_is_a_service_that_is_not_offered() -> None:
    got = found(
        dns={**HERE, **srv("imaps", ("", 0)), **srv("imap", ("", 0)), **srv("submissions", ("smtp.acme.example", 465))}
    )
    assert got.not_offered == (Protocol.IMAP,)
    assert taken(got) == {"smtp": "smtp.acme.example:465"}
    assert ids(got) == ["not_offered"]


def test_one_way_that_is_not_offered_leaves_the_other() -> None:
    got = found(dns={**HERE, **srv("imap", ("", 0)), **srv("imaps", ("imap.acme.example", 993))})
    assert (taken(got)["imap"], got.not_offered) == ("imap.acme.example:993", ())


def test_not_offered_outranks_the_provider_by_mx_but_not_by_name() -> None:
    none = {**srv("imaps", ("", 0)), **srv("imap", ("", 0))}
    assert found(dns={**GOOGLE, **none}).not_offered == (Protocol.IMAP,)
    assert "imap" in taken(found(dns={**GOOGLE, **none}, provider="google-workspace"))


def test_a_target_without_an_address_is_passed_over() -> None:
    got = found(dns={**HERE, **srv("imaps", ("dead.acme.example", 993), ("imap.acme.example", 993))})
    assert taken(got)["imap"] == "imap.acme.example:993"
    assert lost(got, "dead.acme.example", 993) == "dead.acme.example has no address"
    assert "srv_target" in ids(got)


def test_a_target_whose_address_is_not_answered_is_kept_with_a_note() -> None:
    silent = {("slow.acme.example", kind): Outcome.TIMEOUT for kind in ("A", "AAAA")}
    got = found(dns={**HERE, **silent, **srv("imaps", ("slow.acme.example", 993))})
    assert "could not be looked up" in got.chosen[Protocol.IMAP].notes[0]


def test_records_that_are_not_answered_are_told() -> None:
    got = found(dns={**HERE, ("_imaps._tcp.acme.example", "SRV"): Outcome.SERVFAIL})
    assert got.findings[0].text == "DNS gave no answer for _imaps._tcp.acme.example (SRV)."
    assert ids(got)[0] == "dns_failed"


def test_no_more_records_are_followed_than_anybody_needs() -> None:
    dns = TableDns({**HERE, **srv("imaps", *[(f"i{number}.evil.example", 993) for number in range(500)])})
    Discoverer(DiscoveryOptions(), dns, TableWeb({})).settings_for("x@acme.example")  # type: ignore[arg-type]
    assert sum("evil" in name for name, _kind in dns.asked) == 8


def test_an_alias_is_noted() -> None:
    alias = Answer("alias.acme.example", "A", Outcome.FOUND, ("192.0.2.1",), aliases=("imap.acme.example",))
    got = found(dns={**HERE, ("alias.acme.example", "A"): alias, **srv("imaps", ("alias.acme.example", 993))})
    assert "CNAME" in got.chosen[Protocol.IMAP].notes[0]


@pytest.mark.parametrize(("target", "port"), [("bad host.example", 993), ("imap.acme.example", 0), ("10.0.0.1", 993)])
def test_targets_that_are_no_hosts_are_found_out(target: str, port: int) -> None:
    got = found(dns={**HERE, **srv("imaps", (target, port))})
    assert got.chosen == {}
    assert "srv_target" in ids(got)


def test_the_record_for_starttls_with_a_port_for_tls() -> None:
    got = found(dns={**HERE, **srv("submission", ("smtp.acme.example", 465))}).chosen[Protocol.SMTP]
    assert got.security is Security.TLS
    assert "port 465 begins with TLS" in got.notes[0]


def test_sources_that_disagree_are_named() -> None:
    got = found(dns={**GOOGLE, **HERE, **GOOGLE, **srv("imaps", ("imap.acme.example", 993))})
    assert taken(got)["imap"] == "imap.gmail.com:993"
    assert ids(got) == ["sources_disagree"]
    assert "imap.acme.example" in got.findings[0].text
