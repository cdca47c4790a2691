"""Put a German, Spanish or French description into English word by word, for rules that read English.

A small dictionary (``data/languages``) and a few rules of word order are enough, for what is read are short
phrases ("ohne Schlagzeug", "guitarra acústica"), not sentences. Words that the dictionary lacks stay as
they are. Every piece of the translation knows where it comes from, so that what was understood can be shown
in the writer's own words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from structure.base.datafiles import read_data
from structure.description.words.phrases import lower
from structure.description.words.sentences import is_english
from structure.description.words.tokens import english_words
from structure.description.words.vocabulary import vocabulary
from structure.symbols.numerals import french_numeral, german_numeral, spanish_numeral

_QUOTED = re.compile(r"[\"“„«][^\"“”„»]{1,118}[\"”“»]")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_LETTERS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the translation, and the range of the written text that it stands for.

    ``kind`` is ``noun`` or ``adjective`` where the order of words depends on it.
    """

    text: str
    start: int
    end: int
    kind: str = ""

    def range_of(self, start: int, end: int) -> tuple[int, int]:
        """Return the written range of a part of this piece, all of its range where the lengths differ."""
        if len(self.text) != self.end - self.start:
            return self.start, self.end
        return self.start + max(0, start), min(self.end, self.start + end)


@dataclass(frozen=True, slots=True)
class Translation:
    """A description in English, and where each of its pieces comes from."""

    text: str
    language: str
    source: str
    pieces: tuple[_Piece, ...] = ()

    def quote(self, start: int, end: int) -> str:
        """Return the writer's words for a range of :attr:`text`."""
        return self.source[slice(*self.span_of(start, end))]

    def phrase_of(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the written range of the phrase that a range of :attr:`text` is a part of, or None.

        A phrase is a piece that was put into English as a whole.
        """
        position = 0
        for piece in self.pieces:
            is_part = position <= start and end <= position + len(piece.text)
            if (
                is_part
                and len(piece.text) > end - start
                and piece.text != self.source[piece.start : piece.end]
            ):
                return piece.start, piece.end
            position += len(piece.text)
        return None

    def span_of(self, start: int, end: int) -> tuple[int, int]:
        """Return where the writer's words for a range of :attr:`text` begin and end.

        The range is empty, (0, 0), where the writer has no words for it.
        """
        if not self.pieces:
            return start, end
        position, spans = 0, []
        for piece in self.pieces:
            if position < end and start < position + len(piece.text) and piece.text.strip():
                spans.append(piece.range_of(start - position, end - position))
            position += len(piece.text)
        return (min(s for s, _ in spans), max(e for _, e in spans)) if spans else (0, 0)


@dataclass(frozen=True, slots=True)
class _Dictionary:
    """A language: words by which it is known, its phrases and what they become."""

    name: str
    common: frozenset[str]
    function_words: frozenset[str]
    entries: Mapping[str, tuple[str, str]]
    rule_texts: tuple[tuple[str, str], ...]
    adjectives_follow: bool
    compounds: bool

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

    @property
    def rules(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        """Return the patterns of the language, and what each becomes in English."""
        return _rules_of(self.name)


_NUMERALS: Mapping[str, Callable[[int], str]] = {
    "German": german_numeral,
    "Spanish": spanish_numeral,
    "French": french_numeral,
}


def to_english(text: str, language: str | None = None) -> Translation:
    """Return a text in English, or the text as it is where its language has no dictionary.

    ``language`` is the English name of the language; where it is None, the language is found from the
    words. The translation's language is "" where it is not known. Raises KeyError for a name of any other
    language.
    """
    name = find_language(text) if language is None else language
    if name == "":
        return Translation(text, name, text)
    spoken = _spoken(name)
    if name == "English" and not any(pattern.search(text) for pattern, _ in spoken.rules):
        return Translation(text, name, text)
    pieces = tuple(_translate(text, spoken))
    return Translation("".join(piece.text for piece in pieces), spoken.name, text, pieces)


_WEAK, _FAIR = 0.3, 0.6
"""How far the name of an instrument or a genre tells a language, and another word of music, next to the
common words of a language."""
_FOREIGN = 0.85
"""The same for a language that cannot be read: a draw goes to one that can."""


_FEW, _LEAST_SHARE = 4, 0.12
"""From so many words on, so many of them must tell their language."""


def find_language(text: str) -> str:
    """Return the English name of the language of a text; "" for one that cannot be read here.

    Each word counts for the languages that have it, less the more they are. A text without a word of any
    language is English where it is short, for it may be a name or a list of tags.
    """
    whole = [
        lower(word) for word in _WORD.findall(_compile_shared_names().sub(" ", _QUOTED.sub(" ", text)))
    ]
    whole = [word for word in whole if not word.isdigit()]
    words = whole + [part for word in whole if "-" in word for part in word.split("-") if len(part) > 1]
    letters = [char for char in text if char.isalpha()]
    if letters and sum(ord(char) < 0x250 for char in letters) < len(letters) / 2:
        return ""
    scores = dict.fromkeys(_telling_words(), 0.0)
    for word in words:
        owners = [name for name, telling in _telling_words().items() if word in telling]
        for name in owners:
            scores[name] += _telling_words()[name][word] / len(owners)
    best = max(scores, key=lambda name: scores[name])
    told = scores[best]

    # "Rock duro en 7/8" is foreign, for none of its words is English alone. The names of genres and
    # instruments are much the same everywhere, and tell nothing.
    if best == "English":
        english = [word for word in words if _telling_words()["English"].get(word, 0.0) >= _FAIR]
        foreign: dict[str, float] = {}
        for name, language in _languages().items():
            telling = _telling_words()[name]
            if any(word not in language.entries and word not in telling for word in english):
                continue
            own = [word for word in words if word in telling and word not in english]
            long = [word for word in words if len(word) >= _LONG_WORD and word.isalpha()]
            compounds = [word for word in long if not is_english(word) and _compound(word, language)]
            foreign[name] = sum(telling[word] for word in own) + len(compounds)
        likely = [name for name in foreign if foreign[name] >= _LEAST_FOREIGN]
        best = max(likely, key=lambda name: foreign[name], default=best)
        told = foreign.get(best, told)

    spoken = [word for word in words if word.isalpha() and len(word) > 1]
    if len(spoken) >= _FEW and told < _LEAST_SHARE * len(spoken):
        return ""
    return best if best in ("English", *_languages()) else ""


_LONG_WORD, _LEAST_FOREIGN = 7, 0.9

_SHORTEST_OWN = 4
"""Letters of a word of a phrase that tells its language by itself."""


@cache
def _compile_shared_names() -> re.Pattern[str]:
    """Return a pattern of the names of several words that every language uses, such as "drum and bass"."""
    names = read_data("languages", "english.yaml")["used_everywhere"]
    return re.compile(
        rf"(?<!\w)(?:{'|'.join(re.escape(str(name)) for name in names)})(?!\w)", re.IGNORECASE
    )


@cache
def _telling_words() -> Mapping[str, Mapping[str, float]]:
    """Return the words that tell each language, with how far each does.

    The languages that are read come before those that are only known.
    """
    english = {str(word): 1.0 for word in read_data("languages", "english.yaml")["common"]}
    elsewhere = {word for language in _languages().values() for word in language.function_words}
    for word, is_name in english_words().items():
        english.setdefault(word, _WEAK if is_name or word in elsewhere else _FAIR)
    others = {
        name: {str(word): _FOREIGN for word in words if not english_words().get(str(word))}
        for name, words in read_data("languages", "others.yaml").items()
    }
    known = {
        name: {word: _WEAK if english_words().get(word) else 1.0 for word in language.common}
        for name, language in _languages().items()
    }
    return {"English": english, **known, **others}


@cache
def _languages() -> Mapping[str, _Dictionary]:
    """Return the languages that are put into English, by their English names."""
    return {
        name.capitalize(): _dictionary(name.capitalize(), read_data("languages", f"{name}.yaml"))
        for name in ("german", "spanish", "french")
    }


@cache
def _english() -> _Dictionary:
    """Return English as a language whose idioms alone are put into plainer words: "who needs drums"."""
    rules: Mapping[str, str] = read_data("languages", "english.yaml")["rules"]
    return _Dictionary(
        name="English",
        common=frozenset(),
        function_words=frozenset(),
        entries={},
        rule_texts=tuple(rules.items()),
        adjectives_follow=False,
        compounds=False,
    )


def _spoken(name: str) -> _Dictionary:
    """Return a language that is read. Raises KeyError for any other."""
    return _english() if name == "English" else _languages()[name]


def _dictionary(name: str, data: Mapping[str, Any]) -> _Dictionary:
    """Return a language from the data of its file."""
    endings: Mapping[str, list[str]] = data["endings"]
    entries: dict[str, tuple[str, str]] = {}
    telling: set[str] = set()
    for kind in ("phrases", "nouns", "adjectives"):
        class_name = "" if kind == "phrases" else kind.removesuffix("s")
        for word, english in data[kind].items():
            for form in _forms(str(word), endings.get(kind, [""])):
                entries.setdefault(form, (str(english), class_name))
                if word != english and " " not in form and len(form) > 1:  # "bass" and "a" tell no language
                    telling.add(form)

    # The words of phrases tell their language as well, where English has none like them.
    telling |= {
        word
        for form in entries
        if " " in form
        for word in form.split()
        if len(word) >= _SHORTEST_OWN and word.isalpha()
        if word not in english_words() and not is_english(word)
    }
    for form, entry in list(entries.items()):
        entries.setdefault(without_accents(form), entry)
        entries.setdefault(without_umlauts(form), entry)
    telling |= {plain for word in telling if (plain := without_accents(word)) not in english_words()}
    telling |= {plain for word in telling if (plain := without_umlauts(word)) not in english_words()}
    entries |= {_NUMERALS[name](number): (str(number), "") for number in range(2, 300)}
    return _Dictionary(
        name=name,
        common=frozenset(data["common"]) | telling,
        function_words=frozenset(data["common"]),
        entries=entries,
        rule_texts=tuple(_rule_texts(data["rules"], data.get("verbs", {}))),
        adjectives_follow=bool(data["adjectives_follow"]),
        compounds=bool(data.get("compounds", False)),
    )


def _rule_texts(rules: Mapping[str, str], verbs: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Yield the patterns of a language's rules, and what each becomes in English.

    In a pattern ``<ar>`` stands for the endings of such verbs. Words typed without umlauts match as well;
    sets of characters stay.
    """
    either = {umlaut: f"(?:{umlaut}|{plain})" for umlaut, plain in _PLAIN_UMLAUTS.items()}
    for rule, english in rules.items():
        pattern = rule
        for verb, endings in verbs.items():
            pattern = pattern.replace(f"<{verb}>", f"(?:{'|'.join(endings)})")
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
    for entry in _spoken(name).entries:
        if (first := _LETTERS.match(entry)) is not None:
            found.setdefault(lower(first[0]), []).append(entry)
    return found


@cache
def _rules_of(name: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    texts = _spoken(name).rule_texts
    return tuple((re.compile(pattern, re.IGNORECASE), english) for pattern, english in texts)


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


def _translate(text: str, language: _Dictionary) -> list[_Piece]:
    """Return the text piece by piece in English.

    What stands in quotation marks stays as it is. Rules come next, then the dictionary.
    """
    pieces: list[_Piece] = []
    position = 0
    while position < len(text):
        start, end, piece, kind = _next_match(text, position, language)
        if start > position:
            pieces += _unknown(text, position, start, language)
        if end > start:
            pieces.append(_Piece(piece, start, end, kind))
        position = max(end, position + 1) if end > start else len(text)
    if not language.adjectives_follow:
        return pieces

    # The adjectives behind a noun go in front of it, the nearest one last: "guitar acoustic soft" becomes
    # "soft acoustic guitar".
    ordered: list[_Piece] = []
    noun_at = None  # where the noun, with its adjectives before it, begins
    for each in pieces:
        if each.kind == "adjective" and noun_at is not None:
            space = ordered.pop()
            ordered[noun_at:noun_at] = [each, space]
            continue
        ordered.append(each)
        if each.kind == "noun":
            noun_at = len(ordered) - 1
        elif each.text.strip() or not each.text:
            noun_at = None
    return ordered


_SHORTEST_PART = 3
_LINKS = ("", "s", "n", "en", "es", "er")


def _unknown(text: str, start: int, end: int, language: _Dictionary) -> Iterator[_Piece]:
    """Yield a stretch without an entry in pieces.

    Compounds are translated by their parts, and misspelled words as what they seem to mean. The rest stays.
    """
    position = start
    for match in _WORD.finditer(text, start, end):
        word = lower(match[0])
        english = _compound(word, language)
        if english is None and len(word) >= _SHORTEST_MISSPELLED and word not in english_words():
            near = [
                entry
                for entry in language.entries
                if entry[0] == word[0] and abs(len(entry) - len(word)) <= 2
            ]
            meant = get_close_matches(word, near, 1, _LIKENESS)
            english = language.entries[meant[0]][0] if meant else None
        if english is None:
            continue
        if match.start() > position:
            yield _Piece(text[position : match.start()], position, match.start())
        yield _Piece(english, match.start(), match.end(), "noun")
        position = match.end()
    if position < end:
        yield _Piece(text[position:end], position, end)


def _compound(word: str, language: _Dictionary) -> str | None:
    """Return the two parts of a word such as ``gitarrenteppich`` in English.

    Return None where the language does not join words, or where a part has no meaning.
    """
    if not language.compounds or english_words().get(word) is not None:
        return None
    for cut in range(len(word) - _SHORTEST_PART, _SHORTEST_PART - 1, -1):
        head, tail = word[:cut], _part(word[cut:], language)
        for link in _LINKS:
            if tail and head.endswith(link) and (first := _part(head.removesuffix(link), language)):
                return f"{first} {tail}"
    return _genre_at_end(word, language)


def _genre_at_end(word: str, language: _Dictionary) -> str | None:
    """Return the genre in English that a compound of any kind is, techno for ``kirmestechno``, or None."""
    genres = vocabulary().genres
    if not word.isalpha():  # "Pop-Punk" is read part by part
        return None
    for cut in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
        tail = word[cut:]
        english = language.entries.get(tail, (tail, ""))[0]
        if english in genres and (len(tail) > _SHORTEST_PART or tail in _SHORT_GENRES):
            return english
    return None


_SHORT_GENRES = ("pop", "rap", "ska", "dub")


def _part(word: str, language: _Dictionary) -> str | None:
    """Return a part of a compound in English, None where it is unknown; many are English already."""
    if len(word) < _SHORTEST_PART:
        return None
    if word in language.entries and language.entries[word][1]:
        return language.entries[word][0]
    return word if len(word) > _SHORTEST_PART and english_words().get(word) else None


_SHORTEST_MISSPELLED, _LIKENESS = 5, 0.86


_LONG_PHRASE = 3


def _next_match(text: str, position: int, language: _Dictionary) -> tuple[int, int, str, str]:
    """Return the start, the end, the English and the kind of what is translated next.

    What begins first comes first. Of several that begin at one place, a quotation comes first, then a
    phrase of three words or more that goes as far as the rules do, then a rule, then other phrases. Where
    nothing is left to translate, both positions are the end of the text.
    """
    found: list[tuple[int, int, int, str, str]] = []  # start, rank, minus the end, English, kind
    if quoted := _QUOTED.search(text, position):
        found.append((quoted.start(), 0, -quoted.end(), f'"{quoted[0][1:-1]}"', ""))
    for pattern, english in language.rules:
        if match := pattern.search(text, position):
            found.append((match.start(), 2, -match.end(), _expand(match, english, language), ""))
    if match := language.next_phrase(text, position):
        phrase = lower(match[0])
        phrase = phrase if phrase in language.entries else re.sub(r"[\s-]+", " ", phrase)
        rules = [-end for start, rank, end, *_ in found if start == match.start() and rank]
        goes_on = len(match[0].split()) >= _LONG_PHRASE and match.end() >= max(rules, default=0)
        found.append((match.start(), 1 if goes_on else 3, -match.end(), *language.entries[phrase]))
    if not found:
        return len(text), len(text), "", ""
    start, _, end, piece, kind = min(found)
    return start, -end, piece, kind


_NOTES: Mapping[str, str] = {
    "h": "B",
    "b": "Bb",
    "as": "Ab",
    "es": "Eb",
    "do": "C",
    "re": "D",
    "ré": "D",
    "ut": "C",
    "mi": "E",
    "fa": "F",
    "sol": "G",
    "la": "A",
    "si": "B",
}
_ACCIDENTALS = {
    "is": "#",
    "es": "b",
    "s": "b",
    "sostenido": "#",
    "bemol": "b",
    "dièse": "#",
    "diese": "#",
    "bémol": "b",
    **dict.fromkeys("#♯", "#"),
    **dict.fromkeys("b♭", "b"),
}


def _expand(match: re.Match[str], english: str, language: _Dictionary) -> str:
    """Return the English of a rule with its groups filled in.

    A note gets its English name, what is to be kept stays; other words are translated.
    """
    groups = {name: value or "" for name, value in match.groupdict().items()}
    for name, words in groups.items():
        if name not in ("note", "accidental", "sign", "keep"):
            groups[name] = "".join(piece.text for piece in _translate(words, language))
    if "note" in groups:
        note = groups["note"].lower()
        name = _NOTES.get(note, note.capitalize())
        sign = groups.get("accidental") or groups.get("sign", "")
        groups["note"] = name + _ACCIDENTALS.get(sign.lower(), "")
    return english.format(**groups)
