# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What all parts of a declaration have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, get_args

from .._deps import BaseModel, ConfigDict, field_validator, model_validator


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

    @model_validator(mode="before")
    @classmethod
    def _given(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        return {key: value for key, value in data.items() if value is not None}

    @field_validator("*", mode="before")
    @classmethod
    def _scalar(cls, value: Any, info: Any) -> Any:
        if isinstance(value, str):
            if info.field_name in cls.LISTS:
                return tuple(part.strip() for part in value.split(",") if part.strip())
        elif isinstance(value, bool):
            wanted = cls.model_fields[info.field_name].annotation
            if int in (get_args(wanted) or (wanted,)):
                raise ValueError("not_number")
        return value
