# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options, documentation and settings of Vault name the same things."""

from __future__ import annotations

import re

import pytest
import yaml

from ansible_collections.mailops.mailbox.plugins.doc_fragments.vault import ModuleDocFragment
from ansible_collections.mailops.mailbox.plugins.module_utils._argspec.vault import VAULT_OPTIONS
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets import settings

DOCUMENTED = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]["vault"]
SECRET = {"token", "secret_id", "password"}


def test_the_same_options_are_specified_documented_and_read() -> None:
    assert list(DOCUMENTED["suboptions"]) == list(VAULT_OPTIONS) == list(settings._OPTIONS)
    assert DOCUMENTED["version_added"] == "0.1.0"


@pytest.mark.parametrize("name", VAULT_OPTIONS)
def test_spec_and_documentation_agree(name: str) -> None:
    documented = DOCUMENTED["suboptions"][name]
    for key in ("type", "choices", "default", "elements", "required"):
        assert VAULT_OPTIONS[name].get(key) == documented.get(key), key
    assert documented["description"]
    assert set(documented) <= {"description", "type", "choices", "default", "elements", "required"}


@pytest.mark.parametrize("name", VAULT_OPTIONS)
def test_secrets_are_not_logged(name: str) -> None:
    assert VAULT_OPTIONS[name].get("no_log", False) is (name in SECRET)


def test_choices_and_defaults_are_those_of_the_settings() -> None:
    assert tuple(VAULT_OPTIONS["auth_method"]["choices"]) == settings.AUTH_METHODS
    text = ModuleDocFragment.DOCUMENTATION
    assert f"at last V({settings.DEFAULT_URL})" in text
    assert f"at last {settings.DEFAULT_TIMEOUT:g}." in text
    assert f"at last {settings.DEFAULT_RETRIES}." in text


def test_option_references_resolve() -> None:
    for reference in re.findall(r"O\(vault\.([a-z_]+)", ModuleDocFragment.DOCUMENTATION):
        assert reference in VAULT_OPTIONS
