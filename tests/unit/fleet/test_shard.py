# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which probe host takes which mailbox: whole, once each, stable, and fair enough."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.shard import share, winner

IDS = [f"sales{number:04}@acme.example" for number in range(1000)]
NAMES = st.text(min_size=0, max_size=20)
PROBES = st.lists(NAMES, min_size=1, max_size=6, unique=True)


@given(names=st.lists(NAMES, max_size=30), probes=PROBES)
def test_every_mailbox_has_exactly_one_probe_host(names: list[str], probes: list[str]) -> None:
    shares = [name for probe in probes for name in share(names, probes, probe)]
    assert sorted(shares) == sorted(names)


@given(name=NAMES, probes=PROBES, data=st.data())
def test_the_order_of_the_probe_hosts_does_not_matter(name: str, probes: list[str], data: st.DataObject) -> None:
    assert winner(name, data.draw(st.permutations(probes))) == winner(name, probes)


@given(name=NAMES, probes=st.lists(NAMES, min_size=2, max_size=6, unique=True), data=st.data())
def test_a_probe_host_that_goes_moves_only_its_own_mailboxes(name: str, probes: list[str], data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(probes))
    before = winner(name, probes)
    after = winner(name, [probe for probe in probes if probe != gone])
    assert after == before or before == gone


@given(probe=NAMES, name=NAMES)
def test_one_probe_host_takes_all(probe: str, name: str) -> None:
    assert winner(name, [probe]) == probe


@pytest.mark.parametrize("probes", [["p1", "p2", "p3"], ["ams", "fra", "lon"], ["a.example", "b.example", "c.example"]])
def test_a_thousand_mailboxes_are_shared_fairly(probes: list[str]) -> None:
    sizes = [len(share(IDS, probes, probe)) for probe in probes]
    assert sum(sizes) == 1000
    assert max(sizes) - min(sizes) < 100, sizes


def test_the_shares_are_the_same_in_every_python_and_every_process() -> None:
    assert [winner(name, ["p1", "p2", "p3"]) for name in IDS[:8]] == ["p3", "p3", "p3", "p2", "p1", "p1", "p2", "p2"]
