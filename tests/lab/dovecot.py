# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A private Dovecot 2.3 on loopback: IMAP, POP3, LMTP, and the authentication server of Postfix."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from pki import ADDRESSES, GOOD_ADDRESS, Pki
from procs import Child, LabError, free_port

MAIL_UID = 5000
"""Owner of the mail; no account of that number is needed."""

DOMAIN = "acme.test"
PASSWORD = "correct-Horse+42 staple"
"""Password of every user unless :meth:`Dovecot.set_password` changed it (it has a blank and a plus on purpose)."""

OK_USER = f"ok@{DOMAIN}"
IMAP_OFF_USER = f"imapoff@{DOMAIN}"
SMTP_OFF_USER = f"smtpoff@{DOMAIN}"
FULL_USER = f"full@{DOMAIN}"
SALES_USERS = [f"sales{number:02}@{DOMAIN}" for number in range(1, 11)]
BENCH_USERS = [f"u{number:04}@{DOMAIN}" for number in range(1, 1001)]

NON_ASCII_FOLDER = "Angebote für Kunden"
LOCKED_FOLDER = "Locked"
PARENT_FOLDER = "Projects"
CHILD_FOLDER = "Projects/2026"
SPECIAL_USE = {"Sent": "\\Sent", "Drafts": "\\Drafts", "Junk": "\\Junk", "Trash": "\\Trash", "Archive": "\\Archive"}

_FOLDERS_ON_DISK = {
    ".Angebote f&APw-r Kunden": None,
    f".{LOCKED_FOLDER}": "owner l\n",
    f".{CHILD_FOLDER.replace('/', '.')}": None,
}


@dataclass
class Dovecot:
    """One instance; everything it has lies in ``folder``."""

    folder: Path
    pki: Pki
    bench: bool = False
    """For benches: what makes servers slow and clients no different (rights, quota, looking at users again) is off."""
    keep: bool = False
    ports: dict[str, int] = field(default_factory=dict)
    child: Child | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir(mode=0o755)
        self.log = self.folder / "dovecot.log"
        self.users = self.folder / "users"
        self.auth_socket = self.folder / "auth-postfix"
        self.lmtp_socket = self.folder / "lmtp-postfix"
        for name in ("imaps", "imap", "pop3s", "pop3", "quota_status"):
            self.ports[name] = free_port()
        self.passwords = dict.fromkeys([OK_USER, IMAP_OFF_USER, SMTP_OFF_USER, FULL_USER, *SALES_USERS], PASSWORD)
        self._stamp = int(time.time())
        self.passwords.update(dict.fromkeys(BENCH_USERS, PASSWORD))

    def start(self) -> None:
        """Write the configuration and the mail store, and wait until it serves."""
        program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if program is None:
            raise LabError("Dovecot is not installed; tests/lab/setup.sh installs it.")
        self._write_users()
        for service in ("imap", "pop3", "lmtp", "smtp", "doveadm"):
            denied = f"{SMTP_OFF_USER}:\n" if service == "smtp" else ""
            (self.folder / f"deny-{service}").write_text(denied)
        self._write_mail()
        config = self.folder / "dovecot.conf"
        config.write_text(self._config())
        self.child = Child("Dovecot", [program, "-F", "-c", str(config)], self.folder / "output", keep=self.keep)
        self.child.wait_listening(GOOD_ADDRESS, self.ports["imaps"])
        if self.bench:
            return
        # Counted once before anybody asks: two that count a new mailbox at the same time may find it empty.
        count = ["doveadm", "-c", str(config), "quota", "recalc", "-u", FULL_USER]
        counted = subprocess.run(count, capture_output=True, text=True, check=False)
        if counted.returncode:
            raise LabError(f"The quota of {FULL_USER} could not be counted:\n{counted.stderr}")

    def stop(self) -> None:
        """End the instance."""
        if self.child is not None:
            self.child.stop()
            self.child = None

    def set_password(self, user: str, password: str) -> None:
        """Change what the server accepts for ``user``, from the next login on (not with ``bench``: it caches)."""
        self.passwords[user] = password
        self._write_users()
        # Dovecot looks at the file once a second at most, and tells a new one by its time in seconds and its size.
        time.sleep(1.1)

    def refused_logins(self, user: str, service: str | None = None) -> int:
        """Count the credentials of ``user`` that were refused: ``imap`` (or POP3), ``smtp``, or both with None."""
        pattern = rf"auth: Info: [\w-]+\({re.escape(user)},[^,)]*(,<[^>]*>)?\): (?:Password mismatch|unknown user)"
        # Only the login processes hand a session over; a request of Postfix has none.
        sessions = [bool(match[1]) for match in re.finditer(pattern, self.log_text())]
        return len(sessions) if service is None else sessions.count(service != "smtp")

    def accepted_logins(self, user: str) -> int:
        """Count the IMAP and POP3 logins of ``user`` that were let in."""
        return self.log_text().count(f"-login: Info: Login: user=<{user}>")

    def log_text(self) -> str:
        """Everything logged so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def maildir(self, user: str) -> Path:
        """The INBOX of ``user`` on disk."""
        name, domain = user.split("@")
        return self.folder / "mail" / domain / name / "Maildir"

    def _write_users(self) -> None:
        lines = []
        for user, password in self.passwords.items():
            extra = ""
            if user == IMAP_OFF_USER:
                extra = "nologin=y"
            elif user == FULL_USER:
                extra = "userdb_quota_rule=*:bytes=1000"
            lines.append(f"{user}:{{PLAIN}}{password}::::::{extra}\n")
        fresh = self.users.with_suffix(".new")
        fresh.write_text("".join(lines))
        fresh.chmod(0o644)
        self._stamp += 1
        os.utime(fresh, (self._stamp, self._stamp))
        fresh.replace(self.users)

    def _write_mail(self) -> None:
        for user in [OK_USER, IMAP_OFF_USER, SMTP_OFF_USER, FULL_USER, *SALES_USERS]:
            root = self.maildir(user)
            for folder in ["", *_FOLDERS_ON_DISK]:
                for part in ("cur", "new", "tmp"):
                    (root / folder / part).mkdir(parents=True)
                rights = _FOLDERS_ON_DISK.get(folder)
                if rights:
                    (root / folder / "dovecot-acl").write_text(rights)
        (self.maildir(FULL_USER) / "cur" / "1000000000.M1P1.lab:2,S").write_text(
            f"From: <{OK_USER}>\nTo: <{FULL_USER}>\nSubject: ballast\n\n" + ("x" * 70 + "\n") * 60
        )
        top = self.folder / "mail"
        (top / DOMAIN).mkdir(parents=True, exist_ok=True)
        for path in [top, *top.rglob("*")]:
            os.chown(path, MAIL_UID, MAIL_UID)

    def _config(self) -> str:
        f, p, good = self.folder, self.ports, self.pki.leaves["good"]
        bad = {address: self.pki.leaves[leaf] for address, leaf in ADDRESSES.items() if leaf != "good"}
        local = "".join(
            f"local {address} {{\n  ssl_cert = <{leaf.cert}\n  ssl_key = <{leaf.key}\n}}\n"
            for address, leaf in bad.items()
        )
        special = "".join(
            f"  mailbox {name} {{\n    special_use = {use}\n    auto = subscribe\n  }}\n"
            for name, use in SPECIAL_USE.items()
        )
        if self.bench:
            plugins, imap_plugins = "", ""
            cache = "auth_cache_size = 10M\nauth_cache_ttl = 1 hour\n"
        else:
            plugins, imap_plugins, cache = "acl quota", "acl imap_acl quota imap_quota", ""
        return f"""
base_dir = {f}/run
state_dir = {f}/state
instance_name = {f.parent.name}
log_path = {self.log}
ssl_dh =
protocols = imap pop3 lmtp
listen = {", ".join(ADDRESSES)}
login_greeting = Lab ready.
shutdown_clients = yes
mail_uid = {MAIL_UID}
mail_gid = {MAIL_UID}
mail_home = {f}/mail/%d/%n
mail_location = maildir:~/Maildir
mail_fsync = never
mail_plugins = {plugins}
mail_max_userip_connections = 200
ssl = yes
ssl_cert = <{good.cert}
ssl_key = <{good.key}
ssl_min_protocol = TLSv1.2
{local}
disable_plaintext_auth = yes
auth_mechanisms = plain login
auth_verbose = yes
auth_failure_delay = 0
{cache}
passdb {{
  driver = passwd-file
  deny = yes
  auth_verbose = no
  args = username_format=%u {f}/deny-%s
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {self.users}
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {self.users}
  default_fields = uid={MAIL_UID} gid={MAIL_UID} home={f}/mail/%d/%n
}}
namespace inbox {{
  inbox = yes
  separator = /
{special}}}
plugin {{
  acl = vfile
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=100M
  quota_status_success = DUNNO
  quota_status_nouser = DUNNO
  quota_status_overquota = "552 5.2.2 Mailbox is full"
}}
protocol imap {{
  mail_plugins = {imap_plugins}
}}
service imap-login {{
  service_count = 0
  process_min_avail = 2
  client_limit = 2000
  vsz_limit = 1G
  inet_listener imap {{
    port = {p["imap"]}
  }}
  inet_listener imaps {{
    port = {p["imaps"]}
    ssl = yes
  }}
}}
service imap {{
  service_count = 1000
  process_limit = 500
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {p["pop3"]}
  }}
  inet_listener pop3s {{
    port = {p["pop3s"]}
    ssl = yes
  }}
}}
service lmtp {{
  unix_listener {self.lmtp_socket} {{
    user = postfix
    mode = 0600
  }}
}}
service auth {{
  client_limit = 10000
  unix_listener {self.auth_socket} {{
    user = postfix
    mode = 0600
  }}
}}
service anvil {{
  client_limit = 10000
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  client_limit = 10000
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
service quota-status {{
  executable = quota-status -p postfix
  client_limit = 1
  inet_listener {{
    address = {GOOD_ADDRESS}
    port = {p["quota_status"]}
  }}
}}
"""
