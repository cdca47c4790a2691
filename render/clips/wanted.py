"""Which clips a song wants: what is asked of the backend for each stem of each visit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from render.backends.base import Backend
from render.backends.latents import LatentRecipe
from render.backends.request import ClipRequest
from render.clips.guide import GuideMaker, GuideRecipe
from render.clips.init_audio import Repaint, beginning, repaint_of
from render.clips.negotiate import Approach, negotiate, warnings
from render.clips.separate import DemucsSeparator, Separator, parts_of_stems
from render.clips.singing import singer, tagged_lyrics
from structure.base.errors import RitornelloError
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
        return clip_place(self.visit.place.name, self.visit.place.index, self.stem.name)

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


def clip_place(section: str, visit: int, stem: str) -> str:
    """Return where a clip stands in the song: ``section/visit/stem``."""
    return f"{section}/{visit}/{stem}"


def clip_request(plan: SongPlan, visit: Visit, stem: StemPlan) -> ClipRequest:
    """What is asked of a backend for one stem of one visit; says nothing of where it stands."""
    grid, start = plan.grid_of(visit), plan.position_quarters(visit)
    beat = float(grid.meter.beat_quarters * grid.quarter_samples)
    pre_roll = max(round(PRE_ROLL_S * grid.sample_rate), round(plan.render.crossfade_beats * beat / 2) + 1)
    request = ClipRequest(
        role=stem.role,
        prompt=visit.sound.prompts.get(stem.name, stem.prompt),
        negative_prompt=visit.sound.negative_prompts.get(stem.name, stem.negative_prompt),
        notes=visit.music.score.parts[stem.name].notes,
        controls=visit.music.score.parts[stem.name].controls,
        grid=grid,
        body_quarters=plan.grid.quarters_at_bar(visit.end_bar) - start,
        pre_roll_samples=pre_roll,
        tail_samples=round(CLIP_TAIL_S * grid.sample_rate),
        latent=LatentRecipe(
            derive_seed(visit.sound.seed, stem.name),
            derive_seed(visit.sound.variation_seed, stem.name),
            visit.sound.variation,
        ).canonical(),
        timbre=LatentRecipe(
            derive_seed("timbre", plan.seed, stem.name),
            derive_seed("timbre", visit.sound.variation_seed, stem.name),
            visit.sound.timbre_variation,
        ).canonical(),
        steps=plan.render.steps,
        guidance=plan.render.guidance,
        morph_prompt=visit.sound.morph_prompts.get(stem.name, ""),
        lyrics=tagged_lyrics(visit) if singer(plan, visit) == stem.name else "",
        key=visit.music.key,
    )
    if visit.sound.init is None:
        return request
    file = plan.init_audio.get(visit.sound.init.audio)
    return replace(request, init=beginning(visit.sound.init, file, request))


def requested_clips(plan: SongPlan) -> list[tuple[Visit, StemPlan, ClipRequest]]:
    """Every clip of the song in its order, as any backend would be asked for it; silent stems have
    none."""
    return [
        (visit, stem, clip_request(plan, visit, stem))
        for visit in plan.visits
        for stem in plan.stems
        if stem.name in visit.music.score.parts and visit.music.score.parts[stem.name].notes
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
        requests.setdefault(visit.place.start_bar, []).append((visit, stem, request))
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
        raise exc.with_context(
            f"section {visit.place.name!r} ", field=f"sections.{visit.place.name}"
        ) from exc
    guide = guides.fingerprint(approach.guide.kind) if approach.guide else ""
    return approach, approach.key(backend.fingerprint, guide)


def _mix_request(plan: SongPlan, visit: Visit, sources: Sequence[ClipRequest]) -> ClipRequest:
    """All stems of a visit at once. Its notes are those of its sources."""
    first = sources[0]
    prompts = dict.fromkeys(request.prompt for request in sources)
    unwanted = dict.fromkeys(request.negative_prompt for request in sources if request.negative_prompt)
    latent = LatentRecipe(
        derive_seed(visit.sound.seed, "mix"),
        derive_seed(visit.sound.variation_seed, "mix"),
        visit.sound.variation,
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
