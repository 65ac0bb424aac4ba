# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs real plays by ansible-playbook and reads what came of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TASK = "Prove and register"


@dataclass
class Played:
    """What a play did: the process, and each host's result of :data:`TASK`."""

    process: subprocess.CompletedProcess[str]
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)

    @property
    def output(self) -> str:
        """Everything that was printed."""
        return self.process.stdout + self.process.stderr

    def only(self) -> dict[str, Any]:
        """The result of the only host."""
        if len(self.results) != 1:
            raise ValueError(f"{len(self.results)} hosts have a result")
        return next(iter(self.results.values()))

    def changed(self) -> set[str]:
        """The hosts whose task changed something."""
        return {host for host, result in self.results.items() if result.get("changed")}


class Plays:
    """Plays of one test, in a folder of its own, with one registry."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.registry = folder / "state" / "registry.sqlite"
        self.environment = dict(environment)
        self._count = 0

    def run(
        self,
        mailboxes: Mapping[str, Any],
        *flags: str,
        state: str = "present",
        environment: Mapping[str, str] | None = None,
        module: str = "mailbox_connection",
        **arguments: Any,
    ) -> Played:
        """Run one task for every mailbox, each a host of its own."""
        task: dict[str, Any] = {"registry": {"path": str(self.registry)}, **arguments}
        if module == "mailbox_connection":
            task.update(mailbox="{{ mailbox }}", state=state)
        play = {
            "hosts": "mailboxes",
            "gather_facts": False,
            "tasks": [{"name": TASK, f"mailops.mailbox.{module}": task}],
        }
        inventory = {
            "mailboxes": {
                "vars": {
                    "ansible_connection": "local",
                    "ansible_python_interpreter": "{{ ansible_playbook_python }}",
                },
                "hosts": {name: {"mailbox": mailbox} for name, mailbox in mailboxes.items()},
            }
        }
        return self.play([play], inventory, *flags, environment=environment)

    def play(
        self,
        playbook: Sequence[Mapping[str, Any]],
        inventory: Mapping[str, Any] | str,
        *flags: str,
        environment: Mapping[str, str] | None = None,
    ) -> Played:
        """Run a playbook. JSON is YAML, so both files are written as JSON; ``inventory`` may be a text of its own."""
        self._count += 1
        folder = self.folder / f"play{self._count}"
        folder.mkdir(parents=True)
        (folder / "play.yml").write_text(json.dumps(list(playbook), indent=1))
        hosts = inventory if isinstance(inventory, str) else json.dumps(inventory, indent=1)
        (folder / "hosts.yml").write_text(hosts)
        record = folder / "results.jsonl"
        process = subprocess.run(
            [
                str(Path(sys.executable).parent / "ansible-playbook"),
                "-i",
                str(folder / "hosts.yml"),
                str(folder / "play.yml"),
                *flags,
            ],
            env={**self.environment, "RECORD_RESULTS": str(record), **(environment or {})},
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        played = Played(process)
        if record.exists():
            for line in record.read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                if entry["task"] == TASK:
                    played.results[entry["host"]] = entry["result"]
                    if entry["outcome"] != "ok":
                        played.failed.add(entry["host"])
        return played


def environment(home: Path) -> dict[str, str]:
    """Return an environment in which Ansible knows this collection, and nothing of the user's own settings."""
    home.mkdir(parents=True, exist_ok=True)
    kept = {key: os.environ[key] for key in ("LANG", "LC_ALL", "TZ") if key in os.environ}
    collections = os.environ.get("ANSIBLE_COLLECTIONS_PATH", str(ROOT / ".cache" / "tree"))
    return {
        "LC_ALL": "C.UTF-8",
        **kept,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(home),
        "ANSIBLE_COLLECTIONS_PATH": collections,
        "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "tests" / "integration" / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "record",
        "ANSIBLE_LOCAL_TEMP": str(home / "ansible-local"),
        "ANSIBLE_REMOTE_TEMP": str(home / "ansible-remote"),
        "ANSIBLE_FORKS": "6",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_DEPRECATION_WARNINGS": "0",
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
    }
