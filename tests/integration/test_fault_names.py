# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Odd names of folders, and literals wherever a string may stand, over real sockets."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

import pytest
from faults import CAN, IMAP, Place, case, reset
from hostile import Seen, leaks, probe_all
from pki import make_pki
from scripted import server_context

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Category, Stage

pytestmark = pytest.mark.once

NOWHERE = Place(IMAP, "none", Stage.SELECT)
PAIR = b'* LIST () "/" INBOX\r\n'


class Name(NamedTuple):
    """What LIST says, which folder is declared, and how EXAMINE asks for it; None where it must not."""

    listed: bytes
    wanted: str
    examined: bytes | None
    sentence: str = ""


NAMES = {
    "modified UTF-7": Name(b'* LIST () "/" "Entw&APw-rfe"', "Entwürfe", b'EXAMINE "Entw&APw-rfe"\r\n'),
    "modified UTF-7, Chinese": Name(b'* LIST () "/" &U,BTFw-', "台北", b'EXAMINE "&U,BTFw-"\r\n'),
    "an ampersand": Name(b'* LIST () "/" "R&-D"', "R&D", b'EXAMINE "R&-D"\r\n'),
    "an ampersand, wrongly": Name(b'* LIST () "/" "R&D"', "R&D", b'EXAMINE "R&D"\r\n'),
    "8-bit UTF-8": Name(b'* LIST () "/" "Entw\xc3\xbcrfe"', "Entwürfe", b"EXAMINE {9}\r\nEntw\xc3\xbcrfe\r\n"),
    "8-bit Latin-1": Name(b'* LIST () "/" "Entw\xfcrfe"', "Entwürfe", b"EXAMINE {8}\r\nEntw\xfcrfe\r\n"),
    "a literal": Name(b'* LIST () "/" {12}\r\nA "b" \\c {3}', 'A "b" \\c {3}', b'EXAMINE "A \\"b\\" \\\\c {3}"\r\n'),
    "blanks without quotes": Name(b'* LIST () "/" Sent Mail', "Sent Mail", b'EXAMINE "Sent Mail"\r\n'),
    "separator .": Name(b'* LIST () "." "Projects.2026"', "Projects/2026", b'EXAMINE "Projects.2026"\r\n'),
    "separator \\": Name(b'* LIST () "\\\\" "Projects\\\\2026"', "Projects/2026", b'EXAMINE "Projects\\\\2026"\r\n'),
    "separator ^": Name(b'* LIST () "^" "Projects^2026"', "Projects/2026", b'EXAMINE "Projects^2026"\r\n'),
    "separator NIL": Name(b"* LIST () NIL Flat", "Flat", b'EXAMINE "Flat"\r\n'),
    "separator NIL, a slash in the name": Name(b'* LIST () NIL "a/b"', "a/b", b'EXAMINE "a/b"\r\n'),
    "a literal for the separator": Name(b'* LIST () {1}\r\n. "Pro.x"', "Pro/x", b'EXAMINE "Pro.x"\r\n'),
    "Noselect": Name(b'* LIST (\\Noselect) "/" Projects', "Projects", None, "only holds other folders"),
    "NonExistent": Name(b'* LIST (\\NonExistent) "/" Projects', "Projects", None, "only holds other folders"),
    "another case": Name(b'* LIST () "/" projects', "Projects", None, 'no folder "Projects" in the mailbox'),
    "line ends in the name": Name(
        b'* LIST () "/" {20}\r\nSale\r\nM0009 OK done ', "Sales", None, 'no folder "Sales" in the mailbox'
    ),
}

SESSION = {
    "ID": b'* ID ("name" "lab (1)" "version" "" "support-url" NIL)\r\n%t OK\r\n',
    "NAMESPACE": b'* NAMESPACE (("INBOX." ".")) (("~" ".")) (("Shared." "."))\r\n%t OK\r\n',
    "LIST": b'* LIST () "." "INBOX"\r\n* LIST (\\Sent) "." "INBOX.Gesendet"\r\n* LIST () "." ""\r\n%t OK\r\n',
    "EXAMINE": b"* 3 EXISTS\r\n%t OK [READ-ONLY]\r\n",
    "MYRIGHTS": b'* MYRIGHTS "INBOX" "lrs"\r\n%t OK\r\n',
    "GETQUOTAROOT": b'* QUOTAROOT "INBOX" "root"\r\n* QUOTA "root" (STORAGE 10 512)\r\n%t OK\r\n',
}


def with_literals(reply: bytes, form: bytes) -> bytes:
    """Write every quoted string of a reply as a literal; ``form`` is its announcement, ``%d`` the size."""
    return re.sub(rb'"([^"]*)"', lambda found: form % len(found[1]) + b"\r\n" + found[1], reply)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    pki = make_pki(tmp_path_factory.mktemp("names") / "pki")
    good = pki.leaves["good"]
    context = server_context(str(good.cert), str(good.key))
    cases = {}
    for label, name in NAMES.items():
        own = {"LIST": PAIR + name.listed + b"\r\n%t OK\r\n"}
        cases[label] = replace(case(NOWHERE, reset, context, own), imap={"mailbox": name.wanted})
    cases["strings"] = case(NOWHERE, reset, context, SESSION)
    for label, form in LITERALS.items():
        own = {command: with_literals(reply, form) for command, reply in SESSION.items()}
        cases[label] = case(NOWHERE, reset, context, own)
    return probe_all(cases, str(pki.ca))


LITERALS = {"literals": b"{%d}", "literals with a plus": b"{%d+}", "binary literals": b"~{%d}"}


@pytest.mark.parametrize("label", NAMES)
def test_a_folder_of_any_name_is_examined_as_the_server_wrote_it(seen: dict[str, Seen], label: str) -> None:
    name, found = NAMES[label], seen[label]
    asked = re.findall(rb"M\d+ (EXAMINE (?:\{\d+\}\r\n[^\r]*|[^\r]*)\r\n)", found.secured)
    assert b"SELECT" not in found.secured
    if name.examined is None:
        assert asked == []
        failure = found.failure
        assert (failure.category, failure.stage) == (Category.MAILBOX_NONEXISTENT, Stage.SELECT)
        assert name.sentence in failure.sentence
        return
    assert found.diagnosis.failures == (), found.failure
    assert asked == [name.examined]
    select = found.evidence.stage(Stage.SELECT)
    assert select is not None
    assert select.facts["exists"] == 3


@pytest.mark.parametrize("label", LITERALS)
def test_literals_say_what_strings_say(seen: dict[str, Seen], label: str) -> None:
    assert CAN.endswith(b"ACL QUOTA")
    plain, found = seen["strings"], seen[label]
    assert found.diagnosis.failures == (), found.failure
    for stage in (Stage.SESSION, Stage.LIST, Stage.SELECT, Stage.SPECIAL_USE):
        expected, got = plain.evidence.stage(stage), found.evidence.stage(stage)
        assert expected is not None
        assert got is not None
        assert got.facts == expected.facts
    select = found.evidence.stage(Stage.SELECT)
    assert select is not None
    assert (select.facts["rights"], select.facts["quota_limit"]) == ("lrs", 512 * 1024)
    assert leaks(found.clear) == []
