# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings found by real name servers and real web servers, good and hostile; and by a database that is a directory."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from dnslab import DnsLab
from https import Certificate, HttpsLab, Script, drip, endless, redirect, response
from plays import TASK, Played, Plays, environment
from scripted_dns import ScriptedDns, answering, garbage, silent
from zones import Signing, ZoneText

from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.candidate import Origin, Settings, Trust
from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.discover import Discoverer, DiscoveryOptions
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol, Security
from ansible_collections.mailops.mailbox.plugins.module_utils._providers import table

AUTOCONFIG = "https://autoconfig.acme.test/mail/config-v1.1.xml"
WELL_KNOWN = "https://acme.test/.well-known/autoconfig/mail/config-v1.1.xml"
OF_MX = "https://autoconfig.hoster.test/mail/config-v1.1.xml"
EMAIL = "secret.person@acme.test"


def described(
    *domains: str, imap: str = "imap.acme.test", smtp: str = "smtp.acme.test", username: str = "%EMAILADDRESS%"
) -> str:
    """A clientConfig with both ways for both protocols."""

    def server(element: str, kind: str, host: str, port: int, mode: str) -> str:
        return (
            f'<{element} type="{kind}"><hostname>{host}</hostname><port>{port}</port><socketType>{mode}</socketType>'
            f"<username>{username}</username><authentication>password-cleartext</authentication></{element}>"
        )

    return (
        '<?xml version="1.0"?><clientConfig version="1.1"><emailProvider id="x">'
        + "".join(f"<domain>{domain}</domain>" for domain in domains or ("acme.test",))
        + server("incomingServer", "imap", imap, 143, "STARTTLS")
        + server("incomingServer", "imap", imap, 993, "SSL")
        + server("outgoingServer", "smtp", smtp, 587, "STARTTLS")
        + server("outgoingServer", "smtp", smtp, 465, "SSL")
        + "</emailProvider></clientConfig>"
    )


def zone(here: str, *lines: str) -> str:
    """The zone acme.test, whose web server and autoconfig host are the lab's."""
    return "\n".join(["@ IN MX 10 mx.hoster.test.", f"@ IN A {here}", f"autoconfig IN A {here}", *lines])


def hoster(here: str) -> str:
    return f"mx IN A 192.0.2.1\nautoconfig IN A {here}\nimap IN A 192.0.2.2"


def looked_up(dns: DnsLab | ScriptedDns, web: HttpsLab | None, email: str = EMAIL, **options: Any) -> Settings:
    options = {"nameservers": ("127.0.0.1",), "dns_port": dns.port, "allow_private": True, **options}
    return Discoverer(DiscoveryOptions(ca=web.ca if web else None, **options)).settings_for(email)


def taken(settings: Settings) -> dict[str, str]:
    return {protocol.value: f"{one.host}:{one.port}" for protocol, one in settings.chosen.items()}


def ids(settings: Settings) -> list[str]:
    return [one.id.partition(".")[2] for one in settings.findings]


def hosts(settings: Settings, origin: Origin) -> set[str]:
    return {one.host for one in settings.candidates if one.origin is origin}


# --- DNS --------------------------------------------------------------------------------------------------------------

RECORDS = (
    "_imaps._tcp IN SRV 0 1 993 imap.hoster.test.",
    "_imap._tcp IN SRV 0 0 0 .",
    "_submissions._tcp IN SRV 10 1 465 later",
    "_submissions._tcp IN SRV 0 1 465 smtp",
    "_submission._tcp IN SRV 0 1 587 nowhere",
    "smtp IN A 192.0.2.3",
    "later IN A 192.0.2.4",
)


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


# --- a database as a directory ----------------------------------------------------------------------------------------


def database(folder: Path) -> dict[str, str]:
    """Write a database of our own; return the IMAP host that it names for each domain."""
    folder.mkdir()
    said: dict[str, str] = {}
    for number in range(20):
        names = [f"d{number}.many.test", f"also{number}.many.test"]
        (folder / f"{number}.xml").write_text(described(*names, imap=f"imap{number}.many.test"))
        said |= dict.fromkeys(names, f"imap{number}.many.test")
    known = [domain for name in table.names() if (found := table.by_name(name)) for domain in found.variant.domains[:1]]
    for number, domain in enumerate(dict.fromkeys(known)):
        entry = table.by_domain(domain)
        assert entry is not None
        right = next((one.host for one in entry.variant.services if one.protocol is Protocol.IMAP), None)
        said[domain] = right if right and number % 2 else f"imap.old.{domain}"
        (folder / f"known-{number}.xml").write_text(described(domain, imap=said[domain]))
    return said


def test_a_database_is_agreed_with_unless_something_better_is_known(
    dns_lab: DnsLab, https_lab: HttpsLab, tmp_path: Path
) -> None:
    said = database(tmp_path / "ispdb")
    assert len(said) >= 40
    # Five domains have SRV records: those of the domain itself outrank the database, those that lead elsewhere do not.
    lines = [f"{domain}. IN MX 1 mx.many.test." for domain in said if domain.endswith(".many.test")]
    lines += [f"_imaps._tcp.d{number}.many.test. IN SRV 0 1 993 own.d{number}.many.test." for number in range(3)]
    lines += [f"own.d{number}.many.test. IN A 192.0.2.1" for number in range(3)]
    lines += [f"_imaps._tcp.d{number}.many.test. IN SRV 0 1 993 foreign.test." for number in (3, 4)]
    dns_lab.load({"many.test": "\n".join(lines), "foreign.test": "@ IN A 192.0.2.9"})
    options = {"ispdb_path": str(tmp_path / "ispdb"), "dns_port": dns_lab.port, "nameservers": ("127.0.0.1",)}
    discoverer = Discoverer(DiscoveryOptions(**options))
    discoverer.prepare(f"x@{domain}" for domain in said)
    outranked: dict[str, Origin] = {}
    for domain, host in said.items():
        got = discoverer.settings_for(f"x@{domain}")
        assert host in hosts(got, Origin.ISPDB), "it is listed in any case"
        chosen = got.chosen[Protocol.IMAP]
        told = " ".join(one.text for one in got.findings if one.id == "discovery.sources_disagree")
        if chosen.host == host:
            assert f"names {host}" not in told
            assert (chosen.port, chosen.security) == (993, Security.TLS)
        else:
            outranked[domain] = chosen.origin
            assert f"names {host}, and {chosen.host} is taken" in told
    by_srv = {domain for domain, origin in outranked.items() if origin is Origin.SRV}
    by_table = {domain for domain, origin in outranked.items() if origin is Origin.PROVIDER_DOMAIN}
    assert by_srv == {f"d{number}.many.test" for number in range(3)}
    assert by_table == {domain for domain, host in said.items() if host == f"imap.old.{domain}"}
    assert set(outranked) == by_srv | by_table
    foreign = discoverer.settings_for("x@d3.many.test")
    assert "foreign.test" in hosts(foreign, Origin.SRV)


# --- the module -------------------------------------------------------------------------------------------------------


def play(folder: Path, dns_lab: DnsLab, https_lab: HttpsLab, tasks: Any, *flags: str) -> Played:
    """Run tasks in a play that asks the lab."""
    asking = {"nameservers": ["127.0.0.1"], "dns_port": dns_lab.port, "ca": https_lab.ca, "allow_private": True}
    playbook = {
        "hosts": "localhost",
        "gather_facts": False,
        "module_defaults": {"mailops.mailbox.mailbox_settings_info": asking},
        "tasks": tasks,
    }
    here = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    inventory = json.dumps({"all": {"hosts": {"localhost": here}}})
    return Plays(folder, environment(folder / "home")).play([playbook], inventory, *flags)


@pytest.mark.smoke
def test_the_module_in_a_play(dns_lab: DnsLab, https_lab: HttpsLab, tmp_path: Path) -> None:
    here = https_lab.address
    dns_lab.load({"acme.test": zone(here, *RECORDS), "hoster.test": hoster(here)})
    https_lab.serve(AUTOCONFIG, described())
    arguments = {"email": [EMAIL, "someone@gmail.com"], "fail_on_missing": True}
    task = {"name": TASK, "mailops.mailbox.mailbox_settings_info": arguments}
    played = play(tmp_path, dns_lab, https_lab, [task], "--check")
    assert played.process.returncode == 0, played.output
    result = played.only()
    assert (result["changed"], result["lookups"], result["missing"]) == (False, 1, [])
    mine = result["settings"][EMAIL]
    assert (mine["smtp"]["host"], mine["smtp"]["origin"], mine["imap"]["trust"]) == ("smtp.acme.test", "srv", "high")
    assert result["settings"]["someone@gmail.com"]["provider"]["name"] == "gmail"
    assert len(result["msg"].splitlines()) == 2
    assert set(yaml.safe_load(result["plan"])["mailboxes"]) == {"secret.person", "someone"}


def test_the_examples_run(dns_lab: DnsLab, https_lab: HttpsLab, tmp_path: Path) -> None:
    dns_lab.load({"acme.test": zone(https_lab.address)})
    (tmp_path / "ispdb").mkdir()
    (tmp_path / "ispdb" / "acme.xml").write_text(described())
    source = importlib.import_module("ansible_collections.mailops.mailbox.plugins.modules.mailbox_settings_info")
    examples = source.EXAMPLES.replace("acme.example", "acme.test").replace("/srv/ispdb", str(tmp_path / "ispdb"))
    tasks = yaml.safe_load(examples)
    played = play(tmp_path, dns_lab, https_lab, tasks)
    assert played.process.returncode == 0, played.output
    assert f"ok={len(tasks)}" in played.process.stdout


def test_missing_settings_fail_when_asked(dns_lab: DnsLab, https_lab: HttpsLab, tmp_path: Path) -> None:
    dns_lab.load({"acme.test": zone(https_lab.address)})
    task = {"name": TASK, "mailops.mailbox.mailbox_settings_info": {"email": EMAIL, "fail_on_missing": True}}
    played = play(tmp_path, dns_lab, https_lab, [task])
    assert played.failed == {"localhost"}
    assert played.only()["msg"] == f"No settings were found for {EMAIL}."
