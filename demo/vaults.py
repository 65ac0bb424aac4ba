# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the demo's app passwords lie: a Vault server, or values that ansible-vault encrypted.

Each place has the same three things: :meth:`store` gives the ``secret`` of a declaration for each mailbox as YAML,
``variables`` are passed to the play, and :meth:`remove` takes away what was made.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import hvac
import requests

PREFIX = "mailops-demo"
FIELD = "app_password"


class VaultServer:
    """A Vault (or OpenBao) server that is already there: ``VAULT_ADDR`` and a token in the environment."""

    uses_environment = True

    def __init__(self, client: hvac.Client, mount: str) -> None:
        self.client = client
        self.mount = mount
        self.variables: dict[str, Any] = {}
        self.arguments: list[str] = []
        # A folder of its own for each run: two people may try the demo with one Vault.
        self._folder = f"{PREFIX}/{secrets.token_hex(4)}"
        self._stored: list[str] = []

    @classmethod
    def from_environment(cls, url: str) -> VaultServer:
        """Return the server that the shell's ``vault`` command would use."""
        token_file = Path.home() / ".vault-token"
        token = os.environ.get("VAULT_TOKEN") or (token_file.read_text().strip() if token_file.is_file() else None)
        if not token:
            raise SystemExit(
                "VAULT_ADDR is set, but there is neither VAULT_TOKEN nor ~/.vault-token. Log in, or unset it."
            )
        client = hvac.Client(
            url=url,
            token=token,
            namespace=os.environ.get("VAULT_NAMESPACE"),
            verify=os.environ.get("VAULT_CACERT") or True,
        )
        return cls(client, os.environ.get("DEMO_VAULT_MOUNT", "secret"))

    @property
    def what(self) -> str:
        """The place in words."""
        return f"the Vault server at {self.client.url}, below {self.mount}/{self._folder}/ (removed again at the end)"

    def store(self, passwords: dict[str, str]) -> dict[str, str]:
        """Write the passwords to KV version 2."""
        for name, password in passwords.items():
            self._write(name, {FIELD: password})
            self._stored.append(name)
        return {
            name: f"{{vault: {{path: {self._folder}/{name}, field: {FIELD}, mount: {self.mount}}}}}"
            for name in passwords
        }

    def _write(self, name: str, fields: dict[str, str]) -> None:
        path = f"{self._folder}/{name}"
        try:
            self.client.secrets.kv.v2.create_or_update_secret(path, fields, mount_point=self.mount)
        except (OSError, hvac.exceptions.VaultError) as error:
            raise SystemExit(
                f"Vault at {self.client.url} did not take {self.mount}/{path}: {error}\n"
                "The demo needs a token that may write there, on a mount of KV version 2 (DEMO_VAULT_MOUNT names it)."
            ) from None

    def remove(self) -> None:
        """Remove what was written."""
        for name in self._stored:
            path = f"{self._folder}/{name}"
            try:
                self.client.secrets.kv.v2.delete_metadata_and_all_versions(path, mount_point=self.mount)
            except (OSError, hvac.exceptions.VaultError) as error:
                print(f"Could not remove {self.mount}/{path} from Vault ({error}); please remove it yourself.")


class DevVault(VaultServer):
    """A development server on loopback, started by the demo; the play logs in by AppRole with a policy of its own."""

    uses_environment = False

    def __init__(self, binary: str, folder: Path) -> None:
        self.binary = binary
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{probe.getsockname()[1]}"
        token = secrets.token_urlsafe()
        environment = {**os.environ, "VAULT_DEV_ROOT_TOKEN_ID": token, "BAO_DEV_ROOT_TOKEN_ID": token}
        with (folder / "vault.log").open("wb") as log:
            self.process = subprocess.Popen(
                [binary, "server", "-dev", "-dev-no-store-token", f"-dev-listen-address={address}"],
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        session = requests.Session()
        session.trust_env = False
        super().__init__(hvac.Client(url=f"http://{address}", token=token, session=session), "secret")
        try:
            self._wait_for(self._is_ready)
            self._wait_for(self._takes_secrets)
            self._open_approle()
        except BaseException:
            self.remove()
            raise

    @property
    def what(self) -> str:
        """The place in words."""
        return f"a development {Path(self.binary).name} server that the demo started at {self.client.url} (AppRole)"

    def _wait_for(self, what: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError, hvac.exceptions.VaultError):
                if what():
                    return
            time.sleep(0.2)
        raise SystemExit("The Vault development server did not come up; see vault.log in the demo's run folder.")

    def _is_ready(self) -> bool:
        return bool(self.client.sys.is_initialized() and not self.client.sys.is_sealed())

    def _takes_secrets(self) -> bool:
        # A new mount of KV version 2 prepares itself in the background and refuses writes meanwhile.
        self.client.secrets.kv.v2.create_or_update_secret(f"{PREFIX}/ready", {"ready": "yes"}, mount_point=self.mount)
        return True

    def _open_approle(self) -> None:
        client = self.client
        client.sys.create_or_update_policy(
            PREFIX, f'path "{self.mount}/data/{PREFIX}/*" {{ capabilities = ["read"] }}\n'
        )
        client.sys.enable_auth_method("approle")
        client.auth.approle.create_or_update_approle(PREFIX, token_policies=[PREFIX], token_ttl="10m")
        role = client.auth.approle.read_role_id(PREFIX)["data"]["role_id"]
        secret = client.auth.approle.generate_secret_id(PREFIX)["data"]["secret_id"]
        self.variables = {
            "demo_vault": {"url": client.url, "auth_method": "approle", "role_id": role, "secret_id": secret}
        }

    def remove(self) -> None:
        """Stop the server; its memory was all it had."""
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class EncryptedInventory:
    """No Vault at hand: the passwords stand in the inventory, encrypted by ansible-vault."""

    uses_environment = False
    what = "the inventory itself, encrypted by ansible-vault (no VAULT_ADDR, and no vault or bao on the PATH)"

    def __init__(self, folder: Path, bin_folder: Path) -> None:
        self.variables: dict[str, Any] = {}
        self._tool = bin_folder / "ansible-vault"
        self._key = folder / "vault-password"
        with os.fdopen(os.open(self._key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
        self.arguments = ["--vault-password-file", str(self._key)]

    def store(self, passwords: dict[str, str]) -> dict[str, str]:
        """Encrypt the passwords."""
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
            return dict(zip(passwords, pool.map(self._encrypt, passwords.values()), strict=True))

    def _encrypt(self, password: str) -> str:
        command = [str(self._tool), "encrypt_string", *self.arguments, "--stdin-name", "password"]
        done = subprocess.run(command, input=password, capture_output=True, text=True, check=True)
        first, *rest = done.stdout.rstrip().splitlines()
        return "\n".join(["", first, *(f"  {line.strip()}" for line in rest)])

    def remove(self) -> None:
        """Remove the key."""
        self._key.unlink(missing_ok=True)


def choose(folder: Path, bin_folder: Path) -> VaultServer | EncryptedInventory:
    """Take the Vault of the environment, else a development server, else ansible-vault."""
    url = os.environ.get("VAULT_ADDR")
    if url:
        return VaultServer.from_environment(url)
    binary = shutil.which("vault") or shutil.which("bao")
    return DevVault(binary, folder) if binary else EncryptedInventory(folder, bin_folder)
