# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the IMAP flow share: replies of a server, and a player that counts round trips."""

from __future__ import annotations

import base64
import re
from typing import Any

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol, Security, Stage
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import (
    Connect,
    Expect,
    PeerClosed,
    Secret,
    Send,
    StartTls,
    TimedOut,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import FaultKind, ProtocolEvidence
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.imap_flow import ImapDialogue
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import Credentials, ImapPlan, Target, TlsPlan
from ansible_collections.mailops.mailbox.tests.unit.player import Player

ME = "sales01@acme.example"
PASSWORD = b'p"ss\\word'
CAPS = b"IMAP4rev1 SASL-IR AUTH=PLAIN ID NAMESPACE"
GREETING = b"* OK [CAPABILITY " + CAPS + b"] ready\r\n"
CLEAR = b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\r\n"
BARE = b"* OK ready\r\n"
IN = b"M0001 OK [CAPABILITY IMAP4rev1 ID NAMESPACE LIST-EXTENDED SPECIAL-USE ACL QUOTA] in\r\n"
SESSION = b'* ID ("name" "Dovecot")\r\nM0002 OK\r\n* NAMESPACE (("" "/")) NIL NIL\r\nM0003 OK\r\n'
LIST = b'* LIST (\\Sent) "/" "Sent"\r\n* LIST () "/" {5}\r\nINBOX\r\n* LIST (\\Noselect) "/" "Top"\r\nM0004 OK\r\n'
OPEN = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\nM0005 OK [READ-ONLY] done\r\n"
RIGHTS = b'* MYRIGHTS INBOX lr\r\nM0006 OK\r\n* QUOTAROOT INBOX ""\r\n* QUOTA "" (STORAGE 1 2)\r\nM0007 OK\r\n'
GOODBYE = b"* BYE bye\r\nM0008 OK\r\n"
REST = SESSION + LIST + OPEN + RIGHTS + GOODBYE
ALL = b"* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR] x\r\n"
NO_IR = b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n"
LOGIN_ONLY = b"* OK [CAPABILITY IMAP4rev1] ready\r\n"
LATE = TimedOut(8.0, whole=False)
WHOLE = TimedOut(30.0, whole=True)
GONE = PeerClosed(reset=True)
PLAIN = base64.b64encode(b"\0" + ME.encode() + b"\0" + PASSWORD)


class Wire(Player):
    """Counts round trips: one each for TCP, TLS, the greeting, and every write that follows something read."""

    round_trips = 0
    reading = True
    secrets = 0

    def _carry_out(self, action: Any, dialogue: Any) -> Any:
        if isinstance(action, (Connect, StartTls)):
            self.round_trips += 1
        elif isinstance(action, Send):
            self.round_trips += self.reading
            self.reading = False
            self.secrets += sum(isinstance(part, Secret) for part in action.parts)
        elif isinstance(action, Expect):
            self.round_trips += not self.sent and not self.stages.count("heard")
            if not self.sent:
                self.stages.append("heard")
            self.reading = True
        return super()._carry_out(action, dialogue)


def plan(security: Security = Security.TLS, *, clear: bool = False, **changes: Any) -> ImapPlan:
    target = Target(Protocol.IMAP, "imap.acme.example", 993, security, TlsPlan("imap.acme.example"), clear)
    return ImapPlan(**{"target": target, "credentials": Credentials(ME, Secret(PASSWORD)), **changes})


def play(*script: bytes | Exception, probe: ImapPlan | None = None) -> tuple[ProtocolEvidence, Wire]:
    wire = Wire(script)
    return wire.play(ImapDialogue(probe or plan())), wire


def fault(evidence: ProtocolEvidence) -> tuple[Stage, FaultKind, bytes]:
    stopped = evidence.stopped_at
    assert stopped is not None
    assert stopped.fault is not None
    return stopped.stage, stopped.fault.kind, stopped.fault.reply


def detail(evidence: ProtocolEvidence) -> dict[str, Any]:
    stopped = evidence.stopped_at
    assert stopped is not None
    assert stopped.fault is not None
    return stopped.fault.detail


def facts(evidence: ProtocolEvidence, stage: Stage) -> dict[str, Any]:
    found = evidence.stage(stage)
    assert found is not None
    return found.facts


def renumbered(stream: bytes, by: int) -> bytes:
    for number in range(9, 0, -1):
        stream = stream.replace(b"M%04d " % number, b"M%04d " % (number + by))
    return stream


def encode(name: str) -> bytes:
    """Return a folder name in modified UTF-7 (RFC 3501 §5.1.3), as a server sends it."""
    return re.sub(r"[^ -~]+|&", _shift, name).encode("ascii")


def _shift(found: re.Match[str]) -> str:
    text = found[0]
    if text == "&":
        return "&-"
    octets = text.encode("utf-16-be", "surrogatepass")
    return f"&{base64.b64encode(octets, b'+,').rstrip(b'=').decode('ascii')}-"
