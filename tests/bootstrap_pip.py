# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stands in for get-pip.py, which ansible-test downloads from a site that build machines often can't reach.

It takes pip from the interpreter's own bundle, then lets that pip fetch the versions that ansible-test asks for.
"""

from __future__ import annotations

import subprocess
import sys


def main() -> None:
    """Install what the arguments of get-pip.py name."""
    subprocess.run([sys.executable, "-m", "ensurepip", "--default-pip"], check=True, stdout=subprocess.DEVNULL)
    wanted = [argument for argument in sys.argv[1:] if argument.split("==")[0] in ("pip", "setuptools", "wheel")]
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *wanted], check=True)


if __name__ == "__main__":
    main()
