"""Edit who plays where.

Players leave, enter the band, take another's place, or play another take.
"""

from __future__ import annotations

import re
from typing import Any

from composer.project.edits import RemoveField, SetField
from composer.project.places import Reach, Sheet, find_reached_visits, stems_named
from structure.arrange.articulation.ways import way_called
from structure.base.errors import EditError
from structure.base.types import UNWANTED
from structure.changing.asking import Ask
from structure.presets.players import find_instrument


def _stems(sheet: Sheet, ask: Ask) -> list[str]:
    """Return the stems that a clause names. Raises EditError for a player that the song does not have."""
    found: list[str] = []
    for player in ask.facts.get("player", []):
        mine = [stem.name for stem in stems_named(player, sheet.plan)]
        if not mine:
            there = ", ".join(stem.name for stem in sheet.plan.stems if stem.role != "effects")
            raise EditError(f"the song has no {player}; it has {there}", field="stems")
        found += mine
    return list(dict.fromkeys(found))


def silence(sheet: Sheet, ask: Ask, reach: Reach) -> None:
    """Let players be silent in what is meant, or leave the song."""
    names = _stems(sheet, ask)
    if reach.is_song:
        remove_stems(sheet, names)
    else:
        mute(sheet, reach, names)


def mute(sheet: Sheet, reach: Reach, names: list[str]) -> None:
    """Let stems be silent in sections and visits."""
    for name in reach.sections:
        _mute_at(sheet, ("sections", name), names)
    for k, _ in find_reached_visits(reach, sheet.plan):
        if k in reach.visits:
            sheet.need_mapping(k)
            _mute_at(sheet, ("form", k), names)
        elif isinstance(sheet.get(("form", k)), dict) and sheet.get(("form", k, "stems")):
            _mute_at(sheet, ("form", k), names)


def _mute_at(sheet: Sheet, place: tuple[Any, ...], names: list[str]) -> None:
    if own := sheet.get((*place, "stems")):
        left = [name for name in own if name not in names]
        if not left:
            raise EditError("nobody would play there", field="stems")
        sheet.set((*place, "stems"), left)
        return
    muted = sheet.get((*place, "mute")) or []
    sheet.set((*place, "mute"), [*muted, *(name for name in names if name not in muted)])


def keep_only(sheet: Sheet, ask: Ask, reach: Reach) -> None:
    """Let nobody else play in what is meant."""
    names = _stems(sheet, ask)
    if reach.is_song:
        remove_stems(
            sheet, [s.name for s in sheet.plan.stems if s.name not in names and s.role != "effects"]
        )
    for place in _places(sheet, reach):
        muted = [name for name in sheet.get((*place, "mute")) or [] if name not in names]
        sheet.set((*place, "mute"), muted)
        sheet.set((*place, "stems"), names)


def _places(sheet: Sheet, reach: Reach) -> list[tuple[Any, ...]]:
    for k in reach.visits:
        sheet.need_mapping(k)
    return [*(("sections", name) for name in reach.sections), *(("form", k) for k in reach.visits)]


def remove_stems(sheet: Sheet, names: list[str]) -> None:
    """Take stems out of the song, and out of all that names them."""
    sheet.need_stems()
    rows = sheet.data["stems"]
    if len(names) >= len(rows):
        raise EditError("nobody would play", field="stems")
    for k in reversed(range(len(rows))):
        if rows[k]["name"] in names:
            sheet.make(RemoveField(("stems", k)))
    for place in find_owners(sheet):
        for field in ("stems", "mute"):
            own = sheet.get((*place, field))
            if own and any(name in names for name in own):
                sheet.set((*place, field), [name for name in own if name not in names])
        events = sheet.get((*place, "events"))
        if events and any(event.get("stem") in names for event in events):
            sheet.set((*place, "events"), [e for e in events if e.get("stem") not in names])
        for field in ("take", "parts", "comp"):
            for name in names:
                sheet.set((*place, field, name), None)


def find_owners(sheet: Sheet) -> list[tuple[Any, ...]]:
    """Return all sections and visits that are written as mappings, and the song."""
    data = sheet.data
    form = data.get("form")
    visits = enumerate(form) if isinstance(form, list) else ()
    named = [("sections", name) for name, section in (data.get("sections") or {}).items() if section]
    return [*named, *(("form", k) for k, entry in visits if isinstance(entry, dict))]


def add_player(sheet: Sheet, ask: Ask, reach: Reach) -> None:
    """Bring players back where they are silent, or add them to the band: in what is meant alone."""
    for player in ask.facts["player"]:
        mine = [stem.name for stem in stems_named(player, sheet.plan)]
        if not mine:
            add_stem(sheet, player, reach)
        elif reach.is_song:
            raise EditError(f"{', '.join(mine)} is in the song already; say where it is to play")
        else:
            bring_in(sheet, reach, mine)


def bring_in(sheet: Sheet, reach: Reach, names: list[str]) -> None:
    """Let stems play in sections and visits, beside those that do."""
    for place in _places(sheet, reach):
        muted = sheet.get((*place, "mute")) or []
        sheet.set((*place, "mute"), [name for name in muted if name not in names])
    for k, visit in find_reached_visits(reach, sheet.plan):
        now = sheet.players_at(k)
        place = ("form", k) if k in reach.visits else ("sections", visit.place.name)
        if set(names) - set(now):
            sheet.set((*place, "stems"), [*now, *(name for name in names if name not in now)])


def add_stem(sheet: Sheet, player: str, reach: Reach, role: str = "") -> str:
    """Add an instrument to the band, which plays in what is meant alone; return its name."""
    sheet.need_stems()
    instrument = find_instrument(player)
    taken = {stem.role for stem in sheet.plan.stems}
    roles = [one for one in instrument.roles if one not in taken] or list(instrument.roles)
    name = _free_name(sheet, player)
    row = {"name": name, "role": role or roles[0], "prompt": instrument.prompt}
    sheet.make(SetField(("stems", len(sheet.data["stems"])), row))
    if not reach.is_song:
        _keep_out(sheet, reach, name)
        bring_in(sheet, reach, [name])
    return name


def _free_name(sheet: Sheet, player: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", player.lower()).strip("-") or "player"
    there = {row["name"] for row in sheet.data["stems"]}
    return next(n for n in (name, *(f"{name}-{k}" for k in range(2, 99))) if n not in there)


def _keep_out(sheet: Sheet, reach: Reach, name: str) -> None:
    """Let a new stem be silent in all that is not meant."""
    inside = {visit.place.name for _, visit in find_reached_visits(reach, sheet.plan)}
    others = dict.fromkeys(v.place.name for v in sheet.plan.visits if v.place.name not in inside)
    mute(sheet, Reach(tuple(others)), [name])
    if reach.visits:
        meant = {k for k, _ in find_reached_visits(reach, sheet.plan)}
        rest = [k for k, v in enumerate(sheet.plan.visits) if v.place.name in inside and k not in meant]
        if rest:
            mute(sheet, Reach(visits=tuple(rest)), [name])


def replace_player(sheet: Sheet, ask: Ask, reach: Reach) -> None:
    """Let another instrument play what one plays."""
    old_name, *_, new = ask.facts["player"]
    found = stems_named(old_name, sheet.plan)
    if not found:
        raise EditError(f"the song has no {old_name}", field="stems")
    old = found[0]
    if not reach.is_song:
        name = add_stem(sheet, new, Reach(), old.role)
        _keep_out(sheet, reach, name)
        for k, visit in find_reached_visits(reach, sheet.plan):
            now = [name if one == old.name else one for one in sheet.players_at(k)]
            place: tuple[Any, ...] = ("form", k) if k in reach.visits else ("sections", visit.place.name)
            if k in reach.visits:
                sheet.need_mapping(k)
            sheet.set((*place, "stems"), now)
        return
    sheet.need_stems()
    at = next(k for k, row in enumerate(sheet.data["stems"]) if row["name"] == old.name)
    name = _free_name(sheet, new)
    sheet.set(("stems", at, "prompt"), find_instrument(new).prompt)
    sheet.set(("stems", at, "name"), name)
    for place in find_owners(sheet):
        for field in ("stems", "mute"):
            own = sheet.get((*place, field))
            if own and old.name in own:
                sheet.set((*place, field), [name if one == old.name else one for one in own])
        events = sheet.get((*place, "events")) or []
        for k, event in enumerate(events):
            if event.get("stem") == old.name:
                sheet.set((*place, "events", k, "stem"), name)
        for field in ("take", "parts", "comp"):
            if (own := sheet.get((*place, field, old.name))) is not None:
                sheet.set((*place, field, name), own)
                sheet.set((*place, field, old.name), None)


def take_player(sheet: Sheet, ask: Ask, reach: Reach) -> None:
    """Choose the next take of players, or of all in what is meant."""
    if reach.is_song:
        raise EditError("say which section is to have another take", field="take")
    names = _stems(sheet, ask)
    for place in _places(sheet, reach):
        if not names:
            sheet.set((*place, "seed"), (sheet.get((*place, "seed")) or 0) + 1)
        for name in names:
            now = sheet.get((*place, "take", name)) or 1
            now = max(now.values()) if isinstance(now, dict) else now
            sheet.set((*place, "take", name), int(now) + 1)


_GAIN_DB, _LOWEST_DB, _HIGHEST_DB = 3.0, -24.0, 12.0
_SEND = 0.15
_AWAY = 0.5
"""How much louder, more distant, and further to a side a player is at a word."""

SENDS = {"reverb": "reverb", "room": "reverb", "hall": "reverb", "echo": "delay", "delay": "delay"}
"""Words for effects, and the field of a stem that each is."""


def set_level(sheet: Sheet, ask: Ask, reach: Reach) -> None:
    """Make players louder or softer in the mix, by as many decibels as are said."""
    _need_song(reach, "a player's level")
    step = float(ask.facts.get("number") or _GAIN_DB) * (-1 if _is_less(ask) else 1)
    for k, now in _rows(sheet, ask, "gain_db"):
        sheet.set(("stems", k, "gain_db"), round(min(_HIGHEST_DB, max(_LOWEST_DB, now + step)), 1))
    ask.unread = [word for word in ask.unread if word not in ("db", "decibel", "decibels")]


def set_send(sheet: Sheet, ask: Ask, reach: Reach) -> None:
    """Give players more or less of a reverb or an echo, or none of it."""
    _need_song(reach, "a player's effect")
    field = next(SENDS[word] for word in ask.facts["mood"] if word in SENDS)
    is_none = "remove" in ask.does or "without" in ask.facts
    step = -_SEND if _is_less(ask) else _SEND
    for k, now in _rows(sheet, ask, field):
        sheet.set(("stems", k, field), 0.0 if is_none else round(min(1.0, max(0.0, now + step)), 2))


def set_playing(sheet: Sheet, ask: Ask, reach: Reach) -> None:
    """Let players play in other ways, such as legato, or no longer in them."""
    _need_song(reach, "a player's way of playing")
    names = _stems(sheet, ask)
    is_unwanted = bool({"remove", "less"} & {*ask.does}) or "without" in ask.facts
    sheet.need_stems()
    for k, row in enumerate(sheet.data["stems"]):
        if row["name"] not in names:
            continue
        playing = list(row.get("playing") or ())
        for way in [way for word in ask.facts["mood"] if (way := way_called(word)) is not None]:
            asked, other = (UNWANTED[way], way) if is_unwanted else (way, UNWANTED[way])
            playing = [one for one in playing if one not in (asked, other)] + [asked]
        sheet.set(("stems", k, "playing"), playing)


def set_pan(sheet: Sheet, ask: Ask, reach: Reach) -> None:
    """Put players to a side of the stereo field, or into its middle."""
    _need_song(reach, "a player's side")
    side = next(word for word in ("left", "right", "centre") if word in ask.does)
    for k, _ in _rows(sheet, ask, "pan"):
        sheet.set(("stems", k, "pan"), {"left": -_AWAY, "right": _AWAY, "centre": 0.0}[side])


def _is_less(ask: Ask) -> bool:
    return "quieter" in ask.does or "less" in ask.does


def _need_song(reach: Reach, what: str) -> None:
    if not reach.is_song:
        raise EditError(f"{what} is that of the whole song; leave the place out", field="stems")


def _rows(sheet: Sheet, ask: Ask, field: str) -> list[tuple[int, float]]:
    """Return the rows of the stems that a clause names, and what each has of a field."""
    names = _stems(sheet, ask)
    sheet.need_stems()
    planned = {stem.name: float(getattr(stem, field)) for stem in sheet.plan.stems}
    return [
        (k, float(row[field] if row.get(field) is not None else planned[row["name"]]))
        for k, row in enumerate(sheet.data["stems"])
        if row["name"] in names
    ]


def confine(sheet: Sheet, ask: Ask, reach: Reach) -> None:
    """Let players be heard in what is meant alone, and add those whom the song does not have."""
    if reach.is_song:
        raise EditError("say in which section alone they are to play", field="stems")
    for player in ask.facts["player"]:
        mine = [stem.name for stem in stems_named(player, sheet.plan)]
        if not mine:
            add_stem(sheet, player, reach)
        for name in mine:
            _keep_out(sheet, reach, name)
