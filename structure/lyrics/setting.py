"""Sets a line of words to a tune: which syllable begins where, and on which pitch.

Of all ways to place the syllables of a line in its window, the one is taken in which stressed syllables lie
on strong places and others do not, the tune keeps its own onsets, and time flows evenly: a shortest path
over places. The pitch of a syllable is that of the tune where it begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, log2

from structure.base.exact import Fraction
from structure.harmony.bars import chord_at
from structure.lyrics.passage import BEAT, DOWNBEAT, Passage
from structure.lyrics.syllables import Sung, SungLine
from structure.lyrics.windows import BREATH_S, Window
from structure.plans.score import Note, Syllable

_LEVELS = (0.0, 1.0, 2.2, 3.4, 4.0)
"""What the strengths of places are worth."""

_STRESSED, _SECOND, _UNSTRESSED = 1.5, 0.4, 0.75
"""What it costs a stressed syllable to lie a level too low, a second stress likewise, and one without
stress to lie a level too high."""

_ON_TUNE = 0.9
_UNEVEN = 0.55
_LATE = 0.25
_PAUSE = 1.6
_LONGEST = Fraction(3)
"""Quarters from one syllable to the next in a line, at most, where there is room for less."""

_LAST_QUARTERS = Fraction(4)
_LAST_SHARE = Fraction(1, 2)
"""Share of the time up to the next line that the last syllable of a line has at least."""

_USUAL_VELOCITY = 84
_NEAR = 2
_MELISMA_FROM = Fraction(2)
"""Quarters from which on a syllable may be sung on two notes of the tune."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What has a note of its own: a syllable, or one more note over which it is held."""

    sung: Sung
    is_hold: bool
    pause: bool

    @property
    def stress(self) -> int:
        """Return the stress of what begins here."""
        return 0 if self.is_hold else self.sung.stress


def units_of(line: SungLine) -> list[Unit]:
    """Return the notes that a line needs, in order."""
    found = []
    for one in line.syllables:
        found.append(Unit(one, False, one.breath and not one.holds))
        found += [Unit(one, True, one.breath and i == one.holds - 1) for i in range(one.holds)]
    return found


def syllable_of(unit: Unit) -> Syllable:
    """Return what a note has of a unit."""
    one = unit.sung
    word = "" if one.word == one.text else one.word
    if unit.is_hold:
        return Syllable(one.text, "hold", 0, word, one.phones)
    return Syllable(one.text, one.kind, one.stress, word, one.phones)


def set_line(
    line: SungLine, window: Window, passage: Passage, tune: Sequence[Note], begin: Fraction
) -> list[Note]:
    """Return the notes of a line in its window, or from ``begin`` on where it starts with a pickup.

    ``tune`` is what the section's melody has, in order. The line must fit its window.
    """
    units = units_of(line)
    first = window.start
    if units[0].stress == 0 and begin < window.start:
        first = max(begin, window.start - passage.meters[0].beat_quarters)
    breath = Fraction(max(1, round(passage.quarters(BREATH_S) * 4)), 4)
    places = _places(units, Window(first, window.end, window.step), window.start, passage, tune, breath)
    latest = max(window.end - breath, places[-1] + (window.end - places[-1]) * _LAST_SHARE)
    return _notes(units, places, passage, tune, latest)


def _places(
    units: Sequence[Unit],
    window: Window,
    downbeat: Fraction,
    passage: Passage,
    tune: Sequence[Note],
    breath: Fraction,
) -> list[Fraction]:
    """Return where each unit begins: the cheapest way through the slots."""
    slots = passage.slots(window.start, window.end - min(breath, window.step), window.step)
    onsets = {note.onset for note in tune}
    levels = [(_LEVELS[passage.weight(at)], -_ON_TUNE if at in onsets else 0.0) for at in slots]
    place: list[list[float]] = []  # what it costs each unit to lie in each slot
    for unit in units:
        if unit.is_hold:
            place.append([on_tune for _, on_tune in levels])
        elif unit.stress == 2:
            place.append([cost + _STRESSED * (_LEVELS[DOWNBEAT] - level) / 2 for level, cost in levels])
        elif unit.stress == 1:
            place.append([cost + _SECOND * abs(_LEVELS[BEAT] - level) for level, cost in levels])
        else:
            place.append([cost + _UNSTRESSED * level / 2 for level, cost in levels])

    size, step = len(slots), float(window.step)
    ideal = min(1.0, max(step, float(window.end - downbeat - breath) * 0.8 / len(units)))
    longest = max(int(_LONGEST / window.step), 1)
    best = [place[0][k] + _LATE * abs(float(slots[k] - downbeat)) * 2 for k in range(size)]
    came: list[list[int]] = []
    for j in range(1, len(units)):
        wanted = ideal * (_PAUSE if units[j - 1].pause else 1.3 if units[j - 1].stress == 2 else 0.85)
        gaps = [_UNEVEN * log2(gap * step / wanted) ** 2 for gap in range(1, longest + 1)]
        now, back = [inf] * size, [0] * size
        for k in range(j, size):
            for gap in range(1, min(longest, k) + 1):
                cost = best[k - gap] + gaps[gap - 1]
                if cost < now[k]:
                    now[k], back[k] = cost, k - gap
            now[k] += place[j][k]
        best = now
        came.append(back)

    room = [float(window.end - breath - at) for at in slots]
    ends = [cost + 1.2 * max(0.0, 1.5 - left) for cost, left in zip(best, room, strict=True)]
    k = min(range(size), key=lambda i: (ends[i], i))
    path = [k]
    for back in reversed(came):
        k = back[k]
        path.append(k)
    return [slots[k] for k in reversed(path)]


def _notes(
    units: Sequence[Unit],
    places: Sequence[Fraction],
    passage: Passage,
    tune: Sequence[Note],
    latest: Fraction,
) -> list[Note]:
    """Return the notes of units that begin at places; the last one ends at ``latest`` at most.

    A long stressed last syllable is sung on two notes where the tune moves on under it; the second begins
    at a strong place of the tune.
    """
    found: list[Note] = []
    for i, (unit, at) in enumerate(zip(units, places, strict=True)):
        is_last = i == len(units) - 1
        following = latest if is_last else places[i + 1]
        end = min(following, at + (_LAST_QUARTERS if is_last else _LONGEST))
        if unit.pause and not is_last and end - at >= 1:
            end -= Fraction(1, 4)
        source = tune_at(tune, at)
        pitch = source.pitch if source else passage_pitch(passage, at)
        if end - at >= 1 and passage.weight(at) >= BEAT:
            pitch = in_chord(pitch, passage, at)
        velocity = source.velocity if source else _USUAL_VELOCITY
        found.append(Note(at, end - at, pitch, velocity, syllable=syllable_of(unit)))

    last = found[-1]
    own = last.syllable
    if last.duration < _MELISMA_FROM or own is None or own.kind == "hold" or own.stress < 2:
        return found
    inside = [
        one
        for one in tune
        if last.onset + 1 <= one.onset <= last.end - Fraction(1, 2)
        and one.pitch != last.pitch
        and abs(one.pitch - last.pitch) <= 4
        and passage.weight(one.onset) >= BEAT
    ]
    pitch = in_chord(inside[0].pitch, passage, inside[0].onset) if inside else last.pitch
    if pitch == last.pitch:
        return found
    at = inside[0].onset
    held = Syllable(own.text, "hold", 0, own.word, own.phones)
    moved = Note(at, last.end - at, pitch, last.velocity, syllable=held)
    return [*found[:-1], last.move_to(last.onset, at - last.onset), moved]


def tune_at(tune: Sequence[Note], at: Fraction) -> Note | None:
    """Return the note of a tune that sounds at a place, else the next that is near, else the one before."""
    before = next((note for note in reversed(tune) if note.onset <= at), None)
    if before is not None and before.end > at:
        return before
    after = next((note for note in tune if note.onset > at), None)
    if after is not None and (before is None or after.onset - at <= 1):
        return after
    return before


def in_chord(pitch: int, passage: Passage, at: Fraction) -> int:
    """Return a pitch, or the tone of the chord at a place that is a step from it, if it is foreign."""
    tones = chord_at(passage.chords, at).pitch_classes
    near = sorted(range(-_NEAR, _NEAR + 1), key=lambda step: (abs(step), step))
    return next((pitch + step for step in near if (pitch + step) % 12 in tones), pitch)


def passage_pitch(passage: Passage, at: Fraction) -> int:
    """Return a pitch for words where there is no tune at all: the root of the chord, near middle C."""
    return 60 + (chord_at(passage.chords, at).root + 6) % 12 - 6
