# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inventory sources that Ansible did not read, or read as something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.mailops.mailbox.plugins.plugin_utils import _sources
from ansible_collections.mailops.mailbox.plugins.plugin_utils._sources import is_row, unread_sources

OURS = "plugin: mailops.mailbox.mailboxes\nmailboxes: {a: {email: a@acme.example, secret: {password: open-Sesame}}}\n"


def written(folder: Path, text: str, name: str = "mail.yml") -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def test_what_was_read_is_not_told(tmp_path: Path) -> None:
    source = written(tmp_path, OURS)
    assert unread_sources([source, "a,b"], {source, "a,b"}, {source}) == []
    # All of its mailboxes may be hosts of another source, too.
    assert unread_sources([source], {source}, set()) == []


def test_the_default_need_not_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    default = str(tmp_path / "hosts")
    monkeypatch.setattr(_sources, "_NOT_NAMED", default)
    assert unread_sources([default], set(), set()) == []
    written(tmp_path, "[broken", "hosts")
    assert len(unread_sources([default], set(), set())) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (OURS + "more: [1\n", "not YAML from line 4 on"),
        (OURS.replace("boxes\n", "boxs\n"), "says plugin: mailops.mailbox.mailboxs, and it has to be plugin: "),
        (OURS.replace("mailops.mailbox.", ""), "says plugin: mailboxes, and it has to be plugin: mailops.mailbox.mail"),
        (OURS.replace("mailops.mailbox.", "mailops."), "says plugin: mailops.mailboxes, and it has to be plugin: "),
        (OURS.replace("mailops.mailbox.mailboxes", "acme.mailboxes"), "ansible-inventory --list -i"),
        (OURS, "ansible-inventory --list -i"),
        ("password: *open-Sesame\n", "not YAML from line 1 on"),
    ],
)
def test_an_unread_file_is_told_without_its_content(tmp_path: Path, text: str, told: str) -> None:
    source = written(tmp_path, text)
    (found,) = unread_sources([source], set(), set())
    assert told in found
    assert source in found
    assert "open-Sesame" not in found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (OURS.replace("plugin:", "plugn:"), "says plugn: mailops.mailbox.mailboxes and gave no host"),
        (" \n", "is empty"),
        ("all: {vars: {x: 1}}\n", None),
        ("# for mailops.mailbox.mailboxes\nall: {vars: {x: 1}}\n", None),
    ],
)
def test_a_file_that_was_read_as_something_else(tmp_path: Path, text: str, told: str | None) -> None:
    source = written(tmp_path, text)
    found = unread_sources([source], {source}, set())
    assert told in found[0] if told else found == []
    assert unread_sources([source], {source}, {source}) == []


@pytest.mark.parametrize("text", ["# sales01: {}\n", "---\n", "#plugin: mailops.mailbox.mailboxes\n"])
@pytest.mark.parametrize("name", ["mailboxes.yml", "eu.mailboxes.yaml", "hosts.yml"])
def test_a_file_of_comments_is_empty_where_it_is_meant_for_mailboxes(tmp_path: Path, text: str, name: str) -> None:
    source = written(tmp_path, text, name)
    found = unread_sources([source], {source}, set())
    assert ["is empty" in told for told in found] == ([] if name == "hosts.yml" and "mailops" not in text else [True])


def test_a_file_that_a_comma_makes_a_list_of_hosts_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, OURS, "us.yml")
    (tmp_path / "web").mkdir()
    for source, file in (("us.yml,", "us.yml"), ("web1, us.yml", "us.yml"), (f"{tmp_path}/web,", f"{tmp_path}/web")):
        (found,) = unread_sources([source], {source}, {source})
        assert f"{source} is a list of hosts because of its comma, so {file} in it was not read" in found
    for source in ("web1,web2", "web,"):
        assert unread_sources([source], {source}, {source}) == []


CSV = "id,email,password\nsales01,a@acme.example,open-Sesame\n"


@pytest.mark.parametrize("name", ["export.csv", "Export.CSV", "export.tsv"])
@pytest.mark.parametrize("how", ["unread", "rows", "nothing"])
def test_a_spreadsheet_that_became_no_mailbox(tmp_path: Path, name: str, how: str) -> None:
    source = written(tmp_path, CSV, name)
    given = {source} if how == "rows" else set()
    (found,) = unread_sources([source], set() if how == "unread" else {source}, given, given)
    assert found.startswith(f"No mailbox came out of the inventory source {source}, because it is a spreadsheet. Name ")
    assert "as source: in a YAML file" in found
    assert "open-Sesame" not in found


def test_a_workbook_has_to_become_csv_first(tmp_path: Path) -> None:
    source = written(tmp_path, "PK", "export.xlsx")
    assert "Save it as CSV UTF-8, and name that as source:" in unread_sources([source], set(), set())[0]


def test_a_spreadsheet_that_a_plugin_understood_is_not_told(tmp_path: Path) -> None:
    source = written(tmp_path, CSV, "export.csv")
    assert unread_sources([source], {source}, {source}, {"another.csv"}) == []


@pytest.mark.parametrize("name", ["sales01,a@acme.example,x", "id;email", "a@acme.example"])
def test_a_host_that_is_a_row(name: str) -> None:
    assert is_row(name, {"inventory_file": "x"})
    assert not is_row(name, {"mailbox": {}})
    assert not is_row(name, {"mailbox_error": []})
    assert not is_row("web01.acme.example", {})


def test_missing_files_and_bad_lists(tmp_path: Path) -> None:
    link = tmp_path / "link.yml"
    link.symlink_to(tmp_path / "nowhere")
    found = unread_sources([str(tmp_path / "no.yml"), str(link), "a,[b"], set(), set())
    assert ["does not exist" in found[0], "is a link to" in found[1], "is no list" in found[2]] == [True] * 3


def test_a_directory_is_its_files(tmp_path: Path) -> None:
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "deeper").mkdir()
    for name in (".hidden.yml", "notes.md", "group_vars/all.yml", "read.yml", "deeper/unread.yml"):
        written(tmp_path, "x", name)
    (found,) = unread_sources([str(tmp_path)], {str(tmp_path / "read.yml")}, {str(tmp_path / "read.yml")})
    assert str(tmp_path / "deeper" / "unread.yml") in found
