# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Free ports, child processes that die with their parent, and waiting for a server to listen."""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1


class LabError(Exception):
    """A part of the lab can't be had here; the text says which, and what would help."""


def free_port() -> int:
    """Return a port that nothing listens on, below the range from which clients get theirs."""
    for _unused in range(500):
        port = random.randint(20000, 32000)
        with socket.socket() as trial:
            try:
                trial.bind(("0.0.0.0", port))
            except OSError:
                continue
            return port
    raise LabError("no free port was found between 20000 and 32000.")


def wait_for(condition: Callable[[], bool], what: str, timeout: float = 30.0) -> None:
    """Return as soon as ``condition`` holds; raise :class:`LabError` when it does not in time."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise LabError(f"{what} did not happen within {timeout:g} s.")
        time.sleep(0.02)


def state(pid: int) -> str:
    """Return the kernel's letter for what a process does, "" where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def running(pid: int) -> bool:
    """Whether a process does anything yet; one that ended and that nobody asked about does not."""
    return state(pid) not in ("", "Z")


def listening(host: str, port: int) -> bool:
    """Tell whether a TCP connection to ``host`` and ``port`` is accepted."""
    try:
        socket.create_connection((host, port), 2).close()
    except OSError:
        return False
    return True


class Child:
    """A server process: its output goes to a file, it ends with us unless ``keep`` is set."""

    def __init__(self, name: str, argv: Sequence[str], log: Path, *, keep: bool = False) -> None:
        self.name, self.log = name, log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=None if keep else _die_with_parent,
            )

    @property
    def pid(self) -> int:
        """Process id, which is its process group's as well."""
        return self.process.pid

    def alive(self) -> bool:
        """Tell whether it still runs."""
        return self.process.poll() is None

    def wait_listening(self, host: str, port: int) -> None:
        """Wait until the port answers; say what the server's log says when it does not."""

        def ready() -> bool:
            if not self.alive():
                raise LabError(f"{self.name} ended with code {self.process.returncode}:\n{tail(self.log)}")
            return listening(host, port)

        try:
            wait_for(ready, f"{self.name} listening on {host}:{port}")
        except LabError as problem:
            raise LabError(f"{problem}\n{tail(self.log)}") from None

    def stop(self) -> None:
        """End it, politely first."""
        if self.alive():
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait(5)


def tail(path: Path, lines: int = 15) -> str:
    """Return the last lines of a text file, or nothing when it is not there."""
    if not path.exists():
        return ""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def _die_with_parent() -> None:
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
