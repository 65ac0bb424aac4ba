# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands that documentation and remedies give for storing a password store it, and nothing else."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.source import VaultReference
from ansible_collections.mailops.mailbox.tests.unit.secrets.scripted_vault import Reply, ScriptedVault, errors
from ansible_collections.mailops.mailbox.tests.unit.secrets.test_vault_source import GOOD, failure_of, remedies, source

ROOT = Path(__file__).parents[3]
PASSWORD = "a $(b) %s \\n \"c\" 'd'"
COMMAND = re.compile(r"(?:read -rs [^`\n]*)?vault kv put [^`\n#]*=-")


def stored(folder: Path, command: str) -> tuple[list[str], str]:
    """Run a command as a shell would that gets the password from its terminal; return what vault was given."""
    vault = folder / "vault"
    vault.write_text('#!/bin/bash\nprintf "%s\\0" "$@" >"${0%/*}/arguments"\ncat >"${0%/*}/value"\n')
    vault.chmod(0o755)
    shell = ["bash", "--norc", "-c", f"PATH={folder}:$PATH; {command}"]
    subprocess.run(shell, input=f"{PASSWORD}\nnext line\n", text=True, check=True, timeout=30)
    return (folder / "arguments").read_text().split("\0")[:-1], (folder / "value").read_text()


@pytest.mark.parametrize(("page", "times"), [("README.md", 4), ("docs/vault.md", 1), ("docs/inventory.md", 1)])
def test_commands_of_the_documentation(tmp_path: Path, page: str, times: int) -> None:
    commands = COMMAND.findall((ROOT / page).read_text())
    assert len(commands) == times
    for command in commands:
        (kv, put, path, field), value = stored(tmp_path, command)
        assert (kv, put, field) == ("kv", "put", "app_password=-")
        assert path.startswith("secret/mail/s")
        assert value == PASSWORD


@pytest.mark.parametrize("path", ["mail/sales07", "mail/sales 07"])
@pytest.mark.parametrize("destroyed", [False, True])
def test_commands_of_remedies_name_the_field_that_was_asked_for(tmp_path: Path, path: str, destroyed: bool) -> None:
    gone = Reply(404, {"data": {"data": None, "metadata": {"version": 2, "destroyed": True}}})
    address = f"secret/data/{path.replace(' ', '%20')}"
    with ScriptedVault({**GOOD, address: gone if destroyed else errors(404)}) as vault, source(vault) as secrets:
        # The path is read once, and told for each of its fields.
        for field in ("app_password", "of imap"):
            remedy = remedies(failure_of(secrets, VaultReference(path, field)))
            arguments, value = stored(tmp_path, remedy[remedy.index("read -rs") :])
            assert arguments == ["kv", "put", "-mount=secret", path, f"{field}=-"]
            assert value == PASSWORD
