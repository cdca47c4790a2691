"""Who is heard often enough: instruments that are asked for play in most of the bars open to them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from structure.base.exact import Fraction
from structure.forms.places import Layout
from structure.forms.section_lengths import section_kind
from structure.outcomes.grooves import OF_DRUMS, groove_name
from structure.planning.players.stems import LEAST_SHARE, PlannedStem, distance
from structure.planning.players.visit_plan import VisitPlan
from structure.planning.wishes.attendance import Attendance
from structure.plans.plan import Visit
from structure.presets.players import kit_lanes
from structure.specs.wishes import Wishes, is_song_wide, song_wide

_SPARE, _SPARE_OF_EXACT = 0.08, 0.14
"""Share of the bars for rests, planned on top of what is asked for, and of those of whom nobody else plays.

These have the tune in turn, and rest while others have it.
"""

_REST = 0.55
"""Share of the bars in which those of whom less is wanted rest."""

_RINGS = Fraction(1, 4)
"""Quarters of a bar in which a note that is heard there sounds at least."""


def with_asked_shares(
    visits: Sequence[VisitPlan], stems: Sequence[PlannedStem], bars: Sequence[int]
) -> list[VisitPlan]:
    """Return the visits with each stem in as many of them as its share of the bars needs.

    The visits that suit a stem best by kind and energy come first. ``bars`` has the length of each visit. A
    stem is not added to visits that are closed to it, and one without a share stays as it is.
    """
    found = list(visits)
    for stem in stems:
        name = stem.plan.name
        is_open = [i for i, visit in enumerate(found) if name not in visit.closed]
        spare = _SPARE_OF_EXACT if stem.always else _SPARE
        needed = (stem.share + spare) * sum(bars[i] for i in is_open)
        far = {i: distance(stem, section_kind(found[i].name), found[i].energy) for i in is_open}
        for reach in sorted(set(far.values())):
            planned = sum(bars[i] for i in is_open if stem in found[i].stems)
            if not stem.share or planned >= needed:
                break
            for i in (i for i in is_open if far[i] == reach):
                playing = {*found[i].stems, stem}
                found[i] = replace(found[i], stems=tuple(one for one in stems if one in playing))
    return found


def with_kit_in_places(visits: Sequence[VisitPlan], wishes: Wishes, layout: Layout) -> list[VisitPlan]:
    """Return the visits with the parts of the drum kit that are asked for in places of the song.

    A visit gets them where at least half of its bars are meant.
    """
    found = list(visits)
    for wish in wishes.wishes:
        is_wanted = wish.kind in ("part", "ensemble") and wish.polarity in ("want", "more")
        names = list(wish.names) if is_wanted and not is_song_wide(wish) else []
        enters = (wish.kind, wish.what, wish.polarity) == (
            "event",
            "enter",
            "want",
        ) and wish.when is not None
        if enters and wish.where.stem is not None:
            names = [wish.where.stem.replace("-", " ")]
        lanes = [lane for name in names for lane in kit_lanes(name)]
        if not lanes:
            continue
        line = layout.line(wish.when, wish.where) if enters and wish.when is not None else None
        bars = set(layout.bars_for(wish)) if line is None else set(range(line, layout.end))
        for i, visit in enumerate(found):
            own_bars = layout.bars_of(i)
            if len(bars & set(own_bars)) < (len(own_bars) / 2 if line is None else 1):
                continue
            stems = list(visit.stems)
            for place, stem in enumerate(stems):
                player = stem.player
                if stem.plan.role == "drums":
                    without = tuple(lane for lane in player.without if lane not in lanes)
                    own = replace(player, without=without, adds=(*player.adds, *lanes))
                    stems[place] = replace(stem, player=own)
            found[i] = replace(visit, stems=tuple(stems))
    return found


def is_kit_asked(wishes: Wishes) -> bool:
    """Return whether a groove of the drums, or a part of their kit, is asked for in the whole song."""
    return any(
        (wish.kind == "groove" and groove_name(wish.what) in OF_DRUMS)
        or (wish.kind == "part" and kit_lanes(wish.what))
        for wish in wishes.wishes
        if wish.polarity == "want" and is_song_wide(wish)
    )


def with_less(
    visits: Sequence[VisitPlan], wishes: Wishes, layout: Layout, called: Callable[[str], Collection[str]]
) -> list[VisitPlan]:
    """Return the visits without the stems of which less is wanted, in about half of the song's bars.

    They leave the quietest visits first. A visit in which nobody else plays stays as it is. Where less of a
    part of the drum kit is wanted, the drums leave that part out. ``called`` returns the names of the stems
    that a name stands for.
    """
    found = list(visits)
    quiet_first = sorted(range(len(found)), key=lambda i: (found[i].energy, i))
    for wish in song_wide(wishes, "part", "less"):
        lanes, names, rests = kit_lanes(wish.what), set(called(wish.what)), 0
        for i in quiet_first:
            if rests >= _REST * layout.end:
                break
            kept = tuple(stem for stem in found[i].stems if stem.plan.name not in names)
            if lanes:
                kept = tuple(
                    replace(stem, player=replace(stem.player, without=(*stem.player.without, *lanes)))
                    if stem.plan.role == "drums"
                    else stem
                    for stem in kept
                )
            if kept:
                found[i] = replace(found[i], stems=kept, closed=found[i].closed | names)
                rests += len(layout.bars_of(i))
    return found


_SURELY = 1.04
"""How much more than a share is planned, so that a pause more or less does not decide."""


def too_rarely_heard(
    plans: Sequence[VisitPlan], visits: Sequence[Visit], stems: Sequence[PlannedStem], asked: Attendance
) -> set[str]:
    """Return the names of stems that sound in too few bars.

    A stem with a share sounds in too few where it is heard in less than that share of the bars open to it.
    Visits that only a list of players closes count as open. A stem that must play in some bars, as
    ``asked`` says, sounds in too few where it is heard in less than ``LEAST_SHARE`` of those.
    """
    rare: set[str] = set()
    for stem in stems:
        name = stem.plan.name
        wanted = set(asked.playing_bars(name, range(visits[-1].end_bar)))
        played = {
            visit.place.start_bar + bar
            for visit in visits
            if wanted & set(range(visit.place.start_bar, visit.end_bar))
            for bar in sounding_bars(visit, name)
        }
        if len(wanted & played) < LEAST_SHARE * len(wanted):
            rare.add(name)
    for stem in (stem for stem in stems if stem.share):
        name = stem.plan.name
        places = [
            v for plan, v in zip(plans, visits, strict=True) if name not in plan.closed - plan.by_list
        ]
        heard = sum(len(sounding_bars(visit, name)) for visit in places)
        if heard < _SURELY * stem.share * sum(visit.bars for visit in places):
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
