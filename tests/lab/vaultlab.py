# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real Vault over memory (``.cache/bin/vault-lab``), initialised and filled for tests."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pki import Pki
from procs import Child, LabError, tail, wait_for

BINARY = Path(__file__).resolve().parents[2] / ".cache" / "bin" / "vault-lab"

MAIL_POLICY = """
path "secret/data/mail/*" { capabilities = ["read"] }
path "kv1/mail/*" { capabilities = ["read"] }
"""
"""What the lab's AppRole and user may read; ``secret/other/...`` is forbidden to them."""

APPROLE = "mailbox"
USERPASS = ("robot", "robot-Password+1")


class VaultError(Exception):
    """An answer of Vault other than 2xx, with its status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status


@dataclass
class Vault:
    """One server; ``address``, ``root_token``, ``role_id`` and ``secret_id`` are there once it is started."""

    folder: Path
    pki: Pki | None = None
    keep: bool = False
    address: str = ""
    root_token: str = field(default="", repr=False)
    unseal_key: str = field(default="", repr=False)
    role_id: str = ""
    secret_id: str = field(default="", repr=False)
    child: Child | None = None

    def start(self) -> None:
        """Start, initialise and unseal it; mount ``secret`` (KV 2) and ``kv1`` (KV 1), AppRole and userpass."""
        if not BINARY.exists():
            raise LabError(
                "the Vault server is not built; tests/lab/setup.sh builds it (about 15 minutes the first time)."
            )
        self.folder.mkdir(mode=0o755)
        output = self.folder / "output"
        argv = [str(BINARY), "-listen", "127.0.0.1:0"]
        if self.pki is not None:
            leaf = self.pki.leaves["good"]
            argv += ["-tls-cert", str(leaf.cert), "-tls-key", str(leaf.key)]
        self.child = child = Child("Vault", argv, output, keep=self.keep)

        def announced() -> bool:
            if not child.alive():
                raise LabError(f"Vault ended with code {child.process.returncode}:\n{tail(output)}")
            lines = [line for line in output.read_text().splitlines() if line.startswith("http")]
            self.address = lines[0] if lines else ""
            return bool(lines)

        wait_for(announced, "Vault's announcement of its address")
        keys = self.call("PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1})
        self.root_token, self.unseal_key = keys["root_token"], keys["keys"][0]
        self.unseal()
        self.call("POST", "sys/mounts/secret", {"type": "kv", "options": {"version": "2"}})
        self.call("POST", "sys/mounts/kv1", {"type": "kv", "options": {"version": "1"}})
        self.call("PUT", "sys/policies/acl/mail", {"policy": MAIL_POLICY})
        self.call("POST", "sys/auth/approle", {"type": "approle"})
        self.call("POST", "sys/auth/userpass", {"type": "userpass"})
        self.role_id, self.secret_id = self.approle(APPROLE, token_policies="mail", token_ttl="1h")
        self.call("POST", f"auth/userpass/users/{USERPASS[0]}", {"password": USERPASS[1], "token_policies": "mail"})
        # A fresh KV 2 mount upgrades itself in the background and refuses writes meanwhile.
        wait_for(self._takes_writes, "the KV 2 mount being ready")

    def stop(self) -> None:
        """End it; all it holds is gone."""
        if self.child is not None:
            self.child.stop()
            self.child = None

    def call(self, method: str, path: str, data: Any = None, token: str | None = None) -> dict[str, Any]:
        """Call the HTTP API below ``/v1/``, with the root token unless another is given."""
        request = urllib.request.Request(
            f"{self.address}/v1/{path}",
            method=method,
            data=None if data is None else json.dumps(data).encode(),
            headers={"X-Vault-Token": self.root_token if token is None else token},
        )
        context = ssl.create_default_context(cafile=str(self.pki.ca)) if self.pki is not None else None
        try:
            with urllib.request.urlopen(request, timeout=30, context=context) as answer:
                body = answer.read()
        except urllib.error.HTTPError as problem:
            raise VaultError(problem.code, problem.read().decode(errors="replace")) from None
        return dict(json.loads(body)) if body else {}

    def put(self, path: str, data: dict[str, Any], mount: str = "secret") -> int:
        """Write a secret; return its version (0 on the KV 1 mount)."""
        if mount == "kv1":
            self.call("PUT", f"kv1/{path}", data)
            return 0
        return int(self.call("POST", f"{mount}/data/{path}", {"data": data})["data"]["version"])

    def delete(self, path: str, version: int) -> None:
        """Mark one version as deleted."""
        self.call("PUT", f"secret/delete/{path}", {"versions": [version]})

    def destroy(self, path: str, version: int) -> None:
        """Remove one version for good."""
        self.call("PUT", f"secret/destroy/{path}", {"versions": [version]})

    def remove(self, path: str, mount: str = "secret") -> None:
        """Remove a secret with all its versions."""
        self.call("DELETE", f"kv1/{path}" if mount == "kv1" else f"{mount}/metadata/{path}")

    def token(self, *policies: str, ttl: str = "1h", bare: bool = False) -> str:
        """Return a new token with these policies (default: ``mail``); a ``bare`` one lacks Vault's own ``default``."""
        body = {"policies": list(policies or ("mail",)), "ttl": ttl, "no_parent": True, "no_default_policy": bare}
        return str(self.call("POST", "auth/token/create", body)["auth"]["client_token"])

    def approle(self, name: str, **settings: Any) -> tuple[str, str]:
        """Make a role of AppRole, and return a role id and a secret id for it."""
        role = f"auth/approle/role/{name}"
        self.call("POST", role, settings)
        role_id = self.call("GET", f"{role}/role-id")["data"]["role_id"]
        return str(role_id), str(self.call("POST", f"{role}/secret-id", {})["data"]["secret_id"])

    def accessors(self) -> set[str]:
        """Return the accessors of all live tokens; a token that was revoked is not among them."""
        return set(self.call("LIST", "auth/token/accessors")["data"]["keys"])

    def sealed(self) -> bool:
        """Tell whether it is sealed."""
        return bool(self.call("GET", "sys/seal-status")["sealed"])

    def seal(self) -> None:
        """Seal it: every request is answered 503 until :meth:`unseal`."""
        self.call("PUT", "sys/seal", {})

    def unseal(self) -> None:
        """Unseal it and wait until it serves."""
        self.call("PUT", "sys/unseal", {"key": self.unseal_key})

        def active() -> bool:
            try:
                self.call("GET", "sys/health")
            except VaultError:
                return False
            return True

        wait_for(active, "Vault being unsealed")

    def _takes_writes(self) -> bool:
        try:
            self.put("lab/ready", {"ready": "yes"})
        except VaultError:
            return False
        return True
