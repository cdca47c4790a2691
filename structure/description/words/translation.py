"""Put a German, Spanish or French description into English word by word, for rules that read English.

A small dictionary (``data/languages``) and a few rules of word order are enough, for what is read are short
phrases ("ohne Schlagzeug", "guitarra acústica"), not sentences. Words that the dictionary lacks stay as
they are. Every piece of the translation knows where it comes from, so that what was understood can be shown
in the writer's own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from structure.description.words.dictionaries import Dictionary, read_dictionary, split_compound
from structure.description.words.languages import QUOTED, WORD, find_language
from structure.description.words.phrases import lower
from structure.description.words.slips import SHORTEST, meant_by
from structure.description.words.tokens import english_words
from structure.description.words.vocabulary import vocabulary
from structure.symbols.notes import ACCIDENTALS, LATIN_NOTES


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


def to_english(text: str, language: str | None = None) -> Translation:
    """Return a text in English, or the text as it is where its language has no dictionary.

    ``language`` is the English name of the language; where it is None, the language is found from the
    words. The translation's language is "" where it is not known. Raises KeyError for a name of any other
    language.
    """
    name = find_language(text) if language is None else language
    if name == "":
        return Translation(text, name, text)
    spoken = read_dictionary(name)
    ahead = _rules_ahead(text, spoken)
    if name == "English" and not ahead:
        return Translation(text, name, text)
    pieces = tuple(_translate(text, spoken, ahead))
    return Translation("".join(piece.text for piece in pieces), spoken.name, text, pieces)


_Ahead = list[tuple[re.Match[str], str]]
"""Where each rule matches next, with what it becomes in English; those that match no more are left out."""


def _rules_ahead(text: str, language: Dictionary) -> _Ahead:
    """Return where each rule of a language matches a text first."""
    found = ((pattern.search(text), english) for pattern, english in language.rules_for(text))
    return [(match, english) for match, english in found if match is not None]


def _translate(text: str, language: Dictionary, ahead: _Ahead) -> list[_Piece]:
    """Return the text piece by piece in English; ``ahead`` is where the rules match it.

    What stands in quotation marks stays as it is. Rules come next, then the dictionary.
    """
    pieces: list[_Piece] = []
    position = 0
    while position < len(text):
        start, end, piece, kind = _next_match(text, position, language, ahead)
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
            while noun_at >= 2 and (ordered[noun_at - 2].kind, ordered[noun_at - 1].text) == (
                "adjective",
                " ",
            ):
                noun_at -= 2
        elif each.text.strip() or not each.text:
            noun_at = None
    return ordered


def _unknown(text: str, start: int, end: int, language: Dictionary) -> Iterator[_Piece]:
    """Yield a stretch without an entry in pieces.

    Compounds are translated by their parts, and misspelled words as what they seem to mean. The rest stays;
    English names of players and words for their sound keep their kind.
    """
    position = start
    for match in WORD.finditer(text, start, end):
        word = lower(match[0])
        english = split_compound(word, language.name)
        if english is None and len(word) >= SHORTEST and word not in english_words():
            meant = meant_by(
                word,
                (
                    (entry, meaning)
                    for entry, (meaning, _) in language.entries.items()
                    if entry[0] == word[0]
                    and abs(len(entry) - len(word)) <= 2
                    and len(entry) >= SHORTEST
                    and meaning
                    and " " not in entry
                ),
            )
            english = language.entries[meant][0] if meant else None
        kind = "noun"
        if english is None:
            kind = _kind_in_english(word) if language.adjectives_follow else ""
        if not kind:
            continue
        if match.start() > position:
            yield _Piece(text[position : match.start()], position, match.start())
        yield _Piece(english if english is not None else match[0], match.start(), match.end(), kind)
        position = match.end()
    if position < end:
        yield _Piece(text[position:end], position, end)


def _kind_in_english(word: str) -> str:
    """Return the kind of an English word that stands among others: "Rhodes suave", "guitarra clean"."""
    words = vocabulary()
    if word in words.instruments or word.removesuffix("s") in words.instruments:
        return "noun"
    return "adjective" if word in words.sound_words or word in words.moods else ""


_LONG_PHRASE = 3


def _next_match(text: str, position: int, language: Dictionary, ahead: _Ahead) -> tuple[int, int, str, str]:
    """Return the start, the end, the English and the kind of what is translated next.

    What begins first comes first. Of several that begin at one place, a quotation comes first, then a
    phrase of three words or more that goes as far as the rules do, then, in Spanish and French, any phrase
    that goes farther, then the rule that goes farthest and is listed first, then other phrases. Where
    nothing is left to translate, both positions are the end of the text. ``ahead`` keeps where each rule
    matches next, so that no rule is sought twice.
    """
    matches: _Ahead = []
    for known, english in ahead:
        later = known.re.search(text, position) if known.start() < position else known
        if later is not None:
            matches.append((later, english))
    ahead[:] = matches

    found: list[tuple[int, int, int, str, str]] = []  # start, rank, minus the end, English, kind
    if quoted := QUOTED.search(text, position):
        found.append((quoted.start(), 0, -quoted.end(), f'"{quoted[0][1:-1]}"', ""))
    if matches:
        match, english = min(matches, key=lambda each: (each[0].start(), -each[0].end()))
        found.append((match.start(), 2, -match.end(), _expand(match, english, language), ""))
    if said := language.next_phrase(text, position):
        phrase = lower(said[0])
        phrase = phrase if phrase in language.entries else re.sub(r"[\s-]+", " ", phrase)
        farthest = max((rule.end() for rule, _ in matches if rule.start() == said.start()), default=0)
        is_long = len(said[0].split()) >= _LONG_PHRASE
        goes_on = (
            said.end() >= farthest if is_long else said.end() > farthest and language.adjectives_follow
        )
        found.append((said.start(), 1 if goes_on else 3, -said.end(), *language.entries[phrase]))
    if not found:
        return len(text), len(text), "", ""
    first, _, last, piece, kind = min(found)
    return first, -last, piece, kind


_GERMAN_NOTES = {
    f"{letter}{ending}": letter.upper() + ACCIDENTALS[ending]
    for letter in "cdfg"
    for ending in ("is", "es")
}
_NOTES: Mapping[str, str] = {
    "h": "B",
    "b": "Bb",
    "as": "Ab",
    "ais": "A#",
    "es": "Eb",
    **_GERMAN_NOTES,
    **LATIN_NOTES,
}


def _expand(match: re.Match[str], english: str, language: Dictionary) -> str:
    """Return the English of a rule with its groups filled in.

    A note gets its English name, what is to be kept stays; other words are translated.
    """
    groups = {name: value or "" for name, value in match.groupdict().items()}
    for name, words in groups.items():
        if name not in ("note", "accidental", "sign", "keep"):
            inside = _translate(words, language, _rules_ahead(words, language))
            groups[name] = "".join(piece.text for piece in inside)
    if "note" in groups:
        note = groups["note"].lower()
        name = _NOTES.get(note, note.capitalize())
        sign = groups.get("accidental") or groups.get("sign", "")
        groups["note"] = name + ACCIDENTALS.get(sign.lower(), "")
    return english.format(**groups)
