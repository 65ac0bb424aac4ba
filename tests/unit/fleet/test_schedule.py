# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The schedule with probes that only take time: limits, order, breakers, retries, faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from fleet.theatre import IMAP, REFUSAL, SILENCE, SMTP, Theatre, job, judged, seen

from ansible_collections.mailops.mailbox.plugins.module_utils._fleet import descriptors as descriptors_module
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.jobs import Done, is_silent, is_transient
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.pace import Pace
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import AddressResult, Security, Stage
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import (
    AddressAttempt,
    Fault,
    FaultKind,
    ProtocolEvidence,
    StageEvidence,
    TlsFault,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._run import crew as crew_module
from ansible_collections.mailops.mailbox.plugins.module_utils._run.probe import MailboxPlan


@pytest.fixture
def theatre(monkeypatch: pytest.MonkeyPatch) -> Theatre:
    return Theatre(monkeypatch)


def held(done: list[Done]) -> dict[str, str]:
    return {one.job.id: one.held for one in done if one.held is not None}


def test_every_job_is_done_once(theatre: Theatre) -> None:
    done = theatre.run([job(f"m{number}") for number in range(50)])
    assert sorted(one.job.id for one in done) == sorted(f"m{number}" for number in range(50))
    assert theatre.loop.closed


def test_no_more_than_the_concurrency_make_progress(theatre: Theatre) -> None:
    theatre.run([job(f"m{number}") for number in range(30)], Pace(concurrency=4))
    assert theatre.probes.most_open == 4


@pytest.mark.parametrize(("imap", "mailboxes"), [(None, 6), ("127.0.0.2", 6), ("127.0.0.1", 3)])
def test_an_address_sees_no_more_connections_than_its_limit(theatre: Theatre, imap: str | None, mailboxes: int) -> None:
    theatre.run([job(f"m{number}", imap=imap) for number in range(40)], Pace(per_destination=6))
    assert theatre.probes.most_at["127.0.0.1"] == 6
    assert theatre.probes.most_open == mailboxes


def test_where_one_connection_is_all_smtp_comes_before_imap(theatre: Theatre) -> None:
    done = theatre.run([job(f"m{number}", imap="127.0.0.1") for number in range(4)], Pace(per_destination=1))
    assert (theatre.probes.most_at["127.0.0.1"], len(done)) == (1, 4)


def test_two_names_of_one_address_are_one_destination(theatre: Theatre) -> None:
    theatre.probes.names.known = {"one.test": ("127.0.0.9",), "two.test": ("127.0.0.9",)}
    jobs = [job(f"m{number}", ("one.test", "two.test")[number % 2]) for number in range(10)]
    theatre.run(jobs, Pace(per_destination=2))
    assert theatre.probes.most_at["127.0.0.9"] == 2


def test_hosts_that_share_some_of_their_addresses_share_those_limits(theatre: Theatre) -> None:
    theatre.probes.names.known = {
        "one.test": ("127.0.0.1", "127.0.0.2"),
        "two.test": ("127.0.0.2", "127.0.0.3"),
        "three.test": ("127.0.0.3",),
    }
    jobs = [job(f"m{n}", ("one.test", "two.test", "three.test")[n % 3]) for n in range(30)]
    theatre.run(jobs, Pace(per_destination=4))
    assert max(theatre.probes.most_at.values()) == 4
    # The first and the third have nothing in common.
    assert theatre.probes.most_open > 4


def test_a_name_that_hangs_keeps_only_its_own_mailboxes_waiting(theatre: Theatre) -> None:
    theatre.probes.names.known = {"hangs.test": ("127.0.0.1",), "late.test": ("127.0.0.2",)}
    theatre.probes.names.delays = {"hangs.test": 500.0, "late.test": 4.0}
    jobs = [job("hangs", "hangs.test", timeout=20), job("late", "late.test"), *(job(f"m{n}") for n in range(20))]
    theatre.run(jobs)
    begun = {name: at - 1000.0 for name, at in theatre.probes.begun.items()}
    assert max(begun[f"m{n}"] for n in range(20)) < 1.0
    assert 4.0 <= begun["late"] < 5.0
    # After its share it is given up, so that no probe finds an address that was counted nowhere.
    assert 7.0 <= begun["hangs"] < 8.0
    assert theatre.probes.names.given_up == ["hangs.test"]


def test_a_stalled_mailbox_gives_its_place_to_another_but_not_at_its_destination(theatre: Theatre) -> None:
    theatre.probes.silent = {"hung"}
    theatre.probes.lasts = lambda name: 20.0 if name == "hung" else 0.001
    jobs = [job("hung", "127.0.0.5"), job("same", "127.0.0.5"), *(job(f"m{number}") for number in range(5))]
    done = [one.job.id for one in theatre.run(jobs, Pace(concurrency=1, per_destination=1))]
    assert set(done[:5]) == {f"m{number}" for number in range(5)}
    assert done[5:] == ["hung", "same"]


def test_a_slow_destination_does_not_hold_up_the_others(theatre: Theatre) -> None:
    theatre.probes.lasts = lambda name: 0.05 if name.startswith("slow") else 0.001
    jobs = [*(job(f"slow{number}", "127.0.0.5") for number in range(4)), *(job(f"m{number}") for number in range(8))]
    done = [one.job.id for one in theatre.run(jobs, Pace(concurrency=2, per_destination=1))]
    assert done.index("m7") < done.index("slow1")


def test_a_fault_of_our_own_ends_one_mailbox_and_not_the_run(theatre: Theatre) -> None:
    theatre.probes.breaks = {"m3"}
    done = theatre.run([job(f"m{number}") for number in range(10)])
    assert {one.job.id: str(one.fault) for one in done if one.fault} == {"m3": "a fault of our own"}
    assert len(done) == 10
    assert theatre.probes.started.count("m3") == 1


# Breakers


def test_section_5_1_five_refused_logins_in_a_row_stop_new_ones(theatre: Theatre) -> None:
    theatre.probes.ends = lambda name, attempt: seen(REFUSAL)
    done = theatre.run([job(f"m{number}") for number in range(100)])
    assert len(theatre.probes.started) == 5
    assert "refused 5 logins in a row" in held(done)["m99"]


def test_section_5_1_smtp_and_imap_of_one_server_are_two_logins(theatre: Theatre) -> None:
    theatre.probes.ends = lambda name, attempt: seen(REFUSAL)
    done = theatre.run([job(f"m{number}", imap="127.0.0.1") for number in range(100)])
    assert len(theatre.probes.started) == 3
    assert "refused 6 logins in a row" in held(done)["m99"]


@pytest.mark.parametrize(
    ("working", "expected"),
    [(set(), {"same", "vanity"}), ({"127.0.0.8"}, {"same", "vanity"}), ({"vanity.test"}, set())],
)
def test_section_5_1_refusals_of_an_earlier_run_keep_a_breaker_open(
    theatre: Theatre, working: set[str], expected: set[str]
) -> None:
    """But where another mailbox of that machine worked, whatever its name, they are those mailboxes' own."""
    theatre.probes.names.known = {"mx.test": ("127.0.0.9",), "vanity.test": ("127.0.0.9",)}
    schedule = theatre.schedule()
    schedule.earlier({"mx.test": 6}, working)
    jobs = [job("same", "mx.test"), job("vanity", "vanity.test"), job("other", "127.0.0.8")]
    assert set(held(list(judged(schedule, jobs)))) == expected
    assert len(theatre.probes.started) == 3 - len(expected)


def test_section_5_1_over_a_fifth_of_at_least_ten_mailboxes_stops_new_ones(theatre: Theatre) -> None:
    theatre.probes.ends = lambda name, attempt: seen(REFUSAL if int(name[1:]) % 3 == 2 else None)
    done = theatre.run([job(f"m{number}") for number in range(100)], Pace(concurrency=1))
    assert len(theatre.probes.started) == 10
    assert "refused the logins of 3 mailboxes of 10" in held(done)["m99"]


def test_a_refusal_is_counted_where_it_happened(theatre: Theatre) -> None:
    def refused_at(name: str, attempt: int) -> ProtocolEvidence:
        return seen(REFUSAL if name.startswith("bad") else None)

    theatre.probes.ends = refused_at
    bad = [job(f"bad{n}", "127.0.0.5", imap="127.0.0.6") for n in range(30)]
    schedule = theatre.schedule(Pace(concurrency=1))
    done = []
    for one in schedule.run([*bad, *(job(f"m{n}", "127.0.0.6") for n in range(30))]):
        if one is not None:
            done.append(one)
            if one.held is None:
                refused = [SMTP] if one.job.id.startswith("bad") else []
                schedule.judged(one, refused=refused, unreachable=[])
    assert {name[:3] for name in held(done)} == {"bad"}


def test_a_dead_destination_is_left_alone_and_others_are_not(theatre: Theatre) -> None:
    theatre.probes.ends = lambda name, attempt: seen(SILENCE if name.startswith("dead") else None, Stage.CONNECT)
    theatre.probes.lasts = lambda name: 10.0 if name.startswith("dead") else 0.001
    dead = [job(f"dead{n}", "127.0.0.5", imap="127.0.0.5") for n in range(100)]
    done = theatre.run([*dead, *(job(f"m{n}", "127.0.0.6", imap="127.0.0.6") for n in range(100))])
    assert theatre.loop.now - 1000.0 < 2 * 10.0 + 1.0
    assert len([name for name in theatre.probes.started if name.startswith("dead")]) <= 4
    assert "127.0.0.5 port 465 did not answer 4 times in a row" in held(done)["dead99"]
    assert max(theatre.probes.ended[f"m{n}"] for n in range(100)) < 1003.0


def test_a_wrong_port_says_nothing_about_the_right_one(theatre: Theatre) -> None:
    theatre.probes.ends = lambda name, attempt: seen(SILENCE if name.startswith("wrong") else None, Stage.CONNECT)
    jobs = [*(job(f"wrong{n}", port=1) for n in range(20)), *(job(f"m{n}") for n in range(20))]
    assert {name[:5] for name in held(theatre.run(jobs))} == {"wrong"}


def test_a_destination_that_stalls_later_is_left_alone_too(theatre: Theatre) -> None:
    def stalls(name: str) -> bool:
        return int(name[1:]) >= 50

    theatre.probes.ends = lambda name, attempt: seen(SILENCE if stalls(name) else None, Stage.GREETING)
    theatre.probes.lasts = lambda name: 30.0 if stalls(name) else 0.001
    theatre.run([job(f"m{n}") for n in range(500)])
    assert theatre.loop.now - 1000.0 < 2 * 30.0 + 1.0


def test_mailboxes_that_hang_here_and_there_stop_nobody_else(theatre: Theatre) -> None:
    """A tenth of them, at each of ten destinations: what works is done, and it takes one deadline more."""

    def hangs(name: str) -> bool:
        return int(name[1:]) % 10 == 9

    theatre.probes.ends = lambda name, attempt: seen(SILENCE if hangs(name) else None, Stage.GREETING)
    theatre.probes.lasts = lambda name: 30.0 if hangs(name) else 0.05
    theatre.probes.silent = {f"m{n}" for n in range(1000) if hangs(f"m{n}")}
    where = [f"127.0.1.{n // 10 % 10}" for n in range(1000)]
    done = theatre.run([job(f"m{n}", where[n], imap=where[n]) for n in range(1000)])
    assert held(done) == {}
    healthy = 1000 * 0.05 / 64
    assert theatre.loop.now - 1000.0 < 30.0 + 3 * healthy + 2 * 2.0


def test_a_mailbox_of_several_addresses_is_held_when_all_of_them_are_dead(theatre: Theatre) -> None:
    theatre.probes.names.known = {"two.test": ("127.0.0.5", "127.0.0.6")}

    def ends(name: str, attempt: int) -> ProtocolEvidence:
        if name.startswith("dead"):
            return seen(SILENCE, Stage.CONNECT)
        made = seen()
        made.addresses = (
            AddressAttempt("127.0.0.5", AddressResult.CANCELLED),
            AddressAttempt("127.0.0.6", AddressResult.CONNECTED),
        )
        return made

    theatre.probes.ends = ends
    jobs = [*(job(f"dead{n}", "127.0.0.5") for n in range(9)), *(job(f"m{n}", "two.test") for n in range(9))]
    assert {name[:4] for name in held(theatre.run(jobs))} == {"dead"}


def tried_first(addresses: tuple[str, ...], fault: Fault | None = None, stage: Stage = Stage.AUTH) -> ProtocolEvidence:
    """Evidence of a probe that connected to the first of these addresses, as nearly all do."""
    made = seen(fault, stage)
    results = [AddressResult.CONNECTED, *([AddressResult.NOT_TRIED] * (len(addresses) - 1))]
    made.addresses = tuple(map(AddressAttempt, addresses, results))
    return made


TWO = ("2001:db8::1", "192.0.2.1")


def test_a_host_with_two_addresses_is_left_alone_when_it_is_silent(theatre: Theatre) -> None:
    """The second address is never tried, because the first takes the connection."""
    theatre.probes.names.known = {"two.test": TWO}
    theatre.probes.ends = lambda name, attempt: tried_first(TWO, SILENCE, Stage.GREETING)
    theatre.probes.lasts = lambda name: 10.0
    done = theatre.run([job(f"m{n}", "two.test") for n in range(100)])
    assert len(theatre.probes.started) <= 4
    assert theatre.loop.now - 1000.0 < 2 * 10.0
    assert "2001:db8::1 or 192.0.2.1 port 465 did not answer 4 times in a row" in held(done)["m99"] or (
        "192.0.2.1 or 2001:db8::1 port 465 did not answer 4 times in a row" in held(done)["m99"]
    )


def test_an_address_that_is_never_tried_slows_nobody_down(theatre: Theatre) -> None:
    theatre.probes.names.known = {"two.test": TWO}
    theatre.probes.ends = lambda name, attempt: tried_first(TWO)
    theatre.probes.lasts = lambda name: 1.0
    theatre.run([job(f"m{n}", "two.test") for n in range(200)], Pace(logins_per_minute={"default": 0}))
    assert theatre.probes.most_open == 20


def test_section_5_1_a_provider_of_many_addresses_is_one(theatre: Theatre) -> None:
    """Until a login has worked there, no more go out than may be refused, however many its servers are."""
    theatre.probes.ends = lambda name, attempt: seen(REFUSAL)
    theatre.probes.lasts = lambda name: 1.0
    theatre.run([job(f"m{n}", f"192.0.2.{n}", provider="gmx") for n in range(60)])
    assert len(theatre.probes.started) == 5


def test_a_connection_that_is_refused_holds_nobody_back(theatre: Theatre) -> None:
    """It is an answer and costs no time; of a mailbox whose IMAP port is wrong, SMTP may work."""
    refused = Fault(FaultKind.CONNECT, detail={"attempts": (AddressAttempt("127.0.0.1", AddressResult.REFUSED),)})
    assert not is_silent(seen(refused, Stage.CONNECT))


def test_a_name_that_waits_for_its_turn_is_not_given_up(theatre: Theatre) -> None:
    """Only so many look-ups run at once; how long one waits says nothing about the name server."""
    names = theatre.probes.names
    names.delays = {"queued.test": 1.0, "hangs.test": 600.0}
    names.queued = {"queued.test": 25.0}
    done = theatre.run([job("m1", "queued.test"), job("m2", "hangs.test")])
    assert names.given_up == ["hangs.test"]
    assert sorted(one.job.id for one in done) == ["m1", "m2"]
    assert theatre.probes.begun["m2"] < theatre.probes.begun["m1"]


# Accounts and retries


def test_a_user_name_that_everybody_has_is_no_account(theatre: Theatre) -> None:
    """Some services log everybody in by one name, and tell accounts by the key."""
    same = {"host": "smtp.relay.test", "user": "apikey"}
    jobs = [job("a", **same, password=b"1"), job("b", **same, password=b"2"), job("c", **same, password=b"1")]
    done = {one.job.id: one for one in theatre.run(jobs)}
    assert sorted(theatre.probes.started) == ["apikey", "apikey"]
    assert (done["b"].same_as, done["c"].same_as) == (None, "a")


def test_section_5_5_a_message_is_not_sent_a_second_time() -> None:
    """A relay that trusts the address takes it without a secret, and IMAP may fail beside it."""
    sent = ProtocolEvidence(SMTP, "127.0.0.1", 25, Security.NONE)
    sent.stages.append(StageEvidence(Stage.MESSAGE, 0.0))
    closed = seen(Fault(FaultKind.CLOSED), Stage.GREETING, IMAP)
    assert is_transient({IMAP: closed})
    assert not is_transient({SMTP: sent, IMAP: closed})


@pytest.mark.parametrize(
    ("other", "shared"),
    [
        ({"port": 587}, True),
        ({"host": "vanity.test"}, True),
        ({"host": "other.test"}, False),
        ({"host": "vanity.test", "user": "bare"}, False),
    ],
)
def test_section_5_1_one_account_is_logged_in_to_once_a_run(
    theatre: Theatre, other: dict[str, Any], shared: bool
) -> None:
    theatre.probes.names.known = {
        "mx.test": ("127.0.0.9",),
        "vanity.test": ("127.0.0.9",),
        "other.test": ("127.0.0.8",),
    }
    user = other.pop("user", "a@mx.test")
    host = other.pop("host", "mx.test")
    done = theatre.run([job("first", "mx.test", user=user), job("second", host, user=user, **other)])
    assert {one.job.id: one.same_as for one in done} == {"first": None, "second": "first" if shared else None}


def test_section_5_1_what_is_transient_before_login_is_tried_again_once(theatre: Theatre) -> None:
    closed = Fault(FaultKind.CLOSED)
    theatre.probes.ends = lambda name, attempt: seen(closed, Stage.GREETING) if attempt == 1 else seen()
    done = theatre.run([job("m1")])
    assert theatre.probes.started == ["m1", "m1"]
    assert done[0].evidence[SMTP].stopped_at is None


def test_what_was_tried_once_keeps_its_evidence_when_a_breaker_opens(theatre: Theatre) -> None:
    theatre.probes.ends = lambda name, attempt: (
        seen(Fault(FaultKind.CLOSED), Stage.GREETING) if name == "m0" else seen(REFUSAL)
    )
    done = theatre.run([job(f"m{n}") for n in range(20)])
    first = next(one for one in done if one.job.id == "m0")
    assert first.held is None
    assert first.evidence[SMTP].stopped_at is not None


@pytest.mark.parametrize(("fault", "stage"), [(REFUSAL, Stage.AUTH), (SILENCE, Stage.CONNECT)])
def test_section_5_1_an_open_breaker_keeps_what_waits_for_another_try_from_it(
    theatre: Theatre, fault: Fault, stage: Stage
) -> None:
    """What was seen at its first try is its result then."""
    closed = seen(Fault(FaultKind.CLOSED), Stage.GREETING)

    def ends(name: str, attempt: int) -> ProtocolEvidence:
        if attempt == 1 and name in ("m0", "m1", "good0"):
            return closed
        return seen() if name.startswith("good") else seen(fault, stage)

    theatre.probes.ends = ends
    theatre.probes.lasts = lambda name: 0.5
    done = theatre.run([*(job(f"m{n}") for n in range(20)), *(job(f"good{n}", "127.0.0.6") for n in range(3))])
    assert held(done)
    assert [theatre.probes.started.count(name) for name in ("m0", "m1", "good0")] == [1, 1, 2]
    assert [one.evidence for one in done if one.job.id in ("m0", "m1")] == [{SMTP: closed}] * 2


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (seen(Fault(FaultKind.CLOSED), Stage.GREETING), True),
        (seen(Fault(FaultKind.REPLY, reply=b"421 4.7.0 busy"), Stage.GREETING), True),
        (seen(Fault(FaultKind.REPLY, reply=b"554 5.7.1 no"), Stage.GREETING), False),
        (seen(SILENCE, Stage.GREETING), False),
        (seen(Fault(FaultKind.CLOSED), Stage.AUTH), False),
        (seen(), False),
    ],
)
def test_section_5_1_only_what_came_before_the_secret_may_be_tried_again(
    evidence: ProtocolEvidence, expected: bool
) -> None:
    assert is_transient({SMTP: evidence}) is expected


@pytest.mark.parametrize(
    ("fault", "stage", "expected"),
    [
        (SILENCE, Stage.GREETING, True),
        (Fault(FaultKind.TLS, tls=TlsFault("no answer", timed_out=True)), Stage.TLS, True),
        (Fault(FaultKind.TLS, tls=TlsFault("expired", verify_code=10)), Stage.TLS, False),
        (Fault(FaultKind.CONNECT), Stage.CONNECT, True),
        (Fault(FaultKind.RESOLVE), Stage.DNS, True),
        (REFUSAL, Stage.AUTH, False),
        (None, Stage.AUTH, False),
    ],
)
def test_silence_is_told_from_an_answer(fault: Fault | None, stage: Stage, expected: bool) -> None:
    """Silence in the handshake too: that is how a server hangs behind implicit TLS."""
    assert is_silent(seen(fault, stage)) is expected


def test_what_lasted_long_is_not_tried_again(theatre: Theatre) -> None:
    theatre.probes.ends = lambda name, attempt: seen(Fault(FaultKind.CLOSED), Stage.GREETING)
    theatre.probes.lasts = lambda name: 1.1
    theatre.run([job("m1", timeout=4)])
    assert theatre.probes.started == ["m1"]


# The end


def test_leaving_the_run_closes_what_is_under_way(theatre: Theatre) -> None:
    theatre.probes.lasts = lambda name: 60.0
    schedule = theatre.schedule(Pace(concurrency=2))
    run = schedule.run([job("m1"), job("m2"), job("m3")])
    next(run)
    run.close()
    assert sorted(theatre.probes.aborted) == ["m1", "m2"]
    schedule.stop()
    assert theatre.loop.closed


class FakeHelper:
    """Probes on the same stage, and notes what it was given."""

    def __init__(self, theatre: Theatre, plans: Mapping[str, MailboxPlan]) -> None:
        self.probes, self.plans = theatre.probes, plans
        self.given: list[tuple[str, Mapping[str, Any], bool]] = []
        self.running = 0
        self.closed = False

    def has_less_to_do(self, running: int) -> bool:
        return 2 * self.running <= running

    def start(self, key: str, addresses: Mapping[str, Any], on_done: Callable[[Any], None], *, serial: bool) -> Any:
        def done(probe: Any) -> None:
            self.running -= 1
            on_done(probe)

        self.given.append((key, addresses, serial))
        self.running += 1
        probe = self.probes(None, replace(self.plans[key], serial=serial), done)
        probe.start()
        return probe

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def helpers(theatre: Theatre, monkeypatch: pytest.MonkeyPatch) -> list[FakeHelper]:
    made: list[FakeHelper] = []

    def helper_for(_engine: Any, plans: Mapping[str, MailboxPlan]) -> FakeHelper:
        made.append(FakeHelper(theatre, plans))
        return made[-1]

    monkeypatch.setattr(crew_module, "helper_for", helper_for)
    return made


def test_a_helper_carries_half_within_the_same_limits(theatre: Theatre, helpers: list[FakeHelper]) -> None:
    theatre.probes.names.known = {"mail.test": ("192.0.2.1", "192.0.2.2")}
    jobs = [job(f"m{number}", "mail.test", imap="192.0.2.3") for number in range(100)]
    done = theatre.run(jobs, Pace(concurrency=8, per_destination=6, logins_per_minute={"default": 0}))
    (helper,) = helpers
    assert sorted(one.job.id for one in done) == sorted(one.id for one in jobs)
    assert helper.plans == {one.id: one.plan for one in jobs}
    assert 40 <= len(helper.given) <= 50
    found = {"mail.test": ("192.0.2.1", "192.0.2.2"), "192.0.2.3": ("192.0.2.3",)}
    assert all(addresses == found for _key, addresses, _serial in helper.given)
    assert theatre.probes.most_at == {"192.0.2.1": 6, "192.0.2.2": 6, "192.0.2.3": 6}
    assert helper.closed


def test_a_helper_logs_in_one_by_one_where_it_must(theatre: Theatre, helpers: list[FakeHelper]) -> None:
    theatre.run([job(f"m{number}", imap="127.0.0.1") for number in range(20)], Pace(per_destination=1))
    assert theatre.probes.most_at["127.0.0.1"] == 1
    assert {serial for _key, _addresses, serial in helpers[0].given} == {True}


def test_a_helper_is_given_only_what_goes_where_a_login_has_worked(theatre: Theatre, helpers: list[FakeHelper]) -> None:
    """Each port of a server that fails is looked at once a run, and its breaker is to hear of it at once."""
    theatre.probes.ends = lambda name, attempt: seen() if name.startswith("good") else seen(SILENCE)
    jobs = [job(f"dead{number}", "192.0.2.1") for number in range(10)]
    jobs += [job(f"half{number}", "192.0.2.2", imap="192.0.2.1") for number in range(3)]
    jobs += [job(f"good{number}", "192.0.2.2") for number in range(10)]
    theatre.run(jobs, Pace(concurrency=4))
    keys = {key for key, _addresses, _serial in helpers[0].given}
    assert keys
    assert all(key.startswith("good") for key in keys)


def test_the_expected_duration_follows_from_the_limits(theatre: Theatre) -> None:
    jobs = [job(f"m{n}", "192.0.2.1", provider="gmail") for n in range(130)]
    assert theatre.schedule(Pace(logins_per_minute={"gmail": 60})).prepare(jobs) == 130.0
    assert theatre.schedule(Pace(logins_per_minute={"gmail": 60})).prepare(jobs[:40]) == 30.0
    assert theatre.schedule().prepare([job(f"m{n}") for n in range(100)]) == 2.0


def test_a_login_at_another_host_is_not_the_providers(theatre: Theatre) -> None:
    jobs = [job(f"m{n}", "smtp.gmail.com", imap="192.0.2.2") for n in range(61)]
    theatre.probes.names.known = {"smtp.gmail.com": ("192.0.2.1",)}
    pace = Pace(logins_per_minute={"gmail": 0, "default": 60})
    assert theatre.schedule(pace).prepare(jobs) == 61.0


def test_a_host_of_another_name_is_the_providers_that_was_found(theatre: Theatre) -> None:
    vanity = [job(f"m{n}", "192.0.2.1", imap="192.0.2.2") for n in range(61)]
    found = [replace(one, providers={SMTP: "gmail", IMAP: "gmail"}) for one in vanity]
    half = [replace(one, providers={IMAP: "gmail"}) for one in vanity]
    pace = Pace(logins_per_minute={"gmail": 30, "default": 60})
    assert [theatre.schedule(pace).prepare(jobs) for jobs in (vanity, found, half)] == [61.0, 244.0, 122.0]


@pytest.mark.parametrize("imap", [None, "192.0.2.1"])
def test_runs_do_not_fall_into_step(theatre: Theatre, imap: str | None) -> None:
    chances = iter([0.0, 0.9, 0.3, 0.6] * 1000)
    pace = Pace(logins_per_minute={"default": 60})
    theatre.run([job(f"m{n}", "192.0.2.1", imap=imap) for n in range(40)], pace, chance=lambda: next(chances))
    begun = sorted(theatre.probes.begun.values())
    gaps = {round(after - before, 2) for before, after in zip(begun, begun[1:], strict=False)}
    assert len({gap for gap in gaps if gap > 0.3}) > 2


# Open files


def few_files(most: int) -> Callable[[Any, int], None]:
    def made(self: Any, wanted: int) -> None:
        self.sockets, self._before = most, None

    return made


def test_sockets_are_not_more_than_the_process_may_open(theatre: Theatre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descriptors_module.Descriptors, "__init__", few_files(7))
    theatre.run([job(f"m{n}", f"127.0.1.{n}", imap=f"127.0.1.{n}") for n in range(30)])
    assert theatre.probes.most_open == 3


def test_a_mailbox_of_many_addresses_is_probed_all_the_same(theatre: Theatre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descriptors_module.Descriptors, "__init__", few_files(1))
    theatre.probes.names.known = {"many.test": tuple(f"127.0.2.{n}" for n in range(8))}
    assert len(theatre.run([job("m1", "many.test"), job("m2", "many.test")])) == 2
    assert theatre.probes.most_open == 1


def test_both_protocols_of_a_mailbox_are_judged_apart(theatre: Theatre) -> None:
    """IMAP is dead for some, and their SMTP server stays open for the others."""
    schedule = theatre.schedule(Pace(concurrency=1, retries=0))
    jobs = [*(job(f"dead{n}", imap="127.0.0.5") for n in range(20)), *(job(f"m{n}") for n in range(20))]
    done = []
    for one in schedule.run(jobs):
        if one is not None:
            done.append(one)
            if one.held is None:
                dead = one.job.id.startswith("dead")
                schedule.judged(one, refused=[], unreachable=[IMAP] if dead else [])
    assert {name[:4] for name in held(done)} == {"dead"}


def test_judging_twice_the_same_way_gives_the_same_order(theatre: Theatre, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = [job(f"m{n}", f"127.0.0.{n % 7}", imap=f"127.0.1.{n % 3}") for n in range(100)]
    first = [one.job.id for one in theatre.run(jobs)]
    again = Theatre(monkeypatch)
    assert [one.job.id for one in judged(again.schedule(), jobs)] == first
