# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles verify and provision in their playbooks and in plays of users; the examples of the documentation."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

import dovecot
import pytest
import yaml
from declared import mailbox
from gated import User
from lab import Lab

ROOT = Path(__file__).resolve().parents[2]
YAML = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User(tmp_path)


def fleet_of(lab: Lab, names: dict[str, str], **changes: Any) -> dict[str, Any]:
    """Mailboxes that work, by name and address."""
    return {
        name: mailbox(lab, address, secret={"password": dovecot.PASSWORD}, **changes) for name, address in names.items()
    }


def recap(output: str) -> dict[str, dict[str, int]]:
    """What the recap says of each host."""
    found = {}
    for line in output.partition("PLAY RECAP")[2].splitlines():
        host, colon, rest = line.partition(" : ")
        if colon:
            found[host.strip()] = {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", rest)}
    return found


def registered(user: User) -> set[str]:
    path = user.folder / "home/.local/state/mailops.mailbox/registry.sqlite"
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return {row[0] for row in connection.execute("SELECT id FROM registrations")}
    finally:
        connection.close()


@pytest.mark.smoke
def test_verify_gives_each_mailbox_its_verdict_and_registers_none(lab: Lab, user: User) -> None:
    boxes = fleet_of(lab, {"good": dovecot.SALES_USERS[6], "half": dovecot.SALES_USERS[7]})
    boxes["half"]["imap"] = {"host": "127.0.0.1", "port": 1, "security": "tls"}
    boxes["typo"] = {"emial": "sales09@acme.test"}
    user.mailboxes(boxes)
    options = (
        '{"verify_on_invalid": "isolate", "verify_pace": {"retries": 0}, "verify_report": {"json": "report.json"}}'
    )
    command = ("mailops.mailbox.verify", "-i", "mail.yml", "-i", "web.ini", "-e", options)
    done = user.run(*command)
    assert done.returncode == 2, done.stdout + done.stderr
    hosts = recap(done.stdout)
    assert {host for host, counts in hosts.items() if counts["failed"]} == {"half", "typo"}
    assert not any(counts["unreachable"] for counts in hosts.values())
    assert "emial is not a known key" in " ".join(done.stdout.split())
    assert (user.folder / "report.json").exists()
    assert registered(user) == set()
    limited = user.run(*command, "--limit", "good")
    assert limited.returncode == 0, limited.stdout
    assert set(recap(limited.stdout)) == {"good"}
    assert user.run(*command, "-e", "verify_allow_partial=true", "--limit", "half").returncode == 0


@pytest.mark.smoke
def test_provision_registers_once_and_prunes(lab: Lab, user: User) -> None:
    names = {f"s{number}": address for number, address in enumerate(dovecot.SALES_USERS[:3])}
    user.mailboxes(fleet_of(lab, names))
    command = ("mailops.mailbox.provision", "-i", "mail.yml", "-e", "provision_fleet=outreach")
    checked = user.run(*command, "--check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    first = user.run(*command)
    assert first.returncode == 0, first.stdout + first.stderr
    assert registered(user) == set(names)
    second = user.run(*command)
    assert not any(counts["changed"] for counts in recap(second.stdout).values()), second.stdout

    del names["s2"]
    user.mailboxes(fleet_of(lab, names))
    pruning = (*command, "-e", "provision_prune=true")
    assert "s2" in user.run(*pruning).stdout
    assert "prune was refused" in user.run(*pruning, "-i", "nosuch.yml", "-e", "provision_prune_max=50").stdout
    assert registered(user) == {"s0", "s1", "s2"}
    assert user.run(*pruning, "-e", "provision_prune_max=50").returncode == 0
    assert registered(user) == set(names)


def test_a_play_with_serial_verifies_batch_by_batch(lab: Lab, user: User) -> None:
    user.mailboxes(fleet_of(lab, {"a": dovecot.SALES_USERS[3], "b": dovecot.SALES_USERS[4]}))
    play = {"hosts": "mailboxes", "gather_facts": False, "serial": 1, "roles": [{"role": "mailops.mailbox.verify"}]}
    done = user.run(user.write("site.yml", [play]), "-i", "mail.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("Probe all mailboxes of the play") == 2


def test_a_localhost_of_the_inventory_is_not_logged_in_to(lab: Lab, user: User) -> None:
    user.mailboxes(fleet_of(lab, {"a": dovecot.SALES_USERS[3]}))
    user.write("local.ini", "localhost ansible_host=192.0.2.1\n")
    done = user.run("mailops.mailbox.gate", "-i", "mail.yml", "-i", "local.ini")
    assert done.returncode == 0, done.stdout + done.stderr


def examples() -> list[Any]:
    """The playbooks among the examples of the documentation."""
    found = []
    for path in [*sorted((ROOT / "roles").glob("*/README.md")), ROOT / "docs" / "gate.md"]:
        for number, block in enumerate(YAML.findall(path.read_text())):
            if block.lstrip("# site.yml\n").startswith("- name:"):
                found.append(pytest.param(block, id=f"{path.parent.name}-{path.stem}-{number}"))
    return found


@pytest.mark.parametrize("example", examples())
def test_the_examples_of_the_documentation_run(lab: Lab, user: User, example: str) -> None:
    tags = {"tags": ["outreach", "transactional"], "daily_limit": 10000}
    boxes = fleet_of(lab, {"support@acme.example": dovecot.SALES_USERS[8], "b": dovecot.SALES_USERS[9]}, **tags)
    user.mailboxes(boxes)
    user.write("site.yml", example)
    done = user.run("site.yml", "-i", "mail.yml", "-i", "web.ini")
    assert done.returncode == 0, done.stdout + done.stderr
    plays = yaml.safe_load(example)
    reports = re.findall(r"(?:html|json|junit): (\S+)", example)
    assert all((user.folder / name).stat().st_size for name in reports)
    assert done.stdout.count("PLAY [") == len(plays)


def test_there_are_examples() -> None:
    assert len(examples()) >= 5
