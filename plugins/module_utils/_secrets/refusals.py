# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What Vault's refusals mean for one path: forbidden, missing, deleted, no such mount, no such field."""

from __future__ import annotations

import difflib
import json
import shlex
from collections.abc import Collection
from typing import Any

from .._models.failure import Cause
from .._models.names import Category, Confidence
from .settings import VaultSettings
from .trouble import FIELD, Trouble, VaultReply, cause, reply_text


def api_path(mount: str, path: str, kind: int | None) -> str:
    """Return the path that policies are written for; an unknown kind of mount counts as KV version 2."""
    return f"{mount}/{path}" if kind == 1 else f"{mount}/data/{path}"


def policy_for(mount: str, path: str, kind: int | None) -> str:
    """Return the policy stanza that allows the read."""
    return f'path {json.dumps(api_path(mount, path, kind))} {{ capabilities = ["read"] }}'


def misplaced(mount: str, path: str, kind: int | None) -> tuple[str, Cause] | None:
    """Return the path that was probably meant, and the cause, where the way the path is written is at fault."""
    inner = path.removeprefix(f"{mount}/")
    first, _unused, below = inner.partition("/")
    of_api = kind != 1 and first in ("data", "metadata") and bool(below)
    rest = below if of_api else inner
    if not rest or rest == path:
        return None
    faults, remedy = [], f"Write path: {rest}"
    if inner != path:
        faults.append("begins with the name of the mount, which is an option of its own")
        remedy += f" and mount: {mount}"
    if of_api:
        verb = "goes on" if faults else "begins"
        faults.append(f"{verb} with {first}/, which belongs to the HTTP API of KV version 2 and is added by itself")
    return rest, cause(f"The path {', and '.join(faults)}.", remedy, Confidence.HIGH)


def token_refused(reply: VaultReply) -> Trouble:
    """The token itself is not accepted."""
    return Trouble(
        Category.SECRET_VAULT_LOGIN,
        "did not accept the token (HTTP 403)",
        (
            cause(
                "The token has expired, was revoked, is used up, or belongs to another Vault or namespace.",
                "Log in again ('vault login'; 'vault token lookup' shows what a token is worth), or give a new token.",
                Confidence.HIGH,
            ),
        ),
        reply=reply_text(reply.errors),
        http_status=reply.status,
    )


def forbidden(
    reply: VaultReply,
    settings: VaultSettings,
    mount: str,
    path: str,
    kind: int | None,
    policies: Collection[str],
) -> Trouble:
    """The token is good, but no policy of it allows the read."""
    meant = misplaced(mount, path, kind)
    stanza = policy_for(mount, meant[0] if meant else path, kind)
    where = f" in the namespace {settings.namespace}" if settings.namespace else ""
    held = f" (it has: {', '.join(sorted(policies))})" if policies else ""
    causes = [meant[1]] if meant else []
    causes.append(
        cause(
            f"No policy of the token allows to read this path{held}.",
            f"Add this to one of its policies{where}: {stanza}",
            Confidence.MEDIUM if causes else Confidence.HIGH,
        )
    )
    if kind is None:
        causes.append(
            cause(
                f"The mount {mount} does not exist{where}, which Vault answers in the same way; or it is KV version 1.",
                "Compare mount with 'vault secrets list -detailed'. For KV version 1 the line is: "
                + policy_for(mount, path, 1),
                Confidence.LOW,
            )
        )
    return Trouble(
        Category.SECRET_VAULT_FORBIDDEN,
        f"refused to let the token read {api_path(mount, path, kind)} (HTTP 403)",
        tuple(causes),
        reply=reply_text(reply.errors),
        http_status=reply.status,
        facts={"policy": stanza, "kv_version": kind, "token_policies": sorted(policies)},
    )


def mount_unknown(what: str, text: str, remedy: str, *further: Cause, **facts: Any) -> Trouble:
    """The mount is not there, or is not a KV mount."""
    causes = (cause(text, remedy, Confidence.HIGH), *further)
    return Trouble(Category.SECRET_MOUNT_UNKNOWN, what, causes, facts=facts)


def no_mount(mount: str, settings: VaultSettings) -> Trouble:
    """Nothing is mounted there."""
    text = f"No secrets engine is mounted at {mount}/."
    remedy = "Compare mount with 'vault secrets list'; its default is secret, older set-ups often use kv."
    further = (
        (cause("The namespace does not exist.", "Check the option namespace or VAULT_NAMESPACE.", Confidence.MEDIUM),)
        if settings.namespace
        else ()
    )
    return mount_unknown(f"has no mount {mount} (HTTP 404)", text, remedy, *further)


def path_missing(mount: str, path: str, kind: int | None) -> Trouble:
    """The mount is there, the path is not."""
    meant = misplaced(mount, path, kind)
    causes = [meant[1]] if meant else []
    listing = " ".join(filter(None, (f"vault kv list -mount={mount}", path.rpartition("/")[0])))
    causes.append(
        cause(
            f"Nothing was ever stored at {path}, or it was removed with all its versions.",
            f"See what there is with '{listing}'; store it with: {_storing(mount, path)}",
            Confidence.MEDIUM if causes else Confidence.HIGH,
        )
    )
    shown = "a KV mount" if kind is None else f"a KV version {kind} mount"
    return Trouble(
        Category.SECRET_PATH_MISSING,
        f"has nothing at {path}, though {mount} is {shown} (HTTP 404)",
        tuple(causes),
        http_status=404,
        facts={"kv_version": kind},
    )


def _storing(mount: str, path: str) -> str:
    """Return the command that asks for the password and stores it without a line end."""
    put = f"vault kv put {shlex.quote(f'-mount={mount}')} {shlex.quote(path)} {FIELD}"
    return f'read -rs password && printf %s "$password" | {put}'


def version_gone(mount: str, path: str, metadata: dict[str, Any]) -> Trouble:
    """The version was deleted or destroyed; the reply's metadata says which and when."""
    version = metadata.get("version")
    if metadata.get("destroyed"):
        remedy = f"Name another version, or store the secret again with: {_storing(mount, path)}"
        causes = (cause("Somebody ran 'vault kv destroy' on this version; its data is gone.", remedy, Confidence.HIGH),)
        what = f"has destroyed version {version} of {path}"
        return Trouble(Category.SECRET_VERSION_DESTROYED, what, causes, http_status=404, facts={"gone": version})
    when = metadata.get("deletion_time")
    remedy = (
        f"Bring it back with 'vault kv undelete -mount={mount} -versions={version} {path}', or store a new version."
    )
    causes = (cause("Somebody ran 'vault kv delete', or its time of deletion has come.", remedy, Confidence.HIGH),)
    what = f"holds version {version} of {path} as deleted since {when}"
    facts = {"gone": version, "deletion_time": when}
    return Trouble(Category.SECRET_VERSION_DELETED, what, causes, http_status=404, facts=facts)


def version_missing(mount: str, path: str, version: int, latest: Any, kind: int) -> Trouble:
    """The path is there, the version asked for is not."""
    if kind == 1:
        text, remedy = f"The mount {mount} is KV version 1, which keeps no versions.", "Leave version out."
    else:
        text = f"The version was never written, or fell out of max_versions; the latest is {latest}."
        remedy = f"Leave version out, or name one that 'vault kv metadata get -mount={mount} {path}' shows."
    return Trouble(
        Category.SECRET_VERSION_MISSING,
        f"has no version {version} of {path}",
        (cause(text, remedy, Confidence.HIGH),),
        http_status=None if kind == 1 else 404,
        facts={"latest": latest, "kv_version": kind},
    )


def bad_path(path: str) -> Trouble:
    """The path has segments that HTTP would resolve to another path."""
    return Trouble(
        Category.SECRET_PATH_MISSING,
        f"was not asked, because the path {json.dumps(path)} is empty or has an empty, '.' or '..' part",
        (cause("The path in the declaration is not a Vault path.", "Write it as in mail/sales01.", Confidence.HIGH),),
    )


def field_missing(name: str, path: str, mount: str, names: Collection[str]) -> Trouble:
    """The secret has no such field; the names of those it has are shown, never their values."""
    near = difflib.get_close_matches(name, names, n=1)
    there = f"The fields there are: {', '.join(sorted(names))}." if names else "The secret has no fields at all."
    other = "Name one of them as field, or store the field." if names else f"Store the field: {_storing(mount, path)}"
    remedy = f"Did you mean field: {near[0]}?" if near else other
    return Trouble(
        Category.SECRET_FIELD_MISSING,
        f"has no field {name} in {path} on the mount {mount}",
        (cause(there, remedy, Confidence.HIGH),),
        facts={"fields": sorted(names), "nearest": near[0] if near else None},
        complete=True,
    )


def not_text(name: str, path: str, mount: str, value: Any) -> Trouble:
    """The field holds something other than text."""
    kinds = {bool: "a boolean", int: "a number", float: "a number", dict: "an object", list: "a list"}
    kind = kinds.get(type(value), "null")
    remedy = "Store it as text: with 'vault kv put' all values are text; in JSON put the value into quotes."
    return Trouble(
        Category.SECRET_NOT_TEXT,
        f"holds {kind} in the field {name} of {path} on the mount {mount}, where text is needed",
        (cause("The secret was written as JSON with a value that is not a string.", remedy, Confidence.HIGH),),
        complete=True,
    )


def empty(name: str, path: str, mount: str) -> Trouble:
    """The field holds nothing."""
    text = "An empty value was stored, for instance from a variable that was not set."
    return Trouble(
        Category.SECRET_UNUSABLE,
        f"holds an empty value in the field {name} of {path} on the mount {mount}",
        (cause(text, "Store the app password in this field.", Confidence.HIGH),),
        complete=True,
    )
