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
_GERMAN_LAST = ("tion", "tät", "ei", "ell", "ent", "ant", "ik", "eur")
"""Endings that are stressed in words of three syllables and more."""

_GERMAN_IER = re.compile("ier(e|en|end|est|et|st|t|te|test|ten|tet)$|(?<![aeio]n|lg)ier$")
"""The end of words such as studieren and Klavier, whose ie is stressed; not that of Spanier."""


_ACCENTS = {"es": "\u0301", "it": "\u0300\u0301", "pt": "\u0301\u0302\u0303"}
"""Marks of a stressed vowel, apart from it."""

_SOFT_ENDS = {
    "es": re.compile("[aeiouns]$"),
    "it": re.compile(""),
    "pt": re.compile(r"(a|e|o|as|es|os|am|em|ens)$"),
}
"""Endings of words whose last syllable but one is stressed."""


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
    patterns = _patterns(language)
    hyphenated = tuple(patterns.inserted(word, "\n").split("\n")) if patterns else (word,)
    if len(hyphenated) == wanted and all(_GROUP.search(part.lower()) for part in hyphenated):
        return hyphenated

    # Where vowels are too many the last ones join; where too few, long ones part or a consonant sounds.
    nuclei = nuclei[:wanted]
    while len(nuclei) < wanted:
        long = max(nuclei, key=lambda one: one[1] - one[0], default=(0, 0))
        if long[1] - long[0] > 1:
            at = nuclei.index(long)
            nuclei[at : at + 1] = [(long[0], long[0] + 1), (long[0] + 1, long[1])]
        elif nuclei and nuclei[-1][1] < len(word):
            nuclei.append((len(word) - 1, len(word)))
        else:
            return _even(word, wanted)

    # The consonants between two vowels part.
    cuts = []
    for (_, end), (start, _) in pairwise(nuclei):
        between = lower[end:start]
        together = [one for one in _TOGETHER.get(language, ()) if between.endswith(one)]
        if len(between) <= 1:
            cuts.append(end)
        elif together:
            cuts.append(start - max(map(len, together)))
        elif between[-1] in "lr" and between[-2] in _STARTS:
            cuts.append(start - 2)
        else:
            cuts.append(start - 1)
    parts = tuple(word[a:b] for a, b in pairwise([0, *cuts, len(word)]))
    return parts if all(parts) else _even(word, wanted)


def find_stress(parts: Sequence[str], language: str) -> int:
    """Return which syllable of a word is stressed, from 0, by the rules of its language."""
    last, word = len(parts) - 1, "".join(parts).lower()
    if last == 0:
        return 0
    if language in _ACCENTS:
        marked = []
        for i, part in enumerate(parts):
            found = unicodedata.normalize("NFD", part.lower())
            # The tilde of ñ and the cedilla are no stresses.
            if any(sign in _ACCENTS[language] and before in "aeiou" for before, sign in pairwise(found)):
                marked.append(i)
        ends_softly = _SOFT_ENDS[language].search(word) is not None
        return marked[-1] if marked else last - 1 if ends_softly else last
    if language == "fr":
        is_mute = re.fullmatch(r"[^aeiouyàâéèêëîïôûù]*e(s|nt)?", parts[-1].lower()) is not None
        return last - 1 if is_mute else last
    if language == "de":
        if _GERMAN_IER.search(word):
            return max((i for i, part in enumerate(parts) if "ie" in part.lower()), default=last)
        stressed = 1 if parts[0].lower() in _GERMAN_PREFIXES else 0
        return last if word.endswith(_GERMAN_LAST) and last > 1 else stressed
    return last - 2 if last > 2 else 0


def _nuclei(word: str, language: str) -> list[tuple[int, int]]:
    """Return where the vowels of each syllable lie: first letter and end."""
    # Letters that are no vowels where they stand are put out of the way.
    plain = re.sub(r"(?<=q)u", "#", word)
    if language in ("es", "pt", "fr", "it"):
        plain = re.sub(r"(?<=g)u(?=[eiéíèê])", "#", plain)
    if language == "it":
        plain = re.sub(r"(?<=[cg])i(?=[aouàòù])|(?<=gl)i(?=[aeouàòù])", "#", plain)
    plain = re.sub(r"^y(?=[aeiouáéíóú])", "#", plain)
    found: list[tuple[int, int]] = []
    for match in _GROUP.finditer(plain):
        found += _in_group(word, match.start(), match.end(), language)

    # So are endings that are written and not spoken: a last e, ``-ed``, ``-es``, ``-ent``.
    is_silent = False
    if language == "en":
        silent = re.search(r"[^aeiouyl]es?$|[aeiouy]le?s$|[^td]ed$", word)
        is_hissed = re.search(r"(s|x|z|ch|sh|c|g)es$", word)
        is_silent = bool(silent) and not is_hissed and not re.search(r"[^aeiouy]le$", word)
    elif language == "fr":
        silent = re.search(r"[^aeiouéèêàâîôû]es?$|[éiu]es?$|[^aeiou]ent$", word)
        is_silent = bool(silent) and not (word.endswith("ment") and len(found) < 3)
    return found[:-1] if is_silent and len(found) > 1 else found


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


def _even(word: str, count: int) -> tuple[str, ...]:
    edges = [round(i * len(word) / count) for i in range(count + 1)]
    return tuple(word[a:b] for a, b in pairwise(edges))


@cache
def _patterns(language: str) -> pyphen.Pyphen | None:
    name = _PATTERNS.get(language)
    return pyphen.Pyphen(lang=name, left=1, right=1) if name in pyphen.LANGUAGES else None
