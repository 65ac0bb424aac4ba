# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints what dkimpy makes of DKIM key records, as JSON; runs in an environment of its own, which has dkimpy.

Usage: dkimpy_says.py < {"name": "record", ...}
"""

from __future__ import annotations

import json
import sys

from dkim import evaluate_pk


def main() -> None:
    said = {}
    for name, record in json.load(sys.stdin).items():
        try:
            _key, bits, kind, _reports = evaluate_pk(name, record.encode("utf-8"))
            said[name] = {"bits": bits, "kind": kind.decode("ascii"), "error": None}
        except Exception as error:  # noqa: BLE001 - whatever dkimpy raises is its verdict
            said[name] = {"bits": None, "kind": None, "error": f"{type(error).__name__}: {error}"}
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
