# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""pydantic, or stand-ins that let class bodies be read where it is not installed.

Sanity tests and ansible-doc import every file on its own, without third-party libraries. Nothing may run on the
stand-ins: :func:`missing_pydantic` tells whether they are in use, and every entry point asks it first.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

PYDANTIC_IMPORT_ERROR: str | None = None

if TYPE_CHECKING:
    from pydantic import (
        BaseModel,
        ConfigDict,
        Field,
        SecretStr,
        ValidationError,
        field_validator,
        model_validator,
    )
else:
    try:
        from pydantic import (
            BaseModel,
            ConfigDict,
            Field,
            SecretStr,
            ValidationError,
            field_validator,
            model_validator,
        )
    except ImportError:
        PYDANTIC_IMPORT_ERROR = traceback.format_exc()
        BaseModel = object
        SecretStr = str
        ValidationError = ValueError

        def _stand_in(*args: Any, **kwargs: Any) -> Any:
            return lambda function: function

        ConfigDict = Field = field_validator = model_validator = _stand_in

__all__ = [
    "PYDANTIC_IMPORT_ERROR",
    "BaseModel",
    "ConfigDict",
    "Field",
    "SecretStr",
    "ValidationError",
    "field_validator",
    "missing_pydantic",
    "model_validator",
]


def missing_pydantic() -> str | None:
    """Return why pydantic 2 can't be used here, or None when it can."""
    if PYDANTIC_IMPORT_ERROR is not None:
        return PYDANTIC_IMPORT_ERROR
    import pydantic

    if int(pydantic.VERSION.split(".", 1)[0]) < 2:
        return f"pydantic {pydantic.VERSION} is installed; version 2 or newer is needed."
    return None
