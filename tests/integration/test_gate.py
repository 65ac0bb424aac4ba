# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A deployment behind the gate runs when the policy holds and not otherwise, however Ansible is called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from declared import mailbox
from gated import SECRET, Trap, User
from lab import Lab

WHOLE = {"web1", "web2"}


@pytest.fixture
def trap() -> Iterator[Trap]:
    opened = Trap()
    yield opened
    opened.close()


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User(tmp_path)


def one(trap: Trap, name: str = "sales01", **changes: Any) -> dict[str, Any]:
    """A mailbox whose server would notice any packet."""
    service = {"host": "127.0.0.1", "port": trap.port, "security": "tls"}
    declared = {"email": f"{name}@acme.example", "protocols": ["smtp"], "secret": {"password": SECRET}, "smtp": service}
    return {name: {**declared, **changes}}


def text_of(trap: Trap) -> str:
    """The same as a text, to be spoilt."""
    return (
        "plugin: mailops.mailbox.mailboxes\n"
        "mailboxes:\n"
        f"  support: {{email: support@acme.example, protocols: [smtp], secret: {{password: {SECRET}}},\n"
        f"    smtp: {{host: 127.0.0.1, port: {trap.port}, security: tls}}}}\n"
    )


# What is done to the text of a file of mailboxes, and what the run has to say then.
SPOILT = {
    "a key of a mailbox": (("email:", "emial:"), "emial: is not a known key. Did you mean email?"),
    "a key of the file": (("mailboxes:\n", "mailboxe:\n"), "mailboxe: is not a known key"),
    "the key plugin": (("plugin:", "plugn:"), "says plugn: mailops.mailbox.mailboxes and gave no host"),
    "the name of the plugin": (("mailboxes\n", "mailboxs\n"), "it has to be plugin: mailops.mailbox.mailboxes"),
    "the syntax": (("}}\n", "}\n"), "is not YAML from line"),
    "a template": (("support@acme.example", '"{{ nowhere_set }}"'), "'nowhere_set' is undefined"),
    "all mailboxes": (("  support", "  #support"), None),
}
BESIDE = [*SPOILT, "missing", "dangling", "empty", "comments", "a comma"]


def spoil(user: User, trap: Trap, how: str) -> tuple[str, str]:
    """Write a file that is spoilt; return its name and what the run has to say."""
    if how == "missing":
        return "nosuch.yml", "nosuch.yml does not exist"
    if how == "dangling":
        (user.folder / "spoilt.yml").symlink_to("nowhere.yml")
        return "spoilt.yml", "is a link to a file that does not exist"
    if how == "empty":
        return user.write("spoilt.yml", ""), "spoilt.yml is empty"
    if how == "comments":
        return user.write("mailboxes.yml", "# support: {}\n"), "mailboxes.yml is empty"
    if how == "a comma":
        return f"{user.write('spoilt.yml', text_of(trap))},", "so spoilt.yml in it was not read as an inventory"
    (old, new), said = SPOILT[how]
    text = text_of(trap)
    assert old in text
    if how == "all mailboxes":
        text, said = text[: text.index("  support")], "There is no mailbox in it"
    return user.write("spoilt.yml", text.replace(old, new, 1)), said


@pytest.mark.smoke
@pytest.mark.parametrize("how", BESIDE)
def test_what_is_wrong_beside_a_good_inventory_stops_the_run_before_a_packet(user: User, trap: Trap, how: str) -> None:
    spoilt, said = spoil(user, trap, how)
    user.mailboxes(one(trap))
    done = user.run(user.deployment(), "-i", "mail.yml", "-i", spoilt, "-i", "web.ini")
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in " ".join(done.stdout.split())
    assert "nothing was sent to any server" in done.stdout
    assert SECRET not in done.stdout
    assert "sales01" not in done.stdout.partition("PLAY RECAP")[0]
    assert trap.count == 0
    assert user.deployed == set()


def test_a_slip_in_group_variables_stops_the_run_before_a_packet(user: User, trap: Trap) -> None:
    user.mailboxes(one(trap))
    user.write("group_vars/all.yml", 'mailbox_defaults: {probe: {timeout: "{{ nowhere_set }}"}}\n')
    done = user.run(user.deployment(), "-i", "mail.yml", "-i", "web.ini")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "mailbox: can't be rendered: 'nowhere_set' is undefined" in " ".join(done.stdout.split())
    assert trap.count == 0
    user.write("group_vars/all.yml", 'mailbox_defaults: "{{ nowhere_set }}"\n')
    assert "'nowhere_set' is undefined" in user.run("mailops.mailbox.gate", "-i", "mail.yml").stdout
    assert trap.count == 0


@pytest.mark.parametrize("how", ["the key plugin", "the syntax", "all mailboxes"])
def test_what_is_wrong_alone_stops_the_run(user: User, trap: Trap, how: str) -> None:
    spoilt, said = spoil(user, trap, how)
    done = user.run(user.deployment(), "-i", spoilt)
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("playbook", "how"), [("verify", "a key of a mailbox"), ("verify", "missing"), ("provision", "the syntax")]
)
def test_verify_and_provision_refuse_alike(user: User, trap: Trap, how: str, playbook: str) -> None:
    spoilt, said = spoil(user, trap, how)
    user.mailboxes(one(trap))
    done = user.run(f"mailops.mailbox.{playbook}", "-i", "mail.yml", "-i", spoilt, "-i", "web.ini")
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in " ".join(done.stdout.split())
    assert trap.count == 0


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("playbook", "inventory", "flags"),
    [
        ("gate", "empty.ini", ()),
        ("gate", "web.ini", ("--limit", "web1")),
        ("gate", "nosuch.ini", ("--limit", "web1")),
        ("verify", "empty.ini", ("--limit", "web1")),
        ("verify", "nosuch.ini", ()),
        ("provision", "web.ini", ()),
    ],
)
def test_no_mailbox_is_a_failure(user: User, playbook: str, inventory: str, flags: tuple[str, ...]) -> None:
    user.write("empty.ini", "")
    done = user.run(f"mailops.mailbox.{playbook}", "-i", inventory, *flags)
    assert done.returncode != 0, done.stdout + done.stderr
    if flags and inventory != "web.ini":
        assert "The inventory is empty" in done.stderr
    else:
        assert "There are no mailboxes" in done.stdout or "was not read" in done.stdout


def test_a_file_in_a_folder_of_inventories(user: User, trap: Trap) -> None:
    user.mailboxes(one(trap), "inventory/a.yml")
    user.write("inventory/b.yml", text_of(trap).replace("}}", "}", 1))
    user.write("inventory/group_vars/all.yml", "gate_max_failures: 9\n")
    done = user.run("mailops.mailbox.gate", "-i", "inventory")
    assert done.returncode == 2
    assert "inventory/b.yml" in done.stdout
    assert trap.count == 0


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("header", "became"),
    [("id,email,password", "a host of each line"), ("id,email,From Name", "nothing")],
)
def test_a_spreadsheet_that_is_no_source_of_a_file_stops_the_run(
    user: User, trap: Trap, header: str, became: str
) -> None:
    user.mailboxes(one(trap))
    row = f"sales02,sales02@acme.example,{SECRET}"
    user.write("export.csv", f"{header}\n{row}\n")
    listed = user.run("-i", "export.csv", "--list", program="ansible-inventory").stdout
    assert (row in listed) is (became == "a host of each line")
    done = user.run("mailops.mailbox.gate", "-i", "mail.yml", "-i", "export.csv")
    assert done.returncode == 2
    assert "export.csv, because it is a spreadsheet. Name it as source:" in " ".join(done.stdout.split())
    assert trap.count == 0


@pytest.mark.smoke
def test_a_spreadsheet_that_the_plugin_reads_is_a_source(user: User, trap: Trap) -> None:
    user.mailboxes(one(trap))
    user.write("ansible.cfg", "[inventory]\nenable_plugins = mailops.mailbox.mailboxes, auto, yaml, ini\n")
    header = "id,email,password,protocols,smtp.host,smtp.port,smtp.security"
    user.write("export.csv", f"{header}\nsales02,sales02@acme.example,{SECRET},smtp,127.0.0.1,{trap.port},tls\n")
    set_ = '{"gate_pace": {"retries": 0}}'
    done = user.run("mailops.mailbox.gate", "-i", "mail.yml", "-i", "export.csv", "-e", set_)
    assert "of 2 mailboxes work" in done.stdout
    assert "it is a spreadsheet" not in " ".join(done.stdout.split())
    assert trap.count > 0


def test_a_mailbox_with_the_name_of_a_later_group_stops_the_run_before_a_packet(user: User, trap: Trap) -> None:
    user.mailboxes(one(trap, "web"))
    isolated = {"gate_on_invalid": "isolate", "gate_max_failures": 9}
    done = user.run(user.deployment(isolated), "-i", "mail.yml", "-i", "web.ini")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "web is the name of a mailbox and of a group of other hosts" in " ".join(done.stdout.split())
    assert trap.count == 0
    assert user.deployed == set()


def test_isolated_an_unread_source_stops_the_gate_after_the_probes(user: User, trap: Trap) -> None:
    user.mailboxes(one(trap))
    set_ = '{"gate_on_invalid": "isolate", "gate_max_failures": 9, "gate_pace": {"retries": 0}}'
    command = ("mailops.mailbox.gate", "-i", "mail.yml", "-e", set_)
    done = user.run(*command, "-i", "nosuch.yml")
    assert trap.count > 0
    assert done.returncode == 2, done.stdout
    assert "nosuch.yml does not exist" in " ".join(done.stdout.split())
    done = user.run(*command)
    assert done.returncode == 0, done.stdout


UNKNOWN = {
    "a source": {"source": "nosuch.csv"},
    "a key": {"mailboxe": {}},
    "a quote": {"source": "lists/open.csv"},
}


@pytest.mark.parametrize("how", UNKNOWN)
def test_isolated_no_limit_makes_up_for_mailboxes_that_nobody_knows(user: User, trap: Trap, how: str) -> None:
    user.write("lists/open.csv", 'email,name\na@acme.example,"x\nb@acme.example,y\n')
    user.mailboxes(one(trap), **UNKNOWN[how])
    set_ = {"gate_on_invalid": "isolate", "gate_max_failures": 9, "gate_pace": {"retries": 0}}
    command = ("mailops.mailbox.gate", "-i", "mail.yml", "-e", json.dumps(set_))
    done = user.run(*command)
    assert trap.count > 0
    assert done.returncode == 2, done.stdout
    assert "It is not known which mailboxes are missing because of" in " ".join(done.stdout.split())
    done = user.run(*command, "--limit", "sales01")
    assert done.returncode == 0, done.stdout


STRAYED = {
    "a key": (lambda trap: one(trap, "s3", tag=["outreach"]), {}),
    "a row": (lambda trap: {}, {"source": "lists/wide.csv"}),
}


@pytest.mark.smoke
@pytest.mark.parametrize("how", STRAYED)
def test_a_mailbox_whose_group_cant_be_told_stops_the_gate_for_a_group(user: User, trap: Trap, how: str) -> None:
    user.write("lists/wide.csv", "id,email,tags\ns3,s3@acme.example,x,outreach\n")
    declared, more = STRAYED[how]
    user.mailboxes({**one(trap, tags=["outreach"]), **declared(trap)}, **more)
    name = "s3" if how == "a key" else "wide.csv_line_2"
    command = (user.deployment({"gate_group": "tag_outreach"}), "-i", "mail.yml", "-i", "web.ini")
    guard = {"hosts": "tag_outreach", "gather_facts": False, "any_errors_fatal": True, "max_fail_percentage": 0}
    own = [{**guard, "roles": [{"role": "mailops.mailbox.gate"}]}, user.deploying("web")]
    for arguments in (command, (*command, "--limit", "web1"), (user.write("own.yml", own), *command[1:])):
        done = user.run(*arguments)
        assert done.returncode == 2, done.stdout + done.stderr
        assert f"It is not known whether {name} belongs here, because of" in " ".join(done.stdout.split())
        assert (trap.count, user.deployed) == (0, set())
    isolated = ("-e", json.dumps({"gate_on_invalid": "isolate", "gate_max_failures": 9}))
    done = user.run(*command, *isolated)
    assert done.returncode == 2, done.stdout + done.stderr
    assert trap.count > 0
    # Who names mailboxes means these, and who gates all has the verdict of each.
    assert user.run(*command, *isolated, "--limit", "web1,sales01").returncode == 0
    assert user.run(*command, *isolated, "-e", "gate_group=mailboxes").returncode == 0


def test_a_limit_of_machines_narrows_no_mailboxes(user: User, trap: Trap) -> None:
    user.write("lists/eu.csv", "id,email\ns2,s2@acme.example\n")
    (user.folder / "lists/us.csv").write_bytes("id,email\ns3,s3@acme.example\n".encode("utf-16"))
    user.mailboxes(one(trap, tags=["outreach"]), source=["lists/eu.csv", "lists/us.csv"])
    gate = {"gate_group": "tag_outreach", "gate_on_invalid": "isolate", "gate_max_failures": 9}
    command = (user.deployment(gate), "-i", "mail.yml", "-i", "web.ini")
    for limit in ((), ("--limit", "web1"), ("--limit", "all")):
        done = user.run(*command, *limit)
        assert done.returncode == 2, done.stdout + done.stderr
        assert "us.csv, line 1: The file is UTF-16" in " ".join(done.stdout.split())
        assert user.deployed == set()
    assert user.run(*command, "--limit", "web1,tag_outreach").returncode == 0
    assert user.deployed == {"web1"}


@pytest.mark.parametrize("playbook", ["verify", "provision"])
def test_isolated_an_unread_source_fails_beside_the_verdicts(user: User, trap: Trap, playbook: str) -> None:
    user.mailboxes(one(trap))
    isolated = json.dumps({f"{playbook}_on_invalid": "isolate", f"{playbook}_pace": {"retries": 0}})
    done = user.run(f"mailops.mailbox.{playbook}", "-i", "mail.yml", "-i", "nosuch.yml", "-e", isolated)
    assert trap.count > 0
    assert done.returncode == 2
    assert "nosuch.yml does not exist" in " ".join(done.stdout.split())


class Deployment:
    """A deployment that needs one mailbox that works and one that, when asked, doesn't."""

    def __init__(self, user: User, lab: Lab) -> None:
        self.user = user
        self.good = mailbox(lab, "sales05@acme.test", secret={"password": "correct-Horse+42 staple"})
        self.bad = {
            **self.good,
            "email": "sales06@acme.test",
            "imap": {"host": "127.0.0.1", "port": 1, "security": "tls"},
        }

    def run(self, *flags: str, broken: bool, **variables: str) -> set[str]:
        second = self.bad if broken else {**self.good, "email": "sales06@acme.test"}
        self.user.mailboxes({"first": self.good, "second": second})
        done = self.user.run(self.user.deployment(), "-i", "mail.yml", "-i", "web.ini", *flags, **variables)
        self.said = done.stdout
        deployed = self.user.deployed
        assert (done.returncode == 0) is bool(deployed), done.stdout + done.stderr
        return deployed


@pytest.fixture
def deployment(user: User, lab: Lab) -> Deployment:
    return Deployment(user, lab)


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("flags", "variables"),
    [
        ((), {}),
        (("--check",), {}),
        (("--tags", "deploy"), {}),
        (("--limit", "web1"), {}),
        ((), {"ANSIBLE_STRATEGY": "free"}),
    ],
)
def test_a_deployment_runs_when_the_policy_holds_and_only_then(
    deployment: Deployment, flags: tuple[str, ...], variables: dict[str, str]
) -> None:
    hosts = {"web1"} if "--limit" in flags else WHOLE
    assert deployment.run(*flags, broken=False, **variables) == hosts, deployment.said
    assert deployment.run(*flags, broken=True, **variables) == set(), deployment.said
    assert "1 mailbox of 2 does not work, and none may: second" in " ".join(deployment.said.split())
    assert "Nothing listens for IMAP at 127.0.0.1 port 1" in deployment.said
    assert ("All results in full: " in deployment.said) is ("--check" not in flags)
    assert "\\nAll results" not in deployment.said


def test_the_limit_may_name_the_mailboxes_that_count(deployment: Deployment) -> None:
    assert deployment.run("--limit", "web1,first", broken=True) == {"web1"}
    assert deployment.run("--limit", "web1,second", broken=True) == set()


@pytest.mark.smoke
def test_a_limit_that_names_a_mailbox_by_accident_is_told(user: User, trap: Trap) -> None:
    user.mailboxes({**one(trap, "webmaster"), **one(trap), **one(trap, "support")})
    command = (user.deployment({"gate_max_failures": 9}), "-i", "mail.yml", "-i", "web.ini")
    done = user.run(*command, "--limit", "web*")
    assert done.returncode == 0, done.stdout + done.stderr
    said = "Only 1 of 3 mailboxes are judged, because of --limit web*: webmaster."
    assert said in " ".join(done.stdout.split())
    for flags in ((), ("--limit", "web1"), ("--limit", "web1,mailboxes")):
        assert "are judged" not in user.run(*command, *flags).stdout


def test_limits_of_the_policy(deployment: Deployment) -> None:
    assert deployment.run("-e", "gate_max_failures=1", broken=True) == WHOLE
    assert deployment.run("-e", "gate_max_failures=0", "-e", "gate_max_failure_percent=90", broken=True) == set()
    several = '{"gate_max_failures": 1, "gate_required": ["second"], "gate_min_capacity": 10}'
    assert deployment.run("-e", several, broken=True) == set()
    assert "second is required and does not work" in deployment.said
    assert "may send 0 messages a day, and 10 are needed" in " ".join(deployment.said.split())
    assert deployment.run("-e", "gate_max_failures=few", broken=False) == set()


def test_a_gate_on_the_command_line_before_the_deployment(user: User, trap: Trap) -> None:
    user.mailboxes(one(trap))
    user.write("deploy.yml", [user.deploying("web")])
    done = user.run("mailops.mailbox.gate", "deploy.yml", "-i", "mail.yml", "-i", "web.ini")
    assert done.returncode == 2
    assert trap.count > 0
    assert user.deployed == set()


@pytest.mark.smoke
def test_a_closed_gate_stops_the_run_where_a_host_of_its_play_had_failed_before(user: User, trap: Trap) -> None:
    user.mailboxes(one(trap))
    failed = {"ansible.builtin.fail": {"msg": "earlier"}, "when": "inventory_hostname == 'web1'"}
    before = {"hosts": "web", "gather_facts": False, "tasks": [failed]}
    guard = {"hosts": "web", "gather_facts": False, "any_errors_fatal": True, "max_fail_percentage": 0}
    role = {"role": "mailops.mailbox.gate", "vars": {"gate_pace": {"retries": 0}}}
    plays = [before, {**guard, "roles": [role]}, user.deploying("localhost")]
    done = user.run(user.write("site.yml", plays), "-i", "mail.yml", "-i", "web.ini")
    assert done.returncode == 2
    assert "Close the gate" in done.stdout
    assert trap.count == 1
    assert user.deployed == set()
    # It is the gate that stops, and not the host that had failed.
    done = user.run("site.yml", "-i", "mail.yml", "-i", "web.ini", "-e", "gate_max_failures=1")
    assert user.deployed == {"localhost"}, done.stdout


@pytest.mark.smoke
def test_in_a_play_with_serial_the_gate_refuses(user: User, trap: Trap) -> None:
    user.mailboxes(one(trap))
    play = user.deploying("web", serial=1, roles=[{"role": "mailops.mailbox.gate"}])
    done = user.run(user.write("site.yml", [play]), "-i", "mail.yml", "-i", "web.ini")
    assert done.returncode == 2
    assert "import_playbook: mailops.mailbox.gate" in " ".join(done.stdout.split())
    assert trap.count == 0
    assert user.deployed == set()
    # The tasks of the deployment are asked for alone.
    assert user.run("site.yml", "-i", "mail.yml", "-i", "web.ini", "--tags", "deploy").returncode == 2
    assert user.deployed == set()


def test_in_a_play_with_strategy_free_nothing_passes_a_closed_gate(user: User, trap: Trap) -> None:
    user.mailboxes(one(trap))
    play = user.deploying("web", roles=[{"role": "mailops.mailbox.gate", "vars": {"gate_pace": {"retries": 0}}}])
    done = user.run(user.write("site.yml", [play]), "-i", "mail.yml", "-i", "web.ini", ANSIBLE_STRATEGY="free")
    assert done.returncode == 2
    assert "strategy: linear" in " ".join((done.stdout + done.stderr).split())
    assert trap.count == 1
    assert user.deployed == set()
