"""Call and response: a section that returns has its melody to and fro between two players."""

from __future__ import annotations

from dataclasses import replace

from structure.base.labels import REFRAINS
from structure.planning.arranging.habits import is_free, melody, song_rng
from structure.planning.arranging.scene import Member, Passage, Scene
from structure.plans.events import Event

_SHORTEST = 8
"""Bars of a section from which on two share its melody."""


def with_answers(scene: Scene) -> Scene:
    """Return a scene in which another player answers the melody of one section from its second visit on.

    The section returns varied and is no refrain. The style and the seed decide whether there is one.
    """
    if song_rng(scene, "answers").random() >= scene.style.gestures.answers:
        return scene
    name = next((own.name for own in scene.passages if _replier(scene, own) is not None), None)
    passages = [
        own.with_events([Event(1, "answer", replier.name)])
        if own.name == name and (replier := _replier(scene, own)) is not None
        else own
        for own in scene.passages
    ]
    return replace(scene, passages=tuple(passages))


def _replier(scene: Scene, passage: Passage) -> Member | None:
    """Return who answers the melody of a passage: another player with a melody, or one with a figure.

    None where the passage is heard for the first time, or nobody is free to answer.
    """
    leader = melody(scene, passage)
    is_return = passage.index > 1 and passage.varies() and not passage.repeats
    if leader is None or not is_return or passage.kind in REFRAINS or passage.bars < _SHORTEST:
        return None
    if not is_free(scene, passage, "answer", "stop_time") or not _may_share(passage, leader):
        return None
    others = [m for role in ("lead", "arpeggio") for m in scene.playing(passage) if m.role == role]
    return next((m for m in others if m != leader and _may_share(passage, m)), None)


def _may_share(passage: Passage, member: Member) -> bool:
    """Return whether nobody asks for what a player does in a passage."""
    is_asked = member.share or member.always or passage.kept.get(member.name)
    return not is_asked and not passage.find_asked(member.name)
