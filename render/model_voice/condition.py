"""What a phrase says in each frame, as numbers: which sounds, how far each has gone, how they are meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from render.voice.phonemes import MARKS, NASAL, UNVOICED, VOWELS, is_hiss, is_stop
from render.voice.speech import STEP_S
from render.voice.timing import Text

SILENCE = "_"
SOUNDS = SILENCE + "AIOWYaæɑɐɒɔəɘɚɛɜeiɪoøœuʊʌyɨɯɤᵊᵻᵝbdfhjklmnpqrstvwxzðŋɡɲɹɾʁʃʒʎʔʣʤʦʧʝθβɣɥç"
"""All sounds that the network knows, each by its place. Weights belong to this order."""

_NUMBERS = {sound: number for number, sound in enumerate(SOUNDS)}
_UNKNOWN = "ə"

SEEN = 4
"""Sounds that each frame knows: the one before, its own, the next one, and the one behind that."""

FLAGS = 14
"""Numbers beside them: place, time since, time left, length, and what kind of sound it is."""

_LONG_S = 0.2


@dataclass(frozen=True, slots=True)
class Phoneme:
    """A sound of a text: the place of its sign, its stress, 0 to 2, and what stands around it."""

    sign: int
    sound: str
    stress: int
    is_vowel: bool
    is_nasal: bool
    begins_word: bool
    ends_word: bool


@dataclass(frozen=True, slots=True)
class FrameCondition:
    """Of each frame: ``sounds``, int64 (frames, :data:`SEEN`), and ``flags``, (frames, :data:`FLAGS`)."""

    sounds: NDArray[np.int64]
    flags: NDArray[np.float32]


def number_of(sound: str) -> int:
    """Return the number of a sound; of one that is not known, that of a weak vowel."""
    return _NUMBERS.get(sound, _NUMBERS[_UNKNOWN])


def phonemes_of(text: Text) -> list[Phoneme]:
    """Return the sounds of a text in order, without blanks and marks."""
    found: list[Phoneme] = []
    stress, begins = 0, True
    for i, sign in enumerate(text.signs):
        if sign in "ˈˌ":
            stress = 2 if sign == "ˈ" else 1
        elif sign in MARKS:
            continue
        elif sign == " ":
            begins = True
        else:
            follows = text.signs[i + 1 : i + 2]
            is_vowel = text.is_vowel[i]
            found.append(
                Phoneme(
                    i,
                    sign,
                    stress if is_vowel else 0,
                    is_vowel,
                    follows == NASAL,
                    begins,
                    follows in ("", " "),
                )
            )
            begins = False
            stress = 0 if is_vowel else stress
    return found


def describe_frames(
    phonemes: Sequence[Phoneme], starts: Sequence[int], ends: Sequence[int], n_frames: int
) -> FrameCondition:
    """Return the condition of a phrase whose sounds last from frame to frame; what is left out is silence.

    ``starts`` and ``ends`` are those of each phoneme, in order.
    """
    owners = np.full(n_frames, -1)
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        owners[max(0, start) : end] = number
    # runs of one owner, silences among them
    edges = np.flatnonzero(np.diff(owners, prepend=-2, append=-2))
    runs = [(int(owners[begin]), begin, end) for begin, end in pairwise(edges.tolist())]
    names = [number_of(phonemes[owner].sound) if owner >= 0 else 0 for owner, _, _ in runs]
    padded = [0, *names, 0, 0]
    sounds = np.zeros((n_frames, SEEN), np.int64)
    flags = np.zeros((n_frames, FLAGS), np.float32)
    for run, (owner, begin, end) in enumerate(runs):
        sounds[begin:end] = padded[run : run + SEEN]
        long = end - begin
        at = np.arange(long) + 0.5
        here = flags[begin:end]
        here[:, 0] = at / long
        here[:, 1] = np.minimum(at * STEP_S / _LONG_S, 1.0)
        here[:, 2] = np.minimum((long - at) * STEP_S / _LONG_S, 1.0)
        here[:, 3] = np.log(long * STEP_S / 0.08)
        if owner >= 0:
            one = phonemes[owner]
            here[:, 4:] = (
                one.is_vowel,
                one.stress == 2,
                one.stress == 1,
                one.is_nasal,
                one.begins_word,
                one.ends_word,
                is_stop(one.sound),
                is_hiss(one.sound),
                one.sound in UNVOICED,
                one.sound in VOWELS,
            )
    return FrameCondition(sounds, flags)


def describe_phonemes(phonemes: Sequence[Phoneme]) -> FrameCondition:
    """Return the same of each phoneme by itself, from which it is told how long it lasts in speech."""
    count = len(phonemes)
    condition = describe_frames(phonemes, range(count), range(1, count + 1), count)
    condition.flags[:, :4] = 0.0
    condition.flags[-3:, 3] = 1.0
    return condition
