#!/usr/bin/python
# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mailbox_connection_info
short_description: Read which mailboxes are registered
version_added: 0.1.0
author:
  - The mailops.mailbox contributors (@mailops)
description:
  - Reads registrations, without contacting any mail server and without changing anything.
  - No password is part of a registration; it says where the secret lies and which version of it was verified.
requirements:
  - python >= 3.10
  - pydantic >= 2
extends_documentation_fragment:
  - mailops.mailbox.attributes
  - mailops.mailbox.attributes.info_module
  - mailops.mailbox.attributes.idempotent
  - mailops.mailbox.attributes.action_group
  - mailops.mailbox.registry
options:
  id:
    description:
      - The id of one mailbox, which is its address where none was given.
      - Without it, all mailboxes are returned, ordered by id.
    type: str
  verdicts:
    description:
      - Whether to return the verdicts of earlier runs as well, the latest first.
    type: bool
    default: false
seealso:
  - module: mailops.mailbox.mailbox_connection
"""

EXAMPLES = r"""
- name: Read all registrations
  mailops.mailbox.mailbox_connection_info:
  register: registered

- name: Read one, with the verdicts of earlier runs
  mailops.mailbox.mailbox_connection_info:
    id: sales01@acme.example
    verdicts: true
  register: sales01
"""

RETURN = r"""
mailboxes:
  description: The registrations, ordered by id; empty where none is found.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id of the mailbox.
      type: str
    email:
      description: Its address.
      type: str
    settings:
      description: The declaration without secrets, as it was registered.
      type: dict
    secrets:
      description: For each protocol, where the secret lies and which version of it was registered.
      type: dict
      sample: {smtp: vault secret/mail/sales01#app_password version 3}
    verdict:
      description: The verdict with which it was registered.
      type: str
      sample: verified
    created_at:
      description: When it was first registered (UTC).
      type: str
    updated_at:
      description: When the registration last changed (UTC).
      type: str
    verified_at:
      description: When it was last verified (UTC).
      type: str
    verdicts:
      description: The verdicts of earlier runs, the latest first.
      returned: when O(verdicts=true)
      type: list
      elements: dict
      sample:
        - {verdict: failed, at: "2026-01-31T09:30:00Z", summary: The IMAP login was refused.}
"""

from ansible_collections.mailops.mailbox.plugins.module_utils._argspec.registry import REGISTRY_OPTIONS
from ansible_collections.mailops.mailbox.plugins.module_utils._module import MailboxModule
from ansible_collections.mailops.mailbox.plugins.module_utils._run.entry import read_registrations

ARGUMENT_SPEC = {
    **REGISTRY_OPTIONS,
    "id": {"type": "str"},
    "verdicts": {"type": "bool", "default": False},
}


def main() -> None:
    """Run the module."""
    module = MailboxModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    module.guarded(lambda: module.leave(read_registrations(module.params)))


if __name__ == "__main__":
    main()
