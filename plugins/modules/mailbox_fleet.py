#!/usr/bin/python
# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mailbox_fleet
short_description: Prove that many mailboxes can send and read, and register them
version_added: 0.1.0
author:
  - The mailops.mailbox contributors (@mailops)
description:
  - Does for tens to thousands of mailboxes in one task what M(mailops.mailbox.mailbox_connection) does for one. Every
    mailbox gets a verdict of its own.
  - On the controller it runs in Ansible's own process, with one login to Vault, live progress and without a module
    start per mailbox. Probes run side by side, paced for each server and provider.
  - Where the task runs on another machine, a probe host, the same is done there. Only O(state=verified) and secrets in
    Vault are possible then, and there is no progress.
  - A policy decides whether the fleet is good enough, so the task can be the gate of a deployment.
requirements:
  - python >= 3.10
  - pydantic >= 2
  - hvac >= 2, where secrets lie in Vault
  - dnspython >= 2.4, to find servers that are not declared, and to tell why a host name has no address
extends_documentation_fragment:
  - mailops.mailbox.attributes
  - mailops.mailbox.attributes.idempotent
  - mailops.mailbox.attributes.action_group
  - mailops.mailbox.vault
  - mailops.mailbox.registry
  - mailops.mailbox.discovery
attributes:
  check_mode:
    support: full
    details:
      - In check mode the mailboxes are probed, because that only reads, and the registrations and removals are
        predicted. Nothing is written, neither registry, journal nor report, and no message is sent. Where O(report) is
        asked for, a warning says that it was not written. A password that is refused is not remembered, so that the
        next run sends it again; a notice of the mailbox says so.
  diff_mode:
    support: full
options:
  hosts:
    description:
      - Names of inventory hosts. The declaration of each is its variable C(mailbox), with the keys of
        O(mailops.mailbox.mailbox_connection#module:mailbox).
      - A host whose variable C(mailbox_error) is set has an invalid declaration.
      - The run is refused where a mailbox of the inventory has the name of a group of other hosts, because a play for
        that group would run for the mailbox alone, and on the controller.
      - Only on the controller can this be resolved; the task arguments then hold no secret.
    type: list
    elements: str
  mailboxes:
    description:
      - The declarations themselves, each with the keys of O(mailops.mailbox.mailbox_connection#module:mailbox).
      - Either O(hosts) or O(mailboxes) has to be given, except with O(rebuild=true).
    type: list
    elements: raw
  state:
    description:
      - V(verified) proves that the mailboxes work, and registers nothing. Verdicts are remembered in the registry all
        the same, for O(policy.on_inconclusive=last_known).
      - V(present) proves it, and then registers what works.
    type: str
    choices:
      - verified
      - present
    default: present
  allow_partial:
    description:
      - Whether a mailbox of which only one protocol works is good enough. With O(state=present) it is registered then.
    type: bool
    default: false
  retry_refused_after:
    description:
      - How many seconds a password that a server refused is not sent to that server again. A changed one is tried at
        once.
    type: int
    default: 86400
  force:
    description:
      - Whether to probe in any case, although the password was refused before or the mailbox was verified recently.
    type: bool
    default: false
  fail:
    description:
      - V(policy) fails the task where the policy is not met. A failed task prints its result, so that then holds the
        failures first and leaves out the rest above some 100 kB.
      - V(never) returns the verdicts and RV(policy.passed) instead. Use it where M(mailops.mailbox.mailbox_verdict)
        follows.
    type: str
    choices:
      - policy
      - never
    default: policy
  on_invalid:
    description:
      - V(isolate) makes an invalid declaration the verdict of that mailbox; the others are probed.
      - V(fail) stops the run before any packet is sent when any declaration is invalid.
      - With O(hosts), an inventory source that Ansible could not read counts as well, because Ansible only warns of it
        and nobody knows which mailboxes it holds. With V(isolate) the policy is not met then, whatever its limits.
      - So does what is wrong with a file of mailboxes as a whole, in whatever host of the inventory it is told, and a
        mailbox outside of O(hosts) whose declaration leaves open which groups it belongs to. Where C(--limit) names
        mailboxes, only a host within the limit counts.
    type: str
    choices:
      - fail
      - isolate
    default: isolate
  policy:
    description:
      - When the fleet is good enough. All limits that are given have to hold. Without any limit, no mailbox may fail.
      - A fleet without mailboxes, and a run that was interrupted, never pass.
    type: dict
    suboptions:
      max_failures:
        description:
          - How many mailboxes may fail.
        type: int
      max_failure_percent:
        description:
          - What share of the mailboxes may fail, in percent, from 0 to 100.
        type: float
      required:
        description:
          - Ids, addresses or tags. Every mailbox that one of them names has to work.
        type: list
        elements: str
      min_capacity:
        description:
          - How many messages a day the working senders must be able to send, by the sum of their C(daily_limit).
        type: int
      on_inconclusive:
        description:
          - What to make of a run that says nothing about a mailbox, such as a temporary error of its server.
          - V(last_known) takes the last conclusive verdict in the registry that is not older than
            O(policy.last_known_max_age), and counts a mailbox without one as a failure.
          - V(fail) counts it as a failure. V(pass) counts it as working.
        type: str
        choices:
          - last_known
          - fail
          - pass
        default: last_known
      last_known_max_age:
        description:
          - How old, in seconds, the last known verdict may be.
        type: int
        default: 86400
  pace:
    description:
      - How fast to go. The defaults are meant to be left alone; see C(docs/fleet.md).
    type: dict
    suboptions:
      concurrency:
        description:
          - How many mailboxes to probe at once, from 1 to 1000.
        type: int
      per_destination:
        description:
          - How many connections to have open at once to one server address, from 1 to 1000. SMTP and IMAP of a mailbox
            are two.
        type: int
      logins_per_minute:
        description:
          - New logins a minute for each provider, by any of its names in C(docs/providers.md), and as V(default) for
            each address of all others; V(loopback) is for servers on the machine itself. SMTP and IMAP of a mailbox are
            two, so V(1) is not possible. V(0) is no limit.
          - Names that are one provider, such as V(gmail) and V(google-workspace), have one limit together.
        type: dict
      retries:
        description:
          - How often to try again what failed for a passing reason before a password was sent, from 0 to 10.
        type: int
  shard:
    description:
      - Runs only one share of O(hosts), on the probe host that the task is delegated to. The others are other tasks' or
        other hosts'; O(collect) makes one result of them. The role P(mailops.mailbox.verify#role) does all of it.
      - A probe host that can't be reached, or can't run the module, does not fail the task. RV(shard) tells it.
      - Needs O(hosts) and O(state=verified). The results are full ones, as with O(detail=full).
    type: dict
    suboptions:
      of:
        description:
          - The names of all probe hosts. A mailbox host goes to the one that scores highest for its name, so that a
            probe host that comes or goes moves no mailboxes between the others.
        type: list
        elements: str
        required: true
      name:
        description:
          - The one of O(shard.of) whose share this is.
        type: str
        required: true
      lacking:
        description:
          - The name of the variable under which an earlier task registered its shares. Only mailboxes that have no
            result there are run, on the probe hosts that were not lost there.
        type: str
  collect:
    description:
      - Probes nothing, and makes the result of the fleet out of the shares that tasks with O(shard) registered. Runs on
        the controller, and keeps verdicts, journal and reports there. Mailboxes without a result are inconclusive.
      - Needs O(state=verified).
    type: dict
    suboptions:
      from:
        description:
          - The names of the variables that hold the shares; of two results of a mailbox, the later name's counts.
          - Names, because to render the results themselves takes longer than to probe.
        type: list
        elements: str
        required: true
      of:
        description:
          - The names of all probe hosts.
        type: list
        elements: str
        required: true
  detail:
    description:
      - V(compact) returns of a mailbox that works only what is needed. V(full) returns the whole result of each, as
        M(mailops.mailbox.mailbox_connection) does.
    type: str
    choices:
      - compact
      - full
    default: compact
  fleet:
    description:
      - The name of the fleet. What a run registers for the first time belongs to the fleet of this name.
    type: str
  prune:
    description:
      - Whether to remove registrations that belong to O(fleet) and are no longer declared.
      - It is refused, and the task fails before any packet, where the list may not be the whole fleet. That is with
        invalid declarations, in O(hosts) or anywhere else in the inventory, with C(--limit) or C(serial), when hosts of
        the play are missing from O(hosts), and when more than O(prune_max) would go.
      - Only O(registry) is looked at, and not what a declaration names as a registry of its own.
    type: bool
    default: false
  prune_max:
    description:
      - What share of the registered mailboxes of O(fleet) one run may remove, in percent, from 0 to 100.
    type: float
    default: 10.0
  journal:
    description:
      - The file to which every result is written as soon as it is there, one line of JSON each. A run that is killed
        loses nothing of it. The file is for its owner alone, and the one of the run before is kept as C(.previous).
      - What is there and is no journal is left alone, and the run refused.
      - The default lies beside the registry, with C(.fleet.jsonl) added to its name, after the name of O(fleet).
    type: path
  rebuild:
    description:
      - Whether to make result and O(report) out of O(journal) again, without probing anything. For a run that was
        killed.
    type: bool
    default: false
  report:
    description:
      - Files to write reports to. Each is written for its owner alone, and replaces only an empty file or an
        earlier report.
    type: dict
    suboptions:
      json:
        description:
          - All results in full.
        type: path
      junit:
        description:
          - JUnit XML, which CI systems show.
        type: path
      prometheus:
        description:
          - Metrics for the textfile collector of the Prometheus node exporter.
        type: path
      html:
        description:
          - One page for a browser.
        type: path
  progress:
    description:
      - Whether to print what is going on every few seconds. V(auto) does so on a terminal.
    type: str
    choices:
      - auto
      - "on"
      - "off"
    default: auto
seealso:
  - module: mailops.mailbox.mailbox_connection
  - module: mailops.mailbox.mailbox_connection_info
notes:
  - The task has to run once and not for each host. Use C(run_once), which strategy C(free) ignores; a second run of the
    same task for the same mailboxes is refused.
"""

EXAMPLES = r"""
- name: Prove and register every mailbox of the inventory, and give each host its verdict afterwards
  mailops.mailbox.mailbox_fleet:
    hosts: "{{ ansible_play_batch }}"
    state: present
    fail: never
  run_once: true
  delegate_to: localhost
  register: fleet

- name: Stop a deployment unless enough mailboxes work
  mailops.mailbox.mailbox_fleet:
    hosts: "{{ groups['mailboxes'] }}"
    state: verified
    on_invalid: fail
    policy:
      max_failure_percent: 5
      required:
        - support@acme.example
        - transactional
      min_capacity: 20000
  run_once: true
  delegate_to: localhost

- name: Keep the registry of a fleet in step with a list, and write reports
  mailops.mailbox.mailbox_fleet:
    mailboxes: "{{ mailboxes }}"
    state: present
    fleet: outreach-eu
    prune: true
    report:
      json: /var/lib/mailops/outreach-eu.json
      html: /var/www/reports/outreach-eu.html

- name: Make the reports of a run that was killed
  mailops.mailbox.mailbox_fleet:
    rebuild: true
    journal: /var/lib/mailops/registry.sqlite.fleet.jsonl
    fail: never
    report:
      html: /var/www/reports/outreach-eu.html
"""

RETURN = r"""
contract:
  description: The version of the result contract.
  returned: always
  type: int
  sample: 1
results:
  description:
    - The result of each mailbox by its id, in the order of the declarations. One that works has C(id), C(status),
      C(reason) and C(changed), and C(provider) and C(notices) where there are any. The others also have C(failures)
      and C(msg).
    - With O(detail=full), each is what M(mailops.mailbox.mailbox_connection) returns.
    - With C(-vvv), those that don't work also have C(trace), the dialogues with the servers without secrets; with
      O(detail=full), all have.
  returned: always
  type: dict
  sample:
    sales01@acme.example: {id: sales01@acme.example, status: verified, reason: null, changed: true}
results_left_out:
  description: How many results a failed task leaves out, so that its output stays readable. The journal has them all.
  returned: when the task failed and O(detail=compact)
  type: int
counts:
  description: How many mailboxes came to each status, and how many were changed.
  returned: always
  type: dict
  sample: {verified: 18, partial: 1, failed: 1, inconclusive: 0, skipped: 0, changed: 2}
policy:
  description: Whether the policy is met, and every reason why not.
  returned: always
  type: dict
  contains:
    passed:
      description: Whether it is met.
      type: bool
    reasons:
      description: Why not, one sentence each.
      type: list
      elements: str
summary:
  description: The failures by cause, the most frequent first.
  returned: always
  type: list
  elements: dict
  sample:
    - category: auth.app_password_required
      provider: gmail
      protocol: smtp
      count: 37
      ids: [sales01@acme.example]
      sentence: "37 mailboxes (Google): SMTP login was refused because Google wants an app password here."
      remedy: Create an app password and put it into Vault.
run:
  description:
    - Facts about the run. RV(run.unfinished) counts the mailboxes that an interrupted run did not come to.
  returned: always
  type: dict
  contains:
    started_at:
      description: When it began (UTC).
      type: str
    duration_ms:
      description: How long it took.
      type: float
    expected_s:
      description: How long it was expected to take, in seconds.
      type: float
    interrupted:
      description: Whether it was stopped.
      type: bool
    refused:
      description: Whether nothing was probed, because O(on_invalid=fail) and something is wrong.
      type: bool
    unread_sources:
      description: >-
        A sentence for each inventory source that could not be read as a whole, and for mailboxes outside of O(hosts)
        whose declaration leaves open which groups they belong to; see O(on_invalid).
      type: list
      elements: str
    unfinished:
      description: How many mailboxes have no result.
      type: int
    fleet:
      description: The name of the fleet.
      type: str
    report:
      description: The reports that were asked for.
      type: dict
    journal:
      description: The file with all full results.
      type: str
    auth_breaker:
      description: Where no more logins were tried, and why.
      type: list
      elements: str
    network:
      description: Sentences that say where failures are the network's and not the mailboxes'.
      type: list
      elements: str
    by_last_known:
      description: Ids of inconclusive mailboxes that the policy let through by their last known verdict.
      type: list
      elements: str
    probe_hosts:
      description:
        - Of each probe host, its name (C(host)), how many results it gave (C(mailboxes)), and whether it was lost
          (C(lost)) and C(why).
      type: list
      elements: dict
shard:
  description: What the share was, with O(shard).
  returned: with O(shard)
  type: dict
  contains:
    name:
      description: The probe host.
      type: str
    hosts:
      description: The mailbox hosts that were sent to it.
      type: list
      elements: str
    lost:
      description: Whether the probe host gave no result.
      type: bool
    why:
      description: Why not.
      type: str
    refused:
      description: Why nothing was sent to it, such as a secret that is no Vault reference. O(collect) fails then.
      type: str
    started_at:
      description: When it began (UTC).
      type: str
pruned:
  description: The ids that were removed from the registry, or would be in check mode.
  returned: always
  type: list
  elements: str
msg:
  description: What came of the fleet, for people; its first line is one full sentence.
  returned: always
  type: str
"""

import select

from ansible_collections.mailops.mailbox.plugins.module_utils._argspec.fleet import (
    FLEET_OPTIONS,
    MUTUALLY_EXCLUSIVE,
    TRAVELLING,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.options import declared_in, inline_secret, run
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.request import FleetRefused
from ansible_collections.mailops.mailbox.plugins.module_utils._module import MailboxModule


def unheard() -> bool:
    """Tell whether the connection that the result would go through is gone.

    Another probe host gets these mailboxes then, and a second login beside its own could lock an account.
    """
    watched = select.poll()
    watched.register(1, 0)
    return bool(watched.poll(0))


def fleet(module: MailboxModule) -> None:
    """Run the fleet and leave with its result."""
    params = module.params
    if params["hosts"] is not None:
        module.fail_json(msg="hosts is resolved on the controller; on a probe host, name mailboxes.")
    if params["state"] != "verified":
        module.fail_json(msg="On a probe host only state: verified is possible; registration stays on the controller.")
    if params["shard"] is not None or params["collect"] is not None:
        module.fail_json(msg="shard and collect are for the controller; a probe host is sent mailboxes.")
    mailboxes = params["mailboxes"] or []
    if any(inline_secret(one) for one in mailboxes):
        module.fail_json(msg="On a probe host secrets have to lie in Vault (secret.vault); nothing was sent.")
    try:
        outcome = run(
            params,
            declared_in(mailboxes),
            check_mode=module.check_mode,
            diff=False,
            stopping=unheard,
            trace=module.wants_trace,
        )
    except FleetRefused as refused:
        module.fail_json(msg=str(refused))
    for text in outcome.warnings:
        module.warn(text)
    # Ansible renames a key results that is no list, and warns of it; the action gives it its name again.
    told = {TRAVELLING if key == "results" else key: value for key, value in outcome.result.items()}
    if outcome.failed:
        module.fail_json(**told)
    module.exit_json(**told)


def main() -> None:
    """Run the module."""
    module = MailboxModule(
        argument_spec=FLEET_OPTIONS,
        mutually_exclusive=MUTUALLY_EXCLUSIVE,
        supports_check_mode=True,
    )
    module.guarded(lambda: fleet(module))


if __name__ == "__main__":
    main()
