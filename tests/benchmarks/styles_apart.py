"""Can the styles be told apart by what is played? ``python -m tests.benchmarks.styles_apart [--songs 8]``

Plans songs of each style and asks a random forest for the style of songs that it has not seen. It is told
nothing but drums, harmony and rhythm: where kick, snare and hats strike in a bar, where bass and chords do,
how the places are swung, the metre and the tempo, which chords there are and how often they change; no
instruments, no form, no names. Prints the share of songs whose style is found, of each style too, and what
the others are taken for. Then the share of common strokes of each style's refrain and its nearest one's.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from structure.harmony.keys import parse_key
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from structure.plans.score import ChordEvent, Note
from structure.presets.styles import style_names
from structure.specs.spec import SongSpec

LANES: dict[str, tuple[int, ...]] = {
    "kick": (35, 36),
    "snare": (37, 38, 39, 40),
    "hats": (42, 44, 46, 51, 53, 59, 69, 70, 82),
    "toms": (41, 43, 45, 47, 48, 50),
    "hands": (54, 56, 60, 61, 62, 63, 64, 65, 66, 67, 68, 73, 74, 75, 76, 77),
}
PLACES = 48
"""Places of a bar: twelfths of a quarter in 4/4."""

LENGTH = "1:30"
"""Length of the songs: long enough for a refrain."""

KINDS = ("maj7", "m7", "7", "9", "sus", "dim", "add", "6", "/", "m", "")
"""Marks of chords, the more telling ones first; the last is any other chord."""

Histogram = NDArray[np.float64]


def places_of(notes: Iterable[Note], bar: float) -> Histogram:
    """Return how often notes begin at each place of a bar, per bar that has any, shape (PLACES,)."""
    found = np.zeros(PLACES)
    bars: set[int] = set()
    for note in notes:
        number, within = divmod(float(note.onset) + 1e-6, bar)
        found[min(PLACES - 1, round(within / bar * PLACES))] += 1
        bars.add(int(number))
    return found / max(1, len(bars))


def kind_of(symbol: str) -> int:
    """Return which of the kinds a chord symbol is."""
    rest = re.sub(r"^[A-G][#b♯♭]?", "", symbol)
    return next(number for number, mark in enumerate(KINDS) if mark in rest)


def features(song: SongPlan) -> Histogram:
    """Return what is known of a song: drums, harmony and rhythm, in one row."""
    bar = float(song.meter.bar_quarters)
    roles: dict[str, list[Note]] = {"drums": [], "bass": [], "chords": [], "arpeggio": [], "lead": []}
    chords: list[ChordEvent] = []
    changes = bars = 0
    for visit in song.visits:
        score = visit.music.score
        for part in score.parts.values():
            roles.get(part.role, []).extend(part.notes)
        chords += score.chords
        changes += sum(one.symbol != two.symbol for one, two in pairwise(score.chords))
        bars += score.bars
    rows = [places_of((n for n in roles["drums"] if n.pitch in lane), bar) for lane in LANES.values()]
    rows += [places_of(roles[role], bar) for role in ("bass", "chords", "arpeggio", "lead")]
    tonic = parse_key(song.key).root
    kinds = np.bincount([kind_of(chord.symbol) for chord in chords], minlength=len(KINDS))
    degrees = np.bincount([(chord.root - tonic) % 12 for chord in chords], minlength=12)
    swing = song.style.swing
    rest = [bar, float(song.grid.tempo_bpm * song.meter.beat_quarters), changes / max(1, bars)]
    rest += [float(swing.first_share), float(swing.pair_quarters), float(parse_key(song.key).is_minor)]
    rest += [float(len(notes)) / max(1, bars) for notes in roles.values()]
    return np.concatenate([*rows, kinds / max(1, len(chords)), degrees / max(1, len(chords)), rest])


def rows_of(style: str, songs: int) -> tuple[str, list[Histogram], list[frozenset[tuple[str, int]]]]:
    """Return a style, the features of its songs and the strokes of its refrains' drums."""
    plans = [
        plan_song(SongSpec(description=f"a {style} song", genre=style, seed=seed + 100, length=LENGTH))
        for seed in range(songs)
    ]
    return style, [features(plan) for plan in plans], [groove_of(plan) for plan in plans]


def groove_of(song: SongPlan) -> frozenset[tuple[str, int]]:
    """Return the strokes of kick, snare and hats in at least half of the bars of a song's loudest visit."""
    visit = max(song.visits, key=lambda one: one.music.energy)
    bar, score = float(song.meter.bar_quarters), visit.music.score
    notes = [note for part in score.parts.values() if part.role == "drums" for note in part.notes]
    counted: Counter[tuple[str, int]] = Counter()
    for lane, pitches in LANES.items():
        for at, strokes in enumerate(places_of((n for n in notes if n.pitch in pitches), bar)):
            counted[lane, at] += int(strokes >= 0.5)
    return frozenset(place for place, is_struck in counted.items() if is_struck)


def shared(one: frozenset[tuple[str, int]], other: frozenset[tuple[str, int]]) -> float:
    """Return the share of strokes that two grooves have in common; 0 where neither has any."""
    return len(one & other) / len(one | other) if one | other else 0.0


def nearest(grooves: dict[str, list[frozenset[tuple[str, int]]]]) -> list[tuple[float, str, str]]:
    """Return for each style with drums the style whose grooves are most like its own, on average."""
    found = []
    for one, mine in grooves.items():
        rivals = [
            (
                float(np.mean([max(shared(groove, their) for their in theirs) for groove in mine])),
                one,
                other,
            )
            for other, theirs in grooves.items()
            if other != one and any(mine) and any(theirs)
        ]
        found += [max(rivals)] if rivals else []
    return sorted(found, reverse=True)


def print_told(names: Sequence[str], table: Histogram, songs: int) -> None:
    """Print how many songs' styles a forest finds, and what the others are taken for."""
    forest = RandomForestClassifier(400, random_state=0, n_jobs=1)
    folds = StratifiedKFold(min(5, songs), shuffle=True, random_state=0)
    told = cross_val_predict(forest, table, names, cv=folds)
    print(f"style found: {np.mean(told == np.array(names)):.3f} of {len(names)} songs")
    for style in sorted(set(names)):
        taken = Counter(said for name, said in zip(names, told, strict=True) if name == style)
        if taken[style] < 0.8 * songs:
            print(f"  {style:16s}", ", ".join(f"{said} {count}" for said, count in taken.most_common(4)))


def main() -> None:
    """Plan the songs, ask the forest, print what it says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--songs", type=int, default=8, help="songs of each style")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--styles", nargs="*", default=style_names())
    options = parser.parse_args()
    with ProcessPoolExecutor(options.processes) as pool:
        found = list(pool.map(rows_of, options.styles, [options.songs] * len(options.styles)))
    names = [style for style, rows, _ in found for _ in rows]
    print_told(names, np.array([row for _, rows, _ in found for row in rows]), options.songs)
    for alike, one, other in nearest({style: grooves for style, _, grooves in found})[:20]:
        print(f"  {alike:.2f} of the strokes of {one} and {other} are the same")


if __name__ == "__main__":
    main()
