# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every way in which a mailbox can be wrong: the play fails and says which, and nothing is altered by it."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import dovecot
import pki
import postfix
import pytest
import scripted
from declared import mailbox, merged, secret
from lab import Lab
from plays import Plays, environment

HTTP_ANSWER = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"


@contextlib.contextmanager
def blackhole() -> Iterator[int]:
    """A port that takes no connection and refuses none: its backlog is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, contextlib.ExitStack() as stack:
        for _unused in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


# name: (status, [(protocol, stage, category)], a word of the reply, a word of a remedy)
CASES: dict[str, tuple[str, list[tuple[str | None, str, str]], str, str]] = {
    "wrong-password": (
        "failed",
        [("smtp", "auth", "auth.credentials"), ("imap", "auth", "auth.credentials")],
        "535 5.7.8",
        "password",
    ),
    "imap-disabled": ("partial", [("imap", "auth", "auth.protocol_disabled")], "NO", "IMAP"),
    "imap-host-wrong": ("partial", [("imap", "connect", "connect.refused")], "", "port"),
    "folder-missing": ("partial", [("imap", "select", "mailbox.nonexistent")], "", "Archive"),
    "folder-forbidden": ("partial", [("imap", "select", "mailbox.perm")], "NOPERM", "right"),
    "tls-on-starttls": (
        "failed",
        [("smtp", "tls", "tls.mode_mismatch"), ("imap", "tls", "tls.mode_mismatch")],
        "220 mail.acme.test ESMTP",
        "starttls",
    ),
    "starttls-on-tls": (
        "failed",
        [("smtp", "greeting", "tls.mode_mismatch"), ("imap", "greeting", "tls.mode_mismatch")],
        "",
        "tls",
    ),
    "swapped": ("failed", [(None, "greeting", "port.wrong_protocol")], "* OK", "Swap"),
    "pop3": ("partial", [("imap", "greeting", "port.wrong_protocol")], "+OK", "port 993 with security tls"),
    "http": ("partial", [("imap", "greeting", "port.wrong_protocol")], "HTTP", "imap.host"),
    "closed-port": (
        "failed",
        [("smtp", "connect", "connect.refused"), ("imap", "connect", "connect.refused")],
        "",
        "port",
    ),
    "expired": ("failed", [("smtp", "tls", "tls.expired"), ("imap", "tls", "tls.expired")], "", "certificate"),
    "wrong-name": (
        "failed",
        [("smtp", "tls", "tls.name_mismatch"), ("imap", "tls", "tls.name_mismatch")],
        "",
        "certificate",
    ),
    "unknown-ca": ("failed", [("smtp", "tls", "tls.unknown_ca"), ("imap", "tls", "tls.unknown_ca")], "", "tls.ca"),
    "sender-not-owned": ("partial", [("smtp", "recipient", "sender.not_owned")], "not owned by user", "login"),
    "relay-denied": ("partial", [("smtp", "recipient", "rcpt.relay")], "Relay access denied", ""),
    "over-quota": ("partial", [("smtp", "recipient", "quota.mailbox")], "5.2.2", "quota"),
    "vault-403": ("failed", [(None, "secret", "secret.vault_forbidden")], "", "capabilities"),
    "vault-path": ("failed", [(None, "secret", "secret.path_missing")], "", "vault kv put"),
    "vault-field": ("failed", [(None, "secret", "secret.field_missing")], "", "app_password"),
    "vault-version": ("failed", [(None, "secret", "secret.version_missing")], "", "version"),
    # Vault does not tell a token without rights whether a mount exists.
    "vault-mount": ("failed", [(None, "secret", "secret.vault_forbidden")], "permission denied", "secrets list"),
}


def declarations(lab: Lab) -> dict[str, Any]:
    """One mailbox for each case; each has an address of its own, as logins of one account are counted together."""
    smtp, imap = lab.postfix.ports, lab.dovecot.ports
    vault = lab.vault
    assert vault is not None
    vault.put("other/elsewhere", {"app_password": "x"})
    sales = [f"sales{number:02}@acme.test" for number in range(1, 11)]
    good = mailbox(lab)
    at = {name: {"smtp": {"host": address}, "imap": {"host": address}} for address, name in pki.ADDRESSES.items()}
    return {
        "wrong-password": mailbox(lab, sales[0], secret=secret(lab, sales[0], "not the password")),
        "imap-disabled": mailbox(lab, dovecot.IMAP_OFF_USER),
        "imap-host-wrong": merged(good, {"imap": {"host": "127.0.0.1", "port": closed_port()}}),
        "folder-missing": merged(good, {"imap": {"mailbox": "Archiv"}}),
        "folder-forbidden": merged(good, {"imap": {"mailbox": dovecot.LOCKED_FOLDER}}),
        "tls-on-starttls": merged(good, {"smtp": {"port": smtp["submission"]}, "imap": {"port": imap["imap"]}}),
        "starttls-on-tls": merged(
            good, {"probe": {"timeout": 6}, "smtp": {"security": "starttls"}, "imap": {"security": "starttls"}}
        ),
        "swapped": merged(
            good,
            {
                "smtp": {"port": imap["imap"], "security": "starttls"},
                "imap": {"port": smtp["submission"], "security": "starttls"},
            },
        ),
        "pop3": merged(good, {"imap": {"port": imap["pop3"], "security": "starttls"}}),
        "closed-port": merged(good, {"smtp": {"port": closed_port()}, "imap": {"port": closed_port()}}),
        "expired": merged(good, at["expired"]),
        "wrong-name": merged(good, at["wrong_name"]),
        "unknown-ca": merged(good, at["unknown_ca"]),
        "sender-not-owned": mailbox(lab, sales[2], smtp={"from": [postfix.TEAM_ADDRESS]}),
        "relay-denied": merged(
            good,
            {
                "smtp": {
                    "port": smtp["mx"],
                    "security": "none",
                    "auth": {"mechanisms": ["none"]},
                    "recipient": postfix.FOREIGN,
                }
            },
        ),
        "over-quota": mailbox(lab, dovecot.FULL_USER),
        "vault-403": merged(good, {"secret": {"vault": {"path": "other/elsewhere", "field": "app_password"}}}),
        "vault-path": merged(good, {"secret": {"vault": {"path": "mail/nobody", "field": "app_password"}}}),
        "vault-field": merged(good, {"secret": {"vault": {"field": "app_pasword"}}}),
        "vault-version": merged(good, {"secret": {"vault": {"version": 9999}}}),
        "vault-mount": merged(good, {"secret": {"vault": {"mount": "nowhere"}}}),
    }


@pytest.fixture(scope="module")
def broken(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Plays]]:
    """All cases in one play, so that Ansible is started once."""
    folder = tmp_path_factory.mktemp("broken")
    assert lab.vault is not None
    # Listing mounts is what tells a missing mount from a missing right.
    plays = Plays(folder, environment(folder / "home") | lab.vault_environment())
    with scripted.ScriptedServer([scripted.send(HTTP_ANSWER), scripted.close()]) as http:
        declared = declarations(lab)
        declared["http"] = mailbox(lab, imap={"port": http.port, "security": "starttls"})
        yield plays.run(declared), plays


@pytest.mark.parametrize("name", CASES)
def test_a_broken_mailbox_fails_with_its_diagnosis(broken: tuple[Any, Plays], name: str) -> None:
    played, _unused = broken
    status, expected, reply, remedy = CASES[name]
    assert name in played.failed, played.output
    result = played.results[name]
    failures = result["failures"]
    assert result["status"] == status, result["msg"]
    assert [(f["protocol"], f["stage"], f["category"]) for f in failures] == expected, result["msg"]
    assert reply in " ".join(str(failure["reply"]) for failure in failures), result["msg"]
    remedies = " ".join(cause["remedy"] for failure in failures for cause in failure["causes"])
    assert remedy in remedies, remedies
    assert result["changed"] is False
    assert result["msg"].splitlines()[0].endswith((".", "!")), result["msg"].splitlines()[0]


def test_the_play_fails_and_registers_nothing(broken: tuple[Any, Plays]) -> None:
    played, plays = broken
    assert played.process.returncode == 2
    assert set(played.results) == set(CASES)
    listed = plays.run({"localhost": {}}, module="mailbox_connection_info")
    assert listed.only()["mailboxes"] == []


def test_near_names_of_a_missing_folder_are_listed(broken: tuple[Any, Plays]) -> None:
    message = broken[0].results["folder-missing"]["msg"]
    assert "Archive" in message


def test_the_names_of_a_wrong_certificate_are_listed(broken: tuple[Any, Plays]) -> None:
    played, _unused = broken
    certificate = played.results["wrong-name"]["smtp"]["tls"]["certificate"]
    assert certificate["names"]
    assert certificate["names"][0] in played.results["wrong-name"]["msg"]


def test_a_blackhole_ends_within_the_deadline(lab: Lab, plays: Plays) -> None:
    with blackhole() as port:
        declared = mailbox(lab, probe={"timeout": 4}, smtp={"port": port}, imap={"port": port})
        result = plays.run({"hole": declared}).only()
    assert result["status"] == "inconclusive"
    assert [f["category"] for f in result["failures"]] == ["connect.timeout", "connect.timeout"]
    assert result["smtp"]["addresses"][0]["result"] == "timed_out"
    assert result["timing"]["duration_ms"] <= 4500


def test_a_sealed_and_an_absent_vault_are_told_apart(lab: Lab, plays: Plays) -> None:
    assert lab.vault is not None
    declared = mailbox(lab)
    plays.run({"ok": declared})
    lab.vault.seal()
    try:
        sealed = plays.run({"ok": declared}).only()
    finally:
        lab.vault.unseal()
    down = plays.run({"ok": declared}, environment={"VAULT_ADDR": f"http://127.0.0.1:{closed_port()}"}).only()
    assert [f["category"] for f in sealed["failures"]] == ["secret.vault_sealed"]
    assert [f["category"] for f in down["failures"]] == ["secret.vault_unreachable"]
    assert "unseal" in sealed["msg"]
    for result in (sealed, down):
        assert result["status"] == "inconclusive"
        assert result["registration"]["before"] is not None
        assert result["registration"]["before"] == result["registration"]["after"]
