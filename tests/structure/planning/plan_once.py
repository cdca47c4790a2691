"""Plans that several tests read: each is made once."""

from __future__ import annotations

from collections import OrderedDict

from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from structure.specs.spec import SongSpec
from structure.specs.wishes import Wishes

KEPT = 60
"""How many plans are kept at most, so that a run of all tests does not hold on to hundreds."""

_plans: OrderedDict[str, SongPlan] = OrderedDict()


def plan_once(spec: SongSpec, *, seed: int | None = None, wishes: Wishes | None = None) -> SongPlan:
    """Plan a song, or give the plan that was made of the same spec, seed and wishes before."""
    key = f"{spec!r} {seed} {wishes!r}"
    if key not in _plans:
        _plans[key] = plan_song(spec, seed=seed, wishes=wishes)
    _plans.move_to_end(key)
    while len(_plans) > KEPT:
        _plans.popitem(last=False)
    return _plans[key]
