"""Write the counts from which tunes are drawn. ``python -m tests.benchmarks.living.tune_counts``

``pop.json`` comes from ``pop_figures.json`` and ``pop_songs.csv`` in ``--data``, ``folk.json`` from every
other tune of the collections of fiddle tunes that come with music21; the rest are for measuring."""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.benchmarks.living.abc_tunes import fiddle_tunes
from tests.benchmarks.living.tunes import Tune, bar_rhythms, figures

OUT = Path("structure/data/tunes")
_LONGEST = 32
_FOLLOWERS = 12
_DURATIONS = (1, 2, 3, 4, 6, 8)
_LEAST_PAIRS, _LEAST_FOLLOWERS = 60, 3
"""How often two intervals, and what follows them, must be heard to be kept."""
_METERS = {"4/4": 16, "3/4": 12, "6/8": 12}
_MOST_SONGS = 80
"""Rows of songs that are kept of one metre."""


def figure_names(bar: int) -> list[str]:
    """Return the figures of a song that are kept."""
    places = [f"place_{i}" for i in range(bar)]
    lengths = [f"duration_{k}" for k in _DURATIONS]
    steps = [f"interval_{k}" for k in (-12, *range(-9, 10), 12)]
    rest = ["notes_a_bar", "empty_bars", "distinct_bar_rhythms", "rests_of_2_or_more_a_bar"]
    return [*places, *lengths, *steps, *rest, "bars_heard_before", "range_semitones"]


def pop_counts(data: Path) -> dict[str, Any]:
    """Return the counts of pop songs."""
    real = json.loads((data / "pop_figures.json").read_text(encoding="utf-8"))
    with (data / "pop_songs.csv").open(encoding="utf-8") as file:
        songs = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    metre = _metre(real["bar_rhythms"], real["next_bar_rhythm"], songs, 16)
    return _whole(real["duration_given_gap_sixteenths"], real["next_interval"], {"4/4": metre})


def folk_counts(tunes_of: Mapping[str, Sequence[Tune]]) -> dict[str, Any]:
    """Return the counts of tunes by metre; intervals and lengths of all together."""
    lengths: dict[str, Counter[str]] = defaultdict(Counter)
    steps: dict[str, Counter[str]] = defaultdict(Counter)
    pairs: dict[str, Counter[str]] = defaultdict(Counter)
    metres = {}
    for meter, bar in _METERS.items():
        tunes = tunes_of[meter]
        for tune in tunes:
            _count_moves(tune, lengths, steps, pairs)
        metre = _metre(*_count_bars(tunes, bar), [figures(tune, bar) for tune in tunes], bar)
        metres[meter] = {**metre, **_count_joints(tunes, bar)}
    kept = {
        pair: {move: count for move, count in counts.items() if count >= _LEAST_FOLLOWERS}
        for pair, counts in pairs.items()
        if counts.total() >= _LEAST_PAIRS
    }
    line = {pair: _line(kept[pair]) for pair in sorted(kept)}
    return {**_whole(lengths, steps, metres), "intervals_after_two": line}


def _count_moves(
    tune: Tune,
    lengths: Mapping[str, Counter[str]],
    steps: Mapping[str, Counter[str]],
    pairs: Mapping[str, Counter[str]],
) -> None:
    moves = [max(-12, min(12, b[2] - a[2])) for a, b in pairwise(tune)]
    for one, other in pairwise(moves):
        steps[str(one)][str(other)] += 1
    for earlier, one, other in zip(moves, moves[1:], moves[2:], strict=False):
        pairs[f"{earlier} {one}"][str(other)] += 1
    for a, b in pairwise(tune):
        gap = min(_LONGEST, b[0] - a[0])
        lengths[str(gap)][str(min(gap, a[1]))] += 1


def _count_bars(tunes: Sequence[Tune], bar: int) -> tuple[Counter[str], Mapping[str, Counter[str]]]:
    words: Counter[str] = Counter()
    following: dict[str, Counter[str]] = defaultdict(Counter)
    for tune in tunes:
        found = bar_rhythms(tune, bar)
        words.update(found)
        for one, other in pairwise(found):
            following[one][other] += 1
    common = {word: following[word] for word, _ in words.most_common(150)}
    return words, {w: Counter(dict(c.most_common(_FOLLOWERS))) for w, c in common.items()}


def _count_joints(tunes: Sequence[Tune], bar: int) -> dict[str, str]:
    """Count upbeats, and the fourth bars of phrases: of those that go on, and of those that close a part of
    eight bars. A tune without an upbeat has an empty bar for it."""
    upbeats: Counter[str] = Counter()
    ends: Mapping[str, Counter[str]] = {"questions": Counter(), "closings": Counter()}
    for tune in tunes:
        found = bar_rhythms(tune, bar)
        has_upbeat = found[0].index("x") > 0
        late = found[0].index("x") >= bar // 2
        upbeats["." * bar if not has_upbeat else found[0]] += late or not has_upbeat
        for index, word in enumerate(found[has_upbeat:]):
            if index % 4 == 3:
                ends["closings" if index % 8 == 7 else "questions"][word] += "x" in word
    return {
        name: _line({_number(word): count for word, count in counts.items() if count > 1})
        for name, counts in {"upbeats": upbeats, **ends}.items()
    }


def _metre(
    words: Mapping[str, int],
    following: Mapping[str, Mapping[str, int]],
    songs: Sequence[Mapping[str, float]],
    bar: int,
) -> dict[str, Any]:
    names = figure_names(bar)
    kept = songs if bar == 16 and len(songs) < 300 else songs[:: -(-len(songs) // _MOST_SONGS)]
    return {
        "bar_rhythms": _line({_number(word): count for word, count in words.items()}),
        "next_bar_rhythm": {
            _number(word): _line({_number(other): count for other, count in counts.items()})
            for word, counts in following.items()
        },
        "figures": " ".join(names),
        "songs": [" ".join(str(round(1000 * song[name])) for name in names) for song in kept],
    }


def _whole(
    lengths: Mapping[str, Mapping[str, int]],
    steps: Mapping[str, Mapping[str, int]],
    metres: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "durations": {gap: _line(lengths[gap]) for gap in sorted(lengths, key=int) if int(gap)},
        "intervals": {one: _line(steps[one]) for one in sorted(steps, key=int)},
        "metres": metres,
    }


def _number(word: str) -> str:
    """A bar rhythm in base 16, a bit for each sixteenth."""
    return f"{int(word.replace('x', '1').replace('.', '0'), 2):0{len(word) // 4}x}"


def _line(counts: Mapping[str, int]) -> str:
    return " ".join(f"{name}:{count}" for name, count in counts.items())


def main() -> None:
    """Write what there is data for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    args = parser.parse_args()
    OUT.mkdir(exist_ok=True)
    folk = {meter: fiddle_tunes(meter)[1::2] for meter in _METERS}
    found = {"pop": pop_counts(args.data), "folk": folk_counts(folk)}
    for name, counts in found.items():
        (OUT / f"{name}.json").write_text(json.dumps(counts, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
