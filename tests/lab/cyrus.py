# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A private Cyrus IMAP 3.6 on loopback, for a second opinion on IMAP."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
from dataclasses import dataclass, field
from imaplib import IMAP4_SSL
from pathlib import Path

from dovecot import DOMAIN, IMAP_OFF_USER, OK_USER, PASSWORD
from exim import UNPACKED
from pki import GOOD_ADDRESS, Pki
from procs import Child, LabError, free_port

RUN_AS = "mail"
"""An account that every Debian has; Cyrus gives up root for it."""


@dataclass
class Cyrus:
    """One instance; everything it has lies in ``folder``. Ports: imaps, imap."""

    folder: Path
    pki: Pki
    ports: dict[str, int] = field(default_factory=dict)
    child: Child | None = None

    def __post_init__(self) -> None:
        for name in ("imaps", "imap"):
            self.ports[name] = free_port()

    def start(self) -> Cyrus:
        """Write the configuration and the mailboxes, and wait until it serves."""
        root = UNPACKED / "usr/lib/cyrus/bin"
        if not (root / "master").exists():
            raise LabError("Cyrus is not there; `tests/lab/setup.sh second` gets it.")
        self.folder.mkdir(mode=0o755)
        for name in ("conf", "conf/proc", "conf/db", "conf/log", "conf/socket", "conf/lock", "spool"):
            (self.folder / name).mkdir(mode=0o755)
        key = self.folder / "key.pem"
        key.write_bytes(self.pki.leaves["good"].key.read_bytes())
        key.chmod(0o600)
        self._make_users()
        imapd, master = self.folder / "imapd.conf", self.folder / "cyrus.conf"
        imapd.write_text(self._imapd())
        master.write_text(self._master(root, imapd))
        for path in [self.folder, *self.folder.rglob("*")]:
            shutil.chown(path, RUN_AS, RUN_AS)
        argv = [str(root / "master"), "-D", "-C", str(imapd), "-M", str(master), "-p", str(self.folder / "master.pid")]
        self.child = Child("Cyrus", ["env", f"LD_LIBRARY_PATH={_libraries()}", *argv], self.folder / "output")
        self.child.wait_listening(GOOD_ADDRESS, self.ports["imaps"])
        self._deny(root, imapd)
        make_folders(self.pki, self.ports["imaps"], "/")
        return self

    def stop(self) -> None:
        """End the instance."""
        if self.child is not None:
            self.child.stop()
            self.child = None

    def _make_users(self) -> None:
        """Write the passwords into a database of SASL's own."""
        program = UNPACKED / "usr/sbin/saslpasswd2"
        for user in (OK_USER, IMAP_OFF_USER):
            name = user.partition("@")[0]
            argv = [str(program), "-p", "-c", "-f", str(self.folder / "sasldb2"), "-u", DOMAIN, name]
            made = subprocess.run(argv, input=PASSWORD.encode(), capture_output=True, check=False)
            if made.returncode:
                raise LabError(f"saslpasswd2 failed: {made.stderr.decode(errors='replace')}")

    def _deny(self, root: Path, imapd: Path) -> None:
        """Switch IMAP off for a user who has a password."""
        argv = [
            str(root / "cyr_deny"),
            "-C",
            str(imapd),
            "-s",
            "imap,imaps",
            "-m",
            "IMAP is switched off",
            IMAP_OFF_USER,
        ]
        done = subprocess.run(argv, env={"LD_LIBRARY_PATH": _libraries()}, capture_output=True, check=False)
        if done.returncode:
            raise LabError(f"cyr_deny failed: {done.stderr.decode(errors='replace')}")

    def _imapd(self) -> str:
        f, good = self.folder, self.pki.leaves["good"]
        settings = {
            "configdirectory": f / "conf",
            "proc_path": f / "conf/proc",
            "mboxname_lockpath": f / "conf/lock",
            "defaultpartition": "default",
            "partition-default": f / "spool",
            "cyrus_user": RUN_AS,
            "servername": f"imap.{DOMAIN}",
            "admins": "cyrus",
            "virtdomains": "userid",
            # Users of the default domain lose it, and SASL would not find them.
            "defaultdomain": "internal.test",
            "unixhierarchysep": "yes",
            "altnamespace": "yes",
            "allowplaintext": "no",
            "failedloginpause": "0",
            "sasl_pwcheck_method": "auxprop",
            "sasl_auxprop_plugin": "sasldb",
            "sasl_sasldb_path": f / "sasldb2",
            "sasl_mech_list": "PLAIN LOGIN",
            "tls_server_cert": good.cert,
            "tls_server_key": f / "key.pem",
            "autocreate_quota": "0",
            "autocreate_inbox_folders": "Sent | Drafts",
            "xlist-sent": "Sent",
            "xlist-drafts": "Drafts",
            "lmtpsocket": f / "conf/socket/lmtp",
            "idlesocket": f / "conf/socket/idle",
            "notifysocket": f / "conf/socket/notify",
        }
        return "".join(f"{key}: {value}\n" for key, value in settings.items())

    def _master(self, root: Path, imapd: Path) -> str:
        lines = [
            f'  {name} cmd="{root}/imapd {flag} -C {imapd}" listen="{GOOD_ADDRESS}:{self.ports[name]}" prefork=1'
            for name, flag in (("imaps", "-s"), ("imap", ""))
        ]
        return (
            f'START {{\n  recover cmd="{root}/ctl_cyrusdb -r -C {imapd}"\n}}\nSERVICES {{\n'
            + "\n".join(lines)
            + "\n}\n"
        )


def _libraries() -> str:
    return f"{UNPACKED}/usr/lib/{os.uname().machine}-linux-gnu"


def make_folders(pki: Pki, port: int, separator: str) -> None:
    """Give the user the folders that the lab's Dovecot has on disk."""
    context = ssl.create_default_context(cafile=str(pki.ca))
    with IMAP4_SSL(GOOD_ADDRESS, port, ssl_context=context, timeout=20) as session:
        session.login(OK_USER, PASSWORD)
        for name in ('"Projects"', f'"Projects{separator}2026"', '"Angebote f&APw-r Kunden"'):
            kind, told = session.create(name)
            if kind != "OK":
                raise LabError(f"the folder {name} can't be made: {told!r}")
