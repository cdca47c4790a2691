"""10,000 specs of all kinds, sound, odd and broken: each is checked, some are planned, a few rendered.

    OMP_NUM_THREADS=1 python tests/benchmarks/attack/specs.py [--share 0.1] [--seed 0] [--log F] [--resume]

One in eight is sound, and only these come as far as a plan. A sound song of more than a minute is planned,
and not rendered: a longer one goes the same ways, and takes longer.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from songs import song_names, song_path
from tests.benchmarks.attack.trials import Tally, begin, command, commands, end, try_out, try_out_all
from tests.fuzz.specmaker import Maker, as_yaml, mutated

COUNT = 10_000
_PLANNED, _RENDERED = 10, 50
"""Of so many specs one is planned as well, and one rendered."""

_TOGETHER = 40
"""So many specs are checked in one process."""

_LONGEST_S = 60
"""Of songs that are rendered."""

_SONG_S = 60
"""Seconds of the processor that a render may take."""


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
        keys = {number: f"--seed {seed}, number {number}" for number in range(round(share * COUNT))}
        fresh = [number for number, key in keys.items() if not tally.knows(key)]
        alone = [number for number in fresh if number % _PLANNED == 0]
        together = [number for number in fresh if number % _PLANNED]
        for first in range(0, len(together), _TOGETHER):
            group = together[first : first + _TOGETHER]
            trials = try_out_all([_check(Path(place), seed * COUNT + number) for number in group])
            if trials is None:
                alone += group
                continue
            for number, trial in zip(group, trials, strict=True):
                tally.count(trial, keys[number])
        for number in alone:
            trial = try_out(_follow(Path(place), seed * COUNT + number, number), _SONG_S)
            tally.count(trial, keys[number])
    return tally


def _check(place: Path, number: int) -> Callable[[], int]:
    """Give what checks a spec."""

    def run() -> int:
        Path(place, "song.yaml").write_bytes(spec_bytes(number))
        return commands(place, ["check", "song.yaml"])()

    return run


def _follow(place: Path, spec: int, number: int) -> Callable[[], int]:
    """Give what checks a spec, and plans or renders it where it is its turn."""

    def run() -> int:
        code = _check(place, spec)()
        if not code and number % _PLANNED == 0:
            code = command(["plan", "song.yaml"])
        return code or (_render_if_short(place / "song.yaml") if number % _RENDERED == 0 else 0)

    return run


def _render_if_short(path: Path) -> int:
    """Render a spec that is sound, unless it is long."""
    from composer.sources.source import plan_source, read_source

    plan = plan_source(read_source(path))
    if plan.total_samples > _LONGEST_S * plan.grid.sample_rate:
        return 0
    return command(["render", path.name, "-q", "--no-cache", "--force", "--out", "song"])


if __name__ == "__main__":
    options = begin(__doc__)
    end([attack(options.share, options.seed)])
