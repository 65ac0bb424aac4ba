# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of mailboxes become entries: what lies below what, and what is wrong where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from ansible_collections.mailops.mailbox.plugins.inventory import mailboxes as plugin
from ansible_collections.mailops.mailbox.plugins.plugin_utils._entry import Entry, merged, sole_secrets
from ansible_collections.mailops.mailbox.plugins.plugin_utils._lines import Lines
from ansible_collections.mailops.mailbox.plugins.plugin_utils._mailboxes import (
    CONSTRUCTED,
    KEYS,
    Opened,
    entries,
    is_foreign,
    sheet_entries,
)
from ansible_collections.mailops.mailbox.plugins.plugin_utils._mailboxes_csv import read
from ansible_collections.mailops.mailbox.plugins.plugin_utils._plain import Encrypted

SERVERS = "smtp: {host: smtp.acme.example}, imap: {host: imap.acme.example}"


def made(text: str, **files: str) -> dict[str, Entry]:
    """The entries of a file, and of the sources that stand in ``files``."""

    def opened(name: str, columns: Mapping[str, Any]) -> Opened:
        path = f"/in/{name}"
        if name not in files:
            return Opened(path, refused="names a file that does not exist.")
        if name.endswith("csv"):
            return Opened(path, sheet=read(files[name].encode(), columns))
        return Opened(path, data=yaml.safe_load(files[name]), lines=Lines(files[name]))

    text = f"{text}\nplugin: mailops.mailbox.mailboxes\n"
    found = entries("/in/all.yml", yaml.safe_load(text), Lines(text), opened)
    assert len({entry.name for entry in found}) == len(found), "one of two with the same name would vanish"
    return {entry.name: entry for entry in found}


def wrong(entry: Entry) -> list[tuple[str, int, str]]:
    return [(fault["file"], fault["line"], fault["key"]) for fault in entry.faults]


def test_every_key_of_the_file_is_documented() -> None:
    documented = yaml.safe_load(plugin.DOCUMENTATION)["options"]
    assert set(documented) | CONSTRUCTED == KEYS


def test_what_is_nearer_to_the_mailbox_wins() -> None:
    layers = """
defaults: {probe: {timeout: 1, depth: auth, auth_order: serial, pipelining: "off", revalidate_after: 1}}
providers: {gmail: {probe: {timeout: 2, depth: sender, auth_order: parallel, pipelining: auto}}}
domains: {ACME.example: {probe: {timeout: 3, depth: message, auth_order: serial}, tags: [slow]}}
tags: {Slow: {probe: {timeout: 4, depth: recipient}}}
mailboxes: {a: {email: a@Acme.example, smtp: {host: smtp.gmail.com}, imap: {host: i.acme.example}, probe: {timeout: 5}}}
"""
    entry = made(layers)["a"]
    assert not entry.faults
    assert entry.merged["probe"] == {
        "timeout": 5, "depth": "recipient", "auth_order": "serial", "pipelining": "auto", "revalidate_after": 1,
    }  # fmt: skip
    assert entry.groups == {"provider_gmail": 1, "domain_acme_example": 2, "tag_slow": 3}


@pytest.mark.parametrize(
    ("layers", "place"),
    [
        ("providers: {gmial: {}}", ("/in/all.yml", 1, "providers.gmial")),
        ("providers: {postfix: {}}", ("/in/all.yml", 1, "providers.postfix")),
        ("defaults: []", ("/in/all.yml", 1, "defaults")),
        ("tags: {slow: 3}", ("/in/all.yml", 1, "tags")),
        ("default: {}", ("/in/all.yml", 1, "default")),
        ("source: {}", ("/in/all.yml", 1, "source")),
        ("source:\n- a.csv\n- 3", ("/in/all.yml", 3, "source[1]")),
        ("source:\n- a.csv\n- gone.csv", ("/in/all.yml", 3, "source[1]")),
        ("columns:\n  Owner:\n  Mail: emial\nsource: a.csv", ("/in/all.yml", 3, "columns.Mail")),
        ("columns: [x]\nsource: a.csv", ("/in/all.yml", 1, "columns")),
        ("\nkeyed_groups: {key: x}", ("/in/all.yml", 2, "keyed_groups")),
        ("\nkeyed_groups: [x]", ("/in/all.yml", 2, "keyed_groups")),
        ("\ncompose: [x]", ("/in/all.yml", 2, "compose")),
        ("\ngroups: foo", ("/in/all.yml", 2, "groups")),
        ("\nstrict: maybe", ("/in/all.yml", 2, "strict")),
        ("\nleading_separator: [1]", ("/in/all.yml", 2, "leading_separator")),
    ],
)
def test_what_is_wrong_with_the_file_is_an_entry_beside_the_mailboxes(layers: str, place: tuple[str, int, str]) -> None:
    text = f"{layers}\nmailboxes: {{b: {{email: b@acme.example, {SERVERS}}}}}\n"
    found = made(text, **{"a.csv": "email,Owner\na@acme.example,x\n"})
    assert place in wrong(found["all.yml"])
    assert not found["b"].faults


def test_an_entry_that_stands_for_an_unknown_number_of_mailboxes_says_so() -> None:
    text = f"defaults: {{{SERVERS}}}\nsource: [c.csv, d.yml, e.csv, gone.csv]\nmailboxes: {{b: {{emial: b}}}}"
    rows = 'email,name\na,b,c\nd@acme.example,"x\ne@acme.example,e\n'
    found = made(text, **{"c.csv": rows, "d.yml": "", "e.csv": "email\n"})
    whole = {name for name, entry in found.items() if any(error.get("whole") for error in entry.errors)}
    assert whole == {"all.yml", "c.csv_line_3", "d.yml", "e.csv"}
    assert set(found) - whole == {"b", "c.csv_line_2"}


@pytest.mark.parametrize(
    ("own", "unsorted"),
    [
        ("email: a@acme.example, tag: [outreach]", True),
        ("email: a@acme.example, tags: {outreach: 1}", True),
        ("email: a@acme.example, tags: [desk], tags: [outreach]", True),
        ("email: a@acme.example, tags: [desk], provder: gmail", True),
        ("tags: [outreach]", True),
        ("email: a@acme.example, 3: x", True),
        ("email: a@acme.example, tags: [desk], comment: x", False),
        ("email: a@acme.example, smtp: {prot: 1}", False),
        ("email: a@acme.example, tags: [outreach], smtp: {port: x}", False),
    ],
)
def test_a_declaration_that_may_belong_to_other_groups_says_so(own: str, unsorted: bool) -> None:
    (entry,) = made(f"mailboxes:\n  a: {{{own}}}").values()
    assert any(error.get("unsorted") for error in entry.errors) is unsorted
    assert entry.errors


def test_rows_that_may_belong_to_other_groups_say_so() -> None:
    rows = "a,a@acme.example,x,outreach,y\nb,b@acme.example,{{ x }},outreach\nc,c@acme.example,x,{{ x }}\n"
    found = made(f"defaults: {{{SERVERS}}}\nsource: a.csv", **{"a.csv": f"id,email,First Name,tags\n{rows}"})
    told = [name for name, entry in found.items() if any(error.get("unsorted") for error in entry.errors)]
    assert told == ["a.csv_line_2", "c"]
    assert found["b"].errors


def test_what_is_encrypted_is_not_opened() -> None:
    class Closed(Encrypted):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            pass

        def __bool__(self) -> bool:
            raise RuntimeError("no password opens it")

        __len__ = __str__ = __eq__ = __bool__  # type: ignore[assignment]
        __hash__ = None  # type: ignore[assignment]

    data = yaml.safe_load(f"mailboxes: {{a: {{{SERVERS}}}}}\nplugin: mailops.mailbox.mailboxes")
    data["mailboxes"]["a"]["email"] = Closed()
    (entry,) = entries("/in/all.yml", data, Lines("a: b"), lambda name, columns: Opened(name))
    assert not entry.faults


@pytest.mark.parametrize("start", ["mailboxes:", "source: d.yml"])
def test_ids_that_are_no_text_for_yaml_are_wrong_and_lose_none(start: str) -> None:
    ids = ["007", "12:30", "1", "01", "yes", "true", "2026-01-02", "~", "'3'", "'03'"]
    rows = "".join(f"  {name}: {{email: a{number}@acme.example, {SERVERS}}}\n" for number, name in enumerate(ids, 2))
    found = made(f"mailboxes:\n{rows}") if start == "mailboxes:" else made(start, **{"d.yml": f"#\n{rows}"})
    told = {name: [(line, key) for _file, line, key in wrong(entry)] for name, entry in found.items() if entry.faults}
    assert told == {
        "007": [(2, "id")],
        "12:30": [(3, "id")],
        # 1, 01, yes and true are one key for YAML.
        "true": [(7, "id"), (5, "true"), (6, "true"), (7, "true")],
        "2026-01-02": [(8, "id")],
        "~": [(9, "id")],
    }
    assert set(found) - set(told) == {"3", "03"}
    assert "is one key for YAML with 01." in found["true"].faults[1]["text"]
    assert "Put quotes around it" in found["007"].faults[0]["text"]


@pytest.mark.parametrize("written", ["0123", "12:30", "1.50", "yes", "2026-01-02"])
def test_an_id_that_stands_in_a_declaration_is_text(written: str) -> None:
    rows = f"{{id: {written}, email: a@acme.example, {SERVERS}}}"
    (listed,) = made(f"mailboxes:\n- {rows}").values()
    (keyed,) = made(f"mailboxes:\n  k: {rows}").values()
    assert (listed.name, keyed.name) == ("a@acme.example", "k")
    for entry in (listed, keyed):
        assert wrong(entry) == [("/in/all.yml", 2, "id")]
        assert "Put quotes around it" in entry.faults[0]["text"]
    (quoted,) = made(f"mailboxes: [{rows.replace(written, repr(written))}]").values()
    assert (quoted.name, quoted.faults) == (written, [])


def test_options_of_constructed_that_say_nothing_are_right() -> None:
    found = made(f"compose:\nkeyed_groups: []\nstrict: 'Yes'\nmailboxes: {{a: {{email: a@acme.example, {SERVERS}}}}}")
    assert not [entry.faults for entry in found.values() if entry.faults]


def test_a_problem_is_told_where_it_stands() -> None:
    text = """
defaults:
  imap: {host: imap.acme.example}
  smtp:
    host: smtp.acme.example
    port: many
mailboxes:
  a: {email: a@acme.example, smtp: {username: a}}
  b:
    email: b@acme.example
    smtp: {port: 465, security: never}
source: [c.csv]
"""
    found = made(text, **{"c.csv": "email,SMTP Port,daily_limit\nc@acme.example,,-1\n"})
    assert wrong(found["a"]) == [("/in/all.yml", 6, "smtp.port")]
    assert wrong(found["b"]) == [("/in/all.yml", 11, "smtp.security")]
    assert wrong(found["c@acme.example"]) == [("/in/all.yml", 6, "smtp.port"), ("/in/c.csv", 2, "daily_limit")]


def test_the_nearest_of_two_wrong_values_is_told() -> None:
    text = f"""
defaults: {{{SERVERS}}}
tags: {{x: {{daily_limit: no limit}}}}
domains: {{acme.example: {{daily_limit: none}}}}
mailboxes: {{a: {{email: a@acme.example, tags: x}}}}
"""
    assert wrong(made(text)["a"]) == [("/in/all.yml", 3, "daily_limit")]


def test_a_cell_that_is_left_out_is_told_once_and_a_name_can_be_printed() -> None:
    sheet = read(b'id,email\na,{{x}}\n"b\nb",b@acme.example\n')
    found = {entry.name: entry for entry in sheet_entries("/in/x.csv", sheet)}
    assert wrong(found["a"]) == [("/in/x.csv", 2, "email")]
    assert wrong(found["x.csv_line_3"]) == [("/in/x.csv", 3, "id")]


def test_a_secret_of_another_kind_takes_the_place_of_the_lower_one() -> None:
    text = f"""
defaults: {{secret: {{vault: {{path: "mail/{{{{ inventory_hostname }}}}", field: password}}}}, {SERVERS}}}
source: c.csv
"""
    found = made(text, **{"c.csv": "id,email,password,vault_field\na,a@acme.example,pw,\nb,b@acme.example,,other\n"})
    assert not [entry.faults for entry in found.values() if entry.faults]
    assert found["a"].merged["secret"] == {"password": "pw"}
    assert found["b"].merged["secret"] == {"vault": {"path": "mail/{{ inventory_hostname }}", "field": "other"}}
    assert sole_secrets(found["a"].own)["secret"] == {"vault": None, "password": "pw"}
    assert sole_secrets(found["b"].own)["secret"] == {"password": None, "vault": {"field": "other"}}
    assert merged({"secret": {"password": "x"}}, {"secret": {"vault": {"path": "y"}}}) == {
        "secret": {"vault": {"path": "y"}}
    }


def test_doubles_of_several_files_are_wrong_in_each() -> None:
    text = f"source: [c.csv, d.yml]\nmailboxes: [{{id: x, email: a@acme.example, {SERVERS}}}]\n"
    found = made(
        text,
        **{
            "c.csv": "id,email,smtp_host,imap_host\nX,c@acme.example,s.acme.example,i.acme.example\n",
            "d.yml": f"y: {{email: A@acme.example, {SERVERS}}}\n",
        },
    )
    assert wrong(found["x"]) == [("/in/all.yml", 2, "id"), ("/in/all.yml", 2, "email")]
    assert wrong(found["X_line_2"]) == [("/in/c.csv", 2, "id")]
    assert wrong(found["y"]) == [("/in/d.yml", 1, "email")]
    assert "in line 2 of /in/all.yml" in found["y"].faults[0]["text"]


def test_what_is_wrong_in_files_of_the_same_name_does_not_vanish() -> None:
    rows = "email,name\na@{0}.example,x\n{{{{ x }}}},y\nz,z,z\n"
    found = made(
        f"defaults: {{{SERVERS}}}\nsource: [eu/x.csv, us/x.csv, x.csv]\nmailboxes: [{{}}, {{}}, 3]",
        **{"eu/x.csv": rows.format("eu"), "us/x.csv": rows.format("us"), "x.csv": "email\n"},
    )
    told = sorted(place for entry in found.values() for place in wrong(entry))
    assert told == [
        *[("/in/all.yml", 3, "")] * 3,
        *[(f"/in/{folder}/x.csv", line, column) for folder in ("eu", "us") for line, column in ((3, "email"), (4, ""))],
        ("/in/x.csv", 1, ""),
    ]
    assert {"a@eu.example", "a@us.example", "x.csv_line_4", "x.csv_line_4_2"} <= set(found)


def test_a_made_up_name_leaves_a_mailbox_its_own() -> None:
    text = f"mailboxes: [{{id: x, email: a@acme.example, {SERVERS}}}]\ndefaults: {{{SERVERS}}}\nsource: c.csv"
    found = made(text, **{"c.csv": "id,email\nX,c@acme.example\nX_line_2,d@acme.example\n"})
    assert [name for name, entry in found.items() if not entry.faults] == ["X_line_2"]
    assert set(found) == {"x", "X_line_2", "X_line_2_2"}


@pytest.mark.parametrize(
    "source",
    [
        f"a: {{email: a@acme.example, {SERVERS}}}",
        f"- {{id: a, email: a@acme.example, {SERVERS}}}",
        f"mailboxes:\n  a: {{email: a@acme.example, {SERVERS}}}",
        f"mailboxes:\n- {{id: a, email: a@acme.example, {SERVERS}}}",
    ],
)
def test_a_source_of_yaml_holds_mailboxes(source: str) -> None:
    found = made("source: d.yml", **{"d.yml": source})
    assert list(found) == ["a"]
    assert not found["a"].faults
    broken = made("source: d.yml", **{"d.yml": source.replace("acme.example,", "acme.example, tags: x, tags: y,")})
    assert [fault["key"] for fault in broken["a"].faults] == ["tags"]


@pytest.mark.parametrize("source", ["", "[]", "3", "plugin: mailops.mailbox.mailboxes\nmailboxes: {}", "mailboxes:"])
def test_a_source_without_mailboxes_is_an_entry(source: str) -> None:
    assert list(made("source: d.yml", **{"d.yml": source})) == ["d.yml"]


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("plugin: constructed\nmailboxes: {}", True),
        ("mailboxes:\n  vars: {ansible_connection: local}\n  hosts: {a: {mailbox: {}}}\nothers:\n", True),
        ("mailboxes:\n  a: {email: a@acme.example}", False),
        ("plugin: mailops.mailbox.mailbox\nmailboxes: {}", False),
        ("[]", False),
        ("", False),
        ("{}", False),
    ],
)
def test_files_of_other_plugins_are_told_from_ours(text: str, foreign: bool) -> None:
    data = yaml.safe_load(text)
    assert is_foreign(data) is foreign
    if not foreign and isinstance(data, dict):
        found = entries("/in/all.yml", data, Lines(text), lambda name, columns: Opened(name))
        assert ("/in/all.yml", 1, "plugin") in wrong(found[0])


def test_a_wrong_header_makes_every_row_wrong_and_none_vanish() -> None:
    sheet = read(b"id,email,imap_prot\na,a@acme.example,1\nb,b@acme.example,2\n")
    found = sheet_entries("/in/x.csv", sheet)
    assert [(entry.name, wrong(entry)) for entry in found] == [
        ("a", [("/in/x.csv", 1, "imap_prot")]), ("b", [("/in/x.csv", 1, "imap_prot")]),
    ]  # fmt: skip
    assert [entry.name for entry in sheet_entries("/in/x.csv", read(b"emial\n"))] == ["x.csv"]
    assert [entry.name for entry in sheet_entries("/in/x.csv", read(b"email\n"))] == ["x.csv"]


def test_no_text_looks_like_a_template() -> None:
    found = made('"{{ x }}": 1\nmailboxes: {a: {email: a@acme.example, "{{ y }}": 1}}\n')
    assert "{{" not in repr([entry.faults for entry in found.values()])


def test_the_keys_of_a_large_file_are_found() -> None:
    lines = Lines("mailboxes:\n" + "".join(f"  u{number}: {{a: 1, a: 2}}\n" for number in range(3000)))
    assert [lines.of("mailboxes", f"u{number}") for number in (0, 2999)] == [2, 3001]
    assert lines.of("mailboxes", "u5", "a") == 7
    assert lines.has("mailboxes", "u7", "a")
    assert not lines.has("mailboxes", "u7", "b")
    assert len(list(lines.doubles())) == 3000


def test_merge_keys_lead_to_the_line_of_what_they_merge() -> None:
    lines = Lines("base: &base\n  port: 1\nother: &other {host: x, port: 2}\na:\n  <<: [*base, *other]\n  name: y\n")
    assert [lines.of("a", key) for key in ("port", "host", "name", "nothing")] == [2, 3, 6, 4]


@pytest.mark.parametrize(
    ("declared", "group"),
    [
        ("email: a@acme.example, provider: gmail", "gmail"),
        ("email: a@acme.example, provider: Google-Workspace", "gmail"),
        ("email: a@acme.example, provider: zoho-pro-eu", "zoho"),
        ("email: a@gmail.com, provider: icloud", "icloud"),
        ("email: a@gmail.com", "gmail"),
        ("email: a@GoogleMail.com, provider: auto", "gmail"),
        ("email: a@hotmail.co.uk, smtp: {host: outlook.office365.com}", "outlook"),
        ("email: a@gmail.com, smtp: {host: smtp.zoho.eu}", "gmail"),
        ("email: a@acme.example, imap: {host: imap.zoho.eu}", "zoho"),
        ("email: a@acme.example, provider: '{{ p }}', smtp: {host: smtp.gmail.com}", "gmail"),
        ("email: a@acme.example, smtp: {host: '{{ h }}'}", "unknown"),
        ("email: a@acme.example, smtp: {host: 127.0.0.1}", "unknown"),
        ("email: a@acme.example, imap: {host: imap.migadu.com}", "migadu"),
        ("email: a@acme.example", "unknown"),
        ("email: a@a..b", "unknown"),
    ],
)
def test_a_mailbox_is_grouped_by_its_provider_without_asking_anybody(declared: str, group: str) -> None:
    (entry,) = [one for one in made(f"mailboxes: [{{{declared}}}]").values() if one.own]
    assert [name for name in entry.groups if name.startswith("provider_")] == [f"provider_{group}"]


def test_a_provider_may_come_from_templates_and_has_templates() -> None:
    text = """
defaults: {secret: {vault: {path: p, field: f}}}
domains: {acme.example: {provider: google-workspace}}
providers: {gmail: {probe: {timeout: 60}}}
mailboxes: {a: {email: a@acme.example}, b: {email: b@gmail.com}, c: {email: c@other.example}}
"""
    found = made(text)
    assert not any(entry.faults for entry in found.values())
    assert {name: entry.merged.get("probe", {}).get("timeout") for name, entry in found.items()} == {
        "a": 60, "b": 60, "c": None,
    }  # fmt: skip


def test_a_wrong_provider_is_told_where_it_stands() -> None:
    text = """
defaults: {secret: {vault: {path: p, field: f}}}
mailboxes:
  a:
    email: a@acme.example
    provider: gmial
source: [b.csv]
"""
    found = made(text, **{"b.csv": "email,provider\nb@acme.example,Google\nc@acme.example,zoho-pro-eu\n"})
    assert wrong(found["a"]) == [("/in/all.yml", 6, "provider")]
    assert wrong(found["b@acme.example"]) == [("/in/b.csv", 2, "provider")]
    assert "Did you mean gmail?" in found["b@acme.example"].faults[0]["text"]
    assert found["c@acme.example"].groups["provider_zoho"] == 1


def test_templates_are_for_whole_providers() -> None:
    found = made("providers: {zoho-pro-eu: {}, nobody: {}}\nmailboxes: {a: {email: a@acme.example}}")
    texts = {fault["key"]: fault["text"] for fault in found["all.yml"].faults}
    assert "Write zoho, for all of that provider." in texts["providers.zoho-pro-eu"]
    assert "icloud" in texts["providers.nobody"]


@pytest.mark.parametrize("secret", ["open-Sesame", "open@Sesame!", "12345678"])
def test_a_password_in_the_place_of_the_address_names_no_host_and_no_group(secret: str) -> None:
    """As in a spreadsheet whose columns are swapped: names are printed."""
    found = made(
        f"mailboxes: [{{email: '{secret}', {SERVERS}}}]\nsource: c.csv",
        **{"c.csv": f"email,password\n{secret},a@acme.example\n"},
    )
    assert set(found) == {"all.yml_line_1", "c.csv_line_2"}
    assert wrong(found["c.csv_line_2"])[0] == ("/in/c.csv", 2, "email")
    for entry in found.values():
        assert entry.faults
        assert not [group for group in entry.groups if group.startswith("domain_")]
