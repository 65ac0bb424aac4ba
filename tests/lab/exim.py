# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A private Exim 4.96 on loopback, for a second opinion on SMTP. It delivers nothing."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from dovecot import DOMAIN, OK_USER, PASSWORD
from pki import GOOD_ADDRESS, Pki
from postfix import GREYLISTED, NO_RELAY
from procs import Child, LabError, free_port

UNPACKED = Path(__file__).resolve().parents[2] / ".cache" / "second"
"""Where setup.sh unpacks packages that can't be installed beside Postfix and Dovecot."""


@dataclass
class Exim:
    """One instance; everything it has lies in ``folder``. Ports: submissions, submission, and mx without AUTH."""

    folder: Path
    pki: Pki
    ports: dict[str, int] = field(default_factory=dict)
    child: Child | None = None

    def __post_init__(self) -> None:
        for name in ("submissions", "submission", "mx"):
            self.ports[name] = free_port()

    def start(self) -> Exim:
        """Write the configuration and wait until it serves."""
        program = UNPACKED / "usr/sbin/exim4"
        if not program.exists():
            raise LabError("Exim is not there; `tests/lab/setup.sh second` gets it.")
        self.folder.mkdir(mode=0o755)
        (self.folder / "spool").mkdir(mode=0o755)
        (self.folder / "users").write_text(f"{OK_USER}: {PASSWORD}\n")
        config = self.folder / "exim.conf"
        config.write_text(self._config())
        os.chown(self.folder / "spool", *_exim_user())
        argv = [str(program), "-C", str(config), "-bdf"]
        self.child = Child("Exim", argv, self.folder / "output")
        self.child.wait_listening(GOOD_ADDRESS, self.ports["submissions"])
        return self

    def stop(self) -> None:
        """End the instance."""
        if self.child is not None:
            self.child.stop()
            self.child = None

    def _config(self) -> str:
        f, p, good = self.folder, self.ports, self.pki.leaves["good"]
        key = f / "key.pem"
        key.write_bytes(good.key.read_bytes())
        key.chmod(0o600)
        os.chown(key, *_exim_user())
        listen = " ; ".join(f"{GOOD_ADDRESS}.{port}" for port in p.values())
        secret = f"${{lookup{{$auth2}}lsearch{{{f}/users}}{{$value}}fail}}"
        login = secret.replace("$auth2", "$auth1")
        submission = f"or{{{{={{$received_port}}{{{p['submissions']}}}}}{{={{$received_port}}{{{p['submission']}}}}}}}"
        return f"""
exim_user = Debian-exim
exim_group = Debian-exim
exim_path = {UNPACKED}/usr/sbin/exim4
keep_environment =
spool_directory = {f}/spool
log_file_path = {f}/spool/%slog
pid_file_path = {f}/spool/exim.pid
primary_hostname = mail.{DOMAIN}
qualify_domain = {DOMAIN}
local_interfaces = <; {listen}
tls_on_connect_ports = {p["submissions"]}
tls_advertise_hosts = *
tls_certificate = {good.cert}
tls_privatekey = {key}
auth_advertise_hosts = ${{if and{{{{def:tls_in_cipher}}{{{submission}}}}}{{*}}}}
host_lookup =
rfc1413_hosts =
smtp_accept_max = 200
smtp_enforce_sync = true
queue_only = true
acl_smtp_mail = check_mail
acl_smtp_rcpt = check_rcpt

begin acl
check_mail:
  accept
check_rcpt:
  defer message = Greylisting in action, please come back later
        recipients = {GREYLISTED}
  deny message = relay not permitted
       recipients = {NO_RELAY}
  deny message = Sender address rejected: not owned by user $authenticated_id
       authenticated = *
       condition = ${{if !eqi{{$sender_address}}{{$authenticated_id}}}}
  deny message = No such user here
       domains = {DOMAIN}
       !verify = recipient
  accept domains = {DOMAIN}
  accept authenticated = *
  deny message = relay not permitted

begin routers
local:
  driver = accept
  domains = {DOMAIN}
  condition = ${{lookup{{$local_part@$domain}}lsearch{{{f}/users}}{{yes}}{{no}}}}
  transport = nowhere
away:
  driver = accept
  domains = !{DOMAIN}
  transport = nowhere

begin transports
nowhere:
  driver = appendfile
  file = /dev/null

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if eq{{$auth3}}{{{secret}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if eq{{$auth2}}{{{login}}}}}
  server_set_id = $auth1
"""


def _exim_user() -> tuple[int, int]:
    import pwd

    try:
        entry = pwd.getpwnam("Debian-exim")
    except KeyError:
        raise LabError("Exim's user is not there; `tests/lab/setup.sh second` makes it.") from None
    return entry.pw_uid, entry.pw_gid
