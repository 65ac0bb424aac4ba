# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets whose servers are found: one look-up a domain, before anything is scheduled."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from fleet.test_fleet import PASSWORD, Script, refused
from run.found import ACME, IMAP, SMTP, Exchanges, Told, Trust, candidate, settings

from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.discover import Discoverer, DiscoveryOptions
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.fleet import run_fleet
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.progress import Meter
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.request import Declared, FleetRequest
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import State
from ansible_collections.mailops.mailbox.plugins.module_utils._run.finder import Finder
from ansible_collections.mailops.mailbox.plugins.module_utils._run.secrets import SecretReader
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.settings import VaultSettings


class Jobs(Script):
    """A schedule that keeps the jobs it was given."""

    def run(self, jobs):
        self.jobs = {job.id: job for job in jobs}
        return super().run(jobs)


@pytest.fixture(autouse=True)
def quick_fingerprints(monkeypatch):
    monkeypatch.setattr(hashlib, "scrypt", lambda data, **_unused: hashlib.sha256(data).digest())


@pytest.fixture
def fleet(tmp_path):
    def run(raws, finder, script=None, say=None, **asked):
        request = FleetRequest(
            state=asked.pop("state", State.PRESENT), registry_path=str(tmp_path / "r.sqlite"), **asked
        )
        declared = [Declared(f"h{number}", raw) for number, raw in enumerate(raws)]
        with SecretReader(VaultSettings.from_options({}, {}, Path("/nonexistent"))) as reader:
            return run_fleet(
                request, declared, reader=reader, scheduler=script or Jobs(), meter=Meter(say), finder=finder
            )

    return run


def mailbox(email, **more):
    return {"email": email, "secret": {"password": PASSWORD}, **more}


def test_a_thousand_addresses_at_twenty_domains_are_twenty_look_ups(fleet):
    domains = [f"acme{number:02}.example" for number in range(20)]
    dns = Exchanges(dict.fromkeys(domains, "aspmx.l.google.com"))
    discoverer = Discoverer(DiscoveryOptions(), dns)
    script = Jobs()
    lines = []
    outcome = fleet(
        [mailbox(f"m{number}@{domains[number % 20]}") for number in range(1000)],
        Finder(discoverer),
        script,
        state=State.VERIFIED,
        say=lines.append,
    )
    assert lines[0] == "mailbox_fleet: finding the servers of 1000 mailboxes at 20 domains"
    assert outcome.result["counts"]["verified"] == 1000
    assert discoverer.lookups == 20
    assert sorted(name for name, kind in dns.questions if kind == "MX") == domains
    assert {job.plan.smtp.target.host for job in script.jobs.values()} == {"smtp.gmail.com"}
    assert {job.plan.imap.credentials.username for job in script.jobs.values()} == set(script.jobs)


def test_what_is_declared_is_not_looked_up(fleet):
    told = Told()
    hosts = {"smtp": {"host": "s.example"}, "imap": {"host": "i.example"}}
    outcome = fleet([mailbox("a@acme.example", **hosts), mailbox("b@other.example", **hosts)], Finder(told))
    assert (outcome.result["counts"]["verified"], told.asked, told.prepared) == (2, [], [])


def test_all_are_known_before_the_first_is_scheduled(fleet):
    """Limits, breakers and places are those of servers."""
    told = Told(always=settings(), **{"acme.example": ACME})
    script = Jobs()
    raws = [mailbox("a@acme.example"), mailbox("b@none.example"), {"email": "c@acme.example", "smtp": {"hots": 1}}]
    results = fleet(raws, Finder(told), script, full=True).result["results"]
    assert list(script.jobs) == ["a@acme.example"]
    assert told.prepared == ["a@acme.example", "b@none.example"]
    assert [one["status"] for one in results.values()] == ["verified", "failed", "failed"]
    assert results["b@none.example"]["failures"][0]["category"] == "config.settings_not_found"
    assert results["c@acme.example"]["reason"] == "invalid_declaration"


def test_paces_and_rules_know_the_provider_of_a_host_of_another_name(fleet):
    vanity = settings(
        candidate(SMTP, "mail.acme.example", 465), candidate(IMAP, "mail.acme.example", 993), provider="icloud"
    )
    script = Jobs({"b@acme.example": refused, "c@acme.example": refused})
    raws = [
        mailbox("a@acme.example"),
        mailbox("b@acme.example"),
        mailbox("c@acme.example", smtp={"host": "relay.example"}),
        mailbox("d@acme.example", provider="gmail", smtp={"host": "s.example"}, imap={"host": "i.example"}),
    ]
    outcome = fleet(raws, Finder(Told(vanity)), script, fails=False)
    assert {name: job.providers for name, job in script.jobs.items()} == {
        "a@acme.example": {SMTP: "icloud", IMAP: "icloud"},
        "b@acme.example": {SMTP: "icloud", IMAP: "icloud"},
        "c@acme.example": {IMAP: "icloud"},
        "d@acme.example": {SMTP: "gmail", IMAP: "gmail"},
    }
    assert {name: one["provider"] for name, one in outcome.result["results"].items()} == {
        "a@acme.example": "icloud", "b@acme.example": "icloud", "c@acme.example": "icloud", "d@acme.example": "gmail",
    }  # fmt: skip
    # One server is somebody else's, so that nothing is taken for the provider's words.
    kinds = {
        name: one["failures"][0]["category"] for name, one in outcome.result["results"].items() if "failures" in one
    }
    assert kinds == {"b@acme.example": "auth.app_password_required", "c@acme.example": "auth.credentials"}
    groups = {group["category"]: group for group in outcome.result["summary"]}
    assert groups["auth.app_password_required"]["provider"] == "icloud"
    assert "(iCloud)" in groups["auth.app_password_required"]["sentence"]


def test_breakers_know_the_servers_that_were_found_in_earlier_runs(fleet):
    raws = [mailbox("a@acme.example", secret={"password": "w"}), mailbox("b@acme.example")]
    fleet(raws, Finder(Told()), Jobs({"a@acme.example": refused}))
    script = Jobs()
    results = fleet(raws, Finder(Told()), script).result["results"]
    assert results["a@acme.example"]["reason"] == "secret_refused_before"
    servers = {"smtp.acme.example", "imap.acme.example"}
    assert script.remembered == (dict.fromkeys(servers, 1), servers)


def test_silence_of_dns_is_inconclusive_and_keeps_what_is_registered(fleet):
    raws = [mailbox("a@acme.example")]
    fleet(raws, Finder(Told()))
    silent = Discoverer(DiscoveryOptions(timeout=0.3), Exchanges({}, silent=True))
    outcome = fleet(raws, Finder(silent))
    result = outcome.result["results"]["a@acme.example"]
    assert (result["status"], result["changed"], result["failures"][0]["retryable"]) == ("inconclusive", False, True)
    # The verdict of the run before counts for a gate.
    assert outcome.result["run"]["by_last_known"] == ["a@acme.example"]


def test_another_answer_is_a_change_that_the_diff_shows(fleet):
    """What is registered are the settings that were proven, not that they were to be found."""
    moved = settings(candidate(SMTP, "smtp.new.example", 587, "starttls"), candidate(IMAP, "imap.acme.example", 993))
    raws = [mailbox("a@acme.example")]
    first, second = (fleet(raws, Finder(Told()), diff=True) for _turn in range(2))
    third = fleet(raws, Finder(Told(moved)), diff=True)
    assert [one.result["counts"]["changed"] for one in (first, second, third)] == [1, 0, 1]
    (shown,) = third.diff
    ways = [[shown[side]["settings"]["smtp"][key] for key in ("host", "port")] for side in ("before", "after")]
    assert ways == [["smtp.acme.example", 465], ["smtp.new.example", 587]]
    assert shown["before"]["settings"]["imap"] == shown["after"]["settings"]["imap"]


def test_a_notice_can_be_turned_off_by_its_id(fleet):
    medium = settings(*(candidate(name, "m.example", 465, trust=Trust.MEDIUM) for name in (SMTP, IMAP)))
    raws = [mailbox("a@acme.example"), mailbox("b@acme.example", ignore_checks=["discovery.unconfirmed"])]
    results = fleet(raws, Finder(Told(medium))).result["results"]
    assert [one["id"] for one in results["a@acme.example"]["notices"]].count("discovery.unconfirmed") == 2
    assert not any(one["id"] == "discovery.unconfirmed" for one in results["b@acme.example"].get("notices", ()))


def test_a_run_that_is_to_stop_waits_for_no_look_up(fleet):
    class Slow(Told):
        def settings_for(self, email, provider=None):
            raise AssertionError("nothing is to be asked any more")

    script = Jobs()
    outcome = fleet([mailbox("a@acme.example")], Finder(Slow()), script, stopping=lambda: True)
    assert (outcome.result["run"]["interrupted"], outcome.result["run"]["unfinished"], script.probed) == (True, 1, [])
