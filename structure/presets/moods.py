"""What words for a mood or an age do to the notes of a song. Data in ``data/moods.yaml``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache

from structure.base.datafiles import read_data
from structure.presets.genres import plain_words

_DIRECTIONS = {
    "mode": {"minor": -1.0, "major": 1.0},
    "tempo": {"slower": -1.0, "faster": 1.0},
    "register": {"lower": -1.0, "higher": 1.0},
    "density": {"sparser": -1.0, "denser": 1.0},
    "articulation": {"longer": -1.0, "shorter": 1.0},
    "harmony": {"slower": -1.0, "faster": 1.0},
}


@dataclass(frozen=True, slots=True)
class Feeling:
    """Which way the music moves from what is usual in its style, each from -1 to 1.

    ``mode``: to minor or to major; ``tempo``: slower or faster; ``register``: lower or higher; ``density``:
    fewer notes or more; ``articulation``: longer or shorter notes; ``harmony``: chords that change more
    slowly or faster.
    """

    mode: float = 0.0
    tempo: float = 0.0
    register: float = 0.0
    density: float = 0.0
    articulation: float = 0.0
    harmony: float = 0.0

    def plus(self, other: Feeling, amount: float = 1.0) -> Feeling:
        """Return the sum of two feelings, none of whose directions is more than whole."""
        return Feeling(
            *(
                min(1.0, max(-1.0, getattr(self, f.name) + amount * getattr(other, f.name)))
                for f in fields(Feeling)
            )
        )


NEUTRAL = Feeling()
"""What is usual in the style."""


def mood_feeling(word: str) -> Feeling:
    """Return what a word for a mood means; neutral for one that is not known."""
    return _find(_table("moods"), word)


def is_mood(words: str) -> bool:
    """Return whether these very words are a mood, and not only a part of them."""
    return plain_words(words) in _table("moods")


def era_feeling(word: str) -> Feeling:
    """Return what a decade or an age means; neutral for one that is not known."""
    return _find(_table("eras"), word)


def sum_of(feelings: Iterable[tuple[Feeling, float]]) -> Feeling:
    """Return all feelings, each times its amount, as one.

    Each counts half as much as the one before it, so of two that go opposite ways the first counts for
    more.
    """
    whole, share = NEUTRAL, 1.0
    for feeling, amount in feelings:
        whole = whole.plus(feeling, share * amount)
        share *= 0.5
    return whole


_OF_COLOUR: Sequence[str] = ("register", "articulation", "harmony", "density", "tempo")
_OF_DRIVE: Sequence[str] = ("tempo", "density", "articulation", "harmony", "register")
"""Where moods show most: those that tell major from minor, and all others."""


def blend(feelings: Sequence[Feeling]) -> Feeling:
    """Return moods that are asked for together, "happy and relaxed", as one.

    Where all that say something agree, the one that says it most clearly is heard. Where they go opposite
    ways, each way is one mood's alone: the one that has least so far takes what it shows most in. A mix of
    both would be what is usual, and so neither.
    """
    moods = [feeling for feeling in feelings if feeling != NEUTRAL]
    found: dict[str, float] = {}
    split = set()
    for field in fields(Feeling):
        said = [value for mood in moods if (value := getattr(mood, field.name))]
        if min(said, default=0.0) < 0.0 < max(said, default=0.0):
            split.add(field.name)
        else:
            found[field.name] = max(said, key=abs, default=0.0)
    has = [sum(bool(getattr(mood, name)) for name in found) for mood in moods]
    while split:
        open_to = [i for i, mood in enumerate(moods) if any(getattr(mood, name) for name in split)]
        i = min(open_to, key=lambda i: has[i])
        order = ("mode", *(_OF_COLOUR if moods[i].mode else _OF_DRIVE))
        name = next(name for name in order if name in split and getattr(moods[i], name))
        found[name] = getattr(moods[i], name)
        has[i] += 1
        split.remove(name)
    return Feeling(**found)


def _find(table: Mapping[str, Feeling], word: str) -> Feeling:
    words = plain_words(word)
    return table.get(words) or next((table[w] for w in words.split() if w in table), NEUTRAL)


@cache
def _table(which: str) -> Mapping[str, Feeling]:
    found: dict[str, Feeling] = {}
    for row in read_data("moods.yaml")[which]:
        ways = {name: amounts[row[name]] for name, amounts in _DIRECTIONS.items() if name in row}
        found |= dict.fromkeys(map(plain_words, row["words"]), Feeling(**ways))
    return found
