"""How the parts of a plan, and wishes, are written as plain data, and read back.

The dataclasses say what their fields are, and pydantic reads and writes them by that. Nothing is
listed twice: a new field needs no other edit to be in ``plan.json``.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from typing import Any

from pydantic import ConfigDict, SerializerFunctionWrapHandler, model_serializer


@dataclass(frozen=True, slots=True)
class Stored:
    """A dataclass that is part of a file.

    A field that has its default value is not written. So a song that does not use a field has the same
    file as before the field was there. Unknown fields are refused when it is read.
    """

    __pydantic_config__ = ConfigDict(extra="forbid", allow_inf_nan=False, strict=False)

    @model_serializer(mode="wrap")
    def _write_what_is_not_usual(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written = write(self)
        found = {}
        for field in fields(self):
            if field.name not in written:
                continue
            value = getattr(self, field.name)
            if field.default_factory is not MISSING:
                is_usual = value == field.default_factory()
            else:
                is_usual = field.default is not MISSING and value == field.default
            if not is_usual:
                found[field.name] = written[field.name]
        return found
