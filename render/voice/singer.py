"""Sings phrases: speech laid on notes.

Consonants last a little longer than in speech, each vowel is held for as long as its notes ask, and the
melody becomes the pitch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.voice.breath import breath
from render.voice.kokoro import RATE, Floats, Kokoro
from render.voice.phonemes import VOWELS
from render.voice.pitch import Values, pitch_curve, to_hertz
from render.voice.score import SungNote, SungSyllable, phrases
from render.voice.segments import vowel_heights
from render.voice.speech import STEP_S, Speech, speak_phrase
from render.voice.timing import Sound, place_sounds
from render.voice.voices import Voice

_TAIL_S = 0.06

_HELD = (0.1, 0.9)
"""Which part of a vowel is held; its ends go by as in speech. Held at one place it is less understood."""

_HELD_GLIDES = (0.1, 0.8)
"""The same of vowels that turn into another one: they turn over most of their note."""

_STRONG = 0.6
"""No part of a vowel is held that is weaker than this share of its strongest."""

_LONGEST_TAKEN_S = 0.3
"""No more of a sound is taken over: what the model adds at the end of a phrase is silence."""

_KEPT_S = 0.03
"""So much of a consonant's end goes by as in speech: a burst that is drawn out rises before its vowel."""

_GLIDES = "AIOWY"
"""Vowels that turn into another one at their end."""


@dataclass(frozen=True, slots=True)
class Take:
    """One time that a voice sings: its seed, and how much higher, in semitones, and later, in seconds."""

    seed: int
    semitones: float = 0.0
    late_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SungPhrase:
    """Audio of a phrase at :data:`RATE`, and the second of the clip at which it begins."""

    start_s: float
    audio: Floats


def sing(
    model: Kokoro, notes: Sequence[SungNote], voice: Voice, takes: Sequence[Take]
) -> list[tuple[SungPhrase, ...]]:
    """Sing notes in order; returns for each breath a phrase of each take.

    What is said is spoken once for all takes. The same input gives the same samples.
    """
    found = []
    free_from = 0.0
    for number, phrase in enumerate(phrases(notes)):
        speech = speak_phrase(model, phrase, voice)
        sung = [sing_phrase(speech, phrase, voice, take, number) for take in takes]
        begin, end = sung[0].start_s, sung[0].start_s + len(sung[0].audio) / RATE

        # a breath before the phrase, where there is time for one
        air = breath(begin - free_from, takes[0].seed + number)
        if len(air):
            for place, one in enumerate(sung):
                loud = float(np.sqrt(np.mean(np.square(one.audio))))
                audio = np.concatenate([loud * air, one.audio])
                sung[place] = SungPhrase(one.start_s - len(air) / RATE, audio)

        found.append(tuple(sung))
        free_from = end
    return found


def sing_phrase(
    speech: Speech, phrase: Sequence[SungSyllable], voice: Voice, take: Take, number: int = 0
) -> SungPhrase:
    """Sing one phrase as its speech says it. ``number`` is its place in the song, and part of the seed."""
    rng = np.random.default_rng([take.seed & 0x7FFFFFFF, number])
    sounds = place_sounds(phrase, speech.text, speech.spans)
    begin, end = sounds[0].start_s, sounds[-1].end_s + _TAIL_S
    count = int(np.ceil((end - begin) / STEP_S)) + 1
    times: Values = begin + np.arange(count, dtype=np.float64) * STEP_S
    melody = pitch_curve(phrase, times, voice.manner, rng) + take.semitones
    made = _lay_on_song(speech, _source_times(sounds, speech, times), to_hertz(melody), voice.formants)

    # the loudness of its notes, in lines between their middles
    notes = [note for syllable in phrase for note in syllable.notes]
    middles = [0.5 * (note.start_s + note.end_s) - begin for note in notes]
    levels = [10.0 ** (12.0 * (note.loudness - 0.7) / 20.0) for note in notes]
    gains = np.interp(np.arange(len(made)) / RATE, middles, levels).astype(np.float32)
    return SungPhrase(begin + take.late_s, made * gains)


def _source_times(sounds: Sequence[Sound], speech: Speech, times: Values) -> Values:
    """Return for each moment of the song the moment of the speech that sounds there, in seconds."""
    song, taken = [], []
    heights = vowel_heights(speech.envelope)
    for sound in sounds:
        sign = speech.text.signs[sound.sign]
        first = speech.spans[sound.sign].start_s
        last = min(speech.spans[sound.sign].end_s, first + _LONGEST_TAKEN_S)
        song.append(sound.start_s)
        taken.append(first)
        long, short = sound.end_s - sound.start_s, last - first
        if sign in VOWELS and long > short:
            one, other = _HELD_GLIDES if sign in _GLIDES else _HELD
            # no held note fades as speech does at a line's end
            loud = np.flatnonzero(_strong_frames(heights, first, last))
            other = min(other, max(one + 0.1, loud[-1] * STEP_S / short)) if len(loud) else other
            song += [sound.start_s + one * short, sound.end_s - (1.0 - other) * short]
            taken += [first + one * short, first + other * short]
        elif sign not in VOWELS and long > short:
            kept = min(_KEPT_S, 0.5 * short)
            song.append(sound.end_s - kept)
            taken.append(last - kept)
        song.append(sound.end_s - 1e-4)
        taken.append(last)
    song.append(sounds[-1].end_s + _TAIL_S)
    taken.append(taken[-1] + _TAIL_S)
    return np.interp(times, song, taken)


def _strong_frames(heights: Values, first_s: float, last_s: float) -> NDArray[np.bool_]:
    """Return which frames of a sound are nearly as strong as its strongest."""
    here = heights[round(first_s / STEP_S) : round(last_s / STEP_S)]
    return np.asarray(here > _STRONG * here.max(initial=0.0))


def _lay_on_song(speech: Speech, taken: Values, melody_hz: Values, formants: float) -> Floats:
    """Lay speech on a song.

    ``taken`` says which second of it sounds in each frame of WORLD, ``melody_hz`` on which pitch.
    """
    import pyworld

    place = np.clip(taken / STEP_S, 0.0, len(speech.hertz) - 1.001)
    low = place.astype(int)
    share = (place - low)[:, None]
    logs = np.log(np.maximum(speech.envelope, 1e-16))
    bent = np.exp((1.0 - share) * logs[low] + share * logs[low + 1])
    noisy = (1.0 - share) * speech.noise[low] + share * speech.noise[low + 1]
    if formants != 1.0:
        bent, noisy = _stretch(bent, formants), _stretch(noisy, formants)
    is_voiced = speech.hertz[np.rint(place).astype(int)] > 0.0
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
