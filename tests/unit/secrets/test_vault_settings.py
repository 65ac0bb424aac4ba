# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the settings of Vault come from, and what is said about bad ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.environment import (
    go_bool,
    go_duration,
    proxy_from_environment,
    without_credentials,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.settings import (
    VaultSettings,
    VaultSettingsError,
)


def made(home: Path, options: dict[str, Any] | None = None, **environ: str) -> VaultSettings:
    return VaultSettings.from_options(options, environ, home)


def problems(home: Path, options: dict[str, Any] | None = None, **environ: str) -> dict[str, str]:
    with pytest.raises(VaultSettingsError) as caught:
        made(home, options, **environ)
    return {problem.key: problem.text for problem in caught.value.problems}


def test_defaults(tmp_path: Path) -> None:
    settings = made(tmp_path)
    assert settings == VaultSettings()
    assert (settings.url, settings.timeout, settings.retries) == ("https://127.0.0.1:8200", 30.0, 2)
    assert settings.verify is True


@pytest.mark.parametrize(
    ("option", "value", "variable", "other", "expected"),
    [
        ("url", "https://a:1/", "VAULT_ADDR", "https://b:1", ("https://a:1", "https://b:1")),
        ("token", "one", "VAULT_TOKEN", "two", ("one", "two")),
        ("namespace", "a/b/", "VAULT_NAMESPACE", "c", ("a/b", "c")),
        ("server_name", "a.example", "VAULT_TLS_SERVER_NAME", "b.example", ("a.example", "b.example")),
        ("timeout", 5, "VAULT_CLIENT_TIMEOUT", "1m30s", (5.0, 90.0)),
        ("retries", 0, "VAULT_MAX_RETRIES", "7", (0, 7)),
        ("verify", True, "VAULT_SKIP_VERIFY", "true", (True, False)),
    ],
)
def test_an_option_beats_the_environment(
    tmp_path: Path, option: str, value: Any, variable: str, other: str, expected: tuple[Any, Any]
) -> None:
    assert getattr(made(tmp_path, {option: value}, **{variable: other}), option) == expected[0]
    assert getattr(made(tmp_path, {option: None}, **{variable: other}), option) == expected[1]
    assert getattr(made(tmp_path, None, **{variable: ""}), option) == getattr(VaultSettings(), option)


def test_agent_address_beats_server_address(tmp_path: Path) -> None:
    assert made(tmp_path, VAULT_AGENT_ADDR="http://127.0.0.1:8100", VAULT_ADDR="https://v").url.endswith(":8100")


def test_token_from_the_helper_file_comes_last(tmp_path: Path) -> None:
    (tmp_path / ".vault-token").write_text("from-file\n")
    assert made(tmp_path).token == "from-file"
    assert made(tmp_path, VAULT_TOKEN="from-variable").token == "from-variable"
    options = {"auth_method": "approle", "role_id": "r"}
    assert made(tmp_path, options, VAULT_TOKEN="t").token is None


def test_authorities_in_the_order_of_the_vault_client(tmp_path: Path) -> None:
    file, folder = tmp_path / "ca.pem", tmp_path / "cas"
    file.write_text("")
    folder.mkdir()
    both = {"VAULT_CACERT": str(file), "VAULT_CAPATH": str(folder), "VAULT_CACERT_BYTES": "PEM"}
    assert (made(tmp_path, **both).ca, made(tmp_path, **both).ca_pem) == (file, None)
    del both["VAULT_CACERT"]
    assert (made(tmp_path, **both).ca, made(tmp_path, **both).ca_pem) == (None, "PEM")
    del both["VAULT_CACERT_BYTES"]
    assert made(tmp_path, **both).ca == folder
    assert made(tmp_path, {"ca": "~/ca.pem"}, **both).ca == file


def test_proxies(tmp_path: Path) -> None:
    url = "https://vault.acme.example"
    assert (
        made(tmp_path, {"url": url}, VAULT_HTTP_PROXY="http://a:1", VAULT_PROXY_ADDR="http://b:1").proxy == "http://b:1"
    )
    assert made(tmp_path, {"url": url}, VAULT_HTTP_PROXY="http://a:1", HTTPS_PROXY="http://c:1").proxy == "http://a:1"
    assert made(tmp_path, {"url": url}, https_proxy="c:1").proxy == "http://c:1"
    assert made(tmp_path, {"url": url}, HTTP_PROXY="http://c:1").proxy is None
    assert made(tmp_path, HTTPS_PROXY="http://c:1").proxy is None
    assert "VAULT_PROXY_ADDR" in problems(tmp_path, VAULT_PROXY_ADDR="b:1")


@pytest.mark.parametrize(
    ("exempt", "applies"),
    [
        ("acme.example", False),
        (".acme.example", False),
        ("*", False),
        ("vault.acme.example:8200", False),
        ("me.example", True),
        ("10.0.0.0/8", True),
        ("", True),
    ],
)
def test_no_proxy(exempt: str, applies: bool) -> None:
    found = proxy_from_environment("https://vault.acme.example:8200", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": exempt})
    assert (found is not None) is applies


def test_no_proxy_by_network() -> None:
    assert proxy_from_environment("https://10.1.2.3", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "10.0.0.0/8"}) is None


def test_all_problems_at_once_and_no_values(tmp_path: Path) -> None:
    options = {
        "url": "vault.example.com",
        "auth_method": "aprole",
        "tokken": "s.very-secret",
        "timeout": "soon",
        "retries": -1,
        "ca": "/does/not/exist",
        "client_cert": str(tmp_path),
    }
    found = problems(tmp_path, options, VAULT_TOKEN="two words", VAULT_SKIP_VERIFY="perhaps")
    keys = {
        "url",
        "auth_method",
        "tokken",
        "timeout",
        "retries",
        "ca",
        "client_key",
        "VAULT_TOKEN",
        "VAULT_SKIP_VERIFY",
    }
    assert set(found) == keys
    assert "did you mean token?" in found["tokken"]
    assert "did you mean approle?" in found["auth_method"]
    assert "very-secret" not in str(found)
    assert "two words" not in str(found)


def test_what_a_method_needs(tmp_path: Path) -> None:
    assert set(problems(tmp_path, {"auth_method": "approle"})) == {"role_id"}
    assert set(problems(tmp_path, {"auth_method": "userpass"})) == {"username", "password"}
    assert made(tmp_path, {"auth_method": "approle", "role_id": "r", "auth_mount": "/ci/"}).auth_mount == "ci"


def test_unix_sockets_are_explained(tmp_path: Path) -> None:
    found = problems(tmp_path, VAULT_AGENT_ADDR="unix:///run/vault.sock")
    assert "unix socket" in found["VAULT_AGENT_ADDR"]
    assert "TCP listener" in found["VAULT_AGENT_ADDR"]


@pytest.mark.parametrize(
    "url", ["https://v/v1", "https://v:x", "https://", "ftp://v", "https://v /", "https://v/ui/vault"]
)
def test_bad_addresses(tmp_path: Path, url: str) -> None:
    assert set(problems(tmp_path, {"url": url})) == {"url"}


def test_a_token_that_no_header_can_carry(tmp_path: Path) -> None:
    (tmp_path / ".vault-token").write_text("s.one s.two")
    assert ".vault-token" in problems(tmp_path)["token"]


def test_nothing_secret_in_a_repr(tmp_path: Path) -> None:
    options = {
        "auth_method": "userpass",
        "username": "robot",
        "password": "pa55",
        "secret_id": "5id",
        "role_id": "r01e",
    }
    settings = made(tmp_path, {**options, "url": "https://user:ur1pa55@v:8200"}, VAULT_PROXY_ADDR="http://u:pr0xy@p:1")
    shown = repr(settings) + settings.address
    assert not [word for word in ("pa55", "5id", "r01e", "ur1pa55", "pr0xy") if word in shown]
    assert settings.address == "https://v:8200"


def test_plaintext_is_fine_only_on_this_machine(tmp_path: Path) -> None:
    assert not made(tmp_path, {"url": "http://127.0.0.1:8200"}).plaintext
    assert not made(tmp_path, {"url": "http://[::1]:8200"}).plaintext
    assert made(tmp_path, {"url": "http://vault:8200"}).plaintext


@pytest.mark.parametrize(
    ("text", "seconds"), [("30", 30.0), ("30s", 30.0), ("1m30s", 90.0), ("1.5h", 5400.0), ("250ms", 0.25)]
)
def test_go_durations(text: str, seconds: float) -> None:
    assert go_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "s", "30 s", "-5s", "5x", "1m30"])
def test_no_go_durations(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        go_duration(text)


def test_go_booleans() -> None:
    assert [go_bool(text) for text in ("1", "t", "True", "0", "FALSE")] == [True, True, True, False, False]
    with pytest.raises(ValueError, match="boolean"):
        go_bool("yes")


def test_urls_are_shown_without_credentials() -> None:
    assert without_credentials("https://u:p@v:1/x/?token=abc#y") == "https://v:1/x"
