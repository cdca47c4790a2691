"""Counts of real tunes: rhythms of a bar and what follows them, intervals, lengths, and songs' own figures.

Data in ``data/tunes``. There a bar rhythm is a number in base 16: a bit for each sixteenth, the first the
highest, 1 where a note begins.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from structure.arrange.figures import BASE_BEATS

Word = tuple[int, ...]
"""The sixteenths of a bar at which notes begin, from 0."""

BAR_SIXTEENTHS = {"4/4": 16, "3/4": 12, "6/8": 12}
"""Sixteenths in a bar of each base metre."""

_JOINTS = ("upbeats", "questions", "closings")


@dataclass(frozen=True, slots=True, eq=False)
class MetreCounts:
    """What tunes do in a base metre.

    ``words`` counts the rhythms of a bar that have a note, ``following`` those after a rhythm. ``songs``
    are the figures of single tunes, shares from 0 to 1. ``upbeats`` counts what tunes begin with before
    their first full bar. ``questions`` counts the last bars of phrases that go on, ``closings`` those of
    phrases that close. All three are empty where nobody counted them.
    """

    meter: str
    words: Mapping[Word, int]
    following: Mapping[Word, Mapping[Word, int]]
    songs: Sequence[Mapping[str, float]]
    means: Mapping[str, float]
    upbeats: Mapping[Word, int]
    questions: Mapping[Word, int]
    closings: Mapping[Word, int]


@dataclass(frozen=True, slots=True)
class TuneCounts:
    """What tunes of a kind do.

    ``lengths`` are the durations of notes given the sixteenths to the next, ``steps`` the intervals in
    semitones given the one before, ``runs`` given the two before, the earlier one first; those are empty
    where nobody counted them. ``metres`` are by base metre.
    """

    lengths: Mapping[int, Mapping[int, int]]
    steps: Mapping[int, Mapping[int, int]]
    runs: Mapping[tuple[int, int], Mapping[int, int]]
    metres: Mapping[str, MetreCounts]


@cache
def tune_counts(name: str) -> TuneCounts:
    """Return the counts of ``data/tunes/<name>.json``."""
    file = resources.files("structure").joinpath("data", "tunes", f"{name}.json")
    data = json.loads(file.read_text(encoding="utf-8"))
    metres = {}
    for meter, found in data["metres"].items():
        size = BAR_SIXTEENTHS[meter]
        names = found["figures"].split()
        rows = [[int(value) / 1000 for value in line.split()] for line in found["songs"]]
        songs = [dict(zip(names, row, strict=True)) for row in rows]
        means = {figure: sum(song[figure] for song in songs) / len(songs) for figure in names}
        following = {
            word_of(word, size): {w: n for w, n in _words(line, size).items() if w}
            for word, line in found["next_bar_rhythm"].items()
        }
        words = {word: count for word, count in _words(found["bar_rhythms"], size).items() if word}
        upbeats, questions, closings = (_words(found.get(joint, ""), size) for joint in _JOINTS)
        metres[meter] = MetreCounts(meter, words, following, songs, means, upbeats, questions, closings)
    return TuneCounts(
        {int(gap): _numbers(line) for gap, line in data["durations"].items()},
        {int(step): _numbers(line) for step, line in data["intervals"].items()},
        {_pair(two): _numbers(line) for two, line in data.get("intervals_after_two", {}).items()},
        metres,
    )


def metre_counts(name: str, meter: str) -> MetreCounts:
    """Return the counts of a base metre: of the tunes of a kind, else of folk tunes, which have all."""
    own = tune_counts(name).metres.get(meter)
    return own or tune_counts("folk").metres[meter]


def word_of(number: str, size: int) -> Word:
    """Return the sixteenths of a bar of ``size`` that a number in base 16 stands for."""
    bits = int(number, 16)
    return tuple(place for place in range(size) if bits >> (size - 1 - place) & 1)


def _words(line: str, size: int) -> dict[Word, int]:
    pairs = (pair.split(":") for pair in line.split())
    return {word_of(word, size): int(count) for word, count in pairs}


def _pair(text: str) -> tuple[int, int]:
    earlier, one = map(int, text.split())
    return earlier, one


def _numbers(line: str) -> dict[int, int]:
    pairs = (pair.split(":") for pair in line.split())
    return {int(name): int(count) for name, count in pairs}


def beat_sixteenths(meter: str) -> int:
    """Return the sixteenths of a beat of a base metre."""
    return BAR_SIXTEENTHS[meter] // BASE_BEATS[meter]
