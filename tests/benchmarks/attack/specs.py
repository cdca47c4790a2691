"""10,000 specs of all kinds, sound, odd and broken: each is checked, some are planned, a few rendered.

OMP_NUM_THREADS=1 python tests/benchmarks/attack/specs.py [--share 0.1] [--seed 0]
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from songs import song_names, song_path
from tests.benchmarks.attack.trials import LIMIT_S, Tally, begin, commands, end, try_out
from tests.fuzz.specmaker import Maker, as_yaml, mutated

COUNT = 10_000
_PLANNED, _RENDERED = 20, 200
"""Of so many specs one is planned as well, and one rendered."""

_SONG_S = 90
"""Seconds of the processor that a render of a whole song may take, of which there are some of minutes."""


def spec_bytes(seed: int) -> bytes:
    """A spec as it lies in a file: one by the schema with more or less junk in it, or a damaged song."""
    rng = random.Random(seed)
    if rng.random() < 0.3:
        return mutated(song_path(rng.choice(song_names())).read_bytes(), seed)
    return as_yaml(Maker(seed, rng.choice((0.0, 0.01, 0.05, 0.3))).song()).encode()


def attack(share: float = 1.0, seed: int = 0) -> Tally:
    """Try a share of the specs."""
    tally = Tally("fuzzed specs")
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "song.yaml")
        for number in range(round(share * COUNT)):
            path.write_bytes(spec_bytes(seed * COUNT + number))
            lines: list[list[str]] = [["check", "song.yaml"]]
            renders = number % _RENDERED == 0
            if number % _PLANNED == 0:
                lines.append(["plan", "song.yaml"])
            if renders:
                lines.append(["render", "song.yaml", "-q", "--no-cache", "--force", "--out", "song"])
            trial = try_out(commands(Path(place), *lines), _SONG_S if renders else LIMIT_S)
            tally.count(trial, f"--seed {seed}, number {number}")
    return tally


if __name__ == "__main__":
    options = begin(__doc__)
    end([attack(options.share, options.seed)])
