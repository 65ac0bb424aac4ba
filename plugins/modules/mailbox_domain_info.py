#!/usr/bin/python
# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mailbox_domain_info
short_description: Look at the DNS of sending domains, and say what is wrong with it
version_added: 0.1.0
author:
  - The mailops.mailbox contributors (@mailops)
description:
  - Reads what a domain publishes about its mail and judges it. MX, SPF, DKIM, DMARC, MTA-STS with its policy, TLS-RPT,
    DANE, DNSSEC, and on request block lists and tracking hosts.
  - Every finding has a stable id, a severity, a cause, a remedy and the section of the standard. All ids are explained
    in C(docs/domain.md).
  - Only DNS is asked, and the web server that must have the policy of MTA-STS, by https. No mail server is contacted
    and no credential is needed.
  - What could not be found out is told as V(unknown), and never as a fault of the domain.
requirements:
  - python >= 3.10
  - pydantic >= 2
  - dnspython >= 2.4
extends_documentation_fragment:
  - mailops.mailbox.attributes
  - mailops.mailbox.attributes.info_module
  - mailops.mailbox.attributes.idempotent
  - mailops.mailbox.network
options:
  domains:
    description:
      - The domains to look at. Of a mail address, its domain is taken.
    type: list
    elements: str
    required: true
    aliases:
      - domain
  provider:
    description:
      - The provider that the domains send by, by a name from C(docs/providers.md). Its SPF include has to be in the SPF
        record then, and its DKIM selectors are looked for.
      - V(auto) takes whoever receives the mail of the domain. Without it no provider is assumed, because a domain may
        send by another one than it receives by.
    type: str
  dkim_selectors:
    description:
      - DKIM selectors that are used for certain, such as those of a message that was received. DNS can't list them, so
        DKIM is never said to be missing where none is known.
    type: list
    elements: str
  envelope_domain:
    description:
      - The domain of envelope senders (MAIL FROM, Return-Path), where it is known. It is said then whether SPF can make
        DMARC pass for the domains, which a sending tool with a bounce domain of its own may prevent.
    type: str
  dkim_domains:
    description:
      - The domains that sign mail (C(d=) in DKIM-Signature), where they are known. It is said then whether DKIM can
        make DMARC pass for the domains.
    type: list
    elements: str
  sending_ips:
    description:
      - IP addresses that mail leaves from. SPF has to allow them, and O(blocklists) are asked about them.
      - Give the addresses that receivers see. The host that mailboxes log in to is mostly another one.
    type: list
    elements: str
  tracking_hosts:
    description:
      - Host names that links in mail lead to, such as the CNAME of a sending tool.
    type: list
    elements: str
  blocklists:
    description:
      - Names of DNS block lists to look O(sending_ips) up in, such as V(zen.spamhaus.org). None by default, because
        each list has terms of use, and many refuse questions that come over a public resolver.
    type: list
    elements: str
  timeout:
    description:
      - How many seconds each domain may take, at most V(600).
    type: float
    default: 15.0
  ignore_findings:
    description:
      - Ids of findings that are not to be shown or counted, such as V(mx.alias).
    type: list
    elements: str
  fail_on:
    description:
      - Whether the task fails for findings, for a gate. V(error) fails for errors only, V(warning) for warnings too.
      - What could not be found out does not fail the task; RV(domains[].status) is V(unknown) then.
    type: str
    choices:
      - never
      - error
      - warning
    default: never
seealso:
  - module: mailops.mailbox.mailbox_connection
"""

EXAMPLES = r"""
- name: Look at a domain
  mailops.mailbox.mailbox_domain_info:
    domain: acme.example
  register: acme

- name: Show it to people
  ansible.builtin.debug:
    msg: "{{ acme.msg.splitlines() }}"

- name: Stop a deployment when the domain that sends by Google is not in order
  mailops.mailbox.mailbox_domain_info:
    domains:
      - acme.example
      - sales@acme.example
    provider: google-workspace
    tracking_hosts:
      - link.acme.example
    ignore_findings:
      - mta_sts.testing
    fail_on: error

- name: Look whether the addresses of an own mail server are allowed by SPF and on no block list
  mailops.mailbox.mailbox_domain_info:
    domain: acme.example
    sending_ips:
      - 192.0.2.25
    dkim_selectors:
      - mail2026
    blocklists:
      - zen.spamhaus.org
    nameservers:
      - 127.0.0.1
"""

RETURN = r"""
status:
  description: The worst of all domains.
  returned: when the options are right
  type: str
  sample: warning
domains:
  description: What was found, in the order of O(domains).
  returned: always
  type: list
  elements: dict
  contains:
    domain:
      description: The domain, in its ASCII form.
      type: str
      sample: acme.example
    status:
      description:
        - V(failed) with an error, V(warning) with a warning, V(unknown) where something could not be found out, else
          V(ok).
      type: str
      sample: warning
    provider:
      description: Who receives the mail, by its name in C(docs/providers.md), or null where that is not known.
      type: str
      sample: google-workspace
    gateway:
      description: A filtering service that receives the mail, or null. Who has the mailboxes does not show then.
      type: str
    sections:
      description:
        - For each of C(mx), C(spf), C(dkim), C(dmarc), C(mta_sts), C(tls_rpt), C(dane), C(dnssec), C(block_lists) and
          C(tracking), a C(status) and the C(facts) that were found.
        - The status is V(ok), V(warning), V(failed), V(absent), V(unknown) or V(skipped).
      type: dict
      sample:
        mta_sts: {status: ok, facts: {id: "20260131T093000", mode: enforce, max_age: 2419200, mx: [mx.acme.example]}}
    findings:
      description: What is to be said about the domain, the worst first.
      type: list
      elements: dict
      contains:
        id:
          description: The stable id, explained in docs/domain.md.
          type: str
          sample: mta_sts.mx_refused
        severity:
          description:
            - V(error), mail is refused or can be forged. V(warning), it may be. V(info), worth knowing.
          type: str
          sample: error
        text:
          description: What is the case, in one sentence.
          type: str
        cause:
          description: Why that is so, and what follows from it.
          type: str
        remedy:
          description: What to do.
          type: str
        reference:
          description: The section of the standard.
          type: str
          sample: RFC 8461 section 4.1
        evidence:
          description: The values that the sentence is made of, for machines.
          type: dict
msg:
  description: All of it for people; the first line is one full sentence.
  returned: always
  type: str
"""

from ansible_collections.mailops.mailbox.plugins.module_utils._argspec.domain import DOMAIN_OPTIONS
from ansible_collections.mailops.mailbox.plugins.module_utils._module import MailboxModule
from ansible_collections.mailops.mailbox.plugins.module_utils._run.domain import inspect_domains


def main() -> None:
    """Run the module."""
    module = MailboxModule(argument_spec=DOMAIN_OPTIONS, supports_check_mode=True)
    module.guarded(lambda: module.leave(inspect_domains(module.params)))


if __name__ == "__main__":
    main()
