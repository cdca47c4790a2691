"""Small changes for sections that return as a variation."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from structure.arrange.context import REGISTERS, SectionContext
from structure.arrange.figures import strong_positions
from structure.arrange.melody.dissonance import middle_of
from structure.arrange.scales import chord_scale, nearest
from structure.base.exact import Fraction
from structure.base.sampling import generator
from structure.base.types import Role
from structure.harmony.bars import chord_at
from structure.plans.score import Note

_SHORTEST_SPLIT = Fraction(1, 2)
_NARROWEST = 5
"""Semitones that a varied melody has at least."""

_BARS_VARIED, _MOST = 1.2, 0.85
"""The share of a melody's bars that an amount of 1 would vary, and the most that are; the others are the
same to the note, so that the tune is known again."""

_NOTES_VARIED = (0.65, 0.2)
"""The share of the notes of a bar that is varied: with next to no variation, and what the amount adds."""

_GHOST_KEY = 38
_GHOST = 40


def ornament_notes(
    notes: list[Note], role: Role, ctx: SectionContext, amount: float, seed: int, stem: str
) -> list[Note]:
    """Return the notes of a stem, varied by ``amount`` (0…1); 0 gives the same notes.

    Lead: passing notes and neighbours, and on strong beats inside a bar other tones of the chord. Bass:
    octaves. Drums: ghost notes. Chords, pads and arpeggios keep their notes: the song's harmony returns.
    """
    if amount <= 0.0:
        return notes
    rng = generator(seed, stem, "ornaments")
    if role == "lead":
        return _vary_melody(notes, ctx, amount, rng)

    if role == "bass":
        high = REGISTERS["bass"][1]
        varied = []
        for note in notes:
            jumps = rng.random() < 0.25 * amount and note.onset % ctx.meter.beat_quarters != 0
            is_higher = jumps and note.pitch + 12 <= high
            varied.append(replace(note, pitch=note.pitch + 12) if is_higher else note)
        return varied

    if role == "drums" and any(note.pitch == _GHOST_KEY for note in notes):
        # Ghost notes on the snare between beats, where neither kick nor snare plays; none end the song.
        taken = {note.onset for note in notes if note.pitch in (36, 38)}
        step = ctx.meter.beat_quarters / (3 if ctx.meter.is_compound else 4)
        ghosts = []
        for k in range(int(ctx.length / step)):
            onset = k * step
            is_drawn = rng.random() < 0.12 * amount
            if is_drawn and onset not in taken and onset % ctx.meter.beat_quarters and not ctx.ends_song:
                ghosts.append(Note(onset, Fraction(1, 8), _GHOST_KEY, _GHOST))
        return sorted([*notes, *ghosts])
    return notes


def _vary_melody(notes: list[Note], ctx: SectionContext, amount: float, rng: random.Random) -> list[Note]:
    if not notes:
        return notes
    # Where the melody lies already, and never up to its highest note: that one stays alone.
    high = max(note.pitch for note in notes) - 1
    low = min(*(note.pitch for note in notes), high - _NARROWEST)
    strong = strong_positions(ctx.meter)
    # Bars with more than one note are varied first, and one at least.
    sung = Counter(int(note.onset // ctx.meter.bar_quarters) for note in notes)
    keys = {bar: (sung[bar] > 1, rng.random()) for bar in sorted(sung)}
    count = max(1, int(min(_MOST, _BARS_VARIED * amount) * len(sung) + 0.5))
    bars = set(sorted(keys, key=lambda bar: keys[bar], reverse=True)[:count])
    share = _NOTES_VARIED[0] + _NOTES_VARIED[1] * amount
    varied: list[Note] = []
    for note in notes:
        point, kind = rng.random(), rng.random()
        is_varied = note.onset // ctx.meter.bar_quarters in bars and point < share
        is_final = ctx.ends_song and note.onset >= ctx.final_onset
        if not is_varied or note.pitch > high or is_final:
            varied.append(note)
            continue
        chord = chord_at(ctx.chords, note.onset)
        scale = chord_scale(ctx.key, chord)
        direction = 1 if kind < 0.5 else -1
        position = note.onset % ctx.meter.bar_quarters
        if position in strong and position and note.onset != chord.onset:
            # Another tone of the chord, as the words of another verse may ask for.
            others = set(chord.pitch_classes) - {note.pitch % 12}
            varied.append(replace(note, pitch=_near(note, 3.4 * direction, others, low, high)))
            continue
        neighbour = _near(note, 2.2 * direction, scale - {note.pitch % 12}, low, high)
        first = middle_of(note.duration, ctx)
        is_held_over = not (note.onset + first) % ctx.meter.bar_quarters  # into a bar that it leaves open
        if note.duration > _SHORTEST_SPLIT and not is_held_over:
            rest = note.duration - first
            tail = Note(note.onset + first, rest, neighbour, max(1, note.velocity - 8))
            varied += [replace(note, duration=first), tail]
        elif position not in strong and kind > 0.25:
            varied.append(replace(note, pitch=neighbour))
        else:
            varied.append(note)
    return varied


def _near(note: Note, move: float, allowed: Collection[int], low: int, high: int) -> int:
    """Return the allowed pitch closest to a move from a note; its own where the range holds none."""
    within = {pitch % 12 for pitch in range(low, high + 1)}
    return nearest(note.pitch + move, allowed, low, high) if within & set(allowed) else note.pitch
