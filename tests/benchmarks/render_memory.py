"""What a render of a long song needs of memory, stage by stage, and what `verify` needs of it and of time.

    OMP_NUM_THREADS=1 python -m tests.benchmarks.render_memory [--minutes 15] [--tones] [--trace]

A song of eight stems is rendered with the embedded model, or with tones in its place, and saved; then
``ritornello verify`` checks it in a process of its own. ``--cache`` names a folder of clips, so that
another run begins where they are mixed. ``--trace`` also says what was at work at each new peak.
``--keep`` names a folder for the song.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

from composer.base.backends import song_backend
from composer.folder.layout import stage_folder
from composer.rendering.song import folder_files, render_source, write_song
from composer.sources.source import plan_source, read_source
from render.backends.base import Backend
from render.clips.caching.cache import ClipCache
from structure.base.progress import ProgressEvent
from tests.tones import ToneBackend

_GIB = 2**30
_SPEC = """\
title: Load
description: pop rock
genre: rock
tempo: 120
length: {seconds} s
seed: 4
stems:
  - {{name: drums, role: drums}}
  - {{name: bass, role: bass}}
  - {{name: guitars, role: chords}}
  - {{name: keys, role: chords, prompt: electric piano}}
  - {{name: pad, role: pad}}
  - {{name: arp, role: arpeggio}}
  - {{name: lead, role: lead}}
  - {{name: second, role: lead, prompt: saxophone}}
"""
_TRACE_STEP_GIB = 0.1


def resident_gib() -> float:
    """Return the memory of this process now, in GiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / _GIB


class Watch:
    """Looks at the memory of this process again and again, and keeps the peak of each stage."""

    def __init__(self, traces: bool) -> None:
        self.peaks: dict[str, float] = {}
        self._stage, self._is_over, self._traces = "load", threading.Event(), traces
        self._main = threading.main_thread().ident or 0
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def progress(self, event: ProgressEvent) -> None:
        """Take in which stage a render is at."""
        self._stage = event.stage

    def _look(self) -> None:
        told = 0.0
        while not self._is_over.wait(0.02):
            stage, now = self._stage, resident_gib()
            self.peaks[stage] = max(self.peaks.get(stage, 0.0), now)
            if self._traces and now > told + _TRACE_STEP_GIB:
                told = now
                frame = sys._current_frames().get(self._main)
                names = [entry.name for entry in traceback.extract_stack(frame)][-6:]
                print(f"  {now:.2f} GiB, {stage}: {' > '.join(names)}", flush=True)


def render(spec: str, folder: Path, is_tones: bool, cache: Path | None, watch: Watch) -> float:
    """Render a song into a folder; return how long it is, in seconds."""
    source = read_source(spec)
    plan = plan_source(source)

    def load() -> Backend:
        return ToneBackend() if is_tones else song_backend(plan)

    clips = ClipCache(cache, limit_bytes=8 * _GIB if cache else 0)
    with stage_folder(folder, folder_files(plan), replace=True) as work:
        write_song(render_source(source, plan, load, clips, watch.progress), work, watch.progress)
    return plan.total_samples / plan.grid.sample_rate


def main() -> None:
    """Render, verify, and print what it took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--tones", action="store_true")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--trace", action="store_true")
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as place:
        folder = options.keep or Path(place, "song")
        begun = time.perf_counter()
        with Watch(options.trace) as watch:
            spec = _SPEC.format(seconds=round(60 * options.minutes))
            length_s = render(spec, folder, options.tones, options.cache, watch)
        print(f"{length_s:.1f} s of music, 8 stems, in {time.perf_counter() - begun:.0f} s")
        for stage, peak in watch.peaks.items():
            print(f"  {stage:10s} {peak:.2f} GiB")
        print(f"  {'at most':10s} {max(watch.peaks.values()):.2f} GiB")
        for name in ("master.wav", "premaster.wav"):
            print(f"  {name} {hashlib.sha256((folder / name).read_bytes()).hexdigest()[:16]}")

        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun = time.perf_counter()
        command = [sys.executable, "-m", "composer", "verify", str(folder), "-q"]
        code = subprocess.run(command, check=False).returncode
        wall_s = time.perf_counter() - begun
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu_s = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
        print(
            f"verify: exit code {code}, {wall_s:.1f} s, {cpu_s:.1f} s of the processor, "
            f"{wall_s / length_s:.3f} and {cpu_s / length_s:.3f} of the length; "
            f"{used.ru_maxrss / 1024**2:.2f} GiB"
        )


if __name__ == "__main__":
    main()
