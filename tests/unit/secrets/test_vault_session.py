# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How requests get to Vault: redirects, proxies, and what can't be sent."""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Category
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.settings import VaultSettings
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.source import VaultReference
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.vault import VaultSource
from ansible_collections.mailops.mailbox.tests.unit.secrets.scripted_vault import Reply, ScriptedVault, errors
from ansible_collections.mailops.mailbox.tests.unit.secrets.test_vault_source import (
    APPROLE,
    GOOD,
    SALES,
    SALES_API,
    TOKEN,
    failure_of,
    remedies,
    source,
)

LOGIN = "auth/approle/login"
LOGGED_IN = {"auth": {"client_token": "hvs.own", "lease_duration": 60, "renewable": False, "token_type": "service"}}


def behind(url: str, proxy: str, **options: Any) -> VaultSource:
    given = {"url": url, "token": TOKEN, "retries": 0, "timeout": 10, **options}
    return VaultSource(VaultSettings.from_options(given, {"VAULT_PROXY_ADDR": proxy}, Path("/nonexistent")))


def sent_on(table: dict[str, Any], url: str, status: int = 307) -> dict[str, Any]:
    return {path: Reply(status, None, {"Location": f"{url}/v1/{path}"}) for path in table}


def login_of(headers: dict[str, str]) -> str | None:
    return {name.lower(): value for name, value in headers.items()}.get("proxy-authorization")


@contextlib.contextmanager
def tunnel(to: tuple[str, int], heard: list[bytes]) -> Iterator[str]:
    """Yield the address of a proxy that takes CONNECT and goes to one place, whatever it is asked for."""
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                heard.append(data)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def serve() -> None:
        with contextlib.suppress(OSError), listener.accept()[0] as client:
            request = b""
            while not request.endswith(b"\r\n\r\n"):
                request += client.recv(4096)
            heard.append(request)
            with socket.create_connection(to) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=pump, args=(server, client), daemon=True)
                back.start()
                pump(client, server)
                back.join(10)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()
        thread.join(10)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_read_goes_where_a_standby_node_sends_it(status: int) -> None:
    with ScriptedVault(GOOD) as active, ScriptedVault(sent_on(GOOD, active.url, status)) as standby:
        with source(standby) as secrets:
            assert secrets.read(SALES).version == 3
        assert {request.token for request in active.requests} == {TOKEN}


def test_a_login_is_sent_on_as_it_is() -> None:
    table = {**GOOD, LOGIN: Reply(200, LOGGED_IN)}
    with ScriptedVault(table) as active, ScriptedVault(sent_on(table, active.url)) as standby:
        with source(standby, **APPROLE) as secrets:
            assert secrets.read(SALES).version == 3
        login = active.requests[0]
        assert (login.method, login.path) == ("POST", LOGIN)
        assert login.body == {"role_id": APPROLE["role_id"], "secret_id": APPROLE["secret_id"]}
        assert login.headers["Content-Type"] == "application/json"


def test_a_login_leaves_its_secret_behind_where_a_303_points_on() -> None:
    table = {**GOOD, LOGIN: Reply(200, LOGGED_IN)}
    with ScriptedVault(table) as active, ScriptedVault(sent_on(table, active.url, 303)) as standby:
        with source(standby, **APPROLE) as secrets:
            assert secrets.read(SALES).version == 3
        login = active.requests[0]
        assert (login.method, login.body, login.headers.get("Content-Type")) == ("GET", None, None)


def test_nodes_that_send_to_each_other_are_told() -> None:
    with ScriptedVault({}) as node:
        node.replies.update({path: [reply] for path, reply in sent_on(GOOD, node.url).items()})
        failure = failure_of(source(node, retries=3))
        assert "without end" in failure.sentence
        assert "api_addr" in remedies(failure)
        assert len(node.requests) == 3


@pytest.mark.parametrize("target", ["http://[", "ftp://127.0.0.1/v1/x", "file:///etc/passwd"])
def test_a_redirect_to_what_is_no_address_is_told(target: str) -> None:
    with ScriptedVault(dict.fromkeys(GOOD, Reply(307, None, {"Location": target}))) as vault:
        failure = failure_of(source(vault, retries=3))
        assert "no address" in failure.sentence
        assert len(vault.requests) == 1


@pytest.mark.parametrize("host", ["192.0.2.2", "vault.acme.example"])
def test_a_token_does_not_leave_this_machine_in_the_clear_by_a_redirect(host: str) -> None:
    """Who names the other machine himself is told that the token crosses the network; here nobody would be."""
    with ScriptedVault(sent_on(GOOD, f"http://{host}:8200")) as agent:
        failure = failure_of(source(agent, timeout=1))
        assert failure.category is Category.SECRET_VAULT_TLS
        assert "from this machine to plain HTTP on another one, which was not followed" in failure.sentence
        assert "api_addr" in remedies(failure)


def test_a_redirect_without_an_address_is_a_reply() -> None:
    with ScriptedVault(dict.fromkeys(GOOD, Reply(307, None))) as vault:
        assert "HTTP 307" in failure_of(source(vault)).sentence


def test_an_http_proxy_gets_the_login_that_its_address_has() -> None:
    place = "http://vault.acme.example:8200"
    with ScriptedVault({f"{place}/v1/{path}": reply for path, reply in GOOD.items()}) as proxy:
        address = proxy.url.replace("http://", "http://robot:p%40ss@")
        with behind(place, address) as secrets:
            assert secrets.read(SALES).version == 3
        # "robot:p@ss"
        assert {login_of(request.headers) for request in proxy.requests} == {"Basic cm9ib3Q6cEBzcw=="}
        with behind(place, proxy.url) as secrets:
            assert secrets.read(SALES).version == 3
        assert login_of(proxy.requests[-1].headers) is None


def test_the_log_of_what_goes_through_a_proxy_holds_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    place = "http://vault.acme.example:8200"
    table = {**GOOD, "secret/data/b": errors(403, f"permission denied for {TOKEN}")}
    replies = {f"{place}/v1/{path}": reply for path, reply in table.items()}
    with ScriptedVault(replies) as proxy, behind(place, proxy.url.replace("//", "//robot:pr0xy@")) as secrets:
        secrets.read(SALES)
        failure_of(secrets, VaultReference("b", "x"))
    assert "/v1/secret/data/b" in caplog.text, "the log that was searched is the one that urllib3 writes"
    assert not [word for word in (TOKEN, "abcd", "pr0xy", "cm9ib3Q6") if word in caplog.text]


def test_a_proxy_sees_nothing_of_what_goes_through_its_tunnel(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("vault.acme.example").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    heard: list[bytes] = []
    with ScriptedVault(GOOD, context) as vault, tunnel(vault.server.server_address[:2], heard) as proxy:
        with behind("https://vault.acme.example", f"http://robot:pass@{proxy}", ca=str(tmp_path / "ca.pem")) as secrets:
            assert secrets.read(SALES).version == 3
        assert {request.token for request in vault.requests} == {TOKEN}
        assert {login_of(request.headers) for request in vault.requests} == {None}
    first, *rest = heard
    assert first.startswith(b"CONNECT vault.acme.example:443 ")
    assert b"proxy-authorization: basic cm9ib3q6cgfzcw==" in first.lower()
    assert rest and not any(word in b"".join(heard) for word in (TOKEN.encode(), b"abcd efgh", b"sales01"))


def test_an_unverified_vault_behind_a_proxy_is_told_of_once(recwarn: pytest.WarningsRecorder) -> None:
    """By our own notice, and not again by urllib3 for every request."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("vault.acme.example").configure_cert(context)
    with (
        ScriptedVault(GOOD, context) as vault,
        tunnel(vault.server.server_address[:2], []) as proxy,
        behind("https://vault.acme.example", f"http://{proxy}", verify=False) as secrets,
    ):
        assert secrets.read(SALES).version == 3
        assert [notice.id for notice in secrets.notices] == ["vault_tls_unverified"]
    assert not [warning for warning in recwarn if "InsecureRequestWarning" in str(warning.category)]


def test_a_proxy_that_is_not_there_is_told_without_its_password() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for url in ("http://vault.acme.example:8200", "https://vault.acme.example"):
        failure = failure_of(behind(url, f"http://robot:pr0xy@127.0.0.1:{port}"))
        assert failure.category is Category.SECRET_VAULT_UNREACHABLE
        assert "through the proxy" in failure.sentence
        assert "pr0xy" not in str(failure.as_dict())


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "socks5h://robot:pass@127.0.0.1:1"])
def test_a_socks_proxy_without_its_library_is_told(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setitem(sys.modules, "urllib3.contrib.socks", None)
    failure = failure_of(behind("https://vault.acme.example", proxy))
    assert "PySocks" in failure.sentence
    assert not failure.retryable


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:99999", "http://[", "http://ro\u20acbot:pr0xy@127.0.0.1:1"])
def test_a_proxy_whose_address_is_no_good_is_told(proxy: str) -> None:
    failure = failure_of(behind("https://vault.acme.example", proxy))
    assert failure.category is Category.SECRET_VAULT_UNREACHABLE
    assert "the address of the proxy" in failure.sentence
    assert "pr0xy" not in str(failure.as_dict())


def test_a_version_is_part_of_the_query() -> None:
    with ScriptedVault({**GOOD, f"{SALES_API}?version=2": GOOD[SALES_API]}) as vault:
        with source(vault) as secrets:
            secrets.read(SALES.__class__(SALES.path, SALES.field, SALES.mount, version=2))
        assert vault.paths()[-1] == f"GET {SALES_API}?version=2"


@pytest.mark.parametrize("before", [0, 180, 400])
def test_a_page_that_cites_the_token_is_left_out_wherever_it_would_be_cut(before: int) -> None:
    page = f"<p>{'x' * before} X-Vault-Token: {TOKEN}</p>"
    with ScriptedVault(dict.fromkeys(GOOD, Reply(400, page))) as proxy:
        failure = failure_of(source(proxy))
        assert failure.reply is None
        assert TOKEN[:8] not in str(failure.as_dict())
    with ScriptedVault(dict.fromkeys(GOOD, Reply(400, "client sent something " + "x" * 400))) as proxy:
        assert len(failure_of(source(proxy)).reply or "") == 200
