# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bench itself still works: a few mailboxes, no limit of time."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from lab import Lab
from plays import ROOT

pytestmark = pytest.mark.once

BENCH = ROOT / "tests" / "bench"


def test_a_few_mailboxes_are_measured(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    import extremes
    import figures
    import fleets
    import parts

    tree = tmp_path / "tree" / "ansible_collections" / "mailops"
    tree.mkdir(parents=True)
    (tree / "mailbox").symlink_to(ROOT)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "tree"))
    ansible = fleets.ansible_in(Path(sys.executable).parents[1])
    assert ansible is not None
    variables, pace = lab.vault_environment(), {"concurrency": 4}
    plays = fleets.Fleets(tmp_path, variables, forks=2, pace=pace, collections=tmp_path / "tree")
    given = argparse.Namespace(mailboxes=3, rounds=1, in_flight=3, warm_up=False, large=4, failing=4)
    bench = parts.Bench(lab, given, {ansible.series: ansible}, plays)
    lines = [*parts.fleet_part(bench), *parts.verdict_part(bench), *extremes.output_part(bench)]
    told = figures.table(lines)
    assert f"verdicts, {ansible.series}" in told
    assert f"mailbox_fleet, {ansible.series}, ansible.cfg" in told
    assert {line.part for line in lines} == {"fleet", "verdict", "output"}
    assert all(line.value is not None for line in lines), told


def test_a_run_on_slow_processors_is_disturbed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    import measure

    monkeypatch.setattr(measure.Speed, "fastest", float("inf"))
    case = measure.Case("sleep", ["sleep", "0.3"], lambda printed: {})
    # What else this machine does meanwhile is no part of this.
    run = replace(measure.measure(case, []), other=0.0)
    assert 0 < measure.Speed.fastest <= run.step
    assert 0 <= run.slower < 1
    monkeypatch.setattr(measure.Speed, "fastest", run.step * (1 - 0.9 * measure.SLOW))
    assert not run.disturbed
    monkeypatch.setattr(measure.Speed, "fastest", run.step * (1 - 1.1 * measure.SLOW))
    assert run.disturbed
