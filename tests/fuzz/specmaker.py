"""Specs by the thousand, drawn from the JSON Schema of songs, so that every field that is ever added is
among them: sound ones, odd ones and broken ones."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from hypothesis import strategies as st

from structure.presets.styles import style_names
from structure.specs.schema import json_schema

SECTIONS = ("intro", "verse", "chorus", "bridge", "solo", "outro", "hook", "riff_2")
STEMS = ("drums", "bass", "keys", "lead", "pad")

CHORDS = (
    "Am | F | C | G",
    "I V | vi IV",
    "i",
    "C",
    "Bb7 | % | Ebmaj7/G",
    "ii7 V7/V",
    "F#m7b5 B7 | Em | N",
    "| C |",
)
KEYS = ("A minor", "Bb", "F# major", "d dorian", "C# minor", "Gb", "h-moll", "E phrygian")
WORDS = (
    "slow jazz waltz with brushes, two minutes", "techno", "a 12-bar blues in E", "ein Lied in 7/8",
    "x", "∞ 🎵",
    "90 bpm hip hop, no drums, solo after the second chorus", "vals lento en re menor, tres minutos",
)  # fmt: skip
METERS = ("4/4", "3/4", "6/8", "5/4", "7/8", "12/8", "2/2", "15/8")
LENGTHS = ("0:30", "40 s", "12 bars", 30, "1 min 10 s", 45.5, "1:00")
FORMS = ("rondo", "aaba", "pop", "12-bar-blues", "strophic", "edm")

JUNK: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**20, -(10**400), 1e308, float("inf"), float("nan"), 0.5, "", " ", "no",
    "1e5",
    "=", "../../etc/passwd", "/tmp/x", "a/b", ".", "..", "nul", "\x00", "é" * 300, "x" * 3000, "\ud800",
    "{}", "&a", "*a",
    "!!python/object:os.system", "|", "|\nC", "C |", "||", "[", [], {}, [[]], [None], [{}], [1, "a"],
    {"": 1}, {"a": {}},
    {"section": None}, {"name": "drums"}, "chorus", "verse, chorus", -0.0, "0x1F", "12/0", "0/4",
    "99/4", "4/4/4", "0:00",
    "99:99", "H minor", "key", "C/", "/C", "V/V/V", "b", "#", "1_000", "2001-01-01", "<<", "~", "\t",
    "a\nb: c",
)  # fmt: skip

POOLS: dict[str, tuple[Any, ...]] = {
    "key": KEYS, "chords": CHORDS, "meter": METERS, "length": LENGTHS, "description": WORDS,
    "prompt": WORDS,
    "negative_prompt": WORDS, "backend": ("embedded",), "title": ("Small Song", "🎵", "CON", "../x"),
    "name": STEMS,
    "section": SECTIONS, "tempo": (30, 60, 92.5, 120, 174, 300), "bars": (1, 2, 3, 4, 8, 9), "seed": (0,
    7, 2**63 - 1),
}  # fmt: skip


_OF_SOME_ROLES = ("audio", "at", "offset", "tempo", "stretch", "loop", "voice", "language")


def specs(junk: float = 0.03) -> st.SearchStrategy[dict[str, Any]]:
    """Specs whose values are each replaced by junk with probability ``junk``."""
    return st.integers(0, 2**32 - 1).map(lambda seed: Maker(seed, junk).song())


class Maker:
    """Draws one spec from a seed: a walk over the schema that chooses among what each place allows."""

    def __init__(self, seed: int, junk: float) -> None:
        self._rng = random.Random(seed)
        self._junk = junk
        self._fill = self._rng.choice((0.15, 0.4, 0.8))

    def song(self) -> dict[str, Any]:
        """A spec as plain data. Most have a form or a description, as they must."""
        song: dict[str, Any] = self._mapping(_schema(), "")
        song.setdefault("description", self._rng.choice(WORDS))
        if self._rng.random() < 0.8:
            # a length at odds with a form is a fault, which is right, but hides all others
            song.pop("length", None) if self._rng.random() < 0.7 else song.pop("form", None)
        if self._rng.random() < 0.8:
            # so is a file that is not there, and what belongs to other roles
            song.pop("lyrics_file", None)
            song.pop("hits", None)
            song.pop("parts", None)
            export = song.get("export")
            if isinstance(export, dict):
                export.pop("handover", None)
            for stem in song["stems"] if isinstance(song.get("stems"), list) else ():
                for field in _OF_SOME_ROLES if isinstance(stem, dict) else ():
                    stem.pop(field, None)
        return song

    def value(self, node: Mapping[str, Any], field: str) -> Any:
        """A value for a place of the schema, under a key ``field``."""
        rng = self._rng
        if rng.random() < self._junk:
            return rng.choice(JUNK)
        if field in POOLS and rng.random() < 0.9:
            return rng.choice(POOLS[field])
        if field == "genre" and rng.random() < 0.9:
            return rng.choice(style_names())
        if "$ref" in node:
            return self.value(_schema()["$defs"][node["$ref"].rpartition("/")[2]], field)
        if "anyOf" in node:
            return self.value(rng.choice(node["anyOf"]), field)
        if "enum" in node or "const" in node:
            return rng.choice(node.get("enum", [node.get("const")]))
        return self._of_type(node, field)

    def _of_type(self, node: Mapping[str, Any], field: str) -> Any:
        rng = self._rng
        writers: dict[str, Callable[[], Any]] = {
            "null": lambda: None,
            "boolean": lambda: rng.random() < 0.5,
            "integer": lambda: rng.randint(*(int(end) for end in _bounds(node))),
            "number": lambda: self._number(*_bounds(node)),
            "string": lambda: self._text(node, field),
            "array": lambda: self._list(node, field),
            "object": lambda: self._mapping(node, field),
        }
        return writers[node.get("type", "null")]()

    def _number(self, low: float, high: float) -> float:
        drawn = self._rng.choice((low, high, self._rng.uniform(low, high)))
        return round(drawn, 3) if self._rng.random() < 0.7 else drawn

    def _text(self, node: Mapping[str, Any], field: str) -> str:
        if "pattern" in node or field in ("stems", "mute"):
            return self._rng.choice(STEMS if field in ("stems", "mute") else SECTIONS)
        return str(self._rng.choice(WORDS))

    def _list(self, node: Mapping[str, Any], field: str) -> list[Any]:
        size = self._rng.randint(node.get("minItems", 0), min(node.get("maxItems", 6), 6))
        items = [self.value(node["items"], field) for _ in range(size)]
        if field != "stems" or not all(isinstance(item, dict) for item in items):
            return items
        named = {str(item.get("name")): item for item in items if isinstance(item, dict)}
        return list(named.values())

    def _mapping(self, node: Mapping[str, Any], field: str) -> dict[str, Any]:
        rng = self._rng
        if field == "sections" or "properties" not in node:
            inside = node.get("additionalProperties") or {"type": "null"}
            inside = inside if isinstance(inside, dict) else {"type": "null"}
            keys = node.get("propertyNames", {}).get("enum", SECTIONS[:-1])
            return {rng.choice(keys): self.value(inside, "") for _ in range(rng.randint(1, 3))}
        required = node.get("required", ())
        found = {
            key: self.value(child, key)
            for key, child in node["properties"].items()
            if key in required or rng.random() < self._fill
        }
        if rng.random() < self._junk:
            found[rng.choice(("tempoo", "", "a b", "Key", "__class__", "модель"))] = rng.choice(JUNK)
        return found


@cache
def _schema() -> dict[str, Any]:
    return json_schema()


def _bounds(node: Mapping[str, Any]) -> tuple[float, float]:
    low = node.get("minimum", node.get("exclusiveMinimum", -100) + 1e-3 * ("exclusiveMinimum" in node))
    high = node.get("maximum", node.get("exclusiveMaximum", low + 1000) - ("exclusiveMaximum" in node))
    return low, high


def as_yaml(song: Any) -> str:
    """A spec as text that the loader reads: JSON, which is YAML, so that any value can be written."""
    text = json.dumps(song, ensure_ascii=True)
    return re.sub(
        r"\b(NaN|-?Infinity)\b", lambda m: {"NaN": ".nan", "Infinity": ".inf"}.get(m[0], "-.inf"), text
    )


def mutated(data: bytes, seed: int) -> bytes:
    """A file with one to four small damages: bytes changed, lost, doubled, put in, or lines swapped."""
    rng = random.Random(seed)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data) + 1)
        size = rng.choice((1, 1, 1, 2, 8, 40))
        kind = rng.randrange(6)
        if kind == 0:
            data = data[:at] + bytes(rng.randrange(256) for _ in range(size)) + data[at + size :]
        elif kind == 1:
            data = data[:at] + data[at + size :]
        elif kind == 2:
            data = data[:at] + data[at : at + size] * 2 + data[at + size :]
        elif kind == 3:
            data = data[:at] + rng.choice(_TOKENS) + data[at:]
        elif kind == 4:
            lines = data.splitlines(keepends=True)
            rng.shuffle(lines[: rng.randint(0, 3)])
            if len(lines) > 1:
                i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
                lines[i], lines[j] = lines[j], lines[i]
            data = b"".join(lines)
        else:
            data = data[:at] + rng.choice(_TOKENS) + data[at + size :]
    return data


_TOKENS = (
    b":", b": ", b"- ", b"[", b"]", b"{", b"}", b",", b"'",
    b'"', b"\n", b"\t", b"#", b"&a ", b"*a", b"!!binary ", b"|", b">",
    b"<<: ", b"---\n", b"...", b"%YAML 1.2\n", b"? ", b"\x00", b"\xff", b"\xef\xbb\xbf",
    b"\xe2\x80\xa8", b"0", b"-", b".",
    b"1e999", b"null", b"~", b"true", b"9" * 60, b"\r", b"/", b"%", b"@", b"`",
    b"\\", b"\xf0\x9f\x8e\xb5",
)  # fmt: skip
