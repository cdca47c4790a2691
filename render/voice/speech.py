"""A phrase as the model speaks it, taken apart by WORLD, with the place of every phoneme in it.

A vocoder that learnt speech loses its vowels on high notes and on long ones. So it speaks each phrase, with
vowels that are long enough to be clear, in its own melody of speech. WORLD (M. Morise and others, "WORLD: a
vocoder-based high-quality speech synthesis system", 2016) takes that apart into pitch, spectral envelope
and noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.voice.kokoro import FRAME_S, RATE, Floats, Kokoro
from render.voice.kokoro import Spoken as Said
from render.voice.phonemes import MARKS, RINGING, UNVOICED, VOWELS, is_stop
from render.voice.pitch import Values
from render.voice.score import SungSyllable
from render.voice.segments import describe, on_their_rise, spans_of, vowel_heights
from render.voice.timing import Span, Text, text_of
from render.voice.voices import Voice

STEP_S = 0.005
"""Seconds from one frame of WORLD to the next."""

_CLEAR_FRAMES = (5, 9)
"""How many frames a vowel is spoken for, at least and at most."""

_EDGE_FRAMES = (3, 6)
"""The same of the silences around a phrase."""

_GOES_ON = " hˈi hˈi"
"""What a phrase is said to go on with."""

_LEAST_HZ = 40.0
"""The model says a pitch below this where there is none."""


_LEAST_SHARE = 0.8
"""No pitch of a phrase is lower than this share of its middle one."""

_WORLDS_LEAST_HZ = 72.0
"""WORLD takes what is lower for a sound without pitch, and sees its single pulses."""

_ENDS = 2
"""Half frames before a stop or a hiss in which a vowel's voice may be gone already."""


@dataclass(frozen=True, slots=True)
class Speech:
    """A spoken phrase in WORLD's frames, :data:`STEP_S` apart.

    ``hertz`` is its pitch, 0 where there is none; ``envelope`` and ``noise`` are (frames, bins); ``spans``
    say where each sign of its text sounds.
    """

    text: Text
    spans: Sequence[Span]
    hertz: Values
    envelope: Values
    noise: Values

    @property
    def heights(self) -> Values:
        """Return how strong its vowels are in each frame."""
        return vowel_heights(self.envelope)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A spoken phrase before its sounds are found; ``edges``, (signs + 3,), are the model's, in seconds."""

    text: Text
    edges: Values
    hertz: Values
    envelope: Values
    noise: Values


def speak_phrase(model: Kokoro, phrase: Sequence[SungSyllable], voice: Voice) -> Speech:
    """Speak a phrase, take it apart and find its sounds. The same phrase and voice give the same values."""
    said = speak_and_split(model, phrase, voice)
    spans = spans_of(said.text, said.edges, describe(said.envelope, said.hertz > 0.0), STEP_S)
    spans = on_their_rise(said.text, spans, vowel_heights(said.envelope), STEP_S)
    hertz, noise = voice_all(said.text, spans, said.hertz, said.noise)
    return Speech(said.text, spans, hertz, said.envelope, noise)


def voice_all(text: Text, spans: Sequence[Span], hertz: Values, noise: Values) -> tuple[Values, Values]:
    """Return pitch and noise in which vowels, and consonants that ring as they do, have a voice throughout.

    Speech creaks at the end of a line: its pitch is lost there, and drawn out on a note it is all air.
    What has no pitch is as the nearest moment of its sound that has some.
    """
    hertz, noise = hertz.copy(), noise.copy()
    for sign, span in zip(text.signs, spans, strict=True):
        here = np.arange(round(span.start_s / STEP_S), min(round(span.end_s / STEP_S), len(hertz)))
        voiced = here[hertz[here] > 0.0]
        if sign not in VOWELS | RINGING or not len(voiced):
            continue
        for frame in here[hertz[here] == 0.0]:
            nearest = voiced[np.abs(voiced - frame).argmin()]
            hertz[frame], noise[frame] = hertz[nearest], noise[nearest]
    return hertz, noise


def without_creak(signs: str, owners: NDArray[np.int64], hertz: Values) -> Values:
    """Return pitch that neither falls into creak nor is lost in vowels and what rings as they do.

    ``owners`` says which of the signs each half frame belongs to. Speech creaks at the ends of lines and
    before vowels that begin words, and of single pulses WORLD makes no vowel. The model says what it says
    at any pitch, so it is kept from falling so low.
    """
    if not np.any(hertz > 0.0):
        return hertz
    middle = float(np.median(hertz[hertz > 0.0]))
    least = max(_LEAST_SHARE * middle, _WORLDS_LEAST_HZ)
    hertz = hertz * least / (_LEAST_SHARE * middle)
    rings = np.array([sign in VOWELS | RINGING | MARKS for sign in signs])
    is_lost = np.array([sign in UNVOICED or is_stop(sign) for sign in signs])
    behind = owners[np.minimum(np.arange(len(owners)) + _ENDS, len(owners) - 1)]
    good = np.flatnonzero(hertz >= least)
    filled = np.interp(np.arange(len(hertz)), good, hertz[good])
    is_voiced = (hertz > 0.0) | (rings[owners] & ~is_lost[behind])
    return np.where(hertz >= least, hertz, np.where(is_voiced, filled, 0.0))


def say(model: Kokoro, signs: str, style: Floats) -> Said:
    """Return how the model says a text that goes on: of one that ends, its last word fades to nothing.

    What it goes on with is left out again. Signs that the model has not are said as "ə".
    """
    known = "".join(sign if model.knows(sign) else "ə" for sign in signs)
    said = model.speak(known + _GOES_ON, style)
    count = len(known) + 1
    halves, rest = 2 * int(said.frames[:count].sum()), 2 * int(said.frames[-1])
    return Said(
        np.concatenate([said.columns[:, :count], said.columns[:, -1:]], axis=1),
        np.append(said.frames[:count], said.frames[-1]),
        np.concatenate([said.hertz[:halves], said.hertz[len(said.hertz) - rest :]]),
        np.concatenate([said.energy[:halves], said.energy[len(said.energy) - rest :]]),
    )


def speak_and_split(model: Kokoro, phrase: Sequence[SungSyllable], voice: Voice) -> Spoken:
    """Speak a phrase and take it apart."""
    import pyworld

    text = text_of(phrase)
    style = voice.style(model, len(text.signs))
    spoken = say(model, text.signs, style)
    frames = spoken.frames.copy()
    vowels = np.flatnonzero(np.array(text.is_vowel)) + 1
    frames[vowels] = np.clip(frames[vowels], *_CLEAR_FRAMES)
    frames[[0, -1]] = np.clip(frames[[0, -1]], *_EDGE_FRAMES)

    # for each half frame, now that phonemes last otherwise, the half frame that it is from
    starts = 2 * np.concatenate([[0], np.cumsum(spoken.frames)])
    sources = [
        starts[i] + np.minimum((np.arange(2 * new) * max(1, old)) // max(1, new), max(0, 2 * old - 1))
        for i, (old, new) in enumerate(zip(spoken.frames, frames, strict=True))
        if new
    ]
    within = np.asarray(np.minimum(np.concatenate(sources), starts[-1] - 1), np.int64)

    owners = np.repeat(np.arange(len(frames)), 2 * frames)
    pitch = np.where(spoken.hertz[within] > _LEAST_HZ, spoken.hertz[within], 0.0).astype(np.float64)
    pitch = without_creak(f" {text.signs} ", owners, pitch)
    columns = spoken.columns[:, np.repeat(np.arange(len(frames)), frames)]
    audio = model.vocode(columns, pitch.astype(np.float32), spoken.energy[within], style)

    samples = audio.astype(np.float64)
    at = np.arange(int(len(samples) / RATE / STEP_S) + 1) * STEP_S
    hertz = pitch[np.clip((at / FRAME_S * 2).astype(int), 0, len(pitch) - 1)]
    envelope = pyworld.cheaptrick(samples, hertz, at, RATE)
    noise = pyworld.d4c(samples, hertz, at, RATE)
    edges = np.concatenate([[0], np.cumsum(frames)]) * FRAME_S
    return Spoken(text, edges, hertz, envelope, noise)
