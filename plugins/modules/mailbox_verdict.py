#!/usr/bin/python
# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mailbox_verdict
short_description: Give an inventory host its own verdict out of a fleet
version_added: 0.1.0
author:
  - The mailops.mailbox contributors (@mailops)
description:
  - Succeeds or fails for each mailbox host by what M(mailops.mailbox.mailbox_fleet) found out about it, so that recap,
    C(--limit), C(serial), C(max_fail_percentage) and later tasks treat a mailbox as any other host.
  - It runs on the controller, contacts nobody and starts no module.
extends_documentation_fragment:
  - mailops.mailbox.attributes
  - mailops.mailbox.attributes.idempotent
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
options:
  from:
    description:
      - The name of the variable in which the result of M(mailops.mailbox.mailbox_fleet) was registered.
      - It is the name and not the value, because rendering the value for each of a thousand hosts takes half a minute.
    type: str
    required: true
  allow_partial:
    description:
      - Whether a mailbox of which only one protocol works is good enough.
    type: bool
    default: false
seealso:
  - module: mailops.mailbox.mailbox_fleet
"""

EXAMPLES = r"""
- name: Verify all mailboxes of this play at once
  mailops.mailbox.mailbox_fleet:
    hosts: "{{ ansible_play_batch }}"
    state: verified
    fail: never
  run_once: true
  delegate_to: localhost
  register: fleet

- name: Let each of them succeed or fail by itself
  mailops.mailbox.mailbox_verdict:
    from: fleet
"""

RETURN = r"""
id:
  description: The id of the mailbox.
  returned: when the host has a verdict
  type: str
status:
  description: What the mailbox came to, as M(mailops.mailbox.mailbox_connection) returns it.
  returned: when the host has a verdict
  type: str
  sample: verified
reason:
  description: Why the status was reached without a full probe, or null.
  returned: when the host has a verdict
  type: str
provider:
  description: The provider of the mailbox, by its name in C(docs/providers.md).
  returned: when it is declared, or was found with the servers
  type: str
failures:
  description: Everything that failed, the most important first.
  returned: when something failed
  type: list
  elements: dict
notices:
  description: What works today and may not tomorrow.
  returned: when there is any
  type: list
  elements: dict
msg:
  description: The diagnosis for people.
  returned: when it failed
  type: str
"""

from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    """Say that the action plugin of this name does the work."""
    module = AnsibleModule(
        argument_spec={
            "from": {"type": "str", "required": True},
            "allow_partial": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    module.fail_json(msg="This module runs on the controller only, as the action plugin of the same name.")


if __name__ == "__main__":
    main()
