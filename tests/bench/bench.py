# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure the collection over the lab's servers, side by side with other clients, and compare with its limits."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lab"))

import benchlab
import dovecot
import extremes
import parts
from figures import Line, table
from fleets import Fleets, find_ansible
from lab import Lab
from measure import BenchError, as_json, say
from procs import LabError
from vaultlab import BINARY as VAULT

PARTS = {
    "engine": parts.engine_part,
    "shell": parts.shell_part,
    "fleet": parts.fleet_part,
    "verdict": parts.verdict_part,
    "connection": parts.connection_part,
    "relay": parts.relay_part,
    "hang": extremes.hang_part,
    "memory": extremes.memory_part,
    "output": extremes.output_part,
}


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="tests/bench/run", description=__doc__)
    add = parser.add_argument
    add("--only", default=",".join(PARTS), help="the parts, with commas (default: %(default)s)")
    add("--mailboxes", type=int, default=1000, help="how many, at most 1000 (default: %(default)s)")
    add("--rounds", type=int, default=3, help="rounds that count (default: %(default)s)")
    add("--in-flight", type=int, default=64, help="mailboxes at the same time (default: %(default)s)")
    add("--keep-evidence", action="store_true", help="let the engine alone keep all evidence, for its memory")
    add("--ansible", default="", help="series to measure, such as 2.16,2.19 (default: all that are there)")
    add("--venv", type=Path, action="append", default=[], help="a virtual environment with Ansible; may be repeated")
    add("--forks", type=int, default=5, help="Ansible's forks (default: %(default)s, as Ansible's own)")
    add("--deadline", type=float, default=30, help="of the mailboxes of part hang, in seconds (default: %(default)s)")
    add("--large", type=int, default=10000, help="mailboxes of part memory (default: %(default)s)")
    add("--failing", type=int, default=5000, help="mailboxes of part output (default: %(default)s)")
    add("--no-warm-up", dest="warm_up", action="store_false", help="measure the first run too")
    add("--json", type=Path, help="also write all figures to this file")
    given = parser.parse_args()
    if not 1 <= given.mailboxes <= len(dovecot.BENCH_USERS):
        parser.error(f"--mailboxes must be between 1 and {len(dovecot.BENCH_USERS)}")
    if min(given.rounds, given.in_flight, given.large, given.failing) < 1:
        parser.error("--rounds, --in-flight, --large and --failing must be at least 1")
    given.only = [name for name in given.only.split(",") if name]
    wrong = sorted(set(given.only) - PARTS.keys())
    if wrong or not given.only:
        parser.error(f"no part is called {', '.join(wrong)}; they are {', '.join(PARTS)}")
    return given


def main() -> int:
    """Command line."""
    # Both end the bench in good order, also where it was started in the background and the key is ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    given = options()
    ansibles = find_ansible(given.venv)
    wanted = [series for series in given.ansible.split(",") if series] or list(ansibles)
    absent = [series for series in wanted if series not in ansibles]
    if absent or not wanted:
        say(f"The bench can't begin: no environment has ansible-core {', '.join(absent)}; see --venv.")
        return 2
    ansibles = {series: ansibles[series] for series in wanted}
    vault = "fleet" in given.only and VAULT.exists()
    benchlab.destinations(benchlab.DESTINATIONS if "hang" in given.only else ())
    began = time.monotonic()
    lines: list[Line] = []
    failed: list[str] = []
    done: dict[str, object] = {}
    try:
        with tempfile.TemporaryDirectory(prefix="mbbench-") as folder, Lab(vault=vault, bench=True) as lab:
            pace = {"concurrency": given.in_flight, "per_destination": 2 * given.in_flight}
            fleets = Fleets(Path(folder), lab.vault_environment(), forks=given.forks, pace=pace)
            bench = parts.Bench(lab, given, ansibles, fleets)
            for name in given.only:
                say(f"{name} ({time.monotonic() - began:.0f} s)")
                try:
                    lines += PARTS[name](bench)
                except (BenchError, LabError, OSError) as problem:
                    say(f"The part {name} has no result: {problem}")
                    failed.append(name)
                except KeyboardInterrupt:
                    say(f"Ended during the part {name}.")
                    failed += given.only[given.only.index(name) :]
                    break
            done = {name: as_json(entries) for name, entries in bench.done.items()}
    except LabError as problem:
        say(f"The bench can't begin: {problem}")
        return 2
    versions = ", ".join(ansible.version for ansible in ansibles.values())
    head = (
        f"{given.mailboxes} mailboxes, {given.in_flight} in flight, medians of {given.rounds} rounds; "
        f"{os.cpu_count()} CPUs, Python {platform.python_version()}, ansible-core {versions}; "
        f"{time.monotonic() - began:.0f} s in all"
    )
    print(head)
    if "fleet" in given.only and not vault:
        print("Without Vault: tests/lab/setup.sh vault builds it.")
    print(table(lines))
    if given.json is not None:
        told = {"head": head, "lines": [line.as_json() for line in lines], "rounds": done, "failed_parts": failed}
        given.json.write_text(json.dumps(told, indent=1) + "\n")
    if failed:
        print(f"Not measured: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
