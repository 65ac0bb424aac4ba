# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What carries the probes of a run: the loop of this process, and a helper's beside it where there are many."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Union

from .._driver.resolver import Answer
from .helper import HelpedProbe, Helper, helper_for
from .probe import Engine, MailboxPlan, MailboxProbe

Probe = Union[MailboxProbe, HelpedProbe]


class Crew:
    """Starts probes, each where fewer are under way. All methods belong to the thread of the engine's loop."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._helper: Helper | None = None

    def enlist(self, plans: Mapping[str, MailboxPlan]) -> None:
        """Let a helper share in these mailboxes, by their keys. To be called before other threads are started."""
        self._helper = helper_for(self.engine, plans)

    def start(
        self,
        key: str,
        plan: MailboxPlan,
        on_done: Callable[[Probe], None],
        *,
        addresses: Mapping[str, Answer],
        running: int,
        serial: bool = False,
        here: bool = False,
    ) -> Probe:
        """Start the probe of a mailbox, beside so many others, and return it; ``on_done(probe)`` is called once.

        ``addresses`` are those of its hosts. ``serial`` logs in to SMTP before IMAP, in place of what the plan says.
        ``here`` keeps it in this process.
        """
        if not here and self._helper is not None and self._helper.has_less_to_do(running):
            return self._helper.start(key, addresses, on_done, serial=serial)
        probe = MailboxProbe(self.engine, replace(plan, serial=serial), on_done)
        probe.start()
        return probe

    def close(self) -> None:
        """End the helper with all that it has open; a second call does nothing."""
        if self._helper is not None:
            self._helper.close()
