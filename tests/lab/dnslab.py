# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The DNS of the lab: a signed root and any zones on NSD, and Unbound in front of them, which validates."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Union

import dns.message
import dns.query
from nsd import ADDRESS, Nsd
from procs import LabError
from scripted_dns import ScriptedDns
from unbound import Unbound
from zones import NAME_SERVER, Key, Signing, ZoneText, signed, whole

Served = Union[str, ZoneText, ScriptedDns]
"""A zone: its text (unsigned), text with a way of signing, or a scripted server that is asked for it."""


class DnsLab:
    """Two servers. Ask ``nameservers`` at ``port`` (Unbound), or ``authority_port`` (NSD, which sets no AD bit).

    ``load`` replaces all zones. Whatever is in none of them does not exist, and the root proves it.
    """

    nameservers = (ADDRESS,)

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mbdns-", dir="/tmp"))
        self.folder.chmod(0o755)
        self._root, self._zone, self._stranger = Key(), Key(), Key()
        self.nsd = Nsd(self.folder / "nsd")
        self.unbound = Unbound(self.folder / "unbound", f". IN DS {self._root.ds('.')}")
        self._serial = 0
        self._loaded = False

    @property
    def port(self) -> int:
        """Where Unbound listens."""
        return self.unbound.port

    @property
    def authority_port(self) -> int:
        """Where NSD listens."""
        return self.nsd.port

    def start(self) -> DnsLab:
        """Start both with an empty root; when one can't be, none is left behind."""
        try:
            texts, stubs = self._prepare({})
            self.nsd.start(texts)
            self.unbound.start(stubs)
        except BaseException:
            self.stop()
            raise
        return self

    def load(self, zones: Mapping[str, Served]) -> None:
        """Serve these zones (by name) and no others; nothing is left of what was answered before."""
        self._loaded = bool(zones)
        texts, stubs = self._prepare(zones)
        self.nsd.load(texts)
        self._wait_for_serial()
        self.unbound.load(stubs)

    def clear(self) -> None:
        """Serve nothing but the root."""
        if self._loaded:
            self.load({})

    def stop(self) -> None:
        """Stop both and remove their folder."""
        self.unbound.stop()
        self.nsd.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _prepare(self, zones: Mapping[str, Served]) -> tuple[dict[str, str], dict[str, tuple[str, int]]]:
        self._serial += 1
        served = {f"{name.rstrip('.')}.": zone for name, zone in zones.items()}
        added: dict[str, list[str]] = {name: [] for name in (".", *served)}
        added["."].append(f"{NAME_SERVER} IN A {ADDRESS}")
        stubs: dict[str, tuple[str, int]] = {".": (ADDRESS, self.nsd.port)}
        given: dict[str, ZoneText] = {}
        for name, zone in served.items():
            delegation = added[_parent(name, served)]
            delegation.append(f"{name} IN NS {NAME_SERVER}")
            if isinstance(zone, ScriptedDns):
                stubs[name] = (zone.address, zone.port)
                continue
            stubs[name] = stubs["."]
            given[name] = zone if isinstance(zone, ZoneText) else ZoneText(zone)
            if given[name].signing is not Signing.UNSIGNED:
                delegation.append(f"{name} IN DS {self._zone.ds(name)}")
        texts = {
            name: self._text(name, replace(zone, text="\n".join([zone.text, *added[name]])))
            for name, zone in given.items()
        }
        texts["."] = signed(".", whole(".", "\n".join(added["."]), self._serial), self._root)
        return texts, stubs

    def _text(self, name: str, zone: ZoneText) -> str:
        text = whole(name, zone.text, self._serial)
        if zone.signing in (Signing.UNSIGNED, Signing.STRIPPED):
            return text
        key = self._stranger if zone.signing is Signing.BOGUS else self._zone
        return signed(name, text, key, expired=zone.signing is Signing.EXPIRED)

    def _wait_for_serial(self) -> None:
        end = time.monotonic() + 10
        query = dns.message.make_query(".", "SOA")
        while time.monotonic() < end:
            reply = dns.query.udp(query, ADDRESS, timeout=5, port=self.nsd.port)
            if reply.answer and reply.answer[0][0].serial == self._serial:
                return
            time.sleep(0.01)
        raise LabError("NSD did not load the zones within 10 s.")


def _parent(name: str, served: Mapping[str, Served]) -> str:
    """Return the zone that delegates ``name``; below a scripted server nobody does, so that is the root."""
    labels = name.split(".")
    for cut in range(1, len(labels) - 1):
        above = ".".join(labels[cut:])
        if above in served and not isinstance(served[above], ScriptedDns):
            return above
    return "."
