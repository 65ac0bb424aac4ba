# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What ``mailbox_domain_info`` is asked for, and what comes of it."""

from __future__ import annotations

import difflib
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .._dns.client import DnsClient, missing_dnspython
from .._domain.finding import COUNTED, Status
from .._domain.ids import RULES
from .._domain.inspect import DomainRequest, Inspection, inspect_all
from .._domain.message import render
from .._models.address import a_label, domain_of
from .._models.domain import domain_name, ip_address, selector
from .._models.names import AUTO_PROVIDER, FailOn, Reason
from .._providers import table
from .._providers.nearest import nearest
from .._web.https import HttpsClient
from .connection import Outcome

_LONGEST = 600
_WORST = (Status.FAILED, Status.WARNING, Status.UNKNOWN)


def inspect_domains(params: Mapping[str, Any]) -> Outcome:
    """Do what the arguments of ``mailbox_domain_info`` ask for."""
    missing = missing_dnspython()
    if missing:
        return _refused([missing])
    problems: list[str] = []
    requests = _requests(params, problems)
    if problems:
        return _refused(problems)
    dns = DnsClient(nameservers=params["nameservers"] or (), port=params["dns_port"])
    web = HttpsClient(dns, ca=params["ca"], allow_private=params["allow_private"])
    ignored = frozenset(params["ignore_findings"] or ())
    found = [one.without(ignored) for one in inspect_all(requests, dns, web)]
    statuses = {one.status for one in found}
    result = {
        "changed": False,
        "status": next((status for status in _WORST if status in statuses), Status.OK).value,
        "domains": [one.as_dict() for one in found],
        "msg": render(found),
    }
    return Outcome(result, failed=any(fails(one, FailOn(params["fail_on"])) for one in found))


def fails(inspection: Inspection, fail_on: FailOn) -> bool:
    """Tell whether there is a finding at least as bad as ``fail_on``."""
    return any(entry.severity in COUNTED[fail_on] for entry in inspection.findings)


def hosts_of(domain: str, domains: Iterable[str], hosts: Iterable[str]) -> tuple[str, ...]:
    """Return the tracking hosts that belong to ``domain``: those below it, and those below none of ``domains``."""
    every = tuple(domains)

    def below(host: str, one: str) -> bool:
        return host == one or host.endswith(f".{one}")

    return tuple(host for host in hosts if below(host, domain) or not any(below(host, one) for one in every))


def unknown_ids(names: Iterable[str]) -> list[str]:
    """Return a sentence for each id that no finding has."""
    found = []
    for name in names:
        if name not in RULES:
            near = difflib.get_close_matches(name, RULES, n=1)
            hint = f"Did you mean {near[0]}?" if near else "They are listed in docs/domain.md."
            found.append(f"no finding has this id. {hint}")
    return found


def _requests(params: Mapping[str, Any], problems: list[str]) -> list[DomainRequest]:
    domains = list(dict.fromkeys(_each(params, "domains", _domain, problems)))
    if not params["domains"]:
        problems.append("domains: must not be empty.")
    hosts = _each(params, "tracking_hosts", domain_name, problems)
    ips = _each(params, "sending_ips", ip_address, problems)
    zones = _each(params, "blocklists", domain_name, problems)
    selectors = _each(params, "dkim_selectors", selector, problems)
    signers = _each(params, "dkim_domains", domain_name, problems)
    envelope = params["envelope_domain"]
    try:
        envelope = domain_name(envelope.strip()) if envelope else None
    except ValueError:
        problems.append("envelope_domain: is not a domain.")
    _each(params, "nameservers", ip_address, problems)
    provider = params["provider"] or ""
    if provider not in ("", AUTO_PROVIDER) and table.by_name(provider) is None:
        near = nearest(provider)
        hint = f"Did you mean {near}?" if near else "They are listed in docs/providers.md."
        problems.append(f"provider: is not a provider that is known here. {hint}")
    problems += [f"ignore_findings: {text}" for text in unknown_ids(params["ignore_findings"] or ())]
    if not (math.isfinite(params["timeout"]) and 0 < params["timeout"] <= _LONGEST):
        problems.append(f"timeout: must be more than 0 and at most {_LONGEST} seconds.")
    if not 0 < params["dns_port"] < 65536:
        problems.append("dns_port: must be 1 to 65535.")
    if params["ca"] and not os.access(Path(params["ca"]), os.R_OK):
        problems.append("ca: is not a file or a directory that can be read here.")
    return [
        DomainRequest(
            domain=domain,
            provider=provider,
            dkim_selectors=tuple(selectors),
            spf_domain=envelope,
            dkim_domains=tuple(signers),
            sending_ips=tuple(ips),
            tracking_hosts=hosts_of(domain, domains, hosts),
            blocklists=tuple(zones),
            timeout=params["timeout"],
            allow_private=params["allow_private"],
        )
        for domain in domains
    ]


def _each(params: Mapping[str, Any], name: str, read: Callable[[str], str], problems: list[str]) -> list[str]:
    found = []
    for number, text in enumerate(params[name] or ()):
        try:
            found.append(read(text.strip()))
        except ValueError:
            problems.append(f"{name}[{number}]: {_WANTED[name]}")
    return found


_WANTED = {
    "domains": "is neither a domain nor a mail address.",
    "dkim_domains": "is not a domain.",
    "tracking_hosts": "is not a host name.",
    "sending_ips": "is not an IP address; networks and names don't go here.",
    "blocklists": "is not the name of a block list, such as zen.spamhaus.org.",
    "dkim_selectors": "is not a DKIM selector; write only what stands before ._domainkey.",
    "nameservers": "is not an IP address.",
}


def _domain(text: str) -> str:
    name = a_label(domain_of(text) if "@" in text else text)
    if "." not in name:
        raise ValueError("host_name")
    return name


def _refused(problems: Sequence[str]) -> Outcome:
    head = problems[0] if len(problems) == 1 else "The options can't be used; nothing was asked."
    lines = [head] if len(problems) == 1 else [head, *(f"- {text}" for text in problems)]
    told = {"changed": False, "reason": Reason.INVALID_DECLARATION.value, "domains": [], "msg": "\n".join(lines)}
    return Outcome(told, failed=True)
