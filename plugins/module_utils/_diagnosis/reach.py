# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Why an endpoint could not be reached: names and addresses."""

from __future__ import annotations

from .._models.failure import Cause, Failure
from .._models.names import AddressResult, Category, Protocol, StageStatus
from .._probe.evidence import AddressAttempt
from .._providers import table
from .context import View, high, low, medium, usual_settings

_LOCAL = (
    "network is unreachable",
    "network unreachable",
    "network is down",
    "cannot assign requested address",
    "permission denied",
    "operation not permitted",
    "too many open files",
    "no buffer space",
    "proxy",
)

_LOCAL_CODES = frozenset({"ENETUNREACH", "ENETDOWN", "EADDRNOTAVAIL", "EACCES", "EPERM"})

_FILES = ("no file descriptor", "Raise the limit of open files (ulimit -n), or lower pace.concurrency.")
_MEMORY = ("no memory", "Lower pace.concurrency, or give the machine more memory for sockets.")
_PORTS = (
    "no port of its own",
    "Wait a minute, lower pace.per_destination, or widen net.ipv4.ip_local_port_range.",
)
_LACKS = {"EMFILE": _FILES, "ENFILE": _FILES, "ENOBUFS": _MEMORY, "ENOMEM": _MEMORY, "EADDRNOTAVAIL": _PORTS}
"""What this machine had no more of, by the name of the system's error, and what to do."""

_SAID = {
    AddressResult.REFUSED: "refused the connection",
    AddressResult.TIMED_OUT: "did not answer",
    AddressResult.UNREACHABLE: "could not be reached",
    AddressResult.CANCELLED: "was not waited for",
    AddressResult.NOT_TRIED: "was not tried",
    AddressResult.CONNECTED: "was connected",
}


def _nowhere(protocol: Protocol, host: str, spelling: Cause) -> tuple[Cause, ...]:
    internal = low("The name exists only in an internal network.", "Run the probe where the name can be resolved.")
    if not table.services_at(host.lower(), protocol):
        return spelling, internal
    return (
        high(
            f"{host} is the host of a well-known provider, so the resolver of this machine is likelier at fault: it "
            "may have no way to the Internet, or block names. The same stands in many mailboxes then.",
            "Resolve the name by hand on this machine and on another one; mend the resolver.",
        ),
        low(spelling.cause, spelling.remedy),
    )


def resolve(view: View) -> Failure:
    """Explain a name that has no address."""
    host = view.this.host
    kind = str(view.fault.detail.get("kind", "failed"))
    text = str(view.fault.detail.get("text", ""))
    facts = {"kind": kind, "text": text}
    spelling = high(
        "The host's name is misspelt, or belongs to a service that has ended.",
        f"Compare {view.protocol.value}.host with the provider's settings page.",
    )
    if kind == "nxdomain":
        return view.failure(
            Category.DNS_NXDOMAIN,
            f"The {view.name} host {host} does not exist in DNS.",
            *_nowhere(view.protocol, host, spelling),
            evidence=facts,
        )
    if kind == "mx_only":
        return view.failure(
            Category.DNS_MX_ONLY,
            f"{host} receives mail by its MX records but has no address of its own, so it is no {view.name} host.",
            high(
                "The mail domain was declared where a server's name is needed.",
                f"Declare the provider's server as {view.protocol.value}.host, or name the provider.",
            ),
            evidence=facts,
        )
    if kind == "no_address":
        return view.failure(
            Category.DNS_NO_ADDRESS,
            f"The {view.name} host {host} exists in DNS but has no address.",
            spelling,
            medium("The records are missing at this moment.", "Ask who runs the domain to add A or AAAA records."),
            evidence=facts,
        )
    if kind == "not_found":
        return view.failure(
            Category.DNS_NO_ADDRESS,
            f"The operating system finds no address for the {view.name} host {host}.",
            *_nowhere(view.protocol, host, spelling),
            low(
                "DNS was not asked whether the name exists: dnspython is missing, or the name can't be asked for.",
                "In the first case, install it for the Python that runs this task (python -m pip install dnspython).",
            ),
            evidence=facts,
        )
    if kind == "servfail":
        return view.failure(
            Category.DNS_SERVFAIL,
            f"The DNS servers could not answer for the {view.name} host {host}.",
            high(
                "The domain's DNS servers are broken or its DNSSEC signatures are wrong.",
                "Ask who runs the domain; check it with another resolver.",
            ),
            medium("The resolver of this machine is at fault.", "Resolve the name with another resolver to compare."),
            status=StageStatus.INCONCLUSIVE,
            evidence=facts,
        )
    if kind == "timeout":
        return view.failure(
            Category.DNS_TIMEOUT,
            f"No DNS server answered in time for the {view.name} host {host}.",
            high("The resolver of this machine can't be reached.", "Check the machine's resolver and its firewall."),
            medium("The domain's DNS servers are down.", "Probe again later, and check with another resolver."),
            status=StageStatus.INCONCLUSIVE,
            evidence=facts,
        )
    return view.failure(
        Category.DNS_FAILED,
        f"The {view.name} host {host} could not be resolved.",
        medium("The resolver of this machine has a fault.", "Resolve the name by hand on the same machine."),
        medium("The host's name is misspelt.", f"Check {view.protocol.value}.host."),
        status=StageStatus.INCONCLUSIVE,
        evidence=facts,
    )


def connect(view: View) -> Failure:
    """Explain why no address took the connection; where they differ, each is named."""
    attempts = tuple(view.fault.detail.get("attempts") or view.this.addresses)
    tried = tuple(a for a in attempts if a.result not in (AddressResult.CANCELLED, AddressResult.NOT_TRIED))
    facts = {
        "attempts": [{"address": a.address, "result": a.result.value, "ms": a.ms, "error": a.error} for a in attempts]
    }
    # An IPv6 address without an IPv6 network is this machine's affair: what the other addresses say counts.
    remote = tuple(a for a in tried if not _local(a))
    results = {a.result for a in remote}
    where = _per_address(tried)
    lacks = next((_LACKS[a.code] for a in tried if _lacks(a)), None)
    if lacks is not None:
        what, remedy = lacks
        return view.failure(
            Category.RUN_NETWORK,
            f"The machine that probes had {what} left for a connection to {view.endpoint}.",
            high("Too much is open at once on that machine; this says nothing about the mailbox.", remedy),
            status=StageStatus.INCONCLUSIVE,
            evidence=facts,
        )
    if not remote and tried:
        return view.failure(
            Category.RUN_NETWORK,
            f"The machine that probes has no way to {view.endpoint}{where}.",
            high("Its network, proxy or firewall is at fault, not the mailbox.", "Repair the network of the machine."),
            status=StageStatus.INCONCLUSIVE,
            evidence=facts,
        )
    if results == {AddressResult.REFUSED}:
        return view.failure(
            Category.CONNECT_REFUSED,
            f"Nothing listens for {view.name} at {view.endpoint}: the connection was refused{where}.",
            high("The port or the host is wrong.", f"For {view.name} declare {usual_settings(view.protocol)}."),
            medium("The service is stopped.", "Ask the provider or the administrator."),
            low("A firewall answers in the server's place.", "Try from another network."),
            evidence=facts,
        )
    if results == {AddressResult.UNREACHABLE}:
        return view.failure(
            Category.CONNECT_UNREACHABLE,
            f"No route leads to {view.endpoint}{where}.",
            medium(
                "A router on the way says that the host can't be reached.", "Try from another network; check the host."
            ),
            medium("The host is down or its address is out of date.", "Ask the provider."),
            status=StageStatus.INCONCLUSIVE,
            evidence=facts,
        )
    causes = [
        high("A firewall drops the packets, here or there.", "Try from another network, and have the port opened."),
        medium("Host or port is wrong.", f"For {view.name} declare {usual_settings(view.protocol)}."),
        low("The server is down.", "Probe again later."),
    ]
    if view.protocol is Protocol.SMTP and view.this.port == 25:
        causes.insert(
            0,
            high("Most networks block port 25 outwards.", "For logins declare port 587 or 465; 25 is between servers."),
        )
    return view.failure(
        Category.CONNECT_TIMEOUT,
        f"{view.endpoint} did not answer the connection in time{where}.",
        *causes,
        status=StageStatus.INCONCLUSIVE,
        evidence=facts,
    )


def _local(attempt: AddressAttempt) -> bool:
    # The text is in the user's language where there is a code beside it.
    local = attempt.code in _LOCAL_CODES or any(word in attempt.error.lower() for word in _LOCAL)
    return attempt.result is AddressResult.UNREACHABLE and local


def _lacks(attempt: AddressAttempt) -> bool:
    """Tell whether this machine had no more of something; an IPv6 address without IPv6 is told by the same error."""
    return attempt.code in _LACKS and not (attempt.code == "EADDRNOTAVAIL" and ":" in attempt.address)


def _per_address(tried: tuple[AddressAttempt, ...]) -> str:
    if len({a.result for a in tried}) < 2:
        return f" ({', '.join(a.address for a in tried)})" if tried else ""
    return " (" + "; ".join(f"{a.address} {_SAID[a.result]}" for a in tried) + ")"
