"""A part of a song, as a song: the chosen visits back to back.

The visits keep their notes, seeds and prompts, so the clips that they ask for are those of the whole song.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace

from structure.base.errors import UsageError
from structure.base.exact import Fraction
from structure.base.grid import Grid
from structure.plans.graph import TransitionKind, build_graph
from structure.plans.plan import SongPlan, Visit


def excerpt(plan: SongPlan, wanted: Sequence[str]) -> SongPlan:
    """Return the visits that ``wanted`` names, in the song's order, one after the other from bar 1.

    A name is a section's (``chorus``, all of its visits), a section's with the number of the visit
    (``chorus:2``) or a visit's label (``Chorus 2``). Stems that are silent in all of them are left out.
    Raises RitornelloError for a name that the song does not have, and where nothing sounds.
    """
    for name in wanted:
        _check_name(name, plan)
    chosen = [visit for visit in plan.visits if any(_is_named(visit, name) for name in wanted)]
    sounding = {name for visit in chosen for name, part in visit.music.score.parts.items() if part.notes}
    stems = tuple(stem for stem in plan.stems if stem.name in sounding)
    if not stems:
        raise UsageError(f"nothing sounds in {', '.join(wanted)}", field="only")

    # Tempi and metres follow each other as the visits do; a steady song stays as it is.
    visits, bar = [], 0
    spans, start = [], Fraction(0)
    for visit in chosen:
        visits.append(replace(visit, place=replace(visit.place, start_bar=bar)))
        bar += visit.bars
        part = plan.grid_of(visit)
        spans += [replace(span, start=start + span.start) for span in part.spans]
        start += part.quarters_at_bar(visit.bars)
    changes = [span for i, span in enumerate(spans) if i == 0 or not span.goes_on(spans[i - 1])]

    def kind(source: str, target: str) -> TransitionKind:
        known = plan.graph.transition(source, target)
        return "cut" if known is None else known.kind

    order = [visit.place.name for visit in chosen]
    sections = [plan.graph.section(name) for name in dict.fromkeys(order)]
    labels = ", ".join(dict.fromkeys(visit.place.label for visit in chosen))
    return replace(
        plan,
        title=f"{plan.title} ({labels})",
        grid=Grid(tuple(changes), plan.grid.sample_rate),
        stems=stems,
        visits=tuple(visits),
        graph=build_graph(sections, order, kind),
        notes=(),
    )


def _is_named(visit: Visit, name: str) -> bool:
    place = visit.place
    return name.strip().lower() in (place.name, f"{place.name}:{place.index}", place.label.lower())


def _check_name(name: str, plan: SongPlan) -> None:
    if any(_is_named(visit, name) for visit in plan.visits):
        return
    sections = dict.fromkeys(visit.place.name for visit in plan.visits)
    section, _, number = name.strip().lower().partition(":")
    if section in sections and number:
        count = sum(visit.place.name == section for visit in plan.visits)
        raise UsageError(f"there is no {name!r}: the song visits {section!r} {count} times", field="only")
    close = difflib.get_close_matches(section, sections, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    hint += f"its sections: {', '.join(sections)}"
    raise UsageError(f"the song has no section {name!r}", field="only", hint=hint)
