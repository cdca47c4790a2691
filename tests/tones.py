"""A backend that plays scores with damped tones, and what is measured on sounds: for all tests."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from render.audio.types import Audio
from render.backends.base import Capabilities
from render.backends.request import Clip, ClipRequest
from structure.base.grid import SAMPLE_RATE

PARTIALS = 5


@dataclass
class ToneBackend:
    """Damped tones whose timbre is drawn from the clip's latent. Remembers what it was asked.

    ``fails_at`` is the clip, from 1, at which it raises ``error``. ``makes_stems`` and ``follows_score``
    are what it says of itself; it plays the notes all the same. ``seconds_by_stage`` is
    what it says that each clip took. ``drum_decay`` is how fast drums die away, in nepers a second.
    Partial ``k`` is ``k ** rolloff`` times softer.
    """

    name: str = "tones"
    fingerprint: str = "tones-1"
    sample_rate: int = SAMPLE_RATE
    channels: int = 1
    longest_clip_s: float = 600.0
    negative_prompt: bool = True
    makes_stems: bool = True
    follows_score: bool = True
    thread_safe: bool = False
    drum_decay: float = 60.0
    rolloff: float = 0.0
    seconds_by_stage: dict[str, float] = field(default_factory=dict)
    fails_at: int | None = None
    error: BaseException = field(default_factory=lambda: RuntimeError("the model broke"))
    requests: list[ClipRequest] = field(default_factory=list)

    @property
    def made(self) -> int:
        """How many clips it was asked for."""
        return len(self.requests)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            sample_rate=self.sample_rate,
            channels=self.channels,
            longest_clip_s=self.longest_clip_s,
            takes_init_audio=False,
            inpaints=False,
            sings_lyrics=False,
            negative_prompt=self.negative_prompt,
            makes_stems=self.makes_stems,
            follows_score=self.follows_score,
            thread_safe=self.thread_safe,
        )

    def generate(self, request: ClipRequest) -> Clip:
        self.requests.append(request)
        if self.made == self.fails_at:
            raise self.error
        scale = self.sample_rate / request.grid.sample_rate
        pre_roll = round(request.pre_roll_samples * scale)
        audio = np.zeros(round(request.total_samples * scale), dtype=np.float32)
        tones = self._tones(request)
        for note in request.notes:
            start = max(0, pre_roll + round(request.grid.sample_at(note.sounding_onset) * scale))
            tone = tones[note.pitch][: audio.size - start]
            audio[start : start + tone.size] += 0.05 * (note.velocity / 127) ** 2 * tone
        return Clip(
            np.repeat(audio[None], self.channels, 0),
            self.sample_rate,
            pre_roll,
            seconds_by_stage=self.seconds_by_stage,
        )

    def _tones(self, request: ClipRequest) -> dict[int, np.ndarray]:
        """A second of each pitch of a request, dying away."""
        loudness = 0.1 + np.abs(request.latent.noise((PARTIALS,)))
        time = np.arange(self.sample_rate) / self.sample_rate
        decay = np.exp(-(self.drum_decay if request.role == "drums" else 6) * time)
        tones = {}
        for pitch in {note.pitch for note in request.notes}:
            heard = zip(loudness, sines_of(pitch, self.sample_rate), strict=True)
            partials = (a / k**self.rolloff * sine for k, (a, sine) in enumerate(heard, 1))
            tones[pitch] = decay * sum(partials)
        return tones


@lru_cache(maxsize=32)
def sines_of(pitch: int, sample_rate: int) -> tuple[np.ndarray, ...]:
    """Return a second of each partial of a pitch, of amplitude 1. Songs play the same few pitches again."""
    phase = 2 * np.pi * 440.0 * 2.0 ** ((pitch - 69) / 12) * (np.arange(sample_rate) / sample_rate)
    return tuple(np.sin(k * phase) for k in range(1, PARTIALS + 1))


@dataclass
class RingingBackend(ToneBackend):
    """Tones whose drums ring as long as all else, so that a master has few peaks.

    Their partials fall, so that a third is not heard in a single note.
    """

    drum_decay: float = 6.0
    rolloff: float = 1.0


def level_db(audio: Audio, reference: Audio | None = None) -> float:
    """Return the level of a sound in dB, against full scale or against that of another sound."""
    level = 10 * math.log10(float(np.mean(np.square(audio, dtype=np.float64))) + 1e-20)
    return level if reference is None else level - level_db(reference)
