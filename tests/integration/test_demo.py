# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The README's first command, run as a user runs it: what it shows, what it leaves behind, and how it stops."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / ".cache" / "demo" / "run"
HEALTHY = ("sales01", "support", "newsletter", "scanner")
BROKEN = {
    "wrong_password": "auth.credentials",
    "imap_disabled": "auth.protocol_disabled",
    "tls_mode": "tls.mode_mismatch",
    "imap_host": "dns.",
    "missing_folder": "mailbox.nonexistent",
    "expired_certificate": "tls.expired",
    "closed_port": "connect.refused",
    "pop3_port": "port.wrong_protocol",
}


def environment() -> dict[str, str]:
    """Return an environment in which the demo has no Vault of somebody else to write to."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("VAULT_", "ANSIBLE_", "PYTHON"))}


@pytest.fixture(scope="module")
def demo() -> subprocess.CompletedProcess[str]:
    """Run the demo once."""
    command = [str(ROOT / "demo" / "run")]
    return subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=900, check=False)


def summary_line(output: str, name: str) -> str:
    """Return a mailbox's line of the summary."""
    return next(line for line in output.rpartition("==> Summary")[2].splitlines() if line.startswith(f"{name} "))


def test_the_demo_comes_to_what_it_should(demo: subprocess.CompletedProcess[str]) -> None:
    """All mailboxes have the verdict that the demo expects."""
    assert demo.returncode == 0, demo.stdout[-6000:] + demo.stderr[-2000:]


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_mailbox_is_registered_once(demo: subprocess.CompletedProcess[str], name: str) -> None:
    """The first run registers, the second one changes nothing."""
    assert re.search(r" verified +- +changed=1 +changed=0 *$", summary_line(demo.stdout, name))


@pytest.mark.parametrize(("name", "category"), BROKEN.items())
def test_a_broken_mailbox_gets_its_diagnosis(demo: subprocess.CompletedProcess[str], name: str, category: str) -> None:
    """The diagnosis is the right one, and nothing is registered."""
    assert re.search(rf" {re.escape(category)}\S* +changed=0 +changed=0 *$", summary_line(demo.stdout, name))


def test_near_folder_names_are_listed(demo: subprocess.CompletedProcess[str]) -> None:
    """The message about a missing folder names the one that was meant."""
    assert "Archive/2026" in demo.stdout


def test_the_wrong_password_is_sent_once_per_protocol(demo: subprocess.CompletedProcess[str]) -> None:
    """The login budget, as the servers counted it over both runs."""
    assert "SMTP 1, IMAP 1. What the second run said: secret.refused_before" in demo.stdout


def test_nothing_secret_and_nothing_running_is_left(demo: subprocess.CompletedProcess[str]) -> None:
    """The key of the inventory and the variables are gone, and no process has the demo's folder in its command line."""
    assert demo.returncode == 0
    assert not (RUN / "vault-password").exists()
    assert not (RUN / "variables.json").exists()
    listing = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(RUN) not in listing


def test_an_interrupted_demo_stops_what_it_started(demo: subprocess.CompletedProcess[str]) -> None:
    """Ctrl-C in the middle of the first run ends the demo and its servers."""
    command = [str(ROOT / "demo" / "run")]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        ports: list[str] = []
        for line in process.stdout or ():
            if line.startswith("Servers listen"):
                ports = re.findall(r"\b(\d{4,5})\b", line)
            if line.startswith("PLAY "):
                break
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130
    assert ports
    assert not (RUN / "vault-password").exists()
    listening = Path("/proc/net/tcp").read_text(encoding="ascii")
    for port in ports:
        assert f"0100007F:{int(port):04X} 00000000:0000 0A" not in listening
