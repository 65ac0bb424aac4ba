# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fleet's schedule against real servers: limits counted there, hangs, dead servers, refusals, open files."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dovecot
import pytest
import scripted
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from counting import CountingRelay
from declared import mailbox, merged
from lab import Lab
from plays import Plays
from procs import state, wait_for
from test_failures import blackhole
from test_fleet import children, fleet, inline, inventory, journal_lines, playbook, started, told

from ansible_collections.mailops.mailbox.plugins.module_utils._argspec.fleet import FLEET_OPTIONS
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet import options as options_module
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet import pace as pace_module
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.progress import Meter
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.request import Declared

WRONG = "not-the-Password/1"


@dataclass
class Ran:
    """A fleet that ran in this process: its result, and when each kind of mailbox was done, in seconds."""

    result: dict[str, Any]
    seconds: float
    verified_at: list[float] = field(default_factory=list)
    others_at: list[float] = field(default_factory=list)

    def those(self, category: str) -> list[str]:
        return [
            name
            for name, one in self.result["results"].items()
            if one["status"] != "verified" and category in {str(failure["category"]) for failure in one["failures"]}
        ]

    @property
    def held(self) -> list[str]:
        return [name for name, one in self.result["results"].items() if one["reason"] == "breaker_open"]


class Runner:
    """Runs fleets in this process, without Ansible, over one registry."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.registry = folder / "registry.sqlite"
        self.patch = patch

    def __call__(self, mailboxes: Sequence[Mapping[str, Any]], **asked: Any) -> Ran:
        given = {"mailboxes": [], "registry": {"path": str(self.registry)}, "fail": "never", "state": "verified"}
        checked = ArgumentSpecValidator(FLEET_OPTIONS).validate({**given, **asked})
        assert not checked.error_messages, checked.error_messages
        ran = Ran({}, 0.0)
        began = time.monotonic()

        class Watch(Meter):
            def done(self, category: str | None) -> None:
                (ran.others_at if category else ran.verified_at).append(time.monotonic() - began)

        self.patch.setattr(options_module, "Meter", Watch)
        declared = [Declared(f"h{number}", dict(one)) for number, one in enumerate(mailboxes)]
        outcome = options_module.run(checked.validated_parameters, declared, check_mode=False, diff=False)
        ran.result, ran.seconds = outcome.result, time.monotonic() - began
        return ran


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runner:
    return Runner(tmp_path, monkeypatch)


@pytest.fixture
def relay() -> Iterator[CountingRelay]:
    with CountingRelay() as running:
        yield running


class Doors:
    """Addresses of this machine behind which the lab's servers are, each with a port for SMTP, IMAP and silence."""

    def __init__(self, lab: Lab, relay: CountingRelay, addresses: Sequence[str]) -> None:
        self.lab, self.addresses = lab, list(addresses)
        ports = {"smtp": lab.postfix.ports["submissions"], "imap": lab.dovecot.ports["imaps"], "silent": None}
        self.ports = {
            address: {name: relay.listen(address, target) for name, target in ports.items()} for address in addresses
        }

    def mailbox(self, number: int, *, silent: bool = False, **changes: Any) -> dict[str, Any]:
        """A mailbox behind one of the addresses, in turn."""
        address = self.addresses[number % len(self.addresses)]
        ports = self.ports[address]
        given = inline(self.lab, number, tls={"server_name": "localhost"})
        for protocol in ("smtp", "imap"):
            given[protocol].update(host=address, port=ports["silent" if silent else protocol])
        return merged(given, changes)


def test_no_address_sees_more_connections_than_its_limit(lab: Lab, run: Runner, relay: CountingRelay) -> None:
    """Second looks at a certificate are among them; wrong names have one for each protocol."""
    doors = Doors(lab, relay, ["127.0.3.1", "127.0.3.2"])
    good = [doors.mailbox(n) for n in range(60)]
    odd = [doors.mailbox(60 + n, tls={"server_name": "elsewhere.test"}) for n in range(10)]
    ran = run([*odd, *good], pace={"per_destination": 4})
    assert ran.result["counts"]["verified"] == 60, ran.result["msg"]
    assert len(ran.those("tls.name_mismatch")) == 10
    assert [seen.most for seen in relay.at.values()] == [4, 4]
    assert [len(seen.begun) for seen in relay.at.values()] == [2 * (30 + 2 * 5)] * 2


def test_one_connection_at_a_time_is_enough_for_both_protocols(lab: Lab, run: Runner, relay: CountingRelay) -> None:
    doors = Doors(lab, relay, ["127.0.3.3"])
    ran = run([doors.mailbox(n) for n in range(6)], pace={"per_destination": 1})
    assert ran.result["counts"]["verified"] == 6, ran.result["msg"]
    assert relay.at["127.0.3.3"].most == 1


def stopped_with_connections(pid: int, address: str) -> bool:
    """Stop a process, and let it go on where it has no connection to an address."""
    os.kill(pid, signal.SIGSTOP)
    wait_for(lambda: state(pid) == "T", "the process to stop")
    own = {str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()}
    # The kernel writes an address as a number of this machine's byte order.
    remote = f"{int.from_bytes(socket.inet_aton(address), sys.byteorder):08X}:"
    known = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    if any(line[2].startswith(remote) and f"socket:[{line[9]}]" in own for line in known):
        return True
    os.kill(pid, signal.SIGCONT)
    return False


def test_two_processes_keep_one_limit_and_the_end_of_one_is_told(lab: Lab, plays: Plays, relay: CountingRelay) -> None:
    """The second process, which carries half of many probes, is killed while it has some."""
    doors = Doors(lab, relay, ["127.0.3.6"])
    declared = {f"h{n:03}": doors.mailbox(n) for n in range(150)}
    pace = {"per_destination": 8, "logins_per_minute": {"loopback": 0}}
    process = started(plays, playbook(plays, pace=pace, fail="never"), inventory(declared), 20)
    (helper,) = [below for worker in children(process.pid) for below in children(worker)]
    wait_for(lambda: stopped_with_connections(helper, "127.0.3.6"), "a helper that probes")
    os.kill(helper, signal.SIGKILL)
    process.wait(60)
    output = (plays.folder / "background" / "output").read_text()
    results = {line["id"]: line["result"] for line in journal_lines(plays)}
    assert len(results) == 150, output
    lost = [one for one in results.values() if one["status"] != "verified"]
    assert {str(one["failures"][0]["category"]) for one in lost} == {"run.probe_lost"}, output
    assert {one["status"] for one in lost} == {"inconclusive"}
    assert 1 <= len(lost) <= 4
    assert all("ended by signal 9" in one["failures"][0]["causes"][0]["cause"] for one in lost)
    assert relay.at["127.0.3.6"].most == 8
    again = told(fleet(plays, declared))
    assert (again["counts"]["verified"], again["counts"]["changed"]) == (150, len(lost)), again["msg"]


def test_no_minute_sees_more_logins_than_the_rate(
    lab: Lab, run: Runner, relay: CountingRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With minutes of two seconds."""
    monkeypatch.setattr(pace_module, "MINUTE", 2.0)
    doors = Doors(lab, relay, ["127.0.3.4", "127.0.3.5"])
    ran = run([doors.mailbox(n) for n in range(24)], pace={"logins_per_minute": {"loopback": 8}})
    assert ran.result["counts"]["verified"] == 24, ran.result["msg"]
    for seen in relay.at.values():
        assert len(seen.begun) == 24
        assert 4 <= seen.most_within(2.0) <= 8


DEADLINE = 4


def test_hanging_mailboxes_here_and_there_add_one_deadline(lab: Lab, run: Runner, relay: CountingRelay) -> None:
    doors = Doors(lab, relay, [f"127.0.4.{n}" for n in range(1, 11)])
    probe = {"timeout": DEADLINE}
    good = [doors.mailbox(n, probe={"timeout": 20}) for n in range(180)]
    hanging = [doors.mailbox(180 + n, silent=True, probe=probe) for n in range(20)]
    calm = run(good)
    assert calm.result["counts"]["verified"] == 180, calm.result["msg"]
    # One after every nine, so that they are everywhere in the list.
    mixed = [one for n in range(20) for one in [hanging[n], *good[9 * n : 9 * n + 9]]]
    ran = run(mixed, force=True)
    assert ran.result["counts"]["verified"] == 180, ran.result["msg"]
    assert (len(ran.those("conn.timeout")) + len(ran.those("tls.failed")), ran.held) == (20, [])
    assert ran.seconds < 1.5 * calm.seconds + DEADLINE + 1
    # Nobody waited for them: what works was done before the last of them was given up, or as soon as without them.
    assert max(ran.verified_at) < max(*ran.others_at, 1.5 * calm.seconds + 1)


def test_a_destination_that_hangs_is_left_alone_after_two_deadlines(
    lab: Lab, run: Runner, relay: CountingRelay
) -> None:
    doors = Doors(lab, relay, ["127.0.5.1"])
    good = [inline(lab, n) for n in range(40)]
    hanging = [doors.mailbox(100 + n, silent=True, probe={"timeout": DEADLINE}) for n in range(60)]
    calm = run(good)
    ran = run([*hanging, *good], force=True)
    assert ran.result["counts"]["verified"] == 40, ran.result["msg"]
    assert len(ran.held) >= 55
    assert max(relay.at["127.0.5.1"].ports.values()) <= 5
    assert ran.seconds < 1.5 * calm.seconds + 2 * DEADLINE + 1
    assert max(ran.verified_at) < 1.5 * max(calm.verified_at) + 1
    assert "127.0.5.1 port" in ran.result["run"]["auth_breaker"][0]


def test_a_dead_destination_costs_two_time_outs_and_delays_nobody(lab: Lab, run: Runner) -> None:
    good = [inline(lab, n) for n in range(40)]
    calm = run(good)
    with blackhole() as hole:
        place = {"host": "127.0.0.1", "port": hole}
        dead = [
            inline(lab, 100 + n, smtp=place, imap={**place, "host": "127.0.0.1"}, probe={"timeout": 2 * DEADLINE})
            for n in range(100)
        ]
        ran = run([*dead, *good], force=True)
    assert ran.result["counts"]["verified"] == 40, ran.result["msg"]
    assert 1 <= len(ran.those("connect.timeout")) <= 5
    assert len(ran.held) >= 95
    connect = 0.35 * 2 * DEADLINE
    assert ran.seconds < 1.5 * calm.seconds + 2 * connect + 1
    assert max(ran.verified_at) < 1.5 * max(calm.verified_at) + 1


def test_section_5_1_a_hundred_wrong_passwords_are_a_handful_of_refusals(lab: Lab, plays: Plays) -> None:
    users = dovecot.BENCH_USERS[500:600]
    declared = {f"h{n:03}": mailbox(lab, user, secret={"password": WRONG}) for n, user in enumerate(users)}

    def refused() -> int:
        return sum(lab.dovecot.refused_logins(user) for user in users)

    first = told(fleet(plays, declared, fail="never", pace={}))
    assert first["counts"]["failed"] + first["counts"]["inconclusive"] == 100
    # Five, and at most the second login of the mailbox whose first was the fifth.
    assert 5 <= refused() <= 6
    assert "in a row" in first["run"]["auth_breaker"][0]
    before = refused()
    again = told(fleet(plays, declared, fail="never", pace={}))
    assert refused() == before
    assert again["counts"]["verified"] == 0


def test_a_server_that_answers_451_does_not_stop_the_gate_within_a_day(lab: Lab, plays: Plays) -> None:
    script = [scripted.send(b"451 4.3.2 Please come back later\r\n"), scripted.hang()]
    declared = {"good": inline(lab, 0), "busy": inline(lab, 1)}
    with scripted.ScriptedServer(script) as server:
        answered = {"smtp": {"port": server.port, "security": "starttls"}}
        busy = {"good": inline(lab, 0), "busy": inline(lab, 1, **answered)}
        stopped = fleet(plays, busy, state="verified")
        assert stopped.process.returncode != 0, stopped.output
        assert told(stopped)["counts"]["inconclusive"] + told(stopped)["counts"]["partial"] == 1, stopped.output
        assert fleet(plays, declared, state="verified").process.returncode == 0
        passed = fleet(plays, busy, state="verified")
        assert passed.process.returncode == 0, passed.output
        assert told(passed)["run"]["by_last_known"] == [dovecot.BENCH_USERS[1]]
        assert told(passed)["policy"]["passed"] is True
        late = fleet(plays, busy, state="verified", policy={"last_known_max_age": 0})
        assert late.process.returncode != 0, late.output


def test_a_thousand_mailboxes_leave_no_file_open(lab: Lab, run: Runner) -> None:
    declared = [inline(lab, n, smtp=None, protocols=["imap"]) for n in range(1000)]
    run(declared[:3])
    before = len(list(Path("/proc/self/fd").iterdir()))
    ran = run(declared, pace={"per_destination": 128}, force=True)
    assert ran.result["counts"]["verified"] == 1000, ran.result["msg"]
    assert len(list(Path("/proc/self/fd").iterdir())) == before
