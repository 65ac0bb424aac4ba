# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page in a browser, with 5,000 mailboxes: filter, groups, order, unfolding; skipped where there is no Chromium."""

from __future__ import annotations

import copy
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from report import samples

from ansible_collections.mailops.mailbox.plugins.module_utils._report import html

pytestmark = pytest.mark.once

MAILBOXES = 5000
TAGS = (["outreach", "eu"], ["outreach", "us"], ["support"], [])
HOSTS = ("smtp.gmail.com", "smtp.office365.com", "mail.acme.example")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=10000",
    "--dump-dom",
)

Show = Callable[..., str]


def fleet() -> dict[str, dict[str, Any]]:
    """Every tenth mailbox is broken, and every mailbox has one of three hosts and one of four sets of tags."""
    broken = [name for name in samples.RESULTS if not name.startswith("ok")]
    found = {}
    for number in range(MAILBOXES):
        name = broken[number // 10 % len(broken)] if number % 10 == 0 else "ok4"
        result = copy.copy(samples.RESULTS[name])
        for protocol in ("smtp", "imap"):
            if result[protocol]:
                result[protocol] = {**result[protocol], "host": HOSTS[number % 3]}
        result["timing"] = {"duration_ms": float(number)}
        result["mailbox"] = {"email": f"box{number:04}@acme.test", "tags": TAGS[number % 4]}
        found[f"box{number:04}"] = result
    return found


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Show:
    """Open the page with what its address says after the ``#``, and return what the script made of it."""
    if CHROMIUM is None:
        pytest.skip("There is no Chromium on this machine.")
    folder = tmp_path_factory.mktemp("page")
    page = folder / "report.html"
    results = fleet()
    page.write_text(html.render(samples.fleet_of(results), results), encoding="utf-8")

    def opened(**asked: str) -> str:
        profile = tmp_path_factory.mktemp("profile")
        address = f"{page.as_uri()}#{urlencode(asked)}"
        process = subprocess.run(
            [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", address], capture_output=True, timeout=120, check=False
        )
        shutil.rmtree(profile, ignore_errors=True)
        return process.stdout.decode("utf-8")

    return opened


def shown(dom: str) -> list[str]:
    """The mailboxes that can be seen, in their order."""
    bodies = re.findall(r"<tbody [^>]*data-id=[^>]*>", dom)
    return [re.findall(r'data-id="([^"]*)"', body)[0] for body in bodies if " hidden" not in body]


def test_all_mailboxes_are_there(show: Show) -> None:
    dom = show()
    assert len(shown(dom)) == MAILBOXES
    assert ">5000 mailboxes</output>" in dom
    assert 'class="js"' in dom


def test_filter(show: Show) -> None:
    dom = show(q="smtp.gmail.com support")
    assert shown(dom)[-1] == "box4998"
    assert sorted(shown(dom)) == [f"box{n:04}" for n in range(MAILBOXES) if n % 3 == 0 and n % 4 == 2]
    assert ">417 of 5000 mailboxes</output>" in dom


def test_verdict(show: Show) -> None:
    partial = sorted(name for name, result in fleet().items() if result["status"] == "partial")
    assert sorted(shown(show(status="partial"))) == partial


def test_groups(show: Show) -> None:
    groups = re.findall(r'class="group">.*?<button[^>]*>([^<]*)</button>', show(group="provider"))
    assert [group.partition(" — ")[0] for group in groups] == [
        "Google",
        "Microsoft 365",
        "acme.example",
        "no host",
    ]
    google = [r for r in fleet().values() if HOSTS[0] in {(r[name] or {}).get("host") for name in ("smtp", "imap")}]
    assert groups[0].startswith(f"Google — {len(google)} (")
    groups = re.findall(r'class="group">.*?<button[^>]*>([^<]*)</button>', show(group="tag"))
    assert [group.partition(" — ")[0] for group in groups] == ["eu, outreach", "no tags", "outreach, us", "support"]


def test_order(show: Show) -> None:
    dom = show(sort="8", dir="desc")
    assert shown(dom)[:3] == ["box4999", "box4998", "box4997"]
    assert dom.count('aria-sort="descending"') == 1


def test_unfolding(show: Show) -> None:
    dom = show(open="box0010", q="box0010")
    body = dom[dom.index('data-id="box0010"') :]
    body = body[: body.index("</tbody></table>")]
    assert 'aria-expanded="true">box0010' in body
    assert 'class="stages"' in body
    assert "<td>auth</td><td>IMAP</td>" in body
    assert "Tags: support" in body


def test_hostile_texts_do_nothing(show: Show, tmp_path: Path) -> None:
    results = samples.poisoned()
    page = tmp_path / "hostile.html"
    page.write_text(html.render(samples.fleet_of(results), results), encoding="utf-8")
    dom = subprocess.run(
        [str(CHROMIUM), *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", f"{page.as_uri()}#group=tag"],
        capture_output=True,
        timeout=120,
        check=False,
    ).stdout.decode("utf-8")
    assert len(shown(dom)) == len(results)
    assert dom.count("<script") == 2
