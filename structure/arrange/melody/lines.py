"""The pitches of a melody, note after note.

Each interval is drawn as real tunes follow one with another, bent to the song's own habits. Rules come
before counts: notes on strong beats, and those under which a chord begins, are tones of the chord; a
foreign note goes on by step; after a leap the line turns back; a phrase ends at home or open. What comes
back is not drawn again, and what is developed keeps the shape of what it comes from.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise

from structure.arrange.context import REGISTERS, SectionContext
from structure.arrange.figures import base_meters
from structure.arrange.melody.counts import beat_sixteenths
from structure.arrange.melody.habits import TuneHabits
from structure.arrange.melody.instrument import style_shift
from structure.arrange.melody.intervals import LEAP, intervals_of, keep_manners
from structure.arrange.melody.phrasing import Development, PlannedBar, is_same_harmony
from structure.arrange.scales import chord_scale, nearest, step
from structure.base.exact import Fraction
from structure.base.grid import Meter
from structure.base.sampling import pick_weighted
from structure.harmony.bars import chord_at
from structure.plans.score import ChordEvent, Note

LOW, HIGH = REGISTERS["lead"]
_CHORD_TONE, _ON_BEAT = 1.15, 1.5
"""How much likelier a tone of the chord is than another, between beats and on them."""

_SPANS = {"pop": (14, 21, 1), "folk": (12, 20, -1)}
"""The least and most semitones of a range of a section, and what a habit of a song is taken wider by."""

VERSE = 67.5
"""MIDI pitch around which verses lie."""

_LINKS = ("intro", "interlude")
"""Sections after which most often a verse comes."""

_NEAR_TARGET = 4.0
_SHORT = 2
"""The last notes before one that is known already are drawn to it."""

_BACK, _UNANSWERED = 4, 3.0
"""Semitones by which a line comes back from a leap, and what it costs a shape where it does not."""

_AWKWARD = {1: 0.3, 4: 2.2, 6: 8.0, 8: 1.5, 10: 4.0, 11: 9.0}
"""What it costs to sing some intervals, in semitones by which a line rather leaves the shape that it
follows."""

_BELOW_CLIMAX, _TO_CLIMAX = 2, 4
"""Semitones below its highest that a line stays but in the bar of its climax, and that this lies higher."""

_FEW_SEMITONES = 0.045
"""The share of semitones among intervals below which a tune has the five tones without them."""

_SHIFTS: dict[Development, tuple[int, ...]] = {
    "sequence": (1, -1, 2, -2, 3, -3),
    "fragment": (0, 1, -1),
    "augmentation": (0, 1, -1),
    "inversion": (0, 1, 2, -1),
}
"""Scale steps by which an idea may come back higher or lower."""

_MOTIFS = 0.75
"""How often a bar that comes from no earlier one has the shape of a bar of the tune that the user gives."""

_MOTIF_SHIFTS = (0, 1, -1, 2, -2, 3, -3)

_PER_STEP = 2
"""Semitones of a scale step, about."""


class Line:
    """Writes the pitches of one section's melody."""

    def __init__(self, ctx: SectionContext, habits: TuneHabits, middle: float, rng: random.Random) -> None:
        self._ctx, self._rng = ctx, rng
        narrowest, widest, more = _SPANS[ctx.style.tune.like]
        span = min(widest, max(narrowest, habits.span - habits.lift / 2 + more))
        centre = min(HIGH - 4.0, max(LOW + 4.0, middle))
        self.low, self.high = max(LOW, round(centre - span / 2)), min(HIGH, round(centre + span / 2))
        self.centre = nearest(centre, ctx.key.scale, self.low, self.high)
        self._intervals = intervals_of(habits, ctx.style.tune)
        self._pitch: int | None = None
        self._step = 0
        self._earlier: int | None = None
        self._onset = Fraction(0)
        self._was_foreign = False
        self._top = self.high
        self._has_upbeats = bool(habits.upbeat)
        self._avoided = find_avoided_tones(ctx, habits)

    def write(self, bars: Sequence[PlannedBar]) -> list[list[Note]]:
        """Return the notes of each bar. Those that the plan repeats over the same chords are the same."""
        written: list[list[Note]] = []
        for index, bar in enumerate(bars):
            again = self._repeat_bar(bar, index, written)
            target = self._find_known_pitch(bars, index + 1, written)
            if index == len(bars) - 1 and self._has_upbeats:
                target = self._onward(written)
            notes = self._bar(bar, index, bars, written, target) if again is None else again
            written.append(notes)
        return written

    def _repeat_bar(
        self, bar: PlannedBar, index: int, written: Sequence[Sequence[Note]]
    ) -> list[Note] | None:
        if bar.like is None:
            return None
        shift = (index - bar.like) * self._ctx.meter.bar_quarters
        notes = [replace(note, onset=note.onset + shift) for note in written[bar.like]]
        if not is_same_harmony(self._ctx, index, bar.like) and not self._fits(notes):
            return None
        for note in notes:
            self._move_to(note.pitch, chord_at(self._ctx.chords, note.onset))
        return notes

    def _fits(self, notes: Sequence[Note]) -> bool:
        """Return whether notes can stand over other chords as they are: tones of these where it counts."""
        return all(note.pitch % 12 in self._plain_tones(note.onset) for note in notes)

    def _plain_tones(self, onset: Fraction) -> Collection[int]:
        """Return the tones of the chord where it counts, else those of its scale."""
        chord = chord_at(self._ctx.chords, onset)
        is_heavy = is_strong(onset, chord, self._ctx)
        return chord.pitch_classes if is_heavy else chord_scale(self._ctx.key, chord)

    def _onward(self, written: Sequence[Sequence[Note]]) -> int | None:
        """Return the pitch to which the upbeat at the section's end leads.

        It is that of the section's own beginning, or in a link that of a verse.
        """
        if self._ctx.kind in _LINKS:
            return round(VERSE + style_shift(self._ctx) + self._ctx.shift)
        return next((notes[0].pitch for notes in written if notes), None)

    def _find_known_pitch(
        self, bars: Sequence[PlannedBar], index: int, written: Sequence[Sequence[Note]]
    ) -> int | None:
        """Return the first pitch of a bar that is known before it is written, if any."""
        like = bars[index].like if index < len(bars) else None
        if like is None or like >= len(written) or not written[like]:
            return None
        return written[like][0].pitch if is_same_harmony(self._ctx, index, like) else None

    def _bar(
        self,
        bar: PlannedBar,
        index: int,
        bars: Sequence[PlannedBar],
        written: Sequence[Sequence[Note]],
        target: int | None,
    ) -> list[Note]:
        following = bars[index + 1].onsets if index + 1 < len(bars) else ()
        end = (index + 1) * self._ctx.meter.bar_quarters
        ends = [*bar.onsets[1:], following[0] if following else end]
        middle = self.centre + _PER_STEP * bar.height + (_TO_CLIMAX if bar.is_climax else 0)
        self._top = self.high if bar.is_climax else self.high - _BELOW_CLIMAX
        shape = self._motif(bar, index) if bar.source is None else self._shape(bar, written[bar.source])
        notes: list[Note] = []
        for place, (onset, until) in enumerate(zip(bar.onsets, ends, strict=False)):
            chord = chord_at(self._ctx.chords, onset)
            left = len(bar.onsets) - place
            is_end = bar.closes is not None and place == bar.rest
            tones = self._tones(onset, until - onset, chord, bar.closes if is_end else None, left)
            if place < len(shape) and not is_end:
                pitch = self._close_to(shape[place], tones)
            else:
                near = target if left <= _SHORT else None
                then = self._next_tones(bar, place, ends) if self._intervals.looks_ahead else ()
                pitch = self._draw_pitch(onset, chord, tones, middle, near, then)
            self._move_to(pitch, chord)
            self._onset = onset
            notes.append(
                Note(onset, max(until - onset, Fraction(1, 8)), pitch, self._velocity(onset, chord))
            )
        return notes

    def _tones(
        self, onset: Fraction, length: Fraction, chord: ChordEvent, closes: bool | None, left: int
    ) -> Collection[int]:
        """Return the pitch classes that a note may have."""
        tones = self._find_allowed_tones(onset, length, chord, closes, left)
        return [tone for tone in tones if tone not in self._avoided] or tones if self._avoided else tones

    def _next_tones(self, bar: PlannedBar, place: int, ends: Sequence[Fraction]) -> Collection[int]:
        """Return the pitch classes that the note after one of a bar may have."""
        after = place + 1
        onset, until = ends[place], ends[after] if after < len(ends) else None
        if until is None:
            return self._plain_tones(onset)
        chord = chord_at(self._ctx.chords, onset)
        closes = bar.closes if bar.closes is not None and after == bar.rest else None
        return self._tones(onset, until - onset, chord, closes, len(bar.onsets) - after)

    def _find_allowed_tones(
        self, onset: Fraction, length: Fraction, chord: ChordEvent, closes: bool | None, left: int
    ) -> Collection[int]:
        ctx = self._ctx
        if closes is not None:
            home = ctx.key.root if ctx.key.root in chord.pitch_classes else chord.root
            return (home,) if closes else [tone for tone in chord.pitch_classes if tone != home] or (home,)
        is_heavy = is_strong(onset, chord, ctx) or length > ctx.meter.beat_quarters
        if left == 1 and onset + length > chord.end and length >= ctx.meter.beat_quarters:
            # It may be held over the bar line where it belongs to both chords.
            following = chord_at(ctx.chords, chord.end) if chord.end < ctx.length else chord
            common = [tone for tone in chord.pitch_classes if tone in following.pitch_classes]
            return common or chord.pitch_classes
        if is_heavy or (left == 1 and self._was_foreign):
            return chord.pitch_classes
        return chord_scale(ctx.key, chord)

    def _draw_pitch(
        self,
        onset: Fraction,
        chord: ChordEvent,
        tones: Collection[int],
        middle: float,
        target: int | None,
        following: Collection[int],
    ) -> int:
        if self._pitch is None:
            return nearest(middle, tones, self.low, self._top)
        on_beat = (onset % self._ctx.meter.beat_quarters) == 0
        favour = _ON_BEAT if on_beat else _CHORD_TONE
        width = 0.5 * (self.high - self.low)
        again = self._intervals.again(after_beat=onset - self._onset >= self._ctx.meter.beat_quarters)
        found: dict[int, float] = {}
        for interval, usual in self._intervals.after(self._step, self._earlier).items():
            pitch = self._pitch + interval
            if not self.low <= pitch <= self._top or pitch % 12 not in tones:
                continue
            is_foreign = pitch % 12 not in chord.pitch_classes
            weight = usual * (1.0 if is_foreign else favour)
            weight *= math.exp(-(((pitch - middle) / width) ** 2) / 2)
            weight *= keep_manners(self._step, interval, was_foreign=self._was_foreign)
            weight *= self._intervals.going_on(interval, pitch, following, is_foreign=is_foreign)
            if not interval:
                weight *= again
            if target is not None:
                weight *= math.exp(-abs(pitch - target) / _NEAR_TARGET)
            found[pitch] = weight
        if sum(found.values()) > 0:
            return pick_weighted(self._rng, found)
        return nearest(self._pitch, tones, self.low, self._top)

    def _close_to(self, wanted: int, tones: Collection[int]) -> int:
        """Return the tone that comes close to a pitch and is easy to sing after the last."""
        before = wanted if self._pitch is None else self._pitch
        options = [p for p in range(self.low, self._top + 1) if p % 12 in tones]
        if not options:
            return nearest(wanted, tones, self.low, self._top)

        def cost(pitch: int) -> tuple[float, int]:
            move = pitch - before
            return abs(pitch - wanted) + _AWKWARD.get(abs(move), 0.0) + self._unanswered(move), pitch

        return min(options, key=cost)

    def _unanswered(self, move: int) -> float:
        """Return what a move costs after a leap that it does not answer by coming back."""
        is_answer = abs(self._step) < LEAP or (move * self._step <= 0 and abs(move) <= _BACK)
        return 0.0 if is_answer else _UNANSWERED

    def _motif(self, bar: PlannedBar, index: int) -> list[int]:
        """Return the pitches of a bar of this rhythm in the tune that the user gives, where they lie best.

        It is empty where there is no such tune or bar, or where the draw says so.
        """
        if self._ctx.manner is None or not bar.onsets or self._rng.random() >= _MOTIFS:
            return []
        start, step_ = index * self._ctx.meter.bar_quarters, sixteenth_of(self._ctx.meter)
        word = tuple(round((onset - start) / step_) for onset in bar.onsets)
        shapes = dict(self._ctx.manner.shapes).get(word, ())
        near = self.centre + _PER_STEP * bar.height if self._pitch is None else self._pitch
        first = nearest(near, self._ctx.key.scale, self.low, self._top)
        options = [self._move_pitches(first, shift, moves) for moves in shapes for shift in _MOTIF_SHIFTS]
        return min(options, key=lambda pitches: self._strain(pitches, bar.onsets), default=[])

    def _shape(self, bar: PlannedBar, source: Sequence[Note]) -> list[int]:
        """Return the pitches to which a bar that develops another comes close; others are drawn."""
        if not source or not bar.onsets:
            return []
        ladder = [pitch for pitch in range(128) if pitch % 12 in self._ctx.key.scale]
        degrees = [bisect_left(ladder, note.pitch) for note in source]
        moves = [after - before for before, after in pairwise(degrees)]
        half = self._ctx.meter.bar_quarters / 2
        opening = sum(note.onset - source[0].onset < half for note in source)
        if bar.how == "inversion":
            moves = [-move for move in moves]
        elif bar.how == "answer":
            moves = moves[: max(0, opening - 1)]
        elif bar.how in ("fragment", "augmentation"):
            moves = moves[: max(0, opening - 1)]
            again = [self._rng.choice((-1, 1)), *moves] if bar.how == "fragment" else []
            moves = [*moves, *again]
        options = [
            self._move_pitches(source[0].pitch, shift, moves) for shift in _SHIFTS.get(bar.how, (0,))
        ]
        return min(options, key=lambda pitches: self._strain(pitches, bar.onsets))

    def _move_pitches(self, first: int, shift: int, moves: Sequence[int]) -> list[int]:
        scale = self._ctx.key.scale
        pitch = first if first % 12 in scale else nearest(first, scale, LOW - 12, HIGH + 12)
        pitches = [step(pitch, shift, scale)]
        for move in moves:
            pitches.append(step(pitches[-1], move, scale))
        return pitches

    def _strain(self, pitches: Sequence[int], onsets: Sequence[Fraction]) -> float:
        """Return how badly a shape lies: out of range, off the chords, far from the note before."""
        strain = 0.0
        if self._pitch is not None:
            first = pitches[0] - self._pitch
            strain += max(0, abs(first) - 4) * 0.5 + self._unanswered(first)
        for pitch, onset in zip(pitches, onsets, strict=False):
            chord = chord_at(self._ctx.chords, onset)
            strain += max(0, self.low - pitch, pitch - self.high)
            strain += is_strong(onset, chord, self._ctx) and pitch % 12 not in chord.pitch_classes
        return strain

    def _move_to(self, pitch: int, chord: ChordEvent) -> None:
        self._earlier = None if self._pitch is None else self._step
        self._step = 0 if self._pitch is None else pitch - self._pitch
        self._pitch = pitch
        self._was_foreign = pitch % 12 not in chord.pitch_classes

    def _velocity(self, onset: Fraction, chord: ChordEvent) -> int:
        ctx = self._ctx
        return ctx.velocity(102 if ctx.is_downbeat(onset) else 96 if is_strong(onset, chord, ctx) else 86)


def sixteenth_of(meter: Meter) -> Fraction:
    """Return the quarters of the smallest step of rhythms in a metre."""
    return meter.beat_quarters / beat_sixteenths(base_meters(meter)[0])


def find_avoided_tones(ctx: SectionContext, habits: TuneHabits) -> frozenset[int]:
    """Return the pitch classes that a song leaves out whose tunes have no semitones.

    Of seven pitch classes, five are left.
    """
    semitones = habits.figures["interval_1"] + habits.figures["interval_-1"]
    if semitones >= _FEW_SEMITONES or len(ctx.key.scale) != 7:
        return frozenset()
    degrees = (1, 5) if ctx.key.is_minor else (3, 6)
    above = sorted(ctx.key.scale, key=lambda tone: (tone - ctx.key.root) % 12)
    return frozenset(above[degree] for degree in degrees)


def is_strong(onset: Fraction, chord: ChordEvent, ctx: SectionContext) -> bool:
    """Return whether an onset is on an accented beat, or where a chord begins."""
    return ctx.is_accented(onset) or onset == chord.onset
