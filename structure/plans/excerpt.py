"""A part of a song, as a song: the chosen visits back to back.

The visits keep their notes, seeds and prompts, so the clips that they ask for are those of the whole song.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import networkx as nx

from structure.base.errors import RitornelloError
from structure.plans.plan import SongPlan, Visit


def excerpt(plan: SongPlan, wanted: Sequence[str]) -> SongPlan:
    """The visits that ``wanted`` names, in the song's order, one after the other from bar 1.

    A name is a section's (``chorus``, all of its visits), a section's with the number of the visit
    (``chorus:2``) or a visit's label (``Chorus 2``). Stems that are silent in all of them are left out.
    Raises RitornelloError for a name that the song does not have, and where nothing sounds.
    """
    for name in wanted:
        _check_name(name, plan)
    chosen = [visit for visit in plan.visits if any(_is_named(visit, name) for name in wanted)]
    sounding = {name for visit in chosen for name, part in visit.score.parts.items() if part.notes}
    stems = tuple(stem for stem in plan.stems if stem.name in sounding)
    if not stems:
        raise RitornelloError(f"nothing sounds in {', '.join(wanted)}")
    visits, bar = [], 0
    for visit in chosen:
        visits.append(replace(visit, start_bar=bar))
        bar += visit.bars
    labels = ", ".join(dict.fromkeys(visit.label for visit in chosen))
    title = f"{plan.title} ({labels})"
    return replace(
        plan, title=title, stems=stems, visits=tuple(visits), graph=_graph(plan, chosen), notes=()
    )


def _is_named(visit: Visit, name: str) -> bool:
    return name.strip().lower() in (visit.name, f"{visit.name}:{visit.index}", visit.label.lower())


def _check_name(name: str, plan: SongPlan) -> None:
    if any(_is_named(visit, name) for visit in plan.visits):
        return
    sections = dict.fromkeys(visit.name for visit in plan.visits)
    section, _, number = name.strip().lower().partition(":")
    if section in sections and number:
        count = sum(visit.name == section for visit in plan.visits)
        raise RitornelloError(f"there is no {name!r}: the song visits {section!r} {count} times")
    close = difflib.get_close_matches(section, sections, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    raise RitornelloError(f"the song has no section {name!r} ({hint}its sections: {', '.join(sections)})")


def _graph(plan: SongPlan, visits: Sequence[Visit]) -> nx.DiGraph:
    """The sections of ``visits`` and the transitions between them; those that the song has keep their
    kind."""
    graph = nx.DiGraph()
    for visit in visits:
        graph.add_node(visit.name, **plan.graph.nodes.get(visit.name, {}))
    for index, (source, target) in enumerate(pairwise(visit.name for visit in visits)):
        known = plan.graph.get_edge_data(source, target) or {"kind": "cut"}
        orders = graph.get_edge_data(source, target, {}).get("orders", ())
        graph.add_edge(source, target, **{**known, "orders": (*orders, index)})
    return graph
