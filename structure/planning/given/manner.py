"""How the tunes go that the user gives: their habits, for the sections that have none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from structure.arrange.melody.manner import manner_of_tunes
from structure.planning.players.visit_plan import VisitPlan
from structure.planning.settling import SettledSong
from structure.plans.given import GivenPart, Manner


def manner_of(song: SettledSong, plans: Sequence[VisitPlan]) -> Manner | None:
    """Return the manner of the tunes that are given in a song; None where there are none.

    One that returns counts once. What is given for a single visit is that visit's own, and changes no
    other, unless all visits of its section have a tune that is given.
    """
    meter, form = song.brief.grid.meter, song.spec.form
    entries = form if isinstance(form, tuple) else ()
    single = {number for number, entry in enumerate(entries) if entry.parts}
    visits = Counter(plan.name for plan in plans)
    own = Counter(plan.name for number, plan in enumerate(plans) if number in single)

    tunes: dict[GivenPart, int] = {}
    for number, plan in enumerate(plans):
        if number in single and (visits[plan.name] == 1 or own[plan.name] < visits[plan.name]):
            continue
        for part in plan.given.parts if plan.given else ():
            if part.role == "lead" and (plan.frame is None or plan.frame.meter == meter):
                tunes.setdefault(part, part.stretches[-1][1])
    return manner_of_tunes([(part.notes, bars) for part, bars in tunes.items()], meter, song.brief.key)
