# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of the integration tests: the labs, started once a session where a test wants them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from dnslab import DnsLab
from https import HttpsLab
from lab import Lab
from leaks import Watch
from plays import Plays, environment
from procs import LabError

Running = TypeVar("Running", Lab, DnsLab, HttpsLab)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the test that looks back at all others at the end."""
    items.sort(key=lambda item: item.path.name == "test_whole_run.py")


@pytest.fixture(scope="session", autouse=True)
def watch() -> Iterator[Watch]:
    """What the whole run used as secrets, printed, and left."""
    watching = Watch()
    with pytest.MonkeyPatch.context() as patch:
        watching.begin(patch)
        yield watching


def running(make: Callable[[], Running], what: str) -> Iterator[Running]:
    """Start a part of the lab, and stop it in the end. Where it can't be had, tests are skipped; in CI they fail."""
    try:
        part = make().start()
    except LabError as problem:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"{what} can't be started: {problem}")
    yield part
    part.stop()


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """Real servers on loopback."""
    yield from running(Lab, "The lab")


@pytest.fixture(scope="session")
def dns_servers() -> Iterator[DnsLab]:
    """NSD and Unbound; tests take ``dns_lab``."""
    yield from running(DnsLab, "The name servers of the lab")


@pytest.fixture
def dns_lab(dns_servers: DnsLab) -> DnsLab:
    """A validating resolver, for which no zone of an earlier test is left; the test loads its own."""
    dns_servers.clear()
    return dns_servers


@pytest.fixture(scope="session")
def web_servers() -> Iterator[HttpsLab]:
    """Web servers on an address of their own; tests take ``https_lab``."""
    yield from running(HttpsLab, "The web servers of the lab")


@pytest.fixture
def https_lab(web_servers: HttpsLab) -> HttpsLab:
    """Web servers without a page; the test says what they serve."""
    web_servers.reset()
    return web_servers


@pytest.fixture
def plays(tmp_path: Path, lab: Lab) -> Plays:
    """Real plays with a registry of their own, and with Vault's address and a token in the environment."""
    return Plays(tmp_path, environment(tmp_path / "home") | lab.vault_environment())
