# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""From a declared mailbox and its secrets to what the probe is told to do."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from datetime import datetime, timezone
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.policy import SMTPUTF8 as SMTPUTF8_POLICY
from email.utils import format_datetime, make_msgid

from .._models.endpoint import Endpoint, Imap, Smtp, Tls
from .._models.mailbox import Mailbox
from .._models.names import AuthOrder, Depth, Protocol
from .._probe.actions import Secret
from .._probe.addresses import domain_of, is_real_fqdn, needs_smtputf8
from .._probe.plan import Credentials, ImapPlan, SmtpPlan, Target, TlsPlan
from .probe import MailboxPlan


def mailbox_plan(
    mailbox: Mailbox,
    passwords: Mapping[Protocol, str],
    *,
    only: frozenset[Protocol],
    may_send: bool,
    trace: bool = False,
) -> MailboxPlan:
    """Return the plan for the protocols in ``only``. ``may_send`` False (check mode) stops short of a message.

    ``trace`` has the dialogues noted.
    """
    smtp, imap = mailbox.smtp, mailbox.imap
    return MailboxPlan(
        smtp=_smtp(mailbox, smtp, passwords, may_send=may_send) if smtp and Protocol.SMTP in only else None,
        imap=_imap(mailbox, imap, passwords) if imap and Protocol.IMAP in only else None,
        timeout=float(mailbox.probe.timeout),
        serial=mailbox.probe.auth_order is AuthOrder.SERIAL,
        trace=trace,
    )


def _smtp(mailbox: Mailbox, smtp: Smtp, passwords: Mapping[Protocol, str], *, may_send: bool) -> SmtpPlan:
    depth = mailbox.probe.depth
    if depth is Depth.MESSAGE and not may_send:
        depth = Depth.RECIPIENT
    recipient = smtp.recipient or mailbox.email
    return SmtpPlan(
        target=_target(Protocol.SMTP, smtp),
        ehlo=smtp.ehlo or own_name(),
        senders=smtp.senders,
        recipient=recipient,
        own_address=mailbox.email,
        credentials=_credentials(Protocol.SMTP, smtp, passwords),
        mechanisms=smtp.auth.offered,
        depth=depth,
        pipelining=mailbox.probe.pipelining,
        message=test_message(smtp.senders[0], recipient) if depth is Depth.MESSAGE else b"",
    )


def _imap(mailbox: Mailbox, imap: Imap, passwords: Mapping[Protocol, str]) -> ImapPlan:
    return ImapPlan(
        target=_target(Protocol.IMAP, imap),
        credentials=_credentials(Protocol.IMAP, imap, passwords),
        mechanisms=imap.auth.offered,
        mailbox=imap.mailbox,
        folders=imap.folders,
        sent_folder=imap.sent_folder,
        pipelining=mailbox.probe.pipelining,
    )


def _target(protocol: Protocol, endpoint: Endpoint) -> Target:
    host, port, tls = endpoint.host or "", endpoint.port or 0, endpoint.tls or Tls()
    return Target(
        protocol=protocol,
        host=host,
        port=port,
        security=endpoint.mode,
        tls=TlsPlan(
            server_name=tls.server_name or host,
            verify=tls.verify,
            ca=tls.ca,
            min_version=tls.min_version.value,
            client_cert=tls.client_cert,
            client_key=tls.client_key,
        ),
        allow_plaintext_auth=endpoint.allow_plaintext_auth,
    )


def _credentials(protocol: Protocol, endpoint: Endpoint, passwords: Mapping[Protocol, str]) -> Credentials | None:
    password = passwords.get(protocol)
    if password is None or endpoint.username is None:
        return None
    return Credentials(endpoint.username, Secret(password.encode("utf-8", "surrogatepass")))


def own_name() -> str:
    """Return this host's name where others could know it; else nothing, and EHLO gives the address (RFC 5321 §4.1.3).

    The name is not looked up: a look-up may hang, and what it finds is rarely better.
    """
    name = socket.gethostname()
    return name.lower() if is_real_fqdn(name) else ""


def test_message(sender: str, recipient: str) -> bytes:
    """Return a small message that says what it is, and that no responder answers to (RFC 3834 §5)."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = "Mailbox test"
    message["Date"] = format_datetime(datetime.now(timezone.utc))
    message["Message-ID"] = make_msgid(domain=domain_of(sender) or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        "This message was sent by an automatic check that this mailbox can send.\nNothing needs to be done.\n"
    )
    utf8 = needs_smtputf8(sender) or needs_smtputf8(recipient)
    return message.as_bytes(policy=SMTPUTF8_POLICY if utf8 else SMTP_POLICY)
