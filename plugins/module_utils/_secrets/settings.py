# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""How to reach Vault and log in there: explicit options first, then the environment of the Vault client."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from .environment import go_bool, go_duration, in_the_clear, proxy_from_environment, without_credentials

DEFAULT_URL = "https://127.0.0.1:8200"
DEFAULT_TIMEOUT = 30.0
DEFAULT_RETRIES = 2
AUTH_METHODS = ("token", "approle", "userpass")

_T = TypeVar("_T")
_NEEDED = {"token": (), "approle": ("role_id",), "userpass": ("username", "password")}
_OPTIONS = (
    "url", "auth_method", "token", "role_id", "secret_id", "username", "password", "auth_mount", "namespace", "ca",
    "verify", "server_name", "client_cert", "client_key", "timeout", "retries",
)  # fmt: skip


@dataclass(frozen=True)
class SettingProblem:
    """One thing that is wrong with a setting; ``key`` is its option or variable, ``text`` holds no value."""

    key: str
    text: str


class VaultSettingsError(ValueError):
    """All that is wrong with the settings, at once."""

    def __init__(self, problems: tuple[SettingProblem, ...]) -> None:
        super().__init__("; ".join(f"{problem.key}: {problem.text}" for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class VaultSettings:
    """Settings of one Vault client. ``timeout`` is in seconds; ``ca`` is a PEM file or a directory of them."""

    url: str = field(default=DEFAULT_URL, repr=False)
    auth_method: str = "token"
    auth_mount: str = "token"
    token: str | None = field(default=None, repr=False)
    role_id: str | None = field(default=None, repr=False)
    secret_id: str | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    namespace: str | None = None
    ca: Path | None = None
    ca_pem: str | None = field(default=None, repr=False)
    verify: bool = True
    server_name: str | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    timeout: float = DEFAULT_TIMEOUT
    retries: int = DEFAULT_RETRIES
    proxy: str | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        """The address of Vault as it may be shown."""
        return without_credentials(self.url)

    @property
    def plaintext(self) -> bool:
        """Whether tokens and secrets would cross a network unencrypted."""
        return in_the_clear(self.url)

    @classmethod
    def from_options(cls, options: Mapping[str, Any] | None, environ: Mapping[str, str], home: Path) -> VaultSettings:
        """Combine options with the environment; raise :class:`VaultSettingsError` with every problem found.

        A token that is nowhere to be found is no problem here: a run without Vault references needs none.
        """
        reader = _Reader(options or {}, environ, home)
        settings = reader.read()
        if reader.problems:
            raise VaultSettingsError(tuple(reader.problems))
        return settings


class _Reader:
    """Reads one setting after the other and collects what is wrong with them."""

    def __init__(self, options: Mapping[str, Any], environ: Mapping[str, str], home: Path) -> None:
        self.options = {key: value for key, value in options.items() if value is not None and value != ""}
        self.environ = environ
        self.home = home
        self.problems: list[SettingProblem] = []

    def problem(self, key: str, text: str) -> None:
        self.problems.append(SettingProblem(key, text))

    def read(self) -> VaultSettings:
        for option in self.options:
            if option not in _OPTIONS:
                near = difflib.get_close_matches(str(option), _OPTIONS, n=1)
                self.problem(str(option), "is not an option of vault" + (f"; did you mean {near[0]}?" if near else "."))
        method = self.method()
        url = self.url()
        cert = self.path("client_cert", "VAULT_CLIENT_CERT")
        key = self.path("client_key", "VAULT_CLIENT_KEY")
        if (cert is None) != (key is None):
            self.problem(
                "client_cert" if cert is None else "client_key", "is missing: certificate and key go together."
            )
        ca, ca_pem = self.authorities()
        return VaultSettings(
            url=url,
            auth_method=method,
            auth_mount=(self.text("auth_mount") or method).strip("/"),
            token=self.token() if method == "token" else None,
            role_id=self.text("role_id"),
            secret_id=self.text("secret_id"),
            username=self.text("username"),
            password=self.text("password"),
            namespace=self.header("namespace", "VAULT_NAMESPACE"),
            ca=ca,
            ca_pem=ca_pem,
            verify=self.verify(),
            server_name=self.text("server_name", "VAULT_TLS_SERVER_NAME"),
            client_cert=cert,
            client_key=key,
            timeout=self.timeout(),
            retries=self.retries(),
            proxy=self.proxy(url),
        )

    def source(self, option: str, *variables: str) -> tuple[str, Any] | None:
        """Return (name, value) of the first place that has a value."""
        if option in self.options:
            return option, self.options[option]
        for variable in variables:
            # As the Vault client does it, an empty variable counts as unset.
            if self.environ.get(variable):
                return variable, self.environ[variable]
        return None

    def text(self, option: str, *variables: str) -> str | None:
        found = self.source(option, *variables)
        if found is None:
            return None
        name, value = found
        if not isinstance(value, str):
            self.problem(name, "must be text.")
            return None
        return value

    def method(self) -> str:
        method = self.text("auth_method") or "token"
        if method not in AUTH_METHODS:
            near = difflib.get_close_matches(method, AUTH_METHODS, n=1)
            hint = f"; did you mean {near[0]}?" if near else "."
            self.problem("auth_method", f"must be one of {', '.join(AUTH_METHODS)}{hint}")
            return "token"
        for needed in _NEEDED[method]:
            if needed not in self.options:
                self.problem(needed, f"is needed for auth_method {method}.")
        return method

    def url(self) -> str:
        # VAULT_AGENT_ADDR wins over VAULT_ADDR, as in the Vault client.
        found = self.source("url", "VAULT_AGENT_ADDR", "VAULT_ADDR")
        if found is None:
            return DEFAULT_URL
        name, value = found
        if not isinstance(value, str):
            self.problem(name, "must be text.")
            return DEFAULT_URL
        url = value.strip().rstrip("/")
        if url.startswith("unix:"):
            self.problem(name, "names a unix socket, which is not supported; use a TCP listener of the Vault Agent.")
            return DEFAULT_URL
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port)
        except ValueError:
            usable = False
        if not usable or any(char.isspace() for char in url):
            self.problem(name, "must be a URL such as https://vault.example.com:8200.")
            return DEFAULT_URL
        if parts.path.endswith("/v1") or parts.path.startswith("/ui"):
            self.problem(name, "must be the address of the server alone, without /v1 or /ui.")
        return url

    def header(self, option: str, variable: str) -> str | None:
        found = self.source(option, variable)
        value = self.text(option, variable)
        if found is not None and value is not None and not _fits_header(value):
            self.problem(found[0], "contains a blank or a character that no HTTP header can carry.")
            return None
        return value.strip("/") or None if value else None

    def token(self) -> str | None:
        token = self.header_token()
        if token is not None:
            return token
        helper = self.home / ".vault-token"
        try:
            stored = helper.read_text(encoding="utf-8").strip()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, UnicodeDecodeError):
            self.problem("token", "is not given, and the file .vault-token in the home directory can't be read.")
            return None
        if stored and not _fits_header(stored):
            self.problem("token", "in the file .vault-token contains a blank or a character that no token has.")
            return None
        return stored or None

    def header_token(self) -> str | None:
        found = self.source("token", "VAULT_TOKEN")
        value = self.text("token", "VAULT_TOKEN")
        if found is not None and value is not None and not _fits_header(value):
            self.problem(found[0], "contains a blank, a line end or a character that no token has.")
            return None
        return value

    def path(self, option: str, *variables: str) -> Path | None:
        found = self.source(option, *variables)
        if found is None:
            return None
        name, value = found
        path = self.home / str(value)[2:] if str(value).startswith("~/") else Path(str(value))
        if not path.exists():
            self.problem(name, "names a file that does not exist on this machine.")
        return path

    def authorities(self) -> tuple[Path | None, str | None]:
        # The order of the Vault client: a file, then PEM text, then a directory.
        ca = self.path("ca", "VAULT_CACERT")
        if ca is not None:
            return ca, None
        pem = self.environ.get("VAULT_CACERT_BYTES")
        return (None, pem) if pem else (self.path("ca", "VAULT_CAPATH"), None)

    def verify(self) -> bool:
        if "verify" in self.options:
            return self.converted("verify", self.options["verify"], _as_bool, True, "must be true or false.")
        skip = self.environ.get("VAULT_SKIP_VERIFY")
        if not skip:
            return True
        return not self.converted("VAULT_SKIP_VERIFY", skip, go_bool, False, "must be true or false.")

    def timeout(self) -> float:
        found = self.source("timeout", "VAULT_CLIENT_TIMEOUT")
        if found is None:
            return DEFAULT_TIMEOUT
        wrong = "must be a time above zero: seconds, or a duration such as 30s."
        return self.converted(found[0], found[1], _as_seconds, DEFAULT_TIMEOUT, wrong)

    def retries(self) -> int:
        found = self.source("retries", "VAULT_MAX_RETRIES")
        if found is None:
            return DEFAULT_RETRIES
        return self.converted(found[0], found[1], _as_count, DEFAULT_RETRIES, "must be a whole number from 0 to 20.")

    def proxy(self, url: str) -> str | None:
        for name in ("VAULT_PROXY_ADDR", "VAULT_HTTP_PROXY"):
            proxy = self.environ.get(name)
            if not proxy:
                continue
            if not proxy.lower().startswith(("http://", "https://", "socks5://", "socks5h://")):
                self.problem(name, "must be a URL that begins with http://, https:// or socks5://.")
                return None
            return proxy
        return proxy_from_environment(url, self.environ)

    def converted(self, name: str, value: Any, convert: Callable[[Any], _T], default: _T, wrong: str) -> _T:
        try:
            return convert(value)
        except (TypeError, ValueError):
            self.problem(name, wrong)
            return default


def _fits_header(value: str) -> bool:
    return all(33 <= ord(char) <= 126 for char in value)


def _as_bool(value: Any) -> bool:
    return value if isinstance(value, bool) else go_bool(str(value))


def _as_seconds(value: Any) -> float:
    seconds = go_duration(str(value)) if not isinstance(value, bool) else 0.0
    if not 0 < seconds < 86400:
        raise ValueError("out of range")
    return seconds


def _as_count(value: Any) -> int:
    count = int(str(value), 10)
    if isinstance(value, bool) or not 0 <= count <= 20:
        raise ValueError("out of range")
    return count
