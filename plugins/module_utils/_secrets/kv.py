# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Reads of the KV secrets engine, version 1 and 2."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from . import refusals
from .settings import VaultSettings
from .single_flight import SingleFlight
from .trouble import Trouble, VaultReply, VaultTrouble, from_reply


@dataclass(frozen=True)
class Entry:
    """The fields of one secret; ``version`` and when it was written are None on a KV version 1 mount."""

    fields: dict[str, Any] = field(repr=False)
    version: int | None = None
    written_at: str | None = None


class KvReader:
    """Reads secrets with a client that is logged in; every mount is looked at once."""

    def __init__(self, client: Any, settings: VaultSettings) -> None:
        self._client = client
        self._settings = settings
        self._kinds: SingleFlight[int | None] = SingleFlight()
        self._policies: SingleFlight[tuple[str, ...] | None] = SingleFlight()

    def read(self, mount: str, path: str, version: int | None) -> Entry:
        """Return the secret; raise :class:`VaultTrouble` that tells why not."""
        if any(part in ("", ".", "..") for part in path.split("/")):
            raise VaultTrouble(refusals.bad_path(path))
        kind = self._kinds.get(mount, lambda: self._find_kind(mount))
        outcome: Entry | Trouble
        if kind == 1:
            outcome = self._read_v1(mount, path, version)
        elif kind == 2:
            outcome = self._read_v2(mount, path, version)
        else:
            outcome = self._read_unknown(mount, path, version)
        if isinstance(outcome, Trouble):
            raise VaultTrouble(outcome)
        return outcome

    def _find_kind(self, mount: str) -> int | None:
        """Return the KV version of a mount, or None when the token may not know."""
        try:
            answer = self._client.adapter.get(f"/v1/sys/internal/ui/mounts/{mount}")
        except VaultReply as error:
            if error.status in (400, 403, 404, 405):
                return None
            trouble = from_reply(error, self._settings)
        else:
            found = _dict(_dict(answer).get("data"))
            place, engine = str(found.get("path") or mount).strip("/"), found.get("type")
            if place != mount:
                rest = mount.removeprefix(f"{place}/")
                text = f"The mount is {place}; {rest} is a part of the path."
                remedy = f"Write mount: {place}, and begin path with {rest}/"
                trouble = refusals.mount_unknown(f"has no mount {mount}", text, remedy, mount_found=place)
            elif engine in ("kv", "generic", "cubbyhole"):
                return 2 if _dict(found.get("options")).get("version") == "2" else 1
            elif engine is None:
                return None
            else:
                text = f"The mount {mount} belongs to the secrets engine {engine}."
                remedy = "Name a KV mount; 'vault secrets list' shows the type of each."
                trouble = refusals.mount_unknown(f"has no KV secrets at the mount {mount}", text, remedy, engine=engine)
        raise VaultTrouble(trouble)

    def _ask(self, kind: int, mount: str, path: str, version: int | None = None) -> dict[str, Any] | VaultReply:
        kv = self._client.secrets.kv
        try:
            if kind == 1:
                return _dict(kv.v1.read_secret(path=path, mount_point=mount))
            return _dict(
                kv.v2.read_secret_version(path=path, version=version, mount_point=mount, raise_on_deleted_version=True)
            )
        except VaultReply as error:
            return error

    def _read_v1(self, mount: str, path: str, version: int | None) -> Entry | Trouble:
        if version is not None:
            return refusals.version_missing(mount, path, version, None, 1)
        return self._understand_v1(self._ask(1, mount, path), mount, path)

    def _understand_v1(self, answer: dict[str, Any] | VaultReply, mount: str, path: str) -> Entry | Trouble:
        if isinstance(answer, VaultReply):
            if answer.status == 404 and not _no_route(answer):
                return refusals.path_missing(mount, path, 1)
            return self._refused(answer, mount, path, 1)
        return Entry(_dict(answer.get("data")))

    def _read_v2(self, mount: str, path: str, version: int | None) -> Entry | Trouble:
        return self._understand_v2(self._ask(2, mount, path, version), mount, path, version, 2)

    def _understand_v2(
        self, answer: dict[str, Any] | VaultReply, mount: str, path: str, version: int | None, kind: int | None
    ) -> Entry | Trouble:
        if not isinstance(answer, VaultReply):
            data = _dict(answer.get("data"))
            metadata = _dict(data.get("metadata"))
            number, written_at = metadata.get("version"), metadata.get("created_time")
            return Entry(
                _dict(data.get("data")),
                number if isinstance(number, int) else None,
                written_at if isinstance(written_at, str) and written_at else None,
            )
        if answer.status != 404 or _no_route(answer):
            return self._refused(answer, mount, path, kind)
        metadata = _metadata(answer)
        if metadata:
            return refusals.version_gone(mount, path, metadata)
        if version is not None:
            # Vault says the same for a path and for a version that is not there; the latest version tells them apart.
            latest = self._ask(2, mount, path)
            known = (
                _metadata(latest)
                if isinstance(latest, VaultReply)
                else _dict(_dict(latest.get("data")).get("metadata"))
            )
            if known:
                return refusals.version_missing(mount, path, version, known.get("version"), 2)
        return refusals.path_missing(mount, path, kind)

    def _read_unknown(self, mount: str, path: str, version: int | None) -> Entry | Trouble:
        """Read from a mount whose version the token may not look up: as version 2, then as version 1."""
        second = self._ask(2, mount, path, version)
        if not isinstance(second, VaultReply) or _metadata(second):
            return self._understand_v2(second, mount, path, version, 2)
        if second.status not in (403, 404) or _no_route(second):
            return self._refused(second, mount, path, None)
        first = self._ask(1, mount, path)
        if not isinstance(first, VaultReply):
            return (
                refusals.version_missing(mount, path, version, None, 1) if version else Entry(_dict(first.get("data")))
            )
        if first.status not in (403, 404):
            return self._refused(first, mount, path, None)
        versioned = any("versioned" in str(text) for text in first.body.get("warnings") or ())
        if second.status == 404:
            return self._understand_v2(second, mount, path, version, 2 if versioned or first.status == 403 else None)
        return self._refused(second, mount, path, 2 if versioned else None)

    def _refused(self, reply: VaultReply, mount: str, path: str, kind: int | None) -> Trouble:
        if reply.status == 403:
            policies = self._policies.get("self", self._look_up_self)
            if policies is None:
                return refusals.token_refused(reply)
            return refusals.forbidden(reply, self._settings, mount, path, kind, policies)
        if reply.status == 404:
            return refusals.no_mount(mount, self._settings)
        return from_reply(reply, self._settings)

    def _look_up_self(self) -> tuple[str, ...] | None:
        """Return the policies of the token, or None when Vault does not know the token."""
        try:
            answer = self._client.auth.token.lookup_self()
        except VaultReply as error:
            # Without the default policy a good token may not look at itself; only this text means a bad one.
            return None if error.status == 403 and "invalid token" in " ".join(error.errors) else ()
        found = _dict(_dict(answer).get("data"))
        names = [*(found.get("policies") or ()), *(found.get("identity_policies") or ())]
        return tuple(str(name) for name in names)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _metadata(reply: VaultReply) -> dict[str, Any]:
    return _dict(_dict(reply.body.get("data")).get("metadata"))


def _no_route(reply: VaultReply) -> bool:
    return any("no handler for route" in text for text in reply.errors)
