"""The dictionaries by which German, Spanish and French are put into English, from ``data/languages``.

Each is read when a text in its language is. Of English only idioms are put into plainer words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from structure.base.datafiles import read_data
from structure.description.words.needed import Needed, may_match, needed_by, plain_of
from structure.description.words.phrases import lower
from structure.description.words.tokens import english_words
from structure.description.words.verbs import action_rules, verb_words
from structure.description.words.vocabulary import vocabulary
from structure.symbols.numerals import french_numeral, german_numeral, spanish_numeral

READ_LANGUAGES = ("German", "Spanish", "French")
"""The languages that are put into English, by their English names."""

_COMPOUNDING = "German"
"""The language that joins words to one."""

_SHORTEST_VERB = 4
"""Letters of a form of a verb that tells its language."""

_LETTERS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Dictionary:
    """A language: its phrases, what they become and of which kind they are, and its rules as text.

    ``own_words`` are the words that it does not share with English.
    """

    name: str
    own_words: frozenset[str]
    entries: Mapping[str, tuple[str, str]]
    rule_texts: tuple[tuple[str, str], ...]
    adjectives_follow: bool

    def next_phrase(self, text: str, position: int) -> re.Match[str] | None:
        """Return the next phrase of the dictionary in a text, the longest one where several begin.

        Return None where there is no phrase at ``position`` or behind it.
        """
        for word in _LETTERS.finditer(text, position):
            if word.start() and _LETTERS.match(text[word.start() - 1]):
                continue
            phrases = _phrases_from(self.name, lower(word[0]))
            if phrases is not None and (found := phrases.match(text, word.start())) is not None:
                return found
        return None

    def rules_for(self, text: str) -> Iterator[tuple[re.Pattern[str], str]]:
        """Yield the patterns of the language that may match a text, and what each becomes in English."""
        plain = plain_of(text)
        for needed, pattern, english in _rules_of(self.name):
            if may_match(needed, plain):
                yield _compiled(pattern), english


_NUMERALS: Mapping[str, Callable[[int], str]] = {
    "German": german_numeral,
    "Spanish": spanish_numeral,
    "French": french_numeral,
}


@cache
def read_dictionary(name: str) -> Dictionary:
    """Return the dictionary of a language by its English name. Raises KeyError for one that is not read."""
    if name == "English":
        english: Mapping[str, Any] = read_data("languages", "english.yaml")
        idioms = tuple(_rule_texts(english["rules"], english["words"]))
        return Dictionary(name, frozenset(), {}, idioms, adjectives_follow=False)
    if name not in READ_LANGUAGES:
        raise KeyError(name)
    data: Mapping[str, Any] = read_data("languages", f"{name.lower()}.yaml")
    endings: Mapping[str, list[str]] = data["endings"]
    entries: dict[str, tuple[str, str]] = {}
    own: set[str] = set()
    for kind in ("phrases", "nouns", "adjectives"):
        class_name = "" if kind == "phrases" else kind.removesuffix("s")
        for word, english in data[kind].items():
            plurals = _plurals_of(str(word), name) if kind == "nouns" and data["adjectives_follow"] else ()
            for form in (*_forms(str(word), endings.get(kind, [""])), *plurals):
                entries.setdefault(form, (str(english), class_name))
                if word != english and " " not in form and len(form) > 1:  # "bass" and "a" tell no language
                    own.add(form)
    for form, entry in list(entries.items()):
        if not form.isascii():
            entries.setdefault(without_accents(form), entry)
            entries.setdefault(without_umlauts(form), entry)
    actions, courses, finite = (data.get(table, {}) for table in ("actions", "courses", "finite"))
    verbs = {**dict(action_rules(actions, finite)), **dict(action_rules(courses, finite, of_song=True))}
    rules = {
        **data["rules"],
        **{pattern: to for pattern, to in verbs.items() if pattern not in data["rules"]},
    }
    own |= {
        word
        for word in (*verb_words(actions, finite), *verb_words(courses, finite))
        if len(word) >= _SHORTEST_VERB and english_words().get(word) is None
    }
    entries |= {_NUMERALS[name](number): (str(number), "") for number in range(2, 300)}
    return Dictionary(
        name=name,
        own_words=frozenset(own),
        entries=entries,
        rule_texts=tuple(_rule_texts(rules, {**data.get("verbs", {}), **data.get("words", {})})),
        adjectives_follow=bool(data["adjectives_follow"]),
    )


def _rule_texts(rules: Mapping[str, str], verbs: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Yield the patterns of a language's rules, and what each becomes in English.

    In a pattern ``<ar>`` stands for the endings of such verbs, and ``<player>`` for the name of any, as the
    language's words list them. Words typed without umlauts match as well; sets of characters stay.
    """
    either = {umlaut: f"(?:{umlaut}|{plain})" for umlaut, plain in _PLAIN_UMLAUTS.items()}
    for rule, english in rules.items():
        pattern = rule
        for verb, endings in verbs.items():
            pattern = f"(?:{'|'.join(endings)})".join(re.split(rf"(?<!\?P)<{verb}>", pattern))
        written = ""
        for part in _CHARACTER_SET.split(pattern):
            written += part if part.startswith("[") else "".join(either.get(char, char) for char in part)
        yield written, english


@cache
def _phrases_from(name: str, word: str) -> re.Pattern[str] | None:
    """Return a pattern of the phrases of a language that begin with a word, None for no such phrase.

    It is compiled only when a text has the word, because compiling takes time.
    """
    phrases = _phrases_by_word(name).get(word)
    if phrases is None:
        return None
    ordered = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    alternatives = "|".join(re.escape(phrase).replace("\\ ", r"[\s-]+") for phrase in ordered)
    return re.compile(rf"(?<![^\W_])(?:{alternatives})(?![^\W_])", re.IGNORECASE)


@cache
def _phrases_by_word(name: str) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for entry in read_dictionary(name).entries:
        if (first := _LETTERS.match(entry)) is not None:
            found.setdefault(lower(first[0]), []).append(entry)
    return found


@cache
def _rules_of(name: str) -> tuple[tuple[Needed, str, str], ...]:
    """Return the rules of a language, each with what its pattern needs."""
    texts = read_dictionary(name).rule_texts
    return tuple((needed_by(pattern), pattern, english) for pattern, english in texts)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Return a rule's pattern. It is compiled when a text may have it, because compiling takes time."""
    return re.compile(pattern, re.IGNORECASE)


def without_accents(word: str) -> str:
    """Return a word as it is typed without accents; umlauts stay, for German writes ae for them."""
    return word if word.isascii() else word.translate(_UNACCENTED)


def without_umlauts(word: str) -> str:
    """Return a German word as typed without umlauts, ``schluss fuer`` for ``schluß für``."""
    return word if word.isascii() else word.translate(_WITHOUT_UMLAUTS)


_PLAIN_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}
_CHARACTER_SET = re.compile(r"(\[[^\]]*\])")
_WITHOUT_UMLAUTS = str.maketrans(_PLAIN_UMLAUTS)
_UNACCENTED = str.maketrans("áàâçéèêëíîïñóôúùû", "aaaceeeeiiinoouuu")


def _forms(word: str, endings: list[str]) -> Iterator[str]:
    """Yield a dictionary word and its inflected forms; an ending ``-o>a`` replaces a final o by a."""
    yield word
    for ending in endings:
        if ">" in ending:
            old, new = ending.removeprefix("-").split(">")
            if word.endswith(old):
                yield word.removesuffix(old) + new
        else:
            yield word + ending


_PREPOSITIONS = frozenset({"de", "del", "a", "al", "à", "au", "en", "con", "sin", "para", "pour", "avec"})
_PLURAL_ENDINGS: Mapping[str, Sequence[tuple[str, str]]] = {
    "Spanish": (
        (r"(?<=[aeiouáéó])$", "s"),
        (r"z$", "ces"),
        (r"ón$", "ones"),
        (r"ín$", "ines"),
        (r"(?<=[^s])$", "es"),
    ),
    "French": ((r"(?<=[aeé]u)$", "x"), (r"al$", "aux"), (r"(?<=[^sxz])$", "s")),
}


def _plurals_of(phrase: str, language: str) -> Iterator[str]:
    """Yield the plural of a noun with its adjective or before a preposition: "guitarras acústicas"."""
    words = phrase.split()
    if len(words) < 2:
        return
    ahead = next((i for i, word in enumerate(words) if word in _PREPOSITIONS or "'" in word), len(words))
    yield " ".join([*(_plural_of(word, language) for word in words[:ahead]), *words[ahead:]])


def _plural_of(word: str, language: str) -> str:
    for ending, plural in _PLURAL_ENDINGS.get(language, ()):
        if re.search(ending, word):
            return re.sub(ending, plural, word, count=1)
    return word


_SHORTEST_PART = 3
_LINKS = ("", "s", "n", "en", "es", "er")


def split_compound(word: str, language: str) -> str | None:
    """Return the two parts of a word such as ``gitarrenteppich`` in English, and what a diminutive means.

    Return None where the language does not join words, or where a part has no meaning.
    """
    if language != _COMPOUNDING or english_words().get(word) is not None:
        return None
    dictionary = read_dictionary(language)
    for cut in range(len(word) - _SHORTEST_PART, _SHORTEST_PART - 1, -1):
        head, tail = word[:cut], _part(word[cut:], dictionary)
        for link in _LINKS:
            if tail and head.endswith(link) and (first := _part(head.removesuffix(link), dictionary)):
                return f"{first} {tail}"
    return _made_small(word, dictionary) or _genre_at_end(word, dictionary)


_SMALL = ("chen", "lein")
_PLAIN_VOWELS = str.maketrans("äöü", "aou")


def _made_small(word: str, dictionary: Dictionary) -> str | None:
    """Return in English what a diminutive is made from, flute for ``flötchen``, or None."""
    stem = next((word.removesuffix(ending) for ending in _SMALL if word.endswith(ending)), "")
    if len(stem) < _SHORTEST_PART:
        return None
    made_from = (
        base + ending for base in (stem, stem.translate(_PLAIN_VOWELS)) for ending in ("", "e", "en")
    )
    return next((english for base in made_from if (english := _part(base, dictionary))), None)


def _genre_at_end(word: str, dictionary: Dictionary) -> str | None:
    """Return the genre in English that a compound of any kind is, techno for ``kirmestechno``, or None."""
    genres = vocabulary().genres
    if not word.isalpha():  # "Pop-Punk" is read part by part
        return None
    for cut in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
        tail = word[cut:]
        english = dictionary.entries.get(tail, (tail, ""))[0]
        is_said = len(tail) > _SHORTEST_PART or tail in _SHORT_GENRES
        if tail in _ALSO_ENDINGS:  # "Friska" is no ska
            is_said = _part(word[:cut], dictionary) is not None
        if english in genres and is_said:
            return english
    return None


_SHORT_GENRES = ("pop", "rap", "ska", "dub")
_ALSO_ENDINGS = ("ska", "dub")


def _part(word: str, dictionary: Dictionary) -> str | None:
    """Return a part of a compound in English, None where it is unknown; many are English already."""
    if len(word) < _SHORTEST_PART:
        return None
    if word in _SHORT_GENRES:
        return word
    if word in dictionary.entries and dictionary.entries[word][1]:
        return dictionary.entries[word][0]
    return word if len(word) > _SHORTEST_PART and english_words().get(word) else None
