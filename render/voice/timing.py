"""When each phoneme of a phrase sounds: vowels begin on the beat, consonants lie before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from render.voice.phonemes import MARKS, longest_s, shortest_s
from render.voice.score import SungSyllable

_LEAST_VOWEL_S = 0.06

_CLEARER = 1.6
"""Consonants last so much longer than in speech: between long vowels short ones are not understood."""


@dataclass(frozen=True, slots=True)
class Text:
    """The phonemes of a phrase as one text, with the syllable of each sign; -1 for blanks and marks."""

    signs: str
    syllables: tuple[int, ...]
    is_vowel: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """From where to where in the speech a sign sounds, in seconds."""

    start_s: float
    end_s: float

    @property
    def long_s(self) -> float:
        """Return how long it lasts, in seconds."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Sound:
    """A sign of the text in time, in seconds of the clip."""

    sign: int
    start_s: float
    end_s: float


def text_of(phrase: Sequence[SungSyllable]) -> Text:
    """Write a phrase as the model reads it: words parted by blanks, stresses before vowels."""
    signs, syllables, vowels = "", [], []

    def add(text: str, syllable: int, is_vowel: bool = False) -> None:
        nonlocal signs
        for sign in text:
            is_mark = sign in MARKS
            signs += sign
            syllables.append(-1 if is_mark else syllable)
            vowels.append(is_vowel and not is_mark)

    for number, syllable in enumerate(phrase):
        if number and syllable.begins_word:
            add(" ", -1)
        add(syllable.parts.onset, number)
        stress = syllable.notes[0].stress
        add("ˈ" if stress == 2 else "ˌ" if stress == 1 else "", number)
        add(syllable.parts.vowel, number, True)
        add(syllable.parts.coda, number)
    return Text(signs, tuple(syllables), tuple(vowels))


def place_sounds(
    phrase: Sequence[SungSyllable], text: Text, spoken: Sequence[Span], earliest_s: float = 0.0
) -> list[Sound]:
    """Return every phoneme with its time, in order and without gaps inside the phrase.

    ``spoken`` says where each sign of the text sounds in the speech.
    Consonants before a vowel end where its note begins, and none begins before ``earliest_s``. Those behind
    it come as late as they can. Where there is no room, they are shortened evenly.
    """
    lengths = [0.0] * len(text.signs)
    for i, sign in enumerate(text.signs):
        if text.syllables[i] >= 0 and not text.is_vowel[i]:
            lengths[i] = min(max(_CLEARER * spoken[i].long_s, shortest_s(sign)), longest_s(sign))
    members = [
        [i for i, owner in enumerate(text.syllables) if owner == number] for number in range(len(phrase))
    ]
    found: list[Sound] = []
    for number, syllable in enumerate(phrase):
        mine = members[number]
        vowel = [i for i in mine if text.is_vowel[i]]
        onset = [i for i in mine if i < vowel[0]]
        coda = [i for i in mine if i > vowel[-1]]
        if number == 0:
            needed, before = sum(lengths[i] for i in onset), syllable.start_s - earliest_s
            for i in onset if needed > before else ():
                lengths[i] *= max(before, 0.01) / needed
            at = syllable.start_s - sum(lengths[i] for i in onset)
            found += _in_turn(onset, lengths, at)
        following = [] if number + 1 == len(phrase) else _onset(members[number + 1], text)
        ends = syllable.end_s if number + 1 == len(phrase) else phrase[number + 1].start_s
        is_joined = number + 1 < len(phrase)
        behind = [*coda, *following]
        room = ends - syllable.start_s - _LEAST_VOWEL_S
        needed = sum(lengths[i] for i in behind)
        if needed > room > 0.0:
            for i in behind:
                lengths[i] *= room / needed
        elif room <= 0.0:
            for i in behind:
                lengths[i] = min(lengths[i], 0.02)
        vowel_end = max(ends - sum(lengths[i] for i in behind), syllable.start_s + 0.03)
        rest = is_joined and ends - syllable.end_s > 0.05
        if rest:  # a short rest inside a phrase: the vowel ends with its note, consonants follow it
            sung_s = syllable.end_s - sum(lengths[i] for i in coda)
            vowel_end = min(vowel_end, max(sung_s, syllable.start_s + 0.05))
        share = (vowel_end - syllable.start_s) / len(vowel)
        for k, i in enumerate(vowel):
            found.append(Sound(i, syllable.start_s + k * share, syllable.start_s + (k + 1) * share))
        found += _in_turn(coda, lengths, vowel_end)
        if following:
            found += _in_turn(following, lengths, ends - sum(lengths[i] for i in following))
    return found


def _onset(members: Sequence[int], text: Text) -> list[int]:
    first = next(i for i in members if text.is_vowel[i])
    return [i for i in members if i < first]


def _in_turn(signs: Sequence[int], lengths: Sequence[float], at: float) -> list[Sound]:
    found = []
    for i in signs:
        found.append(Sound(i, at, at + lengths[i]))
        at += lengths[i]
    return found
