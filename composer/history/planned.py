"""A song as far as its changes can be told before it is rendered: its spec, its plan, and its clips."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from render.backends.base import Backend
from render.clips.players import LoadPlayer
from render.clips.unloaded import find_player
from render.clips.wanted import ClipPlan, WantedClip
from render.renderer import Join, find_joins
from structure.plans.plan import SongPlan

Place = tuple[str, int, str]
"""Section, number of the visit, stem."""


@dataclass(frozen=True, slots=True)
class PlannedSong:
    """A song as far as its changes can be told.

    It has the spec as plain data, the plan, the clips, and how each clip is joined to its neighbours.
    """

    spec: Mapping[str, Any]
    plan: SongPlan
    clips: tuple[WantedClip, ...]
    joins: Mapping[Place, Join]

    @classmethod
    def of(
        cls, spec: Mapping[str, Any], plan: SongPlan, backend: Backend, load: LoadPlayer | None = None
    ) -> PlannedSong:
        """Settle which clips a song's backend, and those that parts of it name, would make for a plan.

        ``load`` gives the latter; left out, what cannot run here has a stand-in. Raises RitornelloError
        where one cannot make its clips.
        """
        wanted = ClipPlan.of(plan, backend, load=load or find_player)
        joins: dict[Place, Join] = {}
        for stem in plan.stems:
            mine = [clip for clip in wanted.all_clips if clip.stem is stem]
            found = find_joins(plan, mine)
            joins |= {place_of(clip): join for clip, join in zip(mine, found, strict=True)}
        return cls(spec, plan, wanted.all_clips, joins)

    def keys(self) -> dict[Place, str]:
        """Return the key of each clip in the cache, by its place."""
        return {place_of(clip): clip.key for clip in self.clips}


def place_of(clip: WantedClip) -> Place:
    """Return the place of a clip."""
    return clip.visit.place.name, clip.visit.place.index, clip.stem.name
