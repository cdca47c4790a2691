"""1,000 renders in one process: memory, files and threads stay what they were.

OMP_NUM_THREADS=1 python tests/benchmarks/attack/renders.py [--share 0.1] [--seed 0]

Each song is made twice. The first time fills what is kept for later, such as tables by the length of a
song; the second time adds nothing but what leaks. What is counted is the memory in use, as the allocator
and Python know it: the resident size of a process also goes up and down with gaps between pieces, and with
pages that the system takes and gives back. A long run, in which that settles, bounds the resident size too.
"""

from __future__ import annotations

import ctypes
import gc
import os
import statistics
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
_LEAST = 10
_WARM = 4
"""Renders that are not judged: what libraries load and keep comes in them."""

_MOST_LEAK_MIB = 0.1
"""What a second render of a song may leave in use; 0.00 was seen. Its master has 1.8 MiB."""

_MOST_OBJECTS = 200
"""How many small objects of Python it may leave; 10 to 42 were seen. Its plan has 560."""

_MOST_GROWTH_MIB = 30.0
"""What the resident size may grow by after the first fifth, where that is ``_SETTLED`` renders or more."""

_SETTLED = 100


class _Mallinfo2(ctypes.Structure):
    """What glibc says of its heap, from version 2.33 on; sizes in bytes."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    )


def memory_in_use() -> tuple[float, int]:
    """Return the MiB that the C library has given out, and how many small objects Python has."""
    gc.collect()
    ask = ctypes.CDLL(None).mallinfo2
    ask.restype = _Mallinfo2
    heap = ask()
    return (heap.uordblks + heap.hblkhd) / 2**20, sys.getallocatedblocks()


def resident_mib() -> float:
    """Memory of this process now."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def attack(share: float = 1.0, seed: int = 0) -> Tally:
    """Render a share of them, two after each other with the same seed."""
    tally = Tally("renders in one process")
    count = max(_LEAST, round(share * COUNT))
    used: list[tuple[float, int]] = []
    early, files, threads = 0.0, 0, 0
    for number in range(count):
        source = read_source(SPEC.replace("seed: 5", f"seed: {seed + number // 2}"))
        song = render_source(source, plan_source(source), ToneBackend, ClipCache(limit_bytes=0))
        finite = bool((abs(song.master) <= 1.0).all())
        tally.count(Trial(0, "", 0.0, 0.0, "" if finite else "a broken master"), f"render {number}")
        del song
        used.append(memory_in_use())
        if number + 1 == _WARM:
            files, threads = _open_files(), threading.active_count()
        if number == count // 5:
            early = resident_mib()
    now, leak, objects = resident_mib(), *_second_adds(used)
    print(f"a second render leaves {leak:.2f} MiB and {objects:.0f} objects; after {count} {now:.0f} MiB")
    fault = ""
    if leak > _MOST_LEAK_MIB or objects > _MOST_OBJECTS:
        fault = f"each render leaks {leak:.2f} MiB, {objects:.0f} objects"
    elif count // 5 >= _SETTLED and now - early > _MOST_GROWTH_MIB:
        fault = f"memory grew by {now - early:.0f} MiB"
    elif _open_files() > files or threading.active_count() > threads:
        fault = "files or threads were left open"
    tally.count(Trial(0, "", 0.0, now, fault), "what is left")
    return tally


def _second_adds(used: list[tuple[float, int]]) -> tuple[float, float]:
    """Return what second renders of a song leave in the middle, MiB and objects, after the first few."""
    pairs = [(used[at - 1], used[at]) for at in range(_WARM + 1, len(used), 2)]
    return (
        statistics.median(after[0] - before[0] for before, after in pairs),
        statistics.median(after[1] - before[1] for before, after in pairs),
    )


if __name__ == "__main__":
    options = begin(__doc__)
    end([attack(options.share, options.seed)])
