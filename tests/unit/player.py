# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a flow over a recorded byte table, without sockets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import (
    AddressResult,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import (
    Connect,
    Expect,
    Mark,
    PeerClosed,
    Resolve,
    Secret,
    Send,
    StartTls,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import (
    AddressAttempt,
    TlsFacts,
)


class Player:
    """Plays the server's side of a dialogue.

    ``script`` is a list of entries: bytes are handed to the framer, in one read; an exception is thrown into the flow.
    An entry is consumed when the flow expects a frame and none is whole. The end of the script is a closed connection.
    ``sent`` records every write as (inside TLS?, bytes); ``flights`` counts changes of direction as the wire would see.
    """

    def __init__(
        self,
        script: Sequence[bytes | Exception],
        *,
        tls: TlsFacts | Exception | None = None,
    ) -> None:
        self.script = list(script)
        self.tls_answer = tls if tls is not None else TlsFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384", True)
        self.sent: list[tuple[bool, bytes]] = []
        self.secrets_in_clear = 0
        self.tls = False
        self.clock = 0.0
        self.stages: list[str] = []

    def play(self, dialogue: Any) -> Any:
        """Run the dialogue to its end and return its evidence."""
        flow = dialogue.run()
        answer: Any = None
        error: BaseException | None = None
        try:
            while True:
                action = flow.throw(error) if error is not None else flow.send(answer)
                error = None
                try:
                    answer = self._carry_out(action, dialogue)
                except Exception as problem:
                    error = problem
        except StopIteration:
            return dialogue.evidence

    def _carry_out(self, action: Any, dialogue: Any) -> Any:
        self.clock += 0.001
        if isinstance(action, Mark):
            self.stages.append(action.stage.value)
            return self.clock
        if isinstance(action, Resolve):
            return ("192.0.2.1",)
        if isinstance(action, Connect):
            return tuple(AddressAttempt(a, AddressResult.CONNECTED, 1.0) for a in action.addresses)
        if isinstance(action, StartTls):
            if isinstance(self.tls_answer, Exception):
                raise self.tls_answer
            self.tls = True
            return self.tls_answer
        if isinstance(action, Send):
            if not self.tls:
                self.secrets_in_clear += sum(isinstance(part, Secret) for part in action.parts)
            octets = b"".join(part.octets if isinstance(part, Secret) else part for part in action.parts)
            self.sent.append((self.tls, octets))
            return None
        if isinstance(action, Expect):
            return self._expect(dialogue)
        raise TypeError(f"unknown action {action!r}")

    def _expect(self, dialogue: Any) -> Any:
        while True:
            frame = dialogue.framer.next_frame()
            if frame is not None:
                return frame
            if not self.script:
                raise PeerClosed(reset=False, leftover=dialogue.framer.pending)
            entry = self.script.pop(0)
            if isinstance(entry, Exception):
                raise entry
            dialogue.framer.feed(entry)

    @property
    def wire(self) -> bytes:
        """All bytes that were written."""
        return b"".join(octets for _unused, octets in self.sent)
