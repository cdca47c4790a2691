"""JSON for people: stable order, short lists on one line, and files that appear whole or not at all."""

from __future__ import annotations

import json
import math
import textwrap
from pathlib import Path
from typing import Any

from structure.base.errors import FolderError, RitornelloError
from structure.base.files import write_atomically

_WIDTH = 100
"""Columns that a value may fill before it is broken over several lines."""

LARGEST_BYTES = 128 * 1024 * 1024
"""Of a file; larger ones are refused unread. The plan of half an hour with many stems has a tenth of it."""

_DEEPEST = 64
"""Lists and mappings that may lie in each other; ours have a dozen at most."""


def dumps(value: Any) -> str:
    """Return plain JSON data as text, with the keys in their order.

    Plain data are dicts, lists, text, finite numbers, booleans and None.
    """
    return _lay_out(value, 0) + "\n"


def write_json(path: Path, value: Any) -> None:
    """Write :func:`dumps` of ``value`` atomically."""
    write_atomically(path, dumps(value).encode())


def read_json(path: Path, error: type[RitornelloError] = FolderError) -> Any:
    """Read a JSON file.

    Raises an ``error`` where the file is missing, cannot be read, is too large, or is not what
    :func:`parse_json` takes.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError as exc:
        raise error(f"{path} does not exist", path=path) from exc
    except OSError as exc:
        raise error(f"{path} cannot be read: {exc.strerror}", path=path) from exc
    if len(data) > LARGEST_BYTES:
        raise error(f"{path} is larger than {LARGEST_BYTES >> 20} MiB", path=path)
    try:
        return parse_json(data)
    except ValueError as exc:
        line = exc.lineno if isinstance(exc, json.JSONDecodeError) else None
        raise error(f"{path} is not valid JSON: {exc}", path=path, line=line) from exc


def parse_json(data: bytes) -> Any:
    """Return what a file of unknown origin says. All of it can be written again and printed.

    Raises ValueError for what is no JSON in UTF-8, and for lists and mappings that lie too deep in each
    other, numbers that are none or too long, and text that no file can hold.
    """
    try:
        found = json.loads(data.decode("utf-8"), parse_constant=_refuse, parse_float=_finite)
    except RecursionError as exc:
        raise ValueError(f"lists and mappings lie more than {_DEEPEST} deep in each other") from exc
    _check(found)
    return found


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:40]} is too large a number")
    return number


def _check(found: Any) -> None:
    """Look at every value, without recursion, since somebody may have counted on that."""
    waiting = [(found, 0)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, str):
            if not value.isascii():
                value.encode()  # a lone surrogate raises UnicodeEncodeError, which is a ValueError
        elif isinstance(value, list | dict):
            if depth >= _DEEPEST:
                raise ValueError(f"lists and mappings lie more than {_DEEPEST} deep in each other")
            if isinstance(value, dict):
                waiting += [(key, depth) for key in value]
                value = value.values()
            waiting += [(item, depth + 1) for item in value]


def _lay_out(value: Any, indent: int) -> str:
    """Return a value on one line where it fits behind ``indent`` blanks, else each item on its own."""
    flat = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if not isinstance(value, (dict, list)) or indent + len(flat) <= _WIDTH:
        return flat
    pad = " " * (indent + 2)
    if isinstance(value, dict):
        rows = [
            f"{json.dumps(key, ensure_ascii=False)}: {_lay_out(item, indent + 2)}"
            for key, item in value.items()
        ]
        return "{\n" + ",\n".join(pad + row for row in rows) + "\n" + " " * indent + "}"
    if all(isinstance(item, (int, float)) for item in value):
        body = textwrap.fill(flat[1:-1], _WIDTH, initial_indent=pad, subsequent_indent=pad)
    else:
        body = ",\n".join(pad + _lay_out(item, indent + 2) for item in value)
    return "[\n" + body + "\n" + " " * indent + "]"
