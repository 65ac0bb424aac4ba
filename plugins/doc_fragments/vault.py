# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The options of HashiCorp Vault, documented once."""

from __future__ import annotations


class ModuleDocFragment:
    """Documents the suboptions of O(vault)."""

    DOCUMENTATION = r"""
options:
  vault:
    description:
      - How to reach HashiCorp Vault, and how to log in there.
      - It is only used when a secret lies in Vault. There is one login for a run, and every path is read once.
      - An option that is not given is taken from the environment variable that the C(vault) command uses for it, on
        the machine where the task runs.
      - The environment variables E(VAULT_PROXY_ADDR) and, after it, E(VAULT_HTTP_PROXY) name a proxy; without them
        E(HTTPS_PROXY), E(HTTP_PROXY) and E(NO_PROXY) count.
      - E(VAULT_CACERT_BYTES) can hold CA certificates as PEM text; it comes after E(VAULT_CACERT) and before
        E(VAULT_CAPATH).
    type: dict
    version_added: 0.1.0
    suboptions:
      url:
        description:
          - The address of the Vault server or of a Vault Agent, such as V(https://vault.example.com:8200).
          - Without it E(VAULT_AGENT_ADDR) and then E(VAULT_ADDR) are used, and at last V(https://127.0.0.1:8200).
          - Unix sockets are not supported.
        type: str
      auth_method:
        description:
          - How to log in.
          - V(token) uses a token that exists already. It is never revoked.
          - V(approle) needs O(vault.role_id), and O(vault.secret_id) where the role asks for one.
          - V(userpass) needs O(vault.username) and O(vault.password).
          - A token that V(approle) or V(userpass) gave out is revoked at the end of the run.
        type: str
        choices: [token, approle, userpass]
        default: token
      token:
        description:
          - The token for O(vault.auth_method=token).
          - Without it E(VAULT_TOKEN) is used, and then the file C(~/.vault-token) that C(vault login) writes.
        type: str
      role_id:
        description:
          - The role ID for O(vault.auth_method=approle).
        type: str
      secret_id:
        description:
          - The secret ID for O(vault.auth_method=approle).
        type: str
      username:
        description:
          - The user name for O(vault.auth_method=userpass).
        type: str
      password:
        description:
          - The password for O(vault.auth_method=userpass).
        type: str
      auth_mount:
        description:
          - Where the login method is mounted, without C(auth/) before it.
          - Without it the name of the method is used.
        type: str
      namespace:
        description:
          - The namespace of Vault Enterprise, HCP Vault or OpenBao that login and secrets belong to.
          - Without it E(VAULT_NAMESPACE) is used.
          - The community edition of Vault ignores a namespace; the result carries a warning then.
        type: str
      ca:
        description:
          - A PEM file with the CA certificates to trust for Vault, or a directory in which every file is one.
          - Without it E(VAULT_CACERT) and then E(VAULT_CAPATH) are used, and at last the CA certificates of the system.
        type: path
      verify:
        description:
          - Whether to verify the certificate of Vault. When it is off, every result carries a warning.
          - Without it E(VAULT_SKIP_VERIFY) decides, and at last it is on.
        type: bool
      server_name:
        description:
          - The name to ask for (SNI) and to find in the certificate, when it is not the host of O(vault.url).
          - Without it E(VAULT_TLS_SERVER_NAME) is used.
        type: str
      client_cert:
        description:
          - A PEM file with a client certificate for the TLS connection. Needs O(vault.client_key).
          - Without it E(VAULT_CLIENT_CERT) is used.
        type: path
      client_key:
        description:
          - A PEM file with the unencrypted key of O(vault.client_cert).
          - Without it E(VAULT_CLIENT_KEY) is used.
        type: path
      timeout:
        description:
          - Seconds to wait for a connection, and then for each reply.
          - Without it E(VAULT_CLIENT_TIMEOUT) is used, which also takes durations such as V(1m30s), and at last 30.
        type: float
      retries:
        description:
          - How often a request is tried again after a connection error or a reply with HTTP 412, 429 or 5xx.
          - A login is only tried again when Vault can't have received it, or has turned it away with such a reply.
          - Without it E(VAULT_MAX_RETRIES) is used, and at last 2. From 0 to 20.
        type: int
"""
