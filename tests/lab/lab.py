# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole lab: certificates, Dovecot, Postfix and Vault in one temporary folder.

``with Lab() as lab`` for tests; ``python lab.py start`` for a person (``--keep`` leaves it running, ``stop`` ends it).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import dovecot as dovecot_module
import pki as pki_module
from dovecot import Dovecot
from pki import make_pki
from postfix import Postfix, master_of
from procs import LabError
from vaultlab import Vault


class Lab:
    """The servers as attributes: ``pki``, ``dovecot``, ``postfix``, ``vault`` (None when left out)."""

    def __init__(self, *, mail: bool = True, vault: bool = True, bench: bool = False, keep: bool = False) -> None:
        if os.geteuid() != 0:
            raise LabError("the lab needs root, as Dovecot and Postfix change users; run it in a container or a VM.")
        # Short, because the path of a unix socket has 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="mblab-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.pki = make_pki(self.folder / "pki")
        self.dovecot = Dovecot(self.folder / "dovecot", self.pki, bench=bench, keep=keep)
        self.postfix = Postfix(self.folder / "postfix", self.pki, self.dovecot, keep=keep)
        self.vault = Vault(self.folder / "vault", keep=keep) if vault else None
        self.mail = mail

    def start(self) -> Lab:
        """Start all servers; when one can't be, none is left behind."""
        try:
            if self.mail:
                self.dovecot.start()
                self.postfix.start()
            if self.vault is not None:
                self.vault.start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop all servers and remove their folder."""
        for server in (self.postfix, self.dovecot, self.vault):
            if server is not None:
                server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Lab:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def vault_environment(self) -> dict[str, str]:
        """Return Vault's address and a new token that may read passwords, as the environment has them.

        Without Vault it is empty.
        """
        return {"VAULT_ADDR": self.vault.address, "VAULT_TOKEN": self.vault.token("mail")} if self.vault else {}

    def describe(self) -> dict[str, Any]:
        """Everything a person needs to use it, as JSON-able values."""
        children = [self.dovecot.child, self.postfix.child, self.vault.child if self.vault is not None else None]
        facts: dict[str, Any] = {
            "folder": str(self.folder),
            "pids": [child.pid for child in children if child is not None],
            "ca": str(self.pki.ca),
            "addresses": pki_module.ADDRESSES,
            "strict_address": pki_module.STRICT_ADDRESS,
        }
        if self.mail:
            facts |= {
                "ports": {**self.dovecot.ports, **self.postfix.ports},
                "password": dovecot_module.PASSWORD,
                "users": [user for user in self.dovecot.passwords if user not in dovecot_module.BENCH_USERS],
                "bench_users": [dovecot_module.BENCH_USERS[0], dovecot_module.BENCH_USERS[-1]],
                "logs": [str(self.dovecot.log), str(self.postfix.log)],
            }
        if self.vault is not None:
            facts["vault"] = {
                "address": self.vault.address,
                "root_token": self.vault.root_token,
                "role_id": self.vault.role_id,
                "secret_id": self.vault.secret_id,
            }
        return facts


def stop_kept(folder: Path) -> None:
    """Stop a lab that was started with ``--keep``."""
    facts = json.loads((folder / "lab.json").read_text())
    with contextlib.suppress(OSError, ValueError):
        facts["pids"].append(master_of(folder / "postfix"))
    for pid in facts["pids"]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start", help="start it, print what it offers as JSON, stop at Ctrl-C")
    start.add_argument("--keep", action="store_true", help="leave it running and return")
    start.add_argument("--bench", action="store_true", help="leave out what only costs the servers time")
    start.add_argument("--no-vault", action="store_true", help="mail servers only")
    stop = commands.add_parser("stop", help="stop one that was left running")
    stop.add_argument("folder", type=Path)
    options = parser.parse_args()
    if options.command == "stop":
        stop_kept(options.folder)
        return 0
    try:
        lab = Lab(vault=not options.no_vault, bench=options.bench, keep=options.keep).start()
    except LabError as problem:
        print(f"The lab can't be started: {problem}", file=sys.stderr)
        return 1
    text = json.dumps(lab.describe(), indent=2)
    (lab.folder / "lab.json").write_text(text)
    (lab.folder / "lab.json").chmod(0o600)
    print(text, flush=True)
    if options.keep:
        return 0
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        pass
    finally:
        lab.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
