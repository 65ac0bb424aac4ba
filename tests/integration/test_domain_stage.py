# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The domain stage of mailbox runs: real servers of mail, DNS and https; alone and in a fleet."""

from __future__ import annotations

from typing import Any

import pytest
from declared import mailbox
from dnslab import DnsLab
from https import HttpsLab, response
from lab import Lab
from plays import TASK, Plays

USER, OTHER = "sales03@acme.test", "sales04@acme.test"
POLICY = b"version: STSv1\nmode: enforce\nmx: mx.elsewhere.test\nmax_age: 2419200\n"


@pytest.fixture
def discovery(dns_lab: DnsLab, https_lab: HttpsLab) -> dict[str, Any]:
    """Options that lead to a domain whose policy names none of its mail exchangers."""
    web = https_lab.address
    dns_lab.load(
        {
            "acme.test": f"""
                @ IN MX 10 mail
                @ IN TXT "v=spf1 -all"
                mail IN A {web}
                mta-sts IN A {web}
                _mta-sts IN TXT "v=STSv1; id=1"
            """
        }
    )
    https_lab.serve("https://mta-sts.acme.test/.well-known/mta-sts.txt", response(POLICY))
    return {
        "nameservers": list(dns_lab.nameservers),
        "dns_port": dns_lab.port,
        "ca": https_lab.ca,
        "allow_private": True,
        "timeout": 10,
    }


def stage_of(result: dict[str, Any]) -> dict[str, Any]:
    return next(stage for stage in result["stages"] if stage["stage"] == "domain")


@pytest.mark.smoke
def test_findings_are_notices_and_fail_only_where_that_is_asked_for(
    lab: Lab, plays: Plays, discovery: dict[str, Any]
) -> None:
    played = plays.run(
        {
            USER: mailbox(lab, USER, domain={"check": True}, ignore_checks=["mta_sts.mx_refused"]),
            OTHER: mailbox(lab, OTHER, domain={"fail_on": "error"}),
            "imapoff@acme.test": mailbox(lab, "imapoff@acme.test", protocols=["imap"], smtp=None, domain={}),
            "ok@acme.test": mailbox(lab),
        },
        discovery=discovery,
        allow_partial=True,
    )
    good, bad, not_working, unasked = (
        played.results[name] for name in (USER, OTHER, "imapoff@acme.test", "ok@acme.test")
    )
    assert good["status"] == "verified", played.output
    assert stage_of(good)["status"] == "warning"
    assert {"dmarc.missing"} <= {notice["id"] for notice in good["notices"]}
    assert "mta_sts.mx_refused" not in str([good[key] for key in ("notices", "domain", "failures", "msg")])
    assert good["domain"]["domain"] == "acme.test"
    assert bad["status"] == "failed"
    assert [failure["category"] for failure in bad["failures"]] == ["deliverability.dns"]
    assert "mta_sts.mx_refused" in bad["failures"][0]["evidence"]["findings"]
    assert bad["msg"].splitlines()[0].startswith("sales04@acme.test can send and read, but is not accepted: ")
    assert bad["registration"]["after"] is None
    assert stage_of(not_working)["status"] == "skipped"
    assert not_working["domain"] is None
    assert unasked["domain"] is None
    assert "domain" not in {stage["stage"] for stage in unasked["stages"]}


def test_a_fleet_looks_at_a_domain_once(lab: Lab, plays: Plays, discovery: dict[str, Any], https_lab: HttpsLab) -> None:
    users = [f"sales{number:02}@acme.test" for number in range(1, 9)]
    inventory = {
        "all": {
            "hosts": {
                "localhost": {
                    "ansible_connection": "local",
                    "ansible_python_interpreter": "{{ ansible_playbook_python }}",
                }
            }
        }
    }
    task = {
        "name": TASK,
        "mailops.mailbox.mailbox_fleet": {
            "mailboxes": [mailbox(lab, user, domain={}) for user in users],
            "state": "verified",
            "detail": "full",
            "discovery": discovery,
            "registry": {"path": str(plays.registry)},
        },
    }
    played = plays.play([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}], inventory)
    assert played.process.returncode == 0, played.output
    results = played.only()["results"]
    assert {one["domain"]["status"] for one in results.values()} == {"failed"}
    assert len(results) == len(users)
    assert len(https_lab.requests) == 1, "the policy is fetched once"
