"""How the tunes go that the user gives: their habits, for the sections that have none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from structure.arrange.melody.manner import manner_of_tunes
from structure.base.grid import Meter
from structure.harmony.keys import Key
from structure.planning.players.visit_plan import VisitPlan
from structure.plans.given import GivenPart, Manner


def manner_of(
    plans: Sequence[VisitPlan], meter: Meter, key: Key, single: Collection[int] = ()
) -> Manner | None:
    """Return the manner of the tunes that are given in a song; None where there are none.

    One that returns counts once. ``single`` are the numbers of visits, from 0, that are given music of
    their own: it changes no other visit, unless all of its section have a tune that is given.
    """
    visits = Counter(plan.name for plan in plans)
    own = Counter(plan.name for number, plan in enumerate(plans) if number in single)

    tunes: dict[GivenPart, int] = {}
    for number, plan in enumerate(plans):
        if number in single and (visits[plan.name] == 1 or own[plan.name] < visits[plan.name]):
            continue
        for part in plan.given.parts if plan.given else ():
            if part.role == "lead" and (plan.frame is None or plan.frame.meter == meter):
                tunes.setdefault(part, part.stretches[-1][1])
    return manner_of_tunes([(part.notes, bars) for part, bars in tunes.items()], meter, key)
