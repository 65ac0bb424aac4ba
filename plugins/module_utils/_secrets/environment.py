# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Readers of the value forms that the Vault command line client accepts in its environment variables."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h|d)")
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})


def go_duration(text: str) -> float:
    """Return the seconds of a Go duration (``30s``, ``1m30s``) or of a bare number; raise ValueError otherwise."""
    text = text.strip()
    if re.fullmatch(r"\d+(\.\d*)?", text):
        return float(text)
    if not re.fullmatch(f"(?:{_PART.pattern})+", text):
        raise ValueError("not a duration")
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))


def go_bool(text: str) -> bool:
    """Return a boolean as Go's ``strconv.ParseBool`` reads it; raise ValueError otherwise."""
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError("not a boolean")


def without_credentials(url: str) -> str:
    """Return a URL fit to be shown: no user information, query or fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(unreadable URL)"
    shown = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", ""))
    # A slash in a password ends what counts as user information.
    return "(unreadable URL)" if has_credentials(shown) else shown


def has_credentials(url: object) -> bool:
    """Tell whether a URL has user information, and with it maybe a password."""
    return isinstance(url, str) and "@" in url


def secrets_among(options: Mapping[str, Any]) -> list[str]:
    """Return the names of the options of Vault that hold a secret, as ``vault.token``."""
    found = [f"vault.{key}" for key in ("token", "secret_id", "password") if options.get(key) is not None]
    return [*found, "vault.url"] if has_credentials(options.get("url")) else found


def is_loopback(host: str) -> bool:
    """Tell whether a host name or literal means this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def in_the_clear(url: str) -> bool:
    """Tell whether what is sent to a URL crosses a network unencrypted."""
    parts = urlsplit(url)
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")


def proxy_from_environment(url: str, environ: Mapping[str, str]) -> str | None:
    """Return the proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY choose for a URL; loopback never has one."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    name = f"{parts.scheme}_proxy"
    proxy = environ.get(name.upper()) or environ.get(name)
    if not proxy or is_loopback(host):
        return None
    exempt = (environ.get("NO_PROXY") or environ.get("no_proxy") or "").split(",")
    if any(_covers(entry.strip().lower(), host.lower()) for entry in exempt):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _covers(entry: str, host: str) -> bool:
    """Tell whether an entry of NO_PROXY (name, suffix, address, network or ``*``) means a host."""
    if entry == "*":
        return True
    entry = re.sub(r":\d+$", "", entry) if entry.count(":") == 1 else entry
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        suffix = entry.removeprefix("*").removeprefix(".")
        return bool(suffix) and (host == suffix or host.endswith(f".{suffix}"))
