"""How strong each visit is, as wishes say: quiet and loud places, and songs that grow or fall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from structure.base.labels import kind_of
from structure.forms.places import Layout
from structure.planning.players.visit_plan import VisitPlan
from structure.specs.wishes import Wish, Wishes, is_song_wide

QUIET, LOUD = 0.2, 1.0
"""Energies of visits that are to be quiet and loud."""

_QUIET_SHARE, _LOUD_MORE = 0.6, 0.2
"""What a song that is to be quiet keeps of its energies, and what a loud one has more."""

_SOFTER, _HARDER = 0.7, 1.12
"""Share of the force with which quiet and loud visits are played."""

_SONG_SOFTER, _SONG_HARDER = 0.8, 1.25
"""The same for a song that is quiet or loud as a whole."""

_EVEN, _FLAT = 0.6, 0.25
"""The energy of a song that neither grows nor falls, and how much of its usual differences are left."""

_MOST = 0.5
"""Share of a visit's bars of which more must be quiet, or loud, for all of it to be."""

_LOWEST, _HIGHEST, _RAMP = 0.15, 1.0, 0.7
"""Energies between which a song grows, and how far it leaves its usual ones for them."""

_FIRST_FORCE, _LAST_FORCE = 0.75, 1.12
"""Shares of the force with which a song that grows begins and ends."""


@dataclass(frozen=True, slots=True)
class Swell:
    """A stretch of a song that grows louder, or falls: its first bar, and the bar after its last.

    A steep one is a build, which grows to twice as much.
    """

    start: int
    end: int
    falls: bool
    is_steep: bool = False


def energy_of_kind(energy: float, name: str, wishes: Wishes) -> float:
    """Return the energy, 0 to 1, of all visits of the section ``name``.

    It is ``energy`` where no wish says otherwise.
    """
    for wish in levels(wishes):
        if wish.when is not None or wish.where.visit is not None:
            continue
        if is_song_wide(wish):
            energy = energy * _QUIET_SHARE if wish.what == "quiet" else min(1.0, energy + _LOUD_MORE)
        elif kind_of(wish.where.section or "") == kind_of(name) is not None:
            energy = min(energy, QUIET) if wish.what == "quiet" else LOUD
    if is_flat(wishes):
        energy = _EVEN + _FLAT * (energy - _EVEN)
    return round(energy, 3)


def is_flat(wishes: Wishes) -> bool:
    """Return whether a song is not to grow or fall."""
    return any(
        w.kind == "energy"
        and w.what in ("build", "fall")
        and w.polarity in ("avoid", "less")
        and is_song_wide(w)
        for w in wishes.wishes
    )


def starts_quietly(wishes: Wishes) -> bool:
    """Return whether a song is to begin quietly."""
    return any(
        wish.what == "quiet" and wish.when is not None and wish.when.edge == "start"
        for wish in levels(wishes)
        if wish.where.section is None
    )


def energy_of_visit(energy: float, visit: int, wishes: Wishes, layout: Layout) -> tuple[float, float]:
    """Return the energy of a visit, 0 to 1, and the factor by which its notes are louder or softer.

    ``energy`` is that of its section, and ``visit`` counts from 0. A wish for one visit, or for a time,
    sets both where it covers this visit, but a quiet start of the song is left to ``starts_quietly``. A
    wish for the whole song changes only the factor. Without wishes that is 1.0.
    """
    force = 1.0
    for wish in levels(wishes):
        at_start = wish.when is not None and wish.when.edge == "start" and wish.where.section is None
        if is_song_wide(wish):
            force *= _SONG_SOFTER if wish.what == "quiet" else _SONG_HARDER
        is_single = wish.when is not None or wish.where.visit is not None
        is_quiet = wish.what == "quiet"
        if not is_single or (at_start and is_quiet) or not _covers(wish, visit, layout):
            continue
        energy, force = (min(energy, QUIET), _SOFTER) if is_quiet else (LOUD, _HARDER)
    return energy, force


def is_quiet_by_wish(name: str, visit: int, wishes: Wishes, layout: Layout) -> bool:
    """Return whether a visit of the section ``name`` is asked to be quiet, not only as all of the song."""
    for wish in levels(wishes):
        if wish.what != "quiet" or is_song_wide(wish):
            continue
        is_of_kind = wish.when is None and wish.where.visit is None
        if (
            kind_of(wish.where.section or "") == kind_of(name)
            if is_of_kind
            else _covers(wish, visit, layout)
        ):
            return True
    return False


def levels(wishes: Wishes) -> list[Wish]:
    """Return the wishes for quiet and for loud.

    A wish against quiet, or for less of it, becomes one for loud, and the other way round.
    """
    other = {"quiet": "loud", "loud": "quiet"}
    return [
        replace(wish, what=other[wish.what], polarity="want")
        if wish.polarity in ("avoid", "less")
        else wish
        for wish in wishes.wishes
        if wish.kind == "energy" and wish.what in other
    ]


def _covers(wish: Wish, visit: int, layout: Layout) -> bool:
    bars = layout.bars_of(visit)
    inside = _bars_within(wish, bars, layout)
    at_end = wish.when is not None and wish.when.edge == "end" and not wish.amount
    if wish.what == "loud" and at_end and wish.where.section is None:
        return bool(inside)  # a long outro of which only four bars were full would be no loud end
    return len(inside) > _MOST * len(bars)


def loud_moments(wishes: Wishes, layout: Layout) -> dict[int, set[int]]:
    """Return by visit, from 0, the bars of the song that are to be loud while most of the visit is not."""
    found: dict[int, set[int]] = {}
    for wish in levels(wishes):
        is_single = wish.when is not None or wish.where.visit is not None
        if wish.what != "loud" or not is_single or is_song_wide(wish):
            continue
        for visit in range(len(layout.names)):
            inside = _bars_within(wish, layout.bars_of(visit), layout)
            if inside and not _covers(wish, visit, layout):
                found.setdefault(visit, set()).update(inside)
    return found


def _bars_within(wish: Wish, bars: range, layout: Layout) -> set[int]:
    """Return those of some bars that a wish is for."""
    return set(bars) & set(bars_beside(wish, layout) or layout.bars_for(wish))


def bars_beside(wish: Wish, layout: Layout) -> list[int]:
    """Return the bars of the visit next to the place that a wish comes before or after; none for others."""
    when = wish.when
    if when is None or when.place is None or when.relation not in ("before", "after"):
        return []
    line = layout.line(when, wish.where)
    if line is None or not 0 < line < layout.end:
        return []
    return list(layout.bars_of(layout.visit_at(line if when.relation == "after" else line - 1)))


def bars_rising(wish: Wish, layout: Layout) -> list[int]:
    """Return the last ``wish.amount`` bars before the place that a wish names.

    Empty where the wish has no amount, is not for the time before a place, or is for a section.
    """
    is_before = wish.when is not None and wish.when.relation == "before"
    if not is_before or not wish.amount or wish.where.section is not None:
        return []
    return layout.bars_for(wish)[-int(wish.amount) :]


def bars_building(wish: Wish, layout: Layout) -> list[int]:
    """Return the bars over which a build that is asked for a place or a time goes on."""
    return bars_rising(wish, layout) or bars_beside(wish, layout) or layout.bars_for(wish)


def is_break(wish: Wish) -> bool:
    """Return whether all rest for a moment just before a place, or at a time that is no edge of one."""
    if wish.when is None or wish.amount or wish.where.stem is not None:
        return False
    is_sudden = wish.when.relation in ("at", "after") and wish.when.edge is None
    return wish.when.relation == "before" or is_sudden


def swells(wishes: Wishes, layout: Layout) -> list[Swell]:
    """Return the stretches over which the song is to grow or fall.

    A wish for a section as a whole has one for each of its visits; every other wish has one.
    """
    found = []
    for wish in wishes.wishes:
        if (
            wish.kind != "energy"
            or wish.what not in ("build", "fall")
            or wish.polarity not in ("want", "more")
        ):
            continue
        places = (
            [None] if wish.where.section is None or wish.when is not None else layout.visits(wish.where)
        )
        for visit in places:
            bars = list(layout.bars_of(visit)) if visit is not None else []
            bars = bars or bars_building(wish, layout)
            if bars:
                found.append(Swell(bars[0], bars[-1] + 1, wish.what == "fall"))
    return found


def builds(wishes: Wishes, layout: Layout) -> list[Swell]:
    """Return the stretches over which a build of all players is asked for."""
    asked = [
        wish
        for wish in wishes.wishes
        if wish.kind == "event" and wish.what == "build" and wish.polarity in ("want", "more")
    ]
    placed = [wish for wish in asked if not is_song_wide(wish) and wish.where.stem is None]
    places = [bars_building(wish, layout) for wish in placed]
    return [Swell(bars[0], bars[-1] + 1, falls=False, is_steep=True) for bars in places if bars]


def with_swells(visits: Sequence[VisitPlan], stretches: Sequence[Swell], layout: Layout) -> list[VisitPlan]:
    """Return the visits with energies that rise or fall over each stretch of several visits."""
    found = list(visits)
    for swell in stretches:
        places = [layout.bars_of(i) for i in range(len(found))]
        inside = [
            i for i, bars in enumerate(places) if swell.start <= bars.start and bars.stop <= swell.end
        ]
        if len(inside) < 2:
            continue
        for n, i in enumerate(inside):
            share = n / (len(inside) - 1)
            share = 1.0 - share if swell.falls else share
            aim = _LOWEST + share * (_HIGHEST - _LOWEST)
            energy = round(found[i].energy + _RAMP * (aim - found[i].energy), 3)
            force = round(_FIRST_FORCE + share * (_LAST_FORCE - _FIRST_FORCE), 3)
            found[i] = replace(found[i], energy=energy, force=force)
    return found
