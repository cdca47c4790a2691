"""Music without an end: chunks of some bars, planned one after another and played on without a gap.

All chunks share tempo, metre, key and the seeds of their sounds; each has notes and a take of its own.
Where the prompt changes, one chunk turns the old one into the new one on the way. Every chunk begins on
the sample of its downbeat, and what rings of the one before is added to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
import pedalboard

from composer.clips.clip import SECTION, ClipWish, clip_spec
from composer.clips.morph import morph_of
from render.audio.levels import gain_from_db
from render.audio.loudness import measure_lufs
from render.audio.types import Audio
from render.backends.base import Backend
from render.clips.caching.cache import ClipCache
from render.renderer import render_song
from structure.base.errors import UsageError
from structure.base.seeds import derive_seed
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from structure.specs.spec import FormEntry

CHUNK_BARS = 8
_LOUDNESS_LUFS = -16.0
_CEILING_DBFS = -1.5
_MOST_GAIN_DB = 30.0


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some bars of the stream, as stereo float32 (2, samples).

    They begin with ``prompt`` and turn into ``target``, if that is another one.
    """

    audio: Audio
    prompt: str
    target: str
    plan: SongPlan


class Radio:
    """Plays chunk after chunk. The same prompts at the same chunks and the same seed give the same samples.

    ``prompts`` take turns, each for ``hold`` chunks at least; one that is added comes next.
    """

    def __init__(
        self,
        prompts: Sequence[str],
        backend: Backend,
        *,
        seed: int = 0,
        tempo: float | None = None,
        key: str | None = None,
        hold: int = 2,
        bars: int = CHUNK_BARS,
    ) -> None:
        if not prompts:
            raise UsageError("the radio needs a prompt to begin with", field="prompts")
        self._prompts = list(prompts)
        self._backend = backend
        self._hold, self._bars = max(1, hold), bars
        self._wish = ClipWish(prompts[0], seed=seed, tempo=tempo, key=key)
        first = plan_song(clip_spec(self._wish))
        self._wish = replace(
            self._wish,
            tempo=float(first.grid.tempo_bpm),
            key=first.key,
            seconds=first.grid.seconds_at(first.grid.quarters_at_bar(bars)),
        )
        self._meter = str(first.meter)
        self._at = 0
        self._held = 0
        self._ringing = np.zeros((2, 0), dtype=np.float32)
        self._limiter = pedalboard.Limiter(threshold_db=_CEILING_DBFS, release_ms=120.0)
        self._gain_db: float | None = None
        self.grid = first.grid

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self.grid.sample_rate

    def add(self, prompt: str) -> None:
        """Play this next, from the next chunk on."""
        if prompt.strip():
            self._prompts.insert(self._at + 1, prompt.strip())
            self._held = self._hold

    def chunks(self) -> Iterator[Chunk]:
        """Yield chunk after chunk, for ever."""
        for number in count():
            prompt = self._prompts[self._at]
            self._held += 1
            if self._held > self._hold and len(self._prompts) > 1:
                self._held = 1
                self._at = (self._at + 1) % len(self._prompts)
            yield self._make_chunk(prompt, self._prompts[self._at], number)

    def _plan_chunk(self, prompt: str, target: str, number: int) -> SongPlan:
        """Plan one visit of a section that is not its song's last, so that it does not come to an end."""
        wish = replace(self._wish, prompt=prompt)
        morph = None if target == prompt else morph_of(wish, target)
        spec = clip_spec(wish) if morph is None else morph.spec
        section = spec.sections[SECTION].model_copy(
            update={"seed": derive_seed("radio", self._wish.seed, number), "bars": self._bars}
        )
        form = (FormEntry(section=SECTION), FormEntry(section=SECTION, variation=0.0))
        changes = {"sections": {SECTION: section}, "form": form, "meter": self._meter}
        plan = plan_song(spec.model_copy(update=changes))
        visit = plan.visits[0] if morph is None else morph.turn(plan.visits[0], plan.stems)
        stems = tuple(stem for stem in plan.stems if stem.name in visit.music.score.parts)
        return replace(plan, visits=(visit,), stems=stems)

    def _make_chunk(self, prompt: str, target: str, number: int) -> Chunk:
        plan = self._plan_chunk(prompt, target, number)
        audio = render_song(plan, self._backend, ClipCache()).premaster

        # towards the loudness of the stream, by no more than 3 dB from one chunk to the next
        gain_db = self._gain_db or 0.0
        loudness = measure_lufs(audio, self.sample_rate)
        if np.isfinite(loudness):
            gain_db = min(_LOUDNESS_LUFS - loudness, _MOST_GAIN_DB)
            if self._gain_db is not None:
                gain_db = min(max(gain_db, self._gain_db - 3.0), self._gain_db + 3.0)
            self._gain_db = gain_db
        audio = audio * gain_from_db(gain_db)

        # what rings of the chunk before goes on under this one
        n_samples = plan.music_samples
        rung = min(self._ringing.shape[1], audio.shape[1])
        audio[:, :rung] += self._ringing[:, :rung]
        self._ringing = audio[:, n_samples:].copy()
        body = self._limiter(np.ascontiguousarray(audio[:, :n_samples]), self.sample_rate, reset=False)
        return Chunk(np.clip(body, -1.0, 1.0).astype(np.float32), prompt, target, plan)


def play(
    radio: Radio,
    write: Callable[[Audio], None],
    *,
    longest_samples: int | None,
    told: Callable[[Chunk], None],
    new_prompts: Callable[[], Sequence[str]],
) -> int:
    """Write chunk after chunk until ``longest_samples``, or for ever; returns the samples written.

    ``told`` hears of each chunk before it is written. ``new_prompts`` gives what was asked for meanwhile.
    """
    written = 0
    for chunk in radio.chunks():
        room = chunk.audio.shape[1] if longest_samples is None else longest_samples - written
        audio = chunk.audio[:, :room]
        told(chunk)
        write(audio)
        written += audio.shape[1]
        if longest_samples is not None and written >= longest_samples:
            break
        for prompt in new_prompts():
            radio.add(prompt)
    return written
