"""The edits of a spec, in a file beside it, each with the passage of text that it replaced.

An edit is undone by putting the passage back, so that a file gets its old bytes again, whatever was edited.
Each entry holds the SHA-256 of the file before and after it: nothing is put back into a file that somebody
else has changed since.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from composer.project.edits import Edit, ReplacePassage, read_edit
from structure.base.errors import EditError
from structure.base.jsonfile import read_json, write_json

FORMAT = 1
FOLDER = ".ritornello"


@dataclass(frozen=True, slots=True)
class Entry:
    """One edit: at character ``at``, ``old`` was replaced by ``new``. ``before`` and ``after`` are the
    SHA-256 of the whole text."""

    edit: Edit
    at: int
    old: str
    new: str
    before: str
    after: str

    @classmethod
    def of(cls, edit: Edit, before: str, after: str) -> Entry:
        """Return the entry of an edit that turned one text into another."""
        passage = ReplacePassage.between(before, after)
        return cls(edit, passage.at, passage.old, passage.new, digest(before), digest(after))

    def undo(self, text: str) -> str:
        """Return the text as it was before the edit."""
        return text[: self.at] + self.old + text[self.at + len(self.new) :]

    def redo(self, text: str) -> str:
        """Return the text as it was after the edit."""
        return text[: self.at] + self.new + text[self.at + len(self.old) :]


@dataclass(frozen=True, slots=True)
class History:
    """All edits in their order, of which the first ``applied`` are applied; the others were undone."""

    entries: tuple[Entry, ...] = ()
    applied: int = 0

    def add(self, entry: Entry) -> History:
        """Return the history with another applied edit; what was undone before is forgotten."""
        return History((*self.entries[: self.applied], entry), self.applied + 1)

    def moved(self, steps: int) -> History:
        """Return the history with more or fewer of its edits applied."""
        return replace(self, applied=self.applied + steps)

    def settled(self, text: str) -> History:
        """Return the history that fits a text, where a write was cut short between history and text."""
        now = digest(text)
        for steps in (-1, 1):
            moved = self.moved(steps)
            if 0 <= moved.applied <= len(self.entries) and not self.fits(now) and moved.fits(now):
                return moved
        return self

    def fits(self, sha256: str) -> bool:
        """True where a text of this digest is one that the applied edits have led to."""
        entries = self.entries
        ends = [entry.after for entry in entries[max(0, self.applied - 1) : self.applied]]
        return sha256 in (*ends, *(entry.before for entry in entries[self.applied : self.applied + 1]))

    def document(self) -> dict[str, Any]:
        """Return the history as the plain data of its file."""
        entries = [{**asdict(entry), "edit": entry.edit.document()} for entry in self.entries]
        return {"format": FORMAT, "applied": self.applied, "entries": entries}


def digest(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def history_path(spec: Path) -> Path:
    """Return where the history of a spec lies: in the folder ``.ritornello`` beside it."""
    return spec.parent / FOLDER / ("history.json" if spec.name == "song.yaml" else f"{spec.name}.json")


def read_history(path: Path) -> History:
    """Read a history; an empty one where there is no file. Raises EditError for a damaged one."""
    if not path.exists():
        return History()
    document = read_json(path, EditError)
    try:
        if document["format"] != FORMAT:
            raise EditError(f"{path}: this version cannot read a history of format {document['format']}")
        entries = tuple(_read_entry(entry) for entry in document["entries"])
        applied = int(document["applied"])
        if not 0 <= applied <= len(entries):
            raise ValueError(applied)
    except (KeyError, TypeError, ValueError) as exc:
        raise EditError(
            f"{path} is damaged", path=path, hint="remove it to go on without what could be undone"
        ) from exc
    return History(entries, applied)


def write_history(path: Path, history: History) -> None:
    """Write a history atomically."""
    path.parent.mkdir(exist_ok=True)
    write_json(path, history.document())


def _read_entry(data: Mapping[str, Any]) -> Entry:
    texts = [data[name] for name in ("old", "new", "before", "after")]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError(data)
    return Entry(read_edit(data["edit"]), int(data["at"]), *texts)
