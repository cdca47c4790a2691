"""Whether a plan can be played at all: bounds that no song leaves, for plans of unknown origin.

The classes of a plan bound each value by itself. Here is what only the whole can say: visits that follow
each other, notes that lie in their section, parts of stems that the song has. What comes after it, from
the renderer to the writers of sheets, may count on that.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from structure.base.exact import Fraction
from structure.base.types import LATEST_BAR
from structure.plans.plan import SongPlan, Visit
from structure.plans.score import Part

LONGEST_S = 7200.0
"""Seconds of a song: more than what a spec may ask for lasts, at any tempo."""

_RATES = range(8_000, 192_001)
_LONGEST_TAIL_S = 120.0
_MOST_STEMS = 64
_MOST_LIFT = 60
_PACES = (Fraction(1), Fraction(10_000))
"""Quarters a minute, within ramps and fermatas too."""

_OUTSIDE = Fraction(16)
"""Quarters by which a note, or a pedal, may lie before or behind its section."""

_MOST_OFFSET = Fraction(4)
_MOST_BEND = 48.0
_MOST_SEED = 2**63


def check_soundness(plan: SongPlan) -> None:
    """Raise ValueError, which names the place in the plan, where it cannot be that of a song."""
    for fault in chain(_song_faults(plan), _walk_faults(plan)):
        raise ValueError(fault)
    for number, visit in enumerate(plan.visits):
        length = plan.grid.quarters_at_bar(visit.end_bar) - plan.position_quarters(visit)
        for fault in chain(_name_faults(plan, visit), _visit_faults(visit, length)):
            raise ValueError(f"visits.{number}.{fault}")


def _song_faults(plan: SongPlan) -> Iterator[str]:
    grid = plan.grid
    if grid.sample_rate not in _RATES:
        yield f"grid.sample_rate: {grid.sample_rate} Hz; allowed: {_RATES[0]} to {_RATES[-1]}"
    for number, span in enumerate(grid.spans):
        if not _PACES[0] <= span.quarters_per_minute <= _PACES[1]:
            yield f"grid.spans.{number}: {span.quarters_per_minute} quarters a minute cannot be played"
    if not 0.0 <= plan.tail_s <= _LONGEST_TAIL_S:
        yield f"tail_s: {plan.tail_s:g} s; allowed: 0 to {_LONGEST_TAIL_S:g}"
    if not 0 <= plan.seed < _MOST_SEED:
        yield f"seed: {plan.seed}; allowed: 0 to 2**63 - 1"

    names = [stem.name for stem in plan.stems]
    if not 1 <= len(names) <= _MOST_STEMS or len(set(names)) < len(names):
        yield f"stems: there are {len(names)}; allowed: 1 to {_MOST_STEMS}, each with a name of its own"
    for stem in plan.stems:
        if not -120.0 <= stem.gain_db <= 60.0:
            yield f"stems: {stem.name} has a gain of {stem.gain_db:g} dB"


def _walk_faults(plan: SongPlan) -> Iterator[str]:
    bar = 0
    for number, visit in enumerate(plan.visits):
        if visit.place.start_bar != bar:
            yield f"visits.{number}: it begins at bar {visit.place.start_bar}, not {bar}, counted from 0"
        bar = visit.end_bar
    if bar > LATEST_BAR:
        yield f"visits: there are {bar} bars; a song has {LATEST_BAR} at most"
    seconds = plan.music_samples / plan.grid.sample_rate
    if not 0.0 < seconds <= LONGEST_S:
        yield f"visits: they last {seconds:.0f} s; a song lasts {LONGEST_S:g} s at most"
    known = {node.name for node in plan.graph.sections}
    if not known or any(not {edge.source, edge.target} <= known for edge in plan.graph.transitions):
        yield "graph: its transitions lead to other sections than its own"


def _name_faults(plan: SongPlan, visit: Visit) -> Iterator[str]:
    names = {stem.name for stem in plan.stems}
    music, sound = visit.music, visit.sound
    for field, found in (
        ("music.score.parts", music.score.parts),
        ("music.takes", music.takes),
        ("music.given", music.given),
        ("sound.prompts", sound.prompts),
        ("sound.negative_prompts", sound.negative_prompts),
        ("sound.fades", sound.fades),
        ("sound.takes", sound.takes),
        ("sound.comp", sound.comp),
        ("sound.recordings", sound.recordings),
    ):
        if unknown := sorted(set(found) - names):
            yield f"{field}: the song has no stem {unknown[0]!r}"
    recorded = {stem.name for stem in plan.stems if stem.role == "audio"}
    if unsaid := sorted(set(music.score.parts) - recorded - set(sound.prompts)):
        yield f"sound.prompts: there is none for {unsaid[0]!r}"
    for name, piece in sound.recordings.items():
        if piece.file not in plan.recordings:
            yield f"sound.recordings.{name}: the plan has no file {piece.file!r}"
    if sound.init is not None and sound.init.audio not in plan.init_audio:
        yield f"sound.init: the plan has no file {sound.init.audio!r}"


def _visit_faults(visit: Visit, length: Fraction) -> Iterator[str]:
    """Yield what cannot be in a visit that is ``length`` quarters long."""
    music, sound = visit.music, visit.sound
    if abs(music.lift) > _MOST_LIFT:
        yield f"music.lift: {music.lift} semitones"
    if not 0 <= sound.repaint_seed < _MOST_SEED:
        yield f"sound.repaint_seed: {sound.repaint_seed}; allowed: 0 to 2**63 - 1"
    if any(take < 1 for take in chain(music.takes.values(), sound.takes.values())):
        yield "sound.takes: takes count from 1"
    ranges = [*sound.repaint, *chain.from_iterable(music.given.values())]
    ranges += [(one.first, one.end) for comp in sound.comp.values() for one in comp]
    for first, end in ranges:
        if not 0 <= first < end <= visit.bars:
            yield f"sound: bars {first} to {end} do not lie in its {visit.bars}, counted from 0"

    for chord in music.score.chords:
        if not (0 <= chord.onset < length and 0 < chord.duration <= length and chord.pitch_classes):
            yield f"music.score.chords: {chord.symbol[:40]!r} does not lie in the section"
    for name, part in music.score.parts.items():
        yield from _part_faults(part, length, f"music.score.parts.{name}")
    for name, comp in sound.comp.items():
        for one in comp:
            yield from _part_faults(one.part, length, f"sound.comp.{name}")


def _part_faults(part: Part, length: Fraction, here: str) -> Iterator[str]:
    furthest = length + 2 * _OUTSIDE
    for number, note in enumerate(part.notes):
        lies_in = -_OUTSIDE <= note.onset < length + _OUTSIDE and note.duration <= furthest
        # a bend that is no number lies nowhere
        is_near = all(abs(at) <= furthest and abs(by) <= _MOST_BEND for at, by in note.bend)
        if not lies_in or abs(note.offset) > _MOST_OFFSET or not is_near:
            yield f"{here}.notes.{number}: it does not lie in the section, of {length} quarters"
    for control in part.controls:
        if any(not -_OUTSIDE <= at <= length + _OUTSIDE for at, _ in control.points):
            yield f"{here}.controls: controller {control.controller} moves outside of the section"
