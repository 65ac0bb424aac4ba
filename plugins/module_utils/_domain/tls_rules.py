# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What findings about MTA-STS (RFC 8461) and TLS reports (RFC 8460) say."""

from __future__ import annotations

from collections.abc import Mapping

from .finding import Severity
from .rules import Rule

_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
_LATER = "Ask again later; if it stays, ask whoever runs the name servers."
_TROUBLE = "The name servers or the resolver have a fault, or the way to them is blocked."
_VOID = "Senders do as if there were no policy, so nothing keeps mail to the domain from being read on the way."
_MEND = "Correct the file /.well-known/mta-sts.txt of mta-sts.{domain}, then give the TXT record a new id."
_NO_POLICY = "The policy of {domain} could not be read: {why}"
_BAD_POLICY = "The policy of {domain} is not as it must be: {what}."

MTA_STS: Mapping[str, Rule] = {
    "mta_sts.absent": Rule(
        _INFO,
        "No MTA-STS",
        "{domain} has no MTA-STS.",
        "There is no TXT record of MTA-STS at _mta-sts.{domain}.",
        "Nothing has to be done. It protects mail to the domain; begin with mode testing, and with TLS reports.",
        "RFC 8461 §3.1",
    ),
    "mta_sts.unanswered": Rule(
        _INFO,
        "DNS gave no answer about MTA-STS",
        "DNS gave no definite answer for {name} ({outcome}), so whether {domain} has MTA-STS is not known.",
        _TROUBLE,
        _LATER,
        "RFC 8461 §3.1",
    ),
    "mta_sts.several_records": Rule(
        _ERROR,
        "Several records of MTA-STS, so none counts",
        "{name} has {count} records of MTA-STS, so none of them counts.",
        f"An old one was left behind. {_VOID}",
        "Remove all but one.",
        "RFC 8461 §3.1",
    ),
    "mta_sts.record_syntax": Rule(
        _ERROR,
        "The record of MTA-STS can't be read",
        "The TXT record at {name} does not count: {what}.",
        f"It was mistyped. {_VOID}",
        "Write it like `v=STSv1; id=20260131T093000`.",
        "RFC 8461 §3.1",
    ),
    "mta_sts.record_id": Rule(
        _ERROR,
        "The id in the record of MTA-STS is missing or wrong",
        "The TXT record at {name} does not count: {what}.",
        f"An id has 1 to 32 letters and digits, and nothing else. {_VOID}",
        "Use date and time of the last change, such as `id=20260131T093000`.",
        "RFC 8461 §3.1",
    ),
    "mta_sts.policy_host": Rule(
        _ERROR,
        "The host that must have the policy has no address",
        "{host}, which must have the policy, has no address.",
        f"The TXT record was published without the web server. {_VOID}",
        "Publish an address for it and serve the policy there, or remove the TXT record.",
        "RFC 8461 §3.3",
    ),
    "mta_sts.policy_unreachable": Rule(
        _INFO,
        "The policy could not be fetched from here",
        _NO_POLICY,
        "The web server is down or slow, or the way to it from here is blocked.",
        "Fetch it from another network. As long as nobody can, new senders have no policy.",
        "RFC 8461 §3.3",
    ),
    "mta_sts.policy_certificate": Rule(
        _ERROR,
        "The certificate of the policy's web server is not valid",
        _NO_POLICY,
        f"It expired, is for another name, or is not from a public authority. {_VOID}",
        "Get a certificate for mta-sts.{domain}, and have it renewed by itself.",
        "RFC 8461 §3.3",
    ),
    "mta_sts.policy_redirect": Rule(
        _ERROR,
        "The policy is answered with a redirect, which senders must not follow",
        _NO_POLICY,
        f"The web server sends all requests elsewhere, often to www. {_VOID}",
        "Serve the file under exactly this address.",
        "RFC 8461 §3.3",
    ),
    "mta_sts.policy_missing": Rule(
        _ERROR,
        "The web server does not have the policy",
        _NO_POLICY,
        f"The file is missing, or lies elsewhere. {_VOID}",
        "Put it at /.well-known/mta-sts.txt of mta-sts.{domain}.",
        "RFC 8461 §3.3",
    ),
    "mta_sts.policy_too_large": Rule(
        _ERROR,
        "The policy is larger than 64 kB",
        _NO_POLICY,
        f"Another page is served in its place. {_VOID}",
        _MEND,
        "RFC 8461 §3.3",
    ),
    "mta_sts.policy_private": Rule(
        _ERROR,
        "The policy's web server has no public address",
        _NO_POLICY,
        "The record was meant for an inner network, or the resolver gives other answers inside of it than outside.",
        "Ask a resolver outside of the network; if it says the same, publish a public address.",
        "RFC 8461 §3.3",
    ),
    "mta_sts.policy_media_type": Rule(
        _WARNING,
        "The policy is not served as text/plain",
        "The policy of {domain} is served as {media_type}, not as text/plain.",
        "The web server gives the file another type; careful senders pass it over.",
        "Have the file served as text/plain.",
        "RFC 8461 §3.2",
    ),
    "mta_sts.policy_syntax": Rule(
        _ERROR,
        "The policy can't be read",
        _BAD_POLICY,
        f"It was mistyped, or another page is served in its place. {_VOID}",
        _MEND,
        "RFC 8461 §3.2",
    ),
    "mta_sts.policy_version": Rule(
        _ERROR,
        "The policy lacks its version",
        _BAD_POLICY,
        f"The line `version: STSv1` is missing or mistyped. {_VOID}",
        _MEND,
        "RFC 8461 §3.2",
    ),
    "mta_sts.policy_mode": Rule(
        _ERROR,
        "The policy has no valid mode",
        _BAD_POLICY,
        f"The mode is one of enforce, testing and none. {_VOID}",
        _MEND,
        "RFC 8461 §3.2",
    ),
    "mta_sts.policy_max_age": Rule(
        _ERROR,
        "The policy has no valid max_age",
        _BAD_POLICY,
        f"It is a number of seconds up to 31557600. {_VOID}",
        _MEND,
        "RFC 8461 §3.2",
    ),
    "mta_sts.policy_mx": Rule(
        _ERROR,
        "The policy names no mail exchanger, or one that can't be one",
        _BAD_POLICY,
        f"Each mx is a host name, or `*.` and a domain. {_VOID}",
        _MEND,
        "RFC 8461 §3.2",
    ),
    "mta_sts.policy_repeated": Rule(
        _WARNING,
        "A line of the policy stands there more than once",
        _BAD_POLICY,
        "An old line was left behind.",
        _MEND,
        "RFC 8461 §3.2",
    ),
    "mta_sts.max_age_short": Rule(
        _WARNING,
        "Senders keep the policy for less than a day",
        "Senders keep the policy of {domain} for {max_age} seconds only, so it protects little.",
        "A small max_age was set for a trial.",
        "Once all works, set max_age to weeks, such as 2419200.",
        "RFC 8461 §3.2",
    ),
    "mta_sts.mx_refused": Rule(
        _ERROR,
        "The policy in force does not name a mail exchanger: mail to it is refused",
        "The policy of {domain} is in force and lacks the mail exchanger {exchanges}; senders refuse to use that.",
        "The mail exchangers changed and the policy did not.",
        "Add the host to the policy, then give the TXT record a new id.",
        "RFC 8461 §4.1",
    ),
    "mta_sts.mx_untested": Rule(
        _WARNING,
        "The policy on trial does not name a mail exchanger",
        "The policy of {domain} is on trial and lacks the mail exchanger {exchanges}.",
        "The policy lacks a host. In mode enforce, mail to it would be refused.",
        "Add the host to the policy before its mode becomes enforce, then give the TXT record a new id.",
        "RFC 8461 §4.1",
    ),
    "mta_sts.mx_unused": Rule(
        _INFO,
        "The policy names a mail exchanger that the domain does not have",
        "The policy of {domain} names {patterns}, which none of its mail exchangers fits.",
        "It belongs to an earlier provider, or is kept for later.",
        "Remove it once it is not needed any more.",
        "RFC 8461 §4.1",
    ),
    "mta_sts.testing": Rule(
        _INFO,
        "The policy is on trial (mode testing)",
        "MTA-STS of {domain} is in mode testing: failures are reported, and mail is delivered all the same.",
        "The policy is new, or was never switched on.",
        "When the TLS reports show no failures, set the mode to enforce and give the TXT record a new id.",
        "RFC 8461 §5",
    ),
    "mta_sts.switched_off": Rule(
        _INFO,
        "The policy is switched off (mode none)",
        "MTA-STS of {domain} is switched off (mode none).",
        "It is being taken away.",
        "After the old max_age has passed, record and policy can be removed.",
        "RFC 8461 §8.3",
    ),
}

TLS_RPT: Mapping[str, Rule] = {
    "tls_rpt.absent": Rule(
        _INFO,
        "No TLS reports",
        "{domain} asks for no reports about TLS.",
        "There is no TXT record of TLS-RPT at _smtp._tls.{domain}.",
        "Publish one together with MTA-STS or DANE; otherwise nobody tells when mail can't be delivered for it.",
        "RFC 8460 §3",
    ),
    "tls_rpt.unanswered": Rule(
        _INFO,
        "DNS gave no answer about TLS reports",
        "DNS gave no definite answer for {name} ({outcome}), so whether {domain} has TLS-RPT is not known.",
        _TROUBLE,
        _LATER,
        "RFC 8460 §3",
    ),
    "tls_rpt.several_records": Rule(
        _ERROR,
        "Several records of TLS-RPT, so none counts",
        "{name} has {count} records of TLS-RPT, so none of them counts and no reports are sent.",
        "An old one was left behind.",
        "Remove all but one; a record may have several addresses.",
        "RFC 8460 §3",
    ),
    "tls_rpt.syntax": Rule(
        _ERROR,
        "The record of TLS-RPT can't be read",
        "The TXT record at {name} does not count, so no reports are sent: {what}.",
        "It was mistyped.",
        "Write it like `v=TLSRPTv1; rua=mailto:tls-reports@{domain}`.",
        "RFC 8460 §3",
    ),
    "tls_rpt.no_address": Rule(
        _ERROR,
        "The record of TLS-RPT has no address",
        "The TXT record at {name} has no rua, so no reports are sent.",
        "The field was left out or mistyped.",
        "Add `rua=mailto:` and an address.",
        "RFC 8460 §3",
    ),
    "tls_rpt.bad_address": Rule(
        _ERROR,
        "An address for TLS reports can't be used",
        "Reports about TLS can't be sent to {address}: {what}.",
        "Addresses begin with mailto: or https:, and are separated by commas.",
        "Correct the address; a comma, semicolon or exclamation mark inside of it is written with a percent sign.",
        "RFC 8460 §3",
    ),
}
