"""What says a phrase and sounds it at pitches: the part of a singer that another one may do otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

import numpy as np

from render.voice.kokoro import RATE, Floats, Kokoro
from render.voice.pitch import Values
from render.voice.score import SungSyllable
from render.voice.speech import STEP_S, Speech, speak_phrase
from render.voice.timing import Span, Text
from render.voice.voices import Voice

__all__ = ["STEP_S", "Said", "SpokenThroat", "Throat"]


class Said(Protocol):
    """A phrase in speech: where each sign of its text sounds, and how strong its vowels are.

    ``heights`` has a value for each :data:`STEP_S`.
    """

    @property
    def text(self) -> Text:
        """Return its phonemes."""
        ...

    @property
    def spans(self) -> Sequence[Span]:
        """Return where each sign of its text sounds."""
        ...

    @property
    def heights(self) -> Values:
        """Return how strong its vowels are in each frame."""
        ...


S = TypeVar("S", bound=Said)


class Throat(Protocol[S]):
    """Says phrases in a voice of its own, and sounds what it said."""

    @property
    def rate(self) -> int:
        """Return the sample rate of its audio."""
        ...

    def speak(self, phrase: Sequence[SungSyllable], seeds: Sequence[int]) -> Sequence[S]:
        """Say a phrase once for each seed."""
        ...

    def sound(self, said: S, taken: Values, melody_hz: Values) -> Floats:
        """Return audio of what is heard at the seconds ``taken`` of the speech, at pitches in Hz.

        Both have a value for each :data:`STEP_S` of the song.
        """
        ...


class SpokenThroat:
    """The first singer's: a model that speaks, taken apart and put together by WORLD."""

    rate = RATE

    def __init__(self, model: Kokoro, voice: Voice) -> None:
        self._model, self._voice = model, voice

    def speak(self, phrase: Sequence[SungSyllable], seeds: Sequence[int]) -> Sequence[Speech]:
        """Say a phrase; all takes have the same speech."""
        return [speak_phrase(self._model, phrase, self._voice)] * len(seeds)

    def sound(self, said: Speech, taken: Values, melody_hz: Values) -> Floats:
        """Lay speech on a song."""
        import pyworld

        place = np.clip(taken / STEP_S, 0.0, len(said.hertz) - 1.001)
        low = place.astype(int)
        share = (place - low)[:, None]
        logs = np.log(np.maximum(said.envelope, 1e-16))
        bent = np.exp((1.0 - share) * logs[low] + share * logs[low + 1])
        noisy = (1.0 - share) * said.noise[low] + share * said.noise[low + 1]
        formants = self._voice.formants
        if formants != 1.0:
            bent, noisy = _stretch(bent, formants), _stretch(noisy, formants)
        is_voiced = said.hertz[np.rint(place).astype(int)] > 0.0
        made = pyworld.synthesize(
            np.where(is_voiced, melody_hz, 0.0),
            np.ascontiguousarray(bent),
            np.ascontiguousarray(np.clip(noisy, 0.001, 0.999999)),
            RATE,
            STEP_S * 1000,
        )
        return np.asarray(made, np.float32)


def _stretch(values: Values, factor: float) -> Values:
    """Move spectra, (frames, bins), up by a factor."""
    bins = np.arange(values.shape[1])
    source = np.clip(bins / factor, 0, values.shape[1] - 1.001)
    low = source.astype(int)
    share = source - low
    return np.asarray(np.exp((1 - share) * np.log(values[:, low]) + share * np.log(values[:, low + 1])))
