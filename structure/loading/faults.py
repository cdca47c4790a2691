"""Words pydantic's findings for the person who wrote the song: what is wrong, what is allowed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from structure.base.errors import Fault, did_you_mean
from structure.base.labels import kind_of
from structure.base.lengths import FORMATS
from structure.base.plain_text import in_ascii
from structure.base.types import ROLES
from structure.loading.checks import Finding
from structure.loading.yaml_reader import Document, Path, write_path
from structure.specs.spec import SongSpec

Model = type[BaseModel]

_NUMBER = re.compile(r"[-+]?\d{1,40}(?:[.,]\d{1,40})?")

_NO_COLON = re.compile(r"(?P<key>[a-z_]{2,20})\s*(?:[=：]|:\xa0|:(?=\S))")
"""A key at whose end stands what looks like a colon and a blank, or an equals sign."""

Words = tuple[str, str]
"""A message and a hint."""


@dataclass(frozen=True, slots=True)
class _Wrong:
    """A value that a model refuses: where it stands, the kind of its fault and what belongs to that.

    ``written`` is the value as it is written in the file, None where that is how Python writes it; ``root``
    is the model of the whole document.
    """

    path: Path
    kind: str
    value: Any
    context: Mapping[str, Any]
    written: str | None
    root: Model

    @property
    def name(self) -> str:
        """Return what a message calls the value."""
        return _name(self.path)

    @property
    def got(self) -> str:
        """Return the value as it is written in the file, as a message may quote it."""
        return show(self.value) if self.written is None else self.written


def faults_of(error: ValidationError, document: Document, root: Model = SongSpec) -> list[Fault]:
    """Return one fault for each wrong field of a document that is a ``root``."""
    faults: dict[tuple[Path, str], Fault] = {}
    for found in error.errors(include_url=False):
        # The path in the data, without the parts that pydantic adds for unions and dictionary keys.
        path: Path = ()
        data, loc = document.data, found["loc"]
        for part in loc:
            inside = isinstance(data, dict) and part in data
            if not inside and not (isinstance(data, list) and isinstance(part, int) and part < len(data)):
                break
            data = data[part]
            path = (*path, part)

        kind = found["type"]
        if kind == "too_short" and found["input"]:
            continue  # not empty: its entries have faults of their own
        if kind == "missing":
            path = (*path, str(loc[-1])) if path != loc else path
        context, written = found.get("ctx", {}), document.numbers.get(path)
        wrong = _Wrong(path, kind, found["input"], context, written, root)
        words = next((words for pattern, words in _WORDS if re.fullmatch(pattern, kind)), None)
        if words is None:
            message, hint = f"{wrong.name}: {found['msg'].lower()}", ""
        elif callable(words):
            message, hint = words(wrong)
        else:
            limits = {key: int(limit) if limit == int(limit) else limit for key, limit in context.items()}
            size = len(wrong.value) if isinstance(wrong.value, str) else 0
            message, hint = words[0].format(name=wrong.name, got=wrong.got, size=size, **limits), words[1]
        key = (path, "union" if len(loc) > len(path) and kind != "missing" else message)
        faults.setdefault(key, Fault(message, write_path(path), document.line_of(path), hint))
    return list(faults.values())


def faults_at(findings: Iterable[Finding], document: Document) -> list[Fault]:
    """Return findings as faults, with the lines of the values that have them."""
    places = [(document.closest(found.path), found) for found in findings]
    return [
        Fault(found.message, write_path(at), document.lines.get(at), found.hint) for at, found in places
    ]


def not_a_mapping(document: Document, what: str, example: str) -> Fault:
    """Return the fault of a document that is empty, a list or a mere value."""
    if document.data is None:
        return Fault(f"the {what} is empty", hint=f"write at least `{example}`")
    message = f"a {what} is a mapping of keys to values, got {show(document.data)}"
    hint = f"write `{example}`"
    if isinstance(document.data, str) and (taken := _NO_COLON.match(document.data)) is not None:
        hint = f"a colon and a plain blank stand behind a key: `{taken['key']}: …`"
    return Fault(message, line=1, hint=hint)


def keys_at(path: Path, root: Model) -> list[str]:
    """Return the keys that a mapping at ``path`` may have: for ``("form", 2)`` those of a visit.

    Where any key is allowed, these are the keys of the mapping around it.
    """
    kind: Any = root
    model = root
    for part in path:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = _field_types(kind).get(str(part))
        else:
            kind = get_args(kind)[-1 if get_origin(kind) is dict else 0]
        kind = _find_structure(kind)
        model = kind if isinstance(kind, type) and issubclass(kind, BaseModel) else model
        if kind is None:
            break
    return list(_field_types(model))


def _field_types(model: Model) -> dict[str, Any]:
    """Return the types of a model's fields by the names that they have in a document."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _find_structure(kind: Any) -> Any:
    """Return the part of a type that holds further values: a model, a list or a mapping; else None."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    if get_origin(kind) in (dict, tuple, list):
        return kind
    inner = (_find_structure(part) for part in get_args(kind))
    return next((part for part in inner if part is not None), None)


def show(value: Any) -> str:
    """Return a value as a message may quote it, shortened."""
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


def _name(path: Path) -> str:
    """Return what a message calls the value at ``path``."""
    if not path:
        return "the song"
    if isinstance(path[-1], int):
        return f"entry {path[-1] + 1} of {path[-2]}"
    return path[-1]


def _missing(wrong: _Wrong) -> Words:
    hints = {"role": "allowed: " + ", ".join(ROLES), "section": "name the section that is visited"}
    return f"{wrong.name} is missing", hints.get(str(wrong.path[-1]), "")


def _unknown_key(wrong: _Wrong) -> Words:
    path = wrong.path
    allowed, key = keys_at(path[:-1], wrong.root), str(path[-1])
    meant = next((name for name in _MEANT.get(_plain(key), ()) if name in allowed), None)
    hint = did_you_mean(key, allowed) if meant is None else f"did you mean {meant!r}?"
    if wrong.root is SongSpec and len(path) == 1 and kind_of(key) is not None:
        hint = f"a section stands under `sections:`, indented: `sections: {{{key}: …}}`"
    return f"unknown key {key!r}", hint


_MEANT = {
    "bpm": ("tempo",),
    "speed": ("tempo",),
    "style": ("genre",),
    "duration": ("length", "bars"),
    "time": ("length", "meter"),
    "timesignature": ("meter",),
    "signature": ("meter",),
    "metre": ("meter",),
    "measure": ("meter", "bars"),
    "measures": ("bars", "length"),
    "harmony": ("chords",),
    "progression": ("chords",),
    "structure": ("form",),
    "arrangement": ("form",),
    "name": ("title",),
    "tonality": ("key",),
    "scale": ("key",),
    "instruments": ("stems",),
    "tracks": ("stems",),
    "volume": ("gain_db",),
    "gain": ("gain_db",),
    "instrument": ("prompt",),
    "sound": ("prompt",),
    "words": ("lyrics",),
    "text": ("lyrics",),
    "repeat": ("variation",),
}
"""What is meant by words of other programs, by the word without signs."""


def _plain(key: str) -> str:
    return re.sub(r"[^a-z]", "", key.lower())


def _number(wrong: _Wrong) -> Words:
    kind = "a whole number" if "int" in wrong.kind else "a number"
    value = wrong.value
    inner = _NUMBER.search(value.replace("_", "")) if isinstance(value, str) else None
    number = inner[0].replace(",", ".") if inner else ""
    if inner and inner.string[inner.end() :].strip() == "%":
        number = f"{float(number) / 100:g}"
    hint = f"write {number}, without quotes or unit" if inner else ""
    if isinstance(value, float):
        hint = f"write {round(value)}" if value.is_integer() and abs(value) < 1e15 else ""
    return f"{wrong.name} must be {kind}, got {wrong.got}", hint


def _text(wrong: _Wrong) -> Words:
    value, path = wrong.value, wrong.path
    if path == ("length",):
        return f"{show(value)} is not a length", f"write it as {FORMATS}"
    if path == ("meter",):
        return f"{show(value)} is not a metre", "write it as 4/4, 3/4 or 6/8"
    quoted = isinstance(value, bool | int | float)
    hint = f'put it in quotes: "{show(value)}"' if quoted else "write words, in quotes if need be"
    return f"{wrong.name} must be text, got {show(value)}", hint


def _bad_name(wrong: _Wrong) -> Words:
    value = str(wrong.value)
    plain = re.sub(r"[^a-z0-9_-]+", "_", in_ascii(value).lower()).strip("_-")[:32]
    plain = re.sub(r"^[^a-z]+", "", plain)
    suggestion = f"; try {plain!r}" if plain and plain != value else ""
    return (
        f"{show(value)} is not a name",
        f"use lower-case letters, digits, - and _, 32 at most, and begin with a letter{suggestion}",
    )


def _choice(wrong: _Wrong) -> Words:
    allowed = re.findall(r"[\w.-]+", wrong.context["expected"].replace(" or ", ", "))
    value, path = wrong.value, wrong.path
    hint = did_you_mean(value, allowed) if isinstance(value, str) else "allowed: " + ", ".join(allowed)
    if path and path[-1] == value and len(path) > 1:  # a key of a mapping
        return f"{_name(path[:-1])} has no {show(value)}", hint
    return f"{show(value)} is not a known {wrong.name}", hint


def _list(wrong: _Wrong) -> Words:
    value = wrong.value
    if wrong.path == ("form",) and isinstance(value, str):
        value = value.lower()  # as names of sections are
    hint = (
        f"write [{value}]" if isinstance(value, str) else "write a list: [a, b] or lines that begin with -"
    )
    return f"{wrong.name} must be a list, got {show(wrong.value)}", hint


def _mapping(wrong: _Wrong) -> Words:
    value, path = wrong.value, wrong.path
    keys = ", ".join(keys_at(path, wrong.root)[:3])
    hint = (
        f"its keys are {keys} …"
        if path[:1] != ("sections",) or len(path) > 1
        else "write `verse: {bars: 8}`"
    )
    if path[:1] == ("sections",) and len(path) == 2:
        if value is None:
            hint = f"indent what belongs to it further than `{path[1]}:`, or write `{path[1]}: {{bars: 8}}`"
        elif path[1] in keys_at(("sections", "verse"), wrong.root):
            hint = f"{path[1]} belongs to a section: indent it below the section's name"
    if "preset" in keys_at(path, wrong.root) and isinstance(value, str):
        hint = f"write {{preset: {value}}}"
    if "comp" in path:
        hint = "write the bars of each take: {1-4: 2, 5-8: 3}"
    if path[:1] == ("stems",) and isinstance(value, str):
        hint = f"write {{name: {value}, role: …}}"
    return f"{wrong.name} must be a mapping, got {show(value)}", hint


def _count(wrong: _Wrong) -> Words:
    if wrong.kind == "too_short":
        kind = "mapping" if isinstance(wrong.value, dict) else "list"
        return f"{wrong.name} is an empty {kind}", "add an entry, or remove the key to have it planned"
    return f"{wrong.name} has more than {wrong.context['max_length']} entries", ""


def _own_rule(wrong: _Wrong) -> Words:
    message, _, hint = str(wrong.context["error"]).partition("; ")
    return message, hint


_WORDS: tuple[tuple[str, Callable[[_Wrong], Words] | Words], ...] = (
    ("missing", _missing),
    ("extra_forbidden", _unknown_key),
    ("greater_than_equal", ("{name} must be at least {ge}, got {got}", "")),
    ("less_than_equal", ("{name} must be at most {le}, got {got}", "")),
    ("greater_than", ("{name} must be more than {gt}, got {got}", "")),
    ("less_than", ("{name} must be less than {lt}, got {got}", "")),
    ("(int|float)_(type|parsing|from_float|parsing_size)", _number),
    ("finite_number", ("{name} must be a finite number", "")),
    ("bool_(type|parsing)", ("{name} must be true or false, got {got}", "write true or false")),
    ("string_type", _text),
    ("string_too_long", ("{name} must have at most {max_length} characters, got {size}", "")),
    ("string_pattern_mismatch", _bad_name),
    ("literal_error", _choice),
    ("(tuple|list)_type", _list),
    ("(dict|model|model_attributes)_type", _mapping),
    ("too_(short|long)", _count),
    ("value_error", _own_rule),
)
"""Kinds of fault, and the words for each: a function that makes them, or a message and a hint."""


def in_line_order(faults: Iterable[Fault]) -> list[Fault]:
    """Return faults as one meets them when reading the file."""
    return sorted(faults, key=lambda fault: (fault.line or 0, fault.field, fault.message))


def first_of_each(faults: Iterable[Fault]) -> list[Fault]:
    """Return one fault for each value.

    What YAML says of a value comes before what the model makes of the rest.
    """
    found: dict[tuple[str, int | None], Fault] = {}
    for fault in faults:
        found.setdefault((fault.field, fault.line), fault)
    return list(found.values())
