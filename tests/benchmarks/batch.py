"""What a batch itself needs: the memory of its own process by the number of songs, and its time.

``python tests/benchmarks/batch.py 5 50 200`` makes so many tiny songs (two bars, two stems, tones in
place of the model) and prints the peak memory of the process that drives, the processor time
that it took, and the time of all. With ``--plan`` the songs are planned only, as
``--dry-run`` does, which is quicker.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]

SPEC = """\
title: Tiny
genre: pop
tempo: 240
key: A minor
stems:
  - {name: kit, role: drums}
  - {name: tune, role: lead}
sections:
  chorus: {bars: 2}
form: [chorus]
export: {midi: false, musicxml: false, overview: false, stems: false}
"""


def drive(count: int, *, plan_only: bool) -> dict[str, float]:
    """Make a batch in this process, and measure it."""
    import resource

    from composer.batch.estimate import estimate_batch
    from composer.batch.items import read_items
    from composer.batch.matrix import vary
    from composer.batch.run import BatchOptions, make_batch
    from composer.batch.work import Clips
    from tests.tones import ToneBackend

    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "tiny.yaml"
        spec.write_text(SPEC)
        items = vary(read_items([str(spec)]), {}, range(1, count + 1))
        options = BatchOptions(clips=Clips(backend=ToneBackend()), at_once=2)
        begun = time.perf_counter()
        if plan_only:
            done = len(estimate_batch(items, Path(folder) / "out", options).seconds)
        else:
            done = len(
                [row for row in make_batch(items, Path(folder) / "out", options).rows if row["title"]]
            )
        wall = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "songs": done,
        "driver_mib": used.ru_maxrss / 1024,
        "driver_cpu_s": used.ru_utime + used.ru_stime,
        "wall_s": wall,
    }


def main() -> None:
    """Measure each number of songs in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("counts", nargs="*", type=int, default=[5, 50, 200])
    parser.add_argument("--plan", action="store_true")
    parser.add_argument("--drive", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.drive:
        print(json.dumps(drive(asked.counts[0], plan_only=asked.plan)))
        return
    print("songs  driver MiB  driver CPU s  wall s")
    for count in asked.counts:
        command = [sys.executable, __file__, "--drive", str(count), *(["--plan"] if asked.plan else [])]
        told = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
        found = json.loads(told.splitlines()[-1])
        print(
            f"{found['songs']:5}  {found['driver_mib']:10.1f}  {found['driver_cpu_s']:12.1f}"
            f"  {found['wall_s']:6.1f}",
            flush=True,
        )


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
