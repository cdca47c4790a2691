"""Arpeggios: the notes of a voicing one after another, in the order of a figure."""

from __future__ import annotations

from structure.arrange.context import (
    REGISTERS,
    Player,
    SectionContext,
    choose_figures,
    own_table,
    split_at_chords,
)
from structure.arrange.ending import with_held_ending
from structure.arrange.figures import events
from structure.arrange.voicing import lead_voices
from structure.plans.score import Note

LOW, HIGH = REGISTERS["arpeggio"]
_CENTRES = (67.0, 72.0, 64.0)


def write_arpeggio(ctx: SectionContext, player: Player) -> list[Note]:
    """Return all notes of an arpeggio."""
    centre = _CENTRES[player.rank % len(_CENTRES)] + ctx.shift
    voicings = lead_voices(ctx.chords, LOW, HIGH - 6, centre)
    by_onset = {chord.onset: voicing for chord, voicing in zip(ctx.chords, voicings, strict=True)}

    table = own_table(player, ctx.style.arpeggio, ctx)
    figures = choose_figures("arpeggio", table, ctx, player.name, "figure")
    notes: list[Note] = []
    for event in events(figures, ctx.meter, ctx.bars):
        piece, chord = split_at_chords(event, ctx.chords)[0]

        # A figure counts the notes of the voicing from 1, and goes on an octave higher at its end.
        voicing = by_onset[chord.onset]
        octave, index = divmod(int(piece.sign) - 1, len(voicing))
        pitch = voicing[index] + 12 * octave
        if pitch > HIGH:
            pitch -= 12

        accent = 10 if ctx.is_accented(piece.onset) else 0
        notes.append(Note(piece.onset, piece.duration, pitch, ctx.velocity(80 + accent)))
    return with_held_ending(notes, ctx, voicings[-1])
