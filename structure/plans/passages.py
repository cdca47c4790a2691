"""The passages of a visit that is longer than its section: each plays the section once, or its last bars.

A passage is a visit of its own as far as its sound goes. So the bars of a doubled chorus that are the
chorus ask for the same audio as the chorus itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from structure.base.exact import Fraction
from structure.base.types import EARLY
from structure.plans.comps import CompBars
from structure.plans.lengths import windows
from structure.plans.plan import SongPlan, Visit
from structure.plans.score import Control, Note, Part, SectionScore


def find_passages(plan: SongPlan, visit: Visit, stem: str) -> tuple[Visit, ...]:
    """Return the passages of a visit as a stem plays them, in order; the visit itself where it has one.

    Two are one where the stem holds a note from one into the other. What a visit sings, begins from, turns
    into or has from another take in some bars belongs to it as a whole, which has one passage then.
    """
    sound = visit.sound
    section = plan.graph.section(visit.place.name).bars
    spans = windows(section, visit.bars)
    if len(spans) < 2 or sound.init or sound.repaint or sound.lyrics or stem in sound.morph_prompts:
        return (visit,)

    start = plan.position_quarters(visit)
    edges = [0]
    for first, end in spans:
        edges.append(edges[-1] + end - first)
    lines = [
        plan.grid.quarters_at_bar(visit.place.start_bar + bar) - start for bar in range(visit.bars + 1)
    ]

    # edges over which the stem holds no note
    parts = [visit.music.score.parts[stem], *(bars.part for bars in sound.comp.get(stem, ()))]
    notes = [note for part in parts for note in part.notes]
    kept = [
        edge
        for edge in edges
        if edge in (0, edges[-1]) or not any(n.onset + EARLY < lines[edge] < n.end for n in notes)
    ]
    if len(kept) == 2:
        return (visit,)
    return tuple(_passage(visit, stem, first, end, lines) for first, end in pairwise(kept))


def _passage(visit: Visit, stem: str, first: int, end: int, lines: Sequence[Fraction]) -> Visit:
    """Return the bars of a visit from ``first`` up to ``end``, with one of its stems."""
    span = lines[first], lines[end]
    score = visit.music.score
    chords = tuple(
        replace(chord, onset=max(chord.onset, span[0]) - span[0], duration=min(chord.end, span[1]) - at)
        for chord in score.chords
        if (at := max(chord.onset, span[0])) < min(chord.end, span[1])
    )
    part = _cut(score.parts[stem], *span)
    comp = [
        CompBars(
            max(bars.first, first) - first,
            min(bars.end, end) - first,
            bars.notes,
            bars.sound,
            _cut(bars.part, *span),
        )
        for bars in visit.sound.comp.get(stem, ())
        if bars.first < end and first < bars.end
    ]
    return replace(
        visit,
        place=replace(visit.place, start_bar=visit.place.start_bar + first),
        music=replace(visit.music, score=SectionScore(end - first, chords, {stem: part})),
        sound=replace(visit.sound, comp={stem: tuple(comp)} if comp else {}),
    )


def _cut(part: Part, start: Fraction, end: Fraction) -> Part:
    """Return what a part plays in a span, counted from its start."""
    notes: tuple[Note, ...] = tuple(
        note.move_to(note.onset - start, note.duration)
        for note in part.notes
        if start <= note.onset + EARLY < end
    )
    controls = tuple(
        Control(control.controller, points)
        for control in part.controls
        if (points := tuple((at - start, value) for at, value in control.points if start <= at < end))
    )
    return Part(part.role, notes, controls)
