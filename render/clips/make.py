"""The clips of a song: what is asked of the backend, and what it gave, checked.

A clip that the song needs twice, or that the cache has, is not made again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from render.audio.types import Audio
from render.backends.base import Backend
from render.backends.request import Clip
from render.clips.cache import ClipCache
from render.clips.guide import GuideMaker
from render.clips.init_audio import Repaint
from render.clips.negotiate import Approach
from render.clips.parallel import SideBySide
from render.clips.realise import realise
from render.clips.separate import Separator
from render.clips.wanted import WantedClip, clip_place
from render.model.threads import count_own_threads
from structure.base.progress import Progress, ProgressEvent


@dataclass(frozen=True, slots=True)
class ClipRecord:
    """Where a clip of the song came from. ``reused`` says that it was not generated in this render,
    ``source`` how its stem was got, ``notes`` what was done to it, ``doubts`` what seems wrong with it."""

    section: str
    visit: int
    stem: str
    key: str
    reused: bool
    seconds: float
    variation: float
    source: str = ""
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """``section/visit/stem``."""
        return clip_place(self.section, self.visit, self.stem)


class _Maker:
    """Makes clips that nobody has; a mix of which several stems are taken is taken apart once."""

    def __init__(
        self, backend: Backend, cache: ClipCache, guides: GuideMaker, separator: Separator | None
    ) -> None:
        self._backend = backend
        self._cache = cache
        self._guides = guides
        self._separator = separator
        self._parts: tuple[str, Clip, Mapping[str, Audio]] | None = None

    def clip(self, item: WantedClip) -> Clip:
        """A clip, newly made."""
        if item.repaint is not None:
            return self._repainted(item, item.repaint)
        if item.extract is None:
            return realise(self._backend, item.approach, self._guides)
        mix, parts = self._taken_apart(item.extract.mix, item.approach)
        audio = np.zeros((2, mix.audio.shape[1]), dtype=np.float32)
        for part in item.extract.parts:
            audio += parts[part]
        notes = (*mix.notes, f"from the mix: {', '.join(item.extract.parts) or 'nothing'}")
        return replace(mix, audio=audio, notes=notes)

    def _repainted(self, item: WantedClip, repaint: Repaint) -> Clip:
        """The clip as it was, with another take in some bars; by the backend itself where it can."""
        kept = self._cache.get(item.kept_key)
        if kept is None:
            kept = realise(self._backend, item.approach, self._guides)
            self._cache.put(item.kept_key, kept)
        asked = item.approach.request
        if self._backend.capabilities.inpaints and item.approach.guide is None:
            new = replace(item.approach, request=repaint.request(asked, kept))
            return realise(self._backend, new, self._guides)
        other = replace(item.approach, request=repaint.other_take(asked))
        return repaint.spliced(kept, realise(self._backend, other, self._guides))

    def _taken_apart(self, key: str, approach: Approach) -> tuple[Clip, Mapping[str, Audio]]:
        if self._parts is None or self._parts[0] != key:
            assert self._separator is not None
            mix = self._cache.get(key)
            if mix is None:
                mix = realise(self._backend, approach, self._guides)
                self._cache.put(key, mix)
            self._parts = (key, mix, self._separator.separate(mix.audio, mix.sample_rate))
        return self._parts[1], self._parts[2]


def make_clips(
    wanted: Sequence[WantedClip],
    backend: Backend,
    cache: ClipCache,
    progress: Progress,
    guides: GuideMaker,
    separator: Separator | None = None,
) -> tuple[dict[str, Clip], list[ClipRecord]]:
    """Every clip once, by key, and a record for each place in which it is used.

    Progress counts all clips, but weighs only those that must be generated, which take the time. Clips of a
    backend that is thread-safe are made side by side. Whoever interrupts finds what was made in the cache.
    Raises RuntimeError where the backend breaks its contract.
    """
    maker = _Maker(backend, cache, guides, separator)
    unique = {item.key: item for item in wanted}
    missing = [item for item in unique.values() if not cache.has(item.key)]
    at_once = count_own_threads() if backend.capabilities.thread_safe else 1
    beside = SideBySide(maker.clip, at_once)
    try:
        with beside.begun([item for item in missing if item.is_plain]):
            return _collected(wanted, cache, progress, beside, sum(item.seconds for item in missing))
    except BaseException:
        for item, clip in beside.left():
            cache.put(item.key, clip)
        raise


def _collected(
    wanted: Sequence[WantedClip],
    cache: ClipCache,
    progress: Progress,
    beside: SideBySide[WantedClip, Clip],
    total_work: float,
) -> tuple[dict[str, Clip], list[ClipRecord]]:
    count = len({item.key for item in wanted})
    clips: dict[str, Clip] = {}
    records = []
    work = 0.0
    for item in wanted:
        reused = item.key in clips
        if not reused:
            detail = f"{item.visit.place.label}: {item.stem.name}"
            progress(ProgressEvent("clips", len(clips), count, detail, work, total_work))
            clip = cache.get(item.key)
            reused = clip is not None
            if clip is None:
                clip = beside.made(item)
                cache.put(item.key, clip)
                work += item.seconds
                total_work = max(total_work, work)  # a damaged file in the cache was not foreseen
            clips[item.key] = clip
        records.append(_record(item, clips[item.key], reused))
    progress(ProgressEvent("clips", count, count, "", total_work, total_work))
    return clips, records


def cache_warnings(cache: ClipCache) -> tuple[str, ...]:
    """What went wrong with the cache, in words; the song is none the worse for it."""
    warnings = []
    if cache.damaged:
        warnings.append(f"damaged clips in the cache, made anew: {cache.damaged}")
    if cache.failure:
        warnings.append(f"clips could not be kept in the cache: {cache.failure}")
    return tuple(warnings)


def clip_doubts(records: Sequence[ClipRecord]) -> tuple[str, ...]:
    """What seems wrong with clips, in words, once for each section and stem."""
    told = {(r.section, r.stem, doubt): None for r in records for doubt in r.doubts}
    return tuple(f"{section}, {stem}: {doubt}" for section, stem, doubt in told)


def _record(item: WantedClip, clip: Clip, reused: bool) -> ClipRecord:
    visit = item.visit
    return ClipRecord(
        visit.place.name,
        visit.place.index,
        item.stem.name,
        item.key,
        reused,
        round(item.seconds, 3),
        visit.sound.variation,
        item.source,
        clip.notes,
        clip.doubts,
    )
