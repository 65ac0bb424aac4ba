# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fuzzes one target, guided by coverage: ``fuzz.py TARGET [arguments of libFuzzer]``; ``tests/fuzz/run`` starts it."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["ansible_collections.mailops.mailbox.plugins"]):
    from ansible_collections.mailops.mailbox.tests.fuzz.targets import TARGETS


def main() -> None:
    """Fuzz until libFuzzer's arguments say that it is enough, or something is found."""
    # libFuzzer starts itself again to merge a corpus, with its first argument as the command.
    again = f"{sys.executable} {sys.argv[0]} {sys.argv[1]}"
    atheris.Setup([again, *sys.argv[2:]], TARGETS[sys.argv[1]])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
