# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What all parts of a declaration have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, get_args

from .._deps import BaseModel, ConfigDict, field_validator, model_validator

# 1.000 is a thousand to some programs and one to others; a zero or two behind the point is how exports write 50.
_WHOLE = re.compile(r"\s*[+-]?[0-9]+(\.0{1,2})?\s*")


class Declared(BaseModel):
    """A section of a declaration: frozen, closed, and indifferent to keys without a value.

    Ansible hands over every suboption that was not given as None, so None always means *not given*. A list may be
    written as one text with commas, as Ansible's own options allow.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        coerce_numbers_to_str=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
    )

    LISTS: ClassVar[frozenset[str]] = frozenset()
    TEXTS: ClassVar[frozenset[str]] = frozenset()
    """Keys where a number is refused, because YAML has already changed it: 0123 is 83."""

    @model_validator(mode="before")
    @classmethod
    def _given(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        return {key: value for key, value in data.items() if value is not None}

    @field_validator("*", mode="before")
    @classmethod
    def _scalar(cls, value: Any, info: Any) -> Any:
        if info.field_name in cls.TEXTS and isinstance(value, (int, float)):
            raise ValueError("not_text")
        if isinstance(value, str):
            if info.field_name in cls.LISTS:
                return tuple(part.strip() for part in value.split(",") if part.strip())
            if info.field_name in _numbers(cls) and not _WHOLE.fullmatch(value):
                raise ValueError("not_number")
        elif isinstance(value, bool) and info.field_name in _numbers(cls):
            raise ValueError("not_number")
        return value


@cache
def _numbers(model: type[Declared]) -> frozenset[str]:
    """Return the fields that are whole numbers."""
    kinds = {name: info.annotation for name, info in model.model_fields.items()}
    return frozenset(name for name, kind in kinds.items() if int in (get_args(kind) or (kind,)))
