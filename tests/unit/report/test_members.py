# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fleet run hands to its reports: full results that know address and tags."""

from __future__ import annotations

from report import samples

from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.journal import Journal
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.outcome import Collected
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.policy import Member
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.request import FleetRequest
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import State
from ansible_collections.mailops.mailbox.plugins.module_utils._report import view


def test_reports_know_address_and_tags() -> None:
    collected = Collected(FleetRequest(state=State.VERIFIED, registry_path="unused"))
    collected.journal = Journal(None, {})
    try:
        member = Member("ok4", "sales@acme.test", ("eu", "outreach"), None, True)
        collected.add(member, samples.RESULTS["ok4"])
        (row,) = view.rows(collected.journal)
    finally:
        collected.journal.close()
    assert (row.email, row.tags) == ("sales@acme.test", ("eu", "outreach"))
    assert "mailbox" not in collected.results["ok4"]


def test_the_provider_that_settings_know_counts_before_host_names() -> None:
    found = {
        "declared": {**samples.RESULTS["ok4"], "provider": "icloud-custom"},
        "old": samples.RESULTS["ok4"],
        "strange": {**samples.RESULTS["ok4"], "provider": "<b>"},
    }
    rows = {row.id: row.provider for row in view.rows(found)}
    assert rows["declared"] == "icloud"
    assert rows["old"] == rows["strange"] != "icloud"
    assert view.title("icloud") == "iCloud"
