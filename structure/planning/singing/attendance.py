"""In which visits voices sing: in those with words, where a song has some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from structure.base.labels import REFRAINS
from structure.forms.section_lengths import section_kind
from structure.planning.players.stems import PlannedStem
from structure.planning.players.visit_plan import VisitPlan


def with_singers(visits: Sequence[VisitPlan], stems: Sequence[PlannedStem]) -> list[VisitPlan]:
    """Return the visits with the song's voices in those that have words, and in no others.

    A voice that the user mutes, or leaves out of a list of who plays, is silent all the same. One that
    joins last sings in the last of several refrains. A song without words stays as it is.
    """
    voices = [stem for stem in stems if stem.sings is not None]
    if not voices or not any(visit.lyrics for visit in visits):
        return list(visits)
    names = {stem.plan.name for stem in voices}
    late = {stem.plan.name for stem in voices if stem.joins_last}
    refrains = [i for i, one in enumerate(visits) if one.lyrics and section_kind(one.name) in REFRAINS]
    found = list(visits)
    for i, visit in enumerate(visits):
        others = tuple(stem for stem in visit.stems if stem.plan.name not in names)
        if visit.lyrics:
            away = set() if len(refrains) > 1 and i == refrains[-1] else late
            here = ({stem.plan.name for stem in visit.stems} | (names - visit.closed)) - away
            sung = tuple(stem for stem in stems if stem.plan.name in here)
            found[i] = replace(visit, stems=sung, closed=visit.closed | away)
        elif others:
            found[i] = replace(visit, stems=others, closed=visit.closed | names)
    return found


def keep_voices_undisturbed(
    arranged: Sequence[VisitPlan], asked: Sequence[VisitPlan], stems: Sequence[PlannedStem]
) -> list[VisitPlan]:
    """Return the visits without what the arranger lets happen to voices that have words to sing."""
    voices = {stem.plan.name for stem in stems if stem.sings is not None}
    if not voices:
        return list(arranged)
    return [
        replace(
            visit,
            events=tuple(
                event for event in visit.events if event.stem not in voices or event in wished.events
            ),
        )
        if visit.lyrics
        else visit
        for visit, wished in zip(arranged, asked, strict=True)
    ]
