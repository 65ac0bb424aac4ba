# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings found by real name servers and real web servers, good and hostile; and by a database that is a directory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import dns.rdatatype
import pytest
from dnslab import DnsLab
from https import Certificate, HttpsLab, Script, drip, endless, redirect, response
from mailzones import (
    AUTOCONFIG,
    EMAIL,
    OF_MX,
    RECORDS,
    WELL_KNOWN,
    described,
    hoster,
    hosts,
    ids,
    looked_up,
    taken,
    zone,
)
from scripted_dns import ScriptedDns, answering, framed, garbage, reply, silent
from zones import Signing, ZoneText

from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.candidate import Origin, Trust
from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.discover import Discoverer, DiscoveryOptions
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol

pytestmark = pytest.mark.once

# --- DNS --------------------------------------------------------------------------------------------------------------


@pytest.mark.smoke
@pytest.mark.parametrize(("signing", "trust"), [(Signing.SIGNED, Trust.HIGH), (Signing.UNSIGNED, Trust.MEDIUM)])
def test_srv_is_trusted_as_far_as_dns_vouches_for_it(
    dns_lab: DnsLab, https_lab: HttpsLab, signing: Signing, trust: Trust
) -> None:
    here = https_lab.address
    dns_lab.load({"acme.test": ZoneText(zone(here, *RECORDS), signing), "hoster.test": hoster(here)})
    got = looked_up(dns_lab, https_lab)
    assert taken(got) == {"smtp": "smtp.acme.test:465", "imap": "imap.hoster.test:993"}
    assert got.chosen[Protocol.IMAP].trust is trust
    assert got.chosen[Protocol.SMTP].trust is Trust.HIGH, "the target is in the domain"
    reasons = {one.host: one.lost for one in got.candidates if one.protocol is Protocol.SMTP}
    assert reasons["later.acme.test"] == "the same source puts smtp.acme.test port 465 first"
    assert reasons["nowhere.acme.test"] == "nowhere.acme.test has no address"
    assert ids(got) == ["srv_target"]


@pytest.mark.parametrize("signing", [Signing.BOGUS, Signing.EXPIRED, Signing.STRIPPED])
def test_a_zone_that_fails_validation_gives_no_settings(dns_lab: DnsLab, https_lab: HttpsLab, signing: Signing) -> None:
    dns_lab.load({"acme.test": ZoneText(zone(https_lab.address, *RECORDS), signing)})
    https_lab.serve(AUTOCONFIG, described())
    got = looked_up(dns_lab, https_lab)
    assert (got.candidates, ids(got)) == ((), ["dns_failed", "not_found", "not_found"])
    assert https_lab.requests == []


def test_a_domain_that_does_not_exist(dns_lab: DnsLab, https_lab: HttpsLab) -> None:
    dns_lab.load({"acme.test": zone(https_lab.address)})
    got = looked_up(dns_lab, https_lab, "x@nobody.acme.test")
    assert (got.candidates, ids(got)) == ((), ["no_domain", "not_found", "not_found"])


def test_what_a_domain_does_not_offer(dns_lab: DnsLab, https_lab: HttpsLab) -> None:
    nothing = ("_imaps._tcp IN SRV 0 0 0 .", "_imap._tcp IN SRV 0 0 0 .")
    dns_lab.load({"acme.test": zone(https_lab.address, *nothing)})
    https_lab.serve(AUTOCONFIG, described())
    got = looked_up(dns_lab, https_lab)
    assert (got.not_offered, taken(got)) == ((Protocol.IMAP,), {"smtp": "smtp.acme.test:465"})
    assert "not_offered" in ids(got)


@pytest.mark.parametrize("script", [silent, garbage, answering(rcode="SERVFAIL"), answering(rcode="REFUSED")])
def test_name_servers_that_are_of_no_use_cost_no_more_than_the_time(script: Any) -> None:
    with ScriptedDns(script) as server:
        got = looked_up(server, None, timeout=1.0)
    assert (got.candidates, ids(got)) == ((), ["dns_failed", "not_found", "not_found"])
    assert got.elapsed < 1.5
    assert {kind for _name, kind, _way in server.questions} == {"MX"}


def test_a_fleet_asks_name_servers_once_for_each_domain() -> None:
    with ScriptedDns(answering(rcode="NXDOMAIN")) as server:
        options = DiscoveryOptions(nameservers=("127.0.0.1",), dns_port=server.port)
        discoverer = Discoverer(options)
        discoverer.prepare(f"box{number}@d{number % 20}.test" for number in range(1000))
        for number in range(1000):
            discoverer.settings_for(f"box{number}@D{number % 20}.test")
    assert sorted(server.questions) == sorted((f"d{number}.test", "MX", "udp") for number in range(20))
    assert discoverer.lookups == 20


def test_silent_neighbours_take_nothing_from_a_domain() -> None:
    def script(query: Any, tcp: bool) -> Iterable[Any]:
        name = query.question[0].name.to_text(True).split(".")
        kind = dns.rdatatype.to_text(query.question[0].rdtype)
        if name[-2] in ("d0", "d1") and kind != "MX":
            yield 30.0
        records = {
            "MX": ["@ 60 MX 1 mx.elsewhere.test."],
            "SRV": [f"@ 60 SRV 0 0 993 imap.{name[-2]}.test."] if name[0] == "_imaps" else [],
            "A": ["@ 60 A 192.0.2.1"] if name[0] == "imap" else [],
        }
        yield framed(reply(query, *records.get(kind, [])).to_wire(), tcp)

    with ScriptedDns(script) as server:
        options = DiscoveryOptions(nameservers=("127.0.0.1",), dns_port=server.port, timeout=3.0)
        discoverer = Discoverer(options)
        discoverer.prepare(f"x@d{number}.test" for number in range(8))
        found = [discoverer.settings_for(f"x@d{number}.test") for number in range(8)]
    assert [taken(one) for one in found] == [{}, {}, *[{"imap": f"imap.d{number}.test:993"} for number in range(2, 8)]]
    assert all("dns_failed" in ids(one) for one in found[:2])


# --- https ------------------------------------------------------------------------------------------------------------


def test_a_fleet_asks_web_servers_once_for_each_domain(dns_lab: DnsLab, https_lab: HttpsLab) -> None:
    here = https_lab.address
    names = [f"d{number}.test" for number in range(20)]
    dns_lab.load(dict.fromkeys(names, f"@ IN MX 1 mx\nmx IN A 192.0.2.1\nautoconfig IN A {here}"))
    for name in names:
        https_lab.serve(f"https://autoconfig.{name}/mail/config-v1.1.xml", described(name, imap="imap.%EMAILDOMAIN%"))
    discoverer = Discoverer(
        DiscoveryOptions(nameservers=("127.0.0.1",), dns_port=dns_lab.port, ca=https_lab.ca, allow_private=True)
    )
    emails = [f"box{number}@d{number % 20}.test" for number in range(1000)]
    discoverer.prepare(emails)
    assert {discoverer.settings_for(email).chosen[Protocol.IMAP].host for email in emails} == {
        f"imap.{name}" for name in names
    }
    assert sorted(request.host for request in https_lab.requests) == sorted(f"autoconfig.{name}" for name in names)
    assert discoverer.lookups == 20


def test_autoconfig_without_telling_anybody_the_address(dns_lab: DnsLab, https_lab: HttpsLab) -> None:
    here = https_lab.address
    dns_lab.load({"acme.test": zone(here), "hoster.test": hoster(here)})
    https_lab.serve(AUTOCONFIG, described(username="postmaster@acme.test"))
    https_lab.serve(OF_MX, described("hoster.test", imap="imap.hoster.test", username="%EMAILLOCALPART%"))
    got = looked_up(dns_lab, https_lab)
    assert taken(got) == {"smtp": "smtp.acme.test:465", "imap": "imap.acme.test:993"}
    assert {one.login_of(EMAIL) for one in got.chosen.values()} == {EMAIL}
    assert hosts(got, Origin.AUTOCONFIG_MX) == {"imap.hoster.test", "smtp.acme.test"}
    asked = {(request.host, request.path.partition("?")[2]) for request in https_lab.requests}
    assert asked == {
        ("autoconfig.acme.test", "emailaddress=postmaster%40acme.test"),
        ("acme.test", ""),
        ("autoconfig.hoster.test", ""),
    }
    for request in https_lab.requests:
        assert b"secret.person" not in request.raw
        assert b"authorization" not in request.raw.lower() and b"cookie" not in request.raw.lower()
    assert https_lab.plain == []


LOL = "<!DOCTYPE l [<!ENTITY a 'lol'>" + "".join(
    f"<!ENTITY {name} '{f'&{before};' * 10}'>" for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)
BOMBS: Mapping[str, str] = {
    "laughs": f"{LOL}]><clientConfig><emailProvider>&j;</emailProvider></clientConfig>",
    "quadratic": f"<!DOCTYPE q [<!ENTITY q '{'q' * 20000}'>]><clientConfig>{'&q;' * 8000}</clientConfig>",
    "external": "<!DOCTYPE x [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><clientConfig>&x;</clientConfig>",
    "remote": f"<!DOCTYPE clientConfig SYSTEM '{OF_MX}'><clientConfig/>",
    "deep": "<clientConfig>" + "<a>" * 5000,
    "many": "<clientConfig>" + "<a/>" * 10000 + "</clientConfig>",
}


@pytest.mark.parametrize("name", BOMBS)
def test_hostile_files_end_in_a_finding(dns_lab: DnsLab, https_lab: HttpsLab, name: str) -> None:
    dns_lab.load({"acme.test": zone(https_lab.address)})
    https_lab.serve(AUTOCONFIG, BOMBS[name])
    https_lab.serve(WELL_KNOWN, described())
    got = looked_up(dns_lab, https_lab)
    assert "autoconfig_refused" in ids(got)
    assert taken(got)["imap"] == "imap.acme.test:993", "the other source goes on"
    assert {request.host for request in https_lab.requests} == {"acme.test", "autoconfig.acme.test"}


ELSEWHERE = "https://elsewhere.test/config.xml"


@pytest.mark.parametrize(
    ("page", "certificate", "finding"),
    [
        (redirect("http://autoconfig.acme.test/mail/config-v1.1.xml"), Certificate.GOOD, "autoconfig_refused"),
        (redirect("file:///etc/passwd"), Certificate.GOOD, "autoconfig_refused"),
        (redirect(AUTOCONFIG), Certificate.GOOD, "autoconfig_refused"),
        (response(b"x" * 200000), Certificate.GOOD, "autoconfig_refused"),
        (endless(chunked=True), Certificate.GOOD, "autoconfig_refused"),
        (response(b"not xml"), Certificate.GOOD, "autoconfig_failed"),
        (response(b"", status="500 Broken"), Certificate.GOOD, "autoconfig_failed"),
        (response(b""), Certificate.WRONG_NAME, "autoconfig_failed"),
        (response(b""), Certificate.UNKNOWN_CA, "autoconfig_failed"),
        (response(b""), Certificate.EXPIRED, "autoconfig_failed"),
        (response(b""), Certificate.PLAIN, "autoconfig_failed"),
        (response(b"<html></html>", content_type="text/html"), Certificate.GOOD, None),
        (response(b"", status="404 Not Found"), Certificate.GOOD, None),
    ],
)  # fmt: skip
def test_servers_that_misbehave(
    dns_lab: DnsLab, https_lab: HttpsLab, page: Script, certificate: Certificate, finding: str | None
) -> None:
    dns_lab.load({"acme.test": zone(https_lab.address)})
    https_lab.serve(AUTOCONFIG, page, certificate)
    got = looked_up(dns_lab, https_lab)
    assert ids(got) == [*([finding] if finding else []), "not_found", "not_found"]
    assert https_lab.plain == []


def test_a_redirect_over_https_is_followed(dns_lab: DnsLab, https_lab: HttpsLab) -> None:
    dns_lab.load({"acme.test": zone(https_lab.address), "elsewhere.test": f"@ IN A {https_lab.address}"})
    https_lab.serve(AUTOCONFIG, redirect(ELSEWHERE))
    https_lab.serve(ELSEWHERE, described())
    assert taken(looked_up(dns_lab, https_lab))["smtp"] == "smtp.acme.test:465"


@pytest.mark.parametrize(
    "where", ["autoconfig IN A 10.0.0.1", "autoconfig IN AAAA fd00::1", "autoconfig IN A 127.0.0.1"]
)
def test_names_of_private_addresses_are_not_fetched_from(dns_lab: DnsLab, https_lab: HttpsLab, where: str) -> None:
    dns_lab.load({"acme.test": f"@ IN MX 1 mx.hoster.test.\n{where}"})
    got = looked_up(dns_lab, https_lab, allow_private=False)
    assert ids(got) == ["autoconfig_refused", "not_found", "not_found"]


@pytest.mark.parametrize("silence", [Certificate.SILENT, drip(b"<clientConfig>" + b" " * 5000, 0.2)])
def test_a_slow_server_costs_no_more_than_the_time(dns_lab: DnsLab, https_lab: HttpsLab, silence: Any) -> None:
    dns_lab.load({"acme.test": zone(https_lab.address)})
    if isinstance(silence, Certificate):
        https_lab.serve(AUTOCONFIG, b"", silence)
    else:
        https_lab.serve(AUTOCONFIG, silence)
    https_lab.serve(WELL_KNOWN, described())
    got = looked_up(dns_lab, https_lab, timeout=2.0)
    assert "timeout" in ids(got)
    assert taken(got)["imap"] == "imap.acme.test:993"
    assert got.elapsed < 3


def test_the_web_server_of_the_domain_may_have_any_certificate(dns_lab: DnsLab, https_lab: HttpsLab) -> None:
    dns_lab.load({"acme.test": f"@ IN MX 1 mx.hoster.test.\n@ IN A {https_lab.address}"})
    https_lab.serve(WELL_KNOWN, described(), Certificate.WRONG_NAME)
    assert ids(looked_up(dns_lab, https_lab)) == ["not_found", "not_found"]
