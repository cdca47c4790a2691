"""Who is heard often enough: instruments that are asked for play in most of the bars open to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from structure.arrange.drums import KEYS
from structure.forms.section_lengths import section_kind
from structure.planning.asked import is_song_wide
from structure.planning.places import Layout
from structure.planning.stems import PlannedStem, distance
from structure.planning.visit_plan import VisitPlan
from structure.plans.plan import Visit
from structure.presets.players import kit_lanes, role_named
from structure.specs.wishes import Wish, Wishes

_SPARE = 0.08
"""Share of the bars for rests, planned on top of what is asked for."""

_RINGS = Fraction(1, 4)
"""Quarters of a bar in which a note that is heard there sounds at least."""


def with_asked_shares(
    visits: Sequence[VisitPlan], stems: Sequence[PlannedStem], bars: Mapping[str, int]
) -> list[VisitPlan]:
    """Return the visits with each stem in as many of them as its share needs, the nearest to it first.

    ``bars`` has the length of each section. Visits that are closed to a stem stay as they are.
    """
    found = list(visits)
    for stem in stems:
        name = stem.plan.name
        is_open = [i for i, visit in enumerate(found) if name not in visit.closed]
        needed = (stem.share + _SPARE) * sum(bars[found[i].name] for i in is_open)
        far = {i: distance(stem, section_kind(found[i].name), found[i].energy) for i in is_open}
        for reach in sorted(set(far.values())):
            planned = sum(bars[found[i].name] for i in is_open if stem in found[i].stems)
            if not stem.share or planned >= needed:
                break
            for i in (i for i in is_open if far[i] == reach):
                playing = {*found[i].stems, stem}
                found[i] = replace(found[i], stems=tuple(one for one in stems if one in playing))
    return found


def with_kit_in_places(visits: Sequence[VisitPlan], wishes: Wishes, layout: Layout) -> list[VisitPlan]:
    """Return the visits with what is asked of parts of the drum kit in places of the song.

    A wish is obeyed in visits of which it is for half at least.
    """
    found = list(visits)
    for wish in wishes.wishes:
        without, adds = _lanes_of(wish)
        if is_song_wide(wish) or not (without or adds):
            continue
        bars = set(layout.bars_for(wish))
        for i, visit in enumerate(found):
            if 2 * len(bars & set(layout.bars_of(i))) >= len(layout.bars_of(i)):
                stems = tuple(_with_lanes(stem, without, adds) for stem in visit.stems)
                found[i] = replace(visit, stems=stems)
    return found


def _lanes_of(wish: Wish) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lanes of a groove that a wish takes away, and those that it adds."""
    named = [name.strip() for name in wish.what.split(",")]
    lanes = tuple(lane for name in named for lane in kit_lanes(name))
    if wish.kind == "part":
        return (lanes, ()) if wish.polarity == "avoid" else ((), lanes if wish.polarity != "less" else ())
    if wish.kind != "ensemble" or wish.polarity != "want" or any(role_named(n) == "drums" for n in named):
        return (), ()
    return (tuple(lane for lane in KEYS if lane not in lanes) if lanes else ()), lanes


def _with_lanes(stem: PlannedStem, without: tuple[str, ...], adds: tuple[str, ...]) -> PlannedStem:
    if stem.plan.role != "drums":
        return stem
    player = stem.player
    kept = tuple(lane for lane in player.without if lane not in adds)
    return replace(stem, player=replace(player, without=(*kept, *without), adds=(*player.adds, *adds)))


def too_rarely_heard(
    plans: Sequence[VisitPlan], visits: Sequence[Visit], stems: Sequence[PlannedStem]
) -> set[str]:
    """Return the names of stems that sound in fewer than their share of the bars open to them."""
    rare: set[str] = set()
    for stem in stems:
        name = stem.plan.name
        places = [v for plan, v in zip(plans, visits, strict=True) if name not in plan.closed]
        heard = sum(len(sounding_bars(visit, name)) for visit in places)
        if heard < stem.share * sum(visit.bars for visit in places):
            rare.add(name)
    return rare


def sounding_bars(visit: Visit, stem: str) -> set[int]:
    """Return the bars of a visit, from 0, in which a stem is heard."""
    part = visit.music.score.parts.get(stem)
    if part is None:
        return set()
    bar = visit.music.score.chords[-1].end / visit.bars
    found: set[int] = set()
    for note in part.notes:
        first, last = int(note.onset // bar), int(max(note.onset, note.end - _RINGS) // bar)
        found.update(range(first, last + 1))
    return found
