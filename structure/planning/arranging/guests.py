"""Players who join the few that play alone in a link.

One joins in the middle of a long link. A tune joins at its end, with its upbeat.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from structure.base.exact import Fraction
from structure.planning.arranging.habits import is_free
from structure.planning.arranging.scene import Member, Passage, Scene
from structure.plans.events import Event

_LONG = {1: 8, 2: 12}
"""Bars from which on a passage of so many accompanying players is too long for them."""

_COMPOUND, _LAST_THIRD = 2, Fraction(8, 3)
"""Beats of a bar of 6/8, and the beat of its last eighth, on which tunes begin."""

_LINKS = ("intro", "interlude", "breakdown", "outro")


def with_guests(scene: Scene) -> Scene:
    """Return a scene in which one who plays elsewhere joins the few who have a long link to themselves.

    The same one joins where a passage returns as it was.
    """
    return replace(scene, passages=tuple(_joined(scene, passage) for passage in scene.passages))


def _joined(scene: Scene, passage: Passage) -> Passage:
    few = len(scene.accompanying(passage))
    if passage.kind not in _LINKS or passage.bars < _LONG.get(few, passage.bars + 1):
        return passage
    guest = _guest(scene, passage)
    if guest is None or passage.asked or passage.repeats or not is_free(scene, passage):
        return passage
    joined = replace(passage, members=(*passage.members, guest.name))
    return joined.with_events([Event(passage.bars // 2 + 1, "enter", guest.name)])


def with_upbeats(scene: Scene) -> Scene:
    """Return a scene in which a tune that comes after a link without a tune begins with its upbeat.

    Its player joins the others at the end of the link. What it plays there is the end of the tune of the
    link itself.
    """
    if not scene.style.tune.upbeats:
        return scene
    pairs = pairwise((*scene.passages, None))
    return replace(scene, passages=tuple(_led_on(scene, here, after) for here, after in pairs if here))


def _led_on(scene: Scene, passage: Passage, after: Passage | None) -> Passage:
    if after is None or passage.kind not in _LINKS or passage.repeats or not passage.is_open:
        return passage
    has_tune = any(member.role == "lead" for member in scene.playing(passage))
    singer = next((member.name for member in scene.playing(after) if member.role == "lead"), None)
    if has_tune or singer not in passage.guests or not is_free(scene, passage):
        return passage
    beat = _LAST_THIRD if passage.beats == _COMPOUND else Fraction(passage.beats)
    joined = replace(passage, members=(*passage.members, singer))
    return joined.with_events([Event(passage.bars, "enter", singer, beat=beat)])


def _guest(scene: Scene, passage: Passage) -> Member | None:
    """Return the first player, in the style's order, who accompanies and also plays elsewhere, or None.

    Drums are guests in intros only.
    """
    elsewhere = {name for other in scene.passages for name in other.members}
    order = [r for r in scene.style.arrangement.order if r != "drums" or passage.kind == "intro"]
    able = [m for role in order for m in scene.members if m.role == role]
    return next((m for m in able if m.name in passage.guests & elsewhere), None)
