# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Text out of bytes whose charset nobody tells: most servers write UTF-8, some GBK (QQ, 163), some Latin-1."""

from __future__ import annotations

import re

_RUN = re.compile("[^\x00-\x7f]{2}")


def decode(octets: bytes) -> str:
    """Decode what a server wrote: UTF-8, else GB 18030, else Latin-1, which never fails.

    Nearly every Latin-1 text is GB 18030 as well: the umlaut of "f\\xfcr" and the letter behind it make one Chinese
    character. Chinese stands in runs, accents stand alone; so a text without two such characters in a row is Latin-1.
    """
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        text = octets.decode("gb18030")
    except UnicodeDecodeError:
        return octets.decode("latin-1")
    return text if _RUN.search(text) else octets.decode("latin-1")
