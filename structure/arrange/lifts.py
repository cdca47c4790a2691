"""Key changes that are prepared: the end of the section before turns to the dominant of the new key."""

from __future__ import annotations

from dataclasses import replace

from structure.arrange.context import SectionContext
from structure.harmony.bars import place_bars
from structure.harmony.chords import Chord, qualities
from structure.harmony.pitch import LETTERS, pitch_class, spell_on_letter


def leading_into(ctx: SectionContext, semitones: int) -> SectionContext:
    """Return the section with its end on the dominant seventh of the key ``semitones`` above its own.

    The end is the second half of the last bar, or its last beat where the number of beats is odd. It is the
    whole bar where the section has only one, or the bar only one beat. For 0 and for octaves the section is
    unchanged.

    Meant for the visit before a lift, where the chords are not the user's own.
    """
    if semitones % 12 == 0:
        return ctx
    bar = ctx.meter.bar_quarters
    start = ctx.length - (bar / 2 if ctx.meter.beats_per_bar % 2 == 0 else ctx.meter.beat_quarters)
    if ctx.bars < 2 or ctx.meter.beats_per_bar < 2:
        start = ctx.length - bar
    kept = [
        replace(chord, duration=min(chord.end, start) - chord.onset)
        for chord in ctx.chords
        if chord.onset < start
    ]

    tonic = ctx.key.transpose(semitones).tonic
    root = spell_on_letter(LETTERS.index(tonic[0]) + 4, (pitch_class(tonic) + 7) % 12)
    (dominant,) = place_bars([(Chord(root, qualities()["7"], root),)], ctx.meter)
    return replace(ctx, chords=(*kept, replace(dominant, onset=start, duration=ctx.length - start)))
