# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The clients that are compared without Ansible: cases of one process each (many, for the shell)."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dovecot
from lab import Lab
from measure import BenchError, Case

HERE = Path(__file__).resolve().parent
CACHE = HERE.parents[1] / ".cache"
GO = "Go"
NODE = "nodemailer + imapflow"
NODE_TRIMMED = "nodemailer + imapflow, trimmed"
SHELL = "swaks + curl"
ENGINE = "engine"
ONE_PROCESS = "engine, one process"


def job_for(lab: Lab, users: Sequence[str], in_flight: int, **more: Any) -> dict[str, Any]:
    """Return what a client is to do."""
    return {
        "host": "127.0.0.1",
        "smtp_port": lab.postfix.ports["submissions"],
        "imap_port": lab.dovecot.ports["imaps"],
        "ca": str(lab.pki.ca),
        "password": dovecot.PASSWORD,
        "users": list(users),
        "in_flight": in_flight,
        **more,
    }


def engine(job: dict[str, Any], name: str = ENGINE, *, helper: bool = True, python: str = sys.executable) -> Case:
    """The engine of the collection alone; with a helper where a fleet would have one, or without."""
    return _client(name, [python, str(HERE / "engine_client.py")], {**job, "helper": helper})


def go(job: dict[str, Any]) -> Case:
    """Go's net/smtp and go-imap."""
    return _client(GO, [str(CACHE / "bin" / "bench-goclient")], job)


def node(job: dict[str, Any], *, trimmed: bool = False) -> Case:
    """Nodemailer and imapflow, with the options of their own examples; or with all that can be saved, saved."""
    name = NODE_TRIMMED if trimmed else NODE
    return _client(name, ["node", str(CACHE / "bench-node" / "client.js")], {**job, "trimmed": trimmed})


def shell(job: dict[str, Any]) -> Case:
    """Swaks and curl, both for each mailbox."""
    settings = {f"BENCH_{key.upper()}": str(value) for key, value in job.items() if key != "users"}
    stdin = "".join(f"{user}\n" for user in job["users"]).encode()
    read = functools.partial(_read_shell, count=len(job["users"]))
    return Case(SHELL, [str(HERE / "shellclient.sh")], read, stdin, {**os.environ, **settings})


def _client(name: str, command: Sequence[str], job: dict[str, Any]) -> Case:
    return Case(name, command, functools.partial(_read_client, count=len(job["users"])), json.dumps(job).encode())


def _read_client(text: bytes, *, count: int) -> dict[str, float]:
    outcome = json.loads(text.splitlines()[-1])
    if outcome["verified"] != count:
        few = "\n  ".join(outcome["problems"])
        raise BenchError(f"only {outcome['verified']} of {count} mailboxes were verified:\n  {few}")
    # The peak that a parent is told of counts what the process was before exec, so every client says its own.
    return {"start": outcome["cpu_before"], "each": outcome["median_s"], "rss": outcome["peak_kib"] / 1024}


def _read_shell(text: bytes, *, count: int) -> dict[str, float]:
    lines = text.decode(errors="replace").splitlines()
    verified = sum(line.startswith("verified ") for line in lines)
    if verified != count:
        wrong = [line for line in lines if not line.startswith("verified ")]
        raise BenchError(f"only {verified} of {count} mailboxes were verified:\n  " + "\n  ".join(wrong[:5]))
    return {}
