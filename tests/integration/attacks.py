# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The attacks on what comes before TLS: what the server does, and what the user has to be told."""

from __future__ import annotations

from typing import NamedTuple

from scripted import Step, expect, send, sleep

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Category, Protocol, Stage

SMTP, IMAP = Protocol.SMTP, Protocol.IMAP
OFFER = b"250-lab\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n"
BARE = b"250-lab\r\n250-PIPELINING\r\n250 AUTH PLAIN LOGIN\r\n"
HELLO = [send(b"220 lab ESMTP\r\n"), expect(b"EHLO")]
ASKED = [*HELLO, send(OFFER), expect(b"STARTTLS")]
CAN = b"[CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR]"
ITALKS = [send(b"* OK " + CAN + b" lab\r\n"), expect(b"M0001 STARTTLS")]
UNAVAILABLE, INJECTION, PREAUTH = Category.TLS_UNAVAILABLE, Category.TLS_INJECTION, Category.TLS_PREAUTH


class Attack(NamedTuple):
    """What the server does until it plays along, and what the user has to be told."""

    protocol: Protocol
    script: list[Step]
    stage: Stage
    category: Category
    sentence: str
    or_else: tuple[Category, ...] = ()
    """Categories that are as right."""


ATTACKS: dict[str, Attack] = {
    # Stripping: STARTTLS is not offered, or refused (O_1 to O_4).
    "smtp-stripped": Attack(
        SMTP,
        [*HELLO, send(BARE)],
        Stage.STARTTLS,
        UNAVAILABLE,
        "does not offer STARTTLS, so the SMTP login was not tried",
    ),
    "smtp-stripped-login-only": Attack(
        SMTP,
        [*HELLO, send(b"250-lab\r\n250 AUTH LOGIN CRAM-MD5\r\n")],
        Stage.STARTTLS,
        UNAVAILABLE,
        "not offer STARTTLS",
    ),
    "smtp-refused-502": Attack(
        SMTP, [*ASKED, send(b"502 5.5.1 not implemented\r\n")], Stage.STARTTLS, UNAVAILABLE, "switch to TLS was refused"
    ),
    "smtp-refused-454": Attack(
        SMTP,
        [*ASKED, send(b"454 4.7.0 TLS not available\r\n")],
        Stage.STARTTLS,
        Category.TLS_SERVER_PROBLEM,
        "switch to TLS was put off",
    ),
    "smtp-refused-354": Attack(
        SMTP, [*ASKED, send(b"354 go on\r\n")], Stage.STARTTLS, Category.PROTOCOL_VIOLATION, "answered out of turn"
    ),
    "smtp-answered-250": Attack(
        SMTP, [*ASKED, send(b"250 OK\r\n")], Stage.STARTTLS, Category.PROTOCOL_VIOLATION, "answered out of turn"
    ),
    "smtp-answered-235": Attack(
        SMTP,
        [*ASKED, send(b"235 2.7.0 welcome\r\n")],
        Stage.STARTTLS,
        Category.PROTOCOL_VIOLATION,
        "answered out of turn",
    ),
    "imap-stripped": Attack(
        IMAP,
        [send(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] lab\r\n")],
        Stage.STARTTLS,
        UNAVAILABLE,
        "does not offer STARTTLS, so the IMAP login was not tried",
    ),
    "imap-refused-no": Attack(
        IMAP, [*ITALKS, send(b"M0001 NO not today\r\n")], Stage.STARTTLS, UNAVAILABLE, "switch to TLS was refused"
    ),
    "imap-refused-bad": Attack(
        IMAP, [*ITALKS, send(b"M0001 BAD unknown\r\n")], Stage.STARTTLS, UNAVAILABLE, "switch to TLS was refused"
    ),
    "imap-answered-continuation": Attack(
        IMAP, [*ITALKS, send(b"+ go on\r\n")], Stage.STARTTLS, Category.PROTOCOL_VIOLATION, "answered out of turn"
    ),
    # Replies that belong elsewhere, to make the client lose step.
    **{
        f"smtp-greeting-{code}": Attack(
            SMTP,
            [send(b"%d lab\r\n" % code)],
            Stage.GREETING,
            Category.PROTOCOL_VIOLATION,
            f"connection failed because the server answered out of turn: {code}",
        )
        for code in (235, 250, 354)
    },
    **{
        f"smtp-ehlo-answered-{code}": Attack(
            SMTP,
            [*HELLO, send(b"%d lab\r\n" % code)],
            Stage.CAPABILITY,
            Category.PROTOCOL_VIOLATION,
            f"introduction failed because the server answered out of turn: {code}",
        )
        for code in (220, 221, 235, 334, 354)
    },
    "imap-capability-answered-by-continuation": Attack(
        IMAP,
        [send(b"* OK lab\r\n"), expect(b"M0001"), send(b"+ go on\r\n")],
        Stage.CAPABILITY,
        Category.PROTOCOL_VIOLATION,
        "introduction failed because the server answered out of turn",
    ),
    "imap-greeting-tagged": Attack(
        IMAP, [send(b"M0001 OK in\r\n")], Stage.GREETING, Category.PORT_WRONG_PROTOCOL, "does not speak IMAP"
    ),
    "imap-greeting-continuation": Attack(
        IMAP, [send(b"+ go on\r\n")], Stage.GREETING, Category.PORT_WRONG_PROTOCOL, "does not speak IMAP"
    ),
    "imap-greeting-refuses": Attack(
        IMAP, [send(b"* NO not you\r\n")], Stage.GREETING, Category.SERVER_REFUSED, "The IMAP connection was refused"
    ),
    # Capabilities that lie or hide (D_1 to D_3).
    "smtp-ehlo-hidden": Attack(
        SMTP,
        [*HELLO, send(b"502 5.5.1 no EHLO\r\n"), expect(b"HELO"), send(b"250 lab\r\n")],
        Stage.STARTTLS,
        UNAVAILABLE,
        "does not offer STARTTLS",
    ),
    "smtp-ehlo-empty": Attack(SMTP, [*HELLO, send(b"250 lab\r\n")], Stage.STARTTLS, UNAVAILABLE, "not offer STARTTLS"),
    "imap-logindisabled-hidden": Attack(
        IMAP, [send(b"* OK [CAPABILITY IMAP4rev1] lab\r\n")], Stage.STARTTLS, UNAVAILABLE, "not offer STARTTLS"
    ),
    "imap-capability-refused": Attack(
        IMAP,
        [send(b"* OK lab\r\n"), expect(b"M0001"), send(b"M0001 BAD what\r\n")],
        Stage.CAPABILITY,
        Category.SERVER_REFUSED,
        "introduction was refused",
    ),
    "imap-capability-empty": Attack(
        IMAP,
        [send(b"* OK lab\r\n"), expect(b"M0001"), send(b"M0001 OK\r\n")],
        Stage.STARTTLS,
        UNAVAILABLE,
        "not offer STARTTLS",
    ),
    # PREAUTH rules STARTTLS out (P, P_1 to P_5).
    "imap-preauth": Attack(
        IMAP, [send(b"* PREAUTH hello\r\n")], Stage.GREETING, PREAUTH, "before any login, which rules STARTTLS out"
    ),
    "imap-preauth-offers-starttls": Attack(
        IMAP, [send(b"* PREAUTH " + CAN + b" hello\r\n")], Stage.GREETING, PREAUTH, "which rules STARTTLS out"
    ),
    "imap-preauth-then-bye": Attack(
        IMAP, [send(b"* PREAUTH hello\r\n* BYE later\r\n")], Stage.GREETING, PREAUTH, "which rules STARTTLS out"
    ),
    # Bytes behind the reply to STARTTLS (B_1 to B_3).
    "smtp-injected-reply": Attack(
        SMTP, [*ASKED, send(b"220 go\r\n250 injected\r\n")], Stage.STARTTLS, INJECTION, "Bytes followed the reply"
    ),
    "smtp-injected-ehlo": Attack(
        SMTP, [*ASKED, send(b"220 go\r\n" + BARE)], Stage.STARTTLS, INJECTION, "Bytes followed the reply"
    ),
    "smtp-injected-235": Attack(
        SMTP, [*ASKED, send(b"220 go\r\n235 2.7.0 in\r\n")], Stage.STARTTLS, INJECTION, "Bytes followed the reply"
    ),
    "smtp-injected-half-a-line": Attack(
        SMTP, [*ASKED, send(b"220 go\r\n2")], Stage.STARTTLS, INJECTION, "Bytes followed the reply"
    ),
    "smtp-replies-before-they-are-asked-for": Attack(
        SMTP,
        [send(b"220 lab ESMTP\r\n" + OFFER + b"220 go\r\n")],
        Stage.STARTTLS,
        INJECTION,
        "Bytes followed the reply",
    ),
    "imap-injected-untagged": Attack(
        IMAP, [*ITALKS, send(b"M0001 OK go\r\n* OK [ALERT] hello\r\n")], Stage.STARTTLS, INJECTION, "Bytes followed"
    ),
    "imap-injected-tagged": Attack(
        IMAP, [*ITALKS, send(b"M0001 OK go\r\nM0002 OK in\r\n")], Stage.STARTTLS, INJECTION, "Bytes followed the reply"
    ),
    "imap-injected-preauth": Attack(
        IMAP, [*ITALKS, send(b"M0001 OK go\r\n* PREAUTH in\r\n")], Stage.STARTTLS, INJECTION, "Bytes followed the reply"
    ),
    "imap-injected-bye": Attack(
        IMAP, [*ITALKS, send(b"M0001 OK go\r\n* BYE out\r\n")], Stage.STARTTLS, INJECTION, "Bytes followed the reply"
    ),
    "imap-injected-half-a-line": Attack(
        IMAP, [*ITALKS, send(b"M0001 OK go\r\n* ")], Stage.STARTTLS, INJECTION, "Bytes followed the reply"
    ),
    # The same a moment later, when the client has begun its handshake.
    "smtp-injected-late": Attack(
        SMTP,
        [*ASKED, send(b"220 go\r\n"), sleep(0.2), send(b"250 injected\r\n")],
        Stage.STARTTLS,
        INJECTION,
        "instead of TLS",
    ),
    "imap-injected-late": Attack(
        IMAP,
        [*ITALKS, send(b"M0001 OK go\r\n"), sleep(0.2), send(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n")],
        Stage.STARTTLS,
        INJECTION,
        "instead of TLS",
    ),
    # Words in the server's name (referrals L_1, alerts U, BYE).
    "imap-bye-greeting": Attack(
        IMAP,
        [send(b"* BYE [ALERT] Your password is wrong, set a new one at http://evil.test/\r\n")],
        Stage.GREETING,
        Category.SERVER_TEMPORARY,
        "was put off because the server ended the session itself",
    ),
    "imap-bye-says-wrong-password": Attack(
        IMAP,
        [send(b"* BYE [AUTHENTICATIONFAILED] Invalid credentials\r\n")],
        Stage.GREETING,
        Category.SERVER_TEMPORARY,
        "was put off because the server ended the session itself",
    ),
    "imap-starttls-says-wrong-password": Attack(
        IMAP,
        [*ITALKS, send(b"M0001 NO [AUTHENTICATIONFAILED] Invalid credentials\r\n")],
        Stage.STARTTLS,
        UNAVAILABLE,
        "switch to TLS was refused",
    ),
    "smtp-greeting-says-wrong-password": Attack(
        SMTP,
        [send(b"535 5.7.8 Username and Password not accepted\r\n")],
        Stage.GREETING,
        Category.SERVER_REFUSED,
        "The SMTP connection was refused",
    ),
    "smtp-ehlo-says-wrong-password": Attack(
        SMTP,
        [*HELLO, send(b"535 5.7.8 Username and Password not accepted\r\n")],
        Stage.CAPABILITY,
        Category.SERVER_REFUSED,
        "introduction was refused",
        (Category.POLICY_CLIENT,),
    ),
    "smtp-starttls-says-wrong-password": Attack(
        SMTP,
        [*ASKED, send(b"535 5.7.8 Username and Password not accepted\r\n")],
        Stage.STARTTLS,
        UNAVAILABLE,
        "switch to TLS was refused",
    ),
    "imap-referral-before-tls": Attack(
        IMAP,
        [*ITALKS, send(b"M0001 NO [REFERRAL imap://evil.test/] go there\r\n")],
        Stage.STARTTLS,
        UNAVAILABLE,
        "switch to TLS was refused",
    ),
    "imap-referral-greeting": Attack(
        IMAP,
        [send(b"* BYE [REFERRAL imap://evil.test/] go there\r\n")],
        Stage.GREETING,
        Category.AUTH_REFERRAL,
        "The IMAP connection was refused",
    ),
}
