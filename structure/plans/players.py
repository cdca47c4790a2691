"""What plays what: the render settings of each stem in each visit, from the inside out.

A stem's own backend comes before its section's, and that before the song's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from structure.base.types import PLAYERLESS
from structure.plans.plan import SongPlan, StemPlan, Visit
from structure.specs.spec import RenderSpec

_OF_THE_SONG = ("device", "dtype", "offload", "guide", "stems", "singer", "crossfade_beats")
"""Settings that hold for every backend of a song; all others are for the one for which they are written."""

_OF_A_CLIP = ("steps", "guidance", "guide_strength")
"""Settings that are asked of a backend clip by clip."""


def settings_of(plan: SongPlan, visit: Visit, stem: StemPlan) -> RenderSpec:
    """Return the render settings by which a stem is played in a visit; by default, the song's own."""
    around = [plan.render]  # the nearest first
    for inner in (visit.sound.backend, stem.backend):
        if inner is not None:
            name = inner.name or around[0].backend
            own = next((settings for settings in around if settings.backend == name), None)
            if own is None:
                kept = {field: getattr(around[0], field) for field in _OF_THE_SONG}
                own = RenderSpec(backend=name, **kept)
            around.insert(0, own.model_copy(update=inner.collect_settings()))
    return around[0]


def player_of(settings: RenderSpec) -> tuple[tuple[str, Any], ...]:
    """Return what tells a backend with its weights from another.

    Steps and guidance are no part of it; a backend is given them with each clip.
    """
    said = settings.model_dump(exclude={*_OF_THE_SONG, *_OF_A_CLIP})
    return tuple(said.items())


def who_chose(visit: Visit, stem: StemPlan) -> str:
    """Return the field of the spec that says what plays a stem in a visit."""
    if stem.backend is not None and (stem.backend.name or visit.sound.backend is None):
        return f"stems.{stem.name}.backend"
    return "render.backend" if visit.sound.backend is None else f"sections.{visit.place.name}.backend"


def list_settings(plan: SongPlan) -> Iterator[tuple[str, RenderSpec]]:
    """Yield the settings of each stem in each visit in which it plays, with the field that chose them.

    Stems that no backend plays have none.
    """
    for visit in plan.visits:
        for stem in plan.stems:
            if stem.role not in PLAYERLESS and stem.name in visit.music.score.parts:
                yield who_chose(visit, stem), settings_of(plan, visit, stem)


def uses_own_backend(plan: SongPlan) -> bool:
    """Return whether anything of a song is played by the backend of the song itself."""
    own = player_of(plan.render)
    return any(player_of(settings) == own for _, settings in list_settings(plan))


def has_own_players(plan: SongPlan) -> bool:
    """Return whether a stem or a visit of the song says what plays it."""
    stems = any(stem.backend is not None for stem in plan.stems)
    return stems or any(visit.sound.backend is not None for visit in plan.visits)
