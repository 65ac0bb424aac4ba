# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the option ``registry``."""

from __future__ import annotations


class ModuleDocFragment:
    """Shared by everything that registers mailboxes or reads what is registered."""

    DOCUMENTATION = r"""
options:
  registry:
    description:
      - Where mailboxes are registered.
      - The registry also remembers the verdicts of earlier runs and which secrets a server has refused. It never holds
        a password.
    type: dict
    suboptions:
      type:
        description:
          - The kind of registry.
          - V(sqlite) is the embedded one, a single file that needs no server.
        type: str
        choices:
          - sqlite
        default: sqlite
        version_added: 0.1.0
      path:
        description:
          - The file of the embedded registry. Missing directories are created for their owner alone.
          - The default is C(mailops.mailbox/registry.sqlite) below E(XDG_STATE_HOME), which is C(~/.local/state) when
            it is not set.
          - Where the controller is ephemeral, as a CI job or an execution environment is, put the file on a volume that
            outlives it. Otherwise every run starts with an empty registry, and refused secrets are tried again.
          - The file belongs on a local file system; network file systems such as NFS and SMB are not supported.
          - The file is for its owner alone (mode C(0600)); an existing one that others may read is tightened. A
            symbolic link is refused.
          - A key that tells inline secrets apart lies beside it, in a file with C(.key) added to the name. Keep both on
            the same volume; without the key, inline secrets count as changed once.
          - In check mode, no file is created or changed, and a missing file counts as an empty registry.
        type: path
        version_added: 0.1.0
      timeout:
        description:
          - How many seconds to wait for another run that is writing to the embedded registry.
        type: int
        default: 10
        version_added: 0.1.0
    version_added: 0.1.0
"""
