# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Documentation of the option ``mailbox``: a whole declaration."""

from __future__ import annotations


class ModuleDocFragment:
    """Documents O(mailbox) with all its suboptions."""

    # Sanity tests read this without running it, so it is one literal; what sections share is a YAML anchor.
    DOCUMENTATION = r"""
options:
  mailbox:
    description:
      - The declaration of the mailbox.
      - All problems of a declaration are told at once, by their key path, and never with a value.
    type: dict
    required: true
    version_added: 0.1.0
    suboptions:
      id:
        description:
          - The key of the mailbox in results and registries, 1 to 254 characters that can be seen, and blanks between
            them. Without it O(mailbox.email) counts.
        type: str
      email:
        description:
          - The address of the mailbox, without a display name. It is required to probe or to register.
        type: str
      name:
        description:
          - A label for people.
        type: str
      provider:
        description:
          - The provider of the mailbox, by a name from C(docs/providers.md). It gives host, port, security and user
            name where they are not declared.
          - V(auto) is the same as leaving it out. The provider, or the servers, are found by the domain of
            O(mailbox.email) then, as far as O(mailbox.smtp.host) and O(mailbox.imap.host) are not declared.
        type: str
      protocols:
        description:
          - What the mailbox is used for; with one of them it only sends or only receives.
          - The default is V(smtp,imap).
        type: list
        elements: str
        choices:
          - smtp
          - imap
      username:
        description:
          - The login name. Without it, it is the form of O(mailbox.email) that the provider wants, as a rule the whole.
        type: str
      secret:
        description:
          - Where the password comes from, with exactly one source.
        type: dict
        suboptions: &secret
          vault:
            description:
              - The password lies in a KV engine of HashiCorp Vault. Version 1 and version 2 of the engine are told
                apart.
            type: dict
            suboptions:
              path:
                description:
                  - The path of the secret, without the mount and without C(data/).
                type: str
                required: true
              field:
                description:
                  - The field of the secret that holds the password.
                type: str
                required: true
              mount:
                description:
                  - The mount of the KV engine.
                  - The default is V(secret).
                type: str
              version:
                description:
                  - A version of the secret, from 1, in version 2 of the engine. Without it the newest one is read.
                type: int
          password:
            description:
              - The password itself, for instance from a variable that C(ansible-vault) encrypted.
            type: str
      smtp:
        description:
          - The service that sends.
        type: dict
        suboptions:
          host:
            description:
              - The name or the IP address of the server, without a port. Without it, it is found, see
                O(mailbox.provider).
            type: str
          port:
            description:
              - The port, V(1) to V(65535).
              - Without it, it is the provider's at a host that the collection knows or that was found. Elsewhere it
                follows from O(mailbox.smtp.security), V(465) for V(tls) or V(auto), V(587) for V(starttls), V(25) for
                V(none).
            type: int
          security:
            description:
              - How the connection is protected.
              - V(tls) is TLS from the first byte. V(starttls) begins in plain text and must be upgraded. V(none) is
                no TLS.
              - V(auto) follows from the port, V(tls) for 465, V(starttls) for 587 and 25. For any other port say
                which one it is; nothing is found out by trying.
              - The default is V(auto).
            type: str
            choices:
              - auto
              - tls
              - starttls
              - none
          username:
            description:
              - The login name for this service. Without it O(mailbox.username) counts.
            type: str
          secret:
            description:
              - The password for this service, where it has its own, with exactly one source.
            type: dict
            suboptions: *secret
          tls:
            description:
              - What differs from O(mailbox.tls) for this service; only the options that are given.
            type: dict
            suboptions: &tls
              ca:
                description:
                  - A file or a directory of PEM certificates to trust. Without it the system's are trusted.
                type: path
              verify:
                description:
                  - Whether the server must prove who it is. With V(false) every result carries a warning.
                  - The default is V(true).
                type: bool
              server_name:
                description:
                  - The name that the certificate must hold, and that is sent as SNI. Without it the host counts.
                type: str
              min_version:
                description:
                  - The lowest version of TLS that is accepted.
                  - The default is V(TLSv1.2).
                type: str
                choices:
                  - TLSv1
                  - TLSv1.1
                  - TLSv1.2
                  - TLSv1.3
              warn_days:
                description:
                  - From how many days before its end a certificate is warned about, V(0) to V(3650).
                  - The default is V(14).
                type: int
              client_cert:
                description:
                  - A PEM file with a certificate to show to the server.
                type: path
              client_key:
                description:
                  - A PEM file with the key of the client certificate, where it is in a file of its own. It must not be
                    encrypted.
                type: path
          allow_plaintext_auth:
            description:
              - Whether the password may be sent without encryption, with O(mailbox.smtp.security=none). Every result
                carries a warning then.
              - The default is V(false).
            type: bool
          auth:
            description:
              - How to log in.
            type: dict
            suboptions:
              mechanisms:
                description:
                  - The mechanisms to try, in this order. V(auto) takes what is best and stands alone.
                  - V(none) stands alone, and is a relay that trusts the address. No secret is needed and no login
                    is made.
                  - The default is V(auto).
                type: list
                elements: str
                choices:
                  - auto
                  - plain
                  - login
                  - none
          ehlo:
            description:
              - The name that is said in EHLO, a domain name or an address literal such as V([192.0.2.1]). Without it
                the machine's full name is used if it has one, else its address.
            type: str
          from:
            description:
              - The sender addresses that the login must be allowed to use. Without it O(mailbox.email) counts.
            type: list
            elements: str
          recipient:
            description:
              - The address that is offered as the recipient. Without it O(mailbox.email) counts. Only a foreign one
                proves that the server relays.
            type: str
      imap:
        description:
          - The service that reads.
        type: dict
        suboptions:
          host:
            description:
              - The name or the IP address of the server, without a port. Without it, it is found, see
                O(mailbox.provider).
            type: str
          port:
            description:
              - The port, V(1) to V(65535).
              - Without it, it is the provider's at a host that the collection knows or that was found. Elsewhere it
                follows from O(mailbox.imap.security), V(993) for V(tls) or V(auto), V(143) for V(starttls) or V(none).
            type: int
          security:
            description:
              - How the connection is protected.
              - V(tls) is TLS from the first byte. V(starttls) begins in plain text and must be upgraded. V(none) is
                no TLS.
              - V(auto) follows from the port, V(tls) for 993, V(starttls) for 143. For any other port say which one
                it is; nothing is found out by trying.
              - The default is V(auto).
            type: str
            choices:
              - auto
              - tls
              - starttls
              - none
          username:
            description:
              - The login name for this service. Without it O(mailbox.username) counts.
            type: str
          secret:
            description:
              - The password for this service, where it has its own, with exactly one source.
            type: dict
            suboptions: *secret
          tls:
            description:
              - What differs from O(mailbox.tls) for this service; only the options that are given.
            type: dict
            suboptions: *tls
          allow_plaintext_auth:
            description:
              - Whether the password may be sent without encryption, with O(mailbox.imap.security=none). Every result
                carries a warning then.
              - The default is V(false).
            type: bool
          auth:
            description:
              - How to log in.
            type: dict
            suboptions:
              mechanisms:
                description:
                  - The mechanisms to try, in this order. V(auto) takes what is best and stands alone.
                  - The default is V(auto).
                type: list
                elements: str
                choices:
                  - auto
                  - plain
                  - login
          mailbox:
            description:
              - The folder that is opened, for reading only.
              - The default is V(INBOX).
            type: str
          folders:
            description:
              - Further folders that must exist, as people write them.
            type: list
            elements: str
          sent_folder:
            description:
              - The folder for sent mail. Without it, it is the one that the server marks.
            type: str
      tls:
        description:
          - How servers prove who they are, for both services.
        type: dict
        suboptions: *tls
      probe:
        description:
          - How the probe goes about it.
        type: dict
        suboptions:
          timeout:
            description:
              - How many seconds the whole mailbox may take, V(1) to V(600).
              - The default is V(30).
            type: int
          depth:
            description:
              - How far SMTP goes. V(auth) ends after the login, V(sender) after MAIL FROM for each sender,
                V(recipient)
                after RCPT TO, where all is taken back and nothing is sent. V(message) sends a real message.
              - The default is V(recipient).
            type: str
            choices:
              - auth
              - sender
              - recipient
              - message
          auth_order:
            description:
              - Whether both services log in side by side, or V(serial), one after the other, for servers that lock
                quickly.
              - The default is V(parallel).
            type: str
            choices:
              - parallel
              - serial
          pipelining:
            description:
              - Whether commands may share a write where the server allows it.
              - The default is V(auto).
            type: str
            choices:
              - auto
              - 'off'
          revalidate_after:
            description:
              - For how many seconds an unchanged mailbox that was verified is not probed again. V(0) probes in every
                run.
              - The default is V(0).
            type: int
      daily_limit:
        description:
          - How many messages a day the mailbox may send, from 1; kept for the system that uses the registry.
        type: int
      tags:
        description:
          - Words to group mailboxes by.
        type: list
        elements: str
      registry:
        description:
          - Where this mailbox is registered, if it is not where all others are.
        type: dict
        suboptions:
          type:
            description:
              - The kind of registry.
              - The default is V(sqlite).
            type: str
            choices:
              - sqlite
          path:
            description:
              - The file of the embedded registry.
            type: path
          timeout:
            description:
              - How many seconds to wait for another run that is writing, V(1) to V(600).
            type: int
      ignore_checks:
        description:
          - Ids of checks and warnings that are not to be shown for this mailbox, such as V(config.port_25).
          - The warnings that a protection is off can't be turned off.
        type: list
        elements: str
      domain:
        description:
          - Has the DNS of the domain of O(mailbox.email) looked at, as M(mailops.mailbox.mailbox_domain_info) does,
            once for each domain and run, after a probe that found the mailbox working.
          - Errors and warnings become notices, which O(mailbox.ignore_checks) turns off by their ids. See
            C(docs/domain.md).
          - Without it, nothing is looked at.
        type: dict
        suboptions:
          check:
            description:
              - Whether to look at the domain. V(false) turns it off for a mailbox where group variables turn it on.
              - The default is V(true).
            type: bool
          sending_ips:
            description:
              - IP addresses that mail of the domain leaves from, as receivers see them. SPF has to allow them.
            type: list
            elements: str
          dkim_selectors:
            description:
              - DKIM selectors that are used for certain.
            type: list
            elements: str
          tracking_hosts:
            description:
              - Host names that links in mail lead to.
            type: list
            elements: str
          blocklists:
            description:
              - Names of DNS block lists to look O(mailbox.domain.sending_ips) up in. Mind their terms of use.
            type: list
            elements: str
          fail_on:
            description:
              - Whether the mailbox fails for findings. V(error) fails for errors only, V(warning) for warnings too.
                With either, it fails where dnspython is missing.
              - The default is V(never).
            type: str
            choices:
              - never
              - error
              - warning
"""
