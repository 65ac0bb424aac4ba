# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a command costs, beside what servers and the rest of the machine do meanwhile; rounds of commands in turn."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")
PROCESSORS = os.cpu_count() or 1
NOISE = 0.1
"""The share of the machine's CPU that others may take during a run before it counts as disturbed."""
SLOW = 0.15
"""The share by which the processors may be slower than they were at their fastest, before a run counts as disturbed."""
GRACE = 0.1
"""Seconds of CPU that others may take in any case: the counters have ticks of 10 ms, and the servers tidy up."""


class BenchError(Exception):
    """A command did not do what was to be measured, so its figures would be worth nothing."""


@dataclass(frozen=True)
class Case:
    """One command to measure. ``read`` makes figures of what it printed, and raises :class:`BenchError`."""

    name: str
    command: Sequence[str]
    read: Callable[[bytes], dict[str, float]]
    stdin: bytes = b""
    environment: Mapping[str, str] | None = None
    before: Callable[[], None] = lambda: None
    codes: Sequence[int] = (0,)
    watch: bool = False
    """Also note the peak memory of every process that the command starts."""


@dataclass(frozen=True)
class Run:
    """What one run of a case cost: seconds, and MiB. ``facts`` are the figures that its ``read`` returned."""

    wall: float
    cpu: float
    rss: float
    servers: float
    other: float
    printed: int
    step: float
    """Seconds of CPU that the little work of :class:`Speed` took on average."""
    facts: dict[str, float] = field(default_factory=dict)
    peaks: tuple[float, ...] = ()
    """Of the command itself, then of the processes below it, the largest first; only with ``watch``."""

    @property
    def taken(self) -> float:
        """The share of the machine's CPU that others took."""
        return self.other / (self.wall * PROCESSORS)

    @property
    def slower(self) -> float:
        """By which share the processors were slower than they have been at their fastest."""
        return 1 - Speed.fastest / self.step

    @property
    def disturbed(self) -> bool:
        """Whether others kept the machine too busy, or its processors too slow, for the figures to mean much."""
        return self.slower > SLOW or (self.other > GRACE and self.taken > NOISE)


Round = dict[str, Run]


def parents_and_ticks() -> dict[int, tuple[int, int]]:
    """Return the parent, and the CPU with that of ended children, of every process."""
    found: dict[int, tuple[int, int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            found[int(entry.name)] = int(fields[1]), sum(int(value) for value in fields[11:15])
    return found


def below(processes: Mapping[int, tuple[int, int]], roots: Iterable[int]) -> set[int]:
    """Return the processes that are one of ``roots``, or were started by one, at any depth."""
    wanted = set(roots)
    found = set()
    for pid in processes:
        ancestor = pid
        while ancestor and ancestor not in wanted:
            ancestor = processes[ancestor][0] if ancestor in processes else 0
        if ancestor:
            found.add(pid)
    return found


def cpu_of_trees(roots: Iterable[int]) -> float:
    """Return the CPU seconds of processes and all they started, ended ones included."""
    processes = parents_and_ticks()
    return sum(processes[pid][1] for pid in below(processes, roots)) / TICKS


def cpu_of_machine() -> float:
    """Return the CPU seconds that the machine was busy."""
    values = [int(value) for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(values) - values[3] - values[4]) / TICKS


class Looks:
    """Looks at things ten times a second, at each in a thread of its own, until :meth:`end`."""

    def __init__(self, *looks: Callable[[], None]) -> None:
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(look,), daemon=True) for look in looks]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Return when all have looked for the last time."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _run(self, look: Callable[[], None]) -> None:
        look()
        while not self._over.wait(0.1):
            look()


class Speed:
    """Sees how fast the processors are, by the CPU time that the same little work takes.

    Processors that are shared with other machines are slower at times by a third, and no counter of this one tells.
    """

    fastest = float("inf")
    """Seconds of the fastest that was ever seen."""

    def __init__(self) -> None:
        self._seen: list[float] = []
        self._looks = Looks(*(partial(self._look, number) for number in os.sched_getaffinity(0)))

    def stop(self) -> float:
        """Return the average, in seconds of CPU."""
        self._looks.end()
        Speed.fastest = min(Speed.fastest, *self._seen)
        return statistics.mean(self._seen)

    def _look(self, processor: int) -> None:
        os.sched_setaffinity(0, {processor})
        # Once for the caches, which others have filled meanwhile: that is no matter of speed.
        _little_work()
        began = time.thread_time()
        _little_work()
        self._seen.append(time.thread_time() - began)


def _little_work() -> None:
    sum(range(20_000))


class Watch:
    """Notes the peak memory of a process and of all below it."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._peaks: dict[int, int] = {}
        self._looks = Looks(self._look)

    def stop(self) -> tuple[float, ...]:
        """Return the peaks in MiB: the root's, then the others' from the largest."""
        self._looks.end()
        others = sorted((kib for pid, kib in self._peaks.items() if pid != self._root), reverse=True)
        return tuple(kib / 1024 for kib in (self._peaks.get(self._root, 0), *others))

    def _look(self) -> None:
        for pid in below(parents_and_ticks(), [self._root]):
            try:
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            peak = status.partition("VmHWM:")[2].split()
            if peak:
                self._peaks[pid] = max(int(peak[0]), self._peaks.get(pid, 0))


def measure(case: Case, servers: Sequence[int]) -> Run:
    """Run a case once. Raises :class:`BenchError`."""
    case.before()
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as told:
        given.write(case.stdin)
        given.seek(0)
        of_servers, of_machine, began = cpu_of_trees(servers), cpu_of_machine(), time.monotonic()
        process = subprocess.Popen(
            list(case.command), stdin=given, stdout=told, stderr=subprocess.STDOUT, env=case.environment
        )
        watch = Watch(process.pid) if case.watch else None
        speed, own = Speed(), time.process_time()
        try:
            _unused, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.terminate()
            raise
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        busy, served = cpu_of_machine() - of_machine, cpu_of_trees(servers) - of_servers
        own, step = time.process_time() - own, speed.stop()
        peaks = watch.stop() if watch is not None else ()
        told.seek(0)
        text = told.read()
    if process.returncode not in case.codes:
        end = text.decode(errors="replace")[-2000:]
        raise BenchError(f"{case.name}: {case.command[0]} ended with code {process.returncode}:\n{end}")
    cpu = usage.ru_utime + usage.ru_stime
    other = max(0.0, busy - cpu - served - own)
    facts = case.read(text)
    return Run(wall, cpu, facts.pop("rss", usage.ru_maxrss / 1024), served, other, len(text), step, facts, peaks)


def rounds(cases: Sequence[Case], servers: Sequence[int], wanted: int) -> list[Round]:
    """Return as many rounds as wanted, the cases in turn in each.

    Disturbed rounds are repeated, up to as many times again; only where too few others were had the least disturbed of
    them count.
    """
    calm: list[Round] = []
    disturbed: list[Round] = []
    for _unused in range(2 * wanted):
        done: Round = {}
        for case in cases:
            run = done[case.name] = measure(case, servers)
            note = "; disturbed" if run.disturbed else ""
            others = f"others {run.other:.2f} s, processors {run.slower:.0%} slower"
            say(f"  {case.name}: {run.wall:.2f} s, {run.cpu:.2f} s CPU, {others}{note}")
        (disturbed if any(run.disturbed for run in done.values()) else calm).append(done)
        if len(calm) == wanted:
            break
    # Both are the share of its processors that a case did not have.
    disturbed.sort(key=lambda entry: sum(run.slower + run.taken for run in entry.values()))
    return (calm + disturbed)[:wanted]


def median(done: Sequence[Round], figure: Callable[[Round], float]) -> float:
    """Return the median over the rounds of a figure that is made of one round."""
    return float(statistics.median(map(figure, done)))


def disturbed_in(done: Sequence[Round]) -> int:
    """Return how many of the rounds that count were disturbed."""
    return sum(any(run.disturbed for run in entry.values()) for entry in done)


def say(text: str) -> None:
    """Tell how far the bench is."""
    print(text, file=sys.stderr, flush=True)


def as_json(done: Sequence[Round]) -> list[dict[str, Any]]:
    """Return the rounds for machines."""
    return [
        {
            name: {
                "wall_s": run.wall,
                "cpu_s": run.cpu,
                "rss_mib": run.rss,
                "servers_cpu_s": run.servers,
                "other_cpu_s": run.other,
                "slower": run.slower,
                "printed_bytes": run.printed,
                "disturbed": run.disturbed,
                **run.facts,
            }
            for name, run in entry.items()
        }
        for entry in done
    ]
