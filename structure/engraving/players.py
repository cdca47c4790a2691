"""What a player expects of a part: its clefs, its staves, and whether it is written as it sounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from statistics import median

from structure.base.datafiles import read_data
from structure.harmony.bars import chord_event
from structure.harmony.chords import Chord, parse_symbol
from structure.harmony.keys import Key, parse_key
from structure.harmony.pitch import pitch_class
from structure.plans.plan import StemPlan
from structure.plans.score import ChordEvent, Note
from structure.presets.programs import guess_program

_MIDDLE_C = 60
_HAND = 14
"""Semitones that one hand reaches with ease."""

_LOW_STAFF, _HIGH_STAFF = 55, 65
"""A part that goes below the one and above the other is written on two staves."""

_LEDGER = {"treble-8va": 67, "treble": 50, "treble-8vb": 38, "alto": 43, "bass": 31, "bass-8vb": 19}
"""The lowest pitch that a clef writes with few ledger lines."""

_BY_MEDIAN = ((42, "bass-8vb"), (57, "bass"), (85, "treble"), (128, "treble-8va"))
"""Clefs of instruments that have none of their own, by the pitch below which they are taken."""

_LETTERS_UP = {2: 1, 7: 4, 9: 5, 14: 1, 21: 5}


@dataclass(frozen=True, slots=True)
class Player:
    """How a stem is written.

    ``clefs`` has a clef for each staff, top first. ``up`` is the semitones from what sounds up to what is
    written.
    """

    program: int
    clefs: tuple[str, ...]
    up: int = 0

    def key(self, name: str) -> Key:
        """Return the key in which the part is written while the song is in the key ``name``."""
        return parse_key(name).transpose(self.up)

    def chord(self, chord: ChordEvent, key: str) -> ChordEvent:
        """Return a chord as it is written in this part."""
        if not self.up:
            return chord
        ours, written = parse_symbol(chord.symbol), self.key(key)
        root, bass = (written.spell((pitch_class(name) + self.up) % 12) for name in (ours.root, ours.bass))
        return replace(
            chord_event(Chord(root, ours.quality, bass), chord.onset, chord.end), onset=chord.onset
        )

    def staff_of(self, pitch: int, chord: Sequence[int]) -> int:
        """Return the staff (0 the upper) of one of the pitches that sound together."""
        if len(self.clefs) == 1:
            return 0
        if max(chord) - min(chord) <= _HAND:
            return int(sum(chord) / len(chord) < _MIDDLE_C)
        return int(pitch < _MIDDLE_C)


def player_of(stem: StemPlan, notes: Sequence[Note]) -> Player:
    """Return how a stem with these notes is written."""
    program = guess_program(stem.prompt, stem.role)
    if stem.role == "drums":
        return Player(program, ("percussion",))
    clefs, up, two_staves = _table()
    pitches = [note.pitch for note in notes] or [70]
    if program in two_staves and min(pitches) < _LOW_STAFF and max(pitches) > _HIGH_STAFF:
        return Player(program, ("treble", "bass"))
    middle = median(pitches) + up.get(program, 0)
    by_range = next(clef for limit, clef in _BY_MEDIAN if middle < limit)
    clef = clefs.get(program, "bass" if stem.role == "bass" and middle >= 42 else by_range)
    # A part that a prompt makes lie far from its instrument's range is written where it lies.
    if clef not in (by_range, "percussion") and not 0 <= middle - _LEDGER[clef] <= 36:
        clef = by_range
    return Player(program, (clef,), up.get(program, 0))


def transposition(player: Player) -> tuple[int, int] | None:
    """Return the interval from what is written down to what sounds; None for none.

    It is given as staff steps (a second is -2) and as semitones.
    """
    if not player.up:
        return None
    return -(_LETTERS_UP[player.up] + 1 + 7 * (player.up // 12)), -player.up


@cache
def _table() -> tuple[dict[int, str], dict[int, int], frozenset[int]]:
    data = read_data("written_instruments.yaml")
    clefs = {program: clef for clef, programs in data["clefs"].items() for program in programs}
    return clefs, data["up"], frozenset(data["staves"])
