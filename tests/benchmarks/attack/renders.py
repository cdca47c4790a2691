"""1,000 renders in one process: memory, files and threads stay what they were.

OMP_NUM_THREADS=1 python tests/benchmarks/attack/renders.py [--share 0.1] [--seed 0]
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from composer.rendering.song import render_source
from composer.sources.source import plan_source, read_source
from render.clips.caching.cache import ClipCache
from tests.benchmarks.attack.trials import SPEC, Tally, Trial, begin, end
from tests.tones import ToneBackend

COUNT = 1000
_MOST_GROWTH_MIB = 30.0
"""After the first fifth, in which caches fill; a render of this song has 3 MiB of audio."""


def resident_mib() -> float:
    """Memory of this process now."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def attack(share: float = 1.0, seed: int = 0) -> Tally:
    """Render a share of them, each with another seed."""
    tally = Tally("renders in one process")
    count = max(10, round(share * COUNT))
    early, files, threads, peak = 0.0, 0, 0, 0.0
    for number in range(count):
        source = read_source(SPEC.replace("seed: 5", f"seed: {seed + number}"))
        song = render_source(source, plan_source(source), ToneBackend, ClipCache(limit_bytes=0))
        finite = bool((abs(song.master) <= 1.0).all())
        tally.count(Trial(0, "", 0.0, 0.0, "" if finite else "a broken master"), f"render {number}")
        del song
        if number == count // 5:
            early, files = resident_mib(), _open_files()
            threads = threading.active_count()
    now = resident_mib()
    peak = now - early
    print(f"after {count // 5} renders {early:.0f} MiB, after {count} {now:.0f} MiB")
    fault = ""
    if peak > _MOST_GROWTH_MIB:
        fault = f"memory grew by {peak:.0f} MiB"
    elif _open_files() > files or threading.active_count() > threads:
        fault = "files or threads were left open"
    tally.count(Trial(0, "", 0.0, now, fault), "what is left")
    return tally


if __name__ == "__main__":
    options = begin(__doc__)
    end([attack(options.share, options.seed)])
