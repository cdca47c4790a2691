"""The clips of a song: what is asked of the backend, and what it gave, checked.

A clip that the song needs twice, or that the cache has, is not made again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from render.audio.types import Audio
from render.backends.base import Backend
from render.backends.latents import LatentRecipe
from render.backends.request import Clip, ClipRequest
from render.clips.cache import ClipCache
from render.clips.guide import GuideMaker, GuideRecipe
from render.clips.init_audio import Repaint, beginning, repaint_of
from render.clips.negotiate import Approach, negotiate, warnings
from render.clips.parallel import SideBySide
from render.clips.realise import realise
from render.clips.separate import DemucsSeparator, Separator, parts_of_stems
from render.clips.singing import singer, tagged_lyrics
from render.model.threads import count_own_threads
from structure.base.errors import RitornelloError
from structure.base.progress import Progress, ProgressEvent
from structure.base.seeds import derive_seed
from structure.plans.plan import SongPlan, StemPlan, Visit

PRE_ROLL_S = 0.1
"""Least pre-roll of a clip; half a crossfade where that is longer."""

CLIP_TAIL_S = 2.5
"""How long a clip goes on after its section, for what rings."""


@dataclass(frozen=True, slots=True)
class Extract:
    """What a clip is of a mix: the mix's key in the cache, and the parts of it that it is made of."""

    mix: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WantedClip:
    """One clip of the song: what to ask for, its key in the cache, and where it goes. ``extract`` is set
    where the approach makes a mix, of which the clip is a part."""

    visit: Visit
    stem: StemPlan
    request: ClipRequest
    key: str
    approach: Approach
    extract: Extract | None = None
    repaint: Repaint | None = None
    kept_key: str = ""

    @property
    def place(self) -> str:
        """``section/visit/stem``."""
        return _place(self.visit.name, self.visit.index, self.stem.name)

    @property
    def is_plain(self) -> bool:
        """True where it needs nothing but its request: no mix, and no clip that others may need too."""
        return self.extract is None and self.repaint is None

    @property
    def source(self) -> str:
        """How its stem was got."""
        if self.extract is not None:
            return "separated from a mix"
        return "asked for in words" if self.approach.conforms else "the backend's own stem"

    @property
    def seconds(self) -> float:
        """Length of the clip."""
        return self.request.total_samples / self.request.grid.sample_rate


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
        return _place(self.section, self.visit, self.stem)


def _place(section: str, visit: int, stem: str) -> str:
    return f"{section}/{visit}/{stem}"


def clip_request(plan: SongPlan, visit: Visit, stem: StemPlan) -> ClipRequest:
    """What is asked of a backend for one stem of one visit; says nothing of where it stands."""
    grid = plan.grid
    beat = float(grid.meter.beat_quarters * grid.quarter_samples)
    pre_roll = max(round(PRE_ROLL_S * grid.sample_rate), round(plan.render.crossfade_beats * beat / 2) + 1)
    request = ClipRequest(
        role=stem.role,
        prompt=visit.prompts.get(stem.name, stem.prompt),
        negative_prompt=visit.negative_prompts.get(stem.name, stem.negative_prompt),
        notes=visit.score.parts[stem.name].notes,
        grid=grid,
        body_quarters=visit.bars * grid.meter.bar_quarters,
        pre_roll_samples=pre_roll,
        tail_samples=round(CLIP_TAIL_S * grid.sample_rate),
        latent=LatentRecipe(
            derive_seed(visit.seed, stem.name),
            derive_seed(visit.variation_seed, stem.name),
            visit.variation,
        ).canonical(),
        timbre=LatentRecipe(
            derive_seed("timbre", plan.seed, stem.name),
            derive_seed("timbre", visit.variation_seed, stem.name),
            visit.timbre_variation,
        ).canonical(),
        steps=plan.render.steps,
        guidance=plan.render.guidance,
        morph_prompt=visit.morph_prompts.get(stem.name, ""),
        lyrics=tagged_lyrics(visit) if singer(plan, visit) == stem.name else "",
        key=visit.key,
    )
    if visit.init is None:
        return request
    file = plan.init_audio.get(visit.init.audio)
    return replace(request, init=beginning(visit.init, file, request))


def requested_clips(plan: SongPlan) -> list[tuple[Visit, StemPlan, ClipRequest]]:
    """Every clip of the song in its order, as any backend would be asked for it; silent stems have
    none."""
    return [
        (visit, stem, clip_request(plan, visit, stem))
        for visit in plan.visits
        for stem in plan.stems
        if stem.name in visit.score.parts and visit.score.parts[stem.name].notes
    ]


def separator_of(plan: SongPlan, backend: Backend) -> Separator | None:
    """What takes the backend's mixes apart, where the song wants that and it does not make stems.

    Raises RitornelloError where demucs or its weights are missing.
    """
    if backend.capabilities.makes_stems or plan.render.stems == "ask":
        return None
    return DemucsSeparator()


def wanted_clips(
    plan: SongPlan, backend: Backend, guides: GuideMaker, separator: Separator | None = None
) -> tuple[list[WantedClip], tuple[str, ...]]:
    """Every clip of the song as this backend can make it, and what it cannot do, in words.

    Stems are taken from a mix of each visit where there is a ``separator``. Raises RitornelloError where
    a section is longer than the backend can make it.
    """
    requests: dict[int, list[tuple[Visit, StemPlan, ClipRequest]]] = {}
    for visit, stem, request in requested_clips(plan):
        requests.setdefault(visit.start_bar, []).append((visit, stem, request))
    wanted: list[WantedClip] = []
    for asked in requests.values():
        wanted += (
            [_asked_clip(plan, backend, guides, *one) for one in asked]
            if separator is None
            else _separated_clips(plan, backend, guides, separator, asked)
        )
    told = [(item.stem.name, item.approach) for item in wanted]
    return wanted, warnings(backend.name, told)


def _asked_clip(
    plan: SongPlan,
    backend: Backend,
    guides: GuideMaker,
    visit: Visit,
    stem: StemPlan,
    request: ClipRequest,
) -> WantedClip:
    approach, key = _approach(plan, backend, guides, visit, request)
    repaint = repaint_of(visit, stem, approach.request)
    if repaint is None:
        return WantedClip(visit, stem, approach.request, key, approach)
    return WantedClip(
        visit, stem, approach.request, repaint.key(key), approach, repaint=repaint, kept_key=key
    )


def _separated_clips(
    plan: SongPlan,
    backend: Backend,
    guides: GuideMaker,
    separator: Separator,
    asked: Sequence[tuple[Visit, StemPlan, ClipRequest]],
) -> list[WantedClip]:
    """The stems of one visit, taken out of one mix."""
    visit = asked[0][0]
    sources = [request for _, _, request in asked]
    approach, mix = _approach(plan, backend, guides, visit, _mix_request(plan, visit, sources), sources)
    given = parts_of_stems([(stem.name, stem.role) for _, stem, _ in asked], singer(plan, visit))
    clips = []
    for _, stem, request in asked:
        parts = given[stem.name]
        key = hashlib.sha256(json.dumps([mix, separator.fingerprint, parts]).encode()).hexdigest()
        clips.append(WantedClip(visit, stem, request, key, approach, Extract(mix, parts)))
    return clips


def _approach(
    plan: SongPlan,
    backend: Backend,
    guides: GuideMaker,
    visit: Visit,
    request: ClipRequest,
    sources: Sequence[ClipRequest] = (),
) -> tuple[Approach, str]:
    """How a clip is made, and its key."""
    can, wish = backend.capabilities, plan.render
    strength = can.guide_strength if wish.guide_strength is None else wish.guide_strength
    recipe = None if wish.guide == "none" else GuideRecipe(wish.guide, strength)
    try:
        approach = negotiate(request, can, backend.name, recipe, sources)
    except RitornelloError as exc:
        raise RitornelloError(f"section {visit.name!r} {exc}") from exc
    guide = guides.fingerprint(approach.guide.kind) if approach.guide else ""
    return approach, approach.key(backend.fingerprint, guide)


def _mix_request(plan: SongPlan, visit: Visit, sources: Sequence[ClipRequest]) -> ClipRequest:
    """All stems of a visit at once. Its notes are those of its sources."""
    first = sources[0]
    prompts = dict.fromkeys(request.prompt for request in sources)
    unwanted = dict.fromkeys(request.negative_prompt for request in sources if request.negative_prompt)
    latent = LatentRecipe(
        derive_seed(visit.seed, "mix"), derive_seed(visit.variation_seed, "mix"), visit.variation
    )
    return replace(
        first,
        role="mix",
        prompt="; ".join(prompts),
        negative_prompt="; ".join(unwanted),
        notes=(),
        latent=latent.canonical(),
        timbre=LatentRecipe(derive_seed("timbre", plan.seed, "mix")),
        lyrics=tagged_lyrics(visit) if singer(plan, visit) else "",
    )


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
            detail = f"{item.visit.label}: {item.stem.name}"
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
        visit.name,
        visit.index,
        item.stem.name,
        item.key,
        reused,
        round(item.seconds, 3),
        visit.variation,
        item.source,
        clip.notes,
        clip.doubts,
    )
