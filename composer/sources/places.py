"""Where in a spec's file stands what an error is about: errors of planning know the field alone."""

from __future__ import annotations

import copy
import re
from typing import TypeVar

from structure.base.errors import RitornelloError, SpecError
from structure.loading.yaml_reader import read_yaml

_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")

E = TypeVar("E", bound=RitornelloError)


def locate_error(error: E, text: str, name: str) -> E:
    """Return an error with the file ``name`` and the line of its field in the YAML ``text``.

    One that has a line or no field, and one whose field is not in the text, stays as it is.
    """
    if error.line is not None or not error.field or error.field.startswith("-"):
        return error
    try:
        document = read_yaml(text, name)
    except SpecError:
        return error

    # Items count from 1 in a field, form[2].chords, and from 0 in a path; they may also be called by their
    # names: stems.lead.prompt.
    path: list[str | int] = []
    data = document.data
    for part in _PART.finditer(error.field):
        step: str | int = part[1] if part[1] is not None else int(part[2]) - 1
        if isinstance(data, list) and isinstance(step, str):
            names = [item.get("name") if isinstance(item, dict) else None for item in data]
            step = names.index(step) if step in names else step
        path.append(step)
        if isinstance(data, dict):
            data = data.get(step)
        else:
            is_there = isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data)
            data = data[step] if is_there else None

    at = document.closest(tuple(path))
    line = document.lines.get(at)
    if not at or line is None:
        return error
    found = copy.copy(error)
    told = error.message.startswith(f"{error.field}: ")
    found.message = f"{name}:{line}: {'' if told else f'{error.field}: '}{error.message}"
    found.args, found.line = (found.message,), line
    return found
