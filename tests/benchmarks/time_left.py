"""How true the time left is that a render shows.

``python tests/benchmarks/time_left.py SPEC … [--takes N]`` renders each spec without a cache, or with
``--takes`` makes takes of a clip of that prompt as ``vary`` does. It prints how far the time left was from
the truth, from the first quarter of the time on to where less than three seconds are left. ``--write
FOLDER`` keeps what happened when. ``--processor`` counts the seconds of the processor in place of those
that pass, for a machine on which others are at work.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from composer.base.backends import song_backend
from composer.base.pace import Expected, TimeLeft
from composer.clips.clip import ClipWish, plan_clip, plan_take, render_clip
from composer.folder.layout import stage_folder
from composer.rendering.song import folder_files, render_source, write_song
from composer.sources.source import plan_source, read_source
from render.backends import load_backend
from render.clips.caching.cache import ClipCache
from structure.base.progress import ProgressEvent

FIRST_QUARTER = 0.25
LEAST_LEFT_S = 3.0
"""Where less is left, a second more or less is all that one sees."""


def record(name: str, takes: int, clock: Callable[[], float] = time.monotonic) -> dict[str, Any]:
    """Make a song, or takes of a clip, and note the time of each step."""
    steps: list[list[Any]] = []
    begun = clock()

    def progress(event: ProgressEvent) -> None:
        now = round(clock() - begun, 3)
        steps.append(
            [now, event.stage, event.done, event.total, round(event.work, 3), round(event.total_work, 3)]
        )

    with tempfile.TemporaryDirectory() as folder:
        if takes:
            first = plan_clip(ClipWish(name))
            plans = [first, *(plan_take(first, 0.3, number) for number in range(1, takes + 1))]
            jobs = [Expected.of_clip(plan) for plan in plans]
            begun = clock()
            backend, cache = load_backend("embedded"), ClipCache(None)
            for plan in plans:
                render_clip(plan, backend, cache, progress)
        else:
            source = read_source(name)
            plan = plan_source(source)
            jobs = [Expected.of_song(plan)]
            begun = clock()
            with stage_folder(Path(folder) / "song", folder_files(plan), replace=False) as work:
                song = render_source(source, plan, lambda: song_backend(plan), ClipCache(None), progress)
                write_song(song, work, progress)
    end = round(clock() - begun, 3)
    return {"name": name, "jobs": [dict(job.seconds) for job in jobs], "steps": steps, "end": end}


def misses(recorded: dict[str, Any], looks: int = 200) -> list[tuple[float, float]]:
    """Look at the time left at even distances: the share of the time that is over, and how far what is
    shown is from the truth, as a share of it."""
    now = 0.0
    left = TimeLeft([Expected(job) for job in recorded["jobs"]], lambda: now)
    steps, end = list(recorded["steps"]), recorded["end"]
    found = []
    for look in range(1, looks):
        at = end * look / looks
        while steps and steps[0][0] <= at:
            now, stage, done, total, work, total_work = steps.pop(0)
            left.take(ProgressEvent(stage, done, total, "", work, total_work))
        now = at
        truth, said = end - at, left.seconds()
        if at >= FIRST_QUARTER * end and truth >= LEAST_LEFT_S and said is not None:
            found.append((at / end, said / truth - 1.0))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Record, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("specs", nargs="+")
    parser.add_argument("--takes", type=int, default=0)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--processor", action="store_true")
    parser.add_argument(
        "--replay", action="store_true", help="the arguments are files that --write has made"
    )
    options = parser.parse_args(arguments)
    clock = time.process_time if options.processor else time.monotonic
    for number, name in enumerate(options.specs):
        kept = Path(name).read_text("utf-8") if options.replay else ""
        recorded = json.loads(kept) if kept else record(name, options.takes, clock)
        if options.write is not None:
            options.write.mkdir(exist_ok=True, parents=True)
            place = options.write / f"{'takes' if options.takes else 'song'}_{number + 1}.json"
            place.write_text(json.dumps(recorded), encoding="utf-8")
        found = misses(recorded)
        worst = max(found, key=lambda one: abs(one[1]))
        within = statistics.mean(abs(miss) <= 0.3 for _, miss in found)
        print(
            f"{name}: {recorded['end']:.0f} s; worst {100 * worst[1]:+.0f} % at {100 * worst[0]:.0f} %; "
            f"within 30 % at {100 * within:.0f} % of the looks"
        )


if __name__ == "__main__":
    main()
