"""Do tunes, harmony and grooves live? ``python -m tests.benchmarks.tunes [--seeds 5] [--styles pop rock]``

Plans songs of each style with some seeds and measures their notes beside counts of real music: ``--data``
is the folder with ``pop_figures.json``, ``pop_comping.json`` and ``pop_songs.csv``. Prints a table of what
ours is, what real music has, and what is asked. ``--only`` takes some of the measures; ``told`` and
``grams`` plan songs of their own, so ``--seeds 0`` will do for them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from structure.planning.planner import plan_song
from structure.presets.styles import style_names
from structure.specs.spec import SongSpec
from tests.benchmarks.living import grooves, harmony, solos, told, tunes
from tests.benchmarks.living.rows import Row, Songs, table

MEASURES: Mapping[str, Callable[[Songs, Path], list[Row]]] = {
    "tunes": tunes.rows,
    "told": told.rows,
    "grams": told.gram_rows,
    "harmony": harmony.rows,
    "solos": solos.rows,
    "grooves": grooves.rows,
}
"""What ``--only`` names: measures of all songs, which may read the folder of counts."""


def plan_songs(styles: list[str], seeds: int) -> Songs:
    """Return plans of each style with each seed."""
    return {
        style: [plan_song(SongSpec(description="a song", genre=style, seed=s)) for s in range(seeds)]
        for style in styles
    }


def main(arguments: list[str]) -> None:
    """Plan, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--styles", nargs="*", default=style_names())
    parser.add_argument("--only", nargs="*", default=list(MEASURES))
    parser.add_argument("--data", type=Path, required=True)
    args = parser.parse_args(arguments)
    songs = plan_songs(args.styles, args.seeds)
    print(table(row for name in args.only for row in MEASURES[name](songs, args.data)))


if __name__ == "__main__":
    main(sys.argv[1:])
