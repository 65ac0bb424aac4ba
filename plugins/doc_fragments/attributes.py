# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Texts of plugin attributes, written once."""

from __future__ import annotations


class ModuleDocFragment:
    """Documents what a module promises beside its options."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description:
      - Runs in C(check_mode) and tells what would change, without changing it.
  diff_mode:
    description:
      - Tells what changed, or would change in check mode, when run in diff mode.
"""

    INFO_MODULE = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This module only reads.
  diff_mode:
    support: N/A
    details:
      - This module only reads.
"""

    IDEMPOTENT = r"""
options: {}
attributes:
  idempotent:
    description:
      - A second run in a row with the same options, and with nothing changed from outside, changes nothing and says so.
    support: full
"""

    PLATFORM = r"""
options: {}
attributes:
  platform:
    description:
      - The operating systems that this can run on.
    platforms: posix
    support: full
"""

    ACTION_GROUP = r"""
options: {}
attributes:
  action_group:
    description:
      - Use C(group/mailops.mailbox.mailbox) in C(module_defaults) to set defaults for the modules of this collection.
    support: full
    membership:
      - mailops.mailbox.mailbox
"""
