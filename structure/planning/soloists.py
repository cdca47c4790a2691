"""Who plays the solos that nobody asks for: one of the band in each section that is a solo by its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from structure.arrange.solos.habits import family_of, habits_of
from structure.forms.section_lengths import section_kind
from structure.planning.players.stems import PlannedStem
from structure.planning.players.visit_plan import VisitPlan
from structure.plans.events import Event
from structure.presets.styles import Style

_OF_MELODIES = ("solo", "trade", "answer", "double", "harmony", "hold")
"""Events by which somebody says how the melody of a section goes."""


def with_usual_soloists(
    plans: Sequence[VisitPlan], asked: Sequence[VisitPlan], style: Style
) -> list[VisitPlan]:
    """Return the visits with a soloist in each solo in which nobody says who plays the melody.

    ``asked`` are the visits with nothing but what the user asks for. A soloist is another player than the
    one who has the tune in verses, if there is one with an instrument that has solos in the style. What
    the arranger lets happen to its melody makes way.
    """
    singer = next(
        (lead for plan in plans if section_kind(plan.name) != "solo" for lead in _leads(plan)), ""
    )
    found = []
    for own, wished in zip(plans, asked, strict=True):
        plan = own
        is_open = section_kind(plan.name) == "solo" and not _says_who(wished)
        chosen = _chosen(plan, style, singer) if is_open else None
        if chosen is not None:
            others = [event for event in plan.events if event.do not in _OF_MELODIES]
            plan = replace(plan, events=(Event(1, "solo", chosen), *others))
        found.append(plan)
    return found


def _says_who(plan: VisitPlan) -> bool:
    return any(event.do in _OF_MELODIES for event in plan.events)


def _leads(plan: VisitPlan) -> list[str]:
    return [stem.plan.name for stem in plan.stems if stem.plan.role == "lead"][:1]


def _chosen(plan: VisitPlan, style: Style, singer: str) -> str | None:
    """The soloist of a visit: by what the style likes, those with a melody first, who sings last."""
    liked = habits_of(style.name).instruments

    def rank(stem: PlannedStem) -> tuple[bool, bool, int]:
        family = family_of(stem.plan.prompt, stem.plan.role)
        place = liked.index(family) if family in liked else len(liked)
        return stem.plan.name == singer, stem.plan.role != "lead", place

    able = [
        stem
        for stem in plan.stems
        if stem.plan.role == "lead"
        or (stem.plan.role == "arpeggio" and family_of(stem.plan.prompt, stem.plan.role) in liked)
    ]
    return min(able, key=rank).plan.name if able else None
