# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Plain Python out of what Ansible hands to plugins on the controller.

There, values are tagged subclasses of str and int, containers are lazy (a list's storage holds templates that are
not rendered yet, and C code such as pydantic's reads the storage), and an encrypted value is an object that is no str.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

try:
    from ansible.parsing.vault import EncryptedString as Encrypted
except ImportError:  # ansible-core before 2.19
    from ansible.parsing.yaml.objects import AnsibleVaultEncryptedUnicode as Encrypted

try:
    from ansible.template import trust_as_template as _trusted
except ImportError:  # ansible-core before 2.19, where every text is a template
    _trusted = str

OF_FILE = (
    "{{ mailbox_file.base | combine((mailbox_defaults if query('varnames', '^mailbox_defaults$') else {}) or {}, "
    "mailbox_file.own, recursive=true) }}"
)
"""The variable ``mailbox`` of a host of the inventory plugin: what its file says last wins.

By ``default`` or ``is defined``, a name that is undefined inside of ``mailbox_defaults`` would make nothing of it.
"""


def trust_as_template(value: str) -> str:
    """Return a text whose templates are rendered, as those of an inventory's author are."""
    trusted: str = _trusted(value)
    return trusted


def plain(value: Any) -> Any:
    """Return ``value`` with nothing of Ansible in it; values that can't be told apart from others are left as they are.

    Encrypted values are decrypted, so the result may hold secrets. Keys become str.
    """
    if value is None or isinstance(value, (bool, date)):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if isinstance(value, Mapping):
        # Reading by iteration lets lazy containers render their items.
        return {str.__str__(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, Encrypted):
        return str.__str__(str(value))
    if isinstance(value, (Sequence, set, frozenset)):
        return [plain(item) for item in value]
    return value
