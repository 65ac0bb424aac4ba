# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order of candidates, and the reasons that the others are given."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.candidate import Candidate, Origin, Trust
from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.rank import (
    LABELS,
    ORDER,
    disagreements,
    not_offered,
    ranked,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol, Security

SMTP, IMAP = Protocol.SMTP, Protocol.IMAP
TLS, STARTTLS, NONE = Security.TLS, Security.STARTTLS, Security.NONE


def one(
    origin: Origin = Origin.SRV,
    trust: Trust = Trust.HIGH,
    host: str = "",
    port: int = 993,
    security: Security = TLS,
    protocol: Protocol = IMAP,
    **more: object,
) -> Candidate:
    host = host or f"{origin.value.replace('_', '-')}.{trust.value}.example"
    return Candidate(protocol, host, port, security, origin, trust, more.pop("source", origin.value), **more)  # type: ignore[arg-type]


def winner(*candidates: Candidate, refused: tuple = ()) -> Candidate | None:
    return ranked(candidates, refused)[1].get(IMAP)


def why(*candidates: Candidate, refused: tuple = ()) -> str | None:
    """Why the last one of these lost."""
    told, _chosen = ranked(candidates, refused)
    return next(entry.lost for entry in told if entry.host == candidates[-1].host and entry.port == candidates[-1].port)


@pytest.mark.parametrize("index", range(len(ORDER) - 2))
def test_each_place_of_the_order_wins_over_the_next(index: int) -> None:
    (trust, origin), (next_trust, next_origin) = ORDER[index : index + 2]
    first, second = one(origin, trust), one(next_origin, next_trust)
    assert winner(first, second) == winner(second, first) == first


def test_the_order_by_name() -> None:
    assert [f"{trust.value} {origin.value}" for trust, origin in ORDER] == [
        "high provider_name",
        "high provider_domain",
        "high provider_mx",
        "high srv",
        "high autoconfig",
        "medium ispdb",
        "medium provider_mx",
        "medium srv",
        "medium ispdb_mx",
        "medium autoconfig_mx",
        "low guess",
    ]
    assert set(LABELS) == set(Origin)


def test_trust_that_changes_the_order_is_the_reason() -> None:
    assert why(one(Origin.ISPDB, Trust.MEDIUM), one(Origin.SRV, Trust.MEDIUM)) == (
        "it is trusted less (medium) than the database of settings, by domain"
    )
    assert why(one(Origin.SRV), one(Origin.AUTOCONFIG)) == "SRV outranks autoconfig of the domain"


def test_what_is_low_is_never_chosen() -> None:
    assert winner(one(Origin.GUESS, Trust.LOW)) is None
    assert "declare the host" in (why(one(Origin.GUESS, Trust.LOW)) or "")


def test_what_has_no_tls_is_never_chosen() -> None:
    assert winner(one(security=NONE, port=143)) is None
    assert "in the clear" in (why(one(security=NONE, port=143)) or "")


def test_implicit_tls_comes_first_inside_a_source() -> None:
    starttls, tls = one(port=143, security=STARTTLS, position=0), one(position=1)
    assert winner(starttls, tls) == tls
    assert why(tls, starttls) == "port 143 with STARTTLS comes after implicit TLS (RFC 8314 s. 3.3)"


def test_the_table_keeps_its_own_order() -> None:
    first = one(Origin.PROVIDER_MX, port=143, security=STARTTLS, position=0)
    second = one(Origin.PROVIDER_MX, position=1, host="b.example")
    assert winner(second, first) == first
    assert why(first, second) == f"the same source puts {first.host} port 143 first"


def test_a_better_source_with_starttls_beats_a_worse_one_with_tls() -> None:
    assert winner(one(Origin.AUTOCONFIG), one(Origin.SRV, port=143, security=STARTTLS)).origin is Origin.SRV


def test_what_takes_no_password_comes_last_in_its_source() -> None:
    oauth2 = one(Origin.AUTOCONFIG, authentication=("OAuth2",), host="o.example", position=0)
    password = one(
        Origin.AUTOCONFIG, authentication=("OAuth2", "password-cleartext"), position=1, port=143, security=STARTTLS
    )
    assert winner(oauth2, password) == password
    assert why(password, oauth2) == "it takes no password"
    assert winner(oauth2) == oauth2


def test_the_same_settings_are_said_to_be_the_same() -> None:
    assert why(one(host="a.example"), one(Origin.AUTOCONFIG, host="a.example")) is None
    told, _chosen = ranked([one(host="a.example"), one(Origin.AUTOCONFIG, host="a.example")])
    assert told[1].lost == "it has the same settings as the chosen one"


def test_what_can_not_be_used_keeps_its_reason() -> None:
    dead = one(lost="dead.example has no address")
    assert winner(dead, one(Origin.GUESS, Trust.LOW)) is None
    assert why(dead) == "dead.example has no address"


@pytest.mark.parametrize("origin", [Origin.PROVIDER_MX, Origin.AUTOCONFIG, Origin.ISPDB, Origin.ISPDB_MX])
def test_what_srv_refuses_is_not_taken_from_anybody_else(origin: Origin) -> None:
    trust = next(trust for trust, other in ORDER if other is origin)
    refused = ((IMAP, TLS),)
    assert winner(one(origin, trust), refused=refused) is None
    assert 'by SRV that it has no IMAP with implicit TLS (".")' in (why(one(origin, trust), refused=refused) or "")
    assert winner(one(origin, trust, security=STARTTLS), refused=refused) is not None
    assert winner(one(origin, trust, protocol=SMTP), refused=refused) is None


@pytest.mark.parametrize("origin", [Origin.PROVIDER_NAME, Origin.PROVIDER_DOMAIN])
def test_what_srv_refuses_is_no_matter_for_what_was_named(origin: Origin) -> None:
    assert winner(one(origin), refused=((IMAP, TLS), (IMAP, STARTTLS))) is not None


def test_a_protocol_is_not_offered_only_where_both_ways_are_refused() -> None:
    assert not_offered({(IMAP, TLS), (IMAP, STARTTLS)}, ()) == (IMAP,)
    assert not_offered({(IMAP, STARTTLS)}, ()) == ()
    assert not_offered({(IMAP, TLS), (IMAP, STARTTLS)}, (IMAP,)) == ()


def test_the_order_in_which_candidates_come_does_not_matter() -> None:
    every = [
        one(origin, trust, security=security, position=position, protocol=protocol)
        for (trust, origin), security, position, protocol in itertools.product(ORDER, Security, (0, 1), Protocol)
    ]
    expected = ranked(every)
    for seed in range(20):
        shuffled = every[:]
        random.Random(seed).shuffle(shuffled)
        assert ranked(shuffled) == expected


def test_disagreements_name_both_and_every_source_once() -> None:
    table = [one(Origin.PROVIDER_MX, host="imap.a.example"), one(Origin.PROVIDER_MX, host="alt.a.example", position=1)]
    others = [
        one(host="imap.b.example"),
        one(host="imap2.b.example", position=1),
        one(Origin.AUTOCONFIG, host="alt.a.example"),
        one(Origin.GUESS, Trust.LOW, host="mail.c.example"),
        one(Origin.ISPDB, Trust.MEDIUM, host="plain.d.example", security=NONE),
    ]
    told, chosen = ranked([*table, *others])
    (finding,) = disagreements("acme.example", told, chosen)
    assert finding.text == (
        "Sources disagree about acme.example. IMAP: srv names imap.b.example, and imap.a.example is taken."
    )
    assert disagreements("acme.example", *ranked(table)) == ()


CANDIDATES = st.lists(
    st.builds(
        one,
        origin=st.sampled_from(Origin),
        trust=st.sampled_from(Trust),
        host=st.sampled_from(["a.example", "b.example", "c.example"]),
        port=st.sampled_from([993, 143]),
        security=st.sampled_from(Security),
        protocol=st.sampled_from(Protocol),
        lost=st.sampled_from([None, None, "it is dead"]),
        authentication=st.sampled_from([(), ("OAuth2",), ("password-cleartext",)]),
        position=st.integers(0, 3),
    ),
    max_size=12,
)
REFUSED = st.frozensets(st.tuples(st.sampled_from(Protocol), st.sampled_from([TLS, STARTTLS])))


@settings(max_examples=300)
@given(CANDIDATES, REFUSED, st.randoms(use_true_random=False))
def test_nothing_is_lost_and_nothing_unfit_is_chosen(
    candidates: list[Candidate], refused: frozenset, rng: random.Random
) -> None:
    told, chosen = ranked(candidates, refused)
    assert {replace(entry, lost=None) for entry in told} == {replace(entry, lost=None) for entry in candidates}
    for protocol, best in chosen.items():
        assert best.protocol is protocol
        assert best.lost is None and best.security is not NONE and best.trust is not Trust.LOW
    assert all(entry.lost for entry in told if entry is not chosen.get(entry.protocol))
    rng.shuffle(candidates)
    assert ranked(candidates, refused) == (told, chosen)
