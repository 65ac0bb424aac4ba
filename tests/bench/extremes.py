# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of the bench about what goes wrong and what is large: hangs, memory, output."""

from __future__ import annotations

import functools
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import benchlab
import dovecot
from benchlab import DESTINATIONS, LONE
from clients import HERE
from figures import Line
from fleets import journal_of
from measure import BenchError, Case, Run, measure, median, say
from parts import Bench, name_of

MIB = 2**20
CONNECT_SHARE = 0.35
"""How much of its deadline a mailbox spends on a connection at most."""
NO_DELAY = 1.0
"""Seconds by which healthy mailboxes may be later: what the machine does to the same run twice."""


def hang_part(bench: Bench) -> list[Line]:
    """Mailboxes at ten destinations, and what some that hang add to the run, in multiples of the deadline."""
    deadline, count = bench.given.deadline, bench.given.mailboxes
    folder = bench.fleets.folder_for("hang")
    users = dovecot.BENCH_USERS[:count]
    healthy = [_declared(bench, user, DESTINATIONS[index % len(DESTINATIONS)]) for index, user in enumerate(users)]

    def case(name: str, broken: Sequence[dict[str, Any]]) -> Case:
        given = {
            "mailboxes": _mixed(healthy, broken),
            "healthy": users,
            "state": "verified",
            "fail": "never",
            "registry": {"path": str(folder / "registry.sqlite")},
        }
        return Case(
            name,
            [sys.executable, str(HERE / "fleet_client.py")],
            functools.partial(_read_fleet, name=name),
            json.dumps(given).encode(),
            before=lambda: shutil.rmtree(folder, ignore_errors=True),
        )

    def broken(amount: int, addresses: Sequence[str], port: int) -> list[dict[str, Any]]:
        return [
            _declared(bench, f"hung{index:04}@{dovecot.DOMAIN}", addresses[index % len(addresses)], port)
            for index in range(amount)
        ]

    one, ten = max(1, count // 100), max(1, count // 10)
    with benchlab.silent([*DESTINATIONS, LONE]) as port, benchlab.dead(LONE) as closed:
        base = "none hangs"
        cases = {
            "1 % hang, at all ten destinations": (broken(one, DESTINATIONS, port), 1.0),
            "10 % hang, at all ten destinations": (broken(ten, DESTINATIONS, port), 1.0),
            "10 % hang, all at one more destination": (broken(ten, [LONE], port), 2.0),
            f"{ten} at one more destination that is dead": (broken(ten, [LONE], closed), 2 * CONNECT_SHARE),
        }
        done = bench.rounds("hang", [case(base, []), *(case(name, each) for name, (each, _limit) in cases.items())], 1)
    lines = [Line("hang", f"{base}: {count} mailboxes", median(done, lambda entry: _run_s(entry[base])), "s")]
    for name, (_each, limit) in cases.items():
        added = median(done, lambda entry, name=name: (_run_s(entry[name]) - _run_s(entry[base])) / deadline)
        total = median(done, lambda entry, name=name: _run_s(entry[name]))
        held = median(done, lambda entry, name=name: entry[name].facts["held"])
        note = f"of {deadline:g} s; {held:.0f} not probed (breaker)"
        lines.append(Line("hang", name, total, "s", added, "deadlines more", limit, note=note))
        later = median(done, lambda entry, name=name: entry[name].facts["healthy_s"] - entry[base].facts["healthy_s"])
        lines.append(Line("hang", "  the last healthy one is later by", later, "s", limit=NO_DELAY))
    return lines


def _noting(bench: Bench, journals: list[Path]) -> Callable[[Path], list[dict[str, Any]]]:
    """Return what makes the tasks of a play, and notes where its journal will lie."""

    def tasks(registry: Path) -> list[dict[str, Any]]:
        journals.append(journal_of(registry))
        return [bench.fleets.fleet_task(registry)]

    return tasks


def memory_part(bench: Bench) -> list[Line]:
    """Peak memory of the controller, and of the process that probes, for many and for very many mailboxes."""
    lines = []
    for count in sorted({min(bench.given.mailboxes, bench.given.large), bench.given.large}):
        users = benchlab.users(bench.lab, count)
        mailboxes = {name_of(user): {"email": user, "secret": {"password": dovecot.PASSWORD}} for user in users}
        journals: list[Path] = []
        # Postfix knows the lab's own users as recipients only.
        defaults = {"smtp": {**benchlab.endpoints(bench.lab)["smtp"], "recipient": dovecot.BENCH_USERS[0]}}

        tasks = _noting(bench, journals)

        ansible = bench.default_ansible
        more = {"verified": count, "watch": True, "defaults": defaults}
        run = measure(bench.play(f"memory, {count}", ansible, mailboxes, tasks, **more), bench.servers)
        say(f"  {count} mailboxes: {run.wall:.1f} s, {_peaks(run)}")
        lines += [
            Line("memory", f"{count} mailboxes: the process that probes", _worker(run), "MiB", limit=400, digits=0),
            Line("memory", f"{count} mailboxes: ansible-playbook itself", run.peaks[0], "MiB", digits=0),
            Line("memory", f"{count} mailboxes: wall", run.wall, "s", digits=1),
        ]
        if count == bench.given.large:
            lines += _reports(bench, journals[0], count)
    return lines


def _reports(bench: Bench, journal: Path, count: int) -> list[Line]:
    """Make the reports of a run again, out of its journal."""
    lines = []
    for kind in ("html", "json"):
        target = bench.fleets.folder_for("reports") / f"report.{kind}"
        target.parent.mkdir(exist_ok=True)

        def tasks(_registry: Path, target: Path = target, kind: str = kind) -> list[dict[str, Any]]:
            given = {"rebuild": True, "journal": str(journal), "fail": "never", "report": {kind: str(target)}}
            return [{"name": "Report", "mailops.mailbox.mailbox_fleet": given}]

        one = bench.mailboxes(1)
        run = measure(bench.play(f"{kind} report", bench.default_ansible, one, tasks, watch=True), bench.servers)
        size = target.stat().st_size / MIB
        what = f"{kind} report of {count} mailboxes: the process that writes it"
        note = f"{size:.1f} MiB in {run.wall:.1f} s"
        lines.append(Line("memory", what, _worker(run), "MiB", limit=400, digits=0, note=note))
    return lines


def output_part(bench: Bench) -> list[Line]:
    """What a fleet prints of which every mailbox fails, each at an address of its own so that no breaker helps."""
    count, ansible, fleets = bench.given.failing, bench.default_ansible, bench.fleets
    mailboxes = {}
    for index in range(count):
        address = f"127.1.{index // 250}.{index % 250 + 1}"
        closed = {"host": address, "port": 1, "security": "tls"}
        mailboxes[f"h{index:05}"] = {
            "email": f"h{index:05}@{dovecot.DOMAIN}",
            "secret": {"password": dovecot.PASSWORD},
            "smtp": closed,
            "imap": closed,
        }

    def tasks(registry: Path) -> list[dict[str, Any]]:
        return [fleets.fleet_task(registry)]

    case = bench.play("output", ansible, mailboxes, tasks, verified=0, codes=(2,), watch=True)
    run = measure(case, bench.servers)
    say(f"  {count} failing mailboxes: {run.wall:.1f} s, {_peaks(run)}, {run.printed} bytes")
    if run.facts.get("failed", 0.0) + run.facts.get("inconclusive", 0.0) != count:
        raise BenchError(f"{run.facts} instead of {count} failures")
    return [
        Line("output", f"{count} fail: printed", run.printed / 1000, "kB", limit=200, digits=1),
        Line("output", f"{count} fail: ansible-playbook itself", run.peaks[0], "MiB", digits=0),
        Line("output", f"{count} fail: the process that probes", _worker(run), "MiB", digits=0),
        Line("output", f"{count} fail: wall", run.wall, "s", digits=1),
    ]


def _declared(bench: Bench, user: str, address: str, port: int | None = None) -> dict[str, Any]:
    places = benchlab.endpoints(bench.lab, address)
    if port is not None:
        for protocol in ("smtp", "imap"):
            places[protocol]["port"] = port
    secret = {"password": dovecot.PASSWORD}
    return {"id": user, "email": user, "secret": secret, "probe": {"timeout": bench.given.deadline}, **places}


def _mixed(healthy: Sequence[dict[str, Any]], broken: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return both, the broken ones evenly among the healthy ones."""
    places = [(index + 0.5) / len(healthy) for index in range(len(healthy))]
    places += [(index + 0.5) / len(broken) for index in range(len(broken))]
    return [one for _place, _number, one in sorted(zip(places, range(len(places)), [*healthy, *broken], strict=True))]


def _read_fleet(text: bytes, *, name: str) -> dict[str, float]:
    outcome = json.loads(text.splitlines()[-1])
    if outcome["missing"]:
        raise BenchError(f"{name}: healthy mailboxes were not verified, such as {', '.join(outcome['missing'])}.")
    say(f"  {name}: {outcome['run_s']:.2f} s, healthy {outcome['healthy_s']:.2f} s, {outcome['categories']}")
    return {key: float(outcome[key]) for key in ("run_s", "healthy_s", "verified", "others", "held")}


def _run_s(run: Run) -> float:
    return run.facts["run_s"]


def _worker(run: Run) -> float:
    """The largest process below ansible-playbook."""
    return run.peaks[1] if len(run.peaks) > 1 else run.peaks[0]


def _peaks(run: Run) -> str:
    return "peaks " + ", ".join(f"{peak:.0f}" for peak in run.peaks[:3]) + f" MiB, largest of all {run.rss:.0f} MiB"
