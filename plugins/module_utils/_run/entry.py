# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""From a module's arguments to an outcome: what is wrong with them, or what came of them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from .._diagnosis.message import render
from .._models.failure import Cause, Failure, StageError
from .._models.mailbox import Mailbox
from .._models.names import Category, Confidence, Reason, Stage, State, Verdict
from .._models.parse import parse_mailbox
from .._models.problems import DeclarationError, Problem
from .._registry.files import place_of
from .._registry.sqlite import SqliteRegistry
from .._secrets.settings import VaultSettingsError
from .absent import mailbox_id, remove
from .connection import MailboxRun, Outcome
from .domain_stage import DomainChecks
from .finder import finder_of
from .records import Request, registered
from .result import result
from .secrets import SecretReader, vault_settings


def explain(params: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the result of a declaration that is wrong, with ``msg``; None where it is right."""
    declared = params.get("mailbox")
    if declared is None or params.get("state") == State.ABSENT.value:
        return None
    try:
        parse_mailbox(declared)
    except DeclarationError as error:
        return _told(_invalid(declared, error.problems)).result
    return None


def run(params: Mapping[str, Any], *, check_mode: bool, trace: bool = False) -> Outcome:
    """Do what the arguments of ``mailbox_connection`` ask for; ``trace`` puts redacted dialogues into the result."""
    declared = params["mailbox"]
    try:
        if params["state"] == State.ABSENT.value:
            path, timeout = _registry(params, declared.get("registry"))
            return _told(remove(mailbox_id(declared), path, timeout, check_mode=check_mode))
        mailbox = parse_mailbox(declared)
        finder = finder_of(params.get("discovery"))
        vault = vault_settings(params.get("vault"), [declared])
        path, timeout = _registry(params, _own_registry(mailbox))
    except DeclarationError as error:
        return _told(_invalid(declared, error.problems))
    except VaultSettingsError as error:
        problems = [Problem(_vault_key(entry.key), entry.text) for entry in error.problems]
        sentence = "The settings of Vault can't be used; nothing was sent to any server."
        return _told(_failed(mailbox_id(declared), sentence, problems))
    request = Request(
        mailbox=mailbox,
        state=State(params["state"]),
        registry_path=path,
        registry_timeout=timeout,
        allow_partial=params["allow_partial"],
        retry_refused_after=params["retry_refused_after"],
        force=params["force"],
        check_mode=check_mode,
        trace=trace,
    )
    with SecretReader(vault) as reader:
        return _told(MailboxRun(request, finder, DomainChecks(params.get("discovery"))).run(reader))


def read_registrations(params: Mapping[str, Any]) -> Outcome:
    """Return what ``mailbox_connection_info`` was asked for."""
    try:
        path, timeout = _registry(params, None)
    except DeclarationError as error:
        return _told(_failed("", "The registry can't be read, because an option can't be used.", error.problems))
    try:
        with SqliteRegistry(path, False, timeout=timeout) as registry:
            found = registry.list() if params["id"] is None else (registry.find(params["id"]),)
            mailboxes = []
            for entry in found:
                if entry is None:
                    continue
                shown = registered(entry) or {}
                times = {key: getattr(entry, key) for key in ("verdict", "created_at", "updated_at", "verified_at")}
                mailboxes.append({**shown, **times})
                if params["verdicts"]:
                    mailboxes[-1]["verdicts"] = [asdict(verdict) for verdict in registry.verdicts(entry.id)]
    except StageError as error:
        failed = result(params["id"] or "", Verdict.FAILED, failures=[error.failure])
        return _told(Outcome(failed, failed=True))
    return Outcome({"changed": False, "mailboxes": mailboxes}, failed=False)


def _told(outcome: Outcome) -> Outcome:
    return replace(outcome, result={**outcome.result, "msg": render(outcome.result)})


def _invalid(declared: object, problems: Sequence[Problem]) -> Outcome:
    name = ""
    if isinstance(declared, Mapping):
        try:
            name = mailbox_id(declared)
        except DeclarationError:
            name = ""
    sentence = f"The declaration of {name or 'a mailbox'} can't be used; nothing was sent to any server."
    return _failed(name, sentence, problems)


def _failed(name: str, sentence: str, problems: Sequence[Problem]) -> Outcome:
    failure = Failure(
        category=Category.CONFIG_INVALID,
        stage=Stage.CONFIG,
        sentence=sentence,
        causes=tuple(
            Cause(f"{entry.path}: {entry.text}" if entry.path else entry.text, entry.fix, Confidence.HIGH)
            for entry in problems
        ),
    )
    told = result(name, Verdict.FAILED, reason=Reason.INVALID_DECLARATION, failures=[failure])
    return Outcome(told, failed=True)


def _vault_key(key: str) -> str:
    return key if key.isupper() or key.startswith("vault") else f"vault.{key}"


def _own_registry(mailbox: Mailbox) -> dict[str, Any] | None:
    return mailbox.registry.model_dump(mode="json") if mailbox.registry is not None else None


def _registry(params: Mapping[str, Any], own: Mapping[str, Any] | None) -> tuple[str, float]:
    """Return path and timeout (seconds); what the mailbox says wins over the task. Raises :class:`DeclarationError`."""
    common = params.get("registry") or {}
    mine = own or {}
    timeout = mine.get("timeout") or common.get("timeout") or 10
    return place_of(mine.get("path") or common.get("path"), os.environ), float(timeout)
