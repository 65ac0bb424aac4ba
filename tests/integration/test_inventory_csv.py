# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Spreadsheets of mailboxes become hosts; nothing of them vanishes, and none of their lines becomes a machine."""

from __future__ import annotations

import json
from pathlib import Path

import dovecot
import pytest
from lab import Lab
from plays import TASK, Plays
from test_inventory import PRINT, errors, hosts, listed, plain, run

HEADER = "id,email,Smtp Host,smtp_port,imap_host,imap_port,tags,app_password,bcc\n"
ROWS = """\
sales01,sales01@acme.example,smtp.acme.example,465,imap.acme.example,993,"outreach,eu",,
sales02,sales02@acme.example,smtp.acme.example,465,imap.acme.example,993,outreach,open-Sesame,b@acme.example
"""
YML = """\
plugin: mailops.mailbox.mailboxes
source: lists/boxes.csv
defaults:
  secret: {vault: {path: "mail/{{ inventory_hostname }}", field: app_password}}
"""


def spread(folder: Path, content: str | bytes = HEADER + ROWS, name: str = "boxes.csv") -> None:
    (folder / "lists").mkdir(exist_ok=True)
    (folder / "lists" / name).write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.mark.smoke
def test_rows_are_hosts_with_ansibles_default_configuration(tmp_path: Path) -> None:
    spread(tmp_path)
    (tmp_path / "mailboxes.yml").write_text(YML)
    (tmp_path / "play.yml").write_text(PRINT)
    done = run(tmp_path, "ansible-playbook", "-i", "mailboxes.yml", "play.yml", "--limit", "tag_outreach")
    assert done.returncode == 0, done.stdout + done.stderr
    first, second = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("sales01", "sales02"))
    assert first["secret"] == {"vault": {"path": "mail/sales01", "field": "app_password"}}
    assert second["secret"] == {"vault": None, "password": "open-Sesame"}
    assert first["smtp"] == {"host": "smtp.acme.example", "port": 465}
    told = " ".join(done.stderr.split())
    assert "boxes.csv holds passwords" in told
    assert "ignored are the columns bcc" in told


@pytest.mark.smoke
def test_a_spreadsheet_is_an_inventory_where_the_plugin_is_enabled(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(HEADER + ROWS + "short,row\n")
    (tmp_path / "ansible.cfg").write_text("[inventory]\nenable_plugins = mailops.mailbox.mailboxes, auto, yaml, ini\n")
    inventory = json.loads(run(tmp_path, "ansible-inventory", "-i", "x.csv", "-i", "gone.csv", "--list").stdout)
    assert hosts(inventory, "mailboxes") == {"sales01", "sales02", "x.csv_line_4", "gone.csv"}
    assert hosts(inventory, "mailboxes_invalid") == {"x.csv_line_4", "gone.csv"}
    assert errors(inventory, "x.csv_line_4") == [(4, "")]


@pytest.mark.smoke
def test_ansible_alone_takes_each_line_for_a_host_but_for_no_mailbox(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(HEADER.replace(" ", "_") + ROWS)
    inventory = json.loads(run(tmp_path, "ansible-inventory", "-i", "x.csv", "--list").stdout)
    assert len(hosts(inventory, "ungrouped")) == 3
    assert "mailboxes" not in inventory


@pytest.mark.smoke
def test_a_source_that_cant_be_read_is_a_host(tmp_path: Path) -> None:
    spread(tmp_path, "", "empty.csv")
    spread(tmp_path, "email\nä@acme.example\n".encode("latin-1"), "latin.csv")
    spread(tmp_path, "$ANSIBLE_VAULT;1.1;AES256\n3030\n", "closed.csv")
    sources = (
        f"~nosuchuser/x.csv, {'x' * 300}.csv, lists/gone.csv, lists, lists/empty.csv, lists/latin.csv, lists/closed.csv"
    )
    inventory = listed(tmp_path, YML.replace("lists/boxes.csv", f"[{sources}]"))
    variables = inventory["_meta"]["hostvars"]
    told = {
        host: [(plain(fault["line"]), plain(fault["text"])) for fault in variables[host]["mailbox_error"]]
        for host in hosts(inventory, "mailboxes_invalid")
    }
    wanted = {
        "mailboxes.yml": [
            (2, "home folder"),
            (2, "can't be reached (OSError)"),
            (2, "does not exist"),
            (2, "names a folder"),
        ],
        "empty.csv": [(1, "is empty")],
        "latin.csv": [(2, "not UTF-8")],
        "closed.csv": [(1, "no vault password opens it")],
    }
    assert set(told) == set(wanted)
    for host, faults in wanted.items():
        for (line, text), (where, said) in zip(told[host], faults, strict=True):
            assert line == where
            assert said in text


@pytest.mark.smoke
def test_an_encrypted_spreadsheet_is_opened_and_nothing_is_said_of_its_passwords(tmp_path: Path) -> None:
    spread(tmp_path, HEADER.replace(",bcc", "") + ROWS.replace(",\n", "\n").replace(",b@acme.example", ""))
    (tmp_path / "mailboxes.yml").write_text(YML)
    (tmp_path / "pass").write_text("throw-away\n")
    closed = run(tmp_path, "ansible-vault", "encrypt", "--vault-password-file", "pass", "lists/boxes.csv")
    assert closed.returncode == 0, closed.stderr
    done = run(
        tmp_path, "ansible", "sales02", "-i", "mailboxes.yml", "--vault-password-file", "pass", "-m", "debug",
        "-a", "msg={{ mailbox.secret.password }}",
    )  # fmt: skip
    assert "open-Sesame" in done.stdout, done.stdout + done.stderr
    assert "boxes.csv" not in done.stderr
    (tmp_path / "pass").write_text("another\n")
    done = run(tmp_path, "ansible-inventory", "-i", "mailboxes.yml", "--vault-password-file", "pass", "--list")
    assert hosts(json.loads(done.stdout), "mailboxes_invalid") == {"boxes.csv"}


def test_a_spreadsheet_in_an_inventory_folder_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "inventory"
    folder.mkdir()
    spread(folder)
    (folder / "mailboxes.yml").write_text(YML)
    (folder / "others.yml").write_text("servers: {hosts: {web01: {ansible_host: 192.0.2.1}}}\n")
    inventory = json.loads(run(tmp_path, "ansible-inventory", "-i", "inventory", "--list").stdout)
    assert hosts(inventory, "mailboxes_invalid") == {"mailboxes.yml"}
    assert errors(inventory, "mailboxes.yml") == [(2, "source")]
    (folder / "lists").rename(tmp_path / "lists")
    (folder / "mailboxes.yml").write_text(YML.replace("lists/", "../lists/"))
    inventory = json.loads(run(tmp_path, "ansible-inventory", "-i", "inventory", "--list").stdout)
    assert hosts(inventory, "mailboxes") == {"sales01", "sales02"}
    assert hosts(inventory, "servers") == {"web01"}


def test_twenty_mailboxes_of_a_spreadsheet_pass_the_gate_and_one_wrong_row_stops_it(plays: Plays, lab: Lab) -> None:
    users = dovecot.SALES_USERS + dovecot.BENCH_USERS[:10]
    rows = [f"{user.partition('@')[0]},{user},{dovecot.PASSWORD},outreach" for user in users]
    defaults = {
        "tls": {"ca": str(lab.pki.ca)},
        "smtp": {"host": "127.0.0.1", "port": lab.postfix.ports["submissions"], "security": "tls"},
        "imap": {"host": "127.0.0.1", "port": lab.dovecot.ports["imaps"], "security": "tls"},
        "probe": {"timeout": 30},
    }
    declared = {"plugin": "mailops.mailbox.mailboxes", "source": "../export.csv", "defaults": defaults}
    fleet = {"hosts": "{{ ansible_play_batch }}", "registry": {"path": str(plays.registry)}, "fail": "never"}
    tasks = [
        {"name": "Fleet", "mailops.mailbox.mailbox_fleet": fleet, "run_once": True, "delegate_to": "localhost",
         "register": "fleet"},
        {"name": TASK, "mailops.mailbox.mailbox_verdict": {"from": "fleet"}},
    ]  # fmt: skip
    play = [{"hosts": "mailboxes", "gather_facts": False, "tasks": tasks}]
    (plays.folder / "export.csv").write_text("id,email,password,tags\n" + "\n".join(rows) + "\n")
    played = plays.play(play, json.dumps(declared))
    assert played.process.returncode == 0, played.output
    assert len(played.results) == 20
    (plays.folder / "export.csv").write_text("id,email,password,tags\n" + "\n".join([*rows, "x,y"]) + "\n")
    played = plays.play(play, json.dumps(declared), "--limit", "tag_outreach[0:1],mailboxes_invalid")
    assert played.failed == {"export.csv_line_22"}
    assert "export.csv:22" in played.output
    assert dovecot.PASSWORD not in played.output
