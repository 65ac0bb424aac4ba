# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""At -vvv the result shows the dialogue, line by line and without secrets, whatever a server says back."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import ssl
from collections.abc import Iterator
from typing import Any

import dovecot
import pytest
from declared import mailbox
from lab import Lab
from plays import TASK, Plays
from scripted import Peer, ScriptedServer, expect, send, server_context, starttls

pytestmark = pytest.mark.smoke
USER = "sales08@acme.test"
PASSWORDS = {
    "quotes": 'quo"te\'back\\slash"tick',
    "unicode": "p\u00e4ssw\u00f6rd-\u4e2d\u6587-\U0001f511",
    "long": "Tk" + "x9_-Q" * 205,
    "login": "login",
    "ok": "ok",
}
LINE = re.compile(
    r"(smtp|imap)  +\d+\.\d ms  tls: (true |false)  (dns|connect|tls|greeting|capability|starttls|auth) +[<>-] ?"
)


def forms(password: str) -> list[str]:
    """Every form in which a password could be shown, without what is a word of its own."""
    raw = password.encode()
    written = {password, json.dumps(password)[1:-1], json.dumps(json.dumps(password)[1:-1])[1:-1]}
    written |= {password.replace("\\", "\\\\").replace('"', '\\"'), repr(password)[1:-1]}
    encoded = {base64.b64encode(octets).decode() for octets in (raw, b"\0" + USER.encode() + b"\0" + raw)}
    return sorted(({form for form in written if len(form) > 5}) | encoded)


def echo_smtp(peer: Peer) -> None:
    """Say back whatever comes, as it came and decoded."""
    while True:
        line = peer.line().rstrip(b"\r\n")
        if line[:4] == b"EHLO":
            peer.send(b"250-lab hello " + line[5:] + b"\r\n250 AUTH PLAIN LOGIN\r\n")
        elif line == b"AUTH PLAIN":
            peer.send(b"334 \r\n")
        elif line[:4] == b"QUIT":
            peer.send(b"221 2.0.0 Bye\r\n")
            return
        else:
            peer.send(b"535-5.7.8 you sent " + line + b"\r\n535 5.7.8 which-reads " + heard(line) + b"\r\n")


def echo_imap(peer: Peer) -> None:
    """Say back whatever comes, in a line of its own, as an alert, and with the tag."""
    while True:
        line = peer.line().rstrip(b"\r\n")
        tag = line.split(b" ")[0]
        if b"CAPABILITY" in line:
            peer.send(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n" + tag + b" OK\r\n")
        elif b"LOGOUT" in line:
            peer.send(b"* BYE\r\n" + tag + b" OK\r\n")
            return
        else:
            peer.send(b"* NO [ALERT] you sent " + line + b"\r\n* 1 EXISTS " + heard(line) + b"\r\n")
            peer.send(tag + b" NO which-reads " + heard(line) + b"\r\n")


def heard(line: bytes) -> bytes:
    """The password of a PLAIN message."""
    return base64.b64decode(line.rpartition(b" ")[2] + b"==", validate=False).rpartition(b"\0")[2]


@contextlib.contextmanager
def echoing(context: ssl.SSLContext) -> Iterator[tuple[ScriptedServer, ScriptedServer]]:
    hello = [
        send(b"220 lab\r\n"),
        expect(b"EHLO"),
        send(b"250-lab\r\n250 STARTTLS\r\n"),
        expect(b"STARTTLS"),
        send(b"220 go\r\n"),
    ]
    with (
        ScriptedServer([*hello, starttls(context), echo_smtp]) as smtp,
        ScriptedServer(
            [send(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] lab\r\n"), echo_imap], tls=context
        ) as imap,
    ):
        yield smtp, imap


def declared(lab: Lab, smtp: ScriptedServer, imap: ScriptedServer) -> dict[str, Any]:
    # One account a mailbox, because a fleet logs in to each account once.
    places = {"smtp": {"port": smtp.port, "security": "starttls"}, "imap": {"port": imap.port}}
    echo = {
        name: mailbox(lab, USER, id=name, secret={"password": password}, **places)
        for name, password in PASSWORDS.items()
    }
    return {"good": mailbox(lab, dovecot.OK_USER, secret={"password": dovecot.PASSWORD}), **echo}


def test_section_7_1_the_trace_helps_and_leaks_nothing(lab: Lab, plays: Plays) -> None:
    good = lab.pki.leaves["good"]
    with echoing(server_context(str(good.cert), str(good.key))) as (smtp, imap):
        played = plays.run(declared(lab, smtp, imap), "-vvv")
    assert base64.b64encode(b"\0" + USER.encode() + b"\0ok") in smtp.secured
    assert played.results["good"]["status"] == "verified", played.output
    for name, password in {**PASSWORDS, "good": dovecot.PASSWORD}.items():
        result = played.results[name]
        trace = result["trace"]
        assert all(LINE.match(line) for line in trace if "auth" in line), trace
        for protocol in ("smtp", "imap"):
            assert any(re.search(rf"{protocol} .* tls: true .* > (.*PLAIN )?\*{{8}}$", line) for line in trace), trace
        assert [form for form in forms(password) if form in played.output] == [], name
        assert [form for form in forms(password) if form in json.dumps(result, ensure_ascii=False)] == [], name
    trace = played.results["quotes"]["trace"]
    assert any("tls: false  starttls     > STARTTLS" in line for line in trace), trace
    assert any(line.endswith("< 535 5.7.8 (text withheld: the server echoed what it was sent)") for line in trace), (
        trace
    )
    # What is a word of its own is not shown where it was an argument, nor where it was said back.
    assert "you sent" not in played.output
    assert "which-reads" not in played.output


def test_a_fleet_shows_the_dialogues_of_failures_at_vvv(lab: Lab, plays: Plays) -> None:
    good = lab.pki.leaves["good"]
    with echoing(server_context(str(good.cert), str(good.key))) as (smtp, imap):
        chosen = {name: one for name, one in declared(lab, smtp, imap).items() if name in ("good", "quotes")}
        play = {
            "hosts": "mailboxes",
            "gather_facts": False,
            "tasks": [
                {
                    "name": TASK,
                    "mailops.mailbox.mailbox_fleet": {
                        "hosts": "{{ ansible_play_batch }}",
                        "state": "verified",
                        "registry": {"path": str(plays.registry)},
                    },
                    "run_once": True,
                    "delegate_to": "localhost",
                }
            ],
        }
        inventory = {"mailboxes": {"hosts": {name: {"mailbox": one} for name, one in chosen.items()}}}
        loud = plays.play([play], inventory, "-vvv")
        quiet = plays.play([play], inventory, "-vv")
    results = next(iter(loud.results.values()))["results"]
    assert "trace" not in results[dovecot.OK_USER]
    assert any(line.endswith("> AUTH PLAIN ********") for line in results["quotes"]["trace"]), loud.output
    assert [form for form in forms(PASSWORDS["quotes"]) if form in loud.output] == []
    assert "trace" not in next(iter(quiet.results.values()))["results"]["quotes"]
