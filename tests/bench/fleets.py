# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays of the bench by ansible-playbook, as a user would run them, and what came of them."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measure import BenchError, Case

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
_ASK = "import ansible.release, hvac, pydantic; print(ansible.release.__version__)"
VERDICTS = ("verified", "partial", "failed", "inconclusive", "skipped")


@dataclass(frozen=True)
class Ansible:
    """A virtual environment with ansible-core and what the collection needs."""

    version: str
    folder: Path

    @property
    def series(self) -> str:
        """The version without its last part: ``2.19``."""
        return ".".join(self.version.split(".")[:2])

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.folder / "bin" / "python")


def ansible_in(folder: Path) -> Ansible | None:
    """Return what a virtual environment holds, or None where it lacks something."""
    if not (folder / "bin" / "ansible-playbook").exists():
        return None
    asked = subprocess.run([folder / "bin" / "python", "-c", _ASK], capture_output=True, text=True, check=False)
    return Ansible(asked.stdout.strip(), folder) if asked.returncode == 0 else None


def find_ansible(own: Sequence[Path]) -> dict[str, Ansible]:
    """Return the environments by series: those that were named, then those that tests/run made below ``.cache``."""
    found: dict[str, Ansible] = {}
    # The shorter name first, so that .cache/venv-2.21 comes before a venv-try-2.21.
    for folder in [*own, *sorted(CACHE.glob("venv*"), key=lambda place: (len(place.name), place.name))]:
        ansible = ansible_in(folder)
        if ansible is not None:
            found.setdefault(ansible.series, ansible)
    return dict(sorted(found.items(), key=lambda item: [int(part) for part in item[0].split(".")]))


class Fleets:
    """Makes cases of plays. Each has a folder of its own below ``folder``."""

    def __init__(
        self,
        folder: Path,
        variables: Mapping[str, str],
        *,
        forks: int,
        pace: Mapping[str, Any],
        collections: Path = CACHE / "bench",
    ) -> None:
        self._folder = folder
        self._collections = collections
        self._variables = variables
        self._forks = forks
        self.pace = dict(pace)
        self._count = 0

    def case(
        self,
        name: str,
        ansible: Ansible,
        mailboxes: Mapping[str, Any],
        tasks: Callable[[Path], list[dict[str, Any]]],
        *,
        verified: int | None = None,
        codes: Sequence[int] = (0,),
        watch: bool = False,
        keep: bool = False,
        defaults: Mapping[str, Any] | None = None,
        settings: Mapping[str, str] | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> Case:
        """Return a case of one play over ``mailboxes``, an inventory of the plugin ``mailboxes``.

        ``tasks`` is given the path of the registry, which is new for each run unless ``keep`` is set.
        ``verified`` is how many mailboxes the journal has to say so of, None where the play writes none.
        ``settings`` are for ``ansible.cfg``, ``variables`` for the environment of this case alone.
        """
        self._count += 1
        folder = self._folder / f"play{self._count:02}"
        folder.mkdir(parents=True)
        registry = folder / "state" / "registry.sqlite"
        declared = {"plugin": "mailops.mailbox.mailboxes", "defaults": dict(defaults or {}), "mailboxes": mailboxes}
        (folder / "mailboxes.yml").write_text(json.dumps(declared, indent=1))
        play = {"hosts": "mailboxes", "gather_facts": False, "tasks": tasks(registry)}
        (folder / "play.yml").write_text(json.dumps([play], indent=1))
        config = folder / "ansible.cfg"
        config.write_text("[defaults]\n" + "".join(f"{key} = {value}\n" for key, value in (settings or {}).items()))

        def before() -> None:
            if not keep:
                shutil.rmtree(registry.parent, ignore_errors=True)

        return Case(
            name,
            [str(ansible.folder / "bin" / "ansible-playbook"), "-i", f"{folder}/mailboxes.yml", f"{folder}/play.yml"],
            functools.partial(read_play, registry=registry, verified=verified),
            environment={**self._environment(ansible, folder), "ANSIBLE_CONFIG": str(config), **(variables or {})},
            before=before,
            codes=codes,
            watch=watch,
        )

    def folder_for(self, name: str) -> Path:
        """Return the path of a folder that is gone with the bench; it is not made."""
        return self._folder / name

    def fleet_task(self, registry: Path, **arguments: Any) -> dict[str, Any]:
        """Return the task that probes all."""
        given = {
            "hosts": "{{ ansible_play_batch }}",
            "state": "verified",
            "registry": {"path": str(registry)},
            "pace": self.pace,
            **arguments,
        }
        return {
            "name": "Verify the fleet",
            "mailops.mailbox.mailbox_fleet": given,
            "run_once": True,
            "delegate_to": "localhost",
            "register": "fleet",
        }

    def _environment(self, ansible: Ansible, folder: Path) -> dict[str, str]:
        """Return an environment with Ansible's defaults, and nothing of the user's own settings."""
        home = folder / "home"
        return {
            "LC_ALL": "C.UTF-8",
            "PATH": f"{ansible.folder / 'bin'}:{os.environ['PATH']}",
            "HOME": str(home),
            "ANSIBLE_COLLECTIONS_PATH": str(self._collections),
            "ANSIBLE_LOCAL_TEMP": str(home / "ansible-local"),
            "ANSIBLE_REMOTE_TEMP": str(home / "ansible-remote"),
            "ANSIBLE_INVENTORY_ENABLED": "mailops.mailbox.mailboxes",
            "ANSIBLE_FORKS": str(self._forks),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_DEPRECATION_WARNINGS": "0",
            **self._variables,
        }


def journal_of(registry: Path) -> Path:
    """Return where a fleet run of this registry wrote its journal."""
    return Path(f"{registry}.fleet.jsonl")


def read_play(text: bytes, *, registry: Path, verified: int | None) -> dict[str, float]:
    """Count the verdicts in the journal. Raises :class:`BenchError` where they are not as they should be."""
    if verified is None:
        return {}
    counts: Counter[str] = Counter()
    journal = journal_of(registry)
    if journal.exists():
        with journal.open("rb") as file:
            next(file, None)
            counts.update(json.loads(line)["result"]["status"] for line in file)
    if counts["verified"] != verified:
        end = text.decode(errors="replace")[-2000:]
        raise BenchError(f"{counts['verified']} mailboxes were verified instead of {verified}; {dict(counts)}:\n{end}")
    return {verdict: float(counts[verdict]) for verdict in VERDICTS if counts[verdict]}
