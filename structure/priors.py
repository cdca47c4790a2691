"""What real songs do: which section follows which, and how long sections last.

Counted from ``data/song_forms.json`` (the Harmonix Set, see ``data/NOTICE.md``). The counts of a style's
genres are smoothed with those of all songs, so that no genre is ruled by a handful of songs.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TypeVar

START = "^"
END = "$"
"""States before the first and after the last section of a walk."""

_LABELS = {
    "inst": "instrumental",
    "instrumentalverse": "instrumental",
    "synth": "instrumental",
    "fast": "instrumental",
    "break": "breakdown",
    "bre": "breakdown",
    "quiet": "breakdown",
    "section": "interlude",
    "transition": "interlude",
    "transitiona": "interlude",
    "intchorus": "chorus",
    "chorushalf": "chorus",
    "choruspart": "chorus",
    "versea": "verse",
    "verseslow": "verse",
}
"""Labels of the data that are not kinds of :mod:`structure.labels`."""

_SMOOTHING = 12.0
"""Weight of all songs against a genre's own, in songs."""

_PAIR_SMOOTHING = 4.0
"""Weight of the last section alone against the last two, in observations."""

Weights = dict[str, float]
K = TypeVar("K")


@dataclass(frozen=True)
class FormPriors:
    """Counts of one group of genres. ``after`` maps one kind or two to what follows, ``bars`` a kind to
    the lengths that it has."""

    after: Mapping[tuple[str, ...], Weights]
    bars: Mapping[str, dict[int, float]]

    def next_weights(self, before: str, current: str) -> Weights:
        """Weight of each kind that may follow ``current``, given the kind before that."""
        single = _normalised(self.after.get((current,), {}))
        pair = dict(self.after.get((before, current), {}))
        return _normalised(_sum(pair, {kind: _PAIR_SMOOTHING * w for kind, w in single.items()}))

    def bar_share(self, kind: str, bars: int) -> float:
        """Share (0…1) of sections of this kind that last ``bars`` bars; verses stand in for rare kinds."""
        lengths = self.bars.get(kind) or self.bars["verse"]
        return lengths.get(bars, 0.0) / sum(lengths.values())


@cache
def form_priors(genres: tuple[str, ...]) -> FormPriors:
    """Priors of a group of genres, smoothed with all songs."""
    songs = _songs()
    own = [song for genre, song in songs if genre in genres]
    everyone = [song for _, song in songs]
    share = _SMOOTHING / len(everyone)
    transitions = [_transitions(own), _transitions(everyone)]
    lengths = [_lengths(own), _lengths(everyone)]
    return FormPriors(
        after={
            state: _sum(dict(transitions[0].get(state, {})), {k: share * n for k, n in counts.items()})
            for state, counts in transitions[1].items()
        },
        bars={
            kind: _sum(dict(lengths[0].get(kind, {})), {n: share * c for n, c in counts.items()})
            for kind, counts in lengths[1].items()
        },
    )


Song = list[tuple[str, int]]


@cache
def _songs() -> list[tuple[str, Song]]:
    path = resources.files("structure") / "data" / "song_forms.json"
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [(row["genre"] or "", [_section(*entry) for entry in row["form"]]) for row in rows]


def _section(label: str, bars: float) -> tuple[str, int]:
    return _LABELS.get(label, label), max(1, int(bars + 0.5))


def _transitions(songs: Iterable[Song]) -> dict[tuple[str, ...], Counter[str]]:
    """Counts of what follows a kind, and of what follows a pair of kinds."""
    counts: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for song in songs:
        walk = [START, START, *(kind for kind, _ in song), END]
        for before, current, following in zip(walk, walk[1:], walk[2:], strict=False):
            counts[(current,)][following] += 1
            counts[(before, current)][following] += 1
    return counts


def _lengths(songs: Iterable[Song]) -> dict[str, Counter[int]]:
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for song in songs:
        for kind, bars in song:
            counts[kind][bars] += 1
    return counts


def _sum(one: dict[K, float], other: Mapping[K, float]) -> dict[K, float]:
    return {key: one.get(key, 0.0) + other.get(key, 0.0) for key in {**one, **other}}


def _normalised(weights: Weights) -> Weights:
    total = sum(weights.values())
    return {kind: weight / total for kind, weight in weights.items()} if total else {}
