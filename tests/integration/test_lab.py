# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab itself, asked by the clients of the standard library: what other tests rely on is true."""

from __future__ import annotations

import imaplib
import poplib
import smtplib
import socket
import ssl
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import dovecot
import pki
import postfix
import pytest
import scripted
from lab import Lab
from vaultlab import APPROLE, USERPASS, VaultError

pytestmark = pytest.mark.once


@contextmanager
def imap(lab: Lab, user: str, password: str = dovecot.PASSWORD) -> Iterator[imaplib.IMAP4_SSL]:
    context = ssl.create_default_context(cafile=str(lab.pki.ca))
    with imaplib.IMAP4_SSL("localhost", lab.dovecot.ports["imaps"], ssl_context=context) as client:
        client.login(f'"{user}"', password)
        yield client


@contextmanager
def smtp(lab: Lab, user: str | None = None, service: str = "submissions") -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context(cafile=str(lab.pki.ca))
    port = lab.postfix.ports[service]
    if "submissions" in service:
        client: smtplib.SMTP = smtplib.SMTP_SSL("localhost", port, context=context)
    else:
        client = smtplib.SMTP("localhost", port)
        if service == "submission":
            client.starttls(context=context)
    with client:
        if user:
            client.login(user, dovecot.PASSWORD)
        client.ehlo()
        yield client


def test_imap_lists_the_folders_the_lab_promises(lab: Lab) -> None:
    with imap(lab, dovecot.OK_USER) as client:
        listing = b"\n".join(line for line in client.list()[1] if isinstance(line, bytes)).decode()
        assert "\\Noselect" in next(line for line in listing.splitlines() if line.endswith(" Projects"))
        assert "Angebote f&APw-r Kunden" in listing
        for name, use in dovecot.SPECIAL_USE.items():
            assert use in next(line for line in listing.splitlines() if line.endswith(f" {name}"))
        assert dovecot.LOCKED_FOLDER in listing
        status, answer = client.select(dovecot.LOCKED_FOLDER, readonly=True)
        assert (status, b"[NOPERM]" in (answer[0] or b"")) == ("NO", True)
        offered = client.capability()[1][0].decode().split()
        assert {"ACL", "QUOTA", "SPECIAL-USE", "NAMESPACE", "ID"} <= set(offered)


def test_imap_and_pop3_answer_with_starttls_on_their_other_ports(lab: Lab) -> None:
    context = ssl.create_default_context(cafile=str(lab.pki.ca))
    with imaplib.IMAP4(pki.STRICT_ADDRESS, lab.dovecot.ports["imap"]) as client:
        assert "LOGINDISABLED" in client.capabilities
        client.starttls(context)
        assert client.login(f'"{dovecot.OK_USER}"', dovecot.PASSWORD)[0] == "OK"
    pop = poplib.POP3_SSL("localhost", lab.dovecot.ports["pop3s"], context=context)
    pop.user(dovecot.OK_USER)
    assert pop.pass_(dovecot.PASSWORD).startswith(b"+OK")
    pop.quit()


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        (pki.EXPIRED_ADDRESS, "certificate has expired"),
        (pki.WRONG_NAME_ADDRESS, "IP address mismatch"),
        (pki.UNKNOWN_CA_ADDRESS, "unable to get local issuer certificate"),
        (pki.GOOD_ADDRESS, None),
    ],
)
@pytest.mark.parametrize("service", ["imaps", "submissions"])
def test_the_address_decides_which_certificate_is_shown(
    lab: Lab, address: str, reason: str | None, service: str
) -> None:
    context = ssl.create_default_context(cafile=str(lab.pki.ca))
    port = {**lab.dovecot.ports, **lab.postfix.ports}[service]
    problem = None
    with socket.create_connection((address, port)) as sock:
        try:
            context.wrap_socket(sock, server_hostname=address).close()
        except ssl.SSLCertVerificationError as error:
            problem = error.verify_message
    assert (problem is None) if reason is None else (reason in (problem or ""))


def test_refused_logins_are_counted_by_user_and_service(lab: Lab) -> None:
    user = "sales10@acme.test"
    before = (lab.dovecot.refused_logins(user, "imap"), lab.dovecot.refused_logins(user, "smtp"))
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"), imap(lab, user, "wrong"):
        pass
    with smtp(lab) as client, pytest.raises(smtplib.SMTPAuthenticationError, match="535"):
        client.login(user, "wrong", initial_response_ok=True)
    after = (lab.dovecot.refused_logins(user, "imap"), lab.dovecot.refused_logins(user, "smtp"))
    # smtplib tries PLAIN, then LOGIN.
    assert (after[0] - before[0], after[1] - before[1]) == (1, 2)
    assert lab.postfix.refused_logins() >= 2


def test_a_new_password_takes_effect_at_once(lab: Lab) -> None:
    user = "sales09@acme.test"
    lab.dovecot.set_password(user, "another-One/9")
    try:
        with pytest.raises(imaplib.IMAP4.error), imap(lab, user):
            pass
        with imap(lab, user, "another-One/9"):
            pass
    finally:
        lab.dovecot.set_password(user, dovecot.PASSWORD)


def test_a_user_may_lack_one_of_the_protocols(lab: Lab) -> None:
    with pytest.raises(imaplib.IMAP4.error, match="CONTACTADMIN"), imap(lab, dovecot.IMAP_OFF_USER):
        pass
    with smtp(lab, dovecot.IMAP_OFF_USER):
        pass
    with imap(lab, dovecot.SMTP_OFF_USER):
        pass
    with pytest.raises(smtplib.SMTPAuthenticationError), smtp(lab, dovecot.SMTP_OFF_USER):
        pass


def test_the_full_mailbox_is_refused_at_rcpt(lab: Lab) -> None:
    with smtp(lab, dovecot.FULL_USER) as client:
        assert client.mail(dovecot.FULL_USER)[0] == 250
        code, text = client.rcpt(dovecot.FULL_USER)
        assert (code, text[:5]) == (552, b"5.2.2")


def test_senders_must_belong_to_the_login(lab: Lab) -> None:
    for service, refused_at in (("submissions", "rcpt"), ("submissions_early", "mail"), ("submission", "rcpt")):
        with smtp(lab, "sales03@acme.test", service) as client:
            mail = client.mail(postfix.TEAM_ADDRESS)
            answer = mail if refused_at == "mail" else client.rcpt(dovecot.OK_USER)
            assert (answer[0], b"not owned by user" in answer[1]) == (553, True)
    with smtp(lab, "sales01@acme.test") as client:
        assert client.mail(postfix.TEAM_ADDRESS)[0] == 250
        assert client.rcpt(dovecot.OK_USER)[0] == 250


def test_recipients_have_the_replies_of_the_table(lab: Lab) -> None:
    with smtp(lab, dovecot.OK_USER) as client:
        client.mail(dovecot.OK_USER)
        assert client.rcpt(postfix.FOREIGN)[0] == 250
        assert client.rcpt(f"nobody@{dovecot.DOMAIN}")[0] == 550
        for recipient in (postfix.GREYLISTED, postfix.NO_RELAY, postfix.BUSY):
            code, text = client.rcpt(recipient)
            assert postfix.RECIPIENT_REPLIES[recipient].split()[:2] == [str(code), text.split()[0].decode()]


def test_relays_without_auth(lab: Lab) -> None:
    with smtp(lab, service="relay") as client:
        assert "auth" not in client.esmtp_features
        client.mail(dovecot.OK_USER)
        assert client.rcpt(postfix.FOREIGN)[0] == 250
    with smtp(lab, service="mx") as client:
        client.mail(dovecot.OK_USER)
        code, text = client.rcpt(postfix.FOREIGN)
        assert (code, b"Relay access denied" in text) == (554, True)
        assert client.rcpt(dovecot.OK_USER)[0] == 250


def test_a_message_arrives(lab: Lab) -> None:
    marker = uuid.uuid4().hex
    with smtp(lab, "sales04@acme.test") as client:
        client.sendmail("sales04@acme.test", "sales05@acme.test", f"Subject: {marker}\r\n\r\nHello.\r\n")
    with imap(lab, "sales05@acme.test") as client:
        for _unused in range(100):
            client.select("INBOX", readonly=True)
            if client.search(None, "SUBJECT", marker)[1] != [b""]:
                return
            time.sleep(0.1)
    pytest.fail("The message was not delivered.")


def test_vault_reads_what_the_policy_allows(lab: Lab) -> None:
    vault = lab.vault
    assert vault is not None
    assert [vault.put("mail/lab", {"app_password": str(number)}) for number in (1, 2)] == [1, 2]
    vault.put("mail/lab", {"app_password": "one"}, mount="kv1")
    vault.put("other/lab", {"app_password": "no"})
    login = vault.call("POST", "auth/approle/login", {"role_id": vault.role_id, "secret_id": vault.secret_id}, "")
    token, accessor = login["auth"]["client_token"], login["auth"]["accessor"]
    assert login["auth"]["metadata"]["role_name"] == APPROLE
    assert vault.call("GET", "secret/data/mail/lab", None, token)["data"]["data"] == {"app_password": "2"}
    assert vault.call("GET", "kv1/mail/lab", None, token)["data"] == {"app_password": "one"}
    with pytest.raises(VaultError, match="permission denied"):
        vault.call("GET", "secret/data/other/lab", None, token)
    assert vault.call("GET", "sys/internal/ui/mounts/secret/mail", None, token)["data"]["options"] == {"version": "2"}
    assert accessor in vault.accessors()
    vault.call("POST", "auth/token/revoke-self", {}, token)
    assert accessor not in vault.accessors()
    user = vault.call("POST", f"auth/userpass/login/{USERPASS[0]}", {"password": USERPASS[1]}, "")
    assert "mail" in user["auth"]["policies"]
    vault.delete("mail/lab", 1)
    with pytest.raises(VaultError, match='"deletion_time":"2'):
        vault.call("GET", "secret/data/mail/lab?version=1", None, vault.token())
    vault.destroy("mail/lab", 1)
    with pytest.raises(VaultError, match='"destroyed":true'):
        vault.call("GET", "secret/data/mail/lab?version=1", None, vault.token())


def test_vault_can_be_sealed_and_unsealed(lab: Lab) -> None:
    vault = lab.vault
    assert vault is not None
    token = vault.token()
    vault.put("mail/seal", {"a": "b"})
    vault.seal()
    try:
        assert vault.sealed()
        with pytest.raises(VaultError) as problem:
            vault.call("GET", "secret/data/mail/seal", None, token)
        assert problem.value.status == 503
    finally:
        vault.unseal()
    assert vault.call("GET", "secret/data/mail/seal", None, token)["data"]["data"] == {"a": "b"}


def test_the_scripted_server_records_what_it_was_sent_in_the_clear_and_in_tls(lab: Lab) -> None:
    good = lab.pki.leaves["good"]
    context = scripted.server_context(str(good.cert), str(good.key))
    script = [
        scripted.send(b"220 lab ESMTP\r\n"),
        scripted.expect(b"EHLO"),
        scripted.send(b"250-lab\r\n250 STARTTLS\r\n"),
        scripted.expect(b"STARTTLS"),
        scripted.send(b"220 go\r\n"),
        scripted.starttls(context),
        scripted.smtp_loop({b"EHLO": b"250-lab\r\n250 AUTH PLAIN\r\n", b"AUTH": b"235 2.7.0 OK\r\n"}),
    ]
    with scripted.ScriptedServer(script) as server:
        with smtplib.SMTP(server.host, server.port) as client:
            client.starttls(context=ssl.create_default_context(cafile=str(lab.pki.ca)))
            client.login("me", "secret")
        assert server.connections == 1
        assert b"AUTH" in server.secured
        assert b"AUTH" not in server.clear
        assert b"STARTTLS" in server.clear


def test_a_scripted_server_that_hangs_can_be_stopped() -> None:
    with scripted.ScriptedServer([scripted.send(b"* OK\r\n"), scripted.hang()]) as server:
        with socket.create_connection((server.host, server.port)) as sock:
            assert sock.recv(10) == b"* OK\r\n"
            sock.sendall(b"a1 NOOP\r\n")
            sock.settimeout(0.2)
            with pytest.raises(TimeoutError):
                sock.recv(10)
        assert server.received in (b"", b"a1 NOOP\r\n")
