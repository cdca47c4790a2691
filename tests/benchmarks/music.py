"""Do planned songs measure like real music? ``python tests/benchmarks/music.py [--out music.json]``

Plans 200 songs over all styles, computes the measures of ``measures.py`` for them and for the
corpus of ``corpus.py``, and prints for each measure the band that holds the middle 80 % of the real
pieces, and the share of the songs that lie in it.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan, Visit
from structure.plans.score import ChordEvent, Note
from structure.presets.styles import style_names
from structure.specs.spec import SongSpec
from tests.benchmarks import measures
from tests.benchmarks.corpus import Piece, load_corpus

SPANS = {"short": (2, 3), "middle": (4, 7), "long": (8, 32)}
"""Bars of the segments in which structureness looks for repetition: Wu and Yang's 3 to 8, 8 to 15 and more
seconds at 2.2 seconds a bar, which is 4/4 at 110 beats a minute."""

SHARE = 0.8
_FEWEST_CHORDS = 12
"""Chords below which a piece says nothing about chord tones."""


@dataclass(frozen=True)
class Material:
    """What is measured of a song or of a piece. ``sections`` are those with a melody; ``is_whole`` says
    that the music goes from its beginning to its end with all repeats, and is not a single strophe."""

    bar_quarters: Fraction
    bars: int
    melody: Sequence[Note]
    sections: Sequence[range]
    chords: Sequence[ChordEvent]
    is_whole: bool = True


STROPHES = ("essenFolksong", "chorales", "analysed")
"""Collections of single strophes, which are sung many times over, and of madrigals, whose words never
return: they say nothing about how much of a song comes back."""


def of_piece(piece: Piece) -> Material:
    is_whole = piece.collection not in STROPHES
    return Material(piece.bar_quarters, piece.bars, piece.melody, piece.sections, piece.chords, is_whole)


def of_plan(plan: SongPlan) -> Material:
    """A planned song; its melody is that of the first lead stem that plays in each visit."""
    melody: list[Note] = []
    chords: list[ChordEvent] = []
    sections: list[range] = []
    for visit in plan.visits:
        start = plan.position_quarters(visit)
        lead = _lead(visit)
        if lead:
            sections.append(range(visit.place.start_bar, visit.end_bar))
            melody += _moved(lead, start)
        chords += [
            ChordEvent(
                chord.symbol,
                chord.onset + start,
                chord.duration,
                chord.root,
                chord.bass,
                chord.pitch_classes,
            )
            for chord in visit.music.score.chords
        ]
    return Material(plan.meter.bar_quarters, plan.bars, sorted(melody), sections, chords)


def _lead(visit: Visit) -> Sequence[Note]:
    return next((part.notes for part in visit.music.score.parts.values() if part.role == "lead"), ())


def _moved(notes: Sequence[Note], by: Fraction) -> list[Note]:
    return [Note(note.onset + by, note.duration, note.pitch, note.velocity) for note in notes]


def melodic_measures(m: Material) -> dict[str, float]:
    """Measures of the melody; NaN where there is none."""
    patterns = measures.onset_patterns(m.melody, m.bar_quarters, m.bars)
    quarters = sum(len(bars) for bars in m.sections) * m.bar_quarters
    return {
        "pitch_class_entropy_1": measures.pitch_class_entropy(m.melody, m.bar_quarters, m.bars, 1),
        "pitch_class_entropy_4": measures.pitch_class_entropy(m.melody, m.bar_quarters, m.bars, 4),
        "groove_within": measures.groove_within(patterns, m.sections) if m.melody else math.nan,
        "groove_between": measures.groove_between(patterns, m.sections) if m.melody else math.nan,
        "self_repetition": measures.self_repetition(m.melody, m.bar_quarters),
        "pitch_range": measures.pitch_range(m.melody),
        "note_density": measures.note_density(m.melody, quarters),
        "step_share": measures.step_share(m.melody),
    }


def all_measures(m: Material) -> dict[str, float]:
    """Every measure, by name."""
    found = melodic_measures(m)
    found["chord_tone_ratio"] = (
        measures.chord_tone_ratio(m.melody, m.chords) if len(m.chords) >= _FEWEST_CHORDS else math.nan
    )
    fitness = structureness(m) if m.is_whole else [math.nan] * len(SPANS)
    found.update({f"structureness_{name}": value for name, value in zip(SPANS, fitness, strict=True)})
    return found


def structureness(m: Material) -> Sequence[float]:
    """Structureness of the melody over the bars that have one, put together."""
    places = {bar: place for place, bar in enumerate(bar for bars in m.sections for bar in bars)}
    notes = []
    for note in m.melody:
        bar = int(note.onset // m.bar_quarters)
        if bar in places:
            notes.append(
                Note(note.onset + (places[bar] - bar) * m.bar_quarters, note.duration, note.pitch, 90)
            )
    return measures.structureness(notes, m.bar_quarters, len(places), list(SPANS.values()))


def plan_songs(count: int, first_seed: int = 0) -> list[SongPlan]:
    """Songs of all styles in turn, each from a seed of its own; the spec says the style and no more."""
    names = style_names()
    specs = [
        SongSpec(
            description=f"{names[i % len(names)]} song", genre=names[i % len(names)], seed=first_seed + i
        )
        for i in range(count)
    ]
    return [plan_song(spec) for spec in specs]


def table(rows: Sequence[dict[str, float]]) -> dict[str, np.ndarray]:
    """The known values of each measure."""
    columns: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        for name, value in row.items():
            if not math.isnan(value):
                columns[name].append(value)
    return {name: np.array(values) for name, values in columns.items()}


def compare(real: dict[str, np.ndarray], planned: dict[str, np.ndarray]) -> dict[str, dict[str, float]]:
    """For each measure the band of the real pieces and the share of planned songs in it."""
    found: dict[str, dict[str, float]] = {}
    for name, values in real.items():
        low, high = (float(np.quantile(values, q)) for q in (0.5 - SHARE / 2, 0.5 + SHARE / 2))
        songs = planned[name]
        found[name] = {
            "low": low,
            "high": high,
            "pieces": len(values),
            "songs": len(songs),
            "inside": float(np.mean((songs >= low) & (songs <= high))),
            "below": float(np.mean(songs < low)),
            "above": float(np.mean(songs > high)),
            "planned_low": float(np.quantile(songs, 0.1)),
            "planned_median": float(np.median(songs)),
            "planned_high": float(np.quantile(songs, 0.9)),
            "real_median": float(np.median(values)),
        }
    return found


def print_comparison(found: dict[str, dict[str, float]], say: Callable[[str], None] = print) -> None:
    heads = ("measure", "real, middle 80 %", "pieces", "planned, same", "inside")
    say("{:24s} {:>19s} {:>7s} {:>19s} {:>7s} below above".format(*heads))
    for name, row in found.items():
        band = f"{row['low']:.3f} … {row['high']:.3f}"
        songs = f"{row['planned_low']:.3f} … {row['planned_high']:.3f}"
        mark = "" if row["inside"] >= SHARE else "  <"
        say(
            f"{name:24s} {band:>19s} {row['pieces']:7.0f} {songs:>19s} {row['inside']:7.0%} "
            f"{row['below']:5.0%} {row['above']:5.0%}{mark}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--songs", type=int, default=200)
    parser.add_argument("--first-seed", type=int, default=0, help="seed of the first song")
    parser.add_argument("--out", type=Path, help="write all figures as JSON")
    options = parser.parse_args()
    pieces = load_corpus(print)
    real_rows = [all_measures(of_piece(piece)) for piece in pieces]
    plans = plan_songs(options.songs, options.first_seed)
    song_rows = [all_measures(of_plan(plan)) for plan in plans]
    found = compare(table(real_rows), table(song_rows))
    print_comparison(found)
    if options.out:
        data = {
            "measures": found,
            "pieces": [
                {"name": p.name, "collection": p.collection, **row}
                for p, row in zip(pieces, real_rows, strict=True)
            ],
            "songs": [
                {"genre": p.genre, "seed": p.seed, **row} for p, row in zip(plans, song_rows, strict=True)
            ],
        }
        options.out.write_text(json.dumps(data, indent=1).replace("NaN", "null"), encoding="utf-8")


if __name__ == "__main__":
    main()
