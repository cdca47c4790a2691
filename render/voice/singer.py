"""Sings phrases: spoken by the model near its own pitch, then laid on the notes by WORLD.

A vocoder that learnt speech loses its vowels on high notes and on long ones. So it speaks each phrase, with
vowels that are long enough to be clear, in its own melody of speech. WORLD (M. Morise and others, "WORLD: a
vocoder-based high-quality speech synthesis system", 2016) takes that apart into pitch, spectral envelope
and noise. Consonants stay as long as in speech, the middle of each vowel is held for as long as its notes
ask, and the melody becomes the pitch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.voice.kokoro import FRAME_S, RATE, Floats, Kokoro
from render.voice.phonemes import VOWELS
from render.voice.pitch import Values, pitch_curve, to_hertz
from render.voice.score import SungNote, SungSyllable, phrases
from render.voice.timing import Sound, Text, frames_of, place_sounds, text_of
from render.voice.voices import Voice

_TAIL_S = 0.06
_STEP_S = 0.005
"""Seconds from one frame of WORLD to the next."""

_CLEAR_FRAMES = (5, 9)
"""How many frames a vowel is spoken for, at least and at most."""

_EDGE = 0.34
"""The share of a vowel at each end that goes by as in speech; what lies between is held."""

_LONGEST_TAKEN_S = 0.3
"""No more of a sound is taken over: what the model adds at the end of a phrase is silence."""

_LEAST_HZ = 40.0
"""The model says a pitch below this where there is none."""

_GLIDES = "AIOWY"
"""Vowels that turn into another one at their end: they are held before they turn."""


@dataclass(frozen=True, slots=True)
class SungPhrase:
    """Audio of a phrase at :data:`RATE`, and the second of the clip at which it begins."""

    start_s: float
    audio: Floats


def sing(
    model: Kokoro, notes: Sequence[SungNote], voice: Voice, seed: int, semitones: float = 0.0
) -> list[SungPhrase]:
    """Sing notes in order, all so many semitones higher; returns a phrase for each breath.

    The same input gives the same samples.
    """
    return [
        sing_phrase(model, phrase, voice, np.random.default_rng([seed & 0x7FFFFFFF, number]), semitones)
        for number, phrase in enumerate(phrases(notes))
    ]


def sing_phrase(
    model: Kokoro,
    phrase: Sequence[SungSyllable],
    voice: Voice,
    rng: np.random.Generator,
    semitones: float = 0.0,
) -> SungPhrase:
    """Sing one phrase, so many semitones higher than it is written."""
    text = text_of(phrase)
    known = "".join(sign if model.knows(sign) else "ə" for sign in text.signs)
    style = voice.style(model, len(known))
    spoken = model.speak(known, style)
    frames = spoken.frames.copy()
    vowels = np.flatnonzero(np.array(text.is_vowel)) + 1
    frames[vowels] = np.clip(frames[vowels], *_CLEAR_FRAMES)
    frames[[0, -1]] = np.clip(frames[[0, -1]], 3, 6)
    sounds = place_sounds(phrase, text, spoken)
    edges = np.concatenate([[0], np.cumsum(frames)]) * FRAME_S
    begin, end = sounds[0].start_s, sounds[-1].end_s + _TAIL_S
    count = int(np.ceil((end - begin) / _STEP_S)) + 1
    times: Values = begin + np.arange(count, dtype=np.float64) * _STEP_S
    melody = pitch_curve(phrase, times, voice.manner, rng) + semitones
    taken = _source_times(sounds, text, frames, edges, times)
    within = _within(spoken.frames, frames)
    hertz = np.where(spoken.hertz[within] > _LEAST_HZ, spoken.hertz[within], 0.0).astype(np.float64)
    columns = spoken.columns[:, np.repeat(np.arange(len(frames)), frames)]
    audio = model.vocode(columns, hertz.astype(np.float32), spoken.energy[within], style)
    made = _laid_on(audio, hertz, taken, to_hertz(melody), voice.formants)
    return SungPhrase(begin, made * _dynamics(phrase, begin, len(made)))


def _within(spoken: NDArray[np.int64], longer: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each half frame of speech whose phonemes last otherwise the half frame that it is from."""
    starts = 2 * np.concatenate([[0], np.cumsum(spoken)])
    found = [
        starts[i] + np.minimum((np.arange(2 * new) * max(1, old)) // max(1, new), max(0, 2 * old - 1))
        for i, (old, new) in enumerate(zip(spoken, longer, strict=True))
        if new
    ]
    return np.asarray(np.minimum(np.concatenate(found), starts[-1] - 1), np.int64)


def _source_times(
    sounds: Sequence[Sound], text: Text, frames: NDArray[np.int64], edges: Values, times: Values
) -> Values:
    """Return for each moment of the song the moment of the speech that sounds there, in seconds."""
    song, speech = [], []
    for sound in sounds:
        first = float(edges[sound.sign + 1])
        last = min(first + frames_of(sound.sign, text, frames) * FRAME_S, first + _LONGEST_TAKEN_S)
        song.append(sound.start_s)
        speech.append(first)
        long, short = sound.end_s - sound.start_s, last - first
        if text.signs[sound.sign] in VOWELS and long > short:
            glides = text.signs[sound.sign] in _GLIDES
            one, other = (0.3, 0.42) if glides else (_EDGE, 1.0 - _EDGE)
            song += [sound.start_s + one * short, sound.end_s - (1.0 - other) * short]
            speech += [first + one * short, first + other * short]
        song.append(sound.end_s - 1e-4)
        speech.append(last)
    song.append(sounds[-1].end_s + _TAIL_S)
    speech.append(min(speech[-1] + _TAIL_S, float(edges[-1])))
    return np.interp(times, song, speech)


def _laid_on(audio: Floats, spoken_hz: Values, taken: Values, melody_hz: Values, formants: float) -> Floats:
    """Lay speech on a song. ``spoken_hz`` has two values a frame of the speech, 0 where it has no pitch;
    ``taken`` says which second of it sounds in each of WORLD's frames, ``melody_hz`` on which pitch."""
    import pyworld

    samples = audio.astype(np.float64)
    at = np.arange(int(len(samples) / RATE / _STEP_S) + 1) * _STEP_S
    given = spoken_hz[np.clip((at / FRAME_S * 2).astype(int), 0, len(spoken_hz) - 1)]
    envelope = pyworld.cheaptrick(samples, given, at, RATE)
    noise = pyworld.d4c(samples, given, at, RATE)
    place = np.clip(taken / _STEP_S, 0.0, len(at) - 1.001)
    low = place.astype(int)
    share = (place - low)[:, None]
    logs = np.log(np.maximum(envelope, 1e-16))
    bent = np.exp((1.0 - share) * logs[low] + share * logs[low + 1])
    noisy = (1.0 - share) * noise[low] + share * noise[low + 1]
    if formants != 1.0:
        bent, noisy = _stretched(bent, formants), _stretched(noisy, formants)
    is_voiced = given[np.rint(place).astype(int)] > 0.0
    made = pyworld.synthesize(
        np.where(is_voiced, melody_hz, 0.0),
        np.ascontiguousarray(bent),
        np.ascontiguousarray(np.clip(noisy, 0.001, 0.999999)),
        RATE,
        _STEP_S * 1000,
    )
    return np.asarray(made, np.float32)


def _stretched(values: Values, factor: float) -> Values:
    """Move spectra, (frames, bins), up by a factor."""
    bins = np.arange(values.shape[1])
    source = np.clip(bins / factor, 0, values.shape[1] - 1.001)
    low = source.astype(int)
    share = source - low
    return np.asarray(np.exp((1 - share) * np.log(values[:, low]) + share * np.log(values[:, low + 1])))


def _dynamics(phrase: Sequence[SungSyllable], begin: float, n_samples: int) -> Floats:
    """Return the gain of a phrase: by the loudness of its notes, in lines between their middles."""
    notes = [note for syllable in phrase for note in syllable.notes]
    middles = [0.5 * (note.start_s + note.end_s) - begin for note in notes]
    gains = [10.0 ** (12.0 * (note.loudness - 0.7) / 20.0) for note in notes]
    return np.asarray(np.interp(np.arange(n_samples) / RATE, middles, gains), np.float32)
