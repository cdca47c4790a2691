"""What a song's habits are drawn from, and how what is decided for a section returns with it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise

from structure.base.exact import Fraction
from structure.base.labels import REFRAINS
from structure.base.sampling import generator
from structure.planning.arranging.scene import Member, Passage, Scene
from structure.plans.events import Event

_ALONE = ("build", "solo", "trade", "stop_time", "half_time", "double_time", "meter", "fade")
"""Events beside which the arranger adds no gesture of its own."""


def song_rng(scene: Scene, habit: str) -> random.Random:
    """Return the generator of one habit of a song."""
    return generator(scene.seed, "habit", scene.style.name, habit)


def is_free(scene: Scene, passage: Passage, *kinds: str) -> bool:
    """Return whether the arranger may add events of some kinds to a passage.

    It may where the user does not write what happens in the passage, where nobody asks for an event of
    these kinds or for one that stands alone, and where none of the kinds is refused.
    """
    if not passage.is_open or set(kinds) & scene.refused:
        return False
    return not any(event.do in (*kinds, *_ALONE) for event in passage.asked)


def leads_to_refrain(scene: Scene) -> list[bool]:
    """Return for each passage whether a refrain follows it, and it is none itself."""
    kinds = [passage.kind for passage in scene.passages]
    found = [a not in REFRAINS and b in REFRAINS for a, b in pairwise(kinds)]
    return [*found, False]


def drummer(scene: Scene, passage: Passage) -> Member | None:
    """Return the first who drums in a passage."""
    return next((member for member in scene.playing(passage) if member.role == "drums"), None)


def melody(scene: Scene, passage: Passage) -> Member | None:
    """Return the first who has a melody in a passage."""
    return next((member for member in scene.playing(passage) if member.role == "lead"), None)


def last_beats(passage: Passage, beats: int) -> tuple[int, Fraction]:
    """Return the bar and the beat at which the last beats of a passage begin, at most a bar of them."""
    return passage.bars, Fraction(max(1, passage.beats + 1 - beats))


def has(passage: Passage, *kinds: str) -> bool:
    """Return whether events of some kinds happen in a passage."""
    return any(event.do in kinds for event in (*passage.asked, *passage.events))


def with_returning(scene: Scene, decide: Callable[[int, Passage], Iterable[Event]]) -> Scene:
    """Return a scene with the events that ``decide`` gives for each passage, by its number and itself.

    A passage that returns unvaried, and as long, has the events of its section's first time, where it is
    open to them.
    """
    kept: dict[tuple[str, int, int], tuple[Event, ...]] = {}
    passages = []
    for position, passage in enumerate(scene.passages):
        which = passage.name, passage.bars, passage.beats
        if not passage.varies() and which in kept:
            events = kept[which] if passage.is_open else ()
        else:
            events = tuple(decide(position, passage))
            kept.setdefault(which, events)
        passages.append(passage.with_events(events))
    return replace(scene, passages=tuple(passages))
