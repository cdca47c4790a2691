"""Words pydantic's findings for the person who wrote the song: what is wrong, what is allowed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import BaseModel, ValidationError

from structure.errors import Fault, did_you_mean
from structure.lengths import FORMATS
from structure.loading.yaml_reader import Document, Path, dotted
from structure.mixes import MixSpec
from structure.spec import ExportSpec, FormEntry, MasterSpec, RenderSpec, SectionSpec, SongSpec, StemSpec
from structure.types import ROLES

_ITEMS: dict[str, type[BaseModel]] = {"stems": StemSpec, "form": FormEntry, "sections": SectionSpec}
_PARTS: dict[str, type[BaseModel]] = {
    "render": RenderSpec,
    "mix": MixSpec,
    "master": MasterSpec,
    "export": ExportSpec,
}
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")

Words = tuple[str, str]
"""A message and a hint."""


def faults_of(error: ValidationError, document: Document) -> list[Fault]:
    """One fault for each wrong field, in the order of the document's lines."""
    faults: dict[tuple[Path, str], Fault] = {}
    for found in error.errors(include_url=False):
        path = _path_in_data(found["loc"], document.data)
        kind = found["type"]
        if kind == "too_short" and found["input"]:
            continue  # not empty: its entries have faults of their own
        if kind == "missing":
            path = (*path, str(found["loc"][-1])) if path != found["loc"] else path
        message, hint = _words(kind, path, found)
        key = (path, "union" if len(found["loc"]) > len(path) and kind != "missing" else message)
        faults.setdefault(key, Fault(message, dotted(path), document.line_of(path), hint))
    return list(faults.values())


def model_at(path: Path) -> type[BaseModel]:
    """The model whose keys stand at ``path``: ``("form", 2)`` → FormEntry."""
    if not path:
        return SongSpec
    head = str(path[0])
    model = _ITEMS[head] if len(path) > 1 and head in _ITEMS else _PARTS.get(head, SongSpec)
    for part in path[1:]:
        field = model.model_fields.get(str(part))
        inner = field.annotation if field else None
        model = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else model
    return model


def shown(value: Any) -> str:
    """A value as a message may quote it, shortened."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = repr(value)
    return text if len(text) <= 48 else f"{text[:44]}…{text[-1]}"


def _path_in_data(loc: tuple[str | int, ...], data: Any) -> Path:
    """``loc`` without the parts that pydantic adds for unions and dictionary keys."""
    path: list[str | int] = []
    for part in loc:
        inside = isinstance(data, dict) and part in data
        if not inside and not (isinstance(data, list) and isinstance(part, int) and part < len(data)):
            break
        data = data[part]
        path.append(part)
    return tuple(path)


def _words(kind: str, path: Path, found: Any) -> Words:
    for pattern, words in _WORDS:
        if re.fullmatch(pattern, kind):
            return words(path, found)
    return f"{_name(path)}: {found['msg'].lower()}", ""


def _name(path: Path) -> str:
    """What a message calls the value at ``path``."""
    if not path:
        return "the song"
    if isinstance(path[-1], int):
        return f"entry {path[-1] + 1} of {path[-2]}"
    return path[-1]


def _missing(path: Path, found: Any) -> Words:
    hints = {"role": "allowed: " + ", ".join(ROLES), "section": "name the section that is visited"}
    return f"{_name(path)} is missing", hints.get(str(path[-1]), "")


def _unknown_key(path: Path, found: Any) -> Words:
    allowed = model_at(path[:-1]).model_fields
    return f"unknown key {str(path[-1])!r}", did_you_mean(str(path[-1]), allowed)


def _bound(phrase: str, key: str) -> Callable[[Path, Any], Words]:
    def words(path: Path, found: Any) -> Words:
        limit = found["ctx"][key]
        limit = int(limit) if limit == int(limit) else limit
        return f"{_name(path)} must be {phrase} {limit}, got {shown(found['input'])}", ""

    return words


def _number(path: Path, found: Any) -> Words:
    kind = "a whole number" if "int" in found["type"] else "a number"
    value = found["input"]
    inner = _NUMBER.search(value) if isinstance(value, str) else None
    hint = f"write {inner[0]}, without quotes or unit" if inner else ""
    if isinstance(value, float):
        hint = f"write {round(value)}" if value.is_integer() and abs(value) < 1e15 else ""
    return f"{_name(path)} must be {kind}, got {shown(value)}", hint


def _not_finite(path: Path, found: Any) -> Words:
    return f"{_name(path)} must be a finite number", ""


def _boolean(path: Path, found: Any) -> Words:
    return f"{_name(path)} must be true or false, got {shown(found['input'])}", "write true or false"


def _text(path: Path, found: Any) -> Words:
    value = found["input"]
    if path == ("length",):
        return f"{shown(value)} is not a length", f"write it as {FORMATS}"
    if path == ("meter",):
        return f"{shown(value)} is not a metre", "write it as 4/4, 3/4 or 6/8"
    quoted = isinstance(value, bool | int | float)
    hint = f'put it in quotes: "{shown(value)}"' if quoted else "write words, in quotes if need be"
    return f"{_name(path)} must be text, got {shown(value)}", hint


def _too_long(path: Path, found: Any) -> Words:
    limit = found["ctx"]["max_length"]
    return f"{_name(path)} must have at most {limit} characters, got {len(found['input'])}", ""


def _bad_name(path: Path, found: Any) -> Words:
    value = str(found["input"])
    plain = re.sub(r"[^a-z0-9_-]+", "_", value.lower()).strip("_-")[:32]
    plain = re.sub(r"^[^a-z]+", "", plain)
    suggestion = f"; try {plain!r}" if plain and plain != value else ""
    return (
        f"{shown(value)} is not a name",
        f"use lower-case letters, digits, - and _, 32 at most, and begin with a letter{suggestion}",
    )


def _choice(path: Path, found: Any) -> Words:
    allowed = re.findall(r"[\w-]+", found["ctx"]["expected"].replace(" or ", ", "))
    value = found["input"]
    hint = did_you_mean(value, allowed) if isinstance(value, str) else "allowed: " + ", ".join(allowed)
    return f"{shown(value)} is not a known {_name(path)}", hint


def _list(path: Path, found: Any) -> Words:
    value = found["input"]
    hint = (
        f"write [{value}]" if isinstance(value, str) else "write a list: [a, b] or lines that begin with -"
    )
    return f"{_name(path)} must be a list, got {shown(value)}", hint


def _mapping(path: Path, found: Any) -> Words:
    value = found["input"]
    keys = ", ".join(list(model_at(path).model_fields)[:3])
    hint = (
        f"its keys are {keys} …"
        if path[:1] != ("sections",) or len(path) > 1
        else "write `verse: {bars: 8}`"
    )
    if path[:1] == ("stems",) and isinstance(value, str):
        hint = f"write {{name: {value}, role: …}}"
    return f"{_name(path)} must be a mapping, got {shown(value)}", hint


def _count(path: Path, found: Any) -> Words:
    if found["type"] == "too_short":
        return f"{_name(path)} is an empty list", "add an entry, or remove the key to have it planned"
    return f"{_name(path)} has more than {found['ctx']['max_length']} entries", ""


def _own_rule(path: Path, found: Any) -> Words:
    message = str(found["ctx"]["error"])
    text, _, hint = message.partition("; ")
    return text, hint


_WORDS: tuple[tuple[str, Callable[[Path, Any], Words]], ...] = (
    ("missing", _missing),
    ("extra_forbidden", _unknown_key),
    ("greater_than_equal", _bound("at least", "ge")),
    ("less_than_equal", _bound("at most", "le")),
    ("greater_than", _bound("more than", "gt")),
    ("less_than", _bound("less than", "lt")),
    ("(int|float)_(type|parsing|from_float|parsing_size)", _number),
    ("finite_number", _not_finite),
    ("bool_(type|parsing)", _boolean),
    ("string_type", _text),
    ("string_too_long", _too_long),
    ("string_pattern_mismatch", _bad_name),
    ("literal_error", _choice),
    ("(tuple|list)_type", _list),
    ("(dict|model|model_attributes)_type", _mapping),
    ("too_(short|long)", _count),
    ("value_error", _own_rule),
)


def in_line_order(faults: Iterable[Fault]) -> list[Fault]:
    """Faults as one meets them when reading the file."""
    return sorted(faults, key=lambda fault: (fault.line or 0, fault.field, fault.message))
