# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Literal replies of real servers with the category they belong to.

Each row: id, protocol, stage, provider or software, reply, category. Left out are replies that a probe can't meet
and faults that are no replies; NOT_MET has them with the reason.
"""

from __future__ import annotations

from diagnosis import vectors_documented, vectors_imap, vectors_smtp_envelope, vectors_smtp_login
from diagnosis.vector import Vector

HOSTS = {
    "gmail": "smtp.gmail.com",
    "microsoft365": "smtp.office365.com",
    "yahoo": "smtp.mail.yahoo.com",
    "icloud": "smtp.mail.me.com",
    "zoho": "smtp.zoho.com",
    "gmx": "mail.gmx.net",
    "ionos": "smtp.ionos.de",
    "fastmail": "smtp.fastmail.com",
    "ovh": "ssl0.ovh.net",
    "yandex": "smtp.yandex.com",
    "qq": "smtp.qq.com",
    "netease": "imap.163.com",
    "proton": "smtp.protonmail.ch",
}

GREETINGS = {
    "cpanel": (
        b"220-host.example ESMTP Exim 4.89 #1\r\n220-We do not authorize the use of this system to "
        b"transport unsolicited,"
    ),
    "courier": b"* OK [CAPABILITY IMAP4rev1] Courier-IMAP ready.",
    "dovecot": b"* OK Dovecot ready.",
    "exchange": b"220 mx.example Microsoft ESMTP MAIL Service ready",
    "exim": b"220 mx.example ESMTP Exim 4.96",
    "postfix": b"220 mx.example ESMTP Postfix",
    "proton-bridge": b"* OK [CAPABILITY IMAP4rev1] Proton Mail Bridge 03.00.00 - gluon session ID 1",
}

VECTORS: tuple[Vector, ...] = (
    vectors_smtp_login.VECTORS + vectors_smtp_envelope.VECTORS + vectors_imap.VECTORS + vectors_documented.VECTORS
)

NOT_MET: dict[str, str] = {
    "yahoo-imap-clientbug": "an answer to APPEND, which the probe never sends",
    "hmail-imap-quota": "an answer to APPEND, which the probe never sends",
    "tls-wrong-version": "a handshake and no reply: test_diagnose.py has the TLS faults",
    "tls-protocol-version": "a handshake and no reply: test_diagnose.py has the TLS faults",
    "tls-handshake-failure": "a handshake and no reply: test_diagnose.py has the TLS faults",
    "wrong-proto-pop3": "first bytes of another protocol: test_replies.py meets them over sockets",
    "wrong-proto-imap": "first bytes of another protocol: test_replies.py meets them over sockets",
    "wrong-proto-smtp": "first bytes of another protocol: test_replies.py meets them over sockets",
}
"""Replies of the reference list that are no vector, and why."""
