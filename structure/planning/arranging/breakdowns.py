"""Breakdowns: nearly nobody plays at first, and they fill up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from structure.planning.arranging.habits import is_free, song_rng, with_returning
from structure.planning.arranging.scene import Member, Passage, Scene
from structure.planning.arranging.sheets import bars_out, free_bars
from structure.plans.events import Event

_SHORTEST = 4
"""Bars of a breakdown from which on it fills up."""


def with_breakdowns(scene: Scene) -> Scene:
    """Return a scene whose breakdowns have held chords and no drums in their first half.

    The song's seed decides whether the bass waits as well.
    """
    bass_waits = song_rng(scene, "breakdowns").random() < 0.5

    def decide(position: int, passage: Passage) -> Iterator[Event]:
        if passage.kind == "breakdown" and passage.bars >= _SHORTEST and is_free(scene, passage):
            yield from _thin_at_first(scene, passage, bass_waits=bass_waits)

    return with_returning(scene, decide)


def _thin_at_first(scene: Scene, passage: Passage, *, bass_waits: bool) -> Iterator[Event]:
    half = passage.bars // 2
    playing = scene.accompanying(passage)
    others = [member for member in playing if member.role not in ("drums", "bass")]
    bass_waits = bass_waits and _is_carried(passage, others, half)
    for member in playing if others else ():
        if not _is_free_at_first(passage, member, half):
            continue
        if member.role == "drums" or (member.role == "bass" and bass_waits):
            yield Event(half + 1, "enter", member.name)
        elif member.role == "chords":
            yield Event(1, "hold", member.name, bars=half)


def _is_carried(passage: Passage, members: Sequence[Member], bars: int) -> bool:
    """Return whether at least one of some players plays in each of the first bars."""
    resting = [
        bars_out([event for event in passage.events if event.stem == member.name], passage.bars)
        for member in members
    ]
    return not any(all(bar in out for out in resting) for bar in range(bars))


def _is_free_at_first(passage: Passage, member: Member, half: int) -> bool:
    """Return whether the arranger decides what a player does in the first half, and nobody asks for it."""
    return not member.share and not member.always and free_bars(passage, member).issuperset(range(half))
