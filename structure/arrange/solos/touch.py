"""How the notes of a solo are touched: bends, slides, slurs, ghosts, vibrato, two notes at once."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from structure.arrange.context import SectionContext
from structure.arrange.solos.habits import Habits, Soloist
from structure.arrange.solos.paths import ladder, scale_tones
from structure.arrange.solos.shape import Statement, Stroke
from structure.base.exact import Fraction
from structure.harmony.bars import chord_at
from structure.plans.score import Note

_GHOST = 0.55
"""Share of the force of a note that is left of a ghost."""

_WIDEST_BEND = 2
_SCOOPS = ("sax", "brass", "harmonica")
"""Who comes to a note from a semitone below, where guitars bend a whole tone."""

_SLURRED = 4
"""Semitones of the widest slur on strings."""

_SLIDING = ("guitar", "fiddle", "bass", "synth", "brass", "sax")
_SINGING = ("guitar", "fiddle", "sax", "brass", "flute", "harmonica", "synth", "organ")
"""Who can slide into a note, and whose long notes can have vibrato."""

_SEEDED_BENDS = Fraction(1, 2)
"""Beats of the shortest note that is bent."""


def touch_notes(
    strokes: Sequence[Stroke],
    statement: Statement,
    ctx: SectionContext,
    soloist: Soloist,
    habits: Habits,
    rng: random.Random,
) -> list[Note]:
    """Return the notes of a statement as their player touches them."""
    beat = ctx.meter.beat_quarters
    bends = habits.bends * (1.6 if statement.kind == "wail" else 1.0)
    found: list[Note] = []
    # Strokes for which there is no room are left out.
    strokes = [stroke for stroke in strokes if stroke.duration > 0]
    for index, stroke in enumerate(strokes):
        note = Note(stroke.onset, stroke.duration, stroke.pitch, max(1, min(127, stroke.force)))
        before = strokes[index - 1] if index else None
        point = rng.random()
        if not stroke.is_aim:
            note = _passing(note, stroke, before, ctx, soloist, habits, point)
        elif stroke.duration >= beat * _SEEDED_BENDS:
            # A longer note is bent up to, and has vibrato where it is held.
            tones = scale_tones("chord", chord_at(ctx.chords, note.onset), ctx)
            if soloist.bends and point < bends:
                is_near = (note.pitch - 1) % 12 in tones or soloist.family in _SCOOPS
                note = note.bent_up(1.0 if is_near else float(_WIDEST_BEND))
            if stroke.duration >= beat * Fraction(3, 2) and soloist.family in _SINGING:
                note = replace(note, articulation="vibrato")

            # It may have a second one at once, if the player has such notes and one lies there.
            if not note.bend and rng.random() < habits.doubles * 2.5 and soloist.doubles:
                rungs = ladder(tones, soloist.low, soloist.high)
                below = soloist.doubles[note.pitch % len(soloist.doubles)]
                place = rungs.index(note.pitch) + below if note.pitch in rungs else -1
                if place >= 0:
                    velocity = max(1, note.velocity - 8)
                    second = replace(note, pitch=rungs[place], velocity=velocity, articulation="none")
                    found.append(second)

        if index == 0 and not note.bend and soloist.family in _SLIDING and rng.random() < habits.slides:
            note = replace(note, articulation="slide")
        found.append(note)
    return found


def _passing(
    note: Note,
    stroke: Stroke,
    before: Stroke | None,
    ctx: SectionContext,
    soloist: Soloist,
    habits: Habits,
    point: float,
) -> Note:
    """Return a note between aims: a ghost, or joined to the note before where it comes quickly."""
    if point < habits.ghosts:
        return replace(note, articulation="ghost", velocity=max(1, round(note.velocity * _GHOST)))
    if before is None or not soloist.slur or stroke.duration >= ctx.meter.beat_quarters:
        return note
    move = stroke.pitch - before.pitch
    joins = before.onset + before.duration == stroke.onset and 0 < abs(move) <= _SLURRED
    if soloist.slur == ("legato",):
        return replace(note, articulation="legato") if joins and point < 0.7 else note
    # A string is struck before it is hammered on, so that no two slurs follow each other.
    is_even = (stroke.onset / stroke.duration) % 2 == 1
    if joins and is_even and point < 0.75:
        return replace(note, articulation=soloist.slur[move < 0])
    return note
