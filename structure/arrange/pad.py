"""Pads: held voicings that change with the chords."""

from __future__ import annotations

from structure.arrange.context import REGISTERS, Player, SectionContext
from structure.arrange.ending import with_held_ending
from structure.arrange.voicing import lead_voices
from structure.plans.score import ChordEvent, Note, Part

LOW, HIGH = REGISTERS["pad"]
_CENTRES = (60.5, 66.0, 57.0)
_LONGEST_BARS = 2
"""A chord that lasts longer is struck again, so that a sound which decays does not die away."""


def write_pad(ctx: SectionContext, player: Player) -> list[Note]:
    """Return all notes of a pad."""
    chords = join_chords(ctx)
    centre = _CENTRES[player.rank % len(_CENTRES)] + ctx.shift
    voicings = lead_voices(chords, LOW, HIGH, centre, ctx.style.part_writing)
    velocity = ctx.velocity(80)
    notes = [
        Note(chord.onset, chord.duration, pitch, velocity)
        for chord, voicing in zip(chords, voicings, strict=True)
        for pitch in voicing
    ]
    return with_held_ending(notes, ctx, voicings[-1])


def with_drone(part: Part, ctx: SectionContext) -> Part:
    """Return a part that holds the tonic, and nothing else, in the octave in which it plays.

    The tonic is struck again after two bars.
    """
    pitches = sorted(note.pitch for note in part.notes)
    middle = pitches[len(pitches) // 2]
    tonic = middle + (ctx.key.root - middle + 6) % 12 - 6
    velocity = sum(note.velocity for note in part.notes) // len(part.notes)
    span = _LONGEST_BARS * ctx.meter.bar_quarters
    count = -(-ctx.length // span)
    notes = [Note(n * span, min(span, ctx.length - n * span), tonic, velocity) for n in range(count)]
    return Part(part.role, tuple(notes))


def join_chords(ctx: SectionContext) -> list[ChordEvent]:
    """Return the chords of a section, with repetitions of one joined up to two bars."""
    joined: list[ChordEvent] = []
    for chord in ctx.chords:
        last = joined[-1] if joined else None
        if last is not None and last.symbol == chord.symbol:
            duration = chord.end - last.onset
            if duration <= _LONGEST_BARS * ctx.meter.bar_quarters:
                joined[-1] = ChordEvent(
                    last.symbol, last.onset, duration, last.root, last.bass, last.pitch_classes
                )
                continue
        joined.append(chord)
    return joined
