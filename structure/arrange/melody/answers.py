"""Lines of players of harmony that answer the tune where it rests or holds."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from structure.arrange.context import Player, SectionContext
from structure.arrange.melody.counter import settled
from structure.arrange.melody.dissonance import without_clashes
from structure.arrange.scales import chord_scale, nearest, step
from structure.base.sampling import pick
from structure.harmony.bars import chord_at
from structure.plans.score import Note

Span = tuple[Fraction, Fraction]

_SUNG = ("verse", "prechorus", "chorus", "postchorus", "hook", "bridge", "head", "vamp", "drop", "refrain")
"""Kinds of sections that have a tune to answer."""

_SHORTEST_BEATS = Fraction(3, 2)
_LONGEST_BARS = 2
_RHYTHMS = ("x.xx", "xxx.", ".xxx", "x.x.xx", ".xx.x.", "xx.xx.", "xxxx", ".x.xxx", "x..xx.")
"""Eighths of an answer: x begins a note, which lasts to the next; a song has two of them."""

_RHYTHMS_IN_THIRDS = ("x.xx.x", "x.xxxx", "..xx.x", "xxxx..")
_LOW, _HIGH = 55, 79
_BELOW = 3
"""Semitones below a note that the tune holds."""

_VELOCITY = 82


def answers_here(ctx: SectionContext) -> bool:
    """Return whether a section has a tune that is answered."""
    return ctx.kind in _SUNG


def rests_of(melody: Sequence[Note], ctx: SectionContext) -> list[Span]:
    """Return where a melody rests or holds a note for a beat and a half or more, in quarters; a note that it
    holds is left alone for its first beat."""
    beat = ctx.meter.beat_quarters
    end_of_song = ctx.final_onset if ctx.ends_song else ctx.length
    half = beat / 3 if ctx.meter.is_compound else beat / 2
    places = [(Fraction(0), Fraction(0)), *((n.onset, min(n.end, n.onset + beat)) for n in melody)]
    ends = [*(note.onset for note in melody), end_of_song]
    found = []
    for (_, after), following in zip(places, ends, strict=True):
        start, end = -(-after // half) * half, min(following // half * half, end_of_song)
        end = min(end, start + _LONGEST_BARS * ctx.meter.bar_quarters)
        if end - start >= _SHORTEST_BEATS * beat:
            found.append((start, end))
    return found


def with_answers(
    notes: Sequence[Note], melody: Sequence[Note], ctx: SectionContext, player: Player
) -> list[Note]:
    """Return an accompaniment that has a line of its own where the melody rests, instead of its figure; what
    holds chords holds their lower notes on."""
    line = _line(melody, ctx, player, notes)
    if not line:
        return list(notes)
    spans = _spans(line)
    lowest = {span: min(n.pitch for n in line if span[0] <= n.onset < span[1]) for span in spans}
    found: list[Note] = []
    for note in notes:
        kept: Note | None = note
        for start, end in spans:
            if kept is None or kept.end <= start or kept.onset >= end:
                continue
            if player.role == "pad" and kept.pitch < lowest[start, end] - 1:
                continue
            kept = replace(kept, duration=start - kept.onset) if kept.onset < start else None
        if kept is not None:
            found.append(kept)
    return sorted([*found, *line])


def _spans(line: Sequence[Note]) -> list[Span]:
    """Runs of notes that follow each other within a beat."""
    spans: list[Span] = []
    for note in line:
        if spans and note.onset - spans[-1][1] <= 1:
            spans[-1] = (spans[-1][0], max(spans[-1][1], note.end))
        else:
            spans.append((note.onset, note.end))
    return spans


def _line(melody: Sequence[Note], ctx: SectionContext, player: Player, notes: Sequence[Note]) -> list[Note]:
    own = sorted(note.pitch for note in notes)
    centre = min(max(own[len(own) * 2 // 3] if own else 67, 62), 72)
    thirds = ctx.meter.is_compound
    habit = ctx.habit(player.name, "answers")
    rhythms = [pick(habit, _RHYTHMS_IN_THIRDS if thirds else _RHYTHMS) for _ in range(2)]
    rng = ctx.rng(player.name, "answers")
    found: list[Note] = []
    pitch = centre
    for start, end in rests_of(melody, ctx):
        written = _answer(start, end, pitch, _ceiling(melody, start, centre), pick(rng, rhythms), ctx, rng)
        found += written
        pitch = (written[-1].pitch + centre) // 2 if written else pitch
    return without_clashes(settled(found, ctx), ctx)


def _ceiling(melody: Sequence[Note], start: Fraction, centre: int) -> int:
    """The highest pitch of an answer: below a note that the tune holds."""
    held = [note.pitch for note in melody if note.onset < start < note.end]
    return min(_HIGH, max(held[-1] - _BELOW, _LOW + 7)) if held else min(_HIGH, centre + 9)


def _answer(
    start: Fraction,
    end: Fraction,
    pitch: int,
    ceiling: int,
    rhythm: str,
    ctx: SectionContext,
    rng: random.Random,
) -> list[Note]:
    """One answer: from a tone of the chord by step, up or down, back from its edges."""
    unit = ctx.meter.beat_quarters / (3 if ctx.meter.is_compound else 2)
    count = int((end - start) / unit)
    places = [k for k in range(count) if rhythm[k % len(rhythm)] == "x"]
    direction = 1 if rng.random() < 0.5 else -1
    found: list[Note] = []
    for index, k in enumerate(places):
        onset = start + k * unit
        until = start + (places[index + 1] if index + 1 < len(places) else count) * unit
        chord = chord_at(ctx.chords, onset)
        if index == 0:
            pitch = nearest(pitch, chord.pitch_classes, _LOW, ceiling)
        else:
            scale = chord_scale(ctx.key, chord)
            here = nearest(pitch, scale, _LOW, ceiling)
            if not _LOW <= step(here, direction, scale) <= ceiling or rng.random() < 0.2:
                direction = -direction
            pitch = min(max(step(here, direction, scale), _LOW), ceiling)
        found.append(
            Note(onset, min(until - onset, ctx.meter.beat_quarters), pitch, ctx.velocity(_VELOCITY))
        )
    return found
