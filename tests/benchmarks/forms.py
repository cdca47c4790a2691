"""How well do forms fit real songs? ``python tests/benchmarks/forms.py [--songs 1000] [--json FILE]``

Three measurements, printed and written as JSON:

1. ``prediction``: k-fold cross-validated log-likelihood (nats) per section of unseen songs, of the fitted
   genre model with back-off, of a uniform model, and of a first-order Markov model over all genres (with
   lengths by kind over all genres); kinds of section, lengths, and both together.
2. ``resemblance``: songs planned by the planner from a genre alone, against the real songs. Per
   distribution its distance (Wasserstein-1) to the real one, and the mean distance between two random
   halves of the real data; ``ratio`` is the former over the latter and should be 2 at most. Real lengths
   are those of the annotation, rounded to whole bars; the planner learns from boundaries moved to phrases.
   Then the same for songs as a genre alone has them: with the forms and the frames of its style, such as
   the intro and the outro of a club mix, which these songs, radio edits all of them, have not.
3. ``time``: seconds to plan the form of a song, and a whole song of four minutes.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.stats import wasserstein_distance

from structure.forms.planning import FormRequest, plan_form
from structure.forms.priors import END, LONGEST_SECTION, START, FormModel
from structure.forms.real_songs import RealSong, real_songs
from structure.forms.section_lengths import bar_doubling, section_kind
from structure.planning.brief import read_brief
from structure.specs.spec import SongSpec
from structure.specs.wishes import Wishes

Sections = list[tuple[str, int]]
Feature = Callable[[Sequence[Sections]], list[float]]

STYLES = {
    "Pop": "pop",
    "Pop-Rock": "pop",
    "Hip-Hop": "hip-hop",
    "Dance/Electronic": "house",
    "Country": "country",
    "Metal": "metal",
    "R&B": "soul",
    "Funk/Disco": "funk",
    "Reggaeton": "reggae",
}
"""Style that is planned for a genre of the data; rock for the others."""

WORDS = {"drop": "chorus", "coda": "outro", "vamp": "instrumental", "head": "verse"}
"""What the data call kinds of section that they do not know."""


# 1. Prediction


class Markov:
    """First-order Markov model over all genres, add-one smoothed; lengths by kind."""

    def __init__(self, songs: Sequence[RealSong]) -> None:
        self.after: dict[str, Counter[str]] = defaultdict(Counter)
        self.bars: dict[str, Counter[int]] = defaultdict(Counter)
        self.kinds = {kind for song in songs for kind, _ in song.sections} | {END}
        for song in songs:
            walk = [START, *(kind for kind, _ in song.sections), END]
            for current, following in pairwise(walk):
                self.after[current][following] += 1
            for kind, bars in song.sections:
                self.bars[kind][min(bars, LONGEST_SECTION)] += 1

    def kind(self, before: str, kind: str) -> float:
        seen = self.after[before]
        return (seen[kind] + 1) / (sum(seen.values()) + len(self.kinds))

    def length(self, kind: str, bars: int) -> float:
        seen = self.bars[kind]
        return (seen[bars] + 1) / (sum(seen.values()) + LONGEST_SECTION)


def prediction(folds: int) -> dict[str, dict[str, float]]:
    """Mean log-likelihood per section; the end of a song counts as a section among the kinds."""
    songs = real_songs()
    order = random.Random(0).sample(range(len(songs)), len(songs))
    sums: dict[str, Counter[str]] = {name: Counter() for name in ("uniform", "markov", "model")}
    events, sections = 0, 0
    for fold in range(folds):
        unseen = set(order[fold::folds])
        train = tuple(song for i, song in enumerate(songs) if i not in unseen)
        markov, models = Markov(train), {}
        for i in sorted(unseen):
            song = songs[i]
            if song.genre not in models:
                models[song.genre] = FormModel(train, [song.genre])
            model = models[song.genre]
            walk = [kind for kind, _ in song.sections]
            for j, kind in enumerate([*walk, END]):
                sums["uniform"]["kinds"] -= math.log(len(model.kinds) + 1)
                sums["markov"]["kinds"] += math.log(markov.kind(walk[j - 1] if j else START, kind))
                sums["model"]["kinds"] += math.log(model.next_weights(walk[:j])[kind])
                events += 1
            last: dict[str, int] = {}
            for kind, length in song.sections:
                bars = min(length, LONGEST_SECTION)
                sums["uniform"]["lengths"] -= math.log(LONGEST_SECTION)
                sums["markov"]["lengths"] += math.log(markov.length(kind, bars))
                sums["model"]["lengths"] += math.log(model.repeat_weights(kind, last.get(kind, 0))[bars])
                last[kind] = bars
                sections += 1
    return {
        name: {
            "kinds": found["kinds"] / events,
            "lengths": found["lengths"] / sections,
            "both": (found["kinds"] + found["lengths"]) / sections,
        }
        for name, found in sums.items()
    }


# 2. Resemblance


def planned(genre: str, seed: int, *, is_radio_edit: bool = True) -> tuple[Sections, float]:
    """Kinds and bars of a planned song of a genre, in the words of the data, and its tempo.

    The songs of the data are radio edits, which is what the form ``pop`` asks for. Else the song has what
    its genre alone gives it: another form, perhaps, and the frames of the style.
    """
    spec = SongSpec(description="a song", genre=STYLES.get(genre, "rock"))
    spec = spec.model_copy(update={"form": "pop"}) if is_radio_edit else spec
    brief = read_brief(spec, Wishes(), seed)
    style = brief.style.model_copy(update={"rename": {}})
    request = FormRequest(None, brief.usual_bars, bar_doubling(style, brief.grid))
    form = plan_form(spec, style, request, seed)
    kinds = [WORDS.get(kind, kind) for kind in map(section_kind, form.walk)]
    return list(zip(kinds, form.lengths, strict=True)), float(brief.grid.tempo_bpm)


def annotated(song: RealSong) -> Sections:
    return [(kind, max(1, int(bars + 0.5))) for kind, bars in song.annotated]


def choruses(songs: Sequence[Sections]) -> list[float]:
    return [sum(kind == "chorus" for kind, _ in song) for song in songs]


def first_chorus(songs: Sequence[Sections]) -> list[float]:
    """Place of the first chorus as a share of the song's bars; songs without one are left out."""
    places = []
    for song in songs:
        at = next((i for i, (kind, _) in enumerate(song) if kind == "chorus"), None)
        if at is not None:
            places.append(sum(bars for _, bars in song[:at]) / sum(bars for _, bars in song))
    return places


def lengths(songs: Sequence[Sections]) -> list[float]:
    return [bars for song in songs for _, bars in song]


def counts(songs: Sequence[Sections]) -> list[float]:
    return [len(song) for song in songs]


def total_bars(songs: Sequence[Sections]) -> list[float]:
    return [sum(bars for _, bars in song) for song in songs]


def share_of(kind: str) -> Feature:
    def shares(songs: Sequence[Sections]) -> list[float]:
        return [sum(b for k, b in song if k == kind) / sum(b for _, b in song) for song in songs]

    return shares


def diversity(songs: Sequence[Sections]) -> list[float]:
    """Edit distance of kinds between pairs of songs, as a share of the longer; 4,000 pairs."""
    rng = random.Random(0)
    walks = [[kind for kind, _ in song] for song in songs]
    return [edit_share(*rng.sample(walks, 2)) for _ in range(4000)]


def edit_share(one: list[str], other: list[str]) -> float:
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row = row, [i]
        for j, b in enumerate(other, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b)))
    return row[-1] / max(len(one), len(other))


def resemblance(n_songs: int, splits: int, *, are_radio_edits: bool = True) -> dict[str, dict[str, float]]:
    real = real_songs()
    forms = [annotated(song) for song in real]
    genres = [real[seed * 7919 % len(real)].genre for seed in range(n_songs)]
    mine = [planned(genre, seed, is_radio_edit=are_radio_edits)[0] for seed, genre in enumerate(genres)]
    kinds = [kind for kind, _ in Counter(kind for song in forms for kind, _ in song).most_common()]
    features: dict[str, Feature] = {
        "number of choruses": choruses,
        "place of the first chorus": first_chorus,
        "section lengths": lengths,
        "whole-form diversity": diversity,
        "number of sections": counts,
        "bars of the song": total_bars,
    }
    features |= {f"share of {kind}": share_of(kind) for kind in kinds}
    result = {}
    for name, feature in features.items():
        halves = [
            split_half(feature, forms, seed) for seed in range(splits if feature is not diversity else 4)
        ]
        distance = wasserstein_distance(feature(mine), feature(forms))
        result[name] = {
            "distance": float(distance),
            "split_half": float(np.mean(halves)),
            "ratio": float(distance / np.mean(halves)),
            "planned_mean": float(np.mean(feature(mine))),
            "real_mean": float(np.mean(feature(forms))),
        }
    return result


def split_half(
    feature: Callable[[Sequence[Sections]], list[float]], forms: list[Sections], seed: int
) -> float:
    order = random.Random(seed).sample(forms, len(forms))
    half = len(order) // 2
    return float(wasserstein_distance(feature(order[:half]), feature(order[half:])))


# 3. Time


def timing() -> dict[str, float]:
    """Seconds; the mean of twelve after one to warm up."""
    planned("Pop", 0)
    start = time.perf_counter()
    for seed in range(1, 13):
        planned("Pop", seed)
    form_s = (time.perf_counter() - start) / 12
    from structure.planning.planner import plan_song

    spec = SongSpec(description="a pop song", length="4:00")
    plan_song(spec)
    start = time.perf_counter()
    for seed in range(1, 13):
        plan_song(spec, seed=seed)
    return {"form": form_s, "song of 4:00": (time.perf_counter() - start) / 12}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--songs", type=int, default=1000)
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--splits", type=int, default=40)
    parser.add_argument("--json", type=Path, default=Path("forms.json"))
    options = parser.parse_args()
    figures = {
        "prediction": prediction(options.folds),
        "resemblance": resemblance(options.songs, options.splits),
        "usual forms": resemblance(options.songs, options.splits, are_radio_edits=False),
        "time": timing(),
    }
    print("log-likelihood per section, nats")
    for name, row in figures["prediction"].items():
        print(f"  {name:10s}" + "".join(f"{key} {value:8.3f}   " for key, value in row.items()))
    for table, title in (
        ("resemblance", "of the form `pop`"),
        ("usual forms", "as the genre alone has it"),
    ):
        print(f"{options.songs} planned songs, {title}, against {len(real_songs())} real ones")
        for name, row in figures[table].items():
            verdict = "" if row["ratio"] <= 2 else "  over twice"
            print(
                f"  {name:28s} distance {row['distance']:.4f}, halves {row['split_half']:.4f}, "
                f"ratio {row['ratio']:.2f}, "
                f"mean {row['planned_mean']:.3f} (real {row['real_mean']:.3f}){verdict}"
            )
    for name, seconds in figures["time"].items():
        print(f"time for a {name}: {seconds:.3f} s")
    options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
