"""The edits of a spec, in a file beside it, each with the passage of text that it replaced.

An edit is undone by putting the passage back, so that a file gets its old bytes again, whatever was edited.
Each entry holds the SHA-256 of the file before and after it: nothing is put back into a file that somebody
else has changed since. Nothing is ever forgotten: an edit that was undone is kept aside when another one
takes its place, and the text that it led to can be had again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from composer.project.edits import Edit, ReplacePassage, read_edit
from structure.base.errors import EditError
from structure.base.jsonfile import read_json, write_json

FORMAT = 1
FOLDER = ".ritornello"


@dataclass(frozen=True, slots=True)
class Entry:
    """One edit of a text: at character ``at``, ``old`` was replaced by ``new``.

    ``before`` and ``after`` are the SHA-256 of the whole text. ``made`` is when the edit was made, in UTC;
    empty in older files, which do not say it.
    """

    edit: Edit
    at: int
    old: str
    new: str
    before: str
    after: str
    made: str = ""

    @classmethod
    def of(cls, edit: Edit, before: str, after: str) -> Entry:
        """Return the entry of an edit that turned one text into another."""
        passage = ReplacePassage.between(before, after)
        made = datetime.now(UTC).isoformat(timespec="milliseconds")
        return cls(edit, passage.at, passage.old, passage.new, digest(before), digest(after), made)

    def undo(self, text: str) -> str:
        """Return the text as it was before the edit."""
        return text[: self.at] + self.old + text[self.at + len(self.new) :]

    def redo(self, text: str) -> str:
        """Return the text as it was after the edit."""
        return text[: self.at] + self.new + text[self.at + len(self.old) :]


@dataclass(frozen=True, slots=True)
class Moment:
    """A state of the spec, and the edit that led to it.

    ``state`` is the digest of the text. ``edit`` is None for the first state, and ``made`` is when it was
    made. The rest says whether the text can be had again, whether it is the text of now, and whether it
    lies on the way to it.
    """

    state: str
    edit: Edit | None
    made: str
    is_within_reach: bool
    is_now: bool
    is_applied: bool


@dataclass(frozen=True, slots=True)
class History:
    """All edits in their order, of which the first ``applied`` are applied; the others were undone.

    ``left`` are those that were undone before another edit was made in their place.
    """

    entries: tuple[Entry, ...] = ()
    applied: int = 0
    left: tuple[Entry, ...] = ()

    def add(self, entry: Entry) -> History:
        """Return the history with another applied edit; what was undone before is kept aside."""
        left = (*self.left, *self.entries[self.applied :])
        return History((*self.entries[: self.applied], entry), self.applied + 1, left)

    def move(self, steps: int) -> History:
        """Return the history with more or fewer of its edits applied."""
        return replace(self, applied=self.applied + steps)

    def steps_to(self, sha256: str) -> int | None:
        """Return how many steps lead to the text of a digest; steps back are below 0.

        None where no edits lead there, or only ones that were set aside.
        """
        starts = [k for k, entry in enumerate(self.entries) if entry.before == sha256]
        ends = [k + 1 for k, entry in enumerate(self.entries) if entry.after == sha256]
        return min((place - self.applied for place in (*starts, *ends)), key=abs, default=None)

    def texts(self, text: str) -> dict[str, str]:
        """Return every text that can be had from the text as it is now, by its digest.

        These are the texts that edits have led to, or begun from.
        """
        found = {digest(text): text}
        waiting = list(found)
        every = (*self.entries, *self.left)
        while waiting:
            now = waiting.pop()
            for entry in every:
                steps = (entry.before, entry.after, entry.redo), (entry.after, entry.before, entry.undo)
                for start, end, take in steps:
                    if start == now and end not in found:
                        found[end] = take(found[now])
                        waiting.append(end)
        return found

    def moments(self, text: str) -> list[Moment]:
        """Return every state that edits have led to, in the order of time; ``text`` is the one of now."""
        reach, now = self.texts(text), digest(text)
        on_the_way = {entry.after for entry in self.entries[: self.applied]}
        every = sorted((*self.left, *self.entries), key=lambda entry: entry.made)
        found: dict[str, tuple[Edit | None, str]] = {(every[0].before if every else now): (None, "")}
        for entry in every:
            found.setdefault(entry.after, (entry.edit, entry.made))
        found.setdefault(now, (None, ""))  # written by hand
        return [
            Moment(state, edit, made, state in reach, state == now, state in on_the_way or edit is None)
            for state, (edit, made) in found.items()
        ]

    def settle(self, text: str) -> History:
        """Return the history that fits a text, where a write was cut short between history and text."""
        now = digest(text)
        steps = None if self.fits(now) else self.steps_to(now)
        return self if steps is None else self.move(steps)

    def fits(self, sha256: str) -> bool:
        """Return whether a digest is that of the text which the history has now.

        That is the text after the last applied edit, or before the first one that was undone.
        """
        entries = self.entries
        ends = [entry.after for entry in entries[max(0, self.applied - 1) : self.applied]]
        return sha256 in (*ends, *(entry.before for entry in entries[self.applied : self.applied + 1]))

    def document(self) -> dict[str, Any]:
        """Return the history as the plain data of its file."""
        entries, left = (
            [{**asdict(entry), "edit": entry.edit.document()} for entry in some]
            for some in (self.entries, self.left)
        )
        return {"format": FORMAT, "applied": self.applied, "entries": entries, "left": left}


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
        left = tuple(_read_entry(entry) for entry in document.get("left", ()))
        applied = int(document["applied"])
        if not 0 <= applied <= len(entries):
            raise ValueError(applied)
    except (KeyError, TypeError, ValueError) as exc:
        raise EditError(
            f"{path} is damaged", path=path, hint="remove it to go on without what could be undone"
        ) from exc
    return History(entries, applied, left)


def write_history(path: Path, history: History) -> None:
    """Write a history atomically."""
    path.parent.mkdir(exist_ok=True)
    write_json(path, history.document())


def _read_entry(data: Mapping[str, Any]) -> Entry:
    old, new, before, after = texts = [data[name] for name in ("old", "new", "before", "after")]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError(data)
    made = str(data.get("made", ""))
    return Entry(read_edit(data["edit"]), int(data["at"]), old, new, before, after, made)
