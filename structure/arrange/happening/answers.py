"""Lines of players of harmony that answer the tune where it rests or holds."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from structure.arrange.context import Player, SectionContext
from structure.arrange.melody.dissonance import without_clashes
from structure.arrange.scales import chord_scale, nearest, step
from structure.base.exact import Fraction
from structure.base.sampling import pick
from structure.harmony.bars import chord_at
from structure.plans.score import Note

Span = tuple[Fraction, Fraction]

_SUNG = ("verse", "prechorus", "chorus", "postchorus", "hook", "bridge", "head", "vamp", "drop", "refrain")
"""Kinds of sections that have a tune to answer."""

_SHORTEST_BEATS = 1
_LONGEST_BARS = 2
_RHYTHMS = ("x.xx", "xxx.", ".xxx", "x.x.xx", ".xx.x.", "xx.xx.", "xxxx", ".x.xxx", "x..xx.")
"""Eighths of an answer: x begins a note, which lasts to the next; a song has two of them."""

_RHYTHMS_IN_THIRDS = ("x.xx.x", "x.xxxx", "..xx.x", "xxxx..")
_FEW = 3
"""Eighths of an answer that is too short for a rhythm of the song."""

_ENOUGH = 0.36
"""Share of the bars of a section that have a line: where the tune rests in fewer, some lie under it."""

_CENTRE, _LOW, _HIGH = 66, 55, 79
_BELOW = 3
"""Semitones below a note that the tune holds."""

_VELOCITY, _UNDER = 82, 72
"""Velocities of an answer, and of a line under the tune."""

_OCTAVES = {"arpeggio": 12}
"""Semitones by which a role plays the line higher than others."""


def answers_here(ctx: SectionContext) -> bool:
    """Return whether a section has a tune that is answered."""
    return ctx.kind in _SUNG


def rests_of(melody: Sequence[Note], ctx: SectionContext) -> list[Span]:
    """Return where a melody rests or holds a note for a beat or more, in quarters.

    A note that it holds is left alone for half a beat.
    """
    half = _half(ctx)
    end_of_song = ctx.figures_end
    starts = [Fraction(0), *(min(note.end, note.onset + half) for note in melody)]
    ends = [*(note.onset for note in melody), end_of_song]
    found = []
    for after, following in zip(starts, ends, strict=True):
        start, end = -(-after // half) * half, min(following // half * half, end_of_song)
        end = min(end, start + _LONGEST_BARS * ctx.meter.bar_quarters)
        if end - start >= _SHORTEST_BEATS * ctx.meter.beat_quarters:
            found.append((start, end))
    return found


def answers_to(melody: Sequence[Note], ctx: SectionContext) -> list[Note]:
    """Return the line that answers a melody; whoever plays it plays the same."""
    thirds = ctx.meter.is_compound
    habit = ctx.habit("answers")
    rhythms = [pick(habit, _RHYTHMS_IN_THIRDS if thirds else _RHYTHMS) for _ in range(2)]
    rng = ctx.rng("answers")
    found: list[Note] = []
    pitch = _CENTRE + ctx.shift
    half, beat, bar = _half(ctx), ctx.meter.beat_quarters, ctx.meter.bar_quarters
    for start, end in rests_of(melody, ctx):
        count = int((end - start) / half)
        rhythm = pick(rng, rhythms) if count > _FEW else "x" * count
        places = [start + k * half for k in range(count) if rhythm[k % len(rhythm)] == "x"]
        # It arrives where the tune sets in.
        arrives = ctx.is_downbeat(end) and end < ctx.figures_end
        places, until = ([*places, end], end + beat) if arrives else (places, end)
        # It lies below a note that the tune holds.
        held = [note.pitch for note in melody if note.onset < start < note.end]
        ceiling = max(held[-1] - _BELOW, _LOW + 7) if held else _CENTRE + 9
        found += _run(places, until, pitch, min(_HIGH, ceiling), _VELOCITY, ctx, rng)
        pitch = (pitch + _CENTRE + ctx.shift + found[-1].pitch) // 3

    # Where too few bars have a line, slow notes lie under the tune in bars before answers.
    taken = {int(note.onset // bar) for note in found}
    missing = round(_ENOUGH * ctx.bars) - len(taken)
    last = ctx.bars - 1 if ctx.ends_song else ctx.bars
    for number in range(2, last, 4):
        if missing > 0 and number not in taken:
            missing -= 1
            line = (number + 1) * bar
            beats = [number * bar + k * beat for k in range(1, ctx.meter.beats_per_bar)]
            found += _run([*beats, line - half], line, pitch, _CENTRE, _UNDER, ctx, rng)
    return without_clashes(sorted(found), ctx)


def with_answers(notes: Sequence[Note], line: Sequence[Note], player: Player) -> list[Note]:
    """Return an accompaniment that plays a line instead of its figure where there is one.

    Players that hold chords hold their lower notes on.
    """
    # Notes of the line that follow each other within a quarter are one answer.
    spans: list[Span] = []
    for note in line:
        if spans and note.onset - spans[-1][1] <= 1:
            spans[-1] = (spans[-1][0], max(spans[-1][1], note.end))
        else:
            spans.append((note.onset, note.end))
    lowest = [min(n.pitch for n in line if start <= n.onset < end) for start, end in spans]

    found: list[Note] = []
    for note in notes:
        kept: Note | None = note
        for (start, end), bottom in zip(spans, lowest, strict=True):
            if kept is None or kept.end <= start or kept.onset >= end:
                continue
            if player.role == "pad" and (kept.pitch < bottom - 1 or kept.onset >= start):
                continue
            kept = replace(kept, duration=start - kept.onset) if kept.onset < start else None
        if kept is not None:
            found.append(kept)
    return sorted([*found, *(note.transpose_by(_OCTAVES.get(player.role, 0)) for note in line)])


def _half(ctx: SectionContext) -> Fraction:
    beat = ctx.meter.beat_quarters
    return beat / 3 if ctx.meter.is_compound else beat / 2


def _run(
    places: Sequence[Fraction],
    end: Fraction,
    near: int,
    ceiling: int,
    velocity: int,
    ctx: SectionContext,
    rng: random.Random,
) -> list[Note]:
    """Return a run of notes by step to a tone of the chord, worked out from its end.

    Its direction may turn.
    """
    chord = chord_at(ctx.chords, places[-1])
    pitch = nearest(near, chord.pitch_classes, _LOW, max(ceiling, _LOW + 12))
    direction = 1 if rng.random() < 0.5 else -1
    found: list[Note] = []
    until, changes = end, {chord.onset for chord in ctx.chords}
    for place in reversed(places):
        if found:
            scale = chord_scale(ctx.key, chord_at(ctx.chords, place))
            here = nearest(pitch, scale, _LOW, _HIGH)
            if not _LOW <= step(here, direction, scale) <= ceiling or rng.random() < 0.2:
                direction = -direction
            pitch = step(here, direction, scale)
            if place in changes:
                pitch = nearest(pitch, chord_at(ctx.chords, place).pitch_classes, _LOW, _HIGH)
        length = min(until - place, 2 * ctx.meter.beat_quarters)
        found.append(Note(place, length, pitch, ctx.velocity(velocity)))
        until = place
    return found[::-1]
