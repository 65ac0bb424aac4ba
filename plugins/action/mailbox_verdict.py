# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gives an inventory host its own verdict out of the result of a fleet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from ansible_collections.mailops.mailbox.plugins.module_utils._models.address import known_address
from ansible_collections.mailops.mailbox.plugins.plugin_utils._plain import OF_FILE

_KEYS = ("id", "status", "reason", "changed", "provider", "notices", "failures")
_OPTIONS = frozenset({"from", "allow_partial"})


class ActionModule(ActionBase):
    """Reads the fleet's result as it is stored: rendering it for every host would take longer than the fleet."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Look the host up."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        return {**result, **self._verdict(variables, str(variables.get("inventory_hostname", "")))}

    def _verdict(self, variables: Mapping[str, Any], host: str) -> dict[str, Any]:
        arguments = self._task.args
        name, partial = arguments.get("from"), arguments.get("allow_partial")
        if not isinstance(name, str) or set(arguments) - _OPTIONS:
            return _failed(
                "Give from, the name of the variable that mailbox_fleet registered. The only other option is "
                "allow_partial."
            )
        try:
            allow_partial = partial is not None and boolean(partial)
        except TypeError:
            return _failed("allow_partial must be true or false.")
        if errors := variables.get("mailbox_error"):
            return _failed(_invalid(host, errors), status="failed", reason="invalid_declaration")
        fleet = variables.get(name)
        found = fleet.get("results") if isinstance(fleet, Mapping) else None
        if not isinstance(found, Mapping):
            text = f"There is no fleet result in the variable {name} for {host}."
            return _failed(f"{text}\nRegister mailbox_fleet under this name, with run_once, in this play.")
        own = _own(found, self._id(variables), host)
        if not isinstance(own, Mapping):
            text = f"{host} has no verdict, because it was not among the mailboxes of the fleet in {name}."
            return _failed(f"{text}\nSee the option hosts of mailbox_fleet, and --limit.")
        verdict = {key: own[key] for key in _KEYS if key in own}
        if own.get("status") == "verified" or (allow_partial and own.get("status") == "partial"):
            return verdict
        return _failed(own.get("msg") or f"{host} was not verified: its status is {own.get('status')}.", **verdict)

    def _id(self, variables: Mapping[str, Any]) -> str | None:
        """Return the id of the host's mailbox; only what names it is rendered."""
        mailbox = variables.get("mailbox")
        try:
            if mailbox == OF_FILE:
                named = _written_id(variables)
                if named:
                    return named
            if isinstance(mailbox, str):
                mailbox = self._templar.template(mailbox)
            if not isinstance(mailbox, Mapping):
                return None
            if mailbox.get("id"):
                return str(self._templar.template(mailbox["id"]))
            return known_address(str(self._templar.template(mailbox.get("email") or ""))) or None
        except Exception:
            # Ansible's own text may quote the whole declaration, with its password. The fleet could not render it
            # either, and its verdict is under the name of the host.
            return None


def _own(found: Mapping[str, Any], mailbox: str | None, host: str) -> Any:
    """Return the host's result; where its declaration names nobody, the one that blames the host for that."""
    # A declaration that shares its id with another one has its result under both names.
    own = found.get(f"{mailbox or host} ({host})") or found.get(mailbox or host)
    if mailbox is None and isinstance(own, Mapping) and own.get("reason") != "invalid_declaration":
        return None
    return own


def _written_id(variables: Mapping[str, Any]) -> str | None:
    """Return the id that a file of mailboxes gives, where that takes no rendering.

    Rendering needs filters, which each worker would load anew: 10 ms for a host, twice the rest.
    """
    file = variables["mailbox_file"]
    layers = (file.get("own") or {}, variables.get("mailbox_defaults") or {}, file.get("base") or {})
    for key in ("id", "email"):
        for layer in layers:
            if not isinstance(layer, Mapping):
                # Group variables may be a template as a whole.
                return None
            value = layer.get(key)
            if value and (not isinstance(value, str) or "{" in value):
                return None
            if value:
                return str(value) if key == "id" else known_address(value) or None
    return None


def _failed(text: str, **more: Any) -> dict[str, Any]:
    return {**more, "failed": True, "msg": text}


def _invalid(host: str, errors: Any) -> str:
    """Return all that is wrong: a list, or one thing; who writes it by hand may give texts, or leave keys out."""
    listed = errors if isinstance(errors, Sequence) and not isinstance(errors, str) else [errors]
    lines = [f"- {_told(one)}" for one in listed]
    return "\n".join([f"The declaration of {host} can't be used; nothing was sent.", *lines])


def _told(error: Any) -> str:
    if not isinstance(error, Mapping):
        return str(error)
    where = ":".join(str(error[key]) for key in ("file", "line") if error.get(key))
    what = " ".join(str(part) for part in (error.get("key"), error.get("text") or "is wrong.") if part)
    return f"{where}: {what}" if where else what
