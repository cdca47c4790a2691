"""Plan and render clips, which are a few bars from a prompt, and takes of them.

:mod:`composer.clips.morph` leads from one clip to another.

A clip is a small planned song of one section without intro and outro. Where the prompt names sounds, these
and no others play; else, and with one sound in a style, the style's stems do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict

import numpy as np
from pydantic import ValidationError

from composer.base.shown import AudioFormat, audio_bytes, player_html, song_line
from composer.clips.own import read_own_clip
from composer.sources.init_audio import with_init_audio
from composer.sources.sentences import check_is_no_path
from composer.understanding.understanding import Understanding, understand_clip
from render.audio.files import read_audio
from render.audio.listening import Heard, listen
from render.audio.types import Audio
from render.backends.base import Backend
from render.clips.caching.cache import ClipCache
from render.mixing.master import master_song
from render.renderer import render_song
from structure.base.errors import RitornelloError, UsageError
from structure.base.grid import round_half_up
from structure.base.names import INIT_FOLDER
from structure.base.progress import Progress, silent
from structure.base.seeds import derive_seed
from structure.description.reading import read_wishes
from structure.planning.brief import read_brief
from structure.planning.planner import find_named_stems, names_genre, plan_song
from structure.plans.plan import InitFile, SongPlan
from structure.specs.spec import FormEntry, InitSpec, RenderSpec, RepaintSpec, SectionSpec, SongSpec
from structure.specs.wishes import Outcome, WishKind

SECTION = "hook"
"""Name of a clip's only section: a kind that has a melody."""

_ENERGY = 0.85
LONGEST_S = 300.0
_LOOP_FADE = 64


class ClipOptions(TypedDict, total=False):
    """What a clip may be asked for besides its prompt, length and seed; fields as in :class:`ClipWish`."""

    tempo: float | None
    key: str | None
    negative: str | None
    steps: int | None
    guidance: float | None
    init: str | Path | None
    strength: float
    repaint: str | None
    loop: bool
    backend: str


@dataclass(frozen=True, slots=True)
class ClipWish:
    """What a clip is to be.

    ``init`` is a file to begin from. ``repaint`` names bars that are another take. ``loop`` says that the
    end leads into the beginning.
    """

    prompt: str
    seconds: float = 20.0
    seed: int = 0
    tempo: float | None = None
    key: str | None = None
    negative: str | None = None
    steps: int | None = None
    guidance: float | None = None
    init: str | Path | None = None
    strength: float = 0.6
    repaint: str | None = None
    loop: bool = False
    backend: str = "embedded"


@dataclass(frozen=True, slots=True, repr=False)
class MadeClip:
    """A clip that sounds: float32 (2, samples) at ``plan.grid.sample_rate``.

    Stems are as in the mix, before mastering. The end of a ``loop`` leads into its beginning.
    """

    plan: SongPlan
    audio: Audio
    stems: Mapping[str, Audio]
    warnings: tuple[str, ...] = ()
    loop: bool = False

    def __repr__(self) -> str:
        return f"<MadeClip {song_line(self.plan)}>"

    def _repr_html_(self) -> str:
        """Show the clip in a notebook: what it is, and a player."""
        return player_html(song_line(self.plan), self.audio, self.sample_rate)

    def to_bytes(self, format: AudioFormat = "wav") -> bytes:
        """Return the clip as a file in memory, as :meth:`composer.Song.to_bytes` does."""
        return audio_bytes(self.audio, self.sample_rate, format)

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self.plan.grid.sample_rate

    @property
    def understanding(self) -> Understanding:
        """What was understood of the prompt, and what became of each wish."""
        return understand_clip(self.plan)

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What became of each wish of the prompt: obeyed, impossible and why, or not understood."""
        return self.understanding.outcomes


def understand_wish(plan: SongPlan, wish: ClipWish) -> Understanding:
    """Return what became of each wish of a clip's prompt; its options go before it."""
    given: dict[WishKind, str] = {}
    if wish.tempo is not None:
        given["tempo"] = "the option `tempo` decides"
    if wish.key is not None:
        given["key"] = "the option `key` decides"
    return understand_clip(plan, given)


def clip_spec(wish: ClipWish) -> SongSpec:
    """Return the song that a clip is.

    Raises UsageError that names the field for what cannot be, FolderError for a prompt that is a path,
    AudioFileError for audio to begin from that cannot be read.
    """
    if not wish.prompt.strip():
        raise UsageError("say in a few words how the clip should sound", field="prompt")
    check_is_no_path(wish.prompt, "a prompt")
    if not 1.0 <= wish.seconds <= LONGEST_S:
        raise UsageError(f"a clip lasts 1 to {LONGEST_S:.0f} s, got {wish.seconds:g}", field="seconds")
    heard = None if wish.init is None else _hear_init(wish.init, wish)
    try:
        return _clip_spec(wish, heard)
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise UsageError(f"{where}: {message}" if where else message, field=where) from exc


def _clip_spec(wish: ClipWish, heard: Heard | None) -> SongSpec:
    spec = SongSpec(
        description=wish.prompt,
        tempo=wish.tempo if wish.tempo is not None or heard is None else round(heard.tempo_bpm, 2),
        key=wish.key if wish.key is not None or heard is None else heard.key,
        seed=wish.seed,
        negative_prompt=wish.negative,
        form=(FormEntry(section=SECTION),),
        render=RenderSpec(backend=wish.backend, steps=wish.steps, guidance=wish.guidance),
    )
    # the bars that come nearest to the wished length; what rings after them is not part of it
    grid = read_brief(spec, read_wishes(wish.prompt), wish.seed).grid
    section = SectionSpec(
        bars=max(1, round_half_up(grid.bars_in_seconds(wish.seconds))),
        energy=_ENERGY,
        variation=0.0,
        init=None if wish.init is None else InitSpec(audio=_init_name(wish.init), strength=wish.strength),
        repaint=None if wish.repaint is None else RepaintSpec(bars=wish.repaint, seed=wish.seed + 1),
    )
    # a loop is the section twice: in its second time it comes out of itself
    form = tuple(FormEntry(section=SECTION, variation=0.0) for _ in range(2 if wish.loop else 1))
    spec = spec.model_copy(update={"form": form, "sections": {SECTION: section}})

    # sounds that the prompt names play alone; but one that is named with a style joins the style's others
    stems = find_named_stems(spec)
    if not stems or (len(stems) == 1 and names_genre(spec)):
        return spec
    return spec.model_copy(update={"sections": {SECTION: section.model_copy(update={"stems": stems})}})


def _init_name(path: str | Path) -> str:
    """Return where the audio that a clip begins from lies in the clip's folder."""
    return f"{INIT_FOLDER}/{Path(path).name}"


def plan_clip_spec(spec: SongSpec, wish: ClipWish) -> SongPlan:
    """Return the plan of a clip's spec, with the audio that it begins from."""
    plan = plan_song(spec)
    if wish.init is None:
        return plan
    file = InitFile(path=Path(wish.init).absolute(), where="init")
    return with_init_audio(plan, {_init_name(wish.init): file})


def _hear_init(path: str | Path, wish: ClipWish) -> Heard | None:
    """Listen to the audio that a clip begins from; return None where its tempo and key are given."""
    try:
        audio = read_audio(Path(path), channels=1)
        if wish.tempo is not None and wish.key is not None:
            return None
        return read_own_clip(Path(path)) or listen(audio, str(path))
    except RitornelloError as exc:
        raise exc.with_context("init: ", field="init") from exc


def plan_clip(wish: ClipWish) -> SongPlan:
    """Return a clip's plan, which holds only stems that play."""
    return without_silent_stems(plan_clip_spec(clip_spec(wish), wish))


def without_silent_stems(plan: SongPlan) -> SongPlan:
    """Return the plan with only the stems that play."""
    heard = {name for visit in plan.visits for name in visit.music.score.parts}
    return replace(plan, stems=tuple(stem for stem in plan.stems if stem.name in heard))


def plan_take(plan: SongPlan, distance: float, number: int) -> SongPlan:
    """Take ``number`` of a clip, ``distance`` (0…1) away from it in noise and in sound; the same notes."""
    seed = derive_seed("take", plan.seed, number)
    visits = tuple(
        replace(
            visit,
            sound=replace(
                visit.sound,
                variation=distance,
                timbre_variation=distance,
                variation_seed=derive_seed(seed, visit.place.name),
            ),
        )
        for visit in plan.visits
    )
    return replace(plan, visits=visits)


def render_clip(
    plan: SongPlan,
    backend: Backend,
    cache: ClipCache | None = None,
    progress: Progress = silent,
    *,
    loop: bool = False,
) -> MadeClip:
    """Render a clip; a loop is exactly its bars, and its end leads into its beginning."""
    result = render_song(plan, backend, cache, progress)
    if not loop:
        return MadeClip(plan, result.master.audio, result.stems, result.warnings)
    length = plan.grid.sample_at_bar(plan.visits[0].bars)
    stems = {name: _make_loop(audio, length) for name, audio in result.stems.items()}
    mix = np.sum(list(stems.values()), axis=0, dtype=np.float32)
    # mastered three times over, so that compressor and limiter come out of the loop as they go into it
    thrice = master_song(np.tile(mix, 3), plan.master, plan.grid.sample_rate).audio
    middle = np.ascontiguousarray(thrice[:, length : 2 * length])
    return MadeClip(plan, middle, stems, result.warnings, loop=True)


def _make_loop(audio: Audio, length: int) -> Audio:
    """Return a loop from audio of two equal passes of ``length`` samples.

    It begins with the first half of the second pass, which has what rings from the first one. Then comes
    the second half of the first pass, with a short crossfade between them.
    """
    middle = length // 2
    rounds = np.concatenate([audio[:, length : length + middle], audio[:, middle:length]], axis=1)
    fade = np.linspace(0.0, 1.0, _LOOP_FADE, dtype=np.float32)
    part = slice(middle, middle + _LOOP_FADE)
    rounds[:, part] = (
        audio[:, length + middle : length + middle + _LOOP_FADE] * (1.0 - fade) + audio[:, part] * fade
    )
    return np.ascontiguousarray(rounds)


def distance_db(one: Audio, other: Audio) -> float:
    """Return how far two clips of one score are apart, in dB.

    It is the root mean square between their log-mels, where either sounds; 0.0 where neither does.
    """
    import torch

    from render.model.features import PITCHED, SCALE_DB, log_mel

    mels = [log_mel(torch.from_numpy(audio.mean(axis=0)), PITCHED).numpy() for audio in (one, other)]
    frames = min(len(mel) for mel in mels)
    a, b = (mel[:frames] for mel in mels)
    heard = np.maximum(a, b) > 0.0  # 65 dB below a sine of full scale
    return float(SCALE_DB * np.sqrt(np.square(a - b)[heard].mean())) if heard.any() else 0.0
