# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What findings about DANE (RFC 7672) and block lists (RFC 5782) say."""

from __future__ import annotations

from collections.abc import Mapping

from .finding import Severity
from .rules import Rule

_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
_LATER = "Ask again later; if it stays, ask whoever runs the name servers."
_TROUBLE = "The name servers or the resolver have a fault, or the way to them is blocked."

DANE: Mapping[str, Rule] = {
    "dane.absent": Rule(
        _INFO,
        "No DANE",
        "The mail exchangers of {domain} have no TLSA records.",
        "DANE was never set up.",
        "Nothing has to be done. DANE protects mail to the domain, as MTA-STS does.",
        "RFC 7672 §2.2",
    ),
    "dane.unanswered": Rule(
        _INFO,
        "DNS gave no answer about TLSA records",
        "DNS gave no definite answer for {name} ({outcome}), so whether there is DANE is not fully known.",
        _TROUBLE,
        _LATER,
        "RFC 7672 §2.1.2",
    ),
    "dane.lookup_fails": Rule(
        _ERROR,
        "The question for TLSA records fails, so senders that use DANE put mail off",
        "The name servers answer for {exchange}, but fail for its TLSA records ({name}, SERVFAIL).",
        "Signatures are wrong or expired, or the name servers can't answer for this kind of record. Senders that use "
        "DANE take that for an attack and don't deliver.",
        "Have whoever runs the name servers of {exchange} mend them; names without TLSA records must be answered too.",
        "RFC 7672 §2.1.2",
    ),
    "dane.unsigned": Rule(
        _ERROR,
        "TLSA records in a zone that is not signed",
        "{exchange} has TLSA records, but its zone is not signed, so they count for nothing.",
        "The records were published without DNSSEC, or the zone above has no DS record.",
        "Sign the zone and have the DS record published, or remove the TLSA records.",
        "RFC 7672 §2.2",
    ),
    "dane.mx_unsigned": Rule(
        _WARNING,
        "The mail exchangers have DANE, but the domain is not signed",
        "{exchange} has TLSA records, but {domain} is not signed, so who is its mail exchanger can be forged.",
        "Only the zone of the mail server is signed.",
        "Sign {domain} too; without that, senders don't use DANE for it, or do and gain little.",
        "RFC 7672 §2.2.1",
    ),
    "dane.not_validated": Rule(
        _INFO,
        "There are TLSA records, but nobody on this machine validates DNSSEC",
        "{exchange} has TLSA records; whether they are signed rightly was not checked: {why}",
        "The AD bit of an answer can be forged on the way, so it counts only from a resolver on this machine.",
        "Run a validating resolver, such as Unbound, on this machine, and name it as nameserver.",
        "RFC 7672 §2.1.3",
    ),
    "dane.usage": Rule(
        _WARNING,
        "A TLSA record of a usage that senders of mail pass over",
        "A TLSA record of {exchange} has usage {usage}, which senders of mail pass over.",
        "Usages 0 and 1 ask for public authorities, as web browsers do. Mail uses 2 (DANE-TA) and 3 (DANE-EE).",
        "Publish the record as `3 1 1` with the SHA-256 of the server's public key.",
        "RFC 7672 §3.1.3",
    ),
    "dane.malformed": Rule(
        _ERROR,
        "A TLSA record that can't match any certificate",
        "A TLSA record of {exchange} ({record}) can't match any certificate: {what}.",
        "It was mistyped or cut.",
        "Make the record again from the certificate of the server.",
        "RFC 6698 §2.1, RFC 7672 §3.1",
    ),
    "dane.none_usable": Rule(
        _WARNING,
        "A mail exchanger has TLSA records, but none that counts",
        "No TLSA record of {exchange} can be used; senders insist on TLS there, but on no certificate.",
        "All of its records have another usage, or are malformed.",
        "Publish one as `3 1 1` with the SHA-256 of the server's public key.",
        "RFC 7672 §2.2",
    ),
    "dane.partial": Rule(
        _WARNING,
        "Only some mail exchangers have TLSA records",
        "Of the mail exchangers of {domain}, {without} has no TLSA records.",
        "DANE was set up for some servers only. Who attacks makes senders use the others.",
        "Publish TLSA records for all of them.",
        "RFC 7672 §2.2.1",
    ),
}

BLOCK_LISTS: Mapping[str, Rule] = {
    "block_lists.listed": Rule(
        _ERROR,
        "A sending address is on a block list",
        "The sending address {ip} is on the block list {zone} ({codes}).",
        "Spam was seen from it, or the list says that no mail should come from such an address at all. {reason}",
        "Look the address up on the web site of the list, mend what it names, and ask for removal. If the address "
        "belongs to a provider, tell the provider.",
        "RFC 5782 §2.1",
    ),
    "block_lists.refused": Rule(
        _WARNING,
        "A block list refuses to answer",
        "The block list {zone} answers only with an error ({codes}), so it says nothing about {ips}.",
        "The question came over a public resolver or too often, or the name of the list is wrong.",
        "Ask over a resolver of your own, or with the key that the list gives out, within its terms of use.",
        "RFC 5782 §2.1",
    ),
    "block_lists.broken": Rule(
        _WARNING,
        "A block list does not work",
        "The block list {zone} was not used: {what}.",
        "The list was given up, its name is misspelt, or its name now belongs to somebody else. A list must have the "
        "test address 127.0.0.2 and must not have 127.0.0.1.",
        "Remove it, or correct its name.",
        "RFC 5782 §5",
    ),
    "block_lists.unanswered": Rule(
        _INFO,
        "A block list gave no answer",
        "The block list {zone} gave no definite answer ({outcome}) about {ip}.",
        _TROUBLE,
        _LATER,
        "RFC 5782 §2.1",
    ),
    "block_lists.not_public": Rule(
        _WARNING,
        "A sending address that can't be reached from the Internet",
        "{ip} is not a public address, so receivers never see it, and no block list was asked about it.",
        "It is an address of the inner network. What receivers see is the one that it is translated to.",
        "Declare the address that the Internet sees.",
        "RFC 6890 §2.2",
    ),
}

DOMAIN: Mapping[str, Rule] = {
    "domain.late": Rule(
        _INFO,
        "A part of the inspection did not end in time",
        "What {section} of {domain} comes to is not known: it did not end in time.",
        "Name servers or a web server are slow.",
        "Ask again later, or with a longer timeout.",
        "no standard",
    ),
    "domain.fault": Rule(
        _INFO,
        "A part of the inspection met a fault of this collection",
        "What {section} of {domain} comes to is not known: the collection met a fault of its own ({what}).",
        "Something was answered that nobody foresaw.",
        "Please report it with the output of ansible-playbook -vvv.",
        "no standard",
    ),
}
