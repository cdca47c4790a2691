"""Long intros, interludes and breakdowns of one or two players: somebody joins them in the middle."""

from __future__ import annotations

from dataclasses import replace

from structure.planning.arranging.habits import is_free
from structure.planning.arranging.scene import Member, Passage, Scene
from structure.plans.events import Event

_LONG = {1: 8, 2: 12}
"""Bars from which on a passage of so many accompanying players is too long for them."""

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


def _guest(scene: Scene, passage: Passage) -> Member | None:
    """The first by the habits of the style who plays elsewhere and accompanies; drums in intros alone."""
    elsewhere = {name for other in scene.passages for name in other.members}
    order = [r for r in scene.style.arrangement.order if r != "drums" or passage.kind == "intro"]
    able = [m for role in order for m in scene.members if m.role == role]
    return next((m for m in able if m.name in passage.guests & elsewhere), None)
