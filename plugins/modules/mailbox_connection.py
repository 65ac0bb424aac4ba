#!/usr/bin/python
# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mailbox_connection
short_description: Prove that a mailbox can send and read, and register it
version_added: 0.1.0
author:
  - The mailops.mailbox contributors (@mailops)
description:
  - Connects to the SMTP and IMAP servers of a mailbox and proves stage by stage that it really can send and read. It
    resolves the host, connects, checks the certificate, logs in, offers a message to the server and opens the folder.
  - With O(state=present) a mailbox that works is registered. A second run changes nothing.
  - A task fails when any stage fails, and its message says which stage, what the server said, what that means and what
    to do.
  - The password is read from HashiCorp Vault, or given inline, for instance from a file that C(ansible-vault)
    encrypted. It is never part of a result, a message, a log or a registry.
  - A password that a server refused is not sent there again for O(retry_refused_after), unless it changed. Repeated
    runs can't lock an account. Check mode writes nothing, so what is refused in it is not remembered, and a warning
    says so.
  - Nothing is sent and nothing is marked as read, unless O(mailbox.probe.depth=message) asks for a real message.
requirements:
  - python >= 3.10
  - pydantic >= 2
  - hvac >= 2, where secrets lie in Vault
  - dnspython >= 2.4, to find servers that are not declared, and to tell why a host name has no address
extends_documentation_fragment:
  - mailops.mailbox.attributes
  - mailops.mailbox.attributes.idempotent
  - mailops.mailbox.attributes.action_group
  - mailops.mailbox.mailbox
  - mailops.mailbox.vault
  - mailops.mailbox.registry
  - mailops.mailbox.discovery
attributes:
  check_mode:
    support: full
    details:
      - In check mode the mailbox is probed, because that only reads, and the registration is predicted. Nothing is
        written and no message is sent.
  diff_mode:
    support: full
options:
  state:
    description:
      - V(verified) proves that the mailbox works, and registers nothing.
      - V(present) proves it, and then registers what works.
      - V(absent) removes the registration. It needs neither a probe nor a secret, and only O(mailbox.id) or
        O(mailbox.email).
    type: str
    choices:
      - verified
      - present
      - absent
    default: present
  allow_partial:
    description:
      - Whether a mailbox of which only one protocol works is good enough. The task succeeds then, and with
        O(state=present) the mailbox is registered as V(partial).
    type: bool
    default: false
  retry_refused_after:
    description:
      - How many seconds a password that a server refused is not sent to that server again. A password that changed, in
        Vault or inline, is tried at once.
    type: int
    default: 86400
  force:
    description:
      - Whether to probe in any case, although the password was refused before or the mailbox was verified less than
        O(mailbox.probe.revalidate_after) ago.
    type: bool
    default: false
seealso:
  - module: mailops.mailbox.mailbox_connection_info
notes:
  - The module runs where the task runs, usually on the controller. An inline password is not sent to another machine,
    because Ansible would write it to a file there; name a Vault path instead. Arguments with anything wrong in them are
    not sent there either. To check them, the controller needs pydantic, too.
"""

EXAMPLES = r"""
- name: Prove that a mailbox works, and register it; its servers are found by the domain of the address
  mailops.mailbox.mailbox_connection:
    mailbox:
      email: sales01@gmail.com
      secret:
        vault:
          path: mail/sales01
          field: app_password
    state: present

- name: The same for a mailbox with servers of its own
  mailops.mailbox.mailbox_connection:
    mailbox:
      email: sales01@acme.example
      secret:
        vault:
          path: mail/sales01
          field: app_password
      smtp:
        host: smtp.acme.example
        port: 465
      imap:
        host: imap.acme.example
        port: 993
    state: present

- name: The same for each host of an inventory of mailboxes, with a login to Vault by AppRole
  mailops.mailbox.mailbox_connection:
    mailbox: "{{ mailbox }}"
    vault:
      url: https://vault.acme.example:8200
      auth_method: approle
      role_id: "{{ vault_role_id }}"
      secret_id: "{{ vault_secret_id }}"
    state: present

- name: Only prove that it can send, through a server with STARTTLS
  mailops.mailbox.mailbox_connection:
    mailbox:
      email: news@acme.example
      protocols: [smtp]
      secret:
        password: "{{ news_password }}"
      smtp:
        host: smtp.acme.example
        port: 587
        from:
          - news@acme.example
          - offers@acme.example
    state: verified

- name: Remove a mailbox from the registry
  mailops.mailbox.mailbox_connection:
    mailbox:
      email: sales01@acme.example
    state: absent
"""

RETURN = r"""
contract:
  description: The version of the result contract.
  returned: always
  type: int
  sample: 1
id:
  description: The id of the mailbox, by default its address.
  returned: always
  type: str
  sample: sales01@acme.example
status:
  description:
    - What the mailbox came to.
    - V(verified), all that was asked for works. V(partial), one protocol works and the other one does not. V(failed),
      a server gave a definite answer that it does not. V(inconclusive), what happened says nothing about the mailbox,
      such as a temporary error. V(skipped), nothing was probed.
  returned: always
  type: str
  sample: verified
reason:
  description:
    - Why the status was reached without a full probe, or null.
    - One of V(recently_verified), V(secret_refused_before) and V(invalid_declaration).
  returned: always
  type: str
  sample: recently_verified
provider:
  description:
    - The provider of the mailbox, by its name in C(docs/providers.md), where it is declared or was found with the
      servers; else null.
  returned: always
  type: str
  sample: gmail
smtp:
  description:
    - What the SMTP probe found, or null where the mailbox has no SMTP or it was not reached.
    - The stages are listed in the order in which they ran, each with the same keys.
    - C(settings) says where host and port came from where they are not declared, with C(origin), C(trust) and
      C(source); else it is null.
  returned: always
  type: dict
  sample:
    status: ok
    host: smtp.acme.example
    port: 465
    security: tls
    settings: {origin: srv, trust: high, source: the SRV record of acme.example}
    addresses:
      - {address: 192.0.2.10, result: connected, ms: 12.1, error: null}
    mechanism: PLAIN
    relay_proven: false
    stages:
      - {stage: auth, protocol: smtp, status: ok, duration_ms: 31.5, facts: {}, reply: null}
imap:
  description: What the IMAP probe found, in the same form.
  returned: always
  type: dict
domain:
  description:
    - What was found about the domain of the address, in the form of one of the domains that
      M(mailops.mailbox.mailbox_domain_info) returns, or null where O(mailbox.domain) does not ask for it or nothing
      works.
  returned: always
  type: dict
stages:
  description:
    - The stages of the whole mailbox, such as V(config), V(secret), V(domain) and V(register), in the same form.
  returned: always
  type: list
  elements: dict
failures:
  description:
    - Everything that failed, the most important first.
    - RV(failures[].category) is a stable id, explained in docs/diagnostics.md. RV(failures[].causes) is ranked.
  returned: always
  type: list
  elements: dict
  contains:
    category:
      description: The stable id of what is wrong.
      type: str
      sample: auth.credentials
    protocol:
      description: V(smtp), V(imap), or null for a stage of the whole mailbox.
      type: str
    stage:
      description: The stage that failed.
      type: str
      sample: auth
    status:
      description: V(failed), or V(inconclusive) where it says nothing about the mailbox.
      type: str
    sentence:
      description: What happened, in one sentence.
      type: str
    reply:
      description: What the server said, with anything secret taken out.
      type: str
    causes:
      description:
        - Possible causes, the most likely first, each with a remedy and V(high), V(medium) or V(low) confidence.
      type: list
      elements: dict
    password_at_fault:
      description: V(yes), V(no) or V(unknown), whether another password can help.
      type: str
    retryable:
      description: Whether the same thing may work later.
      type: bool
    retry_after:
      description: How many seconds to wait before that, where it is known.
      type: float
    evidence:
      description: Further facts, such as the rule that matched.
      type: dict
notices:
  description: What works today and may not tomorrow, each with a stable id that O(mailbox.ignore_checks) turns off.
  returned: always
  type: list
  elements: dict
  sample:
    - {id: tls.expires_soon, protocol: smtp, stage: tls, text: The certificate expires in 9 days.}
registration:
  description: What is registered, before and after; null where nothing is.
  returned: always
  type: dict
  contains:
    registry:
      description: The kind of registry.
      type: str
      sample: sqlite
    id:
      description: The id in the registry.
      type: str
    before:
      description: The registration before the run.
      type: dict
    after:
      description: The registration after the run; in check mode, what it would be.
      type: dict
timing:
  description: When the run started (UTC), and how many milliseconds it took.
  returned: always
  type: dict
  sample: {started_at: "2026-01-31T09:30:00Z", duration_ms: 241.7}
trace:
  description:
    - The dialogues with the servers, one line for each line that was said, without secrets.
    - Each line has the protocol, the milliseconds since the probe began, whether it travelled inside TLS, the stage,
      V(>) for what was sent, V(<) for what the server said, V(-) for a note.
  returned: with C(-vvv)
  type: list
  elements: str
  sample:
    - "smtp       41.7 ms  tls: true   auth         > AUTH PLAIN ********"
    - "smtp       78.3 ms  tls: true   auth         < 235 2.7.0 Authentication successful"
msg:
  description: The whole diagnosis for people; its first line is one full sentence.
  returned: always
  type: str
"""

from ansible_collections.mailops.mailbox.plugins.module_utils._argspec.discovery import DISCOVERY_OPTIONS
from ansible_collections.mailops.mailbox.plugins.module_utils._argspec.mailbox import MAILBOX_OPTIONS
from ansible_collections.mailops.mailbox.plugins.module_utils._argspec.registry import REGISTRY_OPTIONS
from ansible_collections.mailops.mailbox.plugins.module_utils._argspec.vault import VAULT_OPTIONS
from ansible_collections.mailops.mailbox.plugins.module_utils._module import MailboxModule
from ansible_collections.mailops.mailbox.plugins.module_utils._run.entry import explain, run

ARGUMENT_SPEC = {
    "mailbox": {"type": "dict", "required": True, "options": MAILBOX_OPTIONS},
    "vault": {"type": "dict", "options": VAULT_OPTIONS},
    **REGISTRY_OPTIONS,
    **DISCOVERY_OPTIONS,
    "state": {"type": "str", "choices": ["verified", "present", "absent"], "default": "present"},
    "allow_partial": {"type": "bool", "default": False},
    "retry_refused_after": {"type": "int", "default": 86400, "no_log": False},
    "force": {"type": "bool", "default": False},
}


def _verify(module: MailboxModule) -> None:
    module.leave(run(module.params, check_mode=module.check_mode, trace=module.wants_trace))


def main() -> None:
    """Run the module."""
    module = MailboxModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True, explain=explain)
    module.guarded(lambda: _verify(module))


if __name__ == "__main__":
    main()
