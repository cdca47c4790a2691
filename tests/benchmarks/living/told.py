"""Are our tunes told from real ones? A forest of decision trees looks at figures of each tune, and a plain
regression at runs of intervals and rhythms.

Pop songs are known by the figures of ``pop_songs.csv`` alone. Folk tunes are read in full: ours and real
ones are of the same metre, as many, and cut to the same bars from the first note on. No figure tells the
key. Beside each value stands that of two halves of the real tunes. Only tunes of which nothing was counted
are compared with.
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from structure.specs.spec import SongSpec
from tests.benchmarks.living.abc_tunes import fiddle_tunes
from tests.benchmarks.living.rows import Row, Songs
from tests.benchmarks.living.tunes import POP, Tune, bar_rhythms, figures, tune_of

FOLK = (("folk", "4/4", 16), ("waltz", "3/4", 12), ("celtic", "4/4", 16), ("celtic", "6/8", 12))
"""Styles that are measured beside fiddle tunes, in which metre, and the sixteenths of its bars."""

_TUNES = 48
"""Tunes of each side."""

_FOLK_BARS = 16
_COMMON = 15
"""Bar rhythms, and pairs of them, that are figures of a tune: so many, the most frequent of both sides."""

_FORM = ("intro", "verse", "chorus", "outro")
"""What is planned of folk songs; the verse and the chorus are measured."""

_ASKED = 0.85
_STRONGEST = 10
_FIRST_SEED = 500


def rows(songs: Songs, data: Path) -> list[Row]:
    """Return what a forest tells apart; ``data`` holds ``pop_songs.csv``. Plans songs of its own."""
    del songs
    with (data / "pop_songs.csv").open(encoding="utf-8") as file:
        real = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    half = min(_TUNES, len(real) // 2)
    found = [
        _row("told from pop songs", "pop", [figures(tune) for tune in pop_tunes()], real),
        _halves("pop", real[::2][:half], real[1::2][:half]),
    ]
    for style, meter, bar in FOLK:
        ours, others = folk_tunes(style, meter, bar), real_tunes(meter, bar)
        name = f"{style} {meter}"
        found.append(_row("told from fiddle tunes", name, *_both(ours, others, bar)))
        found.append(_halves(name, *_both(others[::2], others[1::2], bar)))
    return found


def gram_rows(songs: Songs, data: Path) -> list[Row]:
    """Return what a regression on runs of intervals and rhythms tells apart: another judge, by which
    nothing is tuned."""
    del songs, data
    found = []
    for style, meter, bar in FOLK:
        ours, others = folk_tunes(style, meter, bar), real_tunes(meter, bar)
        name = f"{style} {meter}"
        found.append(Row("told by runs of notes", name, _gram_auc(ours, others), 0.5))
        found.append(Row("halves told by runs of notes", name, _gram_auc(others[::2], others[1::2]), 0.5))
    return found


@cache
def pop_tunes() -> list[Tune]:
    """Return tunes of whole songs of the styles that are compared with pop songs."""
    seeds = range(_FIRST_SEED, _FIRST_SEED + _TUNES // len(POP))
    plans = [plan_song(_spec(style, "4/4", seed)) for style in POP for seed in seeds]
    return [tune for plan in plans if (tune := tune_of(plan))]


@cache
def folk_tunes(style: str, meter: str, bar: int) -> list[Tune]:
    """Return the first bars of the tunes of a style: of a verse and a refrain."""
    seeds = range(_FIRST_SEED, _FIRST_SEED + _TUNES)
    plans = [plan_song(_spec(style, meter, seed, _FORM)) for seed in seeds]
    tunes = [_strophe(plan, bar) for plan in plans]
    return [_cut(tune, bar) for tune in tunes if tune and _is_long(tune, bar)]


def _strophe(plan: SongPlan, bar: int) -> Tune:
    """The tune of the verse and the chorus, with the notes of the half bar before that lead into them."""
    place = plan.visits[1].place.start_bar * bar
    end = plan.visits[-1].place.start_bar * bar
    tune = [note for note in tune_of(plan) if note[0] < end]
    inside = [note for note in tune if note[0] >= place]
    before = [note for note in tune if place - bar // 2 <= note[0] < place]
    return [*before, *inside]


@cache
def real_tunes(meter: str, bar: int) -> list[Tune]:
    """Return the first bars of fiddle tunes that nothing was counted of, spread over the collections."""
    tunes = [_cut(tune, bar) for tune in fiddle_tunes(meter)[::2] if _is_long(tune, bar)]
    count = min(2 * _TUNES, len(tunes))
    return _spread(tunes, count)


def _spec(style: str, meter: str, seed: int, form: tuple[str, ...] | None = None) -> SongSpec:
    return SongSpec.model_validate(
        {"description": "a song", "genre": style, "meter": meter, "seed": seed, "form": form}
    )


def _start(tune: Tune, bar: int) -> int:
    """The bar line before the first note, in sixteenths; an upbeat counts as a bar."""
    return tune[0][0] // bar * bar


def _is_long(tune: Tune, bar: int) -> bool:
    """Whether a tune has nearly all the bars that are looked at."""
    return tune[-1][0] - _start(tune, bar) >= (_FOLK_BARS - 1) * bar


def _cut(tune: Tune, bar: int) -> Tune:
    start = _start(tune, bar)
    return [(at - start, length, pitch) for at, length, pitch in tune if at - start < _FOLK_BARS * bar]


def _both(
    ours: Sequence[Tune], others: Sequence[Tune], bar: int
) -> tuple[list[dict[str, float]], list[dict[str, float]]]:
    """The figures of as many tunes of both, with the rhythms of bars that are frequent in them."""
    size = min(len(ours), len(others))
    sides = [_spread(side, size) for side in (ours, others)]
    bars = [[bar_rhythms(tune, bar) for tune in side] for side in sides]
    every = [found for side in bars for found in side]
    words = Counter(word for found in every for word in found).most_common(_COMMON)
    pairs = Counter(pair for found in every for pair in pairwise(found)).most_common(_COMMON)
    table = []
    for tunes, rhythms in zip(sides, bars, strict=True):
        found = []
        for tune, own in zip(tunes, rhythms, strict=True):
            row = figures(tune, bar, _FOLK_BARS)
            row |= {f"bar {word}": own.count(word) / len(own) for word, _ in words}
            both = list(pairwise(own))
            row |= {f"bars {' '.join(pair)}": both.count(pair) / len(own) for pair, _ in pairs}
            found.append(row)
        table.append(found)
    return table[0], table[1]


def _row(
    what: str, style: str, ours: Sequence[Mapping[str, float]], real: Sequence[Mapping[str, float]]
) -> Row:
    """The AUC of a forest; prints what told them apart."""
    auc, strongest = _told(ours, real)
    for name, own, other in strongest:
        print(f"  {what}, {style}: {name} {own:.3f} real {other:.3f}")
    return Row(what, style, auc, 0.5, f"<= {_ASKED}", auc <= _ASKED)


def _halves(style: str, one: Sequence[Mapping[str, float]], other: Sequence[Mapping[str, float]]) -> Row:
    return Row("halves of the real tunes told apart", style, _told(one, other)[0], 0.5)


def _told(
    ours: Sequence[Mapping[str, float]], real: Sequence[Mapping[str, float]]
) -> tuple[float, list[tuple[str, float, float]]]:
    """Train a forest on equal numbers of both, in five folds by tune; the AUC, and the strongest figures
    with their means."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import cross_val_predict

    size = min(len(ours), len(real))
    names = sorted(real[0])
    table = np.array(
        [[row[name] for name in names] for side in (ours, real) for row in _spread(side, size)]
    )
    truth = [1] * size + [0] * size
    forest = RandomForestClassifier(300, random_state=0)
    chances = cross_val_predict(forest, table, truth, cv=5, method="predict_proba")[:, 1]
    forest.fit(table, truth)
    order = np.argsort(-forest.feature_importances_)[:_STRONGEST]
    means = [(names[i], float(table[:size, i].mean()), float(table[size:, i].mean())) for i in order]
    return float(roc_auc_score(truth, chances)), means


def _gram_auc(ours: Sequence[Tune], real: Sequence[Tune]) -> float:
    """The AUC of a regression on how often runs of one to three intervals and times to the next occur."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import cross_val_predict
    from sklearn.pipeline import make_pipeline

    size = min(len(ours), len(real))
    if not size:
        return math.nan
    texts = [_moves(tune) for side in (ours, real) for tune in _spread(side, size)]
    truth = [1] * size + [0] * size
    judge = make_pipeline(
        TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 3), sublinear_tf=True),
        LogisticRegression(C=10.0, max_iter=1000),
    )
    chances = cross_val_predict(judge, texts, truth, cv=5, method="predict_proba")[:, 1]
    return float(roc_auc_score(truth, chances))


def _moves(tune: Tune) -> str:
    """The intervals and times to the next of a tune, as words."""
    return " ".join(f"{b[2] - a[2]}:{b[0] - a[0]}" for a, b in pairwise(tune))


def _spread(items: Sequence[Any], count: int) -> list[Any]:
    return [items[i * len(items) // count] for i in range(count)]
