# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shape of a reply that is known to the tests."""

from __future__ import annotations

from typing import NamedTuple


class Vector(NamedTuple):
    """One reply."""

    id: str
    protocol: str
    stage: str
    provider: str
    reply: str
    category: str
