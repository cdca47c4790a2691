"""Reads the plan of a song from its folder, as data of unknown origin."""

from __future__ import annotations

from pathlib import Path

from structure.base.errors import PlanFileError
from structure.harmony.chords import parse_symbol
from structure.harmony.keys import parse_key
from structure.plans.plan import SongPlan
from structure.plans.planfile import read_plan as read_playable_plan


def read_plan(path: Path) -> SongPlan:
    """Read ``plan.json`` that can be played, and whose keys and chords can be written.

    Raises PlanFileError where it is missing, damaged, of a later version, or contradicts itself.
    """
    plan = read_playable_plan(path)
    keys = {plan.key, *(visit.music.key for visit in plan.visits)}
    symbols = {chord.symbol for visit in plan.visits for chord in visit.music.score.chords}
    try:
        for key in sorted(keys):
            parse_key(key)
        for symbol in sorted(symbols):
            parse_symbol(symbol)
    except ValueError as exc:
        raise PlanFileError(f"{path} is not a plan: {exc}", path=path) from exc
    return plan
