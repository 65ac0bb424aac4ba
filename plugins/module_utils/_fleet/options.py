# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""From the arguments of ``mailbox_fleet`` to a run; the same for the action and for the module."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from .._models.failure import StageError
from .._models.home import expanded
from .._models.names import State
from .._models.problems import FAULTS, DeclarationError, Problem
from .._registry.files import place_of
from .._run.domain_stage import DomainChecks
from .._run.finder import finder_of
from .._run.secrets import SecretReader, vault_settings
from .._secrets.settings import VaultSettingsError
from .collect import Share, collect
from .fleet import run_fleet
from .history import Registries, last_known
from .limits import check_limits, pace_of
from .outcome import rebuild
from .progress import Meter
from .request import Declared, FleetOutcome, FleetRefused, FleetRequest, Policy
from .schedule import Schedule


def run(
    params: Mapping[str, Any],
    declared: Sequence[Declared],
    *,
    check_mode: bool,
    diff: bool,
    say: Callable[[str], None] | None = None,
    cut: str = "",
    unread: Sequence[str] = (),
    stopping: Callable[[], bool] = lambda: False,
    shares: Sequence[Share] = (),
    trace: bool = False,
) -> FleetOutcome:
    """Do what the arguments ask for. ``say`` prints a line of progress; ``shares`` is what ``collect`` collects.

    ``trace`` shows dialogues in results.

    :raises FleetRefused: for arguments that make no run.
    """
    check_limits(params)
    request = _request(params, check_mode=check_mode, diff=diff, cut=cut, unread=unread, stopping=stopping)
    request = replace(request, trace=trace)
    if request.rebuild:
        now = datetime.now(timezone.utc)
        with Registries(request) as registries:
            return rebuild(request, lambda m: last_known(registries, m, request, now))
    if params.get("collect"):
        return collect(request, declared, shares, params["collect"]["of"])
    try:
        vault = vault_settings(params.get("vault"), [one.raw for one in declared])
    except VaultSettingsError as error:
        told = "\n".join(f"- {problem.key}: {problem.text}" for problem in error.problems)
        raise FleetRefused(f"The settings of Vault can't be used; nothing was sent.\n{told}") from None
    try:
        finder = finder_of(params.get("discovery"))
    except DeclarationError as error:
        told = "\n".join(f"- {problem}" for problem in error.problems)
        raise FleetRefused(f"The option discovery can't be used; nothing was sent.\n{told}") from None
    schedule = Schedule(pace_of(request.pace))
    try:
        with SecretReader(vault) as reader:
            return run_fleet(
                request,
                declared,
                reader=reader,
                scheduler=schedule,
                meter=Meter(say),
                finder=finder,
                domains=DomainChecks(params.get("discovery")),
            )
    except StageError as error:
        causes = error.failure.causes
        raise FleetRefused(" ".join([error.failure.sentence, causes[0].remedy if causes else ""]).rstrip()) from None


def declared_in(mailboxes: Sequence[Any]) -> list[Declared]:
    """Return the declarations of a list; one that is no mapping is wrong by itself."""
    found = []
    for number, raw in enumerate(mailboxes):
        label = f"mailboxes[{number}]"
        if isinstance(raw, Mapping):
            found.append(Declared(label, raw))
        else:
            problem = Problem("", "The declaration is not a mapping of keys to values.", "Write it like mailbox.")
            found.append(Declared(label, None, [problem]))
    return found


def declared_on(host: str, mailbox: Any, error: Any = None) -> Declared:
    """Return the declaration of an inventory host, from its variables ``mailbox`` and ``mailbox_error``."""
    if error:
        entries = error if isinstance(error, Sequence) and not isinstance(error, str) else [error]
        problems = []
        for entry in entries:
            if isinstance(entry, Mapping):
                where = f"{entry.get('file', 'inventory')}:{entry.get('line', '?')}"
                problems.append(
                    Problem(str(entry.get("key") or ""), str(entry.get("text") or "is wrong."), f"({where})")
                )
            else:
                problems.append(Problem("", str(entry)))
        return Declared(host, mailbox if isinstance(mailbox, Mapping) else None, problems)
    if not isinstance(mailbox, Mapping):
        what = "has no variable mailbox" if mailbox is None else "has a variable mailbox that is not a mapping"
        problem = Problem("mailbox", f"The host {host} {what}.", "Declare it in the inventory.")
        return Declared(host, None, [problem])
    return Declared(host, mailbox)


def inline_secret(raw: Any) -> bool:
    """Tell whether a declaration holds a secret itself; it may be of any shape."""
    if isinstance(raw, Mapping):
        for key, value in raw.items():
            if str(key) == "secret" and isinstance(value, Mapping):
                if any(item is not None for name, item in value.items() if name != "vault"):
                    return True
            elif str(key) == "secret" and value is not None:
                return True
            if inline_secret(value):
                return True
    elif isinstance(raw, (list, tuple)):
        return any(inline_secret(item) for item in raw)
    return False


def _request(
    params: Mapping[str, Any],
    *,
    check_mode: bool,
    diff: bool,
    cut: str,
    unread: Sequence[str],
    stopping: Callable[[], bool],
) -> FleetRequest:
    registry, policy, report = params.get("registry") or {}, params.get("policy") or {}, params.get("report") or {}
    try:
        registry_path = place_of(registry.get("path"), os.environ)
    except DeclarationError as error:
        raise FleetRefused("\n".join(str(problem) for problem in error.problems)) from None
    wanted = {name: _expanded(f"report.{name}", place) for name, place in report.items() if place}
    request = FleetRequest(
        state=State(params["state"]),
        registry_path=registry_path,
        registry_timeout=float(registry.get("timeout") or 10),
        allow_partial=params["allow_partial"],
        retry_refused_after=params["retry_refused_after"],
        force=params["force"],
        check_mode=check_mode,
        diff=diff,
        fails=params["fail"] == "policy",
        isolate=params["on_invalid"] == "isolate",
        policy=Policy(
            max_failures=policy.get("max_failures"),
            max_failure_percent=policy.get("max_failure_percent"),
            required=tuple(policy.get("required") or ()),
            min_capacity=policy.get("min_capacity"),
            on_inconclusive=policy.get("on_inconclusive") or "last_known",
            last_known_max_age=_or(policy.get("last_known_max_age"), 86400),
        ),
        pace=params.get("pace") or {},
        full=params["detail"] == "full",
        fleet=params.get("fleet"),
        prune=params["prune"],
        prune_max=params["prune_max"],
        journal=_expanded("journal", params["journal"]) if params.get("journal") else None,
        rebuild=params["rebuild"],
        report=wanted,
        cut=cut,
        unread=tuple(unread),
        stopping=stopping,
    )
    if request.prune and request.state is not State.PRESENT:
        raise FleetRefused("prune needs state: present; a run that registers nothing removes nothing either.")
    if params.get("collect") and request.state is not State.VERIFIED:
        raise FleetRefused(
            "collect needs state: verified, because probe hosts only verify. Register in a task after it."
        )
    return request


def _expanded(option: str, path: str) -> str:
    place = expanded(path)
    if place is None:
        raise FleetRefused(str(Problem(option, *FAULTS["home"])))
    return place


def _or(value: int | None, default: int) -> int:
    return default if value is None else value
