# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Other implementations to compare with, in an environment of their own: what they need would clash with ours."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PACKAGES = ("checkdmarc==6.0.4", "dkimpy[ed25519]==1.1.8")
SUITE = "pyspf==2.0.14"
"""Whose source archive has the test suite of RFC 7208 that SPF's authors wrote."""
_CACHE = Path(__file__).resolve().parents[2] / ".cache"
_ENVIRONMENT = _CACHE / "venv-oracle"
_ARCHIVES = _CACHE / "oracle"


def ask(script: str, given: Any, *arguments: str) -> Any:
    """Run a script beside this file with the other implementations; return the JSON that it prints."""
    python = _environment()
    path = Path(__file__).with_name(script)
    done = subprocess.run(
        [python, path, *arguments], input=json.dumps(given), capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{script} ended with {done.returncode}: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def suite() -> str:
    """Return the text of the test suite of RFC 7208, in YAML."""
    found = _ARCHIVES / "rfc7208-tests.yml"
    with _alone():
        if not found.exists():
            python = _environment_made()
            name, _unused, version = SUITE.partition("==")
            source = [
                python,
                "-m",
                "pip",
                "download",
                "-q",
                "--no-deps",
                "--no-binary",
                ":all:",
                "-d",
                _ARCHIVES,
                SUITE,
            ]
            _run(*source)
            with tarfile.open(_ARCHIVES / f"{name}-{version}.tar.gz") as archive:
                member = archive.extractfile(f"{name}-{version}/test/rfc7208-tests.yml")
                if member is None:
                    raise RuntimeError("The archive of pyspf has no test suite.")
                found.write_bytes(member.read())
    return found.read_text(encoding="utf-8")


def _environment() -> Path:
    with _alone():
        return _environment_made()


def _environment_made() -> Path:
    python, stamp = _ENVIRONMENT / "bin" / "python", _ENVIRONMENT / "stamp"
    wanted = "\n".join(PACKAGES)
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted and python.exists():
        return python
    shutil.rmtree(_ENVIRONMENT, ignore_errors=True)
    _run(sys.executable, "-m", "venv", _ENVIRONMENT)
    _run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *PACKAGES)
    stamp.write_text(wanted, encoding="utf-8")
    return python


def _run(*command: str | Path) -> None:
    """Run a command; where it fails nothing can be compared: tests are skipped, in CI they fail."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.returncode:
        return
    problem = f"What we compare with can't be had: {' '.join(map(str, command))}: {done.stderr.strip()[-500:]}"
    if os.environ.get("CI") == "true":
        raise RuntimeError(problem)
    pytest.skip(problem)


@contextmanager
def _alone() -> Iterator[None]:
    """Let one run at a time make what they share."""
    _ARCHIVES.mkdir(parents=True, exist_ok=True)
    with (_ARCHIVES / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
