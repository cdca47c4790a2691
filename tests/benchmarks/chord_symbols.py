"""How many chords and lines of chords are read: counts of real charts, and what was typed for the tests.

``python -m tests.benchmarks.chord_symbols --counts FILE`` reads a JSON file of counts: under ``qualities``
how often each quality stands in charts as it is written, with ``/BASS`` for a bass note; under
``not_a_root`` how often each symbol does that begins with a bracket. The tests' own qualities and lines are
read in any case.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

import yaml

from structure.base.grid import Meter
from structure.harmony.bars import parse_bars, place_bars, read_written_bars
from structure.harmony.chords import is_symbol
from structure.harmony.keys import parse_key

DATA = Path(__file__).parents[1] / "data" / "chords"
ROOTS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


def main() -> None:
    """Print the shares that are read."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--counts", type=Path, help="a JSON file of counts of qualities as written")
    counts = options.parse_args().counts
    if counts is not None:
        _tell_counts(json.loads(counts.read_text("utf-8")))
    _tell_qualities()
    _tell_lines()


def _tell_counts(data: dict[str, dict[str, int]]) -> None:
    """Read each quality on all roots, over a bass where it has one."""
    read: Counter[bool] = Counter()
    missed: Counter[str] = Counter()
    for quality, count in data["qualities"].items():
        symbols = [f"{root}{quality.replace('BASS', ROOTS[i - 5])}" for i, root in enumerate(ROOTS)]
        is_read = all(map(is_symbol, symbols))
        read[is_read] += count
        missed.update({} if is_read else {quality: count})
    for symbol, count in data.get("not_a_root", {}).items():
        read[is_symbol(symbol)] += count
        missed.update({} if is_symbol(symbol) else {symbol: count})
    print(f"chords of charts: {read[True]} of {read.total()}, {read[True] / read.total():.2%}")
    for quality, count in missed.most_common(20):
        print(f"  not read: {quality} ({count})")


def _tell_qualities() -> None:
    found = yaml.safe_load((DATA / "qualities.yaml").read_text("utf-8"))
    for name, rows in found.items():
        symbols = [row.replace("C", "") if name == "harte" else row for row in rows]
        read = [is_symbol(f"{root}{text}") for text in symbols for root in ROOTS]
        print(f"{name}: {len(rows)} on {len(ROOTS)} roots, {sum(read) / len(read):.1%}")


def _tell_lines() -> None:
    found = yaml.safe_load((DATA / "typed.yaml").read_text("utf-8"))
    for name, rows in found.items():
        missed = [row["line"] for row in rows if not _is_right(row)]
        print(f"lines, {name}: {len(rows) - len(missed)} of {len(rows)}, {1 - len(missed) / len(rows):.1%}")
        for line in missed:
            print(f"  not read, or otherwise: {line}")


def _is_right(row: dict[str, str]) -> bool:
    key = parse_key(row.get("key", "C major"))
    try:
        taken = place_bars(read_written_bars(row["line"], key, Meter()), Meter())
    except ValueError:
        return False
    return taken == place_bars(parse_bars(row["bars"], key), Meter())


if __name__ == "__main__":
    main()
