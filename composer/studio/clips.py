"""Which clips a song needs, which of its sections are rendered with them, and which have all of theirs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from composer.base.backends import find_song_backend
from composer.folder.lock import spec_data
from composer.history.planned import PlannedSong
from composer.project import Project
from render.backends.base import Backend
from render.clips.caching.cache import ClipCache
from structure.base.errors import RitornelloError
from structure.base.jsonfile import read_json
from structure.base.names import LOCK
from structure.plans.plan import SongPlan
from structure.plans.players import uses_own_backend


class Backends:
    """The backends of songs, each loaded once. ``only`` is used in place of all of them."""

    def __init__(self, only: Backend | None = None) -> None:
        self._only = only
        self._lock = Lock()
        self._loaded: dict[tuple[str, bool], Backend] = {}

    @property
    def only(self) -> Backend | None:
        """Return the backend that every song is rendered with, None where each has its own."""
        return self._only

    def of(self, plan: SongPlan) -> Backend:
        """Return a song's backend, or a stand-in with its abilities where it cannot run here."""
        if self._only is not None:
            return self._only
        key = plan.render.model_dump_json(), uses_own_backend(plan)
        with self._lock:
            if key not in self._loaded:
                self._loaded[key] = find_song_backend(plan)
            return self._loaded[key]


def clip_keys(project: Project, backend: Backend) -> list[dict[str, str]]:
    """Return the key of each stem's clip in the cache, for each visit of a song in its order."""
    song = PlannedSong.of(spec_data(project.spec), project.plan, backend)
    visits = {visit.place.start_bar: k for k, visit in enumerate(project.plan.visits)}
    found: list[dict[str, str]] = [{} for _ in visits]
    for clip in song.clips:
        found[visits[clip.visit.place.start_bar]][clip.stem.name] = clip.key
    return found


def find_ready(keys: list[dict[str, str]], cache: ClipCache) -> frozenset[int]:
    """Return the visits all of whose clips are in the cache."""
    return frozenset(k for k, clips in enumerate(keys) if all(map(cache.has, clips.values())))


def find_rendered(plan: SongPlan, keys: list[dict[str, str]], folder: Path) -> frozenset[int]:
    """Return the visits that are rendered in a folder with exactly these clips."""
    locked = read_clips(folder)
    rendered = set()
    for k, (visit, clips) in enumerate(zip(plan.visits, keys, strict=True)):
        places = {f"{visit.place.name}/{visit.place.index}/{stem}": key for stem, key in clips.items()}
        prefix = f"{visit.place.name}/{visit.place.index}/"
        if {place: key for place, key in locked.items() if place.startswith(prefix)} == places:
            rendered.add(k)
    return frozenset(rendered) if locked else frozenset()


def read_clips(folder: Path) -> Mapping[str, str]:
    """Return the keys of a rendered song's clips by ``section/visit/stem``; none where there is no song."""
    if not (folder / LOCK).is_file():
        return {}
    try:
        lock: Any = read_json(folder / LOCK, RitornelloError)
    except RitornelloError:
        return {}
    clips = lock.get("clips") if isinstance(lock, dict) else None
    return clips if isinstance(clips, dict) else {}
