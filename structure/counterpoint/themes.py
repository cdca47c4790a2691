"""Themes in steps of a scale, and the pitches that they have in a key.

A slot is a quarter of a beat. Steps count notes of the scale from the tonic, which is 0; 7 is an octave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any

from structure.base.datafiles import read_data
from structure.base.sampling import pick, pick_weighted
from structure.harmony.keys import Key

SLOTS = 4
"""In a beat."""

_TRIES = 240
_DOMINANT, _LEADING = 4, 6
_MOVES = (-1, 1, -1, 1, -2, 2, -3, 3, 4, -4, 5)
"""Steps from a tone of a subject to the next, the usual ones more than once."""


@cache
def rules() -> Mapping[str, Any]:
    """Return the rules of counterpoint as data."""
    found: Mapping[str, Any] = read_data("counterpoint", "rules.yaml")
    return found


@dataclass(frozen=True, slots=True, order=True)
class Tone:
    """A note of a theme: its first slot, how many slots it lasts, and its step or MIDI pitch."""

    start: int
    length: int
    height: int


@dataclass(frozen=True, slots=True)
class Theme:
    """Tones in steps, and the degree of the triad under each beat, from 0."""

    tones: tuple[Tone, ...]
    chords: tuple[int, ...]

    @property
    def beats(self) -> int:
        """Return how long it is, in beats."""
        return len(self.chords)

    def head(self, beats: int) -> Theme:
        """Return its first beats."""
        tones = tuple(
            replace(tone, length=min(tone.length, beats * SLOTS - tone.start))
            for tone in self.tones
            if tone.start < beats * SLOTS
        )
        return Theme(tones, self.chords[:beats])

    def shift_steps(self, steps: int) -> Theme:
        """Return the theme as many steps higher, its harmony with it."""
        tones = tuple(replace(tone, height=tone.height + steps) for tone in self.tones)
        return Theme(tones, tuple((chord + steps) % 7 for chord in self.chords))

    def in_key(self, key: Key, octave: int = 0) -> tuple[Tone, ...]:
        """Return the tones with MIDI pitches, its tonic ``octave`` octaves above that from C4 up."""
        tonic = 60 + key.root + 12 * octave
        return tuple(
            replace(tone, height=tonic + self._semitones(i, key)) for i, tone in enumerate(self.tones)
        )

    def _semitones(self, index: int, key: Key) -> int:
        tone = self.tones[index]
        octaves, degree = divmod(tone.height, 7)
        plain = 12 * octaves + (key.scale[degree] - key.root) % 12
        if not key.is_minor or self.chords[min(tone.start // SLOTS, self.beats - 1)] not in (
            _DOMINANT,
            _LEADING,
        ):
            return plain
        after = self.tones[index + 1].height if index + 1 < len(self.tones) else tone.height
        rises = degree == _LEADING or (degree == 5 and after == tone.height + 1)
        return plain + rises


def triad(degree: int, key: Key) -> frozenset[int]:
    """Return the pitch classes of the triad on a degree of a key; in minor the leading note is raised."""
    found = []
    for step in (degree, degree + 2, degree + 4):
        raised = key.is_minor and step % 7 == _LEADING and degree in (_DOMINANT, _LEADING)
        found.append((key.scale[step % 7] + raised) % 12)
    return frozenset(found)


def make_subject(beats: int, rng: Random) -> Theme:
    """Return a subject: the best of many that are drawn, by shape and by how it can be set."""
    return max((_draw(beats, rng) for _ in range(_TRIES)), key=_worth)


def answer(subject: Theme) -> Theme:
    """Return the answer, in steps of the dominant key: tonal where the subject begins with its fifth."""
    first = [tone for tone in subject.tones if tone.start < SLOTS]
    if all(tone.height % 7 != _DOMINANT for tone in first):
        return subject
    tones = tuple(
        replace(tone, height=tone.height - 1)
        if tone.start < SLOTS and tone.height % 7 == _DOMINANT
        else tone
        for tone in subject.tones
    )
    return Theme(tones, (3, *subject.chords[1:]))


def _draw(beats: int, rng: Random) -> Theme:
    """Return a line over chords that are drawn, which goes by tones of these and by step."""
    inner: Sequence[int] = rules()["subject_chords"]
    chords = [0, *(pick(rng, inner) for _ in range(beats - 3)), _DOMINANT, 0]
    rhythms = rules()["rhythms"]
    tones: list[Tone] = []
    height = pick(rng, (0, 4))
    for beat, chord in enumerate(chords):
        members = {chord % 7, (chord + 2) % 7, (chord + 4) % 7}
        cell = "4" if beat == beats - 1 else pick_weighted(rng, rhythms)
        at = beat * SLOTS
        for i, length in enumerate(map(int, cell.split())):
            if tones:
                # Between the beats it may also go on by step.
                able = [height + move for move in _MOVES]
                height = pick(
                    rng, [step for step in able if step % 7 in members or (i and abs(step - height) == 1)]
                )
            tones.append(Tone(at, length, height))
            at += length
    return Theme(tuple(tones), tuple(chords))


def _worth(theme: Theme) -> float:
    heights = [tone.height for tone in theme.tones]
    moves = [after - before for before, after in pairwise(heights)]
    span = max(heights) - min(heights)
    worth = (
        -3.0 * abs(span - 6)
        - 4.0 * (heights[-1] % 7 not in (0, 2))
        - 6.0 * (heights.count(max(heights)) > 1)
    )
    leaps = [i for i, move in enumerate(moves) if abs(move) > 2]
    worth -= 3.0 * abs(len(leaps) - 2)
    unturned = sum(1 for i in leaps if i + 1 == len(moves) or moves[i + 1] * moves[i] > 0)
    worth -= 5.0 * unturned + 4.0 * (abs(moves[-1]) > 1)
    lengths = {tone.length for tone in theme.tones}
    worth += 2.0 * len(lengths) - 1.5 * abs(len(heights) - 1.9 * theme.beats)
    mixed = [tone.height % 7 for tone in theme.tones if tone.start < SLOTS]
    if _DOMINANT in mixed and set(mixed) - {0, _DOMINANT}:
        worth -= 20
    changes = [a == b for a, b in pairwise(theme.chords)]
    back = sum(a == c for a, c in zip(heights, heights[2:], strict=False))
    return worth - 1.0 * sum(changes) - 1.5 * back
