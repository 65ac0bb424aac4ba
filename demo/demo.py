# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proves and registers twelve mailboxes, healthy and broken, twice, with the collection as users install it.

Started by ``demo/run``, which makes the virtual environment. Ends with 0 when every mailbox came to what it should.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import vaults
import yaml
from certificates import Authority
from servers import Post, Servers

HERE = Path(__file__).resolve().parent
CACHE = HERE.parent / ".cache" / "demo"
RUN = CACHE / "run"
BIN = Path(sys.executable).parent
DOMAIN = "acme.example"

HEALTHY = ("sales01", "support", "newsletter", "scanner")
# What each broken mailbox must come to: the verdict, and the stable id of the failure that matters most.
# Without a name server at hand the missing host can't be told from a dead resolver, and any dns id is right.
BROKEN = {
    "wrong_password": ("failed", "auth.credentials"),
    "imap_disabled": ("partial", "auth.protocol_disabled"),
    "tls_mode": ("partial", "tls.mode_mismatch"),
    "imap_host": ("partial", "dns."),
    "missing_folder": ("partial", "mailbox.nonexistent"),
    "expired_certificate": ("failed", "tls.expired"),
    "closed_port": ("failed", "connect.refused"),
    "pop3_port": ("partial", "port.wrong_protocol"),
}


@dataclass
class Run:
    """One run of ansible-playbook, as far as its output tells."""

    code: int
    seconds: float
    recap: dict[str, dict[str, int]] = field(default_factory=dict)
    failed: dict[str, dict[str, Any]] = field(default_factory=dict)

    def category(self, name: str) -> str:
        """Return the id of the failure that matters most."""
        failures = self.failed.get(name, {}).get("failures") or [{}]
        return str(failures[0].get("category", "?"))


def say(text: str = "") -> None:
    """Print a paragraph."""
    print(text, flush=True)


def heading(text: str) -> None:
    """Print a heading."""
    say(f"\n==> {text}\n")


def plain(line: str) -> str:
    """Return a line without colours and without its end."""
    return re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip("\n")


class Excerpt:
    """Picks the lines of ansible-playbook's output that people read.

    A failed task is printed twice by Ansible: its message alone, and its whole result, which is more than two hundred
    lines. Left out are the first one and, of the result, all but the message.
    """

    def __init__(self) -> None:
        self._inside = ""

    def wants(self, line: str) -> bool:
        """Tell whether the next line is to be shown; the empty line before a heading is printed here."""
        text = plain(line)
        if re.match(r"\[ERROR\]: Task failed: Module failed", text):
            self._inside = "error"
        elif re.match(r"(fatal|ok|changed|skipping): \[|\[(ERROR|WARNING)\]|(PLAY|TASK) ", text):
            if self._inside == "result" and text.startswith(("PLAY", "TASK")):
                print()
            self._inside = "result" if text.startswith("fatal: ") else ""
            return True
        elif self._inside in ("result", "message") and text.startswith("    ") and text[4:5].strip():
            self._inside = "message" if text.startswith("    msg:") else "result"
        elif self._inside in ("result", "message") and text and not text.startswith("    "):
            self._inside = ""
        return self._inside in ("", "message")


def read_output(lines: list[str], code: int, seconds: float) -> Run:
    """Read recap and failed results out of what ansible-playbook printed."""
    run = Run(code, seconds)
    texts = [plain(line) for line in lines]
    for number, line in enumerate(texts):
        if match := re.match(r"fatal: \[([^]]+)]: FAILED! =>", line):
            block = list(_indented(texts[number + 1 :]))
            run.failed[match[1]] = yaml.safe_load(textwrap.dedent("\n".join(block))) or {}
        elif match := re.match(r"(\S+)\s+: (ok=.*)", line):
            run.recap[match[1]] = {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", match[2])}
    return run


def _indented(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if line and not line.startswith("    "):
            return
        yield line


class Demo:
    """One demonstration, from the build of the collection to the summary."""

    def __init__(self) -> None:
        shutil.rmtree(RUN, ignore_errors=True)
        RUN.mkdir(parents=True, mode=0o700)
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")},
            "ANSIBLE_CONFIG": str(HERE / "ansible.cfg"),
            "ANSIBLE_HOME": str(CACHE / "ansible"),
            "ANSIBLE_COLLECTIONS_PATH": str(CACHE / "collections"),
            "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
        }
        if sys.stdout.isatty():
            self.environment["ANSIBLE_FORCE_COLOR"] = "1"

    def forget_vault(self) -> None:
        """Keep settings that are meant for another Vault away from the play."""
        for name in [name for name in self.environment if name.startswith("VAULT_")]:
            del self.environment[name]

    def install(self) -> None:
        """Build the collection from the checkout and install the result, as users do."""
        dist = CACHE / "dist"
        shutil.rmtree(dist, ignore_errors=True)
        self._galaxy("build", str(HERE.parent), "--output-path", str(dist))
        (artefact,) = dist.glob("mailops-mailbox-*.tar.gz")
        self._galaxy("install", str(artefact), "-p", str(CACHE / "collections"), "--force", "--no-deps", "--offline")
        say(f"Built {artefact.name} and installed it to .cache/demo/collections.")

    def _galaxy(self, *arguments: str) -> None:
        command = [str(BIN / "ansible-galaxy"), "collection", *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")

    def write_inventory(self, servers: Servers, ca_file: Path, declared: dict[str, str]) -> None:
        """Fill the template with ports and secrets."""
        values = {name: str(port) for name, port in servers.ports.items()} | {"ca": str(ca_file)}

        def fill(match: re.Match[str]) -> str:
            kind, _unused, name = match[2].rpartition(":")
            if kind != "secret":
                return match[1] + values[name]
            indent = " " * 14
            return (match[1] + declared[name].replace("\n", f"\n{indent}")).replace(": \n", ":\n")

        template = (HERE / "mailboxes.yml.in").read_text(encoding="utf-8")
        body = re.sub(r"(: |: \{ca: )@([a-z0-9_:]+)@", fill, template.split("\n", 1)[1])
        (RUN / "mailboxes.yml").write_text(body, encoding="utf-8")

    def play(self, name: str, arguments: list[str], *, quiet: bool) -> Run:
        """Run the play, show an excerpt (with ``quiet`` the recap) and keep the whole output as ``name``.log."""
        command = [str(BIN / "ansible-playbook"), "-i", str(RUN / "mailboxes.yml"), *arguments, str(HERE / "play.yml")]
        began = time.monotonic()
        lines: list[str] = []
        excerpt = Excerpt()
        with subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
        ) as process:
            try:
                for line in process.stdout or ():
                    lines.append(line)
                    if excerpt.wants(line) and not quiet:
                        print(line, end="", flush=True)
            except BaseException:
                process.send_signal(signal.SIGINT)
                raise
        if quiet:
            start = next((number for number, line in enumerate(lines) if "PLAY RECAP" in line), 0)
            print("".join(lines[start:]), end="", flush=True)
        (RUN / f"{name}.log").write_text("\n".join(map(plain, lines)), encoding="utf-8")
        return read_output(lines, process.returncode, time.monotonic() - began)


def summarise(first: Run, second: Run, post: Post) -> bool:
    """Say what was seen and whether it is what had to be seen."""
    say(f"{'mailbox':<20} {'verdict':<13} {'diagnosis':<24} {'1st run':<10} {'2nd run':<10}")
    fine = True
    for name in (*HEALTHY, *BROKEN):
        one, two = first.recap.get(name, {}), second.recap.get(name, {})
        changed = [f"changed={counts.get('changed', '?')}" for counts in (one, two)]
        if name in HEALTHY:
            right = (one.get("failed"), one.get("changed"), two.get("failed"), two.get("changed")) == (0, 1, 0, 0)
            verdict, diagnosis = ("verified" if one.get("failed") == 0 else "failed"), "-"
        else:
            verdict, diagnosis = str(first.failed.get(name, {}).get("status", "?")), first.category(name)
            wanted, category = BROKEN[name]
            right = diagnosis.startswith(category) and (verdict == wanted or category == "dns.")
            right = right and one.get("changed") == 0 and two.get("changed") == 0
        fine = fine and right
        mark = "" if right else "   <- not what the demo expects"
        say(f"{name:<20} {verdict:<13} {diagnosis:<24} {changed[0]:<10} {changed[1]:<10}{mark}")
    refused = {protocol: post.refused[f"sales02@{DOMAIN}", protocol] for protocol in ("smtp", "imap")}
    again = second.category("wrong_password")
    fine = fine and again == "secret.refused_before" and max(refused.values()) == 1
    say()
    say("How often the servers saw the wrong password in two runs, so that repeated runs don't lock accounts:")
    say(f"  SMTP {refused['smtp']}, IMAP {refused['imap']}. What the second run said: {again}")
    say()
    say(
        f"ansible-playbook ended with {first.code} and then {second.code}. It ends with 2 when a host failed; the other"
    )
    say("hosts are proved all the same. To stop a deployment on a broken mailbox, that exit code is all it takes.")
    say(f"The runs took {first.seconds:.0f} s and {second.seconds:.0f} s. Inventory and logs are in .cache/demo/run.")
    return fine


def main() -> int:
    """Run the demonstration."""
    signal.signal(signal.SIGTERM, lambda *_unused: sys.exit(143))
    # A shell that starts the demo in the background makes it ignore Ctrl-C; its servers should stop all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    say("This demo starts SMTP and IMAP servers on 127.0.0.1, writes an inventory of twelve mailboxes (four work,")
    say("eight are broken, each in its own way), and runs ansible-playbook over it twice. It needs no root, changes")
    say("nothing outside .cache/demo, and stops what it started.")
    demo = Demo()
    with ExitStack() as stack:
        heading("Install the collection")
        demo.install()

        heading("Start mail servers and store the app passwords")
        authority = Authority(RUN)
        users = ["sales01", "support", "newsletter", *(f"sales0{number}" for number in range(2, 10))]
        passwords = {user: secrets.token_urlsafe(12) for user in users}
        post = Post(DOMAIN, {f"{user}@{DOMAIN}": password for user, password in passwords.items()},
                    frozenset({f"sales03@{DOMAIN}"}))  # fmt: skip
        servers = Servers(post, authority.server_context("good"), authority.server_context("expired", expired=True))
        stack.callback(servers.stop)
        servers.start()
        say("Servers listen on 127.0.0.1: " + ", ".join(f"{name} {port}" for name, port in servers.ports.items()))
        place = vaults.choose(RUN, BIN)
        if not place.uses_environment:
            demo.forget_vault()
        stack.callback(place.remove)
        declared = place.store(passwords | {"sales02": secrets.token_urlsafe(12)})
        say(f"The app passwords lie in {place.what}.")
        demo.write_inventory(servers, authority.ca_file, declared)
        variables = RUN / "variables.json"
        stack.callback(variables.unlink, missing_ok=True)
        variables.touch(mode=0o600)
        variables.write_text(json.dumps({"demo_registry": str(RUN / "registry.sqlite3"), **place.variables}))
        arguments = [*place.arguments, "--extra-vars", f"@{variables}"]

        heading("First run: ansible-playbook demo/play.yml. Eight mailboxes fail, as they should")
        say("Of a failed result only the message is shown here; all of it is in .cache/demo/run/first.log.")
        first = demo.play("first", arguments, quiet=False)
        heading("Second run, the same command (only its recap is shown): what is registered stays as it is")
        second = demo.play("second", arguments, quiet=True)

        heading("Summary")
        fine = summarise(first, second, post)
    say("\nEverything that the demo started is stopped." if fine else "\nThe demo did not come to what it should show.")
    return 0 if fine else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
