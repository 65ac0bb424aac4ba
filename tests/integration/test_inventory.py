# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of mailboxes become hosts, and what is wrong with them does, too."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from plays import environment

HEAD = """\
plugin: mailops.mailbox.mailboxes
defaults:
  smtp: {host: smtp.gmail.com, port: 465}
  imap: {host: imap.acme.example}
  probe: {timeout: 60, depth: auth}
mailboxes:
"""
GOOD = """\
  sales01:
    email: sales01@acme.example
    secret: {password: "{{ sales_password }}"}
    tags: [outreach]
    probe: {depth: sender}
"""


pytestmark = pytest.mark.smoke


def run(folder: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).parent / program), *arguments],
        env=environment(folder / "home") | {"ANSIBLE_CALLBACK_RESULT_FORMAT": "json"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def listed(folder: Path, text: str) -> dict[str, Any]:
    (folder / "mailboxes.yml").write_text(text)
    done = run(folder, "ansible-inventory", "-i", "mailboxes.yml", "--list", "-e", "sales_password=x")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def hosts(inventory: dict[str, Any], group: str) -> set[str]:
    return set(inventory.get(group, {}).get("hosts", ()))


def plain(value: Any) -> Any:
    return value["__ansible_unsafe"] if isinstance(value, dict) and "__ansible_unsafe" in value else value


def errors(inventory: dict[str, Any], host: str) -> list[tuple[Any, Any]]:
    found = inventory["_meta"]["hostvars"][host]["mailbox_error"]
    return [(plain(entry["line"]), plain(entry["key"])) for entry in found]


def test_a_mailbox_is_a_local_host_in_its_groups(tmp_path: Path) -> None:
    inventory = listed(tmp_path, HEAD + GOOD)
    for group in ("mailboxes", "provider_gmail", "domain_acme_example", "tag_outreach"):
        assert hosts(inventory, group) == {"sales01"}
    assert not hosts(inventory, "mailboxes_invalid")
    assert plain(inventory["_meta"]["hostvars"]["sales01"]["ansible_connection"]) == "local"


def test_group_variables_stand_between_the_file_and_the_mailbox(tmp_path: Path) -> None:
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "tag_outreach.yml").write_text(
        "mailbox_defaults: {probe: {timeout: 90, depth: message}}"
    )
    (tmp_path / "mailboxes.yml").write_text(HEAD + GOOD)
    done = run(
        tmp_path, "ansible", "sales01", "-i", "mailboxes.yml", "-e", "sales_password=topsy", "-m", "debug",
        "-a", "msg={{ mailbox.probe.timeout }}/{{ mailbox.probe.depth }}/{{ mailbox.secret.password }}/"
        "{{ mailbox.smtp.port }}",
    )  # fmt: skip
    assert "90/sender/topsy/465" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("declared", "host", "wrong"),
    [
        ("  bad: {email: b@acme.example,\n    smtp: {prot: 3}}\n", "bad", (13, "smtp.prot")),
        ("  bad:\n    email: b@acme.example\n    daily_limit: many\n", "bad", (14, "daily_limit")),
        ("  bad: hello\n", "bad", (12, "")),
        ("  bad:\n    email: SALES01@acme.example\n", "bad", (13, "email")),
        ("  localhost: {email: b@acme.example}\n", "mailboxes.yml_line_12", (12, "id")),
        ("  sales01: {email: b@acme.example}\n", "sales01", (12, "sales01")),
    ],
)
def test_a_wrong_declaration_does_not_vanish(tmp_path: Path, declared: str, host: str, wrong: tuple[int, str]) -> None:
    inventory = listed(tmp_path, HEAD + GOOD + declared)
    assert host in hosts(inventory, "mailboxes_invalid")
    assert host in hosts(inventory, "mailboxes")
    assert wrong in errors(inventory, host)
    assert plain(inventory["_meta"]["hostvars"][host]["ansible_connection"]) == "local"


@pytest.mark.parametrize("text", [HEAD, "plugin: mailops.mailbox.mailboxes\n", HEAD + GOOD + "mailboxe: {}\n"])
def test_a_file_without_use_is_an_invalid_host(tmp_path: Path, text: str) -> None:
    inventory = listed(tmp_path, text)
    assert hosts(inventory, "mailboxes_invalid") == {"mailboxes.yml"}


def test_section_7_8_a_mailbox_is_never_logged_in_to_as_a_machine(tmp_path: Path) -> None:
    text = HEAD + GOOD + "  user@acme.example: {emial: user@acme.example}\n"
    inventory = listed(tmp_path, text)
    for host in ("sales01", "user@acme.example"):
        assert plain(inventory["_meta"]["hostvars"][host]["ansible_connection"]) == "local"
    assert "user@acme.example" in hosts(inventory, "mailboxes_invalid")


def test_constructed_groups_see_no_secret_and_their_failure_quotes_none(tmp_path: Path) -> None:
    secret = "smtp: {secret: {password: open-Sesame}}"
    grouping = "strict: true\nkeyed_groups: [{key: mailbox.smtp.secret.password, prefix: leak}]\n"
    inventory = listed(tmp_path, HEAD + GOOD + f"    {secret}\n" + grouping)
    assert hosts(inventory, "mailboxes_invalid") == {"sales01"}
    assert "open-Sesame" not in json.dumps(inventory)


def test_limit_picks_mailboxes_by_their_groups(tmp_path: Path) -> None:
    second = "  support: {email: support@other.example, secret: {password: x}, tags: [desk]}\n"
    (tmp_path / "mailboxes.yml").write_text(HEAD + GOOD + second)
    done = run(tmp_path, "ansible", "mailboxes", "-i", "mailboxes.yml", "--list-hosts", "--limit", "tag_desk")
    assert done.stdout.split()[-1] == "support", done.stdout + done.stderr


def test_an_encrypted_value_is_left_to_the_run(tmp_path: Path) -> None:
    (tmp_path / "pass").write_text("throw-away\n")
    made = subprocess.run(
        [
            str(Path(sys.executable).parent / "ansible-vault"),
            "encrypt_string",
            "--vault-password-file",
            "pass",
            "--stdin-name",
            "password",
        ],
        input="open-Sesame",
        env=environment(tmp_path / "home"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    value = "\n".join("        " + line for line in made.strip().splitlines())
    text = (
        HEAD
        + "  sales01:\n    email: sales01@acme.example\n    secret:\n"
        + value.replace("        password:", "      password:", 1)
    )
    (tmp_path / "mailboxes.yml").write_text(text + "\n")
    done = run(
        tmp_path, "ansible", "sales01", "-i", "mailboxes.yml", "--vault-password-file", "pass", "-m", "debug",
        "-a", "msg={{ mailbox.secret.password }}",
    )  # fmt: skip
    assert "open-Sesame" in done.stdout, done.stdout + done.stderr
