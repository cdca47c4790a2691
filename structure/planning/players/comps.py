"""Which takes stems have in a visit, and in which of its bars."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from structure.base.errors import PlanError, did_you_mean
from structure.base.exact import Fraction
from structure.planning.players.stems import PlannedStem
from structure.planning.players.visit_plan import CompRange, VisitPlan
from structure.plans.comps import CompBars, comp_of, join_scores
from structure.plans.lengths import windows
from structure.plans.score import SectionScore
from structure.specs.spec import FormEntry, SectionSpec, TakeSpec, check_comp_fills, comp_ranges

FIRST = TakeSpec()
"""The take that the seed gives."""

Takes = tuple[tuple[str, TakeSpec], ...]
Comps = tuple[tuple[str, tuple[CompRange, ...]], ...]


def takes_of(
    entry: FormEntry,
    section: SectionSpec,
    stems: Sequence[PlannedStem],
    bars: tuple[int, int],
    number: int,
) -> tuple[Takes, Comps]:
    """Return the takes of the stems of a visit that are not the first ones, and the comps.

    ``bars`` are those of the section and of the visit, ``number`` counts the visits from 1.
    Raises PlanError for stems that are not there, and for comps that do not fit the bars.
    """
    name = entry.section
    owners: tuple[tuple[str, SectionSpec | FormEntry, int], ...] = (
        (f"sections.{name}", section, bars[0]),
        (f"form[{number}]", entry, bars[1]),
    )
    asked: dict[str, tuple[CompRange, ...]] = {}
    for field, owner, lasts in owners:
        _check_stems(f"{field}.take", owner.take, stems)
        _check_stems(f"{field}.comp", owner.comp, stems)
        asked |= {stem: ((0, lasts, take),) for stem, take in owner.take.items()}
        for stem, comp in owner.comp.items():
            asked[stem] = comp_ranges(comp)
            try:
                check_comp_fills(asked[stem], lasts)
            except ValueError as exc:
                message, _, hint = str(exc).partition("; ")
                place = f"{field}.comp.{stem}"
                raise PlanError(f"{place}: {message}", field=place, hint=hint) from exc
        if owner is section and bars[0] != bars[1]:
            asked = {stem: _move_takes(ranges, *bars) for stem, ranges in asked.items()}

    takes: list[tuple[str, TakeSpec]] = []
    comps: list[tuple[str, tuple[CompRange, ...]]] = []
    for stem in (stem.plan.name for stem in stems if stem.plan.name in asked):
        # Neighbours of the same take are joined into one.
        joined: list[CompRange] = []
        for first, end, take in asked[stem]:
            if joined and joined[-1][2] == take:
                joined[-1] = (joined[-1][0], end, take)
            else:
                joined.append((first, end, take))
        if len(joined) > 1:
            comps.append((stem, tuple(joined)))
        elif joined[0][2] != FIRST:
            takes.append((stem, joined[0][2]))
    return tuple(takes), tuple(comps)


def _check_stems(field: str, asked: Iterable[str], stems: Sequence[PlannedStem]) -> None:
    known = [stem.plan.name for stem in stems]
    for name in asked:
        if name not in known:
            raise PlanError(
                f"{field}: a take is for the stem {name!r}, which does not exist",
                field=f"{field}.{name}",
                hint=did_you_mean(name, known),
            )


def _move_takes(ranges: Sequence[CompRange], section: int, bars: int) -> tuple[CompRange, ...]:
    """Return the takes of a section of ``section`` bars as a visit of ``bars`` bars has them."""
    found: list[CompRange] = []
    at = 0
    for start, stop in windows(section, bars):
        for first, end, take in ranges:
            if first < stop and start < end:
                found.append((max(first, start) + at - start, min(end, stop) + at - start, take))
        at += stop - start
    return tuple(found)


def apply_comps(
    plan: VisitPlan, score_of: Callable[[VisitPlan], SectionScore], lines: Sequence[Fraction]
) -> tuple[SectionScore, Mapping[str, tuple[CompBars, ...]]]:
    """Return the score of a visit, and from which takes its comps are.

    ``score_of`` gives its score with other takes, ``lines`` are where its bars begin, and its end.
    """
    if not plan.comps:
        return score_of(plan), {}
    edges = sorted({edge for _, ranges in plan.comps for first, end, _ in ranges for edge in (first, end)})
    segments: list[tuple[int, int, SectionScore]] = []
    for first, end in pairwise(edges):
        # In these bars the visit has the takes of its comps, and no comps.
        own = {name: _take_at(ranges, first) for name, ranges in plan.comps}
        takes = dict(plan.takes) | {name: take for name, take in own.items() if take != FIRST}
        order = [stem.plan.name for stem in plan.stems]
        ordered = tuple((name, takes[name]) for name in order if name in takes)
        segments.append((first, end, score_of(replace(plan, takes=ordered, comps=()))))

    comps = {}
    for name, ranges in plan.comps:
        chosen = [_take_at(ranges, first) for first, _, _ in segments]
        comps[name] = comp_of(segments, [(take.notes, take.sound) for take in chosen], name, lines)
    return join_scores(segments, lines), comps


def _take_at(ranges: Sequence[CompRange], bar: int) -> TakeSpec:
    return next(take for first, end, take in ranges if first <= bar < end)
