"""Who plays the solos that nobody asks for: one of the band in each section that is a solo by its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from structure.arrange.solos.habits import can_solo, family_of, habits_of
from structure.forms.section_lengths import section_kind
from structure.planning.players.stems import PlannedStem
from structure.planning.players.visit_plan import VisitPlan
from structure.plans.events import Event
from structure.presets.styles import Style, lineage

_OF_MELODIES = ("solo", "trade", "answer", "double", "harmony", "hold")
"""Events by which somebody says how the melody of a section goes."""

_TRADING = frozenset(("jazz", "blues", "funk"))
"""Styles in which soloists trade with the drummer; so do those that are like them."""


def with_usual_soloists(
    plans: Sequence[VisitPlan], asked: Sequence[VisitPlan], style: Style
) -> list[VisitPlan]:
    """Return the visits with a soloist in each solo in which nobody says who plays the melody.

    ``asked`` are the visits with nothing but what the user asks for. A soloist is another player than the
    one who has the tune in verses, if there is one with an instrument that has solos in the style. Where
    nobody else plays than those who are named, they have solos in turn. What the arranger lets happen to
    its melody makes way.
    """
    leads = (
        stem.plan.name
        for plan in plans
        if section_kind(plan.name) != "solo"
        for stem in plan.stems
        if stem.plan.role == "lead"
    )
    singer = next(leads, "")
    found = list(plans)
    number = 0
    for i, (plan, wished) in enumerate(zip(plans, asked, strict=True)):
        says_who = any(event.do in _OF_MELODIES for event in wished.events)
        is_open = section_kind(plan.name) == "solo" and not says_who
        able = _melodic(plan.stems, style) if is_open else []
        if not able:
            continue
        able.sort(key=lambda stem: _rank(stem, style, singer))
        is_exact = all(stem.always for stem in plan.stems)
        # Who has been away until now, as a wish says, comes in with a solo.
        comes = plans[i - 1].closed - plan.closed if i else frozenset[str]()
        usual = able[number % len(able) if is_exact else 0].plan.name
        chosen = next((stem.plan.name for stem in able if stem.plan.name in comes), usual)
        number += 1
        others = [
            event
            for event in plan.events
            if event in wished.events or (event.do not in _OF_MELODIES and event.stem != chosen)
        ]
        found[i] = replace(plan, events=(Event(1, "solo", chosen), *others))
    return found


def soloists_in_turn(stems: Sequence[PlannedStem], style: Style) -> list[str]:
    """Return the names of the stems of a song that have solos in turn, where a form has several.

    Whoever has the tune comes after others who can take it. Voices come after those, then the bass and the
    drums.
    """
    singer = next((stem.plan.name for stem in stems if stem.plan.role == "lead"), "")
    melodic = sorted(
        _melodic(stems, style), key=lambda stem: (stem.sings is not None, *_rank(stem, style, singer))
    )
    last = [stem for role in ("arpeggio", "bass", "drums") for stem in stems if stem.plan.role == role]
    return list(dict.fromkeys(stem.plan.name for stem in (*melodic, *last)))


def _melodic(stems: Sequence[PlannedStem], style: Style) -> list[PlannedStem]:
    """Return those who can have a solo on a line: leads, and players of harmony whose instruments do."""
    harmony = sum(stem.plan.role in ("chords", "pad", "arpeggio") for stem in stems)
    return [
        stem
        for stem in stems
        if stem.plan.role == "lead"
        or can_solo(stem.plan.prompt, stem.plan.role, style.name, is_backed=harmony > 1)
    ]


def _rank(stem: PlannedStem, style: Style, singer: str) -> tuple[bool, bool, int, bool]:
    """Return the place of a soloist: the least comes first.

    Whoever has the tune comes last, those with a melody first, then by what the style likes.
    """
    liked, own = habits_of(style.name).instruments, stem.plan
    family = family_of(own.prompt, own.role)
    place = liked.index(family) if family in liked else len(liked)
    return own.name == singer, own.role != "lead", place, own.role == "chords"


def trading_drummer(stems: Sequence[PlannedStem], style: Style) -> str | None:
    """Return the name of the drums that trade solos with the others, in styles in which they do."""
    if _TRADING.isdisjoint(lineage(style.name)):
        return None
    return next((stem.plan.name for stem in stems if stem.plan.role == "drums"), None)
