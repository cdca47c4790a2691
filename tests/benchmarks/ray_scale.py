"""How songs would scale over workers of a cluster: a simulation that replays measured times.

    python -m tests.benchmarks.ray_scale measure neon_tides > times.json
    python -m tests.benchmarks.ray_scale simulate times.json

``measure`` makes the clips of a song one after the other on one thread, mixes, masters and writes it, and
takes the time of the processor that each step used, which hardly depends on what else runs. ``simulate``
plays discrete events: drivers plan songs and send their clips out; workers take clips in order; the audio
comes back over one network link for each eight drivers; a driver mixes a song when its clips are there.
Nothing fails, and all workers are as fast as the machine that was measured.
"""

from __future__ import annotations

import heapq
import json
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from composer.base.backends import song_backend
from composer.engine.parcel import pack
from composer.rendering.song import render_source
from composer.sources.source import plan_source, read_source
from render.backends.request import Clip
from render.clips.caching.entry import decode_clip, encode_clip
from render.clips.engine import ClipJob

WORKERS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000)
LINK_BYTES_S = 10e9 / 8
TASK_S = 0.005
"""What Ray takes to hand one task to a worker, besides the driver's own work."""


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of one processor: of each clip, what its driver does for it, and for the whole song."""

    clips: tuple[tuple[float, int], ...]
    driver_clip_s: float
    plan_s: float
    end_s: float


class MeasuringEngine:
    """Makes clips one after the other, and takes the time of each."""

    def __init__(self) -> None:
        self.clip_s: list[tuple[float, int]] = []
        self.driver_s: list[float] = []

    def clips(self, jobs: Sequence[ClipJob], stop: Event) -> Iterator[tuple[str, Clip]]:
        for job in jobs:
            begun = time.process_time()
            made = job.make()
            took = time.process_time() - begun
            for key, clip in made.items():
                entry = encode_clip(key, clip)
                begun = time.process_time()
                pack(job)
                decode_clip(entry, key)
                self.driver_s.append(time.process_time() - begun)
                self.clip_s.append((took / len(made), len(entry)))
            yield from made.items()


def measure(song: str) -> Times:
    """Render a song on one thread."""
    import torch

    torch.set_num_threads(1)
    begun = time.process_time()
    source = read_source(song)
    plan = plan_source(source)
    plan_s = time.process_time() - begun
    backend = song_backend(plan)
    warm = MeasuringEngine()
    for used in (warm, engine := MeasuringEngine()):  # the first loads models and libraries
        begun = time.process_time()
        song_made = render_source(source, plan, lambda: backend, engine=used)
        rendered_s = time.process_time() - begun
    begun = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        song_made.save(Path(folder) / "song")
    written_s = time.process_time() - begun
    made_s = sum(took for took, _ in engine.clip_s) + sum(engine.driver_s)
    return Times(
        tuple(engine.clip_s),
        sum(engine.driver_s) / len(engine.driver_s),
        plan_s,
        rendered_s - made_s + written_s,
    )


def simulate(times: Times, songs: int, workers: int, drivers: int) -> float:
    """Return the seconds until all songs are there. Long clips of a song go first."""
    ordered = sorted(times.clips, reverse=True)
    left = [len(ordered)] * songs
    events: list[tuple[float, int, str, int, int]] = []
    count = 0

    def later(at: float, what: str, song: int, size: int = 0) -> None:
        nonlocal count
        count += 1
        heapq.heappush(events, (at, count, what, song, size))

    waiting: deque[tuple[int, float, int]] = deque()
    coming = deque(range(songs))
    links = [0.0] * -(-drivers // 8)
    idle, end = workers, 0.0
    for _ in range(min(drivers, songs)):
        later(times.plan_s, "planned", coming.popleft())
    while events:
        now, _, what, song, size = heapq.heappop(events)
        if what == "planned":
            waiting.extend((song, took, n) for took, n in ordered)
        elif what == "made":
            idle += 1
            link = song % len(links)
            links[link] = max(now, links[link]) + size / LINK_BYTES_S
            later(links[link] + times.driver_clip_s, "came", song)
        elif what == "came":
            left[song] -= 1
            if not left[song]:
                later(now + times.end_s, "done", song)
        else:
            end = now
            if coming:
                later(now + times.plan_s, "planned", coming.popleft())
        while idle and waiting:
            idle -= 1
            owner, took, n = waiting.popleft()
            later(now + TASK_S + took, "made", owner, n)
    return end


def show(times: Times) -> None:
    """Print what the simulation says."""
    clip_s = [took for took, _ in times.clips]
    total = sum(clip_s)
    print(
        f"measured: {len(clip_s)} clips, {total:.1f} s in all, longest {max(clip_s):.2f} s; "
        f"plan {times.plan_s:.2f} s, mix to files {times.end_s:.1f} s, "
        f"driver {times.driver_clip_s * 1e3:.1f} ms a clip, "
        f"{sum(n for _, n in times.clips) / 1e6:.0f} MB of audio"
    )
    print(
        "workers | one song: s, share of the processors at work | 1000 songs: 1 driver | 8 | one a worker"
    )
    own_s = times.plan_s + times.end_s + len(clip_s) * times.driver_clip_s
    for workers in WORKERS:
        alone = simulate(times, 1, workers, 1)
        cells = [f"{alone:8.1f} s {(total + own_s) / (workers + 1) / alone:5.2f}"]
        for drivers in (1, 8, workers):
            took = simulate(times, 1000, workers, drivers)
            share = 1000 * (total + own_s) / (workers + drivers) / took
            cells.append(f"{took / 3600:7.2f} h {share:5.2f}")
        print(f"{workers:7} | " + " | ".join(cells))


if __name__ == "__main__":
    if sys.argv[1] == "measure":
        found = measure(sys.argv[2])
        print(json.dumps([found.clips, found.driver_clip_s, found.plan_s, found.end_s]))
    else:
        clips, driver_clip_s, plan_s, end_s = json.loads(Path(sys.argv[2]).read_text())
        show(Times(tuple((took, size) for took, size in clips), driver_clip_s, plan_s, end_s))
