# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options are written three times (documentation, argument_spec, model); this fails when the three disagree."""

from __future__ import annotations

import importlib
import re
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin

import pytest
import yaml
from ansible.module_utils.basic import AnsibleModule
from pydantic_core import PydanticUndefined

from ansible_collections.mailops.mailbox.plugins.module_utils._argspec.mailbox import MAILBOX_OPTIONS
from ansible_collections.mailops.mailbox.plugins.module_utils._models.declared import Declared
from ansible_collections.mailops.mailbox.plugins.module_utils._models.mailbox import Mailbox

BASE = "ansible_collections.mailops.mailbox.plugins"
PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("[!_]*.py"))

# The model wants an address; the argument_spec can't, because state=absent is content with an id.
ASKED_BY_MODEL_ONLY = {"email"}
COMPARED = ("type", "elements", "required", "choices", "default")
UNSET = {"type": "str", "required": False}


def documented(module: Any) -> dict[str, Any]:
    """The options of a module's documentation, with those of its fragments."""
    doc = yaml.safe_load(module.DOCUMENTATION)
    options: dict[str, Any] = {}
    for name in doc.get("extends_documentation_fragment", ()):
        parts = name.split(".")
        assert parts[:2] == ["mailops", "mailbox"], f"{name} is not of this collection"
        fragment = importlib.import_module(f"{BASE}.doc_fragments.{parts[2]}").ModuleDocFragment
        section = parts[3].upper() if len(parts) > 3 else "DOCUMENTATION"
        options.update(yaml.safe_load(getattr(fragment, section)).get("options") or {})
    options.update(doc.get("options") or {})
    return options


def specified(module: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The argument_spec that a module really hands over."""
    seen: dict[str, Any] = {}

    class Stopped(Exception):
        pass

    def capture(self: Any, argument_spec: dict[str, Any], **kwargs: Any) -> None:
        seen.update(argument_spec)
        raise Stopped

    monkeypatch.setattr(AnsibleModule, "__init__", capture)
    with pytest.raises(Stopped):
        module.main()
    return seen


def differences(docs: dict[str, Any], spec: dict[str, Any], path: str = "") -> list[str]:
    found = [f"{path}{name}: only documented" for name in docs.keys() - spec.keys()]
    found += [f"{path}{name}: not documented" for name in spec.keys() - docs.keys()]
    for name in docs.keys() & spec.keys():
        doc, option = docs[name], spec[name]
        for key in COMPARED:
            told, real = doc.get(key, UNSET.get(key)), option.get(key, UNSET.get(key))
            if told != real:
                found.append(f"{path}{name}: {key} is documented as {told!r}, and is {real!r}")
        found += differences(doc.get("suboptions") or {}, option.get("options") or {}, f"{path}{name}.")
    return found


@pytest.mark.parametrize("name", MODULES)
def test_documentation_and_argument_spec_agree(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module(f"{BASE}.modules.{name}")
    assert differences(documented(module), specified(module, monkeypatch)) == []


@pytest.mark.parametrize("name", ["mailbox", "vault", "registry", "discovery", "network"])
def test_fragments_and_shared_options_agree(name: str) -> None:
    spec = getattr(importlib.import_module(f"{BASE}.module_utils._argspec.{name}"), f"{name.upper()}_OPTIONS")
    fragment = importlib.import_module(f"{BASE}.doc_fragments.{name}").ModuleDocFragment
    docs = yaml.safe_load(fragment.DOCUMENTATION)["options"]
    assert differences(docs[name]["suboptions"] if name in docs and name not in spec else docs, spec) == []


def model_options(model: type[Declared]) -> dict[str, Any]:
    """A model in the form of an argument_spec."""
    options = {}
    for field, info in model.model_fields.items():
        kinds = [kind for kind in get_args(info.annotation) or (info.annotation,) if kind is not NoneType]
        option: dict[str, Any] = {"required": info.is_required()}
        kind = kinds[0]
        if get_origin(info.annotation) is tuple:
            option["type"] = "list"
            option["elements"] = "str"
        elif issubclass(kind, Declared):
            option.update(type="dict", options=model_options(kind))
        else:
            option["type"] = {int: "int", bool: "bool"}.get(kind, "str")
        if isinstance(kind, type) and issubclass(kind, Enum):
            option["choices"] = [member.value for member in kind]
        default = None if info.default is PydanticUndefined else info.default
        values = default if isinstance(default, tuple) else (default,)
        words = [value.value if isinstance(value, Enum) else value for value in values]
        if words and words != [None]:
            option["default"] = ",".join(str(word).lower() if isinstance(word, bool) else str(word) for word in words)
        options[info.alias or field] = option
    return options


def against_model(docs: dict[str, Any], spec: dict[str, Any], model: dict[str, Any], path: str = "") -> list[str]:
    found = [f"{path}{name}: not in the model" for name in spec.keys() - model.keys()]
    found += [f"{path}{name}: only in the model" for name in model.keys() - spec.keys()]
    for name in spec.keys() & model.keys():
        option, real = spec[name], model[name]
        kind = "str" if option["type"] == "path" else option["type"]
        if (kind, option.get("elements")) != (real["type"], real.get("elements")):
            found.append(f"{path}{name}: type is {option['type']}, and {real['type']} in the model")
        if option.get("required", False) != real["required"] and path + name not in ASKED_BY_MODEL_ONLY:
            found.append(f"{path}{name}: required differs from the model")
        if option.get("choices") != real.get("choices"):
            found.append(f"{path}{name}: choices differ from the model")
        if "default" in option:
            found.append(f"{path}{name}: a default here would hide what was not given")
        told = re.findall(r"The default is V\(([^)]*)\)", " ".join(docs[name]["description"]))
        if told != ([real["default"]] if "default" in real else []):
            found.append(f"{path}{name}: the documented default is {told}, the model's {real.get('default')!r}")
        inner = (docs[name].get("suboptions") or {}, option.get("options") or {}, real.get("options") or {})
        found += against_model(*inner, f"{path}{name}.")
    return found


def test_the_options_of_a_mailbox_agree_with_the_model() -> None:
    fragment = importlib.import_module(f"{BASE}.doc_fragments.mailbox").ModuleDocFragment
    docs = yaml.safe_load(fragment.DOCUMENTATION)["options"]["mailbox"]["suboptions"]
    assert against_model(docs, MAILBOX_OPTIONS, model_options(Mailbox)) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"type": "int"}, "type"),
        ({"choices": ["a"]}, "choices"),
        ({"required": True}, "required"),
        ({"default": "x"}, "default"),
    ],
)
def test_a_difference_is_noticed(change: dict[str, Any], expected: str) -> None:
    docs = {"key": {"type": "str", "description": ["A key."]}}
    spec = {"key": {"type": "str", **change}}
    assert any(expected in line for line in differences(docs, spec))
    assert any(expected in line for line in against_model(docs, spec, {"key": {"type": "str", "required": False}}))


def test_an_option_that_only_one_side_knows_is_noticed() -> None:
    assert differences({"a": {"type": "str"}}, {}) == ["a: only documented"]
    assert differences({}, {"a": {"type": "str"}}) == ["a: not documented"]
    nested = {"a": {"type": "dict", "suboptions": {"b": {"type": "str"}}}}
    assert differences(nested, {"a": {"type": "dict", "options": {}}}) == ["a.b: only documented"]


def secrets_without_no_log(spec: dict[str, Any], path: str = "") -> list[str]:
    found = []
    for name, option in spec.items():
        if name in ("password", "token", "secret_id") and not option.get("no_log"):
            found.append(path + name)
        found += secrets_without_no_log(option.get("options") or {}, f"{path}{name}.")
    return found


@pytest.mark.parametrize("name", MODULES)
def test_every_secret_is_marked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module(f"{BASE}.modules.{name}")
    assert secrets_without_no_log(specified(module, monkeypatch)) == []
