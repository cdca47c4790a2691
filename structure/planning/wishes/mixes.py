"""How a song is mixed where wishes say so: pans, sends, levels, width, tone and loudness."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from structure.base.datafiles import read_data
from structure.base.types import Role
from structure.plans.plan import StemPlan
from structure.presets.mixes import Mix
from structure.presets.players import kit_lanes
from structure.specs.moves import find_move
from structure.specs.spec import MasterSpec
from structure.specs.wishes import Polarity, Wish, Wishes, is_song_wide

_CENTRED: tuple[Role, ...] = ("drums", "bass")
"""Roles that stay in the middle, and drier, where all the song is wide or wet."""

_DUCKED: tuple[Role, ...] = ("bass", "chords", "pad", "arpeggio")
"""Roles that give way to the kick where all the song is ducked."""

_WIDE_PAN = 0.5
_CENTRED_SEND = 0.5
"""What drums and bass send of what the others do."""

Called = Callable[[str], Collection[str]]
"""Gives the names of the stems that some words mean."""


def mix_stems_as_asked(
    stems: Sequence[StemPlan], wishes: Wishes, kept: Collection[str], called: Called
) -> list[StemPlan]:
    """Return the stems with the pans, the sends and the levels that are asked for.

    Those named in ``kept`` stay as they are, since a spec writes them down.
    """
    found = list(stems)
    for wish in _find_mix_wishes(wishes):
        names = None if wish.where.stem is None else _names_of(wish.where.stem, stems, called)
        change = _change(wish)
        sends, delay = change.get("sends", {}), change.get("delay", {})
        free = [stem.name for stem in found if stem.role not in _CENTRED]
        for i, stem in enumerate(found):
            if stem.name in kept or (names is not None and stem.name not in names):
                continue
            stays = stem.role in _CENTRED and names is None
            if change.get("pans") != "wide":
                pan = round(change.get("pan", stem.pan * change.get("pans", 1.0)), 3)
            elif stays or len(free) < 2:
                pan = stem.pan  # one who plays alone stays in the middle; its strip is wide
            else:
                pan = _WIDE_PAN * (1 if free.index(stem.name) % 2 else -1)
            least = sends.get("least", 0.0) * (_CENTRED_SEND if stays else 1.0)
            found[i] = replace(
                stem,
                pan=pan,
                reverb=min(sends.get("most", 1.0), max(least, stem.reverb)),
                delay=stem.delay if stays else max(delay.get("least", 0.0), stem.delay),
                gain_db=stem.gain_db + change.get("gain", 0.0),
            )
    return found


def _names_of(words: str, stems: Sequence[StemPlan], called: Called) -> set[str]:
    """Return the names of the stems that some words mean.

    A part of the drum kit means the whole kit, which is mixed as one.
    """
    is_of_kit = bool(kit_lanes(words))
    return {stem.name for stem in stems if stem.role == "drums"} if is_of_kit else set(called(words))


def _find_mix_wishes(wishes: Wishes) -> list[Wish]:
    found = [wish for wish in wishes.wishes if wish.kind == "mix" and wish.polarity in ("want", "more")]
    # Who asks for more of a player wants to hear more of it, too.
    for wish in wishes.wishes:
        if wish.kind == "part" and wish.polarity in _LEVELS and is_song_wide(wish):
            where = replace(wish.where, stem=wish.what)
            level = _LEVELS[wish.polarity]
            found.append(replace(wish, kind="mix", what=level, polarity="want", where=where))
    # Reverb and echo are sounds that are mixed: more of them, or less.
    for wish in wishes.wishes:
        send = next((send for word, send in _SENDS.items() if word in wish.what.lower()), None)
        if wish.kind != "sound" or send is None or not is_song_wide(wish):
            continue
        if wish.polarity in ("want", "more"):
            found.append(replace(wish, kind="mix", what=send, polarity="want"))
        elif send == "wet":
            found.append(replace(wish, kind="mix", what="drier", polarity="want"))
    return [wish for wish in found if find_move(wish) is None]


_LEVELS: Mapping[Polarity, str] = {"more": "louder", "less": "quieter"}

_SENDS = {"reverb": "wet", "echo": "delay", "delay": "delay"}
"""What a sound says of what stems send."""


def _change(wish: Wish) -> Mapping[str, Any]:
    """Return the change that the words of a wish make; none where the words are in no table."""
    words = wish.what.lower()
    for ending in (" mix", " sound"):
        words = words.removesuffix(ending)
    return _table(wish.where.stem is not None).get(words, {})


@cache
def _table(of_stems: bool) -> Mapping[str, Mapping[str, Any]]:
    data = read_data("mix_words.yaml")
    stems = data.pop("stems")
    del data["moves"]  # those are no changes of the whole song
    rows: dict[str, dict[str, Any]] = stems if of_stems else data
    return {word: row for name, row in rows.items() for word in (name, *row.get("also", ()))}


def set_master_as_asked(master: MasterSpec, wishes: Wishes) -> MasterSpec:
    """Return the master as loud as is asked for, unless a spec chose another than the default."""
    changes = [
        _change(wish) for wish in _find_mix_wishes(wishes) if is_song_wide(wish) and wish.where.stem is None
    ]
    asked = [change["loudness"] for change in changes if "loudness" in change]
    if not asked or master != MasterSpec():
        return master
    return master.model_copy(update={"loudness_lufs": asked[0]})


def mix_as_asked(mix: Mix, stems: Sequence[StemPlan], wishes: Wishes, called: Called) -> Mix:
    """Return the mix with the width, the tone and the balance that are asked for."""
    for wish in _find_mix_wishes(wishes):
        change = _change(wish)
        roles: set[Role] = set(mix.strips)
        if wish.where.stem is not None:
            names = _names_of(wish.where.stem, stems, called)
            roles = {stem.role for stem in stems if stem.name in names}
        if not change:
            continue

        strips, is_named = dict(mix.strips), len(roles) < len(mix.strips)
        width, ducks = change.get("width", {}), change.get("duck", {})
        for role, strip in mix.strips.items():
            if role not in roles:
                continue
            # A bass is widened to a least width, and a part that leads ducks, only where they are named.
            least_width = width.get("least", 0.0) if role != "bass" or is_named else 0.0
            may_duck = role in _DUCKED or (is_named and role != "drums")
            drive = max(0.0, strip.drive_db + change["drive"]) if "drive" in change else strip.drive_db
            own = {
                "width": round(max(strip.width * width.get("times", 1.0), least_width), 3),
                "drive_db": min(30.0, drive),
                "duck": max(strip.duck, ducks.get("least", 0.0) if may_duck else 0.0),
            }
            strips[role] = strip.model_copy(update=own)

        amount = max(mix.duck.amount, ducks.get("amount", 0.0))
        attack_ms = mix.glue.attack_ms + change.get("attack", 0.0)
        target, buses = change.get("target", {}), change.get("buses", {})
        mix = mix.model_copy(
            update={
                "strips": strips,
                "duck": mix.duck.model_copy(update={"amount": amount}),
                "glue": mix.glue.model_copy(update={"attack_ms": attack_ms}),
                "target": {band: level + target.get(band, 0.0) for band, level in mix.target.items()},
                "buses": {bus: level + buses.get(bus, 0.0) for bus, level in mix.buses.items()},
                "dynamics_db": min(20.0, mix.dynamics_db + change.get("dynamics", 0.0)),
            }
        )
    return mix
