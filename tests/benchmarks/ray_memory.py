"""The memory of a driver that makes many songs on a cluster, one after the other.

    python -m tests.benchmarks.ray_memory 200

Prints what the process holds after 5, 50 and so on songs: all of it, and what is not in shared memory, for
Ray's store of objects lies there.
"""

from __future__ import annotations

import gc
import sys
import tempfile
from pathlib import Path

import psutil

from composer.engine.many import RayEngine
from render.clips.caching.cache import ClipCache
from render.renderer import render_song
from tests.composer.engine.conftest import Machines
from tests.composer.songmaker import small_plan
from tests.tones import ToneBackend


def main(songs: int) -> None:
    machines = Machines()
    engine = RayEngine(machines.address)
    process = psutil.Process()
    with tempfile.TemporaryDirectory() as folder:
        cache = ClipCache(Path(folder))
        for number in range(1, songs + 1):
            plan = small_plan((("verse", 2), ("chorus", 3)), tempo=100.0 + number / 10, seed=number)
            render_song(plan, ToneBackend(), cache, engine=engine)
            if number in (1, 5, 20, 50, 100, 150, 200):
                gc.collect()
                memory = process.memory_full_info()
                print(
                    f"{number} songs, {engine.made} clips: {memory.rss / 1e6:.0f} MB, "
                    f"of its own {memory.uss / 1e6:.0f} MB",
                    flush=True,
                )
    machines.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
