# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The faulty domains of the comparison with other implementations, here without any server."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import faulty_dkim
import faulty_dmarc
import faulty_spf
import pytest
from asked import Zones
from faulty import Case

from ansible_collections.mailops.mailbox.plugins.module_utils._domain import dkim, dmarc, ids, spf
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.finding import Severity, Status

CASES = [*faulty_spf.CASES, *faulty_dmarc.CASES, *faulty_dkim.CASES]
EVALUATE = {
    "spf": spf.section,
    "dmarc": dmarc.section,
    "dkim": partial(dkim.section, selectors=[faulty_dkim.SELECTOR]),
}
REPORTS = {
    "dmarc-reports.test": {"MX": [(10, "mail.dmarc-reports.test")]},
    "dmarc-elsewhere-agreed.test._report._dmarc.dmarc-reports.test": {"TXT": ["v=DMARC1;"]},
    "dmarc-null.test": {"MX": [(0, "")]},
    "dmarc-elsewhere-null.test._report._dmarc.dmarc-null.test": {"TXT": ["v=DMARC1"]},
}


def zones(case: Case) -> Zones:
    def absolute(name: str) -> str:
        return name[:-1] if name.endswith(".") else f"{name}.{case.domain}"

    records = {}
    for owner, kinds in case.records.items():
        own = records.setdefault(f"{owner}.{case.domain}" if owner else case.domain, {})
        for kind, given in kinds.items():
            values = [value.replace("$D", case.domain) for value in given]
            if kind == "MX":
                own[kind] = [(int(value.split()[0]), absolute(value.split()[1])) for value in values]
            else:
                own[kind] = [absolute(value) for value in values] if kind == "CNAME" else values
    return Zones({**records, **REPORTS})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.domain)
def test_faults(case: Case) -> None:
    section = EVALUATE[case.kind](case.domain, zones(case))
    assert {finding.id for finding in section.findings} == case.finds
    severities = {finding.severity for finding in section.findings}
    if Severity.ERROR in severities:
        assert section.status in (Status.FAILED, Status.ABSENT)
    for finding in section.findings:
        assert re.fullmatch(r"[A-Za-z0-9_\-\"+?~%].*[.]|.*: .+", finding.text)
        assert finding.cause.endswith(".")
        assert finding.remedy.endswith(".")
        assert re.match(r"RFC \d+ §\d", finding.reference)


def test_every_rule_is_used_and_every_finding_has_a_rule() -> None:
    folder = Path(spf.__file__).parent
    for kind in ("spf", "dkim", "dmarc"):
        sources = [path for path in folder.glob(f"{kind}*.py") if not path.name.endswith("_rules.py")]
        text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
        rules = {id.partition(".")[2] for id in ids.RULES if id.startswith(f"{kind}.")}
        assert {name for name in rules if not re.search(rf'"{name}"', text)} == set()
        assert set(re.findall(r'\b_?found\(\s*"(\w+)"', text)) <= rules


def test_sentences_are_not_shared() -> None:
    """Two findings that read the same could not be told apart."""
    rules = [rule for id, rule in ids.RULES.items() if id.partition(".")[0] in EVALUATE]
    assert len({rule.text for rule in rules}) == len(rules)
    assert [rule.title for rule in rules if not rule.title[0].isupper() or rule.title.endswith(".")] == []
