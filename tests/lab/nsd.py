# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A private NSD on loopback: an authoritative name server for zones that are given as text."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from procs import Child, LabError, free_port

ADDRESS = "127.0.0.1"
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


@dataclass
class Nsd:
    """One instance; everything it has lies in ``folder``."""

    folder: Path
    port: int = field(default_factory=free_port)
    child: Child | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir(mode=0o755)
        self.config = self.folder / "nsd.conf"

    def start(self, zones: Mapping[str, str]) -> None:
        """Start it with these zones (name to whole master-file text), and wait until it answers."""
        program = shutil.which("nsd", path=PATH)
        if program is None:
            raise LabError("NSD is not installed; tests/lab/setup.sh installs it.")
        self._write(zones)
        self.child = Child("NSD", [program, "-d", "-c", str(self.config)], self.folder / "output")
        self.child.wait_listening(ADDRESS, self.port)

    def load(self, zones: Mapping[str, str]) -> None:
        """Serve these zones and no others."""
        self._write(zones)
        self._control("reconfig")
        self._control("reload")

    def stop(self) -> None:
        """End the instance."""
        if self.child is not None:
            self.child.stop()
            self.child = None

    def _control(self, command: str) -> None:
        program = shutil.which("nsd-control", path=PATH) or "nsd-control"
        done = subprocess.run(
            [program, "-c", str(self.config), command], capture_output=True, text=True, timeout=20, check=False
        )
        if done.returncode:
            raise LabError(f"nsd-control {command}: {done.stdout}{done.stderr}")

    def _write(self, zones: Mapping[str, str]) -> None:
        lines = [
            "server:",
            f'  ip-address: "{ADDRESS}"',
            f"  port: {self.port}",
            '  username: ""',
            '  chroot: ""',
            f'  zonesdir: "{self.folder}"',
            '  zonelistfile: "zone.list"',
            '  xfrdfile: ""',
            '  pidfile: "nsd.pid"',
            '  database: ""',
            "  server-count: 1",
            "  minimal-responses: yes",
            "  ipv4-edns-size: 1232",
            "  rrl-ratelimit: 0",
            "  reuseport: no",
            "remote-control:",
            "  control-enable: yes",
            f'  control-interface: "{self.folder}/control"',
        ]
        for number, (name, text) in enumerate(zones.items()):
            path = self.folder / f"{number}.zone"
            path.write_text(text)
            lines += ["zone:", f'  name: "{name}"', f'  zonefile: "{path.name}"']
        self.config.write_text("\n".join([*lines, ""]))
