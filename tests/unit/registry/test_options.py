# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option and its documentation say the same."""

from __future__ import annotations

import yaml

from ansible_collections.mailops.mailbox.plugins.doc_fragments.registry import ModuleDocFragment
from ansible_collections.mailops.mailbox.plugins.module_utils._argspec.registry import REGISTRY_OPTIONS


def _compare(documented, specified, where):
    assert set(documented) == set(specified), where
    for name, spec in specified.items():
        text = documented[name]
        for key in ("type", "choices", "default", "required", "elements"):
            assert text.get(key) == spec.get(key), f"{where}.{name}.{key}"
        assert text["version_added"] == "0.1.0"
        assert text["description"]
        _compare(text.get("suboptions", {}), spec.get("options", {}), f"{where}.{name}")


def test_fragment_and_argument_spec_agree():
    documented = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)
    assert set(documented) == {"options"}
    _compare(documented["options"], REGISTRY_OPTIONS, "options")
