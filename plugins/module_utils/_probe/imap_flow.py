# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The IMAP probe, from greeting to LOGOUT (RFC 3501, RFC 9051). It only reads: EXAMINE, never SELECT.

After login all that needs no earlier answer goes out in one write, so that an INBOX costs one round trip.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import suppress
from typing import Any

from .._models.names import Pipelining, Security, Stage
from . import imap_data, imap_names
from .actions import Action, Flow, Interruption, PeerClosed, TimedOut, Unparsable
from .dialogue import Stop
from .evidence import Fault, FaultKind
from .imap_exchange import LAST_WORDS, Command, Reply, simple
from .imap_folders import Folder, Folders
from .imap_login import ImapLogin
from .imap_parsing import Kind, Response, text_of
from .plan import ImapPlan

_GREETINGS = frozenset(("OK", "PREAUTH", "BYE", "NO", "BAD"))
# Exchange accepts a login and refuses the mailbox with the first command after it.
_NOT_CONNECTED = re.compile(rb"authenticated but not connected", re.IGNORECASE)
_LISTED = 200


class ImapDialogue(ImapLogin):
    """One IMAP probe."""

    def __init__(self, plan: ImapPlan) -> None:
        super().__init__(plan)
        self._spaces: imap_data.Namespaces | None = None
        self._knows_offers = False

    def converse(self) -> Flow:
        """Speak IMAP."""
        greeting = yield from self._greet()
        offered = imap_data.capabilities([greeting])
        if offered is None:
            yield from self._ask_capabilities()
        else:
            self._take_offers(offered)
        if self.target.security is Security.STARTTLS:
            yield from self._protect()
            yield from self._ask_capabilities()
        if greeting.name == "PREAUTH":
            yield from self.stage(Stage.AUTH)
            self.fail(Fault(FaultKind.PREAUTH, reply=greeting.raw))
        elif not self.plan.mechanisms:
            self.skip(Stage.AUTH, "no login mechanism was asked for")
            yield from self._leave(simple(b"LOGOUT"))
            return
        else:
            yield from self.stage(Stage.AUTH)
            reply = yield from self.log_in()
            self._forget_offers(imap_data.capabilities([*reply.untagged, reply.final]))
        yield from self._look_around()

    def _greet(self) -> Generator[Action, Any, Response]:
        yield from self.stage(Stage.GREETING)
        try:
            greeting = yield from self.listen()
        except (TimedOut, PeerClosed) as end:
            if end.leftover and not end.leftover.startswith(b"*"):
                raise Unparsable("the first bytes are no IMAP greeting", end.leftover[:512]) from end
            raise
        self.evidence.greeting = greeting.raw
        if greeting.kind is not Kind.UNTAGGED or greeting.name not in _GREETINGS:
            head = greeting.raw + b"\r\n" + self.framer.pending
            raise Unparsable("the first line is no IMAP greeting", head[:512])
        self.evidence.identity["greeting"] = text_of(greeting.text)
        if greeting.name not in ("OK", "PREAUTH"):
            raise Stop(Fault(FaultKind.REPLY, reply=greeting.raw))
        if greeting.name == "PREAUTH" and self.target.security is Security.STARTTLS:
            raise Stop(Fault(FaultKind.PREAUTH, reply=greeting.raw))
        return greeting

    def _take_offers(self, offered: tuple[str, ...]) -> None:
        self.evidence.capabilities = offered
        self.offered = frozenset(offered)
        self._knows_offers = True

    def _forget_offers(self, offered: tuple[str, ...] | None) -> None:
        """Login changes what is offered; what was told before counts no longer (RFC 3501 §6.2.3)."""
        self.offered = frozenset()
        self._knows_offers = False
        if offered is not None:
            self._take_offers(offered)

    def _ask_capabilities(self) -> Flow:
        yield from self.stage(Stage.CAPABILITY)
        reply = yield from self.ask(simple(b"CAPABILITY"))
        if not reply.ok:
            raise Stop(Fault(FaultKind.REPLY, reply=reply.raw))
        self._take_offers(imap_data.capabilities([*reply.untagged, reply.final]) or ())

    def _protect(self) -> Flow:
        yield from self.stage(Stage.STARTTLS)
        self.evidence.offered_before_tls = self.evidence.capabilities
        if not self.offers("STARTTLS"):
            detail = {"what": "starttls", "offered": sorted(self.offered)}
            raise Stop(Fault(FaultKind.MISSING, detail=detail))
        reply = yield from self.ask(simple(b"STARTTLS"))
        if not reply.ok:
            raise Stop(Fault(FaultKind.REPLY, reply=reply.raw))
        yield from self.shake_hands()
        # Nothing that was said in the clear is remembered.
        self.heard.clear()
        self.evidence.capabilities = ()
        self._forget_offers(None)

    # After login

    def _look_around(self) -> Flow:
        one_by_one = self.plan.pipelining is Pipelining.OFF
        session = self._session_commands()
        if one_by_one:
            yield from self._hear_session(session)
        inbox = imap_names.is_inbox(self.plan.mailbox)
        listing = self._list_command()
        opening = self._opening_commands(b"INBOX") if inbox else []
        logout = simple(b"LOGOUT")
        if not one_by_one:
            yield from self.write(*session.values(), listing, *opening, *([logout] if inbox else ()))
            yield from self._hear_session(session)
        folders = yield from self._hear_list(listing)
        yield from self.stage(Stage.SELECT)
        if inbox:
            yield from self._hear_opening("INBOX", opening)
        else:
            folder = self._require(folders, self.plan.mailbox)
            if folder is not None:
                opening = self._opening_commands(folder.wire)
                if not one_by_one and all(len(command.segments) == 1 for command in opening):
                    yield from self.write(*opening, logout)
                yield from self._hear_opening(folder.name, opening)
        yield from self._tell_uses(folders)
        yield from self._leave(logout)

    def _list_command(self) -> Command:
        every = b'LIST "" "*"'
        if self.offers("LIST-EXTENDED") and self.offers("SPECIAL-USE"):
            return simple(every + b" RETURN (SPECIAL-USE)", every, essential=True)
        return simple(every, essential=True)

    def _session_commands(self) -> dict[str, Command]:
        """Return the harmless commands by name; there is always one, because some servers refuse only after login."""
        commands: dict[str, Command] = {}
        if not self._knows_offers:
            commands["CAPABILITY"] = simple(b"CAPABILITY")
        if self.plan.client_id and (self.offers("ID") or not self._knows_offers):
            fields = (imap_names.quoted(text.encode()) for pair in self.plan.client_id for text in pair)
            commands["ID"] = simple(b"ID (" + b" ".join(fields) + b")")
        if not self._knows_offers or self.offers("NAMESPACE") or self.offers("IMAP4REV2"):
            commands["NAMESPACE"] = simple(b"NAMESPACE")
        return commands or {"NOOP": simple(b"NOOP")}

    def _hear_session(self, commands: dict[str, Command]) -> Flow:
        yield from self.stage(Stage.SESSION)
        refused: dict[str, bytes] = {}
        for name, command in commands.items():
            reply = yield from self.answer(command)
            if _NOT_CONNECTED.search(reply.final.raw):
                raise Stop(Fault(FaultKind.REPLY, reply=reply.raw))
            if not reply.ok:
                refused[name] = reply.final.raw
            elif name == "CAPABILITY":
                self._take_offers(imap_data.capabilities([*reply.untagged, reply.final]) or ())
        self._spaces = imap_data.namespaces(self.heard)
        identity = imap_data.server_id(self.heard)
        self.evidence.identity.update(identity)
        facts = self.current.facts
        facts["id"] = identity
        facts["namespaces"] = _spaces_fact(self._spaces)
        if refused:
            facts["refused"] = refused

    def _hear_list(self, listing: Command) -> Generator[Action, Any, Folders]:
        yield from self.stage(Stage.LIST)
        self._demand_ok((yield from self.answer(listing)))
        folders = Folders(self.heard, self._spaces)
        names = folders.names(_LISTED)
        self.current.facts.update(
            count=len(folders),
            separator=folders.separator,
            names=names,
            truncated=len(folders) > len(names),
        )
        for wanted in self.plan.folders:
            self._require(folders, wanted)
        return folders

    def _require(self, folders: Folders, wanted: str) -> Folder | None:
        """Return a folder that can be opened; else put the fault to the stage, together with others of its kind."""
        folder = folders.find(wanted)
        why = "not_listed" if folder is None else folder.obstacle
        if why is None:
            return folder
        missing = {"folder": wanted, "near": folders.near(wanted), "why": why}
        absent: list[dict[str, Any]] = self.current.facts.setdefault("absent", [])
        absent.append(missing)
        self.fail(Fault(FaultKind.ABSENT, detail={**missing, "all": absent}))
        return None

    def _opening_commands(self, wire: bytes) -> list[Command]:
        name = wire if wire == b"INBOX" else None
        if name is None and imap_names.quotable(wire):
            name = imap_names.quoted(wire)
        if name is None:
            marker, wait = imap_names.literal_marker(len(wire), self.offered)
            rest = (wire, b"\r\n")
            segments = ((b"EXAMINE " + marker,), rest) if wait else ((b"EXAMINE " + marker, *rest),)
            return [Command(segments)]
        commands = [simple(b"EXAMINE " + name, essential=True)]
        if self.offers("ACL"):
            commands.append(simple(b"MYRIGHTS " + name))
        if self.offers("QUOTA"):
            commands.append(simple(b"GETQUOTAROOT " + name))
        return commands

    def _hear_opening(self, name: str, commands: list[Command]) -> Flow:
        for index, command in enumerate(commands):
            reply = yield from self.answer(command)
            if index == 0:
                self._demand_ok(reply)
        opened = imap_data.opened(self.heard)
        quota = imap_data.storage_quota(self.heard)
        self.current.facts.update(
            folder=name,
            exists=opened.exists,
            uidvalidity=opened.uidvalidity,
            read_only=opened.read_only,
            rights=imap_data.my_rights(self.heard),
            quota_used=None if quota is None else quota.used,
            quota_limit=None if quota is None else quota.limit,
        )

    def _demand_ok(self, reply: Reply) -> None:
        if not reply.ok or reply.final.code_name == "REFERRAL":
            raise Stop(Fault(FaultKind.REPLY, reply=reply.raw))

    def _tell_uses(self, folders: Folders) -> Flow:
        yield from self.stage(Stage.SPECIAL_USE)
        uses = {
            use: {"folder": found.folder.name, "found": found.found} for use, found in folders.special_uses().items()
        }
        if self.plan.sent_folder is not None:
            sent = self._require(folders, self.plan.sent_folder)
            if sent is not None:
                uses["sent"] = {"folder": sent.name, "found": "declared"}
        self.current.facts.update(uses)

    def _leave(self, logout: Command) -> Flow:
        """Say goodbye; whether the server answers changes nothing."""
        with suppress(Interruption, Stop):
            if not logout.sent:
                yield from self.write(logout)
            yield from self.reply_to(logout, len(self.heard), LAST_WORDS)


def _spaces_fact(spaces: imap_data.Namespaces | None) -> dict[str, list[dict[str, str | None]]] | None:
    if spaces is None:
        return None
    return {
        name: [{"prefix": imap_names.decode(space.prefix), "separator": space.separator} for space in group]
        for name, group in (("personal", spaces.personal), ("others", spaces.others), ("shared", spaces.shared))
    }
