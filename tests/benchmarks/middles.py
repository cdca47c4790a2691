"""What is usual in each style? ``python tests/benchmarks/middles.py`` writes it as data.

Plans songs of every style without any wish, and takes the median of each measure that
:mod:`structure.outcomes.measures` has but the mode, which has no middle; of the tempo, the middle of the
style's own range. The file is ``structure/data/middles.yaml``.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from statistics import median

from structure.outcomes.listening import Song
from structure.outcomes.measures import Measures, measure
from structure.planning.planner import plan_song
from structure.presets.styles import load_style, style_names
from structure.specs.spec import SongSpec

FILE = Path(__file__).parents[2] / "structure" / "data" / "middles.yaml"
HEAD = """\
# What is usual in each style: medians of songs that are planned without any wish. Written by
# tests/benchmarks/middles.py; `other` is for all other styles. Units: structure/outcomes/measures.py.
"""
PLACES = {"tempo": 0, "register": 1, "density": 3, "articulation": 3, "changes": 3, "force": 2}


def measures_of(style: str, seeds: int) -> list[Measures]:
    """Measures of a style's songs."""
    songs = (Song(plan_song(SongSpec(genre=style, description="x", seed=seed))) for seed in range(seeds))
    return [measure(song, range(song.bars)) for song in songs]


def row(name: str, found: list[Measures]) -> str:
    """A line of the file."""
    rows = [asdict(one) for one in found]
    middles = {key: median(entry[key] for entry in rows) for key in PLACES}
    if name != "other":
        low, high = load_style(name).tempo
        middles["tempo"] = (low + high) / 2
    values = ", ".join(f"{key}: {value:.{PLACES[key]}f}" for key, value in middles.items())
    return f"{name}: {{{values}}}\n"


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=11)
    parser.add_argument("--missing", action="store_true", help="measure only styles that have no row yet")
    options = parser.parse_args()
    lines = FILE.read_text(encoding="utf-8").splitlines()
    known = dict(line.split(":", 1) for line in lines if "{" in line)
    kept = known if options.missing else {}
    found = {style: measures_of(style, options.seeds) for style in style_names() if style not in kept}
    rows = {style: row(style, measures) for style, measures in found.items()}
    if "other" not in kept:
        rows["other"] = row("other", [one for measures in found.values() for one in measures])
    rows |= {name: f"{name}:{values}\n" for name, values in kept.items()}
    FILE.write_text(HEAD + "".join(rows[name] for name in (*style_names(), "other")), encoding="utf-8")


if __name__ == "__main__":
    main()
