"""How long planning takes, in seconds of processor time and beside a reference operation.

``python tests/benchmarks/planning.py [--songs 1000] [--minutes 4]``

Plans songs of every style in turn, each with a seed of its own, in one process. Imports are not counted;
the first song, which reads the data, is counted apart. The reference is a million sums and remainders
of fractions, the arithmetic of which planning is made; the ratio hardly depends on the machine and on what
else it is doing. Nothing is asserted: figures are for people.
"""

from __future__ import annotations

import argparse
import statistics
import time
from fractions import Fraction

from structure.planning.planner import plan_song
from structure.presets.styles import style_names
from structure.specs.spec import SongSpec


def reference_s() -> float:
    """Processor time of a million sums and remainders of fractions."""
    step, total = Fraction(1, 24), Fraction(0)
    start = time.process_time()
    for _ in range(100_000):
        total = (total + step) % 64
    return 10 * (time.process_time() - start)


def planning_s(spec: SongSpec) -> float:
    """Processor time of one plan."""
    start = time.process_time()
    plan_song(spec)
    return time.process_time() - start


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--songs", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=4.0)
    options = parser.parse_args()
    styles = style_names()
    seconds = str(round(60 * options.minutes))
    first = planning_s(SongSpec(description="a pop song", genre="pop", length=f"{seconds} s"))
    wall, times, references = time.perf_counter(), [], []
    for number in range(options.songs):
        genre = styles[number % len(styles)]
        spec = SongSpec(description=f"a song in {genre}", genre=genre, length=f"{seconds} s", seed=number)
        times.append(planning_s(spec))
        if number % 50 == 0:
            references.append(reference_s())
    reference = statistics.median(references)
    print(f"{options.songs} songs of {options.minutes:g} minutes over {len(styles)} styles")
    print(f"first song            {first:8.3f} s of processor time")
    for name, value in (
        ("median song", statistics.median(times)),
        ("mean song", statistics.fmean(times)),
        ("slowest song", max(times)),
        ("all songs", sum(times)),
    ):
        print(f"{name:21} {value:8.3f} s   {value / reference:8.3f} references")
    print(f"reference (1,000,000 sums of fractions) {reference:.3f} s")
    print(f"all songs by the clock, references included  {time.perf_counter() - wall:.1f} s")


if __name__ == "__main__":
    main()
