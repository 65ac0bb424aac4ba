# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Documentation of the options that say who is asked over the network, and who is trusted."""

from __future__ import annotations


class ModuleDocFragment:
    """Shared by the modules that ask DNS and web servers."""

    DOCUMENTATION = r"""
options:
  nameservers:
    description:
      - IP addresses of the DNS resolvers to ask. Without it, those of the machine that runs the task.
      - Only resolvers on that machine itself are believed when they say that DNSSEC vouches for an answer.
    type: list
    elements: str
  dns_port:
    description:
      - The port of O(nameservers).
    type: int
    default: 53
  ca:
    description:
      - A file or a directory of PEM certificates to trust for https. Without it the system's are trusted.
    type: path
  allow_private:
    description:
      - Whether addresses that the Internet can't reach are right, for domains that are published only inside a network.
        Without it https goes to none of them.
    type: bool
    default: false
"""
