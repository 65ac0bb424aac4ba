# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole runs of one mailbox, from arguments to outcome, against scripted servers on loopback."""

from __future__ import annotations

import socket
import sqlite3
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import trustme
from scripted import ScriptedServer, Step, hang, imap_loop, send, smtp_loop

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol
from ansible_collections.mailops.mailbox.plugins.module_utils._models.parse import parse_mailbox
from ansible_collections.mailops.mailbox.plugins.module_utils._registry.base import utc_text
from ansible_collections.mailops.mailbox.plugins.module_utils._registry.sqlite import SqliteRegistry
from ansible_collections.mailops.mailbox.plugins.module_utils._run import probe
from ansible_collections.mailops.mailbox.plugins.module_utils._run.connection import Outcome
from ansible_collections.mailops.mailbox.plugins.module_utils._run.entry import explain, read_registrations, run
from ansible_collections.mailops.mailbox.plugins.module_utils._run.plans import mailbox_plan
from ansible_collections.mailops.mailbox.tests.unit.secrets.scripted_vault import (
    PREFLIGHT,
    ScriptedVault,
    errors,
    kv2,
    mount,
)

USER = "u@acme.example"
PASSWORD = "open-Sesame/7"
EHLO = b"250-lab\r\n250-PIPELINING\r\n250 AUTH PLAIN\r\n"
SMTP: list[Step] = [send(b"220 lab\r\n"), smtp_loop({b"EHLO": EHLO, b"AUTH": b"235 2.7.0 in\r\n"})]
SMTP_REFUSES: list[Step] = [send(b"220 lab\r\n"), smtp_loop({b"EHLO": EHLO, b"AUTH": b"535 5.7.8 no\r\n"})]
HELLO = send(b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] lab\r\n")
IMAP: list[Step] = [
    HELLO,
    imap_loop({b"LIST": b'* LIST () "/" INBOX\r\n%t OK\r\n', b"EXAMINE": b"* 3 EXISTS\r\n%t OK [READ-ONLY]\r\n"}),
]
IMAP_REFUSES: list[Step] = [HELLO, imap_loop({b"AUTHENTICATE": b"%t NO [AUTHENTICATIONFAILED] no\r\n"})]


class Desk:
    """Servers, a registry, and what a task would say."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._stack = stack
        authority = trustme.CA()
        self.ca = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(self.context)

    def serve(self, script: list[Step], *, tls: bool = True) -> ScriptedServer:
        return self._stack.enter_context(ScriptedServer(script, tls=self.context if tls else None))

    def mailbox(self, smtp: ScriptedServer | None, imap: ScriptedServer | None, **more: Any) -> dict[str, Any]:
        declared: dict[str, Any] = {
            "email": USER,
            "secret": {"password": PASSWORD},
            "tls": {"ca": str(self.ca)},
            "probe": {"timeout": 10},
            "protocols": [name for name, server in (("smtp", smtp), ("imap", imap)) if server is not None],
        }
        for name, server in (("smtp", smtp), ("imap", imap)):
            if server is not None:
                declared[name] = {"host": "127.0.0.1", "port": server.port, "security": "tls"}
        return {**declared, **more}

    def run(self, mailbox: dict[str, Any], *, check_mode: bool = False, **changes: Any) -> Outcome:
        params = {
            "mailbox": mailbox,
            "state": "present",
            "registry": {"path": str(self.folder / "registry.sqlite")},
            "allow_partial": False,
            "retry_refused_after": 86400,
            "force": False,
            **changes,
        }
        return run(params, check_mode=check_mode)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with ExitStack() as stack:
        yield Desk(tmp_path, stack)


def test_a_mailbox_is_verified_registered_left_alone_and_removed(desk: Desk) -> None:
    declared = desk.mailbox(desk.serve(SMTP), desk.serve(IMAP))
    predicted = desk.run(declared, check_mode=True)
    first, second = desk.run(declared), desk.run(declared)
    assert predicted.result["status"] == first.result["status"] == "verified", first.result["msg"]
    assert [one.result["changed"] for one in (predicted, first, second)] == [True, True, False]
    listed = read_registrations(
        {"id": None, "verdicts": True, "registry": {"path": str(desk.folder / "registry.sqlite")}}
    )
    assert [entry["id"] for entry in listed.result["mailboxes"]] == [USER]
    assert listed.result["mailboxes"][0]["verdicts"]
    unknown = read_registrations(
        {"id": "x", "verdicts": False, "registry": {"path": str(desk.folder / "registry.sqlite")}}
    )
    assert unknown.result["mailboxes"] == []
    expected = desk.run({"email": USER}, state="absent", check_mode=True)
    gone, again = (desk.run({"email": USER}, state="absent") for _turn in range(2))
    assert [one.result["changed"] for one in (expected, gone, again)] == [True, True, False]
    assert gone.before is not None and gone.after is None


NOBODY = {"path": "~nosuchuser/registry.sqlite"}
NOBODYS_HOME = "registry.path: begins with the home folder of a user who is not known on this machine."


@pytest.mark.parametrize("state", ["present", "verified", "absent"])
@pytest.mark.parametrize(("own", "common"), [(NOBODY, {}), ({}, NOBODY)])
def test_a_registry_in_the_home_of_nobody_is_told_before_any_packet(
    desk: Desk, own: dict[str, str], common: dict[str, str], state: str
) -> None:
    smtp = desk.serve(SMTP)
    more = {"registry": own} if own else {}
    outcome = desk.run(desk.mailbox(smtp, None, **more), registry=common, state=state)
    assert outcome.failed and outcome.result["reason"] == "invalid_declaration"
    assert NOBODYS_HOME in outcome.result["msg"]
    assert smtp.connections == 0


def test_what_is_registered_in_the_home_of_nobody_is_told() -> None:
    told = read_registrations({"id": None, "verdicts": False, "registry": NOBODY})
    assert told.failed and NOBODYS_HOME in told.result["msg"]


def test_a_mailbox_that_was_verified_lately_is_not_probed(desk: Desk) -> None:
    smtp, imap = desk.serve(SMTP), desk.serve(IMAP)
    declared = desk.mailbox(smtp, imap, probe={"timeout": 10, "revalidate_after": 3600})
    assert desk.run(declared).result["status"] == "verified"
    again = desk.run(declared)
    assert again.result["reason"] == "recently_verified"
    assert {again.result[name]["status"] for name in ("smtp", "imap")} == {"skipped"}
    assert (smtp.connections, imap.connections) == (1, 1)
    assert desk.run(declared, force=True).result["reason"] is None
    # Another declaration is not what was verified.
    assert desk.run({**declared, "name": "New"}).result["reason"] is None
    assert (smtp.connections, imap.connections) == (3, 3)


@pytest.mark.parametrize(("ahead", "probed"), [(timedelta(minutes=4), False), (timedelta(minutes=6), True)])
def test_a_mailbox_that_was_verified_in_the_future_is_probed(desk: Desk, ahead: timedelta, probed: bool) -> None:
    """Clocks may differ a little; one that was wrong must not put every probe off until that day."""
    smtp = desk.serve(SMTP)
    declared = desk.mailbox(smtp, None, probe={"timeout": 10, "revalidate_after": 3600})
    assert desk.run(declared).result["status"] == "verified"
    with closing(sqlite3.connect(desk.folder / "registry.sqlite", isolation_level=None)) as file:
        file.execute("UPDATE registrations SET verified_at = ?", (utc_text(datetime.now(timezone.utc) + ahead),))
    assert desk.run(declared).result["reason"] == (None if probed else "recently_verified")
    assert smtp.connections == 1 + probed
    assert desk.run(declared).result["reason"] == "recently_verified"


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_refusal_that_was_dated_ahead_holds_no_longer_than_one_of_now(desk: Desk, check_mode: bool) -> None:
    smtp = desk.serve(SMTP_REFUSES)
    declared = desk.mailbox(smtp, None)
    desk.run(declared)
    account = f"smtp:{USER}@127.0.0.1"
    path = str(desk.folder / "registry.sqlite")
    with SqliteRegistry(path) as registry:
        known = registry.refusal(account)
        assert known is not None
        registry.remember_refused(account, known.mark, "2099-01-01T00:00:00Z", known.category, known.reply)
    begun = datetime.now(timezone.utc)
    held = desk.run(declared, check_mode=check_mode).result
    assert held["reason"] == "secret_refused_before"
    assert held["failures"][0]["retry_after"] == 86400
    with SqliteRegistry(path, False) as registry:
        now = registry.refusal(account)
    assert now is not None
    assert (now.mark, now.category, now.reply) == (known.mark, known.category, known.reply)
    dated = utc_text(begun) <= now.at <= utc_text(datetime.now(timezone.utc))
    assert dated is not check_mode
    assert smtp.connections == 1


def test_a_refused_password_is_not_sent_again(desk: Desk) -> None:
    smtp, imap = desk.serve(SMTP_REFUSES), desk.serve(IMAP)
    # A password of its own, or the one protocol's success would say that the other's refusal is not the password's.
    declared = desk.mailbox(smtp, imap)
    declared["smtp"]["secret"] = {"password": "a-third/9"}
    first, second = desk.run(declared), desk.run(declared)
    assert first.result["status"] == second.result["status"] == "partial"
    assert second.result["failures"][0]["category"] == "secret.refused_before"
    (cause,) = second.result["failures"][0]["causes"]
    roles = [path.name for path in (Path(__file__).parents[3] / "roles").iterdir()]
    assert {f"{role}_force" for role in roles} == {"verify_force", "provision_force", "gate_force"}
    assert all(f"{role}_force" in cause["remedy"] for role in roles)
    assert (smtp.connections, imap.connections) == (1, 2)
    alone = desk.run({**desk.mailbox(smtp, None), "secret": {"password": "a-third/9"}})
    assert alone.result["reason"] == "secret_refused_before"
    assert desk.run(declared, allow_partial=True, force=True).failed is False
    assert desk.run(declared, retry_refused_after=0).result["reason"] is None
    assert smtp.connections == 3
    # A password that was changed is tried at once.
    declared["smtp"]["secret"] = {"password": "another-one/8"}
    desk.run(declared)
    assert smtp.connections == 4


def test_check_mode_says_that_a_refusal_is_not_remembered(desk: Desk) -> None:
    smtp = desk.serve(SMTP_REFUSES)
    told = [desk.run(desk.mailbox(smtp, None), check_mode=True).result for _turn in range(2)]
    assert smtp.connections == 2
    for one in told:
        (notice,) = (one for one in one["notices"] if one["id"] == "refusals_not_remembered")
        assert "check mode" in notice["text"]
    works = desk.run(desk.mailbox(desk.serve(SMTP), None), check_mode=True).result
    assert "refusals_not_remembered" not in [notice["id"] for notice in works["notices"]]


def test_a_vault_that_is_down_says_nothing_about_the_mailbox(desk: Desk) -> None:
    secret = {"vault": {"path": "mail/u", "field": "password"}}
    smtp = desk.serve(SMTP)
    with ScriptedVault(
        {f"{PREFLIGHT}/secret": [errors(503, "Vault is sealed"), errors(403, "permission denied")]}
    ) as vault:
        options = {"url": vault.url, "token": "t", "retries": 0}
        sealed, forbidden = (desk.run(desk.mailbox(smtp, None, secret=secret), vault=options) for _turn in range(2))
    assert (sealed.failed, sealed.result["status"]) == (True, "inconclusive")
    assert sealed.result["stages"][-1]["status"] == "inconclusive"
    assert sealed.result["msg"].startswith(f"{USER} could not be judged: Vault at ")
    assert (forbidden.failed, forbidden.result["status"]) == (True, "failed")
    assert smtp.connections == 0


def test_a_version_that_was_written_anew_is_another_password(desk: Desk) -> None:
    before, after = (kv2(1, f"2026-0{month}-01T00:00:00.5Z", password=PASSWORD) for month in (1, 2))
    read = "secret/data/mail/u"
    with ScriptedVault({f"{PREFLIGHT}/secret": mount("secret"), read: before}) as vault:
        secret = {"vault": {"path": "mail/u", "field": "password"}}
        options = {"url": vault.url, "token": "t"}
        refusing = desk.serve(SMTP_REFUSES)
        declared = desk.mailbox(refusing, None, secret=secret)
        assert [desk.run(declared, vault=options).result["reason"] for _turn in range(2)] == [
            None,
            "secret_refused_before",
        ]
        vault.replies[read] = [after]
        assert desk.run(declared, vault=options).result["reason"] is None
        assert refusing.connections == 2
        accepting = desk.serve(SMTP)
        lately = {"timeout": 10, "revalidate_after": 3600}
        declared = desk.mailbox(accepting, None, secret=secret, probe=lately)
        declared["username"] = "another@acme.example"
        told = [desk.run(declared, vault=options).result for _turn in range(2)]
        assert [(one["changed"], one["reason"]) for one in told] == [(True, None), (False, "recently_verified")]
        vault.replies[read] = [before]
        anew = desk.run(declared, vault=options).result
        assert (anew["changed"], anew["reason"]) == (True, None)


def test_a_refusal_that_the_other_protocol_contradicts_is_tried_again(desk: Desk) -> None:
    smtp = desk.serve(SMTP_REFUSES)
    declared = desk.mailbox(smtp, desk.serve(IMAP))
    assert [desk.run(declared).result["failures"][0]["password_at_fault"] for _turn in range(2)] == ["no", "no"]
    assert smtp.connections == 2


def test_serial_order_keeps_a_refused_password_from_the_second_server(desk: Desk) -> None:
    smtp, imap = desk.serve(SMTP_REFUSES), desk.serve(IMAP)
    serial = {"timeout": 10, "auth_order": "serial"}
    told = desk.run(desk.mailbox(smtp, imap, probe=serial)).result
    assert told["smtp"]["stages"][-1]["status"] == "failed"
    assert PASSWORD.encode() not in imap.received
    assert b"AUTHENTICATE" not in imap.received
    assert imap.connections == 1
    own = {**desk.mailbox(smtp, imap, probe=serial), "imap": {**desk.mailbox(None, imap)["imap"], "username": "other"}}
    assert b"AUTHENTICATE" not in imap.received
    desk.run(own, force=True)
    assert b"AUTHENTICATE" in imap.received


def test_serial_order_spares_the_second_server_in_later_runs_too(desk: Desk) -> None:
    smtp, imap = desk.serve(SMTP_REFUSES), desk.serve(IMAP)
    declared = desk.mailbox(smtp, imap, probe={"timeout": 10, "auth_order": "serial"})
    desk.run(declared)
    told = desk.run(declared).result
    assert told["reason"] == "secret_refused_before"
    assert b"AUTHENTICATE" not in imap.received
    assert (smtp.connections, imap.connections) == (1, 1)
    about = {one["protocol"]: one["sentence"] for one in told["failures"]}
    assert "the SMTP server refused this same password" in about["imap"]
    declared["imap"]["secret"] = {"password": "another-one/8"}
    desk.run(declared)
    assert b"AUTHENTICATE" in imap.received


def test_serial_order_goes_on_after_a_login_that_worked(desk: Desk) -> None:
    smtp, imap = desk.serve(SMTP), desk.serve(IMAP)
    told = desk.run(desk.mailbox(smtp, imap, probe={"timeout": 10, "auth_order": "serial"})).result
    assert told["status"] == "verified", told["msg"]


def test_a_certificate_that_fails_is_read_on_a_second_connection(desk: Desk) -> None:
    imap = desk.serve(IMAP)
    declared = desk.mailbox(None, imap, tls={"ca": str(desk.ca), "server_name": "other.example"})
    told = run(
        {
            "mailbox": declared,
            "state": "verified",
            "registry": None,
            "allow_partial": False,
            "retry_refused_after": 0,
            "force": False,
        },
        check_mode=True,
        trace=True,
    ).result
    assert told["imap"]["tls"]["certificate"]["names"] == ["127.0.0.1"]
    assert any("a second connection, without any credential" in line for line in told["trace"])
    assert imap.connections == 2
    assert b"AUTHENTICATE" not in imap.received


def test_silence_where_tls_is_waited_for_is_told_from_a_dead_server(desk: Desk) -> None:
    smtp = desk.serve(SMTP)
    declared = desk.mailbox(smtp, None, probe={"timeout": 2})
    declared["smtp"]["security"] = "starttls"
    told = desk.run(declared).result
    assert told["failures"][0]["category"] == "tls.mode_mismatch", told["msg"]


def test_a_dead_server_stays_dead_at_the_second_look(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "SECOND_LOOK", 0.2)
    smtp = desk.serve([hang()], tls=False)
    declared = desk.mailbox(smtp, None, probe={"timeout": 2})
    declared["smtp"]["security"] = "starttls"
    told = desk.run(declared).result
    assert told["failures"][0]["category"] == "conn.timeout", told["msg"]
    assert smtp.connections == 2


def test_a_message_is_sent_only_outside_of_check_mode(desk: Desk) -> None:
    script: list[Step] = [
        send(b"220 lab\r\n"),
        smtp_loop(
            {b"EHLO": EHLO, b"AUTH": b"235 in\r\n", b"DATA": b"354 go\r\n", b".": b"250 queued\r\n"}, b"250 ok\r\n"
        ),
    ]
    smtp = desk.serve(script)
    deep = desk.mailbox(smtp, None, probe={"timeout": 3, "depth": "message"})
    desk.run(deep, check_mode=True)
    assert b"DATA" not in smtp.received
    desk.run(deep)
    assert b"Subject: Mailbox test" in smtp.received
    assert b"Auto-Submitted: auto-generated" in smtp.received


def test_a_declaration_that_is_wrong_contacts_nobody(desk: Desk) -> None:
    smtp = desk.serve(SMTP)
    wrong = desk.run({**desk.mailbox(smtp, None), "hots": 1})
    assert wrong.result["reason"] == "invalid_declaration"
    nameless = desk.run({"smtp": {}})
    assert nameless.result["id"] == ""
    assert "a mailbox" in nameless.result["msg"]
    assert desk.run({}, state="absent").result["reason"] == "invalid_declaration"
    assert desk.run({"email": "nonsense"}, state="absent").result["reason"] == "invalid_declaration"
    assert desk.run({"id": "mine"}, state="absent").result["id"] == "mine"
    assert smtp.connections == 0


def test_settings_of_vault_count_only_where_a_secret_lies_there(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_ADDR", "vault.acme.example:8200")
    monkeypatch.setenv("VAULT_CACERT", "/nonexistent/ca.pem")
    smtp = desk.serve(SMTP)
    assert desk.run(desk.mailbox(smtp, None)).result["status"] == "verified"
    lies_there = {"vault": {"path": "mail/u", "field": "password"}}
    own = desk.mailbox(smtp, None)
    own["smtp"]["secret"] = lies_there
    for declared in (desk.mailbox(smtp, None, secret=lies_there), own):
        bad = desk.run(declared, vault={"auth_method": "approle"}).result
        assert bad["reason"] == "invalid_declaration"
        assert bad["failures"][0]["sentence"] == "The settings of Vault can't be used; nothing was sent to any server."
        told = " ".join(cause["cause"] for cause in bad["failures"][0]["causes"])
        assert all(name in told for name in ("VAULT_ADDR: ", "VAULT_CACERT: ", "vault.role_id: "))
    assert smtp.connections == 1


def test_sanity_errors_end_the_run_before_any_packet(desk: Desk) -> None:
    smtp = desk.serve(SMTP)
    told = desk.run(desk.mailbox(smtp, None, secret={"password": "two\r\nlines"})).result
    assert told["status"] == "failed"
    assert told["failures"][0]["stage"] in ("config", "secret"), told["msg"]
    assert smtp.connections == 0


def test_explain_speaks_only_of_declarations_that_are_wrong(desk: Desk) -> None:
    assert explain({"mailbox": None}) is None
    assert explain({"mailbox": {}, "state": "absent"}) is None
    assert explain({"mailbox": desk.mailbox(desk.serve(SMTP), None), "state": "present"}) is None
    told = explain({"mailbox": {"email": USER, "smpt": 1}, "state": "present"})
    assert told is not None and "smpt" in told["msg"]
    assert explain({"mailbox": ["no mapping"], "state": "present"}) is not None


def test_a_registry_that_can_t_be_opened_is_told_before_any_packet(desk: Desk) -> None:
    smtp = desk.serve(SMTP)
    place = {"path": str(desk.ca / "registry.sqlite")}
    told = desk.run(desk.mailbox(smtp, None), registry=place)
    assert told.result["failures"][0]["category"] == "register.failed", told.result["msg"]
    assert desk.run({"email": USER}, state="absent", registry=place).failed
    assert read_registrations({"id": USER, "verdicts": False, "registry": place}).failed
    assert smtp.connections == 0


def test_a_registry_of_the_mailbox_s_own_wins(desk: Desk) -> None:
    mine = {"path": str(desk.folder / "mine.sqlite")}
    desk.run(desk.mailbox(desk.serve(SMTP), None, registry=mine))
    assert (desk.folder / "mine.sqlite").exists()
    assert not (desk.folder / "registry.sqlite").exists()


def test_hosts_that_are_swapped_end_the_run_before_any_packet(desk: Desk) -> None:
    swapped = desk.mailbox(desk.serve(SMTP), desk.serve(IMAP))
    swapped["smtp"]["host"], swapped["imap"]["host"] = "imap.acme.example", "smtp.acme.example"
    told = desk.run(swapped).result
    assert told["failures"][0]["evidence"]["checks"] == ["config.hosts_swapped"], told["msg"]
    assert told["smtp"] is None


def test_a_relay_that_trusts_the_address_needs_no_secret(desk: Desk) -> None:
    smtp = desk.serve(SMTP)
    declared = desk.mailbox(smtp, None)
    del declared["secret"]
    declared["smtp"]["auth"] = {"mechanisms": ["none"]}
    first, second = desk.run(declared), desk.run(declared)
    assert (first.result["status"], first.result["changed"], second.result["changed"]) == ("verified", True, False)
    assert b"AUTH" not in smtp.received


def test_a_probe_can_be_broken_off(desk: Desk) -> None:
    smtp = desk.serve([hang()])
    mailbox = parse_mailbox(desk.mailbox(smtp, None))
    engine = probe.Engine()
    told: list[object] = []
    plan = mailbox_plan(mailbox, {Protocol.SMTP: PASSWORD}, only=frozenset([Protocol.SMTP]), may_send=False)
    try:
        running = probe.MailboxProbe(engine, plan, told.append)
        assert running.heard_at == 0.0
        running.start()
        engine.loop.run_until(lambda: smtp.connections > 0)
        assert running.heard_at > 0.0
        running.abort()
    finally:
        engine.loop.close()
    assert told == []


def test_options_that_make_no_look_up_stop_before_anything_is_sent(desk: Desk) -> None:
    smtp = desk.serve(SMTP)
    outcome = desk.run(desk.mailbox(smtp, None), discovery={"nameservers": ["resolver.test"]})
    assert (outcome.result["reason"], smtp.connections) == ("invalid_declaration", 0)
    assert "discovery.nameservers[0]" in outcome.result["msg"]


def test_a_mailbox_whose_servers_are_not_found_is_told_before_its_secret_is_read(desk: Desk) -> None:
    outcome = desk.run({"email": USER, "secret": {"password": PASSWORD}}, discovery={"enabled": False})
    assert (outcome.failed, outcome.result["status"], outcome.result["reason"]) == (True, "failed", None)
    assert [stage["stage"] for stage in outcome.result["stages"]] == ["config"]
    assert (
        outcome.result["msg"]
        .splitlines()[0]
        .endswith("no SMTP or IMAP server was found for the domain acme.example, and the declaration names none.")
    )


def test_servers_that_could_not_be_looked_up_leave_the_stage_open(desk: Desk) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        options = {"nameservers": ["127.0.0.1"], "dns_port": silent.getsockname()[1], "timeout": 0.4}
        outcome = desk.run({"email": USER, "secret": {"password": PASSWORD}}, discovery=options)
    assert [(one["stage"], one["status"]) for one in outcome.result["stages"]] == [("config", "inconclusive")]
    assert outcome.result["status"] == "inconclusive"
    assert "~ config" in outcome.result["msg"]


def test_a_declared_provider_is_told_and_declared_servers_have_no_origin(desk: Desk) -> None:
    told = desk.run(desk.mailbox(desk.serve(SMTP), None, provider="gmail")).result
    assert (told["provider"], told["smtp"]["settings"]) == ("gmail", None)
    assert desk.run(desk.mailbox(desk.serve(SMTP), None)).result["provider"] is None
