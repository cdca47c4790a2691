"""Put a section into the form that the song does not have there yet."""

from __future__ import annotations

from typing import Any

from composer.project.edits import PlaceVisit, SetField
from composer.project.places import Reach, Sheet, stems_named, visits_of
from composer.project.players import add_stem
from structure.base.errors import EditError
from structure.base.labels import BEFORE_LAST_REFRAIN, REFRAINS, kind_of
from structure.changing.asking import Ask, Spot
from structure.plans.plan import SongPlan

_USUAL_BARS = {"intro": 4, "outro": 4, "prechorus": 4, "interlude": 4, "build": 4}
_BARS = 8
"""Bars of a new section of which nobody says how long it is."""


def is_new(spot: Spot, plan: SongPlan) -> bool:
    """Return whether a place that a sentence names is one that the song does not have."""
    try:
        visits_of(spot, plan)
    except EditError:
        return bool(spot.section) and kind_of(spot.section) is not None
    return False


def insert_section(sheet: Sheet, ask: Ask) -> None:
    """Put a section where it is asked for, else where songs have it, with the solo that it is for.

    Raises EditError where it should go beside a place that the song does not have.
    """
    (spot, *more) = ask.spots
    if more:
        raise EditError("say one new section at a time", field="form")
    sheet.need_form()
    plan, name = sheet.plan, spot.section
    own = next((visit.place.name for visit in plan.visits if kind_of(visit.place.name) == name), None)
    bars = int(ask.facts.get("bars") or _USUAL_BARS.get(name, _BARS))
    entry: dict[str, Any] = {"section": own or name}
    if own is None:
        sheet.set(("sections", name, "bars"), bars)
    elif "bars" in ask.facts:
        entry["bars"] = bars
    if name == "solo" and ask.facts.get("player"):
        player = ask.facts["player"][0]
        mine = [stem.name for stem in stems_named(player, plan)]
        stem = mine[0] if mine else add_stem(sheet, player, Reach())
        entry["events"] = [{"bar": 1, "do": "solo", "stem": stem}]

    last = len(plan.visits)
    target = _place_of(ask, name, plan)
    sheet.make(SetField(("form", last), entry if len(entry) > 1 else entry["section"]))
    if target != last:
        sheet.make(PlaceVisit(last, target))


def _place_of(ask: Ask, kind: str, plan: SongPlan) -> int:
    """Return before which visit, counted from 0, a new section stands."""
    if ask.beside is not None:
        beside = visits_of(ask.beside, plan)
        return beside[0] if ask.relation == "before" else beside[0] + 1
    kinds = [kind_of(visit.place.name) for visit in plan.visits]
    refrains = [k for k, one in enumerate(kinds) if one in REFRAINS]
    if kind == "intro":
        return 0
    if kind in (*BEFORE_LAST_REFRAIN, "verse") and refrains:
        return refrains[-1]
    return len(kinds) - (kinds[-1] in ("outro", "coda") and kind not in ("outro", "coda"))
