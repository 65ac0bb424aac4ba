# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps inline passwords off other machines; all the rest is the module's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase

_LOCAL = ("local", "ansible.builtin.local")


class ActionModule(ActionBase):
    """Runs the module where the task says, unless that would write a password to another machine's disk.

    Ansible sends arguments inside a file. On the controller that file is the user's own; elsewhere it is not, so there
    only references into Vault may travel.
    """

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Check where the module would run, then run it."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        inline = sorted(inline_secrets(self._task.args))
        if inline and self._connection.transport not in _LOCAL:
            result.update(
                failed=True,
                msg=(
                    f"The secret in {' and '.join(inline)} was not sent to another machine, because Ansible would "
                    "write it to a file there.\nRun the task on the controller (ansible_connection: local, or "
                    "delegate_to: localhost), or name a Vault path (secret.vault) instead of a password."
                ),
            )
            return result
        # Without arguments of its own it would take those of the task, which Ansible prints when ANSIBLE_DEBUG is set.
        arguments = _Unprinted(self._task.args) if inline else None
        result.update(self._execute_module(module_args=arguments, task_vars=task_vars))
        return result


class _Unprinted(dict[str, Any]):
    """Arguments with a secret in them; no trace shows what they hold."""

    def __repr__(self) -> str:
        return "{arguments with a secret are not shown}"


def inline_secrets(args: Mapping[str, Any]) -> set[str]:
    """Return the key paths of the secrets that stand in the arguments themselves; their values are not looked at."""
    found = set()
    mailbox = args.get("mailbox")
    if isinstance(mailbox, Mapping):
        for section in ("", "smtp", "imap"):
            part = mailbox.get(section) if section else mailbox
            secret = part.get("secret") if isinstance(part, Mapping) else None
            if secret is not None and not (isinstance(secret, Mapping) and secret.get("password") is None):
                found.add(f"mailbox.{section}.secret" if section else "mailbox.secret")
    vault = args.get("vault")
    if isinstance(vault, Mapping):
        found |= {f"vault.{key}" for key in ("token", "secret_id", "password") if vault.get(key) is not None}
    return found
