# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GreenMail 2.1.8 on loopback, for a second opinion on both protocols. It is a test server written in Java."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key, pkcs12
from cyrus import make_folders
from dovecot import OK_USER, PASSWORD
from exim import UNPACKED
from pki import GOOD_ADDRESS, Pki
from procs import Child, LabError, free_port

_STORE_PASSWORD = "not-secret"


@dataclass
class GreenMail:
    """One instance; everything it has lies in ``folder``. Ports: smtps, smtp, imaps, imap."""

    folder: Path
    pki: Pki
    ports: dict[str, int] = field(default_factory=dict)
    child: Child | None = None

    def __post_init__(self) -> None:
        for name in ("smtps", "smtp", "imaps", "imap"):
            self.ports[name] = free_port()

    def start(self) -> GreenMail:
        """Write its key store and wait until it serves."""
        jar, java = UNPACKED / "greenmail.jar", shutil.which("java")
        if java is None or not jar.exists():
            missing = "Java" if java is None else "GreenMail"
            raise LabError(f"{missing} is not there; `tests/lab/setup.sh second` gets it.")
        self.folder.mkdir(mode=0o755)
        settings = {
            "tls.keystore.file": self._store(),
            "tls.keystore.password": _STORE_PASSWORD,
            "users": f"{OK_USER.partition('@')[0]}:{PASSWORD}@{OK_USER.partition('@')[2]}",
            "users.login": "email",
        }
        for name, port in self.ports.items():
            settings |= {f"{name}.hostname": GOOD_ADDRESS, f"{name}.port": str(port)}
        # In a file, because the list of processes would show the password.
        options = self.folder / "options"
        options.touch(0o600)
        options.write_text("".join(f'"-Dgreenmail.{key}={value}"\n' for key, value in settings.items()))
        argv = [java, "-Xmx128m", "-XX:+UseSerialGC", f"@{options}", "-jar", str(jar)]
        self.child = Child("GreenMail", argv, self.folder / "output")
        for port in self.ports.values():
            self.child.wait_listening(GOOD_ADDRESS, port)
        make_folders(self.pki, self.ports["imaps"], ".")
        return self

    def stop(self) -> None:
        """End the instance."""
        if self.child is not None:
            self.child.stop()
            self.child = None

    def _store(self) -> Path:
        """Return the good leaf as the key store that Java wants."""
        good = self.pki.leaves["good"]
        chain = x509.load_pem_x509_certificates(good.cert.read_bytes())
        key = load_pem_private_key(good.key.read_bytes(), None)
        lock = BestAvailableEncryption(_STORE_PASSWORD.encode())
        # The authority has to be in it, or Java does not take the leaf for a chain.
        authority = x509.load_pem_x509_certificate(self.pki.ca.read_bytes())
        store = self.folder / "store.p12"
        store.write_bytes(
            pkcs12.serialize_key_and_certificates(b"lab", key, chain[0], [*chain[1:], authority], lock)  # type: ignore[arg-type]
        )
        return store
