# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The round trips of a probe are what the protocols force and no more (docs/probe.md), counted in a relay."""

from __future__ import annotations

from dataclasses import replace

import dovecot
import pytest
from lab import Lab
from relay import Relay

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Pipelining, Protocol, Security
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import Secret
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import (
    Credentials,
    ImapPlan,
    SmtpPlan,
    Target,
    TlsPlan,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._run.probe import MailboxPlan, probe_mailbox

pytestmark = pytest.mark.once

DELAY = 0.05
USER = dovecot.OK_USER


def flights(lab: Lab, protocol: Protocol, security: Security, **changes: object) -> int:
    """Probe through the relay and return how many round trips it took."""
    ports = {
        (Protocol.SMTP, Security.TLS): lab.postfix.ports["submissions"],
        (Protocol.SMTP, Security.STARTTLS): lab.postfix.ports["submission"],
        (Protocol.IMAP, Security.TLS): lab.dovecot.ports["imaps"],
        (Protocol.IMAP, Security.STARTTLS): lab.dovecot.ports["imap"],
    }
    with Relay("127.0.0.1", ports[protocol, security], DELAY) as relay:
        target = Target(protocol, "127.0.0.1", relay.port, security, TlsPlan("127.0.0.1", ca=str(lab.pki.ca)))
        credentials = Credentials(USER, Secret(dovecot.PASSWORD.encode()))
        smtp = imap = None
        if protocol is Protocol.SMTP:
            smtp = replace(SmtpPlan(target, "probe.acme.test", (USER,), USER, USER, credentials), **changes)
        else:
            imap = replace(ImapPlan(target, credentials), **changes)
        evidence = probe_mailbox(MailboxPlan(smtp, imap, timeout=30.0))[protocol]
        assert evidence.stopped_at is None, evidence
        (crossing,) = relay.crossings
        return crossing.flights


@pytest.mark.parametrize(
    ("protocol", "security", "expected"),
    [
        (Protocol.SMTP, Security.TLS, 6),
        (Protocol.SMTP, Security.STARTTLS, 8),
        (Protocol.IMAP, Security.TLS, 5),
        (Protocol.IMAP, Security.STARTTLS, 7),
    ],
)
def test_section_5_3_a_probe_takes_no_more_round_trips_than_the_table_says(
    lab: Lab, protocol: Protocol, security: Security, expected: int
) -> None:
    assert flights(lab, protocol, security) == expected


def test_section_5_3_another_folder_takes_one_more(lab: Lab) -> None:
    assert flights(lab, Protocol.IMAP, Security.TLS, mailbox="Archive") == 6


def test_the_count_sees_a_probe_that_waits_for_each_reply(lab: Lab) -> None:
    assert flights(lab, Protocol.SMTP, Security.TLS, pipelining=Pipelining.OFF) > 6
    assert flights(lab, Protocol.IMAP, Security.TLS, pipelining=Pipelining.OFF) > 5
