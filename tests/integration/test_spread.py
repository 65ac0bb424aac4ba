# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet spread over three probe hosts by real SSH (docs/spreading.md): whole, once each, and without lost shares."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dovecot
import pytest
from declared import mailbox, secret
from lab import Lab
from plays import Played, Plays
from procs import LabError, running, wait_for
from scripted import ScriptedServer, hang
from sshd import Sshd, descendants

from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.shard import share

NAMES = ("ams", "fra", "lon")
USERS = dovecot.BENCH_USERS[940:953]
FEW = USERS[:7]
WRONG = "not-the-Password/spread"
PACE = {"logins_per_minute": {"default": 0}, "per_destination": 32, "concurrency": 32}
COLLECT = "mailops.mailbox.verify : Collect what the probe hosts found"
VERDICT = "mailops.mailbox.verify : Tell the verdict of each mailbox"


@pytest.fixture
def probes(tmp_path: Path, lab: Lab) -> Iterator[dict[str, Sshd]]:
    """Three probe hosts. Each has a token for Vault in its own home."""
    assert lab.vault is not None
    started: dict[str, Sshd] = {}
    try:
        for number, name in enumerate(NAMES, 11):
            sshd = Sshd(name, f"127.0.0.{number}", tmp_path / name, {"VAULT_ADDR": lab.vault.address})
            started[name] = sshd
            (sshd.home / ".vault-token").write_text(lab.vault.token("mail"))
            sshd.start()
        yield started
    except LabError as problem:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(problem))
    finally:
        for sshd in started.values():
            sshd.kill()


@pytest.fixture
def plain(plays: Plays) -> Plays:
    """Plays whose controller can't read Vault: only probe hosts can."""
    for name in ("VAULT_ADDR", "VAULT_TOKEN"):
        plays.environment.pop(name)
    # Fewer connections, so less time; the test about traces and one of those about losses do without.
    plays.environment["ANSIBLE_PIPELINING"] = "1"
    return plays


def declared(lab: Lab, users: list[str] = FEW) -> dict[str, Any]:
    return {f"m{number:02}": mailbox(lab, user) for number, user in enumerate(users)}


def inventory(probes: Mapping[str, Sshd], mailboxes: Mapping[str, Any], **more: Mapping[str, Any]) -> dict[str, Any]:
    local = {"ansible_connection": "local", "ansible_python_interpreter": "/nonexistent/python"}
    hosts = {name: {**sshd.variables(), **more.get(name, {})} for name, sshd in probes.items()}
    return {
        "mailboxes": {"vars": local, "hosts": {name: {"mailbox": one} for name, one in mailboxes.items()}},
        "probes": {"hosts": hosts},
    }


def book(plays: Plays, **variables: Any) -> list[dict[str, Any]]:
    own = {"verify_probe_group": "probes", "verify_pace": PACE, "verify_registry": {"path": str(plays.registry)}}
    role = {"role": "mailops.mailbox.verify", "vars": {**own, **variables}}
    return [{"hosts": "mailboxes", "gather_facts": False, "roles": [role]}]


def records(plays: Plays) -> list[dict[str, Any]]:
    """Every task result of the last play."""
    last = max(plays.folder.glob("play*/results.jsonl"), key=lambda path: path.stat().st_mtime_ns)
    return [json.loads(line) for line in last.read_text().splitlines()]


def fleet(plays: Plays, played: Played) -> dict[str, Any]:
    found = [entry["result"] for entry in records(plays) if entry["task"] == COLLECT]
    assert found, played.output
    result: dict[str, Any] = found[0]
    assert "results" in result, played.output
    return result


def failed_verdicts(plays: Plays) -> dict[str, str]:
    told = [entry for entry in records(plays) if entry["task"] == VERDICT and entry["outcome"] == "failed"]
    return {entry["host"]: entry["result"]["msg"] for entry in told}


def logins(lab: Lab, users: list[str] = FEW) -> dict[str, int]:
    return {user: lab.dovecot.accepted_logins(user) for user in users}


def since(lab: Lab, before: Mapping[str, int]) -> list[int]:
    return [count - before[user] for user, count in logins(lab, [*before]).items()]


def share_of(name: str, of: Sequence[str] = NAMES) -> list[str]:
    return share([f"m{number:02}" for number in range(len(FEW))], of, name)


class Watch(threading.Thread):
    """Reads every command line of the machine over and over, for secrets."""

    def __init__(self, *secrets: str) -> None:
        super().__init__(daemon=True)
        self._secrets = [secret.encode() for secret in secrets]
        self._over = threading.Event()
        self.rounds = 0
        self.seen: set[bytes] = set()

    def run(self) -> None:
        while not self._over.wait(0.1):
            self.rounds += 1
            for entry in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    line = entry.read_bytes()
                except OSError:
                    continue
                if int(entry.parent.name) != os.getpid() and any(one in line for one in self._secrets):
                    self.seen.add(line)

    def end(self) -> set[bytes]:
        self._over.set()
        self.join()
        assert self.rounds > 5
        return self.seen


@pytest.mark.smoke
def test_every_mailbox_is_verified_once_by_its_own_probe_host(lab: Lab, plain: Plays, probes: dict[str, Sshd]) -> None:
    boxes = declared(lab, USERS)
    boxes["wrong"] = mailbox(lab, dovecot.BENCH_USERS[953], secret=secret(lab, dovecot.BENCH_USERS[953], WRONG))
    tokens = [(sshd.home / ".vault-token").read_text() for sshd in probes.values()]
    before, report = logins(lab, USERS), plain.folder / "report.json"
    del plain.environment["ANSIBLE_PIPELINING"]
    watch = Watch(dovecot.PASSWORD, WRONG, *tokens)
    watch.start()
    played = plain.play(book(plain, verify_report={"json": str(report)}), inventory(probes, boxes), "-vvvv")
    assert watch.end() == set()
    result = fleet(plain, played)
    assert since(lab, before) == [1] * len(USERS), played.output
    assert result["counts"] == {
        "verified": 13, "partial": 0, "failed": 1, "inconclusive": 0, "skipped": 0, "changed": 0,
    }, result["msg"]  # fmt: skip
    assert list(result["results"]) == [*USERS, dovecot.BENCH_USERS[953]]
    sizes = {one["host"]: one["mailboxes"] for one in result["run"]["probe_hosts"]}
    assert sizes == {name: len(share([*boxes], NAMES, name)) for name in NAMES}
    assert all(sizes.values())
    assert not any(one["lost"] for one in result["run"]["probe_hosts"])
    # The diagnosis travels whole, and so do the full results into report and journal.
    verdicts = failed_verdicts(plain)
    assert list(verdicts) == ["wrong"]
    assert "535 5.7.8" in verdicts["wrong"]
    assert result["results"][dovecot.BENCH_USERS[953]]["failures"][0]["category"] == "auth.credentials"
    assert lab.dovecot.refused_logins(dovecot.BENCH_USERS[953]) == 2
    assert len(json.loads(report.read_text())["results"]) == 14
    with sqlite3.connect(plain.registry) as registry:
        assert registry.execute("SELECT count(*) FROM verdicts").fetchone() == (14,)
        assert registry.execute("SELECT count(*) FROM registrations").fetchone() == (0,)
    # Nothing of a secret is printed or left behind.
    for text in (dovecot.PASSWORD, WRONG, *tokens):
        assert text not in played.output
        for path in (
            one for folder in [plain.folder, *(sshd.home for sshd in probes.values())] for one in folder.rglob("*")
        ):
            if path.is_file() and path.name != ".vault-token":
                assert text.encode() not in path.read_bytes(), path
    for sshd in probes.values():
        assert [*(sshd.home / "remote-tmp").iterdir()] == []
    # The same probe host gets it again, and remembers what was refused.
    again = plain.play(book(plain), inventory(probes, {"wrong": boxes["wrong"]}))
    assert fleet(plain, again)["results"][dovecot.BENCH_USERS[953]]["reason"] == "secret_refused_before"
    assert lab.dovecot.refused_logins(dovecot.BENCH_USERS[953]) == 2


def test_a_probe_host_that_is_down_and_one_that_lacks_a_package(
    lab: Lab, plain: Plays, probes: dict[str, Sshd]
) -> None:
    bare = plain.folder / "bare-python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    bare.chmod(0o755)
    probes["fra"].stop()
    before = logins(lab)
    hosts = inventory(probes, declared(lab), lon={"ansible_python_interpreter": str(bare)})
    played = plain.play(book(plain), hosts)
    result = fleet(plain, played)
    assert played.process.returncode == 0, played.output
    assert since(lab, before) == [1] * len(FEW)
    assert result["counts"]["verified"] == len(FEW), result["msg"]
    told = {one["host"]: one for one in result["run"]["probe_hosts"]}
    assert [told[name]["lost"] for name in NAMES] == [False, True, True]
    assert [told[name]["mailboxes"] for name in NAMES] == [len(FEW), 0, 0]
    assert "Connection refused" in told["fra"]["why"]
    assert "pydantic" in told["lon"]["why"]
    assert "The probe host fra was lost" in result["msg"]
    assert f"Its {len(share_of('fra'))} mailboxes went to other probe hosts." in result["msg"]


@pytest.mark.parametrize("sessions_only", [False, True], ids=["machine", "network"])
def test_a_probe_host_that_is_lost_during_the_run(
    lab: Lab, plain: Plays, probes: dict[str, Sshd], sessions_only: bool
) -> None:
    if not sessions_only:
        # With pipelining the module has no terminal, and nothing but itself ends it.
        del plain.environment["ANSIBLE_PIPELINING"]
    boxes = declared(lab)
    slow, *rest = share_of("fra")
    with ScriptedServer([hang()]) as silent:
        boxes[slow] = mailbox(
            lab, FEW[int(slow[1:])], smtp={"port": silent.port}, imap={"port": silent.port}, probe={"timeout": 60}
        )

        def lose() -> None:
            while not silent.connections:
                time.sleep(0.02)
            child = probes["fra"].child
            assert child is not None
            below = descendants(child.pid)
            probes["fra"].kill(sessions_only=sessions_only)
            # A module that nobody hears any more stops by itself, long before the deadline of the silent mailbox.
            with contextlib.suppress(LabError):
                wait_for(lambda: not any(map(running, below)), "the end of the module", 15)
            left.extend(filter(running, below))
            silent.stop()

        left: list[int] = []
        thread = threading.Thread(target=lose, daemon=True)
        thread.start()
        before = logins(lab)
        played = plain.play(book(plain), inventory(probes, boxes))
        thread.join()
    assert left == []
    result = fleet(plain, played)
    assert result["counts"]["verified"] == len(FEW) - 1, result["msg"]
    told = {one["host"]: one for one in result["run"]["probe_hosts"]}
    assert [told[name]["lost"] for name in NAMES] == [False, True, False]
    assert told["fra"]["mailboxes"] == 0
    assert list(failed_verdicts(plain)) == [slow]
    counts = dict(zip([f"m{number:02}" for number in range(len(FEW))], since(lab, before), strict=True))
    assert [counts[name] for name in counts if name not in (slow, *rest)] == [1] * (len(FEW) - len(rest) - 1)
    assert all(1 <= counts[name] <= 2 for name in rest)


def test_without_any_probe_host_nothing_is_known(lab: Lab, plain: Plays, probes: dict[str, Sshd]) -> None:
    for sshd in probes.values():
        sshd.stop()
    before = logins(lab)
    played = plain.play(book(plain), inventory(probes, declared(lab)))
    result = fleet(plain, played)
    assert played.process.returncode == 2, played.output
    assert result["counts"]["inconclusive"] == len(FEW)
    assert result["policy"]["passed"] is False
    assert "None of 3 probe hosts gave a result, so nothing is known about the mailboxes." in result["msg"]
    assert {group["category"] for group in result["summary"]} == {"run.probe_lost"}
    verdicts = failed_verdicts(plain)
    assert len(verdicts) == len(FEW)
    assert "No probe host gave a result for this mailbox" in verdicts["m00"]
    assert "Connection refused" in verdicts["m00"]
    assert since(lab, before) == [0] * len(FEW)
    # Another share of the same task is other work; the same one for another host of the play is not.
    task = {
        "mailops.mailbox.mailbox_fleet": {
            "hosts": "{{ ansible_play_hosts_all }}",
            "state": "verified",
            "shard": {"of": NAMES, "name": "{{ {'m00': 'ams', 'm01': 'fra'}[inventory_hostname] | default('fra') }}"},
        },
        "delegate_to": "lon",
        "connection": "ssh",
    }
    boxes = dict(list(declared(lab).items())[:3])
    twice = plain.play([{"hosts": "mailboxes", "gather_facts": False, "tasks": [task]}], inventory(probes, boxes))
    failed = {entry["host"]: entry["result"]["msg"] for entry in records(plain) if entry["outcome"] == "failed"}
    assert len(failed) == 1, twice.output
    assert "was not run again" in next(iter(failed.values()))
    assert "m00" not in failed


def test_an_inline_secret_never_travels(lab: Lab, plain: Plays, probes: dict[str, Sshd]) -> None:
    boxes = declared(lab)
    boxes["m05"] = mailbox(lab, USERS[5], secret={"password": dovecot.PASSWORD})
    before = logins(lab)
    played = plain.play(book(plain), inventory(probes, boxes))
    assert played.process.returncode != 0
    assert "The secret in m05 was not sent to another machine" in played.output
    assert dovecot.PASSWORD not in played.output
    assert VERDICT not in {entry["task"] for entry in records(plain)}
    assert since(lab, before) == [0] * len(FEW)


def test_an_invalid_declaration_stops_all_or_is_isolated(lab: Lab, plain: Plays, probes: dict[str, Sshd]) -> None:
    boxes = declared(lab)
    boxes["bad"] = mailbox(lab, dovecot.BENCH_USERS[954], smtp={"hots": "x"})
    before = logins(lab)
    stopped = plain.play(book(plain), inventory(probes, boxes))
    assert stopped.process.returncode != 0
    assert "so nothing was sent to any server" in fleet(plain, stopped)["msg"]
    assert since(lab, before) == [0] * len(FEW)
    isolated = plain.play(book(plain, verify_on_invalid="isolate"), inventory(probes, boxes))
    assert list(failed_verdicts(plain)) == ["bad"], isolated.output
    assert since(lab, before) == [1] * len(FEW)


@pytest.mark.smoke
def test_the_playbook_with_a_limit_and_fewer_mailboxes_than_probe_hosts(
    lab: Lab, plain: Plays, probes: dict[str, Sshd]
) -> None:
    before = logins(lab)
    folder = plain.folder / "imported"
    folder.mkdir()
    play = [{"import_playbook": "mailops.mailbox.verify"}]
    flags = ["--limit", "m00:m01", "-e", json.dumps({"verify_probe_group": "probes", "verify_pace": PACE})]
    played = plain.play(play, inventory(probes, declared(lab)), *flags)
    result = fleet(plain, played)
    assert played.process.returncode == 0, played.output
    assert result["counts"]["verified"] == 2, result["msg"]
    assert since(lab, before) == [1, 1] + [0] * (len(FEW) - 2)


def test_a_group_without_hosts_is_refused(lab: Lab, plain: Plays) -> None:
    played = plain.play(book(plain, verify_probe_group="prob"), inventory({}, {"m00": mailbox(lab, USERS[0])}))
    assert played.process.returncode != 0
    assert "There are no hosts in the group prob" in played.output
