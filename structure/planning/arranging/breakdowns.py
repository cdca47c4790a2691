"""Breakdowns: nearly nobody plays at first, and they fill up."""

from __future__ import annotations

from collections.abc import Iterator

from structure.planning.arranging.habits import is_free, song_rng, with_returning
from structure.planning.arranging.scene import Passage, Scene
from structure.planning.arranging.sheets import bars_out, free_bars
from structure.plans.events import Event

_SHORTEST = 4
"""Bars of a breakdown from which on it fills up."""


def with_breakdowns(scene: Scene) -> Scene:
    """Return a scene whose breakdowns have held chords and no drums in their first half.

    The song's seed decides whether the bass waits as well.
    """
    bass_waits = song_rng(scene, "breakdowns").random() < 0.5

    def decide(_position: int, passage: Passage) -> Iterator[Event]:
        if passage.kind != "breakdown" or passage.bars < _SHORTEST or not is_free(scene, passage):
            return
        playing, half = scene.accompanying(passage), passage.bars // 2
        others = [member for member in playing if member.role not in ("drums", "bass")]
        if not others:
            return

        # The bass waits only where one of the others plays in each bar of the first half.
        resting = [
            bars_out([event for event in passage.events if event.stem == member.name], passage.bars)
            for member in others
        ]
        is_carried = not any(all(bar in out for out in resting) for bar in range(half))

        for member in playing:
            is_asked = member.share or member.always
            if is_asked or not free_bars(passage, member).issuperset(range(half)):
                continue
            if member.role == "drums" or (member.role == "bass" and bass_waits and is_carried):
                yield Event(half + 1, "enter", member.name)
            elif member.role == "chords":
                yield Event(1, "hold", member.name, bars=half)

    return with_returning(scene, decide)
