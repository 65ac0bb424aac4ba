# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a whole fleet in the controller's own process; on another machine it starts the module of the same name.

Nothing is written to a temporary file and no argument is shown, so secrets stay in this process; results are built of
redacted parts.
"""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import hashlib
import multiprocessing
import os
import re
import signal
import sys
import traceback
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible import constants as C
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible.utils.path import unfrackpath

from ansible_collections.mailops.mailbox.plugins.module_utils._argspec.fleet import (
    FLEET_OPTIONS,
    MUTUALLY_EXCLUSIVE,
    TRAVELLING,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._deps import missing_pydantic
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.collect import Share, lacking, usable
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.entries import read_entries
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.limits import check_limits
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.options import (
    declared_in,
    declared_on,
    inline_secret,
    run,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.request import Declared, FleetRefused
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.shard import share
from ansible_collections.mailops.mailbox.plugins.module_utils._models.problems import Problem
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.environment import secrets_among
from ansible_collections.mailops.mailbox.plugins.plugin_utils import _shares
from ansible_collections.mailops.mailbox.plugins.plugin_utils._entry import half_read, unsorted
from ansible_collections.mailops.mailbox.plugins.plugin_utils._group_names import is_mailbox, shared_names
from ansible_collections.mailops.mailbox.plugins.plugin_utils._plain import OF_FILE, plain
from ansible_collections.mailops.mailbox.plugins.plugin_utils._rendering import has_template, merged_file
from ansible_collections.mailops.mailbox.plugins.plugin_utils._sources import is_row, unread_sources

# Read when the strategy loads this file in the main process: a worker's own output is no terminal.
_TERMINAL = sys.stdout.isatty()
_LOCAL = ("local", "ansible.builtin.local")
_STAYING = frozenset({"hosts", "mailboxes", "progress", "shard", "collect"})
"""Arguments that only mean something on the controller."""
_UNDEFINED = re.compile(r"'[\w.]{1,80}' is undefined")


class ActionModule(ActionBase):
    """Runs the fleet here, or has the module run it where the task runs."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Check the arguments, collect the declarations, and run."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _pass_over_what_is_there()
        variables = task_vars or {}
        reason = missing_pydantic()
        if reason is not None:
            return {**result, "failed": True, "msg": missing_required_lib("pydantic >= 2")}
        validator = ArgumentSpecValidator(FLEET_OPTIONS, mutually_exclusive=MUTUALLY_EXCLUSIVE)
        arguments = {key: value for key, value in plain(self._task.args).items() if value is not None}
        checked = validator.validate(arguments)
        if checked.error_messages:
            return {**result, "failed": True, "msg": "\n".join(checked.error_messages)}
        params = checked.validated_parameters
        try:
            _names_mailboxes(params)
            _no_shared_names(params, variables)
            if params.get("shard"):
                return {**result, **self._share(arguments, params, variables)}
            declared = self._declared(params, variables)
            if not params.get("collect") and self._connection.transport not in _LOCAL:
                return {**result, **self._elsewhere(arguments, params, declared, variables)}
            self._once(declared, variables)
            return {**result, **self._here(params, declared, variables)}
        except FleetRefused as refused:
            return {**result, "failed": True, "msg": str(refused)}
        except AnsibleConnectionFailure:
            raise
        except Exception as error:  # Its text could hold anything, so only its kind and place are told.
            frames = traceback.extract_tb(error.__traceback__)
            where = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "an unknown place"
            text = (
                f"The collection met a fault of its own ({type(error).__name__} in {where}). What was finished before "
                "is in the registry and in the journal. Please report it."
            )
            return {**result, "failed": True, "msg": text}

    def cleanup(self, force: bool = False) -> None:
        """Remove what lies on the other machine; one that is gone by then has given its result, or was told as lost."""
        with contextlib.suppress(AnsibleConnectionFailure):
            super().cleanup(force)

    def _here(self, params: dict[str, Any], declared: list[Declared], variables: dict[str, Any]) -> dict[str, Any]:
        shown = params["progress"] == "on" or (params["progress"] == "auto" and _TERMINAL)
        with _stop_flag() as stopping:
            outcome = run(
                params,
                declared,
                check_mode=bool(self._task.check_mode),
                diff=bool(self._task.diff),
                say=self._display.display if shown else None,
                cut=self._cut(params, variables) if params["prune"] else "",
                unread=_unread(params, variables),
                stopping=stopping,
                shares=self._carried(params, variables),
                trace=self._display.verbosity >= 3,
            )
        for text in outcome.warnings:
            self._display.warning(text)
        told = dict(outcome.result)
        if outcome.diff:
            told["diff"] = list(outcome.diff)
        if outcome.failed:
            told["failed"] = True
        elif shown:
            self._display.display(f"mailbox_fleet: {told['msg']}")
        return told

    def _elsewhere(
        self,
        arguments: Mapping[str, Any],
        params: Mapping[str, Any],
        declared: Sequence[Declared],
        variables: dict[str, Any],
    ) -> dict[str, Any]:
        """Run the module where the task runs. Ansible writes its arguments to a file there, so no secret may travel."""
        _only_verifies(params)
        # A wrong declaration might hold a secret anywhere.
        wrong = [entry for entry in read_entries(declared) if entry.invalid is not None][:10]
        if wrong:
            told = (
                f"The declarations of {', '.join(entry.label for entry in wrong)} are invalid, so nothing was sent to "
                "another machine. Correct them, or leave those hosts out."
            )
            raise FleetRefused("\n".join([told, *(entry.invalid["msg"] for entry in wrong if entry.invalid)]))
        unread = _unread(params, variables)
        if unread and params["on_invalid"] == "fail":
            raise FleetRefused("\n".join([f"{unread[0]} So nothing was sent to another machine.", *unread[1:]]))
        _no_inline_secrets(params, declared)
        return self._sent(arguments, declared, variables)

    def _sent(
        self, arguments: Mapping[str, Any], declared: Sequence[Declared], variables: dict[str, Any]
    ) -> dict[str, Any]:
        travelling = {key: value for key, value in arguments.items() if key not in _STAYING}
        travelling["mailboxes"] = [dict(one.raw or {}) for one in declared]
        result: dict[str, Any] = self._execute_module(module_args=travelling, task_vars=variables)
        if TRAVELLING in result:
            result["results"] = result.pop(TRAVELLING)
        return result

    def _share(self, arguments: dict[str, Any], params: Mapping[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        """Have one probe host verify its share of the fleet. Where that host is lost, say so, and do not fail."""
        _only_verifies(params)
        check_limits(params)
        wanted, hosts = params["shard"], list(dict.fromkeys(params.get("hosts") or ()))
        probes, name = wanted["of"], wanted["name"]
        if name not in probes:
            raise FleetRefused(f"shard.name is {name}, which is not in the list shard.of.")
        if wanted["lacking"]:
            before = _shares.registered([wanted["lacking"]], len(probes), variables)
            hosts, probes = lacking(hosts, before), usable(probes, before)
        mine = share(hosts, probes, name) if name in probes else []
        hostvars = variables.get("hostvars")
        all_of_them = params["on_invalid"] == "fail"
        declared = [self._on_host(host, hostvars) for host in (hosts if all_of_them else mine)]
        try:
            _no_inline_secrets(params, declared)
        except FleetRefused as refused:
            # Told by the task that collects, for all hosts, and not by one host that only carries a share.
            return {**_no_share(str(refused)), "shard": _shares.told(Share(name, (), refused=str(refused)))}
        entries = read_entries(declared)
        if all_of_them and (_unread(params, variables) or any(entry.mailbox is None for entry in entries)):
            return _no_share("Nothing was sent: a declaration is invalid, or an inventory source was not read.")
        taken = frozenset(mine)
        # An invalid declaration is the verdict of that mailbox, which collect gives; it might hold a secret anywhere.
        pairs = zip(declared, entries, strict=True)
        sound = [one for one, entry in pairs if entry.mailbox is not None and entry.label in taken]
        if not sound:
            return {**_no_share(f"No mailbox falls to {name}."), "shard": _shares.told(Share(name, ()))}
        asked = Share(name, tuple(one.label for one in sound), started_at=datetime.now(timezone.utc).isoformat())
        self._once(sound, variables)
        try:
            told = self._sent({**arguments, "detail": "full", "fail": "never"}, sound, variables)
        except AnsibleError as error:
            return self._lost(asked, _shares.why(str(error)))
        if told.get("failed") or not isinstance(told.get("results"), Mapping):
            # 126 and 127: the shell's word for an interpreter that is not there.
            spoken = str(told.get("module_stderr", "")) if told.get("rc") in (126, 127) else ""
            return self._lost(asked, _shares.why(str(told.get("msg", "")), spoken))
        return {**told, "shard": _shares.told(asked)}

    def _lost(self, asked: Share, why: str) -> dict[str, Any]:
        text = f"The probe host {asked.probe} was lost: {why}"
        self._display.warning(text)
        lost = dataclasses.replace(asked, lost=True, why=why)
        return {"changed": False, "results": {}, "shard": _shares.told(lost), "msg": text}

    def _carried(self, params: Mapping[str, Any], variables: Mapping[str, Any]) -> list[Share]:
        wanted = params.get("collect")
        return _shares.registered(wanted["from"], len(wanted["of"]), variables) if wanted else []

    def _declared(self, params: Mapping[str, Any], variables: Mapping[str, Any]) -> list[Declared]:
        if params.get("mailboxes") is not None:
            return declared_in(params["mailboxes"])
        hostvars = variables.get("hostvars")
        return [self._on_host(name, hostvars) for name in dict.fromkeys(params.get("hosts") or ())]

    def _on_host(self, name: str, hostvars: Any) -> Declared:
        """Read the variables of a host as they are written, and render only the ones that are needed."""
        raw = hostvars.raw_get(name) if hostvars is not None else None
        if not isinstance(raw, Mapping):
            problem = Problem("", f"There is no host {name} in the inventory.", "Correct the list hosts.")
            return Declared(name, None, [problem])
        try:
            return declared_on(name, self._rendered(raw, "mailbox"), self._rendered(raw, "mailbox_error"))
        except Exception as error:  # Templates raise whatever their filters raise, and texts may quote a secret.
            found = _UNDEFINED.search(str(error))
            why = found.group(0) if found else type(error).__name__
            problem = Problem("mailbox", f"can't be rendered: {why}.", "Look at its templates.")
            return Declared(name, None, [problem])

    def _rendered(self, variables: Mapping[str, Any], name: str) -> Any:
        value = variables.get(name)
        if value is None or not has_template(value):
            return plain(value)
        own = self._templar.available_variables
        # Not by set_temporary_context, of which newer versions look up who called it, at some milliseconds each time.
        self._templar.available_variables = variables
        try:
            template = self._templar.template
            return merged_file(variables, template) if value == OF_FILE else plain(template(value))
        finally:
            self._templar.available_variables = own

    def _cut(self, params: Mapping[str, Any], variables: Mapping[str, Any]) -> str:
        """Say why the list is only a part of the fleet, where that shows."""
        if variables.get("ansible_limit"):
            return "the run is limited (--limit)"
        play = self._task.play
        if getattr(play, "serial", None):
            return "serial splits the play into batches"
        if params.get("mailboxes") is None:
            missing = sorted(set(variables.get("ansible_play_hosts_all") or ()) - set(params.get("hosts") or ()))
            hostvars = variables.get("hostvars")
            missing = [name for name in missing if _has_mailbox(hostvars, name)]
            if missing:
                some = _some(missing)
                return f"{len(missing)} hosts of the play are not in the list ({some}); failed hosts drop out of it"
            return _invalid_elsewhere(params, variables)
        return ""

    def _once(self, declared: Sequence[Declared], variables: Mapping[str, Any]) -> None:
        """Refuse to run the same task for the same mailboxes again for another host.

        Without run_once a task runs for every host, and strategy free ignores run_once: a fleet of a thousand hosts
        would log in a thousand times to each mailbox. Shares of a fleet are of different mailboxes, so other work.
        """
        here = str(variables.get("inventory_hostname", ""))
        labels = "\0".join(sorted(f"{one.label} {(one.raw or {}).get('email', '')}" for one in declared))
        digest = hashlib.sha256(f"{self._task._uuid}\0{labels}".encode("utf-8", "replace")).hexdigest()[:32]
        lock = Path(C.DEFAULT_LOCAL_TMP) / f"mailbox-fleet-{digest}"
        try:
            with lock.open("x", encoding="utf-8") as file:
                file.write(here)
        except FileExistsError:
            if lock.read_text(encoding="utf-8") != here:
                raise FleetRefused(
                    "This task has run these mailboxes already for another host of the play, and was not run again. "
                    "Add run_once: true to it; under strategy free, which ignores run_once, put it into a play of its "
                    "own with hosts: localhost or with strategy: linear."
                ) from None


def _names_mailboxes(params: Mapping[str, Any]) -> None:
    if params.get("hosts") is None and params.get("mailboxes") is None and not params["rebuild"]:
        raise FleetRefused(
            "No mailboxes are named: give hosts, the names of inventory hosts, or mailboxes, a list of declarations. "
            "Only rebuild: true needs neither."
        )


def _only_verifies(params: Mapping[str, Any]) -> None:
    if params["state"] != "verified":
        raise FleetRefused(
            "On another machine than the controller only state: verified is possible; registration stays here. "
            "Delegate the task to localhost, or set state: verified."
        )


def _no_inline_secrets(params: Mapping[str, Any], declared: Sequence[Declared]) -> None:
    inline = [one.label for one in declared if inline_secret(one.raw)]
    inline += secrets_among(params.get("vault") or {})
    if inline:
        raise FleetRefused(
            f"The secret in {', '.join(inline[:10])} was not sent to another machine, because Ansible would write it "
            "to a file there. Run the task on the controller, or name a Vault path (secret.vault)."
        )


def _no_share(why: str) -> dict[str, Any]:
    return {"changed": False, "skipped": True, "skip_reason": why, "msg": why}


@contextlib.contextmanager
def _stop_flag() -> Iterator[Any]:
    """Yield a function that tells whether the run is to end: a signal came, or ansible-playbook is gone.

    A worker that is killed by Ctrl-C could not say what it had finished; and newer versions of Ansible give it a
    session of its own, so that only the main process sees the key.
    """
    came: list[int] = []
    parent = os.getppid()
    previous = {}
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Signals can only be taken in the main thread; without them the parent's end still ends the run.
        with contextlib.suppress(ValueError):
            previous[number] = signal.signal(number, lambda signum, _frame: came.append(signum))
    try:
        yield lambda: bool(came) or os.getppid() != parent
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _no_shared_names(params: Mapping[str, Any], variables: Mapping[str, Any]) -> None:
    hostvars = variables.get("hostvars")
    if params.get("hosts") is not None and hostvars is not None:
        told = shared_names(hostvars._inventory.groups, hostvars._inventory.hosts)
        if told:
            raise FleetRefused("\n".join(["Nothing was sent: mailboxes and groups have the same names.", *told]))


def _unread(params: Mapping[str, Any], variables: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each inventory source that was not read, or not as a whole; only hosts come from there."""
    hostvars = variables.get("hostvars")
    if params.get("hosts") is None or hostvars is None:
        return []
    # The manager knows what was read; no variable tells.
    inventory = hostvars._inventory
    gave_hosts = {str(host.vars.get("inventory_file")) for host in inventory.hosts.values()}
    rows = {str(host.vars.get("inventory_file")) for host in inventory.hosts.values() if is_row(host.name, host.vars)}
    read = {str(source) for source in inventory._inventory.processed_sources}
    named = [str(source) for source in variables.get("ansible_inventory_sources") or ()]
    # As the manager writes them.
    named = [source if "," in source else unfrackpath(source, follow=False) for source in named]
    listed = set(params["hosts"])
    asked = _asked(inventory, listed)
    # What is in the list has a verdict of its own.
    others = [host for host in asked if host.name not in listed]
    return [*unread_sources(named, read, gave_hosts, rows), *half_read(asked), *unsorted(others)]


def _asked(inventory: Any, listed: Collection[str]) -> list[Any]:
    """Return the hosts that count: those within --limit where the user says by it which mailboxes do, else all."""
    limited: list[Any] = inventory.get_hosts("all", ignore_restrictions=True)
    if any(host.name in listed or is_mailbox(host) for host in limited):
        return limited
    return list(inventory.hosts.values())


def _invalid_elsewhere(params: Mapping[str, Any], variables: Mapping[str, Any]) -> str:
    """Say which invalid declarations are not in the list; what is wrong may be the tag by which the play finds them."""
    invalid = (variables.get("groups") or {}).get("mailboxes_invalid") or ()
    hosts = set(params.get("hosts") or ())
    others = sorted(str(name) for name in invalid if name not in hosts)
    if not others:
        return ""
    noun = "declaration" if len(others) == 1 else "declarations"
    return (
        f"the inventory has {len(others)} invalid {noun} that the list leaves out ({_some(others)}), and it can't be "
        "told which mailboxes they mean"
    )


def _some(names: Sequence[Any]) -> str:
    return ", ".join(map(str, names[:5])) + (", …" if len(names) > 5 else "")


def _pass_over_what_is_there() -> None:
    """Have this worker's garbage collector leave alone what it shares with the controller.

    Nothing of that becomes garbage here. To look at it takes some 0.1 s each time, and copies all of it.
    """
    if multiprocessing.parent_process() is not None:
        gc.freeze()


def _has_mailbox(hostvars: Any, name: str) -> bool:
    raw = hostvars.raw_get(name) if hostvars is not None else None
    return isinstance(raw, Mapping) and ("mailbox" in raw or "mailbox_error" in raw)
