# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps inline passwords off other machines; all the rest is the module's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

from ansible_collections.mailops.mailbox.plugins.module_utils._deps import missing_pydantic
from ansible_collections.mailops.mailbox.plugins.module_utils._run.entry import explain
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.environment import secrets_among
from ansible_collections.mailops.mailbox.plugins.modules.mailbox_connection import ARGUMENT_SPEC
from ansible_collections.mailops.mailbox.plugins.plugin_utils._plain import plain

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
        if self._connection.transport not in _LOCAL:
            refused = _refused(plain(self._task.args))
            if refused is not None:
                return {**result, "failed": True, **refused}
        # Without arguments of its own it would take those of the task, which Ansible prints when ANSIBLE_DEBUG is set.
        result.update(self._execute_module(module_args=_Unprinted(self._task.args), task_vars=task_vars))
        return result


class _Unprinted(dict[str, Any]):
    """Arguments that may have a secret in them; no trace shows what they hold."""

    def __repr__(self) -> str:
        return "{arguments are not shown, because a secret may be among them}"


def _refused(args: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return why arguments are not sent to another machine, or None.

    What is wrong with them is told here already: under a key that is not known there may be a password, too.
    """
    reason = missing_pydantic()
    if reason is not None:
        return {"msg": missing_required_lib("pydantic >= 2")}
    checked = ArgumentSpecValidator(ARGUMENT_SPEC).validate(args)
    params = checked.validated_parameters
    inline = sorted(inline_secrets(params))
    if inline:
        text = (
            f"The secret in {' and '.join(inline)} was not sent to another machine, because Ansible would "
            "write it to a file there.\nRun the task on the controller (ansible_connection: local, or "
            "delegate_to: localhost), or name a Vault path (secret.vault) instead of a password."
        )
        return {"msg": text}
    explained = explain(params)
    if explained is None and checked.error_messages:
        # A key that is not known is told by Ansible as the start of a sentence that only a module completes.
        names = sorted(".".join([key] if isinstance(key, str) else key) for key in checked.unsupported_parameters)
        told = [f"Not known here: {', '.join(names)}."] if names else checked.error_messages
        return {"msg": "\n".join(["The arguments are wrong, so nothing was sent to another machine.", *told])}
    return explained


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
        found.update(secrets_among(vault))
    return found
