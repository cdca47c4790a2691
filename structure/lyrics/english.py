"""English words by a dictionary: their sounds, parted into syllables, and their stresses.

The dictionary is that of the package ``misaki``, in the letters of its phonemes: IPA, with one letter for
each diphthong (A as in say, I as in my, O as in go, W as in now, Y as in boy).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from itertools import pairwise

_VOWELS = "AIOWYaæɑɒɔəɛɜɪʊʌiuᵊᵻeo"
_STRESSES = {"ˈ": 2, "ˌ": 1}
_ONE_SYLLABLE = ("Iə", "Wə")
"""Vowels of words such as fire and hour, which are sung as one."""

_STARTS = frozenset(
    [
        "pl",
        "pɹ",
        "bl",
        "bɹ",
        "tɹ",
        "dɹ",
        "kl",
        "kɹ",
        "ɡl",
        "ɡɹ",
        "fl",
        "fɹ",
        "θɹ",
        "ʃɹ",
        "sp",
        "st",
        "sk",
        "sm",
        "sn",
        "sl",
        "sw",
        "tw",
        "dw",
        "kw",
        "ɡw",
        "θw",
        "spl",
        "spɹ",
        "stɹ",
        "skɹ",
        "skw",
        "hj",
        "kj",
        "pj",
        "bj",
        "mj",
        "fj",
        "vj",
    ]
)
"""Consonants that begin a syllable together."""

Sound = tuple[str, int]
"""The phonemes of a syllable, and its stress: 2 the word's main one, 1 another one, 0 none."""


@cache
def _dictionary() -> Mapping[str, object]:
    folder = resources.files("misaki") / "data"
    found: dict[str, object] = {}
    for name in ("us_silver.json", "us_gold.json"):
        found.update(json.loads((folder / name).read_text(encoding="utf-8")))
    return found


def english_sounds(word: str) -> tuple[Sound, ...]:
    """Return the syllables of an English word; none where the dictionary does not have it.

    As many consonants as can begin a syllable go to the vowel behind them.
    """
    phonemes = _phonemes(word.lower()).replace("ʔn", "ʔᵊn")  # gotten has two vowels, one of them an n
    if not phonemes:
        return ()
    plain, stresses = "", {}
    for sign in phonemes:
        if sign in _STRESSES:
            stresses[len(plain)] = _STRESSES[sign]
        else:
            plain += sign
    vowels = [i for i, sign in enumerate(plain) if sign in _VOWELS]
    if len(vowels) == 2 and plain[vowels[0] : vowels[1] + 1] in _ONE_SYLLABLE:
        vowels = vowels[:1]
    if len(vowels) < 2:
        return ((plain, 2),)

    cuts = [0]
    for one, other in pairwise(vowels):
        between = plain[one + 1 : other]
        size = next(
            (n for n in range(len(between), 1, -1) if between[-n:] in _STARTS), min(1, len(between))
        )
        cuts.append(other - (0 if between.endswith("ŋ") else size))
    found = []
    for i, (start, end) in enumerate(pairwise([*cuts, len(plain)])):
        stress = max((level for at, level in stresses.items() if start <= at <= vowels[i]), default=0)
        found.append((plain[start:end], stress))
    return tuple(found)


def _phonemes(word: str) -> str:
    """Return the phonemes of a word, or of one that it is a form of with what the form adds."""
    for written in (word, word.capitalize(), word.removesuffix("'")):
        if found := _plain(written):
            return found
    if word.endswith(("in'", "ing")) and len(word) > 4:
        stem = word[:-3]
        sounds = next((s for s in map(_plain, (stem, stem + "e", stem[:-1])) if s), "")
        return f"{sounds}{'ɪn' if word.endswith(chr(39)) else 'ɪŋ'}" if sounds else ""
    if word.endswith("ed") and len(word) > 3:
        sounds = next((s for s in map(_plain, (word[:-2], word[:-1])) if s), "")
        return sounds + ("ᵻd" if sounds.endswith(("t", "d", "ɾ")) else "d") if sounds else ""
    if word.endswith(("'s", "s")) and len(word) > 2:
        sounds = _plain(word.removesuffix("s").removesuffix("'"))
        return sounds + ("ᵻz" if sounds.endswith(("s", "z", "ʃ", "ʒ", "ʧ", "ʤ")) else "z") if sounds else ""
    return ""


def _plain(word: str) -> str:
    """Return the phonemes of a word that the dictionary has as it is written, else ""."""
    found = _dictionary().get(word)
    if isinstance(found, Mapping):
        found = found.get("DEFAULT")
    return found if isinstance(found, str) else ""
