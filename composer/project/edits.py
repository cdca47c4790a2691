"""Edits of a song's spec: small, typed, and readable again from plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from structure.base.errors import EditError
from structure.harmony.keys import Key, parse_key
from structure.harmony.letters import move_chords
from structure.loading.yaml_editor import copy_item, move_item, remove_value, rename_key, set_value
from structure.loading.yaml_reader import Path, read_yaml, write_path

_LONGEST_SAID = 500


class Edit(Protocol):
    """A change of a spec's text."""

    def apply(self, text: str, source: str) -> str:
        """Return the text with the change; ``source`` names it in errors.

        Raises EditError where the change cannot be made.
        """

    def document(self) -> dict[str, Any]:
        """Return the edit as plain data that :func:`read_edit` reads."""


@dataclass(frozen=True, slots=True)
class SetField:
    """Set a field of the YAML document to plain data: ``SetField(("sections", "chorus", "bars"), 8)``.

    Fields that are missing on the way are made; an index one past the end of a list appends to it.
    """

    path: Path
    value: Any

    def apply(self, text: str, source: str) -> str:
        """Return the text with the field set. Raises EditError, SpecError."""
        return set_value(text, self.path, self.value, source)

    def document(self) -> dict[str, Any]:
        """Return the edit as plain data."""
        return {"edit": "set", "path": list(self.path), "value": self.value}


@dataclass(frozen=True, slots=True)
class RemoveField:
    """Remove a field, or an item of a list, from the YAML document."""

    path: Path

    def apply(self, text: str, source: str) -> str:
        """Return the text without the field. Raises EditError, SpecError."""
        return remove_value(text, self.path, source)

    def document(self) -> dict[str, Any]:
        """Return the edit as plain data."""
        return {"edit": "remove", "path": list(self.path)}


@dataclass(frozen=True, slots=True)
class MoveChords:
    """Move a song from one key to another.

    This changes ``key:``, keys of sections, and chords that are written in letters. Roman numerals stay as
    they are, since they follow the key. ``old`` is the key in which the chords stand, whatever ``key:``
    says.
    """

    old: str
    new: str

    def apply(self, text: str, source: str) -> str:
        """Return the text in the new key. Raises EditError for what is no key, and for another mode."""
        old, new = _read_key(self.old, source), _read_key(self.new, source)
        if old.mode != new.mode:
            raise EditError(
                f"{source}: from {old.name} to {new.name} is no transposition, since the mode is another",
                field="key",
                hint="write the chords as roman numerals, which follow the key",
            )

        data = read_yaml(text, source).data
        if data.get("key") is None or parse_key(str(data["key"])) != new:
            text = set_value(text, ("key",), new.name, source)

        semitones = (new.root - old.root) % 12
        for name, section in (data.get("sections") or {}).items():
            written, moved = section or {}, {}
            key = parse_key(written["key"]).transpose(semitones) if written.get("key") else None
            if key is not None:
                moved["key"] = key.name
            if written.get("chords"):
                moved["chords"] = move_chords(written["chords"], semitones, key or new)
            for field, value in moved.items():
                if value != written[field]:
                    text = set_value(text, ("sections", name, field), value, source)
        return text

    def document(self) -> dict[str, Any]:
        """Return the edit as plain data."""
        return {"edit": "move_chords", "from": self.old, "to": self.new}


@dataclass(frozen=True, slots=True)
class ReplacePassage:
    """Replace a passage of the text: at character ``at``, ``old`` becomes ``new``."""

    at: int
    old: str
    new: str

    @classmethod
    def between(cls, before: str, after: str) -> ReplacePassage:
        """Return the edit that turns one text into another.

        It replaces all from the first character that differs to the last one.
        """
        start = count_common(before, after)
        end = count_common(before[start:][::-1], after[start:][::-1])
        return cls(start, before[start : len(before) - end], after[start : len(after) - end])

    def apply(self, text: str, source: str) -> str:
        """Return the text with the passage replaced. Raises EditError where it does not stand there."""
        if not text.startswith(self.old, self.at):
            raise EditError(f"{source}: the text that was to be replaced does not stand there any more")
        return text[: self.at] + self.new + text[self.at + len(self.old) :]

    def document(self) -> dict[str, Any]:
        """Return the edit as plain data."""
        return {"edit": "passage", "at": self.at, "old": self.old, "new": self.new}


@dataclass(frozen=True, slots=True)
class GoBack:
    """Write the text again that it once was, after the edit that ``said`` describes."""

    said: str
    passage: ReplacePassage

    def apply(self, text: str, source: str) -> str:
        """Return the text as it was. Raises EditError where it is another one by now."""
        return self.passage.apply(text, source)

    def document(self) -> dict[str, Any]:
        """Return the edit as plain data."""
        return {"edit": "go_back", "said": self.said, "passage": self.passage.document()}


@dataclass(frozen=True, slots=True)
class Several:
    """Some edits, one after the other, which are made and undone as one.

    ``said`` is the sentence that asked for them, "" where there was none.
    """

    edits: tuple[Edit, ...]
    said: str = ""

    def apply(self, text: str, source: str) -> str:
        """Return the text with all edits. Raises what they raise."""
        for edit in self.edits:
            text = edit.apply(text, source)
        return text

    def document(self) -> dict[str, Any]:
        """Return the edits as plain data."""
        said = {"said": self.said} if self.said else {}
        return {"edit": "several", "edits": [edit.document() for edit in self.edits], **said}


@dataclass(frozen=True, slots=True)
class PlaceVisit:
    """Move a visit of the form, counted from 0, to another place."""

    old: int
    new: int

    def apply(self, text: str, source: str) -> str:
        """Return the text with the visit there. Raises EditError, SpecError."""
        return move_item(text, ("form",), self.old, self.new, source)

    def document(self) -> dict[str, Any]:
        """Return the edit as plain data."""
        return {"edit": "place", "from": self.old, "to": self.new}


@dataclass(frozen=True, slots=True)
class DuplicateVisit:
    """Play a visit of the form, counted from 0, twice."""

    index: int

    def apply(self, text: str, source: str) -> str:
        """Return the text with the visit twice. Raises EditError, SpecError."""
        return copy_item(text, ("form",), self.index, source)

    def document(self) -> dict[str, Any]:
        """Return the edit as plain data."""
        return {"edit": "duplicate", "index": self.index}


@dataclass(frozen=True, slots=True)
class RenameSection:
    """Give a section another name, in the form too."""

    old: str
    new: str

    def apply(self, text: str, source: str) -> str:
        """Return the text with the new name. Raises EditError, SpecError."""
        data = read_yaml(text, source).data
        sections, form = data.get("sections") or {}, data.get("form")
        if not isinstance(form, list):
            raise EditError(f"{source}: the form is planned, and knows no {self.new!r}", field="form")
        if self.new in sections or self.new in map(_find_section, form):
            raise EditError(f"{source}: there is already a section {self.new!r}", field="sections")
        for k, entry in enumerate(form):
            if _find_section(entry) == self.old:
                path = ("form", k) if isinstance(entry, str) else ("form", k, "section")
                text = set_value(text, path, self.new, source)
        return rename_key(text, ("sections", self.old), self.new, source) if self.old in sections else text

    def document(self) -> dict[str, Any]:
        """Return the edit as plain data."""
        return {"edit": "rename", "section": self.old, "name": self.new}


def _find_section(entry: Any) -> Any:
    """Return the section that an entry of a form visits."""
    return entry.get("section") if isinstance(entry, dict) else entry


def count_common(one: str, other: str) -> int:
    """Count the characters with which both texts begin."""
    return next(
        (k for k, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _read_key(text: str, source: str) -> Key:
    try:
        return parse_key(text)
    except ValueError as exc:
        raise EditError(f"{source}: {exc}", field="key") from exc


def describe_edit(edit: Edit) -> str:
    """Say in a line what an edit does."""
    match edit:
        case SetField(path, value):
            said = f"{write_path(path)}: {json.dumps(value, ensure_ascii=False)}"
        case RemoveField(path):
            said = f"{write_path(path)} removed"
        case MoveChords(old, new):
            said = f"from {old} to {new}"
        case ReplacePassage(_, old, new):
            said = f"text: {_shorten_passage(old)} → {_shorten_passage(new)}"
        case PlaceVisit(place, other):
            said = f"visit {place + 1} is moved to place {other + 1}"
        case DuplicateVisit(index):
            said = f"visit {index + 1} twice"
        case RenameSection(old, new):
            said = f"section {old} is called {new}"
        case GoBack(words):
            said = f"back to: {words}"
        case Several(edits, words):
            said = words or "; ".join(map(describe_edit, edits))
        case _:
            said = json.dumps(edit.document(), ensure_ascii=False)
    return said


def _shorten_passage(passage: str) -> str:
    """Return a passage on one short line."""
    line = " ".join(passage.split())
    return f"“{line if len(line) <= 40 else line[:39] + '…'}”"


def _read_larger(document: Mapping[str, Any]) -> Edit | None:
    """Read an edit of the form, or a way back; None for all others."""
    kind = document.get("edit")
    if kind == "go_back" and isinstance(document.get("passage"), dict):
        passage = read_edit(document["passage"])
        if isinstance(passage, ReplacePassage):
            return GoBack(str(document.get("said", ""))[:_LONGEST_SAID], passage)
    numbers = [document.get(name) for name in ("from", "to", "index")]
    old, new, index = (number if type(number) is int else None for number in numbers)
    if kind == "place" and old is not None and new is not None:
        return PlaceVisit(old, new)
    if kind == "duplicate" and index is not None:
        return DuplicateVisit(index)
    if kind == "rename" and all(isinstance(document.get(name), str) for name in ("section", "name")):
        return RenameSection(document["section"], document["name"])
    return None


def read_edit(document: Mapping[str, Any]) -> Edit:
    """Read an edit from its plain data. Raises EditError for what is none."""
    kind, path = document.get("edit"), document.get("path")
    if kind == "move_chords" and all(isinstance(document.get(name), str) for name in ("from", "to")):
        return MoveChords(document["from"], document["to"])
    if found := _read_larger(document):
        return found
    if kind == "passage" and type(document.get("at")) is int and document["at"] >= 0:
        if all(isinstance(document.get(name), str) for name in ("old", "new")):
            return ReplacePassage(document["at"], document["old"], document["new"])
    elif kind == "several" and isinstance(edits := document.get("edits"), list) and edits:
        if all(isinstance(edit, dict) and edit.get("edit") != "several" for edit in edits):
            return Several(tuple(map(read_edit, edits)), str(document.get("said", ""))[:_LONGEST_SAID])
    elif isinstance(path, list) and path and all(type(key) in (str, int) for key in path):
        if kind == "set" and "value" in document:
            return SetField(tuple(path), document["value"])
        if kind == "remove":
            return RemoveField(tuple(path))
    raise EditError(f"this is no edit that this version knows: {str(dict(document))[:80]}")
