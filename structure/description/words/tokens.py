"""Part a sentence into tokens: the longest phrases that a vocabulary knows, figures, words, stops."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from itertools import product
from typing import Any

from structure.base.datafiles import read_data
from structure.description.words.figures import Figure, find_figures
from structure.description.words.inflections import verb_forms
from structure.description.words.phrases import lower
from structure.description.words.sentences import is_english
from structure.description.words.vocabulary import vocabulary

Meanings = Mapping[str, Any]
"""By class (``genre``, ``section``, ``relation`` …) what a phrase means; one phrase may have several."""

_NOTHING: Meanings = {}


@dataclass(frozen=True, slots=True)
class Token:
    """A range of a text and what it may mean; ``word`` is how it is written, in lower case."""

    start: int
    end: int
    word: str
    meanings: Meanings = field(default_factory=dict)

    def __contains__(self, kind: str) -> bool:
        return kind in self.meanings

    def __getitem__(self, kind: str) -> Any:
        return self.meanings[kind]


_WORD = re.compile(r"n't\b|w/(?=\s|$)|\w/(?:out|o)?\b|[^\W_]+(?:'[^\W_]+)*|[&+~]")
_JOIN = re.compile(r"'?[\s-]*|\s*/\s*")
_STOP = re.compile(r"[.;!?\n|•]+(?=\s|$)|[,:;()\[\]{}\n|•/→>]|\s-+\s|->|=>")
_LONGEST_PHRASE = 7
_JOINED = 2

_PLAIN = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "–": "-",
        "—": "-",
        "‑": "-",
        "♯": "#",
        "♭": "b",
    }
)


def plain_text(text: str) -> str:
    """Return a text with plain quotation marks, dashes and accidentals, of the same length."""
    return text.translate(_PLAIN)


def tokens_of(text: str, *, is_translated: bool = False) -> tuple[Token, ...]:
    """Return the tokens of a sentence in English, in order.

    What is left of another language in one that ``is_translated`` is hardly taken for misspelled English.
    """
    text = plain_text(text)
    figures = {figure.start: figure for figure in find_figures(text) if not _names_genre(figure)}
    words = list(_WORD.finditer(lower(text)))
    found: list[Token] = []
    position = 0
    while position < len(text):
        phrase = _longest_phrase(text, words, position, figures, is_translated, _ends_with_player(found))
        figure = figures.get(position)
        if figure and phrase is not None and phrase.end >= figure.end:
            is_form = "form" in phrase and phrase.end == figure.end and "blues" in text.lower()
            is_form = is_form and _OF_A_SECTION.match(text, figure.end) is None
            is_player = "player" in phrase and figure.kind == "number"
            if is_form or is_player:  # the "12 bar" of a blues, the "808"
                figure = None

        if figure and (phrase is None or phrase.end <= figure.end or figure.kind == "title"):
            written = lower(text[figure.start : figure.end])
            found.append(Token(figure.start, figure.end, written, {figure.kind: figure.value}))
            position = figure.end
        elif phrase:
            found.append(phrase)
            position = phrase.end
        elif stop := _STOP.match(text, position):
            sign = stop[0].strip() or "\n"
            found.append(Token(stop.start(), stop.end(), sign, {"stop": sign}))
            position = stop.end()
        else:
            position += 1
    return tuple(_name_turned_genres(found, text))


_OF_A_SECTION = re.compile(
    r"[\s-]*(?:\w+\s+)?(?:solo|intro|outro|break|verse|chorus|bridge)\b", re.IGNORECASE
)
"""What makes the twelve bars of a "12 bar solo" a length, in a blues as well."""

_AFTER_PLAYERS = ("filler", "sudden", "everybody", "ordinal", "exact", "pace")


def _ends_with_player(tokens: Sequence[Token]) -> bool:
    """Return whether the last token that is no small word is a player."""
    last = next((t for t in reversed(tokens) if not any(kind in t for kind in _AFTER_PLAYERS)), None)
    return (last is not None and "player" in last) or any("everybody" in t for t in tokens[-1:])


def _names_genre(figure: Figure) -> bool:
    """Return whether what looks like a musician's name is a genre in capitals: "sounds like Motown"."""
    key = tuple(lower(str(figure.value)).split())
    return figure.kind == "name" and "genre" in (_look_up(key) or _NOTHING)


def _name_turned_genres(tokens: list[Token], text: str) -> Iterator[Token]:
    """Yield the tokens, with "rock garage" and "techno minimal" as the genres that they turn round."""
    i = 0
    while i < len(tokens):
        token, following = tokens[i], tokens[i + 1] if i + 1 < len(tokens) else None
        i += 1
        if following is not None and "genre" in token and not text[token.end : following.start].strip(" -"):
            turned = (following.word, token.word)
            meanings = _lexicon().get(turned, _NOTHING)
            if "genre" in meanings and not {"player", "section"} & set(following.meanings):
                yield Token(token.start, following.end, " ".join(turned), {"genre": meanings["genre"]})
                i += 1
                continue
        yield token


def _longest_phrase(
    text: str,
    words: list[re.Match[str]],
    position: int,
    figures: Mapping[int, Figure],
    is_translated: bool,
    follows_player: bool,
) -> Token | None:
    """Return the longest known phrase that begins at a position, None where no word begins there.

    Where no phrase is known, return the word alone. It has the meanings of the word that it seems to
    misspell, or none. What is said of players alone is a phrase only where it ``follows_player``.
    """
    first = next((i for i, word in enumerate(words) if word.start() == position), None)
    if first is None:
        return None
    best: Token | None = None
    for last in range(first, min(first + _LONGEST_PHRASE, len(words))):
        end = words[last].end()
        if last > first and not _JOIN.fullmatch(text[words[last - 1].end() : words[last].start()]):
            break
        if any(position < figure.start < end < figure.end for figure in figures.values()):
            continue  # it cuts a figure: "starts in", where the key is "in C major"
        key = tuple(word[0] for word in words[first : last + 1])
        meanings = _look_up(key)
        if key == ("kick", "in") and first and words[first - 1][0] in _BEFORE_KICKS:
            continue
        if meanings is not None and "played" in meanings and key[-1] == "in" and last + 1 < len(words):
            ahead = words[last + 1]
            if not text[end : ahead.start()].strip() and ahead[0] not in _BEHIND_COMING_IN:
                continue  # "the flute dances in the bridge" says where
        if not follows_player and meanings is not None and set(meanings) == {"played"}:
            continue
        if key == ("drop", "the") and first and words[first - 1][0] in _BEFORE_DROPS:
            continue  # "before the drop the kick is gone"
        is_list = "/" in text[position:end]  # "guitar/bass", "pre / chorus"
        if meanings is not None and not (is_list and ("player" in meanings or "section" in meanings)):
            best = Token(position, end, " ".join(key), meanings)
    if best is not None:
        return best
    word = words[first][0]
    meanings = _look_up_degree(word) or _look_up((_correct_spelling(word, is_translated),))
    return Token(position, words[first].end(), word, meanings or _NOTHING)


_GRADED = {"mood", "energy", "pace"}
"""Classes of words that may be compared: "sadder", "angriest"."""


def _look_up_degree(word: str) -> Meanings | None:
    """Return what an adjective means of which a word is a degree or an adverb: "sadder", "eerily".

    None where it is no such word.
    """
    stem = next(
        (word.removesuffix(end) for end in ("iest", "est", "ier", "er", "ily", "ly") if word.endswith(end)),
        "",
    )
    if len(stem) < _SHORTEST_STEM:
        return None
    endings = ("y", "ie") if word.removeprefix(stem).startswith("i") else ("", "e", "y")
    forms = [stem + ending for ending in endings]
    if stem[-1] == stem[-2]:
        forms.append(stem[:-1])
    for form in forms:
        found = _lexicon().get((form,))
        if found is not None and (kinds := _GRADED & set(found)):
            return {kind: found[kind] for kind in kinds}
    return None


_SHORTEST_STEM = 3


_BEHIND_COMING_IN = frozenset(
    word
    for words in (
        "at on from after before around when where once over under underneath beneath behind above with",
        "for by halfway midway near towards out as slowly gently softly quietly gradually late and then",
        "only again too during until till while right just last first but about like alongside",
    )
    for word in words.split()
)
"""What may stand behind a verb with an "in" of its own, as in "swells in at bar 9"."""


_BEFORE_DROPS = ("the", "every", "each", "first", "second", "last", "final", "big")
_BEFORE_KICKS = (
    "no",
    "without",
    "a",
    "any",
    "big",
    "deep",
    "hard",
    "heavy",
    "four",
    "just",
    "only",
    "and",
    "w/o",
)
"""What makes the kick of "no kick in the intro" a drum, and not a verb."""

_SHORTEST_MISSPELLED, _LIKENESS = 5, 0.86
_SHORTEST_FOREIGN = 6
"""Letters of a word that is left of another language and may be a misspelled English one."""


@cache
def _correct_spelling(word: str, is_translated: bool = False) -> str:
    """Return the word of the vocabulary that a word of five letters or more misspells: "synthwav", "guitr".

    It is like it, or one letter of it is another ("houze"). Return the word itself where it is English, too
    short, or like no other.
    """
    shortest = _SHORTEST_FOREIGN if is_translated else _SHORTEST_MISSPELLED
    if len(word) < shortest or is_english(word):
        return word
    near = [*_words_by_letter().get(word[0], ())]
    if word.endswith("s"):  # "guitrs" and "drumms" misspell what only their singular is an entry for
        near += [f"{entry}s" for entry in near if not entry.endswith("s")]
    letters = sorted(word)
    swapped = [entry for entry in near if len(entry) == len(word) and sorted(entry) == letters]
    if not (swapped or is_translated):
        swapped = [entry for entry in near if _differs_by_one(entry, word) and is_english(entry)]
    return next(iter(get_close_matches(word, near, 1, _LIKENESS) or swapped), word)


@cache
def _words_by_letter() -> Mapping[str, Sequence[str]]:
    """Return the words of the vocabulary that are long enough to be misspelled, by their first letters."""
    found: dict[str, list[str]] = {}
    for key in _lexicon():
        if len(key) == 1 and len(key[0]) >= _SHORTEST_MISSPELLED - 1:
            found.setdefault(key[0][0], []).append(key[0])
    return found


def _differs_by_one(entry: str, word: str) -> bool:
    """Return whether two words of one length differ in one letter."""
    return len(entry) == len(word) and sum(a != b for a, b in zip(entry, word, strict=True)) == 1


def _look_up(key: tuple[str, ...]) -> Meanings | None:
    """Return the meanings of a phrase, of its singular or of it without accents; None where unknown."""
    lexicon = _lexicon()
    said: Meanings = _NOTHING
    for ending in ("", "s", "es", "'s"):
        if key[-1].endswith(ending) and (found := lexicon.get((*key[:-1], key[-1].removesuffix(ending)))):
            said = {**found, **said}
            if set(said) != {"played"}:  # the "hits" of "the horns hit" may be several of "a hit"
                return said
    if said:
        return said
    plain = tuple(word if word.isascii() else word.translate(_UNACCENTED) for word in key)
    return _look_up(plain) if plain != key else None


_UNACCENTED = str.maketrans("áàâãäçéèêëíîïñóôöúùûü", "aaaaaceeeeiiinooouuuu")


@cache
def _lexicon() -> Mapping[tuple[str, ...], Meanings]:
    """Return the meanings of every phrase, by its words."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for kind, phrase, value in _entries():
        words = tuple(_WORD.findall(phrase))
        if words:
            found.setdefault(words, {}).setdefault(kind, value)
        if kind == "genre" and len(words) == _JOINED:
            found.setdefault(("".join(words),), {}).setdefault(kind, value)  # "kpop", "synthwave"
    return found


_SHORTEST_VERB = 2
"""Letters of words that have no plural: "do", "go"."""


@cache
def english_words() -> Mapping[str, bool]:
    """Return every English word of the vocabulary, True for a name that other languages have as well.

    Such names are those of genres, instruments and the like that are a phrase by themselves.
    """
    found = {word: False for key in _lexicon() for word in key}
    for key, meanings in _lexicon().items():
        if len(key) == 1:
            found[key[0]] = set(meanings) <= _NAMES_ABROAD
            if len(key[0]) > _SHORTEST_VERB:  # "dos" is no plural of "do"
                found.setdefault(f"{key[0]}s", found[key[0]])
    return found


_NAMES_ABROAD = {
    "genre",
    "player",
    "section",
    "sound",
    "work",
    "group",
    "event",
    "mood",
    "harmony",
    "groove",
    "everyday",
    "weak_genre",
    "ensemble",
    "form",
    "meter",
    "mix",
    "mix_adjective",
    "mix_noun",
    "technical",
}


def _entries() -> Iterator[tuple[str, str, Any]]:
    """Yield the class, the phrase and the meaning of every entry of the two files of vocabulary."""
    data = read_data("clauses.yaml")
    players = {phrase: name for name, phrases in data["instrument_names"].items() for phrase in phrases}
    known = [*sorted(vocabulary().instruments), *data["more_instruments"], *players]
    for phrase in known:
        if phrase not in _NO_INSTRUMENTS and not phrase.endswith(" solo"):
            single = phrase.removesuffix("s")
            usual = single if single in known else phrase
            yield "player", phrase, players.get(phrase) or players.get(single) or usual
    yield from _invert("mood", data["mood_names"])
    moods = (*data["mood_names"], *sorted(vocabulary().moods))
    for kind in ("mood", "scene"):
        yield from _invert(kind, data["scenes"])
        # Dictionaries write the scenes of other languages so: "Nebel" is a foggy scenery.
        yield from ((kind, f"{mood} scenery", mood) for mood in moods)
    yield from _invert("sound", data["sound_names"])
    yield from _names(data)
    for kind in ("relation", "ordinal", "edge", "edge_verb", "ensemble", "event", "groove", "mix"):
        yield from _invert(kind, data[f"{kind}es" if kind == "mix" else f"{kind}s"])
    for kind, name in _MAPPINGS.items():
        yield from _invert(kind, data[name])

    # Phrases about a range of the spectrum, such as "boosted lows" and "dull top end", are mixes.
    for row in data["tones"]:
        for value, adjectives in row["said"].items():
            for adjective, name in product(adjectives, row["names"]):
                yield "mix", f"{adjective} {name}", value
                yield "mix", f"{name} {adjective}", value

    yield from _player_verbs(data)
    for event, edges in data["event_edges"].items():
        for edge, phrases in edges.items():
            yield from (("event", phrase, (event, edge)) for phrase in phrases)
    for kind, name in _LISTS.items():
        yield from ((kind, str(phrase), str(phrase)) for phrase in data[name])


def _player_verbs(data: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield the entries for what is said of players, in all forms of the verbs; "going wild" is no solo."""
    for done, phrases in data["player_verbs"].items():
        for phrase in phrases:
            forms = tuple(verb_forms(phrase))
            yield from (
                ("played", form, done) for form in (forms[:2] if done in ("solo", "shot") else forms)
            )


_MAPPINGS = {
    "energy": "energies",
    "harmony": "harmonies",
    "key_change": "keys",
    "interval": "intervals",
    "multiple": "multiples",
    "section": "more_sections",
    "form": "more_forms",
    "reference": "references",
    "refused": "only_refused",
    "group": "groups",
    "pace": "more_paces",
    "era": "eras",
    "mix_adjective": "mix_adjectives",
}
"""Classes of phrases that mean something else, and where the file has them."""


_LISTS = {
    "mix_noun": "mix_nouns",
    "technical": "technical",
    "negation": "negations",
    "post_negation": "post_negations",
    "halt": "halts",
    "weak": "weak_events",
    "weak_genre": "weak_genres",
    "mood": "more_moods",
    "everyday": "everyday_words",
    "exact": "exact",
    "exception": "exceptions",
    "nobody_else": "nobody_else",
    "swap": "swaps",
    "resting": "resting",
    "more": "more",
    "less": "less",
    "sudden": "sudden",
    "sound": "sounds",
    "lyrics": "lyrics",
    "genre": "other_genres",
    "everybody": "everybody",
    "work": "works",
    "filler": "fillers",
    "linker": "linkers",
    "breaker": "breakers",
}


_NO_INSTRUMENTS = (
    "string quartet",
    "brass band",
    "humming",
    "texture",
    "wash",
    "ambience",
    "triangle wave",
    "break",
    "sequence",
    "drone",
    "slap bass",
    "muted trumpet",
    "fingerpicked guitar",
    "finger picked guitar",
    "fingerstyle guitar",
    "fingerpicked acoustic guitar",
    "picked bass",
    "fingered bass",
    "walking bass",
    "pizzicato string",
    "pizzicato",
    "reese bass",
    "reese",
    "scratches",
    "scratching",
    "brush",
    "brushes",
    "brushwork",
    "brushed drums",
)


_NO_PACES = ("not too fast", "not too slow", "half time", "double time", "laid back")


def _names(data: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield the entries for the names that :mod:`structure.description.words.vocabulary` holds."""
    words = vocabulary()
    names = dict(_invert_pairs(data["genre_names"]))
    yield from (
        ("genre", phrase, names.get(phrase, phrase))
        for phrase in [*names, *words.genres]
        if phrase != "slow blues"
    )
    yield from (("mood", phrase, phrase) for phrase in sorted(words.moods))
    yield from (("sound", phrase, phrase) for phrase in sorted(words.sound_words))
    for phrase, meter in words.meters.items():
        yield "meter", phrase, meter
        yield "meter", f"{phrase} time", meter
    yield from (("mode", phrase, mode) for phrase, mode in words.modes.items())
    for phrase, form in words.forms.items():
        if not set(phrase.split()) <= {"verse", "chorus", "bridge"}:
            yield "form", phrase, form.lower()
    for phrase, pace in words.paces.items():
        if phrase in _NO_PACES:
            continue
        share = float(pace)
        yield "pace", phrase, "slow" if share < 0.35 else "medium" if share < 0.66 else "fast"
    for phrase, section in words.sections.items():
        if section != "solo" or phrase == "solo":
            yield "section", phrase, section
    for phrase, refused in words.refusals.items():
        yield "refusal", phrase, refused


def _invert_pairs(meanings: Mapping[Any, Iterable[str]]) -> Iterator[tuple[str, Any]]:
    return ((str(phrase), meaning) for meaning, phrases in meanings.items() for phrase in phrases)


def _invert(kind: str, meanings: Mapping[Any, Iterable[str]]) -> Iterator[tuple[str, str, Any]]:
    return ((kind, phrase, meaning) for phrase, meaning in _invert_pairs(meanings))
