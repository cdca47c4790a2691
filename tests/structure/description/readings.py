"""Described songs with what a musician reads in them, and how the wishes compare with that."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from structure.base.datafiles import read_yaml
from structure.harmony.keys import parse_key
from structure.planning.players.ensembles import usual_style
from structure.planning.wishes.asked import (
    find_asked_keys,
    find_asked_meter,
    first_asked,
)
from structure.planning.wishes.genres import find_asked_genres
from structure.presets.players import find_instrument, role_named
from structure.specs.wishes import LAST, When, Where, Wish, Wishes, WishKind, is_song_wide, song_wide

FOLDER = Path(__file__).parents[2] / "data" / "descriptions"
FIELDS = (
    "style",
    "tempo_bpm",
    "pace",
    "key",
    "mode",
    "meter",
    "length_s",
    "length_bars",
    "era",
    "moods",
    "instruments",
    "alone",
    "unwanted",
    "form",
    "sections",
    "places",
    "quiet_start",
    "big_last_chorus",
    "title",
)
_GUESSED: Mapping[str, WishKind] = {"style": "genre", "moods": "mood"}
"""Fields that may be guessed, and the kind of wish that a guess is."""

_NOTHING: dict[str, Any] = {
    "moods": [],
    "instruments": [],
    "unwanted": [],
    "sections": {},
    "places": {},
    "alone": False,
    "quiet_start": False,
    "big_last_chorus": False,
}


@dataclass(frozen=True)
class Answer:
    """One field of one description: what is expected (empty where nothing is said) and what was read."""

    text: str
    field: str
    expected: Any
    read: Any
    is_right: bool

    @property
    def is_said(self) -> bool:
        """True where the description says something of this field."""
        return self.expected not in (None, False, [], {})


def cases(name: str, *, held_out: bool | None = None) -> list[dict[str, Any]]:
    """Descriptions of a file: all, only those held out, or only the others."""
    found: list[dict[str, Any]] = read_yaml((FOLDER / f"{name}.yaml").read_text("utf-8"))
    return [case for case in found if held_out is None or bool(case.get("held_out")) == held_out]


def answers(case: Mapping[str, Any], wishes: Wishes) -> Iterator[Answer]:
    """Every field of a description compared with the wishes that were read in it."""
    for field in FIELDS:
        read = READERS[field](wishes)
        expected = case.get(field, _NOTHING.get(field))
        if likely := case.get(f"likely_{field}"):
            given = set(read) if isinstance(read, list) else {read}
            yield Answer(case["text"], field, likely, sorted(map(str, given)), bool(given & set(likely)))
            continue
        if not expected and field in _GUESSED and not _is_said(wishes, _GUESSED[field]):
            continue  # a guess where nothing was expected is neither right nor wrong
        yield Answer(case["text"], field, expected, read, _agrees(field, expected, read))


def _is_said(wishes: Wishes, kind: str) -> bool:
    return any(wish.kind == kind and not wish.guessed for wish in wishes.wishes)


def _agrees(field: str, expected: Any, read: Any) -> bool:
    if field == "moods":
        return set(read) == set(expected)
    if field == "instruments":
        return _same_instruments(expected, read)
    if field == "unwanted":
        return sorted(map(_plain, read)) == sorted(map(_plain, expected))
    return bool(expected == read)


def style(wishes: Wishes) -> str | None:
    """Return the style of the first genre that is asked for, else that of the instruments."""
    return next((genre.style for genre in find_asked_genres(wishes)), None) or usual_style(wishes)


def tempo_bpm(wishes: Wishes) -> float | None:
    """Return the tempo in beats a minute."""
    return next((wish.amount for wish in song_wide(wishes, "tempo") if wish.what == "bpm"), None)


def pace(wishes: Wishes) -> str | None:
    """Return the word for the tempo, or that of the genre: a jazz ballad is slow."""
    said = next((wish.what for wish in song_wide(wishes, "tempo") if wish.what != "bpm"), None)
    said = said or ("medium" if song_wide(wishes, "tempo", "avoid") else None)  # "not too fast"
    share = next((genre.pace for genre in find_asked_genres(wishes) if genre.pace is not None), None)
    of_genre = None if share is None else "slow" if share < 0.35 else "medium" if share < 0.66 else "fast"
    return said or of_genre


def key(wishes: Wishes) -> str | None:
    """Return the key with its tonic."""
    return next(iter(find_asked_keys(wishes)), None)


def mode(wishes: Wishes) -> str | None:
    """Return major or minor, also where a key says so."""
    found = key(wishes)
    return parse_key(found).family if found else _first_of(wishes, "key", ("major", "minor"))


def _first_of(wishes: Wishes, kind: str, subjects: tuple[str, ...]) -> str | None:
    return next((wish.what for wish in wishes.wishes if wish.kind == kind and wish.what in subjects), None)


def length_s(wishes: Wishes) -> float | None:
    """Return the length of the song in seconds."""
    return next((w.amount for w in song_wide(wishes, "length") if w.what == "seconds"), None)


def length_bars(wishes: Wishes) -> float | None:
    """Return the length of the song in bars."""
    return next((w.amount for w in song_wide(wishes, "length") if w.what == "bars"), None)


def moods(wishes: Wishes) -> list[str]:
    """Return the moods of the whole song."""
    return [wish.what for wish in song_wide(wishes, "mood")]


def instruments(wishes: Wishes) -> list[tuple[tuple[str, ...], str]]:
    """Return what each player who is heard somewhere can do, and the sound, as it is read and written."""
    found: dict[str, list[str]] = {}
    for wish in wishes.wishes:
        if wish.polarity in ("want", "more"):
            for name in _players_of(wish):
                heard = [wish.what, wishes.words_of(wish)] if wish.where.stem else [wishes.words_of(wish)]
                found.setdefault(name, []).extend(heard)
    return [_as_roles_and_sound(name, words) for name, words in found.items()]


def _players_of(wish: Wish) -> list[str]:
    if wish.kind in ("part", "ensemble"):
        return [name.strip() for name in wish.what.split(",")]
    return [wish.where.stem] if wish.where.stem else []


def _as_roles_and_sound(name: str, words: list[str]) -> tuple[tuple[str, ...], str]:
    player = find_instrument(name)
    played = {
        role
        for word in words
        for text in (word, f"{word} {name}")
        for role in find_instrument(text).roles[:1]
    }
    soloist = ["lead"] if "solo" in words else []
    roles = [*soloist, *([role_named(name)] if role_named(name) else []), *player.roles, *played]
    return tuple(map(str, roles)), " ".join(
        [*words, name, player.prompt, *(find_instrument(word).prompt for word in words)]
    )


def unwanted(wishes: Wishes) -> list[str]:
    """Return what must not be heard in the whole song."""
    sounds = [wish for wish in song_wide(wishes, "sound", "avoid") if wish.where.stem is None]
    refused = [*song_wide(wishes, "part", "avoid"), *sounds]
    return [role_named(wish.what) or wish.what for wish in refused]


def is_alone(wishes: Wishes) -> bool:
    """Return whether nobody else plays, and a genre would let others in."""
    return bool(song_wide(wishes, "ensemble"))


def form(wishes: Wishes) -> str | None:
    """Return the form by its name."""
    found = first_asked(wishes, "form")
    return None if found is None else found.upper() if found == "aaba" else found


def sections(wishes: Wishes) -> dict[str, bool]:
    """Return the sections that are asked for by name, and those that are refused."""
    return {wish.what: wish.polarity != "avoid" for wish in wishes.wishes if wish.kind == "section"}


def places(wishes: Wishes) -> dict[str, list[Any]]:
    """Return beside which visit of another section a section stands."""
    return {
        wish.what: [wish.when.relation, wish.when.place.section, wish.when.place.visit or 1]
        for wish in wishes.wishes
        if wish.kind == "section" and wish.when is not None and wish.when.place is not None
    }


START, END = When(edge="start"), When(edge="end")


def starts_quietly(wishes: Wishes) -> bool:
    """Return whether the song begins softly."""
    return any(
        (wish.kind == "ensemble" or (wish.kind, wish.what) in _SMALL)
        and (_is_at(wish, START, Where(section="intro")) or (wish.what == "build" and is_song_wide(wish)))
        for wish in wishes.wishes
    )


def ends_big(wishes: Wishes) -> bool:
    """Return whether the last chorus or the end is louder, higher or grander than what was before."""
    last = Where(section="chorus", visit=LAST)
    return any((wish.kind, wish.what) in _BIG and _is_at(wish, END, last) for wish in wishes.wishes)


_SMALL = (("energy", "quiet"), ("energy", "build"))
_BIG = (("energy", "loud"), ("energy", "build"), ("key", "up"), ("key", "change"), ("mood", "triumphant"))


def _is_at(wish: Wish, edge: When, place: Where) -> bool:
    beside = wish.when.place if wish.when is not None else None
    return wish.when == edge or wish.where == place or beside == place


READERS: Mapping[str, Callable[[Wishes], Any]] = {
    "style": style,
    "tempo_bpm": tempo_bpm,
    "pace": pace,
    "key": key,
    "mode": mode,
    "meter": find_asked_meter,
    "length_s": length_s,
    "length_bars": length_bars,
    "era": lambda wishes: first_asked(wishes, "era"),
    "moods": moods,
    "instruments": instruments,
    "alone": is_alone,
    "unwanted": unwanted,
    "form": form,
    "sections": sections,
    "places": places,
    "quiet_start": starts_quietly,
    "big_last_chorus": ends_big,
    "title": lambda wishes: first_asked(wishes, "title"),
}
"""How each field follows from the wishes of a sentence."""


def _same_instruments(expected: list[list[str]], read: list[tuple[tuple[str, ...], str]]) -> bool:
    """As many, each of whom can take the role, with at least the words that are expected."""
    rest = list(read)
    for role, words in expected:
        wanted = {_plain(word) for word in words.replace("-", " ").split()}
        match = next(
            (
                r
                for r in rest
                if role in r[0] and wanted <= {_plain(w) for w in r[1].replace("-", " ").split()}
            ),
            None,
        )
        if match is None:
            return False
        rest.remove(match)
    return not rest


def _plain(word: str) -> str:
    """Without accent, hyphen and plural."""
    return (
        unicodedata.normalize("NFD", word.lower().replace("-", " "))
        .encode("ascii", "ignore")
        .decode()
        .removesuffix("s")
    )
