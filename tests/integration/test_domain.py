# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Domains on real name servers, with signed zones and web servers, good and bad; by the engine and by a play."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from dnslab import DnsLab
from https import Certificate, HttpsLab, redirect, response
from plays import TASK, Plays, environment
from scripted_dns import ScriptedDns, answering, silent
from zones import Signing, ZoneText

from ansible_collections.mailops.mailbox.plugins.module_utils._dns.client import DnsClient
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.finding import Status
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.inspect import DomainRequest, Inspection, inspect
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.message import render
from ansible_collections.mailops.mailbox.plugins.module_utils._web.https import HttpsClient
from ansible_collections.mailops.mailbox.plugins.modules import mailbox_domain_info

DIGEST = "ab" * 32
HERE = {
    "all": {
        "hosts": {
            "localhost": {
                "ansible_connection": "local",
                "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            }
        }
    }
}
POLICY = b"version: STSv1\nmode: enforce\nmx: mx.{domain}\nmax_age: 2419200\n"


def zone(domain: str, web: str, *more: str) -> str:
    """A domain that is in order, with TLSA records."""
    return "\n".join(
        [
            "@ IN MX 10 mx",
            f"mx IN A {web}",
            f"_25._tcp.mx IN TLSA 3 1 1 {DIGEST}",
            '@ IN TXT "v=spf1 ip4:127.0.0.25 -all"',
            f'_dmarc IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@{domain}"',
            '_mta-sts IN TXT "v=STSv1; id=20260131T093000"',
            f"mta-sts IN A {web}",
            f'_smtp._tls IN TXT "v=TLSRPTv1; rua=mailto:tls@{domain}"',
            f"link IN A {web}",
            "go IN CNAME link",
            "lost IN CNAME gone.elsewhere.test.",
            *more,
        ]
    )


@pytest.fixture(scope="module")
def silence() -> Iterator[ScriptedDns]:
    with ScriptedDns(silent) as server:
        yield server


@pytest.fixture(scope="module")
def liar() -> Iterator[ScriptedDns]:
    with ScriptedDns(answering(rcode="SERVFAIL")) as server:
        yield server


@pytest.fixture(scope="module")
def world(dns_servers: DnsLab, web_servers: HttpsLab, silence: ScriptedDns, liar: ScriptedDns) -> DnsLab:
    """Every zone of these tests, loaded once."""
    web = web_servers.address
    signings = {"signed": Signing.SIGNED, "plain": Signing.UNSIGNED, "bogus": Signing.BOGUS, "old": Signing.EXPIRED}
    zones: dict[str, Any] = {
        f"{name}.test": ZoneText(zone(f"{name}.test", web), signing) for name, signing in signings.items()
    }
    listed = ["2.0.0.127 IN A 127.0.0.2", "25.0.0.127 IN A 127.0.0.4", '25.0.0.127 IN TXT "seen sending spam"']
    dns_servers.load(
        {
            **zones,
            "odd.test": "\n".join(
                ["@ IN MX 0 .", "@ IN MX 10 alias", "@ IN MX 20 gone", f"alias IN CNAME a\na IN A {web}"]
            ),
            "closed.test": "@ IN MX 0 .",
            "slow.test": silence,
            "broken.test": liar,
            "list.test": "\n".join(listed),
            "refuses.test": "*.127 IN A 127.255.255.254",
            "parked.test": f"* IN A {web}",
        }
    )
    return dns_servers


class Inspector:
    """Looks at domains of the lab; every test begins without a page."""

    def __init__(self, world: DnsLab, web: HttpsLab) -> None:
        self.world, self.web = world, web

    def policy(self, domain: str, page: Any = None, certificate: Certificate = Certificate.GOOD) -> None:
        body = page if page is not None else response(POLICY.replace(b"{domain}", domain.encode()))
        self.web.serve(f"https://mta-sts.{domain}/.well-known/mta-sts.txt", body, certificate)

    def look(self, domain: str, *, port: int | None = None, **options: Any) -> Inspection:
        dns = DnsClient(nameservers=self.world.nameservers, port=port or self.world.port)
        web = HttpsClient(dns, ca=self.web.ca, allow_private=True)
        options = {"allow_private": True, "timeout": 20.0, **options}
        return inspect(DomainRequest(domain=domain, **options), dns, web)


@pytest.fixture
def inspector(world: DnsLab, https_lab: HttpsLab) -> Inspector:
    return Inspector(world, https_lab)


def ids(found: Inspection, section: str = "") -> set[str]:
    return {entry.id for one in found.sections if section in ("", one.name) for entry in one.findings}


def status(found: Inspection, section: str) -> Status:
    return next(one.status for one in found.sections if one.name == section)


@pytest.mark.smoke
def test_a_domain_that_is_in_order(inspector: Inspector) -> None:
    inspector.policy("signed.test")
    found = inspector.look("signed.test", sending_ips=("127.0.0.25",), tracking_hosts=("go.signed.test",))
    assert found.status is Status.OK, render([found])
    for name in ("mx", "dmarc", "mta_sts", "tls_rpt", "dane", "dnssec", "tracking"):
        assert (status(found, name), ids(found, name)) == (Status.OK, set()), name
    # The lab has no public address.
    assert (status(found, "spf"), ids(found, "spf")) == (Status.OK, {"spf.private_network"})


def test_dane_without_dnssec_counts_for_nothing(inspector: Inspector) -> None:
    inspector.policy("plain.test")
    found = inspector.look("plain.test")
    assert ids(found, "dane") == {"dane.unsigned"}
    assert (status(found, "dane"), ids(found, "dnssec")) == (Status.FAILED, {"dnssec.unsigned"})


@pytest.mark.parametrize("domain", ["bogus.test", "old.test"])
def test_wrong_signatures(inspector: Inspector, domain: str) -> None:
    found = inspector.look(domain)
    assert ids(found, "dnssec") == {"dnssec.bogus"}
    assert (ids(found, "mx"), status(found, "mx")) == ({"mx.unanswered"}, Status.UNKNOWN)
    assert found.status is Status.FAILED


def test_the_ad_bit_of_a_resolver_that_does_not_validate(inspector: Inspector) -> None:
    """NSD has all zones and is on this machine, and sets no AD bit: nothing may be said about signatures."""
    found = inspector.look("signed.test", port=inspector.world.authority_port)
    assert ids(found, "dnssec") == {"dnssec.not_validated"}
    assert ids(found, "dane") == {"dane.not_validated"}
    assert {status(found, "dnssec"), status(found, "dane")} == {Status.UNKNOWN}


MX = b"mx: mx.signed.test\n"
OTHER = b"version: STSv1\nmode: %s\nmx: mx.elsewhere.test\nmax_age: 86400\n"
POLICIES: dict[str, tuple[Any, Certificate, str, Status]] = {
    "missing": (None, Certificate.GOOD, "mta_sts.policy_missing", Status.FAILED),
    "redirect": (redirect("https://www.signed.test/"), Certificate.GOOD, "mta_sts.policy_redirect", Status.FAILED),
    "expired": (b"", Certificate.EXPIRED, "mta_sts.policy_certificate", Status.FAILED),
    "other name": (b"", Certificate.WRONG_NAME, "mta_sts.policy_certificate", Status.FAILED),
    "other authority": (b"", Certificate.UNKNOWN_CA, "mta_sts.policy_certificate", Status.FAILED),
    "error": (response(b"", status="503 No"), Certificate.GOOD, "mta_sts.policy_unreachable", Status.UNKNOWN),
    "large": (response(b"x" * 70000), Certificate.GOOD, "mta_sts.policy_too_large", Status.FAILED),
    "html": (response(b"<html>", content_type="text/html"), Certificate.GOOD, "mta_sts.policy_syntax", Status.FAILED),
    "enforced": (response(OTHER % b"enforce"), Certificate.GOOD, "mta_sts.mx_refused", Status.FAILED),
    "on trial": (response(OTHER % b"testing"), Certificate.GOOD, "mta_sts.mx_untested", Status.WARNING),
}


@pytest.mark.parametrize("case", POLICIES)
def test_policies(inspector: Inspector, case: str) -> None:
    page, certificate, finding, expected = POLICIES[case]
    if page is not None:
        inspector.policy("signed.test", page, certificate)
    else:
        inspector.web.serve("https://mta-sts.signed.test/other", b"")
    found = inspector.look("signed.test")
    assert finding in ids(found, "mta_sts")
    assert status(found, "mta_sts") is expected
    assert not inspector.web.plain


def test_mail_exchangers_that_are_odd(inspector: Inspector) -> None:
    assert ids(inspector.look("odd.test"), "mx") == {"mx.null_and_others", "mx.alias", "mx.dangling"}
    assert ids(inspector.look("closed.test"), "mx") == {"mx.null"}
    assert ids(inspector.look("nobody.test"), "mx") == {"mx.domain_missing"}


def test_tracking_hosts(inspector: Inspector) -> None:
    hosts = ("go.plain.test", "link.plain.test", "lost.plain.test", "none.plain.test")
    assert ids(inspector.look("plain.test", tracking_hosts=hosts), "tracking") == {
        "tracking.no_alias",
        "tracking.dangling",
        "tracking.missing",
    }


def test_block_lists(inspector: Inspector) -> None:
    zones = ("list.test", "refuses.test", "parked.test", "nobody.test", "broken.test")
    found = inspector.look("plain.test", sending_ips=("127.0.0.25", "127.0.0.26"), blocklists=zones)
    told = [entry for one in found.sections if one.name == "block_lists" for entry in one.findings]
    assert [(entry.id, entry.evidence["zone"]) for entry in told] == [
        ("block_lists.listed", "list.test"),
        ("block_lists.refused", "refuses.test"),
        ("block_lists.broken", "parked.test"),
        ("block_lists.broken", "nobody.test"),
        ("block_lists.unanswered", "broken.test"),
    ]
    assert told[0].evidence["ip"] == "127.0.0.25"
    assert "seen sending spam" in told[0].cause


def test_name_servers_that_fail_or_are_silent(inspector: Inspector) -> None:
    began = time.monotonic()
    for domain in ("broken.test", "slow.test"):
        found = inspector.look(domain, timeout=3.0)
        assert found.status is Status.UNKNOWN, render([found])
        assert not [entry for entry in found.findings if entry.severity.value == "error"]
    assert time.monotonic() - began < 30


@pytest.mark.smoke
def test_by_a_play(inspector: Inspector, tmp_path: Any) -> None:
    inspector.policy("signed.test")
    inspector.policy("plain.test", response(OTHER % b"enforce"))
    arguments = {
        "nameservers": list(inspector.world.nameservers),
        "dns_port": inspector.world.port,
        "ca": inspector.web.ca,
        "allow_private": True,
    }
    plays = Plays(tmp_path, environment(tmp_path / "home"))

    def play(*flags: str, **more: Any) -> Any:
        tasks = [{"name": TASK, "mailops.mailbox.mailbox_domain_info": {**arguments, **more}}]
        return plays.play([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}], HERE, *flags)

    good = play("--check", domain="sales@signed.test", fail_on="warning")
    assert good.process.returncode == 0, good.output
    assert good.only()["status"] == "ok"
    assert good.only()["msg"].splitlines()[0] == "signed.test has no fault."
    bad = play(domains=["signed.test", "plain.test"], fail_on="error", ignore_findings=["dane.unsigned"])
    assert bad.process.returncode == 2
    assert [one["status"] for one in bad.only()["domains"]] == ["ok", "failed"]
    assert "mta_sts.mx_refused" in bad.only()["msg"]
    assert "dane.unsigned" not in bad.output


def test_the_examples_run(dns_lab: DnsLab, https_lab: HttpsLab, tmp_path: Any) -> None:
    """As they stand in the documentation; only DNS and the authority are those of the lab."""
    web = https_lab.address
    sound = zone("acme.example", web).replace("ip4:127.0.0.25", "include:_spf.google.com ip4:192.0.2.25")
    dns_lab.load(
        {
            "acme.example": ZoneText(sound, Signing.SIGNED),
            "google.com": '_spf IN TXT "v=spf1 ip4:198.51.100.0/24 ~all"',
        }
    )
    https_lab.serve(
        "https://mta-sts.acme.example/.well-known/mta-sts.txt", response(POLICY.replace(b"{domain}", b"acme.example"))
    )
    tasks = yaml.safe_load(mailbox_domain_info.EXAMPLES)
    for task in tasks:
        arguments = task.get("mailops.mailbox.mailbox_domain_info")
        if arguments:
            arguments.update(ca=https_lab.ca, allow_private=True, dns_port=dns_lab.port)
            arguments.update(nameservers=list(dns_lab.nameservers))
    plays = Plays(tmp_path, environment(tmp_path / "home"))
    played = plays.play([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}], HERE)
    assert played.process.returncode == 0, played.output
    assert f"ok={len(tasks)}" in played.process.stdout
