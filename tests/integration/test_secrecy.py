# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret shows up anywhere: output at every verbosity, results, registry, processes, what Ansible leaves behind."""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dovecot
import pytest
from declared import mailbox, secret
from lab import Lab
from leaks import forms
from plays import Plays
from scripted import ScriptedServer, Step, imap_loop, send, server_context, smtp_loop

pytestmark = pytest.mark.smoke
USER = "sales08@acme.test"
PASSWORDS = [dovecot.PASSWORD, "quote\"back\\slash'tick", "pässwörd-中文-🔑", "acme"]


@contextlib.contextmanager
def watched_processes() -> Iterator[set[bytes]]:
    """Collect the command line and environment of every process while a play runs."""
    seen: set[bytes] = set()
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            for process in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    seen.add((process / "cmdline").read_bytes())
            time.sleep(0.02)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def files_below(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path, path.read_bytes()


def echoing(secret_echo: bytes) -> tuple[list[Step], list[Step]]:
    """Servers that refuse a login and say the secret back, as some really do."""
    ehlo = b"250-lab\r\n250 AUTH PLAIN\r\n"
    smtp = [send(b"220 lab ESMTP\r\n"), smtp_loop({b"EHLO": ehlo, b"AUTH": b"535 5.7.8 no: " + secret_echo + b"\r\n"})]
    imap = [
        send(b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] lab\r\n"),
        imap_loop(
            {b"AUTHENTICATE": b"* NO [ALERT] you said " + secret_echo + b"\r\n%t NO no: " + secret_echo + b"\r\n"}
        ),
    ]
    return smtp, imap


@pytest.mark.parametrize("password", PASSWORDS, ids=["usual", "quotes", "unicode", "part of the address"])
@pytest.mark.parametrize("kind", ["vault", "inline"])
def test_section_7_1_no_secret_is_found_anywhere(lab: Lab, plays: Plays, kind: str, password: str) -> None:
    assert lab.vault is not None
    good = lab.pki.leaves["good"]
    context = server_context(str(good.cert), str(good.key))
    token = lab.vault.token("mail")
    where = secret(lab, USER, password) if kind == "vault" else {"password": password}
    smtp, imap = echoing(password.encode() + b" " + base64.b64encode(b"\0" + USER.encode() + b"\0" + password.encode()))
    lab.dovecot.set_password(USER, password)
    try:
        with (
            ScriptedServer(smtp, tls=context) as smtp_server,
            ScriptedServer(imap, tls=context) as imap_server,
            watched_processes() as processes,
        ):
            declared = {
                "good": mailbox(lab, USER, secret=where),
                # By another name: what this server refuses says nothing about the account at the other one.
                "echo": mailbox(
                    lab,
                    USER,
                    secret=where,
                    smtp={"host": "localhost", "port": smtp_server.port},
                    imap={"host": "localhost", "port": imap_server.port},
                ),
                "swapped": mailbox(lab, USER, secret=where, smtp={"hots": "x"}),
            }
            played = plays.run(
                declared,
                "-vvvvv",
                "--diff",
                environment={"ANSIBLE_DEBUG": "1"},
                vault={"token": token, "url": lab.vault.address},
            )
    finally:
        lab.dovecot.set_password(USER, dovecot.PASSWORD)
    assert played.results["good"]["status"] == "verified", played.output
    assert played.results["echo"]["status"] == "failed", played.output
    assert played.results["swapped"]["reason"] == "invalid_declaration", played.output
    assert played.results["good"]["id"] == USER
    secrets = [*forms(password, USER), token.encode()]
    if password == "acme":
        # It stands in every address; only forms that are no part of one can tell a leak.
        secrets = [form for form in secrets if form != b"acme"]
    found = [form for form in secrets if form in played.output.encode()]
    assert found == []
    assert [form for form in secrets for line in processes if form in line] == []
    state = dict(files_below(plays.registry.parent))
    assert plays.registry in state
    home = Path(plays.environment["HOME"])
    for path, data in [*state.items(), *files_below(home), *results(plays)]:
        assert [form for form in secrets if form in data] == [], path


def results(plays: Plays) -> Iterator[tuple[Path, bytes]]:
    for path in plays.folder.glob("play*/results.jsonl"):
        yield path, path.read_bytes()


def test_a_password_that_is_part_of_the_address_does_not_maim_results(lab: Lab, plays: Plays) -> None:
    lab.dovecot.set_password(USER, "acme")
    try:
        result: dict[str, Any] = plays.run({USER: mailbox(lab, USER, secret={"password": "acme"})}).only()
    finally:
        lab.dovecot.set_password(USER, dovecot.PASSWORD)
    assert result["id"] == USER
    assert "****" not in json.dumps(result)


def test_section_7_1_an_inline_password_is_not_sent_to_another_machine(lab: Lab, plays: Plays) -> None:
    declared = {USER: mailbox(lab, USER, secret={"password": "open-Sesame/7"})}
    play = {
        "hosts": "all",
        "gather_facts": False,
        "tasks": [
            {
                "name": "Prove and register",
                "mailops.mailbox.mailbox_connection": {"mailbox": "{{ mailbox }}", "state": "verified"},
            }
        ],
    }
    remote = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 9}
    inventory = {"all": {"hosts": {USER: {"mailbox": declared[USER], **remote}}}}
    played = plays.play([play], inventory)
    assert "was not sent to another machine" in played.only()["msg"], played.output
    assert "open-Sesame/7" not in played.output


def test_an_encrypted_inventory_works(lab: Lab, plays: Plays) -> None:
    password_file = plays.folder / "vault-pass"
    password_file.write_text("throw-away\n")
    encrypted = subprocess.run(
        [
            str(Path(sys.executable).parent / "ansible-vault"),
            "encrypt_string",
            "--vault-password-file",
            str(password_file),
            "--stdin-name",
            "password",
        ],
        input=dovecot.PASSWORD,
        env=plays.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    declared = mailbox(lab, USER, secret={"password": "PLACE"})
    local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    text = json.dumps({"mailboxes": {"hosts": {USER: {"mailbox": declared, **local}}}}, indent=1)
    value = encrypted.partition(":")[2].strip()
    # JSON is YAML in flow style, where a block scalar can't stand; a tagged text with escaped line ends can.
    tag, _unused, body = value.partition("|")
    lines = "\\n".join(line.strip() for line in body.strip().splitlines())
    inventory = text.replace('"PLACE"', f'{tag.strip()} "{lines}"')
    play = {
        "hosts": "mailboxes",
        "gather_facts": False,
        "tasks": [
            {
                "name": "Prove and register",
                "mailops.mailbox.mailbox_connection": {
                    "mailbox": "{{ mailbox }}",
                    "registry": {"path": str(plays.registry)},
                },
            }
        ],
    }
    played = plays.play([play], inventory, "--vault-password-file", str(password_file), "-vvv")
    assert played.only().get("status") == "verified", played.output
    assert dovecot.PASSWORD not in played.output
