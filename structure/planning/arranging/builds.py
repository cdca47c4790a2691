"""Builds: sections that rise into what follows, and the silence at their end."""

from __future__ import annotations

from collections.abc import Iterator

from structure.base.sampling import pick_weighted
from structure.planning.arranging.habits import (
    is_free,
    last_beats,
    leads_to_refrain,
    song_rng,
    with_returning,
)
from structure.planning.arranging.scene import Passage, Scene
from structure.plans.events import Event
from structure.presets.gestures import Hush

_ROOM: dict[Hush, int] = {"none": 0, "beat": 2, "half": 4, "bar": 8}
"""Bars that a build with a silence of each length has at least; the longest comes last."""

_LONGEST = 16
"""Bars of a build; a longer section rises over its last ones."""


def with_builds(scene: Scene) -> Scene:
    """Return a scene whose builds rise, and those of other kinds that the song lets rise into refrains."""
    gestures = scene.style.gestures
    rng = song_rng(scene, "builds")
    rising = {kind for kind, share in gestures.builds.items() if rng.random() < share}
    hush = pick_weighted(rng, gestures.hushes)
    leads = leads_to_refrain(scene)

    def decide(position: int, passage: Passage) -> Iterator[Event]:
        if passage.kind not in rising or not (leads[position] or passage.kind == "build"):
            return
        if passage.is_last or not is_free(scene, passage, "build"):
            return
        bars, beats = min(passage.bars, _LONGEST), passage.beats
        yield Event(passage.bars + 1 - bars, "build")

        # The silence at its end is the song's, or the longest for which the build has room.
        longest = _ROOM[hush] if leads[position] else 0
        fitting = [own for own, room in _ROOM.items() if room <= min(bars, longest)]
        silent = {"none": 0, "beat": 1, "half": beats // 2, "bar": beats}[fitting[-1]]
        if silent and beats > 1 and is_free(scene, passage, "stop", "fill", "pickup", "fermata"):
            bar, beat = last_beats(passage, silent)
            yield Event(bar, "stop", beat=beat)

    return with_returning(scene, decide)
