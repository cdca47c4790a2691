"""The last refrain is larger than the first: it has a player, a voice, octaves, strokes or a key more."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from structure.base.labels import REFRAINS
from structure.base.sampling import pick_weighted
from structure.planning.arranging.habits import is_free, song_rng
from structure.planning.arranging.scene import Member, Passage, Scene
from structure.plans.events import Event
from structure.presets.gestures import Growth

_SPARE = 4
"""Accompanying stems from which on one may be held back for the last refrain."""

_COLOURS = ("arpeggio", "pad")
"""Who may be held back, the first choice first."""

_LIFTS = (1, 2, 2)
"""Semitones by which a last refrain lies higher, each as likely as the others."""


def with_growth(scene: Scene) -> Scene:
    """Return a scene whose last refrain is larger than the first in two or three ways.

    The style and the seed decide whether it is. Earlier refrains stay returns of each other.
    """
    rng = song_rng(scene, "growth")
    if rng.random() >= scene.style.gestures.grows:
        return scene

    # Refrains are the passages of the kind that comes most often.
    kinds = [passage.kind for passage in scene.passages]
    kind = max(REFRAINS, key=kinds.count)
    refrains = [position for position, own in enumerate(kinds) if own == kind]
    if len(refrains) < 2:
        return scene
    last = refrains[-1]
    if scene.passages[last].repeats or not is_free(scene, scene.passages[last]):
        return scene
    chosen = _draw_growths(scene, refrains, rng, 3 if rng.random() < 0.5 else 2)
    if len(chosen) < 2:
        return scene

    passages = list(scene.passages)
    if "part" in chosen:
        # One more plays in it who plays only elsewhere, or else one who is left out of the other refrains.
        guest, spare = _guest(scene, refrains), _spare(scene, refrains)
        if guest is not None:
            passages[last] = replace(passages[last], members=(*passages[last].members, guest.name))
        left_out = spare.name if guest is None and spare is not None else ""
        for position in refrains[:-1]:
            members = [name for name in passages[position].members if name != left_out]
            passages[position] = replace(passages[position], members=tuple(members))

    events: list[Event] = []
    if "octaves" in chosen and (doubler := _to_double(scene, passages[last])) is not None:
        events.append(Event(1, "octaves", doubler.name))
    if "harmony" in chosen and (second := _second_voice(scene, passages[last])) is not None:
        events.append(Event(1, "harmony", second.name))
    if "busier" in chosen:
        events.append(Event(1, "busier"))
    passages[last] = replace(passages[last].with_events(events), is_largest=True)
    if "key" in chosen:
        lift = rng.choice(_LIFTS)
        passages[last:] = [replace(passage, lift=lift) for passage in passages[last:]]
    return replace(scene, passages=tuple(passages))


def _draw_growths(scene: Scene, refrains: Sequence[int], rng: random.Random, count: int) -> list[Growth]:
    """Return the ways in which the last refrain grows, drawn from those that the band can do."""
    last = scene.passages[refrains[-1]]
    playing = {member.role for member in scene.playing(last)}
    able: dict[Growth, bool] = {
        "part": _spare(scene, refrains) is not None or _guest(scene, refrains) is not None,
        "octaves": _to_double(scene, last) is not None,
        "harmony": "lead" in playing and _second_voice(scene, last) is not None,
        "busier": "drums" in playing and "busier" not in scene.refused,
        "key": scene.is_key_free and not any(passage.lift for passage in scene.passages),
    }
    weights = {
        way: weight for way, weight in scene.style.gestures.growth.items() if able.get(way) and weight
    }
    found: list[Growth] = []
    while weights and len(found) < count:
        way = pick_weighted(rng, weights)
        found.append(way)
        del weights[way]
    return found


def _spare(scene: Scene, refrains: Sequence[int]) -> Member | None:
    """Return who is held back until the last refrain, or None.

    It adds colour to all refrains, plays elsewhere too, and nobody asks for it. Without it the refrains
    still have more players than any other section.
    """
    passages = [scene.passages[position] for position in refrains]
    others = [passage for passage in scene.passages if passage not in passages]
    most = max((len(passage.members) for passage in others), default=0)
    is_crowded = all(len(passage.members) - 1 > most for passage in passages)
    if not is_crowded or len(scene.accompanying(passages[0])) < _SPARE:
        return None
    elsewhere = {name for passage in others for name in passage.members}
    for member in _colours(scene):
        if member.share or member.always or member.name not in elsewhere:
            continue
        if all(
            passage.is_open
            and member.name in passage.members
            and not passage.kept.get(member.name)
            and all(event.stem != member.name for event in passage.asked)
            for passage in passages
        ):
            return member
    return None


def _colours(scene: Scene) -> list[Member]:
    """Return the players who add colour, the first choice first."""
    return [member for role in _COLOURS for member in scene.members if member.role == role]


def _guest(scene: Scene, refrains: Sequence[int]) -> Member | None:
    """Return who comes to the last refrain alone: one who adds colour to other sections, or None."""
    passages = [scene.passages[position] for position in refrains]
    elsewhere = {name for passage in scene.passages for name in passage.members}
    heard = {name for passage in passages for name in passage.members}
    return next(
        (m for m in _colours(scene) if m.name in (elsewhere - heard) and m.name in passages[-1].guests),
        None,
    )


def _to_double(scene: Scene, passage: Passage) -> Member | None:
    """Return who plays in octaves: the first who has chords, else the first who has a figure, or None.

    Players of an exact ensemble do not double: their hands and voices are full already.
    """
    playing = [member for member in scene.playing(passage) if not member.always]
    return next((m for role in ("chords", "pad", "arpeggio") for m in playing if m.role == role), None)


def _second_voice(scene: Scene, passage: Passage) -> Member | None:
    """Return who has the second voice: if possible a player of harmony who does not double."""
    playing = [member for member in scene.playing(passage) if not member.always]
    doubler = _to_double(scene, passage)
    able = [m for role in ("pad", "arpeggio", "chords") for m in playing if m.role == role]
    return next((m for m in able if m != doubler), able[0] if able else None)
