"""Syllables by spelling: how many a word has, where its letters part, and which of them is stressed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import pyphen

_VOWELS = "aeiouyæœøıáéíóúýàèìòùâêîôûãõäëïöüåÿ"
_GROUP = re.compile(f"[{_VOWELS}]+")

_PATTERNS = {"en": "en_US", "de": "de_DE", "es": "es", "fr": "fr_FR", "it": "it_IT", "pt": "pt_BR"}
_TOGETHER: dict[str, tuple[str, ...]] = {
    "en": ("ch", "sh", "th", "ph", "wh", "ck", "gh", "qu"),
    "de": ("sch", "ch", "ck", "ph", "th", "qu", "st"),
    "es": ("ch", "ll", "rr", "qu", "gu"),
    "fr": ("ch", "ph", "th", "gn", "qu", "gu"),
    "it": ("sch", "sc", "ch", "gh", "gn", "gl", "qu"),
    "pt": ("ch", "lh", "nh", "qu", "gu", "rr"),
}
_STARTS = ("b", "c", "d", "f", "g", "p", "t", "k", "v")
"""Consonants that begin a syllable together with an l or an r behind them."""

_ONE_SOUND: dict[str, tuple[str, ...]] = {
    "de": ("äu", "eu", "ei", "ai", "au", "ie", "oi", "ui", "aa", "ee", "oo", "ey", "ay"),
    "fr": ("eau", "oeu", "œu", "aie", "oui", "uie", "oie", "ieu", "iai", "ion", "ai", "au", "ei", "eu",
           "oi", "ou", "ui", "ie", "io", "ia", "ié", "iè", "uè", "ué", "oue", "oy", "ay", "ya", "ye", "yo"),
}  # fmt: skip
_WEAK_VOWELS = "iuüy"
_GERMAN_PREFIXES = ("be", "ge", "er", "ver", "zer", "ent", "emp")
_GERMAN_LAST = ("ieren", "ierst", "iert", "iere", "tion", "tät", "ei", "ell", "ent", "ant", "ik", "eur")
_GERMAN_BEFORE_LAST = ("ieren",)


def count_by_spelling(word: str, language: str) -> int:
    """Return how many syllables a word has by its letters; 0 where it has no vowel."""
    return len(_nuclei(word.lower(), language))


def split_by_spelling(word: str, language: str, count: int | None = None) -> tuple[str, ...]:
    """Return the letters of a word by syllables.

    There are ``count`` of them, at most one a letter, or as many as the word seems to have if left out.
    """
    lower = word.lower()
    nuclei = _nuclei(lower, language)
    wanted = max(1, len(nuclei) if count is None else min(count, len(word)))
    if wanted == 1:
        return (word,)
    hyphenated = _hyphenated(word, language)
    if len(hyphenated) == wanted and all(_GROUP.search(part.lower()) for part in hyphenated):
        return hyphenated
    nuclei = _fitted(nuclei, wanted, lower)
    if len(nuclei) != wanted:
        return _even(word, wanted)
    cuts = [_cut(lower, one[1], other[0], language) for one, other in pairwise(nuclei)]
    edges = [0, *cuts, len(word)]
    parts = tuple(word[a:b] for a, b in pairwise(edges))
    return parts if all(parts) else _even(word, wanted)


def stressed_by_spelling(parts: Sequence[str], language: str) -> int:
    """Return which syllable of a word is stressed, from 0, by the rules of its language."""
    last = len(parts) - 1
    if last == 0:
        return 0
    if language in ("es", "it", "pt"):
        marked = [i for i, part in enumerate(parts) if _has_accent(part, language)]
        usual = last - 1 if _ends_softly("".join(parts).lower(), language) else last
        return marked[-1] if marked else usual
    if language == "fr":
        is_mute = re.fullmatch(r"[^aeiouyàâéèêëîïôûù]*e(s|nt)?", parts[-1].lower()) is not None
        return last - 1 if is_mute else last
    if language == "de":
        return _german_stress(parts)
    return last - 2 if last > 2 else 0


def _german_stress(parts: Sequence[str]) -> int:
    last, word = len(parts) - 1, "".join(parts).lower()
    if word.endswith(_GERMAN_BEFORE_LAST):
        return last - 1
    if word.endswith(_GERMAN_LAST) and last > 1:
        return last
    return 1 if parts[0].lower() in _GERMAN_PREFIXES else 0


def _ends_softly(word: str, language: str) -> bool:
    if language == "es":
        return word[-1] in "aeiouns"
    if language == "pt":
        return re.search(r"(a|e|o|as|es|os|am|em|ens)$", word) is not None
    return True


def _has_accent(part: str, language: str) -> bool:
    marks = {"es": "\u0301", "it": "\u0300\u0301", "pt": "\u0301\u0302\u0303"}[language]
    found = unicodedata.normalize("NFD", part.lower())
    # The tilde of ñ and the cedilla are no stresses.
    return any(sign in marks and found[i - 1] in "aeiou" for i, sign in enumerate(found) if i)


def _nuclei(word: str, language: str) -> list[tuple[int, int]]:
    """Return where the vowels of each syllable lie: first letter and end."""
    found: list[tuple[int, int]] = []
    for match in _GROUP.finditer(_without_silent(word, language)):
        found += _in_group(word, match.start(), match.end(), language)
    if language == "en":
        return _english(word, found)
    if language == "fr":
        return _french(word, found)
    return found


def _without_silent(word: str, language: str) -> str:
    """Return the word with letters that are no vowels where they stand in the place of others."""
    plain = re.sub(r"(?<=q)u", "#", word)
    if language in ("es", "pt", "fr", "it"):
        plain = re.sub(r"(?<=g)u(?=[eiéíèê])", "#", plain)
    if language == "it":
        plain = re.sub(r"(?<=[cg])i(?=[aouàòù])|(?<=gl)i(?=[aeouàòù])", "#", plain)
    return re.sub(r"^y(?=[aeiouáéíóú])", "#", plain)


def _in_group(word: str, start: int, end: int, language: str) -> list[tuple[int, int]]:
    """Return the syllables of vowels that stand side by side."""
    group = word[start:end]
    if len(group) == 1 or language == "en":
        return [(start, end)]
    if language in _ONE_SOUND:
        found, at = [], 0
        while at < len(group):
            long = next((one for one in _ONE_SOUND[language] if group.startswith(one, at)), group[at])
            found.append((start + at, start + at + len(long)))
            at += len(long)
        return found
    if language == "pt" and any(sign in group for sign in "ãõ"):
        return [(start, end)]
    is_alone = len(group) == 2 and end == len(word) and len(_GROUP.findall(word)) == 1
    if language in ("it", "pt") and is_alone and group[0] in "iu":  # mio, tua
        return [(start, start + 1), (start + 1, end)]
    found = [(start, start + 1)]
    for i in range(1, len(group)):
        one, other = group[i - 1], group[i]
        if one in _WEAK_VOWELS or other in _WEAK_VOWELS:
            found[-1] = (found[-1][0], start + i + 1)
        else:
            found.append((start + i, start + i + 1))
    return found


def _english(word: str, found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Leave out what is written and not spoken: a last e, ``-ed``, ``-es``."""
    if len(found) > 1:
        silent = re.search(r"[^aeiouyl]es?$|[aeiouy]le?s$|[^td]ed$", word)
        is_hissed = re.search(r"(s|x|z|ch|sh|c|g)es$", word)
        if silent and not is_hissed and not re.search(r"[^aeiouy]le$", word):
            return found[:-1]
    return found


def _french(word: str, found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    if len(found) > 1 and re.search(r"[^aeiouéèêàâîôû]es?$|[éiu]es?$|[^aeiou]ent$", word):
        is_verb = word.endswith("ent") and len(found) < 3
        return found if is_verb and word.endswith("ment") else found[:-1]
    return found


def _fitted(nuclei: list[tuple[int, int]], wanted: int, word: str) -> list[tuple[int, int]]:
    """Return so many vowels as are wanted: the last ones join, long ones part, or a consonant sounds."""
    found = list(nuclei)
    while len(found) > wanted:
        found.pop()
    while len(found) < wanted:
        long = max(found, key=lambda one: one[1] - one[0], default=(0, 0))
        if long[1] - long[0] > 1:
            at = found.index(long)
            found[at : at + 1] = [(long[0], long[0] + 1), (long[0] + 1, long[1])]
        elif found and found[-1][1] < len(word):
            found.append((len(word) - 1, len(word)))
        else:
            break
    return found


def _cut(word: str, end: int, start: int, language: str) -> int:
    """Return where the consonants between two vowels part."""
    between = word[end:start]
    if len(between) <= 1:
        return end
    whole = between.endswith(_TOGETHER.get(language, ()))
    if whole:
        together = max((one for one in _TOGETHER[language] if between.endswith(one)), key=len)
        return start - len(together)
    if between[-1] in "lr" and between[-2] in _STARTS:
        return start - 2
    return start - 1


def _even(word: str, count: int) -> tuple[str, ...]:
    edges = [round(i * len(word) / count) for i in range(count + 1)]
    return tuple(word[a:b] for a, b in pairwise(edges))


@cache
def _patterns(language: str) -> pyphen.Pyphen | None:
    name = _PATTERNS.get(language)
    return pyphen.Pyphen(lang=name, left=1, right=1) if name in pyphen.LANGUAGES else None


def _hyphenated(word: str, language: str) -> tuple[str, ...]:
    patterns = _patterns(language)
    return tuple(patterns.inserted(word, "\n").split("\n")) if patterns else (word,)
