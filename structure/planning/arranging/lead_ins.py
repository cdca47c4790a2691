"""How a band goes into its refrains: a habit of the song."""

from __future__ import annotations

from collections.abc import Iterator

from structure.base.labels import REFRAINS
from structure.base.sampling import pick_weighted
from structure.planning.arranging.habits import (
    has,
    is_free,
    last_beats,
    leads_to_refrain,
    melody,
    song_rng,
    with_returning,
)
from structure.planning.arranging.scene import Passage, Scene
from structure.plans.events import Event

_SHORTEST = 4
"""Bars of a section from which on it leads into a refrain."""

_QUIET = 0.3
"""Energy of a section below which no band stops or strikes together."""


def with_lead_ins(scene: Scene) -> Scene:
    """Return a scene with the song's way into its refrains.

    It is none, a stop, a stroke of all, a melody that leads up, or chords that come early all through the
    refrains.
    """
    rng = song_rng(scene, "lead-ins")
    way = pick_weighted(rng, scene.style.gestures.lead_ins)
    is_long = rng.random() < 0.4
    leads = leads_to_refrain(scene)

    def decide(position: int, passage: Passage) -> Iterator[Event]:
        if way == "push" and passage.kind in REFRAINS and is_free(scene, passage, "push"):
            yield Event(1, "push")
        if not leads[position] or passage.bars < _SHORTEST or has(passage, "build", "stop", "pickup"):
            return
        is_held = any(event.do in ("hold", "fermata") for event in passage.asked)
        if is_held or not is_free(scene, passage, way, "fill"):
            return
        bar, beat = last_beats(passage, 2 if is_long and passage.beats >= 4 else 1)
        if way in ("stop", "shot") and passage.energy >= _QUIET and passage.beats > 1:
            yield Event(bar, "stop" if way == "stop" else "shot", beat=beat)
        elif way == "pickup" and (leader := melody(scene, passage)) is not None:
            yield Event(bar, "pickup", leader.name)

    return with_returning(scene, decide)
