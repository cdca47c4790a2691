"""Whether the notes have the mood that is wished for: in which directions they leave the style's middle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from math import ceil
from typing import Any

from structure.base.datafiles import read_data
from structure.outcomes.listening import Song, UnmetError
from structure.outcomes.measures import Measure, compare, difference, measure, middle_of
from structure.outcomes.places import bars_for
from structure.outcomes.timing import usual_tempi
from structure.plans.plan import SongPlan
from structure.specs.wishes import Wish, Wishes

_MOST = 0.6
"""The share of a mood's directions that have to be taken."""

_ENOUGH: Mapping[str, float] = {
    "mode": 0.5,
    "tempo": 0.02,
    "register": 0.7,
    "density": 0.04,
    "articulation": 0.02,
    "changes": 0.04,
}
"""How far a measure has to lie from the middle of the style to count as a direction."""

_APART: Mapping[str, float] = {**_ENOUGH, "tempo": 0.1}
"""The same between two songs of opposite moods."""

_AVOIDS = ("avoid", "less")

_SIGNS = {
    "major": 1,
    "minor": -1,
    "fast": 1,
    "slow": -1,
    "high": 1,
    "low": -1,
    "dense": 1,
    "sparse": -1,
    "long": 1,
    "short": -1,
    "many": 1,
    "few": -1,
}


@cache
def _directions() -> Mapping[str, Mapping[Measure, str]]:
    data: list[dict[str, Any]] = read_data("outcomes.yaml")["moods"]
    found: dict[str, Mapping[Measure, str]] = {}
    for group in data:
        for word in group["words"]:
            found.setdefault(_plain(word), group["directions"])
    return found


def _plain(word: str) -> str:
    return word.lower().replace("-", " ").strip()


def directions_of(word: str) -> Mapping[Measure, str] | None:
    """Return where a mood leads each measure; None for a word that no list has.

    Of two words the last decides: ``darkly romantic`` is romantic.
    """
    text = _plain(word)
    if text in _directions():
        return _directions()[text]
    words = text.removeprefix("very ").removeprefix("more ").split()
    return next((_directions()[w] for w in reversed(words) if w in _directions()), None)


def check_mood(song: Song, wish: Wish, wishes: Wishes) -> str:
    """Return what of a mood the notes have, where it is most of it; one to avoid must not be there.

    What other wishes settle, such as a key, does not count. Where other moods lead the other way in all
    that is left ("happy and relaxed"), half of that is enough. Raises UnmetError with what the notes lack.
    """
    wanted = directions_of(wish.what)
    if wanted is None:
        raise UnmetError(f"{wish.what} only colours the sound; no rule turns it into notes")
    found = _find_taken(song, wish, wanted, wishes)
    taken = {name: way for name, way in wanted.items() if name in found.taken}
    has_it = ", ".join(_describe_way(name, way) for name, way in taken.items())
    is_to_avoid = wish.polarity in _AVOIDS
    if (len(taken) >= found.needed) == is_to_avoid:
        missing = [_describe_way(name, way) for name, way in found.open_to_it.items() if name not in taken]
        raise UnmetError(f"it is {has_it}" if is_to_avoid else f"it is not {', '.join(missing)}")
    return has_it


def find_missing(song: Song, wish: Wish, wishes: Wishes) -> Mapping[Measure, str]:
    """Return the directions that the notes do not take, where a mood that is wanted needs more of them.

    Nothing where the mood is there already, or where no rule turns it into notes.
    """
    wanted = directions_of(wish.what)
    if wanted is None or wish.polarity in _AVOIDS:
        return {}
    found = _find_taken(song, wish, wanted, wishes)
    if len(found.taken) >= found.needed:
        return {}
    return {name: way for name, way in found.open_to_it.items() if name not in found.taken}


@dataclass(frozen=True, slots=True)
class _Taken:
    """The directions of a mood that no other wish settles.

    ``taken`` are those that the notes take, and of those that moods contest the ones that went its way.
    ``needed`` is how many the mood needs.
    """

    open_to_it: Mapping[Measure, str]
    taken: frozenset[Measure]
    needed: int


def _find_taken(song: Song, wish: Wish, wanted: Mapping[Measure, str], wishes: Wishes) -> _Taken:
    """Hold the notes of the bars that a mood is for against the middle of the style, or of the song."""
    bars = bars_for(song, wish)
    has, middle = asdict(measure(song, bars)), {**middle_of(song), "mode": 0.5}
    low, high = usual_tempi(song)
    middle["tempo"] = (low + high) / 2
    if len(bars) < 0.9 * song.bars:
        whole = asdict(measure(song, range(song.bars)))
        middle |= {
            name: whole[name] for name in ("tempo", "register", "density", "articulation", "changes")
        }

    # Other wanted moods decide on some of its measures: a wanted mood leaves them those on which the two
    # contradict each other ("sad but hopeful"), a mood to avoid those directions that it shares with them.
    others = [
        directions_of(other.what) or {}
        for other in wishes.wishes
        if other.kind == "mood" and other is not wish and other.polarity in ("want", "more")
    ]
    is_to_avoid = wish.polarity in _AVOIDS
    contested = {
        name
        for name, way in wanted.items()
        for ways in others
        if name in ways and (ways[name] == way) == is_to_avoid
    }
    by_words = _find_settled(wishes)
    said = by_words if set(wanted) <= by_words | contested else by_words | contested
    open_to_it = {name: way for name, way in wanted.items() if name not in said} or dict(wanted)
    most = _MOST if open_to_it.keys() - contested else _MOST / 2

    won = {} if is_to_avoid else {name: wanted[name] for name in contested - by_words}
    taken = set()
    for name, way in {**open_to_it, **won}.items():
        least = _ENOUGH[name]
        if way == "long" and middle[name]:
            # Nothing is longer than notes that are held to the next: from near that, half of the way.
            least = min(least, (1.0 / middle[name] - 1.0) / 2)
        if _SIGNS[way] * difference(name, has[name], middle[name]) >= least:
            taken.add(name)
    return _Taken(open_to_it, frozenset(taken), ceil(most * len(open_to_it)))


def _describe_way(name: str, way: str) -> str:
    return {"changes": f"{way} chords", "density": way, "articulation": f"{way} notes"}.get(name, way)


def _find_settled(wishes: Wishes) -> set[str]:
    """Return the measures that other wishes decide."""
    found = set()
    for wish in wishes.wishes:
        if wish.kind == "tempo":
            found.add("tempo")
        elif wish.kind == "key" and wish.what not in ("up", "down", "change"):
            found.add("mode")
        elif wish.kind == "harmony":
            found |= {"changes", "mode"}
    return found


def measures_that_differ(one: SongPlan, other: SongPlan, word: str, against: str) -> tuple[str, ...]:
    """Return the measures in which songs of two moods differ in the direction of the two words.

    One word leads up and the other down, or only one of them leads anywhere. Tempi differ by a tenth at
    least. Raises ValueError for a mood that is in no list.
    """
    mine, theirs = directions_of(word), directions_of(against)
    if mine is None or theirs is None:
        raise ValueError(f"no rule turns {word if mine is None else against!r} into notes")
    songs = [Song(plan) for plan in (one, other)]
    apart = compare(*(measure(song, range(song.bars)) for song in songs))
    found = []
    for name, by in apart.items():
        ways: list[Mapping[Any, str]] = [mine, theirs]
        signs = [_SIGNS[way[name]] if name in way else 0 for way in ways]
        sign = (signs[0] > signs[1]) - (signs[0] < signs[1])
        if sign and sign * by >= _APART[name]:
            found.append(name)
    return tuple(found)
