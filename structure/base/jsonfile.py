"""JSON for people: stable order, short lists on one line, and files that appear whole or not at all."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

from structure.base.errors import FolderError, RitornelloError
from structure.base.files import write_atomically

_WIDTH = 100
"""Columns that a value may fill before it is broken over several lines."""


def dumps(value: Any) -> str:
    """Plain JSON data (dicts, lists, text, finite numbers, booleans, None) as text, keys in their order."""
    return _laid_out(value, 0) + "\n"


def write_json(path: Path, value: Any) -> None:
    """Write :func:`dumps` of ``value`` atomically."""
    write_atomically(path, dumps(value).encode())


def read_json(path: Path, error: type[RitornelloError] = FolderError) -> Any:
    """Read a JSON file. Raises an ``error`` where it is missing, or is not JSON in UTF-8."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        raise error(f"{path} does not exist", path=path) from exc
    except ValueError as exc:
        line = exc.lineno if isinstance(exc, json.JSONDecodeError) else None
        raise error(f"{path} is not valid JSON: {exc}", path=path, line=line) from exc


def _laid_out(value: Any, indent: int) -> str:
    flat = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if not isinstance(value, (dict, list)) or indent + len(flat) <= _WIDTH:
        return flat
    pad = " " * (indent + 2)
    if isinstance(value, dict):
        rows = [
            f"{json.dumps(key, ensure_ascii=False)}: {_laid_out(item, indent + 2)}"
            for key, item in value.items()
        ]
        return "{\n" + ",\n".join(pad + row for row in rows) + "\n" + " " * indent + "}"
    if all(isinstance(item, (int, float)) for item in value):
        body = textwrap.fill(flat[1:-1], _WIDTH, initial_indent=pad, subsequent_indent=pad)
    else:
        body = ",\n".join(pad + _laid_out(item, indent + 2) for item in value)
    return "[\n" + body + "\n" + " " * indent + "]"
