"""What chords do inside a bar on their way to the next: they pass, turn over, suspend, approach.

A move takes a chord that fills some beats, what stands before and after it, and returns a chord for each of
the beats, or None where it has no place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random

from structure.base.sampling import pick
from structure.harmony.bars import Bar
from structure.harmony.chords import Chord, qualities
from structure.harmony.keys import Key
from structure.harmony.pitch import LETTERS, pitch_class, spell_on_letter
from structure.presets.harmony import Move


@dataclass(frozen=True, slots=True)
class Place:
    """A chord that fills ``beats`` beats, and those around it.

    ``late`` is how often a move takes the last beat alone, or all but the first, and not half of them.
    """

    before: Chord
    here: Chord
    after: Chord
    key: Key
    beats: int
    late: float

    @property
    def steps(self) -> frozenset[int]:
        """Return the semitones of the chord's tones above its root."""
        return frozenset(self.here.quality.intervals)

    @property
    def turns(self) -> int:
        """Return the semitones from the chord's root up to that of the next."""
        return (_root(self.after) - _root(self.here)) % 12

    def ending(self, *last: Chord) -> Bar | None:
        """Return the chord with others in the last beats; None where there is no room."""
        kept = self.beats - len(last)
        return (*[self.here] * kept, *last) if kept > 0 else None

    def then(self, other: Chord, rng: Random) -> Bar | None:
        """Return the chord, and another in the second half, on the last beat or from the second on."""
        count = self.beats // 2
        if rng.random() < self.late:
            count = self.beats - 1 if rng.random() < _SOON else 1
        return self.ending(*[other] * count)

    def after_first(self, first: Chord, rng: Random) -> Bar | None:
        """Return another chord in the first half or on the first beat, and then the chord."""
        count = 1 if rng.random() < self.late else self.beats // 2
        return (*[first] * count, *[self.here] * (self.beats - count))


_SOON = 0.4
"""How often a chord that does not come in the middle of the bar comes on the second beat, not the last."""


def apply_move(move: Move, place: Place, rng: Random) -> Bar | None:
    """Return the chords of a place by a move, one for each of its beats; None where it has no place."""
    if place.beats < 2:
        return None
    return _DRAWN[move](place, rng) if move in _DRAWN else _SETTLED[move](place)


def _passing(place: Place, rng: Random) -> Bar | None:
    """Put a triad of the key between two chords, where both steps of the root are usual ones.

    None between a dominant and its tonic, or where no triad fits.
    """
    here, after = _root(place.here), _root(place.after)
    if place.turns == 5 and (10 in place.steps or here == (place.key.root + 7) % 12):
        return None  # nothing comes between a dominant and its tonic
    scale = place.key.scale
    found = [
        root
        for root in scale
        if (root - here) % 12 in _GOES and (after - root) % 12 in _GOES and root not in (here, after)
    ]
    chords = [chord for root in found if (chord := triad(root, place.key)) is not None]
    if not chords:
        return None
    between = pick(rng, chords)

    # It has the seventh of its scale where the chord beside it has one.
    if place.steps & {10, 11}:
        root = _root(between)
        names = ["m7"] if 3 in between.quality.intervals else ["maj7"]
        if names == ["maj7"] and (after - root) % 12 == 5:
            names.append("7")
        for name in names:
            if {(root + step) % 12 for step in qualities()[name].intervals} <= set(scale):
                return place.then(_as(between, name), rng)
    return place.then(between, rng)


_GOES = frozenset({2, 5, 7, 8, 9, 10})
"""Semitones up from root to root of usual progressions."""


def _passing_bass(place: Place, rng: Random) -> Bar | None:
    """Put in an inversion whose bass lies between this bass and the next, a step before the next."""
    here, after = pitch_class(place.here.bass), pitch_class(place.after.bass)
    way = (after - here + 6) % 12 - 6
    if abs(way) < 3:
        return None
    sign = 1 if way > 0 else -1
    bass = next(
        ((after - sign * step) % 12 for step in (2, 1) if (after - sign * step) % 12 in place.key.scale),
        None,
    )
    if bass is None or bass in (here, after):
        return None
    name = place.key.spell(bass)
    if bass in place.here.pitch_classes:
        return place.then(replace(place.here, bass=name), rng)
    over = _on_its_third(bass, place)
    return None if over is None else place.then(over, rng)


def _on_its_third(bass: int, place: Place) -> Chord | None:
    """Return the key's triad whose third is ``bass``, over that bass; None where there is none."""
    for root in place.key.scale:
        chord = triad(root, place.key)
        if chord is not None and chord.pitch_classes[1] == bass:
            return replace(chord, bass=place.key.spell(bass))
    return None


def _inversion(place: Place) -> Bar | None:
    """Put the whole chord on its third, where the bass comes and goes by step."""
    if place.here.bass != place.here.root or not place.steps & {3, 4}:
        return None
    third = place.here.pitch_classes[0] + (4 if 4 in place.steps else 3)
    ways = [(third - pitch_class(other.bass) + 6) % 12 - 6 for other in (place.before, place.after)]
    if any(abs(way) not in (1, 2) for way in ways):
        return None
    name = spell_on_letter(LETTERS.index(place.here.root[0]) + 2, third % 12)
    return (replace(place.here, bass=name),) * place.beats


def _suspension(place: Place, rng: Random) -> Bar | None:
    """Put the fourth before the third of a major triad or dominant, the second before a minor third."""
    suspended = {(0, 4, 7): ("sus4", 5), (0, 4, 7, 10): ("7sus4", 5), (0, 3, 7): ("sus2", 2)}
    quality, step = suspended.get(tuple(place.here.quality.intervals), ("", 0))
    if not quality or (_root(place.here) + step) % 12 not in place.key.scale:
        return None
    return place.after_first(_as(place.here, quality), rng)


def _colour(place: Place, rng: Random) -> Bar | None:
    """Add a seventh, sixth or ninth that the scale has in the second half."""
    options = [
        name
        for name in _COLOURS.get(tuple(place.here.quality.intervals), ())
        if {(_root(place.here) + step) % 12 for step in qualities()[name].intervals} <= set(place.key.scale)
    ]
    half = place.beats // 2
    return place.ending(*[_as(place.here, pick(rng, options))] * half) if options else None


_COLOURS: Mapping[tuple[int, ...], tuple[str, ...]] = {
    (0, 4, 7): ("maj7", "add9", "6", "sus2"),
    (0, 3, 7): ("m7", "madd9", "m7"),
    (0, 3, 7, 10): ("m9", "m11"),
    (0, 4, 7, 11): ("maj9", "6"),
    (0, 4, 7, 10): ("9", "13"),
}


def _approach(place: Place, rng: Random) -> Bar | None:
    second = find_applied_dominant(place.here, place.after, place.key)
    return None if second is None else place.then(second, rng)


def find_applied_dominant(here: Chord, follows: Chord, key: Key) -> Chord | None:
    """Return the dominant seventh of the next chord.

    None where that is no consonant chord of the key in root position, where it is the tonic, or where the
    chord here is on its root or on that of the dominant already.
    """
    target, root = _root(follows), (_root(follows) + 7) % 12
    steps = set(follows.quality.intervals)
    is_stable = 7 in steps and bool(steps & {3, 4}) and follows.bass == follows.root
    if target == key.root or target not in key.scale or not is_stable:
        return None
    if _root(here) in (target, root):
        return None
    name = spell_on_letter(LETTERS.index(follows.root[0]) + 4, root)
    return Chord(name, qualities()["7"], name)


def _two_five(place: Place) -> Bar | None:
    """Put the second degree (ii) before a dominant (V) that goes to its tonic."""
    root = (_root(place.here) + 7) % 12
    is_dominant = tuple(place.here.quality.intervals) in ((0, 4, 7), (0, 4, 7, 10)) and place.turns == 5
    if not is_dominant or _root(place.before) == root:
        return None
    has_seventh, is_pure = 10 in place.steps, 3 not in set(place.after.quality.intervals)
    quality = ("m7" if is_pure else "m7b5") if has_seventh else "m"
    name = spell_on_letter(LETTERS.index(place.here.root[0]) + 4, root)
    second = Chord(name, qualities()[quality], name)
    half = place.beats // 2
    return (*[second] * half, *[place.here] * (place.beats - half))


def _minor_subdominant(place: Place) -> Bar | None:
    second = minor_subdominant(place.here, place.after, place.key)
    return None if second is None else place.ending(*[second] * (place.beats // 2))


def minor_subdominant(here: Chord, follows: Chord, key: Key) -> Chord | None:
    """Return iv, borrowed from minor, to go between IV and the tonic of a major key; None elsewhere."""
    is_subdominant = (_root(here) - key.root) % 12 == 5 and 4 in here.quality.intervals
    if key.is_minor or not is_subdominant or _root(follows) != key.root:
        return None
    return Chord(here.root, qualities()["m6" if len(here.quality.intervals) > 3 else "m"], here.root)


def _add_diminished(place: Place) -> Bar | None:
    """Put a diminished seventh between two roots a whole step apart, upwards."""
    if place.turns != 2 or not place.steps & {3, 4} or place.here.bass != place.here.root:
        return None
    name = spell_on_letter(LETTERS.index(place.here.root[0]), (_root(place.here) + 1) % 12)
    return place.ending(*[Chord(name, qualities()["dim7"], name)] * (place.beats // 2))


def _anticipation(place: Place) -> Bar | None:
    return place.ending(place.after) if place.turns else None


def _neighbour(place: Place) -> Bar | None:
    """Put the chord a fourth above over the same bass, and then the chord again on the last beat."""
    above = triad((_root(place.here) + 5) % 12, place.key)
    if place.beats < 3 or above is None or place.here.bass != place.here.root or not place.steps & {3, 4}:
        return None
    return place.ending(replace(above, bass=place.here.root), place.here)


def _walk(place: Place) -> Bar | None:
    """Put two chords in the last two beats, by step up to a fourth above, or down to a fourth below."""
    scale, here = place.key.scale, _root(place.here)
    if here not in scale or place.turns not in (5, 7) or place.beats < 4:
        return None
    degree = scale.index(here)
    if place.turns == 5:
        between, last = triad(scale[(degree + 1) % 7], place.key), scale[(degree + 2) % 7]
        if between is None or last not in place.here.pitch_classes:
            return None
        return place.ending(between, replace(place.here, bass=place.key.spell(last)))
    over, lower = _on_its_third(scale[(degree - 1) % 7], place), triad(scale[(degree - 2) % 7], place.key)
    return None if over is None or lower is None else place.ending(over, lower)


def _six_four(place: Place) -> Bar | None:
    """Put the tonic over its fifth before a dominant that goes home."""
    goes_home = _root(place.after) == place.key.root and place.turns == 5 and 4 in place.steps
    if not goes_home or place.here.bass != place.here.root:
        return None
    tonic = triad(place.key.root, place.key)
    if tonic is None:
        return None
    half = place.beats // 2
    return (*[replace(tonic, bass=place.here.root)] * half, *[place.here] * (place.beats - half))


def triad(root: int, key: Key) -> Chord | None:
    """Return the consonant triad of the key's scale on a pitch class; None where there is none."""
    scale = set(key.scale)
    third = next((step for step in (3, 4) if (root + step) % 12 in scale), None)
    if third is None or not {root, (root + 7) % 12} <= scale:
        return None
    name = key.spell(root)
    return Chord(name, qualities()["m" if third == 3 else ""], name)


def _as(chord: Chord, quality: str) -> Chord:
    """Return the chord with another quality; it keeps its bass where the new quality has it."""
    changed = replace(chord, quality=qualities()[quality])
    return (
        changed if pitch_class(chord.bass) in changed.pitch_classes else replace(changed, bass=chord.root)
    )


def _root(chord: Chord) -> int:
    return pitch_class(chord.root)


_DRAWN: Mapping[Move, Callable[[Place, Random], Bar | None]] = {
    "passing": _passing,
    "passing_bass": _passing_bass,
    "suspension": _suspension,
    "colour": _colour,
    "approach": _approach,
}
"""Moves that leave something to chance."""

_SETTLED: Mapping[Move, Callable[[Place], Bar | None]] = {
    "inversion": _inversion,
    "two_five": _two_five,
    "minor_subdominant": _minor_subdominant,
    "diminished": _add_diminished,
    "anticipation": _anticipation,
    "neighbour": _neighbour,
    "walk": _walk,
    "six_four": _six_four,
}
"""Moves that do not."""
