# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares what is found for every domain of a database of settings (ISPDB format) with what the database says.

Usage: PYTHONPATH=.cache/tree python tests/tools/ispdb.py DIRECTORY [--agreements]

Nothing is asked of the network: only the table of providers and the directory count, so that each difference is one
between the two. It ends with 1 where something was taken that neither the table nor the directory says.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.candidate import Candidate, Origin, Settings
from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.clientconfig import ClientConfig, host_of
from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.discover import Discoverer, DiscoveryOptions
from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.ispdb import IspdbDirectory
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol, Security

SAME = "the same, from the directory"
SAME_SERVER = "the table names one of the directory's servers"
OUTRANKED = "the table names another server"
UNUSABLE = "the directory has no server with TLS"
ABSENT = "the directory has no such service"
WRONG = "something else was taken"


@dataclass(frozen=True)
class Compared:
    """How one service of one domain compares; ``told`` is for people."""

    domain: str
    protocol: Protocol
    outcome: str
    told: str


def servers(config: ClientConfig, domain: str, protocol: Protocol) -> list[tuple[str, int, Security]]:
    """Return what the file says itself, read without the code that makes candidates of it."""
    return [
        (host_of(server.host, domain)[0], server.port, server.security)
        for server in config.servers
        if server.protocol is protocol
    ]


def compared(directory: IspdbDirectory, discoverer: Discoverer) -> Iterator[Compared]:
    """Compare every domain that the directory holds."""
    for domain in directory.domains:
        config = directory.config(domain)
        settings = discoverer.settings_for(f"postmaster@{domain}")
        for protocol in Protocol:
            if config is not None:
                yield _compared(domain, protocol, servers(config, domain, protocol), settings)


def _compared(domain: str, protocol: Protocol, said: list[tuple[str, int, Security]], settings: Settings) -> Compared:
    chosen = settings.chosen.get(protocol)
    usable = [server for server in said if server[2] is not Security.NONE]
    told = f"taken {_shown(chosen)}; the directory: {', '.join(f'{host}:{port}' for host, port, _mode in said) or '-'}"
    if chosen is not None and chosen.origin is Origin.ISPDB:
        outcome = SAME if (chosen.host, chosen.port, chosen.security) == _first(usable) else WRONG
    elif chosen is not None:
        same = (chosen.host, chosen.port, chosen.security) in said
        outcome = SAME_SERVER if same else OUTRANKED if said else ABSENT
    elif usable:
        outcome = WRONG
    else:
        outcome = UNUSABLE if said else ABSENT
    return Compared(domain, protocol, outcome, told)


def _first(usable: list[tuple[str, int, Security]]) -> tuple[str, int, Security] | None:
    """Return what is to be taken: implicit TLS before STARTTLS (RFC 8314 s. 3.3), else in the order of the file."""
    return next((one for one in usable if one[2] is Security.TLS), usable[0] if usable else None)


def _shown(chosen: Candidate | None) -> str:
    return "nothing" if chosen is None else f"{chosen.host}:{chosen.port} ({chosen.origin.value})"


def main() -> int:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory")
    parser.add_argument("--agreements", action="store_true", help="list these, too")
    arguments = parser.parse_args()
    directory = IspdbDirectory(arguments.directory)
    options = DiscoveryOptions(sources=("table", "ispdb"), ispdb_path=arguments.directory)
    results = list(compared(directory, Discoverer(options)))
    for one in results:
        if arguments.agreements or one.outcome in (OUTRANKED, WRONG):
            print(f"{one.domain} {one.protocol.value}: {one.outcome}; {one.told}")
    counted = Counter((one.protocol, one.outcome) for one in results)
    print(f"{len(directory.domains)} domains. {directory.trouble}".rstrip())
    for protocol in Protocol:
        for outcome in (SAME, SAME_SERVER, OUTRANKED, UNUSABLE, ABSENT, WRONG):
            print(f"{counted[protocol, outcome]:5d} {protocol.value}: {outcome}")
    return 1 if any(one.outcome == WRONG for one in results) else 0


if __name__ == "__main__":
    sys.exit(main())
