# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The corpus that is kept: one file of JSON a target, an input a line, each octet as the character of its number.

``corpus.py unpack|pack TARGET FOLDER`` turns it into a folder of files, as libFuzzer wants it, and back.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

KEPT = Path(__file__).with_name("corpus")


def inputs(target: str) -> list[bytes]:
    """Return the inputs of a target."""
    return [text.encode("latin-1") for text in json.loads((KEPT / f"{target}.json").read_text(encoding="ascii"))]


def unpack(target: str, folder: Path) -> None:
    """Write each input to a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for octets in inputs(target):
        (folder / hashlib.sha256(octets).hexdigest()[:20]).write_bytes(octets)


def pack(target: str, folder: Path) -> None:
    """Keep the inputs of a folder, and no others."""
    found = sorted({file.read_bytes() for file in folder.iterdir()})
    lines = ",\n".join(json.dumps(octets.decode("latin-1")) for octets in found)
    (KEPT / f"{target}.json").write_text(f"[\n{lines}\n]\n", encoding="ascii")
    print(f"{target:14} {len(found):4} inputs, {(KEPT / f'{target}.json').stat().st_size} bytes")


if __name__ == "__main__":
    {"unpack": unpack, "pack": pack}[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))
