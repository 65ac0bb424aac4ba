# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What MTA-STS and TLS-RPT say comes from anybody: no octets may make a reader raise, and what is right is read."""

from __future__ import annotations

from domain.memory import DOMAIN, Memory, page
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mailops.mailbox.plugins.module_utils._domain import mta_sts, sts_policy, tls_rpt
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.finding import Status

LINES = st.sampled_from(
    [
        "version: STSv1",
        "mode: enforce",
        "mode:testing",
        "mx: a.b",
        "mx: *.b.c",
        "max_age: 86400",
        "max_age: x",
        ":",
        "mx:",
    ]
)
POLICIES = st.one_of(
    st.binary(max_size=300),
    st.lists(st.one_of(LINES, st.text(max_size=20)), max_size=12).map(lambda lines: "\r\n".join(lines).encode()),
)
FIELDS = st.sampled_from(["id=1", "id=", "id", "rua=mailto:a@b.c", "rua=https://[", "rua=,", "x=y", "", " ", "\x00"])
RECORDS = st.builds(
    lambda version, fields, rest: (";".join([version, *fields])).encode() + rest,
    st.sampled_from(["v=STSv1", "v=TLSRPTv1", "v=stsv1", ""]),
    st.lists(st.one_of(FIELDS, st.text(max_size=12)), max_size=6),
    st.binary(max_size=6),
)
LABELS = st.from_regex(r"\A[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?\Z")
HOSTS = st.lists(LABELS, min_size=2, max_size=4).map(".".join)


@given(POLICIES)
def test_no_policy_makes_the_reader_raise(body: bytes) -> None:
    policy = sts_policy.parse_policy(body)
    assert policy.problems or (policy.mode in sts_policy.MODES and policy.max_age is not None)
    assert all(
        f"policy_{key}" in {name.partition(".")[2] for name in mta_sts.MTA_STS} for key, _what in policy.problems
    )


@given(RECORDS, POLICIES)
def test_no_record_makes_a_section_raise(text: bytes, body: bytes) -> None:
    memory = Memory({("_mta-sts.acme.example", "TXT"): [text], ("_smtp._tls.acme.example", "TXT"): [text]})
    for section in (mta_sts.section(DOMAIN, memory, page(body)), tls_rpt.section(DOMAIN, memory)):
        assert section.status in Status
        assert all(entry.text.isprintable() for entry in section.findings), section.findings


@given(st.text(max_size=60))
def test_no_address_for_reports_makes_the_reader_raise(address: str) -> None:
    tls_rpt.problem_of(address)
    tls_rpt.problem_of(f"mailto:{address}")
    tls_rpt.problem_of(f"https://{address}")


@given(st.sampled_from(sts_policy.MODES), st.integers(0, sts_policy.LONGEST), st.lists(HOSTS, min_size=1, max_size=5))
def test_what_is_right_is_read(mode: str, age: int, hosts: list[str]) -> None:
    body = "\n".join(["version: STSv1", f"mode: {mode}", *(f"mx: {host}" for host in hosts), f"max_age: {age}"])
    policy = sts_policy.parse_policy(body.encode())
    assert (policy.mode, policy.max_age, policy.mx, policy.problems) == (mode, age, tuple(hosts), ())
    assert all(policy.covers(host.upper()) for host in hosts)


@given(HOSTS, LABELS)
def test_a_star_stands_for_one_label(domain: str, label: str) -> None:
    """RFC 8461 §4.1."""
    assert sts_policy.matches(f"*.{domain}", f"{label}.{domain}")
    assert not sts_policy.matches(f"*.{domain}", domain)
    assert not sts_policy.matches(f"*.{domain}", f"{label}.{label}.{domain}")
    assert not sts_policy.matches(f"*.{domain}", f"{label}.{domain}.{label}")
