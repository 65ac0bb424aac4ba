# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets by real plays on real servers: verdicts, registration, policy, pruning, interruption, secrecy."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dovecot
import pytest
from declared import mailbox, secret
from lab import Lab
from plays import TASK, Played, Plays

PACE = {"logins_per_minute": {"default": 0}, "per_destination": 64, "concurrency": 32}
WRONG = "not-the-Password/1"


def inline(lab: Lab, number: int, **changes: Any) -> dict[str, Any]:
    return mailbox(lab, dovecot.BENCH_USERS[number], secret={"password": dovecot.PASSWORD}, **changes)


def inventory(mailboxes: Mapping[str, Any]) -> dict[str, Any]:
    variables = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    return {"mailboxes": {"vars": variables, "hosts": {name: {"mailbox": one} for name, one in mailboxes.items()}}}


def playbook(plays: Plays, play: Mapping[str, Any] | None = None, **arguments: Any) -> list[dict[str, Any]]:
    task = {
        "name": TASK,
        "mailops.mailbox.mailbox_fleet": {
            "hosts": "{{ ansible_play_batch }}",
            "registry": {"path": str(plays.registry)},
            "pace": PACE,
            **arguments,
        },
        "run_once": True,
        "delegate_to": "localhost",
    }
    return [{"hosts": "mailboxes", "gather_facts": False, "tasks": [task], **(play or {})}]


def fleet(plays: Plays, declared: Mapping[str, Any], /, *flags: str, **arguments: Any) -> Played:
    play = arguments.pop("play", None)
    return plays.play(playbook(plays, play, **arguments), inventory(declared), *flags)


def told(played: Played) -> dict[str, Any]:
    assert played.results, played.output
    return next(iter(played.results.values()))


def registered(plays: Plays) -> list[str]:
    if not plays.registry.exists():
        return []
    connection = sqlite3.connect(f"file:{plays.registry}?mode=ro", uri=True)
    try:
        return [row[0] for row in connection.execute("SELECT id FROM registrations ORDER BY id")]
    finally:
        connection.close()


def journal_lines(plays: Plays) -> list[dict[str, Any]]:
    path = Path(f"{plays.registry}.fleet.jsonl")
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[1:-1]]


@pytest.mark.smoke
def test_a_hundred_mailboxes_with_all_kinds_of_failures(lab: Lab, plays: Plays) -> None:
    declared = {f"h{n:03}": inline(lab, n) for n in range(90)}
    declared |= {f"v{n}": mailbox(lab, user) for n, user in enumerate(dovecot.SALES_USERS[:5])}
    declared["wrong"] = mailbox(lab, dovecot.BENCH_USERS[901], secret={"password": WRONG})
    declared["imapoff"] = mailbox(lab, dovecot.IMAP_OFF_USER)
    declared["dead"] = inline(lab, 902, smtp={"port": 1}, imap={"port": 1})
    declared["unread"] = mailbox(
        lab, dovecot.BENCH_USERS[903], secret={"vault": {"path": "mail/none", "field": "app_password"}}
    )
    declared["typo"] = inline(lab, 904, smtp={"hots": "x"})
    first = fleet(plays, declared, fail="never")
    assert first.failed == set(), first.output
    result = told(first)
    assert result["counts"] == {
        "verified": 95, "partial": 1, "failed": 4, "inconclusive": 0, "skipped": 0, "changed": 95,
    }, result["msg"]  # fmt: skip
    by_category = {group["category"]: group["ids"] for group in result["summary"]}
    assert by_category["config.invalid"] == [dovecot.BENCH_USERS[904]]
    assert by_category["secret.path_missing"] == [dovecot.BENCH_USERS[903]]
    assert by_category["connect.refused"] == [dovecot.BENCH_USERS[902]]
    assert by_category["auth.credentials"] == [dovecot.BENCH_USERS[901]]
    assert result["results"][dovecot.IMAP_OFF_USER]["status"] == "partial"
    assert len(registered(plays)) == 95
    assert lab.dovecot.refused_logins(dovecot.BENCH_USERS[901]) == 2
    again = fleet(plays, declared, fail="never")
    assert told(again)["counts"]["changed"] == 0
    assert again.changed() == set(), again.output
    assert lab.dovecot.refused_logins(dovecot.BENCH_USERS[901]) == 2


def test_check_mode_predicts_what_the_run_does_and_writes_nothing(lab: Lab, plays: Plays) -> None:
    declared = {f"h{n}": inline(lab, n) for n in range(4)}
    declared["wrong"] = mailbox(lab, dovecot.BENCH_USERS[905], secret={"password": WRONG})
    predicted = fleet(plays, declared, "--check", "--diff", fail="never")
    assert not plays.registry.parent.exists()
    done = fleet(plays, declared, "--diff", fail="never", force=True)
    keys = ("changed", "counts", "policy", "diff", "pruned")
    assert {key: told(predicted).get(key) for key in keys} == {key: told(done).get(key) for key in keys}
    assert len(told(done)["diff"]) == 4


def test_the_policy_fails_the_task_or_is_only_told(lab: Lab, plays: Plays) -> None:
    declared = {"good": inline(lab, 0, daily_limit=100, tags=["eu"]), "dead": inline(lab, 1, imap={"port": 1})}
    stopped = fleet(plays, declared, state="verified")
    assert stopped.process.returncode != 0
    assert told(stopped)["msg"].startswith("1 of 2 mailboxes work; 1 partial."), stopped.output
    calm = fleet(plays, declared, state="verified", fail="never")
    assert (calm.process.returncode, told(calm)["policy"]["passed"]) == (0, False), calm.output
    enough = fleet(plays, declared, state="verified", policy={"max_failures": 1, "required": ["eu"], "min_capacity": 1})
    assert (enough.process.returncode, told(enough)["policy"]["passed"]) == (0, True), enough.output
    assert fleet(plays, declared, state="verified", policy={"min_capacity": 101}).process.returncode != 0
    assert registered(plays) == []


def test_invalid_declarations_are_isolated_or_stop_all(lab: Lab, plays: Plays) -> None:
    declared = {"good": inline(lab, 0), "bad": inline(lab, 1, smtp={"hots": "x"})}
    host = inventory(declared)
    host["mailboxes"]["hosts"]["lost"] = {"mailbox_error": [{"file": "m.yml", "line": 3, "key": "a", "text": "Bad."}]}
    isolated = plays.play(playbook(plays, state="verified", fail="never"), host)
    assert told(isolated)["results"][dovecot.BENCH_USERS[0]]["status"] == "verified", isolated.output
    assert told(isolated)["results"]["lost"]["reason"] == "invalid_declaration"
    logins = lab.dovecot.accepted_logins(dovecot.BENCH_USERS[0])
    stopped = plays.play(playbook(plays, state="verified", on_invalid="fail"), host)
    assert stopped.process.returncode != 0
    assert "nothing was sent to any server" in told(stopped)["msg"]
    assert lab.dovecot.accepted_logins(dovecot.BENCH_USERS[0]) == logins


def test_no_mailboxes_stop_the_play(plays: Plays) -> None:
    play = [{"hosts": "localhost", "gather_facts": False, "tasks": playbook(plays, hosts=[])[0]["tasks"]}]
    played = plays.play(play, {"mailboxes": {"hosts": {}}})
    assert played.process.returncode != 0
    assert "There are no mailboxes" in played.output


def test_prune_removes_what_is_gone_and_refuses_a_part_of_the_fleet(lab: Lab, plays: Plays) -> None:
    declared = {f"h{n:02}": inline(lab, n) for n in range(12)}
    named = {"fleet": "eu", "prune": True}
    fleet(plays, declared, **named)
    assert len(registered(plays)) == 12
    for refused, why in (
        (fleet(plays, declared, "--limit", "h0*", **named), "--limit"),
        (fleet(plays, declared, play={"serial": 6}, **named), "serial"),
        (fleet(plays, declared, hosts=["h00", "h01"], **named), "hosts of the play are not in the list"),
        (fleet(plays, {"h00": declared["h00"]}, **named), "prune_max is 10 %"),
        (fleet(plays, {**declared, "bad": {"email": "x"}}, **named), "invalid"),
        (fleet(plays, declared, prune=True), "needs fleet"),
        (fleet(plays, declared, state="verified", **named), "state: present"),
    ):
        assert refused.process.returncode != 0
        assert why in told(refused)["msg"], refused.output
        assert len(registered(plays)) == 12
    # One whose tag is wrong is in no play for that tag.
    strayed = {**inventory(declared), "mailboxes_invalid": {"hosts": {"sales02": {"mailbox_error": []}}}}
    refused = plays.play(playbook(plays, **named), strayed)
    assert "1 invalid declaration that the list leaves out (sales02)" in told(refused)["msg"], refused.output
    assert len(registered(plays)) == 12
    del declared["h11"]
    checked = fleet(plays, declared, "--check", **named)
    assert told(checked)["pruned"] == [dovecot.BENCH_USERS[11]], checked.output
    assert len(registered(plays)) == 12
    assert told(fleet(plays, declared, **named))["pruned"] == [dovecot.BENCH_USERS[11]]
    assert dovecot.BENCH_USERS[11] not in registered(plays)
    again = fleet(plays, declared, **named)
    assert (told(again)["pruned"], again.changed()) == ([], set())


@pytest.mark.parametrize(
    "play", [{"strategy": "free"}, {"strategy": "linear"}], ids=["free", "linear without run_once"]
)
def test_a_fleet_never_runs_twice(lab: Lab, plays: Plays, play: dict[str, Any]) -> None:
    declared = {f"h{n}": inline(lab, 910 + n) for n in range(4)}
    book = playbook(plays, play, state="verified", hosts="{{ groups['mailboxes'] }}")
    if play["strategy"] == "linear":
        del book[0]["tasks"][0]["run_once"]
    before = lab.dovecot.accepted_logins(dovecot.BENCH_USERS[910])
    played = plays.play(book, inventory(declared))
    assert len(played.results) == 4, played.output
    ran = [host for host, result in played.results.items() if "counts" in result]
    assert len(ran) == 1
    for host, result in played.results.items():
        assert host in ran or "was not run again" in result["msg"]
    assert lab.dovecot.accepted_logins(dovecot.BENCH_USERS[910]) == before + 1


def children(pid: int) -> list[int]:
    """Every process below ``pid``, the worker in a session of its own included."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found += [int(entry.parent.name), *children(int(entry.parent.name))]
    return found


def started(plays: Plays, book: list[dict[str, Any]], hosts: Mapping[str, Any], least: int) -> subprocess.Popen[bytes]:
    """Start a play in the background and wait until ``least`` mailboxes are in its journal."""
    folder = plays.folder / "background"
    folder.mkdir()
    (folder / "play.yml").write_text(json.dumps(book))
    (folder / "hosts.yml").write_text(json.dumps(hosts))
    program = str(Path(sys.executable).parent / "ansible-playbook")
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            [program, "-i", str(folder / "hosts.yml"), str(folder / "play.yml")],
            env={**plays.environment, "RECORD_RESULTS": str(folder / "record")},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    for _unused in range(600):
        if len(journal_lines(plays)) >= least or process.poll() is not None:
            return process
        time.sleep(0.05)
    raise AssertionError((folder / "output").read_text())


SLOW = {"concurrency": 2, "per_destination": 4, "logins_per_minute": {"default": 0}}


def test_a_kill_loses_no_finished_result(lab: Lab, plays: Plays) -> None:
    declared = {f"h{n:03}": inline(lab, n) for n in range(150)}
    process = started(plays, playbook(plays, pace=SLOW), inventory(declared), 20)
    for pid in [*children(process.pid), process.pid]:
        os.kill(pid, signal.SIGKILL)
    process.wait()
    finished = {line["id"]: line["result"] for line in journal_lines(plays)}
    assert 20 <= len(finished) < 150
    assert all(result["status"] == "verified" for result in finished.values())
    # The registry is written first, so it may be one ahead of the journal, and is never behind.
    assert set(finished) <= set(registered(plays))
    assert len(registered(plays)) <= len(finished) + 1
    report = plays.folder / "report.json"
    rebuilt = fleet(
        plays,
        {"any": {}},
        hosts=[],
        rebuild=True,
        journal=f"{plays.registry}.fleet.jsonl",
        fail="never",
        report={"json": str(report)},
    )
    result = told(rebuilt)
    assert (result["run"]["interrupted"], result["counts"]["verified"]) == (True, len(finished)), rebuilt.output
    assert result["run"]["unfinished"] == 150 - len(finished)
    assert report.exists()
    completed = told(fleet(plays, declared))
    assert completed["counts"]["verified"] == 150
    assert completed["counts"]["changed"] == 150 - len(finished) or completed["counts"]["changed"] == 149 - len(
        finished
    )
    assert len(registered(plays)) == 150


@pytest.mark.smoke
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_an_interrupted_run_reports_what_was_finished(lab: Lab, plays: Plays, number: signal.Signals) -> None:
    declared = {f"h{n:03}": inline(lab, n) for n in range(150)}
    report = plays.folder / "report.json"
    book = playbook(plays, pace=SLOW, report={"json": str(report)})
    process = started(plays, book, inventory(declared), 10)
    below = children(process.pid)
    # As a terminal does: to the foreground process group.
    os.killpg(process.pid, number)
    process.wait(30)
    for _unused in range(200):
        if not any(Path(f"/proc/{pid}").exists() for pid in below):
            break
        time.sleep(0.05)
    output = (plays.folder / "background" / "output").read_text()
    assert not any(Path(f"/proc/{pid}").exists() for pid in below), output
    finished = {line["id"] for line in journal_lines(plays)}
    assert 10 <= len(finished) < 150, output
    assert set(registered(plays)) == finished
    assert report.exists(), output
    assert json.loads(report.read_text())["run"]["interrupted"] is True


@pytest.mark.smoke
def test_section_7_1_no_secret_is_found_anywhere(lab: Lab, plays: Plays) -> None:
    assert lab.vault is not None
    token = lab.vault.token("mail")
    user = dovecot.BENCH_USERS[920]
    hidden = "open-Sesame/920"
    lab.dovecot.set_password(user, hidden)
    declared = {
        "inline": mailbox(lab, user, secret={"password": hidden}),
        "vault": mailbox(lab, dovecot.SALES_USERS[6], secret=secret(lab, dovecot.SALES_USERS[6])),
        "wrong": mailbox(lab, dovecot.BENCH_USERS[921], secret={"password": WRONG}),
        "bad": mailbox(lab, dovecot.BENCH_USERS[922], secret={"pasword": hidden}, smtp={"hots": hidden}),
        "shape": {"email": hidden, "secret": hidden},
    }
    reports = {name: str(plays.folder / f"report.{name}") for name in ("json", "junit", "prometheus")}
    asked = {"vault": {"token": token, "url": lab.vault.address}, "report": reports, "progress": "on"}
    try:
        played = fleet(plays, declared, "-vvvv", "--diff", fail="never", **asked)
        failing = fleet(plays, declared, "-vvvv", force=True, **asked)
        listed = list(declared.values())
        by_list = fleet(plays, {"any": {}}, "-vvvv", hosts=None, mailboxes=listed, fail="never", **asked)
    finally:
        lab.dovecot.set_password(user, dovecot.PASSWORD)
    assert told(played)["counts"]["verified"] == 2, played.output
    assert told(by_list)["counts"]["verified"] == 2, by_list.output
    secrets = [hidden, WRONG, dovecot.PASSWORD, token]
    for text in (played.output, failing.output, by_list.output):
        assert [one for one in secrets if one in text] == []
    files = [plays.registry.parent, Path(plays.environment["HOME"]), *map(Path, reports.values())]
    files += plays.folder.glob("play*/results.jsonl")
    seen = 0
    for top in files:
        for path in [top] if top.is_file() else top.rglob("*"):
            if path.is_file():
                seen += 1
                assert [one for one in secrets if one.encode() in path.read_bytes()] == [], path
    assert seen > 5


def test_the_module_for_probe_hosts_takes_only_references(lab: Lab, plays: Plays) -> None:
    """Run as Ansible runs it on another machine: the file with its arguments on the command line."""
    path = Path(__file__).resolve().parents[2] / "plugins" / "modules" / "mailbox_fleet.py"

    def run(**arguments: Any) -> dict[str, Any]:
        given = {"state": "verified", "registry": {"path": str(plays.registry)}, "pace": PACE, **arguments}
        place = plays.folder / "arguments.json"
        place.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": given}))
        tree = plays.environment["ANSIBLE_COLLECTIONS_PATH"]
        ended = subprocess.run(
            [sys.executable, str(path), str(place)],
            env={**plays.environment, "PYTHONPATH": tree},
            capture_output=True,
            text=True,
            check=False,
        )
        found: dict[str, Any] = json.loads(ended.stdout)
        return found

    good = mailbox(lab, dovecot.SALES_USERS[7])
    result = run(mailboxes=[good, {"email": "x"}], fail="never")
    assert result["counts"]["verified"] == 1, result
    assert result["results_by_id"]["mailboxes[1]"]["reason"] == "invalid_declaration"
    held = mailbox(lab, dovecot.SALES_USERS[7], secret={"password": WRONG})
    for refused, why in (
        (run(mailboxes=[held]), "have to lie in Vault"),
        (run(mailboxes=[good], state="present"), "only state: verified"),
        (run(hosts=["a"]), "resolved on the controller"),
    ):
        assert refused["failed"]
        assert why in refused["msg"]
        assert WRONG not in json.dumps(refused)


def test_another_machine_is_never_sent_a_secret(lab: Lab, plays: Plays) -> None:
    declared = inventory({"one": inline(lab, 0)})
    declared["mailboxes"]["hosts"]["probe"] = {
        "ansible_connection": "ssh",
        "ansible_host": "127.0.0.1",
        "ansible_port": 9,
    }
    book = playbook(plays, {"hosts": "probe"}, state="verified", hosts=["one"])
    del book[0]["tasks"][0]["delegate_to"]
    played = plays.play(book, declared)
    assert "was not sent to another machine" in told(played)["msg"], played.output
    book[0]["tasks"][0]["mailops.mailbox.mailbox_fleet"]["state"] = "present"
    assert "only state: verified" in told(plays.play(book, declared))["msg"]
