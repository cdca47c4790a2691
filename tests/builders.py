"""Small plans by hand, for all tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from structure.plans.graph import SectionGraph, SectionNode, build_graph
from structure.plans.plan import Visit, VisitMusic, VisitPlace, VisitSound
from structure.plans.score import SectionScore

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
