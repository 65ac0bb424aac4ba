# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which provider is meant by a name that the table does not have."""

from __future__ import annotations

import difflib

from . import table

_ALSO = {
    "gsuite": "google-workspace",
    "googleapps": "google-workspace",
    "o365": "microsoft365",
    "m365": "microsoft365",
    "office365": "microsoft365",
    "exchangeonline": "microsoft365",
    "hotmail": "outlook",
    "live": "outlook",
    "msn": "outlook",
    "me": "icloud",
    "mac": "icloud",
}
"""Other names of the same, without blanks and signs: people write what was on the web page when they signed up."""


def nearest(name: str) -> str | None:
    """Return the name of a variant that is like ``name``, or whose provider is."""
    plain = "".join(sign for sign in name.lower() if sign.isalnum())
    if plain in _ALSO:
        return _ALSO[plain]
    names = table.names()
    others = {
        word.lower(): provider.variants[0].name
        for provider in reversed(table.PROVIDERS)
        for word in (provider.title, provider.identity, provider.name)
        if word
    }
    if name in others:
        return others[name]
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.8)
    near = near or sorted((known for known in names if len(name) > 3 and name in known), key=len)
    near = near or difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if near:
        return near[0]
    near = difflib.get_close_matches(name, others, n=1, cutoff=0.6)
    return others[near[0]] if near else None
