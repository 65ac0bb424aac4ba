# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Documentation of the option ``discovery``."""

from __future__ import annotations


class ModuleDocFragment:
    """Shared by everything that finds the servers of a mail domain."""

    DOCUMENTATION = r"""
options:
  discovery:
    description:
      - How servers are found that a declaration leaves out. Nothing is looked up for a mailbox that declares its
        servers, or whose provider the collection knows by name or by the domain of the address.
      - Each mail domain is looked up once a run. What is asked for is the domain and never the address, no password is
        sent to find out, and nothing is fetched without TLS. See C(docs/security.md).
    type: dict
    suboptions:
      enabled:
        description:
          - Whether to look anything up. With V(false), what the collection knows of providers still counts.
        type: bool
        default: true
      timeout:
        description:
          - How many seconds the look-up of one mail domain may take.
        type: float
        default: 10.0
      sources:
        description:
          - Where to look. All of them by default.
          - V(table) is what the collection knows of providers and their domains. V(srv) are SRV records (RFC 6186,
            RFC 8314). V(autoconfig) is what the domain publishes by https, V(ispdb) a database in the format of
            Thunderbird's, where one is named. V(mx) looks at who receives the domain's mail, with each of the others.
          - V(guess) looks whether usual names exist. What it finds is only shown, and never used.
        type: list
        elements: str
        choices:
          - table
          - mx
          - srv
          - autoconfig
          - ispdb
          - guess
      nameservers:
        description:
          - IP addresses of the DNS resolvers to ask. Without it, those of the machine that runs the task.
          - Only resolvers on that machine itself are believed when they say that DNSSEC vouches for an answer.
        type: list
        elements: str
      dns_port:
        description:
          - The port of O(discovery.nameservers).
        type: int
        default: 53
      autoconfig_user:
        description:
          - The local part with which hosts for autoconfig are asked, instead of that of the mailbox. Every mail domain
            has the default. Empty asks without an address.
        type: str
        default: postmaster
      ispdb_url:
        description:
          - A database of settings to ask, an https URL to which the domain is added, such as
            C(https://v1.ispdb.net). Without it none is asked.
        type: str
      ispdb_path:
        description:
          - A directory with files of such a database, which is read without asking anybody.
        type: path
      ca:
        description:
          - A file or a directory of PEM certificates to trust for https. Without it the system's are trusted.
        type: path
      allow_private:
        description:
          - Whether https may go to private addresses, for domains that are published only inside a network.
        type: bool
        default: false
"""
