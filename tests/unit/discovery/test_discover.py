# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole lookups over tables of DNS and https: which source is asked what, once, and what comes of it in time."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from mailnet import TableDns, TableWeb, a, config, found, ids, lost, server, taken

from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.candidate import Origin, Trust
from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.discover import Discoverer, DiscoveryOptions
from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.ispdb import IspdbDirectory
from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.together import OneFlight, side_by_side
from ansible_collections.mailops.mailbox.plugins.module_utils._dns.answer import Mx, Srv
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol
from ansible_collections.mailops.mailbox.plugins.module_utils._web.https import FetchError, FetchTrouble

AUTOCONFIG = "https://autoconfig.acme.example/mail/config-v1.1.xml"
WELL_KNOWN = "https://acme.example/.well-known/autoconfig/mail/config-v1.1.xml"
HERE = {
    ("acme.example", "MX"): (Mx(10, "mx.hoster.example"),),
    ("hoster.example", "NS"): ("ns.hoster.example",),
    **a("acme.example"),
    **a("autoconfig.acme.example"),
    **a("autoconfig.hoster.example"),
}
FILE = config(server("imap", "imap.acme.example", 993), server("smtp", "smtp.acme.example", 465))
OTHER = config(server("imap", "imap.other.example", 993), server("smtp", "smtp.other.example", 587, "STARTTLS"))


def asker(dns: Any, web: Any = None, **options: Any) -> Discoverer:
    return Discoverer(DiscoveryOptions(**options), dns, web or TableWeb({}))


# --- autoconfig -------------------------------------------------------------------------------------------------------


def test_the_file_of_the_domain_is_trusted() -> None:
    got = found(dns=HERE, pages={AUTOCONFIG: FILE})
    assert taken(got) == {"smtp": "smtp.acme.example:465", "imap": "imap.acme.example:993"}
    assert {(one.origin, one.trust) for one in got.chosen.values()} == {(Origin.AUTOCONFIG, Trust.HIGH)}
    assert ids(got) == []


def test_its_own_host_comes_before_its_web_server() -> None:
    got = found(dns=HERE, pages={AUTOCONFIG: FILE, WELL_KNOWN: OTHER})
    assert taken(got)["imap"] == "imap.acme.example:993"
    assert "sources_disagree" in ids(got)
    assert taken(found(dns=HERE, pages={WELL_KNOWN: OTHER}))["imap"] == "imap.other.example:993"


def test_nobody_is_told_the_address() -> None:
    web = TableWeb({})
    asker(TableDns(HERE), web, ispdb_url="https://db.example/v1.1/").settings_for("secret.person@acme.example")
    assert sorted(web.urls) == [
        WELL_KNOWN,
        f"{AUTOCONFIG}?emailaddress=postmaster%40acme.example",
        "https://autoconfig.hoster.example/mail/config-v1.1.xml",
        "https://db.example/v1.1/acme.example",
        "https://db.example/v1.1/hoster.example",
    ]


def test_the_stand_in_can_be_left_out_or_be_another() -> None:
    for stand_in, query in (("", ""), ("info", "?emailaddress=info%40acme.example")):
        web = TableWeb({})
        asker(TableDns(HERE), web, stand_in=stand_in).settings_for("x@acme.example")
        assert f"{AUTOCONFIG}{query}" in web.urls


def test_a_host_that_is_not_there_is_not_fetched_from() -> None:
    web = TableWeb({})
    asker(TableDns({("acme.example", "MX"): (Mx(10, "mx.acme.example"),)}), web).settings_for("x@acme.example")
    assert web.urls == []


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (FetchTrouble.TLS, ["autoconfig_failed"]),
        (FetchTrouble.CONNECT, ["autoconfig_failed"]),
        (FetchTrouble.MALFORMED, ["autoconfig_failed"]),
        (FetchTrouble.REDIRECT_REFUSED, ["autoconfig_refused"]),
        (FetchTrouble.PRIVATE_ADDRESS, ["autoconfig_refused"]),
        (FetchTrouble.TOO_LARGE, ["autoconfig_refused"]),
        (FetchTrouble.TIMEOUT, ["timeout"]),
    ],
)
def test_what_is_in_the_way_is_told(trouble: FetchTrouble, expected: list[str]) -> None:
    got = found(dns=HERE, pages={AUTOCONFIG: FetchError(trouble, "It went wrong.")})
    assert ids(got)[: len(expected)] == expected
    assert got.findings[0].text == f"{AUTOCONFIG} was not read: It went wrong."


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_file_that_is_not_there_is_no_finding(status: int) -> None:
    got = found(dns=HERE, pages={AUTOCONFIG: FetchError(FetchTrouble.STATUS, "No.", status)})
    assert ids(got) == ["not_found", "not_found"]
    assert "autoconfig_failed" in ids(found(dns=HERE, pages={AUTOCONFIG: FetchError(FetchTrouble.STATUS, "No.", 503)}))


@pytest.mark.parametrize("trouble", [FetchTrouble.TLS, FetchTrouble.CONNECT, FetchTrouble.DNS])
def test_a_domain_without_a_good_web_server_is_no_finding(trouble: FetchTrouble) -> None:
    assert "autoconfig_failed" not in ids(found(dns=HERE, pages={WELL_KNOWN: FetchError(trouble, "No.")}))


def test_a_page_for_people_is_no_file() -> None:
    got = found(dns=HERE, pages={WELL_KNOWN: b"<!doctype html><html></html>", AUTOCONFIG: b"<html><body/></html>"})
    assert ids(got) == ["not_found", "not_found"]


def test_a_hostile_file_is_refused_and_other_sources_go_on() -> None:
    bomb = config(server("imap", "evil.example", 993), before='<!DOCTYPE a [<!ENTITY b "c">]>')
    got = found(dns=HERE, pages={AUTOCONFIG: bomb, WELL_KNOWN: OTHER})
    assert ids(got) == ["autoconfig_refused"]
    assert taken(got)["imap"] == "imap.other.example:993"


def test_pop3_only_and_oauth2_only_and_skipped_servers_are_told() -> None:
    pop3 = config(server("pop3", "pop.acme.example", 995), server("smtp", "s.example", 465, authentication=("OAuth2",)))
    assert ids(found(dns=HERE, pages={AUTOCONFIG: pop3})) == ["pop3_only", "oauth2_only", "not_found"]
    bad = config(server("imap", "bad host", 993))
    assert "server_skipped" in ids(found(dns=HERE, pages={AUTOCONFIG: bad}))


# --- databases and MX -------------------------------------------------------------------------------------------------


def test_the_mail_exchangers_domain_is_asked_last(tmp_path: Path) -> None:
    of_mx = "https://autoconfig.hoster.example/mail/config-v1.1.xml"
    got = found(dns=HERE, pages={of_mx: OTHER})
    assert {(one.origin, one.trust) for one in got.chosen.values()} == {(Origin.AUTOCONFIG_MX, Trust.MEDIUM)}
    (tmp_path / "hoster.xml").write_bytes(
        config(server("imap", "imap.hoster.example", 993), domains=("hoster.example",))
    )
    both = found(dns=HERE, pages={of_mx: OTHER}, ispdb_path=str(tmp_path))
    assert both.chosen[Protocol.IMAP].origin is Origin.ISPDB_MX
    assert both.chosen[Protocol.SMTP].origin is Origin.AUTOCONFIG_MX


def test_nobody_is_asked_on_behalf_of_a_gateway_or_a_known_provider() -> None:
    for exchange in ("mx1.mimecast.com", "aspmx.l.google.com"):
        zone = {("mimecast.com", "NS"): ("ns.example",), ("google.com", "NS"): ("ns.example",)}
        dns = TableDns({("acme.example", "MX"): (Mx(10, exchange),), **zone, **a("autoconfig.mimecast.com")})
        web = TableWeb({})
        asker(dns, web).settings_for("x@acme.example")
        assert web.urls == []
        assert not [name for name, kind in dns.asked if kind == "NS"]


def test_a_database_over_https_counts_less_than_the_domain_itself() -> None:
    pages = {"https://db.example/acme.example": OTHER}
    got = found(dns=HERE, pages=pages, ispdb_url="https://db.example/")
    assert {(one.origin, one.trust) for one in got.chosen.values()} == {(Origin.ISPDB, Trust.MEDIUM)}
    assert taken(found(dns=HERE, pages={**pages, AUTOCONFIG: FILE}, ispdb_url="https://db.example"))["imap"] == (
        "imap.acme.example:993"
    )
    failing = {"https://db.example/acme.example": FetchError(FetchTrouble.TLS, "It is not trusted.")}
    assert "ispdb_failed" in ids(found(dns=HERE, pages=failing, ispdb_url="https://db.example"))


def test_a_forgeable_srv_record_counts_less_than_the_database(tmp_path: Path) -> None:
    (tmp_path / "x.xml").write_bytes(FILE)
    forged = {("_imaps._tcp.acme.example", "SRV"): (Srv(0, 0, 993, "imap.evil.example"),), **a("imap.evil.example")}
    got = found(dns={**HERE, **forged}, ispdb_path=str(tmp_path))
    assert taken(got)["imap"] == "imap.acme.example:993"
    assert lost(got, "imap.evil.example", 993) == (
        "it is trusted less (medium) than the database of settings, by domain"
    )
    assert taken(found(dns={**HERE, **forged}))["imap"] == "imap.evil.example:993"


def test_a_directory_is_indexed_by_what_is_inside(tmp_path: Path) -> None:
    (tmp_path / "b.xml").write_bytes(config(server("imap", "b.example", 993), domains=("acme.example", "two.example")))
    (tmp_path / "a.xml").write_bytes(config(server("imap", "a.example", 993), domains=("Acme.Example",)))
    (tmp_path / "broken.xml").write_bytes(b"<clientConfig>")
    (tmp_path / "bomb.xml").write_bytes(config(before='<!DOCTYPE a [<!ENTITY b "c">]>'))
    (tmp_path / "notes.txt").write_bytes(b"not read")
    directory = IspdbDirectory(str(tmp_path))
    assert directory.domains == ("acme.example", "two.example")
    assert directory.of_domain("acme.example").candidates[0].host == "a.example"
    assert "bomb.xml, broken.xml" in directory.trouble
    assert [one.id for one in directory.of_domain("none.example").findings] == ["discovery.ispdb_failed"]


@pytest.mark.parametrize("path", ["nothing-here", "~nobody-at-all/x"])
def test_a_directory_that_is_not_there_is_told(path: str, tmp_path: Path) -> None:
    where = path if path.startswith("~") else str(tmp_path / path)
    assert "can't be read" in IspdbDirectory(where).trouble
    (tmp_path / "empty").mkdir()
    assert "no domain" in IspdbDirectory(str(tmp_path / "empty")).trouble


# --- table, guesses, options ------------------------------------------------------------------------------------------


def test_a_provider_by_name_and_by_domain_needs_nobody() -> None:
    dns, web = TableDns({}), TableWeb({})
    discoverer = asker(dns, web)
    by_domain = discoverer.settings_for("someone@GMail.com", "auto")
    by_name = discoverer.settings_for("someone@acme.example", "google-workspace")
    assert taken(by_domain) == taken(by_name) == {"smtp": "smtp.gmail.com:465", "imap": "imap.gmail.com:993"}
    assert (by_domain.provider, by_name.provider) == ("gmail", "google-workspace")
    assert (dns.asked, web.urls, discoverer.lookups) == ([], [], 0)


@pytest.mark.parametrize(
    ("address", "name", "hosts"),
    [
        ("a@zoho.eu", "zoho", {"smtp": "smtp.zoho.eu:587", "imap": "imap.zoho.eu:993"}),
        ("a@gmx.de", "gmx", {"smtp": "mail.gmx.net:587", "imap": "imap.gmx.net:993"}),
        ("a@acme.example", "zoho", {"smtp": "smtp.zoho.com:465", "imap": "imap.zoho.com:993"}),
    ],
)
def test_a_provider_by_name_has_the_servers_of_the_address(address: str, name: str, hosts: dict[str, str]) -> None:
    assert taken(asker(TableDns({}), TableWeb({})).settings_for(address, name)) == hosts


def test_what_the_directory_says_of_a_domain_of_the_table_is_told(tmp_path: Path) -> None:
    (tmp_path / "g.xml").write_bytes(config(server("imap", "imap.old.example", 993), domains=("gmail.com",)))
    got = found("x@gmail.com", ispdb_path=str(tmp_path))
    assert taken(got)["imap"] == "imap.gmail.com:993"
    assert ids(got) == ["sources_disagree"]


def test_a_name_that_is_not_in_the_table_is_told() -> None:
    got = found("x@acme.example", provider="google-workspac")
    assert ids(got) == ["provider_unknown"]
    assert "google-workspace" in got.findings[0].text


def test_common_names_are_reported_and_never_taken() -> None:
    here = {("acme.example", "MX"): (Mx(1, "mail.acme.example"),), **a("mail.acme.example"), **a("imap.acme.example")}
    got = found(dns=here)
    assert got.chosen == {}
    assert [(one.protocol.value, one.host, one.trust) for one in got.candidates] == [
        ("smtp", "mail.acme.example", Trust.LOW),
        ("imap", "imap.acme.example", Trust.LOW),
        ("imap", "mail.acme.example", Trust.LOW),
    ]


@pytest.mark.parametrize(
    ("sources", "asked"),
    [
        (("table", "ispdb"), set()),
        (("mx",), {"MX", "NS"}),
        (("srv",), {"MX", "SRV"}),
        (("guess",), {"MX", "A", "AAAA"}),
    ],
)
def test_only_the_sources_that_are_named_are_asked(sources: tuple[str, ...], asked: set[str]) -> None:
    dns, web = TableDns(HERE), TableWeb({})
    asker(dns, web, sources=sources).settings_for("x@acme.example")
    assert {kind for _name, kind in dns.asked} == asked
    assert web.urls == []


def test_an_address_with_a_number_has_no_domain_to_ask() -> None:
    assert ids(found("x@[192.0.2.1]")) == ["address_literal"]


def test_what_is_no_address_is_an_error() -> None:
    with pytest.raises(ValueError, match="address"):
        found("nonsense")


def test_domains_are_asked_as_a_labels() -> None:
    dns = TableDns({})
    asker(dns).settings_for("x@B\u00fccher.example")
    assert dns.asked == [("xn--bcher-kva.example", "MX")]


# --- once, side by side, in time --------------------------------------------------------------------------------------


def test_a_fleet_makes_one_lookup_for_each_domain() -> None:
    domains = [f"d{number}.example" for number in range(20)]
    here = {(domain, "MX"): (Mx(1, f"mx.{domain}"),) for domain in domains}
    dns, web = (
        TableDns({**here, **{key: value for domain in domains for key, value in a(domain).items()}}),
        TableWeb({}),
    )
    discoverer = asker(dns, web)
    emails = [f"box{number}@{domains[number % 20].upper()}" for number in range(1000)]
    discoverer.prepare([*emails, "nonsense"])
    assert discoverer.lookups == 20
    before = len(dns.asked), len(web.urls)
    assert len({discoverer.settings_for(email).domain for email in emails}) == 20
    assert (discoverer.lookups, (len(dns.asked), len(web.urls))) == (20, before)
    assert sum(kind == "MX" for _name, kind in dns.asked) == len(web.urls) == 20


def test_threads_that_ask_for_one_domain_share_the_lookup() -> None:
    dns = TableDns(HERE, delay=0.05)
    discoverer = asker(dns)
    seen: list[object] = []
    threads = [
        threading.Thread(target=lambda: seen.append(discoverer.settings_for("x@acme.example"))) for _unused in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert discoverer.lookups == 1
    assert len({id(one) for one in seen}) == 1


def test_sources_that_hang_are_left_behind_and_named() -> None:
    over = threading.Event()

    def hang() -> bytes:
        over.wait(30)
        return FILE

    discoverer = asker(TableDns(HERE), TableWeb({AUTOCONFIG: hang, WELL_KNOWN: OTHER}), timeout=0.4)
    got = discoverer.settings_for("x@acme.example")
    over.set()
    assert taken(got)["imap"] == "imap.other.example:993"
    assert got.findings[0].text == "These sources did not answer for acme.example in 0.4 s: autoconfig."


def test_sources_are_told_a_deadline_before_the_end() -> None:
    told: list[float] = []

    class Web(TableWeb):
        def get(self, url: str, deadline: float, **options: Any) -> Any:
            told.append(deadline - time.monotonic())
            return super().get(url, deadline, **options)

    asker(TableDns(HERE), Web({}), timeout=50).settings_for("x@acme.example")
    assert told and all(0 < left <= 45 for left in told)


def test_the_answer_does_not_depend_on_who_is_first() -> None:
    def late() -> bytes:
        time.sleep(0.05)
        return FILE

    got = [
        found(dns=HERE, pages=pages)
        for pages in ({AUTOCONFIG: late, WELL_KNOWN: OTHER}, {AUTOCONFIG: FILE, WELL_KNOWN: OTHER})
    ]
    assert got[0].candidates == got[1].candidates


def test_a_fault_is_raised_for_everybody_and_by_prepare_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    unheard: list[object] = []
    monkeypatch.setattr(threading, "excepthook", unheard.append)

    class Broken(TableDns):
        def ask(self, name: str, kind: str, deadline: float) -> Any:
            raise RuntimeError("a fault")

    discoverer = asker(Broken({}))
    discoverer.prepare(["x@acme.example"])
    assert unheard == []
    for _unused in range(2):
        with pytest.raises(RuntimeError, match="a fault"):
            discoverer.settings_for("y@acme.example")


def test_side_by_side_gives_what_was_in_time() -> None:
    over = threading.Event()
    got = side_by_side({"a": lambda: 1, "b": lambda: over.wait(30) and 2, "c": lambda: 3}, time.monotonic() + 0.3)
    over.set()
    assert got == {"a": 1, "c": 3}


def test_an_interruption_reaches_who_works_and_who_waits() -> None:
    flight: OneFlight[int] = OneFlight()

    def stop() -> int:
        raise KeyboardInterrupt

    for _unused in range(2):
        with pytest.raises(KeyboardInterrupt):
            flight.get("key", stop)
