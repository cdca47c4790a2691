"""Small plans by hand, for all tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from fractions import Fraction
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st

from structure.base.datafiles import read_data
from structure.base.grid import Grid, Meter, Span
from structure.base.types import Role
from structure.plans.graph import SectionGraph, SectionNode, build_graph
from structure.plans.plan import SongPlan, StemPlan, Visit, VisitMusic, VisitPlace, VisitSound
from structure.plans.score import ChordEvent, Note, Part, SectionScore
from structure.presets.styles import style_names
from structure.specs.spec import ExportSpec, MasterSpec, RenderSpec

T = TypeVar("T")


@cache
def base_style(name: str) -> str:
    """Return the style that a style is like in the end: itself, where it is like no other."""
    like = read_data("styles", f"{name}.yaml").get("like")
    return name if like is None else base_style(like)


BASE_STYLES = tuple(name for name in style_names() if base_style(name) == name)
"""Styles that are like no other: what holds in each of them is tested in these, to save time."""


def nonempty(items: Iterable[T]) -> list[T]:
    """Return items as a list that holds at least one, so that a loop over them checks something."""
    found = list(items)
    assert found, "there is nothing to look at"
    return found


_PARTS = {"place": VisitPlace, "music": VisitMusic, "sound": VisitSound}


def make_visit(
    name: str, score: SectionScore, *, index: int = 1, start_bar: int = 0, **other: Any
) -> Visit:
    """Return a visit in C major at half energy; ``other`` are fields of its place, music or sound."""
    place = VisitPlace(name=name, label=f"{name.capitalize()} {index}", index=index, start_bar=start_bar)
    music = VisitMusic(key="C major", energy=0.5, lift=0, score=score)
    sound = VisitSound(seed=0, variation_seed=0, variation=0.0, prompts={}, negative_prompts={})
    return change_visit(Visit(place=place, music=music, sound=sound), **other)


def change_visit(visit: Visit, **changes: Any) -> Visit:
    """Return a visit with other values of fields of its place, music or sound."""
    for part, kind in _PARTS.items():
        mine = {field.name: changes.pop(field.name) for field in fields(kind) if field.name in changes}
        visit = replace(visit, **{part: replace(getattr(visit, part), **mine)})
    assert not changes, f"a visit has no {', '.join(changes)}"
    return visit


def graph_of(visits: Sequence[Visit], energies: Mapping[str, float] | None = None) -> SectionGraph:
    """Return the graph of a walk over visits, whose transitions are cuts."""
    first = {visit.place.name: visit for visit in reversed(visits)}
    names = dict.fromkeys(visit.place.name for visit in visits)
    nodes = [
        SectionNode(
            name=name,
            kind=name,
            bars=first[name].bars,
            energy=(energies or {}).get(name, first[name].music.energy),
            key=first[name].music.key,
            chords=tuple(chord.symbol for chord in first[name].music.score.chords),
            stems=tuple(first[name].music.score.parts),
            prompt="",
            seed=first[name].sound.seed,
            variation=0.0,
            visits=sum(visit.place.name == name for visit in visits),
        )
        for name in names
    ]
    return build_graph(nodes, [visit.place.name for visit in visits], lambda source, target: "cut")


def make_plan(visits: Sequence[Visit], stems: Sequence[StemPlan], grid: Grid, **other: Any) -> SongPlan:
    """Return a pop song in C major of some visits and stems; ``other`` are fields of the plan."""
    values: dict[str, Any] = {
        "title": "By Hand",
        "description": "",
        "genre": "pop",
        "seed": 0,
        "key": "C major",
        "tail_s": 2.5,
        "render": RenderSpec(),
        "master": MasterSpec(),
        "export": ExportSpec(),
    }
    parts = {"grid": grid, "stems": tuple(stems), "visits": tuple(visits), "graph": graph_of(visits)}
    return SongPlan(**{**values, **parts, **other})


def changing_plan(grid: Grid | None = None, bars: int = 5, role: Role = "lead") -> SongPlan:
    """Return a song of one stem with a note on every beat, whose tempo and metre change.

    Unless another grid is given: two bars of 4/4, one of 3/4 (all of them the verse), two of 6/8 (the
    chorus), of which the second slows down at every eighth.
    """
    if grid is None:
        whole, waltz, jig = Meter(4, 4), Meter(3, 4), Meter(6, 8)
        spans = [Span(Fraction(0), Fraction(120), whole), Span(Fraction(8), Fraction(120), waltz)]
        spans += [Span(Fraction(11), Fraction(90), jig)]
        tempi = [Fraction(85), Fraction(80), Fraction(75), Fraction(400, 7), Fraction(50), Fraction(40)]
        spans += [Span(14 + Fraction(step, 2), tempo, jig) for step, tempo in enumerate(tempi)]
        grid = Grid(tuple(spans))

    verse_bars = max(1, 3 * bars // 5)
    visits: list[Visit] = []
    for name, start_bar, end_bar in (("verse", 0, verse_bars), ("chorus", verse_bars, bars)):
        if start_bar == end_bar:
            continue
        start = grid.quarters_at_bar(start_bar)
        notes, chords = [], []
        for bar in range(start_bar, end_bar):
            downbeat = grid.quarters_at_bar(bar)
            meter = grid.span_at(downbeat).meter
            chords.append(ChordEvent("C", downbeat - start, meter.bar_quarters, 0, 0, (0, 4, 7)))
            for beat in range(meter.beats_per_bar):
                onset = downbeat - start + beat * meter.beat_quarters
                notes.append(Note(onset, meter.beat_quarters, 60 + beat, 90))
        score = SectionScore(end_bar - start_bar, tuple(chords), {"lead": Part(role, tuple(notes))})
        visits.append(make_visit(name, score, start_bar=start_bar))

    return make_plan(visits, [StemPlan("lead", role, "flute", "", 0.0, 0.0, 0.1)], grid, title="Changing")


TEMPI = [Fraction(60), Fraction(81), Fraction(120), Fraction(185, 2), Fraction(400, 7), Fraction(9731, 100)]
"""Quarters a minute, some of which fall between samples."""


@st.composite
def grids(draw: st.DrawFn) -> tuple[Grid, int]:
    """Draw a grid of several metres whose tempo may change at every eighth, and its number of bars."""
    meters = st.sampled_from(["4/4", "3/4", "6/8", "7/8", "5/4", "2/2", "12/8"]).map(Meter.parse)
    tempi = st.sampled_from(TEMPI)
    spans: list[Span] = []
    start, bars = Fraction(0), 0
    for _ in range(draw(st.integers(1, 3))):
        meter, length = draw(meters), draw(st.integers(1, 3))
        eighths = int(2 * length * meter.bar_quarters)
        steps = draw(st.sets(st.integers(1, eighths - 1), max_size=4))
        spans += [Span(start + Fraction(step, 2), draw(tempi), meter) for step in sorted({0, *steps})]
        start += length * meter.bar_quarters
        bars += length
    return Grid(tuple(spans), draw(st.sampled_from([44_100, 48_000, 1000]))), bars
