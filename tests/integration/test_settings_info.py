# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module that finds settings, in plays; and what is found beside a database that is a directory."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from dnslab import DnsLab
from https import HttpsLab
from mailzones import (
    AUTOCONFIG,
    EMAIL,
    RECORDS,
    described,
    hoster,
    hosts,
    zone,
)
from plays import TASK, Played, Plays, environment

from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.candidate import Origin
from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.discover import Discoverer, DiscoveryOptions
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol, Security
from ansible_collections.mailops.mailbox.plugins.module_utils._providers import table

# --- a database as a directory ----------------------------------------------------------------------------------------


def database(folder: Path) -> dict[str, str]:
    """Write a database of our own; return the IMAP host that it names for each domain."""
    folder.mkdir()
    said: dict[str, str] = {}
    for number in range(20):
        names = [f"d{number}.many.test", f"also{number}.many.test"]
        (folder / f"{number}.xml").write_text(described(*names, imap=f"imap{number}.many.test"))
        said |= dict.fromkeys(names, f"imap{number}.many.test")
    known = [domain for name in table.names() if (found := table.by_name(name)) for domain in found.variant.domains[:1]]
    for number, domain in enumerate(dict.fromkeys(known)):
        entry = table.by_domain(domain)
        assert entry is not None
        right = next((one.host for one in entry.variant.services if one.protocol is Protocol.IMAP), None)
        said[domain] = right if right and number % 2 else f"imap.old.{domain}"
        (folder / f"known-{number}.xml").write_text(described(domain, imap=said[domain]))
    return said


def test_a_database_is_agreed_with_unless_something_better_is_known(
    dns_lab: DnsLab, https_lab: HttpsLab, tmp_path: Path
) -> None:
    said = database(tmp_path / "ispdb")
    assert len(said) >= 40
    # Five domains have SRV records: those of the domain itself outrank the database, those that lead elsewhere do not.
    lines = [f"{domain}. IN MX 1 mx.many.test." for domain in said if domain.endswith(".many.test")]
    lines += [f"_imaps._tcp.d{number}.many.test. IN SRV 0 1 993 own.d{number}.many.test." for number in range(3)]
    lines += [f"own.d{number}.many.test. IN A 192.0.2.1" for number in range(3)]
    lines += [f"_imaps._tcp.d{number}.many.test. IN SRV 0 1 993 foreign.test." for number in (3, 4)]
    dns_lab.load({"many.test": "\n".join(lines), "foreign.test": "@ IN A 192.0.2.9"})
    options = {"ispdb_path": str(tmp_path / "ispdb"), "dns_port": dns_lab.port, "nameservers": ("127.0.0.1",)}
    discoverer = Discoverer(DiscoveryOptions(**options))
    discoverer.prepare(f"x@{domain}" for domain in said)
    outranked: dict[str, Origin] = {}
    for domain, host in said.items():
        got = discoverer.settings_for(f"x@{domain}")
        assert host in hosts(got, Origin.ISPDB), "it is listed in any case"
        chosen = got.chosen[Protocol.IMAP]
        told = " ".join(one.text for one in got.findings if one.id == "discovery.sources_disagree")
        if chosen.host == host:
            assert f"names {host}" not in told
            assert (chosen.port, chosen.security) == (993, Security.TLS)
        else:
            outranked[domain] = chosen.origin
            assert f"names {host}, and {chosen.host} is taken" in told
    by_srv = {domain for domain, origin in outranked.items() if origin is Origin.SRV}
    by_table = {domain for domain, origin in outranked.items() if origin is Origin.PROVIDER_DOMAIN}
    assert by_srv == {f"d{number}.many.test" for number in range(3)}
    assert by_table == {domain for domain, host in said.items() if host == f"imap.old.{domain}"}
    assert set(outranked) == by_srv | by_table
    foreign = discoverer.settings_for("x@d3.many.test")
    assert "foreign.test" in hosts(foreign, Origin.SRV)


# --- the module -------------------------------------------------------------------------------------------------------


def play(folder: Path, dns_lab: DnsLab, https_lab: HttpsLab, tasks: Any, *flags: str) -> Played:
    """Run tasks in a play that asks the lab."""
    asking = {"nameservers": ["127.0.0.1"], "dns_port": dns_lab.port, "ca": https_lab.ca, "allow_private": True}
    playbook = {
        "hosts": "localhost",
        "gather_facts": False,
        "module_defaults": {"mailops.mailbox.mailbox_settings_info": asking},
        "tasks": tasks,
    }
    here = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    inventory = json.dumps({"all": {"hosts": {"localhost": here}}})
    return Plays(folder, environment(folder / "home")).play([playbook], inventory, *flags)


@pytest.mark.smoke
def test_the_module_in_a_play(dns_lab: DnsLab, https_lab: HttpsLab, tmp_path: Path) -> None:
    here = https_lab.address
    dns_lab.load({"acme.test": zone(here, *RECORDS), "hoster.test": hoster(here)})
    https_lab.serve(AUTOCONFIG, described())
    arguments = {"email": [EMAIL, "someone@gmail.com"], "fail_on_missing": True}
    task = {"name": TASK, "mailops.mailbox.mailbox_settings_info": arguments}
    played = play(tmp_path, dns_lab, https_lab, [task], "--check")
    assert played.process.returncode == 0, played.output
    result = played.only()
    assert (result["changed"], result["lookups"], result["missing"]) == (False, 1, [])
    mine = result["settings"][EMAIL]
    assert (mine["smtp"]["host"], mine["smtp"]["origin"], mine["imap"]["trust"]) == ("smtp.acme.test", "srv", "high")
    assert result["settings"]["someone@gmail.com"]["provider"]["name"] == "gmail"
    assert len(result["msg"].splitlines()) == 2
    assert set(yaml.safe_load(result["plan"])["mailboxes"]) == {"secret.person", "someone"}


def test_the_examples_run(dns_lab: DnsLab, https_lab: HttpsLab, tmp_path: Path) -> None:
    dns_lab.load({"acme.test": zone(https_lab.address)})
    (tmp_path / "ispdb").mkdir()
    (tmp_path / "ispdb" / "acme.xml").write_text(described())
    source = importlib.import_module("ansible_collections.mailops.mailbox.plugins.modules.mailbox_settings_info")
    examples = source.EXAMPLES.replace("acme.example", "acme.test").replace("/srv/ispdb", str(tmp_path / "ispdb"))
    tasks = yaml.safe_load(examples)
    played = play(tmp_path, dns_lab, https_lab, tasks)
    assert played.process.returncode == 0, played.output
    assert f"ok={len(tasks)}" in played.process.stdout


def test_missing_settings_fail_when_asked(dns_lab: DnsLab, https_lab: HttpsLab, tmp_path: Path) -> None:
    dns_lab.load({"acme.test": zone(https_lab.address)})
    task = {"name": TASK, "mailops.mailbox.mailbox_settings_info": {"email": EMAIL, "fail_on_missing": True}}
    played = play(tmp_path, dns_lab, https_lab, [task])
    assert played.failed == {"localhost"}
    assert played.only()["msg"] == f"No settings were found for {EMAIL}."
