"""Songs planned for wishes that are written down by hand, and where their sections lie."""

from __future__ import annotations

from structure.base.labels import kind_of
from structure.plans.plan import SongPlan, Visit
from structure.specs.spec import SongSpec
from structure.specs.wishes import When, Where, Wish, Wishes
from tests.structure.planning.plan_once import plan_once


def planned(genre: str, *wishes: Wish, seed: int = 1, spec: SongSpec | None = None) -> SongPlan:
    """A song of a genre with some wishes, and nothing else that is asked for, planned once."""
    asked = Wishes("", (Wish(kind="genre", what=genre), *wishes))
    return plan_once(spec or SongSpec(description=f"{genre} song"), seed=seed, wishes=asked)


def place(section: str, visit: int | None = None) -> Where:
    return Where(section=section, visit=visit)


def before(section: str, visit: int | None = None) -> When:
    return When(relation="before", place=place(section, visit))


def after(section: str, visit: int | None = None) -> When:
    return When(relation="after", place=place(section, visit))


def at(section: str, visit: int | None = None) -> When:
    return When(place=place(section, visit))


START, END = When(edge="start"), When(edge="end")


def kinds(plan: SongPlan) -> list[str]:
    return [kind_of(visit.place.name) or visit.place.name for visit in plan.visits]


def visits_of(plan: SongPlan, kind: str) -> list[Visit]:
    return [visit for visit, name in zip(plan.visits, kinds(plan), strict=True) if name == kind]


def seconds_at(plan: SongPlan, bar: int) -> float:
    return plan.grid.seconds_at(plan.grid.quarters_at_bar(bar))


def heard(plan: SongPlan, role_or_stem: str) -> set[int]:
    """Bars of the song, from 0, in which notes of a role or a stem begin or sound on."""
    found: set[int] = set()
    bar = float(plan.meter.bar_quarters)
    for visit in plan.visits:
        for name, part in visit.music.score.parts.items():
            if role_or_stem in (name, part.role):
                for note in part.notes:
                    first = int((float(note.onset) + 0.03) / bar)
                    last = int(max(float(note.onset) + 0.03, float(note.end) - 0.2) / bar)
                    found |= set(range(visit.place.start_bar + first, visit.place.start_bar + last + 1))
    return found


def everybody(plan: SongPlan) -> set[int]:
    """Bars in which anybody is heard."""
    return {bar for stem in plan.stems for bar in heard(plan, stem.name)}


def force(plan: SongPlan, bars: range) -> float:
    """Mean sum of squared velocities a bar."""
    bar = float(plan.meter.bar_quarters)
    total = 0.0
    for visit in plan.visits:
        for part in visit.music.score.parts.values():
            for note in part.notes:
                if visit.place.start_bar + int((float(note.onset) + 0.03) / bar) in bars:
                    total += (note.velocity / 127) ** 2
    return total / len(bars)
