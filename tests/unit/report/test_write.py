# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports as files: whole, private, compared with the last one, and never over somebody else's file."""

from __future__ import annotations

import json
import multiprocessing
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from report import samples

from ansible_collections.mailops.mailbox.plugins.module_utils._report import write
from ansible_collections.mailops.mailbox.plugins.module_utils._report.write import ReportError, write_reports

RESULTS = samples.RESULTS
FLEET = samples.fleet_of(RESULTS)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def loose_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def test_each_report_is_written_for_its_owner_alone(tmp_path: Path) -> None:
    paths = {name: tmp_path / "out" / f"report.{name}" for name in write._FORMATS}
    write_reports({**{name: str(path) for name, path in paths.items()}}, FLEET, RESULTS)
    assert {mode(path) for path in paths.values()} == {0o600}
    assert mode(tmp_path / "out") == 0o700
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(path.name for path in paths.values())


def test_what_is_not_asked_for_is_not_written(tmp_path: Path) -> None:
    write_reports({"json": None, "junit": "", "html": None}, FLEET, RESULTS)
    assert list(tmp_path.iterdir()) == []


def test_a_report_replaces_its_predecessor_and_is_compared_with_it(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    options = {"json": str(path)}
    write_reports(options, samples.fleet_of(RESULTS, "2026-11-20T05:00:00Z"), RESULTS)
    path.chmod(0o644)
    write_reports(options, FLEET, {**RESULTS, "expired": RESULTS["ok4"]})
    loaded = json.loads(path.read_text())
    assert loaded["comparison"]["fixed"] == ["expired"]
    assert loaded["comparison"]["previous"] == "2026-11-20T05:00:00Z"
    assert mode(path) == 0o600


def test_a_report_that_was_laid_out_anew_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    write_reports({"json": str(path)}, FLEET, RESULTS)
    path.write_text(json.dumps(json.loads(path.read_text()), indent=2))
    write_reports({"json": str(path)}, FLEET, RESULTS)
    assert json.loads(path.read_text())["comparison"]["previous"] == samples.STARTED


@pytest.mark.parametrize(
    "text",
    [
        "mailboxes: []\n",
        "plugin: mailops.mailbox.mailboxes\nmailboxes: []\n",
        "# mailops.mailbox\n- hosts: mailboxes\n  roles: [mailops.mailbox.verify]\n",
        '{"name": "notes", "report": "mailops.mailbox"}\n',
        '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="other"/>\n<!-- mailops.mailbox -->\n',
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<title>mailops.mailbox</title>\n',
        "\n" * 5000 + "precious",
    ],
    ids=["declarations", "inventory", "playbook", "json", "xml", "html", "blanks"],
)
@pytest.mark.parametrize("name", sorted(write._FORMATS))
def test_a_file_of_another_kind_is_left_as_it_is(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / "mailboxes.yml"
    path.write_text(text)
    with pytest.raises(ReportError, match="is not a report") as caught:
        write_reports({name: str(path)}, FLEET, RESULTS)
    assert path.read_text() == text
    assert caught.value.filename == str(path)


@pytest.mark.parametrize("name", sorted(write._FORMATS))
def test_a_report_is_known_again(tmp_path: Path, name: str) -> None:
    path = tmp_path / "report"
    path.touch()
    for _twice in range(2):
        write_reports({name: str(path)}, FLEET, RESULTS)
    assert path.stat().st_size > 1000


@pytest.mark.parametrize("name", sorted(write._FORMATS))
@pytest.mark.parametrize("before", sorted(write._FORMATS))
def test_a_report_may_change_its_format(tmp_path: Path, before: str, name: str) -> None:
    path = tmp_path / "report"
    write_reports({before: str(path)}, FLEET, {})
    write_reports({name: str(path)}, FLEET, {})
    write_reports({name: str(tmp_path / "fresh")}, FLEET, {})
    assert path.read_bytes()[:25] == (tmp_path / "fresh").read_bytes()[:25]


def test_a_link_to_a_report_is_replaced_and_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "2026-11-20.json"
    write_reports({"json": str(target)}, samples.fleet_of(RESULTS, "2026-11-20T05:00:00Z"), RESULTS)
    before = target.read_text()
    link = tmp_path / "report.json"
    link.symlink_to(target)
    write_reports({"json": str(link)}, FLEET, RESULTS)
    assert target.read_text() == before
    assert not link.is_symlink()
    assert json.loads(link.read_text())["comparison"]["previous"] == "2026-11-20T05:00:00Z"


def test_a_link_to_nothing_is_replaced(tmp_path: Path) -> None:
    link = tmp_path / "report.json"
    link.symlink_to(tmp_path / "gone")
    write_reports({"json": str(link)}, FLEET, RESULTS)
    assert json.loads(link.read_text())["report"] == "mailops.mailbox"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.json"]


@pytest.mark.parametrize("name", sorted(write._FORMATS))
def test_a_link_to_a_file_of_another_kind_is_left_as_it_is(tmp_path: Path, name: str) -> None:
    target = tmp_path / "precious"
    target.write_text("precious")
    link = tmp_path / "mailboxes.yml"
    link.symlink_to(target)
    with pytest.raises(ReportError, match="is not a report"):
        write_reports({name: str(link)}, FLEET, RESULTS)
    assert target.read_text() == "precious"
    assert link.is_symlink()


@pytest.mark.parametrize("linked", [False, True], ids=["itself", "link"])
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
@pytest.mark.parametrize("name", sorted(write._FORMATS))
def test_what_is_no_file_is_refused(tmp_path: Path, name: str, make: Callable[[Path], None], linked: bool) -> None:
    there = path = tmp_path / "there"
    make(there)
    if linked:
        path = tmp_path / "report"
        path.symlink_to(there)
    # In a process of its own, because to open a pipe could wait for ever.
    child = multiprocessing.get_context("fork").Process(target=refused, args=(name, path))
    child.start()
    child.join(30)
    hangs = child.is_alive()
    child.kill()
    child.join()
    assert not hangs
    assert child.exitcode == 0
    assert not there.is_file()
    assert path.is_symlink() is linked


def refused(name: str, path: Path) -> None:
    with pytest.raises(ReportError, match="not a regular file"):
        write_reports({name: str(path)}, FLEET, RESULTS)


@pytest.mark.parametrize("name", ["stdout", "stderr", "nul"])
def test_nothing_is_written_among_the_devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    devices = tmp_path / "dev"
    devices.mkdir()
    # Where the output is redirected, they lead to a regular file, and to nothing where it is closed.
    (tmp_path / "redirected").touch()
    (devices / "stdout").symlink_to(tmp_path / "redirected")
    (devices / "stderr").symlink_to(tmp_path / "closed")
    (tmp_path / "d").symlink_to(devices)
    monkeypatch.setattr(write, "_DEVICES", devices)
    before = sorted(devices.iterdir())
    for path in (devices / name, tmp_path / "d" / name):
        with pytest.raises(ReportError, match="where the devices are, and a report is a file"):
            write_reports({"json": str(path)}, FLEET, RESULTS)
    assert sorted(devices.iterdir()) == before
    assert (devices / "stdout").is_symlink()
    assert not (tmp_path / "closed").exists()


def test_more_than_one_missing_folder_is_a_typing_error(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="There is no folder"):
        write_reports({"json": str(tmp_path / "a" / "b" / "report.json")}, FLEET, RESULTS)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ReportError, match="can't be written"):
        write_reports({"json": str(tmp_path / "file" / "report.json")}, FLEET, RESULTS)


def test_a_folder_that_must_not_be_written_to_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(**kwargs: Any) -> tuple[int, str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(write.tempfile, "mkstemp", denied)
    with pytest.raises(ReportError, match="Permission denied. Let the user that runs Ansible write"):
        write_reports({"json": str(tmp_path / "report.json")}, FLEET, RESULTS)


def test_two_reports_at_one_path_are_refused(tmp_path: Path) -> None:
    path = str(tmp_path / "report")
    with pytest.raises(ReportError, match="same path"):
        write_reports({"json": path, "junit": path}, FLEET, RESULTS)


def test_one_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    with pytest.raises(ReportError):
        write_reports({"json": str(tmp_path), "junit": str(tmp_path / "report.xml")}, FLEET, RESULTS)
    assert (tmp_path / "report.xml").exists()


def test_a_home_that_nobody_knows_is_explained(tmp_path: Path) -> None:
    home = "~no-such-user-there"
    with pytest.raises(ReportError, match=f"knows no home folder for {home}. Name the whole path") as caught:
        write_reports({"json": f"{home}/report.json", "junit": str(tmp_path / "report.xml")}, FLEET, RESULTS)
    assert caught.value.filename == f"{home}/report.json"
    assert (tmp_path / "report.xml").exists()


def test_a_report_is_whole_or_not_there(tmp_path: Path) -> None:
    class Torn(dict[str, Any]):
        """Results whose file fails to be read on the way."""

        def items(self) -> Any:
            yield from list(super().items())[:2]
            raise OSError(5, "Input/output error")

    path = tmp_path / "report.json"
    write_reports({"json": str(path)}, FLEET, RESULTS)
    before = path.read_text()
    torn: Mapping[str, Any] = Torn(RESULTS)
    with pytest.raises(ReportError, match="Input/output error"):
        write_reports({"json": str(path)}, {**FLEET, "results": RESULTS}, torn)
    assert path.read_text() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.json"]
