# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet in a process of its own, without Ansible: arguments (JSON) on standard input, the result on standard output.

``files`` limits the files that the process may have open.
"""

from __future__ import annotations

import json
import resource
import sys

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.mailops.mailbox.plugins.module_utils._argspec.fleet import FLEET_OPTIONS
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.options import declared_in, run


def main() -> None:
    given = json.load(sys.stdin)
    files = given.pop("files", None)
    if files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    checked = ArgumentSpecValidator(FLEET_OPTIONS).validate(given)
    if checked.error_messages:
        sys.exit("\n".join(checked.error_messages))
    params = checked.validated_parameters
    outcome = run(params, declared_in(params["mailboxes"]), check_mode=False, diff=False)
    json.dump(outcome.result, sys.stdout)


if __name__ == "__main__":
    main()
