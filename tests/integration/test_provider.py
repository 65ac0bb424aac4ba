# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mailboxes declared by address and secret alone, in plays: their servers are found by the DNS of their domain."""

from __future__ import annotations

import json
from typing import Any

import dovecot
import pytest
from declared import secret
from dnslab import DnsLab
from gated import User
from lab import Lab
from plays import Plays
from zones import Signing, ZoneText

DOMAIN = "acme.test"


def servers(lab: Lab, signing: Signing = Signing.SIGNED) -> dict[str, ZoneText]:
    """The zone of the lab's mail domain, which leads to the lab's servers."""
    text = f"""
        _submissions._tcp IN SRV 0 1 {lab.postfix.ports["submissions"]} localhost.
        _submission._tcp IN SRV 0 1 {lab.postfix.ports["submission"]} localhost.
        _imaps._tcp IN SRV 0 1 {lab.dovecot.ports["imaps"]} localhost.
    """
    return {DOMAIN: ZoneText(text, signing)}


def asked(dns_lab: DnsLab) -> dict[str, Any]:
    """The option that asks the lab's resolver and nobody else."""
    return {"nameservers": list(dns_lab.nameservers), "dns_port": dns_lab.port, "timeout": 20}


def trusting(lab: Lab) -> dict[str, str]:
    """Trust the lab's authority as the system's, so that a declaration needs nothing but address and secret."""
    return {"SSL_CERT_FILE": str(lab.pki.ca)}


@pytest.mark.smoke
def test_address_and_secret_are_enough(lab: Lab, plays: Plays, dns_lab: DnsLab) -> None:
    dns_lab.load(servers(lab))
    boxes = {"sales": {"email": dovecot.OK_USER, "secret": secret(lab, dovecot.OK_USER)}}
    runs = [plays.run(boxes, environment=trusting(lab), discovery=asked(dns_lab)) for _turn in range(2)]
    results = [run.only() for run in runs]
    assert [one["status"] for one in results] == ["verified"] * 2, runs[0].output
    assert [one["changed"] for one in results] == [True, False]
    assert results[0]["imap"]["settings"] == {
        "origin": "srv",
        "trust": "high",
        "source": f"the SRV record of _imaps._tcp.{DOMAIN}",
    }
    assert results[0]["smtp"]["port"] == lab.postfix.ports["submissions"]
    assert results[0]["registration"]["after"]["settings"]["smtp"]["host"] == "localhost"
    assert results[0]["notices"] == []

    # The same names from a zone that nobody signed: anybody could have led here.
    dns_lab.load(servers(lab, Signing.UNSIGNED))
    starttls = {"sales": {**boxes["sales"], "smtp": {"security": "starttls"}}}
    moved = plays.run(starttls, "--diff", environment=trusting(lab), discovery=asked(dns_lab))
    result = moved.only()
    assert (result["status"], result["changed"]) == ("verified", True), moved.output
    assert result["smtp"]["port"] == lab.postfix.ports["submission"]
    assert result["smtp"]["settings"]["trust"] == "medium"
    assert [one["id"] for one in result["notices"]] == ["discovery.unconfirmed"] * 2
    assert "nothing confirms that it is the one of this mailbox" in " ".join(moved.output.split())
    shown = [line.split() for line in moved.output.splitlines()]
    ports = [lab.postfix.ports[name] for name in ("submissions", "submission")]
    assert [[sign, "port:", f"{port}"] in shown for sign, port in zip("-+", ports, strict=True)] == [True, True]


def test_a_fleet_of_a_role_finds_what_it_can_and_says_what_it_can_not(lab: Lab, tmp_path: Any, dns_lab: DnsLab) -> None:
    dns_lab.load({**servers(lab), "else.test": "@ IN MX 10 mail.else.test.\nmail IN A 192.0.2.1"})
    user = User(tmp_path, trusting(lab))
    password = {"secret": {"password": dovecot.PASSWORD}}
    user.mailboxes(
        {
            "found": {"email": dovecot.SALES_USERS[8], **password},
            "half": {"email": dovecot.SALES_USERS[9], **password, "protocols": ["imap"], "provider": "auto"},
            "unknown": {"email": "sales@else.test", **password},
            "gone": {"email": "sales@nowhere.test", **password},
        }
    )
    command = ["mailops.mailbox.verify", "-i", "mail.yml", "-e"]
    done = user.run(*command, json.dumps({"verify_discovery": asked(dns_lab), "verify_report": {"json": "all.json"}}))
    told = " ".join(done.stdout.split())
    results = json.loads((tmp_path / "all.json").read_text())["results"]
    assert {name: one["status"] for name, one in results.items()} == {
        "found": "verified",
        "half": "verified",
        "unknown": "failed",
        "gone": "failed",
    }, done.stdout + done.stderr
    assert "No SMTP or IMAP server was found for the domain else.test, and the declaration names none." in told
    assert "Declare smtp.host and imap.host, or provider" in told
    assert "DNS knows no domain nowhere.test." in told
    assert results["unknown"]["failures"][0]["category"] == "config.settings_not_found"

    turned_off = user.run(*command, json.dumps({"verify_discovery": {"enabled": False}}), "--limit", "found")
    assert turned_off.returncode == 2
    assert "turned off (discovery.enabled)" in " ".join(turned_off.stdout.split())
