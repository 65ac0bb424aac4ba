#!/usr/bin/python
# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mailbox_settings_info
short_description: Find the servers of mail addresses
version_added: 0.1.0
author:
  - The mailops.mailbox contributors (@mailops)
description:
  - Finds hosts, ports, security and login names for addresses, and says where each of them comes from, how far it
    can be trusted, and why every other candidate was not taken.
  - Sources are a table of providers, MX and SRV records, autoconfig over https, and databases in the format of
    Thunderbird's ISPDB. They are asked side by side, once for each mail domain, and ranked by trust; who answers
    first has no advantage.
  - No password is needed or sent, no mail server is contacted, and nothing is fetched without TLS. What is asked of
    whom is in C(docs/discovery.md).
requirements:
  - python >= 3.10
  - pydantic >= 2
  - dnspython, for domains that the table of providers does not know
extends_documentation_fragment:
  - mailops.mailbox.attributes
  - mailops.mailbox.attributes.info_module
  - mailops.mailbox.network
options:
  email:
    description:
      - One address, or a list of them. Addresses of one domain share one lookup.
    type: list
    elements: str
    required: true
  provider:
    description:
      - The name of a provider in the table (C(docs/providers.md)). Its settings are returned, and nothing is looked
        up.
      - V(auto) finds out.
    type: str
    default: auto
  sources:
    description:
      - Where to look. All of them by default.
      - V(table) is the table of providers, by the domain of the address or, with V(mx), by the mail exchanger.
      - V(mx) are MX records. They tell the provider, a filtering gateway, and the mail exchanger's domain, whose
        autoconfig and entry in the database are used as well.
      - V(srv) are SRV records (RFC 6186, RFC 8314).
      - V(autoconfig) is the file that a domain offers over https.
      - V(ispdb) is the database of O(ispdb_path) and of O(ispdb_url); without either, there is none.
      - V(guess) are common host names. Whether they have an address is reported, and they are never used.
    type: list
    elements: str
    choices:
      - table
      - mx
      - srv
      - autoconfig
      - ispdb
      - guess
  timeout:
    description:
      - Seconds for the lookup of one domain, all sources together, from 0.1 to 300. What has not answered by then
        is named.
    type: float
    default: 10.0
  autoconfig_user:
    description:
      - The local part with which the autoconfig host of the mail domain is asked. It stands in for the addresses,
        which are not told to anybody.
      - Empty asks without an address; some servers then answer nothing.
    type: str
    default: postmaster
  ispdb_url:
    description:
      - An https address of a database of settings, which is asked for the mail domain, such as
        C(https://v1.ispdb.net). Whoever runs it learns which domains you use.
    type: str
  ispdb_path:
    description:
      - A directory with files of such a database. Nobody is asked, and names of files don't matter.
    type: path
  ignore_checks:
    description:
      - Ids of findings that are not to be reported.
    type: list
    elements: str
  fail_on_missing:
    description:
      - Whether the task fails when no settings were found for an address and a protocol. What a domain says it does
        not offer is not missing.
    type: bool
    default: false
seealso:
  - module: mailops.mailbox.mailbox_connection
"""

EXAMPLES = r"""
- name: Find the servers of one address
  mailops.mailbox.mailbox_settings_info:
    email: sales01@acme.example
  register: found

- name: Show what to paste into the inventory
  ansible.builtin.debug:
    msg: "{{ found.plan }}"

- name: Find those of many, with a copy of the ISPDB, and stop where something is missing
  mailops.mailbox.mailbox_settings_info:
    email:
      - sales01@acme.example
      - support@acme.example
    ispdb_path: /srv/ispdb
    fail_on_missing: true

- name: Show what the table knows of a provider, without asking anybody
  mailops.mailbox.mailbox_settings_info:
    email: sales01@acme.example
    provider: google-workspace
"""

RETURN = r"""
msg:
  description: One sentence for each address.
  returned: always
  type: str
  sample: >-
    sales01@acme.example sends by smtp.acme.example port 465 (tls) as sales01@acme.example, by the SRV record of
    _submissions._tcp.acme.example, trust high; reads from imap.acme.example port 993 (tls) as sales01@acme.example,
    by the SRV record of _imaps._tcp.acme.example, trust high.
settings:
  description: What was found, by address, in the order of O(email).
  returned: when the arguments could be used
  type: dict
  contains:
    ADDRESS:
      description: The address.
      type: dict
      contains:
        email:
          description: The address, with its domain as A-labels.
          type: str
        domain:
          description: The mail domain that was looked up.
          type: str
        msg:
          description: What was found, as a sentence.
          type: str
        smtp:
          description: The settings for sending that are taken, null where there are none.
          type: dict
          sample:
            host: smtp.acme.example
            port: 465
            security: tls
            username: sales01@acme.example
            origin: srv
            trust: high
            source: the SRV record of _submissions._tcp.acme.example
            provider: null
            authentication: []
            notes: []
        imap:
          description: The settings for reading, with the same keys.
          type: dict
        missing:
          description: Protocols for which nothing was found.
          type: list
          elements: str
        not_offered:
          description: Protocols of which the domain says by SRV that it has none.
          type: list
          elements: str
        provider:
          description: >-
            What the table knows of the provider: C(name), C(title), C(account), C(credentials),
            C(app_password_page), C(oauth2), what must be done before the first login (C(preparation)), and how much
            may be sent (C(limits)), each with its sources. Null where the provider is not known.
          type: dict
        gateway:
          description: A filtering service that receives the mail and hides who runs the mailboxes.
          type: str
        candidates:
          description: >-
            Everything that was found, in the order of its rank: the keys of C(smtp), and C(protocol), C(chosen),
            and in C(lost) why it was not taken.
          type: list
          elements: dict
        findings:
          description: What a person should know, each with C(id) and C(text).
          type: list
          elements: dict
        plan:
          description: The settings as YAML for an inventory, with comments that say where they come from.
          type: str
        elapsed:
          description: Seconds that the lookup took.
          type: float
missing:
  description: The addresses for which something was not found.
  returned: when the arguments could be used
  type: list
  elements: str
lookups:
  description: How many domains were looked up over the network.
  returned: when the arguments could be used
  type: int
plan:
  description: All settings as one YAML text, ready for an inventory once secrets are added.
  returned: when the arguments could be used
  type: str
"""

from ansible_collections.mailops.mailbox.plugins.module_utils._argspec.settings import SETTINGS_OPTIONS
from ansible_collections.mailops.mailbox.plugins.module_utils._module import MailboxModule
from ansible_collections.mailops.mailbox.plugins.module_utils._run.settings import find


def main() -> None:
    """Run the module."""
    module = MailboxModule(argument_spec=SETTINGS_OPTIONS, supports_check_mode=True)
    module.guarded(lambda: module.leave(find(module.params)))


if __name__ == "__main__":
    main()
