# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Rendering of declarations, as little of each as there is to render: a fleet has thousands."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ansible.utils.vars import merge_hash

from ansible_collections.mailops.mailbox.plugins.plugin_utils._plain import OF_FILE, plain

_TEMPLATE = re.compile(r"\{[{%#]")

Template = Callable[[Any], Any]


def has_template(value: Any) -> bool:
    """Tell whether there is a template anywhere in a value."""
    if isinstance(value, str):
        return _TEMPLATE.search(value) is not None
    if isinstance(value, Mapping):
        return any(has_template(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return any(has_template(item) for item in value)
    return False


def merged_file(variables: Mapping[str, Any], template: Template) -> Any:
    """Return what :data:`OF_FILE` renders to with the variables of a host; two milliseconds less each.

    ``template`` renders with these variables, and raises what it raises.
    """
    file = variables.get("mailbox_file")
    if not isinstance(file, Mapping) or not {"base", "own"} <= set(file):
        return plain(template(OF_FILE))
    parts = (file["base"], variables.get("mailbox_defaults") or {}, file["own"])
    base, defaults, own = (_filled(part, template) for part in parts)
    return merge_hash(base, merge_hash(defaults or {}, own))


def _filled(value: Any, template: Template) -> Any:
    if isinstance(value, str):
        return plain(template(value) if has_template(value) else value)
    if isinstance(value, Mapping):
        return {plain(key): _filled(item, template) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_filled(item, template) for item in value]
    return plain(value)
