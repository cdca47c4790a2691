"""What any backend would be asked for each stem of each visit, whatever it can do of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from render.backends.latents import LatentRecipe
from render.backends.request import ClipRequest, InitAudio
from render.clips.init_audio import read_init_audio
from render.recordings.placing import piece_audio
from structure.base.errors import RitornelloError
from structure.base.seeds import derive_seed
from structure.base.types import MELODIC, PITCHLESS
from structure.forms.section_lengths import section_kind
from structure.plans.plan import InitFile, SongPlan, StemPlan, Visit
from structure.plans.players import settings_of

PRE_ROLL_S = 0.1
"""Least pre-roll of a clip; half a crossfade where that is longer."""

CLIP_TAIL_S = 2.5
"""How long a clip goes on after its section, for what rings."""


@dataclass(frozen=True, slots=True)
class StemRequest:
    """What any backend would be asked for one stem of one visit."""

    visit: Visit
    stem: StemPlan
    request: ClipRequest


def build_requests(plan: SongPlan) -> list[StemRequest]:
    """Return every clip of the song in its order, as any backend would be asked for it.

    Silent stems have none.
    """
    return [
        StemRequest(visit, stem, build_request(plan, visit, stem))
        for visit in plan.visits
        for stem in plan.stems
        if stem.name in visit.music.score.parts and visit.music.score.parts[stem.name].notes
    ]


def build_request(plan: SongPlan, visit: Visit, stem: StemPlan) -> ClipRequest:
    """Return what is asked of a backend for one stem of one visit; it says nothing of where it stands."""
    request = _build_plain_request(plan, visit, stem)
    if stem.role == "audio":
        # what plays of a recording, and nothing else that would decide the clip's key
        piece = visit.sound.recordings[stem.name]
        recording = plan.recordings.get(piece.file) or InitFile(
            path=Path(piece.file), where=f"stems.{stem.name}"
        )
        before, body, tail = request.pre_roll_samples, request.body_samples, request.tail_samples
        try:
            audio = piece_audio(piece, recording, before, body, tail, request.grid.sample_rate)
        except RitornelloError as exc:
            raise exc.with_context(f"{recording.where}: ", field=recording.where) from exc
        same = {**_UNREAD, "latent": LatentRecipe(0), "init": InitAudio(audio, 0.0)}
        return replace(request, **same)

    if stem.role == "effects" or visit.sound.init is None:
        return request
    file = plan.init_audio.get(visit.sound.init.audio)
    return replace(request, init=read_init_audio(visit.sound.init, file, request))


def _build_plain_request(plan: SongPlan, visit: Visit, stem: StemPlan) -> ClipRequest:
    """Return a request without audio to begin from. One for effects has their notes and nothing to read."""
    grid, start = plan.grid_of(visit), plan.position_quarters(visit)
    beat = float(grid.meter.beat_quarters * grid.quarter_samples)
    pre_roll = max(round(PRE_ROLL_S * grid.sample_rate), round(plan.render.crossfade_beats * beat / 2) + 1)
    sound, part = visit.sound, visit.music.score.parts[stem.name]
    settings = settings_of(plan, visit, stem)
    take = sound.takes.get(stem.name, 1)
    other_take = () if take == 1 else ("take", take)
    request = ClipRequest(
        role=stem.role,
        prompt=sound.prompts.get(stem.name, stem.prompt),
        negative_prompt=sound.negative_prompts.get(stem.name, stem.negative_prompt),
        notes=part.notes,
        controls=part.controls,
        grid=grid,
        body_quarters=plan.grid.quarters_at_bar(visit.end_bar) - start,
        pre_roll_samples=pre_roll,
        tail_samples=round(CLIP_TAIL_S * grid.sample_rate),
        latent=LatentRecipe(
            derive_seed(sound.seed, stem.name, *other_take),
            derive_seed(sound.variation_seed, stem.name),
            sound.variation,
        ).canonical(),
        timbre=LatentRecipe(
            derive_seed("timbre", plan.seed, stem.name),
            derive_seed("timbre", sound.variation_seed, stem.name),
            sound.timbre_variation,
        ).canonical(),
        steps=settings.steps,
        guidance=settings.guidance,
        morph_prompt=sound.morph_prompts.get(stem.name, ""),
        lyrics=tag_lyrics(visit) if find_singer(plan, visit) == stem.name else "",
        key=visit.music.key,
        voice=stem.voice,
        language=stem.language,
    )
    if stem.role == "effects":
        return replace(request, **_UNREAD)
    return request


_UNREAD: dict[str, Any] = {
    "prompt": "",
    "negative_prompt": "",
    "morph_prompt": "",
    "key": "",
    "timbre": LatentRecipe(0),
    "steps": None,
    "guidance": None,
}
"""Fields that decide nothing of an effect, and are to change no clip's key."""


def build_mix_request(
    plan: SongPlan, visit: Visit, sources: Sequence[ClipRequest], *, is_sung: bool
) -> ClipRequest:
    """Return a request for several stems of a visit at once. Its notes are those of its sources.

    ``is_sung`` says whether who sings is among them.
    """
    prompts = dict.fromkeys(request.prompt for request in sources)
    unwanted = dict.fromkeys(request.negative_prompt for request in sources if request.negative_prompt)
    takes = [part for stem, take in sorted(visit.sound.takes.items()) for part in (stem, take)]
    latent = LatentRecipe(
        derive_seed(visit.sound.seed, "mix", *takes),
        derive_seed(visit.sound.variation_seed, "mix"),
        visit.sound.variation,
    )
    return replace(
        sources[0],
        role="mix",
        prompt="; ".join(prompts),
        negative_prompt="; ".join(unwanted),
        notes=(),
        latent=latent.canonical(),
        timbre=LatentRecipe(derive_seed("timbre", plan.seed, "mix")),
        lyrics=tag_lyrics(visit) if is_sung else "",
    )


def find_singer(plan: SongPlan, visit: Visit) -> str | None:
    """Return the stem that sings in a visit: its vocals, its first lead stem, or its first that has pitch.

    None where there are no lyrics.
    """
    if not visit.sound.lyrics:
        return None
    heard = [stem for stem in plan.stems if stem.name in visit.music.score.parts]
    pitched = [stem for stem in heard if stem.role not in PITCHLESS]
    melodic = [stem for role in MELODIC for stem in heard if stem.role == role] or pitched
    return melodic[0].name if melodic else None


def tag_lyrics(visit: Visit) -> str:
    """Return the words of a visit under a tag such as [verse], unless they begin with one of their own."""
    if not visit.sound.lyrics or visit.sound.lyrics.startswith("["):
        return visit.sound.lyrics
    return f"[{section_kind(visit.place.name)}]\n{visit.sound.lyrics}"
