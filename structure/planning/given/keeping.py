"""Given notes as they are, whatever else happens in a visit, and others that leave them room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from structure.base.exact import Fraction
from structure.base.types import PITCHLESS
from structure.planning.given.clashes import without_clashes
from structure.planning.players.visit_plan import VisitPlan
from structure.plans.given import GivenPart, Stretch
from structure.plans.lengths import windows
from structure.plans.plan import Visit
from structure.plans.score import Part


def keep_given_notes(visits: Sequence[Visit], plans: Sequence[VisitPlan]) -> tuple[Visit, ...]:
    """Return the visits with the notes that are to be kept, note for note, marked as given.

    In a visit in another key they are as much higher or lower as all else. A visit in which the user lets
    the metre change for some bars has them as these bars have room for them, and not marked.
    """
    found = list(visits)
    for i, (visit, plan) in enumerate(zip(visits, plans, strict=True)):
        meters = set(plan.frame.meters) if plan.frame else set()
        if plan.given is None or len(meters) != 1:
            continue
        bar = next(iter(meters)).bar_quarters
        parts = [part for part in plan.given.parts if not part.is_replaced]
        if plan.bars is not None:
            parts = [_fit_to_visit(part, plan.given.bars, plan.bars, bar) for part in parts]

        score, lift = visit.music.score, visit.music.lift
        sounding: dict[str, Part] = dict(score.parts)
        kept = [part for part in parts if part.is_kept]
        for part in kept:
            moves = lift if part.role not in PITCHLESS else 0
            moved = tuple(note.transpose_by(moves) for note in part.notes) if moves else part.notes
            old = sounding.get(part.stem)
            notes = replace(part, notes=moved).lay_over(old.notes if old else (), bar)
            controls = () if old is None or part.fills(score.bars) else old.controls
            if notes:
                sounding[part.stem] = Part(part.role, notes, controls)
            else:
                sounding.pop(part.stem, None)
        sounding = without_clashes(sounding, [part.stem for part in parts], score.chords)

        given = {part.stem: part.stretches for part in kept}
        music = replace(visit.music, score=replace(score, parts=sounding), given=given)
        found[i] = replace(visit, music=music)
    return tuple(found)


def _fit_to_visit(part: GivenPart, section: int, bars: int, bar: Fraction) -> GivenPart:
    """Return a part as it is played in a visit that is longer or shorter than its section."""
    notes, stretches, at = [], list[Stretch](), 0
    for start, stop in windows(section, bars):
        by = (at - start) * bar
        inside = (note for note in part.notes if start * bar <= note.onset < stop * bar)
        notes += [note.move_to(note.onset + by, note.duration) for note in inside]
        for first, last in part.stretches:
            here = (max(first, start) + at - start, min(last, stop) + at - start)
            if here[0] < here[1] and stretches and stretches[-1][1] == here[0]:
                stretches[-1] = (stretches[-1][0], here[1])
            elif here[0] < here[1]:
                stretches.append(here)
        at += stop - start
    return replace(part, notes=tuple(notes), stretches=tuple(stretches))
