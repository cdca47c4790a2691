"""Comping: the chords of a section in the rhythm of a figure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from structure.arrange.context import (
    REGISTERS,
    Player,
    SectionContext,
    choose_names,
    own_table,
    split_at_chords,
)
from structure.arrange.ending import with_held_ending
from structure.arrange.figures import Event
from structure.arrange.scales import chord_scale, step
from structure.arrange.variants import varied_events
from structure.arrange.voicing import Pitches, lead_voices, power_voicing
from structure.base.exact import Fraction
from structure.plans.score import ChordEvent, Note

LOW, HIGH = REGISTERS["chords"]
_CENTRES = (59.0, 64.0, 57.0)
"""Middle of the voicings of the first, second and third stem of the role, so that they do not cover
each other."""

_FIFTH = 7
_HAND_CENTRE = 57.0
"""Middle of the chords of one hand, under a tune that the other plays."""

_VELOCITIES = {"X": 98, "x": 86, "s": 84, "B": 92, "u": 78, "p": 82}
_ON_STEPS = 94
"""Velocity of a riff's chords on the steps of the scale."""


def write_chords(ctx: SectionContext, player: Player) -> list[Note]:
    """All notes of a comping part."""
    voicings = _voicings(ctx, player)
    table = own_table(player, ctx.style.chords, ctx)
    names = choose_names(table, ctx, player.name, "figure")
    notes: list[Note] = []
    for event in _with_every_chord(varied_events("chords", names, ctx, player.name), ctx):
        for piece, chord in split_at_chords(event, ctx.chords):
            accent = 6 if ctx.is_accented(piece.onset) else 0
            velocity = ctx.velocity(_VELOCITIES.get(piece.sign, _ON_STEPS) + accent)
            for pitch in _played(voicings[chord.onset], piece.sign, chord, ctx):
                notes.append(Note(piece.onset, piece.duration, pitch, velocity))
    return with_held_ending(notes, ctx, voicings[ctx.chords[-1].onset])


def _voicings(ctx: SectionContext, player: Player) -> dict[object, Pitches]:
    """The voicing of each chord by its onset."""
    if player.voicing == "power":
        voicings = [power_voicing(chord, LOW + ctx.shift) for chord in ctx.chords]
    elif player.texture == "hand":
        voicings = lead_voices(ctx.chords, LOW, HIGH, _HAND_CENTRE + ctx.shift, "strict")
    else:
        voicings = lead_voices(
            ctx.chords, LOW, HIGH, _CENTRES[player.rank % len(_CENTRES)] + ctx.shift, ctx.style.part_writing
        )
    return {chord.onset: voicing for chord, voicing in zip(ctx.chords, voicings, strict=True)}


def _with_every_chord(figure: Sequence[Event], ctx: SectionContext) -> list[Event]:
    """The figure's events, and a strike for each chord that none of them would sound."""
    found = list(figure)
    for chord in ctx.chords:
        # Events are in order and do not overlap: only the last that begins before the chord ends can sound.
        begun = bisect_left(figure, chord.end, key=_onset)
        if not begun or figure[begun - 1].onset + figure[begun - 1].duration <= chord.onset:
            found.append(Event(chord.onset, min(chord.duration, ctx.meter.beat_quarters), "x"))
    return sorted(found, key=_onset)


def _onset(event: Event) -> Fraction:
    return event.onset


def _played(voicing: Pitches, sign: str, chord: ChordEvent, ctx: SectionContext) -> Pitches:
    """What a sign sounds: the chord or some of it, or root and fifth on another step of the scale."""
    if sign.isdigit():
        root = step(voicing[0], int(sign) - 1, chord_scale(ctx.key, chord))
        return (root, root + _FIFTH)
    if sign in "Bp":
        return voicing[:1]
    return voicing[1:] if sign == "u" else voicing
