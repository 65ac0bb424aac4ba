# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the playbooks of the collection from a folder of a user's, with Ansible's default configuration."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plays import environment

SECRET = "open-Sesame"
WEB = "[web]\nweb1\nweb2\n[web:vars]\nansible_host=192.0.2.1\n"


class Trap:
    """A port that counts who connects to it."""

    def __init__(self) -> None:
        self.count = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._server.accept()
            except OSError:
                return
            self.count += 1
            connection.close()

    def close(self) -> None:
        self._server.close()


class User:
    """A folder with inventories and playbooks, and who runs them there."""

    def __init__(self, folder: Path, extra: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.environment = {**environment(folder / "home"), **(extra or {})}
        del self.environment["ANSIBLE_CALLBACKS_ENABLED"]
        self.write("web.ini", WEB)

    def write(self, name: str, content: Any) -> str:
        """Write a file, as JSON (which is YAML) unless it is a text."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
        return name

    def mailboxes(self, declared: Mapping[str, Any], name: str = "mail.yml", **more: Any) -> str:
        """Write a file of mailboxes."""
        return self.write(name, {"plugin": "mailops.mailbox.mailboxes", "mailboxes": dict(declared), **more})

    def deployment(self, gate: Mapping[str, Any] | None = None) -> str:
        """Write a playbook with the gate before a play that leaves a file for each host, in check mode, too."""
        before = {
            "ansible.builtin.import_playbook": "mailops.mailbox.gate",
            "vars": {"gate_pace": {"retries": 0}, **(gate or {})},
        }
        return self.write("site.yml", [before, self.deploying("web")])

    def deploying(self, hosts: str, **more: Any) -> dict[str, Any]:
        task = {
            "ansible.builtin.command": f"touch {self.folder}/deployed-{{{{ inventory_hostname }}}}",
            "check_mode": False,
            "tags": ["deploy"],
        }
        local = {"ansible_python_interpreter": "{{ ansible_playbook_python }}", "ansible_connection": "local"}
        return {"hosts": hosts, "gather_facts": False, "vars": local, "tasks": [task], **more}

    @property
    def deployed(self) -> set[str]:
        """The hosts to which something was deployed; asking forgets."""
        found = list(self.folder.glob("deployed-*"))
        for path in found:
            path.unlink()
        return {path.name.removeprefix("deployed-") for path in found}

    def run(self, *arguments: str, program: str = "ansible-playbook", **variables: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [str(Path(sys.executable).parent / program), *arguments],
            env={**self.environment, **variables},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
