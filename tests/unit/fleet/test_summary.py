# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A thousand failures as a handful of causes, and whose fault the network is."""

from __future__ import annotations

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.progress import Meter
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.summary import Summary, told

OK = [{"address": "192.0.2.1", "result": "connected", "ms": 1.0, "error": None}]
TIMED_OUT = [{"address": "192.0.2.1", "result": "timed_out", "ms": None, "error": None}]


def result(category=None, *, host="smtp.acme.example", imap="imap.acme.example", protocol="smtp", reached=True):
    failures = []
    if category is not None:
        cause = {"cause": "Because.", "remedy": "Do this.", "confidence": "high"}
        failures = [{"category": category, "protocol": protocol, "sentence": f"It was {category}.", "causes": [cause]}]
    addresses = OK if reached else TIMED_OUT
    return {
        "status": "failed" if failures else "verified",
        "smtp": {"host": host, "addresses": addresses},
        "imap": {"host": imap, "addresses": addresses},
        "failures": failures,
    }


def summary(*entries):
    found = Summary()
    for number, entry in enumerate(entries):
        found.add(f"m{number}", entry)
    return found


def test_failures_are_grouped_by_cause_provider_and_protocol():
    google = {"host": "smtp.gmail.com", "imap": "imap.gmail.com"}
    entries = [result("auth.app_password_required", **google) for _unused in range(37)]
    entries += [result("auth.credentials"), result("auth.credentials", protocol="imap"), result()]
    groups = summary(*entries).as_list()
    assert [(g["category"], g["provider"], g["protocol"], g["count"]) for g in groups] == [
        ("auth.app_password_required", "gmail", "smtp", 37),
        ("auth.credentials", "", "imap", 1),
        ("auth.credentials", "", "smtp", 1),
    ]
    assert groups[0]["sentence"] == "37 mailboxes (Google): It was auth.app_password_required."
    assert groups[0]["remedy"] == "Do this."
    assert len(groups[0]["ids"]) == 10


def test_success_is_no_group():
    assert summary(result(), result()).as_list() == []
    assert summary(result()).network() == []


def test_nobody_reached_is_the_network():
    entries = [
        result("connect.timeout", host=f"smtp{n}.acme.example", imap=f"imap{n}.acme.example", reached=False)
        for n in range(5)
    ]
    (note,) = summary(*entries).network()
    assert "No server could be reached from this machine" in note
    assert "not the mailboxes" in note


def test_a_host_that_somebody_reached_is_not_blamed():
    broken = [result("connect.timeout", host="mx.one", imap="mx.one", reached=False) for _turn in range(3)]
    assert summary(*broken).network()
    works = result(host="mx.one", imap="mx.one")
    assert summary(*broken, works).network() == summary(works, *broken).network() == []


def test_a_connection_that_was_refused_was_answered():
    refused = [result("connect.refused", host=f"mx{n}.one", imap=f"mx{n}.one", reached=False) for n in range(5)]
    assert summary(*refused).network() == []


def test_a_sentence_that_names_one_host_says_that_there_are_others():
    found = summary(*(result("dns.timeout", host=f"mx{n}.one") for n in (1, 2, 2, 3))).as_list()
    assert [group["sentence"] for group in found] == ["4 mailboxes: It was dns.timeout. (The same at 2 other hosts.)"]
    (one,) = summary(result("dns.timeout", host="mx1.one"), result("dns.timeout", host="mx2.one")).as_list()
    assert one["sentence"].endswith("(The same at 1 other host.)")


def test_one_host_that_nobody_reached_is_that_host():
    entries = [result("connect.timeout", protocol=None, reached=False) for _unused in range(4)]
    entries += [result(host="a.example", imap="b.example")]
    notes = summary(*entries).network()
    assert len(notes) == 2
    assert "All 4 mailboxes that failed at imap.acme.example" in notes[0]


@pytest.mark.parametrize("category", ["auth.credentials", "connect.timeout"])
def test_a_single_mailbox_or_a_wrong_password_is_not_the_network(category):
    reached = category == "auth.credentials"
    count = 5 if reached else 1
    assert summary(*[result(category, reached=reached) for _unused in range(count)]).network() == []


def test_an_address_that_is_turned_away_is_told_once():
    entries = [result("policy.ip", host="smtp.gmail.com", imap="imap.gmail.com") for _unused in range(3)]
    (note,) = summary(*entries).network()
    assert note.startswith("Google turned away the address of this machine for 3 mailboxes.")


def test_the_first_line_says_it_all():
    counts = {"verified": 18, "partial": 1, "failed": 1, "inconclusive": 0, "skipped": 0}
    assert told(counts, 20, ["more"]).splitlines() == ["18 of 20 mailboxes work; 1 partial, 1 failed.", "more"]
    assert told({**counts, "verified": 20}, 20, []) == "All 20 mailboxes work."


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def test_progress_is_a_line_now_and_then():
    clock, lines = Clock(), []
    meter = Meter(lines.append, clock=clock)
    meter.begin(1000, 900, 60.0)
    for number in range(900):
        clock.now += 0.02
        meter.done("auth.credentials" if number % 10 == 0 else None)
    assert lines[0] == "mailbox_fleet: probing 900 of 1000 mailboxes, expected to take 60 s"
    assert 4 <= len(lines) <= 7
    assert "/1000, " in lines[1]
    assert "auth.credentials" in lines[1]
    assert "left" in lines[1]


def test_progress_can_be_silent():
    meter = Meter(None)
    meter.begin(10, 10, 1.0)
    meter.done("auth.credentials")
    meter.tick()
