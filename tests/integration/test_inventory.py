# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of mailboxes become hosts, and what is wrong with them does, too."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from plays import environment

HEAD = """\
plugin: mailops.mailbox.mailboxes
defaults:
  smtp: {host: smtp.gmail.com, port: 465}
  imap: {host: imap.acme.example}
  probe: {timeout: 60, depth: auth}
mailboxes:
"""
GOOD = """\
  sales01:
    email: sales01@acme.example
    secret: {password: "{{ sales_password }}"}
    tags: [outreach]
    probe: {depth: sender}
"""


pytestmark = pytest.mark.smoke


def run(folder: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).parent / program), *arguments],
        env=environment(folder / "home") | {"ANSIBLE_CALLBACK_RESULT_FORMAT": "json"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def listed(folder: Path, text: str) -> dict[str, Any]:
    (folder / "mailboxes.yml").write_text(text)
    done = run(folder, "ansible-inventory", "-i", "mailboxes.yml", "--list", "-e", "sales_password=x")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def hosts(inventory: dict[str, Any], group: str) -> set[str]:
    return set(inventory.get(group, {}).get("hosts", ()))


def plain(value: Any) -> Any:
    return value["__ansible_unsafe"] if isinstance(value, dict) and "__ansible_unsafe" in value else value


def errors(inventory: dict[str, Any], host: str) -> list[tuple[Any, Any]]:
    found = inventory["_meta"]["hostvars"][host]["mailbox_error"]
    return [(plain(entry["line"]), plain(entry["key"])) for entry in found]


def test_a_mailbox_is_a_local_host_in_its_groups(tmp_path: Path) -> None:
    inventory = listed(tmp_path, HEAD + GOOD)
    for group in ("mailboxes", "provider_gmail", "domain_acme_example", "tag_outreach"):
        assert hosts(inventory, group) == {"sales01"}
    assert not hosts(inventory, "mailboxes_invalid")
    assert plain(inventory["_meta"]["hostvars"]["sales01"]["ansible_connection"]) == "local"


LAYERED = """\
plugin: mailops.mailbox.mailboxes
defaults: {imap: {host: imap.acme.example}, smtp: {host: smtp.acme.example}, probe: {timeout: 10, depth: sender}}
tags: {x: {probe: {timeout: 11}}, z: {probe: {timeout: 12}}}
mailboxes:
  any: {email: any@other.example, tags: [z]}
  provider: {email: provider@other.example, smtp: {host: smtp.gmail.com}}
  domain: {email: domain@acme.example, smtp: {host: smtp.gmail.com}}
  tag: {email: tag@acme.example, smtp: {host: smtp.gmail.com}, tags: [x]}
  host: {email: host@acme.example, smtp: {host: smtp.gmail.com}, tags: [x]}
  own: {email: own@acme.example, smtp: {host: smtp.gmail.com}, tags: [x], probe: {timeout: 19}}
  built: {email: built@acme.example, tags: [x, y]}
"""
NEAREST = {
    "group_vars/all": 13, "group_vars/mailboxes": 14, "group_vars/provider_gmail": 15,
    "group_vars/domain_acme_example": 16, "group_vars/tag_x": 17, "host_vars/host": 18, "host_vars/own": 18,
}  # fmt: skip
PRINT = """
- hosts: mailboxes
  gather_facts: false
  tasks:
    - ansible.builtin.copy:
        content: "{{ mailbox | to_json }}"
        dest: "{{ playbook_dir }}/{{ inventory_hostname }}.json"
        mode: "0600"
"""


def test_group_variables_stand_between_the_file_and_the_mailbox_and_the_nearest_is_the_one(tmp_path: Path) -> None:
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "host_vars").mkdir()
    for name, timeout in NEAREST.items():
        (tmp_path / f"{name}.yml").write_text(f"mailbox_defaults: {{probe: {{timeout: {timeout}}}}}\n")
    with (tmp_path / "group_vars" / "all.yml").open("a") as file:
        file.write("fleet_defaults: {probe: {auth_order: serial}}\n")
    (tmp_path / "group_vars" / "tag_y.yml").write_text(
        "mailbox_defaults: \"{{ fleet_defaults | combine({'probe': {'timeout': 20}}, recursive=true) }}\"\n"
    )
    (tmp_path / "mailboxes.yml").write_text(LAYERED)
    (tmp_path / "play.yml").write_text(PRINT)
    done = run(tmp_path, "ansible-playbook", "-i", "mailboxes.yml", "play.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    probes = {path.stem: json.loads(path.read_text())["probe"] for path in tmp_path.glob("*.json")}
    assert {name: probe["timeout"] for name, probe in probes.items()} == {
        "any": 14, "provider": 15, "domain": 16, "tag": 17, "host": 18, "own": 19, "built": 20,
    }  # fmt: skip
    assert {probe["depth"] for probe in probes.values()} == {"sender"}
    assert [name for name, probe in probes.items() if "auth_order" in probe] == ["built"]
    shown = json.loads(run(tmp_path, "ansible-inventory", "-i", "mailboxes.yml", "--host", "tag").stdout)
    assert shown["mailbox_defaults"] == {"probe": {"timeout": 17}}
    assert plain(shown["mailbox_file"]["path"]) == str(tmp_path / "mailboxes.yml")


def test_empty_defaults_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "all.yml").write_text("mailbox_defaults:\n")
    (tmp_path / "mailboxes.yml").write_text(LAYERED)
    done = run(
        tmp_path, "ansible", "any", "-i", "mailboxes.yml", "-m", "debug", "-a", "msg={{ mailbox.probe.timeout }}/"
    )
    assert "12/" in done.stdout, done.stdout + done.stderr


def test_two_files_with_the_same_mailbox_make_it_wrong_in_both(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(HEAD + GOOD + "  first: {email: first@acme.example, tags: [x]}\n")
    (tmp_path / "b.yml").write_text(
        HEAD + GOOD + "  second: {email: FIRST@acme.example}\n  web01: {email: w@acme.example}\n"
    )
    (tmp_path / "c.yml").write_text("all: {hosts: {web01: {ansible_host: 192.0.2.1}}}\n")
    files = (argument for name in "cab" for argument in ("-i", f"{name}.yml"))
    inventory = json.loads(run(tmp_path, "ansible-inventory", *files, "--list").stdout)
    doubles = {"sales01", "first", "second", "sales01_b.yml_line_7"}
    assert hosts(inventory, "mailboxes_invalid") == {*doubles, "web01_b.yml_line_13"}
    assert errors(inventory, "sales01") == [(7, "id")]
    assert errors(inventory, "first") == [(12, "email")]
    assert errors(inventory, "second") == [(12, "email")]
    variables = inventory["_meta"]["hostvars"]
    assert not [name for name in doubles if "mailbox" in variables[name]]
    assert set(variables["web01"]) == {"ansible_host"}


def test_ids_of_two_files_that_differ_only_in_case_are_wrong_in_both(tmp_path: Path) -> None:
    """As in one file: people take them for one."""
    (tmp_path / "a.yml").write_text(HEAD + GOOD)
    (tmp_path / "b.yml").write_text(HEAD + "  Sales01: {email: other@acme.example}\n")
    inventory = json.loads(run(tmp_path, "ansible-inventory", "-i", "a.yml", "-i", "b.yml", "--list").stdout)
    assert hosts(inventory, "mailboxes_invalid") == {"sales01", "Sales01"}
    assert errors(inventory, "sales01") == [(7, "id")]
    assert errors(inventory, "Sales01") == [(7, "id")]


def test_a_file_that_is_given_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory/mailboxes.yml").write_text(HEAD + GOOD)
    for sources in (["inventory", "inventory/mailboxes.yml"], ["inventory/mailboxes.yml"] * 2):
        arguments = [part for source in sources for part in ("-i", source)]
        inventory = json.loads(run(tmp_path, "ansible-inventory", *arguments, "--list").stdout)
        assert hosts(inventory, "mailboxes") == {"sales01"}
        assert hosts(inventory, "mailboxes_invalid") == set()


def test_two_files_of_the_same_name_keep_all_that_is_wrong(tmp_path: Path) -> None:
    for folder in ("eu", "us"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "boxes.yml").write_text(
            HEAD + f"  - {{email: a@{folder}.example}}\n  - {{daily_limit: x}}\n"
        )
    inventory, _said = in_order(tmp_path, "eu/boxes.yml", "us/boxes.yml")
    wrong = hosts(inventory, "mailboxes_invalid")
    assert wrong == {"boxes.yml_line_8", "boxes.yml_line_8_2"}
    assert all(errors(inventory, host) == [(8, "daily_limit"), (8, "email")] for host in wrong)
    assert {"a@eu.example", "a@us.example"} < hosts(inventory, "mailboxes")


def test_an_enabled_plugin_leaves_other_inventories_alone_and_opens_encrypted_ones(tmp_path: Path) -> None:
    (tmp_path / "ansible.cfg").write_text("[inventory]\nenable_plugins = mailops.mailbox.mailboxes, auto, yaml, ini\n")
    (tmp_path / "mailboxes.yml").write_text("mailboxes: {vars: {a: 1}, hosts: {static: {mailbox: {}}}}\n")
    (tmp_path / "fleet.yml").write_text(HEAD + GOOD)
    (tmp_path / "pass").write_text("throw-away\n")
    run(tmp_path, "ansible-vault", "encrypt", "--vault-password-file", "pass", "fleet.yml")
    for files in (("-i", "mailboxes.yml", "-i", "fleet.yml"), ("-i", "fleet.yml", "-i", "mailboxes.yml")):
        done = run(tmp_path, "ansible-inventory", *files, "--vault-password-file", "pass", "--list")
        inventory = json.loads(done.stdout)
        assert hosts(inventory, "mailboxes") == {"static", "sales01"}
        assert not hosts(inventory, "mailboxes_invalid")
        assert "parse" not in done.stderr
    (tmp_path / "ansible.cfg").unlink()
    done = run(tmp_path, "ansible-inventory", "-i", "fleet.yml", "--vault-password-file", "pass", "--list")
    assert hosts(json.loads(done.stdout), "mailboxes") == {"sales01"}


def test_constructed_groups_and_limits_with_a_wrong_mailbox(tmp_path: Path) -> None:
    (tmp_path / "mailboxes.yml").write_text(
        HEAD + GOOD + "  bad: {email: bad@acme.example, tags: [outreach], imap: {prot: 1}}\n"
        "compose: {limit: mailbox.daily_limit | default(20)}\n"
        "groups: {careful: mailbox.probe.depth == 'sender'}\n"
        "keyed_groups: [{key: mailbox.probe.depth, prefix: depth, parent_group: mailboxes}]\n"
    )
    inventory = json.loads(run(tmp_path, "ansible-inventory", "-i", "mailboxes.yml", "--list").stdout)
    assert hosts(inventory, "careful") == hosts(inventory, "depth_sender") == {"sales01"}
    assert str(inventory["_meta"]["hostvars"]["sales01"]["limit"]) == "20"
    assert inventory["_meta"]["hostvars"]["bad"]["mailbox_error"][0]["unsorted"]
    done = run(tmp_path, "ansible", "mailboxes", "-i", "mailboxes.yml", "--limit", "tag_outreach", "--list-hosts")
    assert sorted(done.stdout.split()[-2:]) == ["bad", "sales01"]


WRONG = """\
  bad: {email: bad@acme.example,
    smtp: {prot: 3}}
  limit:
    email: limit@acme.example
    daily_limit: many
  text: hello
  double:
    email: LIMIT@acme.example
  localhost: {email: local@acme.example}
  sales01: {email: sales01@acme.example}
"""


def test_a_wrong_declaration_does_not_vanish(tmp_path: Path) -> None:
    inventory = listed(tmp_path, HEAD + GOOD + WRONG)
    places = {
        "bad": (13, "smtp.prot"), "limit": (16, "daily_limit"), "text": (17, ""), "double": (19, "email"),
        "mailboxes.yml_line_20": (20, "id"), "sales01": (21, "sales01"),
    }  # fmt: skip
    assert hosts(inventory, "mailboxes_invalid") == hosts(inventory, "mailboxes") == set(places)
    for host, wrong in places.items():
        assert wrong in errors(inventory, host)
        assert plain(inventory["_meta"]["hostvars"][host]["ansible_connection"]) == "local"


@pytest.mark.parametrize("text", [HEAD, "plugin: mailops.mailbox.mailboxes\n", HEAD + GOOD + "mailboxe: {}\n"])
def test_a_file_without_use_is_an_invalid_host(tmp_path: Path, text: str) -> None:
    inventory = listed(tmp_path, text)
    assert hosts(inventory, "mailboxes_invalid") == {"mailboxes.yml"}


def test_section_7_8_a_mailbox_is_never_logged_in_to_as_a_machine(tmp_path: Path) -> None:
    text = HEAD + GOOD + "  user@acme.example: {emial: user@acme.example}\n"
    inventory = listed(tmp_path, text)
    for host in ("sales01", "user@acme.example"):
        assert plain(inventory["_meta"]["hostvars"][host]["ansible_connection"]) == "local"
    assert "user@acme.example" in hosts(inventory, "mailboxes_invalid")


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ("keyed_groups: {key: x}\ncompose: [x]\ngroups: foo\nstrict: maybe", "mailboxes.yml"),
        ("groups: {1: 'true'}", "sales01"),
    ],
)
def test_wrong_options_of_constructed_lose_no_file(tmp_path: Path, options: str, wrong: str) -> None:
    inventory = listed(tmp_path, HEAD + GOOD + options)
    assert hosts(inventory, "mailboxes_invalid") == {wrong}
    assert hosts(inventory, "mailboxes") == {"sales01", wrong}
    expected = (
        [(15, "strict"), (13, "compose"), (14, "groups"), (12, "keyed_groups")] if wrong != "sales01" else [(7, "")]
    )
    assert sorted(errors(inventory, wrong)) == sorted(expected)


def test_constructed_groups_see_no_secret_and_their_failure_quotes_none(tmp_path: Path) -> None:
    secret = "smtp: {secret: {password: open-Sesame}}"
    grouping = "strict: true\nkeyed_groups: [{key: mailbox.smtp.secret.password, prefix: leak}]\n"
    inventory = listed(tmp_path, HEAD + GOOD + f"    {secret}\n" + grouping)
    assert hosts(inventory, "mailboxes_invalid") == {"sales01"}
    assert "open-Sesame" not in json.dumps(inventory)


def test_an_address_that_no_password_opens_is_left_to_the_run(tmp_path: Path) -> None:
    closed = "!vault |\n      $ANSIBLE_VAULT;1.1;AES256\n      3030\n"
    (tmp_path / "mailboxes.yml").write_text(HEAD + GOOD + f"  closed:\n    email: {closed}")
    found = run(tmp_path, "ansible", "mailboxes:!mailboxes_invalid", "-i", "mailboxes.yml", "--list-hosts").stdout
    assert set(found.split()[2:]) == {"sales01", "closed"}


def test_an_encrypted_value_is_left_to_the_run(tmp_path: Path) -> None:
    (tmp_path / "pass").write_text("throw-away\n")
    made = subprocess.run(
        [
            str(Path(sys.executable).parent / "ansible-vault"),
            "encrypt_string",
            "--vault-password-file",
            "pass",
            "--stdin-name",
            "password",
        ],
        input="open-Sesame",
        env=environment(tmp_path / "home"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    value = "\n".join("        " + line for line in made.strip().splitlines())
    text = (
        HEAD
        + "  sales01:\n    email: sales01@acme.example\n    secret:\n"
        + value.replace("        password:", "      password:", 1)
    )
    (tmp_path / "mailboxes.yml").write_text(text + "\n")
    done = run(
        tmp_path, "ansible", "sales01", "-i", "mailboxes.yml", "--vault-password-file", "pass", "-m", "debug",
        "-a", "msg={{ mailbox.secret.password }}",
    )  # fmt: skip
    assert "open-Sesame" in done.stdout, done.stdout + done.stderr


def machines(inventory: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The variables of all hosts that are no mailboxes, in whatever groups they are."""
    variables = inventory["_meta"]["hostvars"]
    return {name: found for name, found in variables.items() if not {"mailbox", "mailbox_error"} & set(found)}


def in_order(folder: Path, *names: str) -> tuple[dict[str, Any], str]:
    done = run(folder, "ansible-inventory", *(part for name in names for part in ("-i", name)), "--list")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), " ".join(done.stderr.split())


def test_an_id_that_is_the_name_of_a_group_leaves_the_hosts_of_the_group_alone(tmp_path: Path) -> None:
    (tmp_path / "hosts.ini").write_text("[web]\nweb1 ansible_host=192.0.2.1\n[db]\ndb1\n[site:children]\nweb\n")
    (tmp_path / "mailboxes.yml").write_text(HEAD + GOOD + "  web: {email: web@acme.example, tags: [outreach]}\n")
    inventory, _said = in_order(tmp_path, "hosts.ini", "mailboxes.yml")
    assert machines(inventory) == {"web1": {"ansible_host": "192.0.2.1"}}
    assert hosts(inventory, "web") == {"web1"}
    assert hosts(inventory, "mailboxes_invalid") == {"web_mailboxes.yml_line_12"}
    assert errors(inventory, "web_mailboxes.yml_line_12") == [(12, "id")]
    assert hosts(inventory, "tag_outreach") == {"sales01", "web_mailboxes.yml_line_12"}


def test_an_id_may_be_no_group_of_its_own_file(tmp_path: Path) -> None:
    text = HEAD + GOOD + "  tag_outreach: {email: a@acme.example}\n  depth_sender: {email: b@acme.example}\n"
    text += "  b: {email: b@other.example, probe: {depth: sender}}\n"
    inventory = listed(tmp_path, text + "keyed_groups: [{key: mailbox.probe.depth, prefix: depth}]\n")
    wrong = {"tag_outreach_mailboxes.yml_line_12": (12, "id"), "depth_sender_mailboxes.yml_line_13": (13, "id")}
    assert hosts(inventory, "mailboxes_invalid") == set(wrong)
    assert {name: errors(inventory, name) for name in wrong} == {name: [place] for name, place in wrong.items()}
    assert hosts(inventory, "tag_outreach") == {"sales01"}
    assert hosts(inventory, "depth_sender") == {"sales01", "b"}


def test_an_id_may_be_no_group_that_is_made_of_itself(tmp_path: Path) -> None:
    text = HEAD + GOOD + "groups: {sales01: mailbox.probe.depth == 'sender'}\n"
    inventory = listed(tmp_path, text)
    assert hosts(inventory, "mailboxes_invalid") == {"sales01_mailboxes.yml_line_7"}
    assert errors(inventory, "sales01_mailboxes.yml_line_7") == [(7, "id")]


def test_an_id_of_an_earlier_file_may_be_no_group_of_a_later_one(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(HEAD + "  tag_outreach: {email: a@acme.example}\n  a: {email: b@acme.example}\n")
    (tmp_path / "b.yml").write_text(HEAD + GOOD)
    for order in (("a.yml", "b.yml"), ("b.yml", "a.yml")):
        inventory, _said = in_order(tmp_path, *order)
        (wrong,) = hosts(inventory, "mailboxes_invalid")
        assert wrong.startswith("tag_outreach")
        assert "the name of a group" in str(inventory["_meta"]["hostvars"][wrong]["mailbox_error"])
        assert "mailbox" not in inventory["_meta"]["hostvars"][wrong]
        assert hosts(inventory, "tag_outreach") == {"sales01"}
        assert hosts(inventory, "mailboxes") == {"sales01", "a", wrong}


def test_machines_of_a_group_with_our_name_are_no_mailboxes_and_mailboxes_no_machines(tmp_path: Path) -> None:
    (tmp_path / "hosts.ini").write_text("[tag_outreach]\nweb1 ansible_host=192.0.2.1\n[tag_eu]\n[tag_eu:vars]\nx=1\n")
    (tmp_path / "mailboxes.yml").write_text(HEAD + GOOD + "  b: {email: b@acme.example, tags: [eu, outreach]}\n")
    inventory, said = in_order(tmp_path, "hosts.ini", "mailboxes.yml")
    assert hosts(inventory, "tag_outreach") == {"web1"}
    assert hosts(inventory, "mailboxes") == {"sales01", "b"}
    assert "tag_outreach" not in inventory["mailboxes"]["children"]
    assert "tag_eu" in inventory["mailboxes"]["children"]
    assert hosts(inventory, "tag_eu") == {"b"}
    assert "The group tag_outreach of another inventory has hosts that are no mailboxes" in said


def test_a_key_that_is_written_twice_shows_no_password_beside_it(tmp_path: Path) -> None:
    """Of Ansible's own plugin auto, which would read the file before, the lines around are shown all the same."""
    (tmp_path / "ansible.cfg").write_text("[inventory]\nenable_plugins = mailops.mailbox.mailboxes\n")
    double = "  sales02:\n    email: b@acme.example\n    tags: [eu]\n"
    double += "    secret:\n      password: open-Sesame\n    tags: []\n"
    (tmp_path / "mailboxes.yml").write_text(HEAD + GOOD + double)
    done = run(tmp_path, "ansible-inventory", "-i", "mailboxes.yml", "--graph", "-e", "sales_password=x")
    assert "sales02" in done.stdout, done.stderr
    assert "Sesame" not in done.stdout + done.stderr
    assert (17, "tags") in errors(listed(tmp_path, HEAD + GOOD + double), "sales02")
