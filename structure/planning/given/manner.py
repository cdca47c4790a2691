"""How the tunes go that the user gives: their habits, for the sections that have none."""

from __future__ import annotations

from collections.abc import Sequence

from structure.arrange.melody.manner import manner_of_tunes
from structure.base.grid import Meter
from structure.harmony.keys import Key
from structure.planning.players.visit_plan import VisitPlan
from structure.plans.given import GivenPart, Manner


def manner_of(plans: Sequence[VisitPlan], meter: Meter, key: Key) -> Manner | None:
    """Return the manner of the tunes that are given anywhere in a song; None where there are none.

    One that returns counts once.
    """
    tunes: dict[GivenPart, int] = {}
    for plan in plans:
        for part in plan.given.parts if plan.given else ():
            if part.role == "lead" and (plan.frame is None or plan.frame.meter == meter):
                tunes.setdefault(part, part.stretches[-1][1])
    return manner_of_tunes([(part.notes, bars) for part, bars in tunes.items()], meter, key)
