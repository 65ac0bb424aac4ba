# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What findings about mail exchangers, DNSSEC and tracking hosts say."""

from __future__ import annotations

from collections.abc import Mapping

from .finding import Severity
from .rules import Rule

_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
_LATER = "Ask again later; if it stays, ask whoever runs the name servers."
_TROUBLE = "The name servers or the resolver have a fault, or the way to them is blocked."
_INSIDE = "The record was meant for an inner network, or the resolver gives other answers inside of it than outside."
_OUTSIDE = "Ask a resolver outside of the network; if it says the same, publish a public address."

MX: Mapping[str, Rule] = {
    "mx.domain_missing": Rule(
        _ERROR,
        "The domain does not exist",
        "The domain {domain} does not exist in DNS.",
        "The name is misspelt, or its registration has ended.",
        "Compare the name with the address; if it is right, ask whoever registered the domain.",
        "RFC 5321 §5.1",
    ),
    "mx.null": Rule(
        _ERROR,
        "Null MX: the domain accepts no mail",
        "{domain} says by a null MX that it accepts no mail.",
        "`MX 0 .` is meant for domains that neither receive nor send. Replies and bounces have nowhere to go, and "
        "receivers may refuse mail from such a domain.",
        "Publish the MX records of the mail provider in its place, or send from another domain.",
        "RFC 7505 §4.2",
    ),
    "mx.null_and_others": Rule(
        _ERROR,
        "A null MX beside other MX records",
        "{domain} has a null MX beside {others}.",
        "The null MX was added without removing the others, or was left behind.",
        "Remove the null MX, or all others.",
        "RFC 7505 §3",
    ),
    "mx.implicit": Rule(
        _WARNING,
        "No MX record; mail goes to the domain's own address",
        "{domain} has no MX record, so its mail goes to {addresses}.",
        "No MX record was published. The address is often that of a web server, which takes no mail.",
        "Publish the MX records of the mail provider.",
        "RFC 5321 §5.1",
    ),
    "mx.nowhere": Rule(
        _ERROR,
        "Neither an MX record nor an address",
        "{domain} has neither an MX record nor an address, so it can't receive mail.",
        "No MX record was published.",
        "Publish the MX records of the mail provider. Without them replies and bounces are lost, and many receivers "
        "refuse mail from the domain.",
        "RFC 5321 §5.1",
    ),
    "mx.address_literal": Rule(
        _ERROR,
        "An IP address in an MX record",
        "An MX record of {domain} names the address {exchange}, where a host name must stand.",
        "The address was written where the name of the mail server belongs.",
        "Give the mail server a host name with an address record, and name that in the MX record.",
        "RFC 1035 §3.3.9, RFC 5321 §5.1",
    ),
    "mx.alias": Rule(
        _WARNING,
        "A mail exchanger is an alias (CNAME)",
        "The mail exchanger {exchange} is an alias of {target}.",
        "The name in an MX record must have an address itself; some senders don't follow an alias there.",
        "Name the target of the alias in the MX record, or give the name address records of its own.",
        "RFC 5321 §5.1, RFC 2181 §10.3",
    ),
    "mx.dangling": Rule(
        _WARNING,
        "A mail exchanger does not exist",
        "The mail exchanger {exchange} does not exist in DNS.",
        "The host was removed and its MX record was left behind, or the name is misspelt. Whoever can register a free "
        "name can read what is sent there.",
        "Remove the MX record, or correct the name.",
        "RFC 5321 §5.1",
    ),
    "mx.no_address": Rule(
        _WARNING,
        "A mail exchanger has no address",
        "The mail exchanger {exchange} has no address.",
        "The name exists, but has neither an A nor an AAAA record.",
        "Give it an address, or remove the MX record.",
        "RFC 5321 §5.1",
    ),
    "mx.none_usable": Rule(
        _ERROR,
        "No mail exchanger has an address",
        "No mail exchanger of {domain} has an address, so it can't receive mail.",
        "All MX records lead nowhere.",
        "Compare the MX records with those that the mail provider asks for.",
        "RFC 5321 §5.1",
    ),
    "mx.not_public": Rule(
        _WARNING,
        "A mail exchanger has no public address",
        "The mail exchanger {exchange} has no public address, only {addresses}.",
        _INSIDE,
        _OUTSIDE,
        "RFC 6890 §2.2",
    ),
    "mx.duplicate": Rule(
        _INFO,
        "The same mail exchanger more than once",
        "{domain} names the mail exchanger {exchange} more than once.",
        "A host stands there with several preferences, of which only the lowest counts.",
        "Remove the others.",
        "RFC 5321 §5.1",
    ),
    "mx.several_providers": Rule(
        _WARNING,
        "Mail exchangers of different providers",
        "The mail exchangers of {domain} belong to {providers}.",
        "Often the records of an earlier provider were left behind; mail that is sent there is lost or hidden.",
        "Remove the records of the provider that is no longer used.",
        "RFC 5321 §5.1",
    ),
    "mx.other_provider": Rule(
        _INFO,
        "Mail goes to another provider than the one that was named",
        "Mail for {domain} goes to {providers}, not to {expected}.",
        "Sending and receiving are at different providers, or the provider was changed.",
        "If replies are to be read at {expected}, publish its MX records.",
        "RFC 5321 §5.1",
    ),
    "mx.gateway": Rule(
        _INFO,
        "A filtering service receives the mail",
        "Mail for {domain} is received by {gateway}, a filtering service; who runs the mailboxes does not show.",
        "A gateway stands before the mail server.",
        "Nothing needs to be done; name the provider where it matters.",
        "RFC 5321 §5.1",
    ),
    "mx.unanswered": Rule(
        _INFO,
        "DNS gave no answer about a mail exchanger",
        "DNS gave no definite answer for {name} ({outcome}), so who receives mail for {domain} is not fully known.",
        _TROUBLE,
        _LATER,
        "RFC 5321 §5.1",
    ),
}

DNSSEC: Mapping[str, Rule] = {
    "dnssec.unsigned": Rule(
        _INFO,
        "The domain is not signed",
        "{domain} is not signed with DNSSEC.",
        "The zone has no keys, or the zone above has no DS record for it.",
        "Nothing has to be done. DANE needs it; sign the zone at whoever runs the name servers if you want that.",
        "RFC 4033 §5",
    ),
    "dnssec.bogus": Rule(
        _ERROR,
        "The signatures of the domain are wrong",
        "The zone above says that {domain} is signed, but its answers can't be validated (SERVFAIL).",
        "Signatures expired, a key was changed without the DS record, or the name servers changed without it.",
        "Have whoever runs the name servers sign the zone again, or remove the DS record. Until then the domain does "
        "not exist for every resolver that validates.",
        "RFC 4033 §5",
    ),
    "dnssec.unanswered": Rule(
        _INFO,
        "DNS gave no answer about DNSSEC",
        "DNS gave no definite answer for {name} ({outcome}), so whether {domain} is signed is not known.",
        _TROUBLE,
        _LATER,
        "RFC 4033 §5",
    ),
    "dnssec.not_validated": Rule(
        _INFO,
        "Nobody on this machine validates DNSSEC",
        "Whether the answers for {domain} are signed rightly was not checked: {why}",
        "The AD bit of an answer says that a resolver validated it. It can be forged on the way, so it counts only "
        "from a resolver on this machine.",
        "Run a validating resolver, such as Unbound, on this machine, and name it as nameserver.",
        "RFC 4035 §4.9.3, RFC 7672 §2.1.3",
    ),
}

TRACKING: Mapping[str, Rule] = {
    "tracking.missing": Rule(
        _ERROR,
        "A tracking host does not exist",
        "The tracking host {host} does not exist in DNS.",
        "Its record was never published, or was removed.",
        "Publish the CNAME record that the sending tool asks for. Until then all tracked links are dead.",
        "RFC 1034 §3.6.2",
    ),
    "tracking.dangling": Rule(
        _ERROR,
        "A tracking host leads to a name that does not exist",
        "The tracking host {host} is an alias of {target}, which does not exist.",
        "The sending tool gave the target up, or it is misspelt. Whoever gets that name can put any page behind links "
        "of mail that was sent.",
        "Correct the CNAME record, or remove it where the tool is no longer used.",
        "RFC 1034 §3.6.2",
    ),
    "tracking.no_address": Rule(
        _ERROR,
        "A tracking host has no address",
        "The tracking host {host} leads to {target}, which has no address.",
        "The target exists, but has neither an A nor an AAAA record.",
        "Compare the record with what the sending tool asks for.",
        "RFC 1034 §3.6.2",
    ),
    "tracking.not_public": Rule(
        _WARNING,
        "A tracking host has no public address",
        "The tracking host {host} has no public address, only {addresses}.",
        _INSIDE,
        _OUTSIDE,
        "RFC 6890 §2.2",
    ),
    "tracking.no_alias": Rule(
        _INFO,
        "A tracking host has an address of its own",
        "The tracking host {host} is no alias, but has an address itself.",
        "An address record was published where tools mostly ask for a CNAME; it does not follow when they move.",
        "Use the CNAME record that the sending tool asks for, unless the host is your own.",
        "RFC 1034 §3.6.2",
    ),
    "tracking.foreign": Rule(
        _INFO,
        "A tracking host is not below the sending domain",
        "The tracking host {host} is not below {domain}.",
        "Links then lead to another domain than the one the mail is from, as in phishing; some filters count that.",
        "Use a host below the sending domain.",
        "no standard",
    ),
    "tracking.unanswered": Rule(
        _INFO,
        "DNS gave no answer about a tracking host",
        "DNS gave no definite answer for the tracking host {host} ({outcome}).",
        _TROUBLE,
        _LATER,
        "RFC 1034 §3.6.2",
    ),
}
