# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The boundary to Ansible: an AnsibleModule that explains a bad declaration whole and shows no secret.

This is the only module util that knows Ansible.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ._deps import missing_pydantic
from ._models.names import Reason
from ._secrets.environment import without_credentials

if TYPE_CHECKING:
    from ._run.connection import Outcome

_HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"

_MISREAD: dict[str, tuple[type, ...]] = {"int": (str,), "str": (int, float)}

Explain = Callable[[Mapping[str, Any]], "dict[str, Any] | None"]
"""Returns the result of a bad declaration (with ``msg``), or None for a good one."""


class MailboxModule(AnsibleModule):  # type: ignore[misc]
    """A module whose results hold no secret by construction.

    Ansible would hide secrets by replacing their text wherever it stands: the password ``acme`` turns the address
    ``u@acme.example`` into ``u@********.example``, and thereby tells itself. Results here are built of redacted parts,
    and the arguments that a result quotes leave out what ``no_log`` marks; so that replacement is switched off.
    """

    def __init__(self, argument_spec: dict[str, Any], *, explain: Explain | None = None, **kwargs: Any) -> None:
        self._explain = explain
        self._accepted = False
        self._declared: object = None
        super().__init__(argument_spec=argument_spec, **kwargs)
        self._accepted = True
        if isinstance(self._declared, Mapping):
            _as_written(self.params["mailbox"], self._declared, argument_spec["mailbox"]["options"])
        self.no_log_values.clear()
        reason = missing_pydantic()
        if reason is not None:
            self.fail_json(msg=missing_required_lib("pydantic >= 2"), exception=reason)

    def _load_params(self) -> None:
        super()._load_params()
        self._declared = self.params.get("mailbox") if self._explain is not None else None

    def exit_json(self, **kwargs: Any) -> NoReturn:
        """Leave with a result."""
        super().exit_json(**self._with_arguments(kwargs))
        raise SystemExit(0)

    def fail_json(self, msg: str, **kwargs: Any) -> NoReturn:
        """Leave with a failure. Where Ansible finds the first fault of a declaration, all of them are told."""
        if not self._accepted:
            self.no_log_values.clear()
            if self._explain is not None and missing_pydantic() is None:
                explained = self._explain(self.params)
                if explained is not None:
                    msg = explained.pop("msg")
                    kwargs.update(explained)
        super().fail_json(msg=msg, **self._with_arguments(kwargs))
        raise SystemExit(1)

    @property
    def wants_trace(self) -> bool:
        """Whether ``-vvv`` asks for the dialogues."""
        return bool(self._verbosity >= 3)

    def leave(self, outcome: Outcome) -> None:
        """Leave with an outcome: its notices as warnings, its registration as a diff where one is asked for."""
        result = dict(outcome.result)
        for notice in result.get("notices", ()):
            self.warn(f"{result['id']}: {notice['text']} [{notice['id']}]")
        if self._diff and outcome.before is not outcome.after:
            result["diff"] = {"before": outcome.before or {}, "after": outcome.after or {}}
        if outcome.failed:
            self.fail_json(**result)
        else:
            self.exit_json(**result)

    def guarded(self, work: Callable[[], None]) -> None:
        """Run ``work``; what nobody foresaw ends as a request to report it, with the traceback for Ansible."""
        try:
            work()
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            where = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "an unknown place"
            self.fail_json(
                msg=(
                    f"The collection met a fault of its own ({type(error).__name__} in {where}). Nothing is known "
                    "about the mailbox. Please report it with the output of ansible-playbook -vvv."
                ),
                exception="".join(traceback.format_tb(error.__traceback__)),
            )

    def _with_arguments(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Quote the arguments, unless something is wrong with them: then a secret may stand where none belongs."""
        sound = self._accepted and kwargs.get("reason") != Reason.INVALID_DECLARATION.value
        shown = visible(self.params, self.argument_spec) if sound else {}
        return {"invocation": {"module_args": shown}, **kwargs}

    def _log_invocation(self) -> None:
        """Tell the system log no more than a result shows.

        Ansible would log arguments as text in which it hides secrets by replacing them; one with a quote or a backslash
        looks different there and would stay.
        """
        self.log(f"Invoked with {visible(self.params, self.argument_spec)}")


def _as_written(taken: dict[str, Any], given: Mapping[str, Any], spec: Mapping[str, Any]) -> None:
    """Put back what a declaration refuses and Ansible makes something else of.

    That is a whole number written as text (1 of 1.000), and a number or a boolean where a text belongs (YAML read 0123
    as 83). Where there are choices, Ansible knows which one a boolean stands for.
    """
    for name, option in spec.items():
        before = given.get(name)
        if "options" in option and isinstance(before, Mapping):
            _as_written(taken[name], before, option["options"])
        elif isinstance(before, _MISREAD.get(option["type"], ())) and "choices" not in option:
            taken[name] = before


def visible(params: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that may be shown: known keys only, without what ``no_log`` marks."""
    shown: dict[str, Any] = {}
    for name, option in spec.items():
        value = params.get(name)
        inner = option.get("options")
        if value is None:
            shown[name] = None
        elif option.get("no_log"):
            shown[name] = _HIDDEN
        elif name == "url":
            shown[name] = without_credentials(str(value))
        elif inner is None:
            shown[name] = value
        elif isinstance(value, Mapping):
            shown[name] = visible(value, inner)
    return shown
