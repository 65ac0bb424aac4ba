# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same healthy and broken accounts on other servers: the same verdicts, or a difference that docs explain.

The table of docs/second-opinions.md is compared with what comes out; ``SECOND_OPINIONS=write`` writes it anew.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, Union

import pytest
from cyrus import Cyrus
from dovecot import CHILD_FOLDER, DOMAIN, IMAP_OFF_USER, NON_ASCII_FOLDER, OK_USER, PARENT_FOLDER, PASSWORD
from exim import Exim
from greenmail import GreenMail
from lab import Lab
from pki import GOOD_ADDRESS, STRICT_ADDRESS
from postfix import FOREIGN, GREYLISTED, NO_RELAY
from procs import LabError

from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.diagnose import Context, diagnose
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import (
    PasswordAtFault,
    Protocol,
    Security,
    StageStatus,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import Secret
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import ProtocolEvidence
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import (
    Credentials,
    ImapPlan,
    SmtpPlan,
    Target,
    TlsPlan,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._run.probe import Engine, MailboxPlan, MailboxProbe

pytestmark = pytest.mark.once

SMTP, IMAP = Protocol.SMTP, Protocol.IMAP
TLS, STARTTLS, NONE = Security.TLS, Security.STARTTLS, Security.NONE
PAGE = Path(__file__).resolve().parents[2] / "docs" / "second-opinions.md"
NOBODY = f"nobody@{DOMAIN}"
COLUMNS = {
    SMTP: ("Postfix 3.7", "Exim 4.96", "GreenMail 2.1.8"),
    IMAP: ("Dovecot 2.3", "Cyrus 3.6", "GreenMail 2.1.8"),
}


class Row(NamedTuple):
    """An account, or a declaration of it, and why servers may differ about it ("" where they must not)."""

    protocol: Protocol
    port: str = "tls"
    security: Security = TLS
    user: str = OK_USER
    password: str = PASSWORD
    sender: str = OK_USER
    recipient: str = OK_USER
    folder: str = "INBOX"
    login: bool = True
    without: str = ""
    """A server on which the account can't be made."""
    why: str = ""


NO_STARTTLS = "GreenMail has no STARTTLS."
IN_CLEAR = "GreenMail takes passwords in the clear; the others offer no login there, as RFC 8314 wants it."
EVERYBODY = "GreenMail is made for tests and takes mail from and for everybody."
ROWS = {
    "works, implicit TLS": Row(SMTP),
    "works, STARTTLS": Row(SMTP, "starttls", STARTTLS, why=NO_STARTTLS),
    "wrong password": Row(SMTP, password="wrong-" + PASSWORD),
    "unknown user": Row(SMTP, user=NOBODY),
    "somebody else's sender address": Row(SMTP, sender=f"boss@{DOMAIN}", why=EVERYBODY),
    "foreign recipient": Row(SMTP, recipient=FOREIGN),
    "recipient is greylisted": Row(SMTP, recipient=GREYLISTED, why=EVERYBODY),
    "recipient is refused after the login": Row(SMTP, recipient=NO_RELAY, why=EVERYBODY),
    "recipient of the own domain that does not exist": Row(SMTP, recipient=NOBODY, why=EVERYBODY),
    "no AUTH offered": Row(SMTP, "open", STARTTLS, why="GreenMail has no port without AUTH, and no STARTTLS."),
    "no login, foreign recipient": Row(SMTP, "open", NONE, recipient=FOREIGN, login=False, why=EVERYBODY),
    "plaintext allowed, the server wants TLS": Row(SMTP, "starttls", NONE, why=IN_CLEAR),
    "security tls on the STARTTLS port": Row(SMTP, "starttls"),
    "security starttls on the TLS port": Row(SMTP, "tls", STARTTLS),
    "works, implicit TLS ": Row(IMAP),
    "works, STARTTLS ": Row(IMAP, "starttls", STARTTLS, why=NO_STARTTLS),
    "wrong password ": Row(IMAP, password="wrong-" + PASSWORD),
    "unknown user ": Row(IMAP, user=NOBODY),
    "IMAP is switched off for the account": Row(
        IMAP,
        user=IMAP_OFF_USER,
        without="GreenMail 2.1.8",
        why="Dovecot answers `[CONTACTADMIN]`, Cyrus says no more than that the account is not authorized."
        " Neither is taken for a wrong password.",
    ),
    "missing folder": Row(IMAP, folder="Salse"),
    "folder below another": Row(IMAP, folder=CHILD_FOLDER),
    "folder beyond ASCII": Row(IMAP, folder=NON_ASCII_FOLDER),
    "level of the hierarchy": Row(
        IMAP,
        folder=PARENT_FOLDER,
        why="The lab's Dovecot has it as a mere level (`\\Noselect`); on the other servers the same name is a folder.",
    ),
    "plaintext allowed, the server wants TLS ": Row(IMAP, "starttls", NONE, why=IN_CLEAR),
    "security tls on the STARTTLS port ": Row(IMAP, "starttls"),
    "security starttls on the TLS port ": Row(IMAP, "tls", STARTTLS),
}
"""By name; those of IMAP that are called like one of SMTP have a blank behind them."""


@dataclass(frozen=True)
class Server:
    """Where a server listens: its ports by the names that rows use. ``strict`` is an address it does not trust."""

    ports: dict[str, int]
    strict: str = GOOD_ADDRESS


Opinions = dict[tuple[str, str], str]


def plan(row: Row, server: Server, ca: str) -> MailboxPlan:
    """Return the probe of a row at a server."""
    host = server.strict if row.security is NONE else GOOD_ADDRESS
    trust = TlsPlan(host, ca=ca)
    target = Target(row.protocol, host, server.ports[row.port], row.security, trust, allow_plaintext_auth=True)
    credentials = Credentials(row.user, Secret(row.password.encode()))
    if row.protocol is IMAP:
        return MailboxPlan(None, ImapPlan(target, credentials, mailbox=row.folder), 15.0)
    smtp = SmtpPlan(target, "probe.acme.test", (row.sender,), row.recipient, OK_USER, credentials)
    return MailboxPlan(smtp if row.login else replace(smtp, mechanisms=(), credentials=None), None, 15.0)


def verdict(row: Row, evidence: ProtocolEvidence) -> str:
    """Return what a user is told, in short."""
    context = Context(
        email=OK_USER,
        usernames={row.protocol: row.user},
        smtp=evidence if row.protocol is SMTP else None,
        imap=evidence if row.protocol is IMAP else None,
    )
    diagnosis = diagnose(context)
    failures = diagnosis.failures
    if not failures and row.login and not evidence.authenticated:
        return "no failure and no login"
    if not failures:
        return ", ".join(("verified", *(f"warning `{notice.id}`" for notice in diagnosis.warnings)))
    worst = failures[0]
    doubt = " (inconclusive)" if worst.status is StageStatus.INCONCLUSIVE else ""
    blame = {PasswordAtFault.YES: ", password at fault", PasswordAtFault.UNKNOWN: ", password perhaps at fault"}
    return f"`{worst.category.value}` at {worst.stage.value}{doubt}{blame.get(worst.password_at_fault, '')}"


def ask(servers: dict[Protocol, dict[str, Server]], ca: str) -> Opinions:
    """Probe every row at every server, side by side."""
    engine, found = Engine(), Opinions()
    jobs = [
        (label, row, column, server)
        for label, row in ROWS.items()
        for column, server in servers[row.protocol].items()
        if column != row.without
    ]

    def start(label: str, row: Row, column: str, server: Server) -> None:
        def done(probe: MailboxProbe) -> None:
            found[label, column] = verdict(row, probe.evidence[row.protocol])

        MailboxProbe(engine, plan(row, server, ca), done).start()

    try:
        for job in jobs:
            start(*job)
        engine.loop.run_until(lambda: len(found) == len(jobs))
    finally:
        engine.loop.close()
    return found


@pytest.fixture(scope="module")
def servers(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Protocol, dict[str, Server]]]:
    """All servers that can be had here. In CI only GreenMail, which needs Java, may be missing."""
    postfix, dovecot = lab.postfix.ports, lab.dovecot.ports
    found: dict[Protocol, dict[str, Server]] = {
        SMTP: {
            "Postfix 3.7": Server(
                {"tls": postfix["submissions"], "starttls": postfix["submission"], "open": postfix["mx"]}
            )
        },
        IMAP: {"Dovecot 2.3": Server({"tls": dovecot["imaps"], "starttls": dovecot["imap"]}, STRICT_ADDRESS)},
    }
    # Not below pytest's folder, which other accounts can't enter.
    exim, cyrus = Exim(lab.folder / "exim", lab.pki), Cyrus(lab.folder / "cyrus", lab.pki)
    greenmail = GreenMail(lab.folder / "greenmail", lab.pki)
    others: list[Union[Exim, Cyrus, GreenMail]] = [exim, cyrus, greenmail]
    try:
        for other in others:
            try:
                other.start()
            except LabError as problem:
                if os.environ.get("CI") == "true" and other is not greenmail:
                    raise
                print(f"left out: {problem}")
        if exim.child is not None:
            ports = {"tls": exim.ports["submissions"], "starttls": exim.ports["submission"], "open": exim.ports["mx"]}
            found[SMTP]["Exim 4.96"] = Server(ports)
        if cyrus.child is not None:
            found[IMAP]["Cyrus 3.6"] = Server({"tls": cyrus.ports["imaps"], "starttls": cyrus.ports["imap"]})
        if greenmail.child is not None:
            smtp = {
                "tls": greenmail.ports["smtps"],
                "starttls": greenmail.ports["smtp"],
                "open": greenmail.ports["smtp"],
            }
            found[SMTP]["GreenMail 2.1.8"] = Server(smtp)
            imap = {"tls": greenmail.ports["imaps"], "starttls": greenmail.ports["imap"]}
            found[IMAP]["GreenMail 2.1.8"] = Server(imap)
        yield found
    finally:
        for other in others:
            other.stop()


@pytest.fixture(scope="module")
def opinions(lab: Lab, servers: dict[Protocol, dict[str, Server]]) -> Opinions:
    return ask(servers, str(lab.pki.ca))


def table(opinions: Opinions, protocol: Protocol) -> str:
    """Return the table of a protocol as it stands in the docs."""
    columns = COLUMNS[protocol]
    lines = [f"| {' | '.join(('account', *columns))} |", "|---" * (len(columns) + 1) + "|"]
    for label, row in ROWS.items():
        if row.protocol is protocol:
            lines.append(f"| {' | '.join((label.strip(), *(opinions.get((label, c), '–') for c in columns)))} |")
    return "\n".join(lines)


def differences(protocol: Protocol) -> str:
    """Return the explanations as they stand in the docs."""
    return "\n".join(
        f"- *{label.strip()}*: {row.why}" for label, row in ROWS.items() if row.why and row.protocol is protocol
    )


def in_page(text: str, what: str) -> str:
    """Return what stands between the marks of a generated part."""
    found = re.search(rf"<!-- {what} -->\n(.*?)\n<!-- end -->", text, re.DOTALL)
    return found[1] if found else ""


@pytest.mark.parametrize("protocol", Protocol, ids=lambda value: value.value)
def test_servers_agree_or_the_difference_is_explained(opinions: Opinions, protocol: Protocol) -> None:
    for label, row in ROWS.items():
        if row.protocol is protocol:
            said = {column: opinions[label, column] for column in COLUMNS[protocol] if (label, column) in opinions}
            if not row.why:
                assert len(set(said.values())) == 1, (label, said)


@pytest.mark.parametrize("protocol", Protocol, ids=lambda value: value.value)
def test_the_table_in_the_docs_is_what_comes_out(opinions: Opinions, protocol: Protocol) -> None:
    present = {column for label, column in opinions if ROWS[label].protocol is protocol}
    page = PAGE.read_text()
    told = {
        f"{protocol.value} table": table(opinions, protocol),
        f"{protocol.value} differences": differences(protocol),
    }
    if os.environ.get("SECOND_OPINIONS") == "write":
        for what, text in told.items():
            page = page.replace(f"<!-- {what} -->\n{in_page(page, what)}\n", f"<!-- {what} -->\n{text}\n")
        PAGE.write_text(page)
    missing = [column for column in COLUMNS[protocol] if column not in present]
    if missing:
        pytest.skip(
            f"not here, so that their columns can't be compared: {', '.join(missing)} (tests/lab/setup.sh second)"
        )
    for what, text in told.items():
        assert in_page(page, what) == text, f"SECOND_OPINIONS=write brings {PAGE.name} up to date"


def test_an_explained_difference_is_one(opinions: Opinions) -> None:
    for label, row in ROWS.items():
        said = {column: opinions.get((label, column)) for column in COLUMNS[row.protocol]}
        said.pop(row.without, None)
        if row.why and None not in said.values():
            assert len(set(said.values())) > 1, (label, said)
