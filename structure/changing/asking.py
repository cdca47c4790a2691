"""Reads what is to be changed in a song: "second verse without drums, chorus up a tone".

The words of music are those by which descriptions are read (:mod:`structure.description.words.tokens`);
those of change stand in ``data/changes.yaml``. A clause is read as a bag of what it holds: places, players,
an interval, a number of bars … and what is to be done with them, so every order of words is understood.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from structure.base.datafiles import read_data
from structure.description.words.languages import find_language
from structure.description.words.phrases import lower
from structure.description.words.tokens import Token, plain_text, tokens_of
from structure.description.words.translation import to_english
from structure.specs.wishes import LAST


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that a sentence names: a section by its name or kind, "" for the song's end or beginning.

    ``visit`` is which of its visits, from 1, the last one being -1; None is all of them.
    """

    section: str
    visit: int | None = None


@dataclass(slots=True)
class Ask:
    """What a clause of a sentence asks for, as what it holds.

    ``does`` are words of change (the keys of ``data/changes.yaml``), in order, ``tail`` what is said behind
    the first of them. ``spots`` are the places that are changed, ``relation`` and ``beside`` a place that
    something is put before or after. ``facts`` holds by class what else is said: ``player`` (a list),
    ``interval``, ``key``, ``tempo``, ``bars``, ``bar``, ``number``, ``event``, ``genre``, ``mix``,
    ``meter``, ``title``, ``mood`` (a list), ``without`` and ``only``. ``unread`` are words that nothing
    knows; ``said`` is the clause as written.
    """

    said: str
    does: list[str] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)
    relation: str = ""
    beside: Spot | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    tail: str = ""

    @property
    def is_place_alone(self) -> bool:
        """Return whether nothing but a place is said."""
        return bool(self.spots) and not self.does and not self.facts and not self.unread

    @property
    def is_players_alone(self) -> bool:
        """Return whether nothing but players are said."""
        return set(self.facts) == {"player"} and not self.does and not self.spots


_STOPS = (",", ";", ".", ":", "\n", "!")
_WHOLE = ("song", "everything", "whole", "entire", "track")


def read_asks(text: str, sections: Collection[str] = (), stems: Collection[str] = ()) -> list[Ask]:
    """Return what each clause of a text asks for.

    ``sections`` and ``stems`` are names that the song has; they are known beside those of the vocabulary.
    """
    language = find_language(text)
    language = language if language.lower() in _foreign() else "English"
    plain = plain_text(text)
    for pattern, english in _foreign().get(language.lower(), ()):
        plain = pattern.sub(english, plain)  # words of change in English; the others stay
    english = to_english(re.sub(r"[ \t]{2,}", " ", plain), language).text

    asks: list[Ask] = []
    for tokens, said, joined in _clauses(english, _tokens(english, sections, stems)):
        ask = _read_clause(tokens, said)
        last = asks[-1] if asks else None
        if last is not None and last.is_place_alone and not ask.spots:
            ask.spots, ask.said = last.spots, f"{last.said}, {ask.said}"
            asks[-1] = ask
            continue
        if last is not None and ask.is_players_alone and "player" in last.facts:
            last.facts["player"] += ask.facts["player"]
            last.said += f", {ask.said}"
            continue
        is_it = joined or re.search(r"\b(?:it|them|there)\b", said.lower()) is not None
        if last is not None and is_it and not ask.spots and not re.search(r"\bsong\b", said.lower()):
            ask.spots = list(last.spots)
        asks.append(ask)
    return [ask for ask in asks if ask.does or ask.facts or ask.spots or ask.unread]


def _clauses(english: str, tokens: Sequence[Token]) -> Iterator[tuple[list[Token], str, bool]]:
    """Yield the tokens of each clause, its words, and whether an "and" joins it to the one before."""
    start, joined = 0, False
    for k in range(len(tokens) + 1):
        is_stop = k == len(tokens) or tokens[k].meanings.get("stop") in _STOPS
        is_and = not is_stop and tokens[k].word in ("and", "then", "&", "but")
        if is_and:
            behind = [token for token in tokens[k + 1 :] if not token.meanings.get("stop")]
            rest = behind[
                : next((i for i, t in enumerate(behind) if t.word in ("and", "then")), len(behind))
            ]
            is_and = _says_what(tokens[start:k]) and _says_what(rest)
        if is_stop or is_and:
            part = [token for token in tokens[start:k] if "stop" not in token]
            if part:
                yield part, english[part[0].start : part[-1].end], joined
            start, joined = k + 1, is_and


def _says_what(tokens: Sequence[Token]) -> bool:
    """Return whether some words say what is to be done."""
    doing = ("change", "interval", "negation", "exact", "bars", "tempo", "key", "energy", "event")
    return any(any(kind in token for kind in doing) for token in tokens)


def _tokens(english: str, sections: Collection[str], stems: Collection[str]) -> list[Token]:
    """Return the tokens of a text: words of change and names of the song before those of the vocabulary."""
    taken: list[Token] = []
    for kind, names in (("section", sections), ("player", stems)):
        for name in sorted(names, key=len, reverse=True):
            pattern = rf"(?<!\w){re.escape(lower(name))}s?(?!\w)"
            for match in re.finditer(pattern, lower(english)):
                _take(taken, Token(match.start(), match.end(), match[0], {kind: name}))

    others = list(tokens_of(english))
    for i, token in enumerate(others):  # "4 bars longer" is one figure, which ends within its last word
        if "bars" in token and english[token.end : token.end + 2] == "er":
            others[i] = Token(token.start, token.end + 2, f"{token.word}er", token.meanings)

    figures = [t for t in others if {"title", "key", "tempo", "bars", "bar", "interval"} & set(t.meanings)]
    for match in _phrases().finditer(lower(english)):
        word = re.sub(r"[\s-]+", " ", match[0])
        inside = any(f.start <= match.start() < f.end for f in figures)
        if any("key" in f and match.start() < f.start < match.end() for f in figures):
            continue  # "change the key to D minor" names the key
        if not inside or any("tempo" in f for f in figures if f.start < match.end() <= f.end):
            _take(taken, Token(match.start(), match.end(), word, {"change": _meanings()[word]}))

    for token in others:
        if all(token.end <= one.start or one.end <= token.start for one in taken):
            taken.append(token)
            continue
        for left in re.finditer(r"[^\W_]+", english[token.start : token.end]):  # what is left of a phrase
            for one in tokens_of(left[0]):
                start = token.start + left.start() + one.start
                _take(taken, Token(start, start + one.end - one.start, one.word, one.meanings))
    return sorted(taken, key=lambda token: token.start)


def _take(taken: list[Token], token: Token) -> None:
    """Add a token where no other one is."""
    if all(token.end <= one.start or one.end <= token.start for one in taken):
        taken.append(token)


_KEPT = ("key", "mode", "meter", "title", "bar", "interval", "genre", "mix")
_GROOVES = {
    **dict.fromkeys(("half time", "half time feel"), "half_time"),
    **dict.fromkeys(("double time", "double time feel"), "double_time"),
}
_LISTED = ("player", "mood", "sound", "mix_adjective")


_SMALL = ("filler", "linker", "group", "ordinal", "relation")
"""Classes of tokens that say nothing by themselves."""


def _read_clause(tokens: list[Token], said: str) -> Ask:
    """Return what a clause asks for: its places, what is to be done, and the facts besides."""
    ask = Ask(said)
    places: list[tuple[int, Spot]] = []
    is_of_style = any(token.word == "genre" for token in tokens)  # it names no player: "genre jazz guitar"
    for k, token in enumerate(tokens):
        meanings = token.meanings
        if token.word in _WHOLE:
            continue
        if "change" in meanings:
            ask.does.append(meanings["change"])
            ask.tail = ask.tail or said[token.end - tokens[0].start :].strip()
        elif "section" in meanings and meanings.get("energy") != "build" and "event" not in meanings:
            # Which visit is meant: "verse 2", or "second verse" and "last chorus".
            nearest = [
                one
                for one in reversed(tokens[max(0, k - 3) : k])
                if "filler" not in one or "ordinal" in one
            ][:1]
            numbers = [one["number"] for one in tokens[k + 1 : k + 2] if "number" in one]
            numbers += [one["ordinal"] for one in nearest if "ordinal" in one]
            places.append((k, Spot(meanings["section"], int(numbers[0]) if numbers else None)))
        elif _read_fact(ask, token, tokens[k - 1] if k else None, is_of_style):
            continue
        elif "edge" in meanings:
            places.append((k, Spot("", LAST if meanings["edge"] == "end" else 1)))
        elif meanings.get("energy") in ("quiet", "loud"):
            ask.does.append("quieter" if meanings["energy"] == "quiet" else "louder")
        elif any(kind in meanings for kind in _LISTED):
            ask.facts.setdefault("mood", []).append(token.word)
        elif token.word not in _small() and not any(kind in meanings for kind in _SMALL):
            ask.unread.append(token.word)

    # A place is changed, or is the one that something is put beside.
    for k, spot in places:
        words = [token.word for token in tokens[max(0, k - 4) : k]]
        near = next((word for word in reversed(words) if word in _BESIDE), "")
        if near and ask.beside is None:
            ask.relation, ask.beside = _BESIDE[near], spot
        elif spot not in ask.spots:
            ask.spots.append(spot)

    # The end of the song is meant where it is named alone, and not beside a section.
    ask.spots = [spot for spot in ask.spots if spot.section] or ask.spots
    return ask


def _read_fact(ask: Ask, token: Token, before: Token | None, is_of_style: bool) -> bool:
    """Add what a token says to the facts of a clause; return whether it says such."""
    facts, meanings = ask.facts, token.meanings
    kept = [kind for kind in _KEPT if kind in meanings]
    if "negation" in meanings:
        facts["without"] = True
    elif "player" in meanings and not ("genre" in token and is_of_style):
        facts.setdefault("player", []).append(meanings["player"])
    elif "exact" in meanings or token.word in ("only", "just", "alone"):
        facts["only"] = True
    elif "tempo" in meanings:
        facts["tempo"] = meanings["tempo"][0]
    elif "bars" in meanings:
        facts["bars"] = int(meanings["bars"])
        ask.does += ["longer"] if token.word.endswith("longer") else []
    elif "number" in meanings:
        if before is None or "section" not in before:  # "verse 2" is a visit
            facts["number"] = meanings["number"]
    elif str(meanings.get("groove", "")) in _GROOVES:
        facts.setdefault("event", _GROOVES[meanings["groove"]])
    elif "event" in meanings or meanings.get("energy") == "build":
        event = meanings.get("event", "build")
        facts.setdefault("event", event[0] if isinstance(event, tuple) else event)
    elif kept:
        facts.setdefault(kept[0], meanings[kept[0]])
    else:
        return False
    return True


_BESIDE = {
    **dict.fromkeys(("before", "ahead of", "in front of", "right before", "just before", "into"), "before"),
    **dict.fromkeys(("after", "behind", "following", "right after", "just after"), "after"),
}


@cache
def _small() -> frozenset[str]:
    return frozenset(str(word) for word in read_data("changes.yaml")["small"])


@cache
def _meanings() -> Mapping[str, str]:
    words = read_data("changes.yaml")["words"]
    return {
        str(phrase).replace("-", " "): str(does) for does, phrases in words.items() for phrase in phrases
    }


@cache
def _phrases() -> re.Pattern[str]:
    longest = sorted(_meanings(), key=len, reverse=True)
    joined = "|".join(re.escape(phrase).replace(r"\ ", r"[\s-]+") for phrase in longest)
    return re.compile(rf"(?<!\w)(?:{joined})(?!\w)")


@cache
def _foreign() -> Mapping[str, list[tuple[re.Pattern[str], str]]]:
    data = read_data("changes.yaml")
    return {
        name: [
            (re.compile(pattern, re.IGNORECASE), str(english)) for pattern, english in data[name].items()
        ]
        for name in ("german", "spanish", "french")
    }
