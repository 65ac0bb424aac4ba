# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Probe the same mailboxes with the engine and with a Go client, in turn, and say what each costs."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lab"))

import dovecot
from lab import Lab
from procs import LabError

HERE = Path(__file__).resolve().parent
TICKS = os.sysconf("SC_CLK_TCK")
NOISE = 0.1
"""The share of the machine's CPU that others may take during a run before it counts as disturbed."""
GO = "go"


@dataclass(frozen=True)
class Run:
    """What one run of a client cost: seconds, and MiB. ``start`` is the CPU before the first mailbox."""

    wall: float
    cpu: float
    start: float
    rss: float
    servers: float
    other: float

    @property
    def disturbed(self) -> bool:
        """Whether others kept the machine too busy for the figures to mean much."""
        return self.other > NOISE * self.wall * (os.cpu_count() or 1)


class NotVerifiedError(Exception):
    """A client did not verify every mailbox: its figures would be worth nothing."""


def cpu_of_trees(roots: Iterable[int]) -> float:
    """Return the CPU seconds of processes and all they started, ended ones included."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
            ticks[int(entry.name)] = sum(int(field) for field in fields[11:15])
    wanted = set(roots)
    total = 0
    for pid in parents:
        ancestor = pid
        while ancestor and ancestor not in wanted:
            ancestor = parents.get(ancestor, 0)
        total += ticks[pid] if ancestor else 0
    return total / TICKS


def cpu_of_machine() -> float:
    """Return the CPU seconds that the machine was busy."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    idle = fields[3] + fields[4]
    return (sum(fields) - idle) / TICKS


def measure(command: list[str], job: dict[str, Any], servers: list[int]) -> Run:
    """Run one client over all mailboxes. Raises :class:`NotVerifiedError`."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as told:
        given.write(json.dumps(job).encode())
        given.seek(0)
        of_servers, of_machine, began = cpu_of_trees(servers), cpu_of_machine(), time.monotonic()
        client = subprocess.Popen(command, stdin=given, stdout=told)
        _unused, status, usage = os.wait4(client.pid, 0)
        wall = time.monotonic() - began
        client.returncode = os.waitstatus_to_exitcode(status)
        busy, served = cpu_of_machine() - of_machine, cpu_of_trees(servers) - of_servers
        told.seek(0)
        text = told.read()
    if client.returncode:
        raise NotVerifiedError(f"{command[0]} ended with code {client.returncode}.")
    outcome = json.loads(text)
    if outcome["verified"] != len(job["users"]):
        few = "\n  ".join(outcome["problems"])
        raise NotVerifiedError(f"only {outcome['verified']} of {len(job['users'])} mailboxes were verified:\n  {few}")
    cpu = usage.ru_utime + usage.ru_stime
    other = max(0.0, busy - cpu - served)
    return Run(wall, cpu, outcome["cpu_before"], outcome["peak_kib"] / 1024, served, other)


def one_round(clients: dict[str, tuple[list[str], dict[str, Any]]], servers: list[int]) -> dict[str, Run]:
    """Run every client once."""
    return {name: measure(command, job, servers) for name, (command, job) in clients.items()}


def rounds(
    clients: dict[str, tuple[list[str], dict[str, Any]]], servers: list[int], wanted: int
) -> list[dict[str, Run]]:
    """Return as many rounds as wanted after a warm-up; disturbed ones are repeated, up to as many times again."""
    one_round(clients, servers)
    calm: list[dict[str, Run]] = []
    disturbed: list[dict[str, Run]] = []
    for _unused in range(2 * wanted):
        done = one_round(clients, servers)
        noisy = [name for name, run in done.items() if run.disturbed]
        (disturbed if noisy else calm).append(done)
        figures = ", ".join(f"{name} {run.wall:.2f} s / {run.cpu:.2f} s CPU" for name, run in done.items())
        print(f"round: {figures}" + (f"; disturbed: {', '.join(noisy)}" if noisy else ""), file=sys.stderr)
        if len(calm) == wanted:
            break
    disturbed.sort(key=lambda entry: sum(run.other for run in entry.values()))
    return (calm + disturbed)[:wanted]


def table(done: list[dict[str, Run]]) -> str:
    """Return the medians as text. Ratios are medians of the ratios to the Go client in the same round."""
    head = ("client", "wall s", "x go", "CPU s", "x go", "start s", "RSS MiB", "servers s", "other s", "disturbed")
    rows = [head]
    for name in done[0]:
        runs = [entry[name] for entry in done]

        def middle(field: str, runs: list[Run] = runs) -> float:
            return float(statistics.median(getattr(run, field) for run in runs))

        def ratio(field: str, name: str = name) -> float:
            return float(statistics.median(getattr(entry[name], field) / getattr(entry[GO], field) for entry in done))

        rows.append(
            (
                name,
                f"{middle('wall'):.2f}",
                f"{ratio('wall'):.2f}",
                f"{middle('cpu'):.2f}",
                f"{ratio('cpu'):.2f}",
                f"{middle('start'):.2f}",
                f"{middle('rss'):.0f}",
                f"{middle('servers'):.2f}",
                f"{middle('other'):.2f}",
                f"{sum(run.disturbed for run in runs)} of {len(runs)}",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(lines)


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="tests/bench/run", description=__doc__)
    parser.add_argument("--mailboxes", type=int, default=1000, help="how many, at most 1000 (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds that count (default: %(default)s)")
    parser.add_argument("--in-flight", type=int, default=64, help="mailboxes at the same time (default: %(default)s)")
    parser.add_argument("--loops", default="1,2", help="numbers of loop threads to measure (default: %(default)s)")
    parser.add_argument("--keep-evidence", action="store_true", help="keep all evidence to the end, for its memory")
    parser.add_argument("--go-client", type=Path, required=True, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if not 1 <= given.mailboxes <= len(dovecot.BENCH_USERS):
        parser.error(f"--mailboxes must be between 1 and {len(dovecot.BENCH_USERS)}")
    if given.rounds < 1 or given.in_flight < 1:
        parser.error("--rounds and --in-flight must be at least 1")
    return given


def main() -> int:
    """Command line."""
    given = options()
    try:
        with Lab(vault=False, bench=True) as lab:
            job = {
                "host": "127.0.0.1",
                "smtp_port": lab.postfix.ports["submissions"],
                "imap_port": lab.dovecot.ports["imaps"],
                "ca": str(lab.pki.ca),
                "password": dovecot.PASSWORD,
                "users": dovecot.BENCH_USERS[: given.mailboxes],
                "in_flight": given.in_flight,
                "keep_evidence": given.keep_evidence,
            }
            engine = [sys.executable, str(HERE / "engine_client.py")]
            clients: dict[str, tuple[list[str], dict[str, Any]]] = {GO: ([str(given.go_client)], job)}
            for loops in map(int, given.loops.split(",")):
                clients[f"engine, {loops} loop{'s' * (loops > 1)}"] = (engine, {**job, "loops": loops})
            servers = [child.pid for child in (lab.dovecot.child, lab.postfix.child) if child is not None]
            done = rounds(clients, servers, given.rounds)
    except (LabError, NotVerifiedError) as problem:
        print(f"The bench has no result: {problem}", file=sys.stderr)
        return 1
    print(f"{given.mailboxes} mailboxes, {given.in_flight} in flight, medians of {given.rounds} rounds, all verified")
    print(table(done))
    return 0


if __name__ == "__main__":
    sys.exit(main())
