"""Figures of a variation: the notes of a theme, beat by beat, with what leads from each to the next."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from structure.arrange.context import SectionContext
from structure.arrange.scales import chord_scale, step
from structure.base.exact import Fraction
from structure.harmony.bars import chord_at
from structure.harmony.keys import USUAL_TONICS, Key
from structure.plans.score import Note

FIGURES = ("running", "triplets", "sixteenths", "dotted", "syncopated")
"""What a figure does with each beat of a theme."""

_LEAP = 9
"""Semitones to the next note of the theme that a figure does not fill."""


def other_mode(key: Key) -> Key:
    """Return minor on the tonic of a major key, and major on that of a minor one."""
    mode = "major" if key.is_minor else "minor"
    return Key(USUAL_TONICS[mode][key.root], mode)


def turn_to_mode(pitch: int, key: Key, to: Key, *, keeps_leading: bool) -> int:
    """Return a pitch as the same step of another mode on the same tonic; chromatic ones stay.

    The leading note may stay as well, as it does over the dominant.
    """
    if pitch % 12 not in key.scale or (keeps_leading and (pitch - key.root) % 12 == 11):
        return pitch
    place = key.scale.index(pitch % 12)
    return pitch + (to.scale[place] - key.scale[place] + 6) % 12 - 6


def simple(tune: Sequence[Note], ctx: SectionContext) -> list[Note]:
    """Return a tune as a theme to vary: a note a beat at most, but for the upbeats of every second bar."""
    beat, bar = ctx.meter.beat_quarters, ctx.meter.bar_quarters
    end = ctx.figures_end

    def stays(note: Note) -> bool:
        is_upbeat = note.onset % (2 * bar) >= 2 * bar - beat
        return (note.onset / beat).denominator == 1 or is_upbeat or note.onset >= end

    kept = [note for note in tune if stays(note)]
    found = []
    for note, after in zip_longest(kept, kept[1:]):
        between = [n for n in tune if note.onset < n.onset < (after.onset if after is not None else end)]
        stop = max([note.end, *(n.end for n in between)])
        stop = min(stop, after.onset) if after is not None else stop
        found.append(note.move_to(note.onset, stop - note.onset))
    return found


def apply_figure(theme: Sequence[Note], ctx: SectionContext, figure: str) -> list[Note]:
    """Return a theme in a figure; its rests, its last note and what is none of the figures stay."""
    if figure not in FIGURES or not theme:
        return list(theme)
    beat, end = ctx.meter.beat_quarters, min(ctx.figures_end, theme[-1].onset)
    onsets = [note.onset for note in theme]
    found: list[Note] = []
    for number in range(int(end / beat)):
        at = number * beat
        note = theme[bisect_right(onsets, at) - 1] if onsets[0] <= at else None
        if note is None or at >= note.end:
            found += [n for n in theme if at <= n.onset < at + beat]
            continue
        after = next((n for n in theme if n.onset >= at + beat), theme[-1])
        found += _beat(note, after.pitch, at, ctx, figure)
    start = int(end / beat) * beat
    return [*found, *(note for note in theme if note.onset >= start)]


def _beat(note: Note, after: int, at: Fraction, ctx: SectionContext, figure: str) -> list[Note]:
    """Return one beat of a figure, from a note of the theme on its way to the next."""
    own, beat = note.pitch, ctx.meter.beat_quarters
    chord = chord_at(ctx.chords, at)
    scale = chord_scale(ctx.key, chord)
    upper, lower = step(own, 1, scale), step(own, -1, scale)
    above = next((p for p in range(own + 3, own + 9) if p % 12 in chord.pitch_classes), upper)
    below = next((p for p in range(own - 3, own - 9, -1) if p % 12 in chord.pitch_classes), lower)
    is_near = 0 < abs(after - own) <= _LEAP
    towards = lower if is_near and after <= own else upper

    is_in_thirds = beat.numerator == 3
    if figure == "syncopated":
        pitches, places = [own], [beat / (3 if is_in_thirds else 2)]
    elif figure == "dotted":
        pitches = [own, towards]
        places = [Fraction(0), beat * (Fraction(2, 3) if is_in_thirds else Fraction(3, 4))]
    else:
        if figure == "running":
            pitches = [own, upper, towards] if is_in_thirds else [own, towards]
        elif figure == "triplets":
            pitches = [own, above, towards if is_near else below]
        else:
            back = step(after, -1 if after > own else 1, scale) if is_near else lower
            last = back if abs(back - own) <= _LEAP else upper
            pitches = [own, upper, own if back == upper else lower, last]
        places = [beat * Fraction(i, len(pitches)) for i in range(len(pitches))]

    ends = [*places[1:], beat]
    return [
        replace(note, pitch=pitch, velocity=note.velocity - (8 if i else 0)).move_to(
            at + place, stop - place
        )
        for i, (pitch, place, stop) in enumerate(zip(pitches, places, ends, strict=True))
    ]
