"""Where drums are written on the staff, and what they are called.

Each General MIDI key has a line or space and a note head of its own. Where two drums that are struck
together in a song share a line, one of them is written on the nearest free one, so that neither hides the
other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from structure.base.datafiles import read_data
from structure.base.exact import Fraction
from structure.plans.score import Note

_LETTERS = "CDEFGAB"
_LOWEST, _HIGHEST = 4 * 7, 7 * 7
"""Lines and spaces from C4 up, within which a place is looked for."""

_OTHER_HEADS = (
    "circle dot",
    "cross",
    "inverted triangle",
    "arrow up",
    "arrow down",
    "circled",
    "back slashed",
)
"""Heads of keys that General MIDI does not name."""


@dataclass(frozen=True, slots=True)
class DrumPlace:
    """How a drum is written: its display pitch (``C5``), its note head, and what it is called."""

    display: str
    head: str
    name: str


def drum_mark(key: int) -> str:
    """Return what a hit of a drum is marked with until the score is finished."""
    return f"drum-{key}"


def drum_notation(key: int) -> DrumPlace:
    """Return how a percussion key is written where no other drum is in its way."""
    known = _percussion().get(key)
    if known is not None:
        return DrumPlace(*known)
    return DrumPlace(
        _name(_LOWEST + key % (_HIGHEST - _LOWEST)),
        _OTHER_HEADS[key // (_HIGHEST - _LOWEST)],
        f"Percussion {key}",
    )


def drum_places(notes: Iterable[Note]) -> Mapping[int, DrumPlace]:
    """Return how the drums of a part are written, by their keys; the more often struck keeps its place."""
    counts: Counter[int] = Counter()
    chords: dict[Fraction, set[int]] = defaultdict(set)
    for note in notes:
        counts[note.pitch] += 1
        chords[note.onset].add(note.pitch)
    together: dict[int, set[int]] = defaultdict(set)
    for keys in {frozenset(keys) for keys in chords.values()}:
        for key in keys:
            together[key] |= keys - {key}

    lines: dict[int, int] = {}
    for key in sorted(counts, key=lambda key: (-counts[key], key)):
        display = drum_notation(key).display
        wanted = 7 * int(display[1:]) + _LETTERS.index(display[0])
        taken = {lines[other] for other in together[key] if other in lines}
        # Another drum's sign must not become this one's, whether they are struck together or not.
        head = drum_notation(key).head
        taken |= {lines[other] for other in lines if drum_notation(other).head == head}
        near = sorted(range(_LOWEST, _HIGHEST), key=lambda line: (abs(line - wanted), -line))
        lines[key] = next((line for line in near if line not in taken), wanted)
    return {
        key: DrumPlace(_name(line), drum_notation(key).head, drum_notation(key).name)
        for key, line in lines.items()
    }


def _name(line: int) -> str:
    return f"{_LETTERS[line % 7]}{line // 7}"


@cache
def _percussion() -> dict[int, list[str]]:
    data: dict[int, list[str]] = read_data("percussion.yaml")
    return data
