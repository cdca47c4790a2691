"""Key changes that are prepared: the end of the section before turns to the dominant of the new key."""

from __future__ import annotations

from dataclasses import replace

from structure.arrange.context import SectionContext
from structure.base.exact import Fraction
from structure.harmony.bars import place_bars
from structure.harmony.chords import Chord, qualities
from structure.harmony.keys import Key
from structure.harmony.pitch import LETTERS, pitch_class, spelled
from structure.plans.score import ChordEvent


def leading_into(ctx: SectionContext, semitones: int) -> SectionContext:
    """Return the section with its end on the dominant seventh of the key ``semitones`` above its own.

    The end is the second half of the last bar, or its last beat where the number of beats is odd. It is the
    whole bar where the section has only one, or the bar only one beat. For 0 and for octaves the section is
    unchanged.

    Meant for the visit before a lift, where the chords are not the user's own.
    """
    if semitones % 12 == 0:
        return ctx
    home = ctx.key.transposed(semitones)
    bar = ctx.meter.bar_quarters
    start = ctx.length - (bar / 2 if ctx.meter.beats_per_bar % 2 == 0 else ctx.meter.beat_quarters)
    if ctx.bars < 2 or ctx.meter.beats_per_bar < 2:
        start = ctx.length - bar
    kept = [_until(chord, start) for chord in ctx.chords if chord.onset < start]
    return replace(ctx, chords=(*kept, _dominant(home, ctx, start)))


def _until(chord: ChordEvent, end: Fraction) -> ChordEvent:
    return replace(chord, duration=min(chord.end, end) - chord.onset)


def _dominant(home: Key, ctx: SectionContext, start: Fraction) -> ChordEvent:
    root = spelled(LETTERS.index(home.tonic[0]) + 4, (pitch_class(home.tonic) + 7) % 12)
    (event,) = place_bars([(Chord(root, qualities()["7"], root),)], ctx.meter)
    return replace(event, onset=start, duration=ctx.length - start)
