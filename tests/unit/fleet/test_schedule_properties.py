# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every fleet and every pace: limits, each job once, nothing left open."""

from __future__ import annotations

from collections import Counter

import pytest
from fleet.theatre import REFUSAL, SILENCE, Theatre, job, judged, seen
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.jobs import Job
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.pace import Pace
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Stage
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import Fault, FaultKind, ProtocolEvidence

KINDS = ("works", "works", "works", "refused", "hangs", "drops", "breaks", "slow")
HOSTS = {
    "a.test": ("192.0.2.1",),
    "b.test": ("192.0.2.1", "192.0.2.2"),
    "c.test": ("192.0.2.2", "192.0.2.3", "2001:db8::1"),
    "d.test": ("192.0.2.4",),
    "vanity.test": ("192.0.2.4",),
}
LASTS = {"works": 0.3, "refused": 0.2, "hangs": 12.0, "drops": 0.1, "breaks": 0.1, "slow": 9.0}

mailboxes = st.lists(
    st.tuples(st.sampled_from(KINDS), st.sampled_from(sorted(HOSTS)), st.sampled_from([None, *sorted(HOSTS)])),
    min_size=1,
    max_size=60,
)
paces = st.builds(
    Pace,
    concurrency=st.integers(1, 12),
    per_destination=st.integers(1, 9),
    logins_per_minute=st.fixed_dictionaries({"default": st.sampled_from([0, 2, 7, 30, 600])}),
    retries=st.integers(0, 2),
)


def prepared(patch: pytest.MonkeyPatch, fleet: list[tuple[str, str, str | None]]) -> tuple[Theatre, list[Job]]:
    theatre = Theatre(patch)
    kinds = {f"m{number}": kind for number, (kind, _smtp, _imap) in enumerate(fleet)}
    jobs = [job(f"m{number}", smtp, imap=imap) for number, (_kind, smtp, imap) in enumerate(fleet)]

    def ends(name: str, attempt: int) -> ProtocolEvidence:
        faults = {
            "refused": seen(REFUSAL),
            "hangs": seen(SILENCE, Stage.GREETING),
            "drops": seen(Fault(FaultKind.CLOSED), Stage.GREETING),
        }
        return faults.get(kinds[name], seen())

    probes = theatre.probes
    probes.names.known = HOSTS
    probes.names.delays = {"c.test": 1.5, "d.test": 60.0}
    probes.ends, probes.lasts = ends, lambda name: LASTS[kinds[name]]
    probes.silent = {name for name, kind in kinds.items() if kind == "hangs"}
    probes.breaks = {name for name, kind in kinds.items() if kind == "breaks"}
    return theatre, jobs


@settings(max_examples=150)
@given(fleet=mailboxes, pace=paces, chance=st.floats(0, 1, exclude_max=True))
def test_limits_hold_and_each_job_is_done_once(
    fleet: list[tuple[str, str, str | None]], pace: Pace, chance: float
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        theatre, jobs = prepared(patch, fleet)
        schedule = theatre.schedule(pace, chance=lambda: chance)
        probes = theatre.probes
        progressing: list[int] = []

        def now_silent(name: str) -> bool:
            return name in probes.silent

        probes.when_started = lambda: progressing.append(sum(not now_silent(name) for name in probes.open) + 1)
        done = list(judged(schedule, jobs))
    # Each once, and each with something: evidence, a fault, or a sentence.
    assert Counter(one.job.id for one in done) == Counter(one.id for one in jobs)
    assert all(one.evidence or one.held or one.fault for one in done)
    # The limits, as the servers see them.
    assert max(progressing, default=0) <= pace.concurrency
    assert max(probes.most_at.values(), default=0) <= pace.per_destination
    rate = pace.rate("")
    if rate:
        for logins in probes.logins.values():
            for start in logins:
                assert sum(start <= at < start + 60 - 0.001 for at in logins) <= rate
    # Nothing is left: no probe, no socket, no place taken.
    assert (probes.open, schedule.running, schedule.waiting) == (set(), 0, 0)
    assert not +schedule._trying
    assert schedule._sockets == 0
    assert theatre.loop.closed
    # A refusal is never followed by another login of the account.
    assert all(
        probes.started.count(one.id) == 1
        for one, (kind, *_hosts) in zip(jobs, fleet, strict=True)
        if kind == "refused" and one.id in probes.started
    )


@settings(max_examples=50)
@given(fleet=mailboxes, pace=paces, turns=st.integers(1, 30))
def test_a_run_that_is_stopped_leaves_nothing_open(
    fleet: list[tuple[str, str, str | None]], pace: Pace, turns: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        theatre, jobs = prepared(patch, fleet)
        run = theatre.schedule(pace).run(jobs)
        for _turn in range(turns):
            if next(run, StopIteration) is StopIteration:
                break
        run.close()
    assert theatre.probes.open == set()
    assert theatre.loop.closed


@settings(max_examples=50)
@given(fleet=mailboxes, pace=paces)
def test_the_same_fleet_goes_in_the_same_order(fleet: list[tuple[str, str, str | None]], pace: Pace) -> None:
    orders = []
    for _turn in range(2):
        with pytest.MonkeyPatch.context() as patch:
            theatre, jobs = prepared(patch, fleet)
            orders.append([one.job.id for one in judged(theatre.schedule(pace), jobs)])
    assert orders[0] == orders[1]


@settings(max_examples=50)
@given(st.data())
def test_a_slow_destination_delays_nobody_else(data: st.DataObject) -> None:
    """The mailboxes of one address are done as soon beside one that hangs as without it, but for a stall or two."""
    slow, quick = data.draw(st.integers(0, 40)), data.draw(st.integers(1, 40))
    concurrency = data.draw(st.integers(2, 16))
    pace = Pace(concurrency=concurrency, per_destination=data.draw(st.integers(2, 16)))
    ends = []
    for hanging in (0, slow):
        with pytest.MonkeyPatch.context() as patch:
            fleet: list[tuple[str, str, str | None]] = [("hangs", "d.test", None)] * hanging
            theatre, jobs = prepared(patch, [*fleet, *[("works", "a.test", None)] * quick])
            theatre.probes.names.delays = {}
            list(judged(theatre.schedule(pace), jobs))
            names = [f"m{number}" for number in range(hanging, hanging + quick)]
            ends.append(max(theatre.probes.ended[name] for name in names))
    assert ends[1] <= ends[0] + 2 * pace.stall_after + 2 * 0.2
