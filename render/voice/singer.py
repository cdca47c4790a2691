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
from render.voice.kokoro import Floats
from render.voice.phonemes import VOWELS
from render.voice.pitch import Manner, Values, pitch_curve, to_hertz
from render.voice.score import SungNote, SungSyllable, phrases
from render.voice.throat import STEP_S, S, Said, Throat
from render.voice.timing import Sound, place_sounds

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
    """Audio of a phrase at the throat's rate, and the second of the clip at which it begins."""

    start_s: float
    audio: Floats


def sing(
    throat: Throat[S], notes: Sequence[SungNote], manner: Manner, takes: Sequence[Take]
) -> list[tuple[SungPhrase, ...]]:
    """Sing notes in order; returns for each breath a phrase of each take.

    The same input gives the same samples.
    """
    found = []
    free_from = 0.0
    for number, phrase in enumerate(phrases(notes)):
        said = throat.speak(phrase, [phrase_seed(take, number) for take in takes])
        sung = [
            sing_phrase(throat, one, phrase, manner, take, number)
            for one, take in zip(said, takes, strict=True)
        ]
        begin, end = sung[0].start_s, sung[0].start_s + len(sung[0].audio) / throat.rate

        # a breath before the phrase, where there is time for one
        air = breath(begin - free_from, takes[0].seed + number, throat.rate)
        if len(air):
            for place, one in enumerate(sung):
                loud = float(np.sqrt(np.mean(np.square(one.audio))))
                audio = np.concatenate([loud * air, one.audio])
                sung[place] = SungPhrase(one.start_s - len(air) / throat.rate, audio)

        found.append(tuple(sung))
        free_from = end
    return found


def phrase_seed(take: Take, number: int) -> int:
    """Return the seed of a take of the phrase that is the ``number``-th of its song."""
    return int(np.random.default_rng([take.seed & 0x7FFFFFFF, number]).integers(1 << 31))


def sing_phrase(
    throat: Throat[S], speech: S, phrase: Sequence[SungSyllable], manner: Manner, take: Take, number: int
) -> SungPhrase:
    """Sing one phrase as its speech says it. ``number`` is its place in the song, and part of the seed."""
    rng = np.random.default_rng([take.seed & 0x7FFFFFFF, number])
    sounds = place_sounds(phrase, speech.text, speech.spans)
    begin, end = sounds[0].start_s, sounds[-1].end_s + _TAIL_S
    count = int(np.ceil((end - begin) / STEP_S)) + 1
    times: Values = begin + np.arange(count, dtype=np.float64) * STEP_S
    melody = pitch_curve(phrase, times, manner, rng) + take.semitones
    taken = _source_times(sounds, speech, times)
    made = throat.sound(speech, taken, to_hertz(melody))

    # the loudness of its notes, in lines between their middles
    notes = [note for syllable in phrase for note in syllable.notes]
    middles = [0.5 * (note.start_s + note.end_s) - begin for note in notes]
    levels = [10.0 ** (12.0 * (note.loudness - 0.7) / 20.0) for note in notes]
    gains = np.interp(np.arange(len(made)) / throat.rate, middles, levels).astype(np.float32)
    return SungPhrase(begin + take.late_s, made * gains)


def _source_times(sounds: Sequence[Sound], speech: Said, times: Values) -> Values:
    """Return for each moment of the song the moment of the speech that sounds there, in seconds."""
    song, taken = [], []
    heights = speech.heights
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
