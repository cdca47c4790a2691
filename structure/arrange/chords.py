"""Comping: the chords of a section in the rhythm of a figure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from operator import attrgetter

from structure.arrange.clearance import SOFTER, lowest_over, uncovering
from structure.arrange.context import (
    REGISTERS,
    Player,
    SectionContext,
    choose_figure,
    own_table,
    split_at_chords,
)
from structure.arrange.ending import with_held_ending
from structure.arrange.figures import Event
from structure.arrange.scales import chord_scale, step
from structure.arrange.variants import vary_events
from structure.arrange.voicing import Pitches, lead_voices, power_voicing
from structure.plans.score import Note

LOW, HIGH = REGISTERS["chords"]
_CENTRES = (59.0, 64.0, 57.0)
"""Middle of the voicings of the first, second and third stem of the role, so that they do not cover
each other."""

_FIFTH = 7
_HAND_CENTRE = 57.0
"""Middle of the chords of one hand, under a tune that the other plays."""

_GAP = 3
"""Semitones from the top of a chord to the lowest note of the tune over it."""

_VELOCITIES = {"X": 98, "x": 86, "s": 84, "B": 92, "u": 78, "p": 82}
_ON_STEPS = 94
"""Velocity of a riff's chords on the steps of the scale."""

_onset = attrgetter("onset")


def write_chords(ctx: SectionContext, player: Player, tune: Sequence[Note] = ()) -> list[Note]:
    """Return all notes of a comping part, under a tune as the lead sounds it.

    Chords lie under the tune where there is room for them. Elsewhere a strike leaves out the notes that
    would cover it, and what must sound all the same is softer. Power chords are as loud as ever.
    """
    line = () if player.texture == "hand" else tune
    voicings = _voicings(ctx, player, line)
    table = own_table(player, ctx.style.chords, ctx)
    names = choose_figure("chords", table, ctx, player.name, "figure")
    figure = vary_events("chords", names, ctx, player.name)

    # A chord that no event of the figure would sound is struck where it begins.
    events = list(figure)
    for chord in ctx.chords:
        # Events are in order and do not overlap: only the last that begins before the chord ends can sound.
        begun = bisect_left(figure, chord.end, key=_onset)
        if not begun or figure[begun - 1].onset + figure[begun - 1].duration <= chord.onset:
            events.append(Event(chord.onset, min(chord.duration, ctx.meter.beat_quarters), "x"))
    strikes = [
        strike for event in sorted(events, key=_onset) for strike in split_at_chords(event, ctx.chords)
    ]

    lows = lowest_over([(piece.onset, piece.onset + piece.duration) for piece, _ in strikes], line)
    notes: list[Note] = []
    for (piece, chord), low in zip(strikes, lows, strict=True):
        accent = 6 if ctx.is_accented(piece.onset) else 0
        base = float(_VELOCITIES.get(piece.sign, _ON_STEPS) + accent)

        pitches = voicings[chord.onset]
        if piece.sign.isdigit():
            # A riff: root and fifth on a step of the scale.
            root = step(pitches[0], int(piece.sign) - 1, chord_scale(ctx.key, chord))
            pitches = (root, root + _FIFTH)
        elif piece.sign in "Bp":
            pitches = pitches[:1]
        elif piece.sign == "u":
            pitches = pitches[1:]

        if low is not None and not piece.sign.isdigit():
            pitches = uncovering(pitches, low, moves=player.voicing != "power")
            base *= SOFTER if pitches[-1] >= low and player.voicing != "power" else 1.0
        velocity = ctx.velocity(base)
        notes += [Note(piece.onset, piece.duration, pitch, velocity) for pitch in pitches]
    return with_held_ending(notes, ctx, voicings[ctx.chords[-1].onset])


def _voicings(ctx: SectionContext, player: Player, line: Sequence[Note]) -> dict[object, Pitches]:
    """Return the voicing of each chord by its onset, under a line."""
    if player.voicing == "power":
        voicings = [power_voicing(chord, LOW + ctx.shift) for chord in ctx.chords]
    elif player.texture == "hand":
        voicings = lead_voices(ctx.chords, LOW, HIGH, _HAND_CENTRE + ctx.shift, "strict")
    else:
        centre = _CENTRES[player.rank % len(_CENTRES)] + ctx.shift
        lows = lowest_over([(chord.onset, chord.end) for chord in ctx.chords], line) if line else []
        ceilings = [HIGH if low is None else min(HIGH, low - _GAP) for low in lows]
        voicings = lead_voices(ctx.chords, LOW, HIGH, centre, ctx.style.part_writing, ceilings)
    return {chord.onset: voicing for chord, voicing in zip(ctx.chords, voicings, strict=True)}
