"""How long a song takes against how long it lasts: ``python tests/benchmarks/song.py [SONG]``.

Renders a song from a cold cache in a process of its own, and prints the ratio of the two times, the
peak memory, and the share of each stage.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("song", nargs="?", default="neon_tides")
    parser.add_argument("--threads", type=int, help="all cores if left out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "song"
        command = [
            sys.executable,
            "-m",
            "composer",
            "render",
            options.song,
            "--out",
            str(out),
            "--no-cache",
            "--quiet",
        ]
        if options.threads:
            command += ["--threads", str(options.threads)]
        begun = time.perf_counter()
        subprocess.run(
            command, check=True, env={**os.environ, "RITORNELLO_CACHE": str(Path(folder) / "cache")}
        )
        wall_s = time.perf_counter() - begun
        peak_gib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
        report = json.loads((out / "report.json").read_text())
        plan = json.loads((out / "plan.json").read_text())
    song_s = plan["total_samples"] / plan["sample_rate"]
    stages = report["timings"]["stages_s"]
    size = f"{len(plan['plan']['stems'])} stems, {len(plan['sections'])} sections"
    print(f"{options.song}: {song_s:.1f} s of music, {size}")
    print(f"wall time {wall_s:.1f} s, ratio {wall_s / song_s:.3f}, peak memory {peak_gib:.2f} GiB")
    for stage, seconds in sorted(stages.items(), key=lambda item: -item[1]):
        print(f"  {stage:10s} {seconds:7.2f} s  {100 * seconds / wall_s:5.1f} %")
    other = wall_s - sum(stages.values())
    print(f"  {'start':10s} {other:7.2f} s  {100 * other / wall_s:5.1f} %")


if __name__ == "__main__":
    main()
