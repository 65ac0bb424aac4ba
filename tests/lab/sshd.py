# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A private OpenSSH server on a loopback address: a probe host with a home of its own, for the user who runs tests."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from procs import Child, LabError, free_port

_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin"


@dataclass
class Sshd:
    """One server; all it has lies in ``folder``. ``environment`` is that of every login, and says where home is."""

    name: str
    address: str
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    child: Child | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self.home = self.folder / "home"
        self.home.mkdir(mode=0o700)
        self.port = free_port()
        self._program = shutil.which("sshd", path=_PATH)
        if self._program is None or shutil.which("ssh", path=_PATH) is None:
            raise LabError("OpenSSH is not installed; tests/lab/setup.sh installs it.")
        for name in ("host", "user"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(self.folder / name)], check=True
            )
        shutil.copy(self.folder / "user.pub", self.folder / "authorized_keys")
        public = (self.folder / "host.pub").read_text().split()[:2]
        (self.folder / "known_hosts").write_text(f"[{self.address}]:{self.port} {' '.join(public)}\n")

    def start(self) -> Sshd:
        """Start it and wait until it listens."""
        if os.geteuid() == 0:
            # Where a service would have it made: the empty folder that the part without rights is locked in.
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        config = self.folder / "sshd_config"
        config.write_text(self._config())
        argv = [str(self._program), "-D", "-e", "-f", str(config)]
        self.child = Child(f"sshd {self.name}", argv, self.folder / "log")
        self.child.wait_listening(self.address, self.port)
        return self

    def stop(self) -> None:
        """End the server; sessions go on until they are done."""
        if self.child is not None:
            self.child.stop()
            self.child = None

    def kill(self, *, sessions_only: bool = False) -> None:
        """End the server with all its sessions at once, as a machine that goes down does.

        With ``sessions_only`` what was started in the sessions lives on, as behind a network that breaks.
        """
        if self.child is None:
            return
        below = descendants(self.child.pid)
        pids = [self.child.pid, *below]
        if sessions_only:
            pids = [pid for pid in pids if _is_sshd(pid)]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.stop()

    def variables(self) -> dict[str, Any]:
        """What an inventory says of this probe host."""
        options = {
            "UserKnownHostsFile": self.folder / "known_hosts",
            "StrictHostKeyChecking": "yes",
            "IdentitiesOnly": "yes",
            "ControlMaster": "no",
            "ServerAliveInterval": 5,
        }
        return {
            "ansible_host": self.address,
            "ansible_port": self.port,
            "ansible_user": getpass.getuser(),
            "ansible_ssh_private_key_file": str(self.folder / "user"),
            "ansible_ssh_args": "-F /dev/null " + " ".join(f"-o {key}={value}" for key, value in options.items()),
            "ansible_python_interpreter": sys.executable,
            "ansible_remote_tmp": str(self.home / "remote-tmp"),
        }

    def _config(self) -> str:
        variables = " ".join(f'"{key}={value}"' for key, value in {"HOME": self.home, **self.environment}.items())
        return f"""
ListenAddress {self.address}:{self.port}
HostKey {self.folder / "host"}
AuthorizedKeysFile {self.folder / "authorized_keys"}
SetEnv {variables}
PidFile none
StrictModes no
UsePAM no
UseDNS no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
PrintMotd no
Subsystem sftp internal-sftp
"""


def descendants(pid: int) -> list[int]:
    """Return every process below ``pid``."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
            parents.setdefault(parent, []).append(int(entry.parent.name))
    found, rest = [], [pid]
    while rest:
        below = parents.get(rest.pop(), [])
        found += below
        rest += below
    return found


def _is_sshd(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip().startswith("sshd")
    except OSError:
        return False
