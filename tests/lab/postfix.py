# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A private Postfix 3.7 on loopback. It has no SMTP client: what is not for its own domain is discarded."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
from dataclasses import dataclass, field
from pathlib import Path

from dovecot import DOMAIN, Dovecot
from pki import ADDRESSES, GOOD_ADDRESS, Pki
from procs import Child, LabError, free_port

TEAM_ADDRESS = f"team@{DOMAIN}"
"""An address that only sales01 and sales02 may send from."""

GREYLISTED = "greylisted@elsewhere.test"
BUSY = "busy@elsewhere.test"
NO_RELAY = "norelay@elsewhere.test"
FOREIGN = "anyone@elsewhere.test"
RECIPIENT_REPLIES = {
    GREYLISTED: "451 4.7.1 Greylisting in action, please come back later",
    BUSY: "421 4.3.2 The service is shutting down",
    NO_RELAY: "554 5.7.1 Relay access denied",
}
"""What RCPT TO answers for some recipients, to a client that logged in as well."""

LISTENERS = {
    "submissions": {"smtpd_tls_wrappermode": "yes"},
    "submission": {"smtpd_tls_security_level": "encrypt"},
    # As above, but a sender that the login does not own is refused at MAIL FROM rather than at RCPT TO.
    "submissions_early": {"smtpd_tls_wrappermode": "yes", "smtpd_delay_reject": "no"},
    # For the address it comes from, without AUTH: to everywhere, and to the own domain only.
    "relay": {"mynetworks": "127.0.0.0/8", "smtpd_sasl_auth_enable": "no", "smtpd_sender_restrictions": ""},
    "mx": {"smtpd_sasl_auth_enable": "no", "smtpd_sender_restrictions": ""},
}
"""The services, each on a port of its own, with what differs from main.cf."""


def master_of(folder: Path) -> int:
    """Return the master's process id: it leads a session of its own and outlives the process that was started."""
    return int((folder / "spool" / "pid" / "master.pid").read_text())


@dataclass
class Postfix:
    """One instance beside a running :class:`Dovecot`; everything it has lies in ``folder``."""

    folder: Path
    pki: Pki
    dovecot: Dovecot
    keep: bool = False
    ports: dict[str, int] = field(default_factory=dict)
    child: Child | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir(mode=0o755)
        self.log = self.folder / "postfix.log"
        for name in LISTENERS:
            self.ports[name] = free_port()

    def start(self) -> None:
        """Write the configuration and wait until it serves."""
        program = shutil.which("postfix", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if program is None:
            raise LabError("Postfix is not installed; tests/lab/setup.sh installs it.")
        etc = self.folder / "etc"
        for name in ("etc", "spool", "data"):
            (self.folder / name).mkdir(mode=0o755)
        shutil.chown(self.folder / "data", "postfix")
        self.log.touch(0o644)
        (etc / "main.cf").write_text(self._main())
        (etc / "master.cf").write_text(self._master())
        # Compile-time defaults that `postfix start` insists on finding beside main.cf.
        for name in ("postfix-files", "dynamicmaps.cf"):
            source = Path("/etc/postfix") / name
            if source.exists():
                shutil.copy(source, etc / name)
        users = "|".join(re.escape(user) for user in self.dovecot.passwords)
        (etc / "mailboxes").write_text(f"/^({users})$/ OK\n")
        (etc / "senders").write_text(
            f"/^{re.escape(TEAM_ADDRESS)}$/ sales01@{DOMAIN} sales02@{DOMAIN}\n/^([^@]+@{re.escape(DOMAIN)})$/ ${{1}}\n"
        )
        (etc / "recipients").write_text("".join(f"{who} {reply}\n" for who, reply in RECIPIENT_REPLIES.items()))
        self.child = Child("Postfix", [program, "-c", str(etc), "start-fg"], self.folder / "output", keep=self.keep)
        self.child.wait_listening(GOOD_ADDRESS, self.ports["submissions"])

    def stop(self) -> None:
        """End the instance."""
        with contextlib.suppress(OSError, ValueError):
            os.kill(master_of(self.folder), signal.SIGTERM)
        if self.child is not None:
            self.child.stop()
            self.child = None

    def log_text(self) -> str:
        """Everything logged so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def refused_logins(self) -> int:
        """Count the AUTH commands that were refused (3.7 does not log whose; Dovecot does)."""
        return len(re.findall(r"SASL \S+ authentication failed", self.log_text()))

    def accepted_logins(self, user: str) -> int:
        """Count the transactions that ``user`` began after AUTH."""
        return len(re.findall(rf"sasl_username={re.escape(user)}\b", self.log_text()))

    def _main(self) -> str:
        f, d, good, etc = self.folder, self.dovecot, self.pki.leaves["good"], self.folder / "etc"
        # Asks Dovecot anew about each recipient, which costs more than the rest of a session.
        quota = "" if d.bench else f", check_policy_service inet:{GOOD_ADDRESS}:{d.ports['quota_status']}"
        settings = {
            "compatibility_level": "3.6",
            "queue_directory": f / "spool",
            "data_directory": f / "data",
            "maillog_file": self.log,
            "maillog_file_prefixes": f,
            "myhostname": f"mail.{DOMAIN}",
            "mydestination": "",
            "mynetworks": "",
            # The other addresses stand in master.cf; here Postfix wants those of an interface.
            "inet_interfaces": "loopback-only",
            "inet_protocols": "ipv4",
            # Probes begin mail that they never finish, for which Postfix would slow its clients down.
            "in_flow_delay": "0",
            "alias_maps": "",
            "alias_database": "",
            "virtual_mailbox_domains": DOMAIN,
            "virtual_mailbox_maps": f"regexp:{etc}/mailboxes",
            "virtual_alias_maps": "",
            "virtual_transport": f"lmtp:unix:{d.lmtp_socket}",
            "default_transport": "discard:",
            "relay_transport": "discard:",
            "local_transport": "discard:",
            "local_recipient_maps": "",
            "smtpd_tls_security_level": "may",
            "smtpd_tls_chain_files": f"{good.key}, {good.cert}",
            "smtpd_tls_auth_only": "yes",
            "tls_random_source": "dev:/dev/urandom",
            "smtpd_sasl_type": "dovecot",
            "smtpd_sasl_path": d.auth_socket,
            "smtpd_sasl_auth_enable": "yes",
            "smtpd_sender_login_maps": f"regexp:{etc}/senders",
            "smtpd_sender_restrictions": "reject_sender_login_mismatch",
            "smtpd_relay_restrictions": "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination",
            "smtpd_recipient_restrictions": f"check_recipient_access texthash:{etc}/recipients{quota}",
            "smtpd_error_sleep_time": "0",
            "smtpd_soft_error_limit": "1000",
            "smtpd_hard_error_limit": "1000",
            "smtpd_client_connection_count_limit": "0",
            "smtpd_client_connection_rate_limit": "0",
            "smtpd_client_auth_rate_limit": "0",
            "smtpd_peername_lookup": "no",
            "smtpd_timeout": "60",
            "default_process_limit": "300",
            "max_use": "5000",
            "anvil_status_update_time": "600",
        }
        return "".join(f"{key} = {value}\n" for key, value in settings.items())

    def _master(self) -> str:
        lines = []
        for name, options in LISTENERS.items():
            for address, leaf in ADDRESSES.items():
                chain = self.pki.leaves[leaf]
                lines.append(f"{address}:{self.ports[name]} inet n - n - - smtpd")
                for key, value in {"smtpd_tls_chain_files": f"{chain.key},{chain.cert}", **options}.items():
                    lines.append(f"  -o {key}={value}")
        lines += [
            "cleanup unix n - n - 0 cleanup",
            "qmgr unix n - n 300 1 qmgr",
            "tlsmgr unix - - n 1000? 1 tlsmgr",
            "rewrite unix - - n - - trivial-rewrite",
            "bounce unix - - n - 0 bounce",
            "defer unix - - n - 0 bounce",
            "trace unix - - n - 0 bounce",
            "verify unix - - n - 1 verify",
            "proxymap unix - - n - - proxymap",
            "pickup unix n - n 60 1 pickup",
            "flush unix n - n 1000? 0 flush",
            "showq unix n - n - - showq",
            "error unix - - n - - error",
            "retry unix - - n - - error",
            "discard unix - - n - - discard",
            "lmtp unix - - n - - lmtp",
            "anvil unix - - n - 1 anvil",
            "postlog unix-dgram n - n - 1 postlogd",
        ]
        return "\n".join(lines) + "\n"
