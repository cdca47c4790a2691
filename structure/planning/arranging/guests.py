"""Players who join the few that play alone in a link.

One joins in the middle of a long link. A tune joins at its end, with its upbeat.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from structure.base.exact import Fraction
from structure.planning.arranging.habits import is_free
from structure.planning.arranging.scene import Scene
from structure.plans.events import Event

_LONG = {1: 8, 2: 12}
"""Bars from which on a passage of so many accompanying players is too long for them."""

_COMPOUND, _LAST_THIRD = 2, Fraction(8, 3)
"""Beats of a bar of 6/8, and the beat of its last eighth, on which tunes begin."""

_LINKS = ("intro", "interlude", "breakdown", "outro")


def with_guests(scene: Scene) -> Scene:
    """Return a scene in which one who plays elsewhere joins the few who have a long link to themselves.

    It is the first, in the style's order, who accompanies; drums join intros only. The same one joins where
    a passage returns as it was.
    """
    elsewhere = {name for passage in scene.passages for name in passage.members}
    passages = list(scene.passages)
    for i, passage in enumerate(scene.passages):
        few = len(scene.accompanying(passage))
        is_long = passage.kind in _LINKS and passage.bars >= _LONG.get(few, passage.bars + 1)
        if is_long and not passage.asked and not passage.repeats and is_free(scene, passage):
            order = [r for r in scene.style.arrangement.order if r != "drums" or passage.kind == "intro"]
            able = [m for role in order for m in scene.members if m.role == role]
            guest = next((m for m in able if m.name in passage.guests & elsewhere), None)
            if guest is not None:
                joined = replace(passage, members=(*passage.members, guest.name))
                entry = Event(passage.bars // 2 + 1, "enter", guest.name)
                passages[i] = joined.with_events([entry])
    return replace(scene, passages=tuple(passages))


def with_upbeats(scene: Scene) -> Scene:
    """Return a scene in which a tune that comes after a link without a tune begins with its upbeat.

    Its player joins the others at the end of the link. What it plays there is the end of the tune of the
    link itself.
    """
    if not scene.style.tune.upbeats:
        return scene
    passages = list(scene.passages)
    for i, (passage, after) in enumerate(pairwise(scene.passages)):
        if passage.kind not in _LINKS or passage.repeats or not is_free(scene, passage):
            continue
        has_tune = any(member.role == "lead" for member in scene.playing(passage))
        singer = next((member.name for member in scene.playing(after) if member.role == "lead"), None)
        if not has_tune and singer in passage.guests:
            beat = _LAST_THIRD if passage.beats == _COMPOUND else Fraction(passage.beats)
            joined = replace(passage, members=(*passage.members, singer))
            passages[i] = joined.with_events([Event(passage.bars, "enter", singer, beat=beat)])
    return replace(scene, passages=tuple(passages))
