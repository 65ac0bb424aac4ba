# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A private Unbound on loopback: a validating resolver whose root is the lab's."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nsd import PATH
from procs import Child, LabError, free_port

ADDRESS = "127.0.0.1"

# Unbound answers for these itself unless it is told not to (RFC 6303, RFC 6761).
_BUILT_IN = (
    "test.",
    "127.in-addr.arpa.",
    "2.0.192.in-addr.arpa.",
    "100.51.198.in-addr.arpa.",
    "113.0.203.in-addr.arpa.",
    "8.b.d.0.1.0.0.2.ip6.arpa.",
)


@dataclass
class Unbound:
    """One instance; everything it has lies in ``folder``. ``anchor`` is the root's key, as a DS or DNSKEY record."""

    folder: Path
    anchor: str
    port: int = field(default_factory=free_port)
    child: Child | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir(mode=0o755)
        self.config = self.folder / "unbound.conf"

    def start(self, stubs: Mapping[str, tuple[str, int]]) -> None:
        """Start it; ``stubs`` says which server (address and port) is asked for which zone and what is below it."""
        program = shutil.which("unbound", path=PATH)
        if program is None:
            raise LabError("Unbound is not installed; tests/lab/setup.sh installs it.")
        self._write(stubs)
        self.child = Child("Unbound", [program, "-d", "-p", "-c", str(self.config)], self.folder / "output")
        self.child.wait_listening(ADDRESS, self.port)

    def load(self, stubs: Mapping[str, tuple[str, int]]) -> None:
        """Ask these servers from now on, and forget everything that was heard."""
        self._write(stubs)
        program = shutil.which("unbound-control", path=PATH) or "unbound-control"
        done = subprocess.run(
            [program, "-c", str(self.config), "reload"], capture_output=True, text=True, timeout=20, check=False
        )
        if done.returncode:
            raise LabError(f"unbound-control reload: {done.stdout}{done.stderr}")

    def stop(self) -> None:
        """End the instance."""
        if self.child is not None:
            self.child.stop()
            self.child = None

    def _write(self, stubs: Mapping[str, tuple[str, int]]) -> None:
        lines = [
            "server:",
            f"  interface: {ADDRESS}",
            f"  port: {self.port}",
            '  username: ""',
            '  chroot: ""',
            f'  directory: "{self.folder}"',
            '  pidfile: "unbound.pid"',
            "  use-syslog: no",
            '  logfile: ""',
            "  num-threads: 1",
            "  do-ip6: no",
            "  do-not-query-localhost: no",
            '  module-config: "validator iterator"',
            f'  trust-anchor: "{self.anchor}"',
            "  val-log-level: 2",
            "  ede: yes",
            "  qname-minimisation: no",
            "  unblock-lan-zones: yes",
            "  edns-buffer-size: 1232",
            "  max-udp-size: 1232",
            *(f'  local-zone: "{zone}" nodefault' for zone in _BUILT_IN),
            "remote-control:",
            "  control-enable: yes",
            "  control-use-cert: no",
            f'  control-interface: "{self.folder}/control"',
        ]
        for zone, (address, port) in stubs.items():
            lines += ["stub-zone:", f'  name: "{zone}"', f"  stub-addr: {address}@{port}"]
        self.config.write_text("\n".join([*lines, ""]))
