# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Merging the parts of a host of the inventory plugin gives what rendering its template gives."""

from __future__ import annotations

from typing import Any

import ansible.template
import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.mailops.mailbox.plugins.module_utils._models.parse import parse_mailbox
from ansible_collections.mailops.mailbox.plugins.plugin_utils._entry import sole_secrets
from ansible_collections.mailops.mailbox.plugins.plugin_utils._plain import OF_FILE, plain
from ansible_collections.mailops.mailbox.plugins.plugin_utils._rendering import merged_file

trusted = getattr(ansible.template, "trust_as_template", str)
BASE = {"smtp": {"host": "smtp.acme.test", "port": 465}, "tags": ["a"], "probe": {"timeout": 30}}
OWN = {"id": "one", "email": "one@acme.test", "smtp": {"port": 587}, "tags": ["b", "c"], "name": None}
HERE = trusted("mail/{{ inventory_hostname }}")


def both(variables: dict[str, Any]) -> tuple[Any, Any]:
    """Return what merging the parts gives, and what rendering the template as a whole gives."""
    template = Templar(loader=DataLoader(), variables=variables).template
    return merged_file(variables, template), plain(template(trusted(OF_FILE)))


@pytest.mark.parametrize(
    ("base", "defaults", "own"),
    [
        (BASE, {}, OWN),
        (BASE, {"probe": {"timeout": 90, "depth": "auth"}, "name": "group"}, OWN),
        ({}, {}, OWN),
        (BASE, {"smtp": "not a mapping"}, OWN),
        ({"smtp": "not a mapping"}, {"smtp": {"host": "x"}}, {"id": "two", "smtp": None}),
        (BASE, None, {}),
        ({**BASE, "secret": {"vault": {"path": HERE, "field": "p"}}}, {}, OWN),
        ({**BASE, "smtp": trusted("{{ other }}")}, {}, OWN),
        (BASE, trusted("{{ other }}"), {**OWN, "tags": [HERE, "d"], "daily_limit": trusted("{{ 20 + 30 }}")}),
        (BASE, trusted("{{ none }}"), {"email": trusted("{{ other.host }}")}),
        (BASE, {"smtp": {"host": "{{ not trusted }}"} if trusted is not str else {}}, OWN),
    ],
)
def test_merging_is_rendering(base: Any, defaults: Any, own: Any) -> None:
    variables = {"mailbox_file": {"base": base, "own": own}, "mailbox_defaults": defaults}
    told, rendered = both({**variables, "inventory_hostname": "one", "other": {"host": "x.acme.test"}, "none": None})
    assert told == rendered


@pytest.mark.parametrize(
    "defaults",
    ["{{ nowhere_set }}", {"smtp": {"host": "{{ nowhere_set }}"}}, "{{ other | combine({'name': nowhere_set}) }}"],
)
def test_a_slip_in_the_defaults_is_not_passed_over(defaults: Any) -> None:
    if isinstance(defaults, str):
        defaults = trusted(defaults)
    else:
        defaults["smtp"]["host"] = trusted(defaults["smtp"]["host"])
    variables = {"mailbox_file": {"base": BASE, "own": OWN}, "mailbox_defaults": defaults, "other": {}}
    template = Templar(loader=DataLoader(), variables=variables).template
    with pytest.raises(AnsibleError, match="'nowhere_set' is undefined"):
        plain(template(trusted(OF_FILE)))
    with pytest.raises(AnsibleError, match="'nowhere_set' is undefined"):
        merged_file(variables, template)


@pytest.mark.parametrize(
    ("defaults", "own", "kept"),
    [
        ({"vault": None, "password": "pw"}, {}, {"password"}),
        ({"vault": None, "password": "pw"}, {"secret": {"vault": {"path": "p", "field": "f"}}}, {"vault"}),
        ({"password": "pw"}, {"secret": {"vault": {"path": "p", "field": "f"}}}, {"vault"}),
        ({"vault": {"path": "p", "field": "f"}}, {"secret": {"password": "pw"}}, {"password"}),
    ],
)
def test_the_secret_of_the_mailbox_counts_before_one_of_group_variables(
    defaults: Any, own: Any, kept: set[str]
) -> None:
    base = {"secret": {"vault": {"path": "base", "field": "f"}}} if kept == {"password"} else {}
    file = {"base": base, "own": sole_secrets({**own, "email": "a@acme.test", "provider": "gmail"})}
    merged, _rendered = both({"mailbox_file": file, "mailbox_defaults": {"secret": defaults}})
    assert {name for name, value in merged["secret"].items() if value is not None} == kept
    assert parse_mailbox(plain(merged)).secret is not None


def test_without_the_defaults_the_file_counts() -> None:
    variables = {"mailbox_file": {"base": {"name": "x"}, "own": {"email": trusted("{{ other }}")}}, "other": "y"}
    assert both(variables) == ({"name": "x", "email": "y"},) * 2


@pytest.mark.parametrize("variables", [{"mailbox_file": {"base": BASE}}, {"mailbox_file": "text"}, {}])
def test_without_the_file_it_is_the_template_that_fails(variables: dict[str, Any]) -> None:
    asked = []
    merged_file(variables, lambda value: asked.append(value) or {})
    assert asked == [OF_FILE]
